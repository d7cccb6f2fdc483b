"""One partition of a Dask DataFrame: what it holds, and its rows in stored form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from omero_tables_jupyter.arrays.blocks import BlockSurvey, Seen
from omero_tables_jupyter.arrays.cells import Nothing
from omero_tables_jupyter.arrays.frames import FrameSource, counts_rows, label_text
from omero_tables_jupyter.arrays.number_cells import Integers
from omero_tables_jupyter.arrays.parts import check_columns, places_in
from omero_tables_jupyter.arrays.rules import Kind
from omero_tables_jupyter.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from omero_tables_jupyter.arrays.cells import Cells
    from omero_tables_jupyter.arrays.plan import Pick
    from omero_tables_jupyter.arrays.rules import Facts, Form
    from omero_tables_jupyter.model import ColumnPlan

__all__ = ["Found", "Part", "Shape", "Storing", "look_at", "stored_batches"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What every partition has to have.

    Parameters
    ----------
    names
        The columns' labels as text, those of the index first.
    n_index
        How many of them come from the index.
    index
        The rule for the index: ``auto``, ``keep`` or ``drop``.
    picks
        The columns that are wanted.

    """

    names: tuple[str, ...]
    n_index: int
    index: str
    picks: tuple[Pick, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What a partition holds.

    Parameters
    ----------
    rows
        How many rows.
    label
        The first row label, where the labels count the rows on from it; else None.
    kinds, facts
        Of each pick what its values are, and the facts about them, rows counted from 0; nothing
        where there are no rows.

    """

    rows: int = 0
    label: int | None = None
    kinds: tuple[Kind, ...] = ()
    facts: tuple[Facts, ...] = ()


_NOTHING_FOUND = Found()


@dataclass(frozen=True, slots=True)
class Part:
    """A partition by its number, the id of its first row, and what was found in it."""

    number: int
    first: int
    found: Found


@dataclass(frozen=True, slots=True)
class Storing:
    """How every partition is stored.

    Parameters
    ----------
    shape
        What each has to have.
    columns, kinds, forms
        Of each pick the plan, and what was agreed for all partitions.
    row_bytes, n_bytes
        The size of a row where it is largest, and that of a batch.

    """

    shape: Shape
    columns: tuple[ColumnPlan, ...]
    kinds: tuple[Kind, ...]
    forms: tuple[Form, ...]
    row_bytes: float
    n_bytes: int


@dataclass(frozen=True, slots=True)
class _Looked:
    """A partition that was looked at; without rows there is no source."""

    source: FrameSource | None = None
    cells: tuple[Cells, ...] = ()
    found: Found = _NOTHING_FOUND


class _Missing(Nothing):
    """A column of which this partition has no value, whatever others have."""

    def store(self, raw: Any, form: Form) -> pa.Array:
        """Store what the form has for missing values."""
        return Seen(self, Kind.NOTHING, raw).stored(form)


def look_at(frame: pd.DataFrame, shape: Shape, number: int) -> Found:
    """Look at a partition.

    Parameters
    ----------
    frame
        The partition.
    shape
        What it has to have.
    number
        Its place among the partitions, from 0, for messages.

    Raises
    ------
    DataError
        When it has other columns or another index than the DataFrame says.

    """
    return _look(frame, shape, number).found


def stored_batches(frame: pd.DataFrame, storing: Storing, part: Part) -> Iterator[pa.RecordBatch]:
    """Give a partition's rows in stored form, some megabytes at a time.

    Raises
    ------
    DataError
        When it does not hold what was found in it before: then the plan does not fit it.

    """
    looked = _look(frame, storing.shape, part.number)
    if looked.found != part.found:
        raise DataError(
            f"partition {part.number} gave other rows when it was computed again",
            hint="keep its rows: ddf = ddf.persist(), then upload ddf; or, if they are random, "
            "give the random numbers a seed",
        )
    if looked.source is None:
        return
    survey = BlockSurvey(
        columns=storing.columns,
        picks=storing.shape.picks,
        cells=_fitting(looked.cells, storing, part.found),
        forms=storing.forms,
        row_bytes=storing.row_bytes,
    )
    yield from looked.source.batches(survey, n_bytes=storing.n_bytes)


def _look(frame: pd.DataFrame, shape: Shape, number: int) -> _Looked:
    if isinstance(frame, pd.DataFrame) and not len(frame):
        return _Looked()
    source = _opened(frame, shape, number)
    cells = tuple(_unsure(source.wanted_cells(pick)) for pick in shape.picks)
    facts, _ = source.look(shape.picks, cells, whole=True)
    found = Found(
        rows=source.rows,
        label=_label(frame.index),
        kinds=tuple(one.kind for one in cells),
        facts=tuple(facts),
    )
    return _Looked(source, cells, found)


def _label(index: pd.Index) -> int | None:
    if not pd.api.types.is_integer_dtype(index.dtype) or pd.isna(index[0]):
        return None
    first = int(index[0])
    return first if counts_rows(index, first) else None


def _opened(frame: pd.DataFrame, shape: Shape, number: int) -> FrameSource:
    if not isinstance(frame, pd.DataFrame):
        raise DataError(
            f"partition {number} is no pandas DataFrame but a {type(frame).__name__}",
            hint=f"look at it: ddf.partitions[{number}].compute()",
        )
    source = FrameSource(_in_order(frame, shape, number))
    names = source.fields(shape.index).names
    levels = names[: len(names) - len(frame.columns)]
    if levels != shape.names[: shape.n_index]:
        raise DataError(
            f"partition {number} has another index than the Dask DataFrame says: "
            f"{_listed(levels)} in place of {_listed(shape.names[: shape.n_index])}",
            hint="make it a column, ddf = ddf.reset_index(), or leave it out: --index drop "
            "(index='drop')",
        )
    return source


def _in_order(frame: pd.DataFrame, shape: Shape, number: int) -> pd.DataFrame:
    """Give the columns in the order that the DataFrame says, as pandas does where it joins."""
    wanted = shape.names[shape.n_index :]
    names = tuple(label_text(one) for one in frame.columns)
    if names == wanted:
        return frame
    check_columns(wanted, names, parts=(f"partition {number}", "the Dask DataFrame"))
    return frame.iloc[:, places_in(names, wanted)]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{one}'" for one in names) or "row numbers"


def _unsure(cells: Cells) -> Cells:
    """Have whole numbers looked at: other partitions may make float64 of them."""
    return Integers() if isinstance(cells, Integers) and cells.sure else cells


def _fitting(cells: Sequence[Cells], storing: Storing, found: Found) -> tuple[Cells, ...]:
    return tuple(
        _Missing() if one.kind is not kind and facts.missing == facts.rows else one
        for one, kind, facts in zip(cells, storing.kinds, found.facts, strict=True)
    )
