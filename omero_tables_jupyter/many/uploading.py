"""`upload_tables`: several tables through the one job, in one session, and a row for each."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import (
    DiskFullError,
    LoginError,
    OmeroTablesError,
    PathError,
    TableExistsError,
    UploadCancelled,
)
from omero_tables_jupyter.events import TableDone, TableStarted
from omero_tables_jupyter.job import TablesJob
from omero_tables_jupyter.many.asking import Several, read_tables
from omero_tables_jupyter.many.checking import check_all, words_of
from omero_tables_jupyter.many.results import Outcome, cancelled, failed, table_of
from omero_tables_jupyter.registering import told
from omero_tables_jupyter.request import called_with
from omero_tables_jupyter.steps import drained
from omero_tables_jupyter.upload import foreseen, upload_checked

if TYPE_CHECKING:
    import pandas as pd

    from omero_tables_jupyter.check import Checked
    from omero_tables_jupyter.many.checking import CheckedTables
    from omero_tables_jupyter.request import Request
    from omero_tables_jupyter.steps import Steps

__all__ = ["check_tables", "submit_tables", "upload_tables"]

#: What stops the others as well: they would only fail alike.
_FINAL = (DiskFullError, LoginError)


@called_with(read_tables)
def upload_tables(several: Several) -> pd.DataFrame:
    """Upload several tables, each to an object of its own, one after the other.

    Everything that can be checked is checked for all of them first. A table that fails then does
    not keep the others; the same call again goes on with what is missing: what is registered is
    unchanged, and an array that was written only is registered without being written again.

    Returns
    -------
    pandas.DataFrame
        A row a table: ``target, name, state`` (registered or unchanged), ``annotation_id, rows,
        seconds, local_path, error`` (empty), ``notes`` and ``table_url``.

    Raises
    ------
    TablesError
        If some are not registered: ``.results`` is the same table, where ``state`` may be failed
        or not tried as well, and ``error`` says why. After a check that finds something wrong,
        nothing was done.
    UploadCancelled
        With ``.results``, too.
    OmeroTablesError
        For whatever stands in the way of all of them.

    """
    # Nobody holds the job, so nobody could answer for a password.
    shared = replace(several.common, ask=False)
    return _job(replace(several, common=shared)).run(shared.on_event)


@called_with(read_tables)
def submit_tables(several: Several) -> TablesJob:
    """Upload several tables in the background.

    Returns
    -------
    TablesJob
        Under way already; ``.progress``, ``.cancel()``, ``.wait()``, and ``.result()`` for what
        `upload_tables` returns.

    """
    job = _job(several)
    if several.common.on_event is not None:
        job.subscribe(several.common.on_event)
    return job.start()


@called_with(read_tables)
def check_tables(several: Several) -> pd.DataFrame:
    """Check several tables, and all else that is named, without touching anything.

    Returns
    -------
    pandas.DataFrame
        As `upload_tables` gives it: unchanged is what is registered already as it is, the others
        are not tried, and ``rows``, ``local_path`` and ``notes`` tell what they would become.

    Raises
    ------
    OmeroTablesError
        As `upload_tables` does before its first effect.

    """
    return drained(_examine(several), several.common.on_event)


def _examine(several: Several) -> Steps[pd.DataFrame]:
    checked = yield from check_all(several)
    outcomes: list[Outcome] = []
    try:
        for asked, one in checked.tables:
            outcomes.append((yield from _foreseen(asked, one)))
    finally:
        checked.visit.end()
    if any(one.error is not None for one in outcomes):
        raise failed(outcomes, before=True, notes=checked.notes)
    return table_of(outcomes, notes=checked.notes)


def _foreseen(asked: Request, checked: Checked) -> Steps[Outcome]:
    """Say what would come of one table; only what stands in the way of it is its outcome."""
    outcome = Outcome(words_of(asked.targets), checked.plan.name)
    try:
        plan, table = yield from foreseen(checked)
    except (PathError, TableExistsError) as error:
        return replace(outcome, error=error)
    return replace(outcome, plan=plan, table=table)


def _job(several: Several) -> TablesJob:
    return TablesJob(_upload(several), name=several.label, ask=several.common.ask)


def _upload(several: Several) -> Steps[pd.DataFrame]:
    checked = yield from check_all(several)
    try:
        return (yield from _one_by_one(checked))
    finally:
        checked.visit.end()


def _one_by_one(checked: CheckedTables) -> Steps[pd.DataFrame]:
    left = [Outcome(words_of(asked.targets), asked.name) for asked, _ in checked.tables]
    done: list[Outcome] = []
    total = len(left)
    for number, (asked, one) in enumerate(checked.tables, start=1):
        target = left[number - 1].target
        try:
            yield TableStarted(number, total, target)
            done.append((yield from _outcome(asked, one)))
        except UploadCancelled as stop:
            if stop.array_path:
                done.append(replace(left[number - 1], error=stop))
            left = [*done, *left[len(done) :]]
            raise cancelled(left, stop, notes=checked.notes) from stop
        last = done[-1]
        yield from told(TableDone(number, total, target, last.state.value, last.detail))
        if isinstance(last.error, _FINAL):
            break
    outcomes = [*done, *left[len(done) :]]
    if any(one.table is None for one in outcomes):
        raise failed(outcomes, notes=checked.notes)
    return table_of(outcomes, notes=checked.notes)


def _outcome(asked: Request, checked: Checked) -> Steps[Outcome]:
    """Upload one table; only a cancel keeps the next from being tried at once."""
    began = time.monotonic()
    outcome = Outcome(words_of(asked.targets), checked.plan.name)
    try:
        table = yield from upload_checked(asked, checked)
    except UploadCancelled:
        raise
    except OmeroTablesError as error:
        return replace(outcome, error=error, seconds=time.monotonic() - began)
    seconds = time.monotonic() - began
    return replace(outcome, table=replace(table, seconds=seconds), seconds=seconds)
