"""A session with an OMERO.web: how it is made, kept alive, renewed and ended."""

from __future__ import annotations

import http.client
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Self

from omero_tables_jupyter.errors import LoginError, ServerError, SessionExpiredError
from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.omero import authentication, wire
from omero_tables_jupyter.omero.address import ServerAddress
from omero_tables_jupyter.omero.answers import Answer, expired
from omero_tables_jupyter.omero.channel import LOGIN_HINT, Channel, Params
from omero_tables_jupyter.omero.replies import OmeroGroup
from omero_tables_jupyter.omero.transport import Requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from omero_tables_jupyter.omero.replies import Identity, OmeroServer

__all__ = ["Session", "SessionExpiredError", "connect"]

_LOGOUT_S = 5.0


class Session:
    """Somebody logged in to an OMERO.web.

    Made by `connect` or `login`; a context manager that logs out. It holds a session key, and is
    therefore never pickled; its repr holds none.
    """

    def __init__(  # noqa: PLR0913 - only `connect` makes one
        self,
        channel: Channel,
        identity: Identity,
        *,
        server: OmeroServer,
        of_several: bool,
        ours: bool,
        how: str,
        ca: str = "",
    ) -> None:
        self.channel = channel
        self._identity = identity
        self._server = server
        self._of_several = of_several
        self._ours = ours
        self._how = how
        self._ca = ca
        self._group = OmeroGroup(identity.group_id, identity.group)
        self._lock = threading.RLock()
        self._open = True
        #: What was passed over before this session was found, in words.
        self.notes: tuple[str, ...] = ()
        channel.hide(identity.key)
        channel.server_id = server.id if of_several else None

    @property
    def url(self) -> str:
        """The server's address with its prefix, without a trailing slash."""
        return self.channel.address.url

    @property
    def user(self) -> str:
        """The user's login name."""
        return self._identity.user

    @property
    def user_id(self) -> int:
        """The user's id."""
        return self._identity.user_id

    @property
    def group(self) -> str:
        """The name of the group that is looked at first; reading reaches all groups anyway."""
        return self._group.name

    @property
    def group_id(self) -> int:
        """The id of that group."""
        return self._group.id

    @property
    def server_id(self) -> int:
        """The id of the OMERO.server behind this OMERO.web."""
        return self._server.id

    @property
    def ca(self) -> str:
        """The file of certificates that was given for the server; '' for the usual ones."""
        return self._ca

    @property
    def ours(self) -> bool:
        """Whether we created it: only such a session is ever logged out."""
        return self._ours

    @property
    def how(self) -> str:
        """How it came about: ``'password'``, ``'session key'``, ``'OMERO CLI store'``, ..."""
        return self._how

    @property
    def is_open(self) -> bool:
        """Whether it was not closed from here; the server may have forgotten it all the same."""
        return self._open

    @property
    def join_params(self) -> Params:
        """The query that makes a request part of this session where a cookie might not do."""
        server = (("server", self.server_id),) if self._of_several else ()
        return (("bsession", self._identity.key), *server)

    def look_at(self, group: OmeroGroup | None) -> None:
        """Look at this group first from now on; None changes nothing."""
        self._group = group or self._group

    def alive(self) -> bool:
        """Ask the server whether it still knows this session.

        Raises
        ------
        ServerError
            If it does not answer: then nobody knows.

        """
        if not self._open:
            return False
        try:
            return authentication.who_am_i(self.channel).key == self._identity.key
        except LoginError:
            return False

    def has_ended(self) -> bool:
        """Tell whether the server surely knows this session no more; False where nobody knows.

        An OMERO.web with a public user goes on answering, as to that user, after a session's end.
        """
        try:
            return not self.alive()
        except ServerError:
            return False

    def expired(self) -> SessionExpiredError:
        """Make the error of this session's end."""
        return expired(self.url, self.channel.server_id)

    def keep_alive(self) -> None:
        """Tell the server that the session is still wanted.

        Raises
        ------
        SessionExpiredError
            If it has expired.
        ServerError
            If the server does not answer.

        """
        answer = self.channel.get(
            "/webclient/keepalive_ping/", asked="the request to keep the session alive", ajax=True
        )
        if not (answer.ok or answer.leads_to_login or answer.status == http.client.FORBIDDEN):
            raise self.channel.refusal(answer)
        # An OMERO.web with a public user says OK to everybody: only who is logged in is proof.
        if answer.body.strip() != b"OK" or not self.alive():
            raise self.expired()

    def renew(self, password: Secret | str) -> None:
        """Log in again as the same user on the same server, after the session has expired.

        Raises
        ------
        LoginError
            If the password is wrong.
        ServerError
            If the server does not answer.

        """
        password = authentication.secret_of(password)
        with self._lock:
            self.channel.fetch_token()
            identity = authentication.log_in(self.channel, self.user, password, self._server)
            if identity.user_id != self.user_id:
                raise LoginError(
                    f"the server let in {identity.user}, not {self.user}", hint=LOGIN_HINT
                )
            self.channel.hide(identity.key)
            self._identity = identity
            self._ours = True
            self._how = "password"

    def logout(self) -> bool:
        """End it, if we created it; a joined session is only forgotten here, and lives on.

        Returns
        -------
        bool
            Whether the server has ended it; False too where it could not be asked, and the session
            runs out there by itself.

        """
        with self._lock:
            if not self._open:
                return False
            self._open = False
            try:
                return self._ours and self._ended()
            except (ServerError, LoginError):
                return False
            finally:
                self.channel.close()

    def _ended(self) -> bool:
        answer = self.channel.post(
            "/webclient/logout/", asked="the logout", form={}, timeout_s=_LOGOUT_S
        )
        return isinstance(answer, Answer) and (answer.ok or answer.leads_to_login)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        stack: TracebackType | None,
    ) -> None:
        self.logout()

    def __repr__(self) -> str:
        closed = "" if self._open else " · closed"
        return f"<Session {self.user}@{self.url} · {self.group}{closed}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Session is not written down: log in again where it is needed")


# --- making one ---------------------------------------------------------------------------------


def connect(  # noqa: PLR0913 - the options of a login, all by keyword
    url: str,
    *,
    username: str | None = None,
    password: Secret | str | None = None,
    session_key: Secret | str | None = None,
    ca: str | bool | None = None,
    prefix: str = "",
    server_id: int | str | None = None,
    group: int | str | None = None,
    allow_http: bool = False,
    how: str = "",
    sleep: Callable[[float], None] = time.sleep,
) -> Session:
    """Log in with a password, or join a session by its key.

    Parameters
    ----------
    url
        The address of OMERO.web, or any link of it.
    username, password
        A login; or
    session_key
        the key of an OMERO session that exists; it is joined, and never logged out.
    ca
        A file of certificates to trust; False trusts any, which is unsafe.
    prefix
        The deployment's prefix, where `url` does not show it.
    server_id
        Id or label of the OMERO.server, where OMERO.web offers several.
    group
        Id or name of the group to look at first; default: the user's own default.
    allow_http
        Whether a password may travel unencrypted to another machine.
    how
        Where the secret came from, for messages.
    sleep
        Waits between attempts.

    Raises
    ------
    OptionError
        If the address, `ca` or the choice of secrets makes no sense.
    LoginError
        If the server does not let the user in, or has no such server or group.
    ServerError
        If it does not answer, or is no OMERO.web.

    """
    # Rebound at once: tools that show a failing frame's variables then show '***'.
    password = None if password is None else authentication.secret_of(password)
    session_key = None if session_key is None else authentication.secret_of(session_key, strip=True)
    address = ServerAddress.parse(url, prefix=prefix, allow_http=allow_http)
    authentication.check_secrets(address, username, password, session_key)
    channel = Channel(address, Requests(address, ca), sleep=sleep)
    channel.fetch_token()
    servers = wire.read_servers(
        channel.get_json("/api/v0/servers/", asked="the request for the list of OMERO servers")
    )
    server = authentication.choose_server(servers, server_id, address)
    of_several = len(servers) > 1
    if session_key is not None:
        identity = authentication.join(channel, session_key, server if of_several else None)
    else:
        identity = authentication.log_in(channel, username or "", password or Secret(""), server)
    session = Session(
        channel,
        identity,
        server=server,
        of_several=of_several,
        ours=session_key is None,
        how=how or ("password" if session_key is None else "session key"),
        ca=str(Path(ca).expanduser().absolute()) if isinstance(ca, str) else "",
    )
    try:
        session.look_at(authentication.find_group(channel, group, identity))
    except (LoginError, ServerError):
        session.logout()
        raise
    return session
