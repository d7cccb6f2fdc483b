"""One table of many objects into a request for each object."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.splitting import parts_of, split_column, stored_table
from omero_tables_jupyter.check import convertible
from omero_tables_jupyter.links import Target
from omero_tables_jupyter.object_types import TARGET_TYPES
from omero_tables_jupyter.request import Reading

if TYPE_CHECKING:
    from omero_tables_jupyter.check import Begun
    from omero_tables_jupyter.model import Note
    from omero_tables_jupyter.request import Request
    from omero_tables_jupyter.steps import Steps

__all__ = ["split_up"]


def split_up(whole: Begun, column: str) -> Steps[tuple[list[Request], tuple[Note, ...]]]:
    """Convert a table, and make a request of each object's rows.

    Parameters
    ----------
    whole
        The table, and what is wanted of it.
    column
        The column of ids to split by.

    Returns
    -------
    list of Request
        One an object, by id.
    tuple of Note
        What becomes of the columns, of all parts alike.

    Raises
    ------
    OptionError, DataError
        If there is no such column, it does not hold an id in each row, or something cannot be
        stored without loss.

    """
    asked = whole.asked
    conversion = convertible(asked, whole.source, index=whole.known.index)
    name, kind = split_column(conversion, column, TARGET_TYPES)
    table = yield from stored_table(conversion)
    # What was asked of the columns is done; asked again of the parts, it would be asked twice.
    part = replace(asked, name=whole.name, reading=Reading(), resolve=(), link=None)
    requests = [
        replace(part, source=open_source(rows), targets=(Target.of(kind, number),))
        for number, rows in parts_of(table, name)
    ]
    return requests, conversion.plan.notes
