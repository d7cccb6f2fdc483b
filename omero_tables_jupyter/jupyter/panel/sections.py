"""How each section stands, in a word, and what may be clicked. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from omero_tables_jupyter.errors import LoginError
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
    from omero_tables_jupyter.jupyter.panel.state import PanelState

__all__ = [
    "Sections",
    "Standing",
    "UploadButton",
    "Word",
    "aloud",
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
    """How the log-in and the sections 1 to 4 stand."""

    login: Standing
    table: Standing
    targets: Standing
    place: Standing
    name: Standing


def sections(state: PanelState) -> Sections:
    """Say how each section stands."""
    return Sections(_login(state), _table(state), _targets(state), _place(state), _name(state))


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
    if isinstance(state.error(TargetsQuestion), LoginError):
        return Standing(Word.NEEDED, missing="log in")
    if state.who is None:
        return Standing(Word.CHECKING)
    return _found(state, TargetsQuestion, 0, 0)


def _place(state: PanelState) -> Standing:
    if state.asks(PlaceQuestion) and not state.waits(PlaceQuestion):
        nowhere = state.place is None and state.error(PlaceQuestion) is None
        if nowhere and not state.fixed:
            return Standing(Word.NEEDED, missing="say where it is saved")
    place = state.place
    problems = len(place.problems) if place else 0
    return _found(state, PlaceQuestion, problems, len(place.notes) if place else 0)


def _name(state: PanelState) -> Standing:
    if state.name:
        return Standing(Word.OK)
    return Standing(Word.NEEDED, missing="give it a name")


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
    """What stands on the button *Upload*, whether it can be clicked, and why not."""

    text: str
    ready: bool
    why: str


def upload_button(state: PanelState) -> UploadButton:
    """Say what the button *Upload* offers."""
    standings = sections(state)
    problems = sum(max(one.number, 1) for one in standings if one.word is Word.PROBLEM)
    missing = [one.missing for one in standings if one.missing]
    if problems:
        text = f"Fix {plural(problems, 'problem')} first"
        return UploadButton(text, ready=False, why="the problems are named above, with their cures")
    if state.fixed:
        running = state.run is not None and state.run.phase is Phase.RUNNING
        return UploadButton("Upload", ready=False, why="it runs" if running else "see below")
    if missing:
        why = f"first: {', '.join(dict.fromkeys(missing))}"
        return UploadButton("Upload", ready=False, why=why)
    if any(one.word is Word.CHECKING for one in standings):
        return UploadButton("Upload", ready=False, why="the check still runs")
    return UploadButton("Upload", ready=True, why=f"Put {state.name} into OMERO")


def aloud(state: PanelState) -> str:
    """Put how the panel stands into one sentence, for who hears it rather than sees it."""
    if state.run is not None:
        return f"upload of {state.run.name}: {state.run.phase}"
    offer = upload_button(state)
    return "ready to upload" if offer.ready else f"{offer.text}: {offer.why}"
