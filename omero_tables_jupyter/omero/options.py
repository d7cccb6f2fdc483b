"""How a server is reached: what was said in this call, and what is known of it from before."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from omero_tables_jupyter.omero.address import ServerAddress
from omero_tables_jupyter.omero.held import session_at

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.settings import Profile, Settings

__all__ = ["Options", "address_of", "filled_in", "is_of", "renewing"]


class Options(TypedDict, total=False):
    """How to reach a server; the keywords of `connect`."""

    ca: str | bool | None
    prefix: str
    server_id: int | str | None
    group: int | str | None
    allow_http: bool


def address_of(url: str, options: Options) -> ServerAddress:
    """Read a server's address.

    Raises
    ------
    OptionError, LoginError
        If the address is none, or the password would travel unencrypted.

    """
    return ServerAddress.parse(
        url, prefix=options.get("prefix", ""), allow_http=options.get("allow_http", False)
    )


def is_of(session: Session, url: str, options: Options) -> bool:
    """Tell whether an address is that of a session."""
    place = ServerAddress.parse(url, prefix=options.get("prefix", ""), allow_http=True)
    return place.url == session.url


def renewing(session: Session, given: Options) -> Options:
    """Say how to reach the server of a session once more; what was said in this call counts."""
    options = _with(given, session.ca, session.channel.server_id)
    options["allow_http"] = given.get("allow_http") or session.url.startswith("http://")
    return options


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
