"""Section 3 drawn: where the array is written, and where the server sees it."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as widgets

from omero_tables_jupyter.jupyter.panel.editing import (
    file_of,
    folder_of,
    in_file,
    in_folder,
    in_profile,
)
from omero_tables_jupyter.jupyter.panel.events import Edited, Toggled
from omero_tables_jupyter.jupyter.panel.questions import PlaceQuestion, SeenQuestion
from omero_tables_jupyter.jupyter.panel.sections import sections
from omero_tables_jupyter.jupyter.panel.view_findings import FindingsView
from omero_tables_jupyter.jupyter.panel.view_mapping import MappingForm
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
from omero_tables_jupyter.jupyter.style import FAINT, TEXT, code, element, facts
from omero_tables_jupyter.paths import is_array_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.panel.acting import Acts
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.model import Note, Problem

__all__ = ["PlaceView"]

#: What the choice holds where no share is taken.
_NONE = ("no saved share", "")
_EXAMPLE = r"J:\data\tables"


class PlaceView:
    """The widgets of section 3.

    Parameters
    ----------
    tell
        Takes an event.
    acts
        What buttons do.

    """

    def __init__(self, *, tell: Callable[[Event], None], acts: Acts) -> None:
        self._ear = Ear()
        self._tell = tell
        self._path = ""
        self._header = widgets.HTML()
        self._profile = dropdown("Save in", "A share that this computer and the server both see")
        self._new = button(
            "New…",
            "Say how the server sees a folder of this computer",
            partial(tell, Toggled("mapping")),
            icon="plus",
        )
        self._folder = text("Folder", "Another folder to write to, as this computer sees it")
        self._file = text("File", "The name of the array, without .tiledb")
        self._facts = widgets.HTML()
        self._findings = FindingsView(tell)
        self._form = MappingForm(tell=tell, acts=acts)
        self._ear.listen(self._profile, lambda name: self._change(partial(in_profile, name=name)))
        self._ear.listen(self._folder, lambda path: self._change(partial(in_folder, path=path)))
        self._ear.listen(self._file, self._rename)
        self.widget = column(
            self._header,
            line(self._profile, self._new),
            self._form.widget,
            line(self._folder),
            line(self._file),
            self._facts,
            self._findings.widget,
        )

    def render(self, state: PanelState) -> None:
        """Bring the section up to date."""
        with self._ear.deaf():
            self._header.value = header(3, "Save in", sections(state).place)
            self._render_choice(state)
            place = state.place
            self._path = place.local_path if place else ""
            given = state.options.local_path or ""
            self._folder.value = folder_of(given) if is_array_name(given) else given
            self._folder.placeholder = folder_of(self._path) or _EXAMPLE
            self._file.value = file_of(self._path)
            shown(self._file, when=bool(self._path))
            for control in (self._folder, self._file):
                control.disabled = state.fixed
            self._facts.value = _facts_html(state)
            self._findings.render(_findings(state), fixable=not state.fixed)
            self._form.render(state)

    def _render_choice(self, state: PanelState) -> None:
        profiles = state.kept.profiles if state.kept else {}
        wanted = state.options.profile or (state.kept.chosen if state.kept else "")
        chosen = wanted if wanted in profiles and not state.options.mapping else ""
        offered = [(words, name) for name, words in profiles.items()]
        options = tuple(offered) if chosen else (_NONE, *offered)
        if self._profile.options != options:
            self._profile.options = options
        self._profile.value = chosen
        self._profile.disabled = self._new.disabled = state.place_fixed

    def _change(self, change: Callable[[UploadOptions], UploadOptions]) -> None:
        self._tell(Edited("place", change))

    def _rename(self, name: str) -> None:
        self._change(partial(in_file, place=self._path, name=name))


def _findings(state: PanelState) -> tuple[Problem | Note, ...]:
    place = state.place if state.asks(PlaceQuestion) else None
    return (*place.problems, *place.notes) if place else ()


def _facts_html(state: PanelState) -> str:
    refused = state.refusal if state.refusal and state.refusal.where == "place" else None
    if refused is not None:
        return problem(refused.error)
    if state.fixed:
        return _seen_html(state)
    error, place = state.error(PlaceQuestion), state.place
    if error is not None or place is None:
        return problem(error)
    words = element("span", escape(place.words), f"color: {FAINT}")
    rows = [
        ("Writes", f"{code(place.local_path)} {words}"),
        ("OMERO sees", code(place.remote_path)),
    ]
    return element("div", facts(rows), f"color: {TEXT}")


def _seen_html(state: PanelState) -> str:
    """Draw where an array is that is written already."""
    run, place = state.run, state.place
    error, seen = state.error(SeenQuestion), state.seen
    if error is not None:
        return problem(error)
    if run is not None and run.array_path and seen:
        rows = [("Written", code(run.array_path)), ("OMERO sees", code(seen))]
    elif place is not None:
        rows = [("Writes", code(place.local_path)), ("OMERO sees", code(place.remote_path))]
    else:
        return ""
    return element("div", facts(rows), f"color: {TEXT}")
