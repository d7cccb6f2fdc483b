"""One place seen from two sides: this machine's path of an array, and the server's.

Nothing here looks at the disk, except `PathMapping.to_local` where a share has several spellings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePosixPath

from omero_tables_jupyter.errors import OptionError, PathError
from omero_tables_jupyter.filenames import file_name, next_version
from omero_tables_jupyter.path_syntax import (
    AnyPath,
    Flavour,
    ParsedPath,
    absolute,
    at_home,
    check_store,
    given_text,
    is_array_name,
    is_uri,
    is_windows_path,
    local_prefix,
    server_place,
    this_flavour,
    unc_share,
)

__all__ = [
    "Flavour",
    "PathMapping",
    "array_path",
    "file_name",
    "is_array_name",
    "is_uri",
    "is_windows_path",
    "next_version",
    "own_path",
    "parse_map_option",
    "server_path",
]

Pair = tuple[AnyPath | Iterable[AnyPath], AnyPath]
_Row = tuple[tuple[ParsedPath, ...], ParsedPath]
_MAP_EXAMPLE = r'"J:\data=>/data"'


class PathMapping:
    r"""Where the server sees what this machine sees.

    Parameters
    ----------
    pairs
        ``(local, server)`` each; `local` is one prefix or a list of spellings of the same share on
        Windows, Mac and Linux; `server` is an absolute POSIX path or an address. Prefixes match
        whole names; the longest wins. Drives and UNC shares compare without case, either slash.

    Raises
    ------
    PathError
        If there is no pair, or a prefix is not absolute.

    Examples
    --------
    >>> PathMapping([("J:\\data", "/data")]).to_server("j:/data/tables/x.tiledb")
    '/data/tables/x.tiledb'

    """

    __slots__ = ("_rows",)

    def __init__(self, pairs: Iterable[Pair] | Mapping[str, str]) -> None:
        listed = pairs.items() if isinstance(pairs, Mapping) else pairs
        if not isinstance(listed, Iterable):
            raise PathError(
                f"a path mapping is made of pairs, not of a {type(pairs).__name__}",
                hint=f"write [('J:\\data', '/data')], or {_MAP_EXAMPLE}",
            )
        self._rows: tuple[_Row, ...] = tuple(_row(pair) for pair in listed)
        if not self._rows:
            raise PathError("a path mapping needs a pair", hint=f"for example {_MAP_EXAMPLE}")

    @property
    def pairs(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Every pair: the local spellings, and the server's prefix."""
        return tuple((tuple(map(str, local)), str(server)) for local, server in self._rows)

    def __repr__(self) -> str:
        shown = [(local[0] if len(local) == 1 else list(local), to) for local, to in self.pairs]
        return f"PathMapping({shown!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PathMapping):
            return NotImplemented
        return self._keys() == other._keys()

    def __hash__(self) -> int:
        return hash(self._keys())

    def _keys(self) -> tuple[object, ...]:
        return tuple((tuple(one.key for one in local), server) for local, server in self._rows)

    def to_server(self, path: AnyPath, *, flavour: Flavour | None = None) -> str:
        """Give the path as the server sees it.

        Parameters
        ----------
        path
            A path of this machine; a relative one starts in the working directory, symbolic links
            stay. Paths of other systems and addresses are read by their own rules.
        flavour
            The rules for relative paths; None for this machine's.

        Raises
        ------
        PathError
            If no prefix covers the path.

        """
        text = given_text(path)
        place = absolute(text, this_flavour(flavour))
        for candidate in (unc_share(text), place):
            found = candidate and self.server_place_of(candidate)
            if found:
                return str(found)
        if place.flavour == "uri":
            return text
        raise PathError(
            f"the mapping does not cover '{place}'; it knows {self._listed()}",
            hint=f"write below one of these, or add {_map_option(place)}",
        )

    def covers(self, path: AnyPath, *, flavour: Flavour | None = None) -> bool:
        """Say whether a prefix covers a path of this machine."""
        return self.server_place_of(absolute(given_text(path), this_flavour(flavour))) is not None

    def server_place_of(self, place: ParsedPath) -> ParsedPath | None:
        """Give the server's place of a place read already; None where no prefix covers it."""
        found = [
            (len(prefix.parts), server, rest)
            for local, server in self._rows
            for prefix in local
            if (rest := place.below(prefix)) is not None
        ]
        if not found:
            return None
        _, server, rest = max(found, key=lambda one: one[0])
        return server.joined(rest)

    def to_local(
        self,
        path: AnyPath,
        *,
        flavour: Flavour | None = None,
        exists: Callable[[str], bool] = os.path.lexists,
    ) -> str:
        """Give the path as this machine sees it.

        Where a share has several spellings, those of this system come first; among them, the first
        whose prefix is there.

        Parameters
        ----------
        path
            An absolute path of the server, or an address.
        flavour
            The system whose spelling is wanted; None for this machine's.
        exists
            Asked for each prefix, only where there are several.

        Raises
        ------
        PathError
            If no prefix covers the path.

        """
        text = given_text(path)
        place = server_place(text)
        found = [
            (len(server.parts), local, rest)
            for local, server in self._rows
            if (rest := place.below(server)) is not None
        ]
        if not found and place.flavour == "uri":
            return text
        if not found:
            raise PathError(
                f"the mapping does not cover '{place}' of the server; it knows {self._listed()}",
                hint=f'add a mapping: --map "LOCAL=>{place}"',
            )
        longest = max(length for length, _, _ in found)
        rest = next(rest for length, _, rest in found if length == longest)
        spellings = [one for length, local, _ in found if length == longest for one in local]
        own = [one for one in spellings if one.flavour == this_flavour(flavour)] or spellings
        there = (one for one in own if len(own) > 1 and exists(str(one)))
        return str(next(there, own[0]).joined(rest))

    def _listed(self) -> str:
        return ", ".join(f"'{' or '.join(local)}' => '{to}'" for local, to in self.pairs)


def _row(pair: Pair) -> _Row:
    try:
        local, server = pair
        spellings = [local] if isinstance(local, str | os.PathLike) else list(local)
    except (TypeError, ValueError):
        raise PathError(
            f"a mapping is a pair (local, server), not {pair!r}", hint=f"for example {_MAP_EXAMPLE}"
        ) from None
    if not spellings:
        raise PathError("a mapping needs a local prefix", hint=f"for example {_MAP_EXAMPLE}")
    prefixes = tuple(local_prefix(given_text(one).strip()) for one in spellings)
    return prefixes, server_place(given_text(server).strip())


def _map_option(place: ParsedPath) -> str:
    """Propose a mapping for the share or first folder that a path is in."""
    folder = place.parts[:-1] if is_array_name(place.parts[-1]) else place.parts
    return f'--map "{ParsedPath(place.flavour, folder[:2])}=>/data"'


def parse_map_option(text: str) -> tuple[str, str]:
    """Read ``LOCAL=>SERVER``, the value of ``--map``.

    Raises
    ------
    OptionError
        If there is not exactly one ``=>`` with a path on either side.

    """
    local, *server = (side.strip().strip("\"'").strip() for side in text.split("=>"))
    if len(server) != 1 or not local or not server[0]:
        raise OptionError(
            f"'{text}' is not a mapping", hint=f"write LOCAL=>SERVER, for example {_MAP_EXAMPLE}"
        )
    return local, server[0]


def array_path(local_path: AnyPath, table_name: str, *, flavour: Flavour | None = None) -> str:
    """Say where an array goes, absolute and folded, as this machine sees it.

    Parameters
    ----------
    local_path
        The array's own path, ``*.tiledb``, or the folder for it; whether that exists is not asked.
    table_name
        The table's name, which names the array in a folder.
    flavour
        The rules to follow; None for this machine's.

    Raises
    ------
    PathError
        If this is no path, or a Windows path where this machine does not run Windows.

    """
    text = given_text(local_path)
    here = this_flavour(flavour)
    _refuse_foreign(text, here)
    place = absolute(text, here)
    if place.flavour == "uri":
        check_store(text)
        own = text.rstrip("/")
        return own if is_array_name(text) else f"{own}/{file_name(table_name)}"
    return str(place if is_array_name(text) else place.joined((file_name(table_name),)))


def own_path(path: AnyPath) -> str:
    """Make a path of this machine absolute, with ``~`` for the user's home; addresses stay.

    What ``..`` means is left to the system, which follows links first.

    Raises
    ------
    PathError
        If this is no path, or a Windows path where this machine does not run Windows.

    """
    text = given_text(path)
    if is_uri(text):
        return text
    _refuse_foreign(text, this_flavour())
    return str(Path(at_home(text)).absolute())


def _refuse_foreign(text: str, here: Flavour) -> None:
    if here == "posix" and is_windows_path(text):
        raise PathError(
            f"'{text}' is a path of Windows, and this notebook does not run on Windows",
            hint="give the place as this machine sees it, such as '/mnt/lab/tables'; "
            "how the server sees it is --remote-path or --map",
        )


def server_path(
    local: AnyPath,
    *,
    remote_path: AnyPath | None = None,
    mapping: PathMapping | None = None,
    flavour: Flavour | None = None,
) -> str:
    """Say where the server sees an array.

    Parameters
    ----------
    local
        The array's path as this machine sees it.
    remote_path
        The array as the server sees it, or the folder that it is in; wins over `mapping`.
    mapping
        Used where it covers `local`.
    flavour
        The rules for `local`; None for this machine's.

    Raises
    ------
    PathError
        If `remote_path` is not a path of the server, or nothing says how the server sees a path of
        Windows.

    """
    place = absolute(given_text(local), this_flavour(flavour))
    if remote_path is not None:
        return _given_server_path(given_text(remote_path).strip(), place.parts[-1])
    found = mapping and mapping.server_place_of(place)
    if found:
        return str(found)
    if place.flavour == "windows":
        raise PathError(
            f"nothing says how the server sees '{place}'",
            hint=f"add a mapping, {_map_option(place)}, or the path itself: "
            "--remote-path (remote_path=...)",
        )
    return str(server_place(str(place)))


def _given_server_path(text: str, name: str) -> str:
    server_place(text)
    if is_uri(text):
        return text if is_array_name(text) else f"{text.rstrip('/')}/{name}"
    path = PurePosixPath(text)
    return str(path if is_array_name(text) else path / name)
