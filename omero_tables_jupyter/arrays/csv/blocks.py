"""A CSV file cut into blocks of whole records, so that each can be read without the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from omero_tables_jupyter.arrays.csv.quotes import NO_QUOTES, Quotes, find_quotes
from omero_tables_jupyter.arrays.csv.records import BrokenQuoteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omero_tables_jupyter.arrays.csv.stream import TextBytes

__all__ = ["RECORD_LIMIT", "Block", "LongRecordError", "cut"]

#: No record is longer than this many bytes; what seems to be is an unclosed quote, or no CSV.
RECORD_LIMIT: Final = 64 * 2**20


class LongRecordError(Exception):
    """A record does not end within `RECORD_LIMIT`; stays within `arrays.csv`."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


@dataclass(frozen=True, slots=True)
class Block:
    """Some whole records.

    Parameters
    ----------
    data
        Their bytes, UTF-8.
    start
        Where they begin in the file's UTF-8 text.
    quotes
        The quoted values among them.
    bytes_read
        How far into the file, packed or not, reading them went.

    """

    data: bytearray
    start: int
    quotes: Quotes
    bytes_read: int


def cut(stream: TextBytes, delimiter: bytes, *, start: int, block_bytes: int) -> Iterator[Block]:
    """Cut the rest of a stream into blocks of about `block_bytes`.

    Parameters
    ----------
    stream
        Read up to `start`, where a record begins.
    delimiter
        A single byte.

    Yields
    ------
    Block
        In order, gapless.

    Raises
    ------
    BrokenQuoteError, LongRecordError
        With the position in the file's UTF-8 text.

    """
    data = bytearray()
    while True:
        # A record longer than a block doubles the reading, lest it be searched again and again.
        read = stream.read_after(data, max(block_bytes, len(data)))
        is_last, data = len(read) == len(data), read
        if not data:
            return
        quotes = _quotes_at(data, delimiter, start)
        end = len(data) if is_last else _last_record_end(data, quotes)
        if is_last and len(quotes.opens) and quotes.closes[-1] == len(data):
            raise BrokenQuoteError(start + int(quotes.opens[-1]), is_open=True)
        if end == 0 and len(data) > RECORD_LIMIT:
            raise LongRecordError(start)
        if end:
            rest = data[end:]
            del data[end:]
            block = Block(data, start, quotes.before(end), stream.bytes_read)
            data = read = rest  # lets go of the longer one before the consumer goes to work
            yield block
            del block
        start += end


def _quotes_at(data: bytearray, delimiter: bytes, start: int) -> Quotes:
    if b'"' not in data:
        return NO_QUOTES
    try:
        return find_quotes(data, delimiter)
    except BrokenQuoteError as error:
        raise BrokenQuoteError(start + error.position, is_open=error.is_open) from None


def _last_record_end(data: bytearray, quotes: Quotes) -> int:
    r"""Find the end of the last whole record; 0 where there is none.

    A ``\r`` as the last byte is left alone: its ``\n`` may come with the next bytes.
    """
    for line_end, limit in ((b"\n", len(data)), (b"\r", len(data) - 1)):
        at = data.rfind(line_end, 0, limit)
        while at >= 0:
            opening = quotes.hide(at)
            if opening < 0:
                return at + 1
            at = data.rfind(line_end, 0, opening)
    return 0
