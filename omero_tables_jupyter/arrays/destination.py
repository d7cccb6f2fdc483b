"""The place that an array is written to: checked, filled under a temporary name, taken over."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays import stores
from omero_tables_jupyter.errors import DiskFullError, PathError, TableExistsError
from omero_tables_jupyter.model import Note
from omero_tables_jupyter.path_syntax import is_uri
from omero_tables_jupyter.text import plural, size

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "OLD",
    "check_destination",
    "check_space",
    "disk_bytes",
    "find_leftovers",
    "is_array",
    "is_seen",
    "is_taken",
    "make_partial",
    "partial_path",
    "remove_leftover",
    "remove_partial",
    "server_can_read",
    "take_over",
]

#: What is appended to the name of an array while another takes its place.
OLD = ".old"
_PARTIAL = re.compile(r"\..+\.partial-[0-9a-f]{8}\Z")
#: Windows' limit, and what TileDB appends below an array's own name.
_WINDOWS_PATH, _FRAGMENT_PATH = 259, 115
#: What the temporary name has more than the final one.
_PARTIAL_EXTRA = len(".") + len(".partial-") + 8
#: What file systems allow a single name.
_LONGEST_NAME = 255
_RETRY_S, _PAUSE_S = 10.0, 0.1
_SPARE_BYTES = 4_000_000


def is_array(path: str | os.PathLike[str]) -> bool:
    """Tell whether a TileDB array stands there; half-written leftovers do not count."""
    if is_uri(path):
        return stores.is_complete(os.fspath(path))
    path = Path(path)
    return _is_folder(path / "__schema") and not _PARTIAL.match(path.name)


def is_seen(path: str | os.PathLike[str]) -> bool:
    """Tell whether this machine sees an array there: for another's store it may have no key."""
    try:
        return is_array(path)
    except PathError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        # A folder further up may not be looked into.
        return False


def is_taken(path: str | os.PathLike[str]) -> bool:
    """Tell whether anything stands there, be it a link that leads nowhere."""
    if is_uri(path):
        return stores.holds_anything(os.fspath(path))
    return os.path.lexists(path)


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
        raise _exists(target)
    folder = target.absolute().parent
    if not _is_folder(folder):
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


def _exists(target: Path) -> TableExistsError:
    what = "a table" if is_array(target) else "something else"
    return TableExistsError(
        f"{what} stands at '{target}' already; it was not touched",
        hint="choose another name; or --if-exists version (if_exists='version') to write beside "
        "it; or --if-exists replace (if_exists='replace') for new rows under the same annotation",
    )


def _refuse_inside(folder: Path) -> None:
    for one in (folder, *folder.parents):
        group = _is_folder(one / "__group") or os.path.lexists(one / "__tiledb_group.tdb")
        if group or _is_folder(one / "__schema"):
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


def partial_path(target: Path) -> Path:
    """Give a temporary name beside `target`."""
    return target.with_name(f".{target.name}.partial-{secrets.token_hex(4)}")


def make_partial(path: Path) -> None:
    """Make the temporary directory itself.

    TileDB would make the folders above it, too: those of a share that is not mounted any more.
    """
    path.mkdir()


def find_leftovers(folder: str | os.PathLike[str]) -> tuple[str, ...]:
    """Find what killed kernels left half-written in `folder`; an upload under way is among it.

    Parameters
    ----------
    folder
        A folder that tables are written to, a path or an address such as ``s3://bucket/tables``.

    Returns
    -------
    tuple of str
        Hidden names such as ``.cells.tiledb.partial-1f0e0b2c``, each for `remove_leftover`.

    Raises
    ------
    PathError
        If a store does not answer; a folder that is not there has no leftovers.

    """
    if is_uri(folder):
        return stores.find_claims(os.fspath(folder))
    try:
        found = sorted(Path(folder).iterdir())
    except OSError:
        return ()
    return tuple(str(one) for one in found if _PARTIAL.match(one.name) and one.is_dir())


def remove_leftover(path: str | os.PathLike[str]) -> None:
    """Remove what a killed kernel left, once no upload to that name is under way.

    Parameters
    ----------
    path
        From `find_leftovers`; whatever else is given is not touched.

    Raises
    ------
    PathError
        If it is no such name, or a part of it could not be removed.

    """
    place = os.fspath(path)
    if not _PARTIAL.match(
        place.rstrip("/").rpartition("/")[2] if is_uri(place) else Path(place).name
    ):
        raise PathError(
            f"'{place}' is not what an upload leaves",
            hint="give one of the paths that %omero_leftovers FOLDER (leftovers(folder)) lists",
        )
    if is_uri(place):
        stores.remove_claim(place)
        return
    remove_partial(Path(place))
    if os.path.lexists(place):
        raise PathError(
            f"'{place}' could not be removed", hint="close programs that look into it; try again"
        )


def remove_partial(path: Path) -> None:
    """Remove a half-written array, as far as that goes; only ever one of our temporary names."""
    if _PARTIAL.match(path.name):
        shutil.rmtree(path, ignore_errors=True)


def take_over(partial: Path, target: Path) -> Generator[None, None, None]:
    """Give a finished array its name, and pause between attempts while a scanner holds it.

    Raises
    ------
    TableExistsError
        When something has come to stand there meanwhile.
    PathError
        When the system refuses.

    """
    deadline = time.monotonic() + _RETRY_S
    while True:
        if os.path.lexists(target):
            raise _exists(target)
        try:
            os.rename(partial, target)  # noqa: PTH104 - the plain call, which tests can replace
        except OSError as error:
            if _moved_after_all(partial, target):
                return
            if os.path.lexists(target):
                raise _exists(target) from error
            if not isinstance(error, PermissionError) or time.monotonic() > deadline:
                raise PathError(
                    f"'{target}' could not get its name: {error.strerror or error}",
                    hint="close programs that look into the folder, such as a virus scanner or a "
                    "file browser, and try again",
                ) from error
            time.sleep(_PAUSE_S)
            yield
        else:
            return


def _moved_after_all(partial: Path, target: Path) -> bool:
    """Tell whether a rename was done although the share reported a failure."""
    return not partial.exists() and is_array(target)


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
