"""Where an array is written, and where the server sees it: arguments, profiles, settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OptionError, PathError
from omero_tables_jupyter.paths import array_path, next_version, server_path
from omero_tables_jupyter.tables import destination

if TYPE_CHECKING:
    from omero_tables_jupyter.paths import PathMapping
    from omero_tables_jupyter.request import Request
    from omero_tables_jupyter.settings import Profile, Settings

__all__ = ["Place", "choose_place"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where one array goes.

    Parameters
    ----------
    first
        The array's path by its name alone, as this machine sees it.
    local, remote
        The path to be written, and as the server sees it; another version than `first` where that
        was asked for.
    if_exists
        What happens where something stands at `first`.

    """

    first: str
    local: str
    remote: str
    if_exists: str = "fail"

    def check(self) -> None:
        """Make sure that an array can be written there; nothing is touched.

        Raises
        ------
        PathError, TableExistsError
            If it cannot.

        """
        destination.check_destination(self.local)


def choose_place(
    asked: Request, name: str, *, settings: Settings, profile: Profile | None
) -> Place | None:
    """Say where the array goes; looks at the disk for versions that are there, and writes nothing.

    Parameters
    ----------
    asked
        What the user wants; it wins over `profile`, and that over `settings`.
    name
        The table's name.

    Returns
    -------
    Place or None
        None where nothing says so.

    Raises
    ------
    PathError
        If the place cannot be meant, or nothing says how the server sees it.
    OptionError
        If what is asked for does not exist yet.

    """
    folder = asked.local_path or settings.local_path or (profile.local_folder() if profile else "")
    if not folder:
        if asked.remote_path:
            raise PathError(
                f"remote_path is '{asked.remote_path}', but nothing says where to write the array",
                hint="give the same place as this machine sees it: --local-path (local_path=...)",
            )
        return None
    if_exists = asked.if_exists or settings.if_exists
    if if_exists == "replace":
        raise OptionError(
            "if_exists='replace' does not exist yet: a registered array is never overwritten",
            hint="use --if-exists version, which writes NAME-2.tiledb beside it",
        )
    first = array_path(folder, name)
    local = next_version(first, os.path.lexists) if if_exists == "version" else first
    mapping = asked.mapping or settings.mapping or (profile.mapping if profile else None)
    remote = _remote(asked.remote_path or settings.remote_path, first, local, mapping)
    return Place(first, local, remote, if_exists)


def _remote(remote_path: str, first: str, local: str, mapping: PathMapping | None) -> str:
    if not remote_path:
        return server_path(local, mapping=mapping)
    remote = server_path(first, remote_path=remote_path)
    if local == first:
        return remote
    # The version's number goes where the user's own name for it stands.
    stem, suffix = remote.removesuffix(".tiledb"), ".tiledb"
    number = local.removesuffix(suffix).removeprefix(first.removesuffix(suffix))
    return f"{stem}{number}{suffix}"
