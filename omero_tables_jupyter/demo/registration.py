"""The endpoint of OMERO Plus that takes an array on the share and makes a table of it.

How OMERO Plus words its errors is not public: the texts here are the stand-in's own, and say so.
"""

from __future__ import annotations

import json
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter.demo.arrays import ArrayError, open_table
from omero_tables_jupyter.demo.messages import ApiError, json_reply
from omero_tables_jupyter.demo.routing import Access, Route

if TYPE_CHECKING:
    from pathlib import Path

    from omero_tables_jupyter.demo.lab import LabObject
    from omero_tables_jupyter.demo.messages import Request, Response
    from omero_tables_jupyter.demo.site import Call

__all__ = ["PATH", "ROUTES"]

PATH = "/omero_plus/api/v0/table"
_VERSION = "3"
# The reference client sends types as its user spelt them; only OMERO's own spelling is known to do.
_KINDS = (
    "Project",
    "Dataset",
    "Image",
    "Screen",
    "Plate",
    "PlateAcquisition",
    "Well",
    "Roi",
)


@dataclass(frozen=True, slots=True)
class _Order:
    uri: str
    name: str
    targets: tuple[str, ...]


def _no(status: int, words: str) -> ApiError:
    return ApiError(status, f"Demo server: {words}")


def _read_order(request: Request) -> _Order:
    if request.content_type != "application/json":
        raise _no(400, "the Content-Type must be application/json")
    try:
        body = json.loads(request.body)
    except ValueError:
        raise _no(400, "the body is not JSON") from None
    match body:
        case {"uri": str(uri), "name": str(name), "targets": [_, *_] as targets} if (
            name.strip() and all(isinstance(target, str) for target in targets)
        ):
            return _Order(uri, name, tuple(targets))
    raise _no(400, 'the body needs "uri", a "name" that is not empty, and "targets"')


def _place(call: Call, uri: str) -> Path:
    share = call.site.share
    if not posixpath.isabs(uri):
        raise _no(400, f"the uri '{uri}' is not an absolute path as the server sees it")
    local = share.find(uri)
    if local is None:
        raise _no(400, f"the server cannot see '{uri}': only what lies below {share.server}")
    if not local.is_dir():
        raise _no(400, f"there is no array at '{uri}'")
    return local


def _check_array(local: Path, uri: str, token: str | None) -> None:
    try:
        with open_table(local) as table:
            if not table.token_fits(token):
                raise _no(403, "the X-SecretToken header does not match the array's SecretToken")
            if table.version != _VERSION:
                raise _no(400, f"'{uri}' has version {table.version!r}, not '{_VERSION}'")
            table.check_rows()
    except ArrayError as fault:
        raise _no(400, f"'{uri}' is no table: {fault}") from fault


def _target(call: Call, words: str) -> LabObject:
    kind, _, number = words.partition(":")
    if not (number.isascii() and number.isdigit()):
        raise _no(400, f"the target '{words}' is not of the form Image:101")
    if kind not in _KINDS:
        raise _no(400, f"a table cannot be attached to a '{kind}'")
    lab, user = call.site.lab, call.user
    found = lab.object(kind, int(number))
    if found is None or not lab.can_read(user, found):
        raise _no(404, f"there is no {words}")
    if not lab.can_annotate(user, found):
        raise _no(403, f"{user.name} may not annotate {words}")
    return found


def _targets(call: Call, words: tuple[str, ...]) -> list[LabObject]:
    found = list(dict.fromkeys(_target(call, target) for target in words))
    if len({target.group for target in found}) > 1:
        raise _no(400, "the targets are in different groups")
    return found


def _register(call: Call) -> Response:
    if call.request.method != "POST":
        raise _no(405, "send a POST to register a table")
    if call.visitor is None:
        raise ApiError(403, "Not logged in")
    order = _read_order(call.request)
    local = _place(call, order.uri)
    _check_array(local, order.uri, call.request.header("X-SecretToken"))
    targets = _targets(call, order.targets)
    made = call.site.shelf.add(
        name=order.name,
        uri=order.uri,
        local=local,
        size=sum(file.stat().st_size for file in local.rglob("*") if file.is_file()),
        owner=call.user.id,
        group=targets[0].group,
        parents=[target.key for target in targets],
    )
    return json_reply({"data": {"file_annotation": made.id}}, status=201)


ROUTES = (Route(PATH, _register, Access.OPEN, ("GET", "POST", "PUT", "DELETE")),)
