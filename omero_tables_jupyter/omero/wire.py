"""What goes over the wire: what is sent, and replies as frozen types. No socket is touched here.

Every ``read_...`` function takes a reply as ``json.loads`` gave it, and raises `ProtocolError`,
naming what was asked, wherever the reply is not of the form that OMERO.web gives.
"""

from __future__ import annotations

import base64
import re
from typing import Any

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
    refuse,
    text,
)
from omero_tables_jupyter.omero.replies import (
    Identity,
    OmeroGroup,
    OmeroObject,
    OmeroPerson,
    OmeroServer,
    Page,
)
from omero_tables_jupyter.text import redacted, shorten

__all__ = [
    "TYPE_PATHS",
    "login_form",
    "read_groups",
    "read_identity",
    "read_object",
    "read_objects",
    "read_people",
    "read_servers",
    "read_thumbnails",
    "read_token",
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


# --- what is sent -------------------------------------------------------------------------------


def login_form(username: str, password: Secret, server_id: int) -> dict[str, str | Secret]:
    """Make the form of a login; the password stays wrapped until it is sent."""
    return {"username": username, "password": password, "server": str(server_id)}


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


def web_type(kind: str) -> str:
    """Spell a type as OMERO.web's own pages do."""
    return _WEB_TYPES.get(kind, kind.lower())


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
