"""Which columns and which rows of an array are asked for, and these alone, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from omero_tables_jupyter.arrays.blockread import read_rows
from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import tiledb

    from omero_tables_jupyter.arrays.query import Condition

__all__ = ["RowIds", "selected", "wanted_columns"]


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


@dataclass(frozen=True, slots=True)
class RowIds:
    """The row ids asked for: ends, and a mask over ids between them; both ends None for all."""

    first: int | None = None
    last: int | None = None
    chosen: np.ndarray | None = None
    step: int = 1

    @classmethod
    def of(cls, rows: range | slice | Sequence[int] | None) -> RowIds:
        """Read what a caller gave; None for all rows.

        Raises
        ------
        OptionError
            If a slice counts from the end or backwards.

        """
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
                name: rows.batch.column(needed.index(name)).to_numpy(zero_copy_only=False)
                for name in condition.names
            }
            keep &= condition.mask(values, rows=len(rows.ids))
        batch = rows.batch.select(list(wanted)) if wanted else None
        if batch is not None and not keep.all():
            batch = batch.filter(pa.array(keep))
        yield rows.ids[keep], batch
