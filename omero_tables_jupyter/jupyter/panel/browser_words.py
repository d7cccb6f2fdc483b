"""What the lab's browser says: names of places and objects, what was found, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.jupyter.panel.browsing import (
    BELOW,
    LISTS,
    NOUNS,
    ROWS,
    BrowserState,
    Step,
    faults,
    is_loading,
    loaded,
    matching,
    more_than_loaded,
    shown,
    total,
)
from omero_tables_jupyter.text import count, plural

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.replies import OmeroObject

__all__ = ["called", "details", "found_line", "step_name"]


def called(one: OmeroObject) -> str:
    """Name an object as people do: by its name, else by its type and id."""
    return one.name or _numbered(one.target.type, one.target.id)


def details(one: OmeroObject, *, user_id: int) -> str:
    """Write what stands beside an object's name: ``Dataset 51 · 12 images · Ben Okafor · Lab A``.

    Parameters
    ----------
    one
        The object.
    user_id
        Who is looking: their own name is left out.

    """
    kind = one.target.type
    parts = [_numbered(kind, one.target.id)]
    if one.child_count is not None and kind in BELOW:
        parts.append(plural(one.child_count, NOUNS[BELOW[kind][0]]))
    if kind == "Well" and one.image_ids:
        parts.append(plural(len(one.image_ids), "image"))
    if one.owner_id != user_id:
        parts.append(one.owner)
    return " · ".join(part for part in [*parts, one.group] if part)


def step_name(step: Step) -> str:
    """Name a place on the way: its list, or the object whose list it is."""
    place = step.place
    if place.parent is not None:
        return called(place.parent)
    if place.only is not None:
        return _numbered(place.only.type, place.only.id)
    return next((name for name, one in LISTS.items() if one == place), _many(place.kind))


def found_line(state: BrowserState) -> str:
    """Say how much of a list is shown, or why there is nothing to show."""
    if is_loading(state) and not shown(state):
        return f"Loading {_where(state)} …" if not _failed(state) else ""
    everything = total(state)
    if everything is None:
        return ""
    if state.here.filter.strip():
        return _filtered(state, everything)
    if not loaded(state):
        return _nothing(state)
    first = state.here.first
    last = first + len(shown(state))
    noun = plural(everything, NOUNS[state.here.place.kind])
    if everything <= ROWS:
        return noun
    return f"{count(first + 1)} to {count(last)} of {noun}"


def _filtered(state: BrowserState, everything: int) -> str:
    kind = NOUNS[state.here.place.kind]
    found, here = len(matching(state)), len(loaded(state))
    line = f"{count(found)} of the {plural(here, kind)} loaded"
    line += f" match '{state.here.filter.strip()}'"
    if found > ROWS:
        line += f", {count(state.here.first + 1)} to {count(state.here.first + len(shown(state)))}"
    if more_than_loaded(state) or is_loading(state):
        line += f"; there are {count(everything)}: load more to filter them too"
    return line


def _nothing(state: BrowserState) -> str:
    nouns = _many(state.here.place.kind)
    if state.here.place.parent is not None:
        return f"{called(state.here.place.parent)} holds no {nouns}"
    if state.owner is not None:
        return f"no {nouns} of this owner in this group: choose another owner or group"
    return f"no {nouns} here: choose another group" if state.group is not None else f"no {nouns}"


def _where(state: BrowserState) -> str:
    place = state.here.place
    if place.only is not None:
        return str(place.only)
    nouns = _many(place.kind)
    return f"the {nouns} of {called(place.parent)}" if place.parent else nouns


def _failed(state: BrowserState) -> bool:
    return bool(faults(state))


def _numbered(kind: str, number: int) -> str:
    noun = NOUNS[kind]
    return f"{noun[0].upper()}{noun[1:]} {number}"


def _many(kind: str) -> str:
    return f"{NOUNS[kind]}s"
