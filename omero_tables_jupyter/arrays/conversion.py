"""A source together with what is to become of it: the check before the first effect."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.layout import array_format_notes
from omero_tables_jupyter.arrays.names import Selection, name_findings, pick_columns
from omero_tables_jupyter.arrays.plan import Survey, empty_problems
from omero_tables_jupyter.model import Note, Problem, TablePlan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from omero_tables_jupyter.arrays.source import Source

__all__ = ["Conversion", "prepare"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """What `prepare` found, ready for `write_table`.

    Parameters
    ----------
    source
        Where the rows come from.
    survey
        What its columns become.
    plan
        The same for people, with all notes and problems.
    offered
        The names of all columns that the source has, stored or not, in its order.

    """

    source: Source
    survey: Survey
    plan: TablePlan
    offered: tuple[str, ...] = ()

    def widened(self, survey: Survey) -> Conversion:
        """Give the same conversion after a later part of the source asked for other types."""
        return replace(self, survey=survey, plan=_with_survey(self.plan, survey, self.survey))


def prepare(  # noqa: PLR0913 - the user's options, all by keyword
    source: Source,
    *,
    columns: Iterable[str] | None = None,
    exclude: Iterable[str] = (),
    rename: Mapping[str, str] | None = None,
    as_text: Iterable[str] = (),
    index: str = "auto",
    whole: bool = True,
) -> Conversion:
    """Decide what becomes of a source; nothing is written.

    Parameters
    ----------
    source
        From `open_source`.
    columns
        The source's names of the columns to store, in the order wanted; None for all.
    exclude
        Names to leave out.
    rename
        Old names and new ones.
    as_text
        Names of the columns to store as text, whatever they hold.
    index
        What becomes of a frame's index: ``auto``, ``keep`` or ``drop``.
    whole
        Whether to look at every row; else at the first block, and the plan is provisional where
        later rows could change it.

    Raises
    ------
    OptionError
        When an option names a column that does not exist.
    DataError
        When the source cannot be read at all. What cannot be *stored* is in ``plan.problems``.

    """
    selection = Selection.of(
        columns=columns, exclude=exclude, rename=rename, as_text=as_text, index=index
    )
    # A source remembers what `fields` gave: each conversion has its own.
    source = copy(source)
    fields = source.fields(selection.index)
    picks = pick_columns(fields.names, selection, n_index=fields.n_index)
    name_notes, name_problems = name_findings(picks)
    survey = source.survey(picks, whole=whole)
    plan = TablePlan(
        source=source.label,
        columns=(),
        rows=None,
        notes=(*fields.notes, *name_notes, *array_format_notes()),
        problems=name_problems,
    )
    return Conversion(source, survey, _with_survey(plan, survey, None), tuple(fields.names))


def _with_survey(plan: TablePlan, survey: Survey, before: Survey | None) -> TablePlan:
    """Put what a survey found into a plan, in place of what the one before it found."""
    old_notes = set(_survey_notes(before)) if before else set()
    old_problems = set(_survey_problems(before)) if before else set()
    kept_notes = tuple(note for note in plan.notes if note not in old_notes)
    kept_problems = tuple(one for one in plan.problems if one not in old_problems)
    return replace(
        plan,
        columns=survey.columns,
        rows=survey.rows,
        n_bytes=survey.n_bytes,
        provisional=survey.provisional,
        notes=(*kept_notes, *_survey_notes(survey)),
        problems=(*kept_problems, *_survey_problems(survey)),
    )


def _survey_problems(survey: Survey) -> tuple[Problem, ...]:
    return (*empty_problems(survey.rows, len(survey.columns)), *survey.problems)


def _survey_notes(survey: Survey) -> tuple[Note, ...]:
    """Give the survey's own notes, and those that only stand with a column."""
    said = {(note.column, note.text) for note in survey.notes}
    others = (
        Note(one.source, text)
        for one in survey.columns
        for text in one.notes
        if (one.source, text) not in said
    )
    return (*survey.notes, *others)
