"""The sessions that this interpreter holds: the current one, and those to end at its exit."""

from __future__ import annotations

import atexit
import os
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.session import Session

__all__ = ["HELD", "current", "session_at"]


class _Held:
    """One for this process."""

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

    def drop(self, session: Session) -> None:
        """Hold a session no longer; whoever closes it does so afterwards."""
        with self.lock:
            self.current = None if self.current is session else self.current
            self.ours = [one for one in self.ours if one is not session]


HELD = _Held()


def current() -> Session | None:
    """Give the session that was logged in last, if it was not closed since."""
    session = HELD.current
    return session if session is not None and session.is_open else None


def session_at(url: str) -> Session | None:
    """Give the session that was opened last at a server, of those that were not closed since."""
    return next((one for one in reversed(HELD.ours) if one.is_open and one.url == url), None)
