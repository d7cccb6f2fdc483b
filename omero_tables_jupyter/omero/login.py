"""Logging in and out, and where a session comes from when none was given.

Order: given, current, and what `searching` finds.
"""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import LoginError
from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.omero.authentication import secret_of
from omero_tables_jupyter.omero.held import HELD, current, session_at
from omero_tables_jupyter.omero.options import Options, address_of, filled_in, is_of, renewing
from omero_tables_jupyter.omero.searching import Search, Typed, no_server
from omero_tables_jupyter.omero.session import connect
from omero_tables_jupyter.settings import choose_profile, confirm_server, load

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.settings import Settings

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
        The address of OMERO.web, or any link of it; default: that of the settings, else that of the
        current session, which may have expired.
    username, password
        A login; by default that of the current session's user. Without a password a stored session
        of that user is taken, else it is asked for.
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
    now = current() if url is None else None
    place = url or known.server or (now.url if now else "")
    profile = choose_profile(known, server=place) if place else None
    options = filled_in(options, known, place, profile)
    if now is not None and is_of(now, place, options):
        options, username = renewing(now, options), username or now.user
    if password is None and session_key is None:
        asking = ask or ask_at_terminal
        search = Search(known, place, bool(url), asking, options, user=username or "")
        return _confirmed(HELD.adopt(search.run()), url)
    if not place:
        raise no_server()
    if known.server and not (url or known.is_trusted(place)):
        raise LoginError(
            f"{place} is named by the project's settings only: nothing was sent to it",
            hint=f"if you trust it, name it once: login('{place}', ...)",
        )
    session = connect(
        place, username=username, password=password, session_key=session_key, **options
    )
    return _confirmed(HELD.adopt(session), url)


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
    if now is not None and address_of(place, options).url == now.url:
        return now
    search = Search(known, place, given_by_user and bool(url), ask, options, user=user)
    return HELD.adopt(search.run())


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
    HELD.drop(session)
    return session.logout()


def ask_at_terminal(server: str, user: str) -> Typed | None:
    """Ask for name and password in a terminal; None where there is none."""
    if not (sys.stdin and sys.stdin.isatty()):
        return None
    name = user or input(f"User name at {server}: ").strip()
    return Typed(name, Secret(getpass.getpass(f"Password of {name} at {server}: ")))
