"""Python objects that become text: strings, JSON, periods, dates and times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from omero_tables_jupyter.arrays.cells import Cells
from omero_tables_jupyter.arrays.json_text import Unwritable, to_json
from omero_tables_jupyter.arrays.missing import missing_in
from omero_tables_jupyter.arrays.plan import row_words
from omero_tables_jupyter.arrays.rules import Facts, Form, Kind, Trouble
from omero_tables_jupyter.arrays.text_cells import filled_text, text_facts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

__all__ = [
    "NESTED",
    "AnyAsText",
    "Nested",
    "ObjectCells",
    "ObjectDates",
    "ObjectMoments",
    "ObjectSpans",
    "ObjectTexts",
    "ObjectTimes",
]

_LOOK_ROWS = 1024
#: What is written as JSON.
NESTED = (list, tuple, dict, np.ndarray)


class ObjectCells(Cells):
    """Python objects of one kind, written one by one."""

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Look at the text that they become, of some at a time: texts may be long."""
        facts = Facts()
        for at in range(0, len(raw), _LOOK_ROWS):
            part = raw[at : at + _LOOK_ROWS]
            try:
                facts += text_facts(self.text(part), start + at)
            except (UnicodeError, Unwritable):
                return facts + _first_unwritable(self, part, start + at)
        return facts

    def store(self, raw: np.ndarray, form: Form) -> pa.Array:
        """Store the text."""
        del form
        return filled_text(self.text(raw))

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write each of them, the missing as nulls."""
        missing = missing_in(raw)
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
                    "replace what cannot be written: frame['{column}'] = "
                    "frame['{column}'].str.encode('utf-8', 'replace').str.decode('utf-8')",
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
        try:
            return pa.array(raw, pa.large_string(), from_pandas=True)
        except pa.ArrowException:
            # Arrow does not know all that pandas takes for missing, such as NumPy's own NaT.
            cells = raw.copy()
            cells[pd.isna(raw)] = None
            return pa.array(cells, pa.large_string())


class AnyAsText(ObjectCells):
    """Anything, as `str` writes it; bytes are decoded, lists become JSON."""

    kind = Kind.UNKNOWN

    def write(self, value: Any) -> str:
        """Write one of them."""
        if isinstance(value, (bytes, bytearray, memoryview)):
            return _decoded(bytes(value))
        return to_json(value) if isinstance(value, NESTED) else str(value)


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Unwritable(
            "has bytes that are not UTF-8 text",
            hint="decode them with their own encoding first: "
            "frame['{column}'] = frame['{column}'].str.decode('latin-1')",
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


class ObjectMoments(ObjectCells):
    """Dates and times of Python, pandas and NumPy; each keeps its own offset."""

    kind = Kind.MOMENT

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Find the precision, and whether there are zones."""
        facts = super().look(raw, start)
        if facts.trouble:
            return facts
        present = [one for one in raw if not pd.isna(one)]
        digits = max((_moment_digits(one) for one in present), default=0)
        zoned = any(getattr(one, "tzinfo", None) is not None for one in present)
        return facts + Facts(digits=digits, zoned=zoned)

    def store(self, raw: np.ndarray, form: Form) -> pa.Array:
        """Write each to `form.digits` decimals."""
        return filled_text(_written(raw, lambda one: _moment_text(one, form.digits)))

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write each to the finest precision."""
        return _written(raw, lambda one: _moment_text(one, max(_moment_digits(one), _MICRO)))


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


_LAST_YEAR = 9999
#: Units of NumPy's moments that pandas has not.
_TOO_FINE = ("ps", "fs", "as")
#: The decimals of a second that Python's own moments have, and those of pandas.
_MICRO, _NANO = 6, 9
_TIMESPECS = {0: "seconds", 3: "milliseconds", 6: "microseconds", 9: "nanoseconds"}


def _written(raw: np.ndarray, write: Callable[[Any], str]) -> pa.Array:
    return pa.array([None if pd.isna(one) else write(one) for one in raw], pa.large_string())


def _clock_digits(one: Any) -> int:
    if not one.microsecond:
        return 0
    return 6 if one.microsecond % 1000 else 3


def _stamp(one: np.datetime64) -> pd.Timestamp:
    unit = np.datetime_data(one.dtype)[0]
    if unit in _TOO_FINE:
        # pandas would take the ticks for those of another unit.
        whole = one.astype("M8[ns]")
        if whole.astype(one.dtype) != one:
            raise Unwritable(
                "has a time with more than nine decimals of a second",
                hint="round it: frame['{column}'] = frame['{column}'].astype('datetime64[ns]')",
            )
        one = whole
    try:
        return pd.Timestamp(one)
    except ValueError:
        raise _beyond_years() from None


def _beyond_years() -> Unwritable:
    return Unwritable(
        "has a date outside the years 0 to 9999", hint="correct the date, or make it missing"
    )


def _moment_digits(one: Any) -> int:
    if isinstance(one, np.datetime64):
        one = _stamp(one)
    return 9 if getattr(one, "nanosecond", 0) else _clock_digits(one)


def _moment_text(one: Any, digits: int) -> str:
    if isinstance(one, np.datetime64):
        one = _stamp(one)
    if not 0 <= one.year <= _LAST_YEAR:
        raise _beyond_years()
    if digits == _NANO and not isinstance(one, pd.Timestamp):
        head, offset = one.isoformat(timespec="microseconds"), ""
        if one.tzinfo is not None:
            cut = len(one.replace(tzinfo=None).isoformat(timespec="microseconds"))
            head, offset = head[:cut], head[cut:]
        return f"{head}000{offset}"
    return str(one.isoformat(timespec=_TIMESPECS[digits]))
