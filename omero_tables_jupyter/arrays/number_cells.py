"""Cells of numbers, of truth values and of time spans, as Arrow has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from omero_tables_jupyter.arrays.cells import Cells
from omero_tables_jupyter.arrays.plan import EXACT, INT64_MAX
from omero_tables_jupyter.arrays.rules import Facts, Form, Kind
from omero_tables_jupyter.model import Stored

__all__ = ["Booleans", "Durations", "Integers", "Numbers"]

_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
#: The first float64 above every int64.
_BEYOND = float(2**63)


@dataclass(frozen=True)
class Integers(Cells):
    """Whole numbers; `sure` where the source vouches that none is missing and all fit int64."""

    kind: ClassVar[Kind] = Kind.INTEGER
    sure: bool = False

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Count the missing; find what neither int64 nor float64 holds."""
        facts = Facts(rows=len(raw), missing=raw.null_count)
        if self.sure or facts.missing == facts.rows:
            return facts
        ends = pc.min_max(raw).as_py()
        if ends["min"] >= -EXACT and ends["max"] <= EXACT:
            return facts
        values = raw.fill_null(0).to_numpy(zero_copy_only=False)
        wide = None
        if ends["max"] > INT64_MAX:
            wide = _first(values > np.uint64(INT64_MAX), values, start)
        return Facts(
            rows=facts.rows,
            missing=facts.missing,
            wide=wide,
            inexact=_first_inexact(values, start),
        )

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Store as int64, or as float64 where some are missing."""
        if form.stored is Stored.INTEGER:
            whole = raw if raw.type == pa.int64() else raw.cast(pa.int64())
            return whole.fill_null(form.missing) if whole.null_count else whole
        values = raw.fill_null(0).to_numpy(zero_copy_only=False).astype(np.float64)
        return _with_nan(values, raw)

    def text(self, raw: pa.Array) -> pa.Array:
        """Write the digits."""
        return raw.cast(pa.large_string())

    def settled(self, facts: Facts) -> bool:
        """Need no look where the source vouches for them."""
        return self.sure or facts.wide is not None


@dataclass(frozen=True)
class Numbers(Cells):
    """Floating-point numbers; `ids` where they are to be whole."""

    kind: ClassVar[Kind] = Kind.NUMBER
    ids: bool = False

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Count the missing; for ids, find what is not whole."""
        values = self._values(raw)
        missing = np.isnan(values)
        facts = Facts(rows=len(values), missing=int(missing.sum()))
        if not self.ids or facts.missing == facts.rows:
            return facts
        with np.errstate(invalid="ignore"):
            broken = ~missing & (np.isinf(values) | (np.trunc(values) != values))
            wide = (values >= _BEYOND) | (values < -_BEYOND)
        return Facts(
            rows=facts.rows,
            missing=facts.missing,
            fraction=_first(broken, values, start),
            wide=_first(wide, values, start),
        )

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Store as float64, bit by bit; whole ids as int64."""
        if form.stored is Stored.NUMBER:
            return pa.array(self._values(raw))
        values = self._values(raw)
        missing = np.isnan(values)
        if missing.any():
            values = np.where(missing, float(form.missing or 0), values)
        return pa.array(values.astype(np.int64))

    def text(self, raw: pa.Array) -> pa.Array:
        """Write the shortest text that reads back as the same number."""
        if raw.type == pa.float16():
            # Older Arrow does not write half floats.
            raw = pa.array(raw.to_numpy(zero_copy_only=False).astype(np.float32))
        return pc.if_else(pc.is_nan(raw), None, raw).cast(pa.large_string())

    def settled(self, facts: Facts) -> bool:
        """Need no further look once there is any value."""
        return not self.ids and facts.missing < facts.rows

    def _values(self, raw: pa.Array) -> np.ndarray:
        # By way of NumPy: older Arrow cannot cast half floats.
        values: np.ndarray = raw.to_numpy(zero_copy_only=False)
        # A signalling NaN of 32 bits is one of 64 bits too, whatever NumPy warns of.
        with np.errstate(invalid="ignore"):
            return values.astype(np.float64, copy=False)


class Booleans(Cells):
    """True and false."""

    kind = Kind.BOOLEAN

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Count the missing."""
        del start
        return Facts(rows=len(raw), missing=raw.null_count)

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Store as they are, or as 1, 0 and NaN where some are missing."""
        if form.stored is Stored.BOOLEAN:
            return raw
        values = raw.fill_null(False).to_numpy(zero_copy_only=False).astype(np.float64)
        return _with_nan(values, raw)

    def text(self, raw: pa.Array) -> pa.Array:
        """Write them as Python and pandas do."""
        return pc.if_else(raw, "True", "False").cast(pa.large_string())


class Durations(Cells):
    """Time spans, as Arrow has them."""

    kind = Kind.DURATION

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Count the missing, and those of so many digits that seconds cannot hold the last."""
        del start
        ticks = raw.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        long = ticks[(ticks > EXACT) | (ticks < -EXACT)]
        rounded = np.count_nonzero(long % _PER_SECOND[raw.type.unit])
        return Facts(rows=len(raw), missing=raw.null_count, rounded=int(rounded))

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Store as seconds."""
        del form
        ticks = raw.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return _with_nan(ticks / _PER_SECOND[raw.type.unit], raw)

    def text(self, raw: pa.Array) -> pa.Array:
        """Write the seconds."""
        seconds = self.store(raw, Form(Stored.NUMBER))
        return pc.if_else(raw.is_null(), None, seconds).cast(pa.large_string())


def _first(found: np.ndarray, values: np.ndarray, start: int) -> tuple[int, object] | None:
    """Give the row and the value of the first True in `found`, None where there is none."""
    if not found.any():
        return None
    position = int(found.argmax())
    return start + position, values[position].item()


def _first_inexact(values: np.ndarray, start: int) -> tuple[int, object] | None:
    large = values > EXACT
    if values.dtype.kind == "i":
        large |= values < -EXACT
    for position in np.flatnonzero(large):
        value = int(values[position])
        if int(float(value)) != value:
            return start + int(position), value
    return None


def _with_nan(values: np.ndarray, raw: pa.Array) -> pa.Array:
    """Give the float64 `values` as Arrow, with NaN where `raw` is null."""
    if raw.null_count:
        values[raw.is_null().to_numpy(zero_copy_only=False)] = np.nan
    return pa.array(values)
