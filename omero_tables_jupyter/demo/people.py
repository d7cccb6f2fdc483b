"""The web client's own lists of groups and of what lies at the top of the tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.demo.lab import Group, LabObject
from omero_tables_jupyter.demo.messages import PageError, json_reply
from omero_tables_jupyter.demo.routing import Access, Route

if TYPE_CHECKING:
    from omero_tables_jupyter.demo.messages import Response
    from omero_tables_jupyter.demo.site import Call

__all__ = ["ROUTES", "tops"]

_EVERYBODY = -1
_COUNTED = {
    "Project": "Dataset",
    "Dataset": "Image",
    "Screen": "Plate",
    "Plate": "PlateAcquisition",
}
_HOMES = {"Project": "", "Dataset": "Project", "Screen": "", "Plate": "Screen"}


def _number(call: Call, name: str) -> int:
    try:
        return int(call.request.get(name) or _EVERYBODY)
    except ValueError:
        raise PageError(500) from None


def _groups(call: Call) -> Response:
    member = _number(call, "member")
    groups = [group for group in call.site.lab.of("ExperimenterGroup") if isinstance(group, Group)]
    if member != _EVERYBODY:
        wanted = call.site.lab.linked(("Experimenter", member), "ExperimenterGroup")
        groups = [group for group in groups if group.id in wanted]
    shown = [{"id": g.id, "name": g.name, "perm": g.perm} for g in groups]
    return json_reply({"groups": shown})


def tops(call: Call, kind: str, *, group: int = -1, owner: int = -1) -> list[LabObject]:
    """Give the objects of a kind that lie in nothing else, as far as the visitor sees them."""
    lab = call.site.lab
    return [
        thing
        for thing in lab.of(kind)
        if isinstance(thing, LabObject)
        and lab.can_read(call.user, thing)
        and group in (_EVERYBODY, thing.group)
        and owner in (_EVERYBODY, thing.owner)
        and not lab.linked(thing.key, _HOMES[kind])
    ]


def _containers(call: Call) -> Response:
    group, owner = _number(call, "group"), _number(call, "id")
    found = {
        f"{kind.lower()}s": [
            _entry(call, thing) for thing in tops(call, kind, group=group, owner=owner)
        ]
        for kind in _HOMES
    }
    lab = call.site.lab
    loose = [
        image
        for image in lab.of("Image")
        if lab.can_read(call.user, image)
        and not lab.linked((image.kind, image.id), "Dataset")
        and not lab.linked((image.kind, image.id), "Well")
    ]
    orphaned = {"id": owner, "name": "Orphaned Images", "childCount": len(loose)}
    return json_reply({**found, "orphaned": orphaned})


def _entry(call: Call, thing: LabObject) -> dict[str, Any]:
    rights = ["canAnnotate", "canLink"] if call.site.lab.can_annotate(call.user, thing) else []
    if thing.owner == call.user.id:
        rights += ["canEdit", "canDelete", "isOwned"]
    return {
        "id": thing.id,
        "name": thing.name,
        "ownerId": thing.owner,
        "childCount": len(call.site.lab.linked(thing.key, _COUNTED[thing.kind])),
        "permsCss": " ".join(rights),
    }


ROUTES = (
    Route("/webclient/api/groups/", _groups, Access.WEB),
    Route("/webclient/api/containers/", _containers, Access.WEB),
)
