"""One table into one for each id: converted as a whole, so that all parts have the same types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from omero_tables_jupyter.arrays.plan import Widened, id_role, raise_problems, rename_cure
from omero_tables_jupyter.errors import DataError, OptionError
from omero_tables_jupyter.events import Event, Progress, Stage
from omero_tables_jupyter.model import Stored
from omero_tables_jupyter.text import did_you_mean, plural

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator

    from omero_tables_jupyter.arrays.conversion import Conversion
    from omero_tables_jupyter.model import ColumnPlan

__all__ = ["parts_of", "split_column", "stored_table"]

_BATCH_BYTES = 16_000_000


def split_column(conversion: Conversion, wanted: str, kinds: Collection[str]) -> tuple[str, str]:
    """Find the column of ids that a table is split by.

    Parameters
    ----------
    conversion
        From `prepare`.
    wanted
        Its name as it will be stored, in any case.
    kinds
        The types of objects that can carry a table.

    Returns
    -------
    name, kind
        The column's name, and the type of the objects that its values name.

    Raises
    ------
    OptionError
        If there is no such column.
    DataError
        If it does not hold ids of such objects.

    """
    column = _named(conversion, wanted)
    kind = id_role(column.name).removesuffix(" id")
    if kind not in kinds:
        raise DataError(
            f"column '{column.name}' does not say which objects its values are ids of",
            hint="call it Image, Dataset, Plate, Well or Roi, and split by that name: "
            f"{rename_cure(column.source, 'Image')}",
        )
    if column.stored is not Stored.INTEGER:
        raise DataError(
            f"column '{column.name}' holds {column.stored.value}, not {kind} ids",
            hint="split by a column of whole numbers, the ids that OMERO shows",
        )
    return column.name, kind


def _named(conversion: Conversion, wanted: str) -> ColumnPlan:
    columns = conversion.survey.columns
    for same in (str, str.casefold):
        for one in columns:
            if same(one.name) == same(wanted):
                return one
    raise OptionError(
        f"split_by: the table has no column '{wanted}'",
        hint=did_you_mean(wanted, [one.name for one in columns]),
    )


def stored_table(conversion: Conversion) -> Generator[Event, None, pa.Table]:
    """Convert a source into a table in memory, in stored form.

    Yields
    ------
    Event
        How many rows are done, in the stage CHECK.

    Raises
    ------
    DataError
        If something cannot be stored without loss.

    """
    conversion = conversion.widened(conversion.source.settled(conversion.survey))
    while True:
        raise_problems(conversion.plan)
        batches: list[pa.RecordBatch] = []
        rows = 0
        try:
            for batch in conversion.source.batches(conversion.survey, n_bytes=_BATCH_BYTES):
                batches.append(batch)
                rows += batch.num_rows
                yield Progress(Stage.CHECK, rows, conversion.plan.rows)
        except Widened as wider:
            conversion = conversion.widened(wider.survey)
        else:
            break
    if not rows:
        raise DataError("the table has no rows", hint="check the file that it comes from")
    return pa.Table.from_batches(batches)


def parts_of(table: pa.Table, column: str) -> Iterator[tuple[int, pa.Table]]:
    """Give each id and its rows, by id; the order of the rows is kept.

    Parameters
    ----------
    table
        In stored form.
    column
        The column of ids.

    Raises
    ------
    DataError
        If a row has no id.

    """
    ids = table.column(column).to_numpy()
    _refuse_missing(ids, column)
    if (np.diff(ids) < 0).any():
        order = np.argsort(ids, kind="stable")
        table, ids = table.take(pa.array(order)), ids[order]
    starts = np.flatnonzero(np.diff(ids, prepend=ids[0] - 1))
    for start, stop in zip(starts, [*starts[1:], len(ids)], strict=True):
        yield int(ids[start]), table.slice(start, stop - start)


def _refuse_missing(ids: np.ndarray, column: str) -> None:
    missing = np.flatnonzero(ids < 1)
    if len(missing):
        rows = plural(len(missing), "row")
        raise DataError(
            f"column '{column}' holds no id in {rows} (the first is row {missing[0]}): nothing "
            "says which object they belong to",
            hint=f"leave such rows out: cells[cells[{column!r}] > 0], or fill their ids in",
        )
