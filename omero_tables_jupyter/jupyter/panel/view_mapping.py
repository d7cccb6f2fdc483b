"""The form for a share that is not known yet: its path here, its path on the server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
from omero_tables_jupyter.jupyter.panel.editing import folder_of, mapped
from omero_tables_jupyter.jupyter.panel.events import Edited, Toggled
from omero_tables_jupyter.jupyter.panel.view_parts import (
    button,
    column,
    line,
    note,
    problem,
    shown,
    text,
)
from omero_tables_jupyter.jupyter.style import code, element, facts
from omero_tables_jupyter.paths import PathMapping, array_path
from omero_tables_jupyter.settings import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.acting import Acts
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.state import PanelState

__all__ = ["MappingForm"]

_WHAT = "A share has one path on this computer and another on the OMERO server. Give both:"


class MappingForm:
    """The fields of a new mapping, and what they come to, live.

    Parameters
    ----------
    tell
        Takes an event.
    acts
        What buttons do.

    """

    def __init__(self, *, tell: Callable[[Event], None], acts: Acts) -> None:
        self._tell = tell
        self._acts = acts
        self._state: PanelState | None = None
        self._open = False
        self._local = text("Here", "The share as this computer sees it", r"J:\data", live=True)
        self._server = text(
            "On server", "The same share as the OMERO server sees it", "/data", live=True
        )
        self._folder = text("Subfolder", "Where in the share tables go", "tables", live=True)
        self._name = text("Call it", "A name for this share, to choose it by", "lab", live=True)
        self._seen = widgets.HTML()
        self._keep = button(
            "Keep and use", "Remember this share", self._kept, icon="check", style="primary"
        )
        self._once = button("Use once", "Use it for this upload only", self._used)
        self._leave = button("Cancel", "Fold this form", partial(tell, Toggled("mapping")))
        for field in (self._local, self._server, self._folder, self._name):
            field.observe(lambda _: self._show(), names="value")
        self.widget = column(
            widgets.HTML(note(_WHAT)),
            line(self._local, self._server),
            line(self._folder, self._name),
            self._seen,
            line(self._keep, self._once, self._leave),
        )

    def render(self, state: PanelState) -> None:
        """Bring the form up to date."""
        is_open = "mapping" in state.open and not state.place_fixed
        if is_open and not self._open:
            self._fill_in(state)
        self._state, self._open = state, is_open
        shown(self.widget, when=is_open)
        self._show()

    def _fill_in(self, state: PanelState) -> None:
        """Begin with the place as it stands, where nothing was typed before."""
        written = state.run.array_path if state.run and state.fixed else ""
        place = state.place
        local = written or (place.local_path if place else "")
        if local and not self._local.value:
            self._local.value = folder_of(local)
            self._server.value = folder_of(state.seen or (place.remote_path if place else ""))

    def _show(self) -> None:
        """Say what the fields come to."""
        state, error = self._state, None
        pairs: list[tuple[str, str]] = []
        if self._local.value.strip() and self._server.value.strip():
            try:
                pairs = self._come_to()
            except OmeroTablesError as wrong:
                error = wrong
        self._keep.disabled = not (pairs and self._name.value.strip())
        self._once.disabled = not pairs
        refused = state.refusal if state and state.refusal else None
        if error is None and refused is not None and refused.where == "mapping":
            error = refused.error
        drawn = facts([(word, code(path)) for word, path in pairs]) if pairs else ""
        self._seen.value = element("div", drawn + problem(error), role="status")

    def _come_to(self) -> list[tuple[str, str]]:
        """Give the array's path here and on the server.

        Raises
        ------
        PathError
            If a path cannot be meant.

        """
        state = self._state
        written = state.run.array_path if state and state.run and state.fixed else ""
        folder = self._mapped(UploadOptions()).local_path or ""
        path = written or array_path(folder, (state.name if state else "") or "table")
        return [
            ("Array" if written else "Writes", path),
            ("OMERO sees", self._pair().to_server(path)),
        ]

    def _pair(self) -> PathMapping:
        return PathMapping([(self._local.value.strip(), self._server.value.strip())])

    def _mapped(self, options: UploadOptions) -> UploadOptions:
        fields = (self._local, self._server, self._folder)
        return mapped(options, *(field.value.strip() for field in fields))

    def _used(self) -> None:
        self._tell(Toggled("mapping"))
        self._tell(Edited("place", self._mapped))

    def _kept(self) -> None:
        server = self._state.server if self._state else ""
        folder = self._folder.value.strip().strip("/\\")
        name = self._name.value.strip()
        self._acts.keep_profile(Profile(name, server, folder=folder, mapping=self._pair()))
