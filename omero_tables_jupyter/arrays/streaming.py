"""An array as a stream of Arrow batches, and streams as what a user asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from omero_tables_jupyter.arrays.opening import open_array
from omero_tables_jupyter.arrays.query import parse_query
from omero_tables_jupyter.arrays.selecting import selected, wanted_columns
from omero_tables_jupyter.errors import OptionError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    import tiledb

__all__ = ["FORMS", "in_form", "picked", "stream_array"]

#: What a table can be read into.
FORMS = ("pandas", "arrow", "polars", "batches")


def stream_array(
    path: str | os.PathLike[str],
    *,
    columns: Sequence[str] | None = None,
    rows: range | None = None,
    query: str | None = None,
) -> pa.RecordBatchReader:
    """Read an array some megabytes at a time.

    Parameters
    ----------
    path
        The array's directory, or its address.
    columns
        Which columns, in which order; None for all.
    rows
        Which rows, by their place among those that `query` hits; None for all.
    query
        A condition in PyTables' syntax; None for all rows.

    Returns
    -------
    pyarrow.RecordBatchReader
        Texts as ``large_string``; nothing is read before the first batch is asked for.

    Raises
    ------
    PathError
        When no complete array stands there.
    OptionError
        When there is no such column, or the condition is none.

    """
    with open_array(path, None) as array:
        names = [array.schema.attr(n).name for n in range(array.schema.nattr)]
        wanted = wanted_columns(names, columns)
        if query is not None:
            parse_query(query, names)
        schema = pa.schema([(name, _type(array.schema.attr(name))) for name in wanted])
    batches = _batches(path, names, wanted, rows, query)
    return pa.RecordBatchReader.from_batches(schema, batches)


def _batches(
    path: str | os.PathLike[str],
    names: Sequence[str],
    wanted: Sequence[str],
    rows: range | None,
    query: str | None,
) -> Iterator[pa.RecordBatch]:
    condition = parse_query(query, names) if query is not None else None
    with open_array(path, len(wanted)) as array:
        # Without a condition, places are row ids: only those are read.
        found = selected(array, wanted, rows if condition is None else None, condition)
        yield from found if condition is None or rows is None else picked(found, rows)


def picked(batches: Iterator[pa.RecordBatch], rows: range) -> Iterator[pa.RecordBatch]:
    """Pick rows by their place in a stream, and end it behind the last of them."""
    if not rows:
        return
    start = 0
    for batch in batches:
        places = np.arange(start, start + batch.num_rows)
        start += batch.num_rows
        keep = (places >= rows.start) & (places <= rows[-1])
        keep &= (places - rows.start) % rows.step == 0
        yield batch.filter(pa.array(keep))
        if start > rows[-1]:
            return


def _type(attribute: tiledb.Attr) -> pa.DataType:
    if attribute.isvar:
        return pa.large_string()
    return pa.array(np.empty(0, attribute.dtype)).type


def in_form(stream: pa.RecordBatchReader, form: str) -> Any:
    """Give a stream as one of `FORMS`; 'batches' is the stream itself.

    Raises
    ------
    OptionError
        For another form, or polars where that is not installed.

    """
    match form:
        case "pandas":
            return _frame(stream)
        case "arrow":
            return stream.read_all()
        case "polars":
            return _polars(stream)
    return stream


def _frame(stream: pa.RecordBatchReader) -> pd.DataFrame:
    parts: list[list[pa.Array]] = [[] for _ in stream.schema]
    for batch in stream:
        for one, values in zip(parts, batch.columns, strict=True):
            one.append(values)
    # Column by column, and each part let go at once: twice the table would be much.
    parts.reverse()
    data = {n: _values(parts.pop(), field.type) for n, field in enumerate(stream.schema)}
    frame = pd.DataFrame(data, copy=False)
    frame.columns = pd.Index(stream.schema.names)
    return frame


def _values(parts: list[pa.Array], kind: pa.DataType) -> Any:
    if pa.types.is_large_string(kind):
        return pd.Series(pa.chunked_array(parts, kind), dtype="str").array
    values = [part.to_numpy(zero_copy_only=False) for part in (*parts, pa.array([], kind))]
    return np.concatenate(values)


def _polars(stream: pa.RecordBatchReader) -> Any:
    try:
        import polars as pl
    except ModuleNotFoundError:
        raise OptionError(
            "as_='polars' was asked for, but polars is not installed",
            hint="install it (pip install polars), or leave --as away (as_='pandas')",
        ) from None
    return pl.from_arrow(stream.read_all())
