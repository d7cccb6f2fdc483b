"""Whatever a user has for a table, opened as a `Source`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from omero_tables_jupyter.errors import DataError, PathError
from omero_tables_jupyter.tables.distributed.source import DaskSource
from omero_tables_jupyter.tables.frames import FrameSource
from omero_tables_jupyter.tables.source import Source

__all__ = ["SUFFIXES", "Source", "open_source"]

#: The names of files that can be read, the longest first.
SUFFIXES = (".csv.gz", ".csv", ".tsv", ".txt", ".parquet")


def open_source(
    source: Any,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> Source:
    """Open a table for `prepare`; of a file only the beginning is read.

    Parameters
    ----------
    source
        A pandas or polars DataFrame, an Arrow Table or RecordBatch, or the path of a file that
        ends in ``.csv .csv.gz .tsv .txt .parquet``.
    encoding, delimiter, decimal
        How to read a text file; None to find out.

    Raises
    ------
    DataError
        When it is no table; the hint says how to make one of it.
    PathError
        When there is no such file.

    """
    if isinstance(source, Source):
        return source
    if isinstance(source, pd.DataFrame):
        return FrameSource(source)
    if isinstance(source, (pa.Table, pa.RecordBatch)):
        from omero_tables_jupyter.tables.arrow import ArrowSource

        return ArrowSource(source)
    if isinstance(source, str) and "://" in source:
        raise DataError(
            f"'{source}' is an address, not a file of this machine",
            hint="download it first, or read it yourself and give the DataFrame",
        )
    if isinstance(source, (str, Path)):
        return _open_file(Path(source), encoding=encoding, delimiter=delimiter, decimal=decimal)
    dask = sys.modules.get("dask.dataframe")
    if dask is not None and isinstance(source, dask.DataFrame):
        return DaskSource(source)
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(source, polars.DataFrame):
        from omero_tables_jupyter.tables.arrow import PolarsSource

        return PolarsSource(source)
    raise DataError(f"this is no table: {_kind(source)}", hint=_cure(source))


def _kind(source: Any) -> str:
    package, name = type(source).__module__.partition(".")[0], type(source).__name__
    return name if package == "builtins" else f"{package} {name}"


def _cure(source: Any) -> str:
    name = type(source).__name__
    for fits, cure in (
        (name == "Series", "make a table of it: series.to_frame('name')"),
        (isinstance(source, np.ndarray), "name its columns: pd.DataFrame(array, columns=[...])"),
        (isinstance(source, (list, dict, tuple)), "make a table of it: pd.DataFrame(data)"),
        (isinstance(source, pa.RecordBatchReader), "read it first: reader.read_all()"),
        (name == "LazyFrame", "collect it first: frame.collect()"),
        (
            name == "GeoDataFrame",
            "drop the geometry first: pd.DataFrame(frame.drop(columns='geometry'))",
        ),
        (hasattr(source, "compute"), "compute it first: frame.compute()"),
        (hasattr(source, "to_pandas"), "convert it first: data.to_pandas()"),
    ):
        if fits:
            return cure
    return (
        "give a pandas or polars DataFrame, an Arrow table, or the path of a file that ends in "
        f"{', '.join(sorted(SUFFIXES))}"
    )


def _open_file(
    path: Path, *, encoding: str | None, delimiter: str | None, decimal: str | None
) -> Source:
    suffix = next((one for one in SUFFIXES if path.name.lower().endswith(one)), None)
    if suffix is None:
        raise DataError(
            f"'{path.name}' is not a kind of file that can be read",
            hint=f"give a file that ends in {', '.join(sorted(SUFFIXES))}, or read it yourself and "
            "give the DataFrame",
        )
    try:
        path = path.expanduser()
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise PathError(
            f"'{path}' cannot be looked at: {why}",
            hint="check the spelling, and that you may look into its folder",
        ) from error
    if is_folder:
        raise PathError(f"'{path}' is a folder", hint="give one file, or a DataFrame")
    if not is_file:
        raise PathError(
            f"there is no file '{path}'",
            hint=f"check the spelling; this notebook works in '{Path.cwd()}'",
        )
    if suffix == ".parquet":
        from omero_tables_jupyter.tables.parquet import ParquetSource

        return ParquetSource(path)
    from omero_tables_jupyter.tables.csv_source import CsvSource

    return CsvSource(path, encoding=encoding, delimiter=delimiter, decimal=decimal)
