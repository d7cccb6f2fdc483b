"""Reading back what was written, to compare it with what was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from omero_tables_jupyter.errors import ConvertError
from omero_tables_jupyter.events import Event, Progress, Stage
from omero_tables_jupyter.tables.blockread import open_for_reading, read_rows
from omero_tables_jupyter.tables.fingerprint import Digest

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from omero_tables_jupyter.model import ColumnPlan

__all__ = ["verified"]

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
    read = Digest(columns)
    names = [one.name for one in columns] if values else []
    with open_for_reading(path, len(names)) as array:
        _compare("the range of row ids", array.nonempty_domain(), ((0, sent.rows - 1),))
        done = 0
        for rows in read_rows(array, names, first=0, last=sent.rows - 1, lasting=False):
            if not np.array_equal(rows.ids, np.arange(done, done + len(rows.ids))):
                raise _different(f"the row ids from {done} on")
            done += len(rows.ids)
            if values:
                read.add(rows.batch)
            yield Progress(Stage.VERIFY, done, sent.rows)
        _compare("the number of rows", done, sent.rows)
    if values:
        for column, here, there in zip(columns, sent.columns(), read.columns(), strict=True):
            _compare(f"column '{column.name}'", there, here)


def _compare(what: str, read: object, sent: object) -> None:
    if read != sent:
        raise _different(what)


def _different(what: str) -> ConvertError:
    return ConvertError(f"{what} did not read back as it was written", hint=_HINT)
