"""A frame that is a list of tables: in a notebook its links can be clicked."""

from __future__ import annotations

from html import escape
from typing import Any, cast

import pandas as pd

__all__ = ["LINKS", "Listing"]

#: The columns of addresses, and the word that stands for each.
LINKS = {"url": "open", "table_url": "view table"}


class Listing(pd.DataFrame):
    """A DataFrame in every respect; whatever is made of it is a plain one."""

    def _repr_html_(self) -> str | None:
        # Not among what pandas' stubs know, though IPython calls it.
        with pd.option_context("display.max_colwidth", None):
            html: str | None = cast("Any", super())._repr_html_()
        if html is None:
            return None
        for column, word in LINKS.items():
            for address in set(self.get(column, ())):
                cell, link = _as_cell(address), _link(address, word)
                html = html.replace(f"<td>{cell}</td>", f"<td>{link}</td>")
        return html


def _as_cell(text: str) -> str:
    """Write a text as pandas writes it into a table, which leaves quotes as they are."""
    return escape(text, quote=False)


def _link(address: str, word: str) -> str:
    if not address.startswith(("https://", "http://")):
        return _as_cell(address)
    return f'<a href="{escape(address)}" target="_blank" rel="noopener">{word}</a>'
