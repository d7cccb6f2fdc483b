"""What the lab's browser looks like: it draws a `BrowserState` and tells events, nothing else."""

from __future__ import annotations

from contextlib import contextmanager
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
from omero_tables_jupyter.jupyter.style import BORDER, TEXT, element, trouble
from omero_tables_jupyter.omero.replies import OmeroGroup, OmeroPerson
from omero_tables_jupyter.text import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from omero_tables_jupyter.omero.replies import OmeroObject

__all__ = ["BrowserView"]

#: Ids start at 0, and a choice of None is no choice to the widget.
_ALL = -1
#: Four steps lie above the deepest list: the start, an object looked up, and two in it.
_STEPS_ABOVE = 4
_NARROW = "160px"


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
        self._tell_to = tell
        self._attach = attach
        self._drawing = False
        self._lists = self._dropdown("List", "Which list to look at")
        self._group = self._dropdown("Group", "Whose data: the group")
        self._owner = self._dropdown("Owner", "Whose data: the owner")
        self._steps = [self._step(number) for number in range(_STEPS_ABOVE)]
        self._here = widgets.HTML()
        self._filter = _text("Filter", "part of a name", "Show only names that hold this text")
        self._wanted = _text("Go to", "Dataset:51 or a link", "Look an object up by type and id")
        self._go = _button("Go", "Look this object up", icon="search")
        self._status = widgets.HTML()
        self._trouble = widgets.HTML()
        self._retry = _button("Try again", "Ask the server once more", icon="refresh")
        self._rows: list[Row] = []
        self._list = widgets.VBox(layout=widgets.Layout(max_height="24rem", overflow="auto"))
        self._before = _button("Previous", "Show the rows before these", icon="chevron-left")
        self._next = _button("Next", "Show the rows after these", icon="chevron-right")
        self._more = _button("Load more", "Load more of the list, to filter that too", icon="plus")
        self._listen()
        self.widget = self._arranged()

    def draw(self, state: BrowserState) -> None:
        """Bring the widgets up to date."""
        with self._quietly():
            self._draw_choices(state)
            self._draw_path(state)
            self._filter.value = state.here.filter
            words = element("div", escape(found_line(state)), f"color: {TEXT}", role="status")
            self._status.value = words
            self._draw_faults(state)
            self._draw_rows(state)
            self._draw_turning(state)

    # --- making -------------------------------------------------------------------------------

    def _dropdown(self, word: str, tooltip: str) -> Any:
        return widgets.Dropdown(
            description=word,
            tooltip=tooltip,
            style={"description_width": "3.2rem"},
            layout=widgets.Layout(width="auto", min_width=_NARROW, flex="1 1 12rem"),
        )

    def _step(self, number: int) -> Any:
        button = widgets.Button(layout=widgets.Layout(width="auto", max_width="100%"))
        button.on_click(lambda _: self._tell(GoBack(number)))
        return button

    def _listen(self) -> None:
        self._lists.observe(self._switched, "value")
        self._group.observe(lambda _: self._looked(), "value")
        self._owner.observe(lambda _: self._looked(), "value")
        self._filter.observe(lambda change: self._tell(Filter(change["new"])), "value")
        self._wanted.on_msg(self._entered)
        self._go.on_click(lambda _: self._tell(GoTo(self._wanted.value)))
        self._retry.on_click(lambda _: self._tell(Retry()))
        self._before.on_click(lambda _: self._tell(Turn(-1)))
        self._next.on_click(lambda _: self._tell(Turn(1)))
        self._more.on_click(lambda _: self._tell(More()))

    def _arranged(self) -> Any:
        trouble_row = _line([self._trouble, self._retry])
        frame = f"1px solid {BORDER}"
        return widgets.VBox(
            [
                _line([self._lists, self._group, self._owner]),
                _line([self._filter, self._wanted, self._go]),
                _line([*self._steps, self._here]),
                self._status,
                trouble_row,
                self._list,
                _line([self._before, self._next, self._more]),
            ],
            layout=widgets.Layout(border=frame, padding="6px", margin="4px 0"),
        )

    # --- telling ------------------------------------------------------------------------------

    def _tell(self, event: Event) -> None:
        if not self._drawing:
            self._tell_to(event)

    def _entered(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("event") == "submit":
            self._tell(GoTo(self._wanted.value))

    def _switched(self, change: dict[str, Any]) -> None:
        places = dict(self._lists.options)
        place = places.get(self._lists.label)
        if change["new"] is not None and place is not None:
            self._tell(Switch(place))

    def _looked(self) -> None:
        group, owner = self._group.value, self._owner.value
        self._tell(LookAt(_or_all(group), _or_all(owner)))

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Draw without taking what is drawn for what the user chose."""
        self._drawing = True
        try:
            yield
        finally:
            self._drawing = False

    # --- drawing ------------------------------------------------------------------------------

    def _draw_choices(self, state: BrowserState) -> None:
        lists = lists_here(state)
        _shown_if(self._lists, bool(lists))
        if lists:
            _choose(self._lists, list(lists.items()), state.here.place)
        # What lies in an object is shown whoever owns it.
        for one in (self._group, self._owner):
            _shown_if(one, len(state.path) == 1)
        _choose(self._group, _groups(state), _ALL if state.group is None else state.group)
        _choose(self._owner, _owners(state), _ALL if state.owner is None else state.owner)

    def _draw_path(self, state: BrowserState) -> None:
        above = state.path[:-1]
        for number, button in enumerate(self._steps):
            _shown_if(button, number < len(above))
            if number < len(above):
                name = step_name(above[number])
                button.description, button.tooltip = f"{name} /", f"Back to {name}"
        style = f"color: {TEXT}; font-weight: 600; overflow-wrap: anywhere"
        here = {"aria-current": "location"}
        self._here.value = element("span", escape(step_name(state.here)), style, **here)

    def _draw_faults(self, state: BrowserState) -> None:
        found = faults(state)
        self._trouble.value = "".join(trouble(one.message, one.hint) for one in found)
        _shown_if(self._trouble, bool(found))
        answers = state.answers.values()
        _shown_if(self._retry, any(isinstance(one, OmeroTablesError) for one in answers))

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
            open_ = partial(_opened, self._tell)
            self._rows += [Row(open_, self._attach) for _ in range(lacking)]
            self._list.children = tuple(row.widget for row in self._rows)

    def _draw_turning(self, state: BrowserState) -> None:
        here, found = state.here, len(matching(state))
        more = more_than_loaded(state)
        ahead = here.first + ROWS < found or (more and not here.filter)
        self._before.disabled = here.first == 0
        self._next.disabled = not ahead
        for button in (self._before, self._next):
            _shown_if(button, here.first > 0 or ahead)
        left = (total(state) or 0) - len(loaded(state))
        _shown_if(self._more, bool(here.filter) and more)
        self._more.description = f"Load {count(min(FILTER_PAGE, max(left, 0)))} more"


def _opened(tell: Callable[[Event], None], target: Any) -> None:
    tell(Open(target))


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


def _shown_if(widget: Any, shown_now: bool) -> None:
    widget.layout.display = None if shown_now else "none"


def _line(children: list[Any]) -> Any:
    return widgets.HBox(children, layout=widgets.Layout(flex_flow="row wrap", align_items="center"))


def _text(word: str, example: str, tooltip: str) -> Any:
    return widgets.Text(
        description=word,
        placeholder=example,
        tooltip=tooltip,
        style={"description_width": "3.2rem"},
        layout=widgets.Layout(width="auto", min_width=_NARROW, flex="1 1 12rem"),
    )


def _button(word: str, tooltip: str, *, icon: str = "") -> Any:
    return widgets.Button(
        description=word, tooltip=tooltip, icon=icon, layout=widgets.Layout(width="auto")
    )
