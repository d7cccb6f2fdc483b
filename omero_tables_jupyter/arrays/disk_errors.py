"""What TileDB and the system say of a failed write, in words of ours."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import tiledb

from omero_tables_jupyter.arrays.store_faults import store_fault
from omero_tables_jupyter.errors import ConvertError, DiskFullError, OmeroTablesError, PathError
from omero_tables_jupyter.path_syntax import is_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["say_left", "translated"]

_AGAIN = "check that the share is mounted and writable, and try again"
#: How TileDB words a full disk, a used-up quota and a limit on the size of files.
_FULL = ("No space left", "quota exceeded", "File too large")
#: How it words what else a share does, and what that is for who reads it.
_FAILED = (
    (("Read-only file system",), "its share can only be read from now on"),
    (("Permission denied", "Operation not permitted"), "you may not write there any more"),
    (("Array does not exist", "No such file or directory"), "its folder or its share is gone"),
    (
        ("Stale file handle", "endpoint is not connected", "Input/output error", "Host is down"),
        "its share does not work properly any more",
    ),
)
_NOTHING_LEFT = "nothing was left behind"


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
        raise _local_fault(target, str(error)) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise _no_room(target) from error
        raise PathError(
            f"'{target}' could not be written: {error.strerror or error}",
            hint=_AGAIN,
        ) from error


def _local_fault(target: str, said: str) -> OmeroTablesError:
    if any(words in said for words in _FULL):
        return _no_room(target)
    for words, meaning in _FAILED:
        if any(one in said for one in words):
            return PathError(f"'{target}' could not be written: {meaning}", hint=_AGAIN)
    return ConvertError(f"TileDB could not write '{target}': {said}", hint=_AGAIN)


def _no_room(target: str) -> DiskFullError:
    return DiskFullError(
        f"the disk or quota on which '{target}' was to stand is full",
        hint="free some space, or choose another folder",
    )


def say_left(error: BaseException, target: str, *, removed: bool) -> None:
    """Add to an error whether a part of the array is left, and then how it is removed."""
    if isinstance(error, OmeroTablesError):
        error.hint = _with_rest(error, target, removed=removed)
    elif not removed:
        error.add_note(_rest(target))


def _with_rest(error: OmeroTablesError, target: str, *, removed: bool) -> str:
    said = error.hint.removeprefix(f"{_NOTHING_LEFT}; ")
    if not removed:
        return f"{said}\n{_rest(target)}" if said else _rest(target)
    plain = isinstance(error, ConvertError | PathError) and _NOTHING_LEFT not in error.hint
    return f"{said}; {_NOTHING_LEFT}" if plain and said else error.hint


def _rest(target: str) -> str:
    folder = os.path.dirname(target)  # noqa: PTH120 - of an address, too
    return (
        f'a part of it could not be removed; later, to see how: %omero_leftovers "{folder}" '
        f"(leftovers({folder!r}))"
    )
