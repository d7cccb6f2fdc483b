"""One fragment from many batches: TileDB's global-order write, through libtiledb's own query.

The wrapper that tiledb-py puts over it is not a promised interface. Where it is missing, batches
are written the public way, one fragment each: the same logical array.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
import pyarrow as pa
import tiledb

from omero_tables_jupyter.arrays.layout import ROWS
from omero_tables_jupyter.arrays.text_cells import text_buffers
from omero_tables_jupyter.path_syntax import is_uri

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["BatchWriter", "GlobalOrder", "PlainBatches", "available", "open_writer"]

_NEEDED = (
    "set_data_buffer",
    "set_offsets_buffer",
    "_submit",
    "finalize",
    "layout",
    "fragment_num",
    "fragment_uri",
)


class BatchWriter(Protocol):
    """Takes batches in row order; `finish` makes them visible."""

    def write(self, batch: pa.RecordBatch, start: int) -> None:
        """Add a batch whose first row id is `start`."""

    def finish(self) -> tuple[str, ...]:
        """Complete the write, and name the fragments that it made."""

    def __enter__(self) -> Self:
        """Open the array."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the array, finished or not."""


def available() -> bool:
    """Tell whether this tiledb has what a global-order write needs."""
    library = getattr(tiledb, "libtiledb", None)
    query = getattr(library, "Query", None)
    return all(hasattr(query, name) for name in _NEEDED) and all(
        hasattr(library, name) for name in ("Array", "QueryType", "LayoutType")
    )


def open_writer(path: str, ctx: tiledb.Ctx, *, one_fragment: bool = True) -> BatchWriter:
    """Give the writer for one fragment where this tiledb has it, else for one a batch."""
    return GlobalOrder(path, ctx) if one_fragment and available() else PlainBatches(path, ctx)


def _name(fragment: str) -> str:
    return fragment.rstrip("/").rpartition("/")[2]


class GlobalOrder:
    """A global-order write: one fragment, flat memory; row ids must ascend."""

    def __init__(self, path: str, ctx: tiledb.Ctx) -> None:
        self._path = path
        self._ctx = ctx
        self._array: Any = None
        self._query: Any = None

    def __enter__(self) -> Self:
        library = tiledb.libtiledb
        self._array = library.Array(self._ctx, self._path, library.QueryType.WRITE)
        self._query = library.Query(self._ctx, self._array, library.QueryType.WRITE)
        self._query.layout = library.LayoutType.GLOBAL_ORDER
        return self

    def write(self, batch: pa.RecordBatch, start: int) -> None:
        """Submit a batch; its buffers are free again on return."""
        held: list[np.ndarray] = []
        self._set(ROWS, np.arange(start, start + batch.num_rows, dtype=np.int64), held)
        for name, values in zip(batch.schema.names, batch.columns, strict=True):
            if values.type == pa.large_string():
                offsets, data = text_buffers(values)
                held.append(offsets)
                self._query.set_offsets_buffer(name, offsets, len(offsets))
                # An empty buffer has no address, which TileDB takes for a missing one.
                self._set(name, data if len(data) else np.zeros(1, np.uint8), held, len(data))
            else:
                self._set(name, values.to_numpy(zero_copy_only=False), held)
        self._query._submit()  # noqa: SLF001 - `available` looks for it; a test notices its loss

    def _set(
        self, name: str, values: np.ndarray, held: list[np.ndarray], count: int | None = None
    ) -> None:
        held.append(values)
        self._query.set_data_buffer(name, values, len(values) if count is None else count)

    def finish(self) -> tuple[str, ...]:
        """Write the fragment's footer: until now nothing was visible."""
        self._query.finalize()
        return tuple(_name(self._query.fragment_uri(n)) for n in range(self._query.fragment_num()))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and is_uri(self._path):
            # What was begun on a store would be put together there when libtiledb lets go of it:
            # after the removal. So it is ended now, and then removed; unless the store answers no
            # more, where every object would be waited for in vain.
            with suppress(tiledb.TileDBError):
                tiledb.VFS(ctx=self._ctx).is_dir(self._path)
                self._query.finalize()
        # libtiledb closes an array when it is let go of.
        self._query = None
        self._array = None


class PlainBatches:
    """The public way: one fragment a batch."""

    def __init__(self, path: str, ctx: tiledb.Ctx) -> None:
        self._path = path
        self._ctx = ctx
        self._array: Any = None
        self._fragments: list[str] = []

    def __enter__(self) -> Self:
        self._array = tiledb.open(self._path, "w", ctx=self._ctx)
        return self

    def write(self, batch: pa.RecordBatch, start: int) -> None:
        """Write a batch as a fragment."""
        rows = np.arange(start, start + batch.num_rows, dtype=np.int64)
        self._array[rows] = {
            name: values.to_numpy(zero_copy_only=False)
            for name, values in zip(batch.schema.names, batch.columns, strict=True)
        }
        self._fragments += map(_name, self._array.last_write_info)

    def finish(self) -> tuple[str, ...]:
        """Do nothing but name them: every batch is visible already."""
        return tuple(self._fragments)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._array.close()
