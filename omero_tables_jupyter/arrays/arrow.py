"""Arrow tables, and polars frames by way of Arrow: read slice by slice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from omero_tables_jupyter.arrays.arrow_cells import arrow_cells, plain
from omero_tables_jupyter.arrays.number_cells import Integers
from omero_tables_jupyter.arrays.plan import Pick, exclude_cure, id_role
from omero_tables_jupyter.arrays.source import Block, BlockSource, Fields
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.model import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from omero_tables_jupyter.arrays.cells import Cells

__all__ = ["LABELS", "ArrowFields", "ArrowSource", "PolarsSource", "fields_of"]


#: In place of a position: the row labels, which pandas notes instead of storing them.
LABELS = -1


@dataclass(frozen=True, slots=True)
class ArrowFields:
    """The columns of a schema under an index rule.

    Parameters
    ----------
    positions, names
        The position of each in the schema, or `LABELS`, and how it is called.
    n_index
        How many of them, from the first, are levels of an index.
    labels
        First row label and step, where one of the columns is made of them.
    notes
        What the user should know.

    """

    positions: tuple[int, ...]
    names: tuple[str, ...]
    n_index: int = 0
    labels: tuple[int, int] = (0, 1)
    notes: tuple[Note, ...] = ()

    def row_labels(self, start: int, count: int) -> pa.Array:
        """Give the labels of some rows."""
        first, step = self.labels
        return pa.array(np.arange(start, start + count) * step + first)


def fields_of(schema: pa.Schema, index: str, *, rows: int | None) -> ArrowFields:
    """Give a schema's columns; those that pandas marked as a frame's index follow its rule.

    Parameters
    ----------
    schema
        The columns, and what pandas noted beside them.
    index
        The rule: ``auto``, ``keep`` or ``drop``.
    rows
        How many rows there are; None where nobody knows.

    """
    noted = _noted_index(schema)
    levels = [n for n in map(schema.get_field_index, filter(_is_text, noted)) if n >= 0]
    others = [n for n in range(len(schema)) if n not in levels]
    names = [schema.names[n] for n in others]
    counted = next((found for found in map(_range, noted) if found), None)
    if counted:
        return _with_labels(*counted, others, names, index, rows)
    if index == "keep" or (index == "auto" and _is_telling(schema, levels)):
        named = [_level_name(schema.names[n], place, len(levels)) for place, n in enumerate(levels)]
        return ArrowFields((*levels, *others), (*named, *names), n_index=len(levels))
    notes = (_UNSTORED,) if levels and index == "auto" else ()
    return ArrowFields(tuple(others), tuple(names), notes=notes)


_UNSTORED = Note(
    "",
    "the row labels that pandas saved with the table are not stored; the rows keep their order "
    "(--index keep, or index='keep', stores the labels as a column)",
)


_OF_OTHER_ROWS = Note(
    "",
    "the row labels that pandas saved with the table are those of other rows than it has now, so "
    "they are not stored; the rows keep their order",
)


def _with_labels(  # noqa: PLR0913, PLR0917 - what is known of the labels, and of the table
    name: str,
    labels: range,
    others: Sequence[int],
    names: Sequence[str],
    index: str,
    rows: int | None,
) -> ArrowFields:
    """Follow the rule for a RangeIndex, of which there is no column."""
    plain_labels = not name and labels.start == 0 and labels.step == 1
    if len(labels) != rows:
        # Whoever slices, filters or joins an Arrow table leaves the note as it was.
        told = index == "keep" or (index == "auto" and not plain_labels)
        return ArrowFields(tuple(others), tuple(names), notes=(_OF_OTHER_ROWS,) if told else ())
    if index == "keep" or (index == "auto" and name):
        return ArrowFields(
            (LABELS, *others),
            (name or "index", *names),
            n_index=1,
            labels=(labels.start, labels.step),
        )
    notes = (_UNSTORED,) if index == "auto" and not plain_labels else ()
    return ArrowFields(tuple(others), tuple(names), notes=notes)


def _noted_index(schema: pa.Schema) -> list[Any]:
    text = (schema.metadata or {}).get(b"pandas")
    try:
        noted = json.loads(text)["index_columns"] if text else []
    except (ValueError, KeyError, TypeError):
        return []
    return noted if isinstance(noted, list) else []


def _is_text(noted: object) -> bool:
    return isinstance(noted, str)


def _range(noted: Any) -> tuple[str, range] | None:
    """Give the name and the labels of a RangeIndex as pandas notes it."""
    match noted:
        case {"kind": "range", "start": int(first), "stop": int(stop), "step": int(step)} if step:
            name = noted.get("name")
            return ("" if name is None else str(name), range(first, stop, step))
    return None


def _is_telling(schema: pa.Schema, levels: Sequence[int]) -> bool:
    if len(levels) != 1:
        return True
    field = schema.field(levels[0])
    return not (_is_unnamed(field.name) and pt.is_integer(field.type))


def _is_unnamed(name: str) -> bool:
    return name.startswith("__index_level_")


def _level_name(name: str, place: int, levels: int) -> str:
    if not _is_unnamed(name):
        return name
    return "index" if levels == 1 else f"level_{place}"


class ArrowSource(BlockSource):
    """An Arrow Table or RecordBatch."""

    label = "Arrow table"
    in_memory = True

    def __init__(self, table: pa.Table | pa.RecordBatch) -> None:
        self.rows: int = table.num_rows
        self._table = table
        self._fields = ArrowFields((), ())

    def fields(self, index: str) -> Fields:
        """Give the columns; what pandas marked as an index comes first."""
        self._fields = found = fields_of(self._table.schema, index, rows=self.rows)
        return Fields(names=found.names, n_index=found.n_index, notes=found.notes)

    def cells(self, pick: Pick) -> Cells:
        """Choose by type."""
        position = self._fields.positions[pick.position]
        if position == LABELS:
            return Integers(sure=True)
        column = self._table.column(position)
        # The nulls of a dictionary's values or of runs are not counted.
        flat = not (pt.is_dictionary(column.type) or pt.is_run_end_encoded(column.type))
        return arrow_cells(
            column.type,
            ids=bool(id_role(pick.name)),
            sure=flat and column.null_count == 0,
            as_text=pick.as_text,
        )

    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Slice the columns."""
        positions = [self._fields.positions[pick.position] for pick in picks]
        for start in range(0, self.rows, rows):
            count = min(rows, self.rows - start)
            yield Block(start, count, self._slicer(positions, start, count))

    def _slicer(
        self, positions: Sequence[int], start: int, count: int
    ) -> Callable[[int], pa.Array]:
        def get(n: int) -> pa.Array:
            if positions[n] == LABELS:
                return self._fields.row_labels(start, count)
            return plain(self._table.column(positions[n]).slice(start, count))

        return get


class PolarsSource(BlockSource):
    """A polars DataFrame, turned into Arrow a slice at a time."""

    label = "polars DataFrame"
    in_memory = True

    def __init__(self, frame: Any) -> None:
        self.rows: int = frame.height
        self._frame = frame

    def fields(self, index: str) -> Fields:
        """Give the columns; polars has no index."""
        del index
        return Fields(names=tuple(self._frame.columns))

    def cells(self, pick: Pick) -> Cells:
        """Choose by the type that polars gives to Arrow."""
        kind = _to_arrow(self._frame[:, pick.position].head(0), pick.source).type
        ids = bool(id_role(pick.name))
        return arrow_cells(kind, ids=ids, sure=False, as_text=pick.as_text)

    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Slice the columns, then turn them into Arrow."""
        columns = [self._frame[:, pick.position] for pick in picks]
        names = [pick.source for pick in picks]
        for start in range(0, self.rows, rows):
            count = min(rows, self.rows - start)
            yield Block(start, count, _converter(columns, names, start, count))


def _converter(
    columns: Sequence[Any], names: Sequence[str], start: int, count: int
) -> Callable[[int], pa.Array]:
    return lambda n: plain(_to_arrow(columns[n].slice(start, count), names[n]))


def _to_arrow(series: Any, name: str) -> pa.Array:
    # What polars hands over for its objects is their addresses.
    if str(series.dtype) == "Object":
        raise _unfit(series, name)
    try:
        return series.to_arrow()
    except pa.ArrowException as error:
        raise _unfit(series, name) from error


def _unfit(series: Any, name: str) -> DataError:
    return DataError(
        f"column '{name}' has the polars type {series.dtype}, which cannot be stored",
        hint="turn it into another type first, such as "
        f"frame.with_columns(pl.col('{name}').cast(pl.String)), or leave it out: "
        f"{exclude_cure(name)}",
    )
