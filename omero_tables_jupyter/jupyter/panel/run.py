"""One upload as the panel shows it: from the click to the card, or to what is left to do. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OmeroTablesError, UploadCancelled
from omero_tables_jupyter.jupyter.progress import JobView, Outcome, after, ended
from omero_tables_jupyter.model import RegisteredTable

if TYPE_CHECKING:
    from omero_tables_jupyter.events import Event

__all__ = ["Phase", "Run"]


class Phase(StrEnum):
    """Where an upload stands."""

    RUNNING = "running"
    DONE = "done"
    #: It came to nothing, and nothing is left of it.
    FAILED = "failed"
    #: The array stands under its name, and OMERO does not know it.
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Run:
    """An upload under way or ended.

    Parameters
    ----------
    name
        The table's name.
    view
        Its stages.
    outcome
        The table or why there is none; None while it runs.
    stopping, renewing
        Whether it was told to stop; whether a password was given, and is not answered yet.
    array_path
        Where an array stands that is not registered; '' without one.

    """

    name: str
    view: JobView = field(default_factory=JobView)
    outcome: RegisteredTable | OmeroTablesError | None = None
    stopping: bool = False
    renewing: bool = False
    array_path: str = ""

    @property
    def phase(self) -> Phase:
        """Where it stands."""
        match self.outcome:
            case None:
                return Phase.RUNNING
            case RegisteredTable():
                return Phase.DONE
        return Phase.WRITTEN if self.array_path else Phase.FAILED

    @property
    def table(self) -> RegisteredTable | None:
        """What was registered."""
        return self.outcome if isinstance(self.outcome, RegisteredTable) else None

    @property
    def error(self) -> OmeroTablesError | None:
        """Why there is no table."""
        return self.outcome if isinstance(self.outcome, OmeroTablesError) else None

    def told(self, events: tuple[tuple[float, Event], ...]) -> Run:
        """Take in what a job told, each event with its time on a steady clock."""
        view = self.view
        for at, event in events:
            view = after(view, event, at)
        return replace(self, view=view, renewing=self.renewing and not events)

    def ended(self, outcome: RegisteredTable | OmeroTablesError) -> Run:
        """Take in how it has ended; an array that was written before stays in mind."""
        word = {True: Outcome.DONE, False: Outcome.FAILED}[isinstance(outcome, RegisteredTable)]
        if isinstance(outcome, UploadCancelled):
            word = Outcome.CANCELLED
        left = outcome.array_path if isinstance(outcome, OmeroTablesError) else ""
        return replace(
            self,
            view=ended(self.view, word),
            outcome=outcome,
            array_path=left or self.array_path,
        )
