"""Section 5 drawn: the buttons that check, upload, and write the same as a cell."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.panel.events import Toggled
from omero_tables_jupyter.jupyter.panel.sections import sections, upload_button
from omero_tables_jupyter.jupyter.panel.view_parts import (
    button,
    column,
    header,
    line,
    problem,
    shown,
)
from omero_tables_jupyter.jupyter.style import FAINT, element

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.acting import Acts
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.jupyter.panel.uploading import Uploads

__all__ = ["UploadView"]

_KINDS = {"magic": "Magic", "python": "Python"}
_COPY = "Show a cell that does exactly this"
_NAMELESS = "Give the table a name in a cell first: a cell can only be written about a variable"


class UploadView:
    """The widgets that begin an upload.

    Parameters
    ----------
    tell
        Takes an event.
    acts, uploads
        What buttons do.

    """

    def __init__(self, *, tell: Callable[[Event], None], acts: Acts, uploads: Uploads) -> None:
        self._acts = acts
        self._header = widgets.HTML()
        self._check = button(
            "Check", "Check everything, and touch nothing", uploads.check, icon="search"
        )
        self._upload = button("Upload", "", uploads.upload, icon="upload", style="primary")
        self._copies = {
            "magic": button(
                "Copy as magic",
                _COPY,
                partial(tell, Toggled("magic")),
                icon="copy",
            ),
            "python": button(
                "Copy as Python",
                _COPY,
                partial(tell, Toggled("python")),
                icon="copy",
            ),
        }
        self._status = widgets.HTML()
        self._codes = {kind: _code_area(word) for kind, word in _KINDS.items()}
        self._wrong = widgets.HTML()
        self.widget = column(
            self._header,
            line(self._check, self._upload, *self._copies.values()),
            self._status,
            self._wrong,
            *self._codes.values(),
        )

    def render(self, state: PanelState) -> None:
        """Bring the buttons up to date."""
        self._header.value = header(5, "Upload", sections(state).upload)
        offer = upload_button(state)
        self._upload.description, self._upload.tooltip = offer.text, offer.why
        self._upload.disabled = not offer.ready
        self._check.disabled = state.fixed or state.table is None
        words = element("span", escape(offer.why), f"color: {FAINT}")
        self._status.value = element("div", words, role="status", **{"aria-live": "polite"})
        self._wrong.value = ""
        for kind in _KINDS:
            self._render_code(kind, state)

    def _render_code(self, kind: str, state: PanelState) -> None:
        area, is_open = self._codes[kind], kind in state.open
        self._copies[kind].disabled = state.table is None or not state.options.source
        self._copies[kind].tooltip = _COPY if state.options.source else _NAMELESS
        shown(area, when=is_open)
        if not is_open:
            return
        try:
            area.value = self._acts.code(kind)
        except OmeroTablesError as error:
            area.value = ""
            self._wrong.value = problem(error)
        area.rows = min(max(area.value.count("\n") + 1, 2), 16)


def _code_area(word: str) -> Any:
    return widgets.Textarea(
        description=word,
        tooltip="Select all of it and copy it into a cell of its own",
        style={"description_width": "5.5rem"},
        layout=widgets.Layout(width="auto"),
    )
