"""``%omero_status``: who, where, how; the profile and its mapping; versions."""

from __future__ import annotations

import platform
from html import escape
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from omero_tables_jupyter import settings
from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.style import BORDER, OK, WARN, badge, box, facts, heading

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.settings import Profile, Settings

__all__ = ["session_bundle", "status_bundle"]

_PACKAGES = ("omero-tables-jupyter", "tiledb", "pandas", "pyarrow", "ipython", "ipywidgets")
_HOW_TO = "%omero_login https://..., or %omero_demo for a try"


def session_bundle(session: Session) -> dict[str, str]:
    """Say in one line who is logged in where, in every form that a front end may want."""
    return _bundle(_who(session), [("Note", note) for note in session.notes], ok=True)


def status_bundle(known: Settings) -> dict[str, str]:
    """Give all that decides what an upload would do, in every form that a front end may want.

    Parameters
    ----------
    known
        The settings.

    """
    from omero_tables_jupyter.omero.login import current

    session = current()
    rows = _session_rows(session) if session else [("Log in", _HOW_TO)]
    server = session.url if session else known.server
    profile = settings.choose_profile(known, name=known.profile or None, server=server or None)
    rows += (
        _profile_rows(profile)
        if profile
        else [("Profile", "none; --map and --save-profile NAME make one")]
    )
    rows += [("Settings", str(known.project_file))] if known.project_file else []
    rows += [("Note", note) for note in known.notes]
    rows.append(("Versions", _versions()))
    title = _who(session) if session else "not logged in"
    return _bundle(title, rows, ok=session is not None)


def _who(session: Session) -> str:
    group = f" · {session.group}" if session.group else ""
    return f"{session.user} at {session.url}{group}"


def _session_rows(session: Session) -> list[tuple[str, str]]:
    return [("Logged in by", session.how), ("OMERO Plus", _plus(session))]


def _plus(session: Session) -> str:
    from omero_tables_jupyter.omero.tables import probe

    try:
        alive = session.alive()
        if not alive:
            return "not asked: the session has expired (%omero_login)"
        probe(session)
    except OmeroTablesError as error:
        return error.message
    return "seems to be there"


def _profile_rows(profile: Profile) -> list[tuple[str, str]]:
    rows = [("Profile", f"{profile.name} ({profile.origin})")]
    if profile.mapping is not None:
        rows += [
            ("Mapping", f"{' or '.join(local)} => {server}")
            for local, server in profile.mapping.pairs
        ]
    if profile.folder:
        rows.append(("New arrays in", profile.folder))
    return rows


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            # run from a checkout: its own version is then not installed
            continue
    return ", ".join(found)


def _bundle(title: str, rows: list[tuple[str, str]], *, ok: bool) -> dict[str, str]:
    mark = badge("●", "connected", OK) if ok else badge("○", "not connected", WARN)
    head = heading(title, mark)
    table = facts([(word, escape(text)) for word, text in rows]) if rows else ""
    width = max((len(word) for word, _ in rows), default=0)
    lines = [title, *(f"  {word:{width}}  {text}" for word, text in rows)]
    html = box(head + table, edge=OK if ok else BORDER, label="OMERO tables")
    return {"text/html": html, "text/plain": "\n".join(lines)}
