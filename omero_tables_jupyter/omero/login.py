"""The current session, and where a session comes from when none was given.

Order: given, current, the environment's, omero-user-token's file, the OMERO CLI's store, a prompt.
"""

from __future__ import annotations

import atexit
import getpass
import os
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from omero_tables_jupyter.errors import LoginError, ServerError
from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.omero.address import ServerAddress
from omero_tables_jupyter.omero.authentication import secret_of
from omero_tables_jupyter.omero.credentials import find_stored
from omero_tables_jupyter.omero.session import connect
from omero_tables_jupyter.settings import choose_profile, confirm_server, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from omero_tables_jupyter.omero.credentials import StoredSession
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.settings import Environment, Profile, Settings

__all__ = [
    "Options",
    "Typed",
    "current",
    "filled_in",
    "find_session",
    "login",
    "logout",
    "session_at",
]


@dataclass(frozen=True, slots=True)
class Typed:
    """What a user typed into a prompt."""

    username: str
    password: Secret


class Options(TypedDict, total=False):
    """How to reach a server; the keywords of `connect`."""

    ca: str | bool | None
    prefix: str
    server_id: int | str | None
    group: int | str | None
    allow_http: bool


class _Open:
    """The sessions that this interpreter holds: the current one, and those to end at its exit."""

    def __init__(self) -> None:
        self.current: Session | None = None
        self.ours: list[Session] = []
        self.lock = threading.Lock()
        self.process = 0

    def adopt(self, session: Session) -> Session:
        """Make a session the current one; the one before stays open, since a job may use it."""
        with self.lock:
            if not self.process:
                self.process = os.getpid()
                atexit.register(self.end)
            self.current = session
            self.ours = [one for one in self.ours if one.is_open and one is not session]
            self.ours.append(session)
        return session

    def end(self) -> None:
        """Log out of what we opened; a forked process leaves its parent's sessions alone."""
        if self.process == os.getpid():
            for session in self.ours:
                session.logout()


_open = _Open()


def current() -> Session | None:
    """Give the session that was logged in last, if it was not closed since."""
    session = _open.current
    return session if session is not None and session.is_open else None


def session_at(url: str) -> Session | None:
    """Give the session that was opened last at a server, of those that were not closed since."""
    return next((one for one in reversed(_open.ours) if one.is_open and one.url == url), None)


def login(  # noqa: PLR0913 - the options of a login, all by keyword
    url: str | None = None,
    *,
    username: str | None = None,
    password: Secret | str | None = None,
    session_key: Secret | str | None = None,
    ca: str | bool | None = None,
    prefix: str = "",
    server_id: int | str | None = None,
    group: int | str | None = None,
    allow_http: bool = False,
    settings: Settings | None = None,
    ask: Callable[[str, str], Typed | None] | None = None,
) -> Session:
    """Log in; the session becomes the current one, which uploads use by themselves.

    Parameters
    ----------
    url
        The address of OMERO.web, or any link of it; default: that of the settings.
    username, password
        A login. Without a password a stored session of that user is taken, else it is asked for.
    session_key
        The key of an OMERO session that exists; it is joined, and never logged out.
    ca
        A file of certificates to trust; False trusts any, which is unsafe.
    prefix
        The path below which OMERO.web lives, where `url` does not show it.
    server_id
        Id or label of the OMERO.server, where OMERO.web offers several.
    group
        Id or name of the group to look at first; default: the user's own default.
    allow_http
        Whether a password may travel unencrypted to another machine.
    settings
        Where a stored session may be, and which server is meant; default: this process's.
    ask
        Asks a person for name and password; default: a prompt, if this is a terminal.

    Returns
    -------
    Session
        ``session.how`` says what let the user in.

    Raises
    ------
    OptionError
        If the address or the choice of secrets makes no sense.
    LoginError
        If the server does not let the user in, or nobody is there to ask.
    ServerError
        If the server does not answer, or is no OMERO.web.

    Examples
    --------
    >>> session = login("https://omero.site", username="ana")  # doctest: +SKIP

    """
    # Rebound at once: tools that show a failing frame's variables then show '***'.
    password = None if password is None else secret_of(password)
    session_key = None if session_key is None else secret_of(session_key)
    options = Options(ca=ca, prefix=prefix, server_id=server_id, group=group, allow_http=allow_http)
    known = settings or load()
    place = url or known.server
    profile = choose_profile(known, server=place) if place else None
    options = filled_in(options, known, place, profile)
    if password is None and session_key is None:
        search = _Search(
            known, place, bool(url), ask or ask_at_terminal, options, user=username or ""
        )
        return _confirmed(search.run(), url)
    if not place:
        raise _no_server()
    if not (url or known.is_trusted(place)):
        raise LoginError(
            f"{place} is named by the project's settings only: nothing was sent to it",
            hint=f"if you trust it, name it once: login('{place}', ...)",
        )
    session = connect(
        place, username=username, password=password, session_key=session_key, **options
    )
    return _confirmed(_open.adopt(session), url)


def _confirmed(session: Session, url: str | None) -> Session:
    """Keep that the user named this server: links to it are followed from now on."""
    if url:
        confirm_server(session.url)
    return session


def find_session(  # noqa: PLR0913 - where to look, all by keyword
    *,
    url: str | None = None,
    given: Session | None = None,
    given_by_user: bool = True,
    user: str = "",
    settings: Settings | None = None,
    ask: Callable[[str, str], Typed | None] | None = None,
    options: Options | None = None,
) -> Session:
    """Find a session for a server: given > current > environment > token file > CLI store > asked.

    Parameters
    ----------
    url
        The server; None for the current session's, else that of the settings, else that of a
        stored session.
    given
        A session that the user gave: it is taken as it is.
    given_by_user
        Whether the user named `url` in this very call; False where it comes from a profile, a
        project's file or a pasted link, to which the environment's secrets do not go.
    user
        Whose session it must be; '' for anybody's.
    settings
        What the environment and other OMERO tools offer, and to which servers it may go; default:
        this process's.
    ask
        Asks a person for name and password, given the server's address and a likely user name; it
        gives None where the person gives up. None where nobody is there.
    options
        How to reach the server.

    Returns
    -------
    Session
        It is the current one from now on; ``session.how`` says where it came from, and
        ``session.notes`` what was passed over.

    Raises
    ------
    OptionError
        If the address is none.
    LoginError
        If there is no session to be had.
    ServerError
        If the server does not answer, or is no OMERO.web.

    """
    if given is not None:
        return given
    known = settings or load()
    now = current()
    if now is not None and user not in {"", now.user}:
        now = None
    if now is not None and not url:
        return now
    place = url or known.server
    options = filled_in(options or Options(), known, place)
    if now is not None and _address(place, options).url == now.url:
        return now
    return _Search(known, place, given_by_user and bool(url), ask, options, user=user).run()


def logout(session: Session | None = None) -> bool:
    """End a session (the current one by default); one that was only joined lives on at the server.

    Returns
    -------
    bool
        Whether the server has ended it.

    """
    session = session or current()
    if session is None:
        return False
    with _open.lock:
        _open.current = None if _open.current is session else _open.current
        _open.ours = [one for one in _open.ours if one is not session]
    return session.logout()


def ask_at_terminal(server: str, user: str) -> Typed | None:
    """Ask for name and password in a terminal; None where there is none."""
    if not (sys.stdin and sys.stdin.isatty()):
        return None
    name = user or input(f"User name at {server}: ").strip()
    return Typed(name, Secret(getpass.getpass(f"Password of {name} at {server}: ")))


def _tried(notes: Sequence[str]) -> str:
    return "\n- ".join(("; what was tried:", *notes)) if notes else ""


def _no_server(notes: Sequence[str] = ()) -> LoginError:
    return LoginError(
        f"not logged in, and no server was named{_tried(notes)}",
        hint="log in first: %omero_login https://... (or omero_tables_jupyter.login('https://...'))",
    )


def _address(url: str, options: Options) -> ServerAddress:
    return ServerAddress.parse(
        url, prefix=options.get("prefix", ""), allow_http=options.get("allow_http", False)
    )


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
class _Search:
    """One look through everything that might let the user in."""

    settings: Settings
    url: str
    given_by_user: bool
    ask: Callable[[str, str], Typed | None] | None
    options: Options
    user: str = ""

    def run(self) -> Session:
        if self.url:
            # Checked before anything is offered to it.
            _address(self.url, self.options)
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
                return _open.adopt(session)
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
        return _address(self.url, self.options).url

    def _asked(self, notes: list[str]) -> Session:
        if not self.url:
            raise _no_server(notes)
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
        return _open.adopt(session)


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


def filled_in(
    given: Options, settings: Settings, url: str, profile: Profile | None = None
) -> Options:
    """Take what was not given from the settings, the profile, and the last session at a server.

    Parameters
    ----------
    given
        What was said in this call.
    settings
        They count unless they are about another server.
    url
        The server; '' changes nothing.
    profile
        That of the server.

    """
    if not url:
        return given
    here = ServerAddress.parse(url, allow_http=True)
    there = ServerAddress.parse(settings.server or url, allow_http=True)
    filled = _by_settings(given, settings, here) if here.origin == there.origin else given
    if profile is not None:
        filled = _with(filled, profile.ca, profile.server_id)
    place = ServerAddress.parse(url, prefix=filled.get("prefix", ""), allow_http=True)
    before = session_at(place.url)
    # Which of several servers is meant is said anew each time: one may want to change to another.
    return _with(filled, before.ca if before else "", None)


def _by_settings(given: Options, settings: Settings, here: ServerAddress) -> Options:
    filled = _with(given, settings.ca, settings.server_id)
    filled["prefix"] = given.get("prefix") or ("" if here.prefix else settings.prefix)
    filled["group"] = given.get("group") or settings.group or None
    filled["allow_http"] = given.get("allow_http") or settings.allow_http
    return filled


def _with(given: Options, ca: str | bool | None, server_id: int | str | None) -> Options:
    filled = given.copy()
    if filled.get("ca") is None:
        filled["ca"] = ca or None
    filled["server_id"] = filled.get("server_id") or server_id
    return filled
