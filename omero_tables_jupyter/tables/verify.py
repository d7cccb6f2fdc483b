"""Reading back what was written, to compare it with what was sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import tiledb

from omero_tables_jupyter.errors import ConvertError
from omero_tables_jupyter.events import Event, Progress, Stage
from omero_tables_jupyter.model import ColumnPlan, Stored
from omero_tables_jupyter.tables.fingerprint import Digest
from omero_tables_jupyter.tables.layout import ROWS

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

__all__ = ["verified"]

_BLOCK_BYTES = 8_000_000
_VALUE_BYTES = 8
_HINT = (
    "Nothing was left behind. Try again; if it happens again, the disk or the share damages data: "
    "write to another one, and tell whoever runs it."
)


def verified(
    path: str, columns: Sequence[ColumnPlan], sent: Digest, *, values: bool
) -> Generator[Event, None, None]:
    """Read an array back and compare it with what was sent.

    Parameters
    ----------
    path
        The array.
    columns
        Its columns.
    sent
        The digest of what was written.
    values
        Whether every value is read; else the row ids only.

    Raises
    ------
    ConvertError
        At the first difference.

    """
    read = Digest(columns)
    names = [one.name for one in columns] if values else []
    rows = max(_BLOCK_BYTES // (_VALUE_BYTES * (len(names) + 1)), 1000)
    with tiledb.open(path, ctx=tiledb.Ctx(_config(rows))) as array, ThreadPoolExecutor(1) as pool:
        _compare("the range of row ids", array.nonempty_domain(), ((0, sent.rows - 1),))
        query = array.query(attrs=names, dims=[ROWS], order="C")
        pending = pool.submit(int)
        for start in range(0, sent.rows, rows):
            stop = min(start + rows, sent.rows)
            block = query.multi_index[start : stop - 1]
            pending.result()
            pending = pool.submit(
                _check_block, block, (start, stop), columns if values else (), read
            )
            yield Progress(Stage.VERIFY, stop, sent.rows)
        pending.result()
    if values:
        for column, here, there in zip(columns, sent.columns(), read.columns(), strict=True):
            _compare(f"column '{column.name}'", there, here)


def _config(rows: int) -> dict[str, str]:
    return {"py.init_buffer_bytes": str(2 * rows * _VALUE_BYTES)}


def _check_block(
    block: dict[str, Any], ends: tuple[int, int], columns: Sequence[ColumnPlan], read: Digest
) -> None:
    rows = block[ROWS]
    if not np.array_equal(rows, np.arange(*ends)):
        raise _different(f"the row ids from {ends[0]} on")
    if columns:
        read.add(stored_batch(block, columns))


def stored_batch(block: dict[str, Any], columns: Sequence[ColumnPlan]) -> pa.RecordBatch:
    """Give what tiledb read as a batch in stored form."""
    arrays = [
        pa.array(block[one.name], pa.large_string() if one.stored is Stored.TEXT else None)
        for one in columns
    ]
    return pa.RecordBatch.from_arrays(arrays, names=[one.name for one in columns])


def _compare(what: str, read: object, sent: object) -> None:
    if read != sent:
        raise _different(what)


def _different(what: str) -> ConvertError:
    return ConvertError(f"{what} did not read back as it was written", hint=_HINT)
