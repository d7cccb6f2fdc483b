"""Section 4 drawn: the table's name, what to do with one that exists, and the buttons."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.panel.editing import called, if_exists
from omero_tables_jupyter.jupyter.panel.events import Edited, Toggled
from omero_tables_jupyter.jupyter.panel.sections import sections, upload_button
from omero_tables_jupyter.jupyter.panel.view_parts import (
    Ear,
    button,
    column,
    dropdown,
    header,
    line,
    problem,
    shown,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.acting import Acts
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.state import PanelState

__all__ = ["NameView"]

_IF_EXISTS = {
    "version": "write a version beside it",
    "fail": "stop, and touch nothing",
    "replace": "take its place",
}
_KINDS = {"magic": "Magic", "python": "Python"}


class NameView:
    """The widgets of section 4.

    Parameters
    ----------
    tell
        Takes an event.
    acts
        What buttons do.

    """

    def __init__(self, *, tell: Callable[[Event], None], acts: Acts) -> None:
        self._ear = Ear()
        self._acts = acts
        self._header = widgets.HTML()
        self._name = text("Name", "What the table is called in OMERO")
        self._exists = dropdown("If it exists", "When an array of this name stands there already")
        self._exists.options = [(words, rule) for rule, words in _IF_EXISTS.items()]
        self._ear.listen(self._name, lambda name: tell(Edited("name", partial(called, name=name))))
        self._ear.listen(
            self._exists, lambda rule: tell(Edited("name", partial(if_exists, rule=rule)))
        )
        self._check = button(
            "Check", "Check everything, and touch nothing", acts.check, icon="search"
        )
        self._upload = button("Upload", "", acts.upload, icon="upload", style="primary")
        self._copies = {
            "magic": button(
                "Copy as magic",
                "Show a cell that does exactly this",
                partial(tell, Toggled("magic")),
                icon="copy",
            ),
            "python": button(
                "Copy as Python",
                "Show Python code that does exactly this",
                partial(tell, Toggled("python")),
                icon="copy",
            ),
        }
        self._codes = {kind: _code_area(kind) for kind in _KINDS}
        self._why = widgets.HTML()
        self.widget = column(
            self._header,
            line(self._name, self._exists),
            line(self._check, self._upload, *self._copies.values()),
            self._why,
            *self._codes.values(),
        )

    def render(self, state: PanelState) -> None:
        """Bring the section up to date."""
        with self._ear.deaf():
            self._header.value = header(4, "Name", sections(state).name)
            self._name.value = state.options.name or ""
            self._name.placeholder = state.name
            self._exists.value = state.options.if_exists or None
            offer = upload_button(state)
            self._upload.description, self._upload.tooltip = offer.text, offer.why
            self._upload.disabled = not offer.ready
            for control in (self._name, self._exists):
                control.disabled = state.fixed
            self._check.disabled = state.fixed or state.table is None
            self._why.value = ""
            for kind in _KINDS:
                self._render_code(kind, state)

    def _render_code(self, kind: str, state: PanelState) -> None:
        area, is_open = self._codes[kind], kind in state.open
        self._copies[kind].disabled = state.table is None or not state.options.source
        shown(area, when=is_open)
        if not is_open:
            return
        try:
            area.value = self._acts.code(kind)
        except OmeroTablesError as error:
            area.value = ""
            self._why.value = problem(error)
        area.rows = min(max(area.value.count("\n") + 1, 2), 16)


def _code_area(kind: str) -> Any:
    return widgets.Textarea(
        description=_KINDS[kind],
        tooltip="Select all of it and copy it into a cell of its own",
        style={"description_width": "5.5rem"},
        layout=widgets.Layout(width="auto"),
    )
