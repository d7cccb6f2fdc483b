"""CSV files as a source: opened, surveyed, and read in stored form, block by block."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow as pa

from omero_tables_jupyter.arrays.csv.evidence import Evidence
from omero_tables_jupyter.arrays.csv.faults import FAULTS, explain
from omero_tables_jupyter.arrays.csv.head import Dialect, check_dialect, no_rows, read_head
from omero_tables_jupyter.arrays.csv.passes import AHEAD, Opened, block_size, parsed_blocks
from omero_tables_jupyter.arrays.csv.shape import check_shape
from omero_tables_jupyter.arrays.csv.stream import UTF8, place_of, sniff_encoding
from omero_tables_jupyter.arrays.parts import files_label
from omero_tables_jupyter.arrays.plan import Pick, Widened, row_words
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.model import Note, Stored

if TYPE_CHECKING:
    import os
    from collections.abc import Generator, Sequence

    from omero_tables_jupyter.arrays.csv.parse import Parsed
    from omero_tables_jupyter.arrays.csv.survey import CsvSurvey

__all__ = ["CsvBatches", "CsvFile", "open_csv"]

# A first look takes so much less than a block: it is waited for, and classifies every cell.
_LOOK: Final = 4
_ARROW_TYPES: Final = {
    Stored.INTEGER: pa.int64(),
    Stored.NUMBER: pa.float64(),
    Stored.BOOLEAN: pa.bool_(),
    Stored.TEXT: pa.large_string(),
}


def open_csv(
    *paths: str | os.PathLike[str],
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> CsvFile:
    """Open a CSV file, or several that make one table; only their heads are read.

    Parameters
    ----------
    *paths
        Files of delimited text with a header, perhaps packed by gzip; all with the same columns.
    encoding
        Any of Python's text encodings; None is UTF-8, or what a byte-order mark says.
    delimiter
        One plain character, or 'tab'; None finds out which of ``, ; tab |`` it is.
    decimal
        '.' or ','; None is the point, but with ``;`` as the delimiter the numbers tell.

    Raises
    ------
    PathError
        When there is no such file, or it cannot be read.
    DataError
        When it holds no header or no rows, or is damaged, or its head cannot be decoded; when one
        file has other columns than the first.
    OptionError
        When an option cannot be.

    """
    dialect = check_dialect(Dialect(encoding, delimiter, decimal))
    parts = tuple(_open(Path(path), dialect) for path in paths)
    if not any(one.head.has_rows for one in parts):
        raise no_rows(_label(parts))
    check_shape(parts)
    announced = () if encoding is not None else _encoding_notes(parts)
    return CsvFile(parts, notes=(*announced, *parts[0].head.notes))


def _open(path: Path, dialect: Dialect) -> Opened:
    encoding = dialect.encoding
    place = place_of(path)
    found = sniff_encoding(place) if encoding is None else encoding
    try:
        head = read_head(place, dialect, found)
    except FAULTS as fault:
        given = (dialect.delimiter or ",").encode()
        raise explain(fault, place, encoding=found, delimiter=given, n_columns=0) from fault
    auto = dialect.decimal is None and head.delimiter == b";"
    return Opened(place, found, head, None if auto else dialect.decimal == ",")


def _encoding_notes(parts: Sequence[Opened]) -> list[Note]:
    found = dict.fromkeys(one.encoding for one in parts if one.encoding != UTF8)
    return [Note("", f"the text is {one}, as the first bytes of the file say") for one in found]


class CsvFile:
    """An opened CSV file, or several that follow each other; made by `open_csv`.

    Attributes
    ----------
    header
        The columns' names, in order; an empty one is called ``Unnamed: <position>``.
    notes
        What was found out about the file.
    size
        Its bytes on disk.
    label
        Its name, for messages.

    """

    def __init__(self, parts: tuple[Opened, ...], *, notes: tuple[Note, ...]) -> None:
        self.header = parts[0].head.header
        self.notes = notes
        self.size = _size(parts)
        self.label = _label(parts)
        self._parts = parts

    def survey(
        self, picks: Sequence[Pick], *, whole: bool, block_bytes: int | None = None
    ) -> CsvSurvey:
        """Find out what the picked columns become.

        Parameters
        ----------
        picks
            The columns to store. The others cannot cause a problem of type.
        whole
            Whether to read the file to its end. Else only its first block is read, and the survey
            is provisional unless that is all of it. A problem is never provisional: where the first
            block has one, the rest is read to be sure of it.
        block_bytes
            How much text is read at a time; None is what suits the number of columns.

        Raises
        ------
        DataError
            When what is read is no proper CSV, or holds no rows.
        PathError
            When the file cannot be read any more.

        """
        evidence = Evidence(picks, comma=self._parts[0].comma)
        size = block_bytes or block_size(len(self.header)) // (1 if whole else _LOOK)
        # Where one block may be enough, the next are not parsed for nothing.
        with closing(_blocks(self._parts, evidence, size, ahead=AHEAD if whole else 1)) as blocks:
            for parsed in blocks:
                evidence.add(parsed)
                if whole or parsed.bytes_read >= self.size or evidence.has_problem:
                    continue  # text further on would turn a problem into text
                scale = self.size / max(parsed.bytes_read, 1)
                return evidence.survey(is_whole=False, scale=scale)
        _check_rows(evidence, self.label)
        return evidence.survey(is_whole=True)

    def batches(self, survey: CsvSurvey, *, block_bytes: int | None = None) -> CsvBatches:
        """Read the surveyed columns in stored form.

        Parameters
        ----------
        survey
            From `survey`, or from the `Widened` of an earlier attempt.
        block_bytes
            How much text is read at a time; None is what suits the number of columns.

        Raises
        ------
        DataError
            When the survey has a problem.

        """
        for problem in survey.problems[:1]:
            raise DataError(problem.text, hint=problem.hint)
        size = block_bytes or block_size(len(self.header))
        return CsvBatches(self._parts, survey, block_bytes=size)


def _size(parts: Sequence[Opened]) -> int:
    return sum(one.place.size for one in parts)


def _label(parts: Sequence[Opened]) -> str:
    return files_label([one.place.label for one in parts])


def _blocks(
    parts: Sequence[Opened], evidence: Evidence, block_bytes: int, *, ahead: int = AHEAD
) -> Generator[Parsed, None, None]:
    """Read one file after the other, counting the bytes through."""
    before = 0
    for opened in parts:
        with closing(parsed_blocks(opened, evidence, block_bytes, ahead=ahead)) as blocks:
            for parsed in blocks:
                yield replace(parsed, bytes_read=before + parsed.bytes_read)
        before += opened.place.size


class CsvBatches:
    """Record batches in stored form: an iterator, and a context manager that stops the reading.

    Every column is int64, float64, bool or large_string, without nulls, named as in the survey.

    Attributes
    ----------
    bytes_read
        How much of the file, packed or not, the batches given so far cover; and its size.
    rows
        How many rows they hold.
    survey
        What is known by now; complete (with rows and counts) once the iteration has ended.
    schema
        The batches' Arrow schema.

    """

    def __init__(self, parts: tuple[Opened, ...], survey: CsvSurvey, *, block_bytes: int) -> None:
        self.bytes_read = (0, _size(parts))
        self.rows = 0
        self.survey = survey
        self.schema = pa.schema(
            [pa.field(one.name, _ARROW_TYPES[one.stored], nullable=False) for one in survey.columns]
        )
        self._batches = self._read(parts, block_bytes)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:
        """Give the next `pyarrow.RecordBatch`.

        Raises
        ------
        Widened
            When a cell does not fit the survey.
        DataError, PathError
            When the file is no proper CSV or cannot be read.

        """
        return next(self._batches)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop reading; the file is closed and the threads have ended."""
        self._batches.close()

    def _read(self, parts: tuple[Opened, ...], block_bytes: int) -> Generator[Any, None, None]:
        survey, size = self.survey, self.bytes_read[1]
        evidence = Evidence(survey.picks, comma=parts[0].comma, findings=survey.findings)
        look_until = 0
        with closing(_blocks(parts, evidence, block_bytes)) as blocks:
            for parsed in blocks:
                evidence.add(parsed)
                self.bytes_read = (parsed.bytes_read, size)
                self.rows = evidence.rows
                if look_until:
                    if parsed.bytes_read >= look_until and not evidence.has_problem:
                        raise self._widened(evidence, is_whole=False)
                elif not self._fits(evidence):
                    # Twice as far, so that a file with many surprises is not begun as many times.
                    look_until = 2 * parsed.bytes_read
                elif parsed.rows:
                    yield pa.record_batch(list(parsed.arrays), schema=self.schema)
        _check_rows(evidence, _label(parts))
        if look_until:
            raise self._widened(evidence, is_whole=True)
        self.bytes_read = (size, size)
        self.survey = evidence.survey(is_whole=True)

    def _fits(self, evidence: Evidence) -> bool:
        is_same = evidence.forms == self.survey.forms and evidence.comma == self.survey.comma
        # Text in the rest of the file would dissolve a problem: it is read before that is told.
        return is_same and not evidence.has_problem

    def _widened(self, evidence: Evidence, *, is_whole: bool) -> Widened:
        survey = evidence.survey(is_whole=is_whole)
        return Widened(survey, _reason(self.survey, survey))


def _check_rows(evidence: Evidence, label: str) -> None:
    if not evidence.rows:
        raise no_rows(label)


def _reason(before: CsvSurvey, after: CsvSurvey) -> str:
    for pick, one, other in zip(after.picks, before.findings, after.findings, strict=True):
        first = other.first(other.kinds & ~one.kinds)
        if first:
            return f"column '{pick.source}' holds something new {row_words(first.row, first.text)}"
    return "some columns hold something new"
