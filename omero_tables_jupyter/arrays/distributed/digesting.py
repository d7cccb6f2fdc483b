"""The fingerprint of a Dask DataFrame, without writing it: the workers digest what they hold.

Chunks that a task has whole come back as digests; of those that it shares with its neighbours,
some thousand rows at either end, the client digests the rows themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from omero_tables_jupyter.arrays.digest import CHUNK_ROWS, Digest
from omero_tables_jupyter.arrays.distributed.cluster import workers
from omero_tables_jupyter.arrays.distributed.merging import grouped
from omero_tables_jupyter.arrays.distributed.partitions import stored_batches
from omero_tables_jupyter.arrays.distributed.rounds import computed, settled
from omero_tables_jupyter.arrays.distributed.source import delayed, shared
from omero_tables_jupyter.events import Event, Stage

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    import pandas as pd

    from omero_tables_jupyter.arrays.conversion import Conversion
    from omero_tables_jupyter.arrays.distributed.partitions import Part, Storing
    from omero_tables_jupyter.arrays.distributed.source import DaskSource

__all__ = ["digest_by_workers"]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows before the first whole chunk, the digests of the whole ones, rows after the last.

    The rows are Arrow streams: of batches as such, the buffers that they are a slice of would go
    with them.
    """

    head: bytes
    chunks: tuple[bytes, ...]
    tail: bytes


def digest_by_workers(
    conversion: Conversion, source: DaskSource, *, n_bytes: int
) -> Generator[Event, None, str]:
    """Digest what a Dask DataFrame would be stored as.

    Yields
    ------
    Event
        How much is done, in the stage CHECK.

    Raises
    ------
    DataError
        When a partition cannot be computed or stored.

    """
    with workers() as client:
        _, survey = yield from settled(client, Stage.CHECK, conversion, source)
        groups = grouped(survey)
        frames = source.partitions()
        storing = shared(survey.storing(n_bytes))
        tasks = [
            delayed(_piece, [frames[part.number] for part in group], storing, shared(group))
            for group in groups
        ]
        pieces: list[_Piece] = yield from computed(client, Stage.CHECK, tasks, groups)
    digest = Digest(survey.columns)
    for piece in pieces:
        for batch in _unpacked(piece.head):
            digest.add(batch)
        digest.extend(piece.chunks)
        for batch in _unpacked(piece.tail):
            digest.add(batch)
    return digest.fingerprint()


def _piece(frames: Sequence[pd.DataFrame], storing: Storing, parts: Sequence[Part]) -> _Piece:
    row = parts[0].first
    end = parts[-1].first + parts[-1].found.rows
    begins = min(-(-row // CHUNK_ROWS) * CHUNK_ROWS, end)
    ends = max(end // CHUNK_ROWS * CHUNK_ROWS, begins)
    whole = Digest(storing.columns, first=begins)
    head, tail = [], []
    for frame, part in zip(frames, parts, strict=True):
        for batch in stored_batches(frame, storing, part):
            before, after = (min(max(one - row, 0), batch.num_rows) for one in (begins, ends))
            head.append(batch.slice(0, before))
            whole.add(batch.slice(before, after - before))
            tail.append(batch.slice(after))
            row += batch.num_rows
    return _Piece(_packed(head), whole.chunks(), _packed(tail))


def _packed(batches: Sequence[pa.RecordBatch]) -> bytes:
    filled = [one for one in batches if one.num_rows]
    if not filled:
        return b""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, filled[0].schema) as stream:
        for one in filled:
            stream.write_batch(one)
    return bytes(sink.getvalue())


def _unpacked(packed: bytes) -> list[pa.RecordBatch]:
    return list(pa.ipc.open_stream(packed)) if packed else []
