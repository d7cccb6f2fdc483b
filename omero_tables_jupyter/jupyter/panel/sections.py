"""How each section stands, in a word, and what may be clicked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from omero_tables_jupyter.errors import LoginError, UploadCancelled
from omero_tables_jupyter.jupyter.panel.questions import (
    PlaceQuestion,
    PlanQuestion,
    SessionQuestion,
    TargetsQuestion,
)
from omero_tables_jupyter.jupyter.panel.run import Phase
from omero_tables_jupyter.text import plural

if TYPE_CHECKING:
    from omero_tables_jupyter.jupyter.panel.questions import Question
    from omero_tables_jupyter.jupyter.panel.run import Run
    from omero_tables_jupyter.jupyter.panel.state import PanelState

__all__ = [
    "Sections",
    "Standing",
    "UploadButton",
    "Word",
    "sections",
    "upload_button",
]


class Word(StrEnum):
    """The word in a section's header."""

    NEEDED = "needed"
    CHECKING = "checking"
    OK = "ok"
    NOTES = "notes"
    PROBLEM = "problem"
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    WRITTEN = "not registered"


_PHASES = {
    Phase.RUNNING: Word.RUNNING,
    Phase.DONE: Word.DONE,
    Phase.FAILED: Word.FAILED,
    Phase.WRITTEN: Word.WRITTEN,
}
_WHY = {
    Phase.RUNNING: "it begins",
    Phase.DONE: "the table is in OMERO",
    Phase.WRITTEN: "the array is written, and OMERO does not know it yet",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a section stands.

    Parameters
    ----------
    word
        In a word.
    number
        How many problems or notes there are.
    missing
        What the user is still to do; '' where nothing is missing.

    """

    word: Word
    number: int = 0
    missing: str = ""

    def __str__(self) -> str:
        if self.word is Word.NOTES:
            return plural(self.number, "note")
        if self.word is Word.PROBLEM and self.number > 1:
            return plural(self.number, "problem")
        return str(self.word)


class Sections(NamedTuple):
    """How the log-in and the sections 1 to 5 stand."""

    login: Standing
    table: Standing
    targets: Standing
    place: Standing
    name: Standing
    upload: Standing


def sections(state: PanelState) -> Sections:
    """Say how each section stands."""
    before = (_login(state), _table(state), _targets(state), _place(state), _name(state))
    return Sections(*before, upload=_upload(state, before))


def _login(state: PanelState) -> Standing:
    if state.waits(SessionQuestion):
        return Standing(Word.CHECKING)
    if state.who is None:
        return Standing(Word.NEEDED, missing="log in")
    return Standing(Word.OK)


def _table(state: PanelState) -> Standing:
    if state.table is None:
        return Standing(Word.NEEDED, missing="choose a table")
    plan = state.plan.plan if state.plan else None
    problems = len(plan.problems) if plan else 0
    return _found(state, PlanQuestion, problems, len(plan.notes) if plan else 0)


def _targets(state: PanelState) -> Standing:
    if not state.options.to:
        return Standing(Word.NEEDED, missing="say what it is attached to")
    stranger = state.who is None and not state.waits(SessionQuestion)
    if stranger or isinstance(state.error(TargetsQuestion), LoginError):
        return Standing(Word.NEEDED, missing="log in")
    lint = state.visibility
    return _found(state, TargetsQuestion, 0, int(lint is not None and not lint.shows))


def _place(state: PanelState) -> Standing:
    place = state.place
    if place is None and not state.waits(PlaceQuestion) and state.error(PlaceQuestion) is None:
        return Standing(Word.NEEDED, missing="say where it is saved" if state.name else "")
    problems = len(place.problems) if place else 0
    return _found(state, PlaceQuestion, problems, len(place.notes) if place else 0)


def _name(state: PanelState) -> Standing:
    if state.name:
        return Standing(Word.OK)
    return Standing(Word.NEEDED, missing="give it a name")


def _upload(state: PanelState, before: tuple[Standing, ...]) -> Standing:
    if state.run is not None:
        nothing = state.run.phase is Phase.FAILED
        cancelled = nothing and isinstance(state.run.error, UploadCancelled)
        return Standing(Word.CANCELLED if cancelled else _PHASES[state.run.phase])
    words = {one.word for one in before}
    later = (Word.PROBLEM, Word.NEEDED, Word.CHECKING)
    return Standing(next((one for one in later if one in words), Word.READY))


def _found(state: PanelState, kind: type[Question], problems: int, notes: int) -> Standing:
    """Say how a section stands whose question is asked, from what was found."""
    if state.waits(kind):
        return Standing(Word.CHECKING)
    problems += state.error(kind) is not None
    if problems:
        return Standing(Word.PROBLEM, problems)
    return Standing(Word.NOTES, notes) if notes else Standing(Word.OK)


@dataclass(frozen=True, slots=True)
class UploadButton:
    """The button *Upload*.

    Parameters
    ----------
    text
        What stands on it.
    ready
        Whether it can be clicked.
    accepts
        Whether a click counts that was on its way when a check began anew.
    why
        Why it cannot be clicked, or that it can.

    """

    text: str
    ready: bool
    accepts: bool
    why: str


def upload_button(state: PanelState) -> UploadButton:
    """Say what the button *Upload* offers."""
    before = sections(state)[:-1]
    problems = sum(max(one.number, 1) for one in before if one.word is Word.PROBLEM)
    missing = [one.missing for one in before if one.missing]
    text, why, checking = "Upload", "", False
    if state.run is not None and state.fixed:
        why = _doing(state.run)
    elif problems:
        text = f"Fix {plural(problems, 'problem')} first"
        why = "what is wrong stands above, with its cure"
    elif missing:
        why = f"first: {', '.join(dict.fromkeys(missing))}"
    elif any(one.word is Word.CHECKING for one in before):
        why, checking = "the check still runs", True
    return UploadButton(
        text, ready=not why, accepts=not why or checking, why=why or _go_ahead(state.run)
    )


def _doing(run: Run) -> str:
    """Say what an upload does, or has left; it changes with its stage, and is read aloud then."""
    stage = run.view.current
    if run.phase is Phase.RUNNING and stage is not None:
        return f"{stage.stage} …: other cells can be run meanwhile"
    return _WHY[run.phase]


def _go_ahead(run: Run | None) -> str:
    if run is None:
        return "ready to upload"
    cancelled = isinstance(run.error, UploadCancelled)
    return "cancelled: ready to upload" if cancelled else "the upload failed: ready to try again"
