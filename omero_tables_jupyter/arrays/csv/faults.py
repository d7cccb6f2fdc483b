"""What is wrong with a CSV file, in words, with the line that an editor shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.csv.blocks import RECORD_LIMIT, Block, LongRecordError
from omero_tables_jupyter.arrays.csv.fields import FaultyBlockError
from omero_tables_jupyter.arrays.csv.head import nul_error
from omero_tables_jupyter.arrays.csv.records import BrokenQuoteError, line_ends, records
from omero_tables_jupyter.arrays.csv.stream import CsvPath, TextBytes, undecodable
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.text import count, plural, size

if TYPE_CHECKING:
    from omero_tables_jupyter.errors import OmeroTablesError

__all__ = ["FAULTS", "Fault", "explain"]

_PIECE = 2**20

FAULTS = (FaultyBlockError, BrokenQuoteError, LongRecordError)
Fault = FaultyBlockError | BrokenQuoteError | LongRecordError


def explain(
    fault: Fault, place: CsvPath, *, encoding: str, delimiter: bytes, n_columns: int
) -> OmeroTablesError:
    """Turn a fault into the error for the user; reads the file again up to the fault.

    Returns
    -------
    OmeroTablesError
        To be raised; mostly a DataError that names a line, counted from 1.

    """
    if isinstance(fault, BrokenQuoteError):
        return _broken_quote(fault, place, _line_at(place, encoding, fault.position))
    if isinstance(fault, LongRecordError):
        return _long_record(place, _line_at(place, encoding, fault.position))
    block = fault.block
    if isinstance(fault.__cause__, UnicodeDecodeError):
        return undecodable(
            place.label,
            encoding,
            fault.__cause__,
            _mark_bytes(place, encoding) + block.start + fault.__cause__.start,
        )
    line = _line_at(place, encoding, block.start)
    if (nul := block.data.find(b"\0")) >= 0:
        return nul_error(place.label, line + line_ends(block.data[:nul]))
    return _ragged(block, place, line, delimiter, n_columns) or DataError(
        f"'{place.label}' cannot be read as CSV from line {line} on: {fault.reason}",
        hint="open the file at that line, or export it again",
    )


def _ragged(
    block: Block, place: CsvPath, line: int, delimiter: bytes, n_columns: int
) -> DataError | None:
    for record in records(bytes(block.data), delimiter):
        if len(record.fields) == n_columns or (record.is_blank and n_columns > 1):
            continue
        at = line + line_ends(block.data[: record.start])
        return DataError(
            f"line {at} of '{place.label}' has {plural(len(record.fields), 'field')}, but the "
            f"header has {count(n_columns)}",
            hint=_ragged_hint(len(record.fields), n_columns, delimiter),
        )
    return None


def _ragged_hint(found: int, expected: int, delimiter: bytes) -> str:
    sign = delimiter.decode()
    if expected == 1:
        return (
            f"if another character than {sign!r} separates the columns, name it, such as "
            "--delimiter semicolon (delimiter=';')"
        )
    if found > expected:
        return (
            f'put a value that contains {sign!r} between quotes ("..."), remove lines above the '
            "header, or name every column in it"
        )
    return "complete or remove the line; lines of comments cannot stay in the file"


def _broken_quote(fault: BrokenQuoteError, place: CsvPath, line: int) -> DataError:
    if fault.is_open:
        return DataError(
            f"the quoted value that begins in line {line} of '{place.label}' never ends",
            hint='close it with a quote ("), or remove the quote at its beginning',
        )
    return DataError(
        f"the quoted value that begins in line {line} of '{place.label}' goes on after its "
        "closing quote",
        hint='write a quote within a quoted value twice ("")',
    )


def _long_record(place: CsvPath, line: int) -> DataError:
    return DataError(
        f"line {line} of '{place.label}' does not end within {size(RECORD_LIMIT)}",
        hint='look for a quote (") that is never closed; or the file may not be a CSV file',
    )


def _line_at(place: CsvPath, encoding: str, position: int) -> int:
    """Count the lines up to a byte of the file's UTF-8 text."""
    lines, held = 1, b""
    with TextBytes(place, encoding) as stream:
        left = position
        while left and (piece := stream.read(_PIECE)):
            data = held + piece[:left]
            left -= len(piece[:left])
            # The second half of a '\r\n' may come with the next piece.
            cut = len(data) - data.endswith(b"\r") if left else len(data)
            lines += line_ends(data[:cut])
            held = data[cut:]
    return lines


def _mark_bytes(place: CsvPath, encoding: str) -> int:
    with TextBytes(place, encoding) as stream:
        stream.read(_PIECE)
        return stream.skipped
