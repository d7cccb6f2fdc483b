"""What can be done with an array that was written and not registered, drawn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from omero_tables_jupyter.errors import RejectedError
from omero_tables_jupyter.jupyter.panel.events import Toggled
from omero_tables_jupyter.jupyter.panel.run import Phase
from omero_tables_jupyter.jupyter.panel.view_parts import button, column, line, note, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.run import Run
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.jupyter.panel.uploading import Uploads

__all__ = ["LeftView"]


class LeftView:
    """The buttons: register again, change the mapping, delete, or leave it there.

    Parameters
    ----------
    tell
        Takes an event.
    uploads
        What buttons do.

    """

    def __init__(self, *, tell: Callable[[Event], None], uploads: Uploads) -> None:
        self._again = button(
            "Register again",
            "Register the array that is there; nothing is converted again",
            uploads.register_again,
            icon="refresh",
            style="primary",
        )
        self._mapping = button(
            "Change mapping",
            "Say in another way how the server sees the array",
            partial(tell, Toggled("mapping")),
            icon="exchange",
        )
        self._delete = button(
            "Delete file",
            "Delete the array that is not registered",
            partial(tell, Toggled("delete")),
            icon="trash",
        )
        self._leave = button(
            "Leave it there",
            "Go on with something else; it can be registered later",
            partial(uploads.go_on, same=True),
        )
        self._sure = widgets.HTML()
        self._really = button(
            "Delete it", "Delete the array for good", uploads.delete, icon="trash", style="danger"
        )
        self._keep = button("Keep it", "Delete nothing", partial(tell, Toggled("delete")))
        self._choices = line(self._again, self._mapping, self._delete, self._leave)
        self._consent = line(self._sure, self._really, self._keep)
        self.widget = column(self._choices, self._consent)

    def render(self, state: PanelState) -> None:
        """Show the buttons where an array was left."""
        run = state.run
        left = run is not None and run.phase is Phase.WRITTEN
        shown(self._choices, when=left)
        shown(self._consent, when=left and "delete" in state.open)
        if run is not None and left:
            self._sure.value = note(_warning(run))


def _warning(run: Run) -> str:
    words = f"Delete {run.array_path} for good?"
    if isinstance(run.error, RejectedError):
        return words
    return f"{words} OMERO may know it after all: look among the attachments in OMERO.web first."
