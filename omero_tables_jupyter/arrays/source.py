"""What every source of a table can do, and how block-wise ones do it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from omero_tables_jupyter.arrays.batches import BlockBatches, stored, watched
from omero_tables_jupyter.arrays.blocks import (
    ARROW_TYPES,
    Block,
    BlockSurvey,
    Known,
    Tally,
    survey_of,
    surveyed,
)
from omero_tables_jupyter.arrays.cells import Cells, Refused
from omero_tables_jupyter.arrays.rules import TEXTUAL, Facts
from omero_tables_jupyter.arrays.text_cells import AsText

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from omero_tables_jupyter.arrays.plan import Pick, Survey
    from omero_tables_jupyter.model import Note

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

_LOOK_ROWS = 16_384
#: Where texts may get longer further down, a block must not have too many rows.
_UNSEEN_ROWS = 32_768
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
    repeatable
        Whether it can be read more than once.
    in_memory
        Whether looking at all rows is cheap, so that no plan need be provisional.

    """

    label: str
    default_name: str = ""
    rows: int | None = None
    repeatable: bool = True
    in_memory: bool = False

    @abstractmethod
    def fields(self, index: str) -> Fields:
        """Give the columns under an index rule: ``auto``, ``keep`` or ``drop``."""

    @abstractmethod
    def survey(self, picks: Sequence[Pick], *, whole: bool) -> Survey:
        """Decide what the picked columns become, from all rows or from the first block."""

    @abstractmethod
    def batches(self, survey: Survey, *, n_bytes: int) -> Batches:
        """Give the rows in stored form and in order, about `n_bytes` at a time.

        Raises
        ------
        omero_tables_jupyter.arrays.plan.Widened
            Where a later block does not fit a provisional survey.

        """

    def beginning(self, survey: Survey) -> Batches:
        """Give the first rows, few at a time, and use nothing up; see `batches`."""
        return self.batches(survey, n_bytes=1)

    def settled(self, survey: Survey) -> Survey:
        """Give the survey to write with; by default this one, `batches` telling what it misses."""
        return survey


class BlockSource(Source):
    """A source that is read as blocks of rows, as often as needed."""

    @abstractmethod
    def cells(self, pick: Pick) -> Cells:
        """Choose the cells for a column."""

    @abstractmethod
    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Give the picked columns, about `rows` rows at a time."""

    def survey(self, picks: Sequence[Pick], *, whole: bool) -> BlockSurvey:
        """Look at the columns that need it, for as long as they need it."""
        cells = tuple(self.wanted_cells(pick) for pick in picks)
        if self.rows is None:
            return self._tallied(picks, cells, whole=whole)
        facts, complete = self.look(picks, cells, whole=whole)
        known = [Known(one.kind, fact) for one, fact in zip(cells, facts, strict=True)]
        return survey_of(picks, cells, known, rows=self.rows, whole=complete)

    def _tallied(
        self, picks: Sequence[Pick], cells: Sequence[Cells], *, whole: bool
    ) -> BlockSurvey:
        """Look at the first block, or at all, and count the rows by the way."""
        tally = Tally(picks, cells)
        for block in self.blocks(picks, _LOOK_ROWS):
            if tally.rows and not whole:
                return tally.survey(is_whole=False)
            tally.add(block)
        return tally.survey(is_whole=True)

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
        left = [n for n, one in enumerate(cells) if not one.settled(facts[n])]
        if opening.rows == self.rows or not left:
            return facts, True
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
        """Convert block by block; where not all rows were looked at, look at each before."""
        if not isinstance(survey, BlockSurvey):
            raise TypeError("a block source needs its own survey")
        blocks = self.blocks(survey.picks, rows_of(survey, n_bytes))
        if not survey.provisional:
            return BlockBatches(survey, stored(survey, blocks))
        return BlockBatches(survey, watched(survey, blocks))


def rows_of(survey: BlockSurvey, n_bytes: int) -> int:
    """Give how many rows fit into so many bytes."""
    rows = max(int(n_bytes / survey.row_bytes), _MINIMAL_ROWS)
    return min(rows, _UNSEEN_ROWS) if survey.provisional else rows
