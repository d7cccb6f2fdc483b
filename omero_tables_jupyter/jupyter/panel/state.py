"""The panel as a value: what is asked for and what is known. Everything shown is read from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
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
from omero_tables_jupyter.jupyter.panel.run import Phase
from omero_tables_jupyter.model import PlacePlan
from omero_tables_jupyter.visibility import Visibility, visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.jupyter.panel.events import Checked, Known, Refused
    from omero_tables_jupyter.jupyter.panel.found import TableFound
    from omero_tables_jupyter.jupyter.panel.questions import Answer
    from omero_tables_jupyter.jupyter.panel.run import Run
    from omero_tables_jupyter.model import Target, TargetInfo

__all__ = ["PanelState"]

T = TypeVar("T")


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
    left
        Whether the user has logged out since.
    asked
        Counts the times that everything was to be looked at anew.
    mended
        Counts the cells that have run while the table had problems, which they may have mended.
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
    left: bool = False
    asked: int = 0
    mended: int = 0
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
