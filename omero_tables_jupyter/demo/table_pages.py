"""A table's own page, the same as JSON, and as CSV."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from omero_tables_jupyter.demo import tables
from omero_tables_jupyter.demo.markup import Safe, tag
from omero_tables_jupyter.demo.messages import PageError, Response, html, json_reply
from omero_tables_jupyter.demo.pages import frame
from omero_tables_jupyter.demo.routing import Access, Route

if TYPE_CHECKING:
    from omero_tables_jupyter.demo.shelf import Annotation
    from omero_tables_jupyter.demo.site import Call

__all__ = ["ROUTES", "cells_table"]

_PAGE_ROWS = 200
_LINKED = ("Image", "Well", "Roi", "Plate", "Dataset")


def _table(call: Call) -> Annotation:
    found = tables.table_of(call, int(call.args["file"]))
    if found is None:
        raise PageError(404)
    return found


def _wanted(call: Call) -> tables.Wanted:
    try:
        return tables.Wanted.by(call.request, limit=_PAGE_ROWS, query="*")
    except ValueError:
        raise PageError(500) from None


def _as_json(call: Call) -> Response:
    annotation, wanted = _table(call), _wanted(call)
    file = annotation.file
    try:
        answer = tables.query(annotation, wanted)
    except tables.TableError as refusal:
        return json_reply(refusal.answer)
    answer["data"] |= {"id": file.id, "name": file.name, "path": file.folder}
    url = f"{call.request.prefix}/webclient/omero_table/{file.id}/"
    steps = {name: url + step for name, step in _steps(wanted, answer["meta"]).items()}
    limit = wanted.limit or _PAGE_ROWS
    page = {} if wanted.offset % limit else {"page": wanted.offset // limit + 1}
    answer["meta"] |= {"query": wanted.query, **page, "url": url, **steps}
    return json_reply(answer)


def _steps(wanted: tables.Wanted, meta: dict[str, Any]) -> dict[str, str]:
    """Give the ways to the page before and to the page after, where there are such."""
    limit = wanted.limit or _PAGE_ROWS
    kept = {"query": wanted.query} if wanted.query != "*" else {}
    offsets = {}
    if wanted.offset > 0:
        offsets["prev"] = max(0, wanted.offset - limit)
    if wanted.offset + limit < meta["totalCount"]:
        offsets["next"] = wanted.offset + limit
    return {
        name: "?" + urlencode({"limit": limit, **kept, "offset": offset})
        for name, offset in offsets.items()
    }


def _as_csv(call: Call) -> Response:
    annotation = _table(call)
    try:
        data = tables.query(annotation, _wanted(call))["data"]
    except tables.TableError as refusal:
        return json_reply(refusal.answer)
    written = io.StringIO()
    lines = csv.writer(written)
    if call.request.get("header") != "false":
        lines.writerow(data["columns"])
    lines.writerows(data["rows"])
    name = re.sub(r"[^\w .()-]", "_", annotation.file.name, flags=re.ASCII)
    disposition = ("Content-Disposition", f"attachment; filename={name}.csv")
    return Response(200, written.getvalue().encode(), "text/csv", (disposition,))


def _page(call: Call) -> Response:
    annotation, wanted = _table(call), _wanted(call)
    name, root = annotation.file.name, call.request.root
    form = tag(
        "form",
        tag("label", "Rows where", for_="query"),
        tag("input", id="query", name="query", value=wanted.query, class_="wide"),
        tag("button", "Show", type="submit"),
        tag("a", "CSV", href="csv/?" + urlencode({"query": wanted.query})),
    )
    try:
        answer = tables.query(annotation, wanted)
    except tables.TableError as refusal:
        shown = [tag("p", str(refusal), class_="problem", role="alert")]
    else:
        shown = [_position(wanted, answer), cells_table(call, answer["data"])]
    heading = tag("h1", tag("span", f"Table {annotation.file.id}", class_="kind"), name)
    body = tag("section", form, *shown)
    parents = _parents(call, annotation)
    return html(frame(name, heading, parents, body, root=root, who=call.user.full_name))


def _parents(call: Call, annotation: Annotation) -> Safe:
    keys = [link.parent for link in annotation.links]
    links = [
        tag(
            "span",
            tag("a", f"{kind} {number}", href=_show(call, kind, number)),
        )
        for kind, number in keys
    ]
    return tag("p", "on ", *links, class_="facts")


def _show(call: Call, kind: str, number: int) -> str:
    name = {"PlateAcquisition": "run"}.get(kind, kind.lower())
    return f"{call.request.root}webclient/?show={name}-{number}"


def _position(wanted: tables.Wanted, answer: dict[str, Any]) -> Safe:
    meta, count = answer["meta"], len(answer["data"]["rows"])
    first = wanted.offset + 1 if count else 0
    hits = f"{first:,} to {wanted.offset + count:,} of {meta['totalCount']:,} rows"
    if meta["totalCount"] != meta["rowCount"]:
        hits += f" that match, {meta['rowCount']:,} in all"
    names = {"prev": "← before", "next": "after →"}
    steps = [
        tag("span", tag("a", names[name], href=step)) for name, step in _steps(wanted, meta).items()
    ]
    return tag("p", tag("span", hits), *steps, class_="facts", role="status")


def cells_table(call: Call, data: dict[str, Any]) -> Safe:
    """Show rows; ids of OMERO objects lead to their pages."""
    types = data["column_types"]
    heads = [
        tag("th", name, tag("small", kind.removesuffix("Column")), scope="col")
        for name, kind in zip(data["columns"], types, strict=True)
    ]
    lines = [
        tag("tr", *(_cell(call, value, kind) for value, kind in zip(row, types, strict=True)))
        for row in data["rows"]
    ]
    table = tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *lines))
    return tag("div", table, class_="scroll")


def _cell(call: Call, value: Any, kind: str) -> Safe:
    linked = kind.removesuffix("Column")
    if linked in _LINKED and isinstance(value, int) and value >= 0:
        return tag("td", tag("a", str(value), href=_show(call, linked, value)), class_="number")
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return tag("td", str(value), class_="number" if numeric else None)


_TABLE = "/webclient/omero_table/<int:file>/"
ROUTES = (
    Route(_TABLE, _page, Access.WEB),
    Route(f"{_TABLE}json/", _as_json, Access.WEB),
    Route(f"{_TABLE}csv/", _as_csv, Access.WEB),
)
