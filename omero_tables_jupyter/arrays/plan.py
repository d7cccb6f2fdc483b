"""What each source shares on the way to a plan: roles, names, notes in words, surveys."""

from __future__ import annotations

import re
import reprlib
from dataclasses import dataclass

from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.model import ColumnPlan, Fix, FixKind, Note, Problem, TablePlan
from omero_tables_jupyter.text import count, plural

__all__ = [
    "EXACT",
    "INT64_MAX",
    "INT64_MIN",
    "MISSING_ID",
    "Pick",
    "Survey",
    "Widened",
    "all_missing_note",
    "as_text_cure",
    "column_role",
    "empty_problems",
    "exclude_cure",
    "id_role",
    "missing_bool_note",
    "missing_id_note",
    "missing_number_note",
    "missing_text_note",
    "raise_problems",
    "rename_cure",
    "row_words",
    "shown",
    "text_id_note",
]

#: What a missing id becomes.
MISSING_ID = -1
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
#: Every integer from -EXACT to EXACT is a float64 of its own.
EXACT = 2**53

_IDS = {
    "image": "Image",
    "roi": "Roi",
    "well": "Well",
    "plate": "Plate",
    "dataset": "Dataset",
    "project": "Project",
    "screen": "Screen",
    "field": "Field",
    "wellsample": "WellSample",
}
_SHOWN = 40
#: Writes little more of anything than is shown, and something of what cannot write itself.
_WRITER = reprlib.Repr()
_WRITER.maxstring = _WRITER.maxlong = _WRITER.maxother = 4 * _SHOWN
#: Names that a magic's line takes as they stand, and between quotes.
_BARE = re.compile(r"[^\W_][\w.]*|_[\w.]+")
_PLAIN = re.compile(
    r"""[^\s\-"'#{}$,=\\\x00-\x1f\ud800-\udfff](?:[^\s"'#{}$,=\\\x00-\x1f\ud800-\udfff]| (?=\S))*"""
)
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Pick:
    """A column that is to be stored.

    Parameters
    ----------
    position
        Where the source has it, from 0.
    source
        Its name there, as text.
    name
        The attribute's name in the array.
    as_text
        Whether the user wants its values as text, whatever they are.

    """

    position: int
    source: str
    name: str
    as_text: bool = False


@dataclass(frozen=True, slots=True)
class Survey:
    """What the picked columns become.

    Parameters
    ----------
    columns
        The plan of each pick, in their order.
    notes, problems
        Whatever goes beyond the columns' own notes; notes that carry a fix.
    rows
        How many rows; None where only a part was read.
    n_bytes
        The size of the stored values in bytes, roughly.
    provisional
        True where only a part was read: types may widen later.
    text_bytes
        The bytes of text in a row where texts are longest, as far as is known.

    """

    columns: tuple[ColumnPlan, ...]
    notes: tuple[Note, ...] = ()
    problems: tuple[Problem, ...] = ()
    rows: int | None = None
    n_bytes: int = 0
    provisional: bool = False
    text_bytes: float = 0.0


class Widened(Exception):  # noqa: N818 - a turn of events within `tables`, which never leaves it
    """A later part of a source does not fit the survey: start over with a wider one.

    Parameters
    ----------
    survey
        The survey that fits everything read so far.
    reason
        What did not fit, for the user: ``column 'area' has text from row 70 000 on``.

    """

    def __init__(self, survey: Survey, reason: str) -> None:
        super().__init__(reason)
        self.survey = survey
        self.reason = reason


def id_role(name: str) -> str:
    """Give 'Image id' for a column that links its rows to images, and so on; '' for the others."""
    found = _IDS.get(name.lower())
    return f"{found} id" if found else ""


def column_role(name: str) -> str:
    """Give `id_role`, or 'label' for the column that OMERO takes as the object's label."""
    return id_role(name) or ("label" if name.lower() == "object" else "")


def missing_text_note(number: int) -> str:
    """Say that so many missing texts become empty ones."""
    return f"{count(number)} missing -> ''"


def missing_id_note(number: int) -> str:
    """Say that so many missing ids become -1."""
    return f"{count(number)} missing -> {MISSING_ID}"


def missing_number_note(number: int) -> str:
    """Say that integers with so many missing ones become decimal numbers."""
    return f"{count(number)} missing -> NaN, so stored as decimal numbers"


def missing_bool_note(number: int) -> str:
    """Say that true/false with so many missing becomes a number."""
    return f"{count(number)} missing -> NaN, so stored as the numbers 1 and 0"


def all_missing_note() -> str:
    """Say that a column holds nothing."""
    return "every value is missing"


def text_id_note(source: str, name: str) -> Note:
    """Say that an ID-named column holds text, and offer OMERO's name for such a column."""
    role = id_role(name).removesuffix(" id")
    return Note(
        source,
        f"holds text, not {role} ids: its rows will not link to anything in OMERO",
        fix=Fix(FixKind.RENAME, source, f"{role} Name"),
    )


def shown(value: object) -> str:
    """Quote a value in a message, on one line and cut to a readable length."""
    try:
        text = _WRITER.repr(value).replace("\n", " ")
    except ValueError:
        # Python itself writes no more than some thousand digits.
        text = "a whole number of thousands of digits"
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def as_text_cure(column: str) -> str:
    """Say how a column is stored as text: ``--as-text area (as_text=['area'])``."""
    return _either(f"--as-text {_typed(column)}", f"as_text=[{column!r}]", column)


def exclude_cure(column: str) -> str:
    """Say how a column is left out: ``--exclude area (exclude=['area'])``."""
    return _either(f"--exclude {_typed(column)}", f"exclude=[{column!r}]", column)


def rename_cure(old: str, new: str) -> str:
    """Say how a column is renamed: ``--rename a=b (rename={'a': 'b'})``."""
    return _either(f"--rename {_typed(f'{old}={new}')}", f"rename={{{old!r}: {new!r}}}", old, new)


def _either(option: str, keyword: str, *names: str) -> str:
    """Give the option and the keyword; the keyword alone where the line would misread a name."""
    return f"{option} ({keyword})" if all(map(_PLAIN.fullmatch, names)) else keyword


def _typed(value: str) -> str:
    return value if all(map(_BARE.fullmatch, value.split("="))) else f'"{value}"'


def row_words(row: int, value: object) -> str:
    """Name the first offending row, as ``(row 12: 3.5)``; rows count from 0."""
    return f"(row {row}: {shown(value)})"


def empty_problems(rows: int | None, columns: int) -> tuple[Problem, ...]:
    """Refuse a table without rows or without columns."""
    if not columns:
        return (Problem("", "the table has no columns", "choose at least one column to store"),)
    if rows == 0:
        return (
            Problem("", "the table has no rows", "check the filter or the file that it comes from"),
        )
    return ()


def raise_problems(plan: TablePlan) -> None:
    """Raise when something stands in the way of an upload.

    Raises
    ------
    DataError
        With the first problem in full and the others by their first words.

    """
    if plan.ok:
        return
    first, *others = plan.problems
    message = first.text
    if others:
        listed = "".join(f"\n- {one.text}" for one in others[:_LISTED])
        more = len(others) - _LISTED
        tail = f"\n- and {count(more)} more" if more > 0 else ""
        message = f"{message}\nand {plural(len(others), 'other problem')}:{listed}{tail}"
    raise DataError(message, hint=first.hint)
