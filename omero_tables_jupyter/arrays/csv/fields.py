"""The fields of one block of CSV text, taken apart by Arrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.csv as arrow_csv

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.arrays.csv.blocks import Block

__all__ = ["FaultyBlockError", "Shape", "check_text", "read_fields"]

_BOM: Final = b"\xef\xbb\xbf"


class FaultyBlockError(Exception):
    """A block is no proper CSV; stays within `arrays.csv`, where its fault is looked for."""

    def __init__(self, block: Block, reason: str) -> None:
        super().__init__(reason)
        self.block = block
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Shape:
    """How many fields each record has, and the single byte between them."""

    n_columns: int
    delimiter: bytes


def check_text(block: Block) -> None:
    """Make sure that a block is text.

    Raises
    ------
    FaultyBlockError
        When it is no UTF-8, or holds a NUL.

    """
    if b"\0" in block.data:
        raise FaultyBlockError(block, "NUL")
    if not block.data.isascii():
        try:
            block.data.decode()
        except UnicodeDecodeError as error:
            raise FaultyBlockError(block, "encoding") from error


def read_fields(block: Block, types: Mapping[int, Any], shape: Shape) -> dict[int, Any]:
    """Read some columns of a block.

    Parameters
    ----------
    block
        Of text, as `check_text` finds.
    types
        The Arrow type to read each as, by position from 0; at least one. Empty numbers become
        null, texts never.
    shape
        What the records look like.

    Returns
    -------
    dict of int to Arrow array
        The columns by position, each of as many values as there are records.

    Raises
    ------
    FaultyBlockError
        When a record has another number of fields, or a field is not of its type.

    """
    names = [str(at) for at in range(shape.n_columns)]
    # Arrow takes the mark off the front of what it is given: here it is part of a cell.
    data = _BOM + block.data if block.data.startswith(_BOM) else block.data
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(use_threads=False, block_size=len(data) + 1, column_names=names),
            arrow_csv.ParseOptions(
                delimiter=shape.delimiter.decode(),
                newlines_in_values=bool(len(block.quotes.opens)),
                ignore_empty_lines=shape.n_columns > 1,
            ),
            arrow_csv.ConvertOptions(
                check_utf8=False,
                column_types={names[at]: kind for at, kind in types.items()},
                include_columns=[names[at] for at in types],
                strings_can_be_null=False,
                null_values=[""],
                true_values=["true", "True", "TRUE"],
                false_values=["false", "False", "FALSE"],
            ),
        )
    except pa.ArrowInvalid as error:
        raise FaultyBlockError(block, str(error)) from error
    return {at: _single(table.column(names[at])) for at in types}


def _single(column: Any) -> Any:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays([pa.array([], column.type), *column.chunks])
