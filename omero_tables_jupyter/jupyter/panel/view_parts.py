"""What the panel's sections are put together from: labelled controls, rows, headers, findings."""

from __future__ import annotations

from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from omero_tables_jupyter.jupyter.panel.sections import Standing, Word
from omero_tables_jupyter.jupyter.panel.wording import in_the_panel
from omero_tables_jupyter.jupyter.style import (
    BORDER,
    ERROR,
    FAINT,
    OK,
    SCROLLED,
    TEXT,
    WARN,
    badge,
    element,
    trouble,
)
from omero_tables_jupyter.model import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from omero_tables_jupyter.arrays.preview import Preview
    from omero_tables_jupyter.errors import OmeroTablesError
    from omero_tables_jupyter.model import Note

__all__ = [
    "Ear",
    "button",
    "column",
    "dropdown",
    "finding",
    "header",
    "line",
    "note",
    "problem",
    "rows_table",
    "shown",
    "text",
]

_ICONS = {
    Word.NEEDED: ("○", FAINT),
    Word.CHECKING: ("…", FAINT),
    Word.OK: ("✓", OK),
    Word.NOTES: ("i", WARN),
    Word.PROBLEM: ("✗", ERROR),
    Word.READY: ("●", OK),
    Word.RUNNING: ("…", FAINT),
    Word.DONE: ("✓", OK),
    Word.FAILED: ("✗", ERROR),
    Word.CANCELLED: ("■", WARN),
    Word.WRITTEN: ("⚠", WARN),
}
_LABEL = "5.5rem"


class Ear:
    """Hears what the user changes, and not what drawing changes."""

    def __init__(self) -> None:
        self._deaf = 0

    def listen(self, widget: Any, heard: Callable[[Any], None]) -> None:
        """Call `heard` with each value that the user gives a widget."""

        def changed(change: Any) -> None:
            if not self._deaf:
                heard(change["new"])

        widget.observe(changed, names="value")

    @contextmanager
    def deaf(self) -> Iterator[None]:
        """Hear nothing meanwhile."""
        self._deaf += 1
        try:
            yield
        finally:
            self._deaf -= 1


def button(
    word: str, tooltip: str, clicked: Callable[[], None], *, icon: str = "", style: str = ""
) -> Any:
    """Make a button as wide as its word."""
    made = widgets.Button(
        description=word,
        tooltip=tooltip,
        icon=icon,
        button_style=style,
        layout=widgets.Layout(width="auto", max_width="100%"),
    )
    made.on_click(lambda _: clicked())
    return made


def text(word: str, tooltip: str, placeholder: str = "", *, live: bool = False) -> Any:
    """Make a field with its label; it tells its value at Enter and when it is left."""
    return widgets.Text(
        description=word,
        tooltip=tooltip,
        placeholder=placeholder,
        continuous_update=live,
        style={"description_width": _LABEL},
        layout=widgets.Layout(width="auto", min_width="14rem", flex="1 1 20rem"),
    )


def dropdown(word: str, tooltip: str) -> Any:
    """Make a choice with its label."""
    return widgets.Dropdown(
        description=word,
        tooltip=tooltip,
        style={"description_width": _LABEL},
        layout=widgets.Layout(width="auto", min_width="14rem", flex="1 1 20rem"),
    )


def line(*children: Any) -> Any:
    """Put controls beside each other; in a narrow window, below each other."""
    layout = widgets.Layout(flex_flow="row wrap", align_items="center", width="100%")
    return widgets.HBox(children, layout=layout)


def column(*children: Any) -> Any:
    """Put parts below each other."""
    return widgets.VBox(children, layout=widgets.Layout(width="100%", overflow="visible"))


def shown(widget: Any, *, when: bool) -> None:
    """Show a part, or take it out of the page, of the Tab order and of what is read aloud."""
    widget.layout.display = None if when else "none"


def header(number: int, title: str, standing: Standing) -> str:
    """Draw the header of a section: its title, and how it stands as icon and word."""
    icon, colour = _ICONS[standing.word]
    words = element("span", f"{number} {escape(title)}", "font-weight: 600; font-size: 14px")
    mark = badge(icon, str(standing), colour)
    style = f"display: flex; gap: 1em; flex-wrap: wrap; color: {TEXT}; margin: 8px 0 2px 0"
    return element(
        "div", f"{words}<span>{mark}</span>", style, role="heading", **{"aria-level": "3"}
    )


def problem(error: OmeroTablesError | None) -> str:
    """Draw an error with its cure; '' for none."""
    return "" if error is None else _block(trouble(error.message, in_the_panel(error.hint)))


def finding(one: Problem | Note) -> str:
    """Draw a problem with its cure, or a note, with the column that it is about."""
    about = f"{one.column}: " if one.column and f"'{one.column}'" not in one.text else ""
    if isinstance(one, Problem):
        return _block(trouble(f"{about}{one.text}", in_the_panel(one.hint, fix=one.fix)))
    return note(f"{about}{in_the_panel(one.text, fix=one.fix)}", icon="i")


def note(words: str, *, icon: str = "") -> str:
    """Draw a line of text; '' for none."""
    if not words:
        return ""
    mark = element("span", f"{icon} ", f"color: {WARN}; font-weight: 600") if icon else ""
    return _block(mark + element("span", escape(words), f"color: {FAINT}"))


def rows_table(found: Preview) -> str:
    """Draw the first rows as they will be stored."""
    edge = f"border: none; border-bottom: 1px solid {BORDER}; background: none; text-align: left; "
    cell = edge + "padding: 2px 12px 2px 0; white-space: nowrap; font-size: 12px; "
    head = "".join(
        element("th", escape(one), f"{cell}color: {FAINT}", scope="col") for one in found.columns
    )
    body = "".join(
        element(
            "tr",
            "".join(element("td", escape(text), cell) for text in row),
            "background: none",
        )
        for row in found.rows
    )
    table = element(
        "table",
        element("thead", element("tr", head)) + element("tbody", body),
        f"border-collapse: collapse; border: none; color: {TEXT}",
    )
    # reached by Tab, so that it can be scrolled without a mouse
    return element(
        "div",
        table,
        SCROLLED,
        tabindex="0",
        role="region",
        **{"aria-label": "First rows as they will be stored"},
    )


def _block(inner: str) -> str:
    style = f"color: {TEXT}; line-height: 1.5; white-space: normal; overflow-wrap: anywhere"
    return element("div", inner, style)
