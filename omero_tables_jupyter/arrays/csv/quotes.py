"""Where quoted values lie in a block of CSV text, found without reading it cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from omero_tables_jupyter.arrays.csv.records import BrokenQuoteError, closing_quote

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NO_QUOTES", "Quotes", "find_quotes", "quoted_cells"]

_QUOTE, _LF, _CR = b'"\n\r'
_LONGEST_END = 2


@dataclass(frozen=True, slots=True)
class Quotes:
    """The quoted values of a block.

    Parameters
    ----------
    opens, closes
        Offsets of the opening and closing quotes, ascending, shape (n,). The last value may still
        be open; it then closes at the length of the block.

    """

    opens: NDArray[np.int64]
    closes: NDArray[np.int64]

    def hide(self, position: int) -> int:
        """Give the opening quote of the value that `position` lies in, or -1."""
        index = int(np.searchsorted(self.opens, position, side="right")) - 1
        inside = index >= 0 and position < self.closes[index]
        return int(self.opens[index]) if inside else -1

    def outside(self, positions: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which of some ascending positions lie in none of the values."""
        index = np.searchsorted(self.opens, positions, side="right") - 1
        return np.asarray((index < 0) | (positions > self.closes[index]))

    def before(self, end: int) -> Quotes:
        """Keep those that open before `end`."""
        kept = int(np.searchsorted(self.opens, end))
        return Quotes(self.opens[:kept], self.closes[:kept])


NO_QUOTES: Final = Quotes(np.empty(0, np.int64), np.empty(0, np.int64))


def find_quotes(data: bytes | bytearray, delimiter: bytes) -> Quotes:
    """Find the quoted values in bytes that begin with a record.

    Raises
    ------
    BrokenQuoteError
        When text follows a closing quote.

    """
    if b'"' not in data:
        return NO_QUOTES
    return _find_paired(data, delimiter) or _find_stepwise(data, delimiter)


def _find_paired(data: bytes | bytearray, delimiter: bytes) -> Quotes | None:
    """Take every other quote as an opening one, where that can be shown to be right; else None.

    It is right when each such quote stands at the start of a field or right behind another quote
    (``""`` within a value), and each of the others at the end of a field or right before one.
    """
    text = np.frombuffer(data, np.uint8)
    marks = np.flatnonzero(text == _QUOTE)
    opens, closes = marks[::2], marks[1::2]
    at_edge = np.zeros(256, np.bool_)
    at_edge[[delimiter[0], _LF, _CR]] = True
    doubled = closes[: len(opens) - 1] + 1 == opens[1 : len(closes) + 1]
    begins = at_edge[text[opens - 1]]
    begins[0] |= opens[0] == 0
    ends = at_edge[np.take(text, closes + 1, mode="clip")]
    ends[closes == len(data) - 1] = True
    begins[1:] |= doubled[: len(opens) - 1]
    ends[: len(doubled)] |= doubled
    if not (begins.all() and ends.all()):
        return None
    first, last = np.ones(len(opens), np.bool_), np.ones(len(closes), np.bool_)
    first[1:] = ~doubled[: len(opens) - 1]
    last[: len(doubled)] = ~doubled
    return _quotes(opens[first], closes[last], len(data))


def _quotes(opens: NDArray[np.int64], closes: NDArray[np.int64], end: int) -> Quotes:
    if len(opens) > len(closes):
        closes = np.append(closes, end)
    return Quotes(opens, closes)


def _find_stepwise(data: bytes | bytearray, delimiter: bytes) -> Quotes:
    edges = (delimiter[0], _LF, _CR)
    opens: list[int] = []
    closes: list[int] = []
    at = data.find(b'"')
    while at >= 0:
        end = at
        if at == 0 or data[at - 1] in edges:
            end = closing_quote(data, at)
            opens.append(at)
            if end < 0:
                break
            closes.append(end)
            if end + 1 < len(data) and data[end + 1] not in edges:
                raise BrokenQuoteError(at, is_open=False)
        at = data.find(b'"', end + 1)
    return _quotes(np.array(opens, np.int64), np.array(closes, np.int64), len(data))


def quoted_cells(
    data: bytes | bytearray, quotes: Quotes, delimiter: bytes, n_columns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give row and column of every quoted cell of a block of whole records.

    Parameters
    ----------
    data, quotes, delimiter
        The block, what `find_quotes` found in it, and the delimiter.
    n_columns
        How many cells each record has; blank lines count for a single column only.

    Returns
    -------
    rows, columns
        Both from 0, ascending by row, of the same length.

    """
    text = np.frombuffer(data, np.uint8)
    is_end = text == _LF
    if b"\r" in data:
        is_end |= text == _CR
        is_end[:-1] &= ~((text[:-1] == _CR) & (text[1:] == _LF))
    marks = np.flatnonzero((text == delimiter[0]) | is_end)
    before = np.searchsorted(marks, quotes.opens)
    within = np.searchsorted(marks, quotes.closes) - before
    before -= np.cumsum(within) - within
    if n_columns > 1 and _may_have_blanks(np.flatnonzero(is_end)):
        blanks = marks[_blank_lines(text, marks, is_end)]
        blanks = blanks[quotes.outside(blanks)]
        before -= np.searchsorted(blanks, quotes.opens)
    rows, columns = np.divmod(before, n_columns)
    return rows, columns


def _may_have_blanks(line_ends: NDArray[np.int64]) -> bool:
    # An end may be of two characters, and the first line begins at 0.
    return bool((np.diff(line_ends, prepend=-1) <= _LONGEST_END).any())


def _blank_lines(
    text: NDArray[np.uint8], marks: NDArray[np.int64], is_end: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Tell which marks end a line without a character: their line starts where it ends."""
    starts = np.zeros_like(marks)
    starts[1:] = marks[:-1] + 1
    after_line = np.ones(len(marks), np.bool_)
    after_line[1:] = is_end[marks[:-1]]
    has_cr = (marks > 0) & (text[marks] == _LF) & (text[marks - 1] == _CR)
    return np.asarray(is_end[marks] & after_line & (marks - has_cr == starts))
