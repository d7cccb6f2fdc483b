"""The nouns that the other modules pass to each other: frozen, typed, free of effects."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

from omero_tables_jupyter.links import Target

__all__ = [
    "ColumnPlan",
    "Fix",
    "FixKind",
    "Note",
    "PlacePlan",
    "Problem",
    "RegisteredTable",
    "Secret",
    "Stored",
    "TablePlan",
    "Target",
    "TargetInfo",
    "WrittenTable",
]


class Secret:
    """A text that prints as ``***``: a password, a session key, a SecretToken.

    Equality takes the same time whatever is compared; a secret cannot be pickled or formatted out.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text itself, for the one place that needs it."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not written down: it cannot be pickled or copied to a file")

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self


class Stored(StrEnum):
    """What a column is in the array; the value is the word shown to users."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "true/false"
    TEXT = "text"


class FixKind(StrEnum):
    """The safe cures that can be applied with one click or one option."""

    RENAME = "rename"
    DROP = "drop"
    AS_TEXT = "as text"
    VERSION = "version"


@dataclass(frozen=True, slots=True)
class Fix:
    """A cure that changes the plan, not the user's data; `value` is the new name of a rename.

    `column` is its name in the source; '' for `FixKind.VERSION`, which writes beside what stands at
    the array's place already.
    """

    kind: FixKind
    column: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What a user might otherwise miss; `column` '' means the whole table."""

    column: str
    text: str
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a table cannot be stored without loss.

    Parameters
    ----------
    column
        The column's name as the source has it, or '' for the whole table.
    text
        What is wrong, with the column's name and the first offending row where there is one.
    hint
        What to do about it.
    row
        The first offending row, 0-based, or None.
    fix
        The safe cure, where there is one.

    """

    column: str
    text: str
    hint: str
    row: int | None = None
    fix: Fix | None = None


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column of the array.

    Parameters
    ----------
    name
        The attribute's name in the array.
    source
        The column's name in the source, as text; equal to `name` unless it was renamed.
    stored
        What it becomes.
    detail
        A word on the stored form, such as 'ISO' for dates or 'JSON' for lists; '' mostly.
    role
        'Image id', 'Roi id', 'label', ... for columns that OMERO gives a meaning; '' mostly.
    notes
        What a user could miss, in words: ``3 missing -> ''``.

    """

    name: str
    source: str
    stored: Stored
    detail: str = ""
    role: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """An object as the server knows it.

    Parameters
    ----------
    target
        Type and id.
    name
        Its name; wells get their label ('B3').
    group, group_id
        The OMERO group that it is in; '' and -1 where the server did not say.
    can_annotate
        Whether this user may hang a table on it; None where the server did not say.

    """

    target: Target
    name: str = ""
    group: str = ""
    group_id: int = -1
    can_annotate: bool | None = None


@dataclass(frozen=True, slots=True)
class PlacePlan:
    """Where an array would go; looking there touches nothing.

    Parameters
    ----------
    local_path, remote_path
        The array as this machine and as the server sees it.
    words
        What the place is like: ``'writable, new, 1.2 TB free'``; '' where it cannot be written to.
    notes, problems
        What a user should know; what forbids to write there.

    """

    local_path: str
    remote_path: str
    words: str = ""
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether an array can be written there."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What an upload would do; making one touches nothing.

    Parameters
    ----------
    source
        The source in words: 'DataFrame', 'cells.csv'.
    columns
        The array's columns in order.
    rows
        How many rows; None where only a part of a file was read (`provisional`).
    n_bytes
        The size of the data in bytes, roughly.
    notes, problems
        What a user should know; what forbids the upload.
    provisional
        True where the types come from the first block of a file only.
    name, targets, local_path, remote_path, server
        Where it would go, once that is known; '' or empty before.
    place
        What is known of the place, in words: ``'writable, new, 1.2 TB free'``.

    """

    source: str
    columns: tuple[ColumnPlan, ...]
    rows: int | None
    n_bytes: int = 0
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    provisional: bool = False
    name: str = ""
    targets: tuple[TargetInfo, ...] = ()
    local_path: str = ""
    remote_path: str = ""
    server: str = ""
    place: str = ""

    @property
    def ok(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class WrittenTable:
    """An array on disk, verified, under its final name.

    Parameters
    ----------
    path
        Where it is, as this machine sees it.
    rows
        How many rows it holds.
    columns
        The names of its columns.
    token
        Its SecretToken.
    fingerprint
        A digest of names, types and values, whatever the batch size.
    n_bytes
        Its size on disk.
    notes
        What happened to the data on the way.

    """

    path: str
    rows: int
    columns: tuple[str, ...]
    token: Secret
    fingerprint: str = ""
    n_bytes: int = 0
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisteredTable:
    """A table that OMERO knows; ``int(table)`` is the id of its FileAnnotation.

    Parameters
    ----------
    name
        The table's name in OMERO.
    annotation_id
        The FileAnnotation's id.
    file_id
        The OriginalFile's id, which OMERO.web's table pages want; None where the look-up failed.
    rows
        How many rows; None where only the server knows.
    columns
        The columns' names, in order.
    targets
        The objects that it hangs on.
    target_names
        Their names, in the same order; '' where unknown.
    local_path, remote_path
        The array as this machine and as the server sees it.
    url, table_url
        Links for the browser: the first target in OMERO.web, and the table's own page
        ('' without a file id).
    server
        The server's address.
    seconds
        What the whole upload took.
    unchanged
        True where the same data was registered already and nothing was written.
    notes
        What a user should know.

    """

    name: str
    annotation_id: int
    file_id: int | None
    rows: int | None
    columns: tuple[str, ...]
    targets: tuple[Target, ...]
    local_path: str
    remote_path: str
    url: str
    table_url: str
    target_names: tuple[str, ...] = ()
    server: str = ""
    seconds: float = 0.0
    unchanged: bool = False
    notes: tuple[Note, ...] = field(default=())

    def __int__(self) -> int:
        return self.annotation_id
