"""What a process holds: threads, open files and memory."""

from __future__ import annotations

import gc
import os
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from ipywidgets import Widget

_STATM = Path("/proc/self/statm")
_HANDLES = Path("/proc/self/fd")

#: Only where the system tells of its processes as Linux does.
needs_proc = pytest.mark.skipif(not _STATM.exists(), reason="reads /proc")


@dataclass(frozen=True)
class Held:
    """What the process holds at one moment.

    Parameters
    ----------
    threads
        Their names, sorted.
    handles
        Open files, pipes and sockets.
    memory
        In bytes, as the system counts them.

    """

    threads: tuple[str, ...]
    handles: int
    memory: int

    def growth_since(self, before: Held) -> str:
        """Say what came to what was held before."""
        threads = len(self.threads) - len(before.threads)
        handles = self.handles - before.handles
        memory_mb = (self.memory - before.memory) / 1e6
        return f"{threads:+} threads, {handles:+} handles, {memory_mb:+.1f} MB"


def held_now(*, but: tuple[str, ...] = ()) -> Held:
    """Look, after the garbage is gone; threads whose names begin with `but` are not ours."""
    gc.collect()
    names = sorted(one.name for one in threading.enumerate() if not one.name.startswith(but))
    pages = int(_STATM.read_text(encoding="ascii").split()[1])
    return Held(tuple(names), len([*_HANDLES.iterdir()]), pages * os.sysconf("SC_PAGE_SIZE"))


def widgets_alive():
    """Give all widgets that are open, by their ids, from wherever this ipywidgets keeps them."""
    known = getattr(Widget, "_instances", None)
    if known is None:
        from ipywidgets.widgets import widget

        known = widget._instances
    return known
