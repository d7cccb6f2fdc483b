"""What users paste to say where a table hangs: ``Image:101``, ``dataset-51``, OMERO.web links."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, SupportsIndex
from urllib.parse import parse_qsl, unquote, urlsplit

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.text import did_you_mean, plural, redacted, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from urllib.parse import SplitResult

__all__ = ["TARGET_TYPES", "Link", "Target", "parse_link"]

#: The types that can carry a table, as OMERO spells them.
TARGET_TYPES = (
    "Project",
    "Dataset",
    "Image",
    "Screen",
    "Plate",
    "PlateAcquisition",
    "Well",
    "Roi",
)

_TYPE_OF = {
    **{name.casefold(): name for name in TARGET_TYPES},
    **{f"{name.casefold()}s": name for name in TARGET_TYPES},
    "run": "PlateAcquisition",
    "acquisition": "PlateAcquisition",
}
#: OMERO.web links to these as well, but nobody would find a table there.
_NO_CARRIERS = ("tag", "tagset", "fileset", "shape", "experimenter", "group", "field", "wellsample")
#: Pages of OMERO.web that show an image without having the word in their address.
_IMAGE_PAGES = {
    "img_detail",
    "imgdata",
    "iviewer",
    "omero_iviewer",
    "render_image",
    "render_image_download",
    "render_image_region",
    "render_birds_eye_view",
    "render_split_channel",
    "render_thumbnail",
    "get_rois_json",
    "get_image_rdefs_json",
}
_PATH_WORDS = {"proj": "project", **dict.fromkeys(_IMAGE_PAGES, "image")}
_APPS = (
    "webclient",
    "webgateway",
    "iviewer",
    "omero_iviewer",
    "pathviewer",
    "figure",
    "gallery",
    "parade",
    "webadmin",
    "omero_plus",
    "api",
)
_SCHEMES = {"https": 443, "http": 80}
_LARGEST_ID = 2**63 - 1
_SHOWN = 60
_EXAMPLES = "write for example 'Image:101', or paste the object's link from OMERO.web"

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SITE = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?[/?]")
_NAMED = re.compile(r"(?P<word>[^\s:=-]+)(?:\s*[:=]\s*|-|\s+)(?P<id>.*)")
_BETWEEN = re.compile(r" ?[,;|] ?| (?=[^\W\d_]+ ?[:=-])")
_JUNK = " \t\r\n.,;)>]}'\"`"


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
        return cls(_type(kind), _identifier(number, kind))

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
            listed = shorten(", ".join(map(str, targets)), _SHOWN)
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
        raise TargetError(f"a target is a text, not {type(text).__name__}", hint=_EXAMPLES)
    stripped = text.strip().strip("<>\"'`").strip()
    if not stripped:
        raise TargetError("no target was given", hint=_EXAMPLES)
    if not _is_link(stripped):
        return Link(_unique(_from_words(stripped)))
    links = [_parse_url(piece) for piece in stripped.split()]
    places = {(link.server, link.prefix) for link in links}
    if len(places) > 1:
        servers = " and ".join(sorted(f"{server}{prefix}" for server, prefix in places))
        raise TargetError(
            f"these links lead to different servers: {shorten(servers, 2 * _SHOWN)}",
            hint="a table is registered on one server; give links of one server only",
        )
    server, prefix = places.pop()
    return Link(_unique(target for link in links for target in link.targets), server, prefix)


def _is_link(text: str) -> bool:
    first = text.split(maxsplit=1)[0]
    return first.startswith(("/", "?")) or bool(_SCHEME.match(first) or _SITE.match(first))


def _unique(targets: Iterable[Target]) -> tuple[Target, ...]:
    return tuple(dict.fromkeys(targets))


def _shown(text: str) -> str:
    return shorten(redacted(text), _SHOWN)


# --- objects in words ---------------------------------------------------------------------------


def _from_words(text: str) -> Iterator[Target]:
    one_line = ", ".join(" ".join(line.split()) for line in text.splitlines())
    pieces = [piece for piece in _BETWEEN.split(one_line) if piece]
    if not pieces:
        raise TargetError(f"'{_shown(text)}' names no object", hint=_EXAMPLES)
    for piece in pieces:
        yield _named(piece)


def _named(text: str) -> Target:
    """Read one ``image-101``, ``Image:101`` or ``Image 101``."""
    if text.isascii() and text.isdigit():
        raise TargetError(
            f"'{_shown(text)}' is a number without a type",
            hint=f"did you mean 'Image:{text[:19]}'?",
        )
    match = _NAMED.fullmatch(" ".join(text.split()))
    if match is None:
        raise TargetError(f"'{_shown(text)}' is no OMERO object", hint=_EXAMPLES)
    return Target.of(match["word"], match["id"])


def _type(word: object) -> str:
    if not isinstance(word, str):
        raise TargetError(f"an object's type is a text, not {_shown(repr(word))}", hint=_EXAMPLES)
    folded = re.sub(r"[\s_]", "", word).casefold()
    if folded in _TYPE_OF:
        return _TYPE_OF[folded]
    kind, dot, _ = folded.partition(".")
    if dot and kind in _TYPE_OF:
        raise TargetError(
            f"'{_shown(word)}' looks for a {_TYPE_OF[kind]} by its name, which may fit several",
            hint=f"select the object in OMERO.web and use its id: '{_TYPE_OF[kind]}:ID'",
        )
    if folded in _NO_CARRIERS:
        raise TargetError(
            f"a table cannot be attached to a {folded}",
            hint=f"attach it to one of {', '.join(TARGET_TYPES)}",
        )
    raise TargetError(
        f"'{_shown(word)}' is not a type of OMERO object that can carry a table",
        hint=did_you_mean(_shown(word), TARGET_TYPES),
    )


def _identifier(number: object, kind: str) -> int:
    value = _integer(number)
    if value is None or not 0 < value <= _LARGEST_ID:
        raise TargetError(
            f"'{_shown(str(number))}' is not an id of OMERO for '{_shown(kind)}'",
            hint=f"an id is a whole number from 1 on, as in '{_type(kind)}:101'",
        )
    return value


def _integer(number: object) -> int | None:
    """Read an id; None where it is none. A bool is an int to Python, but no id to anybody."""
    if isinstance(number, str):
        plain = number.isascii() and number.isdigit() and len(number) <= len(str(_LARGEST_ID))
        return int(number) if plain else None
    if isinstance(number, bool) or not isinstance(number, SupportsIndex):
        return None
    try:
        return operator.index(number)
    except TypeError:  # some have the method only to refuse, as numpy's arrays do
        return None


# --- links of OMERO.web -------------------------------------------------------------------------


def _parse_url(text: str) -> Link:
    text = text.strip("<\"'`").rstrip(_JUNK)
    if not _SCHEME.match(text) and _SITE.match(text):
        text = f"https://{text}"
    try:
        url = urlsplit(text)
        port = url.port
        # Links copied out of HTML keep its '&amp;'.
        query = [(key.removeprefix("amp;"), value) for key, value in parse_qsl(url.query)]
    except ValueError:
        # The cause quotes the address, and with it what may be secret: it is left out on purpose.
        raise TargetError(f"'{_shown(text)}' is not a valid link", hint=_EXAMPLES) from None
    prefix, page = _split_prefix([one for one in url.path.split("/") if one])
    targets = _unique(_from_url([unquote(one) for one in page], query))
    if not targets:
        raise TargetError(
            f"the link {_shown(_place(url))} names no object",
            hint="select the object in OMERO.web, press its link button, and paste that link",
        )
    return Link(targets, _server(url, port), prefix)


def _place(url: SplitResult) -> str:
    return f"{url.hostname or ''}{url.path}"


def _server(url: SplitResult, port: int | None) -> str:
    if not url.scheme and not url.netloc:
        return ""
    scheme = url.scheme.lower() or "https"
    if scheme not in _SCHEMES or not url.hostname:
        raise TargetError(
            f"'{_shown(scheme)}://' is not the start of an OMERO.web link",
            hint="links of OMERO.web start with https:// and the server's name",
        )
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{scheme}://{host}" + (f":{port}" if port not in {None, _SCHEMES[scheme]} else "")


def _split_prefix(segments: list[str]) -> tuple[str, list[str]]:
    """Part the deployment's prefix from the page; without a known app, all of it is the prefix."""
    for app in _APPS:
        if app in segments:
            at = segments.index(app)
            break
    else:
        at = len(segments)
    return "".join(f"/{segment}" for segment in segments[:at]), segments[at:]


def _from_url(page: list[str], query: list[tuple[str, str]]) -> Iterator[Target]:
    """Find what a page shows: what is selected, else what its path names, else its parameters."""
    selected = [value for key, value in query if key == "show"]
    if selected:
        for value in selected:
            yield from map(_named, _pieces(value))
        return
    in_path = _from_path(page)
    if in_path is not None:
        yield in_path
    elif page and page[0] != "api":
        # The API's lists take the parent as a filter: that is not what the link shows.
        yield from _from_parameters(query)


def _pieces(value: str) -> list[str]:
    return [one.strip(_JUNK + "/") for one in re.split(r"[|,]", unquote(value)) if one.strip()]


def _from_path(page: list[str]) -> Target | None:
    for word, number in pairwise(page):
        kind = _PATH_WORDS.get(word.casefold(), word.casefold())
        if kind in _TYPE_OF and number.isdigit():
            return Target.of(kind, number)
    return None


def _from_parameters(query: list[tuple[str, str]]) -> Iterator[Target]:
    """Read iviewer's ``images=101,102&dataset=51``: the images shown; else the container."""
    kinds = ["Image", *(name for name in TARGET_TYPES if name != "Image")]
    for kind in kinds:
        values = [value for key, value in query if _TYPE_OF.get(key.casefold()) == kind]
        if values:
            for value in values:
                yield from (Target.of(kind, one) for one in _pieces(value))
            return
