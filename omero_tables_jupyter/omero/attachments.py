"""What hangs on an object: the files attached to it, and the links that show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.omero import table_wire, wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omero_tables_jupyter.model import Target
    from omero_tables_jupyter.omero.replies import Annotation
    from omero_tables_jupyter.omero.session import Session

__all__ = ["annotations_of", "annotations_on", "file_id_of", "table_link", "web_link"]


def annotations_of(session: Session, target: Target) -> tuple[Annotation, ...]:
    """List the files attached to an object; for a ROI only those that are tables.

    Raises
    ------
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    if target.type == "Roi":
        reply = session.channel.get_json(
            f"/webgateway/annotations/Roi/{target.id}/",
            asked=f"the request for the tables of {target}",
            ajax=True,
        )
        return table_wire.read_linked_tables(reply, target)
    kind = wire.web_type(target.type)
    reply = session.channel.get_json(
        "/webclient/api/annotations/",
        asked=f"the request for the attachments of {target}",
        params=(("type", "file"), (kind, target.id)),
        ajax=True,
    )
    return table_wire.read_annotations(reply, target)


def annotations_on(
    session: Session, targets: Sequence[Target]
) -> tuple[tuple[Annotation, ...], ...]:
    """List the files attached to each of some objects of one type, in one request where it goes.

    Raises
    ------
    LoginError, ServerError
        As for `annotations_of`.

    """
    if len(targets) > 1 and targets[0].type != "Roi":
        kind = wire.web_type(targets[0].type)
        reply = session.channel.get_json(
            "/webclient/api/annotations/",
            asked=f"the request for the attachments of {len(targets)} objects",
            params=(("type", "file"), *((kind, one.id) for one in targets)),
            ajax=True,
        )
        by_id = table_wire.read_annotations_by_parent(reply)
        if by_id is not None:
            return tuple(by_id.get(one.id, ()) for one in targets)
    return tuple(annotations_of(session, one) for one in targets)


def file_id_of(session: Session, annotation_id: int, target: Target) -> int | None:
    """Find the file behind an annotation, which the table pages want; None where that fails.

    A courtesy after a registration: it raises nothing of this package's.
    """
    try:
        found = annotations_of(session, target)
    except OmeroTablesError:
        return None
    return next((one.file_id for one in found if one.annotation_id == annotation_id), None)


def web_link(session_url: str, target: Target) -> str:
    """Make the link that shows an object in OMERO.web."""
    kind = wire.web_type(target.type)
    return f"{session_url.rstrip('/')}/webclient/?show={kind}-{target.id}"


def table_link(session_url: str, file_id: int) -> str:
    """Make the link of a table's own page in OMERO.web."""
    return f"{session_url.rstrip('/')}/webclient/omero_table/{file_id}/"
