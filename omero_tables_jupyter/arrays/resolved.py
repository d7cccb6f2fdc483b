"""A column of ids beside a column of names, for any source: looked up as the rows go by."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn, Self

import pyarrow as pa

from omero_tables_jupyter.arrays.blocks import ARROW_TYPES
from omero_tables_jupyter.arrays.matching import Matching, Names
from omero_tables_jupyter.arrays.plan import (
    Survey,
    Widened,
    as_text_cure,
    column_role,
    rename_cure,
)
from omero_tables_jupyter.arrays.source import Batches, Fields, Source
from omero_tables_jupyter.errors import DataError, OptionError
from omero_tables_jupyter.model import ColumnPlan, Problem, Stored
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from omero_tables_jupyter.arrays.plan import Pick

__all__ = ["Lookup", "ResolvedSource"]

_READ_BYTES = 4_000_000
_ID_BYTES = 8


@dataclass(frozen=True, slots=True)
class Lookup:
    """Which names become which ids.

    Parameters
    ----------
    column
        The column of names, as the source calls it.
    into
        The column of ids that stands right after it.
    names
        What the names may mean.

    """

    column: str
    into: str
    names: Names


@dataclass(frozen=True, slots=True)
class _ResolvedSurvey(Survey):
    """A survey with the columns of ids; `inner` is the source's own, `places` those of names."""

    inner: Survey = field(default_factory=lambda: Survey(()))
    places: tuple[int, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the stored form."""
        return pa.schema(
            [pa.field(one.name, ARROW_TYPES[one.stored], nullable=False) for one in self.columns]
        )


class ResolvedSource(Source):
    """A source with columns of ids beside its columns of names.

    Parameters
    ----------
    source
        Any source; it keeps its own columns.
    lookups
        Which names become which ids.

    """

    def __init__(self, source: Source, lookups: Iterable[Lookup]) -> None:
        self._inner = source
        self._lookups = tuple(lookups)
        self.label, self.default_name = source.label, source.default_name
        self.rows, self.repeatable = source.rows, source.repeatable
        self.in_memory = source.in_memory

    def fields(self, index: str) -> Fields:
        """Give the source's columns: those of ids come later, wherever their names are picked."""
        # It remembers what it gave, and copies of this source share it.
        self._inner = copy(self._inner)
        return self._inner.fields(index)

    def survey(self, picks: Sequence[Pick], *, whole: bool) -> Survey:
        """Decide as the source does; and count what matches, where all rows are looked at."""
        inner = self._inner.survey(picks, whole=whole)
        survey = self.with_ids(inner)
        if survey.problems:
            return replace(survey, provisional=inner.provisional)
        if not (whole or self.in_memory) or not self.repeatable:
            return survey
        return self.with_ids(inner, self._counted(picks, survey))

    def _counted(self, picks: Sequence[Pick], survey: _ResolvedSurvey) -> tuple[Matching, ...]:
        """Read the columns of names alone."""
        wanted = [survey.inner.columns[place].source for place in survey.places]
        some = [next(pick for pick in picks if pick.source == name) for name in wanted]
        only = self._inner.survey(some, whole=True)
        matchings = self._matchings()
        batches = self._inner.batches(only, n_bytes=_READ_BYTES)
        try:
            for batch in batches:
                for n, one in enumerate(matchings):
                    one.ids(batch.column(n))
        finally:
            batches.close()
        return matchings

    def batches(self, survey: Survey, *, n_bytes: int) -> Batches:
        """Look up the ids of each batch; at the end tell what did not match."""
        survey = _own(survey)
        inner = self._inner.batches(survey.inner, n_bytes=n_bytes)
        return _ResolvedBatches(self, survey, inner, self._matchings())

    def beginning(self, survey: Survey) -> Batches:
        """Look up the ids of the first rows."""
        survey = _own(survey)
        inner = self._inner.beginning(survey.inner)
        return _ResolvedBatches(self, survey, inner, self._matchings())

    def settled(self, survey: Survey) -> Survey:
        """Settle what the source has to settle."""
        survey = _own(survey)
        inner = self._inner.settled(survey.inner)
        return survey if inner is survey.inner else self.with_ids(inner)

    def _matchings(self) -> tuple[Matching, ...]:
        return tuple(Matching(one.column, one.names) for one in self._lookups)

    def with_ids(self, inner: Survey, matchings: Sequence[Matching] = ()) -> _ResolvedSurvey:
        """Put the columns of ids into a survey of the source, and what was found of them."""
        places, problems = [], list(inner.problems)
        for one in self._lookups:
            place = _place(inner, one.column)
            places.append(place)
            problems += _faults(inner, one, place)
        problems += [fault for one in matchings for fault in one.faults()]
        columns = list(inner.columns)
        for n in sorted(range(len(places)), key=places.__getitem__, reverse=True):
            notes = matchings[n].notes() if matchings else ()
            columns.insert(places[n] + 1, _id_column(self._lookups[n].into, notes))
        return _ResolvedSurvey(
            columns=tuple(columns),
            notes=inner.notes,
            problems=tuple(problems),
            rows=inner.rows,
            n_bytes=inner.n_bytes + _ID_BYTES * len(places) * (inner.rows or 0),
            provisional=inner.provisional or not matchings,
            text_bytes=inner.text_bytes,
            inner=inner,
            places=tuple(places),
        )


class _ResolvedBatches:
    """Record batches with the columns of ids; see `omero_tables_jupyter.arrays.source.Batches`."""

    def __init__(
        self,
        source: ResolvedSource,
        survey: _ResolvedSurvey,
        inner: Batches,
        matchings: tuple[Matching, ...],
    ) -> None:
        self.survey: Survey = survey
        self._source, self._inner, self._matchings = source, inner, matchings
        self._schema, self._places = survey.schema, survey.places

    @property
    def bytes_read(self) -> tuple[int, int] | None:
        """Tell how far the source is read."""
        return self._inner.bytes_read

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> pa.RecordBatch:
        try:
            batch = next(self._inner)
        except StopIteration:
            self._end()
        except Widened as wider:
            raise Widened(self._source.with_ids(wider.survey), wider.reason) from wider
        arrays = list(batch.columns)
        names = [arrays[place] for place in self._places]
        ids = [one.ids(array) for one, array in zip(self._matchings, names, strict=True)]
        for place, column in sorted(zip(self._places, ids, strict=True), key=_first, reverse=True):
            arrays.insert(place + 1, column)
        self._refuse()
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)

    def _refuse(self) -> None:
        for one in self._matchings:
            for fault in one.ambiguities():
                raise DataError(fault.text, hint=fault.hint)

    def _end(self) -> NoReturn:
        for one in self._matchings:
            for fault in one.faults():
                raise DataError(fault.text, hint=fault.hint)
        self.survey = self._source.with_ids(self._inner.survey, self._matchings)
        raise StopIteration

    def close(self) -> None:
        """Stop reading."""
        self._inner.close()


def _first(pair: tuple[int, pa.Array]) -> int:
    return pair[0]


def _own(survey: Survey) -> _ResolvedSurvey:
    if not isinstance(survey, _ResolvedSurvey):
        raise TypeError("a source with ids needs its own survey")
    return survey


def _id_column(name: str, notes: tuple[str, ...]) -> ColumnPlan:
    return ColumnPlan(name, name, Stored.INTEGER, role=column_role(name), notes=notes)


def _place(inner: Survey, column: str) -> int:
    for n, one in enumerate(inner.columns):
        if column in {one.source, one.name}:
            return n
    raise OptionError(
        f"resolve: no column '{column}' is stored, whose names could be looked up",
        hint=did_you_mean(column, [one.source for one in inner.columns]),
    )


def _faults(inner: Survey, one: Lookup, place: int) -> list[Problem]:
    names = inner.columns[place]
    faults = []
    if names.stored is not Stored.TEXT:
        faults.append(
            Problem(
                one.column,
                f"column '{one.column}' holds {names.stored.value}, and names are text",
                f"store it as text, if it holds names all the same: {as_text_cure(one.column)}",
            )
        )
    for other in inner.columns:
        if other.name.casefold() == one.into.casefold():
            # OMERO's own name for the column of names
            better = f"{one.into} Name" if other is names else f"{other.name}_before"
            cure = rename_cure(other.source, better)
            faults.append(
                Problem(
                    other.source,
                    f"the ids found by name would become a column '{one.into}', and the table has "
                    f"one called '{other.name}' already",
                    f"call that one otherwise: {cure}; or leave out --resolve (resolve=...)",
                )
            )
    return faults
