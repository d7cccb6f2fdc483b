"""The blocks of a source in stored form, as record batches.

What a column becomes may hang on its last row. Where not all rows were looked at before, each is
looked at while it is stored: in the normal case the first rows have told all, and a source is read
only once; else it is begun anew with what is known by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from omero_tables_jupyter.arrays.blocks import BlockSurvey, Tally
from omero_tables_jupyter.arrays.plan import Widened
from omero_tables_jupyter.arrays.rules import decide
from omero_tables_jupyter.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from omero_tables_jupyter.arrays.blocks import Block, Seen
    from omero_tables_jupyter.arrays.plan import Survey
    from omero_tables_jupyter.arrays.rules import Form

__all__ = ["BlockBatches", "Misfit", "stored", "watched"]


class BlockBatches:
    """Record batches in stored form; see `omero_tables_jupyter.arrays.source.Batches`.

    Parameters
    ----------
    survey
        What is known before.
    read
        Gives the batches, and last of all the survey that holds then.

    """

    bytes_read = None

    def __init__(self, survey: Survey, read: Generator[pa.RecordBatch, None, BlockSurvey]) -> None:
        self.survey = survey
        self._read = read
        self._batches = self._followed()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> pa.RecordBatch:
        return next(self._batches)

    def close(self) -> None:
        """Stop reading."""
        self._batches.close()
        self._read.close()

    def _followed(self) -> Generator[pa.RecordBatch, None, None]:
        self.survey = yield from self._read


@dataclass(frozen=True, slots=True)
class Misfit:
    """A column that does not fit what was decided.

    Parameters
    ----------
    column
        Its name in the source.
    text
        In what, as in ``has its first missing value in row 7``.
    is_final
        Whether nothing that follows can cure it.

    """

    column: str
    text: str
    is_final: bool = False

    def __str__(self) -> str:
        return f"column '{self.column}' {self.text}"


def stored(
    survey: BlockSurvey, blocks: Iterable[Block]
) -> Generator[pa.RecordBatch, None, BlockSurvey]:
    """Convert blocks by a survey of all rows."""
    for block in blocks:
        arrays = [
            cells.store(block.get(n), form)
            for n, (cells, form) in enumerate(zip(survey.cells, survey.forms, strict=True))
        ]
        yield _batch(survey, arrays)
    return survey


def watched(
    survey: BlockSurvey,
    blocks: Iterable[Block],
    *,
    refuse: Callable[[Misfit], Exception] | None = None,
) -> Generator[pa.RecordBatch, None, BlockSurvey]:
    """Convert blocks by a provisional survey, as long as they fit it.

    Parameters
    ----------
    survey
        What was decided, on the first rows or in an earlier attempt.
    blocks
        From the first row on.
    refuse
        Gives the error for a source that cannot be read again; None for the others.

    Raises
    ------
    Widened
        Where a block does not fit, and the source can be begun anew.
    DataError
        When the source held something else in an earlier attempt.

    """
    tally = Tally(survey.picks, survey.cells, survey.known)
    misfit: Misfit | None = None
    look_until = 0
    for block in blocks:
        seen = tally.add(block)
        misfit = misfit or _misfit(survey, tally, seen, block.start)
        if misfit is None:
            yield _batch(
                survey, [one.stored(form) for one, form in zip(seen, survey.forms, strict=True)]
            )
            continue
        if refuse is not None and not misfit.is_final:
            raise refuse(misfit)
        # Twice as far, so that a source with many surprises is not begun as many times.
        look_until = look_until or 2 * tally.rows
        if misfit.is_final or tally.rows >= look_until:
            raise Widened(tally.survey(is_whole=False, rows=survey.rows), str(misfit))
    found = tally.survey(is_whole=True)
    if misfit is not None:
        raise Widened(found, str(misfit))
    if any(map(_differ, found.forms, survey.forms)):
        raise DataError(
            "the source gave other values when it was read again",
            hint="read it into a table first, and give that",
        )
    return found


def _batch(survey: BlockSurvey, arrays: list[pa.Array]) -> pa.RecordBatch:
    for column, array in zip(survey.columns, arrays, strict=True):
        if array.null_count:
            raise DataError(
                f"column '{column.source}' has missing values where its source says that it has "
                "none",
                hint="write the file again: what it says of itself is wrong",
            )
    return pa.RecordBatch.from_arrays(arrays, schema=survey.schema)


def _misfit(survey: BlockSurvey, tally: Tally, seen: list[Seen], start: int) -> Misfit | None:
    for n in tally.changed:
        pick, known, form = survey.picks[n], tally.known(n), survey.forms[n]
        decision = decide(pick, known.kind, known.facts)
        for problem in decision.problems:
            return Misfit(pick.source, problem.text, is_final=True)
        if _differ(decision.form, form):
            missing = start + _first_missing(seen[n].raw) if known.facts.missing else None
            return Misfit(pick.source, _difference(form, decision.form, start, missing))
    return None


def _differ(form: Form, other: Form) -> bool:
    """Compare forms; not by what stands for a missing number, as NaN is not equal to itself."""
    return (form.stored, form.digits, form.missing is None) != (
        other.stored,
        other.digits,
        other.missing is None,
    )


def _difference(form: Form, wanted: Form, start: int, missing: int | None) -> str:
    if form.missing is None and missing is not None:
        return f"has its first missing value in row {missing}"
    if form.digits != wanted.digits:
        return f"has finer times from row {start} on"
    return f"is {wanted.stored} from row {start} on, and {form.stored} before"


def _first_missing(raw: Any) -> int:
    missing = (
        raw.is_null(nan_is_null=True).to_numpy(zero_copy_only=False)
        if isinstance(raw, pa.Array)
        else np.asarray(pd.isna(raw), dtype=bool)
    )
    return int(missing.argmax()) if len(missing) else 0
