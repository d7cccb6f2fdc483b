"""Cells that may be other than they look at a glance.

Arrow's conversion of text to numbers is fast and exact, but it takes more than the grammar of
`cells` allows: ``007``, ``+5``, ``0x1F``, ``nan(1)``, ``1e400``. So each cell whose first
characters or whose result could hide such a thing is *odd*, and is classified by the grammar
itself. What is not odd can only be a plain number, or Arrow refuses it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from omero_tables_jupyter.arrays.csv.columns import (
    Columns,
    KnownCells,
    bytes_of,
    classified,
    empty_cells,
)
from omero_tables_jupyter.arrays.plan import EXACT

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["odd_results", "odd_starts", "truths"]

_MINUS, _ZERO, _NINE = b"-09"
# '0', '0.0' and '-0.0' are zero at a glance; a longer zero may be 1e-400.
_SHORT_ZERO = 4


def odd_starts(columns: Columns, mark: bytes, *, whole: bool) -> KnownCells:
    """Classify the cells that do not begin as a plain number does.

    Plain is: perhaps a minus, then a digit or the decimal `mark`; a zero in front only before no
    other digit, for `whole` numbers only as '0' itself.
    """
    offsets, data = bytes_of(columns.values)
    lengths = np.diff(offsets)
    if not lengths.any():
        return empty_cells(np.arange(len(lengths)))
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
    return classified(columns, np.flatnonzero(odd)).joined(empty_cells(np.flatnonzero(empty)))


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


def odd_results(columns: Columns, stored: Any) -> KnownCells:
    """Classify the cells whose number is infinite, or too large or small to be told exact."""
    floats = stored.fill_null(1.0).to_numpy()
    odd = ~(np.abs(floats) < EXACT)
    zeros = np.flatnonzero(floats == 0)
    if len(zeros):
        offsets, _ = bytes_of(columns.values)
        odd[zeros] |= offsets[zeros + 1] - offsets[zeros] > _SHORT_ZERO
    return classified(columns, np.flatnonzero(odd))


def truths(columns: Columns) -> tuple[KnownCells, Any]:
    """Tell which cells are true, after classifying those that are neither true nor false."""
    lower = pc.ascii_lower(columns.values)
    is_true = pc.equal(lower, "true")
    odd = pc.invert(pc.or_(is_true, pc.equal(lower, "false"))).to_numpy(zero_copy_only=False)
    if columns.quoted is not None:
        odd |= columns.quoted
    return classified(columns, np.flatnonzero(odd)), is_true
