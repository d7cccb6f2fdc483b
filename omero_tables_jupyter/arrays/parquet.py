"""Parquet files, streamed: never more than some rows of the wanted columns at a time."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.types as pt

from omero_tables_jupyter.arrays.arrow import LABELS, ArrowFields, fields_of
from omero_tables_jupyter.arrays.arrow_cells import arrow_cells, plain
from omero_tables_jupyter.arrays.number_cells import Integers
from omero_tables_jupyter.arrays.parts import (
    are_distinct,
    check_columns,
    check_types,
    files_label,
    places_in,
)
from omero_tables_jupyter.arrays.plan import Pick, id_role
from omero_tables_jupyter.arrays.source import Block, BlockSource, Fields
from omero_tables_jupyter.errors import DataError, PathError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    import numpy as np

    from omero_tables_jupyter.arrays.cells import Cells

__all__ = ["BUFFER_BYTES", "ParquetSource"]

#: Pages are read through a buffer of this size; else Arrow takes a column of a row group at once.
BUFFER_BYTES = 256 * 1024
#: Nanoseconds in a microsecond.
_MICRO = 1000


@dataclass(frozen=True, slots=True)
class _Part:
    """A file's footer: what it holds, and which columns have no missing value.

    `has_int96` tells of moments as Spark, Impala and old pandas write them.
    """

    path: Path
    schema: pa.Schema
    full: frozenset[str]
    rows: int
    has_int96: bool


class ParquetSource(BlockSource):
    """A Parquet file, or several that make one table.

    Parameters
    ----------
    *paths
        The files, in order; footers are read at once, rows whenever they are wanted.
    default_name
        A name for the table; by default that of the only file.

    Raises
    ------
    DataError
        If one is no Parquet file.
    PathError
        If one cannot be read.

    """

    def __init__(self, *paths: Path, default_name: str = "") -> None:
        self.label = files_label([one.name for one in paths])
        self.default_name = default_name or _stem(paths)
        self._parts = [_part(path) for path in paths]
        self.rows: int = sum(one.rows for one in self._parts)
        self._index = "auto"
        self._fields = ArrowFields((), ())
        self._types: list[pa.DataType] = []

    def fields(self, index: str) -> Fields:
        """Give the columns of the first file; what pandas marked as an index comes first.

        Raises
        ------
        DataError
            If a later file has other columns, or other types.

        """
        first, *others = self._parts
        self._index, self._fields = index, fields_of(first.schema, index, rows=first.rows)
        self._types = _types(first.schema, self._fields)
        for other in others:
            if not other.schema.equals(first.schema):
                self._join(first, other)
        found = self._fields
        return Fields(names=found.names, n_index=found.n_index, notes=found.notes)

    def _join(self, first: _Part, other: _Part) -> None:
        names, fields = self._fields.names, fields_of(other.schema, self._index, rows=other.rows)
        parts = (f"'{other.path.name}'", f"'{first.path.name}'")
        check_columns(names, fields.names, parts=parts)
        types = _types(other.schema, fields)
        types = [types[n] for n in places_in(fields.names, names)]
        self._types = check_types(names, self._types, types, parts=parts)

    def cells(self, pick: Pick) -> Cells:
        """Choose by type."""
        position = self._fields.positions[pick.position]
        if position == LABELS:
            return Integers(sure=True)
        name = self._parts[0].schema.names[position]
        kind = self._types[pick.position]
        sure = all(name in one.full for one in self._parts) and not pt.is_dictionary(kind)
        ids = bool(id_role(pick.name))
        return arrow_cells(kind, ids=ids, sure=sure, as_text=pick.as_text)

    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Read file by file and row group by row group, the picked columns only."""
        types = [self._types[pick.position] for pick in picks]
        start = 0
        for part in self._parts:
            fields = fields_of(part.schema, self._index, rows=part.rows)
            places = places_in(fields.names, self._fields.names)
            positions = [fields.positions[places[pick.position]] for pick in picks]
            before = start
            for batch in _batches(part, [one for one in positions if one != LABELS], rows):
                columns = iter(batch.columns)
                raws = [
                    fields.row_labels(start - before, batch.num_rows)
                    if one == LABELS
                    else next(columns)
                    for one in positions
                ]
                yield Block(start, batch.num_rows, _getter(raws, types))
                start += batch.num_rows


def _stem(paths: Sequence[Path]) -> str:
    return paths[0].name.removesuffix(paths[0].suffix) if len(paths) == 1 else ""


def _types(schema: pa.Schema, fields: ArrowFields) -> list[pa.DataType]:
    return [pa.int64() if one == LABELS else schema.field(one).type for one in fields.positions]


def _part(path: Path) -> _Part:
    with _explained(path), pq.ParquetFile(path) as file:
        footer = file.metadata
        full = _columns_without_nulls(footer)
        kinds = {footer.schema.column(n).physical_type for n in range(footer.num_columns)}
        return _Part(path, file.schema_arrow, full, footer.num_rows, "INT96" in kinds)


def _batches(part: _Part, positions: Sequence[int], rows: int) -> Iterator[pa.RecordBatch]:
    """Read some columns of a file, each as often as it is asked for."""
    names = part.schema.names
    # Columns are asked for by name, which does not tell two of the same name apart.
    by_name = are_distinct(names)
    wanted = [names[one] for one in positions] if by_name else None
    with _explained(part.path), _opened(part) as file:
        batches = file.iter_batches(batch_size=rows, columns=wanted, use_threads=False)
        if part.has_int96:
            batches = _with_far_moments(part, batches, rows, wanted)
        for batch in batches:
            found = [
                batch.schema.get_field_index(names[one]) if by_name else one for one in positions
            ]
            yield batch.select(found) if found else batch


def _with_far_moments(
    part: _Part, batches: Iterator[pa.RecordBatch], rows: int, wanted: list[str] | None
) -> Iterator[pa.RecordBatch]:
    """Give moments in microseconds where there are any that nanoseconds have no room for.

    Arrow reads this old type as nanoseconds, and wraps what they cannot hold: 9999-12-31, as many
    write for "never", would be a day of 1816.
    """
    with pq.ParquetFile(
        part.path, coerce_int96_timestamp_unit="us", pre_buffer=False, buffer_size=BUFFER_BYTES
    ) as file:
        again = file.iter_batches(batch_size=rows, columns=wanted, use_threads=False)
        for fine, coarse in zip(batches, again, strict=True):
            pairs = zip(fine.schema.names, fine.columns, coarse.columns, strict=True)
            columns = [_wide_enough(part, *pair) for pair in pairs]
            yield pa.RecordBatch.from_arrays(columns, names=fine.schema.names)


def _wide_enough(part: _Part, name: str, fine: pa.Array, coarse: pa.Array) -> pa.Array:
    if fine.type.equals(coarse.type):
        return fine
    if not pt.is_timestamp(fine.type):
        try:
            coarse.cast(fine.type)
        except pa.ArrowException as error:
            raise _unclear(part, name) from error
        return fine
    nanos, micros = (_ticks(one) for one in (fine, coarse))
    apart = micros - nanos // _MICRO
    if not apart.any():
        return fine
    # Old Arrow wrote the hours before 1970 so that they are read as those of 584 years later.
    doubtful = (nanos < 0) & (abs(apart - 2**64 // _MICRO) <= 1)
    if doubtful.any() or (nanos[apart == 0] % _MICRO).any():
        raise _unclear(part, name)
    return coarse


def _unclear(part: _Part, name: str) -> DataError:
    return DataError(
        f"column '{name}' of '{part.path.name}' has dates so far away that the old type in which "
        "they are written, INT96, does not tell for certain which they are",
        hint="write the file again with its times in microseconds",
    )


def _ticks(moments: pa.Array) -> np.ndarray:
    ticks: np.ndarray = moments.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return ticks


def _opened(part: _Part) -> pq.ParquetFile:
    file = pq.ParquetFile(part.path, pre_buffer=False, buffer_size=BUFFER_BYTES)
    if file.metadata.num_rows == part.rows and file.schema_arrow.equals(part.schema):
        return file
    file.close()
    raise DataError(
        f"'{part.path.name}' was changed while it was being read",
        hint="wait until nothing writes to it any more, then try again",
    )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno:
            raise PathError(
                f"'{path}' cannot be read: {os.strerror(error.errno)}",
                hint="check that you may read it, and that the drive or share is connected",
            ) from error
        raise DataError(
            f"'{path.name}' is not a Parquet file, or is damaged: {error}",
            hint="write it again, or fetch it again if it was copied",
        ) from error


def _getter(columns: Sequence[pa.Array], types: Sequence[pa.DataType]) -> Callable[[int], Any]:
    def get(n: int) -> pa.Array:
        raw = columns[n]
        # A part in which every value is missing may not know of what type they are.
        blank = pt.is_null(raw.type) and not pt.is_null(types[n])
        return plain(pa.nulls(len(raw), types[n]) if blank else raw)

    return get


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
