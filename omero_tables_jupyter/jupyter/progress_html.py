"""A job's stages as static HTML: what is left of a progress display once nothing is live."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OmeroTablesError, UploadCancelled
from omero_tables_jupyter.events import TableStarted
from omero_tables_jupyter.jupyter.progress import (
    JobView,
    Outcome,
    StageView,
    ended,
    stage_line,
    table_line,
)
from omero_tables_jupyter.jupyter.style import (
    BORDER,
    ERROR,
    FAINT,
    OK,
    WARN,
    badge,
    box,
    element,
    heading,
    trouble,
)

if TYPE_CHECKING:
    from typing import Any

    from omero_tables_jupyter.job import Job

__all__ = ["job_bundle", "outcome_of", "progress_html", "progress_text", "stages_html"]

_ICONS = {
    Outcome.RUNNING: ("…", FAINT),
    Outcome.DONE: ("✓", OK),
    Outcome.FAILED: ("✗", ERROR),
    Outcome.CANCELLED: ("■", WARN),
}


def progress_html(name: str, view: JobView, error: BaseException | None = None) -> str:
    """Draw a job: its name, how it stands, its stages, and what went wrong."""
    edge = BORDER if view.outcome is Outcome.RUNNING else _ICONS[view.outcome][1]
    inner = stages_html(name, view) + _error_html(error)
    return box(inner, edge=edge, label=f"Upload of {name}")


def stages_html(name: str, view: JobView, *, aside: str = "") -> str:
    """Draw a job without a frame: its name and how it stands, then its stages, one a line."""
    icon, colour = _ICONS[view.outcome]
    mark = badge(icon, str(view.outcome), colour)
    head = heading(f"Upload of {name}", mark + element("span", escape(aside), f"color: {FAINT}"))
    table = "" if view.table is None else element("div", escape(table_line(view.table)))
    return head + table + "".join(map(_stage_html, view.stages))


def _error_html(error: BaseException | None) -> str:
    if error is None or isinstance(error, UploadCancelled):
        return ""
    if isinstance(error, OmeroTablesError):
        return trouble(error.message, error.hint)
    return trouble(f"{type(error).__name__}: {error}", "")


def _stage_html(stage: StageView) -> str:
    icon, colour = _ICONS[stage.outcome]
    mark = element("span", icon, f"color: {colour}; display: inline-block; width: 1.4em")
    return element("div", mark + escape(stage_line(stage)), "font-variant-numeric: tabular-nums")


def progress_text(name: str, view: JobView) -> str:
    """Write a job in a line or a few: ``upload of Cells: running`` and its stages."""
    lines = [f"upload of {name}: {view.outcome}"]
    lines += [] if view.table is None else [f"  {table_line(view.table)}"]
    return "\n".join([*lines, *(f"  {stage_line(stage)}" for stage in view.stages)])


def job_bundle(job: Job[Any]) -> dict[str, str]:
    """Give a snapshot of a job, as its repr in a notebook.

    Parameters
    ----------
    job
        Running or ended.

    Returns
    -------
    dict
        Media type to text: ``text/html`` and ``text/plain``.

    """
    view = _snapshot(job)
    error = "" if job.error is None else str(job.error)
    html = progress_html(job.name, view, job.error)
    text = progress_text(job.name, view)
    return {"text/html": html, "text/plain": f"{text}\n{error}".rstrip()}


def _snapshot(job: Job[Any]) -> JobView:
    now = job.progress
    stages = tuple(
        StageView(one.stage, 0, seconds=one.seconds, outcome=Outcome.DONE, detail=one.detail)
        for one in now.finished
    )
    if now.stage is not None and now.stage not in {one.stage for one in now.finished}:
        stages += (StageView(now.stage, 0, now.done, now.total, now.unit),)
    outcome = outcome_of(job)
    table = TableStarted(now.table, now.tables, "") if now.tables else None
    view = JobView(stages, table=table)
    return view if outcome is Outcome.RUNNING else ended(view, outcome)


def outcome_of(job: Job[Any]) -> Outcome:
    """Say how a job stands; a bug of ours counts as a failure."""
    if not job.done:
        return Outcome.RUNNING
    if job.failed:
        cancelled = isinstance(job.error, UploadCancelled)
        return Outcome.CANCELLED if cancelled else Outcome.FAILED
    return Outcome.DONE
