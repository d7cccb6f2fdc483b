"""Reading a table back through OMERO.web, some thousand rows at a time."""

from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

from omero_tables_jupyter.errors import DataError, OptionError, ProtocolError, RejectedError
from omero_tables_jupyter.omero import table_wire
from omero_tables_jupyter.omero.fields import words
from omero_tables_jupyter.omero.replies import TableBlock, TableColumns
from omero_tables_jupyter.text import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from omero_tables_jupyter.omero.channel import Params
    from omero_tables_jupyter.omero.session import Session

__all__ = ["columns_of", "read_rows"]

_MOST_ROWS = 10_000
_LARGEST = 2**63 - 1
_LARGEST_BLOCK = 512 * 2**20
_SHOWN = 300
#: What OMERO.web takes for its shorthand ``Image-101``, whatever follows it.
_SHORTHAND = re.compile(r"\w+-\d+")
_ROW_LIMIT = re.compile(r"max_table_download_rows of (\d{1,9})")


def columns_of(session: Session, file_id: int) -> TableColumns:
    """Read which columns a table has, and how many rows.

    Raises
    ------
    LoginError
        If the session has expired.
    RejectedError
        If there is no such table.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    reply = _table_reply(session, file_id, "metadata", ())
    return table_wire.read_columns(reply, file_id)


def read_rows(
    session: Session,
    file_id: int,
    *,
    columns: Sequence[str] | None = None,
    rows: range | None = None,
    query: str | None = None,
) -> Iterator[TableBlock]:
    """Read a table back, some thousand rows at a time.

    Parameters
    ----------
    session
        Who reads.
    file_id
        The table's OriginalFile.
    columns
        Which columns, in which order; None for all.
    rows
        Which rows, by their place among those that `query` hits; None for all.
    query
        A condition in PyTables' syntax, ``(area>20)``, or ``Image-101``; None for all rows.

    Yields
    ------
    TableBlock
        At least one, also where there is no row.

    Raises
    ------
    OptionError
        If there is no such column, or `rows` does not count upwards.
    DataError
        If the query is empty.
    LoginError
        If the session has expired.
    RejectedError
        If there is no such table, or the server does not understand the query.
    ServerError
        If the server does not answer as OMERO.web does, gives fewer rows than it says there are, or
        shows another array than before: no row of it is given.

    """
    rows = rows if rows is not None else range(_LARGEST)
    if rows.step < 1 or rows.start < 0:
        raise OptionError(
            f"rows {rows} do not count upwards from 0", hint="give for example rows=range(0, 100)"
        )
    condition = "*" if query is None else _as_meant(query)
    known = columns_of(session, file_id)
    names = _checked_columns(file_id, known, columns)
    return _blocks(session, _Question(file_id, names, condition, known), rows)


def _as_meant(query: str) -> str:
    """Guard a query that only begins like the shorthand: OMERO.web would forget the rest of it."""
    plain = query.strip()
    if not plain:
        raise DataError(
            "the condition is empty",
            hint="write for example (area>20) & (label=='a'), or '*' for every row",
        )
    if _SHORTHAND.match(plain) and not _SHORTHAND.fullmatch(plain):
        return f"({plain})"
    return plain


@dataclass(frozen=True, slots=True)
class _Question:
    """What is read, and of which table as it was before; no `columns` means all."""

    file_id: int
    columns: tuple[str, ...]
    query: str
    known: TableColumns


def _blocks(session: Session, question: _Question, rows: range) -> Iterator[TableBlock]:
    if not rows:
        # A limit of 0 may mean no limit: one row is asked for, for the columns' sake.
        block = _block(session, question, offset=0, limit=1)
        yield replace(block, rows=())
        return
    first: TableBlock | None = None
    offset, limit = rows.start, _MOST_ROWS
    while True:
        try:
            block = _block(session, question, offset=offset, limit=min(limit, rows.stop - offset))
        except RejectedError as error:
            limit = _smaller(error, limit)
            continue
        if first is not None:
            _check_unchanged(session, question, first, block)
        first = first or block
        end = min(block.total, rows.stop)
        if not block.rows and offset < end:
            _too_few(question.file_id, offset, block.total)
        yield _every(block, rows)
        offset += len(block.rows)
        if offset >= end:
            return


def _check_unchanged(
    session: Session, question: _Question, first: TableBlock, block: TableBlock
) -> None:
    """Make sure that a later part is of the table that the first part was of.

    Another array may have been put into its place in between, even one of as many rows.
    """
    same = (block.total, block.columns) == (first.total, first.columns)
    if not same or columns_of(session, question.file_id) != question.known:
        raise ProtocolError(
            f"table {question.file_id} was changed while it was read: what came so far is of the "
            "rows before",
            hint="somebody has just replaced it: read it again",
        )


def _smaller(error: RejectedError, limit: int) -> int:
    """Read from a refusal how many rows at a time this server allows, or pass the refusal on."""
    allowed = _ROW_LIMIT.search(error.server_message)
    if allowed is None or not 0 < int(allowed[1]) < limit:
        raise error
    return int(allowed[1])


def _every(block: TableBlock, rows: range) -> TableBlock:
    """Keep every n-th row, where `rows` takes steps."""
    if rows.step == 1:
        return block
    first = -(block.offset - rows.start) % rows.step
    kept = tuple(islice(block.rows, first, None, rows.step))
    return TableBlock(block.columns, block.types, kept, block.offset + first, block.total)


def _block(session: Session, question: _Question, *, offset: int, limit: int) -> TableBlock:
    params: Params = (
        ("query", question.query),
        ("offset", offset),
        ("limit", limit),
        *(("col_names", name) for name in question.columns),
    )
    reply = _table_reply(session, question.file_id, "query", params)
    block = table_wire.read_block(reply, question.file_id, offset=offset, limit=limit)
    if question.columns and block.columns != question.columns:
        raise ProtocolError(
            f"table {question.file_id} came back with other columns than were asked for",
            hint="read it without columns=..., and choose afterwards",
        )
    return block


def _table_reply(session: Session, file_id: int, page: str, params: Params) -> object:
    reply = session.channel.get_json(
        f"/webgateway/table/{file_id}/{page}/",
        asked=f"the request for table {file_id}",
        params=params,
        ajax=True,
        largest=_LARGEST_BLOCK,
    )
    # OMERO.web says no with status 200.
    if isinstance(reply, dict) and "error" in reply:
        said = shorten(session.channel.clear(words(reply["error"])), _SHOWN)
        raise RejectedError(
            f"the server cannot read table {file_id}: {said}",
            hint=_cure(said, file_id),
            status=http.client.OK,
            server_message=said,
        )
    return reply


def _cure(said: str, file_id: int) -> str:
    if said == f"Table {file_id} not found":
        return (
            "it was deleted, or you may not see it: look at what is attached now: %omero_tables "
            "Dataset:51 (tables('Dataset:51'))"
        )
    return (
        "check the query, which is PyTables' syntax ('(area>20) & (count<5)'), and that the table "
        "is still in OMERO.web"
    )


def _checked_columns(
    file_id: int, known: TableColumns, columns: Sequence[str] | None
) -> tuple[str, ...]:
    """Hold the columns asked for against the table's: OMERO.web drops unknown ones silently."""
    if columns is None:
        return ()
    for name in columns:
        if name not in known.names:
            raise OptionError(
                f"table {file_id} has no column '{shorten(name, _SHOWN)}'",
                hint=did_you_mean(name, known.names),
            )
    if not columns:
        raise OptionError("no column was chosen", hint="leave columns out to read all")
    return tuple(columns)


def _too_few(file_id: int, offset: int, total: int) -> NoReturn:
    raise ProtocolError(
        f"table {file_id} has {total} rows, but the server gives none from row {offset} on",
        hint="try again; if it stays so, show this message to the server's administrator",
    )
