"""An array read in row order, a few megabytes at a time, as Arrow batches.

tiledb-py makes a Python object of each text; below its indexer lies the query that hands out
buffers instead. It is not a promised interface: where it is missing, the objects are taken.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import tiledb

from omero_tables_jupyter.arrays.context import context, store_options
from omero_tables_jupyter.arrays.layout import ROWS
from omero_tables_jupyter.errors import ConvertError
from omero_tables_jupyter.path_syntax import is_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Rows", "buffers_available", "open_for_reading", "read_rows"]

_BUFFER = "py.init_buffer_bytes"
_NEEDED = ("submit", "results", "is_incomplete")
_VALUE_BYTES = 8
_BLOCK_BYTES = 4_000_000
_LEAST_BYTES, _MOST_BYTES = 64_000, 500_000
#: For each filling of the buffers TileDB loads all tiles of as many rows as a query is asked for,
#: or as fit into the buffers if all values were numbers. Where texts are long, it would load the
#: same gigabytes hundreds of times. So a query is first asked for few rows, then for very many as
#: long as they fit; where they do not, for as many as did, so many times, as each query has
#: its cost. Buffers that take fewer rows than one in so many of a tile's are replaced by larger
#: ones, up to a limit; so are those that take little of the rows that TileDB loads for them, while
#: all of them together are small.
_FIRST_ROWS, _LEAP, _STEADY = 10_000, 100, 32
_FEW, _SHORT, _GROWTH, _WIDEST_BYTES, _SMALL_BYTES = 4, 8, 4, 256_000_000, 7_000_000
#: A store is asked for each block of each column: fewer and larger ones, as questions take time.
_STORE_FACTOR = 4
#: A query keeps the row ids of all that it is asked for in memory: it is asked for so many rows at
#: a time, and more only where that would make too many queries, as where ids are far apart.
_QUERY_ROWS, _MOST_QUERIES = 1_000_000, 10_000
#: TileDB leaves out what was written later than now: by a machine whose clock is ahead, all rows.
_ALL_TIMES = 2**63 - 1


class Rows(NamedTuple):
    """Some rows: their ids, and the values as Arrow arrays in the order of the columns."""

    ids: np.ndarray
    batch: pa.RecordBatch


def open_for_reading(
    path: str, n_columns: int, *, options: Mapping[str, str] | None = None
) -> tiledb.Array:
    """Open an array with buffers that suit the number of columns to be read.

    `options` are TileDB's settings for the place; those of this machine where it is None.
    """
    settings = store_options(path) if options is None else options
    each = min(max(_BLOCK_BYTES // (n_columns + 1), _LEAST_BYTES), _MOST_BYTES)
    each *= _STORE_FACTOR if is_uri(path) else 1
    ctx = context(settings, py__init_buffer_bytes=str(each))
    return tiledb.open(path, timestamp=_ALL_TIMES, ctx=ctx)


def read_rows(
    array: tiledb.Array, names: Sequence[str], *, first: int, last: int, lasting: bool = True
) -> Iterator[Rows]:
    """Give the rows with ids from `first` to `last`, both included, in order.

    Parameters
    ----------
    array
        From `open_for_reading`.
    names
        The columns; none for the ids alone.
    first, last
        Row ids; there may be holes between them.
    lasting
        Whether rows stay as they are when the next ones are read; False saves a copy.

    """
    if buffers_available(array):
        yield from _from_buffers(array, names, first, last, lasting=lasting)
        return
    step = _most_rows(first, last)
    for start in range(first, last + 1, step):
        yield from _from_objects(array, names, (start, min(start + step - 1, last)))


def buffers_available(array: tiledb.Array) -> bool:
    """Tell whether this tiledb hands out buffers; a test notices when it stops to."""
    running = _running(array, (), 0, 0)
    return all(hasattr(running, name) for name in _NEEDED)


def _running(array: tiledb.Array, names: Sequence[str], first: int, last: int) -> Any:
    # On one dimension the global order is that of the row ids, and needs no sorting.
    query = array.query(attrs=list(names), dims=[ROWS], order="G", return_incomplete=True)
    return getattr(query.multi_index[first:last], "pyquery", None)


def _from_buffers(
    array: tiledb.Array, names: Sequence[str], first: int, last: int, *, lasting: bool
) -> Iterator[Rows]:
    # The next submit fills the same buffers again.
    keep = np.copy if lasting else np.asarray
    most = _most_rows(first, last)
    step, steady = min(_FIRST_ROWS, most), 0
    with ExitStack() as opened:
        while first <= last:
            stop = min(first + step - 1, last)
            running = _running(array, names, first, stop)
            while True:
                running.submit()
                rows = _taken(array, names, running.results(), keep)
                n_rows = len(rows.ids)
                if n_rows:
                    first = int(rows.ids[-1]) + 1
                    yield rows
                if not running.is_incomplete:
                    first, steady = stop + 1, max(steady - 1, 0)
                    step = step if steady else min(_LEAP * step, most)
                    break
                is_short = n_rows * _SHORT < min(step, _buffer_bytes(array) // _VALUE_BYTES)
                if _is_narrow(array, n_rows) or (is_short and _are_small(array, len(names))):
                    array = opened.enter_context(_wider(array))
                    break
                if is_short:
                    step, steady = n_rows, _STEADY
                    break


def _taken(
    array: tiledb.Array,
    names: Sequence[str],
    results: Mapping[str, Any],
    keep: Callable[[np.ndarray], np.ndarray],
) -> Rows:
    ids = keep(results[ROWS][0].view(np.int64))
    if not len(ids):
        return Rows(ids, _batch([], (), 0))
    found = [(array.attr(name), *results[name][:2]) for name in names]
    arrays = [_arrow(one, keep(data), offsets) for one, data, offsets in found]
    return Rows(ids, _batch(arrays, names, len(ids)))


def _most_rows(first: int, last: int) -> int:
    return max(_QUERY_ROWS, (last - first) // _MOST_QUERIES + 1)


def _buffer_bytes(array: tiledb.Array) -> int:
    return int(array.ctx.config()[_BUFFER])


def _is_narrow(array: tiledb.Array, rows: int) -> bool:
    """Tell whether the buffers, full with so many rows, are to be wider ones."""
    if not rows:
        return True
    few = rows < array.schema.capacity // _FEW
    return few and _buffer_bytes(array) < _WIDEST_BYTES


def _are_small(array: tiledb.Array, n_columns: int) -> bool:
    """Tell whether wider buffers would still be small, the row ids' among them."""
    return _GROWTH * _buffer_bytes(array) * (n_columns + 1) <= _SMALL_BYTES


def _wider(array: tiledb.Array) -> tiledb.Array:
    settings = array.ctx.config().dict()
    settings[_BUFFER] = str(_GROWTH * int(settings[_BUFFER]))
    return tiledb.open(array.uri, timestamp=_ALL_TIMES, ctx=tiledb.Ctx(settings))


def _arrow(attribute: tiledb.Attr, data: np.ndarray, offsets: np.ndarray) -> pa.Array:
    if not attribute.isvar:
        return pa.array(data.view(attribute.dtype))
    ends = np.append(offsets, np.uint64(len(data))).view(np.int64)
    if ends[0] or (ends[1:] < ends[:-1]).any():
        # Arrow trusts them, and would read beyond the text.
        raise ConvertError(
            f"column '{attribute.name}' could not be read: where its texts end makes no sense",
            hint="the array is damaged: write it again from its source",
        )
    return pa.LargeStringArray.from_buffers(len(offsets), pa.py_buffer(ends), pa.py_buffer(data))


def _from_objects(
    array: tiledb.Array, names: Sequence[str], ends: tuple[int, int]
) -> Iterator[Rows]:
    rows = max(_BLOCK_BYTES // (_VALUE_BYTES * (len(names) + 1)), 1)
    query = array.query(attrs=list(names), dims=[ROWS], order="C")
    for start in range(ends[0], ends[1] + 1, rows):
        block = query.multi_index[start : min(start + rows - 1, ends[1])]
        arrays = [
            pa.array(block[name], pa.large_string() if array.attr(name).isvar else None)
            for name in names
        ]
        ids = block[ROWS]
        if len(ids):
            yield Rows(ids, _batch(arrays, names, len(ids)))


def _batch(arrays: Sequence[pa.Array], names: Sequence[str], rows: int) -> pa.RecordBatch:
    if not arrays:
        # Arrow takes the number of rows from the first column, so there has to be one.
        return pa.RecordBatch.from_arrays([pa.nulls(rows)], names=[ROWS])
    return pa.RecordBatch.from_arrays(arrays, names=list(names))
