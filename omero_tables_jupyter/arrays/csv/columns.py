"""Columns of a block as text, and what is known of their cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from omero_tables_jupyter.arrays.csv.cells import NO_KIND, Kind, classify, mark_fractions
from omero_tables_jupyter.arrays.csv.decide import Finding, First

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Columns",
    "Found",
    "KnownCells",
    "all_cells",
    "bytes_of",
    "classified",
    "empty_cells",
    "summed",
]

_NO_CELLS: Final = np.empty(0, np.int64)


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
class KnownCells:
    """Some cells of `Columns`, and what the grammar says of each.

    Parameters
    ----------
    at
        Their places among the columns' values, shape (n,).
    kinds
        The `Kind` of each, shape (n,).

    """

    at: NDArray[np.int64]
    kinds: NDArray[np.uint16]

    def has(self, kinds: Kind) -> bool:
        """Tell whether one is of these kinds."""
        return bool((self.kinds & kinds).any())

    def joined(self, other: KnownCells) -> KnownCells:
        """Give these and others."""
        return KnownCells(np.append(self.at, other.at), np.append(self.kinds, other.kinds))


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


def classified(columns: Columns, at: NDArray[np.int64]) -> KnownCells:
    """Hold the cells at some places to the grammar."""
    if not len(at):
        return KnownCells(_NO_CELLS, np.empty(0, np.uint16))
    quoted = None if columns.quoted is None else columns.quoted[at]
    values = columns.values.take(pa.array(at))
    kinds = classify(values, quoted)
    if columns.is_id:
        mark_fractions(values, kinds)
    return KnownCells(at, kinds)


def all_cells(columns: Columns) -> KnownCells:
    """Hold every cell to the grammar."""
    return classified(columns, np.arange(len(columns.values)))


def empty_cells(at: NDArray[np.int64]) -> KnownCells:
    """Give cells that are known to be empty."""
    return KnownCells(at, np.full(len(at), Kind.EMPTY, np.uint16))


def summed(columns: Columns, cells: KnownCells) -> list[Found]:
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


def bytes_of(values: Any) -> tuple[NDArray[np.int32], Any]:
    """Give the offsets, shape (n + 1,), and the bytes that they point into."""
    _, offsets, data = values.buffers()
    whole = np.frombuffer(offsets, np.int32)
    return whole[values.offset : values.offset + len(values) + 1], data or pa.py_buffer(b"")
