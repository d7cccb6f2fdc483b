"""The same data, at the same place, on the same objects: found again, and not written twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter import journal
from omero_tables_jupyter.check import logged_in
from omero_tables_jupyter.errors import PathError, TableExistsError
from omero_tables_jupyter.model import RegisteredTable
from omero_tables_jupyter.omero import tables as remote
from omero_tables_jupyter.tables.fingerprint import fingerprint_of
from omero_tables_jupyter.tables.standing import versions_of

if TYPE_CHECKING:
    from omero_tables_jupyter.check import Checked
    from omero_tables_jupyter.model import TablePlan, Target
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.steps import Steps
    from omero_tables_jupyter.tables.reader import ArrayInfo

__all__ = ["unchanged"]


def unchanged(checked: Checked, session: Session) -> Steps[RegisteredTable | None]:
    """Look for the table as it is, registered already: in the history and on the server.

    The data is digested only where an array of ours stands at its place, and nothing is written.

    Raises
    ------
    TableExistsError
        If the same data stands there, but is not registered: then there is nothing to convert.

    """
    place, plan = checked.place, checked.plan
    # What can be read only once is read to be written.
    if place is None or not checked.conversion.source.repeatable:
        return None
    here = versions_of(place.first)
    if place.if_exists == "replace":
        # Beside it may stand the same data: what is asked for is this very array.
        here = (one for one in here if one.path == place.first)
    standing = [one for one in here if one.fingerprint]
    if not standing:
        return None
    fingerprint = yield from fingerprint_of(checked.conversion)
    same = [one for one in standing if one.fingerprint == fingerprint]
    for array in same:
        before = yield from _registered_as(plan, array, session)
        if before is not None:
            return before
    if same and place.if_exists == "fail":
        raise _not_registered(same[0], plan, remote_path=place.seen(same[0].path))
    return None


def _registered_as(
    plan: TablePlan, array: ArrayInfo, session: Session
) -> Steps[RegisteredTable | None]:
    """Find the registration that the plan would repeat; of a history that is lost, none is."""
    targets = tuple(one.target for one in plan.targets)
    try:
        entry = journal.find_registered(
            server=session.url,
            local_path=array.path,
            fingerprint=array.fingerprint,
            targets=targets,
            name=plan.name,
        )
    except PathError:
        return None
    if entry is None or entry.annotation_id is None:
        return None
    number = entry.annotation_id
    seen = yield from logged_in(session, lambda: _file_seen(session, number, targets))
    return None if seen is None else _registered_before(plan, session, array, entry, file_id=seen)


def _file_seen(session: Session, annotation_id: int, targets: tuple[Target, ...]) -> int | None:
    """Give the file id, if the annotation still hangs on every target; else None."""
    file_id = None
    for target in targets:
        found = {one.annotation_id: one for one in remote.annotations_of(session, target)}
        if annotation_id not in found:
            return None
        file_id = found[annotation_id].file_id
    return file_id


def _registered_before(
    plan: TablePlan,
    session: Session,
    array: ArrayInfo,
    entry: journal.HistoryEntry,
    *,
    file_id: int,
) -> RegisteredTable:
    return RegisteredTable(
        name=plan.name,
        annotation_id=entry.annotation_id or 0,
        file_id=file_id,
        rows=array.rows,
        columns=array.columns,
        targets=tuple(one.target for one in plan.targets),
        target_names=tuple(one.name for one in plan.targets),
        local_path=array.path,
        remote_path=entry.remote_path,
        url=remote.web_link(session.url, plan.targets[0].target),
        table_url=remote.table_link(session.url, file_id),
        server=session.url,
        unchanged=True,
        notes=plan.notes,
    )


def _not_registered(array: ArrayInfo, plan: TablePlan, *, remote_path: str) -> TableExistsError:
    to = ", ".join(repr(str(one.target)) for one in plan.targets)
    error = TableExistsError(
        f"the same data stands at '{array.path}' already, and is not known to be registered there",
        hint="register it without writing it again: import omero_tables_jupyter as otj; "
        f"otj.resume({array.path!r}, to=[{to}], table_name={plan.name!r}, "
        f"remote_path={remote_path!r}); or choose another name",
    )
    error.array_path = array.path
    return error
