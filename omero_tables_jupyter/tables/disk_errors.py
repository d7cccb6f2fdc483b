"""What TileDB and the system say of a failed write, in words of ours."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import tiledb

from omero_tables_jupyter.errors import ConvertError, DiskFullError, OmeroTablesError, PathError
from omero_tables_jupyter.path_syntax import is_uri
from omero_tables_jupyter.tables.store_faults import store_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["say_left", "translated"]

#: How TileDB words a full disk, a used-up quota and a limit on the size of files.
_FULL = ("No space left", "quota exceeded", "File too large")


@contextmanager
def translated(target: str) -> Iterator[None]:
    """Put what TileDB and the system say into words of ours.

    Parameters
    ----------
    target
        The array that is being written, by its final name.

    Raises
    ------
    PathError
        For what the system refused, a full disk among it.
    ConvertError
        For what else TileDB could not do.

    """
    try:
        yield
    except OmeroTablesError:
        raise
    except tiledb.TileDBError as error:
        if is_uri(target):
            raise store_fault(target, error) from error
        full = any(words in str(error) for words in _FULL)
        if full:
            raise _no_room(target) from error
        raise ConvertError(
            f"TileDB could not write '{target}': {error}",
            hint="check that the share is mounted and writable, and try again; nothing was left "
            "behind",
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise _no_room(target) from error
        raise PathError(
            f"'{target}' could not be written: {error.strerror or error}",
            hint="check that the share is mounted and writable, and try again",
        ) from error


def _no_room(target: str) -> DiskFullError:
    return DiskFullError(
        f"the disk or quota on which '{target}' was to stand is full; nothing was left behind",
        hint="free some space, or choose another folder",
    )


def say_left(error: BaseException, target: str) -> None:
    """Add to an error that a part of the array may be left, and how it is removed."""
    said = (
        "a part of it could not be removed; later, to see how: %omero_leftovers "
        f'"{os.path.dirname(target)}" (leftovers({os.path.dirname(target)!r}))'  # noqa: PTH120 - of an address, too
    )
    if isinstance(error, OmeroTablesError):
        error.hint = f"{error.hint}\n{said}" if error.hint else said
    else:
        error.add_note(said)
