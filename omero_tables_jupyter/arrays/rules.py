"""What a column becomes, decided from facts about its values: pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from omero_tables_jupyter.arrays.plan import (
    MISSING_ID,
    Pick,
    all_missing_note,
    as_text_cure,
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
from omero_tables_jupyter.text import plural

__all__ = ["TEXTUAL", "Decision", "Facts", "Form", "Kind", "Trouble", "decide"]


class Kind(StrEnum):
    """What a column's values are in the source; the value is the word shown to users."""

    INTEGER = "whole numbers"
    NUMBER = "numbers"
    BOOLEAN = "true/false"
    TEXT = "text"
    MOMENT = "dates and times"
    DATE = "dates"
    TIME = "times of day"
    DURATION = "time spans"
    DECIMAL = "decimals"
    NESTED = "lists"
    SPAN = "periods or intervals"
    NOTHING = "nothing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Trouble:
    """A value that cannot be stored: its row, what is wrong in words, and the cure."""

    row: int | None
    text: str
    hint: str
    fix: FixKind | None = None

    def moved(self, rows: int) -> Trouble:
        """Give the same trouble so many rows further down; the text names the row, too."""
        if self.row is None:
            return self
        here, there = f"(row {self.row}", f"(row {self.row + rows}"
        return replace(self, row=self.row + rows, text=self.text.replace(here, there, 1))


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a column, or about a block of its rows.

    Parameters
    ----------
    rows, missing
        How many rows were looked at, and how many of them hold nothing.
    wide, inexact, fraction
        Row and value of the first number beyond int64, of the first integer that float64 cannot
        hold, and of the first number that is not whole.
    rounded
        How many decimals have no exact float64, and how many time spans are too long for one.
    digits
        The decimals of a second that the finest moment needs: 0, 3, 6 or 9.
    zoned
        Whether moments carry a time zone.
    trouble
        The first value that cannot be stored at all.
    n_bytes
        The bytes of the texts.
    density
        The bytes a row of the block with the longest texts.

    """

    rows: int = 0
    missing: int = 0
    wide: tuple[int, object] | None = None
    inexact: tuple[int, object] | None = None
    fraction: tuple[int, object] | None = None
    rounded: int = 0
    digits: int = 0
    zoned: bool = False
    trouble: Trouble | None = None
    n_bytes: int = 0
    density: float = 0.0

    def __add__(self, later: Facts) -> Facts:
        """Join the facts of this block and of one further down."""
        return Facts(
            rows=self.rows + later.rows,
            missing=self.missing + later.missing,
            wide=self.wide or later.wide,
            inexact=self.inexact or later.inexact,
            fraction=self.fraction or later.fraction,
            rounded=self.rounded + later.rounded,
            digits=max(self.digits, later.digits),
            zoned=self.zoned or later.zoned,
            trouble=self.trouble or later.trouble,
            n_bytes=self.n_bytes + later.n_bytes,
            density=max(self.density, later.density),
        )

    def moved(self, rows: int) -> Facts:
        """Give the facts of the same values so many rows further down."""
        return replace(
            self,
            wide=_moved(self.wide, rows),
            inexact=_moved(self.inexact, rows),
            fraction=_moved(self.fraction, rows),
            trouble=self.trouble and self.trouble.moved(rows),
        )


def _moved(found: tuple[int, object] | None, rows: int) -> tuple[int, object] | None:
    return found and (found[0] + rows, found[1])


@dataclass(frozen=True, slots=True)
class Form:
    """How values are converted: their stored type, what stands for a missing one, precision."""

    stored: Stored
    missing: int | float | str | None = None
    digits: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """A column's plan, its form, and what the user should know."""

    plan: ColumnPlan
    form: Form
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Outcome:
    form: Form
    detail: str = ""
    texts: tuple[str, ...] = ()
    problem: Problem | None = None


def decide(pick: Pick, kind: Kind, facts: Facts) -> Decision:
    """Decide what a column becomes.

    Parameters
    ----------
    pick
        The column and its name in the array.
    kind
        What its values are.
    facts
        What is known about them.

    """
    outcome = _outcome(pick, kind, facts)
    if facts.trouble:
        outcome = replace(outcome, problem=_trouble_problem(pick, facts.trouble))
    stored = outcome.form.stored
    is_id = bool(id_role(pick.name))
    linked = stored is Stored.INTEGER or not is_id
    notes = () if linked or outcome.problem else (_unlinked_note(pick, stored),)
    plan = ColumnPlan(
        name=pick.name,
        source=pick.source,
        stored=stored,
        detail=outcome.detail,
        role=column_role(pick.name) if linked else "",
        notes=(*outcome.texts, *(note.text for note in notes)),
    )
    problems = (outcome.problem,) if outcome.problem else ()
    return Decision(plan=plan, form=outcome.form, notes=notes, problems=problems)


def _outcome(pick: Pick, kind: Kind, facts: Facts) -> _Outcome:
    if pick.as_text and kind not in TEXTUAL:
        return _text(facts, texts=("stored as text, as you asked",))
    if id_role(pick.name) and kind in _ID_KINDS:
        return _whole_ids(pick, kind, facts)
    match kind:
        case Kind.INTEGER:
            return _integers(pick, facts)
        case Kind.NUMBER | Kind.DECIMAL | Kind.DURATION:
            return _numbers(pick, kind, facts)
        case Kind.BOOLEAN:
            return _booleans(facts)
        case _:
            return _text(facts, *_TEXT_FORMS.get(kind, ("", ())))


#: The kinds that become text whether or not the user asks for it.
TEXTUAL = frozenset({Kind.TEXT, Kind.MOMENT, Kind.DATE, Kind.TIME, Kind.NESTED, Kind.SPAN})
_ID_KINDS = (Kind.INTEGER, Kind.NUMBER, Kind.DECIMAL, Kind.NOTHING)
_TEXT_FORMS: dict[Kind, tuple[str, tuple[str, ...]]] = {
    Kind.MOMENT: ("ISO", ()),
    Kind.DATE: ("ISO", ()),
    Kind.TIME: ("ISO", ()),
    Kind.NESTED: ("JSON", ("lists are stored as JSON text",)),
    Kind.SPAN: ("", ("periods and intervals are stored as text",)),
}


def _text(facts: Facts, detail: str = "", texts: tuple[str, ...] = ()) -> _Outcome:
    if facts.zoned:
        texts = (*texts, "the UTC offset is kept, the name of the time zone is not")
    if facts.rows and facts.missing == facts.rows:
        texts = (*texts, f"{all_missing_note()}, stored as ''")
    elif facts.missing:
        texts = (*texts, missing_text_note(facts.missing))
    return _Outcome(Form(Stored.TEXT, missing="", digits=facts.digits), detail, texts)


def _whole_ids(pick: Pick, kind: Kind, facts: Facts) -> _Outcome:
    texts = (missing_id_note(facts.missing),) if facts.missing else ()
    offending = facts.fraction or facts.wide
    if kind is not Kind.INTEGER:
        # On the way through float64, so what that cannot hold would become another id.
        offending = offending or facts.inexact
    problem = None
    if offending:
        row, value = offending
        better = f"{pick.name} value"
        problem = Problem(
            pick.source,
            f"column '{pick.source}' should hold {id_role(pick.name)}s, but has a number that is "
            f"not an id {row_words(row, value)}",
            "correct the value; or, if these are not ids, give the column another name: "
            f"{rename_cure(pick.source, better)}",
            row=row,
            fix=Fix(FixKind.RENAME, pick.source, better),
        )
    return _Outcome(Form(Stored.INTEGER, missing=MISSING_ID), "", texts, problem)


def _integers(pick: Pick, facts: Facts) -> _Outcome:
    if facts.wide:
        why = "has a whole number that is too large to be stored"
        return _Outcome(Form(Stored.INTEGER), problem=_number_problem(pick, why, facts.wide))
    if not facts.missing:
        return _Outcome(Form(Stored.INTEGER))
    form = Form(Stored.NUMBER, missing=float("nan"))
    if facts.inexact:
        why = (
            "has missing values, so it would be stored as decimal numbers, which cannot hold one "
            "of its whole numbers exactly"
        )
        return _Outcome(form, problem=_number_problem(pick, why, facts.inexact))
    return _Outcome(form, texts=(missing_number_note(facts.missing),))


def _numbers(pick: Pick, kind: Kind, facts: Facts) -> _Outcome:
    texts: tuple[str, ...] = ()
    form = Form(Stored.NUMBER, missing=float("nan"))
    if facts.inexact:
        why = "has a number with too many digits to be stored exactly"
        return _Outcome(form, problem=_number_problem(pick, why, facts.inexact))
    if facts.rows and facts.missing == facts.rows:
        texts = (f"{all_missing_note()}, stored as NaN",)
    elif facts.missing and kind is not Kind.NUMBER:
        texts = (f"{plural(facts.missing, 'value')} missing -> NaN",)
    if facts.rounded:
        what = plural(facts.rounded, "time span" if kind is Kind.DURATION else "decimal")
        texts = (*texts, f"{what} rounded to about 16 digits")
    return _Outcome(form, "seconds" if kind is Kind.DURATION else "", texts)


def _booleans(facts: Facts) -> _Outcome:
    if not facts.missing:
        return _Outcome(Form(Stored.BOOLEAN))
    form = Form(Stored.NUMBER, missing=float("nan"))
    return _Outcome(form, texts=(missing_bool_note(facts.missing),))


def _number_problem(pick: Pick, why: str, offending: tuple[int, object]) -> Problem:
    row, value = offending
    return Problem(
        pick.source,
        f"column '{pick.source}' {why} {row_words(row, value)}",
        f"store it as text: {as_text_cure(pick.source)}",
        row=row,
        fix=Fix(FixKind.AS_TEXT, pick.source),
    )


def _trouble_problem(pick: Pick, trouble: Trouble) -> Problem:
    fix = Fix(trouble.fix, pick.source) if trouble.fix else None
    return Problem(
        pick.source,
        f"column '{pick.source}' {trouble.text}",
        trouble.hint.replace("{as_text}", as_text_cure(pick.source)).replace(
            "{column}", pick.source
        ),
        row=trouble.row,
        fix=fix,
    )


def _unlinked_note(pick: Pick, stored: Stored) -> Note:
    note = text_id_note(pick.source, pick.name)
    words = {Stored.NUMBER: "decimal numbers"}.get(stored, stored.value)
    return replace(note, text=note.text.replace("text", words))
