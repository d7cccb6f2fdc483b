"""The columns drawn: a page of rows with a tick, a name and what each column becomes."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from omero_tables_jupyter.jupyter.magic.fixing import excluded, included, renamed
from omero_tables_jupyter.jupyter.panel.columns import ColumnRow, column_rows, matching
from omero_tables_jupyter.jupyter.panel.editing import as_they_are
from omero_tables_jupyter.jupyter.panel.events import Edited, Toggled
from omero_tables_jupyter.jupyter.panel.view_parts import Ear, button, column, line, shown, text
from omero_tables_jupyter.jupyter.style import ERROR, FAINT, TEXT, element
from omero_tables_jupyter.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.state import PanelState

__all__ = ["ColumnsView"]

_PAGE = 12


class ColumnsView:
    """The list of columns; as many rows as a page has, filled anew for each.

    Parameters
    ----------
    tell
        Takes an event.
    beside
        A button that stands beside the list's own.

    """

    def __init__(self, tell: Callable[[Event], None], *, beside: Any) -> None:
        self._tell = tell
        self._ear = Ear()
        self._first = 0
        self._state: PanelState | None = None
        self._toggle = button(
            "Columns",
            "What each column becomes; leave some out, or rename them",
            lambda: tell(Toggled("columns")),
            icon="columns",
        )
        self._reset = button(
            "All as they are",
            "Store every column again, under its own name",
            lambda: tell(Edited("table", as_they_are)),
            icon="undo",
        )
        self._filter = text("Filter", "Show only columns that hold this text", "part of a name")
        self._ear.listen(self._filter, lambda _: self._turn(-self._first))
        self._before = button(
            "Previous", "The columns before these", partial(self._turn, -_PAGE), icon="chevron-left"
        )
        self._next = button(
            "Next", "The columns after these", partial(self._turn, _PAGE), icon="chevron-right"
        )
        self._where = widgets.HTML()
        self._rows: list[_Row] = []
        self._list = column()
        self._turning = line(self._filter, self._before, self._next, self._where)
        self.widget = column(line(self._toggle, beside, self._reset), self._turning, self._list)

    def render(self, state: PanelState) -> None:
        """Bring the page up to date."""
        self._state = state
        every = column_rows(state)
        is_open = "columns" in state.open and bool(every)
        self._toggle.description = plural(len(every), "column")
        shown(self._toggle, when=bool(every))
        # also where there is nothing to show, because a choice names a column that has gone
        wanted = is_open or not every
        shown(self._reset, when=wanted and not state.fixed and _chosen(state.options))
        shown(self._turning, when=is_open and len(every) > _PAGE)
        shown(self._list, when=is_open)
        if is_open:
            with self._ear.deaf():
                self._render_page(matching(every, self._filter.value), state)

    def _render_page(self, rows: tuple[ColumnRow, ...], state: PanelState) -> None:
        self._first = max(0, min(self._first, (len(rows) - 1) // _PAGE * _PAGE))
        page = rows[self._first : self._first + _PAGE]
        while len(self._rows) < len(page):
            self._rows.append(_Row(self._ear, self._change))
        for row, one in zip(self._rows, page, strict=False):
            row.render(one, disabled=state.fixed)
        visible = tuple(one.widget for one in self._rows[: len(page)])
        if self._list.children != visible:
            self._list.children = visible
        self._before.disabled = self._first == 0
        self._next.disabled = self._first + _PAGE >= len(rows)
        last = self._first + len(page)
        self._where.value = f"{self._first + 1} to {last} of {plural(len(rows), 'column')}"

    def _turn(self, by: int) -> None:
        self._first += by
        if self._state is not None:
            self.render(self._state)

    def _change(self, change: Callable[[UploadOptions], UploadOptions]) -> None:
        self._tell(Edited("table", change))


class _Row:
    """The widgets of one column."""

    def __init__(
        self, ear: Ear, change: Callable[[Callable[[UploadOptions], UploadOptions]], None]
    ) -> None:
        self._column = ""
        self._change = change
        self._stored = widgets.Checkbox(
            indent=False, layout=widgets.Layout(width="auto", flex="1 1 10rem", min_width="8rem")
        )
        self._name = widgets.Text(
            description="as",
            continuous_update=False,
            style={"description_width": "1.6rem"},
            layout=widgets.Layout(width="auto", flex="1 1 8rem", min_width="7rem"),
        )
        self._words = widgets.HTML(layout=widgets.Layout(flex="3 1 14rem", min_width="0"))
        ear.listen(self._stored, self._tick)
        ear.listen(self._name, lambda name: self._change(partial(_renamed, self._column, name)))
        self.widget = line(self._stored, self._name, self._words)

    def render(self, row: ColumnRow, *, disabled: bool) -> None:
        self._column = row.source
        self._stored.value = row.stored
        self._stored.description = row.source or "(no name)"
        self._stored.tooltip = f"Store the column '{row.source}'"
        self._stored.disabled = self._name.disabled = disabled or row.added
        self._name.value = row.name
        self._name.placeholder = row.source
        self._name.tooltip = f"Another name for '{row.source}'"
        self._words.value = _words_html(row)

    def _tick(self, wanted: bool) -> None:
        change = included if wanted else excluded
        name = self._column
        self._change(lambda options: change(options, name))


def _renamed(column_: str, name: str, options: UploadOptions) -> UploadOptions:
    return renamed(options, column_, name.strip() or column_)


def _chosen(options: UploadOptions) -> bool:
    return as_they_are(options) != options


def _words_html(row: ColumnRow) -> str:
    if not row.stored:
        return element("span", "left out", f"color: {FAINT}")
    mark = element("span", "✗ ", f"color: {ERROR}") if row.trouble else ""
    words = element("span", escape(row.words), f"color: {TEXT}")
    notes = element("span", escape(row.notes), f"color: {FAINT}")
    return element("div", f"{mark}{words} &nbsp;{notes}", "line-height: 1.4; white-space: normal")
