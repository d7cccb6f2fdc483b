"""What became of each of several tables: a row a table, and the error where some are missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import pandas as pd

from omero_tables_jupyter.errors import TablesError, UploadCancelled
from omero_tables_jupyter.listing import Listing
from omero_tables_jupyter.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from omero_tables_jupyter.errors import OmeroTablesError
    from omero_tables_jupyter.model import Note, RegisteredTable, TablePlan

__all__ = ["Outcome", "TableState", "TablesResult", "cancelled", "failed", "summary", "table_of"]

_NAMED = 3


class TableState(StrEnum):
    """How one of several tables ended; the value is the word shown to users."""

    REGISTERED = "registered"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one table.

    Parameters
    ----------
    target
        What it hangs on, or was to: ``Image:101``.
    name
        Its name; '' where nothing named it.
    table
        What OMERO knows; None where it is not registered.
    error
        Why not; None where it was not tried.
    seconds
        What it took.
    plan
        What it would become, where it was only checked.

    """

    target: str
    name: str = ""
    table: RegisteredTable | None = None
    error: OmeroTablesError | None = None
    seconds: float = 0.0
    plan: TablePlan | None = None

    @property
    def state(self) -> TableState:
        """How it ended."""
        if self.table is not None:
            return TableState.UNCHANGED if self.table.unchanged else TableState.REGISTERED
        return TableState.NOT_TRIED if self.error is None else TableState.FAILED

    @property
    def rows(self) -> int | None:
        """How many rows it has; None where nobody knows yet."""
        if self.table is not None:
            return self.table.rows
        return None if self.plan is None else self.plan.rows

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a user should know of it."""
        if self.table is not None:
            return self.table.notes
        return () if self.plan is None else self.plan.notes

    @property
    def local_path(self) -> str:
        """Where its array stands, or would after a mere check; '' where none was left."""
        if self.table is not None:
            return self.table.local_path
        if self.plan is not None:
            return self.plan.local_path
        return self.error.array_path if self.error is not None else ""

    @property
    def detail(self) -> str:
        """One line for people."""
        if self.table is not None:
            return f"annotation {self.table.annotation_id}"
        return self.error.message.partition("\n")[0] if self.error is not None else ""


class TablesResult(Listing):
    """A row for each of several tables; a DataFrame in every respect."""


def table_of(outcomes: Iterable[Outcome], *, notes: Iterable[Note] = ()) -> TablesResult:
    """Make the table of results.

    Parameters
    ----------
    outcomes
        In the order of the tables.
    notes
        What a user should know of all of them.

    Returns
    -------
    TablesResult
        ``target, name, state, annotation_id, rows, seconds, local_path, error, notes,
        table_url``. What all tables share of their notes stands in ``attrs['notes']`` instead.

    """
    listed = list(outcomes)
    shared = _shared(listed)
    tables = [one.table for one in listed]
    ids = [None if one is None else one.annotation_id for one in tables]
    results = TablesResult(
        {
            "target": _texts(one.target for one in listed),
            "name": _texts(one.name for one in listed),
            "state": _texts(one.state.value for one in listed),
            "annotation_id": pd.Series(ids, dtype="Int64"),
            "rows": pd.Series([one.rows for one in listed], dtype="Int64"),
            "seconds": pd.Series([round(one.seconds, 3) for one in listed], dtype="float64"),
            "local_path": _texts(one.local_path for one in listed),
            "error": _texts("" if one.error is None else str(one.error) for one in listed),
            "notes": _texts(_in_words(one, but=shared) for one in listed),
            "table_url": _texts("" if one is None else one.table_url for one in tables),
        }
    )
    results.attrs["notes"] = list(dict.fromkeys(map(_said, [*notes, *shared])))
    return results


def _shared(outcomes: Sequence[Outcome]) -> list[Note]:
    """Give the notes that each table has which has any."""
    noted = [one.notes for one in outcomes if one.table is not None or one.plan is not None]
    return [note for note in noted[0] if all(note in one for one in noted)] if noted else []


def _in_words(one: Outcome, *, but: Sequence[Note]) -> str:
    return "; ".join(_said(note) for note in one.notes if note not in but)


def _said(note: Note) -> str:
    return f"{note.column}: {note.text}" if note.column else note.text


def _texts(texts: Iterable[str]) -> pd.Series[str]:
    return pd.Series(list(texts), dtype=object)


def summary(results: pd.DataFrame) -> str:
    """Count the states: ``12 tables: 9 registered, 2 unchanged, 1 failed``."""
    counts = results["state"].value_counts()
    parts = [f"{counts[one]} {one}" for one in TableState if one in counts]
    return f"{plural(len(results), 'table')}: {', '.join(parts)}"


def failed(
    outcomes: Sequence[Outcome], *, before: bool = False, notes: Iterable[Note] = ()
) -> TablesError:
    """Make the error that says which tables are missing, and why.

    Parameters
    ----------
    outcomes
        Of all tables, some of them failed.
    before
        Whether the check of all found it, so that nothing was done.
    notes
        As for `table_of`.

    """
    results = table_of(outcomes, notes=notes)
    wrong = [(one.target, one.error) for one in outcomes if one.error is not None]
    count = f"{len(wrong)} of {plural(len(outcomes), 'table')}"
    said = f"{count} cannot be uploaded, so nothing was" if before else f"{count} failed"
    named = [f"- {target}: {_first_line(error.message)}" for target, error in wrong[:_NAMED]]
    if len(wrong) > _NAMED:
        named.append(f"- and {len(wrong) - _NAMED} more, in .results of this error")
    cures = dict.fromkeys(_first_line(error.hint) for _, error in wrong[:_NAMED] if error.hint)
    again = "" if before else "then make the same call again: it goes on with what is missing"
    error = TablesError(
        "\n".join([said if before else summary(results), *named]),
        hint="\n".join(filter(None, [*cures, again])),
    )
    error.results = results
    return error


def cancelled(
    outcomes: Sequence[Outcome], stop: UploadCancelled, *, notes: Iterable[Note] = ()
) -> UploadCancelled:
    """Make the error of an upload that was stopped: what was done stays, and is told."""
    results = table_of(outcomes, notes=notes)
    error = UploadCancelled(
        f"{stop.message}: {summary(results)}",
        hint="what is registered stays; the same call again goes on with the others",
    )
    error.results = results
    return error


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
