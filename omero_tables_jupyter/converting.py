"""The first step alone: a table into an array that is registered later, or by somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.check import convertible, opened
from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.paths import array_path, is_array_name
from omero_tables_jupyter.request import read_request
from omero_tables_jupyter.steps import drained

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from omero_tables_jupyter.choices import Compression, IndexRule, Verify
    from omero_tables_jupyter.events import Event
    from omero_tables_jupyter.model import WrittenTable

__all__ = ["create_tiledb"]


def create_tiledb(  # noqa: PLR0913 - the options of the product, by keyword
    source: Any,
    output_path: str | os.PathLike[str],
    chunk_size: int | None = None,
    *,
    columns: Iterable[str] | None = None,
    exclude: Iterable[str] | str = (),
    rename: Mapping[str, str] | None = None,
    as_text: Iterable[str] | str = (),
    index: IndexRule = "auto",
    chunk_rows: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    verify: Verify = "values",
    compression: Compression = "none",
    on_event: Callable[[Event], None] | None = None,
) -> WrittenTable:
    """Convert a table to an array that OMERO Plus can register: all of it, verified, or nothing.

    Parameters
    ----------
    source
        A pandas, Arrow, polars or Dask table; the path of a CSV or Parquet file, of a folder of
        Parquet files, or a pattern such as ``out/cells_*.csv``; a list of files or of frames; an
        Arrow reader or dataset; a polars query; an iterator of frames, which is read only once.
    output_path
        The ``*.tiledb`` to write; its folder must exist, and it must not.
    chunk_size, chunk_rows
        Rows a write; by default as many as fit a few megabytes.
    columns, exclude, rename, as_text, index, encoding, delimiter, decimal, verify,
    compression
        As for `upload_table`.
    on_event
        Called with each event of `omero_tables_jupyter.events`.

    Returns
    -------
    WrittenTable
        ``.token`` is what a registration proves itself with.

    Raises
    ------
    DataError
        If a column cannot be stored without loss.
    PathError, TableExistsError
        If the array cannot stand there.
    ConvertError
        If writing or verifying went wrong.

    """
    asked = read_request(
        source,
        chunk_size=chunk_size,
        columns=columns,
        exclude=exclude,
        rename=rename,
        as_text=as_text,
        index=index,
        chunk_rows=chunk_rows,
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        verify=verify,
        compression=compression,
    )
    steps = write_table(
        convertible(asked, opened(asked), index="auto"),
        _array_itself(output_path),
        chunk_rows=asked.chunk_rows,
        verify=verify,
        compression=compression,
    )
    return drained(steps, on_event)


def _array_itself(path: str | os.PathLike[str]) -> str:
    if not is_array_name(str(path)):
        raise PathError(
            f"'{path}' is not the name of an array",
            hint=f"end it in .tiledb: '{str(path).rstrip('/')}.tiledb'",
        )
    return array_path(path, "")
