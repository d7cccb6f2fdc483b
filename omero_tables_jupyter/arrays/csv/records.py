"""The slow, plain reading of CSV records: for the head of a file, and to say where a fault is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BrokenQuoteError", "Record", "closing_quote", "line_ends", "records"]

_LINE_END = re.compile(rb"\r\n|\r|\n")


class BrokenQuoteError(Exception):
    """A quoted value has no end, or goes on behind it; stays within `arrays.csv`.

    Parameters
    ----------
    position
        The byte where its quote opens.
    is_open
        True where the closing quote is missing.

    """

    def __init__(self, position: int, *, is_open: bool) -> None:
        super().__init__(position)
        self.position = position
        self.is_open = is_open


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its fields without quotes, where it starts and ends, whether its line ended."""

    fields: tuple[bytes, ...]
    start: int
    end: int
    is_ended: bool
    is_blank: bool


def line_ends(data: bytes | bytearray) -> int:
    r"""Count line ends as people do: ``\n``, ``\r\n`` and a lone ``\r`` are one each."""
    if b"\r" not in data:
        return data.count(b"\n")
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def records(data: bytes, delimiter: bytes) -> Iterator[Record]:
    """Split bytes that begin with a record into records.

    A quote only opens a quoted value at the very start of a field; elsewhere it is a character.

    Raises
    ------
    BrokenQuoteError
        When a quoted value has no end, or text follows its closing quote.

    """
    position = 0
    while position < len(data):
        start, fields = position, []
        while True:
            value, position = _field(data, position, delimiter)
            fields.append(value)
            if data[position : position + 1] != delimiter:
                break
            position += 1
        blank = position == start
        ended = _LINE_END.match(data, position)
        position = ended.end() if ended else position
        yield Record(tuple(fields), start, position, ended is not None, blank)


def _field(data: bytes, start: int, delimiter: bytes) -> tuple[bytes, int]:
    if data[start : start + 1] != b'"':
        plain = _plain(delimiter).match(data, start)
        return (plain.group(), plain.end()) if plain else (b"", start)
    end = closing_quote(data, start)
    if end < 0:
        raise BrokenQuoteError(start, is_open=True)
    if data[end + 1 : end + 2] not in (b"", delimiter, b"\r", b"\n"):
        raise BrokenQuoteError(start, is_open=False)
    return data[start + 1 : end].replace(b'""', b'"'), end + 1


def closing_quote(data: bytes | bytearray, opening: int) -> int:
    """Find the quote that closes the one at `opening`; -1 where there is none."""
    end = data.find(b'"', opening + 1)
    while end >= 0 and data[end + 1 : end + 2] == b'"':
        end = data.find(b'"', end + 2)
    return end


@cache
def _plain(delimiter: bytes) -> re.Pattern[bytes]:
    return re.compile(b"[^" + re.escape(delimiter) + rb"\r\n]*")
