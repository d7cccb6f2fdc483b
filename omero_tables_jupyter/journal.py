"""What was uploaded from here: remembered, shown, and found again before it is done twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.journalfile import (
    Entries,
    HistoryEntry,
    State,
    clean_path,
    read_history,
    record,
)
from omero_tables_jupyter.model import Note
from omero_tables_jupyter.omero.tables import table_link
from omero_tables_jupyter.settings import origin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    import pandas as pd

    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.model import RegisteredTable

__all__ = [
    "Entries",
    "HistoryEntry",
    "State",
    "entries",
    "entry_of",
    "find_registered",
    "history",
    "keep",
    "last_of_each",
    "read_history",
    "record",
    "registrations",
    "unanswered",
]

_KNOWN_TO_OMERO = (State.REGISTERED, State.DELETED)


def entry_of(table: RegisteredTable, *, fingerprint: str = "") -> HistoryEntry:
    """Make the entry of a table that OMERO knows now."""
    return HistoryEntry(
        name=table.name,
        state=State.REGISTERED,
        rows=table.rows,
        columns=len(table.columns),
        targets=table.targets,
        annotation_id=table.annotation_id,
        file_id=table.file_id,
        server=table.server,
        local_path=table.local_path,
        remote_path=table.remote_path,
        fingerprint=fingerprint,
        url=table.url,
    )


def keep(entry: HistoryEntry) -> tuple[Note, ...]:
    """Put a line into the history; failing there never makes a registration look failed."""
    try:
        record(entry)
    except PathError as error:
        return (Note("", error.message),)
    return ()


def entries(*, folder: Path | None = None) -> tuple[HistoryEntry, ...]:
    """Give every entry that can be read, the oldest first."""
    return read_history(folder=folder).entries


def history(*, folder: Path | None = None) -> pd.DataFrame:
    """Show what was uploaded from here, the oldest first.

    Parameters
    ----------
    folder
        The user's state folder; by default the system's place, or ``OMERO_TABLES_STATE_DIR``.

    Returns
    -------
    pandas.DataFrame
        A row a table: ``when, name, rows, columns, targets, state, annotation_id, file_id, server,
        local_path, remote_path, url, table_url``. A table that was written first and registered
        later, or whose rows were replaced, is one row, as it is now. In a notebook the links can
        be clicked. ``frame.attrs['damaged_lines']`` counts what could not be read.

    """
    import pandas as pd

    from omero_tables_jupyter.listing import Listing

    read = read_history(folder=folder)
    rows = _settled(read.entries)
    frame = Listing(
        {
            "when": pd.Series([one.when for one in rows], dtype="datetime64[us, UTC]"),
            "name": [one.name for one in rows],
            "rows": _integers(one.rows for one in rows),
            "columns": _integers(one.columns for one in rows),
            "targets": [", ".join(map(str, one.targets)) for one in rows],
            "state": [one.state.value for one in rows],
            "annotation_id": _integers(one.annotation_id for one in rows),
            "file_id": _integers(one.file_id for one in rows),
            "server": [one.server for one in rows],
            "local_path": [one.local_path for one in rows],
            "remote_path": [one.remote_path for one in rows],
            "url": [one.url for one in rows],
            "table_url": [_table_url(one) for one in rows],
        }
    )
    frame.attrs["damaged_lines"] = read.damaged
    return frame


def _table_url(entry: HistoryEntry) -> str:
    known = entry.file_id is not None and entry.state is State.REGISTERED
    return table_link(entry.server, entry.file_id or 0) if known else ""


def _integers(numbers: Iterable[int | None]) -> pd.Series[Any]:
    import pandas as pd

    return pd.Series(list(numbers), dtype="Int64")


def _settled(found: Iterable[HistoryEntry]) -> list[HistoryEntry]:
    """Drop steps that a later step of the same array, or of the same annotation, has overtaken."""
    kept: list[HistoryEntry] = []
    arrays: set[tuple[str, str]] = set()
    annotations: set[tuple[object, int]] = set()
    for entry in reversed(list(found)):
        array = (entry.local_path, entry.fingerprint)
        if entry.annotation_id is None or entry.state not in _KNOWN_TO_OMERO:
            overtaken = array in arrays
        else:
            number = (_place(entry.server), entry.annotation_id)
            overtaken = number in annotations
            annotations.add(number)
        if not overtaken:
            kept.append(entry)
        arrays.add(array)
    return kept[::-1]


def find_registered(  # noqa: PLR0913 - what makes two tables the same, all by keyword
    *,
    server: str,
    local_path: str,
    fingerprint: str,
    targets: Iterable[Target],
    name: str = "",
    folder: Path | None = None,
) -> HistoryEntry | None:
    """Find the latest registration of the same data at the same place on the same objects.

    Parameters
    ----------
    server
        The server's address with its prefix.
    local_path
        The array, as this machine sees it.
    fingerprint
        The digest of names, types and values; '' finds nothing.
    targets
        The objects that all must be among those registered.
    name
        The table's name in OMERO; '' for any.
    folder
        The user's state folder.

    Returns
    -------
    HistoryEntry or None
        What is known of it here; whether the server still has it is for the server to say.

    """
    wanted, place, path = set(targets), _place(server), clean_path(local_path)
    deleted: set[int | None] = set()
    for entry in reversed(read_history(folder=folder, local_path=path).entries):
        if entry.local_path != path:
            continue
        if not fingerprint or entry.fingerprint != fingerprint:
            # Other data stands there since: what was registered before is no more what it was.
            return None
        same_place = _place(entry.server) == place
        if same_place and entry.state is State.DELETED:
            deleted.add(entry.annotation_id)
        same_place &= entry.state is State.REGISTERED and entry.annotation_id not in deleted
        same_name = name in {"", entry.name}
        if same_place and same_name and wanted <= set(entry.targets):
            return entry
    return None


def unanswered(
    *,
    server: str,
    local_path: str,
    fingerprint: str,
    targets: Iterable[Target],
    folder: Path | None = None,
) -> datetime | None:
    """Say when a registration of an array was sent whose answer nobody has heard.

    Parameters
    ----------
    server, local_path, fingerprint, folder
        As for `find_registered`.
    targets
        The objects that it was to hang on, in any order.

    Returns
    -------
    datetime or None
        None where none was sent, or it is known what became of the last one.

    """
    place, path = _place(server), clean_path(local_path)
    for entry in reversed(read_history(folder=folder, local_path=path).entries):
        if entry.local_path == path and _place(entry.server) == place:
            same = entry.fingerprint == fingerprint and set(entry.targets) == set(targets)
            return entry.when if same and entry.sent else None
    return None


def last_of_each(entries: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """Give the last word on each annotation, and on each array that got none; the oldest first."""
    found: dict[object, HistoryEntry] = {}
    for one in entries:
        number = (_place(one.server), one.annotation_id)
        key = one.local_path if one.annotation_id is None else number
        found.pop(key, None)
        found[key] = one
    return tuple(found.values())


def registrations(server: str, *, folder: Path | None = None) -> dict[int, HistoryEntry]:
    """Give what was registered on a server from here: by annotation id, the latest entry each."""
    place = _place(server)
    latest = {
        one.annotation_id: one
        for one in entries(folder=folder)
        if one.annotation_id is not None and _place(one.server) == place
    }
    return {number: one for number, one in latest.items() if one.state is State.REGISTERED}


def _place(server: str) -> tuple[str, str]:
    path = urlsplit(server if "://" in server else f"https://{server}").path
    return origin(server), path.rstrip("/")
