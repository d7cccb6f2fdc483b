"""Where a job stands, told from its events alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

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

__all__ = ["JobProgress"]


@dataclass(frozen=True, slots=True)
class JobProgress:
    """Where a job stands.

    Parameters
    ----------
    stage
        The stage under way, or the last one; None before the first.
    done, total, unit
        How much of it, in `unit`; `total` is None where nobody can know yet.
    seconds
        Since the job began, up to now or to its end.
    finished
        The stages behind it, in order.
    table, tables
        Which one of how many tables these stages are of, counted from 1; 0 for a single one, and
        while all of them are checked.

    """

    stage: Stage | None = None
    done: int = 0
    total: int | None = None
    unit: str = "rows"
    seconds: float = 0.0
    finished: tuple[StageDone, ...] = ()
    table: int = 0
    tables: int = 0

    def after(self, event: Event) -> JobProgress:
        """Give the progress that `event` leads to."""
        match event:
            case StageStarted(stage, total, unit):
                return replace(self, stage=stage, done=0, total=total, unit=unit)
            case Progress(stage, done, total, unit):
                return replace(self, stage=stage, done=done, total=total, unit=unit)
            case StageDone():
                return replace(self, finished=(*self.finished, event))
            case TableStarted(number, total):
                return JobProgress(table=number, tables=total)
            case LoginNeeded() | TableDone():
                return self
