"""What an array says of itself, and what all the versions of one say."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from omero_tables_jupyter.arrays import layout
from omero_tables_jupyter.arrays.blockread import read_rows
from omero_tables_jupyter.arrays.opening import open_array
from omero_tables_jupyter.arrays.stores import list_folder
from omero_tables_jupyter.errors import ConvertError, PathError
from omero_tables_jupyter.model import Secret, Stored
from omero_tables_jupyter.path_syntax import SUFFIX, is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tiledb

__all__ = ["ArrayInfo", "describe_array", "described", "versions_of"]

_WORDS = {"int64": Stored.INTEGER, "float64": Stored.NUMBER, "bool": Stored.BOOLEAN}


@dataclass(frozen=True, slots=True)
class ArrayInfo:
    """What an array says of itself.

    Parameters
    ----------
    path
        Where it is.
    rows
        How many rows it holds.
    columns, types
        The names of its columns, and what each is stored as: a `Stored`, or TileDB's own word for
        a type that we do not write.
    token
        Its SecretToken; None where it has none.
    version
        The layout's version, as text; '' where it has none.
    fingerprint, created
        What we noted when we wrote it; '' where another program did.
    initialized
        When its layout was made, in seconds since 1970, which no other array shares; None where it
        does not say.

    """

    path: str
    rows: int
    columns: tuple[str, ...]
    types: tuple[str, ...]
    token: Secret | None = None
    version: str = ""
    fingerprint: str = ""
    created: str = ""
    initialized: float | None = None


def describe_array(path: str | os.PathLike[str], *, counted: bool = True) -> ArrayInfo:
    """Read what an array says of itself; of its data only the row ids, if at all.

    Parameters
    ----------
    path
        The array's directory.
    counted
        False to take the number of rows from what we noted when we wrote it, where we did.

    Raises
    ------
    PathError
        When no complete array stands there.

    """
    with open_array(path, 0) as array:
        schema = array.schema
        attributes = [schema.attr(n) for n in range(schema.nattr)]
        ours = _ours(array.meta)
        noted = None if counted else ours.get("rows")
        rows = noted if isinstance(noted, int) else _count(array, array.nonempty_domain())
        return ArrayInfo(
            path=os.fspath(path) if is_uri(path) else str(Path(path).absolute()),
            rows=rows,
            columns=tuple(one.name for one in attributes),
            types=tuple(_stored(one) for one in attributes),
            token=Secret(array.meta[layout.TOKEN_KEY]) if layout.TOKEN_KEY in array.meta else None,
            version=str(array.meta.get(layout.VERSION_KEY, "")),
            fingerprint=str(ours.get("fingerprint", "")),
            created=str(ours.get("created", "")),
            initialized=_moment(array.meta.get(layout.INITIALIZED_KEY)),
        )


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


def _count(array: tiledb.Array, ends: Any) -> int:
    if ends is None:
        return 0
    first, last = int(ends[0][0]), int(ends[0][1])
    return sum(len(rows.ids) for rows in read_rows(array, (), first=first, last=last))


def _ours(meta: Any) -> dict[str, Any]:
    try:
        found = json.loads(meta[layout.OUR_KEY])
    except (KeyError, TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _moment(value: object) -> float | None:
    return float(value) if isinstance(value, float | int) else None


def _stored(attribute: tiledb.Attr) -> str:
    if attribute.isvar:
        return Stored.TEXT
    name: str = np.dtype(attribute.dtype).name
    return _WORDS.get(name, name)
