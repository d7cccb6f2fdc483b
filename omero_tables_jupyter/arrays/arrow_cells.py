"""Which cells an Arrow type takes, and Arrow values freed from their wrappings."""

from __future__ import annotations

import uuid
import zoneinfo
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from omero_tables_jupyter.arrays.cells import Cells, Nothing, Refused
from omero_tables_jupyter.arrays.moments import Dates, Moments, Times
from omero_tables_jupyter.arrays.number_cells import Booleans, Durations, Integers, Numbers
from omero_tables_jupyter.arrays.object_numbers import ObjectDecimals
from omero_tables_jupyter.arrays.object_texts import AnyAsText, Nested
from omero_tables_jupyter.arrays.rules import Facts, Form, Kind, Trouble
from omero_tables_jupyter.arrays.text_cells import Texts
from omero_tables_jupyter.model import FixKind

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FromArrow", "arrow_cells", "plain", "value_type"]

#: What pandas calls its own types in Arrow; below them are plain numbers.
_SPANS = ("pandas.period", "pandas.interval")
_BOOL8, _UUID = "arrow.bool8", "arrow.uuid"
# With the first of its arrays pandas makes them known to Arrow, which else reads the numbers.
pa.array(pd.PeriodIndex([], freq="D"))


#: What becomes of types that are stored otherwise than they are meant.
_WRITTEN = {_BOOL8: pa.bool_(), _UUID: pa.large_string()}


class FromArrow(Cells):
    """Cells that need Python objects, over Arrow values."""

    def __init__(self, inner: Cells) -> None:
        self.inner = inner
        self.kind = inner.kind  # type: ignore[misc]  # a class variable in every other case

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Look at the objects; find what Python has no object for."""
        try:
            objects = _objects(raw)
        except (ValueError, OverflowError) as error:
            row = start + _first_without_object(raw)
            return Facts(
                rows=len(raw),
                trouble=Trouble(
                    row,
                    f"has a value that Python cannot hold (row {row}): {error}",
                    "correct the value, or leave the column out: exclude=['{column}']",
                ),
            )
        return self.inner.look(objects, start)

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Store the objects."""
        return self.inner.store(_objects(raw), form)

    def text(self, raw: pa.Array) -> pa.Array:
        """Write the objects."""
        return self.inner.text(_objects(raw))


def _objects(raw: pa.Array) -> np.ndarray:
    objects = np.empty(len(raw), dtype=object)
    objects[:] = raw.to_pylist()
    return objects


def _first_without_object(raw: pa.Array) -> int:
    for position in range(len(raw)):
        try:
            raw[position].as_py()
        except (ValueError, OverflowError):
            return position
    raise AssertionError("a block failed whose values are all well")


class _Spans(Texts):
    """Periods and intervals of pandas, which `plain` gives as text."""

    kind = Kind.SPAN


def value_type(kind: pa.DataType) -> pa.DataType:
    """Give the type below dictionaries, runs and extensions."""
    while True:
        if pt.is_dictionary(kind) or pt.is_run_end_encoded(kind):
            kind = kind.value_type
        elif isinstance(kind, pa.BaseExtensionType):
            if kind.extension_name in _SPANS:
                return kind
            kind = _WRITTEN.get(kind.extension_name, kind.storage_type)
        else:
            return kind


def plain(raw: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Give one array without dictionaries, runs, extensions or text views."""
    if isinstance(raw, pa.ChunkedArray):
        # Plain first: joined as they are, dictionaries and short texts may be too many for their
        # type.
        chunks = [*map(plain, raw.chunks)] or [plain(pa.array([], raw.type))]
        return chunks[0] if len(chunks) == 1 else pa.concat_arrays(chunks)
    while True:
        if pt.is_dictionary(raw.type):
            raw = _decoded(raw)
        elif pt.is_run_end_encoded(raw.type):
            raw = pc.run_end_decode(raw)
        elif isinstance(raw.type, pa.BaseExtensionType):
            raw = _stripped(raw)
        else:
            break
    if pt.is_timestamp(raw.type) and raw.type.tz is not None:
        return raw.cast(pa.int64()).cast(pa.timestamp(raw.type.unit))
    return _large(raw) if _is_text(raw.type) else raw


def _decoded(raw: pa.DictionaryArray) -> pa.Array:
    try:
        return raw.dictionary_decode()
    except pa.ArrowInvalid:
        # More than 2 GB of text, for which its type has no offsets.
        wide = plain(raw.dictionary)
        return pa.DictionaryArray.from_arrays(raw.indices, wide).dictionary_decode()


def _large(raw: pa.Array) -> pa.Array:
    try:
        return raw.cast(pa.large_string())
    except pa.ArrowNotImplementedError:
        # Older Arrow knows text views, but not how to leave them.
        return pa.array(raw.to_pylist(), pa.large_string())


def _stripped(raw: pa.ExtensionArray) -> pa.Array:
    if raw.type.extension_name == _BOOL8:
        return raw.storage.cast(pa.bool_())
    if raw.type.extension_name == _UUID:
        written = [one and str(uuid.UUID(bytes=one)) for one in raw.storage.to_pylist()]
        return pa.array(written, pa.large_string())
    if raw.type.extension_name not in _SPANS:
        return raw.storage
    spans = raw.to_pandas()
    return pa.array([None if pd.isna(one) else str(one) for one in spans], pa.large_string())


def _is_text(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pt.is_binary(kind)
        or pt.is_large_binary(kind)
        or pt.is_fixed_size_binary(kind)
        or pt.is_binary_view(kind)
    )


def arrow_cells(kind: pa.DataType, *, ids: bool, sure: bool, as_text: bool) -> Cells:
    """Choose the cells for an Arrow type.

    Parameters
    ----------
    kind
        The type of the source.
    ids
        Whether the column's name asks for whole numbers.
    sure
        Whether it is known that no value is missing.
    as_text
        Whether the user wants text.

    """
    kind = value_type(kind)
    if pt.is_integer(kind):
        return Integers(sure=sure and kind != pa.uint64())
    if pt.is_floating(kind):
        return Numbers(ids=ids)
    if pt.is_decimal(kind):
        return FromArrow(ObjectDecimals(ids=ids))
    if pt.is_timestamp(kind):
        return _timestamps(kind)
    if isinstance(kind, pa.BaseExtensionType):
        return _Spans()
    refused = FromArrow(AnyAsText()) if as_text else Refused(_trouble(kind))
    return next((make() for fits, make in _CHOICES if fits(kind)), refused)


_CHOICES: tuple[tuple[Callable[[pa.DataType], bool], Callable[[], Cells]], ...] = (
    (pt.is_null, Nothing),
    (pt.is_boolean, Booleans),
    (_is_text, Texts),
    (pt.is_date, Dates),
    (pt.is_time, Times),
    (pt.is_duration, Durations),
    (pt.is_nested, lambda: FromArrow(Nested())),
)


def _timestamps(kind: pa.TimestampType) -> Cells:
    if kind.tz is None:
        return Moments()
    try:
        zone = pd.DatetimeTZDtype(kind.unit, kind.tz).tz
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, TypeError, KeyError):
        return Refused(
            Trouble(
                None,
                f"has a time zone that this machine does not know, '{kind.tz}'",
                "convert the column to UTC first, or install time zones: pip install tzdata",
            )
        )
    return Moments(zone=zone)


def _trouble(kind: pa.DataType) -> Trouble:
    if _is_bytes(kind):
        return Trouble(
            None,
            "holds bytes, which OMERO tables cannot store",
            "store it as text: {as_text}, or decode it to text first",
            FixKind.AS_TEXT,
        )
    return Trouble(
        None,
        f"holds values of type {kind}, which OMERO tables cannot store",
        "store it as text: {as_text}",
        FixKind.AS_TEXT,
    )
