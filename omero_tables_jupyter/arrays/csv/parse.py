"""One block of a CSV file, turned into stored columns: at once, or cell by cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from omero_tables_jupyter.arrays.csv.columns import Columns, Found
from omero_tables_jupyter.arrays.csv.decide import Form
from omero_tables_jupyter.arrays.csv.fields import (
    FaultyBlockError,
    Shape,
    check_text,
    read_fields,
)
from omero_tables_jupyter.arrays.csv.forms import read_columns, read_settled_text, read_text
from omero_tables_jupyter.arrays.csv.plain import PLAIN_TYPES, PlainCells
from omero_tables_jupyter.arrays.csv.quotes import quoted_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from omero_tables_jupyter.arrays.csv.blocks import Block

__all__ = ["Parsed", "Wanted", "parse"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of one column of the file.

    Parameters
    ----------
    position
        Which column, from 0.
    form
        What its cells become.
    is_id
        Whether it is named as ids.
    is_settled
        Whether it is text, whatever comes.
    is_plain
        Whether its cells may be read the quick way.

    """

    position: int
    form: Form
    is_id: bool
    is_settled: bool
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a block holds.

    Parameters
    ----------
    rows
        How many records.
    found
        What it tells of each wanted column.
    arrays
        Their values; None where a cell does not fit the form.
    n_bytes
        What the values take, roughly.
    bytes_read
        How far into the file this goes.

    """

    rows: int
    found: tuple[Found, ...]
    arrays: tuple[Any, ...]
    n_bytes: int
    bytes_read: int


def parse(
    block: Block, wanted: Sequence[Wanted], *, n_columns: int, delimiter: bytes, comma: bool
) -> Parsed:
    """Read a block.

    Raises
    ------
    FaultyBlockError
        When it is no UTF-8, holds a NUL, or a record has not `n_columns` fields.

    """
    check_text(block)
    shape = Shape(n_columns, delimiter)
    fields, rows = _fields(block, wanted, shape)
    if not rows:
        none = pa.array([], pa.string())
        return Parsed(0, tuple(Found() for _ in wanted), (none,) * len(wanted), 0, block.bytes_read)
    plain = PlainCells(block, shape, rows)
    read: dict[int, tuple[Found, Any]] = {}
    for at, one in enumerate(wanted):
        result = _at_once(fields[one.position], one, plain)
        if result:
            read[at] = result
    left = [at for at in range(len(wanted)) if at not in read]
    if left:
        others = [wanted[at] for at in left]
        texts = _texts(block, fields, others, shape)
        del fields
        read.update(zip(left, _cell_by_cell(block, texts, others, shape, comma=comma), strict=True))
    found, arrays = zip(*(read[at] for at in range(len(wanted))), strict=True) if read else ((), ())
    n_bytes = sum(array.nbytes for array in arrays if array is not None)
    return Parsed(rows, found, arrays, n_bytes, block.bytes_read)


def _fields(block: Block, wanted: Sequence[Wanted], shape: Shape) -> tuple[dict[int, Any], int]:
    """Give the wanted columns, as numbers where they are plain; and the number of records."""
    types = {one.position: _type(one) for one in wanted}
    try:
        fields = read_fields(block, types or {0: pa.string()}, shape)
    except FaultyBlockError:
        if all(kind == pa.string() for kind in types.values()):
            raise
        # Perhaps only a number that is none any more.
        fields = read_fields(block, dict.fromkeys(types, pa.string()), shape)
    return fields, len(next(iter(fields.values())))


def _type(one: Wanted) -> Any:
    if one.is_settled:
        return pa.large_string()
    return PLAIN_TYPES[one.form] if one.is_plain else pa.string()


def _at_once(values: Any, one: Wanted, plain: PlainCells) -> tuple[Found, Any] | None:
    """Read a column that needs no look at its cells; None where it does."""
    if one.is_settled:
        return read_settled_text(values)
    if values.type == pa.string():
        return None
    return plain.read(values, one.position, one.form)


def _texts(
    block: Block, fields: dict[int, Any], wanted: Sequence[Wanted], shape: Shape
) -> list[Any]:
    """Give columns as texts, read once more where they seemed to be numbers."""
    positions = [one.position for one in wanted]
    again = {at: pa.string() for at in positions if fields[at].type != pa.string()}
    if again:
        fields = fields | read_fields(block, again, shape)
    return [fields[at] for at in positions]


def _cell_by_cell(
    block: Block, texts: Sequence[Any], wanted: Sequence[Wanted], shape: Shape, *, comma: bool
) -> list[tuple[Found, Any]]:
    quoted = _quoted(block, wanted, len(texts[0]), shape)
    results: dict[int, tuple[Found, Any]] = {}
    for group in _groups(wanted):
        one = wanted[group[0]]
        columns = _stack([texts[at] for at in group], [quoted[at] for at in group], one)
        results.update(zip(group, _read(columns, one, comma=comma), strict=True))
    return [results[at] for at in range(len(wanted))]


def _quoted(
    block: Block, wanted: Sequence[Wanted], rows: int, shape: Shape
) -> list[NDArray[np.bool_] | None]:
    """Tell for each wanted column which of its cells stood between quotes."""
    if not len(block.quotes.opens):
        return [None] * len(wanted)
    row, column = quoted_cells(block.data, block.quotes, shape.delimiter, shape.n_columns)
    return [_mask(row[column == one.position], rows) for one in wanted]


def _mask(at: NDArray[np.int64], rows: int) -> NDArray[np.bool_] | None:
    if not len(at):
        return None
    mask = np.zeros(rows, np.bool_)
    mask[at] = True
    return mask


def _groups(wanted: Sequence[Wanted]) -> list[list[int]]:
    """Group the columns that can be read as one: each reading costs some time."""
    groups: dict[object, list[int]] = {}
    for at, one in enumerate(wanted):
        groups.setdefault((one.form, one.is_id), []).append(at)
    return list(groups.values())


def _stack(texts: list[Any], quoted: list[NDArray[np.bool_] | None], wanted: Wanted) -> Columns:
    rows = len(texts[0])
    values = texts[0] if len(texts) == 1 else pa.concat_arrays(texts)
    marked = None
    if any(mask is not None for mask in quoted):
        none = np.zeros(rows, np.bool_)
        marked = np.concatenate([none if mask is None else mask for mask in quoted])
    return Columns(values, rows, wanted.is_id, marked)


def _read(columns: Columns, wanted: Wanted, *, comma: bool) -> list[tuple[Found, Any]]:
    if wanted.form is Form.TEXT:
        return read_text(columns)
    return read_columns(columns, wanted.form, comma=comma)
