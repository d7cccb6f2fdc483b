"""What goes over the wire: request bodies, and replies as frozen types. No socket is touched here.

Every ``read_...`` function takes a reply as ``json.loads`` gave it, and raises `ProtocolError`,
naming what was asked, wherever the reply is not of the form that OMERO.web gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard

from omero_tables_jupyter.errors import ProtocolError
from omero_tables_jupyter.model import Secret, Target
from omero_tables_jupyter.text import redacted, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "TYPE_PATHS",
    "Annotation",
    "Identity",
    "OmeroGroup",
    "OmeroObject",
    "OmeroServer",
    "Page",
    "TableBlock",
    "TableColumns",
    "login_form",
    "read_annotations",
    "read_block",
    "read_columns",
    "read_groups",
    "read_identity",
    "read_linked_tables",
    "read_object",
    "read_objects",
    "read_registration",
    "read_servers",
    "read_token",
    "registration_body",
    "well_label",
]

#: How the JSON API spells the types in its paths.
TYPE_PATHS = {
    "Project": "projects",
    "Dataset": "datasets",
    "Image": "images",
    "Screen": "screens",
    "Plate": "plates",
    "PlateAcquisition": "plateacquisitions",
    "Well": "wells",
    "Roi": "rois",
}
_LETTERS = 26
_SHOWN = 60
_LARGEST_ID = 2**63 - 1
_PROXY_HINT = (
    "check that the address is that of OMERO.web itself (address and prefix), with no other site "
    "or login page before it; if it is, show this message to its administrator"
)


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
    image_ids
        For a well: the images of its fields.

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


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: the objects, and how many there are in all."""

    items: tuple[OmeroObject, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Annotation:
    """A file that hangs on an object; `owner_id` is -1 where the server did not say."""

    annotation_id: int
    file_id: int | None
    name: str = ""
    file_name: str = ""
    description: str = ""
    namespace: str = ""
    mimetype: str = ""
    owner_id: int = -1
    date: str = ""

    def is_called(self, name: str) -> bool:
        """Whether one of its names is this: which of them holds a table's name, servers decide."""
        return name in {self.name, self.file_name, self.description}


@dataclass(frozen=True, slots=True)
class TableColumns:
    """A table's columns with their OMERO types, and its number of rows."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: int


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


# --- what is sent -------------------------------------------------------------------------------


def login_form(username: str, password: Secret, server_id: int) -> dict[str, str | Secret]:
    """Make the form of a login; the password stays wrapped until it is sent."""
    return {"username": username, "password": password, "server": str(server_id)}


def registration_body(uri: str, name: str, targets: Sequence[Target]) -> dict[str, object]:
    """Make the body of a registration; `uri` is the path as the server sees it."""
    return {"uri": uri, "name": name, "targets": [str(target) for target in targets]}


# --- what comes back ----------------------------------------------------------------------------


def read_token(reply: object) -> Secret:
    """Read the CSRF token out of ``/api/v0/token/``."""
    asked = "a CSRF token"
    token = _text(_dict(reply, asked), "data", asked)
    if not token or not token.isalnum():
        _refuse(asked, "'data' is no token")
    return Secret(token)


def read_servers(reply: object) -> tuple[OmeroServer, ...]:
    """Read ``/api/v0/servers/``; an OMERO.web without any is an error."""
    asked = "the list of OMERO servers"
    servers = tuple(
        OmeroServer(
            id=_id(_dict(one, asked), "id", asked),
            host=_plain(one, "host"),
            label=_plain(one, "server"),
        )
        for one in _list(_dict(reply, asked), "data", asked)
    )
    if not servers:
        _refuse(asked, "it is empty")
    return servers


def read_identity(reply: object) -> Identity:
    """Read who is logged in out of the answer to a login."""
    asked = "a login"
    context = _child(_dict(reply, asked), "eventContext", asked)
    key = _text(context, "sessionUuid", asked)
    if not key or not key.isprintable() or any(letter.isspace() for letter in key):
        _refuse(asked, "'sessionUuid' is no session key")
    return Identity(
        user=_text(context, "userName", asked),
        user_id=_number(context, "userId", asked),
        group=_plain(context, "groupName"),
        group_id=_number(context, "groupId", asked),
        key=Secret(key),
        member_of=_ids_in(context.get("memberOfGroups")),
        is_admin=context.get("isAdmin") is True,
    )


def read_object(reply: object, target: Target) -> OmeroObject:
    """Read one object, and hold it against what was asked for."""
    asked = str(target)
    found = _object(_child(_dict(reply, asked), "data", asked), target.type, asked)
    if found.target != target:
        _refuse(asked, f"it holds {found.target}")
    return found


def read_objects(reply: object, kind: str) -> Page:
    """Read a part of a list of objects of one type."""
    asked = f"a list of {TYPE_PATHS.get(kind, kind)}"
    body = _dict(reply, asked)
    items = tuple(_object(one, kind, asked) for one in _list(body, "data", asked))
    total = _number(_child(body, "meta", asked), "totalCount", asked)
    return Page(items, total)


def read_groups(reply: object) -> tuple[OmeroGroup, ...]:
    """Read a list of groups."""
    asked = "a list of groups"
    return tuple(
        OmeroGroup(_number(_dict(one, asked), "@id", asked), _plain(one, "Name"))
        for one in _list(_dict(reply, asked), "data", asked)
    )


def read_annotations(reply: object, target: Target) -> tuple[Annotation, ...]:
    """Read the files attached to an object; one that hangs on it twice is given once."""
    asked = f"the attachments of {target}"
    found: dict[int, Annotation] = {}
    for one in _list(_dict(reply, asked), "annotations", asked):
        entry = _dict(one, asked)
        file = _optional_child(entry, "file")
        owner = _optional_child(entry, "owner").get("id")
        annotation_id = _id(entry, "id", asked)
        found[annotation_id] = Annotation(
            annotation_id=annotation_id,
            file_id=_maybe_id(file.get("id")),
            name=_plain(entry, "name"),
            file_name=_plain(file, "name"),
            description=_plain(entry, "description"),
            namespace=_plain(entry, "ns"),
            mimetype=_plain(file, "mimetype"),
            owner_id=owner if _is_int(owner) else -1,
            date=_plain(entry, "date"),
        )
    return tuple(found.values())


def read_linked_tables(reply: object, target: Target) -> tuple[Annotation, ...]:
    """Read the tables attached to an object, in the older form, which knows ROIs as well."""
    asked = f"the tables of {target}"
    entries = [_dict(one, asked) for one in _list(_dict(reply, asked), "data", asked)]
    return tuple(
        Annotation(
            annotation_id=_id(entry, "id", asked),
            file_id=_maybe_id(entry.get("file")),
            file_name=_plain(entry, "name"),
            namespace=_plain(entry, "ns"),
        )
        for entry in entries
    )


def read_registration(reply: object) -> int:
    """Read the id of the FileAnnotation that a registration made."""
    asked = "a registration"
    return _id(_child(_dict(reply, asked), "data", asked), "file_annotation", asked)


def read_columns(reply: object, file_id: int) -> TableColumns:
    """Read a table's metadata."""
    asked = f"the columns of table {file_id}"
    body = _dict(reply, asked)
    columns = [_dict(one, asked) for one in _list(body, "columns", asked)]
    return TableColumns(
        names=tuple(_text(one, "name", asked) for one in columns),
        types=tuple(_plain(one, "type") for one in columns),
        rows=_number(body, "totalCount", asked),
    )


def read_block(reply: object, file_id: int, *, offset: int, limit: int) -> TableBlock:
    """Read some rows of a table, and hold them against the part that was asked for."""
    asked = f"rows of table {file_id}"
    body = _dict(reply, asked)
    data, meta = _child(body, "data", asked), _child(body, "meta", asked)
    columns = _texts(data, "columns", asked)
    types = _texts(data, "column_types", asked) if "column_types" in data else ()
    rows = tuple(_row(one, len(columns), asked) for one in _list(data, "rows", asked))
    if len(rows) > limit or meta.get("offset", offset) != offset:
        _refuse(asked, f"it is not the part asked for ({limit} rows from {offset} on)")
    total = _number(meta, "totalCount", asked)
    return TableBlock(columns, types, rows, offset, total)


def well_label(row: int, column: int) -> str:
    """Name a well as people do: row 1, column 2 (both from 0) is ``B3``; row 26 is ``AA``."""
    letters = ""
    row += 1
    while row > 0:
        row, letter = divmod(row - 1, _LETTERS)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{column + 1}"


def _object(value: object, kind: str, asked: str) -> OmeroObject:
    entry = _dict(value, asked)
    details = _optional_child(entry, "omero:details")
    owner = _optional_child(details, "owner")
    group = _optional_child(details, "group")
    allowed = _optional_child(details, "permissions").get("canAnnotate")
    number = _id(entry, "@id", asked)
    said = _plain(entry, "@type").rpartition("#")[2]
    if said and said.casefold() != kind.casefold():
        _refuse(asked, f"it holds {shorten(redacted(said), _SHOWN)}:{number}")
    count = entry.get("omero:childCount")
    return OmeroObject(
        target=Target(kind, number),
        name=_well_name(entry) if kind == "Well" else _plain(entry, "Name"),
        owner_id=_number_or(owner, "@id", -1),
        owner=f"{_plain(owner, 'FirstName')} {_plain(owner, 'LastName')}".strip(),
        group_id=_number_or(group, "@id", -1),
        group=_plain(group, "Name"),
        can_annotate=allowed if isinstance(allowed, bool) else None,
        child_count=count if _is_int(count) else None,
        image_ids=_images_of(entry) if kind == "Well" else (),
    )


def _well_name(entry: dict[str, Any]) -> str:
    row, column = _number_or(entry, "Row", -1), _number_or(entry, "Column", -1)
    if not (0 <= row < _LARGEST_ID and 0 <= column < _LARGEST_ID):
        return ""
    return well_label(row, column)


def _images_of(entry: dict[str, Any]) -> tuple[int, ...]:
    samples = entry.get("WellSamples")
    if not isinstance(samples, list):
        return ()
    images = [
        _maybe_id(_optional_child(one, "Image").get("@id"))
        for one in samples
        if isinstance(one, dict)
    ]
    return tuple(one for one in images if one is not None)


def _row(value: object, width: int, asked: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) != width:
        _refuse(asked, "a row is not as long as the list of columns")
    return tuple(value)


# --- fields of a reply that nobody vouches for --------------------------------------------------


def _refuse(asked: str, why: str) -> NoReturn:
    raise ProtocolError(
        f"the server's answer to the request for {asked} is not what OMERO.web gives: {why}",
        hint=_PROXY_HINT,
    )


def _dict(value: object, asked: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        _refuse(asked, f"{_kind(value)} where an object belongs")
    return value


def _field(entry: dict[str, Any], name: str, asked: str, fits: Callable[[object], bool]) -> Any:
    if name not in entry:
        _refuse(asked, f"'{name}' is missing")
    if not fits(entry[name]):
        _refuse(asked, f"'{name}' is {_kind(entry[name])}")
    return entry[name]


def _child(entry: dict[str, Any], name: str, asked: str) -> dict[str, Any]:
    child: dict[str, Any] = _field(entry, name, asked, lambda value: isinstance(value, dict))
    return child


def _list(entry: dict[str, Any], name: str, asked: str) -> list[Any]:
    items: list[Any] = _field(entry, name, asked, lambda value: isinstance(value, list))
    return items


def _text(entry: dict[str, Any], name: str, asked: str) -> str:
    text: str = _field(entry, name, asked, lambda value: isinstance(value, str))
    return text


def _texts(entry: dict[str, Any], name: str, asked: str) -> tuple[str, ...]:
    items = _list(entry, name, asked)
    if not all(isinstance(one, str) for one in items):
        _refuse(asked, f"'{name}' holds something else than text")
    return tuple(items)


def _number(entry: dict[str, Any], name: str, asked: str) -> int:
    number: int = _field(entry, name, asked, lambda value: _is_int(value) and value >= 0)
    return number


def _id(entry: dict[str, Any], name: str, asked: str) -> int:
    number: int = _field(entry, name, asked, lambda value: _maybe_id(value) is not None)
    return number


def _optional_child(entry: dict[str, Any], name: str) -> dict[str, Any]:
    child = entry.get(name)
    return child if isinstance(child, dict) else {}


def _plain(entry: dict[str, Any], name: str) -> str:
    """Give a text that may be missing; control characters, which a terminal would obey, go."""
    value = entry.get(name)
    if not isinstance(value, str):
        return ""
    return "".join(letter if letter.isprintable() else " " for letter in value)


def _number_or(entry: dict[str, Any], name: str, default: int) -> int:
    value = entry.get(name)
    return value if _is_int(value) else default


def _ids_in(value: object) -> tuple[int, ...]:
    return tuple(one for one in value if _is_int(one)) if isinstance(value, list) else ()


def _maybe_id(value: object) -> int | None:
    return value if _is_int(value) and 0 < value <= _LARGEST_ID else None


def _is_int(value: object) -> TypeGuard[int]:
    """Tell an integer from JSON's true and false, which Python counts among them."""
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, float):
        return "a number with a fraction" if math.isfinite(value) else "not a number"
    names = {bool: "true or false", int: "the wrong number", str: "text", list: "a list"}
    return names.get(type(value), "an object")
