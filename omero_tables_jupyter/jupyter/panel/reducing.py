"""How events change the panel: a pure function from one state to the next."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import LoginError, OmeroTablesError
from omero_tables_jupyter.jupyter.panel.editing import of_another_table
from omero_tables_jupyter.jupyter.panel.events import (
    Began,
    Checked,
    Chosen,
    Edited,
    Ended,
    Event,
    Known,
    Looked,
    Put,
    Refused,
    Renewing,
    SignedIn,
    SigningIn,
    Stopping,
    Toggled,
    Told,
)
from omero_tables_jupyter.jupyter.panel.questions import Kept, Who, questions
from omero_tables_jupyter.jupyter.panel.run import Phase, Run
from omero_tables_jupyter.jupyter.panel.switching import at_server, let_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.panel.found import TableFound
    from omero_tables_jupyter.jupyter.panel.state import PanelState

__all__ = ["reduce"]


def reduce(state: PanelState, event: Event) -> PanelState:
    """Give the state that an event leads to.

    Parameters
    ----------
    state
        The one before; it is not changed.
    event
        What the user did, what was found out, or what a job told.

    """
    match event:
        case Known():
            after = _answered(state, event)
        case Looked(tables, now, anew):
            after = _looked(replace(state, asked=state.asked + anew), tables, now)
        case Chosen(table):
            after = _chosen(state, table)
        case Edited(where, change):
            after = _edited(state, where, change)
        case Put(same):
            after = _put_aside(state, same=same)
        case Began() | Told() | Ended() | Stopping() | Renewing():
            after = _worked(state, event)
        case _:
            after = _marked(state, event)
    return after


def _marked(state: PanelState, event: Event) -> PanelState:
    """Take in what changes neither what is asked for nor the upload."""
    match event:
        case Refused():
            return replace(state, refusal=event, signing=False)
        case Toggled(part):
            return replace(state, open=state.open ^ {part}, refusal=None)
        case Checked(outcome):
            ended = isinstance(outcome, LoginError)
            return replace(state, checked=event, refusal=None, asked=state.asked + ended)
        case SigningIn():
            return replace(state, signing=True, refusal=None)
        case SignedIn(server):
            unfolded = state.open - {"login"}
            after = replace(state, signing=False, left=False, asked=state.asked + 1, open=unfolded)
            return let_in(after, server)
    raise AssertionError(event)


def _answered(state: PanelState, known: Known) -> PanelState:
    if known.question not in questions(state):
        return state  # nobody asks that any more
    after = replace(state, answers={**state.answers, type(known.question): known})
    if isinstance(known.answer, Kept) and after.server and after.recalled != after.server:
        return _recalled(after, known.answer)
    return at_server(after, known.answer.server) if isinstance(known.answer, Who) else after


def _recalled(state: PanelState, kept: Kept) -> PanelState:
    """Offer what was used last on a server, once, where the user has chosen nothing."""
    options, last = state.options, kept.recalled
    if not options.to:
        options = replace(options, to=tuple(map(str, last.last)))
    if not (kept.chosen or options.local_path):
        options = replace(options, local_path=kept.folder or None, remote_path=kept.seen or None)
    filled = replace(
        options,
        if_exists=options.if_exists or kept.if_exists,
        name=options.name or last.names.get(options.source),
    )
    return replace(state, options=filled, recalled=state.server)


def _looked(state: PanelState, tables: tuple[TableFound, ...], now: Who | None) -> PanelState:
    left = now is None and (state.left or state.who is not None)
    if state.fixed:
        # what is uploaded stays as it was when that began
        return replace(state, now=now, left=left)
    # values that are mended in place leave a table looking the same
    troubled = state.plan is not None and not state.plan.plan.ok
    after = replace(state, tables=tables, now=now, left=left, mended=state.mended + troubled)
    if not state.options.source and len(tables) == 1:
        return replace(after, options=of_another_table(state.options, tables[0].source))
    return after


def _chosen(state: PanelState, table: TableFound) -> PanelState:
    if state.fixed or table.source == state.options.source:
        return state
    others = (one for one in state.tables if one.source != table.source)
    options = of_another_table(state.options, table.source)
    if state.kept is not None:
        options = replace(options, name=state.kept.recalled.names.get(table.source))
    return replace(state, options=options, tables=(*others, table), refusal=None)


def _edited(
    state: PanelState, where: str, change: Callable[[UploadOptions], UploadOptions]
) -> PanelState:
    if state.place_fixed or (state.fixed and where != "place"):
        return state  # a click that came too late
    run = state.run if state.fixed else None
    try:
        return replace(state, options=change(state.options), run=run, refusal=None, checked=None)
    except OmeroTablesError as error:
        return replace(state, refusal=Refused(where, error))


def _put_aside(state: PanelState, *, same: bool) -> PanelState:
    """Go on after an upload: its array stands there now, so everything is asked anew."""
    if state.run is not None and state.run.phase is Phase.RUNNING:
        return state  # it cannot be put aside, only cancelled
    options = state.options if same else of_another_table(state.options, "")
    unfolded = state.open - {"delete", "mapping"}
    after = replace(state, options=options, run=None, open=unfolded, asked=state.asked + 1)
    return _looked(after, state.tables, state.now)


def _worked(state: PanelState, event: Event) -> PanelState:
    """Take in what an upload does; once it has ended, what was known before is doubted."""
    refusal = None if isinstance(event, Began) else state.refusal
    asked = state.asked + isinstance(event, Ended)
    return replace(state, run=_run(state.run, event), refusal=refusal, asked=asked)


def _run(run: Run | None, event: Event) -> Run | None:
    match event:
        case Began(name, array_path):
            return Run(name, array_path=array_path)
        case Told(events) if run:
            return run.told(events)
        case Ended(outcome) if run:
            return run.ended(outcome)
        case Stopping() if run:
            return replace(run, stopping=True)
        case Renewing() if run:
            return replace(run, renewing=True)
    return None
