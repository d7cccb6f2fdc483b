"""A job and its face: in the foreground until it ends, or beside the user's other cells."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, TypeVar

from omero_tables_jupyter.errors import UploadCancelled
from omero_tables_jupyter.events import Event, LoginNeeded
from omero_tables_jupyter.jupyter.progress import Card, Face, Outcome, Painter
from omero_tables_jupyter.jupyter.progress_html import job_bundle, outcome_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.job import Job
    from omero_tables_jupyter.model import Secret

__all__ = ["follow", "follow_beside", "runs_beside"]

R = TypeVar("R")


def follow(
    job: Job[R],
    face: Face,
    *,
    card: Callable[[R], Card | None],
    ask: Callable[[LoginNeeded], Secret] | None,
) -> R:
    """Show a job until it ends; called on the main thread.

    Parameters
    ----------
    job
        Running or ended.
    face
        Where it is shown.
    card
        Draws the result; None shows nothing of it.
    ask
        Asks for the password when the session has expired; None where nobody is there.

    Returns
    -------
    RegisteredTable or pandas.DataFrame
        The job's result.

    Raises
    ------
    OmeroTablesError
        The job's error; `UploadCancelled` after the stop button or Ctrl-C.

    """
    painter = Painter(face)

    def tell(event: Event) -> None:
        painter(event)
        if isinstance(event, LoginNeeded) and ask is not None:
            job.renew(ask(event))

    try:
        table = job.follow(tell)
    except UploadCancelled:
        painter.end(Outcome.CANCELLED)
        raise
    except BaseException:
        painter.end(Outcome.FAILED)
        raise
    painter.end(Outcome.DONE, card(table))
    return table


def runs_beside() -> bool:
    """Say whether an event loop runs that can show a job beside other cells: a kernel's."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def follow_beside(job: Job[R], face: Face, *, card: Callable[[R], Card | None]) -> None:
    """Show a job from the kernel's event loop, while other cells run; returns at once.

    Parameters
    ----------
    job, face, card
        As for `follow`; a job that fails leaves its error in the face's place.

    """
    loop = asyncio.get_running_loop()
    painter = Painter(face)

    def end() -> None:
        outcome = outcome_of(job)
        drawn = card(job.result()) if outcome is Outcome.DONE else job_bundle(job)
        painter.end(outcome, drawn)

    def relay() -> None:
        for event in job.events():
            loop.call_soon_threadsafe(painter, event)
        job.wait()
        loop.call_soon_threadsafe(end)

    # a daemon: nobody is left to look when the kernel ends
    threading.Thread(target=relay, name=f"display of {job.name}", daemon=True).start()
