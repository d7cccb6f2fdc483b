"""Section 4 drawn: the table's name, and what happens where an array of that name exists."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from omero_tables_jupyter.jupyter.panel.editing import called, if_exists
from omero_tables_jupyter.jupyter.panel.events import Edited
from omero_tables_jupyter.jupyter.panel.sections import sections
from omero_tables_jupyter.jupyter.panel.view_parts import (
    Ear,
    column,
    dropdown,
    header,
    line,
    text,
)
from omero_tables_jupyter.jupyter.panel.wording import IF_EXISTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.state import PanelState

__all__ = ["NameView"]


class NameView:
    """The widgets of section 4.

    Parameters
    ----------
    tell
        Takes an event.

    """

    def __init__(self, *, tell: Callable[[Event], None]) -> None:
        self._ear = Ear()
        self._header = widgets.HTML()
        self._name = text("Name", "What the table is called in OMERO")
        self._exists = dropdown("If it exists", "When an array of this name stands there already")
        self._exists.options = [(words, rule) for rule, words in IF_EXISTS.items()]
        self._ear.listen(self._name, lambda name: tell(Edited("name", partial(called, name=name))))
        self._ear.listen(
            self._exists, lambda rule: tell(Edited("name", partial(if_exists, rule=rule)))
        )
        self.widget = column(self._header, line(self._name, self._exists))

    def render(self, state: PanelState) -> None:
        """Bring the section up to date."""
        with self._ear.deaf():
            self._header.value = header(4, "Name", sections(state).name)
            self._name.value = state.options.name or ""
            self._name.placeholder = state.name
            preset = state.kept.if_exists if state.kept else None
            self._exists.value = state.options.if_exists or preset
            for control in (self._name, self._exists):
                control.disabled = state.fixed
