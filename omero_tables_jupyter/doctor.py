"""What stands in the way of an upload before there is one: looked at, line by line, with cures."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter import settings
from omero_tables_jupyter.arrays.partials import find_leftovers
from omero_tables_jupyter.arrays.trial import try_writing
from omero_tables_jupyter.errors import LoginError, OmeroTablesError
from omero_tables_jupyter.leaks import find_leaks
from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.omero.health import server_health
from omero_tables_jupyter.omero.tables import probe
from omero_tables_jupyter.path_syntax import is_uri
from omero_tables_jupyter.request import read_request
from omero_tables_jupyter.signin import server_of, sign_in
from omero_tables_jupyter.text import plural
from omero_tables_jupyter.whereto import choose_place, place_plan

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.settings import Settings
    from omero_tables_jupyter.whereto import Destination

__all__ = ["Area", "Finding", "Verdict", "examine"]

_PACKAGES = ("omero-tables-jupyter", "tiledb", "pandas", "pyarrow", "ipython", "ipywidgets")
_API = "0"
_CLOCKS_AGREE_S = 120.0


class Area(StrEnum):
    """What is looked at."""

    VERSIONS = "Versions"
    SETTINGS = "Settings"
    SESSION = "Session"
    SERVER = "Server"
    FOLDER = "Folder"
    NOTEBOOK = "Notebook"


class Verdict(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what was found, and what to do about it ('' for nothing)."""

    area: Area
    verdict: Verdict
    text: str
    cure: str = ""


def examine(
    known: Settings | None = None, *, notebook: str | os.PathLike[str] | None = None
) -> tuple[Finding, ...]:
    """Look at everything that an upload needs but the table itself.

    Nobody is asked for a password. The folder for new arrays is tried with a directory that is
    made, renamed and removed.

    Parameters
    ----------
    known
        The settings; by default those of `settings.load`.
    notebook
        The file of the notebook, to be looked through for secrets; None where it is not known.

    Returns
    -------
    tuple of Finding
        In the order of an upload.

    """
    findings = list(_versions())
    if known is None:
        try:
            known = settings.load()
        except OmeroTablesError as error:
            return (*findings, _problem(Area.SETTINGS, error))
    findings += _settings(known)
    session, found = _session(known)
    findings += found
    if session is not None:
        findings += _server(session)
    findings += _folder(known, session)
    if notebook is not None:
        findings += _notebook(Path(notebook), session)
    return tuple(findings)


def _problem(area: Area, error: OmeroTablesError) -> Finding:
    return Finding(area, Verdict.PROBLEM, error.message, error.hint)


def _versions() -> Iterator[Finding]:
    found = [f"Python {platform.python_version()}"]
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            # run from a checkout: its own version is then not installed
            continue
    yield Finding(Area.VERSIONS, Verdict.OK, ", ".join(found))


def _settings(known: Settings) -> Iterator[Finding]:
    project = f"{known.project_file} and " if known.project_file else ""
    profiles = plural(len(known.profiles), "profile")
    yield Finding(Area.SETTINGS, Verdict.OK, f"{project}{known.user_dir}: {profiles}")
    for note in known.notes:
        yield Finding(Area.SETTINGS, Verdict.NOTE, note)


def _session(known: Settings) -> tuple[Session | None, list[Finding]]:
    asked = read_request(None)
    try:
        session = sign_in(asked, known, server_of(asked, known)).session
        if not session.alive():
            again = f"log in again: %omero_login {session.url}"
            text = f"the session of {session.user} at {session.url} has expired"
            return None, [Finding(Area.SESSION, Verdict.PROBLEM, text, again)]
    except LoginError as error:
        return None, [_problem(Area.SESSION, error)]
    except OmeroTablesError as error:
        return None, [_problem(Area.SERVER, error)]
    text = f"{session.user} at {session.url}, logged in by {session.how}"
    notes = [Finding(Area.SESSION, Verdict.NOTE, note) for note in session.notes]
    return session, [Finding(Area.SESSION, Verdict.OK, text), *notes]


def _server(session: Session) -> Iterator[Finding]:
    try:
        health = server_health(session)
    except OmeroTablesError as error:
        yield _problem(Area.SERVER, error)
        return
    spoken = f"speaks version {', '.join(health.api_versions)} of OMERO's JSON API"
    if _API in health.api_versions:
        yield Finding(Area.SERVER, Verdict.OK, spoken)
    else:
        cure = "look for a newer release of this package, which speaks version 0"
        yield Finding(Area.SERVER, Verdict.PROBLEM, spoken, cure)
    yield _omero_plus(session)
    if len(health.servers) > 1:
        listed = ", ".join(map(str, health.servers))
        text = f"offers several OMERO servers: {listed}; logged in to {session.server_id}"
        cure = "another one: %omero_login URL --server-id ID (server_id=...)"
        yield Finding(Area.SERVER, Verdict.NOTE, text, cure)
    yield _clock(health.clock_ahead_s)


def _omero_plus(session: Session) -> Finding:
    try:
        probe(session)
    except OmeroTablesError as error:
        return _problem(Area.SERVER, error)
    return Finding(Area.SERVER, Verdict.OK, "OMERO Plus seems to be there")


def _clock(ahead_s: float | None) -> Finding:
    if ahead_s is None:
        return Finding(Area.SERVER, Verdict.NOTE, "does not say what time it is")
    if abs(ahead_s) <= _CLOCKS_AGREE_S:
        return Finding(Area.SERVER, Verdict.OK, "its clock agrees with this computer's")
    word = "ahead of" if ahead_s > 0 else "behind"
    text = f"its clock is {plural(round(abs(ahead_s) / 60), 'minute')} {word} this computer's"
    cure = "set this computer's clock by a time server: certificates and dates depend on it"
    if ahead_s < 0:
        cure += "; a server shows rows only when its own clock is at the time of their writing"
    return Finding(Area.SERVER, Verdict.NOTE, text, cure)


def _folder(known: Settings, session: Session | None) -> Iterator[Finding]:
    asked = read_request(None, "trial")
    try:
        server = server_of(asked, known)
        place = choose_place(asked, "trial", settings=known, profile=server.profile)
    except OmeroTablesError as error:
        yield _problem(Area.FOLDER, error)
        return
    if place is None:
        text = "nothing says where arrays are to be written"
        cure = (
            "name a folder that the server sees too, once: --local-path FOLDER "
            '--map "LOCAL=>SERVER" --save-profile NAME (local_path=..., mapping=...)'
        )
        yield Finding(Area.FOLDER, Verdict.NOTE, text, cure)
        return
    yield from _tried(place, session.url if session else server.url)


def _tried(place: Destination, server: str) -> Iterator[Finding]:
    plan = place_plan(place, server=server)
    if plan.problems:
        for problem in plan.problems:
            yield Finding(Area.FOLDER, Verdict.PROBLEM, problem.text, problem.hint)
        return
    seen = f"; OMERO sees '{Path(plan.remote_path).parent.as_posix()}'"
    if is_uri(plan.local_path):
        yield Finding(Area.FOLDER, Verdict.OK, f"{plan.local_path} is free{seen}")
        return
    folder = Path(plan.local_path).parent
    try:
        unreadable = try_writing(folder)
    except OmeroTablesError as error:
        yield _problem(Area.FOLDER, error)
        return
    yield Finding(Area.FOLDER, Verdict.OK, f"'{folder}' was written to, for a trial{seen}")
    for note in (*plan.notes, *([unreadable] if unreadable else [])):
        yield Finding(Area.FOLDER, Verdict.NOTE, note.text)
    left = find_leftovers(folder)
    if left:
        text = f"'{folder}' holds {plural(len(left), 'half-written array')}: {', '.join(left)}"
        cure = "remove what no upload is writing now; it was never a table"
        yield Finding(Area.FOLDER, Verdict.NOTE, text, cure)


def _notebook(path: Path, session: Session | None) -> Iterator[Finding]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield Finding(Area.NOTEBOOK, Verdict.NOTE, f"'{path}' could not be looked through: {error}")
        return
    leaks = find_leaks(text, _secrets_of(session))
    if not leaks:
        yield Finding(Area.NOTEBOOK, Verdict.OK, f"'{path.name}' as it was saved holds no key")
    for leak in leaks:
        yield Finding(
            Area.NOTEBOOK,
            Verdict.PROBLEM,
            f"'{path.name}' holds {leak.kind}, on line {leak.line} of its file",
            "take it out of its cell, clear the outputs and save; then end that session or change "
            "that password: whoever has had the file may have it",
        )


def _secrets_of(session: Session | None) -> list[tuple[str, Secret]]:
    if session is None:
        return []
    values = [value for _, value in session.join_params if isinstance(value, Secret)]
    return [("the key of this session", value) for value in values]
