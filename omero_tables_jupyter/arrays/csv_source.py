"""CSV files as a `Source`: one, or several that follow each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.csv import CsvBatches, CsvSurvey, open_csv
from omero_tables_jupyter.arrays.source import Fields, Source

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from omero_tables_jupyter.arrays.plan import Pick, Survey

__all__ = ["CsvSource"]

_SUFFIXES = (".gz", ".csv", ".tsv", ".txt")


class CsvSource(Source):
    """Files of delimited text; types may widen while they are read, and hold for all of them."""

    def __init__(
        self,
        *paths: Path,
        encoding: str | None,
        delimiter: str | None,
        decimal: str | None,
        default_name: str = "",
    ) -> None:
        self._file = open_csv(*paths, encoding=encoding, delimiter=delimiter, decimal=decimal)
        self.label = self._file.label
        self.default_name = default_name or (_stem(paths[0].name) if len(paths) == 1 else "")

    def fields(self, index: str) -> Fields:
        """Give the header; a file has no index."""
        del index
        return Fields(names=tuple(self._file.header), notes=tuple(self._file.notes))

    def survey(self, picks: Sequence[Pick], *, whole: bool) -> CsvSurvey:
        """Decide by the whole file, or provisionally by its first block."""
        return self._file.survey(picks, whole=whole)

    def batches(self, survey: Survey, *, n_bytes: int) -> CsvBatches:
        """Read in blocks that suit the parser, whatever `n_bytes` says."""
        del n_bytes
        if not isinstance(survey, CsvSurvey):
            raise TypeError("a CSV file needs its own survey")
        return self._file.batches(survey)


def _stem(name: str) -> str:
    for suffix in _SUFFIXES:
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
    return name
