"""An HTTP answer, and which error of ours it is when it says no. No socket is touched here."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from omero_tables_jupyter.errors import (
    LoginError,
    OmeroTablesError,
    ProtocolError,
    RejectedError,
    SessionExpiredError,
    UnreachableError,
)
from omero_tables_jupyter.text import shorten

__all__ = ["Answer", "expired", "login_refusal", "one_line", "refusal"]

_OK = range(200, 300)
_MOVED = range(300, 400)
_SERVER_FAULT = range(500, 600)
_NO_UPSTREAM = frozenset({502, 503, 504, 520, 521, 522, 523, 524})
_SHOWN = 400
_TITLE = re.compile(rb"(?is)<(?:title|h1)[^>]*>(.{1,200}?)</(?:title|h1)>")
_STARTS_AS_HTML = re.compile(
    rb"(?is)\s*(?:<\?xml\b[^>]{0,200}>\s*)?(?:<!--.{0,500}?-->\s*)*"
    rb"<(?:!doctype html|html|head|body)\b"
)
_PREFIX_HINT = (
    "check the address: where OMERO.web lives below a prefix (https://host/PREFIX/webclient), "
    "the prefix is part of it, or given with --prefix (prefix=...)"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back.

    Parameters
    ----------
    asked
        What was asked for, in words that complete "the server's answer to ...".
    url
        The address asked, without its query.
    status
        The HTTP status.
    content_type
        The media type in lower case, without parameters; '' where none was sent.
    body
        The bytes, decompressed. They may hold a session key: not shown.
    location
        Where a redirect leads; '' mostly. It may hold a session key: not shown.
    date
        When it was sent, by the server's clock and in its words.

    """

    asked: str
    url: str
    status: int
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    location: str = field(default="", repr=False)
    date: str = ""

    @property
    def ok(self) -> bool:
        """Whether the status says success."""
        return self.status in _OK

    @property
    def moved(self) -> bool:
        """Whether it is a redirect."""
        return self.status in _MOVED

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people."""
        if self.content_type in {"text/html", "application/xhtml+xml"}:
            return True
        return bool(_STARTS_AS_HTML.match(self.body))

    @property
    def leads_to_login(self) -> bool:
        """Whether it is a redirect to OMERO.web's login page."""
        path = urlsplit(self.location).path.rstrip("/")
        return self.moved and path.endswith("/login")

    def json(self) -> Any:
        """Read the body as JSON; NaN and Infinity, which OMERO.web emits, are taken.

        Raises
        ------
        ProtocolError
            If it is a web page, or no JSON.

        """
        value = self._parsed()
        if value is _NO_JSON:
            raise ProtocolError(
                f"the server's answer to {self.asked} is {self._form()}, not JSON ({self.url})",
                hint=_PREFIX_HINT,
                status=self.status,
            )
        return value

    def words(self) -> str:
        """Give what the server says in its own words; '' where nothing.

        They are as sent: whoever shows them clears them of secrets first, and shortens them after
        that, lest half a secret is left.
        """
        value = _NO_JSON if self.is_html else self._parsed()
        message = value.get("message") if isinstance(value, dict) else None
        if isinstance(message, str):
            return message
        title = _TITLE.search(self.body) if self.is_html else None
        if title is None:
            return ""
        return html.unescape(title[1].decode("utf-8", "replace"))

    def _parsed(self) -> Any:
        if self.is_html:
            return _NO_JSON
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            # The error of a parser quotes what it read; nothing of it is carried on.
            return _NO_JSON

    def _form(self) -> str:
        if self.is_html:
            return "a web page"
        return "empty" if not self.body.strip() else "something else"


class _NoJson:
    """Marks a body that is not JSON; None would be JSON's null."""


_NO_JSON = _NoJson()


def one_line(text: str) -> str:
    """Put a server's words on one line, without what a terminal would obey."""
    printable = "".join(one if one.isprintable() else " " for one in text)
    return shorten(printable, _SHOWN)


def expired(where: str, server_id: int | None = None) -> SessionExpiredError:
    """Make the error of a session that the server has forgotten.

    Parameters
    ----------
    where
        The server's address.
    server_id
        The OMERO server that was logged in to; None where the address leads to one only.

    """
    chosen = "" if server_id is None else f", server_id={server_id}"
    return SessionExpiredError(
        f"{where} no longer knows the session: it has expired or was closed elsewhere",
        hint=f"{_log_in_again(where, server_id)} (in a script: login('{where}', username=..., "
        f"password=...{chosen}))",
    )


def _log_in_again(where: str, server_id: int | None) -> str:
    # With its address: another session may have become the current one meanwhile.
    chosen = "" if server_id is None else f" --server-id {server_id}"
    return f"log in again: %omero_login {where}{chosen}"


def refusal(
    answer: Answer, words: str, *, where: str, server_id: int | None = None
) -> OmeroTablesError:
    """Choose the error for an answer that is not a success.

    Parameters
    ----------
    answer
        What came back; its status is not 2xx.
    words
        The server's own words, cleared of secrets.
    where, server_id
        As for `expired`.

    """
    if _is_not_logged_in(answer, words):
        return expired(where, server_id)
    if answer.moved:
        return _redirected(answer)
    if answer.status in _NO_UPSTREAM:
        return UnreachableError(
            f"{answer.url}: the web server is there, OMERO.web is not (status {answer.status})",
            hint="wait a minute and try again; if it stays so, tell the server's administrator",
            status=answer.status,
            server_message=words,
        )
    if answer.is_html:
        return _page(answer, words, where, server_id)
    return RejectedError(
        f"the server refused {answer.asked} (status {answer.status})" + _quoted(words),
        hint=_cure(answer, words, where, server_id),
        status=answer.status,
        server_message=words,
    )


def _is_not_logged_in(answer: Answer, words: str) -> bool:
    if answer.leads_to_login:
        return True
    if answer.status not in {401, 403}:
        return False
    # The web client's pages say it with an empty body, the JSON API in words.
    in_words = not answer.is_html and words.casefold().startswith("not logged in")
    return in_words or not answer.body.strip()


def _redirected(answer: Answer) -> OmeroTablesError:
    target, asked = urlsplit(answer.location), urlsplit(answer.url)
    hint = (
        "give the address that the browser shows once OMERO.web is open, with its prefix; a login "
        "page of your institute before it cannot be passed from here: ask for direct access"
    )
    # Of another host nothing is advised: it might be anybody's.
    same_host = target.hostname == asked.hostname
    if target.scheme == "https" and asked.scheme == "http" and same_host:
        hint = f"use the encrypted address: https://{target.netloc}"
    return ProtocolError(
        f"the server sends {answer.asked} on to {one_line(answer.location) or 'nowhere'}; not "
        "followed",
        hint=hint,
        status=answer.status,
    )


def _page(answer: Answer, words: str, where: str, server_id: int | None) -> OmeroTablesError:
    if answer.status == 404:  # noqa: PLR2004 - everybody knows this number
        message, hint = f"there is no OMERO.web page at {answer.url}", _PREFIX_HINT
    elif answer.status in _SERVER_FAULT:
        message = f"OMERO.web broke down over {answer.asked} (status {answer.status})"
        # A gateway that is asked beside its prefix breaks down too.
        hint = (
            "try again; if it stays so, check the address and its prefix "
            "(https://host/PREFIX, --prefix), then show this message to the server's administrator"
        )
    elif answer.status == 400:  # noqa: PLR2004
        message = f"the web server at {answer.url} does not take {answer.asked} (status 400)"
        hint = (
            "check the address: give the name of the server as its administrator does, since "
            "OMERO.web answers only to the names in its list (omero.web.allowed_hosts); encrypted "
            "servers need https://"
        )
    else:
        message = f"the answer to {answer.asked} is a web page with status {answer.status}"
        hint = _cure(answer, words, where, server_id)
    return ProtocolError(
        message + _quoted(words), hint=hint, status=answer.status, server_message=words
    )


def _quoted(words: str) -> str:
    return f": {words}" if words else ""


_CURES = {
    400: "check the address: encrypted servers need https://; check --prefix too",
    401: "a login page or proxy stands before OMERO.web: ask its administrator for direct access",
    407: "the proxy wants a login of its own: put user and password into HTTPS_PROXY, "
    "or name the server in NO_PROXY",
    413: "the web server before OMERO.web limits the size of requests: ask its administrator to "
    "raise it (nginx: client_max_body_size)",
    429: "the server asks for patience: wait a minute and try again",
}


def _cure(answer: Answer, words: str, where: str, server_id: int | None) -> str:
    if words.startswith("CSRF"):
        return _csrf_cure(words, where, server_id)
    if answer.status in _CURES and not (answer.status == 400 and words):  # noqa: PLR2004
        return _CURES[answer.status]
    if answer.status in _SERVER_FAULT:
        return "try again; if it stays so, show this message to the server's administrator"
    return "if the server's words do not help, show this message to its administrator"


def _csrf_cure(words: str, where: str, server_id: int | None) -> str:
    if "cookie not set" in words:
        return (
            "the server's cookie did not come back: use the https:// address (secure cookies never "
            "travel over http), and check that no proxy removes cookies"
        )
    if "Referer" in words or "Origin" in words:
        return (
            "the server knows itself by another name: use the address that its administrator "
            "gives, port included; behind a proxy, CSRF_TRUSTED_ORIGINS must list it"
        )
    return (
        f"the server did not take its own token: {_log_in_again(where, server_id)}; if it stays "
        "so, tell its administrator"
    )


# --- a login ------------------------------------------------------------------------------------

_WRONG_PASSWORD = "check user name and password: they are those of OMERO.web"  # noqa: S105 - a hint
_LOGIN_CURES = (
    ("guest account", "log in with an account of your own: OMERO.web does not take 'guest'"),
    ("password: this field", "type a password: it was empty"),
    ("username: this field", "give a user name: --user NAME (username=...)"),
    (
        "select a valid choice",
        "leave --server-id (server_id=...) out to see which servers there are",
    ),
    ("ensure this value has at most", "check the user name: it is far too long"),
    # A server that compares no versions names them together with the credentials.
    ("check your", _WRONG_PASSWORD),
    ("credentials", _WRONG_PASSWORD),
    ("version", "OMERO.web and OMERO.server do not fit together: tell the administrator"),
)


def login_refusal(answer: Answer, words: str, *, who: str, where: str) -> OmeroTablesError:
    """Choose the error for a login that was not let in; `who` is ``"'ana' at https://..."``."""
    if answer.status != 403 or answer.is_html or words.startswith("CSRF"):  # noqa: PLR2004
        return refusal(answer, words, where=where)
    folded = words.casefold()
    if "not responding" in folded:
        return UnreachableError(
            f"OMERO.web is there, but its OMERO.server is not: {words}",
            hint="wait a minute and try again; if it stays so, tell the server's administrator",
            status=answer.status,
            server_message=words,
        )
    cures = [cure for mark, cure in _LOGIN_CURES if mark in folded]
    reason = words or "it gave no reason"
    return LoginError(
        f"the server did not let {who} in: {reason}", hint=cures[0] if cures else _WRONG_PASSWORD
    )
