"""What OMERO.web's answers are read into: frozen, typed, free of secrets in their repr."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omero_tables_jupyter.model import Secret, Target

__all__ = [
    "Annotation",
    "Identity",
    "OmeroGroup",
    "OmeroObject",
    "OmeroPerson",
    "OmeroServer",
    "Page",
    "TableBlock",
    "TableColumns",
]

_TABLE = "OMERO.tables"
_BULK_ANNOTATIONS = "openmicroscopy.org/omero/bulk_annotations"


@dataclass(frozen=True, slots=True)
class OmeroServer:
    """An OMERO.server that an OMERO.web offers to log in to; `label` is '' where it has none."""

    id: int
    host: str
    label: str = ""

    def __str__(self) -> str:
        return f"{self.id} ({self.label or self.host})"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is logged in, as the server says; `key` is the OMERO session key."""

    user: str
    user_id: int
    group: str
    group_id: int
    key: Secret
    member_of: tuple[int, ...] = ()
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class OmeroGroup:
    """A group of users."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class OmeroPerson:
    """A user: the login name, and first and last name."""

    id: int
    user: str
    name: str


@dataclass(frozen=True, slots=True)
class OmeroObject:
    """An object of the lab, as a browser lists it.

    Parameters
    ----------
    target
        Type and id.
    name
        Its name; wells get their label ('B3'); '' where it has none.
    owner_id, owner
        The owner's id and full name; -1 and '' where the server did not say.
    group_id, group
        Its group; -1 and '' where the server did not say.
    can_annotate
        Whether this user may hang a table on it; None where the server did not say.
    child_count
        How many children it has; None where that was not asked, or is not counted for the type.
    image_ids, image_names
        For a well: the images of its fields, and their names.

    """

    target: Target
    name: str = ""
    owner_id: int = -1
    owner: str = ""
    group_id: int = -1
    group: str = ""
    can_annotate: bool | None = None
    child_count: int | None = None
    image_ids: tuple[int, ...] = ()
    image_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: the objects, and how many there are in all."""

    items: tuple[OmeroObject, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Annotation:
    """A file that hangs on an object.

    Parameters
    ----------
    annotation_id, file_id
        The FileAnnotation's and the OriginalFile's.
    name, file_name, description
        Its texts; which of them holds a table's name, servers decide.
    namespace, mimetype
        What marks it as a table, for one.
    owner_id, owner
        The owner's id and full name; -1 and '' where the server did not say.
    date
        When it was made, as the server words it.
    folder
        Where the file lies, as the server says.

    """

    annotation_id: int
    file_id: int | None
    name: str = ""
    file_name: str = ""
    description: str = ""
    namespace: str = ""
    mimetype: str = ""
    owner_id: int = -1
    date: str = ""
    owner: str = ""
    folder: str = ""

    @property
    def is_table(self) -> bool:
        """Whether OMERO.web shows it as a table."""
        return self.mimetype == _TABLE or self.namespace == _BULK_ANNOTATIONS

    def is_called(self, name: str) -> bool:
        """Whether one of its names is this: which of them holds a table's name, servers decide."""
        return name in {self.name, self.file_name, self.description}


@dataclass(frozen=True, slots=True)
class TableColumns:
    """What the server says of a table.

    Parameters
    ----------
    names, types
        Its columns, and their OMERO types.
    rows
        How many rows it has.
    initialized, fingerprint
        What tells its array from others; None and '' where the server keeps that to itself.

    """

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: int
    initialized: float | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class TableBlock:
    """Some rows of a table.

    Parameters
    ----------
    columns, types
        The columns' names and OMERO types ('LongColumn'), in order.
    rows
        One tuple a row, as long as `columns`.
    offset
        The place of the first row among the hits.
    total
        How many rows the query hits in all.

    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    offset: int
    total: int
