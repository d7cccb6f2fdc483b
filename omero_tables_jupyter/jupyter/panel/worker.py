"""Work that lasts, done beside the kernel's event loop; its outcome comes back on that loop."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from omero_tables_jupyter.errors import OmeroTablesError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["InlineWorker", "LoopWorker", "Worker", "worker_here"]

T = TypeVar("T")
#: At once: a few slow look-ups must not hold up the others, and a server must not be flooded.
_MOST = 4


class Worker(Protocol):
    """Does work, and hands over what came of it; used from one thread only."""

    def do(self, work: Callable[[], T], then: Callable[[T | OmeroTablesError], None]) -> None:
        """Have `work` done.

        Parameters
        ----------
        work
            Touches no widget: it may run in another thread.
        then
            Called in this thread with what `work` returned, or with the error that it raised. An
            error that is none of ours is a bug: it is told as one, and raised as well.

        """

    def close(self) -> None:
        """Hand over nothing more; what runs ends by itself, unheard."""


class LoopWorker:
    """Works in threads that end with their work, and hands over on the running event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[Callable[[], Any], Callable[[Any], None]]] = deque()
        self._running = 0
        self._closed = False

    def do(self, work: Callable[[], T], then: Callable[[T | OmeroTablesError], None]) -> None:
        """Do `work` in a thread, as soon as there is room for one more."""
        if not self._closed:
            self._waiting.append((work, then))
            self._start()

    def close(self) -> None:
        """Forget what waits, and what will come of that which runs."""
        self._closed = True
        self._waiting.clear()

    def _start(self) -> None:
        while self._waiting and self._running < _MOST:
            self._running += 1
            # a daemon: nobody is left to hear of it when the kernel ends
            threading.Thread(target=self._run, args=self._waiting.popleft(), daemon=True).start()

    def _run(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        outcome, bug = _outcome(work)
        with suppress(RuntimeError):  # the loop ends with the kernel: nobody hears of it any more
            self._loop.call_soon_threadsafe(self._hand_over, then, outcome, bug)

    def _hand_over(
        self, then: Callable[[Any], None], outcome: Any, bug: BaseException | None
    ) -> None:
        self._running -= 1
        self._start()
        if not self._closed:
            then(outcome)
        if bug is not None:  # the loop tells it, with its stack
            raise bug


class InlineWorker:
    """Works at once and waits for it: where no event loop runs, as in a terminal."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Callable[[], Any], Callable[[Any], None]]] = deque()
        self._working = False
        self._closed = False

    def do(self, work: Callable[[], T], then: Callable[[T | OmeroTablesError], None]) -> None:
        """Do `work` now; what `then` asks for in its turn is done after it, not within."""
        self._waiting.append((work, then))
        if self._working:
            return
        self._working = True
        try:
            while self._waiting and not self._closed:
                self._do(*self._waiting.popleft())
        finally:
            self._working = False

    def close(self) -> None:
        """Do nothing more."""
        self._closed = True
        self._waiting.clear()

    @staticmethod
    def _do(work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        outcome, bug = _outcome(work)
        then(outcome)
        if bug is not None:
            raise bug


def worker_here() -> Worker:
    """Give the worker that fits: beside the event loop where one runs, as in every kernel."""
    try:
        return LoopWorker()
    except RuntimeError:
        return InlineWorker()


def _outcome(work: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """Do the work; give what came of it, and the bug where there was one."""
    try:
        return work(), None
    except OmeroTablesError as error:
        return error, None
    except BaseException as bug:  # noqa: BLE001 - handed over, told, and raised again there
        told = OmeroTablesError(
            f"{type(bug).__name__}: {bug}",
            hint="this is a fault of omero_tables_jupyter: its stack is in Jupyter's log",
        )
        return told, bug
