"""Arrays back into frames, and what an array says of itself."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import tiledb

from omero_tables_jupyter.arrays import layout
from omero_tables_jupyter.arrays.blockread import open_for_reading, read_rows
from omero_tables_jupyter.arrays.destination import OLD, is_array, is_taken
from omero_tables_jupyter.arrays.query import Condition, parse_query
from omero_tables_jupyter.arrays.store_faults import store_fault
from omero_tables_jupyter.errors import ConvertError, OptionError, PathError
from omero_tables_jupyter.model import Secret, Stored
from omero_tables_jupyter.path_syntax import is_uri
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "ArrayInfo",
    "RowIds",
    "describe_array",
    "is_array",
    "open_array",
    "read_array",
    "selected",
    "wanted_columns",
]

_WORDS = {"int64": Stored.INTEGER, "float64": Stored.NUMBER, "bool": Stored.BOOLEAN}


@dataclass(frozen=True, slots=True)
class ArrayInfo:
    """What an array says of itself.

    Parameters
    ----------
    path
        Where it is.
    rows
        How many rows it holds.
    columns, types
        The names of its columns, and what each is stored as: a `Stored`, or TileDB's own word for
        a type that we do not write.
    token
        Its SecretToken; None where it has none.
    version
        The layout's version, as text; '' where it has none.
    fingerprint, created
        What we noted when we wrote it; '' where another program did.
    initialized
        When its layout was made, in seconds since 1970, which no other array shares; None where it
        does not say.

    """

    path: str
    rows: int
    columns: tuple[str, ...]
    types: tuple[str, ...]
    token: Secret | None = None
    version: str = ""
    fingerprint: str = ""
    created: str = ""
    initialized: float | None = None


def describe_array(path: str | os.PathLike[str], *, counted: bool = True) -> ArrayInfo:
    """Read what an array says of itself; of its data only the row ids, if at all.

    Parameters
    ----------
    path
        The array's directory.
    counted
        False to take the number of rows from what we noted when we wrote it, where we did.

    Raises
    ------
    PathError
        When no complete array stands there.

    """
    with open_array(path, 0) as array:
        schema = array.schema
        attributes = [schema.attr(n) for n in range(schema.nattr)]
        ours = _ours(array.meta)
        noted = None if counted else ours.get("rows")
        rows = noted if isinstance(noted, int) else _count(array, array.nonempty_domain())
        return ArrayInfo(
            path=os.fspath(path) if is_uri(path) else str(Path(path).absolute()),
            rows=rows,
            columns=tuple(one.name for one in attributes),
            types=tuple(_stored(one) for one in attributes),
            token=Secret(array.meta[layout.TOKEN_KEY]) if layout.TOKEN_KEY in array.meta else None,
            version=str(array.meta.get(layout.VERSION_KEY, "")),
            fingerprint=str(ours.get("fingerprint", "")),
            created=str(ours.get("created", "")),
            initialized=_moment(array.meta.get(layout.INITIALIZED_KEY)),
        )


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


@dataclass(frozen=True, slots=True)
class RowIds:
    """The row ids asked for: ends, and a mask over ids between them; both ends None for all."""

    first: int | None = None
    last: int | None = None
    chosen: np.ndarray | None = None
    step: int = 1

    @classmethod
    def of(cls, rows: range | slice | Sequence[int] | None) -> RowIds:
        """Read what a caller gave; None for all rows."""
        if rows is None:
            return cls()
        if isinstance(rows, slice):
            if (rows.step or 1) < 1 or min(rows.start or 0, rows.stop or 0) < 0:
                raise OptionError(
                    f"rows={rows} counts from the end or backwards",
                    hint="give row ids from 0 on, such as rows=range(0, 100)",
                )
            last = None if rows.stop is None else rows.stop - 1
            return cls(rows.start or 0, last, step=rows.step or 1)
        if isinstance(rows, range) and rows.step > 0 and rows.start >= 0:
            # Not as so many numbers: whoever wants the rest of a table gives a large end.
            return cls(rows.start, rows.stop - 1, step=rows.step)
        chosen = np.unique(np.asarray(rows, dtype=np.int64))
        if not len(chosen):
            return cls(0, -1, chosen)
        return cls(int(chosen[0]), int(chosen[-1]), chosen)

    def mask(self, ids: np.ndarray) -> np.ndarray:
        """Tell which of some ids between the ends are asked for."""
        if self.chosen is not None:
            return np.isin(ids, self.chosen, assume_unique=True)
        on_step: np.ndarray = (ids - (self.first or 0)) % self.step == 0
        return on_step


def selected(
    array: tiledb.Array, wanted: Sequence[str], asked: RowIds, condition: Condition | None
) -> Iterator[tuple[np.ndarray, pa.RecordBatch | None]]:
    """Read block by block, and give of each the row ids and the values that are asked for.

    Yields
    ------
    tuple of numpy.ndarray and pyarrow.RecordBatch or None
        None where no column is wanted.

    """
    ends = array.nonempty_domain()
    low, high = ends[0] if ends else (0, -1)
    first = low if asked.first is None else max(asked.first, int(low))
    last = high if asked.last is None else min(asked.last, int(high))
    needed = list(dict.fromkeys([*wanted, *(condition.names if condition else ())]))
    if first > last:
        return
    for rows in read_rows(array, needed, first=int(first), last=int(last)):
        keep = asked.mask(rows.ids)
        if condition is not None:
            values = {
                name: _numpy(rows.batch.column(needed.index(name))) for name in condition.names
            }
            keep &= condition.mask(values)
        batch = rows.batch.select(list(wanted)) if wanted else None
        if batch is not None and not keep.all():
            batch = batch.filter(pa.array(keep))
        yield rows.ids[keep], batch


def _collected(
    array: tiledb.Array, wanted: Sequence[str], asked: RowIds, condition: Condition | None
) -> tuple[np.ndarray, list[pa.RecordBatch]]:
    ids: list[np.ndarray] = [np.empty(0, np.int64)]
    batches: list[pa.RecordBatch] = []
    for some, batch in selected(array, wanted, asked, condition):
        ids.append(some)
        batches += [] if batch is None else [batch]
    return np.concatenate(ids), batches


def _numpy(values: pa.Array) -> np.ndarray:
    found: np.ndarray = values.to_numpy(zero_copy_only=False)
    return found


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
    numbers = [_numpy(part) for part in parts]
    return np.concatenate(numbers) if numbers else np.empty(0, attribute.dtype)


def wanted_columns(names: Sequence[str], columns: Sequence[str] | None) -> list[str]:
    """Hold the columns asked for against those that there are; None for all.

    Raises
    ------
    OptionError
        When there is no such column.

    """
    if columns is None:
        return list(names)
    wanted = [columns] if isinstance(columns, str) else [str(one) for one in columns]
    for one in wanted:
        if one not in names:
            raise OptionError(f"the array has no column '{one}'", hint=did_you_mean(one, names))
    return list(dict.fromkeys(wanted))


@contextmanager
def open_array(path: str | os.PathLike[str], n_columns: int | None) -> Iterator[tiledb.Array]:
    """Open a table's array, with buffers for so many columns; None for all.

    Raises
    ------
    PathError
        When no complete table stands there.
    ConvertError
        When it cannot be read.

    """
    place = os.fspath(path)
    try:
        if not is_array(place):
            raise _no_array(place)
        with open_for_reading(place, 20 if n_columns is None else n_columns) as array:
            if array.schema.domain.ndim != 1 or array.schema.domain.dim(0).name != layout.ROWS:
                raise PathError(
                    f"'{place}' is a TileDB array, but not a table of OMERO's layout",
                    hint="give the path of an array that was made for OMERO Plus",
                )
            yield array
    except tiledb.TileDBError as error:
        if is_uri(place):
            raise store_fault(place, error) from error
        raise ConvertError(
            f"'{place}' could not be read: {error}",
            hint="the array may be damaged or half-written: write it again from its source",
        ) from error


def _no_array(place: str) -> PathError:
    if not is_uri(place) and is_array(f"{place}{OLD}"):
        return PathError(
            f"there is no array at '{place}', but one at '{place}{OLD}': a replacement was "
            "interrupted",
            hint=f'put it back: %omero_leftovers --put-back "{place}" (put_back_array({place!r}))',
        )
    if not is_taken(place):
        what = f"there is no array at '{place}'"
    elif is_uri(place) or (Path(place) / "__schema").is_dir():
        what = f"'{place}' is half-written: an upload under way, or one that was killed"
    else:
        what = f"'{place}' is not a TileDB array"
    return PathError(what, hint="give the path of an array, which mostly ends in .tiledb")


def _count(array: tiledb.Array, ends: Any) -> int:
    if ends is None:
        return 0
    first, last = int(ends[0][0]), int(ends[0][1])
    return sum(len(rows.ids) for rows in read_rows(array, (), first=first, last=last))


def _ours(meta: Any) -> dict[str, Any]:
    try:
        found = json.loads(meta[layout.OUR_KEY])
    except (KeyError, TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _moment(value: object) -> float | None:
    return float(value) if isinstance(value, float | int) else None


def _stored(attribute: tiledb.Attr) -> str:
    if attribute.isvar:
        return Stored.TEXT
    name: str = np.dtype(attribute.dtype).name
    return _WORDS.get(name, name)
