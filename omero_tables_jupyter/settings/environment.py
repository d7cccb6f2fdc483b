"""What the environment says: settings, who one is, and where OMERO's tools keep their keys."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.settings.values import KEYS, read_value
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "PREFIX",
    "Environment",
    "config_dir",
    "environment_values",
    "read_environment",
    "state_dir",
]

PREFIX = "OMERO_TABLES_"
_APP = "omero-tables-jupyter"
_PLACES = ("CONFIG_DIR", "STATE_DIR")


@dataclass(frozen=True, slots=True)
class Environment:
    """Who the environment says one is.

    Parameters
    ----------
    server
        ``OMERO_TABLES_SERVER``: the only server, beside one given by the user, that password and
        session key below are meant for; '' where it is not set.
    user
        ``OMERO_USER``.
    password, session_key
        ``OMERO_PASSWORD`` and ``OMERO_SESSION_KEY``; None where they are not set.
    token_dir
        Where omero-user-token keeps its file.
    cli_session_dirs
        Where OMERO's command line keeps its sessions, the likeliest first.

    """

    server: str
    user: str
    password: Secret | None
    session_key: Secret | None
    token_dir: Path
    cli_session_dirs: tuple[Path, ...]


def read_environment(environ: Mapping[str, str]) -> Environment:
    """Collect what is needed to log in, from an environment that is handed in."""
    home = _home(environ)
    server = environ.get(f"{PREFIX}SERVER", "").strip()
    return Environment(
        server=str(read_value("server", server, f"{PREFIX}SERVER")),
        user=environ.get("OMERO_USER", "").strip(),
        password=_secret(environ.get("OMERO_PASSWORD", "")),
        session_key=_secret(environ.get("OMERO_SESSION_KEY", "").strip()),
        token_dir=Path(environ.get("OMERO_USER_TOKEN_DIR") or home / ".omero_user_token"),
        cli_session_dirs=_cli_session_dirs(environ, home),
    )


def _secret(text: str) -> Secret | None:
    return Secret(text) if text else None


def _home(environ: Mapping[str, str]) -> Path:
    home = environ.get("USERPROFILE" if sys.platform == "win32" else "HOME")
    return Path(home) if home else Path.home()


def _cli_session_dirs(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Follow the order of OMERO's command line: one variable wins, then its usual places."""
    if environ.get("OMERO_SESSIONDIR"):
        return (Path(environ["OMERO_SESSIONDIR"]),)
    if environ.get("OMERO_SESSION_DIR"):
        return (Path(environ["OMERO_SESSION_DIR"], "omero", "sessions"),)
    if environ.get("OMERO_USERDIR"):
        return (Path(environ["OMERO_USERDIR"], "sessions"),)
    roaming = environ.get("APPDATA")
    places = [Path(roaming, "omero", "sessions")] if roaming else []
    if "OMERO_USERDIR" in environ:
        import platformdirs

        places.append(Path(platformdirs.user_data_dir("omero"), "sessions"))
    return (*places, home / "omero" / "sessions")


def environment_values(
    environ: Mapping[str, str],
) -> tuple[dict[str, object], dict[str, str], tuple[str, ...]]:
    """Read every ``OMERO_TABLES_*`` variable.

    Returns
    -------
    dict
        The settings that are set, each of its type.
    dict
        The variable that each came from.
    tuple of str
        A note for each variable that means nothing here: it may be a later version's.

    Raises
    ------
    OptionError
        If a value cannot be meant, naming the variable.

    """
    values: dict[str, object] = {}
    origins: dict[str, str] = {}
    notes = []
    for name in sorted(environ):
        short = name.removeprefix(PREFIX)
        if short == name or short in _PLACES or not environ[name].strip():
            continue
        key = short.lower()
        if key not in KEYS:
            known = (f"{PREFIX}{one.upper()}" for one in KEYS)
            notes.append(f"{name} is set, but is no setting: {did_you_mean(name, known)}")
            continue
        text = re.sub(r"\n", ";", environ[name]) if key == "map" else environ[name]
        values[key] = read_value(key, text, name)
        origins[key] = name
    return values, origins, tuple(notes)


def config_dir(environ: Mapping[str, str]) -> Path:
    """Say where the user's own settings are; ``OMERO_TABLES_CONFIG_DIR`` moves them."""
    import platformdirs

    given = environ.get(f"{PREFIX}CONFIG_DIR")
    return Path(given) if given else platformdirs.user_config_path(_APP, appauthor=False)


def state_dir(environ: Mapping[str, str]) -> Path:
    """Say where history and last choices are; ``OMERO_TABLES_STATE_DIR`` moves them."""
    import platformdirs

    given = environ.get(f"{PREFIX}STATE_DIR")
    return Path(given) if given else platformdirs.user_state_path(_APP, appauthor=False)
