"""Reading back what was written, to compare it with what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from omero_tables_jupyter.arrays.blockread import open_for_reading, read_rows
from omero_tables_jupyter.arrays.digest import Digest
from omero_tables_jupyter.errors import ConvertError
from omero_tables_jupyter.events import Event, Progress, Stage

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from omero_tables_jupyter.model import ColumnPlan

__all__ = ["verified"]

#: TileDB holds a tile of each column that is read, and more: a wide table is read by parts.
_COLUMNS = 64

_HINT = (
    "nothing was left behind; try again, and if it happens again, the disk or the share damages "
    "data: write to another one, and tell whoever runs it"
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
    pairs = list(zip(columns, sent.columns(), strict=True)) if values else []
    groups = [pairs[at : at + _COLUMNS] for at in range(0, len(pairs), _COLUMNS)] or [[]]
    for n, group in enumerate(groups):
        read = Digest([column for column, _ in group])
        for done in _read(path, [column.name for column, _ in group], read, sent.rows):
            yield Progress(Stage.VERIFY, (n * sent.rows + done) // len(groups), sent.rows)
        for (column, here), there in zip(group, read.columns(), strict=True):
            _compare(f"column '{column.name}'", there, here)


def _read(path: str, names: list[str], digest: Digest, n_rows: int) -> Generator[int, None, None]:
    """Read all rows of some columns, digest their values, and tell how far it is."""
    done = 0
    with open_for_reading(path, len(names)) as array:
        _compare("the range of row ids", array.nonempty_domain(), ((0, n_rows - 1),))
        for rows in read_rows(array, names, first=0, last=n_rows - 1, lasting=False):
            if not np.array_equal(rows.ids, np.arange(done, done + len(rows.ids))):
                raise _different(f"the row ids from {done} on")
            done += len(rows.ids)
            if names:
                digest.add(rows.batch)
            yield done
    _compare("the number of rows", done, n_rows)


def _compare(what: str, read: object, sent: object) -> None:
    if read != sent:
        raise _different(what)


def _different(what: str) -> ConvertError:
    return ConvertError(f"{what} did not read back as it was written", hint=_HINT)
