"""Where an array is written, and where the server sees it: arguments, profiles, settings."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter import journal
from omero_tables_jupyter.arrays import destination, replacement, standing
from omero_tables_jupyter.arrays.disks import alone, free_bytes
from omero_tables_jupyter.errors import OmeroTablesError, PathError, TableExistsError
from omero_tables_jupyter.model import Fix, FixKind, Note, PlacePlan, Problem
from omero_tables_jupyter.omero.address import ServerAddress
from omero_tables_jupyter.path_syntax import SUFFIX, is_uri
from omero_tables_jupyter.paths import array_path, next_version, server_path
from omero_tables_jupyter.settings import host_of, origin
from omero_tables_jupyter.text import size

if TYPE_CHECKING:
    from omero_tables_jupyter.paths import PathMapping
    from omero_tables_jupyter.request import Request
    from omero_tables_jupyter.settings import Profile, Settings

__all__ = ["Destination", "choose_place", "place_plan", "seen_by_server"]


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
    told
        Whether somebody said how the server sees it: a path, or a mapping that covers it.

    """

    first: str
    local: str
    first_remote: str
    if_exists: str = "fail"
    told: bool = False

    @property
    def remote(self) -> str:
        """The path to be written, as the server sees it."""
        return self.seen(self.local)

    def seen(self, version: str) -> str:
        """Say how the server sees `first`, or a version beside it: its number goes there too."""
        n = len(SUFFIX)
        number = version[len(self.first) - n : len(version) - n]
        return f"{self.first_remote[:-n]}{number}{self.first_remote[-n:]}"

    @property
    def replaces(self) -> bool:
        """Whether an array stands there, or is kept beside, and is to be replaced."""
        taken = self.keeps_old or standing.is_taken(self.local)
        return self.if_exists == "replace" and taken

    @property
    def keeps_old(self) -> bool:
        """Whether what was to be replaced before is still kept beside; never so in a store."""
        old = replacement.old_path(self.local)
        return self.if_exists == "replace" and not is_uri(old) and standing.is_taken(old)

    def check(self, n_bytes: int = 0) -> None:
        """Make sure that an array of so many bytes can be written there; nothing is touched.

        Raises
        ------
        PathError, TableExistsError
            If it cannot.

        """
        if self.replaces:
            replacement.check_replaceable(self.local)
        else:
            destination.check_destination(self.local)
        if not is_uri(self.local):
            destination.check_space(Path(self.local).parent, n_bytes)


def place_plan(place: Destination, *, server: str, n_bytes: int = 0) -> PlacePlan:
    """Look at the place of an array: writable, new, how much room, and whether it may be shared.

    Parameters
    ----------
    place
        From `choose_place`.
    server
        The server's address; '' where it is not known yet.
    n_bytes
        The size of the data; 0 where it is not known yet.

    """
    words, problems = "", tuple[Problem, ...]()
    try:
        place.check(n_bytes)
    except OmeroTablesError as error:
        problems = (_problem(error, place),)
    else:
        words = _in_words(place)
    return PlacePlan(place.local, place.remote, words, _sharing_notes(place, server), problems)


def _problem(error: OmeroTablesError, place: Destination) -> Problem:
    beside = isinstance(error, TableExistsError) and place.if_exists == "fail"
    fix = Fix(FixKind.VERSION, "") if beside else None
    return Problem("", error.message, error.hint, fix=fix)


def _in_words(place: Destination) -> str:
    new = "new" if place.local == place.first else f"new, beside '{Path(place.first).name}'"
    new = "replaces what stands there" if place.replaces else new
    free = None if is_uri(place.local) else free_bytes(Path(place.local).parent)
    room = [] if free is None else [f"{size(free)} free"]
    return ", ".join(["writable", new, *room])


def _sharing_notes(place: Destination, server: str) -> tuple[Note, ...]:
    """Warn of a folder that the server can hardly see; never where it runs on this machine."""
    if not server or is_uri(place.local) or _runs_here(server):
        return ()
    folder = str(Path(place.local).parent)
    why = alone(folder)
    if why is None or (place.told and not why.surely) or _known_to(server, folder):
        return ()
    text = (
        f"'{folder}' {why.what}: the OMERO Plus server sees an array there only if that folder is "
        "shared with it; choose a folder of your lab's share if it is not"
    )
    return (Note("", text),)


def _runs_here(server: str) -> bool:
    address = ServerAddress.parse(server, allow_http=True)
    return address.is_loopback or host_of(server) == socket.gethostname().lower()


def _known_to(server: str, folder: str) -> bool:
    """Tell whether the server has registered an array of this folder before."""
    try:
        entries = journal.entries()
    except PathError:
        return False
    return any(
        one.state is journal.State.REGISTERED
        and origin(one.server) == origin(server)
        and str(Path(one.local_path).parent) == folder
        for one in entries
    )


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
    first = array_path(folder, asked.stem or name)
    local = next_version(first, standing.is_taken) if if_exists == "version" else first
    seen = seen_by_server(first, asked, settings, profile)
    remote_path, mapping = _said(asked, settings, profile)
    told = remote_path is not None or (mapping is not None and mapping.covers(first))
    return Destination(first, local, seen, if_exists, told=told)


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
    remote_path, mapping = _said(asked, settings, profile)
    return server_path(local, remote_path=remote_path, mapping=mapping)


def _said(
    asked: Request, settings: Settings, profile: Profile | None
) -> tuple[str | None, PathMapping | None]:
    """Give the server's path and the mapping that hold, None where there is none."""
    offered = profile.mapping if profile else None
    # A profile that was named for this call stands above what is set for all of them.
    given = asked.mapping or (offered if asked.profile else None)
    preset = "" if given else settings.remote_path
    return asked.remote_path or preset or None, given or settings.mapping or offered
