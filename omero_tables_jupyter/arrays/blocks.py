"""Blocks of rows, and what they add up to: of what kind a column is, and what it becomes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from omero_tables_jupyter.arrays.number_cells import Integers
from omero_tables_jupyter.arrays.plan import Pick, Survey
from omero_tables_jupyter.arrays.rules import Decision, Facts, Form, Kind, Trouble, decide
from omero_tables_jupyter.model import FixKind, Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from omero_tables_jupyter.arrays.cells import Cells

__all__ = [
    "ARROW_TYPES",
    "Block",
    "BlockSurvey",
    "Known",
    "Seen",
    "Tally",
    "survey_of",
    "surveyed",
]

#: The Arrow type in which each stored type travels.
ARROW_TYPES = {
    Stored.INTEGER: pa.int64(),
    Stored.NUMBER: pa.float64(),
    Stored.BOOLEAN: pa.bool_(),
    Stored.TEXT: pa.large_string(),
}
_OFFSET_BYTES = 8
_UNSEEN = Facts()


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows: `get` gives the raw values of the n-th picked column.

    `cells` are those of the picked columns, where this part of a source has its own.
    """

    start: int
    rows: int
    get: Callable[[int], Any]
    cells: tuple[Cells, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """A column of a block: its raw values, and of what kind they are."""

    cells: Cells
    kind: Kind
    raw: Any

    def stored(self, form: Form) -> pa.Array:
        """Convert into stored form."""
        if self.kind is not Kind.NOTHING:
            return self.cells.store(self.raw, form)
        blank = pa.array([form.missing], ARROW_TYPES[form.stored])
        return blank.take(pa.array(np.zeros(len(self.raw), np.int64)))


@dataclass(frozen=True, slots=True)
class Known:
    """Of what kind a column's values are, and the facts about those that were looked at."""

    kind: Kind = Kind.NOTHING
    facts: Facts = _UNSEEN

    @property
    def is_blank(self) -> bool:
        """Whether no value was seen yet, so that any kind may still come."""
        return self.kind is Kind.NOTHING or self.facts.missing == self.facts.rows

    @property
    def trait(self) -> tuple[object, ...]:
        """All that decides what the column becomes; how many values are missing does not."""
        facts = self.facts
        some = (facts.wide, facts.inexact, facts.fraction, facts.digits, facts.trouble)
        return self.kind, bool(facts.missing), self.is_blank, some

    def goes_with(self, other: Known) -> bool:
        """Tell whether values of both kinds can stand in one column."""
        return self.kind is other.kind or {self.kind, other.kind} == {Kind.INTEGER, Kind.NUMBER}

    def plus(self, later: Known) -> Known:
        """Add what a later block tells of the same column."""
        kind = self.kind
        if kind is not later.kind and not later.is_blank:
            if self.goes_with(later):
                kind = Kind.NUMBER
            elif self.is_blank:
                kind = later.kind
        return Known(kind, self.facts + later.facts)

    def counted_as(self, now: Known) -> Known:
        """Give the same with the counts of another reading."""
        there = now.facts
        return Known(
            self.kind,
            replace(
                self.facts,
                rows=there.rows,
                missing=there.missing,
                rounded=there.rounded,
                n_bytes=there.n_bytes,
            ),
        )


@dataclass(frozen=True, slots=True)
class BlockSurvey(Survey):
    """A survey that remembers how to convert: cells and form of each pick, bytes a row."""

    picks: tuple[Pick, ...] = ()
    cells: tuple[Cells, ...] = ()
    known: tuple[Known, ...] = ()
    forms: tuple[Form, ...] = ()
    row_bytes: float = 1.0

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the stored form."""
        return pa.schema(
            [pa.field(one.name, ARROW_TYPES[one.stored], nullable=False) for one in self.columns]
        )


def surveyed(
    picks: Sequence[Pick],
    decisions: Sequence[Decision],
    facts: Sequence[Facts],
    *,
    rows: int | None,
    whole: bool,
) -> BlockSurvey:
    """Put what was found of each pick together; the cells are not among it."""
    return BlockSurvey(
        columns=tuple(one.plan for one in decisions),
        notes=tuple(note for one in decisions for note in one.notes),
        problems=tuple(problem for one in decisions for problem in one.problems),
        rows=rows,
        n_bytes=_n_bytes(decisions, facts, rows),
        provisional=not whole,
        picks=tuple(picks),
        forms=tuple(one.form for one in decisions),
        row_bytes=_row_bytes(decisions, facts),
        text_bytes=sum(one.density for one in facts),
    )


def survey_of(
    picks: Sequence[Pick],
    cells: Sequence[Cells],
    known: Sequence[Known],
    *,
    rows: int | None,
    whole: bool,
) -> BlockSurvey:
    """Decide what each pick becomes by what is known of it."""
    decisions = [decide(pick, one.kind, one.facts) for pick, one in zip(picks, known, strict=True)]
    found = surveyed(picks, decisions, [one.facts for one in known], rows=rows, whole=whole)
    return replace(found, cells=tuple(cells), known=tuple(known))


def _fixed_bytes(decision: Decision) -> int:
    return 1 if decision.form.stored is Stored.BOOLEAN else _OFFSET_BYTES


def _row_bytes(decisions: Sequence[Decision], facts: Sequence[Facts]) -> float:
    """Give the bytes a row where texts are longest, so that a batch stays small there too."""
    return max(sum(_fixed_bytes(one) for one in decisions) + sum(one.density for one in facts), 1.0)


def _n_bytes(decisions: Sequence[Decision], facts: Sequence[Facts], rows: int | None) -> int:
    looked = rows if rows is not None else max((one.rows for one in facts), default=0)
    text = sum(one.n_bytes * looked // one.rows for one in facts if one.rows)
    return looked * sum(_fixed_bytes(one) for one in decisions) + text


class Tally:
    """What the blocks of a source add up to, column by column, as they are read in order.

    Parameters
    ----------
    picks, cells
        The columns, and how they are looked at where a block brings no cells of its own.
    before
        What an earlier reading of the same source has found.

    Attributes
    ----------
    rows
        How many rows were added.
    changed
        The columns of which the last block has told something that may decide what they become.

    """

    def __init__(
        self, picks: Sequence[Pick], cells: Sequence[Cells], before: Sequence[Known] = ()
    ) -> None:
        self.rows = 0
        self.changed: list[int] = []
        self._picks, self._cells = tuple(picks), tuple(cells)
        self._before = tuple(before) or tuple(Known(one.kind) for one in self._cells)
        self._counted = [Known(one.kind) for one in self._before]

    def known(self, n: int) -> Known:
        """Give all that is known of a column, with what an earlier reading has found."""
        return self._before[n].plus(self._counted[n])

    def add(self, block: Block) -> list[Seen]:
        """Look at a block, and give the values that were looked at."""
        self.changed = []
        seen = []
        for n, cells in enumerate(block.cells or self._cells):
            raw, before = block.get(n), self.known(n)
            kind = self._look(n, cells, raw, block)
            if before.trait != self.known(n).trait:
                self.changed.append(n)
            seen.append(Seen(cells, kind, raw))
        self.rows += block.rows
        return seen

    def _look(self, n: int, cells: Cells, raw: Any, block: Block) -> Kind:
        known = self.known(n)
        if cells.kind is known.kind and cells.settled(known.facts):
            self._counted[n] = self._counted[n].plus(Known(cells.kind, Facts(rows=block.rows)))
            return cells.kind
        if known.kind is Kind.NUMBER and isinstance(cells, Integers):
            # They become float64, which cannot hold each of them: nothing vouches for that.
            cells = Integers()
        found = Known(cells.kind, cells.look(raw, block.start))
        if found.is_blank and cells.kind is not known.kind:
            found = replace(found, kind=Kind.NOTHING)
        elif not (known.is_blank or found.goes_with(known) or self._picks[n].as_text):
            trouble = _two_kinds(known, found, block.start)
            found = replace(found, facts=replace(found.facts, trouble=trouble))
        self._counted[n] = self._counted[n].plus(found)
        return found.kind

    def expect(self, n: int, digits: int) -> None:
        """Let times of a column have so many decimals of a second further down."""
        known = self._counted[n]
        if known.kind in (Kind.MOMENT, Kind.TIME):
            self._counted[n] = replace(known, facts=replace(known.facts, digits=digits))

    def survey(self, *, is_whole: bool, rows: int | None = None) -> BlockSurvey:
        """Sum up; `rows` is how many the source has, where that is known before its end."""
        known = list(map(self.known, range(len(self._picks))))
        if is_whole:
            # An earlier reading has counted some of the same rows.
            known = [one.counted_as(now) for one, now in zip(known, self._counted, strict=True)]
        rows = self.rows if is_whole else rows
        return survey_of(self._picks, self._cells, known, rows=rows, whole=is_whole)


def _two_kinds(known: Known, found: Known, start: int) -> Trouble:
    return Trouble(
        start,
        f"holds {found.kind} from row {start} on, and {known.kind} before",
        "give it one type from the start, or store it as text: {as_text}",
        FixKind.AS_TEXT,
    )
