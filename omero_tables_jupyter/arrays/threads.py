"""Threads to work in; where the interpreter starts none any more, the caller's own."""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["pool"]

R = TypeVar("R")


class _Here(Executor):
    """Does at once, in the caller's thread, what it is given."""

    def submit(self, act: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Do it; its outcome is in the future, as from a thread."""
        done: Future[R] = Future()
        try:
            done.set_result(act(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - raised by `result`, as a thread's is
            done.set_exception(error)
        return done


def pool(count: int, *, name: str = "") -> Executor:
    """Give so many threads, all of them running already.

    Python 3.12.0 and 3.12.1 start no thread once the script has come to its end, though they wait
    for the upload that it has begun: there the upload goes on in its own thread alone.

    Parameters
    ----------
    count
        How many.
    name
        What their names begin with.

    """
    threads = ThreadPoolExecutor(count, thread_name_prefix=name)
    together = Barrier(count)
    try:
        for _ in range(count):
            threads.submit(together.wait)
    except RuntimeError:
        together.abort()
        threads.shutdown()
        return _Here()
    return threads
