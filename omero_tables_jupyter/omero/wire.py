"""What goes over the wire: request bodies, and replies as frozen types. No socket is touched here.

Every ``read_...`` function takes a reply as ``json.loads`` gave it, and raises `ProtocolError`,
naming what was asked, wherever the reply is not of the form that OMERO.web gives.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.model import Secret, Target
from omero_tables_jupyter.omero.fields import (
    child,
    entries,
    identifier,
    integers,
    is_integer,
    mapping_of,
    maybe_child,
    maybe_id,
    number,
    number_or,
    plain,
    real,
    refuse,
    text,
    texts,
    words,
)
from omero_tables_jupyter.omero.replies import (
    Annotation,
    Identity,
    OmeroGroup,
    OmeroObject,
    OmeroPerson,
    OmeroServer,
    Page,
    TableBlock,
    TableColumns,
)
from omero_tables_jupyter.text import redacted, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "TYPE_PATHS",
    "login_form",
    "read_annotations",
    "read_annotations_by_parent",
    "read_block",
    "read_columns",
    "read_groups",
    "read_identity",
    "read_linked_tables",
    "read_object",
    "read_objects",
    "read_people",
    "read_refusal",
    "read_registration",
    "read_servers",
    "read_thumbnails",
    "read_token",
    "registration_body",
    "web_type",
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
_WEB_TYPES = {"PlateAcquisition": "acquisition"}
_LETTERS = 26
_SHOWN = 60
_DIGITS = 19
_DATA_URL = re.compile(r"data:image/(?:jpeg|png);base64,([A-Za-z0-9+/=\s]+)")
_LARGEST_ID = 2**63 - 1
#: So many links OMERO.web lists at once; the rest would stand on another page.
_MOST_ATTACHMENTS = 20_000
#: The year 9999, the last that Python's dates know.
_LATEST_MS = 253_370_764_800_000
#: Where arrays of this package say what they hold.
_OUR_KEY = "omero_tables_jupyter"


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
    token = text(mapping_of(reply, asked), "data", asked)
    if not token or not token.isalnum():
        refuse(asked, "'data' is no token")
    return Secret(token)


def read_servers(reply: object) -> tuple[OmeroServer, ...]:
    """Read ``/api/v0/servers/``; an OMERO.web without any is an error."""
    asked = "the list of OMERO servers"
    servers = tuple(
        OmeroServer(
            id=identifier(mapping_of(one, asked), "id", asked),
            host=plain(one, "host"),
            label=plain(one, "server"),
        )
        for one in entries(mapping_of(reply, asked), "data", asked)
    )
    if not servers:
        refuse(asked, "it is empty")
    return servers


def read_identity(reply: object) -> Identity:
    """Read who is logged in out of the answer to a login."""
    asked = "a login"
    context = child(mapping_of(reply, asked), "eventContext", asked)
    key = text(context, "sessionUuid", asked)
    if not key or not key.isprintable() or any(letter.isspace() for letter in key):
        refuse(asked, "'sessionUuid' is no session key")
    text(context, "userName", asked)
    return Identity(
        user=plain(context, "userName"),
        user_id=number(context, "userId", asked),
        group=plain(context, "groupName"),
        group_id=number(context, "groupId", asked),
        key=Secret(key),
        member_of=integers(context.get("memberOfGroups")),
        is_admin=context.get("isAdmin") is True,
    )


def read_object(reply: object, target: Target) -> OmeroObject:
    """Read one object, and hold it against what was asked for."""
    asked = str(target)
    found = _object(child(mapping_of(reply, asked), "data", asked), target.type, asked)
    if found.target != target:
        refuse(asked, f"it holds {found.target}")
    return found


def read_objects(reply: object, kind: str) -> Page:
    """Read a part of a list of objects of one type."""
    asked = f"a list of {TYPE_PATHS.get(kind, kind)}"
    body = mapping_of(reply, asked)
    items = tuple(_object(one, kind, asked) for one in entries(body, "data", asked))
    total = number(child(body, "meta", asked), "totalCount", asked)
    return Page(items, total)


def read_groups(reply: object) -> tuple[OmeroGroup, ...]:
    """Read a list of groups."""
    asked = "a list of groups"
    return tuple(
        OmeroGroup(number(mapping_of(one, asked), "@id", asked), plain(one, "Name"))
        for one in entries(mapping_of(reply, asked), "data", asked)
    )


def read_people(reply: object) -> tuple[OmeroPerson, ...]:
    """Read a list of users."""
    asked = "a list of people"
    found = [mapping_of(one, asked) for one in entries(mapping_of(reply, asked), "data", asked)]
    return tuple(
        OmeroPerson(
            id=number(entry, "@id", asked), user=plain(entry, "UserName"), name=_full_name(entry)
        )
        for entry in found
    )


def read_thumbnails(reply: object) -> dict[int, bytes]:
    """Read thumbnails by image id; images without one, and what is no JPEG or PNG, are left out."""
    found = mapping_of(reply, "thumbnails")
    pictures = {key: _picture(value) for key, value in found.items()}
    return {
        int(key): picture
        for key, picture in pictures.items()
        if picture and key.isascii() and key.isdigit() and len(key) < _DIGITS
    }


def read_annotations(reply: object, target: Target) -> tuple[Annotation, ...]:
    """Read the files attached to an object; one that hangs on it twice is given once."""
    found = {one.annotation_id: one for _, one in _annotations(reply, str(target))}
    return tuple(found.values())


def read_annotations_by_parent(reply: object) -> dict[int, tuple[Annotation, ...]] | None:
    """Read the files attached to several objects of one type, by the object's id.

    None where the reply does not say what each hangs on, or may have been cut short.
    """
    by_parent: dict[int, dict[int, Annotation]] = {}
    pairs = _annotations(reply, "several objects")
    for parent, one in pairs:
        if parent is None:
            return None
        by_parent.setdefault(parent, {})[one.annotation_id] = one
    if len(pairs) >= _MOST_ATTACHMENTS:
        return None
    return {parent: tuple(found.values()) for parent, found in by_parent.items()}


def _annotations(reply: object, of: str) -> list[tuple[int | None, Annotation]]:
    """Read links: the id of what a file hangs on, and the file's annotation."""
    asked = f"the attachments of {of}"
    body = mapping_of(reply, asked)
    people = _names_by_id(body.get("experimenters"))
    found = []
    for one in entries(body, "annotations", asked):
        entry = mapping_of(one, asked)
        parent = maybe_child(maybe_child(entry, "link"), "parent")
        found.append((maybe_id(parent.get("id")), _annotation(entry, people, asked)))
    return found


def _annotation(entry: dict[str, Any], people: dict[int, str], asked: str) -> Annotation:
    file = maybe_child(entry, "file")
    owner = number_or(maybe_child(entry, "owner"), "id", -1)
    return Annotation(
        annotation_id=identifier(entry, "id", asked),
        file_id=maybe_id(file.get("id")),
        name=plain(entry, "name"),
        file_name=plain(file, "name"),
        description=plain(entry, "description"),
        namespace=plain(entry, "ns"),
        mimetype=plain(file, "mimetype"),
        owner_id=owner,
        date=plain(entry, "date"),
        owner=people.get(owner, ""),
        folder=plain(file, "path"),
    )


def _names_by_id(people: object) -> dict[int, str]:
    listed = [one for one in people if isinstance(one, dict)] if isinstance(people, list) else []
    return {
        one["id"]: f"{plain(one, 'firstName')} {plain(one, 'lastName')}".strip()
        for one in listed
        if is_integer(one.get("id"))
    }


def read_linked_tables(reply: object, target: Target) -> tuple[Annotation, ...]:
    """Read the tables attached to an object, in the older form, which knows ROIs as well."""
    asked = f"the tables of {target}"
    found = [mapping_of(one, asked) for one in entries(mapping_of(reply, asked), "data", asked)]
    return tuple(
        Annotation(
            annotation_id=identifier(entry, "id", asked),
            file_id=maybe_id(entry.get("file")),
            file_name=plain(entry, "name"),
            namespace=plain(entry, "ns"),
            # Of files, this page lists tables only.
            mimetype="OMERO.tables",
            owner=plain(entry, "owner"),
            date=_date(entry.get("addedOn")),
        )
        for entry in found
    )


def _date(added_ms: object) -> str:
    if not is_integer(added_ms) or not 0 <= added_ms < _LATEST_MS:
        return ""
    return datetime.fromtimestamp(added_ms / 1000, UTC).isoformat()


def read_registration(reply: object) -> int:
    """Read the id of the FileAnnotation that a registration made."""
    asked = "a registration"
    return identifier(child(mapping_of(reply, asked), "data", asked), "file_annotation", asked)


def read_refusal(reply: object) -> str | None:
    """Read the answer to a button of OMERO.web: why it was refused; None where it was done."""
    body = mapping_of(reply, "an action")
    if body.get("bad") in {"false", False}:
        return None
    return words(body.get("errs"))


def web_type(kind: str) -> str:
    """Spell a type as OMERO.web's own pages do."""
    return _WEB_TYPES.get(kind, kind.lower())


def read_columns(reply: object, file_id: int) -> TableColumns:
    """Read a table's metadata."""
    asked = f"the columns of table {file_id}"
    body = mapping_of(reply, asked)
    columns = [mapping_of(one, asked) for one in entries(body, "columns", asked)]
    # Taken one by one: what a server shows of an array's metadata may hold its secret.
    about = maybe_child(body, "user_metadata")
    return TableColumns(
        names=tuple(text(one, "name", asked) for one in columns),
        types=tuple(plain(one, "type") for one in columns),
        rows=number(body, "totalCount", asked),
        initialized=real(about.get("__initialized")),
        fingerprint=plain(maybe_child(about, _OUR_KEY), "fingerprint"),
    )


def read_block(reply: object, file_id: int, *, offset: int, limit: int) -> TableBlock:
    """Read some rows of a table, and hold them against the part that was asked for."""
    asked = f"rows of table {file_id}"
    body = mapping_of(reply, asked)
    data, meta = child(body, "data", asked), child(body, "meta", asked)
    columns = texts(data, "columns", asked)
    types = texts(data, "column_types", asked) if "column_types" in data else ()
    rows = tuple(_row(one, len(columns), asked) for one in entries(data, "rows", asked))
    if len(rows) > limit or meta.get("offset", offset) != offset:
        refuse(asked, f"it is not the part asked for ({limit} rows from {offset} on)")
    total = number(meta, "totalCount", asked)
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
    entry = mapping_of(value, asked)
    details = maybe_child(entry, "omero:details")
    owner = maybe_child(details, "owner")
    group = maybe_child(details, "group")
    allowed = maybe_child(details, "permissions").get("canAnnotate")
    object_id = identifier(entry, "@id", asked)
    said = plain(entry, "@type").rpartition("#")[2]
    if said and said.casefold() != kind.casefold():
        refuse(asked, f"it holds {shorten(redacted(said), _SHOWN)}:{object_id}")
    count = entry.get("omero:childCount")
    images = _images_of(entry) if kind == "Well" else []
    return OmeroObject(
        target=Target(kind, object_id),
        name=_well_name(entry) if kind == "Well" else plain(entry, "Name"),
        owner_id=number_or(owner, "@id", -1),
        owner=_full_name(owner),
        group_id=number_or(group, "@id", -1),
        group=plain(group, "Name"),
        can_annotate=allowed if isinstance(allowed, bool) else None,
        child_count=count if is_integer(count) else None,
        image_ids=tuple(number for number, _ in images),
        image_names=tuple(name for _, name in images),
    )


def _full_name(entry: dict[str, Any]) -> str:
    return f"{plain(entry, 'FirstName')} {plain(entry, 'LastName')}".strip()


def _picture(value: object) -> bytes:
    match = _DATA_URL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return b""
    try:
        return base64.b64decode(match[1], validate=True)
    except ValueError:
        return b""


def _well_name(entry: dict[str, Any]) -> str:
    row, column = number_or(entry, "Row", -1), number_or(entry, "Column", -1)
    if not (0 <= row < _LARGEST_ID and 0 <= column < _LARGEST_ID):
        return ""
    return well_label(row, column)


def _images_of(entry: dict[str, Any]) -> list[tuple[int, str]]:
    samples = entry.get("WellSamples")
    if not isinstance(samples, list):
        return []
    images = [maybe_child(one, "Image") for one in samples if isinstance(one, dict)]
    found = [(maybe_id(one.get("@id")), plain(one, "Name")) for one in images]
    return [(number, name) for number, name in found if number is not None]


def _row(value: object, width: int, asked: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) != width:
        refuse(asked, "a row is not as long as the list of columns")
    return tuple(value)
