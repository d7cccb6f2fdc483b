"""Whatever a user has for a table, opened as a `Source`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from omero_tables_jupyter.arrays.distributed.source import DaskSource
from omero_tables_jupyter.arrays.files import SUFFIXES, Files, find_files, listed_files
from omero_tables_jupyter.arrays.frames import FrameSource
from omero_tables_jupyter.arrays.source import BlockSource, Source
from omero_tables_jupyter.errors import DataError

__all__ = ["SUFFIXES", "Source", "open_source"]


def open_source(
    source: Any,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
) -> Source:
    """Open a table for `prepare`; of files only the beginning is read.

    Parameters
    ----------
    source
        A pandas or polars DataFrame; an Arrow Table, RecordBatch, RecordBatchReader or Dataset; a
        polars LazyFrame; the path of a file that ends in ``.csv .csv.gz .tsv .txt .parquet``, of a
        folder of Parquet files, or a pattern such as ``out/cells_*.csv``; a list of such files, or
        of frames; an iterator of frames, which is read only once; a Dask DataFrame.
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
    if isinstance(source, str) and "://" in source:
        raise DataError(
            f"'{source}' is an address, not a file of this machine",
            hint="download it first, or read it yourself and give the DataFrame",
        )
    if isinstance(source, (str, os.PathLike)):
        files: Files | None = find_files(source)
    else:
        files = listed_files(source) if _are_paths(source) else None
    if files is not None:
        return _open_files(files, encoding=encoding, delimiter=delimiter, decimal=decimal)
    opened = _open_frame(source) or _open_stream(source)
    if opened is None:
        raise DataError(f"this is no table: {_kind(source)}", hint=_cure(source))
    return opened


def _are_paths(source: Any) -> bool:
    listed = isinstance(source, (list, tuple)) and bool(source)
    return listed and all(isinstance(one, (str, os.PathLike)) for one in source)


def _open_files(
    files: Files, *, encoding: str | None, delimiter: str | None, decimal: str | None
) -> Source:
    if files.is_parquet:
        from omero_tables_jupyter.arrays.parquet import ParquetSource

        return ParquetSource(*files.paths, default_name=files.name)
    from omero_tables_jupyter.arrays.csv_source import CsvSource

    return CsvSource(
        *files.paths,
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        default_name=files.name,
    )


def _open_frame(source: Any) -> BlockSource | None:
    """Open a table in memory; None for everything else."""
    if isinstance(source, pd.DataFrame):
        return FrameSource(source)
    if isinstance(source, (pa.Table, pa.RecordBatch)):
        from omero_tables_jupyter.arrays.arrow import ArrowSource

        return ArrowSource(source)
    if isinstance(source, _class_of("polars", "DataFrame")):
        from omero_tables_jupyter.arrays.arrow import PolarsSource

        return PolarsSource(source)
    return None


def _open_stream(source: Any) -> Source | None:
    """Open what gives its rows bit by bit; None for everything else."""
    if isinstance(source, _class_of("dask.dataframe", "DataFrame")):
        return DaskSource(source)
    if isinstance(source, _class_of("pyarrow.dataset", "Dataset")):
        from omero_tables_jupyter.arrays.dataset import DatasetSource, plain_files
        from omero_tables_jupyter.arrays.parquet import ParquetSource

        files = plain_files(source)
        return ParquetSource(*files) if files else DatasetSource(source)
    if isinstance(source, _class_of("polars", "LazyFrame")):
        from omero_tables_jupyter.arrays.lazy import LazySource

        return LazySource(source)
    if isinstance(source, (list, tuple)) and source:
        from omero_tables_jupyter.arrays.streams import FrameList

        parts = [one for one in map(_open_frame, source) if one is not None]
        return FrameList(parts) if len(parts) == len(source) else None
    if isinstance(source, (Iterator, pa.RecordBatchReader)):
        from omero_tables_jupyter.arrays.streams import FrameStream

        return FrameStream(source, _opened_frame)
    return None


def _class_of(module: str, name: str) -> tuple[type, ...]:
    """Give a class of a library, or nothing where that was not imported: then nobody has one."""
    library = sys.modules.get(module)
    return () if library is None else (getattr(library, name),)


def _opened_frame(frame: Any) -> BlockSource:
    opened = _open_frame(frame)
    if opened is None:
        raise DataError(
            f"an iterator of frames was expected, and it gives {_kind(frame)}",
            hint="let it give pandas or polars DataFrames, or Arrow tables",
        )
    return opened


def _kind(source: Any) -> str:
    package, name = type(source).__module__.partition(".")[0], type(source).__name__
    return name if package == "builtins" else f"{package} {name}"


def _cure(source: Any) -> str:
    name = type(source).__name__
    for fits, cure in (
        (name == "Series", "make a table of it: series.to_frame('name')"),
        (
            name.endswith("GroupBy"),
            "make a row of each group first: groups.mean(numeric_only=True).reset_index()",
        ),
        (isinstance(source, np.ndarray), "name its columns: pd.DataFrame(array, columns=[...])"),
        (isinstance(source, (list, dict, tuple)), "make a table of it: pd.DataFrame(data)"),
        (
            name == "GeoDataFrame",
            "drop the geometry first: pd.DataFrame(frame.drop(columns='geometry'))",
        ),
        (hasattr(source, "compute"), "compute it first: frame.compute()"),
        (hasattr(source, "to_reader"), "give what it reads: data.to_reader()"),
        (hasattr(source, "to_pandas"), "convert it first: data.to_pandas()"),
    ):
        if fits:
            return cure
    return (
        "give a pandas or polars DataFrame, an Arrow table, or the path of a file that ends in "
        f"{', '.join(sorted(SUFFIXES))}"
    )
