"""Whether an array may be written at a path, fits there, and can be read there by the server."""

from __future__ import annotations

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from omero_tables_jupyter.arrays import stores
from omero_tables_jupyter.arrays.standing import OLD, is_array, is_folder, taken_error
from omero_tables_jupyter.errors import DiskFullError, PathError
from omero_tables_jupyter.model import Note
from omero_tables_jupyter.path_syntax import is_uri
from omero_tables_jupyter.text import plural, size

__all__ = ["check_destination", "check_space", "disk_bytes", "server_can_read"]

#: Windows' limit, and what TileDB appends below an array's own name.
_WINDOWS_PATH, _FRAGMENT_PATH = 259, 115
#: What the temporary name has more than the final one.
_PARTIAL_EXTRA = len(".") + len(".partial-") + 8
#: What file systems allow a single name.
_LONGEST_NAME = 255
_SPARE_BYTES = 4_000_000


def check_destination(path: str | os.PathLike[str]) -> None:
    """Make sure that an array could be written at `path`; nothing is touched.

    Parameters
    ----------
    path
        A path of this machine, or the address of an object store.

    Raises
    ------
    TableExistsError
        When something stands there.
    PathError
        When the folder is missing, cannot be written to, or is part of another array; when the
        store does not answer.

    """
    if is_uri(path):
        stores.check_free(os.fspath(path))
        return
    target = Path(path)
    if os.path.lexists(target):
        raise taken_error(target)
    folder = target.absolute().parent
    if not is_folder(folder):
        raise PathError(
            f"there is no folder '{folder}' to write '{target.name}' into",
            hint="make the folder, or mount the share that it is on, and try again",
        )
    _refuse_inside(folder)
    _refuse_interrupted(target)
    _refuse_name(target)
    _refuse_long(target.absolute(), windows=os.name == "nt")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PathError(
            f"you may not write into '{folder}'",
            hint="choose another folder, or ask whoever runs the share for write access",
        )


def _refuse_inside(folder: Path) -> None:
    for one in (folder, *folder.parents):
        group = is_folder(one / "__group") or os.path.lexists(one / "__tiledb_group.tdb")
        if group or is_folder(one / "__schema"):
            raise PathError(
                f"'{folder}' is inside a TileDB {'group' if group else 'array'}, '{one}'",
                hint="choose a folder outside it",
            )


def _refuse_interrupted(target: Path) -> None:
    old = target.with_name(target.name + OLD)
    if is_array(old):
        raise PathError(
            f"nothing stands at '{target}', but '{old.name}' does: a replacement was interrupted, "
            "and that is the array that the server knows under this name",
            hint=f"rename '{old.name}' back to '{target.name}' (%omero_leftovers --put-back), or "
            "upload again with --if-exists replace (if_exists='replace'), which does that first",
        )


def _refuse_name(target: Path) -> None:
    try:
        str(target).encode()
    except UnicodeEncodeError as error:
        raise PathError(
            f"{str(target)!r} is not valid Unicode, which TileDB needs",
            hint="choose a name and a folder in letters that can be shown",
        ) from error
    over = len(target.name.encode()) + _PARTIAL_EXTRA - _LONGEST_NAME
    if over > 0:
        raise PathError(
            f"the name '{target.name}' is too long by {over} bytes",
            hint="choose a shorter name",
        )


def _refuse_long(target: Path, *, windows: bool) -> None:
    longest = len(str(target)) + _PARTIAL_EXTRA + _FRAGMENT_PATH
    if windows and longest > _WINDOWS_PATH:
        over = longest - _WINDOWS_PATH
        raise PathError(
            f"'{target}' is too long for Windows by {plural(over, 'character')}, with what TileDB "
            "appends",
            hint="choose a shorter name, or a folder nearer to the drive's root",
        )


def check_space(folder: str | os.PathLike[str], n_bytes: int) -> None:
    """Make sure that `n_bytes` fit beside what is in `folder`.

    Raises
    ------
    DiskFullError
        When they do not.

    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        # Some network shares do not say; then the write itself finds out.
        return
    needed = n_bytes + _SPARE_BYTES
    if free < needed:
        raise DiskFullError(
            f"there is too little room in '{folder}': {size(needed)} are needed, {size(free)} "
            "are free",
            hint="free some space, or choose another folder",
        )


def disk_bytes(path: str | os.PathLike[str]) -> int:
    """Give the size of all files below `path`, as far as a share lets us see them."""
    total = 0
    with suppress(OSError):
        for one in Path(path).rglob("*"):
            total += one.stat().st_size if one.is_file() else 0
    return total


def server_can_read(path: str | os.PathLike[str]) -> Note | None:
    """Warn when the modes of an array keep everyone but its owner from reading it."""
    if os.name == "nt":
        return None
    try:
        return _closed_to_others(Path(path))
    except OSError:
        # A share that hides a file for a moment must not make a finished array look like none.
        return None


def _closed_to_others(root: Path) -> Note | None:
    for one in (root, *root.rglob("*")):
        mode = one.stat().st_mode
        wanted = stat.S_IRGRP | (stat.S_IXGRP if stat.S_ISDIR(mode) else 0)
        for_others = wanted >> 3
        if mode & wanted != wanted and mode & for_others != for_others:
            text = (
                f"only you may read '{root}', so the server cannot: run chmod -R a+rX '{root}', "
                "and set the umask to 022 before the next upload"
            )
            return Note("", text)
    return None
