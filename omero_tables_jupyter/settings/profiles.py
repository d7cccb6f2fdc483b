"""A saved server with its mapping: read from ``[profile.NAME]``, written for ``--save-profile``."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.settings.values import KEYS, read_mapping, read_text
from omero_tables_jupyter.text import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from omero_tables_jupyter.paths import PathMapping

__all__ = ["PROFILE_KEYS", "Profile", "profile_as_toml", "read_profile"]

_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Profile:
    """A server, and how this machine's share appears on it.

    Parameters
    ----------
    name
        How the user calls it.
    server
        OMERO.web's address; '' fits any server.
    prefix
        The deployment's prefix; '' mostly.
    folder
        Where new arrays go, below the mapped prefix.
    mapping
        Local and server paths; None where the profile has none.
    ca
        A file with the certificate authority to trust; '' for the usual ones.
    server_id
        Which OMERO.server, where OMERO.web lists several.
    session_hosts
        OMERO.servers whose stored session keys may be sent to `server`, though named otherwise.
    origin
        The file that it comes from; 'memory' for this process only.
    trusted
        False for a project's file: its server is confirmed by the user before anything is sent.

    """

    name: str
    server: str = ""
    prefix: str = ""
    folder: str = ""
    mapping: PathMapping | None = None
    ca: str = ""
    server_id: int | None = None
    session_hosts: tuple[str, ...] = ()
    origin: str = "memory"
    trusted: bool = True

    def local_folder(self, *, exists: Callable[[str], bool] = os.path.lexists) -> str:
        """Say where new arrays go on this machine; '' without a mapping.

        Parameters
        ----------
        exists
            Asked which of several spellings of the share is there.

        """
        if self.mapping is None:
            return ""
        root = self.mapping.pairs[0][1].rstrip("/")
        return self.mapping.to_local(f"{root}/{self.folder}".rstrip("/") or "/", exists=exists)


def _folder(value: object, where: str) -> str:
    text = read_text(value, where).replace("\\", "/")
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or ":" in text:
        raise OptionError(
            f"{where} is '{shorten(text, _SHOWN)}', which does not lie below the mapped share",
            hint="give a folder below it, such as 'tables'; other places are for --local-path",
        )
    return "" if text in {"", "."} else str(path)


def _hosts(value: object, where: str) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list):
        raise OptionError(f"{where} is not a host's name, or a list of them", hint="write ['host']")
    return tuple(read_text(one, where).lower() for one in listed)


#: What ``[profile.NAME]`` may hold, and the readers.
PROFILE_KEYS: dict[str, Callable[[object, str], object]] = {
    "server": KEYS["server"],
    "prefix": KEYS["prefix"],
    "folder": _folder,
    "map": read_mapping,
    "ca": KEYS["ca"],
    "server_id": KEYS["server_id"],
    "session_hosts": _hosts,
}


def read_profile(
    name: str, table: Mapping[str, object], where: Callable[[str], str], *, trusted: bool
) -> dict[str, object]:
    """Check the keys of ``[profile.NAME]``.

    Parameters
    ----------
    name
        The profile's name.
    table
        What the file holds; dashes in keys are taken for underscores.
    where
        Gives file and line of a key, for messages.
    trusted
        Whether the file is the user's own: only there a stored session key is tied to a server.

    Returns
    -------
    dict
        The fields of a `Profile`.

    Raises
    ------
    OptionError
        For a key that does not exist, or a value that cannot be meant.

    """
    found: dict[str, object] = {}
    for raw, value in table.items():
        key = raw.replace("-", "_")
        place = f"{where(raw)}: profile.{name}.{key}"
        if key not in PROFILE_KEYS:
            raise OptionError(
                f"{where(raw)}: 'profile.{name}.{shorten(raw, _SHOWN)}' is not a setting",
                hint=did_you_mean(key, PROFILE_KEYS),
            )
        if key == "session_hosts" and not trusted:
            raise OptionError(
                f"{place}: only you may say where your session keys are sent",
                hint="move this line to your own settings file, if you trust that server",
            )
        found["mapping" if key == "map" else key] = PROFILE_KEYS[key](value, place)
    return found


def profile_as_toml(profile: Profile) -> str:
    """Write a profile as it is read."""
    head = f"profile.{_toml(profile.name)}"
    values = {
        "server": profile.server,
        "prefix": profile.prefix,
        "folder": profile.folder,
        "ca": profile.ca,
        "server_id": profile.server_id,
        "session_hosts": list(profile.session_hosts),
    }
    lines = [f"[{head}]"]
    lines += [f"{key} = {_toml(value)}" for key, value in values.items() if value]
    for local, server in profile.mapping.pairs if profile.mapping else ():
        lines += [f"[[{head}.map]]", f"local = {_toml(list(local))}", f"server = {_toml(server)}"]
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """JSON's texts, numbers and lists of texts are TOML's too, but for DEL and surrogate pairs."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
