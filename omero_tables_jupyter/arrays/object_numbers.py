"""Python objects that become numbers or true/false."""

from __future__ import annotations

import decimal
import math
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa

from omero_tables_jupyter.arrays.missing import is_signal, missing_in
from omero_tables_jupyter.arrays.number_cells import Booleans, Integers, Numbers
from omero_tables_jupyter.arrays.plan import INT64_MAX, INT64_MIN, row_words
from omero_tables_jupyter.arrays.rules import Facts, Form, Kind, Trouble
from omero_tables_jupyter.model import FixKind

__all__ = [
    "ObjectBooleans",
    "ObjectDecimals",
    "ObjectDurations",
    "ObjectIntegers",
    "ObjectNumbers",
]


_TEXT = pa.large_string()


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
        return pa.array([None if pd.isna(one) else _all_digits(one) for one in raw], _TEXT)

    def _arrow(self, raw: np.ndarray) -> pa.Array:
        missing = pd.isna(raw)
        return pa.array(np.where(missing, 0, raw).astype(np.int64), mask=missing)


def _all_digits(value: Any) -> str:
    try:
        return str(int(value))
    except ValueError:
        # Python's own limit is some thousand digits; decimals have none.
        return str(decimal.Decimal(int(value)))


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
        row = next((n for n, one in enumerate(raw) if is_signal(one)), None)
        if row is not None:
            return Facts(rows=len(raw), trouble=_signal_trouble(start + row))
        values = self.floats(raw)
        facts = super().look(pa.array(values), start)
        changed = [
            position
            for position, (here, there) in enumerate(zip(raw, values, strict=True))
            if not (np.isnan(there) or decimal.Decimal(float(there)) == here)
        ]
        # Beyond float64 there is only infinity; and an id that is rounded is another id.
        lost = [one for one in changed if self.ids or np.isinf(values[one])]
        inexact = (start + lost[0], raw[lost[0]]) if lost else None
        return facts + Facts(rounded=len(changed), inexact=inexact)

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write each digit."""
        written = zip(raw, missing_in(raw), strict=True)
        return pa.array([None if gone else str(one) for one, gone in written], _TEXT)

    def settled(self, facts: Facts) -> bool:
        """Need to look at each."""
        del facts
        return False


def _signal_trouble(row: int) -> Trouble:
    return Trouble(
        row,
        f"holds a signalling NaN, which cannot be computed with (row {row}: sNaN)",
        "replace it by a plain one, Decimal('NaN'), or by None",
    )


class ObjectDurations(_Converted):
    """Time spans of Python, pandas and NumPy."""

    kind: ClassVar[Kind] = Kind.DURATION

    def look(self, raw: np.ndarray, start: int) -> Facts:
        """Count the missing; find what is no fixed number of seconds."""
        for row, one in enumerate(raw, start):
            if _is_vague(one):
                return Facts(rows=len(raw), trouble=_vague_trouble(row, one))
        return super().look(pa.array(self.floats(raw)), start)

    def floats(self, raw: np.ndarray) -> np.ndarray:
        """Give the seconds."""
        return np.array([np.nan if pd.isna(one) else _seconds(one) for one in raw], np.float64)

    def text(self, raw: np.ndarray) -> pa.Array:
        """Write the seconds; what has none, as NumPy does."""
        seconds = Numbers().text(pa.array(self.floats(raw))).to_pylist()
        written = zip(raw, seconds, strict=True)
        return pa.array([str(one) if _is_vague(one) else text for one, text in written], _TEXT)


def _seconds(span: Any) -> float:
    if isinstance(span, pd.Timedelta):
        # Older pandas counts its nanoseconds in no total.
        span = span.to_timedelta64()
    if not isinstance(span, np.timedelta64):
        return float(span.total_seconds())
    unit, steps = np.datetime_data(span.dtype)
    return float(int(span.astype(np.int64)) * steps * _SECONDS.get(unit, math.nan))


def _is_vague(span: object) -> bool:
    """Tell spans of months, years or no unit, which are no fixed number of seconds."""
    if not isinstance(span, np.timedelta64) or np.isnat(span):
        return False
    return np.datetime_data(span.dtype)[0] not in _SECONDS


def _vague_trouble(row: int, span: object) -> Trouble:
    return Trouble(
        row,
        f"has a time span in a unit that is no fixed number of seconds {row_words(row, span)}",
        "convert it to seconds first, or store it as text: {as_text}",
        FixKind.AS_TEXT,
    )


#: Fractions, so that a time span is rounded once.
_SECONDS: dict[str, Fraction] = {
    "W": Fraction(604_800),
    "D": Fraction(86_400),
    "h": Fraction(3600),
    "m": Fraction(60),
    **{
        unit: Fraction(1, 1000**n)
        for n, unit in enumerate(("s", "ms", "us", "ns", "ps", "fs", "as"))
    },
}
