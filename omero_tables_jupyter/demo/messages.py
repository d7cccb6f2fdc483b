"""A request and a response, as plain values: what the views see instead of sockets."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message

__all__ = [
    "ApiError",
    "PageError",
    "Request",
    "Response",
    "bad_request",
    "html",
    "json_reply",
    "redirect",
    "text",
]

_FORM = "application/x-www-form-urlencoded"


class ApiError(Exception):
    """A view's refusal: becomes ``{"message": ...}`` with this status.

    Parameters
    ----------
    status
        The HTTP status.
    message
        The text under `message`.
    stacktrace
        Whether OMERO.web would add a `stacktrace` to this one.

    """

    def __init__(self, status: int, message: str, *, stacktrace: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.stacktrace = stacktrace


class PageError(Exception):
    """A view's refusal that OMERO.web shows as an HTML page, empty for scripts."""

    def __init__(self, status: int) -> None:
        super().__init__(f"an HTML page with status {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `path` has lost the deployment's prefix, and `query` is as it came."""

    method: str
    path: str
    query: str
    headers: Message
    body: bytes
    secure: bool
    prefix: str = ""

    def header(self, name: str) -> str | None:
        """Give a header, whatever its case; None where it was not sent."""
        return self.headers.get(name)

    def all(self, name: str) -> list[str]:
        """Give every value of a query parameter, in order."""
        return parse_qs(self.query, keep_blank_values=True).get(name, [])

    def get(self, name: str) -> str | None:
        """Give the last value of a query parameter, as Django does."""
        values = self.all(name)
        return values[-1] if values else None

    @property
    def content_type(self) -> str:
        """The body's type, without its parameters."""
        return (self.header("Content-Type") or "").split(";")[0].strip().lower()

    @property
    def form(self) -> dict[str, str]:
        """The fields of a posted form; empty for any other body."""
        if self.content_type != _FORM:
            return {}
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[-1] for name, values in fields.items()}

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies that came along, whatever others on this host have put between them."""
        pairs = (part.partition("=") for part in (self.header("Cookie") or "").split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs}

    @property
    def ajax(self) -> bool:
        """Whether a script asks, by its own word."""
        return self.header("X-Requested-With") == "XMLHttpRequest"

    @property
    def host(self) -> str:
        """The Host header: name and port as the client sees them."""
        return self.header("Host") or "127.0.0.1"

    @property
    def root(self) -> str:
        """The relative way from this path to the site's root: right below any proxy."""
        return "../" * (self.path.count("/") - 1) or "./"

    def way_to(self, path: str) -> str:
        """Say where a path of this site is, for a Location header.

        OMERO.web sends an absolute path. Behind jupyter-server-proxy it is a relative one: of its
        releases some put their own prefix before an absolute path and some do not.
        """
        if self.header("X-Forwarded-Prefix") is None:
            return self.prefix + path
        return self.root + path.removeprefix("/")

    @property
    def base_url(self) -> str:
        """Scheme, host and prefix, for absolute URLs in JSON."""
        return f"{'https' if self.secure else 'http'}://{self.host}{self.prefix}"


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response; `cookies` are whole Set-Cookie values."""

    status: int
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[str, ...] = ()

    def with_cookies(self, *cookies: str) -> Response:
        """Give the same response with more cookies."""
        return replace(self, cookies=(*self.cookies, *cookies))


def json_reply(data: Any, *, status: int = 200, versioned: bool = False) -> Response:
    """Answer JSON; NaN and Infinity go out bare, as OMERO.web sends them."""
    headers = (("X-OMERO-ApiVersion", "0.2"),) if versioned else ()
    return Response(status, json.dumps(data).encode(), "application/json", headers)


def html(page: str, *, status: int = 200) -> Response:
    """Answer a page."""
    return Response(status, page.encode())


def text(words: str, *, content_type: str = "text/plain") -> Response:
    """Answer plain text."""
    return Response(200, words.encode(), content_type)


def redirect(location: str, *, status: int = 302) -> Response:
    """Send the client elsewhere, with an empty body."""
    return Response(status, headers=(("Location", location),))


def bad_request(message: str) -> ApiError:
    """Make a refusal with status 400."""
    return ApiError(400, message)
