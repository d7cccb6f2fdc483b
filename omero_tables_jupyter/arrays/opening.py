"""A table's array, opened for reading; what is no table's array is refused in words."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import tiledb

from omero_tables_jupyter.arrays import layout
from omero_tables_jupyter.arrays.blockread import open_for_reading
from omero_tables_jupyter.arrays.standing import OLD, is_array, is_taken
from omero_tables_jupyter.arrays.store_faults import store_fault
from omero_tables_jupyter.errors import ConvertError, PathError
from omero_tables_jupyter.path_syntax import is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["open_array"]


@contextmanager
def open_array(path: str | os.PathLike[str], n_columns: int | None) -> Iterator[tiledb.Array]:
    """Open a table's array, with buffers for so many columns; None for all.

    Raises
    ------
    PathError
        When no complete table stands there.
    ConvertError
        When it cannot be read.

    """
    place = os.fspath(path)
    try:
        if not is_array(place):
            raise _no_array(place)
        with open_for_reading(place, 20 if n_columns is None else n_columns) as array:
            if array.schema.domain.ndim != 1 or array.schema.domain.dim(0).name != layout.ROWS:
                raise PathError(
                    f"'{place}' is a TileDB array, but not a table of OMERO's layout",
                    hint="give the path of an array that was made for OMERO Plus",
                )
            yield array
    except tiledb.TileDBError as error:
        if is_uri(place):
            raise store_fault(place, error) from error
        raise ConvertError(
            f"'{place}' could not be read: {error}",
            hint="the array may be damaged or half-written: write it again from its source",
        ) from error


def _no_array(place: str) -> PathError:
    if not is_uri(place) and is_array(f"{place}{OLD}"):
        return PathError(
            f"there is no array at '{place}', but one at '{place}{OLD}': a replacement was "
            "interrupted",
            hint=f'put it back: %omero_leftovers --put-back "{place}" (put_back_array({place!r}))',
        )
    if not is_taken(place):
        what = f"there is no array at '{place}'"
    elif is_uri(place) or (Path(place) / "__schema").is_dir():
        what = f"'{place}' is half-written: an upload under way, or one that was killed"
    else:
        what = f"'{place}' is not a TileDB array"
    return PathError(what, hint="give the path of an array, which mostly ends in .tiledb")
