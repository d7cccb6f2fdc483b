"""The values of one column, block by block: facts about them, and their stored form.

A block is an Arrow array, or for the cells of `objects` a NumPy array of Python objects. Stored
form is int64, float64, bool or large_string, never with nulls.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from omero_tables_jupyter.arrays.json_text import Unwritable
from omero_tables_jupyter.arrays.plan import EXACT, INT64_MAX, row_words
from omero_tables_jupyter.arrays.rules import Facts, Form, Kind, Trouble
from omero_tables_jupyter.model import Stored

__all__ = [
    "AsText",
    "Booleans",
    "Cells",
    "Durations",
    "Integers",
    "Nothing",
    "Numbers",
    "Refused",
    "Texts",
    "filled_text",
    "first",
    "text_buffers",
    "text_facts",
    "with_nan",
]

_ONLY_NUL = "^\x00+$"
_PER_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
#: The first float64 above every int64.
_BEYOND = float(2**63)


class Cells(ABC):
    """How the values of one kind are looked at and stored."""

    kind: ClassVar[Kind]

    @abstractmethod
    def look(self, raw: Any, start: int) -> Facts:
        """Give the facts about a block whose first row is `start`."""

    @abstractmethod
    def store(self, raw: Any, form: Form) -> pa.Array:
        """Convert a block into stored form."""

    @abstractmethod
    def text(self, raw: Any) -> pa.Array:
        """Give a block as text, the missing values as nulls."""

    def settled(self, facts: Facts) -> bool:
        """Tell whether further rows cannot change what the column becomes."""
        del facts
        return False


class AsText(Cells):
    """Values of any kind that the user wants as text."""

    def __init__(self, inner: Cells) -> None:
        self.inner = inner
        self.kind = inner.kind  # type: ignore[misc]  # a class variable in every other case

    def look(self, raw: Any, start: int) -> Facts:
        """Look at the text, not at the values that it comes from."""
        try:
            return text_facts(self.text(raw), start)
        except (UnicodeError, Unwritable):
            return self.inner.look(raw, start)

    def store(self, raw: Any, form: Form) -> pa.Array:
        """Store the text."""
        del form
        return filled_text(self.text(raw))

    def text(self, raw: Any) -> pa.Array:
        """Give what the inner cells give."""
        return self.inner.text(raw)


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
            wide = first(values > np.uint64(INT64_MAX), values, start)
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
        return with_nan(values, raw)

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
            fraction=first(broken, values, start),
            wide=first(wide, values, start),
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
        return with_nan(values, raw)

    def text(self, raw: pa.Array) -> pa.Array:
        """Write them as Python and pandas do."""
        return pc.if_else(raw, "True", "False").cast(pa.large_string())


class Texts(Cells):
    """Text."""

    kind = Kind.TEXT

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Count the missing and the bytes; find what TileDB cannot tell from an empty text."""
        return text_facts(raw, start)

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Store as UTF-8, the missing ones empty."""
        del form
        return filled_text(raw)

    def text(self, raw: pa.Array) -> pa.Array:
        """Give it as it is."""
        return raw


class Durations(Cells):
    """Time spans, as Arrow has them."""

    kind = Kind.DURATION

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Count the missing."""
        del start
        return Facts(rows=len(raw), missing=raw.null_count)

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Store as seconds."""
        del form
        ticks = raw.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
        return with_nan(ticks / _PER_SECOND[raw.type.unit], raw)

    def text(self, raw: pa.Array) -> pa.Array:
        """Write the seconds."""
        seconds = self.store(raw, Form(Stored.NUMBER))
        return pc.if_else(raw.is_null(), None, seconds).cast(pa.large_string())


class Nothing(Cells):
    """A column in which every value is missing and no type is known."""

    kind = Kind.NOTHING

    def look(self, raw: Any, start: int) -> Facts:
        """Count: all are missing."""
        del start
        return Facts(rows=len(raw), missing=len(raw))

    def store(self, raw: Any, form: Form) -> pa.Array:
        """Store empty texts, or -1 where ids are expected."""
        if form.stored is Stored.INTEGER:
            return pa.array(np.full(len(raw), form.missing, dtype=np.int64))
        return pa.array([""], pa.large_string()).take(pa.array(np.zeros(len(raw), np.int64)))

    def text(self, raw: Any) -> pa.Array:
        """Give nulls."""
        return pa.nulls(len(raw), pa.large_string())


class Refused(Cells):
    """Values that have no stored form; `trouble` says why and what to do, once there is one."""

    kind = Kind.UNKNOWN

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble

    def look(self, raw: Any, start: int) -> Facts:
        """Pass the trouble on, with the first row that has a value."""
        if self.trouble.row is not None:
            return Facts(rows=len(raw), trouble=self.trouble)
        arrow = isinstance(raw, pa.Array)
        there = ~np.asarray(raw.is_null() if arrow else pd.isna(raw), dtype=bool)
        if not there.any():
            return Facts(rows=len(raw), missing=len(raw))
        position = int(there.argmax())
        value = raw[position].as_py() if arrow else raw[position]
        row = start + position
        text = f"{self.trouble.text} {row_words(row, value)}"
        return Facts(rows=len(raw), trouble=replace(self.trouble, row=row, text=text))

    def store(self, raw: Any, form: Form) -> pa.Array:
        """Store empty texts: a plan with a problem is never carried out."""
        return Nothing().store(raw, form)

    def text(self, raw: Any) -> pa.Array:
        """Give nulls likewise."""
        return Nothing().text(raw)

    def settled(self, facts: Facts) -> bool:
        """Need no look once there is a value."""
        return facts.trouble is not None


def text_facts(raw: pa.Array, start: int) -> Facts:
    """Give the facts about a block of text, whose first row is `start`."""
    missing = raw.null_count
    trouble = _undecodable(raw, start)
    n_bytes = 0
    if trouble is None:
        wide = raw.cast(pa.large_string())
        n_bytes = pc.sum(pc.binary_length(wide)).as_py() or 0
        trouble = _only_nul(wide, start)
    density = n_bytes / max(len(raw), 1)
    return Facts(rows=len(raw), missing=missing, trouble=trouble, n_bytes=n_bytes, density=density)


def filled_text(raw: pa.Array) -> pa.Array:
    """Give text in stored form: large, the missing ones empty."""
    wide = raw if raw.type == pa.large_string() else raw.cast(pa.large_string())
    return wide.fill_null("") if wide.null_count else wide


def text_buffers(wide: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Give the offsets (uint64, one a row, from 0) and the bytes of a large_string array.

    Neither is copied but for the offsets of a slice.
    """
    _, offsets, data = wide.buffers()
    if not len(wide) or data is None:
        return np.zeros(len(wide), np.uint64), np.empty(0, np.uint8)
    ends = np.frombuffer(offsets, np.int64)[wide.offset : wide.offset + len(wide) + 1]
    low, high = int(ends[0]), int(ends[-1])
    starts = (ends[:-1] - low if low else ends[:-1]).view(np.uint64)
    return starts, np.frombuffer(data, np.uint8)[low:high]


def first(found: np.ndarray, values: np.ndarray, start: int) -> tuple[int, object] | None:
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


def with_nan(values: np.ndarray, raw: pa.Array) -> pa.Array:
    """Give the float64 `values` as Arrow, with NaN where `raw` is null."""
    if raw.null_count:
        values[raw.is_null().to_numpy(zero_copy_only=False)] = np.nan
    return pa.array(values)


def _undecodable(raw: pa.Array, start: int) -> Trouble | None:
    try:
        raw.validate(full=True)
    except pa.ArrowInvalid:
        for position, value in enumerate(raw.cast(pa.large_binary()).to_pylist()):
            try:
                (value or b"").decode()
            except UnicodeDecodeError:
                return Trouble(
                    start + position,
                    f"has text that is not UTF-8 {row_words(start + position, value)}",
                    "write the file again with its texts in UTF-8",
                )
    return None


def _only_nul(wide: pa.Array, start: int) -> Trouble | None:
    if (text_buffers(wide)[1] != 0).all():
        return None
    found = pc.match_substring_regex(wide, _ONLY_NUL).fill_null(False)
    if not pc.any(found).as_py():
        return None
    row = start + pc.index(found, True).as_py()
    return Trouble(
        row,
        f"has a text of NUL characters only, which would be read back as an empty one (row {row})",
        "replace it by an empty text: frame['{column}'] = "
        "frame['{column}'].str.replace('\\x00', '')",
    )
