"""What goes over the wire about tables, as in `wire`: registrations, attachments, columns, rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.omero.fields import (
    child,
    entries,
    identifier,
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
from omero_tables_jupyter.omero.replies import Annotation, TableBlock, TableColumns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omero_tables_jupyter.model import Target

__all__ = [
    "read_annotations",
    "read_annotations_by_parent",
    "read_block",
    "read_columns",
    "read_linked_tables",
    "read_refusal",
    "read_registration",
    "registration_body",
]

#: So many links OMERO.web lists at once; the rest would stand on another page.
_MOST_ATTACHMENTS = 20_000
#: The year 9999, the last that Python's dates know.
_LATEST_MS = 253_370_764_800_000
#: Where arrays of this package say what they hold.
_OUR_KEY = "omero_tables_jupyter"


def registration_body(uri: str, name: str, targets: Sequence[Target]) -> dict[str, object]:
    """Make the body of a registration; `uri` is the path as the server sees it."""
    return {"uri": uri, "name": name, "targets": [str(target) for target in targets]}


def read_registration(reply: object) -> int:
    """Read the id of the FileAnnotation that a registration made."""
    asked = "a registration"
    return identifier(child(mapping_of(reply, asked), "data", asked), "file_annotation", asked)


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


def read_refusal(reply: object) -> str | None:
    """Read the answer to a button of OMERO.web: why it was refused; None where it was done."""
    body = mapping_of(reply, "an action")
    if body.get("bad") in {"false", False}:
        return None
    return words(body.get("errs"))


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


def _row(value: object, width: int, asked: str) -> tuple[Any, ...]:
    if not isinstance(value, list) or len(value) != width:
        refuse(asked, "a row is not as long as the list of columns")
    return tuple(value)
