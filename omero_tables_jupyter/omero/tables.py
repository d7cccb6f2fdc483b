"""Registering tables in OMERO; with what `attachments` and `rows` do for those that are there."""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import (
    DataError,
    LoginError,
    OmeroTablesError,
    ProtocolError,
    RejectedError,
    ServerError,
    SessionExpiredError,
    UnreachableError,
)
from omero_tables_jupyter.omero import table_wire
from omero_tables_jupyter.omero.answers import Answer
from omero_tables_jupyter.omero.attaching import nothing_named
from omero_tables_jupyter.omero.attachments import (
    annotations_of,
    annotations_on,
    file_id_of,
    table_link,
    web_link,
)
from omero_tables_jupyter.omero.authentication import is_token
from omero_tables_jupyter.omero.faults import Lost
from omero_tables_jupyter.omero.health import clock_difference_s
from omero_tables_jupyter.omero.replies import Annotation, TableBlock, TableColumns
from omero_tables_jupyter.omero.rows import columns_of, read_rows
from omero_tables_jupyter.text import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omero_tables_jupyter.model import Secret, Target
    from omero_tables_jupyter.omero.session import Session

__all__ = [
    "Annotation",
    "Registration",
    "TableBlock",
    "TableColumns",
    "annotations_of",
    "annotations_on",
    "columns_of",
    "file_id_of",
    "probe",
    "read_rows",
    "register",
    "table_link",
    "web_link",
]

_REGISTER_S = 300.0
_REGISTER_PATH = "/omero_plus/api/v0/table"
_SHOWN = 300
#: A gateway that gave up waiting says nothing about what the server behind it did.
_MAYBE_DONE = frozenset({408, 502, 504, 520, 521, 522, 523, 524})
#: How long to wait before each look for what an unanswered registration made.
_LOOKS_S = (0.0, 3.0, 6.0, 12.0, 24.0)


@dataclass(frozen=True, slots=True)
class Registration:
    """What a registration made.

    Parameters
    ----------
    annotation_id
        The FileAnnotation's id.
    recovered
        True where the server's answer was lost, and the annotation was found by looking for it.
    clock_ahead_s
        How far the server's clock is ahead of this machine's; None where it did not say.

    """

    annotation_id: int
    recovered: bool = False
    clock_ahead_s: float | None = field(default=None, compare=False)


def probe(session: Session) -> None:
    """Ask whether OMERO Plus may be there; no news is good news, since nobody can tell for sure.

    Raises
    ------
    ProtocolError
        If OMERO.web has no page at the registration's address.
    UnreachableError
        If no answer comes.

    """
    answer = session.channel.ask_once(
        _REGISTER_PATH, asked="the question whether OMERO Plus is there"
    )
    if _is_missing(answer):
        raise _no_omero_plus(session, answer, more="; to go on all the same: --no-probe")


def _is_missing(answer: Answer) -> bool:
    return answer.status == http.client.NOT_FOUND and answer.is_html


def _no_omero_plus(session: Session, answer: Answer, *, more: str = "") -> ProtocolError:
    return ProtocolError(
        f"there is no OMERO Plus at {session.url}: {answer.url} is not a page there",
        hint="check the prefix first: if OMERO.web lives at https://host/PREFIX/webclient, log "
        "in with --prefix PREFIX; if it is right, this OMERO.web has no OMERO Plus: ask its "
        f"administrator{more}",
        status=answer.status,
    )


def register(
    session: Session, *, uri: str, name: str, targets: Sequence[Target], token: Secret | None
) -> Registration:
    """Register an array as a table in OMERO; it is sent once, whatever happens.

    Parameters
    ----------
    session
        Who registers.
    uri
        The array's path as the server sees it.
    name
        The table's name.
    targets
        What it hangs on; at least one.
    token
        The array's SecretToken; None where it has none.

    Raises
    ------
    TargetError
        If there is no target.
    DataError
        If the name is empty, or the token cannot be sent.
    LoginError
        If the session has expired.
    RejectedError
        If the server refuses.
    ServerError
        If it does not answer, and no annotation is found that it might have made; ``pending`` says
        whether it may still make one.

    """
    _check_registration(name, targets, token)
    if not session.alive():
        # Else an OMERO.web whose public user may write would do it in that user's name.
        raise session.expired()
    before = _snapshot(session, targets[0])
    with session.channel.hiding(token):
        answer = session.channel.post(
            _REGISTER_PATH,
            asked=f"the registration of '{shorten(name, _SHOWN)}'",
            params=session.join_params,
            headers=() if token is None else (("X-SecretToken", token),),
            body=table_wire.registration_body(uri, name, targets),
            timeout_s=_REGISTER_S,
        )
        outcome = _outcome(session, answer, uri)
    ahead_s = (
        clock_difference_s(answer.date, datetime.now(UTC)) if isinstance(answer, Answer) else None
    )
    if isinstance(outcome, int):
        return Registration(outcome, clock_ahead_s=ahead_s)
    looks_s = _looks_worth(answer)
    found = _find_new(session, targets[0], name, before, looks_s) if looks_s else None
    if found is not None:
        return Registration(found, recovered=True, clock_ahead_s=ahead_s)
    if looks_s == _LOOKS_S:
        # What was answered, in whatever way, has ended.
        pending = isinstance(answer, Lost) or answer.status in _MAYBE_DONE
        raise _unknown(session, targets[0], outcome.message, pending=pending) from outcome
    raise outcome


def _check_registration(name: str, targets: Sequence[Target], token: Secret | None) -> None:
    if not targets:
        raise nothing_named()
    if not name.strip():
        raise DataError(
            "the table has no name", hint='give one: --name "Cells plate 7" (table_name=...)'
        )
    if token is not None and not is_token(token):
        raise DataError(
            "the array's SecretToken is empty, or holds characters that cannot be sent",
            hint="write the array anew: upload the table again under another name",
        )


def _outcome(session: Session, answer: Answer | Lost, uri: str) -> int | OmeroTablesError:
    if isinstance(answer, Lost):
        return answer.error
    if answer.ok:
        try:
            return table_wire.read_registration(answer.json())
        except ProtocolError as error:
            return error
    return _explained(session, answer, session.channel.refusal(answer), uri)


def _explained(
    session: Session, answer: Answer, refused: OmeroTablesError, uri: str
) -> OmeroTablesError:
    """Add to a refusal what only the one who asked can know."""
    if _is_missing(answer):
        return _no_omero_plus(session, answer)
    if isinstance(refused, SessionExpiredError) and _still_alive(session):
        return RejectedError(
            f"the server refused the registration (status {answer.status}) as not logged in, "
            f"though the session of {session.user} is alive",
            hint="ask the administrator whether OMERO Plus is open to this user",
            status=answer.status,
            server_message=session.channel.words(answer),
        )
    if isinstance(refused, RejectedError) and not refused.server_message.startswith("CSRF"):
        refused.hint = (
            f"the server was asked to read {uri}: check that it sees the file there "
            "(--remote-path, --map) and may read it, and that you may annotate the object; "
            f"{refused.hint}"
        )
    return refused


def _still_alive(session: Session) -> bool:
    try:
        return session.alive()
    except ServerError:
        return False


def _looks_worth(answer: Answer | Lost) -> tuple[float, ...]:
    """Say how long to look for what a registration may have made without saying so."""
    if isinstance(answer, Lost):
        return _LOOKS_S if answer.sent else ()
    if answer.ok or answer.status in _MAYBE_DONE:
        return _LOOKS_S
    # It broke down, which may have been after the table was made; by now it has ended.
    return _LOOKS_S[:1] if answer.status == http.client.INTERNAL_SERVER_ERROR else ()


def _snapshot(session: Session, target: Target) -> frozenset[int] | None:
    """Note which annotations there are before; None where that cannot be had."""
    try:
        return frozenset(one.annotation_id for one in annotations_of(session, target))
    except ServerError:
        return None


def _find_new(
    session: Session,
    target: Target,
    name: str,
    before: frozenset[int] | None,
    looks_s: Sequence[float],
) -> int | None:
    """Look, patiently, for the one annotation that an unanswered registration made."""
    if before is None:
        return None
    for pause_s in looks_s:
        session.channel.sleep(pause_s)
        try:
            now = annotations_of(session, target)
        except (ServerError, LoginError):
            continue
        new = [
            one.annotation_id
            for one in now
            if one.annotation_id not in before
            and one.is_called(name)
            and one.owner_id in {session.user_id, -1}
        ]
        if new:
            return new[0] if len(new) == 1 else None
    return None


def _unknown(session: Session, target: Target, why: str, *, pending: bool) -> UnreachableError:
    return UnreachableError(
        f"whether the table was registered is not known: {why}. It was not sent twice, and no new "
        f"annotation of its name is on {target} so far",
        hint=f"look at {web_link(session.url, target)} in a minute; if the table is not there, "
        "register the array that was written: resume(path, to=...)",
        pending=pending,
    )
