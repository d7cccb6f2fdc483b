"""A pass over a CSV file: its blocks, parsed two at a time, given in order."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.csv.blocks import Block, cut
from omero_tables_jupyter.arrays.csv.faults import FAULTS, explain
from omero_tables_jupyter.arrays.csv.parse import Parsed, parse
from omero_tables_jupyter.arrays.csv.stream import CsvPath, TextBytes
from omero_tables_jupyter.arrays.threads import pool
from omero_tables_jupyter.errors import OmeroTablesError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from concurrent.futures import Executor, Future

    from omero_tables_jupyter.arrays.csv.evidence import Evidence
    from omero_tables_jupyter.arrays.csv.head import Head

__all__ = ["AHEAD", "Opened", "block_size", "parsed_blocks"]

# Larger blocks are hardly faster, and take memory; but many columns need some rows each.
_LEAST_BLOCK, _BLOCK_A_COLUMN, _LARGEST_BLOCK = 2**21, 2**14, 2**23
# One block more than threads, so that none waits for the next to be read.
_THREADS, AHEAD = 2, 3


@dataclass(frozen=True, slots=True)
class Opened:
    """A file and how it is read.

    Parameters
    ----------
    place, encoding, head
        Where it is, in what encoding, and what its head told.
    comma
        Whether the decimal mark is the comma; None where the numbers are to tell.

    """

    place: CsvPath
    encoding: str
    head: Head
    comma: bool | None

    @property
    def n_columns(self) -> int:
        """How many fields each record has."""
        return len(self.head.header)


def block_size(n_columns: int) -> int:
    """Give the bytes of text to read at a time: more where a row is longer."""
    return min(max(_LEAST_BLOCK, n_columns * _BLOCK_A_COLUMN), _LARGEST_BLOCK)


def parsed_blocks(
    opened: Opened, evidence: Evidence, block_bytes: int, *, ahead: int
) -> Generator[Parsed, None, None]:
    """Read a file from its first row to its end; close the generator to stop.

    Each block is parsed for what `evidence` wants when that begins, a little before the block's
    turn to be given: `ahead` blocks are in work at most.

    Raises
    ------
    DataError
        When the file is no proper CSV, or changes meanwhile.
    PathError
        When it cannot be read.

    """
    opened.place.check_unchanged()
    threads = pool(_THREADS, name="csv")
    try:
        with _explained(opened), TextBytes(opened.place, opened.encoding) as stream:
            blocks = _cut(opened, stream, block_bytes)
            yield from _in_turn(threads, blocks, opened, evidence, ahead)
    finally:
        threads.shutdown(cancel_futures=True)
    opened.place.check_unchanged()


def _cut(opened: Opened, stream: TextBytes, block_bytes: int) -> Iterator[Block]:
    left = opened.head.rows_start
    while left:
        left -= len(stream.read(left))
    return cut(stream, opened.head.delimiter, start=opened.head.rows_start, block_bytes=block_bytes)


def _in_turn(
    threads: Executor, blocks: Iterator[Block], opened: Opened, evidence: Evidence, ahead: int
) -> Iterator[Parsed]:
    waiting: deque[Future[Parsed]] = deque()
    fault: Exception | None = None
    is_ended = False
    while waiting or not is_ended:
        while not is_ended and len(waiting) < ahead:
            try:
                block = next(blocks, None)
            except (*FAULTS, OmeroTablesError) as error:
                # What was cut before may hold an earlier fault: that one is told.
                block, fault = None, error
            is_ended = block is None
            if block is not None:
                waiting.append(_submit(threads, block, opened, evidence))
        if waiting:
            yield waiting.popleft().result()
    if fault:
        raise fault


def _submit(threads: Executor, block: Block, opened: Opened, evidence: Evidence) -> Future[Parsed]:
    return threads.submit(
        parse,
        block,
        evidence.wanted,
        n_columns=opened.n_columns,
        delimiter=opened.head.delimiter,
        comma=evidence.comma,
    )


@contextmanager
def _explained(opened: Opened) -> Iterator[None]:
    try:
        yield
    except FAULTS as fault:
        raise explain(
            fault,
            opened.place,
            encoding=opened.encoding,
            delimiter=opened.head.delimiter,
            n_columns=opened.n_columns,
        ) from fault
