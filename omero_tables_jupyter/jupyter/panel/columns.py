"""The columns of a table as rows to read and to click: stored as what, under which name. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter.jupyter.panel.wording import in_the_panel

if TYPE_CHECKING:
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.model import ColumnPlan, TablePlan

__all__ = ["ColumnRow", "column_rows", "matching"]


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column of the source.

    Parameters
    ----------
    source
        Its name there.
    stored
        Whether it is stored.
    name
        The name that the user gave it; '' where it keeps its own.
    words
        What it becomes: ``integer · Image id``; '' where it is left out.
    notes
        What could be missed.
    trouble
        Whether it cannot be stored as it is.
    added
        Whether it is none of the source's: ids, looked up by name.

    """

    source: str
    stored: bool
    name: str = ""
    words: str = ""
    notes: str = ""
    trouble: bool = False
    added: bool = False


def column_rows(state: PanelState) -> tuple[ColumnRow, ...]:
    """Give a row for each column of the table that is chosen, in its order; then what is added."""
    if state.plan is None:
        return ()
    plan, options = state.plan.plan, state.options
    by_source = {one.source: one for one in plan.columns}
    chosen = None if options.columns is None else set(options.columns)
    given = dict(options.rename)
    troubled = {one.column for one in plan.problems}
    notes = _notes(plan)
    own = tuple(
        ColumnRow(
            name,
            stored=name not in options.exclude and (chosen is None or name in chosen),
            name=given.get(name, ""),
            words=_words(by_source[name]) if name in by_source else "",
            notes="; ".join(dict.fromkeys(notes.get(name, ()))),
            trouble=name in troubled,
        )
        for name in dict.fromkeys(state.plan.columns)
    )
    names = {into: column for column, into in options.resolve}
    added = (one for one in plan.columns if one.source not in state.plan.columns)
    return (*own, *(_added(one, names.get(one.source, "")) for one in added))


def _added(column: ColumnPlan, names: str) -> ColumnRow:
    said = f"looked up by '{names}'"
    return ColumnRow(column.name, stored=True, words=_words(column), notes=said, added=True)


def matching(rows: tuple[ColumnRow, ...], text: str) -> tuple[ColumnRow, ...]:
    """Give the rows whose names or words hold a text, whatever its case."""
    wanted = text.strip().casefold()
    return tuple(
        one
        for one in rows
        if wanted in f"{one.source}\n{one.name}\n{one.words}\n{one.notes}".casefold()
    )


def _notes(plan: TablePlan) -> dict[str, list[str]]:
    notes = {one.source: list(one.notes) for one in plan.columns}
    for note in plan.notes:
        notes.setdefault(note.column, []).append(in_the_panel(note.text, fix=note.fix))
    return notes


def _words(column: ColumnPlan) -> str:
    detail = f" ({column.detail})" if column.detail else ""
    return f"{column.stored}{detail}" + (f" · {column.role}" if column.role else "")
