"""The panel's first line: who is logged in where; or the row in which one logs in."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from omero_tables_jupyter.errors import LoginError
from omero_tables_jupyter.jupyter.panel.events import Toggled
from omero_tables_jupyter.jupyter.panel.questions import SessionQuestion, TargetsQuestion
from omero_tables_jupyter.jupyter.panel.signing import SignInRow
from omero_tables_jupyter.jupyter.panel.view_parts import button, column, line, note, problem, shown
from omero_tables_jupyter.jupyter.style import FAINT, OK, TEXT, badge, element

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.acting import Acts
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.questions import Who
    from omero_tables_jupyter.jupyter.panel.state import PanelState

__all__ = ["HeadView"]


class HeadView:
    """The widgets of the head.

    Parameters
    ----------
    tell
        Takes an event.
    acts
        What buttons do.

    """

    def __init__(self, *, tell: Callable[[Event], None], acts: Acts) -> None:
        self._title = widgets.HTML()
        self._switch = button(
            "Switch", "Log in as somebody else, or elsewhere", partial(tell, Toggled("login"))
        )
        self._why = widgets.HTML()
        self._row = SignInRow(connect=acts.sign_in)
        self.widget = column(line(self._title, self._switch), self._why, self._row.widget)

    def render(self, state: PanelState) -> None:
        """Bring the head up to date."""
        who, expired = state.who, isinstance(state.error(TargetsQuestion), LoginError)
        stranger = state.stranger
        asks = stranger is not None or expired or "login" in state.open
        self._title.value = _title(_who_html(state, expired=expired))
        shown(self._switch, when=who is not None and not expired)
        self._switch.disabled = state.fixed
        self._why.value = problem(state.error(SessionQuestion))
        if stranger is not None and stranger.by_user:  # else the row says it
            self._why.value = note(stranger.why.message)
        shown(self._row.widget, when=asks and not state.fixed)
        known = who or stranger
        refused = state.refusal if state.refusal and state.refusal.where == "login" else None
        self._row.render(
            server=known.server if known else "",
            user=known.user if known else "",
            busy=state.signing,
            error=refused.error if refused else None,
            by_user=stranger.by_user if stranger else True,
            renewing=expired and "login" not in state.open,
        )

    def close(self) -> None:
        """Let go of what the row holds."""
        self._row.close()


def _title(inner: str) -> str:
    words = element("span", "OMERO tables", "font-size: 16px; font-weight: 600")
    style = f"display: flex; gap: 1.2em; flex-wrap: wrap; align-items: baseline; color: {TEXT}"
    return element(
        "div", words + element("span", inner), style, role="heading", **{"aria-level": "2"}
    )


def _who_html(state: PanelState, *, expired: bool) -> str:
    if state.signing or state.waits(SessionQuestion):
        return badge("…", "connecting", FAINT)
    if state.who is None:
        return badge("○", "not connected", FAINT)
    if expired:
        return badge("○", f"{_words(state.who)} · session expired", FAINT)
    return badge("●", _words(state.who), OK)


def _words(who: Who) -> str:
    place = who.server.partition("://")[2]
    return f"{who.user}@{place}" + (f" · {who.group}" if who.group else "")
