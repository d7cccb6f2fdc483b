"""Columns of text into stored columns, many at once, with every odd cell held to the grammar."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from omero_tables_jupyter.arrays.csv.cells import MISSING, NO_KIND, NUMBERS, Kind, parse_floats
from omero_tables_jupyter.arrays.csv.columns import (
    Columns,
    Found,
    KnownCells,
    all_cells,
    bytes_of,
    classified,
    empty_cells,
    summed,
)
from omero_tables_jupyter.arrays.csv.decide import Form
from omero_tables_jupyter.arrays.csv.odd import odd_results, odd_starts, truths
from omero_tables_jupyter.arrays.plan import EXACT, MISSING_ID

__all__ = ["read_columns", "read_settled_text", "read_text"]


class _MisfitError(Exception):
    """Some cell cannot take the form."""


def read_text(columns: Columns) -> list[tuple[Found, Any]]:
    """Read columns as text, and look at what kinds of cells they have."""
    empty = np.diff(bytes_of(columns.values)[0]) == 0
    there = classified(columns, np.flatnonzero(~empty))
    cells = there.joined(empty_cells(np.flatnonzero(empty)))
    return _by_column(columns, cells, pc.cast(columns.values, pa.large_string()))


def read_settled_text(values: Any) -> tuple[Found, Any]:
    """Read one column of large strings as text; only the empty ones are counted."""
    lengths = pc.binary_length(values)
    return Found(empty=len(lengths) - int(np.count_nonzero(lengths.to_numpy()))), values


def read_columns(columns: Columns, form: Form, *, comma: bool) -> list[tuple[Found, Any]]:
    """Read columns in a form.

    Parameters
    ----------
    columns
        At least one column, of at least one row.
    form
        Any but TEXT.
    comma
        Whether the decimal mark is the comma.

    Returns
    -------
    list of (Found, Arrow array or None)
        One of each column, in order; None where a cell of it does not fit the form.

    """
    try:
        cells, stored = _READERS[form](columns, comma=comma)
    except (_MisfitError, pa.ArrowInvalid):
        if columns.number > 1:
            parts = (columns.one(index) for index in range(columns.number))
            return [read_columns(part, form, comma=comma)[0] for part in parts]
        # Every cell counts now: the new type depends on them all.
        return [(found, None) for found in summed(columns, all_cells(columns))]
    read = _by_column(columns, cells, stored)
    _add_usual([found for found, _ in read], columns, form, stored)
    return read


def _by_column(columns: Columns, cells: KnownCells, stored: Any) -> list[tuple[Found, Any]]:
    n = columns.n_rows
    found = summed(columns, cells)
    return [(one, stored.slice(at * n, n)) for at, one in enumerate(found)]


def _read_integers(columns: Columns, *, comma: bool) -> tuple[KnownCells, Any]:  # noqa: ARG001 - as the other readers
    cells = odd_starts(columns, b"", whole=True)
    if len(cells.at):
        raise _MisfitError
    return cells, pc.cast(columns.values, pa.int64())


def _read_ids(columns: Columns, *, comma: bool) -> tuple[KnownCells, Any]:
    cells = odd_starts(columns, b"", whole=True)
    if cells.has(~MISSING & ~NUMBERS):
        raise _MisfitError
    try:
        if not cells.has(NUMBERS):
            return cells, _cast(columns, cells, pa.int64()).fill_null(MISSING_ID)
    except pa.ArrowInvalid:  # a decimal, most likely
        pass
    return _read_decimal_ids(columns, comma=comma)


def _read_decimal_ids(columns: Columns, *, comma: bool) -> tuple[KnownCells, Any]:
    cells = all_cells(columns)
    wrong = Kind.POINT if comma else Kind.COMMA
    if cells.has(~(MISSING | NUMBERS) | wrong):  # FRACTION among them
        raise _MisfitError
    ids = np.full(len(columns.values), MISSING_ID, np.int64)
    whole = cells.at[(cells.kinds & (Kind.INT | Kind.WIDE)) != 0]
    ids[whole] = pc.cast(columns.values.take(pa.array(whole)), pa.int64()).to_numpy()
    decimal = cells.at[(cells.kinds & (Kind.POINT | Kind.COMMA | Kind.FLOAT)) != 0]
    ids[decimal] = parse_floats(columns.values.take(pa.array(decimal))).to_numpy().astype(np.int64)
    return cells, pa.array(ids)


def _read_numbers(columns: Columns, *, comma: bool) -> tuple[KnownCells, Any]:
    mark, other = (b",", b".") if comma else (b".", b",")
    if _Holds(columns)(other):
        raise _MisfitError
    cells = odd_starts(columns, mark, whole=False)
    fitting = MISSING | Kind.INT | Kind.POINT | Kind.COMMA | Kind.FLOAT | Kind.INF
    if cells.has(~fitting):
        raise _MisfitError
    stored = _cast(columns, cells, pa.float64(), comma=comma)
    cells = cells.joined(odd_results(columns, stored))
    if cells.has(~fitting):
        raise _MisfitError
    return cells, stored.fill_null(np.nan)


def _read_booleans(columns: Columns, *, comma: bool) -> tuple[KnownCells, Any]:  # noqa: ARG001 - as the other readers
    cells, is_true = truths(columns)
    if len(cells.at):
        raise _MisfitError
    return cells, is_true


def _read_truths(columns: Columns, *, comma: bool) -> tuple[KnownCells, Any]:  # noqa: ARG001 - as the other readers
    cells, is_true = truths(columns)
    if cells.has(~MISSING):
        raise _MisfitError
    floats = is_true.to_numpy(zero_copy_only=False).astype(np.float64)
    floats[cells.at] = np.nan
    return cells, pa.array(floats)


_READERS = {
    Form.INTEGER: _read_integers,
    Form.ID: _read_ids,
    Form.NUMBER: _read_numbers,
    Form.BOOLEAN: _read_booleans,
    Form.TRUTHS: _read_truths,
}


def _cast(columns: Columns, cells: KnownCells, kind: Any, *, comma: bool = False) -> Any:
    """Convert the cells to numbers, the missing ones among `cells` to nulls."""
    values = columns.values
    missing = cells.at[(cells.kinds & MISSING) != 0]
    if len(missing):
        valid = np.ones(len(values), np.bool_)
        valid[missing] = False
        offsets, data = bytes_of(values)
        bitmap = pa.py_buffer(np.packbits(valid, bitorder="little"))
        buffers = [bitmap, pa.py_buffer(np.ascontiguousarray(offsets)), data]
        values = pa.Array.from_buffers(values.type, len(values), buffers, len(missing))
    return parse_floats(values) if comma else pc.cast(values, kind)


class _Holds:
    """Tells whether some characters occur in some columns, or in one of them."""

    def __init__(self, columns: Columns) -> None:
        self._offsets, data = bytes_of(columns.values)
        self._bytes = data.to_pybytes()
        self._n_rows = columns.n_rows

    def __call__(self, *parts: bytes, column: int | None = None) -> bool:
        first, last = 0, len(self._offsets) - 1
        if column is not None:
            first, last = column * self._n_rows, (column + 1) * self._n_rows
        start, end = int(self._offsets[first]), int(self._offsets[last])
        return any(self._bytes.find(part, start, end) >= 0 for part in parts)


def _add_usual(found: list[Found], columns: Columns, form: Form, stored: Any) -> None:
    """Add the kinds of the cells that are not odd, as far as a type can depend on them."""
    if form in {Form.INTEGER, Form.ID}:
        integers = stored.to_numpy().reshape(columns.number, columns.n_rows)
        wide = (integers.max(axis=1) > EXACT) | (integers.min(axis=1) < -EXACT)
        for one, is_wide in zip(found, wide, strict=True):
            one.kinds |= Kind.WIDE if is_wide else Kind.INT
    elif form is Form.NUMBER:
        holds = _Holds(columns)
        for at, one in enumerate(found):
            one.kinds |= _number_kinds(holds, at, only_numbers=not one.markers)
    else:
        for one in found:
            one.kinds |= Kind.TRUTH


def _number_kinds(holds: _Holds, column: int, *, only_numbers: bool) -> Kind:
    kinds = NO_KIND
    if holds(b".", column=column):
        kinds |= Kind.POINT
    if holds(b",", column=column):
        kinds |= Kind.COMMA
    if only_numbers and holds(b"e", b"E", column=column):
        kinds |= Kind.FLOAT
    return kinds
