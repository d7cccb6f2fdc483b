"""Where an array is built and then stands: a folder of this machine, or an object store."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import tiledb

from omero_tables_jupyter.path_syntax import is_uri
from omero_tables_jupyter.tables import destination
from omero_tables_jupyter.tables.context import context

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omero_tables_jupyter.model import Note

__all__ = ["FolderSite", "Site", "StoreSite", "site_of"]

#: Global order keeps about 10 MB an attribute in memory on a store: too much for wide tables.
_STORE_COLUMNS = 50


class Site(Protocol):
    """A place to write to.

    Attributes
    ----------
    final, partial
        Where the array will stand, and where it is built.

    """

    final: str
    partial: str

    def check(self, n_bytes: int) -> None:
        """Make sure that an array of so many bytes could be written; nothing is touched."""

    def one_fragment(self, n_columns: int) -> bool:
        """Tell whether an array so wide is best written as one fragment."""

    def make_partial(self) -> None:
        """Make room for the array to be built."""

    def take_over(self) -> Iterator[None]:
        """Give the array its final name, pausing at each step where it has to wait."""

    def remove_partial(self) -> None:
        """Remove what was built so far."""

    def n_bytes(self) -> int:
        """Give the size of the finished array."""

    def notes(self) -> tuple[Note, ...]:
        """Say what the user should know of the finished array."""


def site_of(path: str | os.PathLike[str]) -> Site:
    """Give the site for a path or for an address such as ``s3://bucket/cells.tiledb``."""
    return StoreSite(os.fspath(path)) if is_uri(path) else FolderSite(Path(path).absolute())


class FolderSite:
    """A folder: renaming is at once and all or nothing."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._partial = destination.partial_path(target)
        self.final, self.partial = str(target), str(self._partial)

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
        destination.make_partial(self._partial)

    def take_over(self) -> Iterator[None]:
        """Rename."""
        return destination.take_over(self._partial, self._target)

    def remove_partial(self) -> None:
        """Remove the temporary directory."""
        destination.remove_partial(self._partial)

    def n_bytes(self) -> int:
        """Add up the files."""
        return destination.disk_bytes(self._target)

    def notes(self) -> tuple[Note, ...]:
        """Warn where the modes keep the server from reading."""
        note = destination.server_can_read(self._target)
        return (note,) if note else ()


class StoreSite:
    """An object store, by TileDB's own file system: its keys are the environment's.

    A store has no rename. Objects are copied to their final names once all is verified, and when
    that fails, what was copied is removed again.
    """

    def __init__(self, uri: str) -> None:
        self.final = uri.rstrip("/")
        folder, _, name = self.final.rpartition("/")
        self.partial = f"{folder}/.{name}.partial-{secrets.token_hex(4)}"
        self._files = tiledb.VFS(ctx=context())

    def check(self, n_bytes: int) -> None:
        """Look whether the store answers and the name is free."""
        del n_bytes
        destination.check_destination(self.final)

    def one_fragment(self, n_columns: int) -> bool:
        """Say yes only while its buffers stay small."""
        return n_columns <= _STORE_COLUMNS

    def make_partial(self) -> None:
        """Do nothing: a store has no directories."""

    def take_over(self) -> Iterator[None]:
        """Move object by object."""
        self.check(0)
        moved = False
        try:
            self._files.move_dir(self.partial, self.final)
            moved = True
        finally:
            if not moved and self._files.is_dir(self.final):
                self._files.remove_dir(self.final)
        return iter(())

    def remove_partial(self) -> None:
        """Remove the objects, as far as the store lets us."""
        try:
            if self._files.is_dir(self.partial):
                self._files.remove_dir(self.partial)
        except tiledb.TileDBError:
            # The error that brought us here matters more than a leftover.
            return

    def n_bytes(self) -> int:
        """Ask the store; 0 where it does not say."""
        try:
            return int(self._files.dir_size(self.final))
        except tiledb.TileDBError:
            # The array stands all the same.
            return 0

    def notes(self) -> tuple[Note, ...]:
        """Give nothing: who may read is the bucket's affair."""
        return ()
