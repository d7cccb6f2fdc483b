"""What a job is made of: generators that tell events, take a password, and give a result."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from omero_tables_jupyter.errors import (
    LoginError,
    ServerError,
    SessionExpiredError,
    UploadCancelled,
)
from omero_tables_jupyter.events import Event, LoginNeeded
from omero_tables_jupyter.model import Secret

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.session import Session

__all__ = ["Steps", "drained", "kept_alive", "logged_in"]

T = TypeVar("T")
#: OMERO forgets an idle session after ten minutes; OMERO.web itself pings once in this time.
_KEEP_ALIVE_S = 60.0
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


def kept_alive(steps: Generator[Event, Any, T], session: Session) -> Steps[T]:
    """Take steps that last, and tell the server meanwhile that the session is still wanted."""
    heard = time.monotonic()
    onward: Callable[[], Event] = partial(next, steps)
    with closing(steps):
        while True:
            try:
                event = onward()
            except StopIteration as end:
                result: T = end.value
                return result
            try:
                onward = partial(steps.send, (yield event))
            except UploadCancelled as stop:
                # They have a say in it: where all is done, it comes too late.
                onward = partial(steps.throw, stop)
            if time.monotonic() - heard > _KEEP_ALIVE_S:
                _keep_alive(session)
                heard = time.monotonic()


def _keep_alive(session: Session) -> None:
    try:
        session.keep_alive()
    except (LoginError, ServerError):
        # Not now: whether the session is still there matters only for the registration, which asks
        # for a password where it is not.
        return
