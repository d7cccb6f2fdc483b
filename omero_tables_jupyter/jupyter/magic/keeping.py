"""What is kept for the next time: the name given, and with ``--save-profile`` the mapping."""

from __future__ import annotations

from dataclasses import replace
from posixpath import dirname
from typing import TYPE_CHECKING

from omero_tables_jupyter import settings
from omero_tables_jupyter.errors import OptionError, PathError
from omero_tables_jupyter.omero.login import session_at
from omero_tables_jupyter.paths import PathMapping, is_array_name
from omero_tables_jupyter.settings import Profile

if TYPE_CHECKING:
    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions

__all__ = ["keep", "profile_of", "save"]


def save(options: UploadOptions, server: str) -> None:
    """Keep the name that the table was given; its mapping where ``--save-profile`` asks for it.

    Parameters
    ----------
    options
        What was typed.
    server
        The server that it belongs to.

    Raises
    ------
    OptionError
        If the profile cannot be written.

    """
    settings.remember_name(server, source=options.source, name=options.name or "")
    if options.save_profile:
        keep(profile_of(options, server))


def keep(profile: Profile) -> None:
    """Keep a profile, with what its server is reached by: its certificates, which server of it.

    Raises
    ------
    OptionError
        If it cannot be written.

    """
    session = session_at(profile.server)
    if session is not None:
        profile = replace(profile, ca=session.ca, server_id=session.channel.server_id)
    settings.save_profile(profile)


def profile_of(options: UploadOptions, server: str) -> Profile:
    """Make the profile that ``--save-profile`` keeps.

    Raises
    ------
    OptionError
        If no mapping was typed.

    """
    if not options.mapping:
        raise OptionError(
            f"--save-profile {options.save_profile}: there is no mapping to keep",
            hint=r'add --map "J:\data=>/data": the share here, and as the OMERO server sees it',
        )
    mapping = PathMapping(options.mapping)
    folder = _below(mapping, options.local_path or "")
    return Profile(options.save_profile or "", server, folder=folder, mapping=mapping)


def _below(mapping: PathMapping, local_path: str) -> str:
    """Say where below the share's root new arrays went; '' for the root and for elsewhere."""
    if not local_path:
        return ""
    try:
        place = mapping.to_server(local_path)
    except PathError:
        return ""
    folder = dirname(place) if is_array_name(place) else place
    root = mapping.pairs[0][1].rstrip("/")
    return folder.removeprefix(f"{root}/") if folder.startswith(f"{root}/") else ""
