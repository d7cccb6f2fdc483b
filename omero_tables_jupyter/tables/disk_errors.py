"""What TileDB and the system say of a failed write, in words of ours."""

from __future__ import annotations

import errno
from contextlib import contextmanager
from typing import TYPE_CHECKING

import tiledb

from omero_tables_jupyter.errors import ConvertError, OmeroTablesError, PathError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["translated"]

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


def _no_room(target: str) -> PathError:
    return PathError(
        f"the disk or quota on which '{target}' was to stand is full; nothing was left behind",
        hint="free some space, or choose another folder",
    )
