"""Arrays back into frames."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from omero_tables_jupyter.arrays.opening import open_array
from omero_tables_jupyter.arrays.query import parse_query
from omero_tables_jupyter.arrays.selecting import RowIds, selected, wanted_columns

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pyarrow as pa
    import tiledb

    from omero_tables_jupyter.arrays.query import Condition

__all__ = ["read_array"]


def read_array(
    path: str | os.PathLike[str],
    *,
    columns: Sequence[str] | None = None,
    rows: range | slice | Sequence[int] | None = None,
    query: str | None = None,
) -> pd.DataFrame:
    """Read an array into a frame.

    Parameters
    ----------
    path
        The array's directory.
    columns
        Which columns, in which order; None for all.
    rows
        Row ids: a range, a slice (its end left out, as in Python), or ids one by one; None for
        all. Ids that do not exist are left out.
    query
        A condition such as ``(area > 20) & (label == "a")``, in the syntax of PyTables.

    Returns
    -------
    pandas.DataFrame
        Its index holds the row ids: 0 to N-1 where all rows are read.

    Raises
    ------
    PathError
        When no complete array stands there.
    OptionError
        When there is no such column, or the condition is none.

    """
    with open_array(path, len(columns) if columns is not None else None) as array:
        schema = array.schema
        names = [schema.attr(n).name for n in range(schema.nattr)]
        wanted = wanted_columns(names, columns)
        condition = parse_query(query, names) if query is not None else None
        ids, batches = _collected(array, wanted, RowIds.of(rows), condition)
        return _frame(schema, wanted, ids, batches)


def _collected(
    array: tiledb.Array, wanted: Sequence[str], asked: RowIds, condition: Condition | None
) -> tuple[np.ndarray, list[pa.RecordBatch]]:
    ids: list[np.ndarray] = [np.empty(0, np.int64)]
    batches: list[pa.RecordBatch] = []
    for some, batch in selected(array, wanted, asked, condition):
        ids.append(some)
        batches += [] if batch is None else [batch]
    return np.concatenate(ids), batches


def _frame(
    schema: tiledb.ArraySchema,
    wanted: Sequence[str],
    ids: np.ndarray,
    batches: Sequence[pa.RecordBatch],
) -> pd.DataFrame:
    index: pd.Index = pd.Index(ids)
    if len(ids) and ids[-1] - ids[0] == len(ids) - 1:
        index = pd.RangeIndex(int(ids[0]), int(ids[-1]) + 1)
    elif not len(ids):
        index = pd.RangeIndex(0)
    data = {}
    for place, name in enumerate(wanted):
        parts = [batch.column(place) for batch in batches]
        data[name] = _series(schema.attr(name), parts)
    frame = pd.DataFrame(
        data, index=index, columns=pd.Index(list(wanted), dtype=object), copy=False
    )
    frame.columns = pd.Index(list(wanted))
    return frame


def _series(attribute: tiledb.Attr, parts: Sequence[pa.Array]) -> Any:
    if attribute.isvar:
        texts = [part.to_numpy(zero_copy_only=False) for part in parts]
        values = np.concatenate(texts) if texts else np.empty(0, dtype=object)
        return pd.Series(values, dtype="str").array
    numbers = [part.to_numpy(zero_copy_only=False) for part in parts]
    return np.concatenate(numbers) if numbers else np.empty(0, attribute.dtype)
