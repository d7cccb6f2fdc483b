"""What can happen to a panel: what the user did, what was found out, what an upload told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.errors import OmeroTablesError
    from omero_tables_jupyter.events import Event as JobEvent
    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.panel.found import TableFound
    from omero_tables_jupyter.jupyter.panel.questions import Answer, Question, Who
    from omero_tables_jupyter.model import RegisteredTable, TablePlan

__all__ = [
    "Began",
    "Checked",
    "Chosen",
    "Edited",
    "Ended",
    "Event",
    "Known",
    "Looked",
    "Put",
    "Refused",
    "Renewing",
    "SignedIn",
    "SigningIn",
    "Stopping",
    "Toggled",
    "Told",
]


@dataclass(frozen=True, slots=True)
class Known:
    """A question and what came of it."""

    question: Question
    answer: Answer


@dataclass(frozen=True, slots=True)
class Looked:
    """The kernel was looked at: its tables, and who is logged in; `anew` doubts every answer."""

    tables: tuple[TableFound, ...]
    now: Who | None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """Another table was chosen."""

    table: TableFound


@dataclass(frozen=True, slots=True)
class Edited:
    """A change of the options; what cannot be meant is refused in the part that it was made in."""

    where: str
    change: Callable[[UploadOptions], UploadOptions]


@dataclass(frozen=True, slots=True)
class Refused:
    """Something could not be done, in one part of the panel."""

    where: str
    error: OmeroTablesError


@dataclass(frozen=True, slots=True)
class Toggled:
    """A part was unfolded, or folded again."""

    part: str


@dataclass(frozen=True, slots=True)
class SigningIn:
    """A password is on its way to the server."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The user was let in at a server, or has said yes to one (''): everything is asked anew."""

    server: str = ""


@dataclass(frozen=True, slots=True)
class Began:
    """An upload begins; or the registration alone, of an array that is there."""

    name: str
    array_path: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a job told, each event with its time in seconds of a steady clock."""

    events: tuple[tuple[float, JobEvent], ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """How an upload, or a registration, ended."""

    outcome: RegisteredTable | OmeroTablesError


@dataclass(frozen=True, slots=True)
class Stopping:
    """The upload was told to stop."""


@dataclass(frozen=True, slots=True)
class Renewing:
    """The upload was given a password."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A whole check begins (None), or ended with a plan or an error."""

    outcome: TablePlan | OmeroTablesError | None


@dataclass(frozen=True, slots=True)
class Put:
    """The upload is put aside, for one of another table, or of the `same`."""

    same: bool = False


Event = (
    Known | Looked | Chosen | Edited | Refused | Toggled | SigningIn | SignedIn | Checked
    | Began | Told | Ended | Stopping | Renewing | Put
)  # fmt: skip
