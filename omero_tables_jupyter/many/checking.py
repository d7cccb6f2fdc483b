"""The check of several tables, all of it before the first effect: one session, one look at each."""

from __future__ import annotations

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from omero_tables_jupyter import settings
from omero_tables_jupyter.arrays.destination import check_space
from omero_tables_jupyter.arrays.plan import raise_problems
from omero_tables_jupyter.arrays.standing import is_taken
from omero_tables_jupyter.check import begin, connected, opened
from omero_tables_jupyter.errors import (
    OmeroTablesError,
    PathError,
    TableExistsError,
    TargetError,
)
from omero_tables_jupyter.events import Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.lookup import looked_up
from omero_tables_jupyter.many.results import Outcome, failed
from omero_tables_jupyter.many.splitting import split_up
from omero_tables_jupyter.omero.tables import probe
from omero_tables_jupyter.paths import is_uri
from omero_tables_jupyter.signin import server_of
from omero_tables_jupyter.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from omero_tables_jupyter.check import Begun, Checked
    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.many.asking import Several
    from omero_tables_jupyter.model import Note, TargetInfo
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.request import Request
    from omero_tables_jupyter.settings import Settings
    from omero_tables_jupyter.signin import Visit, Whereabouts
    from omero_tables_jupyter.steps import Steps

__all__ = ["CheckedTables", "check_all", "words_of"]

#: What is wrong with which table, by its place; one fault each is enough.
_Faults: TypeAlias = "dict[int, OmeroTablesError]"
#: Beyond so many objects the user is told that it takes its time.
_MANY = 100
#: After so many objects that do not do, nobody is asked what else has the id of the next.
_GUESSED = 3


@dataclass(frozen=True, slots=True)
class CheckedTables:
    """Several tables, checked, and the session that they share.

    Parameters
    ----------
    tables
        What each was asked for, and what its check found, in order.
    visit
        The session, and whether it ends with this upload.
    notes
        What becomes of the columns of the one table that was split.

    """

    tables: tuple[tuple[Request, Checked], ...]
    visit: Visit
    notes: tuple[Note, ...] = ()


def words_of(targets: Sequence[Target]) -> str:
    """Name a table's objects: ``Image:101, Dataset:51``."""
    return ", ".join(map(str, targets))


def check_all(several: Several) -> Steps[CheckedTables]:
    """Check everything that can be known of several uploads before the first effect.

    Parameters
    ----------
    several
        What the user wants.

    Raises
    ------
    TablesError
        If something stands in the way of some of them: then nothing was done.
    OmeroTablesError
        If nobody is logged in, the server does not answer, or has no OMERO Plus; if the one table
        cannot be split.

    """
    shared = several.common
    known = settings.load()
    where = server_of(shared, known)
    begun = _begun(several.asked, known, where)
    whole = begin(shared, known, where, complete=True) if several.split_by else None
    with ExitStack() as undone:
        visit = yield from connected(shared, known, where, undone)
        began = time.monotonic()
        if shared.probe:
            probe(visit.session)
        notes: tuple[Note, ...] = ()
        if whole is not None:
            yield StageStarted(Stage.CHECK, whole.source.rows)
            whole = yield from _resolved(whole, visit)
            asked, notes = yield from split_up(whole, several.split_by)
            begun = _begun(asked, known, where)
        yield StageStarted(Stage.CHECK, len(begun), "tables")
        infos = yield from _looked_up(begun, visit.session)
        checked = yield from _checked(begun, infos, visit)
        _check_room(checked)
        yield StageDone(Stage.CHECK, time.monotonic() - began, _in_words(begun, checked))
        undone.pop_all()
    pairs = zip((one.asked for one in begun), checked, strict=True)
    return CheckedTables(tuple(pairs), visit, notes)


def _begun(asked: Sequence[Request], known: Settings, where: Whereabouts) -> list[Begun]:
    """Open all tables, and say where each goes: no two to one place."""
    begun: list[Begun] = []
    faults: _Faults = {}
    places: set[str] = set()
    for number, one in enumerate(asked):
        try:
            table = _named_apart(one, known, where)
            _check_apart(table, places)
        except OmeroTablesError as error:
            faults[number] = error
        else:
            begun.append(table)
    _stop(asked, faults)
    return begun


def _named_apart(asked: Request, known: Settings, where: Whereabouts) -> Begun:
    """Call the array after its objects, too: ``Cells Image 101.tiledb``."""
    source = opened(asked)
    name = asked.name or source.default_name
    objects = " ".join(f"{one.type} {one.id}" for one in asked.targets)
    named = replace(asked, source=source, name=name, stem=f"{name} {objects}")
    return begin(named, known, where, complete=True)


def _check_apart(table: Begun, places: set[str]) -> None:
    place = table.place
    assert place is not None  # noqa: S101 - a complete check has one
    # As systems see it that do not tell a from A.
    key = place.first.casefold()
    if key in places:
        raise PathError(
            f"two tables called '{table.name}' would be written to '{place.first}'",
            hint="upload one of them by itself, under a name of its own",
        )
    places.add(key)


def _looked_up(begun: Sequence[Begun], session: Session) -> Steps[list[tuple[TargetInfo, ...]]]:
    infos: list[tuple[TargetInfo, ...]] = []
    faults: _Faults = {}
    for number, one in enumerate(begun):
        guess = len(faults) < _GUESSED
        try:
            infos.append((yield from looked_up(session, one.asked.targets, guess=guess)))
        except TargetError as error:
            faults[number] = error
        yield Progress(Stage.CHECK, number + 1, len(begun), "tables")
    _stop([one.asked for one in begun], faults)
    return infos


def _resolved(whole: Begun, visit: Visit) -> Steps[Begun]:
    """Add the ids of what is given by name, which the table may be split by."""
    session, targets = visit.session, whole.asked.targets
    infos: tuple[TargetInfo, ...] = ()
    if targets:
        infos = yield from looked_up(session, targets)
    return (yield from whole.resolved(visit, infos))


def _checked(
    begun: Sequence[Begun], infos: Sequence[tuple[TargetInfo, ...]], visit: Visit
) -> Steps[list[Checked]]:
    checked: list[Checked] = []
    faults: _Faults = {}
    for number, (one, targets) in enumerate(zip(begun, infos, strict=True)):
        try:
            table = yield from one.resolved(visit, targets)
            checked.append(_finished(table, visit, targets))
        except OmeroTablesError as error:
            faults[number] = error
        yield Progress(Stage.CHECK, len(begun), len(begun), "tables")
    _stop([one.asked for one in begun], faults)
    return checked


def _finished(table: Begun, visit: Visit, targets: tuple[TargetInfo, ...]) -> Checked:
    checked = table.finished(visit, targets)
    raise_problems(checked.plan)
    assert checked.place is not None  # noqa: S101 - a complete check has one
    # What stands there may be this very table, which is found out in its turn.
    with suppress(TableExistsError):
        checked.place.check(checked.plan.n_bytes)
    return checked


def _stop(asked: Sequence[Request], faults: _Faults) -> None:
    """Raise what was found; what is the same for all of them as itself."""
    if not faults:
        return
    messages = {error.message for error in faults.values()}
    if len(messages) == 1 and len(faults) == len(asked):
        raise faults[0]
    outcomes = [
        Outcome(words_of(one.targets), one.name, error=faults.get(number))
        for number, one in enumerate(asked)
    ]
    raise failed(outcomes, before=True)


def _check_room(checked: Sequence[Checked]) -> None:
    """Make sure that all that is new fits onto the disk together."""
    needed: dict[Path, int] = {}
    for place, n_bytes in _new(checked):
        folder = Path(place).parent
        needed[folder] = needed.get(folder, 0) + n_bytes
    for folder, n_bytes in needed.items():
        check_space(folder, n_bytes)


def _new(checked: Sequence[Checked]) -> Iterator[tuple[str, int]]:
    for one in checked:
        if one.place is not None and not (is_uri(one.place.local) or is_taken(one.place.first)):
            yield one.place.local, one.plan.n_bytes


def _in_words(begun: Sequence[Begun], checked: Sequence[Checked]) -> str:
    rows = [one.plan.rows for one in checked]
    known = [one for one in rows if one is not None]
    of_rows = f", {plural(sum(known), 'row')}" if len(known) == len(rows) else ""
    objects = {target for one in begun for target in one.asked.targets}
    on = f"{plural(len(begun), 'table')} on {plural(len(objects), 'object')}{of_rows}"
    return f"{on}: one after the other, which takes a while" if len(begun) > _MANY else on
