"""Where an array is written, and where the server sees it: arguments, profiles, settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OptionError, PathError
from omero_tables_jupyter.path_syntax import SUFFIX
from omero_tables_jupyter.paths import array_path, next_version, server_path
from omero_tables_jupyter.tables import destination

if TYPE_CHECKING:
    from omero_tables_jupyter.request import Request
    from omero_tables_jupyter.settings import Profile, Settings

__all__ = ["Destination", "choose_place", "seen_by_server"]


@dataclass(frozen=True, slots=True)
class Destination:
    """Where one array goes.

    Parameters
    ----------
    first
        The array's path by its name alone, as this machine sees it.
    local
        The path to be written; another version than `first` where that was asked for.
    first_remote
        `first` as the server sees it.
    if_exists
        What happens where something stands at `first`.

    """

    first: str
    local: str
    first_remote: str
    if_exists: str = "fail"

    @property
    def remote(self) -> str:
        """The path to be written, as the server sees it."""
        return self.seen(self.local)

    def seen(self, version: str) -> str:
        """Say how the server sees `first`, or a version beside it: its number goes there too."""
        n = len(SUFFIX)
        number = version[len(self.first) - n : len(version) - n]
        return f"{self.first_remote[:-n]}{number}{self.first_remote[-n:]}"

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
) -> Destination | None:
    """Say where the array goes; looks at the disk for versions that are there, and writes nothing.

    Parameters
    ----------
    asked
        What the user wants; it wins over `profile`, and that over `settings`.
    name
        The table's name.

    Returns
    -------
    Destination or None
        None where nothing says so.

    Raises
    ------
    PathError
        If the place cannot be meant, or nothing says how the server sees it.
    OptionError
        If what is asked for does not exist yet.

    """
    folder = asked.local_path or _folder(asked, settings, profile)
    if not folder:
        if asked.remote_path:
            raise PathError(
                f"remote_path is '{asked.remote_path}', but nothing says where to write the array",
                hint="give the same place as this machine sees it: --local-path /mnt/lab/tables "
                "(local_path=...)",
            )
        return None
    if_exists = asked.if_exists or settings.if_exists
    if if_exists == "replace":
        raise OptionError(
            "if_exists='replace' does not exist yet: a registered array is never overwritten",
            hint="use --if-exists version (if_exists='version'): it writes NAME-2.tiledb beside it",
        )
    first = array_path(folder, name)
    local = next_version(first, destination.is_taken) if if_exists == "version" else first
    return Destination(first, local, seen_by_server(first, asked, settings, profile), if_exists)


def _folder(asked: Request, settings: Settings, profile: Profile | None) -> str:
    """Give the folder for new arrays: that of a profile named for this call, else the preset."""
    offered = profile.local_folder() if profile else ""
    return offered or settings.local_path if asked.profile else settings.local_path or offered


def seen_by_server(local: str, asked: Request, settings: Settings, profile: Profile | None) -> str:
    """Say how the server sees an array: as given, else by the mapping, else under the same path.

    Raises
    ------
    PathError
        If the path cannot be the server's, or nothing says how it sees a path of Windows.

    """
    offered = profile.mapping if profile else None
    # A profile that was named for this call stands above what is set for all of them.
    given = asked.mapping or (offered if asked.profile else None)
    preset = "" if given else settings.remote_path
    return server_path(
        local,
        remote_path=asked.remote_path or preset or None,
        mapping=given or settings.mapping or offered,
    )
