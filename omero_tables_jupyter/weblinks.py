"""Links of OMERO.web: which server they lead to, and which objects they name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.object_types import EXAMPLES, TARGET_TYPES, known_type, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from urllib.parse import SplitResult

__all__ = ["WebLink", "is_web_link", "read_web_link"]

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

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SITE = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?[/?]")
_JUNK = " \t\r\n.,;)>]}'\"`"


@dataclass(frozen=True, slots=True)
class WebLink:
    """What one link says.

    Parameters
    ----------
    named
        The objects in words, ``image-101``, as the link has them; never empty.
    server, prefix
        As in `links.Link`.

    """

    named: tuple[str, ...]
    server: str
    prefix: str


def is_web_link(text: str) -> bool:
    """Tell whether a text begins as a link does, in full or without its server."""
    first = text.split(maxsplit=1)[0]
    return first.startswith(("/", "?")) or bool(_SCHEME.match(first) or _SITE.match(first))


def read_web_link(text: str) -> WebLink:
    """Read one link; whether there are such objects is for others to say.

    Raises
    ------
    TargetError
        If it is no link of OMERO.web, or names no object.

    """
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
        raise TargetError(f"'{shown(text)}' is not a valid link", hint=EXAMPLES) from None
    prefix, page = _split_prefix([one for one in url.path.split("/") if one])
    named = tuple(_named([unquote(one) for one in page], query))
    if not named:
        raise TargetError(
            f"the link {shown(_place(url))} names no object",
            hint="select the object in OMERO.web, press its link button, and paste that link",
        )
    return WebLink(named, _server(url, port), prefix)


def _place(url: SplitResult) -> str:
    return f"{url.hostname or ''}{url.path}"


def _server(url: SplitResult, port: int | None) -> str:
    if not url.scheme and not url.netloc:
        return ""
    scheme = url.scheme.lower() or "https"
    if scheme not in _SCHEMES or not url.hostname:
        raise TargetError(
            f"'{shown(scheme)}://' is not the start of an OMERO.web link",
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


def _named(page: list[str], query: list[tuple[str, str]]) -> Iterator[str]:
    """Find what a page shows: what is selected, else what its path names, else its parameters."""
    selected = [value for key, value in query if key == "show"]
    if selected:
        for value in selected:
            yield from _pieces(value)
        return
    in_path = _in_path(page)
    if in_path:
        yield in_path
    elif page and page[0] != "api":
        # The API's lists take the parent as a filter: that is not what the link shows.
        yield from _in_parameters(query)


def _pieces(value: str) -> list[str]:
    return [one.strip(_JUNK + "/") for one in re.split(r"[|,]", unquote(value)) if one.strip()]


def _in_path(page: list[str]) -> str:
    for word, number in pairwise(page):
        kind = known_type(_PATH_WORDS.get(word.casefold(), word))
        if kind and number.isdigit():
            return f"{kind}-{number}"
    return ""


def _in_parameters(query: list[tuple[str, str]]) -> Iterator[str]:
    """Read iviewer's ``images=101,102&dataset=51``: the images shown; else the container."""
    kinds = ["Image", *(name for name in TARGET_TYPES if name != "Image")]
    for kind in kinds:
        values = [value for key, value in query if known_type(key) == kind]
        if values:
            for value in values:
                yield from (f"{kind}-{one}" for one in _pieces(value))
            return
