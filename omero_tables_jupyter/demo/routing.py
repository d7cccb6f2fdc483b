"""Which view answers which path, and what becomes of a path without its last slash."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from omero_tables_jupyter.demo.messages import Response
    from omero_tables_jupyter.demo.site import Call

    View = Callable[[Call], Response]

__all__ = ["Access", "Route", "Router"]

_HOLE = re.compile(r"<(int:)?(\w+)(?:=([\w|]+))?>")


class Access(Enum):
    """Who may call a view, and how the others are turned away."""

    OPEN = auto()
    API = auto()  # 403 with JSON
    WEB = auto()  # 302 to the login page, or an empty 403 for scripts


@dataclass(frozen=True, slots=True)
class Route:
    """A path such as ``/api/v0/m/<kind=images|wells>/<int:id>/`` and the view behind it."""

    path: str
    view: View
    access: Access = Access.OPEN
    methods: tuple[str, ...] = ("GET",)
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", re.compile(_HOLE.sub(_group, self.path)))


def _group(hole: re.Match[str]) -> str:
    number, name, choices = hole.groups()
    return f"(?P<{name}>{choices or ('[0-9]+' if number else '[^/]+')})"


class Router:
    """The routes of one site."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = tuple(routes)

    def find(self, path: str) -> tuple[Route, Mapping[str, str]] | None:
        """Give the route of a path and the path's own arguments, or None."""
        for route in self._routes:
            if found := route.pattern.fullmatch(path):
                return route, found.groupdict()
        return None

    def needs_slash(self, path: str) -> bool:
        """Whether the path is one of ours but for its last slash."""
        return not path.endswith("/") and self.find(path + "/") is not None
