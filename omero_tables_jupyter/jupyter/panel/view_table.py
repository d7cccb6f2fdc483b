"""Section 1 drawn: the table that is chosen, what is to be known of it, and its columns."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from omero_tables_jupyter.jupyter.panel.columns import column_rows
from omero_tables_jupyter.jupyter.panel.events import Toggled
from omero_tables_jupyter.jupyter.panel.questions import PlanQuestion, PreviewQuestion
from omero_tables_jupyter.jupyter.panel.sections import sections
from omero_tables_jupyter.jupyter.panel.view_columns import ColumnsView
from omero_tables_jupyter.jupyter.panel.view_findings import FindingsView
from omero_tables_jupyter.jupyter.panel.view_parts import (
    Ear,
    button,
    column,
    dropdown,
    header,
    line,
    note,
    problem,
    rows_table,
    shown,
    text,
)
from omero_tables_jupyter.text import plural, size

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.acting import Acts
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.model import Note, Problem, TablePlan

__all__ = ["TableView"]

_NOTHING = ("choose a table", None)


class TableView:
    """The widgets of section 1.

    Parameters
    ----------
    tell
        Takes an event.
    acts
        What buttons do.

    """

    def __init__(self, *, tell: Callable[[Event], None], acts: Acts) -> None:
        self._ear = Ear()
        self._header = widgets.HTML()
        self._tables = dropdown("Table", "The table to upload: the tables among your variables")
        self._refresh = button("Refresh", "Look at the variables again", acts.look, icon="refresh")
        self._browse = button(
            "File…",
            "Upload a CSV or Parquet file instead",
            partial(tell, Toggled("file")),
            icon="file",
        )
        self._file = text(
            "Path", "The path of a .csv, .tsv, .txt or .parquet file, then Enter", r"J:\out\a.csv"
        )
        self._facts = widgets.HTML()
        self._findings = FindingsView(tell)
        self._show_rows = button(
            "First rows",
            "Show the first rows as they will be stored",
            partial(tell, Toggled("preview")),
            icon="table",
        )
        self._columns = ColumnsView(tell, beside=self._show_rows)
        self._rows = widgets.HTML()
        self._ear.listen(self._tables, acts.choose)
        self._ear.listen(self._file, acts.choose_file)
        self.widget = column(
            self._header,
            line(self._tables, self._refresh, self._browse),
            line(self._file),
            self._facts,
            self._findings.widget,
            self._columns.widget,
            self._rows,
        )

    def render(self, state: PanelState) -> None:
        """Bring the section up to date."""
        with self._ear.deaf():
            self._header.value = header(1, "Table", sections(state).table)
            self._render_choice(state)
            self._facts.value = self._facts_html(state)
            plan = state.plan.plan if state.plan and state.table else None
            self._findings.render(_findings(plan), fixable=not state.fixed)
            self._columns.render(state)
            shown(self._show_rows, when=state.plan is not None)
            self._rows.value = self._rows_html(state)

    def _render_choice(self, state: PanelState) -> None:
        offered = ((str(one), one.source) for one in state.tables)
        options = (*offered, *(() if state.table else (_NOTHING,)))
        if self._tables.options != options:
            self._tables.options = options
        self._tables.value = state.options.source if state.table else None
        for control in (self._tables, self._refresh, self._browse, self._file):
            control.disabled = state.fixed
        shown(self._file, when="file" in state.open and not state.fixed)

    def _facts_html(self, state: PanelState) -> str:
        refused = state.refusal if state.refusal and state.refusal.where == "table" else None
        if refused:
            return problem(refused.error)
        error = state.error(PlanQuestion)
        if error is not None or state.plan is None:
            return problem(error)
        return note(f"{_shape(state.plan.plan)}{_noted(state)}")

    def _rows_html(self, state: PanelState) -> str:
        if "preview" not in state.open:
            return ""
        found = state.found(PreviewQuestion)
        if found is None:
            return problem(state.error(PreviewQuestion))
        lacking = [into for _, into in state.options.resolve if into not in found.columns]
        return rows_table(found) + note(_looked_up_later(lacking))


def _shape(plan: TablePlan) -> str:
    rows = "" if plan.rows is None else f"{plural(plan.rows, 'row')} x "
    words = f"{plan.source}: {rows}{plural(len(plan.columns), 'column')}, {size(plan.n_bytes)}"
    return f"{words} (from the beginning of the file)" if plan.provisional else words


def _looked_up_later(columns: list[str]) -> str:
    if not columns:
        return ""
    named = ", ".join(f"'{one}'" for one in columns)
    return f"the ids of {named} are looked up once you are logged in, and something is attached"


def _noted(state: PanelState) -> str:
    """Say where the notes are that the header counts, and nothing above the columns tells."""
    number = sum(bool(row.notes) and not row.added for row in column_rows(state))
    if not number or "columns" in state.open:
        return ""
    return f"; notes on {plural(number, 'column')} stand in the list of columns"


def _findings(plan: TablePlan | None) -> tuple[Problem | Note, ...]:
    """Give what stands above the columns: problems, what can be fixed, what is about them all."""
    if plan is None:
        return ()
    notes = (one for one in plan.notes if one.fix is not None or not one.column)
    return (*plan.problems, *notes)
