"""Will rows show beside each image in OMERO.web? A rule about columns and targets (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.plan import rename_cure
from omero_tables_jupyter.model import Fix, FixKind, Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.model import ColumnPlan, TargetInfo

__all__ = ["Visibility", "visibility", "visibility_notes"]

#: The column whose ids OMERO.web looks for -> where a table must hang for that.
_CARRIERS = {
    "Image": frozenset({"Project", "Dataset", "Screen", "Plate"}),
    "Well": frozenset({"Screen", "Plate"}),
}
#: The same column -> what lies directly in such a carrier, so that one step up is the cure.
_BELOW = {"Image": frozenset({"Image", "Well"}), "Well": frozenset({"Well"})}
_CARRIER_WORDS = {"Image": "dataset, project, plate or screen", "Well": "plate or screen"}


@dataclass(frozen=True, slots=True)
class Visibility:
    """Whether OMERO.web will show a table's rows beside images or wells.

    Parameters
    ----------
    shows
        Whether it will.
    missed
        Whether it will not, although rows are meant to be found by their image or well; a table
        without such rows misses nothing.
    text
        The same for people, with the cure.
    raise_from
        Targets of which the parent, from `omero_tables_jupyter.omero.browse.parents`, would do
        instead.
    fix
        The rename that would do; None where none would.

    """

    shows: bool
    missed: bool
    text: str
    raise_from: tuple[Target, ...] = ()
    fix: Fix | None = None


def visibility(columns: Sequence[ColumnPlan], targets: Iterable[TargetInfo]) -> Visibility | None:
    """Say whether rows will show beside each image or well.

    OMERO.web looks for a row of ``Image`` 101 only in tables on the dataset, project, plate or
    screen of that image; a table on the image itself is one of its attachments and no more.

    Parameters
    ----------
    columns
        The plan of each column.
    targets
        What the table hangs on.

    Returns
    -------
    Visibility or None
        None where there is no target yet.

    """
    hangs_on = tuple(info.target for info in targets)
    if not hangs_on:
        return None
    linking = [kind for kind in _CARRIERS if _links(columns, kind)]
    shown = [kind for kind in linking if any(one.type in _CARRIERS[kind] for one in hangs_on)]
    if shown:
        where = " and ".join(f"each {kind.lower()}" for kind in shown)
        text = f"rows will show beside {where} in OMERO.web"
        return Visibility(shows=True, missed=False, text=text)
    if linking:
        return _hangs_too_low(linking[0], hangs_on)
    return _links_nothing(columns, hangs_on)


def visibility_notes(
    columns: Sequence[ColumnPlan], targets: Iterable[TargetInfo]
) -> tuple[Note, ...]:
    """Give what `visibility` finds missed as notes of a plan; as parameters, the same."""
    found = visibility(columns, targets)
    return (Note("", found.text, fix=found.fix),) if found is not None and found.missed else ()


def _links(columns: Sequence[ColumnPlan], kind: str) -> bool:
    return any(one.name == kind and one.role == f"{kind} id" for one in columns)


def _hangs_too_low(kind: str, targets: tuple[Target, ...]) -> Visibility:
    example = "Dataset:51" if kind == "Image" else "Plate:7"
    return Visibility(
        shows=False,
        missed=True,
        text=f"OMERO.web will list the table among the attachments, but show no rows beside "
        f"{kind.lower()}s: attach it to their {_CARRIER_WORDS[kind]}, such as --to {example} "
        f"(to='{example}')",
        raise_from=tuple(one for one in targets if one.type in _BELOW[kind]),
    )


def _links_nothing(columns: Sequence[ColumnPlan], targets: tuple[Target, ...]) -> Visibility:
    for kind, carriers in _CARRIERS.items():
        other = next((one for one in columns if one.role == f"{kind} id"), None)
        if other is not None and any(one.type in carriers for one in targets):
            return Visibility(
                shows=False,
                missed=True,
                text=f"OMERO.web will show no rows beside {kind.lower()}s, as it looks for a "
                f"column '{kind}', and this one is called '{other.name}': "
                f"{rename_cure(other.source, kind)}",
                fix=Fix(FixKind.RENAME, other.source, kind),
            )
    if all(one.type == "Roi" for one in targets):
        return Visibility(
            shows=False,
            missed=True,
            text="OMERO.web may list a table that hangs on ROIs alone nowhere: attach it to the "
            "image or the dataset as well, such as --to Image:101 (to='Image:101')",
        )
    return Visibility(
        shows=False,
        missed=False,
        text="OMERO.web will list the table among the attachments; to show rows beside images it "
        "needs a column 'Image' with their ids",
    )
