"""Columns of Python objects: what they hold, and cells for each kind."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa

from omero_tables_jupyter.model import FixKind
from omero_tables_jupyter.tables.cells import (
    Booleans,
    Cells,
    Integers,
    Nothing,
    Numbers,
    Refused,
    filled_text,
    text_facts,
)
from omero_tables_jupyter.tables.json_text import Unwritable, to_json
from omero_tables_jupyter.tables.plan import INT64_MAX, INT64_MIN, row_words
from omero_tables_jupyter.tables.rules import Facts, Form, Kind, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Nested", "ObjectDecimals", "ObjectTexts", "object_cells"]

_TYPES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("text", (str,)),
    ("true/false", (bool, np.bool_)),
    # Before the integers: NumPy counts its time spans among them.
    ("time spans", (dt.timedelta, np.timedelta64)),
    ("whole numbers", (int, np.integer)),
    ("numbers", (float, np.floating)),
    ("decimals", (decimal.Decimal,)),
    ("complex numbers", (complex, np.complexfloating)),
    ("dates and times", (dt.datetime, np.datetime64)),
    ("dates", (dt.date,)),
    ("times of day", (dt.time,)),
    ("lists", (list, tuple, dict, np.ndarray)),
    ("bytes", (bytes, bytearray, memoryview)),
    ("periods", (pd.Period,)),
    ("intervals", (pd.Interval,)),
)
_NOTHING = (type(None), type(pd.NaT), type(pd.NA))
_NUMBERS = {"whole numbers", "numbers"}


def object_cells(values: np.ndarray, *, ids: bool, as_text: bool) -> Cells:
    """Choose the cells for a column of Python objects.

    Parameters
    ----------
    values
        The whole column.
    ids
        Whether its name asks for whole numbers.
    as_text
        Whether the user wants text whatever it holds.

    """
    words = _words_of(values)
    if not words:
        return Nothing()
    if words == _NUMBERS:
        return ObjectNumbers(ids=ids)
    if len(words) > 1:
        return AnyAsText() if as_text else Refused(_mixed(values))
    (word,) = words
    if as_text and word not in _CELLS:
        return AnyAsText()
    if word == "numbers":
        return ObjectNumbers(ids=ids)
    return _CELLS[word]() if word in _CELLS else Refused(_unknown(values, word))


def _words_of(values: np.ndarray) -> set[str]:
    """Give the words for what the cells hold, leaving out the missing."""
    types = set(map(type, values)).difference(_NOTHING)
    words = {_word(one) for one in types}
    # A float among other things is mostly the NaN of a missing value.
    if "numbers" in words and words != {"numbers"}:
        present = values[~pd.isna(values)]
        words = {_word(one) for one in set(map(type, present))}
    return words


def _word(one: type) -> str:
    for word, types in _TYPES:
        if issubclass(one, types):
            return word
    return f"objects of type {one.__name__}"


def _present(values: np.ndarray) -> list[int]:
    return [int(position) for position in np.flatnonzero(~pd.isna(values))]


def _mixed(values: np.ndarray) -> Trouble:
    present = _present(values)
    usual = _word(type(values[present[0]]))
    row = next(one for one in present if _word(type(values[one])) != usual)
    other = _word(type(values[row]))
    return Trouble(
        row,
        f"mixes {usual} and {other} {row_words(row, values[row])}",
        "Split it, correct the value, or store it as text: "
        "frame['{column}'] = frame['{column}'].astype(str).",
        FixKind.AS_TEXT,
    )


def _unknown(values: np.ndarray, word: str) -> Trouble:
    row = _present(values)[0]
    what = f"holds {word}, which OMERO tables cannot store {row_words(row, values[row])}"
    return Trouble(row, what, _CURES.get(word, _CURES[""]), FixKind.AS_TEXT)


_CURES = {
    "": "Store it as text: frame['{column}'] = frame['{column}'].astype(str).",
    "bytes": "Decode it to text: frame['{column}'] = frame['{column}'].str.decode('utf-8').",
    "complex numbers": (
        "Split it into two columns, frame['{column}'].to_numpy().real and .imag, or store it as "
        "text with .astype(str)."
    ),
}


class ObjectCells(Cells):
    """Python objects of one kind, written one by one."""

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Look at the text that they become."""
        try:
            return text_facts(self.text(raw), start)
        except (UnicodeError, Unwritable):
            return _first_unwritable(self, raw, start)

    def store(self, raw: np.ndarray, form: Form) -> pa.Array:
        """Store the text."""
        del form
        return filled_text(self.text(raw))

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write each of them, the missing as nulls."""
        missing = pd.isna(raw)
        written = [
            None if gone else self.write(value) for value, gone in zip(raw, missing, strict=True)
        ]
        return pa.array(written, pa.large_string())

    def write(self, value: Any) -> str:
        """Write one of them."""
        return str(value)


def _first_unwritable(cells: ObjectCells, raw: np.ndarray, start: int) -> Facts:
    for position in range(len(raw)):
        try:
            cells.text(raw[position : position + 1])
        except UnicodeError:
            row = start + position
            return Facts(
                rows=len(raw),
                trouble=Trouble(
                    row,
                    f"has text that is not valid Unicode {row_words(row, raw[position])}",
                    "Replace what cannot be written: frame['{column}'] = "
                    "frame['{column}'].str.encode('utf-8', 'replace').str.decode('utf-8').",
                ),
            )
        except Unwritable as error:
            row = start + position
            text = f"{error} {row_words(row, raw[position])}"
            return Facts(rows=len(raw), trouble=Trouble(row, text, error.hint, error.fix))
    raise AssertionError("a block failed whose cells are all well")


class ObjectTexts(ObjectCells):
    """Text as Python strings."""

    kind = Kind.TEXT

    def text(self, raw: np.ndarray) -> pa.Array:
        """Hand them over at once; None, NaN, NaT and NA are nulls."""
        return pa.array(raw, pa.large_string(), from_pandas=True)


class AnyAsText(ObjectCells):
    """Anything, as `str` writes it; bytes are decoded, lists become JSON."""

    kind = Kind.UNKNOWN

    def write(self, value: Any) -> str:
        """Write one of them."""
        if isinstance(value, (bytes, bytearray, memoryview)):
            return _decoded(bytes(value))
        return to_json(value) if _word(type(value)) == "lists" else str(value)


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Unwritable(
            "has bytes that are not UTF-8 text",
            hint="Decode them with their own encoding first: "
            "frame['{column}'].str.decode('latin-1').",
        ) from None


class Nested(ObjectCells):
    """Lists, dicts and arrays, as JSON."""

    kind = Kind.NESTED

    def write(self, value: Any) -> str:
        """Write one of them."""
        return to_json(value)


class ObjectSpans(ObjectCells):
    """Periods and intervals."""

    kind = Kind.SPAN


class ObjectDates(ObjectCells):
    """Calendar dates."""

    kind = Kind.DATE

    def write(self, value: dt.date) -> str:
        """Write year, month and day."""
        return value.isoformat()


class ObjectIntegers(Integers):
    """Python's whole numbers, of any length."""

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Find what int64 cannot hold, else look as at any integers."""
        try:
            return super().look(self._arrow(raw), start)
        except OverflowError:
            row, value = next(
                (row, int(value))
                for row, value in enumerate(raw)
                if not pd.isna(value) and not INT64_MIN <= int(value) <= INT64_MAX
            )
            return Facts(rows=len(raw), missing=int(pd.isna(raw).sum()), wide=(start + row, value))

    def store(self, raw: np.ndarray, form: Form) -> pa.Array:
        """Store as any integers."""
        return super().store(self._arrow(raw), form)

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write the digits, however many."""
        return pa.array([None if pd.isna(one) else str(int(one)) for one in raw], pa.large_string())

    def _arrow(self, raw: np.ndarray) -> pa.Array:
        missing = pd.isna(raw)
        return pa.array(np.where(missing, 0, raw).astype(np.int64), mask=missing)


class ObjectBooleans(Booleans):
    """Python's and NumPy's true and false."""

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Count the missing."""
        return super().look(self._arrow(raw), start)

    def store(self, raw: np.ndarray, form: Form) -> pa.Array:
        """Store as any true/false."""
        return super().store(self._arrow(raw), form)

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write True and False."""
        return super().text(self._arrow(raw))

    def _arrow(self, raw: np.ndarray) -> pa.Array:
        missing = pd.isna(raw)
        return pa.array(np.where(missing, False, raw).astype(np.bool_), mask=missing)


class _Converted(Numbers):
    """Objects that become float64 one by one."""

    def store(self, raw: np.ndarray, form: Form) -> pa.Array:
        """Convert, then store as any numbers."""
        return super().store(pa.array(self.floats(raw)), form)

    def floats(self, raw: np.ndarray) -> np.ndarray:
        """Give the nearest float64 of each, NaN where it is missing."""
        return np.where(pd.isna(raw), np.nan, raw).astype(np.float64)


class ObjectNumbers(_Converted):
    """Python and NumPy numbers, whole ones among them."""

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Find what float64 cannot hold exactly, else look as at any numbers."""
        try:
            values = self.floats(raw)
        except OverflowError:
            return Facts(rows=len(raw), inexact=_beyond_float(raw, start))
        missing = np.isnan(values)
        facts = super().look(pa.array(values), start)
        changed = ~missing & (np.where(missing, 0, raw) != values.astype(object))
        if not np.any(changed):
            return facts
        position = int(np.argmax(changed))
        return facts + Facts(inexact=(start + position, raw[position]))

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write each as Python does."""
        return pa.array([None if pd.isna(one) else str(one) for one in raw], pa.large_string())

    def settled(self, facts: Facts) -> bool:
        """Need to look at each."""
        del facts
        return False


def _beyond_float(raw: np.ndarray, start: int) -> tuple[int, object]:
    for position, value in enumerate(raw):
        try:
            float(0 if pd.isna(value) else value)
        except OverflowError:
            return start + position, value
    raise AssertionError("a block overflowed of which no value does")


class ObjectDecimals(_Converted):
    """Decimals: those of Python, and those of Arrow as Python has them."""

    kind: ClassVar[Kind] = Kind.DECIMAL

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Count those without an exact float64."""
        values = self.floats(raw)
        facts = super().look(pa.array(values), start)
        rounded = sum(
            not (np.isnan(there) or decimal.Decimal(float(there)) == here)
            for here, there in zip(raw, values, strict=True)
        )
        return facts + Facts(rounded=rounded)

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write each digit."""
        return pa.array([None if pd.isna(one) else str(one) for one in raw], pa.large_string())

    def settled(self, facts: Facts) -> bool:
        """Need to look at each."""
        del facts
        return False


class ObjectDurations(_Converted):
    """Time spans of Python, pandas and NumPy."""

    kind: ClassVar[Kind] = Kind.DURATION

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Count the missing."""
        return super().look(pa.array(self.floats(raw)), start)

    def floats(self, raw: np.ndarray) -> np.ndarray:
        """Give the seconds."""
        return np.array([np.nan if pd.isna(one) else _seconds(one) for one in raw], np.float64)

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write the seconds."""
        return Numbers().text(pa.array(self.floats(raw)))


def _seconds(span: Any) -> float:
    return float(
        pd.Timedelta(span).total_seconds()
        if isinstance(span, np.timedelta64)
        else span.total_seconds()
    )


class ObjectMoments(ObjectCells):
    """Dates and times of Python, pandas and NumPy; each keeps its own offset."""

    kind = Kind.MOMENT

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Find the precision, and whether there are zones."""
        present = [one for one in raw if not pd.isna(one)]
        digits = max((_moment_digits(one) for one in present), default=0)
        zoned = any(getattr(one, "tzinfo", None) is not None for one in present)
        return super().look(raw, start) + Facts(digits=digits, zoned=zoned)

    def store(self, raw: np.ndarray, form: Form) -> pa.Array:
        """Write each to `form.digits` decimals."""
        return filled_text(_written(raw, lambda one: _moment_text(one, form.digits)))

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write each to the finest precision."""
        return _written(raw, lambda one: _moment_text(one, 9 if _moment_digits(one) > 6 else 6))  # noqa: PLR2004


class ObjectTimes(ObjectCells):
    """Times of day."""

    kind = Kind.TIME

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Find the precision."""
        digits = max((_clock_digits(one) for one in raw if not pd.isna(one)), default=0)
        return super().look(raw, start) + Facts(digits=digits)

    def store(self, raw: np.ndarray, form: Form) -> pa.Array:
        """Write each to `form.digits` decimals."""
        return filled_text(_written(raw, lambda one: one.isoformat(_TIMESPECS[form.digits])))

    def write(self, value: dt.time) -> str:
        """Write one to the microsecond."""
        return value.isoformat("microseconds")


_TIMESPECS = {0: "seconds", 3: "milliseconds", 6: "microseconds", 9: "nanoseconds"}


def _written(raw: np.ndarray, write: Callable[[Any], str]) -> pa.Array:
    return pa.array([None if pd.isna(one) else write(one) for one in raw], pa.large_string())


def _clock_digits(one: Any) -> int:
    if not one.microsecond:
        return 0
    return 6 if one.microsecond % 1000 else 3


def _moment_digits(one: Any) -> int:
    if isinstance(one, np.datetime64):
        one = pd.Timestamp(one)
    return 9 if getattr(one, "nanosecond", 0) else _clock_digits(one)


def _moment_text(one: Any, digits: int) -> str:
    if isinstance(one, np.datetime64):
        one = pd.Timestamp(one)
    if digits == 9 and not isinstance(one, pd.Timestamp):  # noqa: PLR2004 - Python's end at six
        head, offset = one.isoformat(timespec="microseconds"), ""
        if one.tzinfo is not None:
            cut = len(one.replace(tzinfo=None).isoformat(timespec="microseconds"))
            head, offset = head[:cut], head[cut:]
        return f"{head}000{offset}"
    return str(one.isoformat(timespec=_TIMESPECS[digits]))


_CELLS: dict[str, Callable[[], Cells]] = {
    "text": ObjectTexts,
    "true/false": ObjectBooleans,
    "time spans": ObjectDurations,
    "whole numbers": ObjectIntegers,
    "numbers": ObjectNumbers,
    "decimals": ObjectDecimals,
    "dates and times": ObjectMoments,
    "dates": ObjectDates,
    "times of day": ObjectTimes,
    "lists": Nested,
    "periods": ObjectSpans,
    "intervals": ObjectSpans,
}
