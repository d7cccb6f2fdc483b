r"""Columns that go on as they began, converted by Arrow while it parses: no look at each cell.

Arrow's own conversion takes more than the grammar of `cells` allows. What it takes beyond is of
two sorts. Some of it shows in the numbers: infinite, not a number, beyond 2^53, zero where
something tiny may have stood. The rest shows at the edges of the cells, see `edges`. A column in
which neither shows is taken as it is; any other is read again as text. So the quick way tells
nothing that is not known of a column yet, but for the number of its empty cells and the size of
its integers.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from omero_tables_jupyter.arrays.csv.cells import NO_KIND, Kind
from omero_tables_jupyter.arrays.csv.columns import Found
from omero_tables_jupyter.arrays.csv.decide import Form
from omero_tables_jupyter.arrays.csv.edges import Edges
from omero_tables_jupyter.arrays.plan import EXACT, MISSING_ID

if TYPE_CHECKING:
    from omero_tables_jupyter.arrays.csv.blocks import Block
    from omero_tables_jupyter.arrays.csv.fields import Shape

__all__ = ["PLAIN_TYPES", "PlainCells", "is_plain"]

#: How Arrow reads the cells of a plain column.
PLAIN_TYPES: Final = {
    Form.INTEGER: pa.int64(),
    Form.ID: pa.int64(),
    Form.NUMBER: pa.float64(),
    Form.BOOLEAN: pa.bool_(),
}
_INTEGERS: Final = Kind.INT | Kind.WIDE
_ALLOWED: Final = {
    Form.INTEGER: _INTEGERS,
    Form.ID: _INTEGERS | Kind.EMPTY,
    Form.NUMBER: Kind.INT | Kind.POINT | Kind.FLOAT | Kind.EMPTY,
    Form.BOOLEAN: Kind.TRUTH,
}
_SOME_ZEROS: Final = b"0" * 200
_SMALL: Final = re.compile(rb"[eE]-[0-9]{3}")


def is_plain(kinds: Kind, form: Form) -> bool:
    """Tell whether a column's further cells may be read the quick way.

    Parameters
    ----------
    kinds
        What is known of its cells.
    form
        What they become. Decimals must have been seen in a column of numbers, lest the first one
        be told of too late.

    """
    is_begun = form is not Form.NUMBER or bool(kinds & Kind.POINT)
    return form in _ALLOWED and bool(kinds) and is_begun and not kinds & ~_ALLOWED[form]


class PlainCells:
    """Tells of a block which of its columns, read the quick way, hold what they seem to hold.

    Parameters
    ----------
    block
        Some whole records.
    shape
        What they look like.
    rows
        How many they are.

    """

    def __init__(self, block: Block, shape: Shape, rows: int) -> None:
        self._data = block.data
        self._edges = Edges(block, shape, rows)

    def read(self, values: Any, position: int, form: Form) -> tuple[Found, Any] | None:
        """Give what a column tells, and its values in stored form; None where a cell is odd.

        Parameters
        ----------
        values
            What Arrow made of the cells, of the type in `PLAIN_TYPES`; the empty ones are null.
        position
            Which column, from 0.
        form
            What its cells become.

        """
        empty = values.null_count
        is_odd = empty and not _ALLOWED[form] & Kind.EMPTY
        is_odd = is_odd or (form is Form.NUMBER and not self._are_told(values))
        if is_odd or self._edges.are_odd(position, is_whole=form is not Form.NUMBER):
            return None
        found = Found(_size(values) if values.type == pa.int64() else NO_KIND, empty=empty)
        missing = MISSING_ID if form is Form.ID else np.nan
        return found, values.fill_null(missing) if empty else values

    def _are_told(self, values: Any) -> bool:
        """Tell whether each number is what was written, as far as the numbers tell."""
        floats = (values.drop_null() if values.null_count else values).to_numpy()
        # Neither comparison holds for what is not a number.
        if not (floats.min(initial=0.0) > -EXACT and floats.max(initial=0.0) < EXACT):
            return False
        return bool(floats.all()) or not self._may_vanish

    @cached_property
    def _may_vanish(self) -> bool:
        """Tell whether some cell may hold a number too small for a float64."""
        return _SOME_ZEROS in self._data or bool(_SMALL.search(self._data))


def _size(integers: Any) -> Kind:
    ends = pc.min_max(integers)
    low, high = ends["min"].as_py(), ends["max"].as_py()
    if low is None:
        return NO_KIND
    return Kind.INT if low >= -EXACT and high <= EXACT else Kind.WIDE
