"""What is in the lab: objects, their names and groups, and who may annotate them."""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import ServerError, TargetError
from omero_tables_jupyter.model import Target, TargetInfo
from omero_tables_jupyter.omero import wire
from omero_tables_jupyter.omero.answers import expired
from omero_tables_jupyter.omero.replies import OmeroGroup, OmeroObject, OmeroPerson, Page
from omero_tables_jupyter.omero.wire import TYPE_PATHS
from omero_tables_jupyter.text import did_you_mean, plural, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from omero_tables_jupyter.omero.channel import Params
    from omero_tables_jupyter.omero.session import Session

__all__ = [
    "OmeroGroup",
    "OmeroObject",
    "OmeroPerson",
    "Page",
    "fetch",
    "find",
    "groups",
    "list_objects",
    "look_up",
    "members",
    "parents",
    "thumbnails",
]

#: Which lists lie below which object: (parent, child) -> the child's place in the parent's path.
_CHILDREN = {
    ("Project", "Dataset"): "datasets",
    ("Dataset", "Image"): "images",
    ("Image", "Roi"): "rois",
    ("Screen", "Plate"): "plates",
    ("Plate", "Well"): "wells",
    ("Plate", "PlateAcquisition"): "plateacquisitions",
    ("PlateAcquisition", "Well"): "wells",
}
#: What lies in what, upwards: the child -> its parent.
_PARENTS = {"Dataset": "Project", "Image": "Dataset", "Plate": "Screen", "Well": "Plate"}
_MOST_A_PAGE = 500
_MOST_THUMBNAILS = 50
_FEWER_THUMBNAILS = re.compile(rb"Max (\d{1,4}) thumbnails at a time")
_LISTED = 5
_NAME_WIDTH = 60


def look_up(
    session: Session, targets: Sequence[Target], *, guess: bool = True
) -> tuple[TargetInfo, ...]:
    """Check that a table can hang on these objects, and name them.

    Parameters
    ----------
    session
        Who asks.
    targets
        The objects; one that is named twice is looked up once.
    guess
        Whether to find out, for an object that does not exist, what else has its id.

    Returns
    -------
    tuple of TargetInfo
        In the order given.

    Raises
    ------
    TargetError
        If there is none, one does not exist or may not be annotated, or they are in several groups.
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    unique = tuple(dict.fromkeys(targets))
    if not unique:
        raise TargetError(
            "the table is attached to nothing",
            hint="name at least one object: --to Dataset:51 (to='Dataset:51'), or a link copied "
            "from OMERO.web",
        )
    try:
        return _checked(session, unique, guess=guess)
    except TargetError:
        # An OMERO.web with a public user goes on answering, as to that user, after a session's end.
        if _has_ended(session):
            raise expired(session.url) from None
        raise


def _checked(session: Session, unique: Sequence[Target], *, guess: bool) -> tuple[TargetInfo, ...]:
    found = {target: find(session, target) for target in unique}
    missing = [target for target, one in found.items() if one is None]
    if missing:
        raise _missing(session, missing, guess=guess)
    objects = [one for one in found.values() if one is not None]
    _check_rights(session, objects)
    _check_one_group(objects)
    return tuple(_info(one) for one in objects)


def _has_ended(session: Session) -> bool:
    try:
        return not session.alive()
    except ServerError:  # then nobody knows, and what was found stands
        return False


def find(session: Session, target: Target) -> OmeroObject | None:
    """Look one object up; None where there is none, or none that this user may see.

    Raises
    ------
    TargetError
        If OMERO has no such type.
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    answer = session.channel.get(
        f"/api/v0/m/{_path_of(target.type)}/{target.id}/", asked=f"the request for {target}"
    )
    if answer.status == http.client.NOT_FOUND and not answer.is_html:
        return None
    if not answer.ok:
        raise session.channel.refusal(answer)
    return wire.read_object(answer.json(), target)


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
    if _has_ended(session):
        raise expired(session.url)
    raise _missing(session, [target])


def list_objects(  # noqa: PLR0913 - filters, all by keyword
    session: Session,
    kind: str,
    *,
    parent: Target | None = None,
    owner: int | None = None,
    group: int | None = None,
    limit: int = 200,
    offset: int = 0,
    orphaned: bool = False,
) -> Page:
    """List objects of a type, a page at a time, in the server's order (mostly by name).

    Parameters
    ----------
    session
        Who asks.
    kind
        One of `links.TARGET_TYPES`, as it is spelt there.
    parent
        Only what lies directly below this object.
    owner, group
        Only what belongs to this user or group, by id.
    limit, offset
        How many objects (500 at most), from which on.
    orphaned
        Only what lies below no other object.

    Raises
    ------
    TargetError
        If objects of this type do not lie below `parent`.
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    filters = {"owner": owner, "group": group}
    params: Params = (
        ("limit", max(0, min(limit, _MOST_A_PAGE))),
        ("offset", max(0, offset)),
        ("childCount", "true"),
        *((name, value) for name, value in filters.items() if value is not None),
        *((("orphaned", "true"),) if orphaned else ()),
    )
    reply = session.channel.get_json(
        _list_path(kind, parent), asked=f"the request for a list of {_path_of(kind)}", params=params
    )
    page = wire.read_objects(reply, kind)
    # A public user may see nothing where the one whose session has ended saw all.
    if not page.total and _has_ended(session):
        raise expired(session.url)
    return page


def parents(session: Session, target: Target) -> tuple[OmeroObject, ...]:
    """List what an object lies in, directly: an image's datasets, a well's plate.

    Parameters
    ----------
    session
        Who asks.
    target
        The object.

    Returns
    -------
    tuple of OmeroObject
        Empty for an orphan, for what has no parent, and for what OMERO.web does not tell it of: a
        ROI, a run, and an image of a well.

    Raises
    ------
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    kind = _PARENTS.get(target.type)
    if kind is None:
        return ()
    reply = session.channel.get_json(
        f"/api/v0/m/{_path_of(target.type)}/{target.id}/{_path_of(kind)}/",
        asked=f"the request for what {target} lies in",
    )
    return wire.read_objects(reply, kind).items


def groups(session: Session) -> tuple[OmeroGroup, ...]:
    """List the groups that the user is in, without OMERO's own group 'user'.

    Raises
    ------
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    reply = session.channel.get_json(
        "/api/v0/m/experimentergroups/",
        asked="the request for your groups",
        params=(("experimenter", session.user_id), ("limit", _MOST_A_PAGE)),
    )
    return tuple(one for one in wire.read_groups(reply) if one.name != "user")


def members(session: Session, group_id: int) -> tuple[OmeroPerson, ...]:
    """List the users in a group, by last name.

    Raises
    ------
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    reply = session.channel.get_json(
        f"/api/v0/m/experimentergroups/{int(group_id)}/experimenters/",
        asked="the request for the members of a group",
        params=(("limit", _MOST_A_PAGE),),
    )
    return wire.read_people(reply)


def thumbnails(session: Session, image_ids: Sequence[int]) -> dict[int, bytes]:
    """Get small pictures of images, 50 in a request, or as few as the server allows.

    Returns
    -------
    dict
        JPEG or PNG bytes by image id; an image without a thumbnail is left out.

    Raises
    ------
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    wanted = list(dict.fromkeys(int(one) for one in image_ids))
    found: dict[int, bytes] = {}
    done, most = 0, _MOST_THUMBNAILS
    while done < len(wanted):
        answer = session.channel.get(
            "/webclient/get_thumbnails/",
            asked="the request for thumbnails",
            params=tuple(("id", one) for one in wanted[done : done + most]),
            ajax=True,
        )
        fewer = _FEWER_THUMBNAILS.match(answer.body)
        if fewer is not None and 0 < int(fewer[1]) < most:
            most = int(fewer[1])
            continue
        if not answer.ok:
            raise session.channel.refusal(answer)
        found |= wire.read_thumbnails(answer.json())
        done += most
    return {one: found[one] for one in wanted if one in found}


def _path_of(kind: str) -> str:
    if kind not in TYPE_PATHS:
        raise TargetError(
            f"'{shorten(kind, _NAME_WIDTH)}' is not a type of OMERO object that can carry a table",
            hint=did_you_mean(kind, TYPE_PATHS),
        )
    return TYPE_PATHS[kind]


def _list_path(kind: str, parent: Target | None) -> str:
    if parent is None and kind != "PlateAcquisition":
        return f"/api/v0/m/{_path_of(kind)}/"
    above = "" if parent is None else parent.type
    if (above, kind) not in _CHILDREN:
        raise TargetError(
            f"there is no list of {_path_of(kind)} below {parent or 'the whole lab'}",
            hint="objects lie like this: Project > Dataset > Image > Roi, Screen > Plate > Well",
        )
    return f"/api/v0/m/{_path_of(above)}/{parent.id if parent else 0}/{_CHILDREN[above, kind]}/"


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
