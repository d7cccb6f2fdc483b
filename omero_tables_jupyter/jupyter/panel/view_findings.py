"""Problems and notes drawn, each with its cure, and a button where the cure is one click."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from omero_tables_jupyter.jupyter.faces import family
from omero_tables_jupyter.jupyter.magic.fixing import fixed
from omero_tables_jupyter.jupyter.panel.events import Edited
from omero_tables_jupyter.jupyter.panel.view_parts import button, column, finding, line, note
from omero_tables_jupyter.model import Fix, FixKind, Problem
from omero_tables_jupyter.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.model import Note

__all__ = ["FindingsView"]

#: More than these are counted only: each fix brings the next one up.
_SHOWN = 6
_NAME_WIDTH = 30


@dataclass(frozen=True, slots=True)
class _Line:
    html: str
    fix: Fix | None


class FindingsView:
    """A list of what was found; rows are made anew when it changes, which is seldom.

    Parameters
    ----------
    tell
        Takes an event.

    """

    def __init__(self, tell: Callable[[Event], None]) -> None:
        self._tell = tell
        self._lines: tuple[_Line, ...] = ()
        self._fixable = True
        self.widget = column()

    def render(self, found: Iterable[Problem | Note], *, fixable: bool) -> None:
        """Show these; `fixable` is False while nothing may be changed."""
        every = [_Line(finding(one), one.fix) for one in found]
        more = len(every) - _SHOWN
        lines = tuple(every[:_SHOWN])
        if more > 0:
            lines = (*lines, _Line(note(f"and {more} more"), None))
        if (lines, fixable) == (self._lines, self._fixable):
            return
        self._lines, self._fixable = lines, fixable
        before = self.widget.children
        self.widget.children = tuple(self._row(one) for one in lines)
        for row in before:
            for one in family(row):
                one.close()

    def _row(self, one: _Line) -> Any:
        words = widgets.HTML(one.html, layout=widgets.Layout(flex="1 1 16rem", min_width="0"))
        if one.fix is None or not self._fixable:
            return line(words)
        fix = one.fix
        apply = partial(self._tell, Edited("table", lambda options: fixed(options, fix)))
        return line(words, button(_word(fix), _tooltip(fix), apply, icon="wrench", style="info"))


def _word(fix: Fix) -> str:
    match fix.kind:
        case FixKind.RENAME:
            return f"Fix: call it {shorten(fix.value, _NAME_WIDTH)}"
        case FixKind.DROP:
            return "Fix: leave it out"
        case FixKind.AS_TEXT:
            return "Fix: store it as text"
        case FixKind.VERSION:
            return "Fix: write beside it"


def _tooltip(fix: Fix) -> str:
    match fix.kind:
        case FixKind.RENAME:
            return f"Store the column '{fix.column}' as '{fix.value}'"
        case FixKind.DROP:
            return f"Leave the column '{fix.column}' out"
        case FixKind.AS_TEXT:
            return f"Store the column '{fix.column}' as text"
        case FixKind.VERSION:
            return "Write beside what is there, with a number"
