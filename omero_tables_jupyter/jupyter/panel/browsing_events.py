"""What happens while somebody walks through a lab, and where that leads. All pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OmeroTablesError, TargetError
from omero_tables_jupyter.jupyter.panel.browsing import (
    BELOW,
    FILTER_PAGE,
    PAGE,
    ROWS,
    Answer,
    BrowserState,
    Place,
    Question,
    Step,
    list_questions,
    matching,
    more_than_loaded,
    questions,
    shown,
)
from omero_tables_jupyter.links import Target, parse_link
from omero_tables_jupyter.settings import origin

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Answered",
    "Attached",
    "Event",
    "Filter",
    "GoBack",
    "GoTo",
    "LookAt",
    "More",
    "Open",
    "Retry",
    "Switch",
    "Turn",
    "after",
]


@dataclass(frozen=True, slots=True)
class Open:
    """Go into an object that is shown."""

    target: Target


@dataclass(frozen=True, slots=True)
class GoBack:
    """Go back to a step of the path, 0 for its start."""

    to: int


@dataclass(frozen=True, slots=True)
class Switch:
    """Look at another list at this step: screens for projects, runs for wells."""

    place: Place


@dataclass(frozen=True, slots=True)
class LookAt:
    """Look at the objects of a group and of an owner, by id; None for all."""

    group: int | None
    owner: int | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Show only names that hold this."""

    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Show the rows after these (1) or before them (-1)."""

    by: int


@dataclass(frozen=True, slots=True)
class More:
    """Load more of the list, without turning to it."""


@dataclass(frozen=True, slots=True)
class GoTo:
    """Look an object up: ``Dataset:51``, a link, or the id alone."""

    text: str


@dataclass(frozen=True, slots=True)
class Attached:
    """The table hangs on these now."""

    targets: frozenset[Target]


@dataclass(frozen=True, slots=True)
class Retry:
    """Ask once more what could not be answered."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The server has said this."""

    question: Question
    answer: Answer


Event = Open | GoBack | Switch | LookAt | Filter | Turn | More | GoTo | Attached | Retry | Answered


def after(state: BrowserState, event: Event) -> BrowserState:
    """Give the state that an event leads to; what no longer fits changes nothing."""
    if not isinstance(event, Answered):
        state = replace(state, refused=None)
    return _tidied(_filled(_moved(state, event)))


def _moved(state: BrowserState, event: Event) -> BrowserState:  # noqa: PLR0911 - one an event
    match event:
        case Answered(question, answer):
            return _with_answers(state, {**state.answers, question: answer})
        case Retry():
            said = state.answers.items()
            kept = {q: a for q, a in said if not isinstance(a, OmeroTablesError)}
            return _with_answers(state, kept)
        case LookAt(group, owner):
            start = Step(state.path[0].place)
            return replace(state, group=group, owner=owner, path=(start,))
        case Attached(targets):
            return replace(state, attached=targets)
        case GoTo(text):
            return _gone_to(state, text)
        case GoBack(to):
            return replace(state, path=state.path[: to + 1]) if to >= 0 else state
        case Open(target):
            return _opened(state, target)
        case Switch() | Filter() | Turn() | More():
            return replace(state, path=(*state.path[:-1], _adjusted(state, event)))


def _adjusted(state: BrowserState, event: Switch | Filter | Turn | More) -> Step:
    here = state.here
    match event:
        case Switch(place):
            return Step(place)
        case Filter(text):
            return replace(here, filter=text, first=0)
        case More():
            return _with_more(state, FILTER_PAGE if here.filter else PAGE)
        case Turn(by):
            return _turned(state, by)


def _turned(state: BrowserState, by: int) -> Step:
    here = state.here
    first = max(here.first + by * ROWS, 0)
    to_come = not here.filter and more_than_loaded(state)
    return replace(here, first=first) if first < len(matching(state)) or to_come else here


def _with_more(state: BrowserState, limit: int) -> Step:
    here = state.here
    return replace(here, limits=(*here.limits, limit)) if more_than_loaded(state) else here


def _filled(state: BrowserState) -> BrowserState:
    """Have more loaded where the list goes on, and there are too few rows to show."""
    if state.here.filter or len(shown(state)) == ROWS:
        return state
    return replace(state, path=(*state.path[:-1], _with_more(state, PAGE)))


def _opened(state: BrowserState, target: Target) -> BrowserState:
    # A click may come from a list that was left meanwhile.
    found = next((one for one in shown(state) if one.target == target), None)
    if found is None or target.type not in BELOW:
        return state
    return replace(state, path=(*state.path, Step(Place(BELOW[target.type][0], found))))


def _gone_to(state: BrowserState, text: str) -> BrowserState:
    here = state.here.place.kind
    bare = text.strip()
    try:
        link = parse_link(f"{here}:{bare}" if bare.isascii() and bare.isdigit() else bare)
        target = _one_of(link.targets)
        _check_server(state, link.server)
    except TargetError as error:
        return replace(state, refused=error)
    step = Step(Place(target.type, only=target))
    return replace(state, path=(state.path[0], step))


def _one_of(targets: tuple[Target, ...]) -> Target:
    if len(targets) > 1:
        raise TargetError(
            f"this names {len(targets)} objects, where one can be looked at",
            hint="paste it into 'Attach to' to attach the table to all of them",
        )
    return targets[0]


def _check_server(state: BrowserState, server: str) -> None:
    if server and origin(server) != origin(state.server):
        raise TargetError(
            f"this is a link of {server}, and you are looking at {state.server}",
            hint="paste it into 'Attach to', which offers to connect there",
        )


def _with_answers(state: BrowserState, answers: Mapping[Question, Answer]) -> BrowserState:
    return replace(state, answers=MappingProxyType(dict(answers)))


def _tidied(state: BrowserState) -> BrowserState:
    """Forget what no step of the path asks any more; thumbnails live as long as they are shown."""
    asked: set[Question] = set(questions(state))
    for step in state.path[:-1]:
        asked.update(list_questions(state, step))
    if state.answers.keys() <= asked:
        return state
    return _with_answers(state, {q: a for q, a in state.answers.items() if q in asked})
