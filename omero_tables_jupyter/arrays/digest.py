"""The digest of batches in stored form: names, types and values, however they are cut."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from xxhash import xxh3_128, xxh3_128_digest, xxh3_128_hexdigest

from omero_tables_jupyter.arrays.text_cells import text_buffers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omero_tables_jupyter.model import ColumnPlan

__all__ = ["CHUNK_ROWS", "DIGEST_BYTES", "Digest", "Digested"]

#: Rows are digested by chunks, so that several workers can share the work.
CHUNK_ROWS = 16_384
#: What a chunk of one column comes down to.
DIGEST_BYTES = 16


class Digest:
    """Takes batches in stored form, in order; each column has a 128-bit XXH3 of each chunk.

    It finds what changed, by a fault or by hand; it is no seal against forgers, and ten times as
    quick as one, so that reading back what was written costs little more than the reading.

    Values count bit by bit, so that -0.0 is not 0.0 and each NaN is itself; of a text the bytes
    and, apart from them, the length.

    Parameters
    ----------
    columns
        The columns of the batches, in order.
    first
        The id of the first row: chunks begin at multiples of `CHUNK_ROWS`, wherever rows begin.

    """

    def __init__(self, columns: Sequence[ColumnPlan], *, first: int = 0) -> None:
        self._columns = tuple(columns)
        self._values = [xxh3_128() for _ in columns]
        self._lengths = [xxh3_128() for _ in columns]
        self._closed: list[bytes] = []
        self._first = first
        self.rows = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the next rows."""
        done = 0
        while done < batch.num_rows:
            part = batch.slice(done, CHUNK_ROWS - self._filled())
            self._update(part)
            self.rows += part.num_rows
            done += part.num_rows
            if not self._filled():
                self._closed.append(self._open())
                for one in (*self._values, *self._lengths):
                    one.reset()

    def extend(self, chunks: Sequence[bytes]) -> None:
        """Take the digests of the next chunks from whoever had them whole; between chunks only."""
        if chunks and self._filled():
            raise ValueError("a chunk is begun: its other rows have to come first")
        self._closed += chunks
        self.rows += CHUNK_ROWS * len(chunks)

    def _filled(self) -> int:
        return (self._first + self.rows) % CHUNK_ROWS

    def _update(self, part: pa.RecordBatch) -> None:
        for n, values in enumerate(part.columns):
            if values.type == pa.large_string():
                offsets, data = text_buffers(values)
                lengths = np.diff(offsets, append=np.uint64(len(data)))
                self._lengths[n].update(lengths.data)
                self._values[n].update(data.data)
            else:
                there = np.ascontiguousarray(values.to_numpy(zero_copy_only=False))
                self._values[n].update(there.data)

    def _open(self) -> bytes:
        return b"".join(
            xxh3_128_digest(values.digest() + lengths.digest())
            for values, lengths in zip(self._values, self._lengths, strict=True)
        )

    def chunks(self) -> tuple[bytes, ...]:
        """Give the digest of each chunk, 16 bytes a column; the first and last may be cut off."""
        return (*self._closed, self._open()) if self._filled() and self.rows else (*self._closed,)

    def columns(self) -> list[str]:
        """Give the digest of each column, to find the one that differs."""
        parts = self.chunks()
        places = range(0, DIGEST_BYTES * len(self._columns), DIGEST_BYTES)
        return [
            xxh3_128_hexdigest(b"".join(one[at : at + DIGEST_BYTES] for one in parts))
            for at in places
        ]

    def fingerprint(self) -> str:
        """Give the digest of the whole table."""
        return Digested(self._columns, self.rows, self.chunks()).fingerprint()


@dataclass(frozen=True, slots=True)
class Digested:
    """The digests of a whole table's chunks, whoever computed them.

    Parameters
    ----------
    columns
        The table's columns, in order.
    rows
        How many rows it has.
    parts
        What `Digest.chunks` gives for all rows, in order.

    """

    columns: tuple[ColumnPlan, ...]
    rows: int
    parts: tuple[bytes, ...]

    def fingerprint(self) -> str:
        """Give the digest of the whole table."""
        heads = [(one.name, one.stored.value) for one in self.columns]
        whole = hashlib.sha256(json.dumps([heads, self.rows]).encode())
        for one in self.parts:
            whole.update(one)
        return whole.hexdigest()
