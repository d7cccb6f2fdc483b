"""The temporary name under which an array is written, and how it gets its own."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays import stores
from omero_tables_jupyter.arrays.standing import PARTIAL, is_array, taken_error
from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.path_syntax import is_uri

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "find_leftovers",
    "make_partial",
    "partial_path",
    "remove_leftover",
    "remove_partial",
    "take_over",
]

_RETRY_S, _PAUSE_S = 10.0, 0.1


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
    return tuple(str(one) for one in found if PARTIAL.match(one.name) and one.is_dir())


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
    if not PARTIAL.match(
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
    if PARTIAL.match(path.name):
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
            raise taken_error(target)
        try:
            os.rename(partial, target)  # noqa: PTH104 - the plain call, which tests can replace
        except OSError as error:
            if _moved_after_all(partial, target):
                return
            if os.path.lexists(target):
                raise taken_error(target) from error
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
