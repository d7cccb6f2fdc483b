"""What stands at a path: an array, the half of one, something else, or nothing."""

from __future__ import annotations

import os
import re
from pathlib import Path

from omero_tables_jupyter.arrays import stores
from omero_tables_jupyter.errors import PathError, TableExistsError
from omero_tables_jupyter.path_syntax import is_uri

__all__ = ["OLD", "PARTIAL", "is_array", "is_folder", "is_seen", "is_taken", "taken_error"]

#: What is appended to the name of an array while another takes its place.
OLD = ".old"
#: The name of an array that is being written, or whose writer was killed.
PARTIAL = re.compile(r"\..+\.partial-[0-9a-f]{8}\Z")


def is_array(path: str | os.PathLike[str]) -> bool:
    """Tell whether a TileDB array stands there; half-written leftovers do not count."""
    if is_uri(path):
        return stores.is_complete(os.fspath(path))
    path = Path(path)
    return is_folder(path / "__schema") and not PARTIAL.match(path.name)


def is_seen(path: str | os.PathLike[str]) -> bool:
    """Tell whether this machine sees an array there: for another's store it may have no key."""
    try:
        return is_array(path)
    except PathError:
        return False


def is_folder(path: Path) -> bool:
    """Tell whether a folder stands there, as far as those above it may be looked into."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_taken(path: str | os.PathLike[str]) -> bool:
    """Tell whether anything stands there, be it a link that leads nowhere."""
    if is_uri(path):
        return stores.holds_anything(os.fspath(path))
    return os.path.lexists(path)


def taken_error(target: Path) -> TableExistsError:
    """Give the error for a target whose place something else has."""
    what = "a table" if is_array(target) else "something else"
    return TableExistsError(
        f"{what} stands at '{target}' already; it was not touched",
        hint="choose another name; or --if-exists version (if_exists='version') to write beside "
        "it; or --if-exists replace (if_exists='replace') for new rows under the same annotation",
    )
