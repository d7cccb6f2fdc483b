"""From one server to another: what was chosen at the one means nothing at the other. All pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.jupyter.panel.events import Refused
from omero_tables_jupyter.jupyter.panel.questions import PlaceQuestion, Question, TargetsQuestion
from omero_tables_jupyter.links import parse_link
from omero_tables_jupyter.settings import origin

if TYPE_CHECKING:
    from omero_tables_jupyter.jupyter.panel.state import PanelState

__all__ = ["at_server", "let_in"]


def let_in(state: PanelState, server: str) -> PanelState:
    """Follow the user to the server that they have named: nothing leads to the one before.

    Parameters
    ----------
    state
        As it was there.
    server
        Where the user is logged in now; '' where they have only said yes to a server.

    """
    if not server or origin(server) == origin(state.server):
        return state
    led = {one: origin(parse_link(one).server) for one in state.options.to}
    gone = tuple(one for one, there in led.items() if there not in {"", origin(server)})
    options = replace(state.options, profile=None)
    return _without(replace(state, options=options), gone, state.server, server)


def at_server(state: PanelState, server: str) -> PanelState:
    """Let go of what was looked up at another server: there ids mean others, a share is another.

    Parameters
    ----------
    state
        With the answer that the user is logged in.
    server
        Where.

    """
    before = state.answers.get(TargetsQuestion)
    asked = before.question if before else None
    there = asked.who.server if isinstance(asked, TargetsQuestion) else server
    if origin(there) != origin(server):
        gone = tuple(one for one in state.options.to if not parse_link(one).server)
        state = _unasked(_without(state, gone, there, server), TargetsQuestion)
    return _without_place(state) if _is_place_of_another(state, server) else state


def _without(state: PanelState, gone: tuple[str, ...], there: str, server: str) -> PanelState:
    """Take targets of another server away, and tell it."""
    if not gone:
        return state
    error = TargetError(
        f"{', '.join(gone)} was chosen at {there}, and you are logged in at {server} now",
        hint="choose what the table is attached to on this server",
    )
    kept = tuple(one for one in state.options.to if one not in gone)
    options = replace(state.options, to=kept)
    return replace(state, options=options, refusal=Refused("targets", error))


def _is_place_of_another(state: PanelState, server: str) -> bool:
    """Tell whether a place was looked at for another server, or comes from what was used there."""
    before = state.answers.get(PlaceQuestion)
    asked = before.question if before else None
    who = asked.who if isinstance(asked, PlaceQuestion) else None
    if who is not None:
        return origin(who.server) != origin(server)
    recalled = state.kept is not None and state.options.local_path == state.kept.folder
    return recalled and origin(state.recalled) != origin(server)


def _without_place(state: PanelState) -> PanelState:
    options = replace(state.options, local_path=None, remote_path=None, mapping=())
    return _unasked(replace(state, options=options), PlaceQuestion)


def _unasked(state: PanelState, kind: type[Question]) -> PanelState:
    """Forget an answer of another server: what is chosen from now on is chosen at this one."""
    kept = {asked: known for asked, known in state.answers.items() if asked is not kind}
    return replace(state, answers=kept)
