"""All sources of settings, put on top of each other."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.choices import CHOICES
from omero_tables_jupyter.settings import memory
from omero_tables_jupyter.settings.environment import (
    Environment,
    config_dir,
    environment_values,
    read_environment,
    state_dir,
)
from omero_tables_jupyter.settings.files import (
    FILE_NAME,
    SAVED_NAME,
    SettingsFile,
    find_project_file,
    read_file,
)
from omero_tables_jupyter.settings.state import state_at
from omero_tables_jupyter.settings.values import host_of, origin, read_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.paths import PathMapping
    from omero_tables_jupyter.settings.profiles import Profile

__all__ = ["Settings", "load"]

_DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting, and where each comes from.

    Parameters
    ----------
    server, profile, prefix, ca, server_id, group, allow_http
        Where to log in, and how; '' and None where nothing is set.
    local_path, remote_path, mapping
        Where arrays are written, and where the server sees them.
    if_exists, index, verify, compression, progress, chunk_rows
        How a table is written.
    s3_endpoint, s3_region, s3_path_style
        Where the store of ``s3://`` addresses is, and how it is spoken to; '' and None where AWS's
        own variables and files say so, or nothing does.
    profiles
        The saved profiles by name, in order: this process's, the project's, the user's.
    environment
        Who the environment says one is.
    hub_prefix
        JupyterHub's path to this kernel's server, ``'/user/ana/'``; '' without a hub.
    notebook
        The file of the open notebook, where Jupyter's server says so; '' else.
    project_file
        The project's ``omero_tables.toml``, where there is one.
    user_dir, state_dir
        Where the user's own settings, and their history, are kept.
    notes
        What a user should know: variables that mean nothing here.

    """

    server: str = ""
    profile: str = ""
    prefix: str = ""
    ca: str = ""
    server_id: int | None = None
    group: str = ""
    allow_http: bool = False
    local_path: str = ""
    remote_path: str = ""
    mapping: PathMapping | None = None
    if_exists: str = CHOICES["if_exists"][0]
    index: str = CHOICES["index"][0]
    verify: str = CHOICES["verify"][0]
    compression: str = CHOICES["compression"][0]
    progress: str = CHOICES["progress"][0]
    chunk_rows: int | None = None
    s3_endpoint: str = ""
    s3_region: str = ""
    s3_path_style: bool | None = None
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    environment: Environment
    hub_prefix: str = ""
    notebook: str = ""
    project_file: Path | None = None
    user_dir: Path
    state_dir: Path
    notes: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict, repr=False)

    def origin_of(self, key: str) -> str:
        """Say where a setting comes from: a file, a variable, ``%config``, or 'default'."""
        return self.origins.get(_field(key), _DEFAULT)

    def override(self, where: str, **values: object) -> Settings:
        """Put values on top, such as those of ``%config``; None and '' leave what is there.

        Raises
        ------
        OptionError
            If a value cannot be meant, naming `where`.

        """
        given = {key: value for key, value in values.items() if value is not None and value != ""}
        read = {_field(key): read_value(_key(key), value, where) for key, value in given.items()}
        origins = {**self.origins, **dict.fromkeys(read, where)}
        changes: dict[str, Any] = dict(read)
        return replace(self, **changes, origins=MappingProxyType(origins))

    def is_trusted(self, url: str) -> bool:
        """Whether the user tied this server to themselves, so that it need not be confirmed.

        True for the server of their environment, of their own settings file and profiles, of this
        process's profiles, and for one confirmed before. A project's file alone proves nothing: it
        may have come with somebody's notebook.
        """
        place = origin(url)
        return bool(place) and (
            place in self._trusted_origins() or state_at(self.state_dir).is_confirmed(url)
        )

    def _trusted_origins(self) -> set[str]:
        own = [one.server for one in self.profiles.values() if one.trusted]
        if self.origins.get("server") != str(self.project_file):
            own.append(self.server)
        return {origin(url) for url in (*own, self.environment.server) if url}

    def key_may_go(self, session_host: str, url: str) -> bool:
        """Whether a key that was stored for an OMERO.server may be sent to an OMERO.web.

        Parameters
        ----------
        session_host
            The host that the key was stored for; a whole ``wss://`` address counts as its host.
        url
            OMERO.web's address.

        """
        host = session_host.strip().lower()
        if "://" in host:
            host = host_of("https://" + host.partition("://")[2])
        web = origin(url)
        if not web or not host:
            return False
        tied = (
            one.session_hosts
            for one in self.profiles.values()
            if one.trusted and origin(one.server) == web
        )
        return host == host_of(url) or any(host in hosts for hosts in tied)

    def environment_login_may_go(self, url: str, *, given_by_user: bool) -> bool:
        """Whether ``OMERO_PASSWORD`` and ``OMERO_SESSION_KEY`` may be sent to an OMERO.web.

        Parameters
        ----------
        url
            OMERO.web's address.
        given_by_user
            Whether the user named it in this very call: not a profile, a file, or a pasted link.

        """
        named = self.environment.server
        return given_by_user or (bool(named) and origin(named) == origin(url))


_FIELDS = {"map": "mapping"}


def _field(key: str) -> str:
    return _FIELDS.get(key, key)


def _key(name: str) -> str:
    return "map" if name == "mapping" else name


def load(
    *,
    start_dir: str | os.PathLike[str] | None = None,
    environ: Mapping[str, str] | None = None,
    user_dir: str | os.PathLike[str] | None = None,
) -> Settings:
    """Read every source of settings.

    Parameters
    ----------
    start_dir
        Where the notebook is: the project's file is looked for here and above. By default the
        working directory.
    environ
        The environment; by default this process's.
    user_dir
        The user's settings folder; by default ``OMERO_TABLES_CONFIG_DIR``, else the system's place.

    Raises
    ------
    OptionError
        If a file or a variable holds what cannot be meant; the message names file and line.

    """
    variables = os.environ if environ is None else environ
    folder = Path(user_dir) if user_dir is not None else config_dir(variables)
    layers = _files(Path(start_dir) if start_dir is not None else Path.cwd(), folder)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for file, _ in reversed(layers):
        values |= file.values
        origins |= dict.fromkeys(file.values, str(file.path))
    set_values, set_origins, notes = environment_values(variables)
    values |= set_values
    origins |= set_origins
    in_session = memory.preferred()
    values |= in_session
    origins |= dict.fromkeys(in_session, memory.WHERE)
    return Settings(
        **{_field(key): value for key, value in values.items()},
        profiles=MappingProxyType(_profiles([file for file, _ in layers])),
        environment=read_environment(variables),
        hub_prefix=variables.get("JUPYTERHUB_SERVICE_PREFIX", ""),
        notebook=variables.get("JPY_SESSION_NAME", ""),
        project_file=next((file.path for file, trusted in layers if not trusted), None),
        user_dir=folder,
        state_dir=state_dir(variables),
        notes=notes,
        origins=MappingProxyType({_field(key): where for key, where in origins.items()}),
    )


def _files(start_dir: Path, user_dir: Path) -> list[tuple[SettingsFile, bool]]:
    """Read the files, the strongest first, each with whether it is the user's own."""
    own = user_dir / FILE_NAME
    files = [(read_file(path, trusted=True), True) for path in (own, user_dir / SAVED_NAME)]
    project = find_project_file(start_dir)
    if project is not None and project != own.absolute():
        files.insert(0, (read_file(project, trusted=False), False))
    return files


def _profiles(files: list[SettingsFile]) -> dict[str, Profile]:
    found = dict(memory.profiles())
    for file in files:
        for name, profile in file.profiles.items():
            found.setdefault(name, profile)
    return found
