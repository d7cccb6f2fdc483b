"""The steps of a login: which secret, which OMERO.server, and who the server says we are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import LoginError, OptionError
from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.omero import wire
from omero_tables_jupyter.omero.answers import Answer, login_refusal
from omero_tables_jupyter.omero.channel import LOGIN_HINT
from omero_tables_jupyter.omero.faults import Lost
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.address import ServerAddress
    from omero_tables_jupyter.omero.channel import Channel, Params
    from omero_tables_jupyter.omero.replies import Identity, OmeroGroup, OmeroServer

__all__ = [
    "check_secrets",
    "choose_server",
    "find_group",
    "is_token",
    "join",
    "log_in",
    "secret_of",
    "who_am_i",
]

_LOGIN_PATH = "/api/v0/login/"


def secret_of(value: Secret | str, *, strip: bool = False) -> Secret:
    """Wrap what the user gave, without the blanks of copying where `strip` is True."""
    text = value.reveal() if isinstance(value, Secret) else value
    if not isinstance(text, str):
        raise LoginError(
            f"a password or session key is a text, not {type(text).__name__}", hint=LOGIN_HINT
        )
    return Secret(text.strip() if strip else text)


def check_secrets(
    address: ServerAddress,
    username: str | None,
    password: Secret | None,
    session_key: Secret | None,
) -> None:
    """Check that one way to log in was given, and that it can be sent.

    Raises
    ------
    OptionError
        If there are two ways.
    LoginError
        If something is missing or cannot be sent.

    """
    if session_key is not None:
        if password is not None:
            raise OptionError(
                "both a password and a session key were given", hint="give one of the two"
            )
        if not is_token(session_key):
            raise LoginError(
                "this is not a session key: it is empty, or holds blanks or control characters",
                hint="copy the key alone, without quotes or the name before it",
            )
        return
    if not username or not username.isprintable():
        raise LoginError(
            f"no user name for {address.url}" if not username else "the user name is not printable",
            hint="give your OMERO.web user name: --user NAME (username=...)",
        )
    if not password:
        raise LoginError(
            f"no password for {username} at {address.url}",
            hint="%omero_login asks for it; in a script give password=... or session_key=...",
        )
    if any("\ud800" <= letter <= "\udfff" for letter in username + password.reveal()):
        raise LoginError(
            "the user name or password holds a character that cannot be sent",
            hint="type it again instead of pasting it",
        )


def is_token(secret: Secret) -> bool:
    """Whether a text can stand in a header or a query: visible ASCII, no blanks."""
    return bool(secret) and all("!" <= letter <= "~" for letter in secret.reveal())


def choose_server(
    servers: tuple[OmeroServer, ...], wanted: int | str | None, address: ServerAddress
) -> OmeroServer:
    """Choose the OMERO.server by id, label or host; the only one where none is wanted.

    Raises
    ------
    LoginError
        If there are several to choose from, or none such.

    """
    if wanted is None and len(servers) == 1:
        return servers[0]
    asked = "" if wanted is None else str(wanted).strip()
    for names in ("id", "label", "host"):
        fitting = [one for one in servers if asked and str(getattr(one, names)) == asked]
        if len(fitting) == 1:
            return fitting[0]
    offered = ", ".join(str(server) for server in servers)
    if wanted is None:
        message = (
            f"{address.url} leads to several OMERO servers, of which --server-id (server_id=...) "
            f"chooses one: {offered}"
        )
    else:
        message = f"{address.url} has no OMERO server '{wanted}'; it has: {offered}"
    # With the command: who reads it in the panel has no field for it there.
    choice = f"%omero_login {address.url} --server-id {servers[0].id} (server_id=...)"
    raise LoginError(message, hint=f"choose one: {choice}")


def log_in(channel: Channel, username: str, password: Secret, server: OmeroServer) -> Identity:
    """Log in with a password.

    Raises
    ------
    LoginError
        If the server does not let the user in.
    ServerError
        If it does not answer, or not as OMERO.web does.

    """
    with channel.hiding(password):
        answer = channel.post(
            _LOGIN_PATH, asked="the login", form=wire.login_form(username, password, server.id)
        )
        return _identity(channel, answer, who=f"'{username}' at {channel.address.url}")


def _identity(channel: Channel, answer: Answer | Lost, *, who: str) -> Identity:
    if isinstance(answer, Lost):
        raise answer.error
    if not answer.ok:
        raise login_refusal(answer, channel.words(answer), who=who, where=channel.address.url)
    return wire.read_identity(answer.json())


def who_am_i(channel: Channel) -> Identity:
    """Ask who is logged in; a page that can be read would prove nothing, it may be public.

    Raises
    ------
    LoginError
        If nobody is.
    ServerError
        If the server does not answer.

    """
    answer = channel.post(_LOGIN_PATH, asked="the request who is logged in", form={})
    return _identity(channel, answer, who="this session")


def join(channel: Channel, key: Secret, server: OmeroServer | None) -> Identity:
    """Join an OMERO session by its key; `server` only where there are several.

    Raises
    ------
    LoginError
        If the server does not know the key.
    ServerError
        If it does not answer, or not as OMERO.web does.

    """
    channel.hide(key)
    chosen: Params = () if server is None else (("server", server.id),)
    unknown = _unknown_key(channel.address.url, server)
    answer = channel.get(
        "/api/v0/m/projects/",
        asked="the request to join a session",
        params=(("limit", 0), ("bsession", key), *chosen),
    )
    if not answer.ok:
        refused = channel.refusal(answer)
        raise unknown if isinstance(refused, LoginError) else refused
    try:
        identity = who_am_i(channel)
    except LoginError:
        raise unknown from None
    if identity.key != key:
        raise unknown
    return identity


def _unknown_key(where: str, server: OmeroServer | None) -> LoginError:
    than, option = ("", "") if server is None else (f" than {server}", f" --server-id {server.id}")
    return LoginError(
        f"{where} does not know this session key: it has expired, or belongs to another OMERO "
        f"server{than}",
        hint=f"log in with a password: %omero_login {where}{option} (in a script: "
        f"login('{where}', username=..., password=...))",
    )


def find_group(channel: Channel, wanted: int | str | None, identity: Identity) -> OmeroGroup | None:
    """Find one of the user's groups by id or name; None where none is wanted.

    Raises
    ------
    LoginError
        If the user is not in such a group.

    """
    if wanted is None:
        return None
    asked = str(wanted).strip()
    groups = wire.read_groups(
        channel.get_json(
            "/api/v0/m/experimentergroups/",
            asked="the request for your groups",
            params=(("experimenter", identity.user_id), ("limit", 500)),
        )
    )
    for group in groups:
        if asked in {str(group.id), group.name}:
            return group
    raise LoginError(
        f"{identity.user} is not in a group '{asked}'",
        hint=did_you_mean(asked, [group.name for group in groups if group.name != "user"]),
    )
