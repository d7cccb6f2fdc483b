"""Arrow datasets: many files, perhaps partitioned and filtered, scanned in order."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.types as pt
from pyarrow.fs import LocalFileSystem

from omero_tables_jupyter.arrays.arrow import LABELS, ArrowFields, fields_of
from omero_tables_jupyter.arrays.arrow_cells import arrow_cells, plain
from omero_tables_jupyter.arrays.number_cells import Integers
from omero_tables_jupyter.arrays.parquet import BUFFER_BYTES
from omero_tables_jupyter.arrays.parts import are_distinct, check_types
from omero_tables_jupyter.arrays.plan import Pick, id_role
from omero_tables_jupyter.arrays.source import Block, BlockSource, Fields
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.model import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from omero_tables_jupyter.arrays.cells import Cells

__all__ = ["DatasetSource", "plain_files"]

#: Formats whose files say how many rows they have.
_COUNTED = ("parquet", "arrow")


class DatasetSource(BlockSource):
    """A `pyarrow.dataset.Dataset`; its own schema says which columns there are.

    Raises
    ------
    DataError
        If its files cannot be read, or hold other types than its schema says.

    """

    label = "Arrow dataset"

    def __init__(self, dataset: ds.Dataset) -> None:
        self._dataset = dataset
        self._schema: pa.Schema = dataset.schema
        self._format = _format(dataset)
        self._fields = ArrowFields((), ())
        self._notes: tuple[Note, ...] = ()
        if not are_distinct(self._schema.names):
            raise DataError(
                "the dataset has two columns of one name, which cannot be told apart",
                hint="rename one of them, or read its files into a table first: dataset.to_table()",
            )
        with _explained():
            fragments = _fragments(dataset) if self._format in _COUNTED else []
            if fragments:
                self.rows = sum(map(_rows, fragments))
                self._notes = tuple(_notes_on(dataset.schema, fragments))
            else:
                for file in _unfiltered(dataset):
                    _check_types(dataset.schema, file)

    def fields(self, index: str) -> Fields:
        """Give the columns; what pandas marked as an index comes first."""
        self._fields = found = fields_of(self._schema, index, rows=self.rows)
        notes = (*found.notes, *self._notes)
        return Fields(names=found.names, n_index=found.n_index, notes=notes)

    def cells(self, pick: Pick) -> Cells:
        """Choose by type; a file without the column brings missing values."""
        position = self._fields.positions[pick.position]
        if position == LABELS:
            return Integers(sure=True)
        kind = self._schema.field(position).type
        ids = bool(id_role(pick.name))
        return arrow_cells(kind, ids=ids, sure=False, as_text=pick.as_text)

    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Scan the picked columns, one file after the other."""
        positions = [self._fields.positions[pick.position] for pick in picks]
        names = [self._schema.names[one] for one in positions if one != LABELS]
        options = {}
        if self._format == "parquet":
            options["fragment_scan_options"] = ds.ParquetFragmentScanOptions(
                use_buffered_stream=True, buffer_size=BUFFER_BYTES, pre_buffer=False
            )
        start = 0
        with _explained():
            for batch in self._dataset.to_batches(
                columns=names, batch_size=rows, batch_readahead=1, fragment_readahead=1, **options
            ):
                columns = iter(batch.columns)
                raws = [
                    self._fields.row_labels(start, batch.num_rows)
                    if one == LABELS
                    else next(columns)
                    for one in positions
                ]
                yield Block(start, batch.num_rows, _getter(raws))
                start += batch.num_rows


def plain_files(dataset: ds.Dataset) -> list[Path]:
    """Give the files of a dataset that is nothing but local Parquet files, alike and whole.

    Arrow's scanner has a whole row group of each in memory; read one by one they need a tenth.
    Nothing where it has folders that mean something, a filter, or files that differ.
    """
    if not isinstance(dataset, ds.FileSystemDataset) or not dataset.files:
        return []
    if not isinstance(dataset.filesystem, LocalFileSystem) or _format(dataset) != "parquet":
        return []
    with _explained():
        fragments = _fragments(dataset)
        alike = fragments and all(
            one.physical_schema.equals(dataset.schema)
            and not ds.get_partition_keys(one.partition_expression)
            and one.num_row_groups == one.metadata.num_row_groups
            for one in fragments
        )
    return [Path(one.path) for one in fragments] if alike else []


def _format(dataset: ds.Dataset) -> str:
    """Name the format of a dataset's files; '' where it has none, or several."""
    return getattr(getattr(dataset, "format", None), "default_extname", "")


def _getter(columns: Sequence[pa.Array]) -> Callable[[int], pa.Array]:
    return lambda n: plain(columns[n])


def _fragments(dataset: ds.Dataset) -> list[ds.Fragment]:
    """Give the files of a dataset; none where it is filtered, as Arrow then does not tell."""
    try:
        return list(dataset.get_fragments())
    except ValueError:
        return []


def _rows(fragment: ds.Fragment) -> int:
    """Count by the footer; of a file of which only some row groups are chosen Arrow counts all."""
    groups = getattr(fragment, "row_groups", None)
    if groups is None:
        return int(fragment.count_rows())
    return sum(one.num_rows for one in groups)


def _notes_on(schema: pa.Schema, fragments: Sequence[ds.Fragment]) -> Iterator[Note]:
    """Say which files lack a column of the dataset, or have one more; refuse other types.

    Arrow fills up, leaves out and rounds in silence.
    """
    notes: dict[str, str] = {}
    for fragment in fragments:
        name = _name(fragment)
        own: pa.Schema = fragment.physical_schema
        shared = _check_types(schema, fragment)
        for one in own.names:
            if one not in shared:
                notes.setdefault(
                    one,
                    f"column '{one}' of '{name}' is not in the dataset's schema, so it is left out",
                )
        partition = ds.get_partition_keys(fragment.partition_expression)
        for one in schema.names:
            if one not in shared and one not in partition:
                notes.setdefault(one, f"'{name}' has no such column: its values are missing there")
    for column, text in notes.items():
        yield Note(column if schema.get_field_index(column) >= 0 else "", text)


def _unfiltered(dataset: ds.Dataset) -> Iterator[ds.Fragment]:
    """Give the files of a dataset that does not tell, as it is filtered or made of others."""
    if isinstance(dataset, ds.UnionDataset):
        for one in dataset.children:
            yield from _unfiltered(one)
    elif isinstance(dataset, ds.FileSystemDataset) and _format(dataset) in _COUNTED:
        files = ds.FileSystemDataset.from_paths(
            dataset.files, dataset.schema, dataset.format, dataset.filesystem
        )
        yield from files.get_fragments()


def _check_types(schema: pa.Schema, fragment: ds.Fragment) -> list[str]:
    """Refuse a file whose columns have other types than the dataset; give those that both have."""
    name, own = _name(fragment), fragment.physical_schema
    shared = [one for one in own.names if schema.get_field_index(one) >= 0]
    wanted = [schema.field(one).type for one in shared]
    found = [own.field(one).type for one in shared]
    check_types(shared, wanted, found, parts=(f"'{name}'", "the dataset's schema"))
    for column, kind, finer in zip(shared, wanted, found, strict=True):
        if pt.is_floating(kind) and pt.is_floating(finer) and finer.bit_width > kind.bit_width:
            raise DataError(
                f"column '{column}' of '{name}' is {finer}, and the dataset's schema says {kind}: "
                "it would be rounded",
                hint="open the dataset with the finer type: pyarrow.dataset.dataset(..., "
                f"schema=dataset.schema.set({schema.get_field_index(column)}, "
                f"pyarrow.field({column!r}, pyarrow.float64())))",
            )
    return shared


def _name(fragment: ds.Fragment) -> str:
    return str(fragment.path.rpartition("/")[2])


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"the dataset cannot be read: {error}",
            hint="check its files, and that each has the columns and types of dataset.schema",
        ) from error
