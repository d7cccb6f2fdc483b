"""A CSV file as a source: opened, surveyed, and read in stored form, block by block."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow as pa

from omero_tables_jupyter.errors import DataError, OmeroTablesError
from omero_tables_jupyter.model import Note, Stored
from omero_tables_jupyter.tables.csv.blocks import Block, cut
from omero_tables_jupyter.tables.csv.evidence import Evidence
from omero_tables_jupyter.tables.csv.faults import FAULTS, explain
from omero_tables_jupyter.tables.csv.head import Dialect, Head, check_dialect, read_head
from omero_tables_jupyter.tables.csv.parse import Parsed, Wanted, parse
from omero_tables_jupyter.tables.csv.stream import (
    UTF8,
    Place,
    TextBytes,
    place_of,
    sniff_encoding,
)
from omero_tables_jupyter.tables.csv.survey import CsvSurvey
from omero_tables_jupyter.tables.plan import Pick, Widened, row_words

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

__all__ = ["CsvBatches", "CsvFile", "block_size", "open_csv"]

_LEAST_BLOCK, _BLOCK_A_COLUMN, _LARGEST_BLOCK = 2 * 2**20, 32 * 2**10, 8 * 2**20
_THREADS: Final = 2
_ARROW_TYPES: Final = {
    Stored.INTEGER: pa.int64(),
    Stored.NUMBER: pa.float64(),
    Stored.BOOLEAN: pa.bool_(),
    Stored.TEXT: pa.large_string(),
}


def open_csv(
    path: str | os.PathLike[str],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> CsvFile:
    """Open a CSV file; only its head is read.

    Parameters
    ----------
    path
        A file of delimited text with a header, perhaps packed by gzip.
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
        When it holds no header or no rows, or is damaged, or its head cannot be decoded.
    OptionError
        When an option cannot be.

    """
    dialect = check_dialect(Dialect(encoding, delimiter, decimal))
    place = place_of(Path(path))
    sniffed = encoding or sniff_encoding(place)
    try:
        head = read_head(place, dialect, sniffed)
    except FAULTS as fault:
        given = (dialect.delimiter or ",").encode()
        raise explain(fault, place, encoding=sniffed, delimiter=given, n_columns=0) from None
    return CsvFile(place, head, encoding=sniffed, decimal=dialect.decimal, is_found=not encoding)


class CsvFile:
    """An opened CSV file; made by `open_csv`.

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

    def __init__(
        self, place: Place, head: Head, *, encoding: str, decimal: str | None, is_found: bool
    ) -> None:
        self.header = head.header
        self.size = place.size
        self.label = place.label
        self.notes = head.notes
        if is_found and encoding != UTF8:
            self.notes = (Note("", f"the text is {encoding}, as its first bytes say"), *head.notes)
        self._place = place
        self._head = head
        self._encoding = encoding
        self._comma = decimal == "," if decimal or head.delimiter != b";" else None

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
        evidence = Evidence(picks, comma=self._comma)
        with _Blocks(self, block_bytes or block_size(len(self.header))) as blocks:
            for parsed in blocks.parsed(evidence):
                evidence.add(parsed)
                if whole or parsed.bytes_read >= self.size:
                    continue
                scale = self.size / max(parsed.bytes_read, 1)
                survey = evidence.survey(is_whole=False, scale=scale)
                if not survey.problems:  # text further on would turn a problem into text
                    return survey
        self._check_rows(evidence)
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
        return CsvBatches(self, survey, block_bytes or block_size(len(self.header)))

    def _check_rows(self, evidence: Evidence) -> None:
        if not evidence.rows:
            raise DataError(
                f"'{self.label}' has a header but no rows.",
                hint="There is nothing to store; check how the file was exported.",
            )


def block_size(n_columns: int) -> int:
    """Give the bytes of text to read at a time: more where a row is longer."""
    return min(max(_LEAST_BLOCK, n_columns * _BLOCK_A_COLUMN), _LARGEST_BLOCK)


class CsvBatches:
    """Record batches in stored form: an iterator, and a context manager that stops the reading.

    Every column is int64, float64, bool or large_string, without nulls, named as in the survey.

    Attributes
    ----------
    bytes_done, bytes_total
        How much of the file, packed or not, the batches given so far cover.
    rows
        How many rows they hold.
    survey
        What is known by now; complete (with rows and counts) once the iteration has ended.

    """

    def __init__(self, file: CsvFile, survey: CsvSurvey, block_bytes: int) -> None:
        self.bytes_done = 0
        self.bytes_total = file.size
        self.rows = 0
        self.survey = survey
        self.schema = pa.schema(
            [pa.field(one.name, _ARROW_TYPES[one.stored], nullable=False) for one in survey.columns]
        )
        self._batches = self._read(file, block_bytes)

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

    def _read(self, file: CsvFile, block_bytes: int) -> Iterator[Any]:
        survey = self.survey
        evidence = Evidence(survey.picks, comma=file._comma, findings=survey.findings)  # noqa: SLF001 - two halves of one class
        is_doubtful = False
        with _Blocks(file, block_bytes) as blocks:
            for parsed in blocks.parsed(evidence):
                evidence.add(parsed)
                self.bytes_done = parsed.bytes_read
                self.rows = evidence.rows
                if evidence.has_problem:
                    is_doubtful = True  # only the rest of the file tells whether it stays one
                    continue
                self._check_fit(evidence, is_doubtful=is_doubtful)
                if parsed.rows:
                    yield pa.record_batch(list(parsed.arrays), schema=self.schema)
        file._check_rows(evidence)  # noqa: SLF001 - two halves of one class
        if is_doubtful:
            survey = evidence.survey(is_whole=True)
            raise Widened(survey, _reason(self.survey, survey))
        self.bytes_done = self.bytes_total
        self.survey = evidence.survey(is_whole=True)

    def _check_fit(self, evidence: Evidence, *, is_doubtful: bool) -> None:
        is_same = evidence.forms == self.survey.forms and evidence.comma == self.survey.comma
        if is_doubtful or not is_same:
            wider = evidence.survey(is_whole=False)
            raise Widened(wider, _reason(self.survey, wider))


def _reason(before: CsvSurvey, after: CsvSurvey) -> str:
    for pick, one, other in zip(after.picks, before.findings, after.findings, strict=True):
        first = other.first(other.kinds & ~one.kinds)
        if first:
            return f"column '{pick.source}' needs another type {row_words(first.row, first.text)}"
    return "some columns need another type"


class _Blocks:
    """The blocks of a file, parsed two at a time and given in order; a context manager."""

    def __init__(self, file: CsvFile, block_bytes: int) -> None:
        self._file = file
        self._block_bytes = block_bytes
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="csv")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(cancel_futures=True)

    def parsed(self, evidence: Evidence) -> Iterator[Parsed]:
        """Parse ahead of the consumer, each block by what the evidence says at that time."""
        place, encoding = self._file._place, self._file._encoding  # noqa: SLF001 - its other half
        place.check_unchanged()
        with self._explained(), TextBytes(place, encoding) as stream:
            yield from self._ahead(self._blocks(stream), evidence)
        place.check_unchanged()

    def _blocks(self, stream: TextBytes) -> Iterator[Block]:
        head = self._file._head  # noqa: SLF001 - its other half
        left = head.rows_start
        while left:
            left -= len(stream.read(left))
        return cut(stream, head.delimiter, start=head.rows_start, block_bytes=self._block_bytes)

    def _ahead(self, blocks: Iterator[Block], evidence: Evidence) -> Iterator[Parsed]:
        waiting: deque[Future[Parsed]] = deque()
        fault: Exception | None = None
        is_ended = False
        while waiting or not is_ended:
            while not is_ended and len(waiting) <= _THREADS:
                try:
                    block = next(blocks, None)
                except (*FAULTS, OmeroTablesError) as error:
                    # What was cut before may hold an earlier fault: that one is told.
                    block, fault = None, error
                is_ended = block is None
                if block is not None:
                    waiting.append(
                        self._threads.submit(self._parse, block, evidence.wanted, evidence.comma)
                    )
            if waiting:
                yield waiting.popleft().result()
        if fault:
            raise fault

    def _parse(self, block: Block, wanted: Sequence[Wanted], comma: bool) -> Parsed:
        head = self._file._head
        return parse(
            block, wanted, n_columns=len(head.header), delimiter=head.delimiter, comma=comma
        )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except FAULTS as fault:
            file = self._file
            raise explain(
                fault,
                file._place,
                encoding=file._encoding,
                delimiter=file._head.delimiter,
                n_columns=len(file.header),
            ) from fault
