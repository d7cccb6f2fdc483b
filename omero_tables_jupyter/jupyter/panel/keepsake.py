"""What a panel leaves in the saved notebook: a line, and the cards of what was uploaded with it.

A widget is nothing without its kernel: in a notebook that is opened again, JupyterLab says no more
than that it is missing. So an output of its own stands below the panel, hidden while that is there.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from IPython.display import display

from omero_tables_jupyter.jupyter.card import result_bundle
from omero_tables_jupyter.jupyter.style import FAINT, element

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.model import RegisteredTable

__all__ = ["PANEL_CLASS", "Keepsake"]

#: The class of the panel's widget, as style sheets address it.
PANEL_CLASS = "omero-tables-panel"
_CLASS = "omero-tables-keepsake"
_HIDDEN = f".jp-OutputArea:has(.{PANEL_CLASS}) .{_CLASS} {{ display: none }}"


class Keepsake:
    """The static output below one panel.

    Parameters
    ----------
    words
        What stands there before anything was uploaded.
    reach
        Turns a link into the one that the user's browser can reach.

    """

    def __init__(self, words: str, reach: Callable[[str], str]) -> None:
        self._words = words
        self._reach = reach
        self._tables: list[RegisteredTable] = []
        self._handle: Any = None

    def show(self) -> None:
        """Put it into the cell that runs."""
        self._handle = display(self.bundle(), raw=True, display_id=True)

    def render(self, state: PanelState) -> None:
        """Add the card of a table that was uploaded since."""
        table = state.run.table if state.run else None
        if table is None or any(one is table for one in self._tables):
            return
        self._tables.append(table)
        if self._handle is not None:
            self._handle.update(self.bundle(), raw=True)

    def bundle(self) -> dict[str, str]:
        """Give it in every form that a front end may want."""
        cards = [result_bundle(table, self._reach) for table in self._tables]
        html = "".join(card["text/html"] for card in cards)
        line = element("div", escape(self._words), f"color: {FAINT}")
        return {
            "text/html": element("style", _HIDDEN)
            + element("div", html or line, **{"class": _CLASS}),
            "text/plain": "\n".join(card["text/plain"] for card in cards) or self._words,
        }
