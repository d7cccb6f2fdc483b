"""The stand-in's own reading of TileDB arrays: what is in one, and slices of it."""

from __future__ import annotations

import hmac
import json
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import tiledb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

Columns = dict[str, np.ndarray[Any, Any]]

__all__ = ["ArrayError", "Column", "TableArray", "open_table"]

ROWS = "__tiledb_rows"
_VERSION = "3"
_TOKEN = "SecretToken"  # noqa: S105 - the name of a metadata key
_BLOCK_ROWS = 1_000_000
# TileDB's own signal handler would cancel what runs right after a notebook's stop button.
_CONFIG = {"sm.enable_signal_handlers": "false"}
_TYPES = {
    "b": "BoolColumn",
    "i": "LongColumn",
    "u": "LongColumn",
    "f": "DoubleColumn",
    "U": "StringColumn",
    "S": "StringColumn",
    "O": "StringColumn",
}
_ID_COLUMNS = {
    "image": "ImageColumn",
    "well": "WellColumn",
    "roi": "RoiColumn",
    "plate": "PlateColumn",
    "dataset": "DatasetColumn",
}


class ArrayError(Exception):
    """Why an array is no table."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column as OMERO.tables names it."""

    name: str
    type: str


class TableArray:
    """An open array; rows are numbered from 0 without a gap."""

    def __init__(self, array: tiledb.SparseArray) -> None:
        self._array = array
        schema = array.schema
        self.columns = tuple(
            Column(schema.attr(i).name, _column_type(schema.attr(i))) for i in range(schema.nattr)
        )

    @property
    def rows(self) -> int:
        """How many rows there are."""
        domain = self._array.nonempty_domain()
        return 0 if domain is None else int(domain[0][1]) + 1

    @property
    def metadata(self) -> dict[str, Any]:
        """The array's metadata but for its secret; JSON texts are read."""
        return {k: _decoded(v) for k, v in self._array.meta.items() if k != _TOKEN}

    @property
    def version(self) -> Any:
        """The layout's version as it is written."""
        return self._array.meta.get("__version")

    def token_fits(self, given: str | None) -> bool:
        """Whether the secret in the array is the one given; an array without one fits any."""
        kept = self._array.meta.get(_TOKEN)
        if kept is None:
            return True
        return hmac.compare_digest(str(kept).encode(), (given or "").encode())

    def blocks(self, names: Sequence[str], start: int, stop: int) -> Iterator[tuple[int, Columns]]:
        """Give some rows of some columns in blocks, each with the number of its first row."""
        for first in range(start, stop, _BLOCK_ROWS):
            yield first, self.read(names, first, min(first + _BLOCK_ROWS, stop))

    def read(self, names: Sequence[str], start: int, stop: int) -> Columns:
        """Read the rows from `start` up to but not including `stop`, in order."""
        return self._read(names, [(start, stop)] if stop > start else [])

    def read_rows(self, names: Sequence[str], rows: Sequence[int]) -> Columns:
        """Read the rows of these numbers, in the order given."""
        if isinstance(rows, range):
            return self.read(names, rows.start, rows.stop)
        wanted, places = np.unique(np.asarray(rows, dtype=np.int64), return_inverse=True)
        found = self._read(names, _runs(wanted))
        return {name: values[places] for name, values in found.items()}

    def _read(self, names: Sequence[str], spans: Sequence[tuple[int, int]]) -> Columns:
        if not spans:
            return {name: np.empty(0) for name in names}
        query = self._array.query(attrs=list(names), dims=[ROWS], order="C")
        found = query.multi_index[[slice(start, stop - 1) for start, stop in spans]]
        return {name: _as_text(found[name]) for name in names}

    def check_rows(self) -> None:
        """Make sure that the rows are 0 to N-1.

        Raises
        ------
        ArrayError
            Where there are none, or some are missing.

        """
        domain = self._array.nonempty_domain()
        if domain is None:
            raise ArrayError("it has no rows")
        first, last = (int(end) for end in domain[0])
        if first != 0:
            raise ArrayError(f"its rows begin at {first}, not at 0")
        for start in range(0, last + 1, _BLOCK_ROWS):
            stop = min(start + _BLOCK_ROWS, last + 1)
            query = self._array.query(attrs=[], dims=[ROWS], order="C")
            found = query.multi_index[start : stop - 1][ROWS]
            if not np.array_equal(found, np.arange(start, stop)):
                raise ArrayError(f"rows are missing between {start} and {stop - 1}")


def _runs(rows: np.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """Join neighbours: sorted row numbers as (start, stop)."""
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    return [(int(run[0]), int(run[-1]) + 1) for run in np.split(rows, breaks) if run.size]


def _as_text(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Turn bytes, which some arrays hold in place of text, into text."""
    if values.dtype.kind not in "OS":
        return values
    return np.array([_decoded_bytes(v) for v in values.tolist()], dtype=object)


def _decoded_bytes(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _column_type(attribute: tiledb.Attr) -> str:
    plain = not attribute.isnullable and attribute.enum_label is None
    if not plain or attribute.dtype.kind not in _TYPES:
        raise ArrayError(f"its column '{attribute.name}' is no plain number, truth value or text")
    name = attribute.name.lower()
    if attribute.dtype == np.int64 and name in _ID_COLUMNS:
        return _ID_COLUMNS[name]
    return _TYPES[attribute.dtype.kind]


def _decoded(value: Any) -> Any:
    value = _decoded_bytes(value)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


@cache
def _context() -> tiledb.Ctx:
    # One for all readings. Where each had its own, libtiledb's threads were ended with it, and once
    # in some hundred thousand readings the process died there.
    return tiledb.Ctx(_CONFIG)


@contextmanager
def open_table(path: Path) -> Iterator[TableArray]:
    """Open the array at a path for reading.

    Raises
    ------
    ArrayError
        Where there is none, or it is no sparse array of plain columns over the rows.

    """
    try:
        array = tiledb.open(str(path), ctx=_context())
    except tiledb.TileDBError as fault:
        raise ArrayError("there is no TileDB array") from fault
    with array:
        schema = array.schema
        if not schema.sparse or [dim.name for dim in schema.domain] != [ROWS]:
            raise ArrayError(f"it is not a sparse array over {ROWS}")
        try:
            yield TableArray(array)
        except tiledb.TileDBError as fault:
            raise ArrayError("a part of it is missing or damaged") from fault
