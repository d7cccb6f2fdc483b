"""The card of a registered table: static HTML and the same in plain text, without a secret."""

from __future__ import annotations

from html import escape
from itertools import zip_longest
from typing import TYPE_CHECKING

from omero_tables_jupyter.jupyter.style import (
    FAINT,
    OK,
    badge,
    box,
    button_link,
    code,
    element,
    facts,
    heading,
)
from omero_tables_jupyter.text import count, duration, first_of, plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from omero_tables_jupyter.model import Note, RegisteredTable

__all__ = [
    "MOST_TARGETS",
    "as_is",
    "noted",
    "notes_html",
    "result_bundle",
    "result_html",
    "result_text",
]

#: A table on thousands of objects must not push the rest of a card out of sight.
MOST_TARGETS = 20
_NAMED = 3
_SHOWN = 5
_WORTH_SAYING_S = 0.05


def as_is(url: str) -> str:
    """Leave a link as it is: the browser reaches the server as this machine does."""
    return url


def result_bundle(table: RegisteredTable, reach: Callable[[str], str] = as_is) -> dict[str, str]:
    """Give a registered table's card in every form that a front end may want.

    Parameters
    ----------
    table
        What was registered.
    reach
        Turns a link into the one that the user's browser can reach.

    Returns
    -------
    dict
        Media type to text: ``text/html`` and ``text/plain``.

    """
    return {"text/html": result_html(table, reach), "text/plain": result_text(table, reach)}


def result_html(table: RegisteredTable, reach: Callable[[str], str] = as_is) -> str:
    """Draw a registered table."""
    head = heading(table.name, badge("✓", _state(table), OK))
    rows = [(word, escape(text)) for word, text in _facts(table)]
    rows += [(word, code(path)) for word, path in _paths(table)]
    links = "".join(button_link(text, url) for text, url in _links(table, reach))
    inner = head + facts(rows) + notes_html(table.notes) + links
    return box(inner, edge=OK, label=f"Table {table.name}")


def result_text(table: RegisteredTable, reach: Callable[[str], str] = as_is) -> str:
    """Write a registered table for a terminal or a log."""
    lines = [f"{table.name}: {_state(table)}"]
    pairs = [*_facts(table), *_paths(table), *_links(table, reach)]
    width = max(len(word) for word, _ in pairs)
    lines += [f"  {word:{width}}  {text}" for word, text in pairs]
    lines += [f"  note: {note}" for note in noted(table.notes)]
    return "\n".join(lines)


def noted(notes: Iterable[Note]) -> list[str]:
    """Write notes with their columns: ``label: 3 missing -> ''``; the same of many in one line."""
    columns: dict[str, list[str]] = {}
    for note in notes:
        columns.setdefault(note.text, []).append(note.column)
    return [f"{_listed(named)}: {text}" if any(named) else text for text, named in columns.items()]


def _listed(columns: list[str]) -> str:
    more = len(columns) - _NAMED
    # "and 1 more" would be longer than the name
    if more <= 1:
        return ", ".join(columns)
    return f"{', '.join(columns[:_NAMED])} and {count(more)} more"


def notes_html(notes: Iterable[Note]) -> str:
    """Draw notes as a list, a long one folded behind its first; '' where there is none."""
    texts = noted(notes)
    if len(texts) <= _SHOWN + 1:
        return _list_html(texts)
    more = element("summary", f"{count(len(texts) - _SHOWN)} more notes", "cursor: pointer")
    folded = element("details", more + _list_html(texts[_SHOWN:]), f"color: {FAINT}")
    return _list_html(texts[:_SHOWN]) + folded


def _list_html(texts: list[str]) -> str:
    items = "".join(element("li", escape(text), "margin: 0; padding: 0") for text in texts)
    style = f"margin: 6px 0 0 0; padding-left: 18px; color: {FAINT}; overflow-wrap: anywhere"
    return element("ul", items, style) if items else ""


def _state(table: RegisteredTable) -> str:
    if table.unchanged:
        return f"unchanged, already annotation {table.annotation_id}"
    return "registered in OMERO"


def _facts(table: RegisteredTable) -> list[tuple[str, str]]:
    columns = plural(len(table.columns), "column")
    shape = columns if table.rows is None else f"{count(table.rows)} rows x {columns}"
    if table.rows == 1:
        shape = f"1 row x {columns}"
    pairs = [("Table", shape), ("Attached to", first_of(_targets(table), MOST_TARGETS))]
    pairs.append(("Annotation", str(table.annotation_id)))
    if table.seconds >= _WORTH_SAYING_S:
        pairs.append(("Took", duration(table.seconds)))
    return pairs


def _targets(table: RegisteredTable) -> list[str]:
    return [
        f'{target.type} {target.id} "{name}"' if name else f"{target.type} {target.id}"
        for target, name in zip_longest(table.targets, table.target_names[: len(table.targets)])
    ]


def _paths(table: RegisteredTable) -> list[tuple[str, str]]:
    pairs = [("Stored in", table.local_path)]
    if table.remote_path != table.local_path:
        pairs.append(("OMERO sees", table.remote_path))
    return [(word, path) for word, path in pairs if path]


def _links(table: RegisteredTable, reach: Callable[[str], str]) -> list[tuple[str, str]]:
    pairs = [("Open in OMERO.web", table.url), ("View table", table.table_url)]
    return [(text, reach(url)) for text, url in pairs if url]
