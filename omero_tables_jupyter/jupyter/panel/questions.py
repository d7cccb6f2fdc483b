"""What the panel must find out: derived from its state, so that there is nothing to keep in step.

A question holds everything that its answer depends upon, and nothing else: while it is asked, its
answer holds; once anything in it changes it is another question, and the old answer is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from omero_tables_jupyter.errors import OmeroTablesError
    from omero_tables_jupyter.jupyter.panel.found import TableFound
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.model import TablePlan, Target
    from omero_tables_jupyter.settings import Recalled

__all__ = [
    "Kept",
    "KeptQuestion",
    "ParentsQuestion",
    "PlaceQuestion",
    "PlanFound",
    "PlanQuestion",
    "PreviewQuestion",
    "Question",
    "RecentQuestion",
    "SeenQuestion",
    "SessionQuestion",
    "Stranger",
    "TargetsQuestion",
    "Who",
    "part",
    "questions",
]

_READING = (
    "source",
    "columns",
    "exclude",
    "rename",
    "as_text",
    "index",
    "resolve",
    "encoding",
    "delimiter",
    "decimal",
)
_PLACE = ("local_path", "remote_path", "mapping", "profile", "if_exists")
_WHERE = ("to", "profile")
#: Each target that was used lately, and each whose parents are wanted, costs a request.
_LATELY, _RAISED = 5, 20


def part(options: UploadOptions, *names: str) -> UploadOptions:
    """Give options that hold these fields alone."""
    return UploadOptions(**{name: getattr(options, name) for name in names})


@dataclass(frozen=True, slots=True)
class Question:
    """Something to be found out.

    Parameters
    ----------
    options
        The part of the options that the answer depends upon.
    asked
        Counts the times that the user asked for everything to be looked at anew.

    """

    options: UploadOptions
    asked: int


@dataclass(frozen=True, slots=True)
class SessionQuestion(Question):
    """Who are we, at the server that is meant? Answered by `Who` or `Stranger`.

    `joins` is False where the user has logged out: then no stored session is taken.
    """

    now: Who | None
    joins: bool = True


@dataclass(frozen=True, slots=True)
class KeptQuestion(Question):
    """What is saved and remembered for this server? Answered by `Kept`."""

    server: str


@dataclass(frozen=True, slots=True)
class PlanQuestion(Question):
    """What does each column become? Answered by `PlanFound`."""

    table: TableFound


@dataclass(frozen=True, slots=True)
class PreviewQuestion(Question):
    """How will the first rows read? Answered by `arrays.preview`.

    `who` is None where nobody needs to look ids up, or nobody can yet.
    """

    table: TableFound
    who: Who | None = None


@dataclass(frozen=True, slots=True)
class TargetsQuestion(Question):
    """What is it attached to? Answered by a tuple of `TargetInfo`."""

    who: Who


@dataclass(frozen=True, slots=True)
class RecentQuestion(Question):
    """What are the targets that were used lately? Answered by a tuple of `OmeroObject`."""

    who: Who
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class ParentsQuestion(Question):
    """What do these targets lie in? Answered by a dict: target to a tuple of `OmeroObject`."""

    who: Who
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class PlaceQuestion(Question):
    """Where is it written, and can it be? Answered by `PlacePlan`, or None where nothing says."""

    name: str
    n_bytes: int
    who: Who | None


@dataclass(frozen=True, slots=True)
class SeenQuestion(Question):
    """Where does the server see an array that is written already? Answered by its path."""

    array_path: str
    who: Who | None


@dataclass(frozen=True, slots=True)
class Who:
    """A session in words: no key is part of the panel's state."""

    user: str
    server: str
    group: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Nobody is logged in.

    Parameters
    ----------
    server, user
        Whom the log-in is for, as far as anything says so.
    why
        What was tried.
    by_user
        False where a link or a project's file named the server, which the user must confirm.

    """

    server: str
    user: str
    why: OmeroTablesError
    by_user: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """What is saved and remembered for one server.

    Parameters
    ----------
    profiles
        Each profile's name, and its share in words.
    chosen
        The profile that is taken where none is named; '' for none.
    alone
        Whether no setting says more about the place than that profile: then to name it changes
        nothing.
    recalled
        What was used last.
    if_exists
        What is to happen to an array that stands there already, unless the user says.
    folder, seen
        The folder of the last table and, where that differs, how the server saw it; '' before the
        first.

    """

    profiles: Mapping[str, str]
    chosen: str
    recalled: Recalled
    alone: bool = True
    if_exists: str = "version"
    folder: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class PlanFound:
    """What becomes of a table.

    Parameters
    ----------
    plan
        The columns, notes and problems, and the name that the table would get.
    columns
        All that the source has, also those that are left out.

    """

    plan: TablePlan
    columns: tuple[str, ...]


def questions(state: PanelState) -> tuple[Question, ...]:
    """Give the questions whose answers the panel needs now; while an upload runs, none."""
    if state.fixed and state.place_fixed:
        return ()
    rest = _about_written(state) if state.fixed else _about_all(state)
    return (*_about_server(state), *rest)


def _about_server(state: PanelState) -> Iterator[Question]:
    session = _session(state)
    yield session
    if state.knows(session):
        yield KeptQuestion(part(state.options, "profile"), state.asked, state.server)


def _about_all(state: PanelState) -> Iterator[Question]:
    options, asked, table = state.options, state.asked, state.table
    who = _who(state)
    if table is not None:
        yield PlanQuestion(part(options, *_READING), asked + state.mended, table)
        if "preview" in state.open:
            yield _preview(state, table, who)
    if who is not None:
        yield from _about_targets(state, who)
    if state.name and state.knows(_session(state)):
        n_bytes = state.plan.plan.n_bytes if state.plan else 0
        yield PlaceQuestion(part(options, *_PLACE), asked, state.name, n_bytes, who)


def _preview(state: PanelState, table: TableFound, who: Who | None) -> PreviewQuestion:
    """Ask for the ids that are looked up by name, too, where there is somewhere to look."""
    options = state.options
    if who is None or not (options.resolve and options.to):
        return PreviewQuestion(part(options, *_READING), state.asked, table)
    return PreviewQuestion(part(options, *_READING, "to"), state.asked, table, who)


def _about_written(state: PanelState) -> Iterator[Question]:
    if state.run is not None and state.knows(_session(state)):
        place = part(state.options, *_PLACE)
        yield SeenQuestion(place, state.asked, state.run.array_path, _who(state))


def _session(state: PanelState) -> SessionQuestion:
    return SessionQuestion(part(state.options, *_WHERE), state.asked, state.now, not state.left)


def _who(state: PanelState) -> Who | None:
    """Say who is logged in now, not before the last change."""
    who = state.answer_to(_session(state))
    return who if isinstance(who, Who) else None


def _about_targets(state: PanelState, who: Who) -> Iterator[Question]:
    if state.options.to:
        yield TargetsQuestion(part(state.options, "to", "probe"), state.asked, who)
    lately = state.kept.recalled.targets[:_LATELY] if state.kept else ()
    if lately:
        yield RecentQuestion(part(state.options), state.asked, who, lately)
    shows = state.visibility
    if shows is not None and shows.raise_from:
        yield ParentsQuestion(part(state.options), state.asked, who, shows.raise_from[:_RAISED])


#: A value, or the error that stood in the way.
Answer = Any
