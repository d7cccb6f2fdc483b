"""The tables that hang on OMERO's objects, and where their arrays are as this machine sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter import journal, settings
from omero_tables_jupyter.arrays.description import described, versions_of
from omero_tables_jupyter.errors import PathError, ProtocolError, RejectedError, TargetError
from omero_tables_jupyter.filenames import file_name
from omero_tables_jupyter.omero import tables as remote
from omero_tables_jupyter.omero.attaching import fetch
from omero_tables_jupyter.path_syntax import is_array_name
from omero_tables_jupyter.recognition import same_array
from omero_tables_jupyter.request import read_request
from omero_tables_jupyter.signin import server_of, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from omero_tables_jupyter.arguments import AnyMapping, To
    from omero_tables_jupyter.arrays.description import ArrayInfo
    from omero_tables_jupyter.journal import HistoryEntry
    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.omero.replies import Annotation, TableColumns
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.paths import PathMapping

__all__ = [
    "Desk",
    "Seen",
    "desk_of",
    "recorded",
    "seen_here",
    "tables",
    "tables_on",
]


@dataclass(frozen=True, slots=True)
class Desk:
    """Who looks, at what, and how the server's paths are seen from this machine.

    Parameters
    ----------
    session
        Who looks.
    targets
        The objects that were named.
    mapping
        From this machine's paths to the server's; None where none is known.

    """

    session: Session
    targets: tuple[Target, ...] = ()
    mapping: PathMapping | None = None

    def local(self, server_path: str) -> str:
        """Give a path of the server as this machine sees it; '' where nothing says how."""
        if self.mapping is None:
            return server_path
        try:
            return self.mapping.to_local(server_path)
        except PathError:
            return ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A table's array as this machine sees it: where it is or should be, and whether it is."""

    path: str = ""
    there: bool = False


def desk_of(
    to: To | None,
    *,
    mapping: AnyMapping | None = None,
    profile: str | None = None,
    session: Session | None = None,
) -> Desk:
    """Find the session for a look at some objects, and the mapping that holds on its server.

    Raises
    ------
    OmeroTablesError
        If an object cannot be meant, or there is no session to be had.

    """
    asked = read_request(None, to=to, mapping=mapping, profile=profile, session=session)
    known = settings.load()
    where = server_of(asked, known)
    visit = sign_in(asked, known, where)
    offered = where.profile.mapping if where.profile else None
    named = offered if asked.profile else None
    return Desk(visit.session, asked.targets, asked.mapping or named or known.mapping or offered)


def tables(
    target: To,
    *,
    mapping: AnyMapping | None = None,
    profile: str | None = None,
    session: Session | None = None,
) -> pd.DataFrame:
    """List the tables that hang on an object of OMERO.

    Parameters
    ----------
    target
        ``"Dataset:51"``, an OMERO.web link, a `Target`, or several of them.
    mapping, profile, session
        As for `upload_table`: they say where this machine sees what the server sees.

    Returns
    -------
    pandas.DataFrame
        A row a table, the oldest first: ``id`` (of the annotation), ``name, owner, date, rows,
        columns`` (how many; missing where the server cannot read the table), ``local_path`` (its
        array as this machine sees it, '' where nothing says so), ``is_there`` (whether that very
        array stands there), ``file_id`` and ``url`` (the table's page).

    Raises
    ------
    TargetError
        If there is no such object, or none that you may see.
    OmeroTablesError
        If there is no session, or the server does not answer.

    Examples
    --------
    >>> tables("Dataset:51")  # doctest: +SKIP

    """
    desk = desk_of(target, mapping=mapping, profile=profile, session=session)
    if not desk.targets:
        raise TargetError(
            "no object was named", hint="say whose tables: %omero_tables Dataset:51 (tables(...))"
        )
    found = {one.annotation_id: one for target in desk.targets for one in tables_on(desk, target)}
    known = recorded(desk.session.url)
    rows = [_row(desk, one, known.get(one.annotation_id)) for one in found.values()]
    return _frame(rows)


def tables_on(desk: Desk, target: Target) -> tuple[Annotation, ...]:
    """List the tables on one object, the oldest first.

    Raises
    ------
    TargetError
        If there is no such object, or none that the user may see.

    """
    found = [one for one in remote.annotations_of(desk.session, target) if one.is_table]
    if not found:
        # OMERO.web lists nothing of an object that does not exist: a mistyped id must not look so.
        fetch(desk.session, target)
    return tuple(sorted(found, key=lambda one: one.annotation_id))


def recorded(server: str) -> dict[int, HistoryEntry]:
    """Give what the history knows of a server's tables; of a history that is lost, nothing is."""
    try:
        return journal.registrations(server)
    except PathError:
        return {}


def seen_here(
    desk: Desk, one: Annotation, said: TableColumns | None, entry: HistoryEntry | None
) -> Seen:
    """Find a table's array on this machine; another array at its place is not taken for it.

    Parameters
    ----------
    desk
        Who looks.
    one
        The table's annotation.
    said
        What the server says of its columns; None where it cannot read it.
    entry
        Its registration in the history; None where it was registered elsewhere.

    """
    places = [entry.local_path] if entry and entry.local_path else []
    array = described(places[0]) if places else None
    if array and entry and (_as_recorded(array, entry) or same_array(array, said)):
        return Seen(places[0], there=True)
    for place in _likely(desk, one, entry):
        places.append(place)
        match = next((here for here in versions_of(place) if same_array(here, said)), None)
        if match is not None:
            return Seen(match.path, there=True)
    return Seen(places[0] if places else "")


def _as_recorded(array: ArrayInfo, entry: HistoryEntry) -> bool:
    same_rows = entry.rows is None or entry.rows == array.rows
    return entry.fingerprint == array.fingerprint and same_rows


def _likely(desk: Desk, one: Annotation, entry: HistoryEntry | None) -> Iterator[str]:
    """Give where the array may be by what the server says; how it words that is not documented."""
    folder = one.folder.rstrip("/")
    paths = [entry.remote_path] if entry and entry.remote_path else []
    paths += [folder] if is_array_name(folder) else []
    # A ROI's tables come without a folder: that is not the top one.
    names = (one.file_name, one.name) if folder else ()
    paths += [f"{folder}/{file_name(name)}" for name in names if name]
    local = [desk.local(path) for path in dict.fromkeys(paths) if path.startswith("/")]
    yield from dict.fromkeys(path for path in local if path)


def _row(desk: Desk, one: Annotation, entry: HistoryEntry | None) -> dict[str, Any]:
    said = _columns(desk.session, one)
    seen = seen_here(desk, one, said, entry)
    return {
        "id": one.annotation_id,
        "name": one.name or one.file_name or (entry.name if entry else ""),
        "owner": one.owner,
        "date": _moment(one.date),
        "rows": said.rows if said else None,
        "columns": len(said.names) if said else None,
        "local_path": seen.path,
        "is_there": seen.there,
        "file_id": one.file_id,
        "url": "" if one.file_id is None else remote.table_link(desk.session.url, one.file_id),
    }


def _columns(session: Session, one: Annotation) -> TableColumns | None:
    if one.file_id is None:
        return None
    try:
        return remote.columns_of(session, one.file_id)
    except (RejectedError, ProtocolError):
        # One table that has gone must not hide the others.
        return None


def _moment(date: str) -> datetime | None:
    try:
        return datetime.fromisoformat(date)
    except ValueError:
        return None


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    from omero_tables_jupyter.listing import Listing

    dates = pd.to_datetime([row["date"] for row in rows], utc=True)
    return Listing(
        {
            "id": pd.Series([row["id"] for row in rows], dtype="int64"),
            "name": [row["name"] for row in rows],
            "owner": [row["owner"] for row in rows],
            "date": pd.Series(dates, dtype="datetime64[us, UTC]"),
            "rows": pd.Series([row["rows"] for row in rows], dtype="Int64"),
            "columns": pd.Series([row["columns"] for row in rows], dtype="Int64"),
            "local_path": [row["local_path"] for row in rows],
            "is_there": pd.Series([row["is_there"] for row in rows], dtype="bool"),
            "file_id": pd.Series([row["file_id"] for row in rows], dtype="Int64"),
            "url": [row["url"] for row in rows],
        }
    )
