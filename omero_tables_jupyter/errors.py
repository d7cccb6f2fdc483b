"""Every error that this package raises on purpose.

::

    OmeroTablesError
    ├── OptionError (ValueError)            an option, setting or profile unknown, or in a clash
    ├── LoginError (PermissionError)        who you are: not logged in, wrong password
    │   └── SessionExpiredError             the server has forgotten the session
    ├── TargetError (ValueError)            what the table hangs on: unknown, not annotatable
    ├── DataError (ValueError)              the table itself: what cannot be stored without loss
    ├── PathError (OSError)                 where it is written, and where the server sees it
    │   └── DiskFullError                   no room is left on the disk, or of a quota
    ├── TableExistsError (FileExistsError)  something stands at that place already
    ├── ConvertError                        writing or verifying the array went wrong
    ├── ServerError                         .status, .server_message
    │   ├── UnreachableError                no answer: DNS, TLS, refused, timed out
    │   ├── RejectedError                   the server understood, and said no
    │   └── ProtocolError                   an answer that OMERO.web does not give
    ├── TablesError                         some of several tables; .results tells of each
    └── UploadCancelled                     you stopped it

A message says what was given and what is wrong; ``hint`` says what to do. ``str(error)`` holds
both, so that scripts, logs and notebooks show the cure alike. Anything else that leaves this
package is a bug.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ConvertError",
    "DataError",
    "DiskFullError",
    "LoginError",
    "OmeroTablesError",
    "OptionError",
    "PathError",
    "ProtocolError",
    "RejectedError",
    "ServerError",
    "SessionExpiredError",
    "TableExistsError",
    "TablesError",
    "TargetError",
    "UnreachableError",
    "UploadCancelled",
]


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class OmeroTablesError(Exception):
    """The root of the tree.

    Parameters
    ----------
    message
        What was given and what is wrong with it, in a sentence or two.
    hint
        What to do about it.

    Attributes
    ----------
    array_path
        Where a complete array stands that was not registered; '' where none was left.
    results
        Of several tables: what became of each, a pandas DataFrame; None of a single one.

    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        # One argument only: OSError, a base of some of us, reads two as an errno and its text.
        self.message = _printable(message)
        self.hint = _printable(hint)
        super().__init__(self.message)
        self.array_path = ""
        self.results: pd.DataFrame | None = None

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message

    def _render_traceback_(self) -> list[str]:
        """Show IPython the message and the cure in place of a stack."""
        first, *more = self.message.splitlines() or [""]
        lines = [f"{type(self).__name__}: {first}", *(f"  {line}" for line in more)]
        return [*lines, *(f"  → {line}" for line in self.hint.splitlines())]


def _printable(text: str) -> str:
    """Escape what no UTF-8 holds, and what a terminal would obey: names of files may hold both."""
    held = text.encode("utf-8", "backslashreplace").decode()
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", held)


class OptionError(OmeroTablesError, ValueError):
    """An option, a setting, a variable or a profile that does not exist, or two that clash."""


class LoginError(OmeroTablesError, PermissionError):
    """Not logged in, or a wrong password."""


class SessionExpiredError(LoginError):
    """The server has forgotten the session: log in again, and go on."""


class TargetError(OmeroTablesError, ValueError):
    """An object that cannot carry the table: unknown, not annotatable, in another group."""


class DataError(OmeroTablesError, ValueError):
    """A table, a column or a value that cannot be stored without loss."""


class PathError(OmeroTablesError, OSError):
    """A place that cannot be written, or that the server cannot see."""


class DiskFullError(PathError):
    """No room is left for the table."""


class TableExistsError(OmeroTablesError, FileExistsError):
    """Something stands already at the place to write; it was not touched."""


class ConvertError(OmeroTablesError):
    """Writing the array, or verifying what was written, went wrong; nothing is left of it."""


class ServerError(OmeroTablesError):
    """What came back over HTTP is not what was asked for.

    Parameters
    ----------
    message, hint
        As for `OmeroTablesError`.
    status
        The HTTP status, or None where there was no answer.
    server_message
        The server's own words, cleared of secrets; '' where it said nothing.
    pending
        Whether the server may still be at what it was asked for.

    """

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        status: int | None = None,
        server_message: str = "",
        pending: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.server_message = server_message
        self.pending = pending


class UnreachableError(ServerError):
    """No answer came: name not found, connection refused or dropped, TLS refused, timed out."""


class RejectedError(ServerError):
    """The server understood the request and refused it."""


class ProtocolError(ServerError):
    """An answer that OMERO.web does not give: HTML for JSON, a missing key, a redirect."""


class TablesError(OmeroTablesError):
    """Some of several tables are not registered; `results` tells what became of each."""


class UploadCancelled(OmeroTablesError):  # noqa: N818 - a decision of the user's, not a fault
    """The user stopped the upload."""
