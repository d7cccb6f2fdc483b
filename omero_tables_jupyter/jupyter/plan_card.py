"""The card of a dry run: what each column becomes, where it would go, what stands in the way."""

from __future__ import annotations

from html import escape
from itertools import compress
from typing import TYPE_CHECKING

from omero_tables_jupyter.jupyter.card import MOST_TARGETS, noted, notes_html
from omero_tables_jupyter.jupyter.style import (
    BORDER,
    ERROR,
    FAINT,
    OK,
    SCROLLED,
    badge,
    box,
    code,
    element,
    facts,
    heading,
    trouble,
)
from omero_tables_jupyter.text import count, first_of, plural, size
from omero_tables_jupyter.visibility import visibility

if TYPE_CHECKING:
    from omero_tables_jupyter.model import ColumnPlan, Note, TablePlan, TargetInfo

__all__ = ["plan_bundle", "plan_html", "plan_text"]

# A table of hundreds of columns must not push the rest of the card out of sight
_FOLDED_FROM = 40
_HEADINGS = ("column", "stored as", "role", "note")


def plan_bundle(plan: TablePlan) -> dict[str, str]:
    """Give a plan's card in every form that a front end may want.

    Parameters
    ----------
    plan
        From `check_table`.

    Returns
    -------
    dict
        Media type to text: ``text/html`` and ``text/plain``.

    """
    return {"text/html": plan_html(plan), "text/plain": plan_text(plan)}


def plan_html(plan: TablePlan) -> str:
    """Draw a plan."""
    colour = OK if plan.ok else ERROR
    head = heading(plan.name or plan.source, badge("✓" if plan.ok else "✗", _state(plan), colour))
    rows = [(word, escape(text)) for word, text in _facts(plan)]
    rows += [(word, code(path)) for word, path in _paths(plan)]
    rows += [(word, escape(text)) for word, text in _place(plan)]
    problems = "".join(trouble(problem.text, problem.hint) for problem in plan.problems)
    inner = head + problems + facts(rows) + _columns_html(plan) + notes_html(_other_notes(plan))
    return box(inner, edge=colour, label=f"Check of {plan.name or plan.source}")


def plan_text(plan: TablePlan) -> str:
    """Write a plan for a terminal or a log."""
    lines = [f"{plan.name or plan.source}: {_state(plan)}"]
    for problem in plan.problems:
        lines += [f"  problem: {problem.text}", f"    → {problem.hint}"]
    lines += [f"  {word:<11} {text}" for word, text in _pairs(plan)]
    table = _table(plan)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        padded = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        lines.append(f"  {'  '.join(padded)}".rstrip())
    lines += [f"  note: {note}" for note in noted(_other_notes(plan))]
    return "\n".join(lines)


def _state(plan: TablePlan) -> str:
    if not plan.ok:
        return plural(len(plan.problems), "problem")
    return "would work; nothing was touched"


def _facts(plan: TablePlan) -> list[tuple[str, str]]:
    columns = plural(len(plan.columns), "column")
    rows = "rows not counted yet" if plan.rows is None else plural(plan.rows, "row")
    amount = f", {size(plan.n_bytes)}" if plan.n_bytes else ""
    types = "; types are provisional, from the beginning of the file" if plan.provisional else ""
    pairs = [("Table", f"{rows} x {columns}{amount}{types}")]
    if plan.targets:
        pairs.append(("Attach to", first_of([*map(_target, plan.targets)], MOST_TARGETS)))
    if plan.server:
        pairs.append(("Server", plan.server))
    shown = visibility(plan.columns, plan.targets)
    if shown is not None and not shown.missed:
        pairs.append(("Shown", shown.text))
    return pairs


def _target(info: TargetInfo) -> str:
    name = f' "{info.name}"' if info.name else ""
    group = f" · {info.group}" if info.group else ""
    allowed = {True: " · you can annotate", False: " · you cannot annotate", None: ""}
    return f"{info.target.type} {info.target.id}{name}{group}{allowed[info.can_annotate]}"


def _paths(plan: TablePlan) -> list[tuple[str, str]]:
    pairs = [("Writes", plan.local_path), ("OMERO sees", plan.remote_path)]
    return [(word, path) for word, path in pairs if path]


def _place(plan: TablePlan) -> list[tuple[str, str]]:
    return [("Place", plan.place)] if plan.place else []


def _pairs(plan: TablePlan) -> list[tuple[str, str]]:
    return [*_facts(plan), *_paths(plan), *_place(plan)]


def _table(plan: TablePlan) -> list[tuple[str, ...]]:
    """Give the columns' table with its headings, without what is empty in every row."""
    notes: dict[str, list[str]] = {}
    for note in plan.notes:
        notes.setdefault(note.column, []).append(note.text)
    rows = [_cells(column, notes.get(column.source, [])) for column in plan.columns]
    filled = [any(cells) for cells in zip(*rows, strict=True)] or [True] * len(_HEADINGS)
    return [tuple(compress(row, filled)) for row in [_HEADINGS, *rows]]


def _cells(column: ColumnPlan, notes: list[str]) -> tuple[str, str, str, str]:
    renamed = f" (was {column.source})" if column.source != column.name else ""
    detail = f" ({column.detail})" if column.detail else ""
    told = "; ".join(dict.fromkeys([*column.notes, *notes]))
    return (f"{column.name}{renamed}", f"{column.stored}{detail}", column.role, told)


def _other_notes(plan: TablePlan) -> list[Note]:
    """Give the notes that stand beside no column of the table."""
    sources = {column.source for column in plan.columns}
    return [note for note in plan.notes if note.column not in sources]


def _columns_html(plan: TablePlan) -> str:
    edge = f"border: none; border-bottom: 1px solid {BORDER}; background: none; text-align: left; "
    head = edge + f"color: {FAINT}; font-weight: normal; padding: 2px 14px 2px 0"
    cell = edge + "padding: 2px 14px 2px 0; vertical-align: top; "
    # names and notes may be long; the words between them are short, and stay in one piece
    wraps = {
        "column": "overflow-wrap: anywhere; min-width: 6rem",
        "note": "overflow-wrap: anywhere",
    }
    headings, *rows = _table(plan)
    styles = [cell + wraps.get(word, "white-space: nowrap") for word in headings]
    titles = "".join(element("th", escape(word), head, scope="col") for word in headings)
    body = "".join(
        element(
            "tr",
            "".join(
                element("td", escape(text), style) for text, style in zip(row, styles, strict=True)
            ),
            "background: none",
        )
        for row in rows
    )
    table = "border-collapse: collapse; border: none; margin: 10px 0 0 0; font-size: 13px"
    inner = element("thead", element("tr", titles)) + element("tbody", body)
    drawn = element("table", inner, table)
    if len(rows) <= _FOLDED_FROM:
        return element("div", drawn, SCROLLED)
    summary = element("summary", _folded(plan), "cursor: pointer")
    scroll = element("div", drawn, f"max-height: 24rem; overflow-y: auto; {SCROLLED}")
    return element("details", summary + scroll, "margin: 8px 0 0 0")


def _folded(plan: TablePlan) -> str:
    sources = {note.column for note in plan.notes}
    noted_ = sum(bool(column.notes) or column.source in sources for column in plan.columns)
    columns = plural(len(plan.columns), "column")
    return f"{columns}, {count(noted_)} with notes" if noted_ else columns
