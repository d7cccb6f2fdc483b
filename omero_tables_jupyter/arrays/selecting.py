"""Which columns and which rows of an array are asked for, and these alone, block by block."""

from __future__ import annotations

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

__all__ = ["selected", "wanted_columns"]


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


def selected(
    array: tiledb.Array, wanted: Sequence[str], rows: range | None, condition: Condition | None
) -> Iterator[pa.RecordBatch]:
    """Read block by block, and give of each what is asked for.

    Parameters
    ----------
    array
        The array, open.
    wanted
        Which columns, in which order; at least one.
    rows
        Which row ids, upwards from 0; None for all. Those that do not exist are left out.
    condition
        What holds for every row that is given; None for no such thing.

    """
    ends = array.nonempty_domain()
    first, last = map(int, ends[0]) if ends else (0, -1)
    if rows is not None:
        # Not as so many numbers: whoever wants the rest of a table gives a large end.
        first, last = max(rows.start, first), min(rows.stop - 1, last)
    if first > last:
        return
    needed = list(dict.fromkeys([*wanted, *(condition.names if condition else ())]))
    for found in read_rows(array, needed, first=first, last=last):
        keep = np.ones(len(found.ids), dtype=bool)
        if rows is not None:
            keep = (found.ids - rows.start) % rows.step == 0
        if condition is not None:
            values = {
                name: found.batch.column(needed.index(name)).to_numpy(zero_copy_only=False)
                for name in condition.names
            }
            keep &= condition.mask(values, rows=len(found.ids))
        batch = found.batch.select(list(wanted))
        yield batch if keep.all() else batch.filter(pa.array(keep))
