"""Everything that might let a user in: the environment, stored sessions, a person who is asked.

Order: the environment's, omero-user-token's file, the OMERO CLI's store, a prompt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import LoginError, ServerError
from omero_tables_jupyter.omero.credentials import find_stored
from omero_tables_jupyter.omero.options import Options, address_of
from omero_tables_jupyter.omero.session import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from omero_tables_jupyter.model import Secret
    from omero_tables_jupyter.omero.credentials import StoredSession
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.settings import Environment, Settings

__all__ = ["Search", "Typed", "no_server"]


@dataclass(frozen=True, slots=True)
class Typed:
    """What a user typed into a prompt."""

    username: str
    password: Secret


@dataclass(frozen=True, slots=True)
class _Offer:
    """A secret that may be sent to a server, and where it comes from."""

    how: str
    url: str
    username: str | None = None
    password: Secret | None = None
    session_key: Secret | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """One look through everything that might let the user in.

    Parameters
    ----------
    settings
        What the environment and other OMERO tools offer, and to which servers it may go.
    url
        The server; '' for that of a stored session.
    given_by_user
        Whether the user named it in this very call: else the environment's secrets stay here.
    ask
        Asks a person for name and password, given the server's address and a likely user name; it
        gives None where the person gives up. None where nobody is there.
    options
        How to reach the server.
    user
        Whose session it must be; '' for anybody's.

    """

    settings: Settings
    url: str
    given_by_user: bool
    ask: Callable[[str, str], Typed | None] | None
    options: Options
    user: str = ""

    def run(self) -> Session:
        """Give the first session that is let in.

        Raises
        ------
        OptionError
            If the address is none.
        LoginError
            If there is none to be had.
        ServerError
            If the server does not answer, or is no OMERO.web.

        """
        if self.url:
            # Checked before anything is offered to it.
            address_of(self.url, self.options)
        environment = self.settings.environment
        stored = find_stored(environment.token_dir, environment.cli_session_dirs)
        notes = list(stored.skipped)
        for offer in self._offers(stored.sessions):
            try:
                session = self._connected(offer)
            except LoginError as error:
                notes.append(f"{offer.how}: {error.message}")
            except ServerError as error:
                if self.url:
                    raise
                # The address was only guessed from a stored session.
                notes.append(f"{offer.how}: {error.message}")
            else:
                notes += [offer.note] if offer.note else []
                session.notes = tuple(notes)
                return session
        return self._asked(notes)

    def _connected(self, offer: _Offer) -> Session:
        return connect(
            offer.url,
            username=offer.username,
            password=offer.password,
            session_key=offer.session_key,
            how=offer.how,
            **self.options,
        )

    def _offers(self, stored: Iterable[StoredSession]) -> Iterator[_Offer]:
        if self.url and self.settings.environment_login_may_go(
            self._place(), given_by_user=self.given_by_user
        ):
            yield from _from_environment(self.settings.environment, self.url, self.user)
        for one in stored:
            if self.user and one.user != self.user:
                continue
            if not self.url:
                # A guess, yet a safe one: it is the key's own host.
                host = f"[{one.host}]" if ":" in one.host else one.host
                yield _Offer(one.origin, f"https://{host}", session_key=one.key, note=one.note)
            elif self.settings.key_may_go(one.host, self._place()):
                yield _Offer(one.origin, self.url, session_key=one.key, note=one.note)

    def _place(self) -> str:
        return address_of(self.url, self.options).url

    def _asked(self, notes: list[str]) -> Session:
        if not self.url:
            raise no_server(notes)
        place = self._place()
        try:
            typed = self.ask(place, self.user) if self.ask else None
        except LoginError as nobody:
            # Where nobody answers, what was tried before tells more than that.
            raise LoginError(f"{nobody.message}{_tried(notes)}", hint=nobody.hint) from None
        if typed is None:
            raise LoginError(
                f"not logged in to {place}{_tried(notes)}",
                hint=f"log in: %omero_login {place} (in a script: login('{place}', "
                "username=..., password=...))",
            )
        session = self._connected(
            _Offer("password", self.url, username=typed.username, password=typed.password)
        )
        session.notes = tuple(notes)
        return session


def _from_environment(environment: Environment, url: str, user: str) -> Iterator[_Offer]:
    if environment.session_key and not user:
        yield _Offer("OMERO_SESSION_KEY", url, session_key=environment.session_key)
    if environment.user and environment.password and user in {"", environment.user}:
        yield _Offer(
            "OMERO_USER and OMERO_PASSWORD",
            url,
            username=environment.user,
            password=environment.password,
        )


def _tried(notes: Sequence[str]) -> str:
    return "\n- ".join(("; what was tried:", *notes)) if notes else ""


def no_server(notes: Sequence[str] = ()) -> LoginError:
    """Make the error of a login to a server that nobody named."""
    return LoginError(
        f"not logged in, and no server was named{_tried(notes)}",
        hint="log in first: %omero_login https://... (or omero_tables_jupyter.login('https://...'))",
    )
