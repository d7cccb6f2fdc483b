"""Section 2 drawn: what the table is attached to, where to find it, and whether its rows show."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from omero_tables_jupyter.errors import LoginError
from omero_tables_jupyter.jupyter.panel.attaching import (
    Chip,
    Offer,
    chips,
    cures,
    pasted,
    recent,
)
from omero_tables_jupyter.jupyter.panel.editing import attached, detached
from omero_tables_jupyter.jupyter.panel.events import Edited, Refused, Toggled
from omero_tables_jupyter.jupyter.panel.questions import TargetsQuestion
from omero_tables_jupyter.jupyter.panel.sections import sections
from omero_tables_jupyter.jupyter.panel.view_parts import (
    Ear,
    button,
    column,
    header,
    line,
    note,
    problem,
    shown,
    text,
)
from omero_tables_jupyter.jupyter.panel.wording import in_the_panel
from omero_tables_jupyter.jupyter.style import FAINT, OK, TEXT, badge, element
from omero_tables_jupyter.text import redacted

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.browser import Browser
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.questions import Who
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.model import TargetInfo

__all__ = ["TargetsView"]

_HERE = "targets"
_BROWSER = "browser"


class TargetsView:
    """The widgets of section 2.

    Parameters
    ----------
    tell
        Takes an event.
    browse
        Makes a browser of the lab for who is logged in, given what to call with what is picked.

    """

    def __init__(
        self,
        *,
        tell: Callable[[Event], None],
        browse: Callable[[Who, Callable[[TargetInfo], None]], Browser],
    ) -> None:
        self._tell = tell
        self._browse = browse
        self._ear = Ear()
        self._pasted = False
        self._server = ""
        self._asked = 0
        self._browser: Browser | None = None
        self._browsed_by: Who | None = None
        self._header = widgets.HTML()
        self._paste = text(
            "Attach to",
            "Paste any link of OMERO.web, or type Image:101 or Dataset:51, then Enter",
            "a link, or Dataset:51",
        )
        self._open = button(
            "Browse…", "Look for it in the lab", partial(tell, Toggled(_BROWSER)), icon="sitemap"
        )
        self._chips: list[_ChipRow] = []
        self._chip_box = column()
        self._recent = _Offers("Recent:", self._edit)
        self._words = widgets.HTML()
        self._cures = _Offers("", self._edit)
        self._lab = column()
        self._ear.listen(self._paste, self._add)
        self.widget: Any = column(
            self._header,
            line(self._paste, self._open),
            self._chip_box,
            self._recent.widget,
            self._words,
            self._cures.widget,
            self._lab,
        )

    def render(self, state: PanelState) -> None:
        """Bring the section up to date."""
        with self._ear.deaf():
            self._header.value = header(2, "Attach to", sections(state).targets)
            self._render_paste(state)
            self._render_chips(chips(state), fixed=state.fixed)
            self._recent.render(() if state.fixed else recent(state))
            self._words.value = self._words_html(state)
            self._cures.render(() if state.fixed else cures(state))
        self._render_browser(state)

    def close(self) -> None:
        """Let go of the browser; the section's own widgets are the panel's."""
        self._close_browser()

    # --- telling ------------------------------------------------------------------------------

    def _edit(self, change: Any) -> None:
        self._tell(Edited(_HERE, change))

    def _add(self, words: str) -> None:
        if words.strip():
            self._pasted = True
            self._edit(partial(pasted, text=words, server=self._server))

    def _pick(self, info: TargetInfo) -> None:
        self._edit(partial(attached, text=str(info.target)))

    # --- drawing ------------------------------------------------------------------------------

    def _render_paste(self, state: PanelState) -> None:
        refused = state.refusal is not None and state.refusal.where == _HERE
        secret = redacted(self._paste.value) != self._paste.value
        # What was not understood stays to be mended, but a session key stays in no widget.
        if self._pasted and (not refused or secret):
            self._paste.value = ""
        self._pasted, self._server = False, state.server
        for control in (self._paste, self._open):
            control.disabled = state.fixed
        self._open.disabled = state.fixed or state.who is None
        self._open.description = "Close" if _BROWSER in state.open else "Browse…"

    def _render_chips(self, attached_to: tuple[Chip, ...], *, fixed: bool) -> None:
        lacking = len(attached_to) - len(self._chips)
        if lacking > 0:
            self._chips += [_ChipRow(self._edit) for _ in range(lacking)]
            self._chip_box.children = [row.widget for row in self._chips]
        for number, row in enumerate(self._chips):
            row.render(attached_to[number] if number < len(attached_to) else None, fixed=fixed)

    def _words_html(self, state: PanelState) -> str:
        refusal = state.refusal
        if refusal is not None and refusal.where == _HERE:
            return problem(refusal.error)
        error = state.error(TargetsQuestion)
        if error is not None:
            return problem(error)
        found = state.visibility
        if found is None:
            return ""
        words = f"{found.text[:1].upper()}{found.text[1:]}"
        if not found.shows:
            return note(in_the_panel(words), icon="i")
        return element("div", badge("✓", words, OK), f"color: {FAINT}; line-height: 1.5")

    def _render_browser(self, state: PanelState) -> None:
        wanted = state.who if _BROWSER in state.open and not state.fixed else None
        if wanted != self._browsed_by:
            self._close_browser()
            if wanted is not None:
                self._open_browser(wanted)
        if self._browser is not None:
            if state.asked != self._asked:  # everything is doubted: somebody has logged in anew
                self._browser.retry()
            self._browser.mark(one.target for one in chips(state))
        self._asked = state.asked

    def _open_browser(self, who: Who) -> None:
        self._browsed_by = who
        try:
            self._browser = self._browse(who, self._pick)
        except LoginError as error:
            self._tell(Refused(_HERE, error))
        else:
            self._lab.children = [self._browser.widget]

    def _close_browser(self) -> None:
        self._lab.children = []
        if self._browser is not None:
            self._browser.close()
        self._browser = self._browsed_by = None


class _ChipRow:
    """One object that the table is attached to, and the button that takes it away."""

    def __init__(self, edit: Callable[[Any], None]) -> None:
        self._edit = edit
        self._shown: Chip | None = None
        self._words = widgets.HTML(layout=widgets.Layout(flex="1 1 auto", min_width="0"))
        self._remove = button("Remove", "", self._take_away, icon="times")
        # never shrunk: a name may be long
        self._remove.layout.flex = "0 0 auto"
        self.widget = line(self._words, self._remove)
        self.widget.layout.flex_flow = "row nowrap"

    def render(self, chip: Chip | None, *, fixed: bool) -> None:
        """Show an object; None hides the row."""
        self._shown = chip
        shown(self.widget, when=chip is not None)
        if chip is None:
            return
        first, *more = chip.facts
        words = element("span", escape(first), f"color: {TEXT}; font-weight: 600")
        words += "".join(element("span", f" · {escape(one)}", f"color: {FAINT}") for one in more)
        mark = f"{badge('✓', '', OK)} " if chip.known else ""
        self._words.value = element(
            "div", mark + words, "line-height: 1.5; overflow-wrap: anywhere"
        )
        self._remove.tooltip = f"Do not attach the table to {first}"
        self._remove.disabled = fixed

    def _take_away(self) -> None:
        if self._shown is not None:
            self._edit(partial(detached, target=self._shown.target))


class _Offers:
    """A line of buttons, each of which makes one change; re-used, however often they change."""

    def __init__(self, word: str, edit: Callable[[Any], None]) -> None:
        self._edit = edit
        self._offers: tuple[Offer, ...] = ()
        self._buttons: list[Any] = []
        self._word = widgets.HTML(element("span", word, f"color: {FAINT}"))
        self._box = line()
        self.widget = line(self._word, self._box)

    def render(self, offers: tuple[Offer, ...]) -> None:
        """Show a button for each."""
        self._offers = offers
        shown(self.widget, when=bool(offers))
        while len(self._buttons) < len(offers):
            number = len(self._buttons)
            self._buttons.append(button("", "", partial(self._take, number), icon="plus"))
            self._box.children = self._buttons
        for number, one in enumerate(self._buttons):
            shown(one, when=number < len(offers))
            if number < len(offers):
                one.description, one.tooltip = offers[number].text, offers[number].tooltip

    def _take(self, number: int) -> None:
        if number < len(self._offers):
            self._edit(self._offers[number].change)
