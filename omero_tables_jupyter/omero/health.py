"""How a server is: what it speaks, which servers stand behind it, whether its clock agrees."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from omero_tables_jupyter.omero import wire
from omero_tables_jupyter.omero.fields import entries, mapping_of, text

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.replies import OmeroServer
    from omero_tables_jupyter.omero.session import Session

__all__ = ["ServerHealth", "clock_difference_s", "server_health"]


@dataclass(frozen=True, slots=True)
class ServerHealth:
    """What an OMERO.web says of itself.

    Parameters
    ----------
    api_versions
        The versions of its JSON API, as it names them.
    servers
        The OMERO.servers that it offers.
    clock_ahead_s
        How far its clock is ahead of this machine's, in seconds; None where it did not say.

    """

    api_versions: tuple[str, ...]
    servers: tuple[OmeroServer, ...]
    clock_ahead_s: float | None


def server_health(session: Session) -> ServerHealth:
    """Ask a server how it is; nobody needs to be logged in for that.

    Raises
    ------
    ServerError
        If it does not answer as OMERO.web does.

    """
    answer = session.channel.get("/api/", asked="the request for the API's versions")
    if not answer.ok:
        raise session.channel.refusal(answer)
    servers = session.channel.get_json(
        "/api/v0/servers/", asked="the request for the list of OMERO servers"
    )
    return ServerHealth(
        _versions(answer.json()),
        wire.read_servers(servers),
        clock_difference_s(answer.date, datetime.now(UTC)),
    )


def clock_difference_s(date: str, now: datetime) -> float | None:
    """Say how far an answer's ``Date`` is ahead of `now`, in seconds; None for what is no date."""
    try:
        sent = parsedate_to_datetime(date)
    except ValueError:
        return None
    # "-0000" means a time of UTC whose place is unknown
    return ((sent if sent.tzinfo else sent.replace(tzinfo=UTC)) - now).total_seconds()


def _versions(reply: object) -> tuple[str, ...]:
    asked = "the API's versions"
    listed = entries(mapping_of(reply, asked), "data", asked)
    return tuple(text(mapping_of(one, asked), "version", asked) for one in listed)
