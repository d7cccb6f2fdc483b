"""The page of an object: where it lies, its tables, the rows that speak of it, what lies in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.demo import tables
from omero_tables_jupyter.demo.attachments import visible_on
from omero_tables_jupyter.demo.lab import Image, LabObject
from omero_tables_jupyter.demo.markup import Safe, join, tag
from omero_tables_jupyter.demo.messages import PageError, Response, html, redirect
from omero_tables_jupyter.demo.pages import frame, section
from omero_tables_jupyter.demo.people import tops
from omero_tables_jupyter.demo.routing import Access, Route
from omero_tables_jupyter.demo.table_pages import cells_table

if TYPE_CHECKING:
    from omero_tables_jupyter.demo.lab import Key
    from omero_tables_jupyter.demo.shelf import Annotation
    from omero_tables_jupyter.demo.site import Call

__all__ = ["ROUTES"]

_SHOWN = {
    "project": "Project",
    "dataset": "Dataset",
    "image": "Image",
    "screen": "Screen",
    "plate": "Plate",
    "well": "Well",
    "roi": "Roi",
    "acquisition": "PlateAcquisition",
    "run": "PlateAcquisition",
}
_LINK_NAMES = {kind: name for name, kind in _SHOWN.items() if name != "acquisition"}
_WORDS = {"Roi": "ROI", "PlateAcquisition": "Run"}
_MOST_ROWS = 50
_MOST_CHILDREN = 200


def _root(call: Call) -> str:
    return call.request.root


def _link(call: Call, thing: LabObject, *content: str) -> Safe:
    show = f"{_root(call)}webclient/?show={_LINK_NAMES[thing.kind]}-{thing.id}"
    return tag("a", *(content or (thing.name,)), href=show)


def _kind(thing: LabObject) -> Safe:
    return tag("span", f"{_WORDS.get(thing.kind, thing.kind)} {thing.id}", class_="kind")


def _noun(thing: LabObject) -> str:
    word = _WORDS.get(thing.kind, thing.kind)
    return word if word.isupper() else word.lower()


def _page(call: Call, title: str, *content: str) -> Response:
    return html(frame(title, *content, root=_root(call), who=call.user.full_name))


def _home_or_object(call: Call) -> Response:
    show = call.request.get("show")
    if not show:
        return _home(call)
    found = [thing for name in show.split("|") if (thing := _named(call, name)) is not None]
    if not found:
        raise PageError(404)
    return _object(call, *found)


def _named(call: Call, name: str) -> LabObject | None:
    """Find what ``image-101`` or ``image.name-cells.tif`` means, if the visitor may see it."""
    kind, _, wanted = name.partition("-")
    kind, _, by_name = kind.partition(".")
    lab = call.site.lab
    for thing in lab.of(_SHOWN.get(kind, "")):
        fits = thing.name == wanted if by_name == "name" else str(thing.id) == wanted
        if fits and isinstance(thing, LabObject) and lab.can_read(call.user, thing):
            return thing
    return None


def _home(call: Call) -> Response:
    boxes = [
        section(title, _list(call, things))
        for title, things in (
            ("Projects", tops(call, "Project")),
            ("Screens", tops(call, "Screen")),
            ("In no project or screen", [*tops(call, "Dataset"), *tops(call, "Plate")]),
        )
    ]
    mine = [a for a in call.site.shelf.all() if a.group in call.user.groups]
    boxes.insert(0, section("Tables", _table_list(call, mine)))
    return _page(call, "Home", tag("h1", "The demo lab"), *boxes)


def _list(call: Call, things: list[LabObject]) -> Safe:
    entries = [tag("li", _kind(thing), _link(call, thing)) for thing in things]
    return tag("ul", *entries, class_="plain")


def _table_list(call: Call, annotations: list[Annotation]) -> Safe:
    if not annotations:
        return tag("p", "None yet.", class_="dim")
    entries = [
        tag("li", _table_link(call, a), " ", tag("span", _size(a), class_="dim"))
        for a in annotations
    ]
    return tag("ul", *entries, class_="plain")


def _table_link(call: Call, annotation: Annotation) -> Safe:
    file = annotation.file
    return tag("a", file.name, href=f"{_root(call)}webclient/omero_table/{file.id}/")


def _size(annotation: Annotation) -> str:
    try:
        with tables.opened(annotation) as table:
            return f"{table.rows:,} rows, {len(table.columns)} columns"
    except tables.TableError as refusal:
        return str(refusal)


def _object(call: Call, thing: LabObject, *others: LabObject) -> Response:
    attached = [annotation for annotation, _ in visible_on(call, [thing.key])]
    content = (
        _crumbs(call, thing),
        tag("h1", _kind(thing), thing.name),
        _facts(call, thing),
        section("Also in this link", _list(call, list(others))) if others else "",
        _picture(call, thing) if isinstance(thing, Image) else "",
        *_rows_about(call, thing),
        section(f"Tables on this {_noun(thing)}", _table_list(call, attached)),
        *_contents(call, thing),
    )
    return _page(call, thing.name, *content)


def _crumbs(call: Call, thing: LabObject) -> Safe:
    above = [call.site.lab.object(*key) for key in reversed(call.site.lab.ancestors(thing.key))]
    links = [_link(call, one) for one in above if one is not None]
    home = tag("a", "The demo lab", href=f"{_root(call)}webclient/")
    return tag("nav", home, *links, class_="crumbs", aria_label="Where it lies")


def _facts(call: Call, thing: LabObject) -> Safe:
    lab = call.site.lab
    may = "you can annotate" if lab.can_annotate(call.user, thing) else "you may look only"
    facts = (lab.user(thing.owner).full_name, lab.group(thing.group).name, may)
    line = tag("p", *(tag("span", fact) for fact in facts), class_="facts")
    return join(line, tag("p", thing.description) if thing.description else "")


def _thumbnail(call: Call, image: Image, size: int) -> Safe:
    source = f"{_root(call)}webgateway/render_thumbnail/{image.id}/{size}/"
    return tag("img", src=source, alt="", loading="lazy")


def _picture(call: Call, image: Image) -> Safe:
    return tag("div", _thumbnail(call, image, 256), class_="large")


def _rows_about(call: Call, thing: LabObject) -> list[Safe]:
    """Show the rows on an image or a well, out of the tables on what it lies in."""
    if thing.kind not in ("Image", "Well"):
        return []
    above: list[Key] = call.site.lab.ancestors(thing.key)
    found = {a.id: a for a, _ in visible_on(call, above)}
    boxes = (_rows_of(call, annotation, thing) for annotation in found.values())
    return [box for box in boxes if box is not None]


def _rows_of(call: Call, annotation: Annotation, thing: LabObject) -> Safe | None:
    try:
        column = _id_column(annotation, thing)
        if column is None:
            return None
        wanted = tables.Wanted(f"{column}=={thing.id}", limit=_MOST_ROWS)
        answer = tables.query(annotation, wanted)
    except tables.TableError as refusal:
        return section(f"Rows in {annotation.file.name}", tag("p", str(refusal), class_="dim"))
    data, count = answer["data"], answer["meta"]["totalCount"]
    shown = f"the first {len(data['rows'])} of {count:,}" if count > _MOST_ROWS else f"all {count}"
    note = tag("p", shown, " rows from ", _table_link(call, annotation), class_="dim")
    return section(f"Rows for this {_noun(thing)}", note, cells_table(call, data))


def _id_column(annotation: Annotation, thing: LabObject) -> str | None:
    with tables.opened(annotation) as table:
        wanted = f"{thing.kind}Column"
        return next((column.name for column in table.columns if column.type == wanted), None)


def _contents(call: Call, thing: LabObject) -> list[Safe]:
    lab = call.site.lab
    inside = [lab.object(*key) for key in lab.children(thing.key)]
    images = [one for one in inside if isinstance(one, Image)]
    others = [one for one in inside if one is not None and not isinstance(one, Image)]
    boxes = []
    if images:
        boxes.append(section(f"Images ({len(images)})", _gallery(call, images[:_MOST_CHILDREN])))
    if others:
        boxes.append(section("Contains", _list(call, others[:_MOST_CHILDREN])))
    return boxes


def _gallery(call: Call, images: list[Image]) -> Safe:
    tiles = [_link(call, image, _thumbnail(call, image, 128), image.name) for image in images]
    return tag("div", *tiles, class_="grid")


def _image_detail(call: Call) -> Response:
    found = _named(call, f"image-{int(call.args['id'])}")
    if found is None:
        raise PageError(404)
    return _object(call, found)


def _front_door(call: Call) -> Response:
    return redirect(call.request.way_to("/webclient/"), status=301)


ROUTES = (
    Route("/", _front_door),
    Route("/webclient/", _home_or_object, Access.WEB),
    Route("/webclient/img_detail/<int:id>/", _image_detail, Access.WEB),
)
