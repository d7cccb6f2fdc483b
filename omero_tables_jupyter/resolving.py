"""Names of images, wells, plates into ids: what lies below a table's objects is listed once."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.matching import Names
from omero_tables_jupyter.arrays.plan import id_role
from omero_tables_jupyter.arrays.resolved import Lookup, ResolvedSource
from omero_tables_jupyter.errors import OptionError, ProtocolError, TargetError
from omero_tables_jupyter.events import Progress, Stage
from omero_tables_jupyter.links import Target
from omero_tables_jupyter.omero.browse import OmeroObject, find, list_objects
from omero_tables_jupyter.steps import logged_in
from omero_tables_jupyter.text import count, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from omero_tables_jupyter.arrays.conversion import Conversion
    from omero_tables_jupyter.arrays.source import Source
    from omero_tables_jupyter.model import TargetInfo
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.steps import Steps

__all__ = ["announced", "resolved"]

#: From an object towards the objects that are looked for: what is listed below it.
_TOWARDS = {
    ("Project", "Image"): "Dataset",
    ("Project", "Dataset"): "Dataset",
    ("Dataset", "Image"): "Image",
    ("Screen", "Image"): "Plate",
    ("Screen", "Well"): "Plate",
    ("Screen", "Plate"): "Plate",
    ("Plate", "Image"): "Well",
    ("Plate", "Well"): "Well",
    ("PlateAcquisition", "Well"): "Well",
    ("Well", "Image"): "Image",
}
_PAGE = 500
#: No dataset and no plate holds so many; a list that does not end there never will.
_MOST = 2_000_000
_SHOWN = 3
_LABEL = re.compile(r"([A-Z]{1,2})([0-9]{1,2})")


def resolved(
    source: Source,
    resolve: Sequence[tuple[str, str]],
    session: Session | None,
    targets: Sequence[TargetInfo],
    *,
    renamed: Collection[str] = (),
) -> Steps[Source]:
    """Give a source the columns of ids that belong to its columns of names.

    Parameters
    ----------
    source
        The table, opened.
    resolve
        Pairs of a column of names and the column of ids to add: ``("image_name", "Image")``.
    session
        Who looks; None where nobody is asked, as no object was named.
    targets
        The objects that the table hangs on: what lies in them is listed, 500 in a request.
    renamed
        What columns are called by option, by which they may be named as well.

    Raises
    ------
    OptionError
        If there is no such column, or nothing to look in.
    TargetError
        If no such objects lie there.
    OmeroTablesError
        If the server does not answer.

    """
    if not resolve:
        return source
    _check_columns(source, resolve, renamed)
    if session is None or not targets:
        raise OptionError(
            "names can only be looked up among what lies in an object, and none was named",
            hint="name it: --to Dataset:51 (to='Dataset:51')",
        )
    lookups = []
    for column, into in resolve:
        kind = id_role(into).removesuffix(" id")
        found = yield from _all_below(session, kind, targets)
        lookups.append(Lookup(column, into, _names(kind, found, targets)))
    return ResolvedSource(source, lookups)


def announced(conversion: Conversion, resolve: Sequence[tuple[str, str]]) -> Conversion:
    """Put the columns of ids into what is planned, before anybody has looked for the ids.

    Parameters
    ----------
    conversion
        What becomes of the table without them.
    resolve
        As for `resolved`.

    Raises
    ------
    OptionError
        If a column of names is not among those that are stored.

    """
    nobody = Names("", {}, "", ())
    lookups = [Lookup(column, into, nobody) for column, into in resolve]
    survey = ResolvedSource(conversion.source, lookups).with_ids(conversion.survey)
    return conversion.widened(replace(survey, provisional=conversion.survey.provisional))


def _check_columns(
    source: Source, resolve: Sequence[tuple[str, str]], renamed: Collection[str]
) -> None:
    """Refuse a column that is not there before thousands of objects are listed for it."""
    # It remembers what it gave: the conversion to come has its own.
    offered = copy(source).fields("keep").names
    for column, _ in resolve:
        if column not in offered and column not in renamed:
            raise OptionError(
                f"resolve: the table has no column '{column}'",
                hint=did_you_mean(column, [name for name in offered if name]),
            )


def _all_below(
    session: Session, kind: str, targets: Sequence[TargetInfo]
) -> Steps[dict[Target, str]]:
    """List the objects of a type that are targets, or lie below one: their names by target."""
    found: dict[Target, str] = {}
    for info in targets:
        level = [OmeroObject(info.target, info.name)]
        while level and level[0].target.type != kind:
            child = _TOWARDS.get((level[0].target.type, kind), "")
            level = (yield from _below(session, child, level)) if child else []
        found |= {one.target: one.name for one in level}
    return found


def _below(session: Session, kind: str, above: Sequence[OmeroObject]) -> Steps[list[OmeroObject]]:
    listing = _Listing(session, kind)
    found: list[OmeroObject] = []
    for parent in above:
        if parent.target.type == "Well":
            found += yield from listing.fields_of(parent)
        else:
            found += yield from listing.children_of(parent.target, so_far=len(found))
    return found


@dataclass(frozen=True, slots=True)
class _Listing:
    """Lists objects of one type."""

    session: Session
    kind: str

    def children_of(self, parent: Target, *, so_far: int) -> Steps[list[OmeroObject]]:
        found: list[OmeroObject] = []
        while True:
            look = partial(list_objects, parent=parent, limit=_PAGE, offset=len(found))
            page = yield from logged_in(self.session, partial(look, self.session, self.kind))
            found += page.items
            if len(found) > _MOST:
                raise _endless(parent, self.kind)
            unit = f"{self.kind.lower()}s listed"
            yield Progress(Stage.CHECK, so_far + len(found), None, unit)
            if not page.items or len(found) >= page.total:
                return found

    def fields_of(self, well: OmeroObject) -> Steps[list[OmeroObject]]:
        """Give the images of a well, which came with it where the wells were listed."""
        if not well.image_ids:
            seen = yield from logged_in(self.session, lambda: find(self.session, well.target))
            well = seen or well
        pairs = zip(well.image_ids, well.image_names, strict=True)
        return [OmeroObject(Target(self.kind, number), name) for number, name in pairs]


def _endless(parent: Target, kind: str) -> ProtocolError:
    return ProtocolError(
        f"the server lists more than {count(_MOST)} {kind.lower()}s in {parent}, and no end of it",
        hint="check that the address is that of OMERO.web; show this message to its administrator",
    )


def _names(kind: str, found: dict[Target, str], targets: Sequence[TargetInfo]) -> Names:
    where = ", ".join(str(one.target) for one in targets)
    ids: dict[str, tuple[int, ...]] = {}
    for target, name in found.items():
        for spelling in _spellings(kind, name):
            ids[spelling] = (*ids.get(spelling, ()), target.id)
    ids.pop("", None)
    if not ids:
        raise TargetError(
            f"OMERO.web lists no {kind.lower()} below {where}: none can be found there by its name",
            hint="attach the table to what they lie in: --to Dataset:51 for images (to=...), "
            "--to Plate:7 for wells, --to Screen:1 for plates",
        )
    shown = tuple(dict.fromkeys(filter(None, found.values())))[:_SHOWN]
    return Names(kind, ids, where, shown)


def _spellings(kind: str, name: str) -> Iterable[str]:
    """Give the ways to write a name: wells are called B3, B03 and b3 alike."""
    label = _LABEL.fullmatch(name) if kind == "Well" else None
    return {name, *_labels(label[1], int(label[2]))} if label else {name}


def _labels(row: str, column: int) -> Iterator[str]:
    for letters in (row, row.lower()):
        for width in (1, 2, 3):
            yield f"{letters}{column:0{width}}"
