"""Taking a table off an object, and deleting it: what OMERO.web's own page does for its buttons."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import LoginError, RejectedError, ServerError
from omero_tables_jupyter.omero import table_wire, wire
from omero_tables_jupyter.omero.attachments import annotations_of
from omero_tables_jupyter.omero.faults import Lost
from omero_tables_jupyter.text import redacted, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omero_tables_jupyter.model import Target
    from omero_tables_jupyter.omero.session import Session

__all__ = ["delete_annotation", "detach_annotation", "has_gone"]

_SHOWN = 300
_NOT_OFF_A_ROI = "ptype 'Roi' not supported"
#: OMERO deletes in the background: how long it is waited for, look by look.
_LOOKS_S = (0.0, 1.0, 2.0, 4.0)


def delete_annotation(session: Session, annotation_id: int) -> None:
    """Delete a file's annotation, and with it the file as OMERO knows it; sent once.

    Raises
    ------
    LoginError
        If the session has expired.
    RejectedError
        If the server refuses: mostly because it is somebody else's.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    _act(session, f"delete/file/{annotation_id}", {}, f"the deletion of annotation {annotation_id}")


def detach_annotation(session: Session, annotation_id: int, target: Target) -> None:
    """Take a file's annotation off one object; on others it stays.

    Raises
    ------
    LoginError, RejectedError, ServerError
        As for `delete_annotation`.

    """
    kind = wire.web_type(target.type)
    asked = f"the removal of annotation {annotation_id} from {target}"
    _act(session, f"remove/file/{annotation_id}", {"parent": f"{kind}-{target.id}"}, asked)


def _act(session: Session, path: str, form: dict[str, str], asked: str) -> None:
    if not session.alive():
        # Else an OMERO.web whose public user may write would try it in that user's name.
        raise session.expired()
    answer = session.channel.post(
        f"/webclient/action/{path}/",
        asked=asked,
        # Asked as a script, or OMERO.web answers a session that has ended with its login page.
        headers=(("X-Requested-With", "XMLHttpRequest"),),
        form=form,
    )
    if isinstance(answer, Lost):
        raise answer.error
    if answer.status == http.client.NOT_FOUND and answer.body.strip():
        # A script that asks for no page gets an empty answer; for no object there are words.
        raise RejectedError(
            f"the server refused {asked}: there is no such annotation, or {session.user} may not "
            "see it",
            hint="it may have been deleted already: look at what is attached now: %omero_tables "
            "Dataset:51 (tables('Dataset:51'))",
            status=answer.status,
        )
    if not answer.ok:
        raise session.channel.refusal(answer)
    said = table_wire.read_refusal(answer.json())
    if said is not None:
        words = shorten(redacted(session.channel.clear(said)), _SHOWN)
        raise RejectedError(
            f"the server refused {asked}" + (f": {words}" if words else ""),
            hint=_cure(said),
            status=http.client.OK,
            server_message=words,
        )


def _cure(said: str) -> str:
    if _NOT_OFF_A_ROI in said:
        return (
            "OMERO.web takes nothing off a ROI: delete the table, %omero_delete "
            "(delete_table(...)), and attach its array anew to the other objects (resume(...))"
        )
    return "only the owner of a table, or an administrator, may do this"


def has_gone(session: Session, annotation_id: int, targets: Sequence[Target]) -> bool:
    """Look, patiently, whether an annotation hangs on none of some objects any more."""
    for pause_s in _LOOKS_S:
        session.channel.sleep(pause_s)
        try:
            found = [one for target in targets for one in annotations_of(session, target)]
        except (ServerError, LoginError):
            continue
        if annotation_id not in {one.annotation_id for one in found}:
            return True
    return False
