"""The arrays that stand under a name in a folder, or under one of its versions."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.reader import ArrayInfo, describe_array
from omero_tables_jupyter.arrays.stores import list_folder
from omero_tables_jupyter.errors import ConvertError, PathError
from omero_tables_jupyter.path_syntax import SUFFIX, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["described", "versions_of"]


def described(path: str | os.PathLike[str], *, counted: bool = True) -> ArrayInfo | None:
    """Read what an array says of itself; None where none stands, or one that cannot be read."""
    try:
        return describe_array(path, counted=counted) if os.fspath(path) else None
    except (PathError, ConvertError):
        return None


def versions_of(first: str) -> Iterator[ArrayInfo]:
    """Describe the arrays that stand at a path, or at one of its versions (``name-2.tiledb``)."""
    stem = Path(first).name.removesuffix(SUFFIX)
    named = re.compile(rf"{re.escape(stem)}(-\d+)?{re.escape(SUFFIX)}")
    for one in _beside(first):
        array = described(one) if named.fullmatch(Path(one).name) else None
        if array is not None:
            yield array


def _beside(path: str) -> list[str]:
    try:
        if is_uri(path):
            return list_folder(path.rpartition("/")[0])
        return sorted(map(str, Path(path).parent.iterdir()))
    except OSError:
        # The check of the place says what is wrong with it.
        return []
