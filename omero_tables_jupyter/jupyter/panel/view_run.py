"""An upload drawn: its stages, live, and what came of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from omero_tables_jupyter.errors import LoginError, OmeroTablesError, UploadCancelled
from omero_tables_jupyter.jupyter.card import result_html
from omero_tables_jupyter.jupyter.panel.events import Checked
from omero_tables_jupyter.jupyter.panel.run import Phase
from omero_tables_jupyter.jupyter.panel.signing import SignInRow
from omero_tables_jupyter.jupyter.panel.view_left import LeftView
from omero_tables_jupyter.jupyter.panel.view_parts import (
    button,
    column,
    line,
    note,
    problem,
    shown,
)
from omero_tables_jupyter.jupyter.panel.wording import plan_in_the_panel, table_in_the_panel
from omero_tables_jupyter.jupyter.plan_card import plan_html
from omero_tables_jupyter.jupyter.progress_html import stages_html
from omero_tables_jupyter.jupyter.style import TEXT, element
from omero_tables_jupyter.model import TablePlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.run import Run
    from omero_tables_jupyter.jupyter.panel.signing import SignInForm
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.jupyter.panel.uploading import Uploads

__all__ = ["RunView"]


class RunView:
    """The widgets of an upload that runs or has ended.

    Parameters
    ----------
    tell
        Takes an event.
    uploads
        What buttons do.

    """

    def __init__(self, *, tell: Callable[[Event], None], uploads: Uploads) -> None:
        self._uploads = uploads
        self._stages = widgets.HTML()
        self._bar = widgets.FloatProgress(
            min=0,
            max=1,
            tooltip="Progress of the upload",
            layout=widgets.Layout(width="20rem", max_width="100%", height="14px"),
        )
        self._cancel = button("Cancel", "Stop this upload", uploads.stop, icon="stop")
        self._row = SignInRow(connect=self._renew)
        self._result = widgets.HTML()
        self._another = button(
            "Upload another",
            "Choose another table; where it goes stays",
            partial(uploads.go_on, same=False),
            icon="plus",
            style="primary",
        )
        self._left = LeftView(tell=tell, uploads=uploads)
        self._live = line(self._bar, self._cancel)
        self.widget = column(
            self._stages,
            self._live,
            self._row.widget,
            self._result,
            self._left.widget,
            line(self._another),
        )

    def render(self, state: PanelState) -> None:
        """Bring the section up to date."""
        run = state.run
        phase = run.phase if run else None
        self._render_live(run)
        self._left.render(state)
        shown(self._another, when=phase is Phase.DONE)
        self._result.value = _result_html(state, self._uploads.reach)

    def close(self) -> None:
        """Let go of what the row holds."""
        self._row.close()

    def _render_live(self, run: Run | None) -> None:
        running = run is not None and run.phase is Phase.RUNNING
        shown(self._live, when=running)
        shown(self._stages, when=run is not None and run.phase is not Phase.DONE)
        login = run.view.login if run is not None and running else None
        shown(self._row.widget, when=login is not None)
        if run is None:
            return
        style = f"color: {TEXT}; line-height: 1.5; font-size: 13px; white-space: normal"
        # no live region: what changes eight times a second is not read aloud
        self._stages.value = element("div", stages_html(run.name, run.view), style)
        fraction = run.view.current.fraction if run.view.current else None
        self._bar.value = fraction or 0.0
        self._bar.layout.visibility = "hidden" if fraction is None else "visible"
        self._cancel.disabled = run.stopping
        self._cancel.description = "Cancelling" if run.stopping else "Cancel"
        if login is not None:
            self._row.render(
                server=login.server,
                user=login.user,
                busy=run.renewing,
                renewing=True,
                error=LoginError(login.reason) if login.reason and not run.renewing else None,
            )

    def _renew(self, form: SignInForm) -> None:
        if form.password is not None:
            self._uploads.renew(form.password)


def _result_html(state: PanelState, reach: Callable[[str], str]) -> str:
    """Draw what came of the last click on *Upload* or *Check*."""
    if state.refusal is not None and state.refusal.where == "run":
        return problem(state.refusal.error)
    if state.run is not None:
        return _outcome_html(state.run, reach)
    match state.checked:
        case Checked(TablePlan() as plan):
            return plan_html(plan_in_the_panel(plan))
        case Checked(OmeroTablesError() as error):
            return problem(error)
        case Checked(None):
            return note("checking everything …")
    return ""


def _outcome_html(run: Run, reach: Callable[[str], str]) -> str:
    if run.table is not None:
        return result_html(table_in_the_panel(run.table), reach)
    # that it was cancelled stands with its stages; what is left of it does not
    return (
        "" if isinstance(run.error, UploadCancelled) and not run.array_path else problem(run.error)
    )
