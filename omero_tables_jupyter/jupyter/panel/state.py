"""The panel as a value: what is asked for and what is known. Everything shown is read from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from omero_tables_jupyter.errors import OmeroTablesError, TargetError
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
from omero_tables_jupyter.jupyter.panel.editing import of_another_table
from omero_tables_jupyter.jupyter.panel.questions import (
    Kept,
    KeptQuestion,
    PlaceQuestion,
    PlanFound,
    PlanQuestion,
    Question,
    SeenQuestion,
    SessionQuestion,
    Stranger,
    TargetsQuestion,
    Who,
    questions,
)
from omero_tables_jupyter.jupyter.panel.run import Phase, Run
from omero_tables_jupyter.links import parse_link
from omero_tables_jupyter.model import PlacePlan
from omero_tables_jupyter.settings import origin
from omero_tables_jupyter.visibility import Visibility, visibility

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from omero_tables_jupyter.events import Event as JobEvent
    from omero_tables_jupyter.jupyter.panel.found import TableFound
    from omero_tables_jupyter.jupyter.panel.questions import Answer
    from omero_tables_jupyter.model import RegisteredTable, TablePlan, Target, TargetInfo

__all__ = [
    "Began",
    "Checked",
    "Chosen",
    "Edited",
    "Ended",
    "Event",
    "Known",
    "Looked",
    "PanelState",
    "Put",
    "Refused",
    "Renewing",
    "SignedIn",
    "SigningIn",
    "Stopping",
    "Toggled",
    "Told",
    "reduce",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """A question and what came of it."""

    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelState:
    """Everything that the panel shows; no session, no secret, no table.

    Parameters
    ----------
    options
        What would be uploaded, and how: the value that ``%omero_upload`` reads its line into.
    tables
        What could be chosen.
    now
        The kernel's session, in words; None without one.
    asked
        Counts the times that everything was to be looked at anew.
    answers
        The latest answer of each kind; its question may have changed since.
    recalled
        The server whose last targets were offered already: what is taken away stays away.
    refusal
        What the last click or text could not mean; None where it could.
    signing
        Whether a password is on its way to the server.
    open
        The folded parts that are unfolded: 'file', 'columns', 'preview', 'mapping', 'browser', ...
    checked
        The last whole check, until something is changed; None without one.
    run
        The upload; None before the first, and again for another.

    """

    options: UploadOptions = field(default_factory=UploadOptions)
    tables: tuple[TableFound, ...] = ()
    now: Who | None = None
    asked: int = 0
    answers: Mapping[type[Question], Known] = field(default_factory=lambda: MappingProxyType({}))
    recalled: str = ""
    refusal: Refused | None = None
    signing: bool = False
    open: frozenset[str] = frozenset()
    checked: Checked | None = None
    run: Run | None = None

    @property
    def fixed(self) -> bool:
        """Whether sections 1 to 4 are for reading only: an upload runs, or has left something."""
        return self.run is not None and self.run.phase is not Phase.FAILED

    @property
    def place_fixed(self) -> bool:
        """Whether section 3 is: the place of an array may be told the server in another way."""
        return self.fixed and not (self.run is not None and self.run.phase is Phase.WRITTEN)

    @property
    def table(self) -> TableFound | None:
        """The table that is chosen."""
        return next((one for one in self.tables if one.source == self.options.source), None)

    @property
    def name(self) -> str:
        """What the table will be called in OMERO; '' as long as nothing names it."""
        suggested = (self.table and self.table.name) or (self.plan and self.plan.plan.name)
        return self.options.name or suggested or ""

    @property
    def exact(self) -> UploadOptions:
        """The options with what the last time contributes, for a cell of its own."""
        kept, options = self.kept, self.options
        chosen = kept.chosen if kept is not None and kept.alone and not options.mapping else ""
        return replace(options, name=self.name or None, profile=options.profile or chosen or None)

    @property
    def who(self) -> Who | None:
        """Who is logged in at the server that is meant."""
        return self._latest(SessionQuestion, Who)

    @property
    def stranger(self) -> Stranger | None:
        """That nobody is logged in there, and why."""
        return self._latest(SessionQuestion, Stranger)

    @property
    def server(self) -> str:
        """The server that is meant; '' where nothing names one."""
        found = self.who or self.stranger
        return found.server if found else ""

    @property
    def kept(self) -> Kept | None:
        """What is saved and remembered for that server."""
        return self._latest(KeptQuestion, Kept)

    @property
    def plan(self) -> PlanFound | None:
        """What becomes of the table that is chosen; from before a change as long as it is asked."""
        known = self.answers.get(PlanQuestion)
        same = known is not None and known.question.options.source == self.options.source
        return self._latest(PlanQuestion, PlanFound) if same else None

    @property
    def place(self) -> PlacePlan | None:
        """Where the array goes."""
        return self._latest(PlaceQuestion, PlacePlan) if self.name else None

    @property
    def seen(self) -> str:
        """Where the server sees an array that is written and not registered; '' elsewise."""
        return (self._latest(SeenQuestion, str) or "") if self.asks(SeenQuestion) else ""

    @property
    def targets(self) -> Mapping[Target, TargetInfo]:
        """What the server says of the objects that it was asked about last."""
        known = self._latest(TargetsQuestion, tuple)
        return {one.target: one for one in known or ()}

    @property
    def visibility(self) -> Visibility | None:
        """Whether OMERO.web will show rows beside images; None before that can be said."""
        known = self.answers.get(TargetsQuestion)
        if self.plan is None or known is None or known.question.options.to != self.options.to:
            return None
        return visibility(self.plan.plan.columns, self.targets.values())

    def found(self, kind: type[Question]) -> Answer:
        """Give the answer to the question of this kind that is asked; None without one."""
        asked = next((one for one in questions(self) if isinstance(one, kind)), None)
        answer = None if asked is None else self.answer_to(asked)
        return None if isinstance(answer, OmeroTablesError) else answer

    def error(self, kind: type[Question]) -> OmeroTablesError | None:
        """Give what stands in the way of an answer."""
        return self._latest(kind, OmeroTablesError) if self.asks(kind) else None

    def asks(self, kind: type[Question]) -> bool:
        """Say whether a question of this kind is asked, answered or not."""
        return any(isinstance(one, kind) for one in questions(self))

    def waits(self, kind: type[Question]) -> bool:
        """Say whether a question of this kind has no answer yet."""
        return any(isinstance(one, kind) and not self.knows(one) for one in questions(self))

    def knows(self, question: Question) -> bool:
        """Say whether this very question has an answer."""
        known = self.answers.get(type(question))
        return known is not None and known.question == question

    def answer_to(self, question: Question) -> Answer:
        """Give the answer to this very question; None before there is one."""
        return self.answers[type(question)].answer if self.knows(question) else None

    def _latest(self, question: type[Question], kind: type[T]) -> T | None:
        known = self.answers.get(question)
        return known.answer if known and isinstance(known.answer, kind) else None


@dataclass(frozen=True, slots=True)
class Looked:
    """The kernel was looked at: its tables, and who is logged in; `anew` doubts every answer."""

    tables: tuple[TableFound, ...]
    now: Who | None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """Another table was chosen."""

    table: TableFound


@dataclass(frozen=True, slots=True)
class Edited:
    """A change of the options; what cannot be meant is refused in the part that it was made in."""

    where: str
    change: Callable[[UploadOptions], UploadOptions]


@dataclass(frozen=True, slots=True)
class Refused:
    """Something could not be done, in one part of the panel."""

    where: str
    error: OmeroTablesError


@dataclass(frozen=True, slots=True)
class Toggled:
    """A part was unfolded, or folded again."""

    part: str


@dataclass(frozen=True, slots=True)
class SigningIn:
    """A password is on its way to the server."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The user was let in, or has said yes to a server: everything is asked anew."""


@dataclass(frozen=True, slots=True)
class Began:
    """An upload begins; or the registration alone, of an array that is there."""

    name: str
    array_path: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a job told, each event with its time in seconds of a steady clock."""

    events: tuple[tuple[float, JobEvent], ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """How an upload, or a registration, ended."""

    outcome: RegisteredTable | OmeroTablesError


@dataclass(frozen=True, slots=True)
class Stopping:
    """The upload was told to stop."""


@dataclass(frozen=True, slots=True)
class Renewing:
    """The upload was given a password."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A whole check begins (None), or ended with a plan or an error."""

    outcome: TablePlan | OmeroTablesError | None


@dataclass(frozen=True, slots=True)
class Put:
    """The upload is put aside, for one of another table, or of the `same`."""

    same: bool = False


Event = (
    Known | Looked | Chosen | Edited | Refused | Toggled | SigningIn | SignedIn | Checked
    | Began | Told | Ended | Stopping | Renewing | Put
)  # fmt: skip


def reduce(state: PanelState, event: Event) -> PanelState:
    """Give the state that an event leads to.

    Parameters
    ----------
    state
        The one before; it is not changed.
    event
        What the user did, what was found out, or what a job told.

    """
    match event:
        case Known():
            after = _answered(state, event)
        case Looked(tables, now, anew):
            after = _looked(replace(state, asked=state.asked + anew), tables, now)
        case Chosen(table):
            after = _chosen(state, table)
        case Edited(where, change):
            after = _edited(state, where, change)
        case Put(same):
            after = _put_aside(state, same=same)
        case Began() | Told() | Ended() | Stopping() | Renewing():
            after = replace(state, run=_run(state.run, event), refusal=None)
        case _:
            after = _marked(state, event)
    return after


def _marked(state: PanelState, event: Event) -> PanelState:
    """Take in what changes neither what is asked for nor the upload."""
    match event:
        case Refused():
            return replace(state, refusal=event, signing=False)
        case Toggled(part):
            return replace(state, open=state.open ^ {part}, refusal=None)
        case Checked():
            return replace(state, checked=event, refusal=None)
        case SigningIn():
            return replace(state, signing=True, refusal=None)
        case SignedIn():
            unfolded = state.open - {"login"}
            return replace(state, signing=False, asked=state.asked + 1, open=unfolded)
    raise AssertionError(event)


def _answered(state: PanelState, known: Known) -> PanelState:
    if known.question not in questions(state):
        return state  # nobody asks that any more
    after = replace(state, answers={**state.answers, type(known.question): known})
    if isinstance(known.answer, Kept) and after.server and after.recalled != after.server:
        return _recalled(after, known.answer)
    return _elsewhere(after, known.answer) if isinstance(known.answer, Who) else after


def _elsewhere(state: PanelState, who: Who) -> PanelState:
    """Let go of targets that were looked up at another server: their ids mean others there."""
    before = state.answers.get(TargetsQuestion)
    there = before.question.who.server if before else who.server
    gone = tuple(one for one in state.options.to if not parse_link(one).server)
    if origin(there) == origin(who.server) or not gone:
        return state
    error = TargetError(
        f"{', '.join(gone)} was chosen at {there}, and you are logged in at {who.server} now",
        hint="choose what the table is attached to on this server",
    )
    kept = tuple(one for one in state.options.to if one not in gone)
    options = replace(state.options, to=kept)
    return replace(state, options=options, refusal=Refused("targets", error))


def _recalled(state: PanelState, kept: Kept) -> PanelState:
    """Offer what was used last on a server, once, where the user has chosen nothing."""
    options, last = state.options, kept.recalled
    if not options.to:
        options = replace(options, to=tuple(map(str, last.last)))
    if not (kept.chosen or options.local_path):
        options = replace(options, local_path=kept.folder or None, remote_path=kept.seen or None)
    filled = replace(
        options,
        if_exists=options.if_exists or kept.if_exists,
        name=options.name or last.names.get(options.source),
    )
    return replace(state, options=filled, recalled=state.server)


def _looked(state: PanelState, tables: tuple[TableFound, ...], now: Who | None) -> PanelState:
    after = replace(state, tables=tables, now=now)
    if not state.options.source and len(tables) == 1:
        return replace(after, options=of_another_table(state.options, tables[0].source))
    return after


def _chosen(state: PanelState, table: TableFound) -> PanelState:
    if table.source == state.options.source:
        return state
    others = (one for one in state.tables if one.source != table.source)
    options = of_another_table(state.options, table.source)
    if state.kept is not None:
        options = replace(options, name=state.kept.recalled.names.get(table.source))
    return replace(state, options=options, tables=(*others, table), refusal=None)


def _edited(
    state: PanelState, where: str, change: Callable[[UploadOptions], UploadOptions]
) -> PanelState:
    if state.place_fixed or (state.fixed and where != "place"):
        return state  # a click that came too late
    run = state.run if state.fixed else None
    try:
        return replace(state, options=change(state.options), run=run, refusal=None, checked=None)
    except OmeroTablesError as error:
        return replace(state, refusal=Refused(where, error))


def _put_aside(state: PanelState, *, same: bool) -> PanelState:
    """Go on after an upload: its array stands there now, so everything is asked anew."""
    options = state.options if same else of_another_table(state.options, "")
    unfolded = state.open - {"delete", "mapping"}
    after = replace(state, options=options, run=None, open=unfolded, asked=state.asked + 1)
    return _looked(after, state.tables, state.now)


def _run(run: Run | None, event: Event) -> Run | None:
    match event:
        case Began(name, array_path):
            return Run(name, array_path=array_path)
        case Told(events) if run:
            return run.told(events)
        case Ended(outcome) if run:
            return run.ended(outcome)
        case Stopping() if run:
            return replace(run, stopping=True)
        case Renewing() if run:
            return replace(run, renewing=True)
    return None
