"""Iterators, which can be read only once: what was taken of each, and not used yet.

A check may look at the first frame; the upload that follows must have it. And what an upload has
used is gone: the next one must not take the rest for the whole.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Sized
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.arrays.foreign import told
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["OnePass"]


@dataclass(slots=True)
class _Taken:
    """What was taken of an iterator; `holds` keeps alive what nobody can watch die."""

    kept: list[Any] = field(default_factory=list)
    rows: int = 0
    is_used: bool = False
    ended: bool = False
    holds: object = None


_TAKEN: dict[int, _Taken] = {}


class OnePass:
    """An iterator of frames, and what an earlier check or upload has taken of it.

    Parameters
    ----------
    frames
        Gives frames, of any kind.
    label
        How it is called in messages.

    """

    def __init__(self, frames: Iterator[Any], label: str) -> None:
        self.label = label
        self._frames = frames
        self._taken = _taken_of(frames)

    @property
    def kept(self) -> tuple[Any, ...]:
        """The frames that were taken and not used yet."""
        return tuple(self._taken.kept)

    @property
    def ended(self) -> bool:
        """Whether there are no more frames than those."""
        return self._taken.ended

    def peek(self) -> tuple[Any, ...]:
        """Give the first frame, and keep it; nothing where there is none.

        Raises
        ------
        DataError
            If the iterator fails, or was used by an earlier upload.

        """
        self.check_unused()
        if not self._taken.kept:
            self.keep_next()
        return self.kept[:1]

    def keep_next(self) -> None:
        """Take one more frame, and keep it for `take`."""
        self._taken.kept += self._next()

    def take(self) -> Iterator[Any]:
        """Give all frames, those that were kept first."""
        self.check_unused()
        taken = self._taken
        taken.is_used = True
        while frames := [taken.kept.pop(0)] if taken.kept else self._next():
            yield frames.pop()

    def check_unused(self) -> None:
        """Refuse an iterator that an earlier upload has used, in part or to its end.

        Raises
        ------
        DataError
            With how far it was read.

        """
        if self._taken.is_used:
            raise DataError(
                f"the {self.label} was read already, up to row {count(self._taken.rows)}, and can "
                "be read only once",
                hint="run the cell that makes it again, and upload what that gives",
            )

    def _next(self) -> list[Any]:
        """Give the next frame; none at the end, which may be called for again."""
        taken = self._taken
        if taken.ended:
            return []
        where = f"after row {count(taken.rows)}" if taken.rows else "at its start"
        hint = "correct what makes its rows, and make it anew; nothing was stored"
        # Where it fails, what was kept is not the whole: then nobody may use it again.
        was_used, taken.is_used = taken.is_used, True
        with told(f"the {self.label} failed {where}", hint):
            frames = list(itertools.islice(self._frames, 1))
        taken.is_used = was_used
        taken.ended = not frames
        taken.rows += sum(len(one) for one in frames if isinstance(one, Sized))
        return frames


def _taken_of(frames: Iterator[Any]) -> _Taken:
    """Give the one record of an iterator, which lasts as long as that does."""
    key = id(frames)
    if key not in _TAKEN:
        _TAKEN[key] = taken = _Taken(holds=frames)
        # What takes no weak reference, such as a map, is kept; it is small once it is used.
        with suppress(TypeError):
            weakref.finalize(frames, _TAKEN.pop, key, None).atexit = False
            taken.holds = None
    return _TAKEN[key]
