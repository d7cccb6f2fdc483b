"""Parquet files, streamed: never more than some rows of the wanted columns at a time."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from omero_tables_jupyter.errors import DataError, PathError
from omero_tables_jupyter.tables.arrow import LABELS, ArrowFields, fields_of
from omero_tables_jupyter.tables.arrow_cells import arrow_cells, plain
from omero_tables_jupyter.tables.cells import Integers
from omero_tables_jupyter.tables.plan import Pick, id_role
from omero_tables_jupyter.tables.source import Block, BlockSource, Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from omero_tables_jupyter.tables.cells import Cells

__all__ = ["ParquetSource"]


class ParquetSource(BlockSource):
    """A Parquet file.

    Parameters
    ----------
    path
        The file; its footer is read at once, its rows whenever they are wanted.

    """

    def __init__(self, path: Path) -> None:
        self.label = path.name
        self.default_name = path.name[: -len(".parquet")]
        self._path = path
        with self._explained(), pq.ParquetFile(path) as file:
            self._schema: pa.Schema = file.schema_arrow
            self._full = _columns_without_nulls(file.metadata)
            self.rows: int = file.metadata.num_rows
        self._fields = ArrowFields((), ())

    def fields(self, index: str) -> Fields:
        """Give the columns; what pandas marked as an index comes first."""
        self._fields = found = fields_of(self._schema, index)
        return Fields(names=found.names, n_index=found.n_index, notes=found.notes)

    def cells(self, pick: Pick) -> Cells:
        """Choose by type."""
        position = self._fields.positions[pick.position]
        if position == LABELS:
            return Integers(sure=True)
        field = self._schema.field(position)
        sure = field.name in self._full and not pt.is_dictionary(field.type)
        ids = bool(id_role(pick.name))
        return arrow_cells(field.type, ids=ids, sure=sure, as_text=pick.as_text)

    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Read row group by row group, the picked columns only."""
        names = self._schema.names
        positions = [self._fields.positions[pick.position] for pick in picks]
        # Columns are asked for by name, which does not tell two of the same name apart.
        distinct = max(Counter(names).values(), default=0) == 1
        wanted = [names[one] for one in positions if one != LABELS] if distinct else None
        start = 0
        with self._explained(), pq.ParquetFile(self._path, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=rows, columns=wanted):
                columns = [
                    self._fields.row_labels(start, batch.num_rows)
                    if one == LABELS
                    else batch.column(batch.schema.get_field_index(names[one]) if distinct else one)
                    for one in positions
                ]
                yield Block(start, batch.num_rows, _getter(columns))
                start += batch.num_rows

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (pa.ArrowException, OSError) as error:
            if isinstance(error, OSError) and error.errno:
                raise PathError(
                    f"'{self._path}' cannot be read: {os.strerror(error.errno)}",
                    hint="check that you may read it, and that the drive or share is connected",
                ) from error
            raise DataError(
                f"'{self.label}' is not a Parquet file, or is damaged: {error}",
                hint="write it again, or fetch it again if it was copied",
            ) from error


def _getter(columns: Sequence[pa.Array]) -> Callable[[int], pa.Array]:
    return lambda n: plain(columns[n])


def _columns_without_nulls(footer: pq.FileMetaData) -> frozenset[str]:
    """Give the flat columns of which every row group's statistics say that nothing is missing."""
    full = set()
    for n in range(footer.num_columns):
        groups = (footer.row_group(one).column(n) for one in range(footer.num_row_groups))
        if all(_says_full(group.statistics) for group in groups):
            full.add(footer.schema.column(n).path)
    return frozenset(full)


def _says_full(statistics: pq.Statistics | None) -> bool:
    return bool(statistics and statistics.has_null_count and statistics.null_count == 0)
