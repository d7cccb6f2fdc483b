"""Where the object store of ``s3://`` addresses is: our settings, else AWS's variables and files.

Keys are none of our business. libtiledb finds them as every AWS tool does (``AWS_ACCESS_KEY_ID``
and its kin, ``AWS_PROFILE``, ``~/.aws``), so they never pass through here. It takes the region
from there as well. Endpoints it takes from there only since tiledb 0.34, and never whether the
bucket belongs into the path: these are read here, for every release alike.
"""

from __future__ import annotations

import configparser
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.settings.loading import load
from omero_tables_jupyter.settings.values import read_value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Store", "load_store"]

_TILEDB = "TILEDB_VFS_S3_"


@dataclass(frozen=True, slots=True)
class Store:
    """How an object store is reached; there is no key in it.

    Parameters
    ----------
    endpoint
        Its address with the scheme; '' for AWS's own.
    region
        Its region; '' where libtiledb finds it by itself.
    path_style
        Whether the bucket stands in the path rather than in the host's name.
    ca_file
        Certificates to trust; '' for the system's.
    set_elsewhere
        TileDB's own variables that are set, such as ``vfs.s3.request_timeout_ms``: they stand
        above our presets.

    """

    endpoint: str = ""
    region: str = ""
    path_style: bool | None = None
    ca_file: str = ""
    set_elsewhere: frozenset[str] = frozenset()


def load_store(*, environ: Mapping[str, str] | None = None) -> Store:
    """Say how ``s3://`` addresses are reached.

    The order: ``%config``, ``OMERO_TABLES_S3_*`` and settings files; TileDB's own variables
    ``TILEDB_VFS_S3_*``; AWS's variables; the profile in AWS's config file. A store with an address
    of its own is spoken to by path, as AWS's tools do, unless something says otherwise.

    Parameters
    ----------
    environ
        The environment; by default this process's.

    Raises
    ------
    OptionError
        If a setting or a variable holds what cannot be meant.

    """
    variables = os.environ if environ is None else environ
    known = load(environ=variables)
    profile = _aws_profile(variables)
    elsewhere = _set_elsewhere(variables)
    endpoint = known.s3_endpoint
    if not endpoint and "vfs.s3.endpoint_override" not in elsewhere:
        endpoint = _aws_endpoint(variables, profile)
    path_style = known.s3_path_style
    if path_style is None and "vfs.s3.use_virtual_addressing" not in elsewhere:
        by_host = profile.get("addressing_style", "auto") == "virtual"
        with_address = bool(endpoint) or "vfs.s3.endpoint_override" in elsewhere
        path_style = profile.get("addressing_style") == "path" or (with_address and not by_host)
    return Store(
        endpoint=endpoint,
        region=known.s3_region,
        path_style=path_style,
        ca_file=variables.get("AWS_CA_BUNDLE", ""),
        set_elsewhere=elsewhere,
    )


def _set_elsewhere(variables: Mapping[str, str]) -> frozenset[str]:
    return frozenset(
        f"vfs.s3.{name.removeprefix(_TILEDB).lower()}"
        for name in variables
        if name.startswith(_TILEDB) and variables[name]
    )


def _aws_endpoint(variables: Mapping[str, str], profile: Mapping[str, str]) -> str:
    """Follow AWS's order: the variable for S3, the one for all services, the profile's two."""
    if variables.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true":
        return ""
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        if variables.get(name):
            return str(read_value("s3_endpoint", variables[name], name))
    return str(read_value("s3_endpoint", profile.get("endpoint_url", ""), "AWS's config file"))


def _aws_profile(variables: Mapping[str, str]) -> dict[str, str]:
    """Read what AWS's config file says of the profile in use, that of its part on S3 on top."""
    home = variables.get("HOME") or variables.get("USERPROFILE") or str(Path.home())
    file = Path(variables.get("AWS_CONFIG_FILE") or Path(home, ".aws", "config")).expanduser()
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, configparser.Error):
        # Most have none, and what is wrong with one, AWS's own tools tell.
        return {}
    name = variables.get("AWS_PROFILE") or variables.get("AWS_DEFAULT_PROFILE") or "default"
    section = f"profile {name}"
    if name == "default" and not parser.has_section(section):
        section = name
    found = _section(parser, section)
    services = _section(parser, f"services {found.get('services', '')}")
    return found | _below(found.get("s3", "")) | _below(services.get("s3", ""))


def _section(parser: configparser.RawConfigParser, name: str) -> dict[str, str]:
    return dict(parser.items(name)) if parser.has_section(name) else {}


def _below(text: str) -> dict[str, str]:
    """Read the indented lines below ``s3 =``."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}
