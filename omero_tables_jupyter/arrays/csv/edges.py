r"""Where a cell begins or ends as no plain number does: ``007 -01 0x1F +5 "5" ' 5'``, and ``-0``.

All of these Arrow takes for numbers. Three looks, each closer and slower than the one before, so
that a block of plain numbers costs the first only: over the bytes, whether there may be such a
cell; by a pattern, whether there is one in any column; and in which column.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from omero_tables_jupyter.arrays.csv.blocks import Block
    from omero_tables_jupyter.arrays.csv.fields import Shape

__all__ = ["Edges"]

_LF, _CR, _SPACE, _MINUS, _ZERO = b"\n\r -0"
# What fits a processor's cache; the longest thing looked for reaches over four bytes.
_WINDOW: Final = 2**17
_REACH: Final = 3


class Edges:
    """The edges of the cells of a block.

    Parameters
    ----------
    block
        Some whole records.
    shape
        What they look like.
    rows
        How many they are.

    """

    def __init__(self, block: Block, shape: Shape, rows: int) -> None:
        self._data = block.data
        self._quotes = block.quotes
        self._shape = shape
        self._rows = rows
        #: What Arrow takes off both ends of a number.
        self._blanks = b" \t".replace(shape.delimiter, b"")

    def are_odd(self, position: int, *, is_whole: bool) -> bool:
        """Tell whether a column has a cell that Arrow takes for a number, and the grammar not.

        Parameters
        ----------
        position
            Which column, from 0. All that its cells hold is taken for numbers by Arrow.
        is_whole
            Whether they are integers, of which ``-0`` is none.

        """
        if not (self._may_be_odd and self._is_any_odd):
            return False
        if self._ends is None:
            return True
        ends = self._ends[position :: self._shape.n_columns]
        starts = np.append(-1, self._ends)[position :: self._shape.n_columns][: len(ends)] + 1
        return self._is_one_odd(starts, ends, is_whole=is_whole)

    @cached_property
    def _may_be_odd(self) -> bool:
        # The first cell has no separator before it.
        if len(self._quotes.opens) or self._data[:1] in b"-0":
            return True
        marks = (b"+", b"x", b"X", *(self._blanks[at : at + 1] for at in range(len(self._blanks))))
        return any(one in self._data for one in marks) or self._may_have_zeros()

    def _may_have_zeros(self) -> bool:
        """Tell whether some number may begin with a zero before a digit, or be ``-0``."""
        text = np.frombuffer(self._data, np.uint8)
        size = min(_WINDOW, len(text))
        room = (*(np.empty(size, np.bool_) for _ in range(5)), np.empty(size, np.uint8))
        parts = (text[at : at + size] for at in range(0, len(text), _WINDOW - _REACH))
        return any(_has_zeros(part, self._shape.delimiter[0], room) for part in parts)

    @cached_property
    def _is_any_odd(self) -> bool:
        ends = pa.py_buffer(np.array([0, len(self._data)], np.int64))
        buffers = [None, ends, pa.py_buffer(self._data)]
        whole = pa.Array.from_buffers(pa.large_binary(), 1, buffers)
        found = pc.match_substring_regex(whole, _odd_edge(self._shape.delimiter, self._blanks))
        return bool(found[0].as_py())

    @cached_property
    def _ends(self) -> NDArray[np.int64] | None:
        """Where the cells end, record by record; None where that is not easily told."""
        data = self._data
        if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
            return None
        text = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero((text == self._shape.delimiter[0]) | (text == _LF))
        if not data.endswith(b"\n"):
            ends = np.append(ends, len(data))
        if len(self._quotes.opens):
            ends = ends[self._quotes.outside(ends)]
        # Blank lines have ends, too.
        return ends if len(ends) == self._rows * self._shape.n_columns else None

    def _is_one_odd(
        self, starts: NDArray[np.int64], ends: NDArray[np.int64], *, is_whole: bool
    ) -> bool:
        text = np.frombuffer(self._data, np.uint8)

        def at(places: NDArray[np.int64]) -> NDArray[np.uint8]:
            return np.take(text, places, mode="clip")

        first, last = at(starts), at(ends - 1)
        last = np.where(last == _CR, at(ends - 2), last)
        minus = first == _MINUS
        digits = starts + minus
        zero = at(digits) == _ZERO
        odd = _is_any(first, b'+"' + self._blanks) | _is_any(last, self._blanks)
        odd |= zero & (digits + 1 < ends) & _is_any(at(digits + 1), b"0123456789xX")
        if is_whole:
            odd |= zero & minus
        return bool(odd.any())


def _has_zeros(text: NDArray[np.uint8], mark: int, room: Sequence[NDArray[Any]]) -> bool:
    """Look for a number of 0 and another digit, and for ``-0``; other cells may seem to be one."""
    ends, minus, zero, begun, digit, number = (one[: len(text)] for one in room)
    np.equal(text, mark, out=ends)
    # Few control characters are in a text but for its line ends.
    np.less(text, _SPACE, out=begun)
    ends |= begun
    np.equal(text, _MINUS, out=minus)
    minus[0] = False
    minus[1:] &= ends[:-1]
    np.logical_or(ends, minus, out=begun)
    np.equal(text, _ZERO, out=zero)
    zero[0] = False
    zero[1:] &= begun[:-1]
    np.subtract(text, _ZERO, out=number)
    np.less(number, 10, out=digit)
    digit[1:] &= zero[:-1]
    minus[1:] = minus[:-1] & zero[1:]
    ends[1:] &= minus[:-1]
    return bool(digit[1:].any() or ends[2:].any())


@cache
def _odd_edge(delimiter: bytes, blanks: bytes) -> str:
    mark, blank = (re.escape(one.decode()) for one in (delimiter, blanks))
    number = rf"-?0[0-9xX]|-0(?:[{mark}\r\n]|$)|[+{blank}]"
    quoted = rf"\"(?:[-+.0-9{blank}]|(?i:true|false)\")"
    return rf"(?:^|[{mark}\r\n])(?:{number}|{quoted})|[{blank}](?:[{mark}\r\n]|$)"


def _is_any(text: NDArray[np.uint8], wanted: bytes) -> NDArray[np.bool_]:
    table = np.zeros(256, np.bool_)
    table[list(wanted)] = True
    return table[text]
