"""The digests of chunks that several tasks made, put together for the whole table. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.digest import CHUNK_ROWS, DIGEST_BYTES
from omero_tables_jupyter.errors import ConvertError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from omero_tables_jupyter.model import ColumnPlan

__all__ = ["refuse_difference", "seams", "whole_chunks"]


def whole_chunks(
    ends: Sequence[tuple[int, int]], digests: Sequence[Sequence[bytes]], rows: int
) -> dict[int, bytes]:
    """Give the digests of the chunks that one task had whole, by the id of their first row.

    Parameters
    ----------
    ends
        The ids of the first and the last row of each task.
    digests
        What `Digest.chunks` gave to each.
    rows
        How many rows the table has.

    """
    return {
        start: digest
        for (first, last), chunks in zip(ends, digests, strict=True)
        for start, digest in zip(_starts(first, last), chunks, strict=True)
        if first <= start and min(start + CHUNK_ROWS, rows) <= last + 1
    }


def _starts(first: int, last: int) -> range:
    return range(first - first % CHUNK_ROWS, last + 1, CHUNK_ROWS)


def seams(found: Mapping[int, bytes], rows: int) -> list[tuple[int, int]]:
    """Give the ids of the first and the last row of each chunk that no task had whole."""
    return [
        (start, min(start + CHUNK_ROWS, rows) - 1)
        for start in range(0, rows, CHUNK_ROWS)
        if start not in found
    ]


def refuse_difference(
    columns: Sequence[ColumnPlan], first: int, sent: Sequence[bytes], read: Sequence[bytes]
) -> None:
    """Compare what was read back with what was sent.

    Parameters
    ----------
    columns
        The table's columns.
    first
        The id of the first row.
    sent, read
        The digests of the chunks of rows from there on.

    Raises
    ------
    ConvertError
        At the first column that differs.

    """
    for n, (there, here) in enumerate(zip(sent, read, strict=True)):
        for place, column in enumerate(columns):
            part = slice(DIGEST_BYTES * place, DIGEST_BYTES * (place + 1))
            if there[part] != here[part]:
                start = first if not n else (first // CHUNK_ROWS + n) * CHUNK_ROWS
                raise ConvertError(
                    f"column '{column.name}' did not read back as it was written, from row "
                    f"{start} on",
                    hint="nothing was left behind; try again, and if it happens again, the disk "
                    "or the share damages data: write to another one, and tell whoever runs it",
                )
