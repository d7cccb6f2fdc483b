"""The HTTP conversation with one OMERO.web: CSRF, patience, redirects, redaction.

What actually sends a request is handed in as a `Transport`, so that no HTTP library is known here.
"""

from __future__ import annotations

import html
import http.client
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, quote_plus, urljoin, urlsplit

from omero_tables_jupyter.errors import LoginError, ProtocolError
from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.omero import wire
from omero_tables_jupyter.omero.answers import Answer, one_line, refusal
from omero_tables_jupyter.omero.faults import Lost
from omero_tables_jupyter.text import redacted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from omero_tables_jupyter.errors import OmeroTablesError
    from omero_tables_jupyter.omero.address import ServerAddress

__all__ = ["LOGIN_HINT", "Call", "Channel", "Params", "Transport"]

LOGIN_HINT = "log in first: %omero_login https://... (or omero_tables_jupyter.login('https://...'))"
READ_S = 60.0
_LARGEST_ANSWER = 64 * 2**20
_PAUSES_S = (0.5, 2.0)
_ABSENT = frozenset({502, 503, 504})
_MOST_REDIRECTS = 5
_SHORTEST_HIDDEN = 3
_TOKEN_PATH = "/api/v0/token/"  # noqa: S105 - an address

Params = tuple[tuple[str, "str | int | Secret"], ...]


@dataclass(frozen=True, slots=True)
class Call:
    """One request; secrets stay wrapped until the moment when it is sent.

    The address is not shown: that of a redirect may hold a session key.
    """

    method: str
    url: str = field(repr=False)
    asked: str
    params: Params = ()
    headers: tuple[tuple[str, str | Secret], ...] = ()
    form: Mapping[str, str | Secret] | None = None
    body: Mapping[str, object] | None = None
    timeout_s: float = READ_S
    largest: int = _LARGEST_ANSWER

    @property
    def shown(self) -> str:
        """The address without its query."""
        return self.url.partition("?")[0]


class Transport(Protocol):
    """What sends a request and keeps the cookies."""

    def send(self, call: Call) -> Answer | Lost:
        """Send one request; a failure is returned, so that no foreign error clings to ours."""
        ...

    def cookies(self) -> list[str]:
        """Give the values of the cookies."""
        ...

    def close(self) -> None:
        """Forget the cookies, and close the connections."""
        ...


class Channel:
    """The HTTP conversation with one OMERO.web; for this package's own use.

    Parameters
    ----------
    address
        The server.
    transport
        Sends the requests.
    sleep
        Waits between attempts.

    """

    def __init__(
        self,
        address: ServerAddress,
        transport: Transport,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.address = address
        self.sleep = sleep
        #: The OMERO server that a cure has to name; None where the address leads to one only.
        self.server_id: int | None = None
        self._transport = transport
        self._csrf: Secret | None = None
        self._hidden: list[Secret] = []
        self._closed = False

    # --- what the rest of this package asks for -------------------------------------------------

    def get(
        self,
        path: str,
        *,
        asked: str,
        params: Params = (),
        ajax: bool = False,
        largest: int = _LARGEST_ANSWER,
    ) -> Answer:
        """Ask for a page; broken connections and absent upstreams are asked again, twice.

        Parameters
        ----------
        path
            What follows the server's address, with a leading slash.
        asked
            The request in words, for messages.
        params
            The query.
        ajax
            Whether to ask as a script, so that OMERO.web answers 403 in place of its login page.
        largest
            The most bytes that are read.

        Raises
        ------
        UnreachableError
            If no answer comes.
        ProtocolError
            If redirects never end.

        """
        headers = (("X-Requested-With", "XMLHttpRequest"),) if ajax else ()
        call = Call(
            "GET", self.address.url + path, asked, params=params, headers=headers, largest=largest
        )
        for _ in range(_MOST_REDIRECTS):
            answer = self._patiently(call)
            onward = self._onward(call, answer)
            if onward is None:
                return answer
            call = onward
        raise ProtocolError(
            f"{self.clear(call.shown)} sends {asked} round in circles",
            hint="check the address and its prefix: give it as the browser shows it",
        )

    def get_json(
        self,
        path: str,
        *,
        asked: str,
        params: Params = (),
        ajax: bool = False,
        largest: int = _LARGEST_ANSWER,
    ) -> Any:
        """Ask for JSON, as `get` does.

        Raises
        ------
        SessionExpiredError
            If the session is no more.
        ServerError
            If no answer comes, the server refuses, or it is no JSON.

        """
        answer = self.get(path, asked=asked, params=params, ajax=ajax, largest=largest)
        if not answer.ok:
            raise self.refusal(answer)
        return answer.json()

    def ask_once(self, path: str, *, asked: str) -> Answer:
        """Ask for a page, following no redirect.

        Raises
        ------
        UnreachableError
            If no answer comes.

        """
        return self._patiently(Call("GET", self.address.url + path, asked))

    def post(  # noqa: PLR0913 - the parts of a request, all by keyword
        self,
        path: str,
        *,
        asked: str,
        params: Params = (),
        headers: tuple[tuple[str, str | Secret], ...] = (),
        form: Mapping[str, str | Secret] | None = None,
        body: Mapping[str, object] | None = None,
        timeout_s: float = READ_S,
    ) -> Answer | Lost:
        """Send something once; only after a refused CSRF token again, since nothing was done then.

        Raises
        ------
        ServerError
            If no CSRF token can be had; then nothing was sent.

        """
        if self._csrf is None:
            self.fetch_token()
        call = Call(
            "POST",
            self.address.url + path,
            asked,
            params=params,
            headers=headers,
            form=form,
            body=body,
            timeout_s=timeout_s,
        )
        answer = self._send(self._with_token(call))
        if isinstance(answer, Answer) and self._is_csrf_failure(answer):
            self.fetch_token()
            answer = self._send(self._with_token(call))
        return answer

    def fetch_token(self) -> None:
        """Get a CSRF token and its cookie.

        Raises
        ------
        ServerError
            If the server gives none.

        """
        self._csrf = wire.read_token(self.get_json(_TOKEN_PATH, asked="the request for a token"))

    def refusal(self, answer: Answer) -> OmeroTablesError:
        """Choose the error for an answer that is not a success."""
        shown = replace(answer, location=self.clear(answer.location))
        return refusal(shown, self.words(answer), where=self.address.url, server_id=self.server_id)

    def words(self, answer: Answer) -> str:
        """Give what the server says, cleared of secrets, on one line."""
        return one_line(self.clear(answer.words()))

    def clear(self, text: str) -> str:
        """Replace every secret of this conversation in a text by ``***``."""
        secrets = [one.reveal() for one in (*self._hidden, self._csrf) if one]
        secrets += self._transport.cookies()
        for secret in sorted(set(secrets), key=len, reverse=True):
            if len(secret) >= _SHORTEST_HIDDEN:
                for spelt in (
                    secret,
                    quote(secret, safe=""),
                    quote_plus(secret),
                    html.escape(secret),
                ):
                    text = text.replace(spelt, "***")
        return redacted(text)

    @contextmanager
    def hiding(self, secret: Secret | None) -> Iterator[None]:
        """Take a secret out of everything that the server says meanwhile."""
        hidden = [] if secret is None else [secret]
        self._hidden += hidden
        try:
            yield
        finally:
            for one in hidden:
                self._hidden.remove(one)

    def hide(self, secret: Secret) -> None:
        """Take a secret out of everything that the server says from now on."""
        self._hidden.append(secret)

    def close(self) -> None:
        """Forget the cookies, and ask nothing any more."""
        self._closed = True
        self._csrf = None
        self._transport.close()

    # --- one request ----------------------------------------------------------------------------

    def _with_token(self, call: Call) -> Call:
        token = self._csrf or Secret("")
        # Over TLS, Django wants the Referer to name the host and port that it was asked at.
        own = (("X-CSRFToken", token), ("Referer", f"{self.address.url}/"))
        return replace(call, headers=(*call.headers, *own))

    def _is_csrf_failure(self, answer: Answer) -> bool:
        return answer.status == http.client.FORBIDDEN and answer.words().startswith("CSRF")

    def _onward(self, call: Call, answer: Answer) -> Call | None:
        """Follow a redirect within the server; None for anything else, and for its login page."""
        if not answer.moved or not answer.location or answer.leads_to_login:
            return None
        target = urljoin(call.url, answer.location)
        here, there = urlsplit(call.url), urlsplit(target)
        same = (here.scheme, here.netloc.lower()) == (there.scheme, there.netloc.lower())
        return replace(call, url=target, params=()) if same else None

    def _patiently(self, call: Call) -> Answer:
        for pause_s in (*_PAUSES_S, None):
            answer = self._send(call)
            absent = isinstance(answer, Answer) and answer.status in _ABSENT
            broken = isinstance(answer, Lost) and answer.dropped
            if pause_s is None or not (absent or broken):
                break
            self.sleep(pause_s)
        if isinstance(answer, Lost):
            raise answer.error
        return answer

    def _send(self, call: Call) -> Answer | Lost:
        if self._closed:
            raise LoginError(
                f"the session at {self.address.url} is closed: {call.asked} was not sent",
                hint=LOGIN_HINT,
            )
        answer = self._transport.send(call)
        if isinstance(answer, Lost):
            return answer
        # A redirect may have put a key into the path, where nothing else looks for it.
        return replace(answer, url=one_line(self.clear(answer.url)))
