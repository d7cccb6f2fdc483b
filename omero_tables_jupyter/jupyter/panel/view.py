"""The panel drawn: its head and its five sections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import ipywidgets as widgets

from omero_tables_jupyter.jupyter.faces import family
from omero_tables_jupyter.jupyter.panel.keepsake import PANEL_CLASS
from omero_tables_jupyter.jupyter.panel.run import Phase
from omero_tables_jupyter.jupyter.panel.targets import TargetsView
from omero_tables_jupyter.jupyter.panel.view_head import HeadView
from omero_tables_jupyter.jupyter.panel.view_name import NameView
from omero_tables_jupyter.jupyter.panel.view_place import PlaceView
from omero_tables_jupyter.jupyter.panel.view_run import RunView
from omero_tables_jupyter.jupyter.panel.view_table import TableView
from omero_tables_jupyter.jupyter.panel.view_upload import UploadView
from omero_tables_jupyter.jupyter.style import BORDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.acting import Acts
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.jupyter.panel.uploading import Uploads

__all__ = ["View"]


class View:
    """The widgets of a panel; they show a state, and tell events.

    Parameters
    ----------
    tell
        Takes an event.
    acts, uploads
        What buttons do.

    """

    def __init__(self, *, tell: Callable[[Event], None], acts: Acts, uploads: Uploads) -> None:
        self._head = HeadView(tell=tell, acts=acts)
        self._targets = TargetsView(tell=tell, browse=acts.browse)
        self._run = RunView(tell=tell, uploads=uploads)
        self._upload = UploadView(tell=tell, acts=acts, uploads=uploads)
        self._before: PanelState | None = None
        self._sections = (
            self._head,
            TableView(tell=tell, acts=acts),
            self._targets,
            PlaceView(tell=tell, acts=acts),
            NameView(tell=tell),
            self._upload,
            self._run,
        )
        self.widget = widgets.VBox([one.widget for one in self._sections], layout=_frame())
        self.widget.add_class(PANEL_CLASS)

    def render(self, state: PanelState) -> None:
        """Show a state; while an upload gets on, only what that changes is drawn anew."""
        before, self._before = self._before, state
        got_on = before is not None and _got_on(before, state)
        for one in (self._upload, self._run) if got_on else self._sections:
            one.render(state)

    def close(self) -> None:
        """Let go of all widgets."""
        for one in (self._head, self._targets, self._run):
            one.close()
        for widget in family(self.widget):
            widget.close()


def _got_on(before: PanelState, state: PanelState) -> bool:
    """Tell whether an upload that ran before still runs, and nothing else has changed."""
    runs = [one is not None and one.phase is Phase.RUNNING for one in (before.run, state.run)]
    return all(runs) and replace(before, run=state.run) == state


def _frame() -> widgets.Layout:
    return widgets.Layout(
        max_width="52rem",
        padding="8px 14px 12px 14px",
        border=f"1px solid {BORDER}",
        overflow="visible",
    )
