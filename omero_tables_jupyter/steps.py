"""What a job is made of: generators that tell events, take a password, and give a result."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any, TypeVar

from omero_tables_jupyter.events import Event
from omero_tables_jupyter.model import Secret

__all__ = ["Steps", "drained"]

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
