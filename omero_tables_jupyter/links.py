"""What users paste to say where a table hangs: ``Image:101``, ``dataset-51``, OMERO.web links."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, SupportsIndex

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.object_types import EXAMPLES, SHOWN, checked_id, checked_type, shown
from omero_tables_jupyter.text import plural, shorten
from omero_tables_jupyter.weblinks import is_web_link, read_web_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Link", "Target", "parse_link"]

_NAMED = re.compile(r"(?P<word>[^\s:=-]+)(?:\s*[:=]\s*|-|\s+)(?P<id>.*)")
_BETWEEN = re.compile(r" ?[,;|] ?| (?=[^\W\d_]+ ?[:=-])")


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """An OMERO object that a table is attached to; prints as ``Image:101``."""

    type: str
    id: int

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"

    @classmethod
    def of(cls, kind: str, number: SupportsIndex | str) -> Target:
        """Make a target of a type in any case and an id, both checked.

        Parameters
        ----------
        kind
            ``'Image'``, ``'image'``, ``'ROI'``, ``'run'``, ...
        number
            A positive integer of any kind (numpy's too), or its digits.

        Raises
        ------
        TargetError
            If OMERO has no such type, or no object can have that id.

        """
        return cls(checked_type(kind), checked_id(number, kind))

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read one object: ``Image:101``, ``image-101``, or an OMERO.web link.

        Raises
        ------
        TargetError
            If the text names no object, an unknown one, or several.

        """
        targets = cls.parse_all(text)
        if len(targets) > 1:
            listed = shorten(", ".join(map(str, targets)), SHOWN)
            raise TargetError(
                f"this names {plural(len(targets), 'object')}, where one is wanted: {listed}",
                hint="use Target.parse_all to get every one of them",
            )
        return targets[0]

    @classmethod
    def parse_all(cls, text: str) -> tuple[Target, ...]:
        """Read every object that a text or an OMERO.web link names, each once, in order.

        Raises
        ------
        TargetError
            If the text names no object, or an unknown one.

        """
        return parse_link(text).targets


@dataclass(frozen=True, slots=True)
class Link:
    """What a pasted text says.

    Parameters
    ----------
    targets
        The objects, each once, in the order of the text; never empty.
    server
        The address of OMERO.web without a trailing slash, ``https://omero.site:4443``; '' where the
        text names none, as ``Image:101``.
    prefix
        The deployment's prefix with a leading slash, ``/custom_omero``; '' mostly.

    """

    targets: tuple[Target, ...]
    server: str = ""
    prefix: str = ""


def parse_link(text: str) -> Link:
    """Read what users paste: objects in words, or one or more links of OMERO.web.

    Parameters
    ----------
    text
        ``Image:101``, ``image-101``, ``Image 101``; several of them between commas or ``|``; a
        link with ``show=``, to an image's page, to iviewer, to the API; links between blanks.

    Raises
    ------
    TargetError
        If no object is named, a type is unknown or cannot carry a table, an id is not a positive
        number, or links lead to different servers. A session key in a link is never repeated.

    """
    if not isinstance(text, str):
        raise TargetError(f"a target is a text, not {type(text).__name__}", hint=EXAMPLES)
    stripped = text.strip().strip("<>\"'`").strip()
    if not stripped:
        raise TargetError("no target was given", hint=EXAMPLES)
    if not is_web_link(stripped):
        return Link(_unique(_from_words(stripped)))
    links = [read_web_link(piece) for piece in stripped.split()]
    places = {(link.server, link.prefix) for link in links}
    if len(places) > 1:
        servers = " and ".join(sorted(f"{server}{prefix}" for server, prefix in places))
        raise TargetError(
            f"these links lead to different servers: {shorten(servers, 2 * SHOWN)}",
            hint="a table is registered on one server; give links of one server only",
        )
    server, prefix = places.pop()
    return Link(_unique(_named(one) for link in links for one in link.named), server, prefix)


def _unique(targets: Iterable[Target]) -> tuple[Target, ...]:
    return tuple(dict.fromkeys(targets))


def _from_words(text: str) -> Iterator[Target]:
    one_line = ", ".join(" ".join(line.split()) for line in text.splitlines())
    pieces = [piece for piece in _BETWEEN.split(one_line) if piece]
    if not pieces:
        raise TargetError(f"'{shown(text)}' names no object", hint=EXAMPLES)
    for piece in pieces:
        yield _named(piece)


def _named(text: str) -> Target:
    """Read one ``image-101``, ``Image:101`` or ``Image 101``."""
    if text.isascii() and text.isdigit():
        raise TargetError(
            f"'{shown(text)}' is a number without a type",
            hint=f"did you mean 'Image:{text[:19]}'?",
        )
    match = _NAMED.fullmatch(" ".join(text.split()))
    if match is None:
        raise TargetError(f"'{shown(text)}' is no OMERO object", hint=EXAMPLES)
    return Target.of(match["word"], match["id"])
