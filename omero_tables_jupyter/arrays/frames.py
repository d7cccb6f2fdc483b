"""pandas DataFrames: any index, any labels, any dtype; read slice by slice, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from omero_tables_jupyter.arrays.arrow_cells import arrow_cells, plain
from omero_tables_jupyter.arrays.cells import Cells, Refused
from omero_tables_jupyter.arrays.moments import Moments
from omero_tables_jupyter.arrays.number_cells import Booleans, Durations, Integers, Numbers
from omero_tables_jupyter.arrays.object_texts import ObjectSpans
from omero_tables_jupyter.arrays.objects import object_cells
from omero_tables_jupyter.arrays.plan import Pick, id_role
from omero_tables_jupyter.arrays.rules import Trouble
from omero_tables_jupyter.arrays.source import Block, BlockSource, Fields
from omero_tables_jupyter.arrays.text_cells import Texts
from omero_tables_jupyter.model import FixKind, Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["LABELS_NOTE", "FrameSource", "counts_rows", "label_text"]

#: What is said of an index of numbers that is left out.
LABELS_NOTE = Note(
    "",
    "the row labels (the index) are not stored, and the rows keep their order "
    "(--index keep, or index='keep', stores the labels as a column)",
)


@dataclass(frozen=True, slots=True)
class _Column:
    """The cells of a column, and its raw values from one row up to another."""

    cells: Cells
    get: Callable[[int, int], Any]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the name and the user ask of a column."""

    ids: bool
    as_text: bool


class FrameSource(BlockSource):
    """A pandas DataFrame.

    Parameters
    ----------
    frame
        It is read in place, slice by slice.

    """

    label = "DataFrame"
    in_memory = True

    def __init__(self, frame: pd.DataFrame) -> None:
        # A view of its own: what a subclass makes of rows and columns is not what it holds; and
        # what another cell writes into the frame meanwhile, pandas 3 keeps out of it.
        self._frame = pd.DataFrame(frame)
        self.rows: int = len(self._frame)
        self._columns: dict[tuple[int, bool, bool], _Column] = {}
        self._n_index = 0

    def fields(self, index: str) -> Fields:
        """Give the index levels that are kept, then the columns."""
        stored, notes = _index_rule(self._frame.index, index)
        levels = _level_names(self._frame.index) if stored else ()
        self._n_index = len(levels)
        self._columns = {}
        names = (*levels, *(label_text(one) for one in self._frame.columns))
        return Fields(names=names, n_index=len(levels), notes=notes)

    def cells(self, pick: Pick) -> Cells:
        """Choose by dtype, and by the values where the dtype is `object`."""
        return self._column(pick).cells

    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Slice the columns."""
        columns = [self._column(pick) for pick in picks]
        for start in range(0, self.rows, rows):
            stop = min(start + rows, self.rows)
            yield Block(start, stop - start, _slicer(columns, start, stop))

    def _column(self, pick: Pick) -> _Column:
        wish = _Wish(ids=bool(id_role(pick.name)), as_text=pick.as_text)
        key = (pick.position, wish.ids, wish.as_text)
        if key not in self._columns:
            self._columns[key] = self._open(pick.position, wish)
        return self._columns[key]

    def _open(self, position: int, wish: _Wish) -> _Column:
        index = self._frame.index
        if position >= self._n_index:
            return _column(self._frame.iloc[:, position - self._n_index], wish)
        if isinstance(index, pd.MultiIndex):
            return _coded(np.asarray(index.codes[position]), index.levels[position], wish)
        return _column(index, wish)


def _slicer(columns: Sequence[_Column], start: int, stop: int) -> Callable[[int], Any]:
    return lambda n: columns[n].get(start, stop)


def label_text(label: object) -> str:
    """Give a column's label as text; tuples join with ``_``, missing labels are empty."""
    if isinstance(label, tuple):
        return "_".join(part for part in map(label_text, label) if part)
    if isinstance(label, bytes):
        return label.decode("utf-8", "replace")
    if label is None or label is pd.NA or label is pd.NaT or label != label:  # noqa: PLR0124 - NaN
        return ""
    return str(label)


def _level_names(index: pd.Index) -> tuple[str, ...]:
    if isinstance(index, pd.MultiIndex):
        return tuple(label_text(one) or f"level_{n}" for n, one in enumerate(index.names))
    return (label_text(index.name) or "index",)


def _index_rule(index: pd.Index, rule: str) -> tuple[bool, tuple[Note, ...]]:
    if rule != "auto":
        return rule == "keep", ()
    numbered = not isinstance(index, pd.MultiIndex) and pd.api.types.is_integer_dtype(index.dtype)
    if not numbered or label_text(index.name):
        return True, ()
    return False, () if counts_rows(index, 0) else (LABELS_NOTE,)


def counts_rows(index: pd.Index, first: int) -> bool:
    """Tell whether row labels are nothing but the numbers of rows, from `first` on."""
    if not pd.api.types.is_integer_dtype(index.dtype):
        return False
    if isinstance(index, pd.RangeIndex):
        return not len(index) or (index.start == first and index.step == 1)
    if index.hasnans:
        return False
    return bool((index.to_numpy(dtype=np.int64) == np.arange(first, first + len(index))).all())


def _column(values: pd.Series | pd.Index, wish: _Wish) -> _Column:
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        array = values.array
        return _coded(np.asarray(array.codes), array.categories, wish)
    if isinstance(dtype, np.dtype):
        return _numpy_column(values.to_numpy(), wish)
    return _extension_column(values, wish)


def _numpy_column(values: np.ndarray, wish: _Wish) -> _Column:
    kind = values.dtype.kind
    if kind == "O":
        cells = object_cells(values, ids=wish.ids, as_text=wish.as_text)
        # Copied: a block is looked at more than once, and what another cell puts in an object's
        # place meanwhile would let go of it while it is being read.
        return _Column(cells, lambda start, stop: values[start:stop].copy())
    if kind not in _NUMPY_CELLS:
        trouble = Trouble(None, *_UNSTORED.get(kind, _UNSTORED[""]), FixKind.AS_TEXT)
        return _as_objects_or(values, wish, trouble)
    if kind == "f" and values.dtype.itemsize > np.dtype(np.float64).itemsize:
        return _numpy_column(values.astype(object), wish)
    cells = _NUMPY_CELLS[kind](values.dtype, wish)
    return _Column(cells, lambda start, stop: pa.array(_native(values[start:stop])))


_NUMPY_CELLS: dict[str, Callable[[np.dtype[Any], _Wish], Cells]] = {
    "b": lambda _, __: Booleans(),
    "i": lambda _, __: Integers(sure=True),
    "u": lambda dtype, _: Integers(sure=dtype.itemsize < np.dtype(np.uint64).itemsize),
    "f": lambda _, wish: Numbers(ids=wish.ids),
    "M": lambda _, __: Moments(),
    "m": lambda _, __: Durations(),
}
_UNSTORED = {
    "c": (
        "holds complex numbers, which OMERO tables cannot store",
        (
            "split it into two columns, frame['{column}'].to_numpy().real and .imag, or store it "
            "as text: {as_text}"
        ),
    ),
    "": (
        "holds values of a type that OMERO tables cannot store",
        "store it as text: {as_text}",
    ),
}


def _native(values: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))


def _as_objects_or(values: Any, wish: _Wish, trouble: Trouble) -> _Column:
    if not wish.as_text:
        return _Column(Refused(trouble), lambda start, stop: values[start:stop])
    objects = np.asarray(values, dtype=object)
    cells = object_cells(objects, ids=wish.ids, as_text=True)
    return _Column(cells, lambda start, stop: objects[start:stop])


def _extension_column(values: pd.Series | pd.Index, wish: _Wish) -> _Column:
    dtype, array = values.dtype, values.array
    if isinstance(dtype, pd.DatetimeTZDtype):
        return _Column(Moments(zone=dtype.tz), lambda start, stop: _utc(array[start:stop]))
    if isinstance(dtype, pd.SparseDtype):
        return _sparse(array, dtype, wish)
    if isinstance(dtype, (pd.PeriodDtype, pd.IntervalDtype)):
        return _Column(ObjectSpans(), lambda start, stop: np.asarray(array[start:stop], object))
    if isinstance(dtype, pd.StringDtype):
        return _strings(array, dtype)
    if hasattr(array, "__arrow_array__"):
        return _arrow_column(array, wish)
    trouble = Trouble(None, *_UNSTORED[""], FixKind.AS_TEXT)
    return _as_objects_or(array, wish, trouble)


def _utc(array: Any) -> pa.Array:
    return pa.array(np.asarray(array.tz_convert("UTC").tz_localize(None)))


def _sparse(array: Any, dtype: pd.SparseDtype, wish: _Wish) -> _Column:
    if dtype.subtype.kind not in _NUMPY_CELLS or dtype.subtype == np.longdouble:
        return _numpy_column(np.asarray(array), wish)
    inner = _numpy_column(np.asarray(array[:0], dtype=dtype.subtype), wish)
    return _Column(
        inner.cells,
        lambda start, stop: pa.array(np.asarray(array[start:stop]).astype(dtype.subtype)),
    )


def _strings(array: Any, dtype: pd.StringDtype) -> _Column:
    if dtype.storage == "python":
        cells = object_cells(np.array(["text"], dtype=object), ids=False, as_text=False)
        return _Column(cells, lambda start, stop: np.asarray(array[start:stop], object))
    return _Column(Texts(), lambda start, stop: plain(pa.array(array[start:stop])))


def _arrow_column(array: Any, wish: _Wish) -> _Column:
    kind = pa.array(array[:0]).type
    cells = arrow_cells(kind, ids=wish.ids, sure=False, as_text=wish.as_text)
    return _Column(cells, lambda start, stop: plain(pa.array(array[start:stop])))


def _coded(codes: np.ndarray, categories: pd.Index, wish: _Wish) -> _Column:
    """Read a categorical: its categories once, then by code; -1 is missing."""
    used = np.unique(codes)
    used = used[used >= 0]
    kept = categories.take(used)
    where = np.full(len(categories) + 1, -1)
    where[used] = np.arange(len(used))
    inner = _column(kept, wish)
    if isinstance(inner.cells, Refused) and isinstance(kept.dtype, np.dtype):
        # Only now all rows as objects, to name the row rather than the category.
        values = np.append(np.asarray(categories, dtype=object), [None])
        return _column(pd.Series(values[codes], dtype=object), wish)
    raw = inner.get(0, len(kept))
    cells = Integers() if isinstance(inner.cells, Integers) and inner.cells.sure else inner.cells
    if isinstance(raw, np.ndarray):
        objects = np.append(raw, [None])
        return _Column(cells, lambda start, stop: objects[where[codes[start:stop]]])
    return _Column(cells, lambda start, stop: _taken(raw, where[codes[start:stop]]))


def _taken(raw: pa.Array, positions: np.ndarray) -> pa.Array:
    return raw.take(pa.array(positions, mask=positions < 0))
