"""Arrow tables, and polars frames by way of Arrow: read slice by slice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.types as pt

from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.tables.arrow_cells import arrow_cells, plain
from omero_tables_jupyter.tables.plan import Pick, exclude_cure, id_role
from omero_tables_jupyter.tables.source import Block, BlockSource, Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from omero_tables_jupyter.tables.cells import Cells

__all__ = ["ArrowFields", "ArrowSource", "PolarsSource", "fields_of"]


@dataclass(frozen=True, slots=True)
class ArrowFields:
    """The columns of a schema under an index rule: the position of each, and how it is called."""

    positions: tuple[int, ...]
    names: tuple[str, ...]
    n_index: int = 0


def fields_of(schema: pa.Schema, index: str) -> ArrowFields:
    """Give a schema's columns; those that pandas marked as a frame's index follow its rule."""
    levels = _index_levels(schema)
    kept = levels if index == "keep" or (index == "auto" and _is_telling(schema, levels)) else []
    others = [n for n in range(len(schema)) if n not in levels]
    names = [_level_name(schema.names[n], place, len(levels)) for place, n in enumerate(kept)]
    return ArrowFields(
        positions=(*kept, *others),
        names=(*names, *(schema.names[n] for n in others)),
        n_index=len(kept),
    )


def _index_levels(schema: pa.Schema) -> list[int]:
    text = (schema.metadata or {}).get(b"pandas")
    try:
        named = json.loads(text)["index_columns"] if text else []
    except (ValueError, KeyError, TypeError):
        return []
    # A RangeIndex is a dict here, and has no column.
    found = [schema.get_field_index(one) for one in named if isinstance(one, str)]
    return [one for one in found if one >= 0]


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
        self._positions: tuple[int, ...] = ()

    def fields(self, index: str) -> Fields:
        """Give the columns; what pandas marked as an index comes first."""
        found = fields_of(self._table.schema, index)
        self._positions = found.positions
        return Fields(names=found.names, n_index=found.n_index)

    def cells(self, pick: Pick) -> Cells:
        """Choose by type."""
        column = self._table.column(self._positions[pick.position])
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
        columns = [self._table.column(self._positions[pick.position]) for pick in picks]
        for start in range(0, self.rows, rows):
            count = min(rows, self.rows - start)
            yield Block(start, count, _slicer(columns, start, count))


def _slicer(columns: Sequence[Any], start: int, count: int) -> Callable[[int], pa.Array]:
    return lambda n: plain(columns[n].slice(start, count))


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
