"""Making the stand-in misbehave on purpose, so that a client's tests can see what it does then."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from threading import Event, Lock
from time import monotonic

__all__ = ["Answer", "Drop", "Fault", "Faults", "Hold", "Redirect"]

_GLANCE_S = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer this in place of the view, which is called all the same if `after_effect`."""

    status: int
    body: str | bytes = ""
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()
    after_effect: bool = False


@dataclass(frozen=True, slots=True)
class Drop:
    """Close the connection without an answer, before the view is called or after it took effect."""

    after_effect: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Wait until an event is set, then go on; if `after_effect`, the view is called before."""

    until: Event = field(default_factory=Event)
    timeout_s: float = 30.0
    after_effect: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the client elsewhere in place of the view."""

    location: str
    status: int = 302


Fault = Answer | Drop | Hold | Redirect


@dataclass(slots=True)
class _Planned:
    path: re.Pattern[str]
    method: str | None
    fault: Fault
    left: int


class Faults:
    """The faults to come, each used up by the requests that it hits."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._planned: list[_Planned] = []
        self._met: list[Fault] = []
        self._closing = Event()

    @property
    def met(self) -> tuple[Fault, ...]:
        """The faults that requests have met so far."""
        with self._lock:
            return tuple(self._met)

    def next(self, path: str, fault: Fault, *, method: str | None = None, times: int = 1) -> None:
        """Let the next requests to a path meet a fault.

        Parameters
        ----------
        path
            A regular expression, searched for in the path with its prefix and without its query.
        fault
            What goes wrong.
        method
            Only for this method; None for any.
        times
            How many requests it hits.

        """
        with self._lock:
            self._planned.append(_Planned(re.compile(path), method, fault, times))

    def close(self) -> None:
        """Let go of every answer that is held back, and plan no more."""
        with self._lock:
            self._planned.clear()
            self._closing.set()

    def wait(self, hold: Hold) -> bool:
        """Wait as a fault wants it; False where the server ends meanwhile."""
        deadline = monotonic() + hold.timeout_s
        while not (self._closing.is_set() or hold.until.wait(_GLANCE_S)):
            if monotonic() > deadline:
                break
        return not self._closing.is_set()

    def clear(self) -> None:
        """Forget the faults that have not been met."""
        with self._lock:
            self._planned.clear()

    def meet(self, method: str, path: str) -> Fault | None:
        """Give the fault that this request meets, and use it up."""
        with self._lock:
            for planned in self._planned:
                if planned.method in (None, method) and planned.path.search(path):
                    planned.left -= 1
                    if planned.left <= 0:
                        self._planned.remove(planned)
                    self._met.append(planned.fault)
                    return planned.fault
        return None
