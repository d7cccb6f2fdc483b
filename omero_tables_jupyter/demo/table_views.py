"""The views of the webgateway that read tables back."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.demo import tables
from omero_tables_jupyter.demo.attachments import carriers, gateway_entry, visible_on
from omero_tables_jupyter.demo.messages import Response, json_reply
from omero_tables_jupyter.demo.routing import Access, Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.demo.routing import View
    from omero_tables_jupyter.demo.shelf import Annotation
    from omero_tables_jupyter.demo.site import Call

__all__ = ["ROUTES"]


def _told(view: View) -> View:
    """Answer a table's refusals as OMERO.web does: status 200 and ``{"error": ...}``."""

    @wraps(view)
    def answered(call: Call) -> Response:
        try:
            return view(call)
        except tables.TableError as refusal:
            return json_reply(refusal.answer)

    return answered


def _table(call: Call) -> Annotation:
    file_id = int(call.args["file"])
    found = tables.table_of(call, file_id)
    if found is None:
        raise tables.TableError(f"Table {file_id} not found")
    return found


def _reading(read: Callable[[Call, Annotation], Any]) -> View:
    """Make a view from a function that reads one table."""

    def view(call: Call) -> Response:
        return json_reply(read(call, _table(call)))

    return _told(view)


@_told
def _query(call: Call) -> Response:
    wanted = tables.Wanted.by(call.request)
    return json_reply(tables.query(_table(call), wanted))


def _metadata(_: Call, table: Annotation) -> Any:
    return tables.metadata(table)


def _rows(call: Call, table: Annotation) -> Any:
    condition = call.request.get("query")
    if not condition:
        raise tables.TableError("Must specify query")
    start = call.request.get("start") or ""
    return tables.rows(table, condition, int(start) if start.isdecimal() else 0)


def _slice(call: Call, table: Annotation) -> Any:
    form = call.request.form
    wanted = [form.get(name, call.request.get(name)) for name in ("rows", "columns")]
    return tables.cells(table, *wanted)


@_told
def _bitmask(call: Call) -> Response:
    request = call.request
    column = request.get("col_name") or "object"
    mask = tables.bitmask(_table(call), request.get("query") or "", column)
    return Response(200, mask, "application/octet-stream")


@_told
def _object_query(call: Call) -> Response:
    """Query the newest table on an object."""
    pairs = visible_on(call, carriers(call))
    if not pairs:
        raise tables.TableError("Could not retrieve bulk annotations table")
    annotation, link = max(pairs, key=lambda pair: pair[0].file.id)
    found = tables.query(annotation, tables.Wanted.by(call.request))
    entry = gateway_entry(call, annotation, link)
    about = ("owner", "addedBy", "parentType", "parentId", "addedOn")
    return json_reply(
        found
        | {"id": annotation.file.id, "annId": annotation.id}
        | {name: entry[name] for name in about}
    )


_TABLE = "/webgateway/table/<int:file>/"
ROUTES = (
    Route(f"{_TABLE}query/", _query, Access.WEB),
    Route(f"{_TABLE}metadata/", _reading(_metadata), Access.WEB),
    Route(f"{_TABLE}rows/", _reading(_rows), Access.WEB),
    Route(f"{_TABLE}slice/", _reading(_slice), Access.WEB, ("GET", "POST")),
    Route(f"{_TABLE}obj_id_bitmask/", _bitmask, Access.WEB),
    Route("/webgateway/table/<type>/<int:id>/query/", _object_query, Access.WEB),
)
