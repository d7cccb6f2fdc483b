"""Frames that follow each other as one table: from a generator, a reader, a list."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from omero_tables_jupyter.arrays.arrow import ArrowSource
from omero_tables_jupyter.arrays.batches import BlockBatches, Misfit, watched
from omero_tables_jupyter.arrays.blocks import Known, Tally
from omero_tables_jupyter.arrays.cells import Refused
from omero_tables_jupyter.arrays.moments import DIGITS
from omero_tables_jupyter.arrays.onepass import OnePass
from omero_tables_jupyter.arrays.parts import check_columns, places_in
from omero_tables_jupyter.arrays.plan import Pick, Survey, as_text_cure
from omero_tables_jupyter.arrays.source import Block, BlockSource, BlockSurvey, Fields, rows_of
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.model import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from omero_tables_jupyter.arrays.cells import Cells

__all__ = ["FrameList", "FrameStream"]

#: So many values are looked at before the first of them is written.
_AHEAD_VALUES = 2_000_000
_LOOK_ROWS = 16_384
#: Python's own times have microseconds.
_PYTHON_DIGITS = 6


class _Frames(BlockSource):
    """What a list and a stream of frames share: each frame brings its own cells."""

    def __init__(self, opening: BlockSource) -> None:
        self._opening = opening
        self._index = "auto"
        self._names: tuple[str, ...] = ()

    def fields(self, index: str) -> Fields:
        """Give the columns of the first frame."""
        # It remembers what it gave, and copies of this source share it.
        self._opening = copy(self._opening)
        found = self._opening.fields(index)
        self._index, self._names = index, found.names
        return found

    def cells(self, pick: Pick) -> Cells:
        """Choose as the first frame does."""
        return self._opening.cells(pick)

    def _blocks_of(
        self, parts: Iterable[BlockSource], picks: Sequence[Pick], rows: int
    ) -> Iterator[Block]:
        start = 0
        for number, part in enumerate(parts, start=1):
            names = part.fields(self._index).names
            check_columns(self._names, names, parts=(f"frame {number}", "the first frame"))
            places = places_in(names, self._names)
            here = [replace(pick, position=places[pick.position]) for pick in picks]
            cells = tuple(_moved(part.wanted_cells(pick), start) for pick in here)
            for block in part.blocks(here, rows):
                yield Block(start + block.start, block.rows, block.get, cells)
            start += part.rows or 0

    def _looked(self, picks: Sequence[Pick], blocks: Callable[[], Iterator[Block]]) -> Tally:
        """Look at blocks; again where frames differ in kind, as that asks more of the values."""
        cells = [self.wanted_cells(pick) for pick in picks]
        known = [Known(one.kind) for one in cells]
        while True:
            tally = Tally(picks, cells, known)
            for block in blocks():
                tally.add(block)
            found = [Known(tally.known(n).kind) for n in range(len(picks))]
            if found == known:
                return tally
            known = found


def _moved(cells: Cells, rows: int) -> Cells:
    """Let cells that refuse a row of their frame name that of the table."""
    return Refused(cells.trouble.moved(rows)) if isinstance(cells, Refused) else cells


class FrameList(_Frames):
    """A list of frames.

    Parameters
    ----------
    parts
        At least one.

    """

    label = "list of frames"
    in_memory = True

    def __init__(self, parts: Sequence[BlockSource]) -> None:
        super().__init__(parts[0])
        self._parts = parts
        self.rows = sum(one.rows or 0 for one in parts)

    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Give the rows of each, in order."""
        return self._blocks_of(self._parts, picks, rows)

    def survey(self, picks: Sequence[Pick], *, whole: bool) -> BlockSurvey:
        """Look at all of them: they are in memory."""
        del whole
        return self._looked(picks, lambda: self.blocks(picks, _LOOK_ROWS)).survey(is_whole=True)

    def batches(self, survey: Survey, *, n_bytes: int) -> BlockBatches:
        """Convert each frame by its own types."""
        survey = _own(survey)
        blocks = self.blocks(survey.picks, rows_of(survey, n_bytes))
        return BlockBatches(survey, watched(survey, blocks))


class FrameStream(_Frames):
    """Frames that come one after the other, and only once.

    Parameters
    ----------
    frames
        The iterator; of a `pyarrow.RecordBatchReader` nothing is taken before it is written.
    opened
        Opens a frame as a source.

    Raises
    ------
    DataError
        If there is no frame, or the iterator fails, or was used before.

    """

    repeatable = False

    def __init__(self, frames: Any, opened: Callable[[Any], BlockSource]) -> None:
        self._reading = OnePass(frames, type(frames).__name__)
        self._opened = opened
        self.label = self._reading.label
        self._reading.check_unused()
        super().__init__(self._first(frames))

    def _first(self, frames: Any) -> BlockSource:
        if isinstance(frames, pa.RecordBatchReader):
            return ArrowSource(frames.schema.empty_table())
        for frame in self._reading.peek():
            return self._opened(frame)
        raise DataError(
            f"the {self.label} gives no frame", hint="check what it is made of, or make it anew"
        )

    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Use up the iterator."""
        parts = (self._opened(frame) for frame in self._reading.take())
        return self._blocks_of(parts, picks, rows)

    def survey(self, picks: Sequence[Pick], *, whole: bool) -> BlockSurvey:
        """Look at what was taken of it already, and take no more."""
        del whole
        kept = [self._opened(frame) for frame in self._reading.kept]
        tally = self._looked(picks, lambda: self._blocks_of(kept, picks, _LOOK_ROWS))
        if self._reading.ended:
            return tally.survey(is_whole=True)
        for block in self._blocks_of(kept[:1], picks, 1):
            # Whether finer times are to come cannot be known: room is left for the finest.
            for n in range(len(picks)):
                tally.expect(n, _finest(block.get(n)))
            break
        survey = tally.survey(is_whole=False)
        text = f"a {self.label} can be read only once, so only its beginning was looked at"
        return replace(survey, notes=(*survey.notes, Note("", text)))

    def settled(self, survey: Survey) -> Survey:
        """Look some frames ahead: what is decided now holds to the end."""
        survey = _own(survey)
        while not self._reading.ended and self._kept_values() < _AHEAD_VALUES:
            self._reading.keep_next()
        return self.survey(survey.picks, whole=False)

    def _kept_values(self) -> int:
        rows = sum(self._opened(one).rows or 0 for one in self._reading.kept)
        return rows * max(len(self._names), 1)

    def beginning(self, survey: Survey) -> BlockBatches:
        """Convert what was taken of it already."""
        survey = _own(survey)
        kept = map(self._opened, self._reading.kept)
        blocks = self._blocks_of(kept, survey.picks, rows_of(survey, 1))
        return BlockBatches(survey, watched(survey, blocks))

    def batches(self, survey: Survey, *, n_bytes: int) -> BlockBatches:
        """Convert frame by frame; what does not fit ends it."""
        survey = _own(survey)
        blocks = self.blocks(survey.picks, rows_of(survey, n_bytes))
        return BlockBatches(survey, watched(survey, blocks, refuse=self._refusal))

    def _refusal(self, misfit: Misfit) -> DataError:
        return DataError(
            f"{misfit}, too late: a {self.label} can be read only once, and the rows before were "
            "stored already",
            hint=f"give the column one type in all frames, or store it as text: "
            f"{as_text_cure(misfit.column)}; or write the frames to Parquet files, and give those",
        )


def _finest(raw: Any) -> int:
    """Give how many decimals of a second values may have."""
    kind = getattr(raw, "type", None)
    return DIGITS.get(getattr(kind, "unit", ""), _PYTHON_DIGITS)


def _own(survey: Survey) -> BlockSurvey:
    if not isinstance(survey, BlockSurvey):
        raise TypeError("frames need their own survey")
    return survey
