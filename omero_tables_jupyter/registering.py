"""From an array that is written to a table that OMERO knows."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from omero_tables_jupyter import journal, settings
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.errors import (
    OmeroTablesError,
    PathError,
    RejectedError,
    ServerError,
    UploadCancelled,
)
from omero_tables_jupyter.events import Event, Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.model import Note, RegisteredTable, Secret, TargetInfo
from omero_tables_jupyter.omero import tables as remote
from omero_tables_jupyter.steps import logged_in
from omero_tables_jupyter.text import plural
from omero_tables_jupyter.unchanged import registered_before

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.steps import Steps

__all__ = ["Ready", "registered", "told"]

#: Clocks that differ by less are as good as equal, as a table is looked at later than that.
_CLOCKS_AGREE_S = 60.0
_LOOK_EVERY_S = 10
#: OMERO.web ends a worker that takes longer, unless its administrator says otherwise
#: (``omero.web.wsgi_timeout``): after that, an answer is not to be hoped for.
_AWAITED_S = 60.0
_AWAITED = (
    "this registration was sent before, and its answer is not known: the server may still be at it"
)


@dataclass(frozen=True, slots=True)
class Ready:
    """An array that stands under its name, and what it is to be in OMERO.

    Parameters
    ----------
    name
        The table's name.
    targets
        What it hangs on, looked up.
    local_path, remote_path
        The array as this machine sees it, '' where it does not, and as the server sees it.
    token
        Its SecretToken; None where it has none.
    rows, columns, fingerprint
        What it holds, as far as this machine knows.
    notes
        What happened to the data on the way.
    if_exists
        What was asked for where something stood there; '' where that does not matter.
    doubts
        Why the server might not see the array, for a registration that it refuses.

    """

    name: str
    targets: tuple[TargetInfo, ...]
    local_path: str
    remote_path: str
    token: Secret | None
    rows: int | None = None
    columns: tuple[str, ...] = ()
    fingerprint: str = ""
    notes: tuple[Note, ...] = ()
    if_exists: str = ""
    doubts: tuple[Note, ...] = ()


def registered(ready: Ready, session: Session, *, profile: str = "") -> Steps[RegisteredTable]:
    """Register an array, and look up what OMERO made of it.

    Raises
    ------
    OmeroTablesError
        If it is not registered, or nobody can tell; the error says where the array is. What fails
        after the registration is a note of the result.

    """
    began = time.monotonic()
    try:
        before = yield from _made_since(ready, session)
        if before is not None:
            return before
        # Before the server is asked: whoever is killed meanwhile finds where the array is.
        journal.keep(_written(ready, session))
        yield StageStarted(Stage.REGISTER)
        done = yield from logged_in(session, partial(_send, ready, session))
    except OmeroTablesError as error:
        _say_where(error, ready)
        raise
    number = done.annotation_id
    yield from told(StageDone(Stage.REGISTER, time.monotonic() - began, f"annotation {number}"))
    table = yield from _confirmed(ready, session, done)
    settings.remember(
        session.url,
        profile=profile,
        targets=table.targets,
        if_exists=ready.if_exists,
        user=session.user,
    )
    unkept = journal.keep(journal.entry_of(table, fingerprint=ready.fingerprint))
    return replace(table, notes=(*table.notes, *unkept))


def _send(ready: Ready, session: Session) -> remote.Registration:
    """Register; as long as nobody knows what comes of it, the history says that it was sent."""
    journal.keep(replace(_written(ready, session), sent=True))
    try:
        return remote.register(
            session,
            uri=ready.remote_path,
            name=ready.name,
            targets=[one.target for one in ready.targets],
            token=ready.token,
        )
    except OmeroTablesError as error:
        if not (isinstance(error, ServerError) and error.pending):
            journal.keep(_written(ready, session))
        raise


def _made_since(ready: Ready, session: Session) -> Steps[RegisteredTable | None]:
    """Look, patiently, for what a registration makes that was sent before and never answered.

    A kernel may have been killed while a slow server was at it: sent again at once, the same array
    would be registered twice.
    """
    left_s = _awaited_s(ready, session)
    if left_s <= 0:
        return None
    began = time.monotonic()
    array = describe_array(ready.local_path, counted=False)
    yield StageStarted(Stage.REGISTER, left_s, "seconds")
    for second in range(left_s + 1):
        if second % _LOOK_EVERY_S == 0 or second == left_s:
            found = yield from registered_before(
                session,
                array,
                name=ready.name,
                targets=ready.targets,
                remote_path=ready.remote_path,
            )
            if found is not None:
                yield from told(StageDone(Stage.REGISTER, time.monotonic() - began, "found"))
                return replace(found, rows=ready.rows, notes=ready.notes)
        yield Progress(Stage.REGISTER, second, left_s, "seconds", restarted=_AWAITED)
        session.channel.sleep(1.0)
    return None


def _awaited_s(ready: Ready, session: Session) -> int:
    """Say for how many seconds more an answer might have come to what was sent before."""
    try:
        sent = journal.unanswered(
            server=session.url,
            local_path=ready.local_path,
            fingerprint=ready.fingerprint,
            targets=[one.target for one in ready.targets],
        )
    except PathError:
        # Of a history that is lost, nothing is known.
        return 0
    if sent is None or not ready.local_path:
        return 0
    left_s = _AWAITED_S - (datetime.now(UTC) - sent).total_seconds()
    return math.ceil(min(max(left_s, 0.0), _AWAITED_S))


def _say_where(error: OmeroTablesError, ready: Ready) -> None:
    """Add to an error where the array is, and how it is registered without converting again."""
    if not ready.local_path:
        return
    error.array_path = ready.local_path
    doubts, then = list[str](), "then"
    if isinstance(error, RejectedError):
        doubts = [one.text for one in ready.doubts]
        # As it stands, the line would send what the server has just refused.
        then = "in this line correct remote_path, if the server sees the array elsewhere, and"
    to = ", ".join(repr(str(one.target)) for one in ready.targets)
    stands = (
        f"the array is complete at '{ready.local_path}', and not known to be registered: {then} "
        "register it without writing it again: import omero_tables_jupyter as otj; "
        f"otj.resume({ready.local_path!r}, to=[{to}], table_name={ready.name!r}, "
        f"remote_path={ready.remote_path!r})"
    )
    error.hint = "\n".join(filter(None, [error.hint, *doubts, stands]))


def _written(ready: Ready, session: Session) -> journal.HistoryEntry:
    return journal.HistoryEntry(
        name=ready.name,
        state=journal.State.WRITTEN,
        rows=ready.rows,
        columns=len(ready.columns),
        targets=tuple(one.target for one in ready.targets),
        server=session.url,
        local_path=ready.local_path,
        remote_path=ready.remote_path,
        fingerprint=ready.fingerprint,
    )


def told(event: Event) -> Generator[Event, Secret | None, None]:
    """Tell an event of what cannot be cancelled any more."""
    try:
        yield event
    except UploadCancelled:
        # Too late: the table is registered, and that is what the user must be told.
        return


def _confirmed(ready: Ready, session: Session, done: remote.Registration) -> Steps[RegisteredTable]:
    began = time.monotonic()
    annotation_id = done.annotation_id
    yield from told(StageStarted(Stage.CONFIRM))
    targets = tuple(one.target for one in ready.targets)
    file_id = remote.file_id_of(session, annotation_id, targets[0])
    notes = [*ready.notes, *_shown_later(done.clock_ahead_s)]
    if done.recovered:
        notes.append(Note("", "the server's answer was lost; the annotation was found by name"))
    if file_id is None:
        notes.append(
            Note("", "registered, but its page was not found: look for it among the attachments")
        )
    detail = "found in OMERO.web" if file_id is not None else "registered; its page was not found"
    yield from told(StageDone(Stage.CONFIRM, time.monotonic() - began, detail))
    return RegisteredTable(
        name=ready.name,
        annotation_id=annotation_id,
        file_id=file_id,
        rows=ready.rows,
        columns=ready.columns,
        targets=targets,
        target_names=tuple(one.name for one in ready.targets),
        local_path=ready.local_path,
        remote_path=ready.remote_path,
        url=remote.web_link(session.url, targets[0]),
        table_url="" if file_id is None else remote.table_link(session.url, file_id),
        server=session.url,
        notes=tuple(notes),
    )


def _shown_later(clock_ahead_s: float | None) -> Iterator[Note]:
    """Warn where the server takes for the future what was written just now, and leaves it out."""
    if clock_ahead_s is None or clock_ahead_s > -_CLOCKS_AGREE_S:
        return
    behind = plural(round(-clock_ahead_s / 60), "minute")
    yield Note(
        "",
        f"this computer's clock is {behind} ahead of the server's, which shows the rows only when "
        "its own clock is there: set this computer's clock by a time server",
    )
