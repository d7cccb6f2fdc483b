"""The ``/api/v0/m/`` views: lists, single objects, children."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.demo.lab import LabObject, Well
from omero_tables_jupyter.demo.messages import ApiError, bad_request, json_reply
from omero_tables_jupyter.demo.object_json import Encoder
from omero_tables_jupyter.demo.routing import Access, Route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omero_tables_jupyter.demo.lab import Noun
    from omero_tables_jupyter.demo.messages import Request, Response
    from omero_tables_jupyter.demo.site import Call

__all__ = ["ROUTES"]

_DEFAULT_LIMIT, _MAX_LIMIT = 200, 500
_EVERYBODY = -1
_KINDS = {
    "projects": "Project",
    "datasets": "Dataset",
    "images": "Image",
    "screens": "Screen",
    "plates": "Plate",
    "plateacquisitions": "PlateAcquisition",
    "wells": "Well",
    "rois": "Roi",
    "shapes": "Shape",
    "experimenters": "Experimenter",
    "experimentergroups": "ExperimenterGroup",
}
_LISTS = tuple(plural for plural in _KINDS if plural != "plateacquisitions")
#: Which query parameter filters which kind, and by what.
_FILTERS = {
    "Project": {"dataset": "Dataset"},
    "Dataset": {"project": "Project", "image": "Image"},
    "Image": {"dataset": "Dataset"},
    "Screen": {"plate": "Plate"},
    "Plate": {"screen": "Screen", "well": "Well"},
    "Well": {"plate": "Plate"},
    "Roi": {"image": "Image"},
    "Experimenter": {"experimentergroup": "ExperimenterGroup"},
    "ExperimenterGroup": {"experimenter": "Experimenter"},
}
_CHILDREN = {
    "projects": ("datasets",),
    "datasets": ("images", "projects"),
    "images": ("datasets", "rois"),
    "screens": ("plates",),
    "plates": ("screens", "wells", "plateacquisitions"),
    "plateacquisitions": ("wells",),
    "wells": ("plates",),
    "experimentergroups": ("experimenters",),
    "experimenters": ("experimentergroups",),
}
_HOMES = {"Dataset": ("Project",), "Image": ("Dataset", "Well"), "Plate": ("Screen",)}
_COUNTED = {"Project": "Dataset", "Dataset": "Image", "Screen": "Plate"}
_PEOPLE = ("Experimenter", "ExperimenterGroup")
_DELETABLE = ("Project", "Dataset", "Screen")


@dataclass(frozen=True, slots=True)
class _Page:
    offset: int
    limit: int

    @classmethod
    def asked_for(cls, request: Request) -> _Page:
        offset = max(0, _integer(request, "offset", 0))
        limit = _integer(request, "limit", _DEFAULT_LIMIT)
        return cls(offset, _DEFAULT_LIMIT if limit < 0 else min(limit, _MAX_LIMIT))


def _integer(request: Request, name: str, default: int) -> int:
    given = request.get(name)
    if given is None:
        return default
    try:
        return int(given)
    except ValueError as fault:
        raise bad_request(str(fault)) from None


def _inner_integer(words: str) -> int:
    """Read a number as OMERO.web's inner layers do, where a bad one is a 500."""
    try:
        return int(words)
    except ValueError as fault:
        raise ApiError(500, str(fault), stacktrace=True) from None


def _encoder(call: Call) -> Encoder:
    return Encoder(call.site.lab, call.user, call.request.base_url)


def _visible(call: Call, kind: str) -> Iterator[Noun]:
    lab, user = call.site.lab, call.user
    return (noun for noun in lab.of(kind) if lab.can_read(user, noun))


def _in_group(nouns: Iterator[Noun], group: int) -> Iterator[Noun]:
    if group == _EVERYBODY:
        return nouns
    return (noun for noun in nouns if isinstance(noun, LabObject) and noun.group == group)


def _selected(call: Call, kind: str) -> list[Noun]:
    """Give what the query parameters leave of a kind, in order."""
    lab, request = call.site.lab, call.request
    nouns = _visible(call, kind)
    owner = _integer(request, "owner", _EVERYBODY)
    if kind not in _PEOPLE:
        nouns = _in_group(nouns, _inner_integer(request.get("group") or str(_EVERYBODY)))
        if owner != _EVERYBODY:
            nouns = (n for n in nouns if isinstance(n, LabObject) and n.owner == owner)
    for name, other in _FILTERS.get(kind, {}).items():
        if (given := request.get(name)) is not None:
            wanted = lab.linked((other, _inner_integer(given)), kind)
            nouns = _only(nouns, wanted)
    found = list(nouns)
    if request.get("orphaned") == "true" and kind in _HOMES:
        found = [noun for noun in found if not _has_home(call, noun)]
    return found


def _only(nouns: Iterator[Noun], ids: frozenset[int]) -> Iterator[Noun]:
    return (noun for noun in nouns if noun.id in ids)


def _has_home(call: Call, noun: Noun) -> bool:
    key = noun.kind, noun.id
    return any(call.site.lab.linked(key, home) for home in _HOMES[noun.kind])


def _envelope(call: Call, nouns: list[Noun]) -> Response:
    page = _Page.asked_for(call.request)
    encoder = _encoder(call)
    shown = nouns[page.offset : page.offset + page.limit]
    data = [_counted(call, noun, encoder.listed(noun)) for noun in shown]
    answer: dict[str, Any] = {
        "data": data,
        "meta": {
            "offset": page.offset,
            "limit": page.limit,
            "maxLimit": _MAX_LIMIT,
            "totalCount": len(nouns),
        },
    }
    if call.request.get("normalize") == "true":
        answer |= _normalized(data)
    return json_reply(answer, versioned=True)


def _counted(call: Call, noun: Noun, encoded: dict[str, Any]) -> dict[str, Any]:
    child = _COUNTED.get(noun.kind)
    if child is None or call.request.get("childCount") != "true":
        return encoded
    count = len(call.site.lab.linked((noun.kind, noun.id), child))
    return {**encoded, "omero:childCount": count}


def _normalized(data: list[dict[str, Any]]) -> dict[str, Any]:
    """Take owners and groups out of the entries, into lists of their own."""
    people: dict[int, Any] = {}
    groups: dict[int, Any] = {}
    for entry in data:
        details = entry["omero:details"]
        if "owner" not in details:
            continue
        owner, group = details["owner"], details["group"]
        people[owner["@id"]], groups[group["@id"]] = owner, group
        details["owner"], details["group"] = {"@id": owner["@id"]}, {"@id": group["@id"]}
    return {"experimenters": list(people.values()), "experimenterGroups": list(groups.values())}


def _listing(call: Call) -> Response:
    _check_method(call)
    return _envelope(call, _selected(call, _KINDS[call.args["plural"]]))


def _check_method(call: Call) -> None:
    """Break down as OMERO.web does, which cannot put Django's own 405 into JSON."""
    if call.request.method not in ("GET", "HEAD"):
        words = f"Demo server: {call.request.method} is not supported here"
        raise ApiError(500, words, stacktrace=True)


def _single(call: Call) -> Response:
    kind, noun_id = _KINDS[call.args["plural"]], int(call.args["id"])
    if call.request.method == "DELETE":
        reason = "is not supported by the demo server" if kind in _DELETABLE else "not supported"
        raise ApiError(405, f"Delete of {kind} {reason}", stacktrace=True)
    _check_method(call)
    noun = call.site.lab.get(kind, noun_id)
    if noun is None or not call.site.lab.can_read(call.user, noun):
        raise ApiError(404, f"{kind} {noun_id} not found", stacktrace=True)
    found = _counted(call, noun, _encoder(call).single(noun))
    return json_reply({"data": found}, versioned=True)


def _children(call: Call) -> Response:
    _check_method(call)
    outer, inner = _KINDS[call.args["plural"]], _KINDS[call.args["children"]]
    ids = _linked(call, outer, int(call.args["id"]), inner)
    found = [noun for noun in _selected(call, inner) if noun.id in ids]
    if (index := call.args.get("index")) is not None:
        found = [field for noun in found for field in _one_field(noun, int(index))]
    return _envelope(call, found)


def _linked(call: Call, outer: str, outer_id: int, inner: str) -> frozenset[int]:
    lab = call.site.lab
    if outer != "PlateAcquisition":
        return lab.linked((outer, outer_id), inner)
    wells = (noun for noun in lab.of("Well") if isinstance(noun, Well))
    return frozenset(w.id for w in wells if any(s.run == outer_id for s in w.samples))


def _one_field(noun: Noun, index: int) -> Iterator[Noun]:
    if isinstance(noun, Well):
        samples = tuple(sample for sample in noun.samples if sample.index == index)
        if samples:
            yield replace(noun, samples=samples)


_ANY = ("GET", "POST", "PUT", "DELETE")


def _routes() -> Iterator[Route]:
    m = "/api/v0/m/"
    lists, singles = "|".join(_LISTS), "|".join(_KINDS)
    yield Route(f"{m}<plural={lists}>/", _listing, Access.API, _ANY)
    yield Route(f"{m}<plural={singles}>/<int:id>/", _single, Access.API, _ANY)
    for outer, inner in _CHILDREN.items():
        start = f"{m}<plural={outer}>/<int:id>/"
        yield Route(f"{start}<children={'|'.join(inner)}>/", _children, Access.API, _ANY)
        if outer in ("plates", "plateacquisitions"):
            fields = "wellsampleindex/<int:index>/<children=wells>/"
            yield Route(start + fields, _children, Access.API, _ANY)


ROUTES = tuple(_routes())
