"""Reading a table back: from the array where this machine sees it, else through OMERO.web."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pandas as pd

from omero_tables_jupyter import settings
from omero_tables_jupyter.errors import OptionError, PathError
from omero_tables_jupyter.model import RegisteredTable, WrittenTable
from omero_tables_jupyter.omero.login import find_session
from omero_tables_jupyter.omero.rows import read_rows
from omero_tables_jupyter.tables.reader import is_array, read_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from omero_tables_jupyter.omero.replies import TableBlock
    from omero_tables_jupyter.omero.session import Session

__all__ = ["read_table"]

_IDS = ("File", "Image", "Dataset", "Roi", "Well", "Plate")
#: Of OMERO's column types; those of arrays and masks stay objects.
_DTYPES = {
    "LongColumn": "int64",
    "DoubleColumn": "float64",
    "BoolColumn": "bool",
    "StringColumn": "str",
    **{f"{kind}Column": "int64" for kind in _IDS},
}


def read_table(
    table: RegisteredTable | WrittenTable | str | os.PathLike[str],
    *,
    columns: Iterable[str] | None = None,
    rows: range | None = None,
    query: str | None = None,
    session: Session | None = None,
) -> pd.DataFrame:
    """Read a table back, as it was stored.

    Parameters
    ----------
    table
        What `upload_table`, `resume` or `create_tiledb` gave, or the path of an array.
    columns
        Which columns, in which order; by default all.
    rows
        Which rows, such as ``range(0, 100)``: by their place among those that `query` hits.
    query
        A condition in PyTables' syntax: ``"(area>20) & (label=='mitosis')"``.
    session
        Used where the array is not seen from this machine; by default the current one.

    Returns
    -------
    pandas.DataFrame
        int64, float64, bool and text columns, rows in order.

    Raises
    ------
    PathError
        If there is no array, and no id to ask the server with.
    OptionError
        If `columns` or `rows` cannot be meant: both ways of reading take the same.
    OmeroTablesError
        If a column or the query is not understood, or the server does not answer.

    """
    wanted = _columns(columns)
    _check_rows(rows)
    path = _local_path(table)
    if path and is_array(path):
        return _from_array(path, wanted, rows, query)
    if not isinstance(table, RegisteredTable):
        raise PathError(
            f"there is no array at '{path}'",
            hint="check the path, or give what upload_table returned",
        )
    if table.file_id is None:
        raise OptionError(
            f"table '{table.name}' is not seen from this machine, and its file id is not known",
            hint=f"open {table.url} and look for it among the attachments",
        )
    # A table is not the user: what it says of its server sends nobody the environment's password.
    reader = find_session(
        url=table.server, given=session, given_by_user=False, settings=settings.load()
    )
    blocks = read_rows(reader, table.file_id, columns=wanted, rows=rows, query=query)
    return _frame(list(blocks))


def _columns(columns: Iterable[str] | None) -> list[str] | None:
    if columns is None:
        return None
    wanted = [columns] if isinstance(columns, str) else list(columns)
    if not wanted:
        raise OptionError("no column was chosen", hint="leave columns out to read all")
    for number, name in enumerate(wanted):
        if not isinstance(name, str):
            raise OptionError(
                f"columns holds {name!r}, which is not a name",
                hint="give the names that the table has, such as columns=['area', 'label']",
            )
        if name in wanted[:number]:
            raise OptionError(f"columns names '{name}' twice", hint="name each column once")
    return wanted


def _check_rows(rows: range | None) -> None:
    if rows is not None and not (isinstance(rows, range) and rows.start >= 0 and rows.step > 0):
        raise OptionError(
            f"rows={rows!r} does not count rows upwards from 0",
            hint="give for example rows=range(0, 100)",
        )


def _from_array(
    path: str, columns: list[str] | None, rows: range | None, query: str | None
) -> pd.DataFrame:
    """Read as the server does: rows count among the hits, and are numbered anew."""
    if query is None:
        frame = read_array(path, columns=columns, rows=rows)
    else:
        hits = read_array(path, columns=columns, query=query)
        frame = hits if rows is None else hits.iloc[rows.start : rows.stop : rows.step]
    return frame.reset_index(drop=True)


def _local_path(table: RegisteredTable | WrittenTable | str | os.PathLike[str]) -> str:
    if isinstance(table, RegisteredTable):
        return table.local_path
    if isinstance(table, WrittenTable):
        return table.path
    if not isinstance(table, str | os.PathLike):
        raise OptionError(
            f"{type(table).__name__} is not something to read a table from",
            hint="give what upload_table returned, or the path of an array",
        )
    return os.fspath(table)


def _frame(blocks: Sequence[TableBlock]) -> pd.DataFrame:
    first = blocks[0]
    values = {
        name: pd.Series(
            [row[n] for block in blocks for row in block.rows], dtype=_DTYPES.get(kind, "object")
        )
        for n, (name, kind) in enumerate(zip(first.columns, first.types, strict=True))
    }
    return pd.DataFrame(values)
