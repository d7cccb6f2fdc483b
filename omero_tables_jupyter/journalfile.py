"""The file of what was written and registered from here: one line of JSON each, without secrets.

Several notebooks append to it at once, so a line is one write and is never changed. A line that
cannot be read is skipped and counted; nothing is rewritten, so nothing is lost.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from omero_tables_jupyter.errors import OmeroTablesError, PathError
from omero_tables_jupyter.links import Target
from omero_tables_jupyter.paths import is_uri
from omero_tables_jupyter.settings import state_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Entries", "HistoryEntry", "State", "clean_path", "read_history", "record"]

_NAME = "history.jsonl"
_NEWLINE = b"\n"


class State(StrEnum):
    """How far a table came; the value is the word shown to users."""

    WRITTEN = "written"
    REGISTERED = "registered"
    FAILED = "failed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One table's step.

    Parameters
    ----------
    name
        The table's name in OMERO.
    state
        How far it came.
    rows, columns
        How many; None where unknown.
    targets
        What it hangs on, or was meant to.
    annotation_id, file_id
        Its ids in OMERO; None before the registration.
    server
        The server's address with its prefix.
    local_path, remote_path
        The array as this machine and as the server sees it.
    fingerprint
        The digest of names, types and values.
    url
        A link for the browser.
    when
        The moment, in UTC.
    sent
        Whether a registration was sent whose answer is not known: it may still be worked on.

    """

    name: str
    state: State
    rows: int | None = None
    columns: int | None = None
    targets: tuple[Target, ...] = ()
    annotation_id: int | None = None
    file_id: int | None = None
    server: str = ""
    local_path: str = ""
    remote_path: str = ""
    fingerprint: str = ""
    url: str = ""
    when: datetime | None = None
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Entries:
    """What the file holds: the entries, the oldest first, and how many lines cannot be read."""

    entries: tuple[HistoryEntry, ...] = ()
    damaged: int = 0


def record(entry: HistoryEntry, *, folder: Path | None = None) -> HistoryEntry:
    """Append an entry.

    Parameters
    ----------
    entry
        What happened; `when` None means now. Of a link's query only ``show=`` is kept.
    folder
        The user's state folder; by default the system's place, or ``OMERO_TABLES_STATE_DIR``.

    Returns
    -------
    HistoryEntry
        The entry as it was written.

    Raises
    ------
    PathError
        If the file cannot be written.

    """
    kept = replace(
        entry,
        when=_in_utc(entry.when or datetime.now(UTC)),
        url=_clean_link(entry.url),
        server=_clean_link(entry.server).partition("?")[0],
        local_path=clean_path(entry.local_path),
        remote_path=clean_path(entry.remote_path),
    )
    path = _path(folder)
    try:
        _append(path, json.dumps(_as_json(kept)).encode())
    except OSError as error:
        raise PathError(
            f"the history in {path} cannot be written: {error.strerror}",
            hint="check that you may write there, or set OMERO_TABLES_STATE_DIR to another folder",
        ) from error
    return kept


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _path(folder: Path | None) -> Path:
    return (state_folder() if folder is None else folder) / _NAME


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags, 0o600)
    try:
        # A kernel killed in the middle of a line must not spoil the next one as well.
        end = os.lseek(handle, 0, os.SEEK_END)
        if end:
            os.lseek(handle, end - 1, os.SEEK_SET)
            line = line if os.read(handle, 1) == _NEWLINE else _NEWLINE + line
        whole = line + _NEWLINE
        if os.write(handle, whole) != len(whole):
            raise OSError(28, "the disk is full")
    finally:
        os.close(handle)


def _as_json(entry: HistoryEntry) -> dict[str, Any]:
    said = asdict(entry)
    said["targets"] = [str(target) for target in entry.targets]
    said["when"] = entry.when.isoformat(timespec="seconds") if entry.when else None
    return said


def _clean_link(url: str) -> str:
    """Drop user, password and all parameters but the one that says what to show."""
    try:
        parts = urlsplit(url)
        shown = [(key, value) for key, value in parse_qsl(parts.query) if key == "show"]
    except ValueError:
        return ""
    host = parts.netloc.rpartition("@")[2]
    query = urlencode(shown, safe="-|", quote_via=quote)
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def clean_path(path: str) -> str:
    """Drop user and password of an address; a path is kept to the letter, as it is compared."""
    if not is_uri(path):
        return path
    scheme, _, rest = path.partition("://")
    host, slash, below = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{below}"


def read_history(*, folder: Path | None = None, local_path: str | None = None) -> Entries:
    """Read what the file holds.

    Parameters
    ----------
    folder
        As for `record`.
    local_path
        Only what is about this array, without a look at every other line: each of many uploads
        asks, and all of them are in the file. None for everything.

    Raises
    ------
    PathError
        If there is a file that cannot be read.

    """
    path = _path(folder)
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return Entries()
    except OSError as error:
        raise PathError(
            f"the history in {path} cannot be read: {error.strerror}",
            hint="check who may read it, or set OMERO_TABLES_STATE_DIR to another folder",
        ) from error
    about = b"" if local_path is None else json.dumps(clean_path(local_path)).encode()
    read = [_entry(line) for line in lines if line.strip() and about in line]
    found = tuple(entry for entry in read if entry is not None)
    return Entries(found, len(read) - len(found))


def _entry(line: bytes) -> HistoryEntry | None:
    try:
        said = json.loads(line)
        return _from_json(said)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OmeroTablesError):
        return None


def _from_json(said: Mapping[str, Any]) -> HistoryEntry:
    """Read one entry; keys of a later version are passed over."""
    known = {one.name for one in fields(HistoryEntry)}
    values = {key: value for key, value in said.items() if key in known}
    values["state"] = State(said["state"])
    values["targets"] = tuple(Target.parse(text) for text in said["targets"])
    values["when"] = _in_utc(datetime.fromisoformat(said["when"]))
    entry = HistoryEntry(**values)
    texts = (entry.name, entry.server, entry.local_path, entry.remote_path, entry.fingerprint)
    numbers = (entry.rows, entry.columns, entry.annotation_id, entry.file_id)
    if not all(isinstance(text, str) for text in (*texts, entry.url)):
        raise TypeError("a text was wanted")
    if not all(number is None or type(number) is int for number in numbers):
        raise TypeError("a whole number was wanted")
    if type(entry.sent) is not bool:
        raise TypeError("true or false was wanted")
    return entry
