"""What every source of a table can do, and how block-wise ones do it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

import pyarrow as pa

from omero_tables_jupyter.model import Note, Stored
from omero_tables_jupyter.tables.cells import AsText, Cells, Refused
from omero_tables_jupyter.tables.plan import Pick, Survey
from omero_tables_jupyter.tables.rules import TEXTUAL, Decision, Facts, Form, decide

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

__all__ = [
    "ARROW_TYPES",
    "Batches",
    "Block",
    "BlockSource",
    "BlockSurvey",
    "Fields",
    "Source",
    "surveyed",
]

#: The Arrow type in which each stored type travels.
ARROW_TYPES = {
    Stored.INTEGER: pa.int64(),
    Stored.NUMBER: pa.float64(),
    Stored.BOOLEAN: pa.bool_(),
    Stored.TEXT: pa.large_string(),
}
_LOOK_ROWS = 16_384
_OFFSET_BYTES = 8
_MINIMAL_ROWS = 64


@dataclass(frozen=True, slots=True)
class Fields:
    """The columns that a source offers.

    Parameters
    ----------
    names
        Their labels as text, in order; they may repeat or be empty.
    n_index
        How many of them, from the first, come from the frame's index.
    notes
        What the user should know, such as an index that is left out.

    """

    names: tuple[str, ...]
    n_index: int = 0
    notes: tuple[Note, ...] = ()


class Batches(Protocol):
    """Record batches in stored form, once through."""

    @property
    def survey(self) -> Survey:
        """Give what is known by now; complete once the iteration has ended."""

    @property
    def bytes_read(self) -> tuple[int, int] | None:
        """Give how much of a file is read, and of how much; None where rows are counted."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give itself."""

    def __next__(self) -> pa.RecordBatch:
        """Give the next batch."""

    def close(self) -> None:
        """Stop reading."""


class Source(ABC):
    """A table, whatever holds it.

    Attributes
    ----------
    label
        The source in words: 'DataFrame', 'cells.csv'.
    default_name
        A name for the table, '' where the source has none.
    rows
        How many rows; None where nobody knows before reading.

    """

    label: str
    default_name: str = ""
    rows: int | None = None

    @abstractmethod
    def fields(self, index: str) -> Fields:
        """Give the columns under an index rule: ``auto``, ``keep`` or ``drop``."""

    @abstractmethod
    def survey(self, picks: Sequence[Pick], *, whole: bool) -> Survey:
        """Decide what the picked columns become, from all rows or from the first block."""

    @abstractmethod
    def batches(self, survey: Survey, *, n_bytes: int) -> Batches:
        """Give the rows in stored form and in order, about `n_bytes` at a time; repeatable.

        Raises
        ------
        omero_tables_jupyter.tables.plan.Widened
            Where a later block does not fit a provisional survey.

        """

    def settled(self, survey: Survey) -> Survey:
        """Give the survey to write with; by default this one, `batches` telling what it misses."""
        return survey


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows: `get` gives the raw values of the n-th picked column."""

    start: int
    rows: int
    get: Callable[[int], Any]


@dataclass(frozen=True, slots=True)
class BlockSurvey(Survey):
    """A survey that remembers how to convert: cells and form of each pick, bytes a row."""

    picks: tuple[Pick, ...] = ()
    cells: tuple[Cells, ...] = ()
    forms: tuple[Form, ...] = ()
    row_bytes: float = 1.0


class BlockSource(Source):
    """A source that is read as blocks of rows, as often as needed.

    Attributes
    ----------
    in_memory
        Whether looking at all rows is cheap, so that no plan need be provisional.

    """

    in_memory = False

    @abstractmethod
    def cells(self, pick: Pick) -> Cells:
        """Choose the cells for a column."""

    @abstractmethod
    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Give the picked columns, about `rows` rows at a time."""

    def survey(self, picks: Sequence[Pick], *, whole: bool) -> BlockSurvey:
        """Look at the columns that need it, for as long as they need it."""
        cells = tuple(self.wanted_cells(pick) for pick in picks)
        facts, complete = self.look(picks, cells, whole=whole)
        decisions = [
            decide(pick, one.kind, fact)
            for pick, one, fact in zip(picks, cells, facts, strict=True)
        ]
        rows = self.rows if self.rows is not None else (_most_rows(facts) if complete else None)
        return replace(surveyed(picks, decisions, facts, rows=rows, whole=complete), cells=cells)

    def wanted_cells(self, pick: Pick) -> Cells:
        """Choose the cells for a column, and wrap those that are wanted as text."""
        cells = self.cells(pick)
        asked = pick.as_text and cells.kind not in TEXTUAL
        return AsText(cells) if asked and not isinstance(cells, Refused) else cells

    def look(
        self, picks: Sequence[Pick], cells: Sequence[Cells], *, whole: bool
    ) -> tuple[list[Facts], bool]:
        """Look at the first block, then at all of the columns that are not settled by it."""
        facts = [Facts()] * len(picks)
        blocks = self.blocks(picks, _LOOK_ROWS)
        opening = next(blocks, None)
        if opening is None:
            return facts, True
        facts = [one.look(opening.get(n), opening.start) for n, one in enumerate(cells)]
        done = self.rows is not None and opening.rows >= self.rows
        left = [n for n, one in enumerate(cells) if not one.settled(facts[n])]
        if done or not left:
            return facts, done or self.rows is not None
        if not whole and not self.in_memory:
            return facts, False
        for block in self.blocks([picks[n] for n in left], _LOOK_ROWS):
            if block.start < opening.rows:
                continue
            for position, n in enumerate(left):
                if not cells[n].settled(facts[n]):
                    facts[n] += cells[n].look(block.get(position), block.start)
        return facts, True

    def batches(self, survey: Survey, *, n_bytes: int) -> BlockBatches:
        """Convert block by block."""
        if not isinstance(survey, BlockSurvey):
            raise TypeError("a block source needs its own survey")
        rows = max(int(n_bytes / survey.row_bytes), _MINIMAL_ROWS)
        return BlockBatches(survey, self.blocks(survey.picks, rows))

    def settled(self, survey: Survey) -> Survey:
        """Look at the rest of the rows: what is written must not be provisional."""
        if not survey.provisional or not isinstance(survey, BlockSurvey):
            return survey
        return self.survey(survey.picks, whole=True)


class BlockBatches:
    """The blocks of a source in stored form; see `Batches`."""

    bytes_read = None

    def __init__(self, survey: BlockSurvey, blocks: Iterator[Block]) -> None:
        self.survey: Survey = survey
        self._batches = _stored(survey, blocks)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> pa.RecordBatch:
        return next(self._batches)

    def close(self) -> None:
        """Stop reading."""
        self._batches.close()


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
    )


def _stored(survey: BlockSurvey, blocks: Iterator[Block]) -> Generator[pa.RecordBatch, None, None]:
    schema = pa.schema(
        [pa.field(one.name, ARROW_TYPES[one.stored], nullable=False) for one in survey.columns]
    )
    for block in blocks:
        arrays = [
            cells.store(block.get(n), form)
            for n, (cells, form) in enumerate(zip(survey.cells, survey.forms, strict=True))
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _most_rows(facts: Sequence[Facts]) -> int:
    return max((one.rows for one in facts), default=0)


def _fixed_bytes(decision: Decision) -> int:
    return 1 if decision.form.stored is Stored.BOOLEAN else _OFFSET_BYTES


def _row_bytes(decisions: Sequence[Decision], facts: Sequence[Facts]) -> float:
    """Give the bytes a row where texts are longest, so that a batch stays small there too."""
    return max(sum(_fixed_bytes(one) for one in decisions) + sum(one.density for one in facts), 1.0)


def _n_bytes(decisions: Sequence[Decision], facts: Sequence[Facts], rows: int | None) -> int:
    looked = rows if rows is not None else _most_rows(facts)
    text = sum(one.n_bytes * looked // one.rows for one in facts if one.rows)
    return looked * sum(_fixed_bytes(one) for one in decisions) + text
