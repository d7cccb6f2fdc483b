"""The stop button and Ctrl-C while a magic asks or checks: one line in place of a stack."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["short_when_stopped"]

_LINES = ("KeyboardInterrupt: you stopped this cell", "  → run it again when you like")


@contextmanager
def short_when_stopped() -> Iterator[None]:
    """Have IPython show a KeyboardInterrupt in two lines; a decorator as well.

    Where the user's own code was stopped, what is shown for it stays as it is.
    """
    __tracebackhide__ = True
    try:
        yield
    except KeyboardInterrupt as stopped:
        if not hasattr(stopped, "_render_traceback_"):
            # IPython's hook for how an exception is shown
            stopped._render_traceback_ = lambda: list(_LINES)  # type: ignore[attr-defined]
        raise
