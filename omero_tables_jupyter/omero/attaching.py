"""Whether a table can hang on objects: all there, all allowed, all of one group; and why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import ServerError, TargetError
from omero_tables_jupyter.model import Target, TargetInfo
from omero_tables_jupyter.omero.browse import find
from omero_tables_jupyter.text import plural, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from omero_tables_jupyter.omero.replies import OmeroObject
    from omero_tables_jupyter.omero.session import Session

__all__ = ["attachable", "fetch", "nothing_named"]

_LISTED = 5
_NAME_WIDTH = 60


def nothing_named() -> TargetError:
    """Make the error of a table that is attached to nothing."""
    return TargetError(
        "the table is attached to nothing",
        hint="name at least one object: --to Dataset:51 (to='Dataset:51'), or a link copied from "
        "OMERO.web",
    )


def attachable(
    session: Session, found: Mapping[Target, OmeroObject | None], *, guess: bool = True
) -> tuple[TargetInfo, ...]:
    """Make sure that a table can hang on what was found, and name it.

    Parameters
    ----------
    session
        Who asked.
    found
        The objects, in order; None for one that does not exist, or may not be seen.
    guess
        Whether to find out, for an object that does not exist, what else has its id.

    Raises
    ------
    TargetError
        If one does not exist or may not be annotated, or they are in several groups.

    """
    missing = [target for target, one in found.items() if one is None]
    if missing:
        raise _missing(session, missing, guess=guess)
    objects = [one for one in found.values() if one is not None]
    _check_rights(session, objects)
    _check_one_group(objects)
    return tuple(map(_info, objects))


def fetch(session: Session, target: Target) -> OmeroObject:
    """Look one object up, whether or not a table can hang on it.

    Raises
    ------
    TargetError
        If there is none, or none that this user may see: with what else has its id.
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    found = find(session, target)
    if found is not None:
        return found
    if session.has_ended():
        raise session.expired()
    raise _missing(session, [target])


def _info(one: OmeroObject) -> TargetInfo:
    return TargetInfo(
        target=one.target,
        name=one.name,
        group=one.group,
        group_id=one.group_id,
        can_annotate=one.can_annotate,
    )


def _called(one: OmeroObject) -> str:
    return f"{one.target} '{shorten(one.name, _NAME_WIDTH)}'" if one.name else str(one.target)


def _listed(words: Iterable[str]) -> str:
    known = list(words)
    more = len(known) - _LISTED
    return ", ".join(known[:_LISTED]) + (f" and {plural(more, 'other')}" if more > 0 else "")


def _missing(session: Session, missing: Sequence[Target], *, guess: bool = True) -> TargetError:
    are = "does not exist" if len(missing) == 1 else "do not exist"
    meant = _same_id(session, missing[0]) if guess and len(missing) == 1 else []
    hint = "check the id: select the object in OMERO.web, press its link button, paste that link"
    if meant:
        hint = f"did you mean {' or '.join(_called(one) for one in meant)}?"
    return TargetError(
        f"{_listed(map(str, missing))} {are} on {session.url}, or {session.user} may not see "
        f"{'it' if len(missing) == 1 else 'them'}",
        hint=hint,
    )


def _same_id(session: Session, target: Target) -> list[OmeroObject]:
    """Find what else has this id: the number of a dataset is easily given as an image's."""
    found: list[OmeroObject] = []
    for kind in ("Image", "Dataset", "Project", "Plate", "Screen", "Well"):
        if kind == target.type:
            continue
        try:
            one = find(session, Target(kind, target.id))
        except ServerError:  # a courtesy: the answer stands without it
            return found
        if one is not None:
            found.append(one)
    return found


def _check_rights(session: Session, objects: Sequence[OmeroObject]) -> None:
    locked = [one for one in objects if one.can_annotate is False]
    if not locked:
        return
    owners = sorted({one.owner for one in locked if one.owner})
    owner = f" ({_listed(owners)})" if owners else ""
    raise TargetError(
        f"{session.user} may see {_listed(map(_called, locked))}, but not attach anything there",
        hint=f"ask the owner{owner} or the group's leader for the right to annotate, or attach the "
        "table to an object of your own",
    )


def _check_one_group(objects: Sequence[OmeroObject]) -> None:
    by_group: dict[int, list[OmeroObject]] = {}
    for one in objects:
        if one.group_id >= 0:
            by_group.setdefault(one.group_id, []).append(one)
    if len(by_group) <= 1:
        return
    parts = []
    for number, members in by_group.items():
        name = members[0].group or f"group {number}"
        parts.append(f"{_listed(str(one.target) for one in members)} in '{name}'")
    raise TargetError(
        f"the objects are in several groups: {'; '.join(parts)}",
        hint="a table belongs to one group: upload it once for each group",
    )
