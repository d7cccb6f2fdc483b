"""What a survey of a CSV file says: the plan of each column, in the users' words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from omero_tables_jupyter.arrays.csv.cells import NUMBERS, Kind
from omero_tables_jupyter.arrays.csv.decide import Finding, Form, forms_of, is_settled
from omero_tables_jupyter.arrays.plan import (
    Pick,
    Survey,
    all_missing_note,
    column_role,
    id_role,
    missing_bool_note,
    missing_id_note,
    missing_number_note,
    missing_text_note,
    rename_cure,
    row_words,
    text_id_note,
)
from omero_tables_jupyter.model import ColumnPlan, Fix, FixKind, Note, Problem, Stored
from omero_tables_jupyter.text import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Counts", "CsvSurvey", "settled", "surveyed"]

_STORED: Final = {
    Form.TEXT: Stored.TEXT,
    Form.INTEGER: Stored.INTEGER,
    Form.NUMBER: Stored.NUMBER,
    Form.BOOLEAN: Stored.BOOLEAN,
    Form.TRUTHS: Stored.NUMBER,
    Form.ID: Stored.INTEGER,
}
_DECIMALS = Kind.POINT | Kind.COMMA | Kind.FLOAT | Kind.INF


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cells of a column are empty, and how many say ``NA`` or the like."""

    empty: int = 0
    markers: int = 0

    def plus(self, empty: int, markers: int) -> Counts:
        """Count some more."""
        return Counts(self.empty + empty, self.markers + markers)


@dataclass(frozen=True, slots=True)
class CsvSurvey(Survey):
    """A survey that also remembers on what evidence it stands.

    Parameters
    ----------
    picks
        The columns surveyed.
    findings
        What is known of each.
    forms
        What each becomes.
    comma
        Whether the decimal mark is the comma.

    """

    picks: tuple[Pick, ...] = ()
    findings: tuple[Finding, ...] = ()
    forms: tuple[Form, ...] = ()
    comma: bool = False


def surveyed(  # noqa: PLR0913 - one record, spelled out
    picks: Sequence[Pick],
    findings: Sequence[Finding],
    counts: Sequence[Counts],
    *,
    comma: bool,
    found_comma: bool,
    rows: int | None,
    n_bytes: int,
    text_bytes: float,
) -> CsvSurvey:
    """Put evidence into words.

    Parameters
    ----------
    picks, findings, counts
        One of each a column.
    comma, found_comma
        Whether the decimal mark is the comma, and whether the file itself told so.
    rows
        How many rows; None where only a part was read.
    n_bytes, text_bytes
        What the stored values take, and the texts of a row.

    """
    forms = forms_of(picks, findings, comma=comma)
    columns = tuple(
        _plan(pick, finding, form, number, comma=comma)
        for pick, finding, form, number in zip(picks, findings, forms, counts, strict=True)
    )
    return CsvSurvey(
        columns=columns,
        notes=(*_file_notes(found_comma=found_comma), *_text_ids(picks, forms)),
        problems=tuple(_fractions(picks, findings, forms)),
        rows=rows,
        n_bytes=n_bytes,
        provisional=rows is None,
        text_bytes=text_bytes,
        picks=tuple(picks),
        findings=tuple(findings),
        forms=forms,
        comma=comma,
    )


def _plan(pick: Pick, finding: Finding, form: Form, counts: Counts, *, comma: bool) -> ColumnPlan:
    notes = [*_missing_notes(finding.kinds, form, counts)]
    if form is Form.TEXT and not pick.as_text:
        notes += _why_text(finding, is_id=bool(id_role(pick.name)), comma=comma)
    if form is Form.ID and finding.kinds & _DECIMALS and not finding.kinds & Kind.FRACTION:
        notes.append("whole numbers written as decimals, stored as integers")
    return ColumnPlan(
        name=pick.name,
        source=pick.source,
        stored=_STORED[form],
        role=column_role(pick.name) if form is Form.ID or not id_role(pick.name) else "",
        notes=tuple(notes),
    )


def _missing_notes(kinds: Kind, form: Form, counts: Counts) -> Iterator[str]:
    if form is Form.TEXT:
        if kinds == Kind.EMPTY:
            yield all_missing_note()
        elif counts.empty:
            yield missing_text_note(counts.empty)
        return
    missing = counts.empty + counts.markers
    if not missing:
        return
    if form is Form.ID:
        yield missing_id_note(missing)
    elif form is Form.TRUTHS:
        yield missing_bool_note(missing)
    elif kinds & _DECIMALS:
        yield f"{count(missing)} missing -> NaN"
    else:
        yield missing_number_note(missing)


def _why_text(finding: Finding, *, is_id: bool, comma: bool) -> Iterator[str]:
    """Say why a column of numbers is kept as text; nothing where it simply holds words."""
    kinds = finding.kinds
    if kinds & Kind.TEXT:
        return
    wrong = Kind.POINT if comma else Kind.COMMA
    reasons = (
        (Kind.QUOTED, "numbers or true/false between quotes stay text"),
        (Kind.BIGINT, "whole numbers that are too large to be stored stay text"),
        (Kind.EXTREME, "numbers that are too large or too small to be stored stay text"),
    )
    for kind, reason in reasons:
        if kinds & kind:
            yield f"{reason}{_where(finding, kind)}"
            return
    if kinds & wrong:
        mark, cure = ("comma", ".") if comma else ("point", ",")
        yield (
            f"stays text: the decimal mark of the file is the {mark}{_where(finding, wrong)}; "
            f"if it is not, give --decimal {cure} (decimal='{cure}')"
        )
    elif kinds & Kind.TRUTH and kinds & (NUMBERS | Kind.INF):
        yield "stays text: it mixes numbers and true/false"
    elif kinds & Kind.WIDE and not is_id:
        why = "missing values" if not kinds & _DECIMALS else "decimals"
        yield (
            f"stays text: beside {why} its whole numbers would be stored as decimal numbers, which "
            "would change those of more than 15 digits"
        )


def _where(finding: Finding, kind: Kind) -> str:
    first = finding.first(kind)
    return f" {row_words(first.row, first.text)}" if first else ""


def _file_notes(*, found_comma: bool) -> Iterator[Note]:
    if found_comma:
        yield Note(
            "", "the comma is the decimal mark (1,5 is one and a half), as found in the file"
        )


def _text_ids(picks: Sequence[Pick], forms: Sequence[Form]) -> Iterator[Note]:
    for pick, form in zip(picks, forms, strict=True):
        if form is Form.TEXT and id_role(pick.name):
            yield text_id_note(pick.source, pick.name)


def _fractions(
    picks: Sequence[Pick], findings: Sequence[Finding], forms: Sequence[Form]
) -> Iterator[Problem]:
    for pick, finding, form in zip(picks, findings, forms, strict=True):
        if form is not Form.ID or not finding.kinds & Kind.FRACTION:
            continue
        first = finding.first(Kind.FRACTION)
        role = id_role(pick.name)
        yield Problem(
            pick.source,
            f"column '{pick.source}' should hold {role}s, but has a number that is not an id"
            f"{_where(finding, Kind.FRACTION)}",
            "correct the value; or, if these are not ids, give the column another name: "
            f"{rename_cure(pick.source, f'{pick.source} value')}",
            row=first.row if first else None,
            fix=Fix(FixKind.RENAME, pick.source, f"{pick.source} value"),
        )


def settled(pick: Pick, finding: Finding) -> bool:
    """Tell whether a column is text whatever else the file holds."""
    return pick.as_text or is_settled(finding.kinds, is_id=bool(id_role(pick.name)))
