"""Events of a job -> what is shown of it: pure, for the widget, the terminal and the log alike."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from omero_tables_jupyter.events import (
    Event,
    LoginNeeded,
    Progress,
    Stage,
    StageDone,
    StageStarted,
    TableDone,
    TableStarted,
)
from omero_tables_jupyter.text import clock, count, duration, rate, size

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "REPAINT_S",
    "Card",
    "Face",
    "JobView",
    "Outcome",
    "Painter",
    "StageView",
    "after",
    "amount_line",
    "ended",
    "stage_line",
    "table_line",
]

#: Media type to text, for a front end to choose from.
Card = Mapping[str, str]

#: A repaint at most every so many seconds.
REPAINT_S = 1 / 8

# Before that, a speed is a guess that jumps about
_RATE_FROM_S = 0.5
_WORTH_SAYING_S = 0.1


class Outcome(StrEnum):
    """How a job, or a stage of it, stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage as it is shown.

    Parameters
    ----------
    stage
        Which one.
    began
        When, in seconds of the painter's clock.
    done, total, unit
        How much of it; `total` is None where nobody can know.
    seconds
        What it took, or has taken until the last event.
    outcome
        How it stands.
    detail
        One line for people.

    """

    stage: Stage
    began: float
    done: int = 0
    total: int | None = None
    unit: str = "rows"
    seconds: float = 0.0
    outcome: Outcome = Outcome.RUNNING
    detail: str = ""

    @property
    def fraction(self) -> float | None:
        """How much is done, 0 to 1; None where nobody can know."""
        if self.outcome is Outcome.DONE:
            return 1.0
        return min(self.done / self.total, 1.0) if self.total else None


@dataclass(frozen=True, slots=True)
class JobView:
    """A whole job as it is shown.

    Parameters
    ----------
    stages
        Its stages; of several tables those of the one under way, or of the check of all.
    outcome
        How it stands.
    login
        Set while it waits for a password.
    table
        Of several tables, the one under way; None before the first, and for a single one.
    tables
        Those of several that have ended.

    """

    stages: tuple[StageView, ...] = ()
    outcome: Outcome = Outcome.RUNNING
    login: LoginNeeded | None = None
    table: TableStarted | None = None
    tables: tuple[TableDone, ...] = ()

    @property
    def current(self) -> StageView | None:
        """The stage under way, or the last one."""
        return self.stages[-1] if self.stages else None

    @property
    def fraction(self) -> float | None:
        """How much of the stage under way, or of several tables, is done; None if not known."""
        if self.table is not None:
            return len(self.tables) / self.table.total
        return self.current.fraction if self.current else None


def after(view: JobView, event: Event, at: float) -> JobView:
    """Give the view that an event leads to.

    Parameters
    ----------
    view
        What was shown before.
    event
        What the job told.
    at
        When, in seconds of any steady clock.

    """
    match event:
        case StageStarted(stage, total, unit):
            return _with(view, StageView(stage, at, total=total, unit=unit))
        case Progress(stage, done, total, unit, restarted):
            old = _stage(view, stage, at)
            began = at if restarted else old.began
            moved = replace(old, began=began, done=done, total=total, unit=unit)
            return _with(view, replace(moved, seconds=at - began, detail=restarted or old.detail))
        case StageDone(stage, seconds, detail):
            old = _stage(view, stage, at)
            return _with(view, replace(old, seconds=seconds, detail=detail, outcome=Outcome.DONE))
        case LoginNeeded():
            return replace(view, login=event)
        case TableStarted():
            return replace(view, stages=(), login=None, table=event)
        case TableDone():
            return replace(view, stages=(), login=None, tables=(*view.tables, event))


def ended(view: JobView, outcome: Outcome) -> JobView:
    """Give the view of a job that has ended; a stage under way ends with it."""
    stages = tuple(
        stage if stage.outcome is Outcome.DONE else replace(stage, outcome=outcome)
        for stage in view.stages
    )
    return replace(view, stages=stages, outcome=outcome, login=None)


def _stage(view: JobView, stage: Stage, at: float) -> StageView:
    return next((one for one in view.stages if one.stage is stage), StageView(stage, at))


def _with(view: JobView, stage: StageView) -> JobView:
    known = [one.stage for one in view.stages]
    if stage.stage not in known:
        return replace(view, stages=(*view.stages, stage), login=None)
    at = known.index(stage.stage)
    stages = (*view.stages[:at], stage, *view.stages[at + 1 :])
    return replace(view, stages=stages, login=None)


def table_line(table: TableStarted | TableDone) -> str:
    """Write one of several tables in a line: ``table 3 of 12 · Image:103 · registered``."""
    parts = [f"table {count(table.number)} of {count(table.total)}", table.target]
    if isinstance(table, TableDone):
        parts += [table.state, table.detail]
    return " · ".join(filter(None, parts))


def stage_line(stage: StageView) -> str:
    """Write a stage in one line: ``Convert 62 % 30 000 of 48 212 rows, 98 k/s, 0:02 left``."""
    match stage.outcome:
        case Outcome.DONE:
            took = duration(stage.seconds) if stage.seconds >= _WORTH_SAYING_S else ""
            parts = [f"{stage.stage} ok", took, stage.detail]
            return " · ".join(part for part in parts if part)
        case Outcome.RUNNING:
            return f"{stage.stage} {amount_line(stage)}".rstrip()
    return f"{stage.stage} {stage.outcome}"


def amount_line(stage: StageView) -> str:
    """Write how far a stage is, how fast it goes and how long it will take; '' at its start."""
    parts = []
    if stage.total:
        share = int(100 * (stage.fraction or 0))
        parts.append(f"{share} % {_amount(stage.done, stage)} of {_counted(stage.total, stage)}")
    elif stage.done:
        parts.append(f"{_counted(stage.done, stage)} so far")
    if stage.seconds >= _RATE_FROM_S and stage.done:
        parts.extend(_speed(stage))
    line = ", ".join(parts)
    return f"{line} ({stage.detail})" if stage.detail else line


def _speed(stage: StageView) -> list[str]:
    per_s = stage.done / stage.seconds
    speed = f"{size(per_s)}/s" if stage.unit == "bytes" else rate(per_s)
    if not stage.total or stage.done >= stage.total:
        return [speed]
    left_s = (stage.total - stage.done) / per_s
    return [speed, f"{clock(left_s)} left"] if left_s >= 1 else [speed]


def _amount(number: int, stage: StageView) -> str:
    return size(number) if stage.unit == "bytes" else count(number)


def _counted(number: int, stage: StageView) -> str:
    return size(number) if stage.unit == "bytes" else f"{count(number)} {stage.unit}"


class Face(Protocol):
    """Where a job is shown; called on the main thread only."""

    def paint(self, view: JobView) -> None:
        """Show the view."""

    def close(self, view: JobView, card: Card | None) -> None:
        """Show the last view and the result's card, and let go of what is live."""


class Painter:
    """Keeps the view of one job and shows it, at most `REPAINT_S` apart while a stage goes on.

    Parameters
    ----------
    face
        Where it is shown.
    now
        A steady clock in seconds.

    """

    def __init__(self, face: Face, *, now: Callable[[], float] = time.monotonic) -> None:
        self.view = JobView()
        self._face = face
        self._now = now
        self._painted = float("-inf")

    def __call__(self, event: Event) -> None:
        """Take one event in, and repaint where it is time."""
        at = self._now()
        self.view = after(self.view, event, at)
        if not isinstance(event, Progress) or at - self._painted >= REPAINT_S:
            self._painted = at
            self._face.paint(self.view)

    def end(self, outcome: Outcome, card: Card | None = None) -> None:
        """Show how the job has ended, and the card of its result where there is one."""
        self.view = ended(self.view, outcome)
        self._face.close(self.view, card)
