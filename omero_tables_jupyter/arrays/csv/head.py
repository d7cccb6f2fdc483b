"""The head of a CSV file: its delimiter, its header, and where its first row begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.csv.blocks import RECORD_LIMIT, LongRecordError
from omero_tables_jupyter.arrays.csv.records import BrokenQuoteError, Record, records
from omero_tables_jupyter.arrays.csv.stream import CsvPath, TextBytes, undecodable
from omero_tables_jupyter.errors import DataError, OptionError
from omero_tables_jupyter.model import Fix, FixKind, Note

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Dialect", "Head", "check_dialect", "no_rows", "nul_error", "read_head"]

_HEAD_BYTES = 64 * 1024
_COMMA, _TAB = b",", b"\t"
_CANDIDATES = (_COMMA, b";", _TAB, b"|")
_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
_WORDS = {_COMMA: "commas (,)", b";": "semicolons (;)", _TAB: "tabs", b"|": "vertical bars (|)"}
# Excel's own first line, which is no header: 'sep=;'.
_SAID = re.compile(rb'"?sep=([,;\t|])"?(?:\r\n|\r|\n)', re.IGNORECASE)
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?")
# Enough records to tell a delimiter from a character of the text.
_COMPARED = 200


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is to be read; None is 'find out'."""

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What the head of a file tells.

    Parameters
    ----------
    header
        The columns' names.
    delimiter
        One byte.
    rows_start
        Where the first record after the header begins in the file's UTF-8 text.
    notes
        What was found out, and what was made up.
    has_rows
        Whether anything follows, as far as the head shows.

    """

    header: tuple[str, ...]
    delimiter: bytes
    rows_start: int
    notes: tuple[Note, ...]
    has_rows: bool = True


def check_dialect(dialect: Dialect) -> Dialect:
    """Take 'tab' for a tab and so on, and refuse what cannot be.

    Raises
    ------
    OptionError
        When the delimiter is not one plain character, or the decimal mark no point or comma.

    """
    delimiter = dialect.delimiter
    if delimiter is not None:
        delimiter = str(delimiter)
        delimiter = _NAMES.get(delimiter.lower(), delimiter)
        if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0':
            raise OptionError(
                f"delimiter {dialect.delimiter!r} is not a single plain character",
                hint="give ',' or ';' or '|' or 'tab', or leave it out to have it found",
            )
    if dialect.decimal not in (None, ".", ","):
        raise OptionError(
            f"decimal {dialect.decimal!r} is neither '.' nor ','",
            hint="give '.' or ',', or leave it out",
        )
    if delimiter is not None and delimiter == dialect.decimal:
        raise OptionError(
            f"{delimiter!r} cannot be both the delimiter and the decimal mark",
            hint="with decimal commas the delimiter is mostly ';'",
        )
    return Dialect(dialect.encoding, delimiter, dialect.decimal)


def read_head(place: CsvPath, dialect: Dialect, encoding: str) -> Head:
    """Read as much of a file as it takes to know its header.

    Raises
    ------
    DataError
        When there is no header, or it cannot be read.
    PathError
        When the file cannot be read.
    BrokenQuoteError, LongRecordError
        When no record ends.

    """
    data, is_all, skipped = _head_bytes(place, encoding)
    if not data.strip(b"\r\n"):
        what = "is empty (0 bytes)" if not place.size else "holds no header and no rows"
        raise DataError(f"'{place.label}' {what}", hint="check how the file was exported")
    said = _SAID.match(data)
    above = said.end() if said else 0
    data = data[above:]
    given = dialect.delimiter.encode() if dialect.delimiter else None
    told = given or (said[1] if said else None)
    delimiter = told or _detect(data, is_all=is_all, usual=_usual(place))
    record = next(_filled(data, delimiter), None)
    if record is None:
        raise no_rows(place.label)
    header = _decoded(record.fields, place, encoding, skipped + above + record.start)
    has_rows = not (is_all and _has_no_rows(data[record.end :], len(header)))
    notes = [] if given or delimiter == _usual(place) else [_delimiter_note(delimiter)]
    notes += [_NO_HEADER_NOTE] if _are_numbers(header) else []
    names, unnamed = _named(header)
    return Head(names, delimiter, above + record.end, (*notes, *unnamed), has_rows=has_rows)


def _head_bytes(place: CsvPath, encoding: str) -> tuple[bytes, bool, int]:
    """Read on until some record has ended outside quotes, whatever the delimiter is."""
    data, wanted = b"", _HEAD_BYTES
    with TextBytes(place, encoding) as stream:
        while True:
            while len(data) < wanted and (more := stream.read(wanted - len(data))):
                data += more
            is_all = len(data) < wanted
            if is_all or _has_record(data):
                return data, is_all, stream.skipped
            if len(data) > RECORD_LIMIT:
                raise LongRecordError(0)
            wanted *= 4


def _has_record(data: bytes) -> bool:
    # Up to the last line end, as a record may be cut at the end of what was read.
    return any(any(one.is_ended for one in _whole(data, each)) for each in _CANDIDATES)


def _whole(data: bytes, delimiter: bytes) -> Iterator[Record]:
    try:
        for record in _filled(data, delimiter):
            if not record.is_ended or record.end == len(data):
                return
            yield record
    except BrokenQuoteError:
        return


def _filled(data: bytes, delimiter: bytes) -> Iterator[Record]:
    return (record for record in records(data, delimiter) if not record.is_blank)


def _usual(place: CsvPath) -> bytes:
    suffixes = [suffix.lower() for suffix in place.path.suffixes]
    return _TAB if ".tsv" in suffixes[-2:] else _COMMA


def _detect(data: bytes, *, is_all: bool, usual: bytes) -> bytes:
    """Take what splits header and first rows alike, else what is most in the header."""
    order = sorted(_CANDIDATES, key=lambda one: one != usual)
    scores = [_score(data, one, is_all=is_all) for one in order]
    best = max(scores)
    return order[scores.index(best)] if best > (False, 1) else usual


def _score(data: bytes, delimiter: bytes, *, is_all: bool) -> tuple[bool, int]:
    widths: list[int] = []
    try:
        for record in _filled(data, delimiter):
            if not is_all and record.end == len(data):
                break
            widths.append(len(record.fields))
            if len(widths) == _COMPARED:
                break
    except BrokenQuoteError as error:
        if not error.is_open or not widths:
            return (False, 0)
    if not widths or widths[0] == 1:
        return (False, 0)
    return (len(set(widths)) == 1, widths[0])


def _decoded(
    fields: tuple[bytes, ...], place: CsvPath, encoding: str, start: int
) -> tuple[str, ...]:
    names = []
    for name in fields:
        if b"\0" in name:
            raise nul_error(place.label, 1)
        try:
            names.append(name.decode())
        except UnicodeDecodeError as error:
            # Exact unless names before it are quoted; the cure is the same.
            offset = start + sum(len(one.encode()) + 1 for one in names) + error.start
            raise undecodable(place.label, encoding, error, offset) from error
    return tuple(names)


def no_rows(label: str) -> DataError:
    """Say that there is nothing below the header."""
    return DataError(
        f"'{label}' has a header but no rows",
        hint="there is nothing to store; check how the file was exported",
    )


def nul_error(label: str, line: int) -> DataError:
    """Say that a file is not plain text."""
    return DataError(
        f"'{label}' has a NUL byte in line {line}: it is not plain text",
        hint="if it is a workbook or an archive, export it as CSV; if it is text in UTF-16, give "
        "--encoding utf-16-le (encoding='utf-16-le')",
    )


def _has_no_rows(rest: bytes, n_columns: int) -> bool:
    return not rest if n_columns == 1 else not rest.strip(b"\r\n")


_NO_HEADER_NOTE = Note(
    "",
    "the first line holds nothing but numbers, and they are taken for the names of the columns: if "
    "the file has no header, put a line with the columns' names above it, else this row is lost",
)


def _are_numbers(header: tuple[str, ...]) -> bool:
    """Tell whether a header looks like a row, as of a file without one."""
    told = [name.strip() for name in header if name.strip()]
    return bool(told) and all(map(_NUMBER.fullmatch, told))


def _delimiter_note(delimiter: bytes) -> Note:
    word = _WORDS[delimiter]
    return Note("", f"columns are separated by {word}, as found in the file")


def _named(header: tuple[str, ...]) -> tuple[tuple[str, ...], list[Note]]:
    names = tuple(name if name.strip() else f"Unnamed: {at}" for at, name in enumerate(header))
    notes = [
        Note(
            name,
            f"column {at + 1} of the file has no name, so it is called '{name}'",
            fix=Fix(FixKind.DROP, name),
        )
        for at, (name, found) in enumerate(zip(names, header, strict=True))
        if not found.strip()
    ]
    return names, notes
