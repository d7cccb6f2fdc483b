"""What all partitions together become: the same as if they were one frame. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from dataclasses import fields as dataclass_fields
from itertools import accumulate
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.blocks import BlockSurvey, Known, survey_of
from omero_tables_jupyter.arrays.distributed.partitions import Part, Shape, Storing
from omero_tables_jupyter.arrays.frames import LABELS_NOTE
from omero_tables_jupyter.arrays.rules import Kind, Trouble
from omero_tables_jupyter.model import FixKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omero_tables_jupyter.arrays.distributed.partitions import Found
    from omero_tables_jupyter.arrays.plan import Pick

__all__ = ["PartsSurvey", "grouped", "merged"]

#: Partitions smaller than this are written together, so that no array is all tiny fragments.
_GROUP_BYTES = 64_000_000
_NO_SHAPE = Shape((), 0, "auto")


@dataclass(frozen=True, slots=True)
class PartsSurvey(BlockSurvey):
    """A survey of partitions: what each has to have, and what was found in it."""

    shape: Shape = _NO_SHAPE
    parts: tuple[Part, ...] = ()

    def storing(self, n_bytes: int) -> Storing:
        """Say how every partition is stored, in batches of about `n_bytes`."""
        return Storing(
            shape=self.shape,
            columns=self.columns,
            kinds=tuple(one.kind for one in self.known),
            forms=self.forms,
            row_bytes=self.row_bytes,
            n_bytes=n_bytes,
        )


def merged(shape: Shape, found: Sequence[Found], *, whole: bool) -> PartsSurvey:
    """Decide what the columns become.

    Parameters
    ----------
    shape
        What every partition has.
    found
        What each holds, in order.
    whole
        Whether these are all partitions; else the survey is provisional.

    """
    starts = accumulate((one.rows for one in found), initial=0)
    numbered = zip(range(len(found)), starts, found, strict=False)
    parts = tuple(Part(*one) for one in numbered)
    filled = [one for one in parts if one.found.rows]
    known = [_agreed(pick, n, filled) for n, pick in enumerate(shape.picks)]
    rows = sum(one.rows for one in found) if whole else None
    base = survey_of(shape.picks, (), known, rows=rows, whole=whole)
    notes = base.notes
    if shape.index == "auto" and not shape.n_index and any(map(_relabels, filled)):
        notes = (LABELS_NOTE, *notes)
    fields = {one.name: getattr(base, one.name) for one in dataclass_fields(base)}
    return PartsSurvey(**{**fields, "notes": notes, "shape": shape, "parts": parts})


def _relabels(part: Part) -> bool:
    return part.found.label != part.first


def _agreed(pick: Pick, n: int, parts: Sequence[Part]) -> Known:
    """Join what the partitions know of a column; where they differ, say where that begins."""
    each = [_known(part, n) for part in parts]
    kinds = {one.kind for one in each}
    if len(kinds) > 1 and all(one.is_blank for one in each):
        # As pandas joins them: to objects, none of which has a type.
        kinds = {Kind.NOTHING}
    joined = Known(next(iter(kinds))) if len(kinds) == 1 else Known()
    for part, one in zip(parts, each, strict=True):
        fits = one.is_blank or joined.is_blank or joined.goes_with(one) or pick.as_text
        if not fits and one.facts.trouble is None:
            mixed = _mixed(joined, one, part)
            one = replace(one, facts=replace(one.facts, trouble=mixed))  # noqa: PLW2901 - the same with its trouble
        joined = joined.plus(one)
    told = {one.kind for one in each if not one.is_blank}
    # As of a frame that mixes them: text because it is asked for, not because they are.
    return replace(joined, kind=Kind.UNKNOWN) if pick.as_text and len(told) > 1 else joined


def _known(part: Part, n: int) -> Known:
    return Known(part.found.kinds[n], part.found.facts[n].moved(part.first))


def _mixed(before: Known, now: Known, part: Part) -> Trouble:
    return Trouble(
        part.first,
        f"holds {now.kind} from row {part.first} on, in partition {part.number}, and {before.kind} "
        "before",
        "make the partitions alike, such as ddf['{column}'] = ddf['{column}'].astype(float), or "
        "store the column as text: {as_text}",
        FixKind.AS_TEXT,
    )


def grouped(survey: PartsSurvey) -> list[tuple[Part, ...]]:
    """Put partitions that follow each other together, each group for one task and one fragment.

    A group holds at least some megabytes of stored values where there are as many; partitions
    without rows are left out.
    """
    enough = _GROUP_BYTES * max(survey.rows or 1, 1) / max(survey.n_bytes, 1)
    groups: list[tuple[Part, ...]] = []
    group: list[Part] = []
    rows = 0
    for part in survey.parts:
        if not part.found.rows:
            continue
        group.append(part)
        rows += part.found.rows
        if rows >= enough:
            groups.append(tuple(group))
            group, rows = [], 0
    return [*groups, tuple(group)] if group else groups
