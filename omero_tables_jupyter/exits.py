"""The interpreter's end: it waits for jobs before it closes the thread pools they work with.

Without it, a script that ends while its table is on the way would lose the table: the standard
library closes every pool before it waits for threads such as a job's.
"""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401 - its own hook must stand there before ours
import threading
from typing import Protocol

__all__ = ["Lasting", "forget", "is_ending", "wait_for"]


class Lasting(Protocol):
    """Something under way that the interpreter is to wait for."""

    def wait_at_exit(self) -> None:
        """Wait for it, and tell how it ended: nobody else will."""


_ENDING = threading.Event()
_RUNNING: set[Lasting] = set()


def wait_for(one: Lasting) -> None:
    """Have the interpreter wait for something, should it end meanwhile."""
    _RUNNING.add(one)


def forget(one: Lasting) -> None:
    """Take back `wait_for`."""
    _RUNNING.discard(one)


def is_ending() -> bool:
    """Whether the interpreter is about to end, so that nobody will answer any more."""
    return _ENDING.is_set() or not threading.main_thread().is_alive()


def _finish() -> None:
    _ENDING.set()
    for one in [*_RUNNING]:
        one.wait_at_exit()


# The last hook to be set is the first to be called. Where Python has none, a job that is under way
# at the end fails, and leaves nothing half done.
_register = getattr(threading, "_register_atexit", None)
if _register is not None:
    _register(_finish)
