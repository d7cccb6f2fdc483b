"""What a job tells while it runs: plain facts, for whoever shows them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Event",
    "LoginNeeded",
    "Progress",
    "Stage",
    "StageDone",
    "StageStarted",
    "TableDone",
    "TableStarted",
]


class Stage(StrEnum):
    """The steps of an upload, in the order in which they are taken."""

    CONNECT = "Connect"
    CHECK = "Check"
    CONVERT = "Convert"
    VERIFY = "Verify"
    REGISTER = "Register"
    CONFIRM = "Confirm"


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage begins; `total` counts its `unit`, None where nobody can know yet."""

    stage: Stage
    total: int | None = None
    unit: str = "rows"


@dataclass(frozen=True, slots=True)
class Progress:
    """So much of a stage is done; `restarted` says why it began anew, '' where it did not."""

    stage: Stage
    done: int
    total: int | None = None
    unit: str = "rows"
    restarted: str = ""


@dataclass(frozen=True, slots=True)
class StageDone:
    """A stage has ended well, after so many seconds; `detail` is one line for people."""

    stage: Stage
    seconds: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LoginNeeded:
    """The session has expired: the job waits until it is renewed or cancelled.

    `reason` says why it is asked once more, such as a wrong password; '' the first time.
    """

    server: str
    user: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TableStarted:
    """One of several tables begins, counted from 1; the stages that follow are its own."""

    number: int
    total: int
    target: str


@dataclass(frozen=True, slots=True)
class TableDone:
    """One of several tables has ended: `state` says how, `detail` is one line for people."""

    number: int
    total: int
    target: str
    state: str
    detail: str = ""


Event = StageStarted | Progress | StageDone | LoginNeeded | TableStarted | TableDone
