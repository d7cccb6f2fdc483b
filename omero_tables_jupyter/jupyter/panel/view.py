"""The panel drawn: its head and its five sections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from omero_tables_jupyter.jupyter.faces import family
from omero_tables_jupyter.jupyter.panel.keepsake import PANEL_CLASS
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
        self._sections = (
            self._head,
            TableView(tell=tell, acts=acts),
            self._targets,
            PlaceView(tell=tell, acts=acts),
            NameView(tell=tell),
            UploadView(tell=tell, acts=acts, uploads=uploads),
            self._run,
        )
        self.widget = widgets.VBox([one.widget for one in self._sections], layout=_frame())
        self.widget.add_class(PANEL_CLASS)

    def render(self, state: PanelState) -> None:
        """Show a state."""
        for one in self._sections:
            one.render(state)

    def close(self) -> None:
        """Let go of all widgets."""
        for one in (self._head, self._targets, self._run):
            one.close()
        for widget in family(self.widget):
            widget.close()


def _frame() -> widgets.Layout:
    return widgets.Layout(
        max_width="52rem",
        padding="8px 14px 12px 14px",
        border=f"1px solid {BORDER}",
        overflow="visible",
    )
