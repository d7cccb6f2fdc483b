"""Sessions that other OMERO tools left on this computer: omero-user-token's file, the CLI's store.

Where to look is handed in; nothing here reads the environment. A file's name may itself be a
session key: such paths are shown by their folder only.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.omero.authentication import is_token

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["CLI_STORE", "TOKEN_FILE", "StoredSession", "StoredSessions", "find_stored"]

TOKEN_FILE = "omero-user-token file"  # noqa: S105 - what it is called
CLI_STORE = "OMERO CLI store"
_LARGEST_FILE = 2**16
_LONGEST_KEY = 256
_MOST_SESSIONS = 50


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session key that another tool left here.

    Parameters
    ----------
    host
        The OMERO.server's host in lower case: the key may be sent to this host only.
    user
        The user's login name; '' where the store does not say.
    key
        The session key.
    origin
        Which store it is from, in words.
    note
        What the user should mend, such as a file that others can read; '' mostly.

    """

    host: str
    user: str
    key: Secret
    origin: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoredSessions:
    """What was found, the likeliest first, and what was passed over with the reason."""

    sessions: tuple[StoredSession, ...] = ()
    skipped: tuple[str, ...] = ()


def find_stored(
    token_dir: Path, cli_session_dirs: Sequence[Path], *, check_modes: bool = os.name == "posix"
) -> StoredSessions:
    """Find the sessions that omero-user-token and the OMERO command line left.

    Parameters
    ----------
    token_dir
        Where omero-user-token keeps its file.
    cli_session_dirs
        Where the command line keeps its sessions, the likeliest first.
    check_modes
        Whether to note files that others on this computer can read.

    Returns
    -------
    StoredSessions
        Nothing here raises: what cannot be read is passed over, with a reason.

    """
    found: list[StoredSession] = []
    skipped: list[str] = []
    stores = (
        _in_token_file(token_dir, check_mode=check_modes),
        *(_in_cli_store(folder, check_mode=check_modes) for folder in cli_session_dirs),
    )
    for one in chain.from_iterable(stores):
        if isinstance(one, StoredSession):
            found.append(one)
        else:
            skipped.append(one)
    return StoredSessions(tuple(found), tuple(skipped))


# --- omero-user-token ---------------------------------------------------------------------------


def _in_token_file(folder: Path, *, check_mode: bool) -> Iterator[StoredSession | str]:
    path = folder / "token"
    if not _exists(path):
        return
    text = _read(path)
    if text is None:
        yield f"{TOKEN_FILE}: {path} cannot be read"
        return
    key, at, place = text.strip().partition("@")
    host = _host(place)
    if not at or not host or not _is_key(key):
        yield f"{TOKEN_FILE}: {path} is not of the form KEY@HOST:PORT"
        return
    note = _mode_note(path, str(path)) if check_mode else ""
    yield StoredSession(host=host, user="", key=Secret(key), origin=TOKEN_FILE, note=note)


# --- the OMERO command line's store -------------------------------------------------------------


def _in_cli_store(root: Path, *, check_mode: bool) -> Iterator[StoredSession | str]:
    left = _MOST_SESSIONS
    for host in _entries(root, last=_read(root / "._LASTHOST_")):
        for user in _entries(host, last=_read(host / "._LASTUSER_")):
            for path in _entries(user, last=_read(user / "._LASTSESS_"), files=True):
                if left == 0:
                    yield f"{CLI_STORE}: more than {_MOST_SESSIONS} sessions; the rest was not read"
                    return
                left -= 1
                yield _cli_session(path, check_mode=check_mode)


def _cli_session(path: Path, *, check_mode: bool) -> StoredSession | str:
    # The file's own name is the key: only its folder is ever shown.
    folder = path.parent
    text = _read(path)
    if text is None:
        return f"{CLI_STORE}: a session in {folder} cannot be read"
    pairs = (line.partition("=") for line in text.splitlines())
    values = {name.strip(): value.strip() for name, is_pair, value in pairs if is_pair}
    host = _host(values.get("omero.host") or unquote(folder.parent.name))
    key = values.get("omero.sess") or path.name
    if not host or not _is_key(key):
        return f"{CLI_STORE}: a session in {folder} is damaged"
    return StoredSession(
        host=host,
        user=values.get("omero.user") or unquote(folder.name),
        key=Secret(key),
        origin=CLI_STORE,
        note=_mode_note(path, f"the session in {folder}") if check_mode else "",
    )


def _entries(folder: Path, *, last: str | None, files: bool = False) -> list[Path]:
    """List what is in a folder of the store: what was used last first, then the newest."""
    try:
        found = [
            (one.stat().st_mtime, one)
            for one in folder.iterdir()
            if not one.name.startswith(".") and (one.is_file() if files else one.is_dir())
        ]
    except OSError:
        return []
    latest = (last or "").strip()
    found.sort(key=lambda pair: (latest in {pair[1].name, unquote(pair[1].name)}, pair[0]))
    return [one for _, one in reversed(found)]


# --- both ---------------------------------------------------------------------------------------


def _exists(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_FILE).decode()
    except (OSError, UnicodeDecodeError):
        return None


def _is_key(text: str) -> bool:
    return len(text) <= _LONGEST_KEY and is_token(Secret(text))


def _host(place: str) -> str:
    """Read the name out of ``host``, ``host:4064`` or ``wss://host:443/omero-ws``; '' if bad."""
    try:
        host = urlsplit(place if "://" in place else f"//{place}").hostname
    except ValueError:
        return ""
    return host if host and not any(letter.isspace() for letter in host) else ""


def _mode_note(path: Path, shown: str) -> str:
    try:
        mode = path.stat().st_mode
    except OSError:
        return ""
    if not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return ""
    return f"others on this computer can read {shown}: take their rights away (chmod 600)"
