"""What the lab's browser looks like: it draws a `BrowserState` and tells events, nothing else."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.panel.browser_rows import Row
from omero_tables_jupyter.jupyter.panel.browser_words import found_line, step_name
from omero_tables_jupyter.jupyter.panel.browsing import (
    FILTER_PAGE,
    ROWS,
    BrowserState,
    GroupsQuestion,
    MembersQuestion,
    ThumbnailsQuestion,
    faults,
    is_loading,
    lists_here,
    loaded,
    matching,
    more_than_loaded,
    pictured,
    questions,
    shown,
    total,
)
from omero_tables_jupyter.jupyter.panel.browsing_events import (
    Event,
    Filter,
    GoBack,
    GoTo,
    LookAt,
    More,
    Open,
    Retry,
    Switch,
    Turn,
)
from omero_tables_jupyter.jupyter.panel.view_parts import (
    Ear,
    button,
    column,
    dropdown,
    line,
    problem,
    text,
)
from omero_tables_jupyter.jupyter.panel.view_parts import shown as show
from omero_tables_jupyter.jupyter.style import BORDER, TEXT, element
from omero_tables_jupyter.omero.replies import OmeroGroup, OmeroPerson
from omero_tables_jupyter.text import count

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.omero.replies import OmeroObject

__all__ = ["BrowserView"]

#: Ids start at 0, and a choice of None is no choice to the widget.
_ALL = -1
#: Four steps lie above the deepest list: the start, an object looked up, and two in it.
_STEPS_ABOVE = 4


class BrowserView:
    """The widgets of the browser, made once and filled anew.

    Parameters
    ----------
    tell
        Called with each event.
    attach
        Called with the object whose *Attach* was clicked.

    Attributes
    ----------
    widget
        What to show.

    """

    def __init__(
        self, tell: Callable[[Event], None], attach: Callable[[OmeroObject], None]
    ) -> None:
        self._tell = tell
        self._attach = attach
        self._ear = Ear()
        self._lists = dropdown("Look in", "Which list to look at")
        self._group = dropdown("Group", "Whose data: the group")
        self._owner = dropdown("Owner", "Whose data: the owner")
        self._steps = [button("", "", partial(tell, GoBack(n))) for n in range(_STEPS_ABOVE)]
        self._here = widgets.HTML()
        self._filter = text("Filter", "Show only names that hold this", "part of a name", live=True)
        self._wanted = text(
            "Go to", "Look an object up by type and id, or link", "Dataset:51", live=True
        )
        self._go = button("Go", "Look this object up", self._look_up, icon="search")
        self._status = widgets.HTML()
        self._trouble = widgets.HTML()
        self._retry = button("Try again", "Ask once more", partial(tell, Retry()), icon="refresh")
        self._rows: list[Row] = []
        self._list = widgets.VBox(layout=widgets.Layout(max_height="24rem", overflow="auto"))
        self._before = button(
            "Previous", "Show the rows before these", partial(tell, Turn(-1)), icon="chevron-left"
        )
        self._next = button(
            "Next", "Show the rows after these", partial(tell, Turn(1)), icon="chevron-right"
        )
        self._more = button(
            "Load more", "Load more of the list, to filter that too", partial(tell, More())
        )
        self._listen()
        self.widget = self._arranged()

    def draw(self, state: BrowserState) -> None:
        """Bring the widgets up to date."""
        with self._ear.deaf():
            self._draw_choices(state)
            self._draw_path(state)
            self._filter.value = state.here.filter
            style = f"color: {TEXT}; line-height: 1.5"
            self._status.value = element("div", escape(found_line(state)), style, role="status")
            self._draw_faults(state)
            self._draw_rows(state)
            self._draw_turning(state)

    def _listen(self) -> None:
        self._ear.listen(self._lists, lambda _: self._switch())
        self._ear.listen(self._group, lambda _: self._look_at())
        self._ear.listen(self._owner, lambda _: self._look_at())
        self._ear.listen(self._filter, lambda words: self._tell(Filter(words)))
        self._wanted.on_msg(self._entered)

    def _arranged(self) -> Any:
        arranged = column(
            line(self._lists, self._group, self._owner),
            line(self._filter, self._wanted, self._go),
            line(*self._steps, self._here),
            self._status,
            line(self._trouble, self._retry),
            self._list,
            line(self._before, self._next, self._more),
        )
        arranged.layout.border = f"1px solid {BORDER}"
        arranged.layout.padding = "6px"
        arranged.layout.width = "auto"
        return arranged

    # --- telling ------------------------------------------------------------------------------

    def _open(self, target: Target) -> None:
        self._tell(Open(target))

    def _look_up(self) -> None:
        self._tell(GoTo(self._wanted.value))

    def _entered(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("event") == "submit":
            self._look_up()

    def _switch(self) -> None:
        place = dict(self._lists.options).get(self._lists.label)
        if place is not None:
            self._tell(Switch(place))

    def _look_at(self) -> None:
        self._tell(LookAt(_or_all(self._group.value), _or_all(self._owner.value)))

    # --- drawing ------------------------------------------------------------------------------

    def _draw_choices(self, state: BrowserState) -> None:
        lists = lists_here(state)
        show(self._lists, when=bool(lists))
        if lists:
            _choose(self._lists, list(lists.items()), state.here.place)
        # What lies in an object is shown whoever owns it.
        for one in (self._group, self._owner):
            show(one, when=len(state.path) == 1)
        _choose(self._group, _groups(state), _ALL if state.group is None else state.group)
        _choose(self._owner, _owners(state), _ALL if state.owner is None else state.owner)

    def _draw_path(self, state: BrowserState) -> None:
        above = state.path[:-1]
        for number, step in enumerate(self._steps):
            show(step, when=number < len(above))
            if number < len(above):
                name = step_name(above[number])
                step.description, step.tooltip = f"{name} /", f"Back to {name}"
        style = f"color: {TEXT}; font-weight: 600; overflow-wrap: anywhere"
        here = {"aria-current": "location"}
        self._here.value = element("span", escape(step_name(state.here)), style, **here)

    def _draw_faults(self, state: BrowserState) -> None:
        found = faults(state)
        self._trouble.value = "".join(map(problem, found))
        show(self._trouble, when=bool(found))
        answers = state.answers.values()
        show(self._retry, when=any(isinstance(one, OmeroTablesError) for one in answers))

    def _draw_rows(self, state: BrowserState) -> None:
        objects = shown(state)
        if not objects and is_loading(state):
            return  # what stands there keeps the keyboard's place until the answer comes
        self._make_rows(len(objects))
        pictures = _pictures(state)
        for number, row in enumerate(self._rows):
            one = objects[number] if number < len(objects) else None
            image = pictured(one)[:1] if one else ()
            row.show(
                one,
                user_id=state.user_id,
                attached=one is not None and one.target in state.attached,
                picture=pictures.get(image[0], b"") if image else None,
            )

    def _make_rows(self, needed: int) -> None:
        lacking = min(needed, ROWS) - len(self._rows)
        if lacking > 0:
            self._rows += [Row(self._open, self._attach) for _ in range(lacking)]
            self._list.children = tuple(row.widget for row in self._rows)

    def _draw_turning(self, state: BrowserState) -> None:
        here, found = state.here, len(matching(state))
        more = more_than_loaded(state)
        ahead = here.first + ROWS < found or (more and not here.filter)
        self._before.disabled = here.first == 0
        self._next.disabled = not ahead
        for turn in (self._before, self._next):
            show(turn, when=here.first > 0 or ahead)
        left = (total(state) or 0) - len(loaded(state))
        show(self._more, when=bool(here.filter) and more)
        self._more.description = f"Load {count(min(FILTER_PAGE, max(left, 0)))} more"


def _or_all(chosen: int | None) -> int | None:
    return None if chosen in {None, _ALL} else chosen


def _choose(dropdown: Any, options: list[tuple[str, Any]], value: Any) -> None:
    if list(dropdown.options) != options:
        dropdown.options = options
    dropdown.value = value


def _groups(state: BrowserState) -> list[tuple[str, int]]:
    answer = state.answers.get(GroupsQuestion())
    known = answer if isinstance(answer, tuple) else ()
    found = {one.id: one.name for one in known if isinstance(one, OmeroGroup)}
    if state.own_group is not None:
        found.setdefault(state.own_group.id, state.own_group.name)
    if state.group is not None:
        found.setdefault(state.group, f"group {state.group}")
    return [*((name, number) for number, name in found.items()), ("All my groups", _ALL)]


def _owners(state: BrowserState) -> list[tuple[str, int]]:
    answer = None if state.group is None else state.answers.get(MembersQuestion(state.group))
    known = answer if isinstance(answer, tuple) else ()
    people = [one for one in known if isinstance(one, OmeroPerson) and one.id != state.user_id]
    found = [(one.name or one.user, one.id) for one in people]
    chosen = {state.user_id, _ALL, *(number for _, number in found)}
    if state.owner is not None and state.owner not in chosen:
        found.append((f"user {state.owner}", state.owner))
    return [("Me", state.user_id), ("Everyone", _ALL), *found]


def _pictures(state: BrowserState) -> dict[int, bytes]:
    for one in questions(state):
        if isinstance(one, ThumbnailsQuestion):
            answer = state.answers.get(one)
            return answer if isinstance(answer, dict) else {}
    return {}
