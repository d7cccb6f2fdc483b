"""What this user chose last, and which servers they said yes to. Losing it costs a question."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.links import Target
from omero_tables_jupyter.settings.files import write_text
from omero_tables_jupyter.settings.values import origin

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["Recalled", "State", "state_at"]

_NAME = "state.json"
_RECENT = 20
_SERVERS = 20
_STATES: dict[Path, State] = {}


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was used last on a server; the latest target comes first."""

    profile: str = ""
    targets: tuple[Target, ...] = ()


class State:
    """The user's state, in one small file that is read anew each time.

    Other notebooks write it as well: whoever writes last wins, and nothing in it is a loss. Where
    it cannot be written, it lives as long as this process.

    Parameters
    ----------
    folder
        The user's state folder; made when first written.

    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME
        self._unwritten: dict[str, Any] | None = None

    def is_confirmed(self, url: str) -> bool:
        """Whether the user said yes to this server, by scheme, host and port."""
        return bool(origin(url)) and origin(url) in self._read()["confirmed"]

    def confirm(self, url: str) -> None:
        """Keep that the user said yes to this server."""
        place = origin(url)
        state = self._read()
        if place and place not in state["confirmed"]:
            state["confirmed"].append(place)
            self._write(state)

    def remember(self, server: str, *, profile: str = "", targets: Iterable[Target] = ()) -> None:
        """Keep what was used on a server; an empty profile leaves the one kept before."""
        place = origin(server)
        if not place:
            return
        state = self._read()
        before = _recalled(state["servers"].pop(place, None))
        recent = list(dict.fromkeys((*targets, *before.targets)))[:_RECENT]
        # The server used last stands last.
        state["servers"][place] = {
            "profile": profile or before.profile,
            "targets": [str(target) for target in recent],
        }
        for forgotten in list(state["servers"])[:-_SERVERS]:
            del state["servers"][forgotten]
        self._write(state)

    def recalled(self, server: str) -> Recalled:
        """Say what was used last on a server."""
        return _recalled(self._read()["servers"].get(origin(server)))

    def last_server(self) -> str:
        """Give the server used last, as scheme, host and port; '' before the first."""
        return next(reversed(self._read()["servers"]), "")

    def _read(self) -> dict[str, Any]:
        if self._unwritten is not None:
            return self._unwritten
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
        found = found if isinstance(found, dict) else {}
        confirmed, servers = found.get("confirmed"), found.get("servers")
        return {
            "confirmed": confirmed if isinstance(confirmed, list) else [],
            "servers": servers if isinstance(servers, dict) else {},
        }

    def _write(self, state: dict[str, Any]) -> None:
        try:
            write_text(self._path, json.dumps(state, indent=1))
        except OSError:
            self._unwritten = state


def state_at(folder: Path) -> State:
    """Give the one state of a folder in this process."""
    return _STATES.setdefault(folder, State(folder))


def _recalled(entry: object) -> Recalled:
    if not isinstance(entry, dict):
        return Recalled()
    profile, listed = entry.get("profile"), entry.get("targets")
    targets = []
    for text in listed if isinstance(listed, list) else ():
        try:
            targets.append(Target.parse(text))
        except TargetError:
            continue
    return Recalled(profile if isinstance(profile, str) else "", tuple(targets))
