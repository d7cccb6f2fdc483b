"""Columns of text into stored columns, many at once, with every unusual cell held to the grammar.

Arrow's conversion of text to numbers is fast and exact, but it takes more than the grammar of
`cells` allows: ``007``, ``+5``, ``0x1F``, ``nan(1)``, ``1e400``. So each cell whose first
characters or whose result could hide such a thing is *odd*, and is classified by the grammar
itself. What is not odd can only be a plain number, or Arrow refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from omero_tables_jupyter.arrays.csv.cells import (
    MISSING,
    NO_KIND,
    NUMBERS,
    Kind,
    classify,
    mark_fractions,
    parse_floats,
)
from omero_tables_jupyter.arrays.csv.decide import Finding, First, Form
from omero_tables_jupyter.arrays.plan import EXACT, MISSING_ID

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Columns", "Found", "read_columns", "read_settled_text", "read_text"]

_MINUS, _ZERO, _NINE = b"-09"
# '0', '0.0' and '-0.0' are zero at a glance; a longer zero may be 1e-400.
_SHORT_ZERO = 4
_NO_CELLS: Final = np.empty(0, np.int64)


@dataclass(slots=True)
class Found:
    """What one block tells of one column; rows count from the block's first."""

    kinds: Kind = NO_KIND
    firsts: list[First] = field(default_factory=list)
    empty: int = 0
    markers: int = 0

    def finding(self, rows_before: int) -> Finding:
        """Give what it tells, with the rows counted from the file's first."""
        firsts = (First(one.kind, one.row + rows_before, one.text) for one in self.firsts)
        return Finding(self.kinds, tuple(firsts))


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of one block that share a form, one below the other.

    Parameters
    ----------
    values
        Their cells, column after column: an Arrow string array without nulls.
    n_rows
        The length of each column.
    is_id
        Whether they are named as ids.
    quoted
        Which cells stood between quotes, in the same order; None where none did.

    """

    values: Any
    n_rows: int
    is_id: bool = False
    quoted: NDArray[np.bool_] | None = None

    @property
    def number(self) -> int:
        """How many columns they are."""
        return len(self.values) // self.n_rows

    def one(self, index: int) -> Columns:
        """Give one of them."""
        start = index * self.n_rows
        part = slice(start, start + self.n_rows)
        quoted = None if self.quoted is None else self.quoted[part]
        return Columns(self.values.slice(start, self.n_rows), self.n_rows, self.is_id, quoted)


@dataclass(slots=True)
class _Cells:
    """The kinds of the odd cells of some `Columns`, as far as they are known."""

    at: NDArray[np.int64]
    kinds: NDArray[np.uint16]

    def has(self, kinds: Kind) -> bool:
        return bool((self.kinds & kinds).any())

    def joined(self, other: _Cells) -> _Cells:
        return _Cells(np.append(self.at, other.at), np.append(self.kinds, other.kinds))


class _MisfitError(Exception):
    """Some cell cannot take the form."""


def read_text(columns: Columns) -> list[tuple[Found, Any]]:
    """Read columns as text, and look at what kinds of cells they have."""
    empty = np.diff(_bytes_of(columns.values)[0]) == 0
    there = _cells(columns, np.flatnonzero(~empty))
    cells = there.joined(_empty_cells(np.flatnonzero(empty)))
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
        return [(found, None) for found in _found(columns, _all_cells(columns))]
    read = _by_column(columns, cells, stored)
    _add_usual([found for found, _ in read], columns, form, stored)
    return read


def _by_column(columns: Columns, cells: _Cells, stored: Any) -> list[tuple[Found, Any]]:
    n = columns.n_rows
    found = _found(columns, cells)
    return [(one, stored.slice(at * n, n)) for at, one in enumerate(found)]


def _read_integers(columns: Columns, *, comma: bool) -> tuple[_Cells, Any]:  # noqa: ARG001 - as the other readers
    cells = _odd_cells(columns, b"", whole=True)
    if len(cells.at):
        raise _MisfitError
    return cells, pc.cast(columns.values, pa.int64())


def _read_ids(columns: Columns, *, comma: bool) -> tuple[_Cells, Any]:
    cells = _odd_cells(columns, b"", whole=True)
    if cells.has(~MISSING & ~NUMBERS):
        raise _MisfitError
    try:
        if not cells.has(NUMBERS):
            return cells, _cast(columns, cells, pa.int64()).fill_null(MISSING_ID)
    except pa.ArrowInvalid:  # a decimal, most likely
        pass
    return _read_decimal_ids(columns, comma=comma)


def _read_decimal_ids(columns: Columns, *, comma: bool) -> tuple[_Cells, Any]:
    cells = _all_cells(columns)
    wrong = Kind.POINT if comma else Kind.COMMA
    if cells.has(~(MISSING | NUMBERS) | wrong):  # FRACTION among them
        raise _MisfitError
    ids = np.full(len(columns.values), MISSING_ID, np.int64)
    whole = cells.at[(cells.kinds & (Kind.INT | Kind.WIDE)) != 0]
    ids[whole] = pc.cast(columns.values.take(pa.array(whole)), pa.int64()).to_numpy()
    decimal = cells.at[(cells.kinds & (Kind.POINT | Kind.COMMA | Kind.FLOAT)) != 0]
    ids[decimal] = parse_floats(columns.values.take(pa.array(decimal))).to_numpy().astype(np.int64)
    return cells, pa.array(ids)


def _read_numbers(columns: Columns, *, comma: bool) -> tuple[_Cells, Any]:
    mark, other = (b",", b".") if comma else (b".", b",")
    if _Holds(columns)(other):
        raise _MisfitError
    cells = _odd_cells(columns, mark, whole=False)
    fitting = MISSING | Kind.INT | Kind.POINT | Kind.COMMA | Kind.FLOAT | Kind.INF
    if cells.has(~fitting):
        raise _MisfitError
    stored = _cast(columns, cells, pa.float64(), comma=comma)
    cells = cells.joined(_odd_results(columns, stored))
    if cells.has(~fitting):
        raise _MisfitError
    return cells, stored.fill_null(np.nan)


def _read_booleans(columns: Columns, *, comma: bool) -> tuple[_Cells, Any]:  # noqa: ARG001 - as the other readers
    cells, is_true = _truths(columns)
    if len(cells.at):
        raise _MisfitError
    return cells, is_true


def _read_truths(columns: Columns, *, comma: bool) -> tuple[_Cells, Any]:  # noqa: ARG001 - as the other readers
    cells, is_true = _truths(columns)
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


def _truths(columns: Columns) -> tuple[_Cells, Any]:
    lower = pc.ascii_lower(columns.values)
    is_true = pc.equal(lower, "true")
    odd = pc.invert(pc.or_(is_true, pc.equal(lower, "false"))).to_numpy(zero_copy_only=False)
    if columns.quoted is not None:
        odd |= columns.quoted
    return _cells(columns, np.flatnonzero(odd)), is_true


def _odd_cells(columns: Columns, mark: bytes, *, whole: bool) -> _Cells:
    """Classify the cells that do not begin as a plain number does.

    Plain is: perhaps a minus, then a digit or the decimal `mark`; a zero in front only before no
    other digit, for `whole` numbers only as '0' itself.
    """
    offsets, data = _bytes_of(columns.values)
    lengths = np.diff(offsets)
    if not lengths.any():
        return _empty_cells(np.arange(len(lengths)))
    text = np.frombuffer(data, np.uint8)
    minus = np.take(text, offsets[:-1], mode="clip") == _MINUS
    starts = offsets[:-1] + minus
    lead = np.take(text, starts, mode="clip")
    odd = (lead < _ZERO) | (lead > _NINE)
    if mark:
        odd &= lead != mark[0]
    zeros = np.flatnonzero(lead == _ZERO)
    odd[zeros] |= _odd_zeros(text, offsets, starts, zeros, whole=whole)
    if columns.quoted is not None:
        odd |= columns.quoted
    empty = lengths == 0
    odd &= ~empty
    return _cells(columns, np.flatnonzero(odd)).joined(_empty_cells(np.flatnonzero(empty)))


def _odd_zeros(
    text: NDArray[np.uint8],
    offsets: NDArray[np.integer[Any]],
    starts: NDArray[np.integer[Any]],
    zeros: NDArray[np.int64],
    *,
    whole: bool,
) -> NDArray[np.bool_]:
    begin = starts[zeros]
    has_more = offsets[zeros + 1] - begin > 1
    if whole:
        return np.asarray(has_more | (begin > offsets[zeros]))
    after = np.take(text, begin + 1, mode="clip")
    return np.asarray(has_more & (after >= _ZERO) & (after <= _NINE))


def _odd_results(columns: Columns, stored: Any) -> _Cells:
    """Classify the cells whose number is infinite, or too large or small to be told exact."""
    floats = stored.fill_null(1.0).to_numpy()
    odd = ~(np.abs(floats) < EXACT)
    zeros = np.flatnonzero(floats == 0)
    if len(zeros):
        offsets, _ = _bytes_of(columns.values)
        odd[zeros] |= offsets[zeros + 1] - offsets[zeros] > _SHORT_ZERO
    return _cells(columns, np.flatnonzero(odd))


def _cast(columns: Columns, cells: _Cells, kind: Any, *, comma: bool = False) -> Any:
    """Convert the cells to numbers, the missing ones among `cells` to nulls."""
    values = columns.values
    missing = cells.at[(cells.kinds & MISSING) != 0]
    if len(missing):
        valid = np.ones(len(values), np.bool_)
        valid[missing] = False
        offsets, data = _bytes_of(values)
        bitmap = pa.py_buffer(np.packbits(valid, bitorder="little"))
        buffers = [bitmap, pa.py_buffer(np.ascontiguousarray(offsets)), data]
        values = pa.Array.from_buffers(values.type, len(values), buffers, len(missing))
    return parse_floats(values) if comma else pc.cast(values, kind)


def _bytes_of(values: Any) -> tuple[NDArray[np.int32], Any]:
    """Give the offsets, shape (n + 1,), and the bytes that they point into."""
    _, offsets, data = values.buffers()
    whole = np.frombuffer(offsets, np.int32)
    return whole[values.offset : values.offset + len(values) + 1], data or pa.py_buffer(b"")


def _all_cells(columns: Columns) -> _Cells:
    return _cells(columns, np.arange(len(columns.values)))


def _empty_cells(at: NDArray[np.int64]) -> _Cells:
    return _Cells(at, np.full(len(at), Kind.EMPTY, np.uint16))


def _cells(columns: Columns, at: NDArray[np.int64]) -> _Cells:
    if not len(at):
        return _Cells(_NO_CELLS, np.empty(0, np.uint16))
    quoted = None if columns.quoted is None else columns.quoted[at]
    values = columns.values.take(pa.array(at))
    kinds = classify(values, quoted)
    if columns.is_id:
        mark_fractions(values, kinds)
    return _Cells(at, kinds)


class _Holds:
    """Tells whether some characters occur in some columns, or in one of them."""

    def __init__(self, columns: Columns) -> None:
        self._offsets, data = _bytes_of(columns.values)
        self._bytes = data.to_pybytes()
        self._n_rows = columns.n_rows

    def __call__(self, *parts: bytes, column: int | None = None) -> bool:
        first, last = 0, len(self._offsets) - 1
        if column is not None:
            first, last = column * self._n_rows, (column + 1) * self._n_rows
        start, end = int(self._offsets[first]), int(self._offsets[last])
        return any(self._bytes.find(part, start, end) >= 0 for part in parts)


def _found(columns: Columns, cells: _Cells) -> list[Found]:
    """Sum up the cells by column."""
    found = [Found() for _ in range(columns.number)]
    order = np.argsort(cells.at, kind="stable")
    at, kinds = cells.at[order], cells.kinds[order]
    keys = (at // columns.n_rows << 16) | kinds
    _, firsts, counts = np.unique(keys, return_index=True, return_counts=True)
    for index, number in zip(firsts, counts, strict=True):
        column, row = divmod(int(at[index]), columns.n_rows)
        kind = Kind(int(kinds[index]))
        one = found[column]
        one.kinds |= kind
        one.empty += int(number) if kind is Kind.EMPTY else 0
        one.markers += int(number) if kind is Kind.MARKER else 0
        one.firsts.append(First(kind, row, columns.values[int(at[index])].as_py()))
    return found


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
