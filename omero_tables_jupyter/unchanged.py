"""The same data at the same place: found again, and not written twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from omero_tables_jupyter import journal
from omero_tables_jupyter.arrays.description import versions_of
from omero_tables_jupyter.arrays.fingerprint import fingerprint_of
from omero_tables_jupyter.errors import PathError, TableExistsError
from omero_tables_jupyter.journalfile import clean_path
from omero_tables_jupyter.model import RegisteredTable
from omero_tables_jupyter.omero import tables as remote
from omero_tables_jupyter.recognition import files_on_all, is_another, shows
from omero_tables_jupyter.steps import logged_in

if TYPE_CHECKING:
    from omero_tables_jupyter.arrays.description import ArrayInfo
    from omero_tables_jupyter.check import Checked
    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.model import TablePlan, TargetInfo
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.steps import Steps

__all__ = ["registered_before", "unchanged"]


def unchanged(checked: Checked, session: Session) -> Steps[RegisteredTable | ArrayInfo | None]:
    """Look for the table as it is: in the history, on the server, and at its place.

    The data is digested only where an array of ours stands at its place, and nothing is written.

    Returns
    -------
    RegisteredTable or ArrayInfo or None
        The table, where it is registered already; its array, where that was written and surely
        never registered; None where there is something to write.

    Raises
    ------
    TableExistsError
        If the same data stands there, and is or was registered otherwise, or nobody can tell.

    """
    place, plan = checked.place, checked.plan
    # What can be read only once is read to be written.
    if place is None or not checked.conversion.source.repeatable:
        return None
    here, name = versions_of(place.first), plan.name
    if place.if_exists == "replace":
        # Beside it may stand the same data: what is asked for is this very array. And whatever
        # its name in OMERO is, it stays.
        here, name = (one for one in here if one.path == place.first), ""
    standing = [one for one in here if one.fingerprint]
    if not standing:
        return None
    fingerprint = yield from fingerprint_of(checked.conversion)
    same = [one for one in standing if one.fingerprint == fingerprint]
    for array in same:
        remote_path = place.seen(array.path)
        before = yield from registered_before(
            session, array, name=name, targets=plan.targets, remote_path=remote_path
        )
        if before is not None:
            return replace(before, notes=plan.notes)
    for array in same:
        if place.if_exists != "replace" and (yield from _never_registered(array, plan, session)):
            return array
    if same and place.if_exists == "fail":
        raise _not_registered(same[0], plan, remote_path=place.seen(same[0].path))
    return None


def registered_before(
    session: Session,
    array: ArrayInfo,
    *,
    name: str,
    targets: tuple[TargetInfo, ...],
    remote_path: str,
) -> Steps[RegisteredTable | None]:
    """Find the registration that would be repeated: by the history and the server, or by it alone.

    Where the history knows nothing, as that of a colleague or of a new computer, a table counts if
    the server shows that it is this very array; then it is put into the history.

    Parameters
    ----------
    session
        Who asks.
    array
        What stands there.
    name, targets, remote_path
        What it would be registered as, on what, and from where; the name '' stands for any.

    """
    objects = tuple(one.target for one in targets)
    on_all = yield from files_on_all(session, objects)
    entry = _recorded(session, array, name, objects)
    found = None
    if entry is not None:
        found = next((one for one in on_all if one.annotation_id == entry.annotation_id), None)
    # Registered from elsewhere, as another share was mapped then, it may be another array.
    known = found is not None and entry is not None and entry.remote_path == clean_path(remote_path)
    if not known:
        named = [one for one in on_all if one.is_called(name) or (one.is_table and not name)]
        found = yield from logged_in(
            session, lambda: next((one for one in named if shows(session, one, array)), None)
        )
    if found is None:
        return None
    recorded = entry.name if entry is not None and known else ""
    table = RegisteredTable(
        name=name or recorded or found.name or found.file_name,
        annotation_id=found.annotation_id,
        file_id=found.file_id,
        rows=array.rows,
        columns=array.columns,
        targets=objects,
        target_names=tuple(one.name for one in targets),
        local_path=array.path,
        remote_path=remote_path,
        url=remote.web_link(session.url, objects[0]),
        table_url="" if found.file_id is None else remote.table_link(session.url, found.file_id),
        server=session.url,
        unchanged=True,
    )
    if not known:
        journal.keep(journal.entry_of(table, fingerprint=array.fingerprint))
    return table


def _never_registered(array: ArrayInfo, plan: TablePlan, session: Session) -> Steps[bool]:
    """Tell whether an array is no table of OMERO yet, for all that the history and it can know."""
    if _recorded(session, array, "", ()) is not None:
        return False
    objects = tuple(one.target for one in plan.targets)
    on_all = yield from files_on_all(session, objects)
    named = [one for one in on_all if one.is_called(plan.name)]
    return (
        yield from logged_in(session, lambda: all(is_another(session, one, array) for one in named))
    )


def _recorded(
    session: Session, array: ArrayInfo, name: str, targets: tuple[Target, ...]
) -> journal.HistoryEntry | None:
    """Look into the history; of one that is lost, nothing is known."""
    try:
        return journal.find_registered(
            server=session.url,
            local_path=array.path,
            fingerprint=array.fingerprint,
            targets=targets,
            name=name,
        )
    except PathError:
        return None


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
