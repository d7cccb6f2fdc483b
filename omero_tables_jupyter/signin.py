"""Whose server, and as whom: arguments, links, profiles, settings and stored sessions in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter import settings
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
    profile = settings.choose_profile(
        known, name=asked.profile or known.profile or None, server=where.url or None
    )
    if not where.url and profile is not None:
        where = Whereabouts(profile.server, profile.prefix, by_user=profile.trusted)
    return Whereabouts(where.url, asked.prefix or where.prefix, where.by_user, profile)


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
        return Whereabouts(named.server, named.prefix, by_user=named.trusted)
    if now is not None:
        return Whereabouts(now.url)
    return _from_settings(known)


def _from_settings(known: Settings) -> Whereabouts:
    if known.server:
        return Whereabouts(known.server, known.prefix, by_user=known.is_trusted(known.server))
    profile = settings.choose_profile(known)
    if profile is None or not profile.server:
        return Whereabouts()
    by_user = profile.trusted or known.is_trusted(profile.server)
    return Whereabouts(profile.server, profile.prefix, by_user=by_user, profile=profile)


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
    options = logins.Options(
        ca=_trusted(known, where.profile),
        prefix=where.prefix,
        server_id=_server_id(known, where.profile),
        group=known.group or None,
        allow_http=known.allow_http,
    )
    if asked.login is not None and asked.login.password is not None:
        if not where.url:
            raise LoginError("a password was given, but no server", hint="add server='omero.site'")
        return Visit(
            connect(
                where.url,
                username=asked.login.username,
                password=asked.login.password,
                **options,
            ),
            brief=True,
        )
    if not where.by_user and not _is_current(where):
        raise LoginError(
            f"{where.url} was named by a link or by the project's settings, "
            "and you have not logged in there before",
            hint=f"if you trust it, log in once: %omero_login {where.url}",
        )
    session = logins.find_session(
        url=where.url or None,
        given_by_user=asked.login is not None,
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


def _trusted(known: Settings, profile: Profile | None) -> str | None:
    return known.ca or (profile.ca if profile else "") or None


def _server_id(known: Settings, profile: Profile | None) -> int | None:
    if known.server_id is not None:
        return known.server_id
    return profile.server_id if profile else None
