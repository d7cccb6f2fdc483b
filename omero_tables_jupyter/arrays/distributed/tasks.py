"""What a worker does for an upload: it writes rows of its own, and reads rows back.

A task that runs cannot be ended from outside; so each looks, at every batch, whether the client
has halted the upload, and the client can ask whether a worker is done with it.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import tiledb

from omero_tables_jupyter.arrays.blockread import open_for_reading, read_rows
from omero_tables_jupyter.arrays.context import context
from omero_tables_jupyter.arrays.digest import Digest
from omero_tables_jupyter.arrays.disk_errors import translated
from omero_tables_jupyter.arrays.distributed.partitions import stored_batches
from omero_tables_jupyter.arrays.globalorder import open_writer
from omero_tables_jupyter.errors import ConvertError, PathError, UploadCancelled
from omero_tables_jupyter.path_syntax import is_uri
from omero_tables_jupyter.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

    from omero_tables_jupyter.arrays.distributed.partitions import Part, Storing
    from omero_tables_jupyter.model import ColumnPlan

__all__ = [
    "Upload",
    "Wrote",
    "halt",
    "is_busy",
    "read_digest",
    "sees_place",
    "unseen",
    "version_here",
    "write_parts",
]

#: A file in the array while it is built: who reads its text sees the same storage.
_CANARY = "__canary"
_HALTED: set[str] = set()
_BUSY: Counter[str] = Counter()
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Upload:
    """What each task of an upload knows; nothing of it is secret.

    Parameters
    ----------
    key
        A random text that no other upload has.
    path, final
        Where the array is built, and where it will stand.
    options
        TileDB's settings for the place; a worker finds keys of a store by itself.
    one_fragment
        Whether a task writes one fragment, or one a batch.
    chunk_rows
        How many rows at a time; by their size where it is None.

    """

    key: str
    path: str
    final: str
    options: Mapping[str, str]
    one_fragment: bool
    chunk_rows: int | None = None

    def put_canary(self) -> None:
        """Write the file by which workers see that they see the place."""
        with tiledb.VFS(ctx=self.context()).open(self._canary(), "wb") as file:
            file.write(self.key.encode())

    def sees_canary(self) -> bool:
        """Tell whether the file is seen from here."""
        try:
            with tiledb.VFS(ctx=self.context()).open(self._canary(), "rb") as file:
                return bool(file.read() == self.key.encode())
        except (tiledb.TileDBError, OSError):
            return False

    def take_canary(self) -> None:
        """Remove the file again."""
        tiledb.VFS(ctx=self.context()).remove_file(self._canary())

    def context(self) -> tiledb.Ctx:
        """Make TileDB's settings."""
        return context(self.options)

    def _canary(self) -> str:
        return f"{self.path}/{_CANARY}"


@dataclass(frozen=True, slots=True)
class Wrote:
    """What a task wrote: the names of its fragments, and the digests of its chunks of rows."""

    fragments: tuple[str, ...]
    chunks: tuple[bytes, ...]


def version_here() -> str:
    """Say which version of this package a worker has."""
    return __version__


def sees_place(upload: Upload) -> bool:
    """Tell whether a worker sees the place."""
    return upload.sees_canary()


def halt(key: str) -> None:
    """Have the tasks of an upload stop at their next batch, and those to come at once."""
    _HALTED.add(key)


def is_busy(key: str) -> bool:
    """Tell whether a task of an upload is still under way here."""
    return _BUSY[key] > 0


@contextmanager
def _busy(upload: Upload) -> Iterator[None]:
    with _LOCK:
        _BUSY[upload.key] += 1
    try:
        with translated(upload.final):
            yield
    finally:
        with _LOCK:
            _BUSY[upload.key] -= 1


def _go_on(upload: Upload) -> None:
    if upload.key in _HALTED:
        raise UploadCancelled("the upload was halted")


def write_parts(
    frames: Sequence[pd.DataFrame], upload: Upload, storing: Storing, parts: Sequence[Part]
) -> Wrote:
    """Write partitions that follow each other, as one fragment at their own row ids.

    Whatever an earlier attempt left is not touched: its fragment has another name, which the
    client was not told, and goes when all rows are there.

    Parameters
    ----------
    frames
        The partitions.
    upload
        Where to.
    storing
        In which form.
    parts
        What was found in each, and where its rows belong.

    Raises
    ------
    DataError
        When a partition is not what was found in it.
    PathError, ConvertError
        When it cannot be written.

    """
    with _busy(upload):
        _go_on(upload)
        if not upload.sees_canary():
            raise unseen(upload, "a Dask worker")
        digest = Digest(storing.columns, first=parts[0].first)
        where = upload.context()
        with open_writer(upload.path, where, one_fragment=upload.one_fragment) as writer:
            for batch in _batches(frames, upload, storing, parts):
                _go_on(upload)
                writer.write(batch, parts[0].first + digest.rows)
                digest.add(batch)
            _go_on(upload)
            fragments = writer.finish()
        return Wrote(fragments, digest.chunks())


def _batches(
    frames: Sequence[pd.DataFrame], upload: Upload, storing: Storing, parts: Sequence[Part]
) -> Iterator[pa.RecordBatch]:
    for frame, part in zip(frames, parts, strict=True):
        for batch in stored_batches(frame, storing, part):
            rows = upload.chunk_rows or batch.num_rows
            yield from (batch.slice(start, rows) for start in range(0, batch.num_rows, rows))


def read_digest(
    upload: Upload, columns: Sequence[ColumnPlan], first: int, last: int
) -> tuple[bytes, ...]:
    """Read rows back, and digest them.

    Parameters
    ----------
    upload
        Where from.
    columns
        The columns to read; none to look at the row ids alone.
    first, last
        The ids of the first row and of the last.

    Returns
    -------
    tuple of bytes
        What `Digest.chunks` gives of them.

    Raises
    ------
    ConvertError
        When a row id is missing, or there twice.

    """
    names = [one.name for one in columns]
    digest = Digest(columns, first=first)
    seen = first
    with (
        _busy(upload),
        open_for_reading(upload.path, len(names), options=upload.options) as array,
    ):
        for rows in read_rows(array, names, first=first, last=last, lasting=False):
            _go_on(upload)
            if not np.array_equal(rows.ids, np.arange(seen, seen + len(rows.ids))):
                break
            seen += len(rows.ids)
            if names:
                digest.add(rows.batch)
    if seen != last + 1:
        raise ConvertError(
            f"the row ids from {seen} on did not read back as they were written",
            hint="nothing was left behind; try again, and if it happens again, the disk or the "
            "share damages data: write to another one, and tell whoever runs it",
        )
    return digest.chunks()


def unseen(upload: Upload, worker: str) -> PathError:
    """Say that a worker does not see the place."""
    if is_uri(upload.final):
        cure = (
            "give every worker a way to the store and its keys, AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY in its environment or a profile of its own"
        )
    else:
        cure = (
            "mount the share at the same path on every worker, or write to a place that all of "
            "them see, such as s3://bucket/tables"
        )
    return PathError(
        f"{worker} does not see '{upload.final}', so it cannot write its part of the table there",
        hint=f"{cure}; to write from this machine alone, close the Dask client: client.close()",
    )
