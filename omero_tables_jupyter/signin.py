"""Whose server, and as whom: arguments, links, profiles, settings and stored sessions in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter import settings
from omero_tables_jupyter.arguments import Login
from omero_tables_jupyter.errors import LoginError, OptionError
from omero_tables_jupyter.omero import login as logins
from omero_tables_jupyter.omero.session import Session, connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.omero.login import Typed
    from omero_tables_jupyter.request import Request
    from omero_tables_jupyter.settings import Profile, Settings

__all__ = ["Visit", "Whereabouts", "server_of", "sign_in"]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """The server that a request goes to, before anybody is asked anything.

    Parameters
    ----------
    url
        Its address with its prefix; '' where nothing names one.
    prefix
        The prefix, where `url` does not show it.
    by_user
        Whether the user named it; not so for a pasted link and a project's file.
    profile
        The profile to be used there.

    """

    url: str = ""
    prefix: str = ""
    by_user: bool = True
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A session to work with; `brief` where it was opened for one call and ends with it."""

    session: Session
    brief: bool = False

    def end(self) -> None:
        """Log out, if the session was opened for this call."""
        if self.brief:
            self.session.logout()


def server_of(asked: Request, known: Settings) -> Whereabouts:
    """Say which server a request goes to: given > link > profile named > current > settings.

    Raises
    ------
    OptionError
        If two of them contradict each other, or there is no such profile.

    """
    named = settings.choose_profile(known, name=asked.profile) if asked.profile else None
    where = _server(asked, known, named)
    _check_link(asked, where.url)
    # Only a profile that is named here must fit the server; the preset one steps back.
    profile = settings.choose_profile(known, name=asked.profile, server=where.url)
    return Whereabouts(where.url, asked.prefix or where.prefix, where.by_user, profile)


def _check_link(asked: Request, url: str) -> None:
    """Refuse a link of one server for a table that goes to another: its ids mean nothing there."""
    if asked.link is None or settings.origin(asked.link.server) == settings.origin(url):
        return
    raise OptionError(
        f"the target is a link of {asked.link.server}, and the table goes to {url}",
        hint="log in to the link's server, or name the object alone: --to Image:101",
    )


def _server(asked: Request, known: Settings, named: Profile | None) -> Whereabouts:
    now = logins.current()
    if asked.session is not None:
        return Whereabouts(asked.session.url)
    if asked.login is not None and asked.login.server:
        return Whereabouts(asked.login.server)
    if asked.link is not None:
        url = f"{asked.link.server}{asked.link.prefix}"
        return Whereabouts(url, by_user=known.is_trusted(url))
    if named is not None and named.server:
        return _of_profile(named, known)
    if now is not None:
        return Whereabouts(now.url)
    return _from_settings(known)


def _from_settings(known: Settings) -> Whereabouts:
    if known.server:
        return Whereabouts(known.server, known.prefix, by_user=known.is_trusted(known.server))
    profile = settings.choose_profile(known)
    if profile is None or not profile.server:
        return Whereabouts()
    return _of_profile(profile, known)


def _of_profile(profile: Profile, known: Settings) -> Whereabouts:
    by_user = profile.trusted or known.is_trusted(profile.server)
    return Whereabouts(profile.server, profile.prefix, by_user=by_user)


def sign_in(
    asked: Request,
    known: Settings,
    where: Whereabouts,
    *,
    ask: Callable[[str, str], Typed | None] | None = None,
) -> Visit:
    """Find or open the session for a request: given > current > environment > stored > asked.

    Raises
    ------
    LoginError
        If there is none to be had, or nobody has confirmed the server yet.
    OptionError
        If an address, or two prefixes, cannot be meant.
    ServerError
        If the server does not answer, or is no OMERO.web.

    """
    if asked.session is not None:
        _check_prefix(asked, asked.session)
        return Visit(asked.session)
    typed = asked.login or Login()
    if typed.password is not None and not where.url:
        raise LoginError("a password was given, but no server", hint="add server='omero.site'")
    if not where.by_user and not _is_current(where):
        raise LoginError(
            f"{where.url} was named by a link or by the project's settings, "
            "and you have not logged in there before",
            hint=f"if you trust it, log in once: %omero_login {where.url}",
        )
    options = _options(known, where)
    if typed.password is not None:
        session = connect(where.url, username=typed.username, password=typed.password, **options)
        return Visit(session, brief=True)
    session = logins.find_session(
        url=where.url or None,
        given_by_user=bool(typed.server),
        user=typed.username or "",
        settings=known,
        ask=ask,
        options=options,
    )
    return Visit(session)


def _is_current(where: Whereabouts) -> bool:
    now = logins.current()
    return now is not None and settings.origin(now.url) == settings.origin(where.url)


def _check_prefix(asked: Request, session: Session) -> None:
    prefix = asked.prefix.strip("/")
    if prefix and not session.url.endswith(f"/{prefix}"):
        raise OptionError(
            f"prefix='{asked.prefix}' is not that of the session, {session.url}",
            hint="log in with the prefix: login(url, prefix=...), and leave it out here",
        )


def _options(known: Settings, where: Whereabouts) -> logins.Options:
    """Say how to reach the server: by the settings about it, then by its profile."""
    return logins.filled_in(logins.Options(prefix=where.prefix), known, where.url, where.profile)
