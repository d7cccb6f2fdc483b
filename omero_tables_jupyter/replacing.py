"""New rows under an annotation that is there: the array is swapped, the registration stays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter import journal, settings
from omero_tables_jupyter.arrays import replacement as arrays
from omero_tables_jupyter.arrays.description import described
from omero_tables_jupyter.arrays.standing import is_taken
from omero_tables_jupyter.arrays.turns import Turn, overtaken
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.attached import recorded
from omero_tables_jupyter.errors import (
    OmeroTablesError,
    PathError,
    TableExistsError,
)
from omero_tables_jupyter.events import Progress, Stage, StageStarted
from omero_tables_jupyter.model import Note, RegisteredTable
from omero_tables_jupyter.omero import tables as remote
from omero_tables_jupyter.readback import read_back
from omero_tables_jupyter.recognition import files_on_all, shows
from omero_tables_jupyter.registering import told
from omero_tables_jupyter.steps import logged_in
from omero_tables_jupyter.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omero_tables_jupyter.arrays.description import ArrayInfo
    from omero_tables_jupyter.check import Checked
    from omero_tables_jupyter.journal import HistoryEntry
    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.model import WrittenTable
    from omero_tables_jupyter.omero.replies import Annotation
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.steps import Steps

__all__ = ["Replacement", "replaced", "replacement"]


@dataclass(frozen=True, slots=True)
class Replacement:
    """An array that stands, and is registered: what another may take the place of.

    Parameters
    ----------
    old
        The array that the server knows.
    table
        Its annotation.
    name
        Its name in OMERO, which stays.
    targets
        The objects that it is known to hang on.
    others
        Other registrations of the same array, which show the new rows as well.
    undo
        Whether a replacement was interrupted, and is undone first.
    leftover
        Whether the array before is still kept beside, though it was replaced.

    """

    old: ArrayInfo
    table: Annotation
    name: str
    targets: tuple[Target, ...]
    others: tuple[HistoryEntry, ...] = ()
    undo: bool = False
    leftover: bool = False

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a user should know before."""
        notes = []
        if self.undo:
            notes.append("a replacement that was interrupted here before is undone first")
        if self.others:
            numbers = ", ".join(str(one.annotation_id) for one in self.others)
            notes.append(f"the same array is registered as annotation {numbers} too, and changes")
        return tuple(Note("", text) for text in notes)


def replacement(checked: Checked, session: Session) -> Steps[Replacement | None]:
    """Find what an upload is to replace, and make sure that it can; nothing is touched.

    Returns
    -------
    Replacement or None
        None where nothing is to be replaced, or nothing stands there: then it is a first upload.

    Raises
    ------
    PathError
        If the array that stands there cannot be replaced.
    DataError
        If its columns are others.
    TableExistsError
        If it is not known to be registered on the objects that were named.

    """
    place = checked.place
    if place is None or not place.replaces:
        return None
    kept = described(arrays.old_path(place.first)) if place.keeps_old else None
    standing = is_taken(place.first)
    old = arrays.check_replaceable(place.first)
    undo = kept is not None and not (standing and _is_recorded(old, session))
    if kept is None and place.keeps_old:
        raise PathError(
            f"something stands at '{arrays.old_path(place.first)}', where the array would be kept "
            "while another takes its place",
            hint="move it away, or use --if-exists version (if_exists='version')",
        )
    last = replace(kept if kept is not None and undo else old, path=place.first)
    if not checked.plan.provisional:
        arrays.check_same_columns(last, checked.conversion.survey.columns)
    known = [one for one in recorded(session.url).values() if one.local_path == place.first]
    targets = tuple(one.target for one in checked.plan.targets)
    found = yield from _registered(session, targets, last, known)
    if found is None:
        raise _unregistered(checked, last, known)
    entry = next((one for one in known if one.annotation_id == found.annotation_id), None)
    return Replacement(
        old=last,
        table=found,
        name=entry.name if entry else found.file_name or found.name,
        targets=tuple(dict.fromkeys((*targets, *(entry.targets if entry else ())))),
        others=tuple(one for one in known if one is not entry),
        undo=undo,
        leftover=kept is not None and not undo,
    )


def _is_recorded(array: ArrayInfo, session: Session) -> bool:
    """Tell whether the array that stands there is the one that was confirmed last."""
    known = [one for one in recorded(session.url).values() if one.local_path == array.path]
    return any(one.fingerprint == array.fingerprint for one in known)


def _registered(
    session: Session, targets: tuple[Target, ...], old: ArrayInfo, known: list[HistoryEntry]
) -> Steps[Annotation | None]:
    """Find the latest table on all the objects that is this very array."""
    ids = {one.annotation_id for one in known}
    for one in (yield from files_on_all(session, targets)):
        if one.annotation_id in ids and one.file_id is not None:
            return one
        if one.is_table and (yield from logged_in(session, partial(shows, session, one, old))):
            return one
    return None


def _unregistered(checked: Checked, old: ArrayInfo, known: list[HistoryEntry]) -> TableExistsError:
    asked = ", ".join(str(one.target) for one in checked.plan.targets)
    elsewhere = sorted({str(target) for one in known for target in one.targets})
    but = f", but on {', '.join(elsewhere)}" if elsewhere else ""
    return TableExistsError(
        f"the table at '{old.path}' is not known to be registered on {asked}{but}: there is "
        "nothing under which it could be replaced",
        hint="name the object that it hangs on, register it there first "
        f"(omero_tables_jupyter.resume({old.path!r}, to={asked!r})), or use --if-exists version "
        "(if_exists='version') to write beside it",
    )


def replaced(  # noqa: PLR0913 - what `write_table` takes, by keyword
    swap: Replacement,
    checked: Checked,
    session: Session,
    *,
    chunk_rows: int | None = None,
    verify: str = "values",
    compression: str = "none",
) -> Steps[RegisteredTable]:
    """Write the new rows, swap the arrays, and read back through the server; else all is undone.

    Raises
    ------
    OmeroTablesError
        Whatever went wrong; the message says that the table is as it was, or what stands where.

    """
    path = swap.old.path
    turn = Turn(Path(path))
    try:
        if swap.undo or swap.leftover:
            yield from _cleared(swap, turn)
        written = yield from write_table(
            checked.conversion,
            path,
            chunk_rows=chunk_rows,
            verify=verify,
            compression=compression,
            over=arrays.ReplacingSite(swap.old, turn),
        )
        try:
            yield from read_back(session, swap.table, written, name=swap.name)
        except BaseException as error:
            # Who has taken the turn over meanwhile has undone it.
            if not turn.was_taken_over:
                _undone(path, error)
            raise
        if turn.was_taken_over:
            # What was read may be another's rows, and what is kept beside them is theirs.
            raise overtaken(Path(path))
        return (yield from _settled(swap, written, checked, session))
    finally:
        turn.give_back()


def _cleared(swap: Replacement, turn: Turn) -> Steps[None]:
    """Undo, or clear up, what the last replacement has left; unless it is still at it."""
    path = swap.old.path
    waiting = "an upload that was killed, or that still runs, has left something: looking which"
    yield StageStarted(Stage.CONVERT)
    for _ in turn.take():
        yield Progress(Stage.CONVERT, 0, restarted=waiting)
    if not is_taken(arrays.old_path(path)):
        raise overtaken(Path(path))
    if swap.undo:
        _put_back(path)
    elif not arrays.drop_old(path):
        raise PathError(
            f"'{arrays.old_path(path)}' is left from the last replacement, and cannot be removed",
            hint="close programs that look into it, remove it, and try again",
        )


def _put_back(path: str) -> None:
    for _ in arrays.put_back(path):
        # Nobody is told meanwhile: it is over in a moment, and must not be stopped halfway.
        continue


def _undone(path: str, error: BaseException) -> None:
    _put_back(path)
    if isinstance(error, OmeroTablesError):
        as_before = "the table is as it was before: the old array stands at its place again"
        error.hint = f"{error.hint}\n{as_before}" if error.hint else as_before


def _settled(
    swap: Replacement, written: WrittenTable, checked: Checked, session: Session
) -> Steps[RegisteredTable]:
    """Take down what stands now; from here on the old array is not wanted any more."""
    plan, place = checked.plan, checked.place
    assert place is not None  # noqa: S101 - there was a place to replace something at
    file_id = swap.table.file_id or 0
    table = RegisteredTable(
        name=swap.name,
        annotation_id=swap.table.annotation_id,
        file_id=file_id,
        rows=written.rows,
        columns=written.columns,
        targets=tuple(one.target for one in plan.targets),
        target_names=tuple(one.name for one in plan.targets),
        local_path=written.path,
        remote_path=place.remote,
        url=remote.web_link(session.url, plan.targets[0].target),
        table_url=remote.table_link(session.url, file_id),
        server=session.url,
        notes=written.notes,
    )
    # Before the old one goes: whoever is killed now finds that the new one was confirmed.
    entry = journal.entry_of(table, fingerprint=written.fingerprint)
    notes = [*journal.keep(replace(entry, targets=swap.targets))]
    for one in swap.others:
        again = replace(one, fingerprint=written.fingerprint, rows=written.rows, when=None)
        notes += journal.keep(again)
    settings.remember(session.url, profile=checked.profile, targets=table.targets)
    if not arrays.drop_old(written.path):
        text = f"the array before is still kept at '{arrays.old_path(written.path)}': remove it"
        notes.append(Note("", text))
    notes += [*swap.notes, *_changes(swap, written, plan.name)]
    yield from told(StageStarted(Stage.CONFIRM))
    return replace(table, notes=(*table.notes, *notes))


def _changes(swap: Replacement, written: WrittenTable, asked: str) -> Iterator[Note]:
    number = swap.table.annotation_id
    before, now = plural(swap.old.rows, "row"), plural(written.rows, "row")
    yield Note("", f"replaced: annotation {number} had {before} and has {now} now")
    if asked != swap.name:
        yield Note("", f"in OMERO it keeps its name, '{swap.name}'")
