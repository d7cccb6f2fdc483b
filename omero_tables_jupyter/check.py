"""What can be known before the first effect: who, attached to what, written where, stored how."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from omero_tables_jupyter import settings
from omero_tables_jupyter.arrays.conversion import Conversion, prepare
from omero_tables_jupyter.arrays.sources import Source, open_source
from omero_tables_jupyter.errors import OptionError, PathError
from omero_tables_jupyter.events import Stage, StageDone, StageStarted
from omero_tables_jupyter.lookup import looked_up
from omero_tables_jupyter.model import Note, PlacePlan, TablePlan, TargetInfo
from omero_tables_jupyter.omero.attaching import nothing_named
from omero_tables_jupyter.omero.tables import probe
from omero_tables_jupyter.resolving import resolved
from omero_tables_jupyter.signin import Visit, Whereabouts, server_of, sign_in
from omero_tables_jupyter.steps import logged_in
from omero_tables_jupyter.text import count, plural
from omero_tables_jupyter.visibility import visibility_notes
from omero_tables_jupyter.whereto import Destination, choose_place, place_plan

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.request import Request
    from omero_tables_jupyter.settings import Settings
    from omero_tables_jupyter.steps import Steps

__all__ = [
    "Begun",
    "Checked",
    "begin",
    "check",
    "connected",
    "convertible",
    "nameless",
    "opened",
    "targets_checked",
]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found; nothing was touched.

    Parameters
    ----------
    plan
        All of it, for people.
    conversion
        The source with its plan, ready to be written.
    visit
        The session, and whether it ends with this upload; None where no target was named.
    place
        Where the array goes; None where nothing says so.
    settings
        What holds where nothing was asked for.
    profile
        The name of the profile that was used; '' without one.
    doubts
        Why the server might not see the place; they are among the plan's notes.

    """

    plan: TablePlan
    conversion: Conversion
    visit: Visit | None
    place: Destination | None
    settings: Settings
    profile: str = ""
    doubts: tuple[Note, ...] = ()


def check(asked: Request, *, complete: bool) -> Steps[Checked]:
    """Check everything that an upload needs, cheapest first.

    Parameters
    ----------
    asked
        What the user wants.
    complete
        Whether a target and a place must be named, as for an upload.

    Raises
    ------
    OmeroTablesError
        For whatever stands in the way; problems of the data are in the plan instead.

    """
    if complete and not asked.targets:
        raise nothing_named()
    known = settings.load()
    where = server_of(asked, known)
    begun = begin(asked, known, where, complete=complete)
    # A session that was opened for this call alone must not outlive a check that fails.
    with ExitStack() as undone:
        visit: Visit | None = None
        targets: tuple[TargetInfo, ...] = ()
        if asked.targets:
            visit = yield from connected(asked, known, where, undone)
        yield StageStarted(Stage.CHECK, begun.source.rows)
        began = time.monotonic()
        if visit is not None:
            session = visit.session
            targets = yield from targets_checked(asked, session)
        begun = yield from begun.resolved(visit, targets)
        checked = begun.finished(visit, targets)
        yield StageDone(Stage.CHECK, time.monotonic() - began, _in_words(checked.plan))
        undone.pop_all()
    return checked


@dataclass(frozen=True, slots=True)
class Begun:
    """What a check knows before it asks the server: of one table, or of one of several.

    Parameters
    ----------
    asked
        What the user wants.
    source, name
        The table, opened, and its name; '' where nothing names it.
    place
        Where the array goes; None where nothing says so.
    known, where
        The settings, and the server that they lead to.

    """

    asked: Request
    source: Source
    name: str
    place: Destination | None
    known: Settings
    where: Whereabouts

    def resolved(self, visit: Visit | None, targets: tuple[TargetInfo, ...]) -> Steps[Begun]:
        """Add the ids of what is given by name; the server is asked for what lies in the targets.

        Raises
        ------
        OmeroTablesError
            If there is nothing to look in, or nothing lies there.

        """
        if not self.asked.resolve:
            return self
        session = visit.session if visit else None
        renamed = self.asked.reading.rename.values()
        source = yield from resolved(
            self.source, self.asked.resolve, session, targets, renamed=renamed
        )
        return replace(self, source=source)

    def finished(self, visit: Visit | None, targets: tuple[TargetInfo, ...]) -> Checked:
        """Decide what becomes of each column, and put all that is known together.

        Raises
        ------
        OmeroTablesError
            If the source cannot be read, or an option names a column that it does not have.

        """
        conversion = convertible(self.asked, self.source, index=self.known.index)
        server = visit.session.url if visit else ""
        seen: PlacePlan | None = None
        if self.place is not None:
            n_bytes = conversion.plan.n_bytes
            seen = place_plan(self.place, server=server or self.where.url, n_bytes=n_bytes)
        placed = _placed(conversion.plan, seen)
        plan = replace(placed, name=self.name, targets=targets, server=server)
        shown = visibility_notes(plan.columns, targets)
        plan = replace(plan, notes=(*plan.notes, *shown, *map(_as_note, self.known.notes)))
        profile = self.where.profile.name if self.where.profile else ""
        doubts = seen.notes if seen else ()
        return Checked(plan, conversion, visit, self.place, self.known, profile, doubts)


def begin(asked: Request, known: Settings, where: Whereabouts, *, complete: bool) -> Begun:
    """Open a source, name it, and say where its array goes.

    Raises
    ------
    OmeroTablesError
        If it is no table; and for an upload, if nothing names it or says where it is written.

    """
    source = opened(asked)
    name = asked.name or source.default_name
    if complete and not name:
        raise nameless(source)
    place = choose_place(asked, name, settings=known, profile=where.profile) if name else None
    if complete and place is None:
        raise _nowhere(where)
    return Begun(asked, source, name, place, known, where)


def targets_checked(asked: Request, session: Session) -> Steps[tuple[TargetInfo, ...]]:
    """Check the targets alone: that they exist, may be annotated, and that tables are known there.

    Parameters
    ----------
    asked
        What the user wants; only its targets and `probe` matter.
    session
        Who asks.

    Raises
    ------
    OmeroTablesError
        If a table cannot hang there, the session has expired, or OMERO Plus is not there.

    """
    targets = yield from looked_up(session, asked.targets)
    if asked.probe:
        yield from logged_in(session, lambda: probe(session))
    return targets


def _placed(plan: TablePlan, place: PlacePlan | None) -> TablePlan:
    """Put the place into a plan; that it cannot be written to is said once it is to be."""
    if place is None:
        return plan
    return replace(
        plan,
        local_path=place.local_path,
        remote_path=place.remote_path,
        place=place.words,
        notes=(*plan.notes, *place.notes),
    )


def connected(
    asked: Request, known: Settings, where: Whereabouts, undone: ExitStack
) -> Steps[Visit]:
    """Find or open the session, which `undone` ends if it was opened for this call alone."""
    yield StageStarted(Stage.CONNECT)
    began = time.monotonic()
    visit = sign_in(asked, known, where)
    undone.callback(visit.end)
    session = visit.session
    detail = f"{session.user}@{session.url} ({session.how})"
    yield StageDone(Stage.CONNECT, time.monotonic() - began, detail)
    return visit


def convertible(asked: Request, source: Source, *, index: str) -> Conversion:
    """Decide what becomes of each column."""
    reading = asked.reading
    return prepare(
        source,
        columns=reading.columns,
        exclude=reading.exclude,
        rename=reading.rename,
        as_text=reading.as_text,
        index=reading.index or index,
        # What lies elsewhere is read once, while it is written: what its end brings is met there.
        whole=asked.whole or source.in_memory,
    )


def _nowhere(where: Whereabouts) -> PathError:
    profile = "" if where.profile is None else f"; profile '{where.profile.name}' has no mapping"
    return PathError(
        f"nothing says where the array is to be written{profile}",
        hint="name a folder that the OMERO Plus server sees too: --local-path /mnt/lab/tables "
        "(local_path=...), and how the server sees that share, where it differs: "
        '--map "/mnt/lab=>/data" (mapping=...); --save-profile NAME keeps the mapping',
    )


def _in_words(plan: TablePlan) -> str:
    rows = "" if plan.rows is None else f"{count(plan.rows)} x "
    shape = f"{rows}{plural(len(plan.columns), 'column')}"
    findings = ((plan.problems, "problem"), (plan.notes, "note"))
    return ", ".join([shape, *(plural(len(some), word) for some, word in findings if some)])


def _as_note(text: str) -> Note:
    return Note("", text)


def opened(asked: Request) -> Source:
    """Open what is to be uploaded; of a file only its beginning is read."""
    reading = asked.reading
    return open_source(
        asked.source,
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        decimal=reading.decimal,
    )


def nameless(source: Source) -> OptionError:
    """Make the error of a table that nothing names."""
    return OptionError(
        f"the table has no name, and a {source.label} brings none",
        hint='give one: --name "Cells plate 7" (table_name=...)',
    )
