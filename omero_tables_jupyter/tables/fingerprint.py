"""A digest of a table's names, types and values, whatever the batches that they come in."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from xxhash import xxh3_128

from omero_tables_jupyter.events import Event, Progress, Stage
from omero_tables_jupyter.tables.cells import text_buffers
from omero_tables_jupyter.tables.plan import Widened, raise_problems

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from omero_tables_jupyter.model import ColumnPlan
    from omero_tables_jupyter.tables.conversion import Conversion

__all__ = ["Digest", "fingerprint_of"]

_BATCH_BYTES = 4_000_000


class Digest:
    """Takes batches in stored form, in order; each column has a 128-bit XXH3 of its own.

    It finds what changed, by a fault or by hand; it is no seal against forgers, and ten times as
    quick as one, so that reading back what was written costs little more than the reading.

    Values count bit by bit, so that -0.0 is not 0.0 and each NaN is itself; of a text the bytes
    and, apart from them, the length.
    """

    def __init__(self, columns: Sequence[ColumnPlan]) -> None:
        self._heads = [(one.name, one.stored.value) for one in columns]
        self._values = [xxh3_128() for _ in columns]
        self._lengths = [xxh3_128() for _ in columns]
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the next rows."""
        self.rows += batch.num_rows
        for n, values in enumerate(batch.columns):
            if values.type == pa.large_string():
                offsets, data = text_buffers(values)
                lengths = np.diff(offsets, append=np.uint64(len(data)))
                self._lengths[n].update(lengths.data)
                self._values[n].update(data.data)
            else:
                there = np.ascontiguousarray(values.to_numpy(zero_copy_only=False))
                self._values[n].update(there.data)

    def columns(self) -> list[str]:
        """Give the digest of each column, to find the one that differs."""
        return [
            values.hexdigest() + lengths.hexdigest()
            for values, lengths in zip(self._values, self._lengths, strict=True)
        ]

    def fingerprint(self) -> str:
        """Give the digest of the whole table."""
        parts = [*zip(self._heads, self.columns(), strict=True), self.rows]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def fingerprint_of(conversion: Conversion) -> Generator[Event, None, str]:
    """Digest what a source would be stored as, without writing it.

    Yields
    ------
    Event
        How many rows are done, in the stage CHECK.

    """
    conversion = conversion.widened(conversion.source.settled(conversion.survey))
    while True:
        raise_problems(conversion.plan)
        digest = Digest(conversion.survey.columns)
        try:
            for batch in conversion.source.batches(conversion.survey, n_bytes=_BATCH_BYTES):
                digest.add(batch)
                yield Progress(Stage.CHECK, digest.rows, conversion.plan.rows)
        except Widened as wider:
            conversion = conversion.widened(wider.survey)
        else:
            return digest.fingerprint()
