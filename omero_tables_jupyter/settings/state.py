"""What this user chose last, and which servers they said yes to. Losing it costs a question."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.links import Target
from omero_tables_jupyter.settings.files import write_text
from omero_tables_jupyter.settings.values import origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

__all__ = ["Recalled", "State", "state_at"]

_NAME = "state.json"
_RECENT = 20
_NAMES = 50
_SERVERS = 20
_STATES: dict[Path, State] = {}


@dataclass(frozen=True, slots=True)
class Recalled:
    """What was used last on a server.

    Parameters
    ----------
    profile
        The profile of the last upload that used one.
    targets
        What tables were attached to lately, each once, the latest first.
    last
        What the last table was attached to, in order.
    if_exists
        What was to happen to an array that stands there already; '' where that was never said.
    names
        The name that each source's table was given last, by the source as it was typed.
    user
        Who uploaded last: the login name.

    """

    profile: str = ""
    targets: tuple[Target, ...] = ()
    last: tuple[Target, ...] = ()
    if_exists: str = ""
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    user: str = ""


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

    def remember(
        self,
        server: str,
        *,
        profile: str = "",
        targets: Iterable[Target] = (),
        if_exists: str = "",
        user: str = "",
    ) -> None:
        """Keep what was used on a server; what is empty leaves what was kept before.

        That a table takes another's place is never kept: it is to be said each time.
        """
        latest = tuple(targets)
        rule = "" if if_exists == "replace" else if_exists

        def changed(before: Recalled) -> Recalled:
            return Recalled(
                profile=profile or before.profile,
                targets=tuple(dict.fromkeys((*latest, *before.targets)))[:_RECENT],
                last=latest or before.last,
                if_exists=rule or before.if_exists,
                names=before.names,
                user=user or before.user,
            )

        self._change(server, changed)

    def remember_name(self, server: str, source: str, name: str) -> None:
        """Keep the name that a source's table was given."""

        def changed(before: Recalled) -> Recalled:
            others = {one: kept for one, kept in before.names.items() if one != source}
            latest = list({**others, source: name}.items())[-_NAMES:]
            return replace(before, names=dict(latest))

        if source and name:
            self._change(server, changed)

    def _change(self, server: str, change: Callable[[Recalled], Recalled]) -> None:
        place = origin(server)
        if not place:
            return
        state = self._read()
        after = change(_recalled(state["servers"].pop(place, None)))
        # The server used last stands last.
        state["servers"][place] = {
            "profile": after.profile,
            "targets": [str(target) for target in after.targets],
            "last": [str(target) for target in after.last],
            "if_exists": after.if_exists,
            "names": dict(after.names),
            "user": after.user,
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
    named = entry.get("names")
    return Recalled(
        profile=_text(entry.get("profile")),
        targets=_targets(entry.get("targets")),
        last=_targets(entry.get("last")),
        if_exists=_text(entry.get("if_exists")),
        names=MappingProxyType(
            {source: name for source, name in named.items() if isinstance(name, str)}
            if isinstance(named, dict)
            else {}
        ),
        user=_text(entry.get("user")),
    )


def _text(kept: object) -> str:
    return kept if isinstance(kept, str) else ""


def _targets(kept: object) -> tuple[Target, ...]:
    targets = []
    for text in kept if isinstance(kept, list) else ():
        try:
            targets.append(Target.parse(text))
        except TargetError:
            continue
    return tuple(targets)
