"""Whether a server shows the rows of an array that was put in another's place."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.arrays.streaming import stream_array
from omero_tables_jupyter.errors import ProtocolError, ServerError
from omero_tables_jupyter.events import Stage, StageDone, StageStarted
from omero_tables_jupyter.omero import tables as remote
from omero_tables_jupyter.steps import logged_in
from omero_tables_jupyter.text import plural

if TYPE_CHECKING:
    from omero_tables_jupyter.model import WrittenTable
    from omero_tables_jupyter.omero.replies import Annotation
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.steps import Steps

__all__ = ["read_back"]

#: How many rows of either end are read back through the server, and how long it is waited for.
_SAMPLE = 50
_LOOKS_S = (0.0, 1.0, 3.0, 6.0)


def read_back(
    session: Session, table: Annotation, written: WrittenTable, *, name: str
) -> Steps[None]:
    """Compare rows of either end, again and again while a server needs a moment.

    Parameters
    ----------
    session
        Who reads.
    table
        The table's annotation, as it was and is.
    written
        The array that stands in its place now.
    name
        The table's name in OMERO.

    Raises
    ------
    ProtocolError
        If the server shows anything else, or nothing, to the last.
    SessionExpiredError
        If the session has expired, and nobody answers.

    """
    began = time.monotonic()
    yield StageStarted(Stage.CONFIRM)
    wrong = ""
    for pause_s in _LOOKS_S:
        session.channel.sleep(pause_s)
        try:
            wrong = yield from logged_in(session, lambda: _difference(session, table, written))
        except ServerError as error:
            wrong = error.message
        if not wrong:
            break
    if wrong:
        raise ProtocolError(
            f"the new rows of '{name}' could not be read back through the server: {wrong}",
            hint="try again later, or use --if-exists version (if_exists='version')",
        )
    number = table.annotation_id
    detail = f"{plural(written.rows, 'row')} read by the server, annotation {number} as before"
    yield StageDone(Stage.CONFIRM, time.monotonic() - began, detail)


def _difference(session: Session, table: Annotation, written: WrittenTable) -> str:
    """Say what the server shows other than was written; '' where it shows the same."""
    file_id = table.file_id or 0
    said = remote.columns_of(session, file_id)
    if not set(written.columns) <= set(said.names):
        return "it shows other columns"
    if said.rows != written.rows:
        return f"it shows {plural(said.rows, 'row')} of {written.rows}"
    made = describe_array(written.path, counted=False).initialized
    if said.initialized not in {None, made}:
        # Between its ends, which are all that is compared, the array before may be another.
        return "it shows the array before"
    last = max(written.rows - _SAMPLE, 0)
    for rows in (range(min(_SAMPLE, written.rows)), range(last, written.rows)):
        shown = _shown(session, file_id, written.columns, rows)
        here = stream_array(written.path, rows=rows).read_all().to_pydict()
        wanted = list(zip(*here.values(), strict=True))
        if len(shown) != len(wanted) or not all(map(_same_row, shown, wanted)):
            return "it shows other values"
    return ""


def _shown(
    session: Session, file_id: int, columns: tuple[str, ...], rows: range
) -> list[tuple[Any, ...]]:
    """Read rows through the server, without naming columns: of many, the address is too long."""
    found: list[tuple[Any, ...]] = []
    for block in remote.read_rows(session, file_id, rows=rows):
        places = [block.columns.index(name) for name in columns]
        found += [tuple(row[n] for n in places) for row in block.rows]
    return found


def _same_row(shown: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    return all(_same(*pair) for pair in zip(shown, wanted, strict=True))


def _same(shown: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) and math.isnan(wanted):
        # Some servers send null, which is what strict JSON has for it.
        return shown is None or (isinstance(shown, float) and math.isnan(shown))
    return bool(shown == wanted)
