"""The views that list, detach and delete attached files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.demo.messages import PageError, html, json_reply
from omero_tables_jupyter.demo.routing import Access, Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.demo.lab import Key, LabObject, User
    from omero_tables_jupyter.demo.messages import Response
    from omero_tables_jupyter.demo.routing import View
    from omero_tables_jupyter.demo.shelf import Annotation, Link
    from omero_tables_jupyter.demo.site import Call

__all__ = ["ROUTES", "carriers", "gateway_entry", "visible_on"]

_KINDS = {
    "image": "Image",
    "dataset": "Dataset",
    "project": "Project",
    "screen": "Screen",
    "plate": "Plate",
    "well": "Well",
    "acquisition": "PlateAcquisition",
}
_QUERIED = frozenset({*_KINDS.values(), "Roi"})
_PAGE = 20_000
#: How OMERO.web's paths lead from an object up to the one that carries the table.
_UPWARD = {
    "Dataset.imageLinks.child": "Image",
    "Project.datasetLinks.child": "Dataset",
    "Project.datasetLinks.child.imageLinks.child": "Image",
    "Plate.wells": "Well",
    "Screen.plateLinks.child": "Plate",
    "Screen.plateLinks.child.wells": "Well",
}


def visible_on(call: Call, parents: list[Key]) -> list[tuple[Annotation, Link]]:
    """Give the annotations of some objects that the visitor may see, one pair a link."""
    pairs = call.site.shelf.on(parents)
    return [(a, link) for a, link in pairs if a.group in call.user.groups]


def _file_annotations(call: Call) -> Response:
    request = call.request
    try:
        asked = [(kind, int(i)) for name, kind in _KINDS.items() for i in request.all(name)]
        limit, page = int(request.get("limit") or _PAGE), int(request.get("page") or 1)
    except ValueError:
        raise PageError(500) from None
    if request.get("parents") == "true":
        asked += [above for key in asked for above in call.site.lab.ancestors(key)]
    pairs = visible_on(call, asked) if request.get("type") in (None, "file") else []
    if (ns := request.get("ns")) is not None:
        pairs = [pair for pair in pairs if pair[0].ns == ns]
    pairs = pairs[(page - 1) * limit : page * limit]
    owners = {a.owner: call.site.lab.user(a.owner) for a, _ in pairs}
    people = [
        {"id": u.id, "omeName": u.name, "firstName": u.first, "lastName": u.last}
        for u in owners.values()
    ]
    entries = [_entry(call, annotation, link) for annotation, link in pairs]
    return json_reply({"annotations": entries, "experimenters": people})


def _entry(call: Call, annotation: Annotation, link: Link) -> dict[str, Any]:
    date = annotation.added.isoformat()
    owner = {"id": annotation.owner}
    rights = _rights(call.user, annotation)
    parent = _parent(call, link)
    file = annotation.file
    return {
        "id": annotation.id,
        "ns": annotation.ns,
        "name": None,
        "description": None,
        "owner": owner,
        "date": date,
        "permissions": {**rights, "canDownload": True},
        "link": {
            "id": link.id,
            "owner": owner,
            "parent": {"id": parent.id, "class": f"{parent.kind}I", "name": parent.name},
            "date": date,
            "permissions": rights,
        },
        "class": "FileAnnotationI",
        "file": {
            "id": file.id,
            "name": file.name,
            "size": file.size,
            "path": file.folder,
            "mimetype": file.mimetype,
        },
    }


def _rights(user: User, annotation: Annotation) -> dict[str, bool]:
    mine = annotation.owner == user.id
    return {"canDelete": mine, "canAnnotate": True, "canLink": True, "canEdit": mine}


def _parent(call: Call, link: Link) -> LabObject:
    found = call.site.lab.object(*link.parent)
    if found is None:
        raise LookupError(link.parent)
    return found


def gateway_entry(call: Call, annotation: Annotation, link: Link) -> dict[str, Any]:
    """Describe one link of an annotation in the webgateway's shape."""
    owner = call.site.lab.user(annotation.owner).full_name
    kind, parent_id = link.parent
    return {
        "id": annotation.id,
        "file": annotation.file.id,
        "name": annotation.file.name,
        "ns": annotation.ns,
        "parentType": kind,
        "parentId": parent_id,
        "owner": owner,
        "addedBy": owner,
        "addedOn": annotation.added_ms,
    }


def carriers(call: Call) -> list[Key]:
    """Give the objects that a webgateway path such as ``Plate.wells/71`` names."""
    path, object_id = call.args["type"], int(call.args["id"])
    carrier = path.split(".")[0]
    if carrier == path:
        return [(path, object_id)]
    start = (_UPWARD.get(path, ""), object_id)
    return [key for key in call.site.lab.ancestors(start) if key[0] == carrier]


def _gateway_annotations(call: Call) -> Response:
    path = call.args["type"].split(".")
    if path[0] not in _QUERIED:
        return json_reply({"error": f"{path} cannot be queried", "query": f"from {path[0]}"})
    pairs = visible_on(call, carriers(call))
    return json_reply({"data": [gateway_entry(call, *pair) for pair in pairs]})


def _on_mine(act: Callable[[Call, Annotation], None]) -> View:
    """Make a button's view: as OMERO.web does, it says yes where it may change nothing, too."""

    def view(call: Call) -> Response:
        number = int(call.args["id"])
        found = call.site.shelf.get(number)
        if found is None or found.group not in call.user.groups:
            return _no_such_file(call, number)
        if found.owner == call.user.id:
            try:
                act(call, found)
            except LookupError as fault:
                return json_reply({"bad": "true", "errs": str(fault.args[0])})
        return json_reply({"bad": "false"})

    return view


def _no_such_file(call: Call, number: int) -> Response:
    if not call.request.ajax:
        raise PageError(404)
    return html(f"Demo server: there is no file (id:{number}) that you may see", status=404)


def _remove(call: Call, found: Annotation) -> None:
    """Detach an annotation from the object that the form's ``parent`` names (``image-101``)."""
    name, _, number = call.request.form.get("parent", "").partition("-")
    if not number.isdigit():
        raise LookupError("list index out of range")
    if name not in _KINDS:
        raise LookupError(f"getParentLinks(): ptype '{name.title()}' not supported")
    call.site.shelf.unlink(found.id, [(_KINDS[name], int(number))])


def _delete(call: Call, found: Annotation) -> None:
    call.site.shelf.delete(found.id)


ROUTES = (
    Route("/webclient/api/annotations/", _file_annotations, Access.WEB),
    Route("/webgateway/annotations/<type>/<int:id>/", _gateway_annotations, Access.WEB),
    Route("/webclient/action/remove/file/<int:id>/", _on_mine(_remove), Access.WEB, ("POST",)),
    Route("/webclient/action/delete/file/<int:id>/", _on_mine(_delete), Access.WEB, ("POST",)),
)
