"""Batches of the size that suits the writing, whatever sizes the reading gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["regrouped"]


def regrouped(
    batches: Iterable[pa.RecordBatch], *, n_bytes: int, rows: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Join small batches, as each write has its cost, and cut long ones where the user wants it.

    Parameters
    ----------
    batches
        Of one schema.
    n_bytes
        How much to join; a batch that is larger stays as it is.
    rows
        How many rows each batch is to have, but for the last; None where `n_bytes` decides.

    """
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches if rows is None else _cut(batches, rows):
        held.append(batch)
        size += batch.nbytes if rows is None else batch.num_rows
        # Not one batch more than is needed: the last one may have been nearly enough.
        if (size + batch.nbytes // 2 >= n_bytes) if rows is None else size == rows:
            yield _joined(held)
            held, size = [], 0
    if held:
        yield _joined(held)


def _cut(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Cut batches wherever so many rows are full."""
    left = rows
    for batch in batches:
        start = 0
        while start < batch.num_rows:
            part = batch.slice(start, left)
            yield part
            start += part.num_rows
            left = left - part.num_rows or rows


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    if len(batches) == 1:
        return batches[0]
    (joined,) = pa.Table.from_batches(batches).combine_chunks().to_batches()
    return joined
