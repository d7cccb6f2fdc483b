"""Reading tables: rows by number or by condition, as OMERO.web's JSON."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from omero_tables_jupyter.demo.arrays import ArrayError, TableArray, open_table
from omero_tables_jupyter.demo.conditions import ConditionError, parse, spelt_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from omero_tables_jupyter.demo.messages import Request
    from omero_tables_jupyter.demo.shelf import Annotation
    from omero_tables_jupyter.demo.site import Call

__all__ = [
    "MAX_CELLS",
    "TableError",
    "Wanted",
    "bitmask",
    "cells",
    "matching",
    "metadata",
    "opened",
    "query",
    "rows",
    "table_of",
]

MAX_CELLS = 1_000_000
_MAX_ROWS = 10_000
_HIGHEST_ID = 100_000_000
_ALL = "*"


class TableError(Exception):
    """What OMERO.web would answer under `error`, with status 200."""

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(message)
        self.answer = {"error": message, **more}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows and columns are asked for; `columns` empty means all."""

    query: str
    columns: tuple[str, ...] = ()
    offset: int = 0
    limit: int | None = None

    @classmethod
    def by(cls, request: Request, *, limit: int | None = None, query: str = "") -> Wanted:
        """Read the parameters of a request, with defaults."""
        given = request.get("limit")
        return cls(
            request.get("query") or query,
            tuple(request.all("col_names")),
            max(0, int(request.get("offset") or 0)),
            limit if given is None else int(given),
        )


@contextmanager
def opened(annotation: Annotation) -> Iterator[TableArray]:
    """Open a table's array.

    Raises
    ------
    TableError
        Where the array has gone or cannot be read any more.

    """
    try:
        with open_table(annotation.file.local) as table:
            yield table
    except ArrayError as fault:
        gone = f"Demo server: the array of table {annotation.file.id} cannot be read: {fault}"
        raise TableError(gone) from fault


def table_of(call: Call, file_id: int) -> Annotation | None:
    """Give the annotation of a table that the visitor may read."""
    found = call.site.shelf.by_file(file_id)
    return found if found is not None and found.group in call.user.groups else None


def matching(table: TableArray, condition: str, start: int, stop: int) -> Sequence[int]:
    """Give the numbers of the rows for which a condition holds, in order.

    Raises
    ------
    TableError
        Where the condition means nothing for this table.

    """
    stop = min(stop, table.rows)
    try:
        parsed = parse(condition, [column.name for column in table.columns])
        found = [
            first + np.flatnonzero(parsed.holds(block))
            for first, block in table.blocks(parsed.names, start, stop)
        ]
    except ConditionError as fault:
        # OMERO.web repeats the condition, and keeps to itself what is wrong with it.
        raise TableError(f"Error executing query: {condition}") from fault
    return [int(row) for block in found for row in block]


def _hits(table: TableArray, wanted: str) -> Sequence[int]:
    if not wanted:
        raise TableError("Must specify query parameter, use * to retrieve all")
    if wanted == _ALL:
        return range(table.rows)
    condition = spelt_out(wanted, [column.name for column in table.columns])
    return matching(table, condition, 0, table.rows)


def query(annotation: Annotation, wanted: Wanted) -> dict[str, Any]:
    """Answer a query in OMERO.web's shape.

    Raises
    ------
    TableError
        Where no query is given, it means nothing, or it finds more rows than may be sent at once.

    """
    with opened(annotation) as table:
        hits = _hits(table, wanted.query)
        end = len(hits) if wanted.limit is None else wanted.offset + wanted.limit
        shown = hits[wanted.offset : end]
        if len(shown) > _MAX_ROWS:
            raise TableError(
                f"Trying to download {len(shown)} rows exceeds configured "
                f"omero.web.max_table_download_rows of {_MAX_ROWS}",
                status=404,
            )
        types = {column.name: column.type for column in table.columns}
        names = (
            [name for name in wanted.columns if name in types] if wanted.columns else list(types)
        )
        # Of no column, OMERO gives all.
        columns = [
            values.tolist() for values in table.read_rows(names or list(types), shown).values()
        ]
        data = {
            "column_types": [types[name] for name in names],
            "columns": names,
            "rows": [list(row) for row in zip(*columns, strict=True)],
        }
        counts = {"rowCount": table.rows, "totalCount": len(hits)}
        return {"data": data, "meta": {**counts, "limit": wanted.limit, "offset": wanted.offset}}


def metadata(annotation: Annotation) -> dict[str, Any]:
    """Describe a table's columns, in OMERO.web's shape."""
    with opened(annotation) as table:
        columns = [
            {"name": column.name, "description": "", "type": column.type}
            for column in table.columns
        ]
        return {
            "columns": columns,
            "totalCount": table.rows,
            "user_metadata": table.metadata,
        }


def rows(annotation: Annotation, condition: str, start: int) -> dict[str, Any]:
    """Give the numbers of matching rows, in OMERO.web's shape."""
    with opened(annotation) as table:
        end = min(table.rows, start + MAX_CELLS)
        found = list(matching(table, condition, start, end))
        meta = {
            "partialCount": len(found),
            "rowCount": table.rows,
            "columnCount": len(table.columns),
            "start": start,
            "end": end,
            "maxCells": MAX_CELLS,
        }
        return {"rows": found, "meta": meta}


def cells(annotation: Annotation, wanted_rows: str | None, wanted_columns: str | None) -> Any:
    """Give a rectangle of cells by their indices, in OMERO.web's shape."""
    row_ids = _indices(wanted_rows, MAX_CELLS)
    column_ids = _indices(wanted_columns, MAX_CELLS / len(row_ids))
    with opened(annotation) as table:
        for what, ids, count in (
            ("Columns", column_ids, len(table.columns)),
            ("Rows", row_ids, table.rows),
        ):
            if not all(0 <= number < count for number in ids):
                raise TableError(f"{what} out of range")
        names = [table.columns[i].name for i in column_ids]
        found = table.read_rows(names, row_ids)
        meta = {
            "columns": names,
            "rowCount": table.rows,
            "columnCount": len(table.columns),
            "maxCells": MAX_CELLS,
        }
        return {"columns": [found[name].tolist() for name in names], "meta": meta}


def _indices(words: str | None, most: float) -> list[int]:
    """Read ``0-9,12``: both ends count."""
    asked = "Need comma-separated list of rows and columns"
    if words is None:
        raise TableError(f"{asked} ('NoneType' object has no attribute 'split')")
    found: list[int] = []
    try:
        for part in words.split(","):
            span = _span(part)
            if len(found) + len(span) > most:
                raise ValueError("Too many items")  # noqa: TRY301 - worded below as the others are
            found += span
    except ValueError as fault:
        raise TableError(f"{asked} ({fault})") from None
    return found


def _span(part: str) -> range:
    try:
        return range(int(part), int(part) + 1)
    except ValueError:
        first, last = part.split("-")
        if first > last:  # as texts, so that OMERO.web refuses 9-10
            raise ValueError("Invalid range") from None
        return range(int(first), int(last) + 1)


def bitmask(annotation: Annotation, condition: str, column: str) -> bytes:
    """Give the ids in a column as a mask: the bits, the highest first, stand for 0, 1, 2, ..."""
    with opened(annotation) as table:
        hits = _hits(table, condition)
        found = table.read_rows([column], hits)[column].astype(np.int64)
    ids = found[found >= 0]
    if ids.max(initial=0) > _HIGHEST_ID:
        raise TableError(f"Demo server: an id in {column} is too large for a mask")
    mask = np.zeros(int(ids.max(initial=-1)) + 1, dtype=np.uint8)
    mask[ids] = 1
    return np.packbits(mask).tobytes()
