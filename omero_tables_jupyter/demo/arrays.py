"""The stand-in's own reading of TileDB arrays: what is in one, and slices of it."""

from __future__ import annotations

import hmac
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import tiledb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["ArrayError", "Column", "TableArray", "open_table"]

ROWS = "__tiledb_rows"
_VERSION = "3"
_TOKEN = "SecretToken"  # noqa: S105 - the name of a metadata key
_BLOCK_ROWS = 1_000_000
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

    def blocks(self, names: Sequence[str]) -> Iterator[tuple[int, dict[str, np.ndarray[Any, Any]]]]:
        """Give all rows of some columns, block by block, each with the number of its first row."""
        for start in range(0, self.rows, _BLOCK_ROWS):
            yield start, self.read(names, start, start + _BLOCK_ROWS)

    def read(self, names: Sequence[str], start: int, stop: int) -> dict[str, np.ndarray[Any, Any]]:
        """Read the rows from `start` up to but not including `stop`, in order."""
        stop = min(stop, self.rows)
        if stop <= start or not names:
            return {name: np.empty(0) for name in names}
        query = self._array.query(attrs=list(names), dims=[ROWS], order="C")
        return dict(query.multi_index[start : stop - 1])

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


def _column_type(attribute: tiledb.Attr) -> str:
    kind = attribute.dtype.kind
    name = attribute.name.lower()
    if attribute.dtype == np.int64 and name in _ID_COLUMNS:
        return _ID_COLUMNS[name]
    return {"b": "BoolColumn", "i": "LongColumn", "u": "LongColumn", "f": "DoubleColumn"}.get(
        kind, "StringColumn"
    )


def _decoded(value: Any) -> Any:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


@contextmanager
def open_table(path: Path) -> Iterator[TableArray]:
    """Open the array at a path for reading.

    Raises
    ------
    ArrayError
        Where there is none, or it is not a sparse array with rows.

    """
    try:
        array = tiledb.open(str(path))
    except tiledb.TileDBError as fault:
        raise ArrayError("there is no TileDB array") from fault
    with array:
        schema = array.schema
        if not schema.sparse or [dim.name for dim in schema.domain] != [ROWS]:
            raise ArrayError(f"it is not a sparse array over {ROWS}")
        yield TableArray(array)
