"""Choosing a profile, keeping one, and remembering what was used: for the job and the faces."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.settings import memory
from omero_tables_jupyter.settings.environment import config_dir, state_dir
from omero_tables_jupyter.settings.files import (
    FILE_NAME,
    SAVED_NAME,
    parse_file,
    read_file,
    write_text,
)
from omero_tables_jupyter.settings.profiles import Profile, profile_as_toml
from omero_tables_jupyter.settings.state import Recalled, State, state_at
from omero_tables_jupyter.settings.values import origin
from omero_tables_jupyter.text import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.settings.loading import Settings

__all__ = [
    "add_memory_profile",
    "choose_profile",
    "confirm_server",
    "forget_memory_profile",
    "is_confirmed",
    "last_server",
    "recalled",
    "remember",
    "remember_name",
    "save_profile",
    "state_folder",
]

_HEAD = """\
# Profiles that --save-profile keeps. Change them with it, or move them to
# omero_tables.toml beside this file, which stands above it. Never write a password here.
"""
_SHOWN = 60


def choose_profile(
    settings: Settings, name: str | None = None, server: str | None = None
) -> Profile | None:
    """Choose the profile for an upload.

    Parameters
    ----------
    settings
        What `load` gave.
    name
        The profile asked for; None or '' for the one that is set, else the one last used.
    server
        The server that the upload goes to; None or '' where it is not known yet.

    Returns
    -------
    Profile or None
        None where no profile fits, or several do and none of them was used before.

    Raises
    ------
    OptionError
        If there is no profile of that name, or it belongs to another server.

    """
    given = server or ""
    if name:
        return _named(settings, name, given)
    if settings.profile:
        preset = _named(settings, settings.profile, "")
        if _fits(preset, given):
            return preset
    state = state_at(settings.state_dir)
    place = given or settings.server or state.last_server()
    fitting = [one for one in settings.profiles.values() if _fits(one, place)]
    last = state.recalled(place).profile
    used = [one for one in fitting if one.name == last]
    named = [one for one in fitting if one.server] or fitting
    return next(iter(used or (named if len(named) == 1 else [])), None)


def _named(settings: Settings, name: str, server: str) -> Profile:
    found = settings.profiles.get(name)
    if found is None:
        raise OptionError(
            f"there is no profile '{shorten(name, _SHOWN)}'",
            hint=_profile_hint(name, settings.profiles),
        )
    if not _fits(found, server):
        raise OptionError(
            f"profile '{name}' is for {found.server}, and this goes to {origin(server) or server}",
            hint="choose a profile of that server, or log in to the profile's server",
        )
    return found


def _profile_hint(name: str, known: Iterable[str]) -> str:
    guess = did_you_mean(name, known)
    if guess.startswith("did you mean"):
        return guess
    make = 'make one with --map "J:\\data=>/data" --save-profile NAME, or leave --profile out'
    return f"{guess}: {make}" if guess == "there is none" else f"{guess}; or {make}"


def _fits(profile: Profile, server: str) -> bool:
    return not (server and profile.server) or origin(profile.server) == origin(server)


def save_profile(profile: Profile, *, user_dir: str | os.PathLike[str] | None = None) -> Profile:
    """Keep a profile in the user's settings folder, in a file of its own that only they can read.

    Parameters
    ----------
    profile
        What to keep; one saved before under the same name is replaced.
    user_dir
        The user's settings folder; by default the system's place, as for `load`.

    Returns
    -------
    Profile
        The profile as it will be read.

    Raises
    ------
    OptionError
        If the name or a value cannot be written, the name is taken in the user's own file, or the
        folder cannot be written.

    """
    folder = Path(user_dir) if user_dir is not None else config_dir(os.environ)
    if not profile.name.strip():
        raise OptionError("a profile needs a name", hint="give one: --save-profile lab")
    if profile.name in read_file(folder / FILE_NAME, trusted=True).profiles:
        raise OptionError(
            f"the profile '{profile.name}' is written in {folder / FILE_NAME}",
            hint="change it there, or choose another name",
        )
    path = folder / SAVED_NAME
    kept = {**read_file(path, trusted=True).profiles, profile.name: profile}
    text = "\n".join([_HEAD, *map(profile_as_toml, kept.values())])
    if not text.isascii() and text.encode(errors="replace").decode() != text:
        raise OptionError(
            f"the profile '{shorten(profile.name, _SHOWN)}' holds what is no Unicode text",
            hint="rename the folder in question so that its name is valid UTF-8",
        )
    # What cannot be read back must not replace what can: a later start would fail on it.
    saved = parse_file(path, text, trusted=True).profiles[profile.name]
    try:
        write_text(path, text)
    except OSError as error:
        raise OptionError(
            f"the profile '{profile.name}' cannot be kept in {path}: {error.strerror}",
            hint="check that you may write there, or set OMERO_TABLES_CONFIG_DIR",
        ) from error
    return saved


def add_memory_profile(profile: Profile) -> None:
    """Keep a profile as long as this process lives, such as that of the stand-in server."""
    memory.add(profile)


def forget_memory_profile(name: str) -> None:
    """Drop a profile that `add_memory_profile` kept; nothing happens where there is none."""
    memory.forget(name)


def state_folder() -> Path:
    """Say where this user's history and last choices are kept."""
    return state_dir(os.environ)


def is_confirmed(url: str, *, folder: Path | None = None) -> bool:
    """Whether the user said yes to this server before."""
    return _state(folder).is_confirmed(url)


def confirm_server(url: str, *, folder: Path | None = None) -> None:
    """Keep that the user said yes to a server that a project's file or a pasted link named."""
    _state(folder).confirm(url)


def remember(  # noqa: PLR0913 - what was used, each by keyword
    server: str,
    *,
    profile: str = "",
    targets: Iterable[Target] = (),
    if_exists: str = "",
    user: str = "",
    folder: Path | None = None,
) -> None:
    """Keep who used which profile, targets and `if_exists` on a server; '' leaves the last one."""
    used = {"profile": profile, "if_exists": if_exists, "user": user}
    _state(folder).remember(server, targets=targets, **used)


def remember_name(server: str, *, source: str, name: str, folder: Path | None = None) -> None:
    """Keep the name that the table of a source, as it was typed, was given on a server."""
    _state(folder).remember_name(server, source, name)


def recalled(server: str, *, folder: Path | None = None) -> Recalled:
    """Say what was used last on a server."""
    return _state(folder).recalled(server)


def last_server(*, folder: Path | None = None) -> str:
    """Give the server used last; '' before the first."""
    return _state(folder).last_server()


def _state(folder: Path | None) -> State:
    return state_at(state_folder() if folder is None else folder)
