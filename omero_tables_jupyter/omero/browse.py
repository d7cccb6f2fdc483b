"""What is in the lab: objects and lists of them, groups, people, thumbnails."""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.omero import wire
from omero_tables_jupyter.omero.replies import OmeroGroup, OmeroObject, OmeroPerson, Page
from omero_tables_jupyter.omero.wire import TYPE_PATHS
from omero_tables_jupyter.text import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omero_tables_jupyter.model import Target
    from omero_tables_jupyter.omero.channel import Params
    from omero_tables_jupyter.omero.session import Session

__all__ = [
    "OmeroGroup",
    "OmeroObject",
    "OmeroPerson",
    "Page",
    "find",
    "groups",
    "list_objects",
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
_NAME_WIDTH = 60


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
        One of `object_types.TARGET_TYPES`, as it is spelt there.
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
    if not page.total and session.has_ended():
        raise session.expired()
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
