"""What is left on the share, or gone from it: arrays without a table, tables without an array."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter import journal, settings
from omero_tables_jupyter.arrays import partials, replacement, standing
from omero_tables_jupyter.arrays.description import described
from omero_tables_jupyter.errors import LoginError, ServerError
from omero_tables_jupyter.journal import HistoryEntry, State
from omero_tables_jupyter.omero import tables as remote
from omero_tables_jupyter.omero.login import current
from omero_tables_jupyter.paths import is_array_name, is_uri, own_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from omero_tables_jupyter.arrays.description import ArrayInfo
    from omero_tables_jupyter.omero.session import Session

__all__ = ["What", "leftovers"]


class What(StrEnum):
    """What is out of order; the value is the word shown to users."""

    HALF = "half-written"
    INTERRUPTED = "replacement interrupted"
    KEPT = "kept from a replacement"
    UNREGISTERED = "not registered"
    DETACHED = "no more in OMERO"
    GONE = "registered, but gone"
    UNSEEN = "registered, folder not there"


@dataclass(frozen=True, slots=True)
class _Left:
    """One thing that is out of order."""

    what: What
    path: str
    cure: str
    name: str = ""
    rows: int | None = None
    when: datetime | None = None
    annotation_id: int | None = None


def leftovers(
    folder: str | os.PathLike[str] | None = None, *, session: Session | None = None
) -> pd.DataFrame:
    """List what uploads from this computer left out of order, and what to do about each.

    Parameters
    ----------
    folder
        Where to look; by default in every folder that a table was uploaded to from here, and where
        new ones go by the settings. Of an object store, which must be named
        (``s3://bucket/tables``), only what is half-written is listed.
    session
        Asks whether tables are still in OMERO; by default the current one, if there is one.

    Returns
    -------
    pandas.DataFrame
        A row a thing: ``what`` ('half-written', 'replacement interrupted', 'kept from a
        replacement', 'not registered', 'no more in OMERO', 'registered, but gone', 'registered,
        folder not there'), ``path, name, rows, when, annotation_id`` and the ``cure``. Nothing is
        touched.

    Raises
    ------
    PathError
        If `folder` is no path, the history cannot be read, or a store does not answer.

    """
    place = None if folder is None else own_path(folder)
    if place is not None and is_uri(place):
        return _frame(list(_half_written(place)))
    entries = journal.entries()
    folders = _folders(entries) if place is None else [Path(place)]
    latest = _latest(entries, None if place is None else folders)
    found: list[_Left] = []
    for one in folders:
        found += _in_folder(one, latest)
    found += _missing(latest)
    found += _forgotten(latest, session or current())
    return _frame(found)


def _folders(entries: Iterable[HistoryEntry]) -> list[Path]:
    known = settings.load()
    offered = [known.local_path, *(one.local_folder() for one in known.profiles.values())]
    used = [str(Path(one.local_path).parent) for one in entries if one.local_path]
    named = [one for one in (*offered, *used) if one and not is_uri(one)]
    return [Path(one) for one in dict.fromkeys(named) if Path(one).is_absolute()]


def _latest(entries: Iterable[HistoryEntry], folders: list[Path] | None) -> list[HistoryEntry]:
    """Give the last word on each table whose array was to be on a share, or in some folders."""
    return [
        one
        for one in journal.last_of_each(entries)
        if one.local_path
        and not is_uri(one.local_path)
        and (folders is None or Path(one.local_path).parent in folders)
    ]


def _half_written(folder: str) -> Iterator[_Left]:
    for path in partials.find_leftovers(folder):
        if not (is_uri(path) or _is_mine(Path(path))):
            continue
        cure = "an upload under way, or a killed one; if none is: " + _removal(path)
        yield _Left(What.HALF, path, cure, when=_changed(path))


def _in_folder(folder: Path, known: list[HistoryEntry]) -> Iterator[_Left]:
    yield from _half_written(str(folder))
    try:
        inside = sorted(one for one in folder.iterdir() if _is_mine(one))
    except OSError:
        # A share that is not mounted: what was registered there is listed apart.
        return
    for one in inside:
        if one.name.endswith(standing.OLD) and is_array_name(_name_of(one)):
            yield from _kept(one)
        elif is_array_name(str(one)):
            yield from _unregistered(one, known)


def _name_of(old: Path) -> str:
    """Say whose place an array was kept from: ``T.tiledb.old`` -> ``T.tiledb``."""
    return str(old).removesuffix(standing.OLD)


def _is_mine(path: Path) -> bool:
    """Tell whether this user made it: what colleagues leave on a share is not ours to judge."""
    if os.name == "nt":
        return True
    try:
        return path.lstat().st_uid == os.getuid()
    except OSError:
        # It has gone since it was listed: an upload that has ended.
        return False


def _kept(path: Path) -> Iterator[_Left]:
    array = described(path, counted=False)
    if array is None:
        return
    name = _name_of(path)
    if standing.is_taken(name):
        cure = f"if the table is well: {_removal(str(path))}; else %omero_leftovers --put-back"
        yield _Left(What.KEPT, str(path), cure, rows=array.rows, when=_made(array))
    else:
        cure = (
            f'%omero_leftovers --put-back "{path}" (put_back_array({str(path)!r})): the server '
            "knows it under its old name"
        )
        yield _Left(What.INTERRUPTED, str(path), cure, rows=array.rows, when=_made(array))


def _unregistered(path: Path, known: list[HistoryEntry]) -> Iterator[_Left]:
    array = described(path, counted=False)
    if array is None or not array.fingerprint:
        return
    here = [one for one in known if one.local_path == array.path and _is_current(one, array)]
    if any(one.state is State.REGISTERED for one in here):
        return
    entry = here[-1] if here else HistoryEntry(name=path.stem, state=State.WRITTEN)
    what = What.DETACHED if entry.state is State.DELETED else What.UNREGISTERED
    yield _Left(what, array.path, _cure(array, entry), entry.name, array.rows, _made(array))


def _is_current(entry: HistoryEntry, array: ArrayInfo) -> bool:
    return entry.fingerprint == array.fingerprint


def _cure(array: ArrayInfo, entry: HistoryEntry) -> str:
    to = [str(one) for one in entry.targets] or "Dataset:51"
    seen = f", remote_path={entry.remote_path!r}" if entry.remote_path else ""
    call = f"resume({array.path!r}, to={to!r}, table_name={entry.name!r}{seen})"
    return f"register it: omero_tables_jupyter.{call}; or {_removal(array.path)}"


def _removal(path: str) -> str:
    return f'remove it: %omero_leftovers --remove "{path}" (remove_array({path!r}))'


def _missing(known: list[HistoryEntry]) -> Iterator[_Left]:
    for one in known:
        if one.state is not State.REGISTERED or standing.is_seen(one.local_path):
            continue
        if standing.is_seen(replacement.old_path(one.local_path)):
            # Listed as an interrupted replacement.
            continue
        there = Path(one.local_path).parent.is_dir()
        what = What.GONE if there else What.UNSEEN
        cure = (
            "OMERO shows a table that cannot be read: put the array back, or upload the data again "
            f"and delete this one (%omero_delete {one.annotation_id})"
            if there
            else "mount the share, and look again"
        )
        yield _of(one, what, cure)


def _forgotten(known: list[HistoryEntry], session: Session | None) -> Iterator[_Left]:
    """Ask the server about tables that were registered there; without a session, nobody."""
    if session is None:
        return
    shown: dict[object, set[int]] = {}
    here = journal.registrations(session.url)
    for one in known:
        number = one.annotation_id
        if number not in here or one.state is not State.REGISTERED:
            continue
        array = described(one.local_path, counted=False)
        if array is None or not _is_current(one, array):
            continue
        try:
            for target in one.targets:
                if target not in shown:
                    hanging = remote.annotations_of(session, target)
                    shown[target] = {each.annotation_id for each in hanging}
        except (ServerError, LoginError):
            # What cannot be asked is not said to be gone.
            continue
        if not any(number in shown[target] for target in one.targets):
            yield _of(one, What.DETACHED, _cure(array, one))


def _of(entry: HistoryEntry, what: What, cure: str) -> _Left:
    return _Left(
        what, entry.local_path, cure, entry.name, entry.rows, entry.when, entry.annotation_id
    )


def _changed(path: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
    except OSError:
        return None


def _made(array: ArrayInfo) -> datetime | None:
    try:
        return datetime.fromisoformat(array.created)
    except ValueError:
        return None


def _frame(found: list[_Left]) -> pd.DataFrame:
    import pandas as pd

    dates = pd.to_datetime(pd.Series([one.when for one in found], dtype=object), utc=True)
    return pd.DataFrame(
        {
            "what": [one.what.value for one in found],
            "path": [one.path for one in found],
            "name": [one.name for one in found],
            "rows": pd.Series([one.rows for one in found], dtype="Int64"),
            "when": dates.astype("datetime64[us, UTC]"),
            "annotation_id": pd.Series([one.annotation_id for one in found], dtype="Int64"),
            "cure": [one.cure for one in found],
        }
    )
