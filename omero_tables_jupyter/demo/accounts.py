"""Who is logged in: OMERO's own sessions, and the web sessions (cookies) that refer to them."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from omero_tables_jupyter.demo.lab import Lab, User

__all__ = ["DEMO_PASSWORD", "DEMO_USER", "Accounts", "OmeroSession", "server_label"]

DEMO_USER = "ana"
DEMO_PASSWORD = "cells-and-wells"  # noqa: S105 - public on purpose: it opens an invented lab only
_WITH_LOGIN = (DEMO_USER, "ben")
_FIRST_NUMBER = 1234


def server_label(number: int) -> str:
    """Give the label of an OMERO server, as ``/api/v0/servers/`` lists it."""
    return "omero" if number == 1 else f"omero{number}"


@dataclass(frozen=True, slots=True)
class OmeroSession:
    """A session of OMERO.server; its key is what `bsession` carries."""

    number: int
    user: User
    server: int
    key: str = field(repr=False)


class Accounts:
    """Passwords, sessions and cookies; safe to call from many threads.

    Parameters
    ----------
    lab
        Where the people are.
    servers
        How many OMERO servers this OMERO.web offers.
    idle_s
        After so many seconds without a request a session ends.

    """

    def __init__(self, lab: Lab, *, servers: int = 1, idle_s: float = 600.0) -> None:
        self.servers = servers
        self._users = {u.name: lab.user(u.id) for u in lab.of("Experimenter")}
        self._idle_s = idle_s
        self._lock = Lock()
        self._sessions: dict[str, OmeroSession] = {}
        self._last_used: dict[str, float] = {}
        self._cookies: dict[str, tuple[str, int]] = {}
        self._public: OmeroSession | None = None
        self._next_number = _FIRST_NUMBER

    def log_in(self, name: str, password: str, server: int) -> OmeroSession | None:
        """Open a session, or give None where name or password are wrong."""
        user = self._users.get(name)
        right = hmac.compare_digest(password.encode(), DEMO_PASSWORD.encode())
        if user is None or name not in _WITH_LOGIN or not right:
            return None
        return self._opened(user, server)

    def _opened(self, user: User, server: int) -> OmeroSession:
        with self._lock:
            session = OmeroSession(self._next_number, user, server, str(uuid4()))
            self._next_number += 1
            self._sessions[session.key] = session
            self._last_used[session.key] = monotonic()
        return session

    def join(self, key: str) -> OmeroSession | None:
        """Give the live session of a key and count this as a use of it; None where it has ended."""
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                return None
            if monotonic() - self._last_used[key] > self._idle_s:
                del self._sessions[key]
                return None
            self._last_used[key] = monotonic()
            return session

    def kill(self, key: str) -> None:
        """End a session for everybody who uses it."""
        with self._lock:
            self._sessions.pop(key, None)

    def kill_all(self) -> None:
        """End every session."""
        with self._lock:
            self._sessions.clear()

    def visit(self, user: User) -> OmeroSession:
        """Give the one session that all visitors without a login share, as a public user's."""
        if self._public is None or self.join(self._public.key) is None:
            self._public = self._opened(user, 1)
        return self._public

    def remember(self, session: OmeroSession | None, server: int) -> str:
        """Make a web session for an OMERO session, or for nobody; give its Set-Cookie value."""
        cookie = secrets.token_hex(16)
        with self._lock:
            self._cookies[cookie] = ("" if session is None else session.key, server)
        return f"sessionid={cookie}; HttpOnly; Path=/; SameSite=Lax"

    def server_of(self, cookie: str | None) -> int | None:
        """Give the OMERO server that a web session belongs to, though its login may have failed."""
        with self._lock:
            known = self._cookies.get(cookie or "")
        return None if known is None else known[1]

    def recall(self, cookie: str | None) -> OmeroSession | None:
        """Give the live session behind a web session's cookie."""
        with self._lock:
            key, _ = self._cookies.get(cookie or "", ("", 0))
        return self.join(key)

    def forget(self, cookie: str | None) -> None:
        """End a web session: of its OMERO server nothing is known any more."""
        with self._lock:
            self._cookies.pop(cookie or "", None)
