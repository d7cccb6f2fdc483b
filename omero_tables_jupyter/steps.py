"""What a job is made of: generators that tell events, take a password, and give a result."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from omero_tables_jupyter.errors import LoginError, SessionExpiredError
from omero_tables_jupyter.events import Event, LoginNeeded
from omero_tables_jupyter.model import Secret

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.session import Session

__all__ = ["Steps", "drained", "logged_in"]

T = TypeVar("T")
#: It yields events, takes a password after `LoginNeeded`, and returns a `T`.
Steps = Generator[Event, Secret | None, T]


def drained(steps: Generator[Event, Any, T], on_event: Callable[[Event], None] | None = None) -> T:
    """Run steps to their end in this thread, handing each event to `on_event`."""
    with closing(steps):
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                result: T = end.value
                return result
            if on_event is not None:
                on_event(event)


def logged_in(session: Session, act: Callable[[], T]) -> Steps[T]:
    """Do something that needs a session; where it has expired, ask for the password and go on.

    Raises
    ------
    SessionExpiredError
        If it has expired and nobody answers.

    """
    reason = ""
    while True:
        try:
            return act()
        except SessionExpiredError:
            password = yield LoginNeeded(session.url, session.user, reason)
            if password is None:
                raise
        try:
            session.renew(password)
        except LoginError as wrong:
            reason = wrong.message
