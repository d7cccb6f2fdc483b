"""The second step alone: an array that stands already becomes a table of OMERO."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter import journal, settings
from omero_tables_jupyter.arguments import targets_of
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.errors import PathError, UploadCancelled
from omero_tables_jupyter.events import Stage, StageDone, StageStarted
from omero_tables_jupyter.job import UploadJob
from omero_tables_jupyter.journalfile import clean_path
from omero_tables_jupyter.lookup import look_up, looked_up
from omero_tables_jupyter.model import Note, RegisteredTable, Secret, TargetInfo
from omero_tables_jupyter.paths import own_path, server_path
from omero_tables_jupyter.registering import Ready, registered
from omero_tables_jupyter.request import read_request
from omero_tables_jupyter.signin import server_of, sign_in
from omero_tables_jupyter.text import plural
from omero_tables_jupyter.unchanged import registered_before
from omero_tables_jupyter.whereto import seen_by_server

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from omero_tables_jupyter.arguments import AnyMapping, To
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.request import Request
    from omero_tables_jupyter.steps import Steps

__all__ = ["register_table", "resume", "resuming"]


def register_table(  # noqa: PLR0913 - the reference client's parameters, and `to`
    session: Session,
    remote_path: str | os.PathLike[str],
    table_name: str,
    links: Iterable[tuple[str, int]] | tuple[str, int] = (),
    token: Secret | str | None = None,
    *,
    to: To | None = None,
) -> RegisteredTable:
    """Register an array that the server sees already; nothing is read on this machine.

    Each call makes an annotation of its own, as the reference client's does: a second one with the
    same arguments shows the same array twice, which a note of its result tells. `resume` and
    `upload_table` register what is registered already no second time.

    Parameters
    ----------
    session
        From `login`.
    remote_path
        The array, as the server sees it.
    table_name
        The table's name in OMERO.
    links, to
        What it is attached to: ``[("Image", 101)]``, or ``"Image:101"``.
    token
        The array's SecretToken, from `create_tiledb`.

    Returns
    -------
    RegisteredTable
        ``rows`` and ``columns`` are unknown here: None and empty.

    Raises
    ------
    OmeroTablesError
        If the server refuses, or does not answer.

    """
    targets, _ = targets_of(to, links=links)
    ready = Ready(
        name=table_name,
        targets=look_up(session, targets),
        local_path="",
        remote_path=server_path(str(remote_path), remote_path=str(remote_path)),
        token=Secret(token) if isinstance(token, str) else token,
    )
    ready = replace(ready, notes=_shown_already(ready, session))
    return _waited(registered(ready, session), ready)


def _shown_already(ready: Ready, session: Session) -> tuple[Note, ...]:
    """Say which annotations made from here show the same array on one of the objects."""
    try:
        known = journal.registrations(session.url).values()
    except PathError:
        return ()
    path, objects = clean_path(ready.remote_path), {one.target for one in ready.targets}
    numbers = [
        str(one.annotation_id)
        for one in known
        if one.remote_path == path and not objects.isdisjoint(one.targets)
    ]
    if not numbers:
        return ()
    return (
        Note(
            "",
            f"the same array was registered there before, as annotation {', '.join(numbers)}, and "
            f"is now once more: %omero_delete {numbers[0]} (delete_table({numbers[0]}, "
            "confirm=True)) removes what is one too many",
        ),
    )


def resume(  # noqa: PLR0913 - the options of the product, by keyword
    path: str | os.PathLike[str],
    *,
    to: To | None = None,
    table_name: str | None = None,
    remote_path: str | os.PathLike[str] | None = None,
    mapping: AnyMapping | None = None,
    profile: str | None = None,
    session: Session | None = None,
) -> RegisteredTable:
    """Register an array that was written before; its token is read from its own metadata.

    Parameters
    ----------
    path
        The array, as this machine sees it.
    to
        What it is attached to.
    table_name
        The table's name in OMERO; by default the array's.
    remote_path, mapping, profile, session
        As for `upload_table`.

    Returns
    -------
    RegisteredTable
        The table as OMERO knows it; ``.unchanged`` where it was registered so before, and nothing
        was sent.

    Raises
    ------
    PathError
        If no complete array stands there.
    OmeroTablesError
        If the server refuses, or does not answer.

    """
    asked = read_request(
        path,
        table_name,
        to=to,
        local_path=path,
        remote_path=remote_path,
        mapping=mapping,
        profile=profile,
        session=session,
    )
    return resuming(asked).run()


def resuming(asked: Request) -> UploadJob:
    """Make the job of `resume`, for who watches it; it has not begun yet.

    Parameters
    ----------
    asked
        The array as its source, what it is attached to, and where the server sees it.

    """
    path = own_path(asked.source)
    name = asked.name or Path(path).name.removesuffix(".tiledb")
    return UploadJob(_resumed(replace(asked, source=path), name), name=name, ask=asked.ask)


def _resumed(asked: Request, name: str) -> Steps[RegisteredTable]:
    array = describe_array(asked.source)
    try:
        known = settings.load()
        where = server_of(asked, known)
        session = sign_in(asked, known, where).session
        targets = yield from _targets(asked, session)
        ready = Ready(
            name=name,
            targets=targets,
            local_path=array.path,
            remote_path=seen_by_server(array.path, asked, known, where.profile),
            token=array.token,
            rows=array.rows,
            columns=array.columns,
            fingerprint=array.fingerprint,
        )
        before = yield from registered_before(
            session, array, name=name, targets=targets, remote_path=ready.remote_path
        )
    except UploadCancelled as stop:
        stop.array_path = array.path
        stop.hint = f"the array stands at '{array.path}' as before, for another resume(...)"
        raise
    return before if before is not None else (yield from registered(ready, session))


def _targets(asked: Request, session: Session) -> Steps[tuple[TargetInfo, ...]]:
    began = time.monotonic()
    yield StageStarted(Stage.CHECK, len(asked.targets), "objects")
    targets = yield from looked_up(session, asked.targets)
    yield StageDone(Stage.CHECK, time.monotonic() - began, plural(len(targets), "object"))
    return targets


def _waited(steps: Steps[RegisteredTable], ready: Ready) -> RegisteredTable:
    return UploadJob(steps, name=ready.name).run()
