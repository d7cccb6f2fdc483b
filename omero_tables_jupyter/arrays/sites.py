"""Where an array is built and then stands: a folder of this machine, or an object store."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from omero_tables_jupyter.arrays import destination, partials, standing
from omero_tables_jupyter.arrays.stores import StoreSite
from omero_tables_jupyter.errors import PathError, TableExistsError
from omero_tables_jupyter.model import Note
from omero_tables_jupyter.path_syntax import is_uri
from omero_tables_jupyter.paths import next_version

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

__all__ = ["FolderSite", "Site", "site_of"]


class Site(Protocol):
    """A place to write to.

    Attributes
    ----------
    final, partial
        Where the array will stand, and where it is built: the same on a store.
    options
        TileDB's settings for the place; no key is among them, so that workers may be sent them.

    """

    final: str
    partial: str
    options: Mapping[str, str]

    def check(self, n_bytes: int) -> None:
        """Make sure that an array of so many bytes could be written; nothing is touched."""

    def one_fragment(self, n_columns: int) -> bool:
        """Tell whether an array so wide is best written as one fragment."""

    def make_partial(self) -> None:
        """Make room for the array to be built."""

    def check_there(self) -> None:
        """Make sure that what was built so far is there: of a path, TileDB would make it anew."""

    def take_over(self) -> Generator[None, None, None]:
        """Let the array, with its metadata, stand complete; pausing where that has to wait."""

    def remove_partial(self) -> bool:
        """Remove what was built so far; False where something of it may be left."""

    def n_bytes(self) -> int:
        """Give the size of the finished array."""

    def notes(self) -> tuple[Note, ...]:
        """Say what the user should know of the finished array."""


def site_of(path: str | os.PathLike[str], *, first: str = "") -> Site:
    """Give the site for a path or for an address such as ``s3://bucket/cells.tiledb``."""
    if is_uri(path):
        return StoreSite(os.fspath(path))
    return FolderSite(Path(path).absolute(), first=first)


class FolderSite:
    """A folder: renaming is at once and all or nothing.

    Parameters
    ----------
    target
        The array.
    first
        The array whose next version takes the place of `target`, should that be taken meanwhile;
        '' where nothing else will do.

    """

    def __init__(self, target: Path, *, first: str = "") -> None:
        self._target = target
        self._first = first
        self._partial = partials.partial_path(target)
        self.final, self.partial = str(target), str(self._partial)
        self.options: Mapping[str, str] = {}

    def check(self, n_bytes: int) -> None:
        """Look at the folder, its rights and its free space."""
        destination.check_destination(self._target)
        destination.check_space(self._target.parent, n_bytes)

    def one_fragment(self, n_columns: int) -> bool:
        """Say yes: memory stays flat."""
        del n_columns
        return True

    def make_partial(self) -> None:
        """Make the temporary directory, and nothing above it."""
        partials.make_partial(self._partial)

    def check_there(self) -> None:
        """Look for the temporary directory, before TileDB would make a new share of folders.

        Raises
        ------
        PathError
            When its folder was moved or removed, or its share is not mounted any more.

        """
        if not self._partial.is_dir():
            raise PathError(
                f"'{self._target}' could not be written: its folder or its share is gone",
                hint="check that the share is mounted and writable, and try again",
            )

    def take_over(self) -> Generator[None, None, None]:
        """Rename; beside what another upload has put there meanwhile, where a version is wanted."""
        while True:
            try:
                yield from partials.take_over(self._partial, self._target)
            except TableExistsError:
                if not self._first:
                    raise
                self.final = next_version(self._first, standing.is_taken)
                self._target = Path(self.final)
            else:
                return

    def remove_partial(self) -> bool:
        """Remove the temporary directory."""
        partials.remove_partial(self._partial)
        return not self._partial.exists()

    def n_bytes(self) -> int:
        """Add up the files."""
        return destination.disk_bytes(self._target)

    def notes(self) -> tuple[Note, ...]:
        """Warn where the modes keep the server from reading, and of what a kill left beside."""
        closed = destination.server_can_read(self._target)
        left = [one for one in self._left() if one != self.partial]
        return (*([closed] if closed else []), *(Note("", _killed(one)) for one in left))

    def _left(self) -> list[str]:
        """Find half-written arrays of this very name."""
        begin = f".{self._target.name}.partial-"
        found = partials.find_leftovers(self._target.parent)
        return [one for one in found if Path(one).name.startswith(begin)]


def _killed(path: str) -> str:
    return (
        f"'{path}' was left by an upload that was killed, unless one runs there now: remove it "
        f'with %omero_leftovers --remove "{path}" (remove_array({path!r}))'
    )
