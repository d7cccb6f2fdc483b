"""The job: check, convert, verify, register, confirm; and its steps, for who takes them alone."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.destination import server_can_read
from omero_tables_jupyter.arrays.plan import raise_problems
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.check import Checked, check
from omero_tables_jupyter.job import UploadJob
from omero_tables_jupyter.model import Note, RegisteredTable
from omero_tables_jupyter.registering import Ready, registered
from omero_tables_jupyter.replacing import Replacement, replaced, replacement
from omero_tables_jupyter.request import Request, called_with, read_request
from omero_tables_jupyter.steps import Steps, drained, kept_alive
from omero_tables_jupyter.unchanged import unchanged
from omero_tables_jupyter.visibility import visibility_notes

if TYPE_CHECKING:
    from omero_tables_jupyter.arrays.description import ArrayInfo
    from omero_tables_jupyter.model import TablePlan
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.whereto import Destination

__all__ = ["check_table", "foreseen", "submit_table", "upload_checked", "upload_table"]


@called_with(read_request)
def upload_table(asked: Request) -> RegisteredTable:
    """Check a table, convert it, verify what was written, register it; wait for all that.

    Returns
    -------
    RegisteredTable
        The table as OMERO knows it; ``int(table)`` is the annotation's id.

    Raises
    ------
    OmeroTablesError
        Whatever stands in the way, with its cure. Before the array stands under its name nothing
        is left of it; afterwards the error says where it is, for `resume`.

    """
    # Nobody holds the job, so nobody could answer for a password.
    return _job(replace(asked, ask=False)).run(asked.on_event)


@called_with(read_request)
def submit_table(asked: Request) -> UploadJob:
    """Upload a table in the background.

    Returns
    -------
    UploadJob
        Under way already; ``.progress``, ``.cancel()``, ``.wait()``, ``.result()``.

    """
    job = _job(asked)
    if asked.on_event is not None:
        job.subscribe(asked.on_event)
    return job.start()


@called_with(read_request)
def check_table(asked: Request) -> TablePlan:
    """Check a table, and all else that is named, without touching anything.

    Returns
    -------
    TablePlan
        What would be stored, and how; ``plan.problems`` says what forbids it.

    Raises
    ------
    OmeroTablesError
        If a target, a place or the session does not do; problems of the data are in the plan.

    """
    return drained(_examine(asked), asked.on_event)


def _examine(asked: Request) -> Steps[TablePlan]:
    checked = yield from check(asked, complete=False)
    try:
        plan, _ = yield from foreseen(checked)
    finally:
        if checked.visit is not None:
            checked.visit.end()
    return plan


def foreseen(checked: Checked) -> Steps[tuple[TablePlan, RegisteredTable | None]]:
    """Say what would come of an upload; nothing is touched, and the session stays as it is.

    Returns
    -------
    plan : TablePlan
        With what the upload would find at its place.
    table : RegisteredTable or None
        The table, where it is registered already as it is.

    Raises
    ------
    PathError, TableExistsError
        If the array could not stand there.
    OmeroTablesError
        If the server does not answer.

    """
    plan, place, visit = checked.plan, checked.place, checked.visit
    # Of a file that was begun only, nobody can say yet whether it is the same.
    if visit is not None and plan.ok and not plan.provisional:
        swap, before = yield from _before(checked, visit.session)
        if before is not None:
            said = replace(plan, notes=(*plan.notes, _nothing_to_write(before)))
            return said, before if isinstance(before, RegisteredTable) else None
        if swap is not None:
            return replace(plan, notes=(*plan.notes, *swap.notes, _to_replace(swap))), None
    if place is not None:
        place.check(plan.n_bytes)
    return plan, None


def _before(
    checked: Checked, session: Session
) -> Steps[tuple[Replacement | None, RegisteredTable | ArrayInfo | None]]:
    """Find what the upload would replace, and what it would repeat."""
    place = checked.place
    if place is not None and place.keeps_old:
        swap = yield from replacement(checked, session)
        if swap is None or swap.undo:
            # What stands there, if anything, was never confirmed.
            return swap, None
        return swap, (yield from unchanged(checked, session))
    before = yield from unchanged(checked, session)
    return (None if before else (yield from replacement(checked, session))), before


def _to_replace(swap: Replacement) -> Note:
    number = swap.table.annotation_id
    return Note("", f"the rows of '{swap.name}' (annotation {number}) would be replaced")


def _nothing_to_write(before: RegisteredTable | ArrayInfo) -> Note:
    if isinstance(before, RegisteredTable):
        number = before.annotation_id
        said = f"the same data is registered already (annotation {number}): nothing to upload"
        return Note("", said)
    return Note("", f"{_stands(before)}: it would be registered without being written again")


def _stands(array: ArrayInfo) -> str:
    return f"the same data stood at '{array.path}' already, written and not registered"


def _job(asked: Request) -> UploadJob:
    return UploadJob(_upload(asked), name=asked.name or "table", ask=asked.ask)


def _upload(asked: Request) -> Steps[RegisteredTable]:
    began = time.monotonic()
    checked = yield from check(asked, complete=True)
    try:
        done = yield from upload_checked(asked, checked)
    finally:
        if checked.visit is not None:
            checked.visit.end()
    return replace(done, seconds=time.monotonic() - began)


def upload_checked(asked: Request, checked: Checked) -> Steps[RegisteredTable]:
    """Upload what was checked, and leave its session as it is.

    Raises
    ------
    OmeroTablesError
        As `upload_table` does.

    """
    visit, place, plan = checked.visit, checked.place, checked.plan
    assert visit is not None  # noqa: S101 - a complete check has both
    assert place is not None  # noqa: S101 - as above
    raise_problems(plan)
    session = visit.session
    swap, before = yield from kept_alive(_before(checked, session), session)
    if isinstance(before, RegisteredTable):
        return before
    if before is not None:
        ready = _as_it_stands(before, checked, place)
        return (yield from registered(ready, session, profile=checked.profile))
    chunk_rows = asked.chunk_rows or checked.settings.chunk_rows
    verify = asked.verify or checked.settings.verify
    packed = asked.compression or checked.settings.compression
    if swap is not None:
        steps = replaced(
            swap, checked, session, chunk_rows=chunk_rows, verify=verify, compression=packed
        )
        return (yield from kept_alive(steps, session))
    place.check(plan.n_bytes)
    writing = write_table(
        checked.conversion,
        place.local,
        chunk_rows=chunk_rows,
        verify=verify,
        compression=packed,
        first=place.first if place.if_exists == "version" else "",
    )
    written = yield from kept_alive(writing, session)
    ready = Ready(
        name=plan.name,
        targets=plan.targets,
        local_path=written.path,
        remote_path=place.seen(written.path),
        token=written.token,
        rows=written.rows,
        columns=written.columns,
        fingerprint=written.fingerprint,
        notes=(*written.notes, *visibility_notes(plan.columns, plan.targets)),
        if_exists=place.if_exists,
        doubts=checked.doubts,
    )
    return (yield from registered(ready, session, profile=checked.profile))


def _as_it_stands(array: ArrayInfo, checked: Checked, place: Destination) -> Ready:
    """Make an array ready that was written before, by an upload that got no further."""
    plan = checked.plan
    said = Note("", f"{_stands(array)}: it is registered now, and was not written again")
    closed = server_can_read(array.path)
    return Ready(
        name=plan.name,
        targets=plan.targets,
        local_path=array.path,
        remote_path=place.seen(array.path),
        token=array.token,
        rows=array.rows,
        columns=array.columns,
        fingerprint=array.fingerprint,
        notes=(*plan.notes, said, *([closed] if closed else [])),
        if_exists=place.if_exists,
        doubts=checked.doubts,
    )
