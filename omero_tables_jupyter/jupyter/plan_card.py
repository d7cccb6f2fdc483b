"""The card of a dry run: what each column becomes, where it would go, what stands in the way."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from omero_tables_jupyter.jupyter.card import noted, notes_html
from omero_tables_jupyter.jupyter.style import (
    BORDER,
    ERROR,
    FAINT,
    OK,
    badge,
    box,
    code,
    element,
    facts,
)
from omero_tables_jupyter.text import count, plural, size

if TYPE_CHECKING:
    from omero_tables_jupyter.model import ColumnPlan, Note, Problem, TablePlan, TargetInfo

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
    title = element("span", escape(plan.name or plan.source), "font-size: 15px; font-weight: 600")
    head = element("div", f"{title} &nbsp;{badge('✓' if plan.ok else '✗', _state(plan), colour)}")
    rows = [(word, escape(text)) for word, text in _facts(plan)]
    rows += [(word, code(path)) for word, path in _paths(plan)]
    problems = "".join(map(_problem_html, plan.problems))
    inner = head + problems + facts(rows) + _columns_html(plan.columns) + notes_html(_further(plan))
    return box(inner, edge=colour, label=f"Check of {plan.name or plan.source}")


def plan_text(plan: TablePlan) -> str:
    """Write a plan for a terminal or a log."""
    lines = [f"{plan.name or plan.source}: {_state(plan)}"]
    for problem in plan.problems:
        lines += [f"  problem: {problem.text}", f"    → {problem.hint}"]
    lines += [f"  {word:<11} {text}" for word, text in [*_facts(plan), *_paths(plan)]]
    table = [_HEADINGS, *map(_cells, plan.columns)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        padded = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        lines.append(f"  {'  '.join(padded)}".rstrip())
    lines += [f"  note: {noted(note)}" for note in _further(plan)]
    return "\n".join(lines)


def _further(plan: TablePlan) -> tuple[Note, ...]:
    """Give the notes that do not stand beside a column already."""
    beside = {(column.source, text) for column in plan.columns for text in column.notes}
    return tuple(note for note in plan.notes if (note.column, note.text) not in beside)


def _state(plan: TablePlan) -> str:
    if not plan.ok:
        return plural(len(plan.problems), "problem")
    return "would work; nothing was touched"


def _problem_html(problem: Problem) -> str:
    text = element("span", f"✗ {escape(problem.text)}", f"color: {ERROR}")
    hint = element("span", f"→ {escape(problem.hint)}")
    return element("div", f"{text}<br>{hint}", "margin: 6px 0 0 0")


def _facts(plan: TablePlan) -> list[tuple[str, str]]:
    columns = plural(len(plan.columns), "column")
    rows = "rows not counted yet" if plan.rows is None else plural(plan.rows, "row")
    amount = f", {size(plan.n_bytes)}" if plan.n_bytes else ""
    types = "; types are provisional, from the beginning of the file" if plan.provisional else ""
    pairs = [("Table", f"{rows} x {columns}{amount}{types}")]
    if plan.targets:
        pairs.append(("Attach to", "; ".join(map(_target, plan.targets))))
    if plan.server:
        pairs.append(("Server", plan.server))
    return pairs


def _target(info: TargetInfo) -> str:
    name = f' "{info.name}"' if info.name else ""
    group = f" · {info.group}" if info.group else ""
    allowed = {True: " · you can annotate", False: " · you cannot annotate", None: ""}
    return f"{info.target.type} {info.target.id}{name}{group}{allowed[info.can_annotate]}"


def _paths(plan: TablePlan) -> list[tuple[str, str]]:
    pairs = [("Writes", plan.local_path), ("OMERO sees", plan.remote_path)]
    return [(word, path) for word, path in pairs if path]


def _cells(column: ColumnPlan) -> tuple[str, str, str, str]:
    renamed = f" (was {column.source})" if column.source != column.name else ""
    detail = f" ({column.detail})" if column.detail else ""
    notes = "; ".join(column.notes)
    return (f"{column.name}{renamed}", f"{column.stored}{detail}", column.role, notes)


def _columns_html(columns: tuple[ColumnPlan, ...]) -> str:
    edge = f"border: none; border-bottom: 1px solid {BORDER}; background: none; text-align: left; "
    head = edge + f"color: {FAINT}; font-weight: normal; padding: 2px 14px 2px 0"
    cell = edge + "padding: 2px 14px 2px 0; vertical-align: top; overflow-wrap: anywhere"
    titles = "".join(element("th", escape(word), head, scope="col") for word in _HEADINGS)
    rows = "".join(
        element("tr", "".join(element("td", escape(text), cell) for text in _cells(column)))
        for column in columns
    )
    table = "border-collapse: collapse; border: none; margin: 10px 0 0 0; font-size: 13px"
    inner = element("thead", element("tr", titles)) + element("tbody", rows)
    drawn = element("table", inner, table)
    if len(columns) <= _FOLDED_FROM:
        return drawn
    summary = element("summary", f"{count(len(columns))} columns", "cursor: pointer")
    scroll = element("div", drawn, "max-height: 24rem; overflow: auto")
    return element("details", summary + scroll, "margin: 8px 0 0 0")
