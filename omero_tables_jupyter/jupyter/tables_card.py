"""The card of several tables: how many are registered, and a row for each; static HTML and text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from omero_tables_jupyter.jupyter.card import as_is, notes_html
from omero_tables_jupyter.jupyter.style import (
    BORDER,
    ERROR,
    FAINT,
    OK,
    WARN,
    badge,
    box,
    element,
    heading,
)
from omero_tables_jupyter.many.results import TableState, summary
from omero_tables_jupyter.model import Note
from omero_tables_jupyter.text import count, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from omero_tables_jupyter.many.results import TablesResult

__all__ = ["tables_bundle"]

#: More rows would push the notebook out of sight; the DataFrame has them all.
_SHOWN = 20
_ICONS = {
    TableState.REGISTERED: ("✓", OK),
    TableState.UNCHANGED: ("✓", FAINT),
    TableState.FAILED: ("✗", ERROR),
    TableState.NOT_TRIED: ("…", FAINT),
}
#: What was not tried as it was only checked, and is the whole upload's to do.
_DRY = {TableState.NOT_TRIED.value: "to upload"}
_HEADINGS = ("object", "state", "annotation", "rows", "")


def tables_bundle(
    results: TablesResult,
    reach: Callable[[str], str] = as_is,
    *,
    name: str = "",
    dry: bool = False,
) -> dict[str, str]:
    """Give the card of several tables in every form that a front end may want.

    Parameters
    ----------
    results
        From `upload_tables`, or from the error that it raised.
    reach
        Turns a link into the one that the user's browser can reach.
    name
        What they are called together.
    dry
        Whether they were only checked: what was not tried is what an upload would do.

    Returns
    -------
    dict
        Media type to text: ``text/html`` and ``text/plain``.

    """
    words = _DRY if dry else {}
    html, text = _html(results, reach, name, words), _text(results, name, words)
    return {"text/html": html, "text/plain": text}


def _summary(results: TablesResult, words: Mapping[str, str]) -> str:
    said = summary(results)
    for state, word in words.items():
        said = said.replace(state, word)
    return f"{said}; nothing was touched" if words else said


def _shown(results: TablesResult) -> list[Any]:
    """Give the rows to show: those that failed first, as they are looked for."""
    failed = results["state"] == TableState.FAILED.value
    ordered = [*results[failed].itertuples(), *results[~failed].itertuples()]
    return ordered[:_SHOWN]


def _html(
    results: TablesResult, reach: Callable[[str], str], name: str, words: Mapping[str, str]
) -> str:
    icon, colour = _mark(results)
    head = heading(name or "Tables", badge(icon, _summary(results, words), colour))
    cell = f"padding: 1px 14px 1px 0; text-align: left; border-bottom: 1px solid {BORDER}; "
    cell += "vertical-align: top; overflow-wrap: anywhere; white-space: normal"
    titles = "".join(element("th", word, f"{cell}; color: {FAINT}") for word in _HEADINGS)
    rows = [element("tr", titles)]
    for row in _shown(results):
        cells = "".join(element("td", inner, cell) for inner in _cells(row, reach, words))
        rows.append(element("tr", cells, "background: none"))
    style = "border-collapse: collapse; border: none; margin: 6px 0 0 0; font-size: 13px"
    table = element("table", element("tbody", "".join(rows)), style)
    inner = head + table + _more_html(results) + _notes_html(results)
    return box(inner, edge=colour, label=f"Tables {name}".rstrip())


def _mark(results: TablesResult) -> tuple[str, str]:
    """Give icon and colour: of those that failed, of an upload that was stopped, or all is well."""
    states = set(results["state"])
    if TableState.FAILED.value in states:
        return "✗", ERROR
    stopped = TableState.NOT_TRIED.value in states and len(states) > 1
    return ("■", WARN) if stopped else ("✓", OK)


def _cells(row: Any, reach: Callable[[str], str], words: Mapping[str, str]) -> list[str]:
    icon, colour = _ICONS[TableState(row.state)]
    said = escape(row.error.partition("\n")[0]) if row.error else escape(row.notes)
    return [
        escape(row.target),
        badge(icon, words.get(row.state, row.state), colour),
        _id(row.annotation_id),
        _number(row.rows),
        " ".join(filter(None, [_link(reach(row.table_url)) if row.table_url else "", said])),
    ]


def _link(url: str) -> str:
    return element("a", "view&nbsp;table ↗", href=url, target="_blank", rel="noopener noreferrer")


def _notes_html(results: TablesResult) -> str:
    return notes_html(Note("", text) for text in results.attrs.get("notes", []))


def _id(value: Any) -> str:
    return "" if pd.isna(value) else str(int(value))


def _number(value: Any) -> str:
    # of NumPy in one release of pandas, of Python in another
    return "" if pd.isna(value) else count(int(value))


def _more(results: TablesResult) -> str:
    more = len(results) - _SHOWN
    return f"and {plural(more, 'more table')}: the DataFrame has them all" if more > 0 else ""


def _more_html(results: TablesResult) -> str:
    more = _more(results)
    return element("div", escape(more), f"color: {FAINT}; margin: 6px 0 0 0") if more else ""


def _text(results: TablesResult, name: str, words: Mapping[str, str]) -> str:
    lines = [": ".join(filter(None, [name, _summary(results, words)]))]
    shown = _shown(results)
    width = max(len(row.target) for row in shown)
    for row in shown:
        said = row.error.partition("\n")[0] or row.notes
        number = _id(row.annotation_id)
        state = words.get(row.state, row.state)
        parts = [state, f"annotation {number}" if number else "", said]
        lines.append(f"  {row.target:{width}}  " + " · ".join(filter(None, parts)))
    lines += [f"  {more}" for more in filter(None, [_more(results)])]
    lines += [f"  note: {note}" for note in results.attrs.get("notes", [])]
    return "\n".join(lines)
