"""Which files a text or a path names: one, a folder of Parquet files, a pattern, a list."""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import DataError, PathError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

__all__ = ["SUFFIXES", "Files", "find_files", "listed_files"]

#: The names of files that can be read, the longest first.
SUFFIXES = (".csv.gz", ".csv", ".tsv", ".txt", ".parquet")
_PARQUET = ".parquet"
_WILD = re.compile(r"[*?[]")


@dataclass(frozen=True, slots=True)
class Files:
    """Files that make one table.

    Parameters
    ----------
    paths
        At least one, in the order of their rows.
    is_parquet
        Whether they are Parquet files; else they are delimited text.
    name
        A name for the table; '' where they are not to be named by more than their own.

    """

    paths: tuple[Path, ...]
    is_parquet: bool
    name: str = ""


def find_files(given: str | os.PathLike[str]) -> Files:
    """Find the files that a path names: itself, those of a folder, those that fit a pattern.

    Raises
    ------
    PathError
        If there are none, or one cannot be looked at.
    DataError
        If they are of a kind that cannot be read.

    """
    path = _expanded(Path(given))
    if _is_there(path, "is_file"):
        return listed_files([path])
    if _is_there(path, "is_dir"):
        return _in_folder(path)
    if _WILD.search(str(path)):
        return _matching(path)
    _suffix(path)
    raise PathError(
        f"there is no file '{path}'",
        hint=f"check the spelling; this notebook works in '{Path.cwd()}'",
    )


def listed_files(given: Sequence[str | os.PathLike[str]]) -> Files:
    """Take files as they are listed.

    Raises
    ------
    PathError
        If one is not there.
    DataError
        If one is of a kind that cannot be read, or of another kind than the first.

    """
    paths = [_expanded(Path(one)) for one in given]
    first = paths[0]
    is_parquet = _suffix(first) == _PARQUET
    for path in paths:
        if (_suffix(path) == _PARQUET) != is_parquet:
            raise DataError(
                f"'{path.name}' is a file of another kind than '{first.name}'",
                hint="give Parquet files only, or text files only",
            )
        if not _is_there(path, "is_file"):
            raise PathError(
                f"there is no file '{path}'",
                hint=f"check the spelling; this notebook works in '{Path.cwd()}'",
            )
    return Files(tuple(paths), is_parquet)


def _in_folder(folder: Path) -> Files:
    with_parts = [one for one in _entries(folder) if not one.name.startswith((".", "_"))]
    for one in with_parts:
        if one.is_dir():
            raise PathError(
                f"'{folder}' has a folder in it, '{one.name}', as partitioned tables have",
                hint="give it as a dataset, which knows what its folders mean: import "
                f"pyarrow.dataset as ds; ds.dataset({str(folder)!r}, partitioning='hive')",
            )
    paths = [one for one in with_parts if one.name.lower().endswith(_PARQUET)]
    if not paths:
        raise PathError(
            f"'{folder}' is a folder without Parquet files",
            hint=f"give one file, a folder of .parquet files, or a pattern: '{folder}/*.csv'",
        )
    name = folder.resolve().name
    return Files(_in_order(paths), is_parquet=True, name=name.removesuffix(_PARQUET))


def _matching(pattern: Path) -> Files:
    paths = [Path(one) for one in glob.glob(str(pattern)) if Path(one).is_file()]  # noqa: PTH207 - of any path, absolute or not
    if not paths:
        raise PathError(
            f"no file is named like '{pattern}'",
            hint=f"check the spelling; this notebook works in '{Path.cwd()}'",
        )
    files = listed_files(_in_order(paths))
    name = _WILD.split(pattern.name)[0].rstrip("_-. ")
    return Files(files.paths, files.is_parquet, name)


def _in_order(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Sort as people count: part-2 before part-10."""
    return tuple(sorted(paths, key=_counted))


def _counted(path: Path) -> list[tuple[int, str]]:
    pieces = re.split(r"(\d+)", str(path))
    return [(int(one), one) if one.isdecimal() else (-1, one) for one in pieces]


def _suffix(path: Path) -> str:
    suffix = next((one for one in SUFFIXES if path.name.lower().endswith(one)), None)
    if suffix is None:
        raise DataError(
            f"'{path.name}' is not a kind of file that can be read",
            hint=f"give a file that ends in {', '.join(sorted(SUFFIXES))}, or read it yourself and "
            "give the DataFrame",
        )
    return suffix


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise _unseen(path, error) from error


def _is_there(path: Path, question: str) -> bool:
    try:
        return bool(getattr(path, question)())
    except OSError as error:
        raise _unseen(path, error) from error


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise _unseen(folder, error) from error


def _unseen(path: Path, error: Exception) -> PathError:
    why = error.strerror if isinstance(error, OSError) else error
    return PathError(
        f"'{path}' cannot be looked at: {why}",
        hint="check the spelling, and that you may look into its folder",
    )
