"""One block of a CSV file, read by Arrow as text and turned into stored columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from omero_tables_jupyter.tables.csv.columns import (
    Columns,
    Found,
    read_columns,
    read_settled_text,
    read_text,
)
from omero_tables_jupyter.tables.csv.decide import Form
from omero_tables_jupyter.tables.csv.quotes import quoted_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from omero_tables_jupyter.tables.csv.blocks import Block

__all__ = ["FaultyBlockError", "Parsed", "Wanted", "parse"]

_BOM: Final = b"\xef\xbb\xbf"


class FaultyBlockError(Exception):
    """A block is no proper CSV; stays within `tables.csv`, where its fault is looked for."""

    def __init__(self, block: Block, reason: str) -> None:
        super().__init__(reason)
        self.block = block
        self.reason = reason


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

    """

    position: int
    form: Form
    is_id: bool
    is_settled: bool


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
    _check_text(block)
    texts = _texts(block, [one.position for one in wanted], n_columns, delimiter)
    rows = len(texts[0])
    if not rows:
        none = pa.array([], pa.string())
        return Parsed(0, tuple(Found() for _ in wanted), (none,) * len(wanted), 0, block.bytes_read)
    quoted = _quoted(block, wanted, rows, n_columns, delimiter)
    found: list[Found] = [Found()] * len(wanted)
    arrays: list[Any] = [None] * len(wanted)
    for at, one in enumerate(wanted):
        if one.is_settled:
            found[at], arrays[at] = read_settled_text(texts[at])
    for group in _groups(wanted):
        columns = _stack(
            [texts[at] for at in group], [quoted[at] for at in group], wanted[group[0]]
        )
        read = _read(columns, wanted[group[0]], comma=comma)
        for at, result in zip(group, read, strict=True):
            found[at], arrays[at] = result
    n_bytes = sum(array.nbytes for array in arrays if array is not None)
    return Parsed(rows, tuple(found), tuple(arrays), n_bytes, block.bytes_read)


def _check_text(block: Block) -> None:
    if b"\0" in block.data:
        raise FaultyBlockError(block, "NUL")
    if not block.data.isascii():
        try:
            block.data.decode()
        except UnicodeDecodeError as error:
            raise FaultyBlockError(block, "encoding") from error


def _texts(block: Block, positions: list[int], n_columns: int, delimiter: bytes) -> list[Any]:
    names = [str(at) for at in range(n_columns)]
    chosen = [names[at] for at in dict.fromkeys(positions)] or names[:1]
    # Arrow takes the mark off the front of what it is given: here it is part of a cell.
    data = _BOM + block.data if block.data.startswith(_BOM) else block.data
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names),
            arrow_csv.ParseOptions(
                delimiter=delimiter.decode(),
                newlines_in_values=bool(len(block.quotes.opens)),
                ignore_empty_lines=n_columns > 1,
            ),
            arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types=dict.fromkeys(chosen, pa.string()),
                include_columns=chosen,
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        raise FaultyBlockError(block, str(error)) from error
    return [_single(table.column(names[at])) for at in positions or [0]]


def _single(column: Any) -> Any:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays([pa.array([], pa.string()), *column.chunks])


def _quoted(
    block: Block, wanted: Sequence[Wanted], rows: int, n_columns: int, delimiter: bytes
) -> list[NDArray[np.bool_] | None]:
    """Tell for each wanted column which of its cells stood between quotes, where it matters."""
    if not len(block.quotes.opens) or all(one.is_settled for one in wanted):
        return [None] * len(wanted)
    row, column = quoted_cells(block.data, block.quotes, delimiter, n_columns)
    return [_mask(row[column == one.position], rows, one) for one in wanted]


def _mask(at: NDArray[np.int64], rows: int, one: Wanted) -> NDArray[np.bool_] | None:
    if one.is_settled or not len(at):
        return None
    mask = np.zeros(rows, np.bool_)
    mask[at] = True
    return mask


def _groups(wanted: Sequence[Wanted]) -> list[list[int]]:
    """Group the unsettled columns that can be read as one: each reading costs some time."""
    groups: dict[object, list[int]] = {}
    for at, one in enumerate(wanted):
        if not one.is_settled:
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
