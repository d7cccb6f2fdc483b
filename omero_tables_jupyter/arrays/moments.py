"""Dates and times as ISO 8601 text: one precision a column, the UTC offset kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from omero_tables_jupyter.arrays.cells import Cells
from omero_tables_jupyter.arrays.plan import row_words
from omero_tables_jupyter.arrays.rules import Facts, Form, Kind, Trouble
from omero_tables_jupyter.arrays.text_cells import filled_text

if TYPE_CHECKING:
    from datetime import tzinfo

__all__ = ["DIGITS", "Dates", "Moments", "Times"]

#: The decimals of a second that a unit stands for.
DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_Unit = Literal["s", "ms", "us", "ns"]
_UNITS: dict[int, _Unit] = {0: "s", 3: "ms", 6: "us", 9: "ns"}
_FIRST_YEAR, _LAST_YEAR = 0, 9999
_DAY_MS, _HOUR_S, _MINUTE_S = 86_400_000, 3600, 60
#: The last three of the nine decimals of a second.
_NANOS = np.array([f"{n:03d}" for n in range(1000)])


@dataclass(frozen=True)
class Moments(Cells):
    """Timestamps: Arrow ones without a zone, in UTC where `zone` is given."""

    kind: ClassVar[Kind] = Kind.MOMENT
    zone: tzinfo | None = None

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Count the missing; find the precision, and years that ISO 8601 has no place for."""
        moments = _moments(raw)
        # pandas knows the zones' times from the year 1 on.
        trouble = _year_trouble(moments, raw, start, first=_FIRST_YEAR + (self.zone is not None))
        if self.zone is not None and not trouble and _at_the_ends(moments):
            trouble = _year_trouble(_local(moments, self.zone)[0], raw, start)
        return Facts(
            rows=len(raw),
            missing=raw.null_count,
            digits=_digits(moments.view(np.int64), DIGITS[raw.type.unit]),
            zoned=self.zone is not None,
            trouble=trouble,
        )

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Write the local time, to `form.digits` decimals, and the offset."""
        return filled_text(self._write(raw, form.digits))

    def text(self, raw: pa.Array) -> pa.Array:
        """Write them to the precision of their unit."""
        return self._write(raw, DIGITS[raw.type.unit])

    def _write(self, raw: pa.Array, digits: int) -> pa.Array:
        moments = _moments(raw)
        if self.zone is None:
            return _texts(np.datetime_as_string(moments, unit=_UNITS[digits]), raw)
        local, offsets = _local(moments, self.zone)
        written = np.datetime_as_string(local, unit=_UNITS[min(digits, DIGITS["us"])])
        if digits == DIGITS["ns"]:
            written = np.char.add(written, _last_decimals(moments))
        return _texts(np.char.add(written, offsets), raw)


class Dates(Cells):
    """Calendar dates."""

    kind = Kind.DATE

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Count the missing; find years that ISO 8601 has no place for."""
        trouble = _year_trouble(_days(raw), raw, start)
        return Facts(rows=len(raw), missing=raw.null_count, trouble=trouble)

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Write year, month and day."""
        del form
        return filled_text(self.text(raw))

    def text(self, raw: pa.Array) -> pa.Array:
        """Write year, month and day."""
        written = np.datetime_as_string(_days(raw), unit="D")
        return _texts(written, raw)


class Times(Cells):
    """Times of day."""

    kind = Kind.TIME

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Count the missing; find the precision."""
        del start
        unit = raw.type.unit
        ticks = _ticks_of_day(raw).fill_null(0).to_numpy(zero_copy_only=False)
        facts = Facts(rows=len(raw), missing=raw.null_count)
        return replace(facts, digits=_digits(ticks, DIGITS[unit]))

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Write hours, minutes, seconds to `form.digits` decimals."""
        return filled_text(_cut(raw, form.digits))

    def text(self, raw: pa.Array) -> pa.Array:
        """Write them to the precision of their unit."""
        return _cut(raw, DIGITS[raw.type.unit])


def _texts(written: np.ndarray, raw: pa.Array) -> pa.Array:
    missing = raw.is_null().to_numpy(zero_copy_only=False)
    # In two steps: older Arrow makes no large texts of NumPy's.
    return pa.array(written, mask=missing).cast(pa.large_string())


def _moments(raw: pa.Array) -> np.ndarray:
    ticks: np.ndarray = raw.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    return ticks.view(f"M8[{raw.type.unit}]")


def _days(raw: pa.Array) -> np.ndarray:
    is_fine = pt.is_date64(raw.type)
    ticks = raw.cast(pa.int64() if is_fine else pa.int32()).fill_null(0)
    days: np.ndarray = ticks.to_numpy(zero_copy_only=False).astype(np.int64)
    return (days // _DAY_MS if is_fine else days).view("M8[D]")


def _ticks_of_day(raw: pa.Array) -> pa.Array:
    return raw.cast(pa.int32() if pa.types.is_time32(raw.type) else pa.int64())


def _cut(raw: pa.Array, digits: int) -> pa.Array:
    unit = _UNITS[digits]
    coarse = pa.time32(unit) if unit in ("s", "ms") else pa.time64(unit)
    return raw.cast(coarse).cast(pa.large_string())


def _digits(ticks: np.ndarray, finest: int) -> int:
    for digits in range(0, finest, 3):
        if not (ticks % 10 ** (finest - digits)).any():
            return digits
    return finest


def _last_decimals(moments: np.ndarray) -> np.ndarray:
    """Give what nanoseconds have more than microseconds; a block may be of a coarser unit."""
    if moments.dtype != np.dtype("M8[ns]"):
        return _NANOS[:1]
    return _NANOS[moments.view(np.int64) % len(_NANOS)]


def _local(moments: np.ndarray, zone: tzinfo) -> tuple[np.ndarray, np.ndarray]:
    """Give local times, of microseconds at most, and their offsets from UTC as text."""
    if moments.dtype == np.dtype("M8[ns]"):
        # Where nanoseconds end, local time goes on.
        moments = (moments.view(np.int64) // 1000).view("M8[us]")
    local = pd.DatetimeIndex(moments).tz_localize("UTC").tz_convert(zone).tz_localize(None)
    there = local.to_numpy().astype(moments.dtype)
    seconds = (there - moments).astype("m8[s]").astype(np.int64)
    distinct, which = np.unique(seconds, return_inverse=True)
    return there, np.array([_offset(int(one)) for one in distinct], dtype=np.str_)[which]


def _offset(seconds: int) -> str:
    hours, rest = divmod(abs(seconds), _HOUR_S)
    minutes, rest = divmod(rest, _MINUTE_S)
    tail = f":{rest:02d}" if rest else ""
    return f"{'-' if seconds < 0 else '+'}{hours:02d}:{minutes:02d}{tail}"


def _at_the_ends(moments: np.ndarray) -> bool:
    """Tell whether an offset could carry one of them out of the years that ISO 8601 has."""
    years = moments.astype("M8[Y]").astype(np.int64) + 1970
    return bool(((years <= _FIRST_YEAR) | (years >= _LAST_YEAR)).any())


def _year_trouble(
    moments: np.ndarray, raw: Any, start: int, *, first: int = _FIRST_YEAR
) -> Trouble | None:
    years = moments.astype("M8[Y]").astype(np.int64) + 1970
    beyond = (years < first) | (years > _LAST_YEAR)
    if raw.null_count:
        beyond &= ~raw.is_null().to_numpy(zero_copy_only=False)
    if not pc.any(pa.array(beyond)).as_py():
        return None
    position = int(beyond.argmax())
    row = start + position
    return Trouble(
        row,
        f"has a date outside the years {first} to {_LAST_YEAR} "
        f"{row_words(row, str(moments[position]))}",
        "correct the date, or make it missing",
    )
