"""The arrays that stand under a name in a folder, or under one of its versions."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import ConvertError, PathError
from omero_tables_jupyter.path_syntax import SUFFIX
from omero_tables_jupyter.tables.reader import ArrayInfo, describe_array

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["described", "versions_of"]


def described(path: str | os.PathLike[str]) -> ArrayInfo | None:
    """Read what an array says of itself; None where none stands, or one that cannot be read."""
    try:
        return describe_array(path) if os.fspath(path) else None
    except (PathError, ConvertError):
        return None


def versions_of(first: str) -> Iterator[ArrayInfo]:
    """Describe the arrays that stand at a path, or at one of its versions (``name-2.tiledb``)."""
    path = Path(first)
    named = re.compile(rf"{re.escape(path.name.removesuffix(SUFFIX))}(-\d+)?{re.escape(SUFFIX)}")
    try:
        found = sorted(one for one in path.parent.iterdir() if named.fullmatch(one.name))
    except OSError:
        # The check of the place says what is wrong with it.
        return
    for one in found:
        array = described(one)
        if array is not None:
            yield array
