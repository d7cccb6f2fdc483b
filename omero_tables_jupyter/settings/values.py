"""The settings that exist, and how each is read: from a file, a variable, or ``%config``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from omero_tables_jupyter.choices import CHOICES
from omero_tables_jupyter.errors import OptionError, PathError
from omero_tables_jupyter.paths import PathMapping, parse_map_option
from omero_tables_jupyter.text import did_you_mean, redacted, shorten

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KEYS", "host_of", "origin", "read_mapping", "read_text", "read_value"]

_SHOWN = 60
_DIGITS = 18
_PORTS = {"https": 443, "http": 80}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def read_value(key: str, value: object, where: str) -> object:
    """Check one setting and give it its type.

    Parameters
    ----------
    key
        One of `KEYS`.
    value
        What a file, a variable or ``%config`` holds.
    where
        Where that is, for the message: ``'/lab/omero_tables.toml:3'``, ``'OMERO_TABLES_INDEX'``.

    Raises
    ------
    OptionError
        If the value cannot be meant, naming `where`.

    """
    return KEYS[key](value, f"{where}: {key}")


def read_text(value: object, where: str) -> str:
    r"""Take one line of text; ``"J:\tables"`` in double quotes holds a tab and is refused.

    Raises
    ------
    OptionError
        If it is no text, or holds a control character.

    """
    if not isinstance(value, str):
        raise OptionError(f"{where} is {_shown(value)}, not a text", hint="put it in quotes")
    if _CONTROL.search(value):
        raise OptionError(
            f"{where} holds a control character: {_shown(value)}",
            hint=r"in TOML, write Windows paths in single quotes: 'J:\tables'",
        )
    return value.strip()


def read_mapping(value: object, where: str) -> PathMapping:
    """Read ``LOCAL=>SERVER`` texts, or the tables of ``[[map]]`` with `local` and `server`.

    Raises
    ------
    OptionError
        If there is no pair, or one is no pair of paths.

    """
    entries = _map_entries(value)
    if not entries:
        raise OptionError(f"{where} holds no pair of paths", hint=_MAP_HINT)
    pairs = [_pair(entry, where) for entry in entries]
    try:
        return PathMapping(pairs)
    except PathError as error:
        raise OptionError(f"{where}: {error.message}", hint=error.hint) from error


_MAP_HINT = r"write local = 'J:\data' and server = '/data' below [[profile.NAME.map]]"


def _map_entries(value: object) -> list[object]:
    if isinstance(value, str):
        return [one for one in re.split(r"[;\n]", value) if one.strip()]
    if isinstance(value, PathMapping):
        return list(value.pairs)
    return list(value) if isinstance(value, Iterable) and not isinstance(value, Mapping) else []


def _pair(entry: object, where: str) -> tuple[str | list[str], str]:
    if isinstance(entry, str):
        try:
            return parse_map_option(entry)
        except OptionError as error:
            raise OptionError(f"{where}: {error.message}", hint=error.hint) from error
    if isinstance(entry, tuple):
        return entry
    if not isinstance(entry, Mapping) or not {"local", "server"} <= set(entry):
        raise OptionError(f"{where} holds something else than pairs of paths", hint=_MAP_HINT)
    unknown = sorted(set(entry) - {"local", "server"})
    if unknown:
        raise OptionError(
            f"{where}: '{shorten(unknown[0], _SHOWN)}' is not known here",
            hint=did_you_mean(unknown[0], ("local", "server")),
        )
    local = entry["local"]
    spellings = [local] if isinstance(local, str) else local
    if not isinstance(spellings, list):
        raise OptionError(
            f"{where}: local is {_shown(local)}, not a path or a list", hint=_MAP_HINT
        )
    read = [read_text(one, f"{where}: local") for one in spellings]
    return read, read_text(entry["server"], f"{where}: server")


def _server(value: object, where: str) -> str:
    text = read_text(value, where)
    if not text:
        return ""
    address = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(address)
        known = parts.scheme in _PORTS and parts.hostname and (parts.port or 1)
    except ValueError:
        known = False
    if not known or "@" in parts.netloc or parts.query or parts.fragment:
        raise OptionError(
            f"{where} is not the plain address of an OMERO.web: '{_shown_text(text)}'",
            hint="write it as 'https://omero.site', without a user, a password or a '?'",
        )
    return address.rstrip("/")


def _store_endpoint(value: object, where: str) -> str:
    text = read_text(value, where)
    if not text:
        return ""
    address = text if "://" in text else f"https://{text}"
    if not origin(address) or any(mark in address for mark in "@?#"):
        raise OptionError(
            f"{where} is not the plain address of an object store: '{_shown_text(text)}'",
            hint="write it as 'http://minio.lab:9000' or 'https://s3.lab', without bucket and keys",
        )
    return address.rstrip("/")


def _prefix(value: object, where: str) -> str:
    parts = [part for part in read_text(value, where).split("/") if part]
    return "".join(f"/{part}" for part in parts)


def _whole(value: object, where: str) -> int:
    text = str(value).strip()
    plain = text.isascii() and text.isdigit() and len(text) <= _DIGITS
    if isinstance(value, bool) or not plain or int(text) < 1:
        raise OptionError(f"{where} is {_shown(value)}", hint="give a whole number from 1 on")
    return int(text)


def _flag(value: object, where: str) -> bool:
    words = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    known = words.get(str(value).strip().lower())
    if known is None:
        raise OptionError(f"{where} is {_shown(value)}", hint="give true or false")
    return known


def _choice(key: str) -> Callable[[object, str], str]:
    def read(value: object, where: str) -> str:
        text = read_text(value, where)
        if text not in CHOICES[key]:
            raise OptionError(f"{where} is {_shown(value)}", hint=did_you_mean(text, CHOICES[key]))
        return text

    return read


def _shown(value: object) -> str:
    return shorten(redacted(repr(value)), _SHOWN)


def _shown_text(text: str) -> str:
    return shorten(redacted(text.partition("?")[0]), _SHOWN)


#: Every setting outside of profiles, and its reader.
KEYS: dict[str, Callable[[object, str], object]] = {
    "server": _server,
    "profile": read_text,
    "prefix": _prefix,
    "ca": read_text,
    "server_id": _whole,
    "group": read_text,
    "allow_http": _flag,
    "local_path": read_text,
    "remote_path": read_text,
    "map": read_mapping,
    "chunk_rows": _whole,
    "s3_endpoint": _store_endpoint,
    "s3_region": read_text,
    "s3_path_style": _flag,
    **{key: _choice(key) for key in CHOICES},
}


def origin(url: str) -> str:
    """Give scheme, host and port of an address, comparable: ``https://omero.site:4443``.

    '' where it is no address of the web.
    """
    address = url.strip() if "://" in url else f"https://{url.strip()}"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        return ""
    if not host or parts.scheme not in _PORTS:
        return ""
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}:{port or _PORTS[parts.scheme]}"


def host_of(url: str) -> str:
    """Give the host's name of an address in lower case; '' where there is none."""
    found = origin(url)
    return urlsplit(found).hostname or "" if found else ""
