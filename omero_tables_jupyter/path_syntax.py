"""Reading paths without a disk: what one looks like, and its pieces.

Windows' rules hold for paths that look like Windows', POSIX rules for the others, and addresses
such as ``s3://bucket/x.tiledb`` are texts that nobody may fold.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn

from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.text import redacted, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "FORBIDDEN",
    "SUFFIX",
    "AnyPath",
    "Flavour",
    "ParsedPath",
    "absolute",
    "at_home",
    "check_store",
    "given_text",
    "is_array_name",
    "is_uri",
    "is_windows_path",
    "local_prefix",
    "server_place",
    "this_flavour",
    "unc_share",
]

Flavour = Literal["posix", "windows"]
AnyPath = str | os.PathLike[str]

#: How the name of every array ends.
SUFFIX = ".tiledb"
#: What no name may hold on Windows, and what would make folders elsewhere.
FORBIDDEN = re.compile(r'[/\\:*?"<>|]')

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_URI_MANGLED = re.compile(r"(?i)(?:s3|gcs|gs|azure|memfs|hdfs):[/\\][^/\\]")
_KEY_IN_URI = re.compile(
    r"(?i)\A[a-z][a-z0-9+.-]*://(?:[^/]*@|.*[?&](?:sig|x-amz-\w+|awsaccesskeyid|signature)=)"
)
#: The stores that TileDB writes to.
_STORES = ("s3", "gcs", "gs", "azure")
_NO_STORE = re.compile(r"(?i)(?:file|https?|ftp|data):/")
_DRIVE = re.compile(r"[A-Za-z]:")


def is_uri(path: AnyPath) -> bool:
    """Tell whether this is an address with a scheme, such as ``s3://bucket/x.tiledb``."""
    return bool(_URI.match(os.fspath(path)))


def check_store(uri: str) -> None:
    """Make sure that an address is that of a place in a store that TileDB writes to.

    Raises
    ------
    PathError
        If it is not.

    """
    scheme, _, rest = uri.partition("://")
    if scheme not in _STORES:
        raise PathError(
            f"'{uri}' is in no store that can be written to",
            hint="write it as 's3://bucket/tables', in small letters; or 'gcs://', or 'azure://'",
        )
    if not rest.partition("/")[0]:
        raise PathError(f"'{uri}' names no bucket", hint="write it as 's3://bucket/tables'")


def is_windows_path(path: AnyPath) -> bool:
    r"""Tell whether this looks like a path of Windows: a drive, a UNC share, or any backslash."""
    text = os.fspath(path)
    return not is_uri(text) and bool(_DRIVE.match(text) or "\\" in text)


def is_array_name(path: AnyPath) -> bool:
    """Tell whether a path is an array's own, ``*.tiledb``, rather than the folder for it."""
    return os.fspath(path).rstrip("/\\").casefold().endswith(SUFFIX)


def this_flavour(flavour: Flavour | None = None) -> Flavour:
    """Say whose rules hold: the given ones, else those of this machine."""
    return flavour or ("windows" if os.path.sep == "\\" else "posix")


def given_text(path: object) -> str:
    """Take a path as text; refuse what cannot be one before it reaches the disk.

    Raises
    ------
    PathError
        If it is no text, empty, another address than a store's, or holds a key.

    """
    text = os.fspath(path) if isinstance(path, os.PathLike) else path
    if not isinstance(text, str):
        raise PathError(
            f"a path is a text, not {type(text).__name__}", hint="give it as '/mnt/lab/tables'"
        )
    if not text.strip() or "\0" in text:
        raise PathError(
            f"{text!r} is not a path",
            hint="give a folder, or the array's own path ending in .tiledb",
        )
    if _NO_STORE.match(text):
        raise PathError(
            f"'{shorten(redacted(text), 80)}' is an address of a file or a page, not a path",
            hint="give a plain path such as '/mnt/lab/tables', or an object store's: 's3://...'",
        )
    if _KEY_IN_URI.match(text):
        raise PathError(
            f"'{text.partition('://')[0]}://...' holds a key: addresses are kept and shown",
            hint="give the address alone, such as 's3://bucket/tables'; keys are taken from the "
            "environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY) or from ~/.aws/credentials",
        )
    if _URI_MANGLED.match(text):
        raise PathError(
            f"'{text}' has lost a slash after its scheme, as pathlib does to an address",
            hint="give the address as plain text, such as 's3://bucket/tables'",
        )
    return text


@dataclass(frozen=True, slots=True)
class ParsedPath:
    r"""An absolute path in pieces: ``('J:', 'data')``, ``('\\\\nas', 'lab')``, ``('', 'mnt')``."""

    flavour: Literal["posix", "windows", "uri"]
    parts: tuple[str, ...]

    @property
    def key(self) -> tuple[str, ...]:
        """What is compared: without case on Windows. casefold() would take 'ß' for 'ss'."""
        return tuple(map(str.lower, self.parts)) if self.flavour == "windows" else self.parts

    def below(self, prefix: ParsedPath) -> tuple[str, ...] | None:
        """Give the pieces below a prefix; None where it does not cover this place."""
        n = len(prefix.parts)
        covered = self.flavour == prefix.flavour and self.key[:n] == prefix.key
        return self.parts[n:] if covered else None

    def joined(self, rest: tuple[str, ...]) -> ParsedPath:
        """Go down; a piece that would mean something else here is refused."""
        wrong = FORBIDDEN if self.flavour == "windows" else re.compile("/")
        for part in rest:
            if part == ".." or wrong.search(part):
                raise PathError(
                    f"'{part}' cannot be a name below '{self}'", hint="rename that file or folder"
                )
        return ParsedPath(self.flavour, (*self.parts, *rest))

    def __str__(self) -> str:
        separator = "\\" if self.flavour == "windows" else "/"
        text = separator.join(self.parts)
        return text if len(self.parts) > 1 or text.startswith("\\\\") else text + separator


def _fold(parts: Iterable[str], *, kept: int = 0) -> tuple[str, ...]:
    """Drop empty pieces and ``.``, and resolve ``..`` without leaving the root or the share."""
    folded: list[str] = []
    for part in parts:
        if part == "..":
            del folded[max(kept, len(folded) - 1) :]
        elif part not in {"", "."}:
            folded.append(part)
    return tuple(folded)


def _uri(text: str) -> ParsedPath:
    """Keep every character: an object store takes ``a//b`` and ``..`` for names."""
    return ParsedPath("uri", tuple(text.split("/")))


def _posix(text: str) -> ParsedPath:
    return ParsedPath("posix", ("", *_fold(text.split("/"))))


def _windows(text: str) -> ParsedPath | None:
    r"""Read an absolute Windows path, ``\\?\`` prefixes included; None where it is not absolute."""
    text = text.replace("/", "\\")
    if text.upper().startswith("\\\\?\\UNC\\"):
        text = "\\\\" + text[8:]
    elif text.startswith("\\\\?\\"):
        text = text[4:]
    if text.startswith("\\\\") and text.strip("\\"):
        host, *below = text.lstrip("\\").split("\\")
        return ParsedPath("windows", (f"\\\\{host}", *_fold(below, kept=1)))
    drive, _, rest = text.partition("\\")
    if _DRIVE.fullmatch(drive):
        return ParsedPath("windows", (drive.upper(), *_fold(rest.split("\\"))))
    return None


def absolute(text: str, flavour: Flavour) -> ParsedPath:
    """Read a path as this machine does: relative ones start in the working directory."""
    if is_uri(text):
        return _uri(text)
    text = at_home(text)
    if flavour == "windows":
        return _absolute_windows(text)
    if text.startswith("/"):
        return _posix(text)
    if is_windows_path(text):
        return _windows(text) or _not_absolute(text)
    return _posix(f"{os.getcwd()}/{text}")  # noqa: PTH109 - text, so that Windows' rules can be tested


def at_home(text: str) -> str:
    """Read ``~/tables`` as a shell does; nobody means a folder called '~'."""
    return os.path.expanduser(text) if text[:1] == "~" else text  # noqa: PTH111 - text, as above


def _absolute_windows(text: str) -> ParsedPath:
    place = _windows(text)
    if place is not None:
        return place
    here = _windows(os.getcwd())  # noqa: PTH109 - as above
    if here is None or _DRIVE.match(text):
        # 'J:tables' starts in a directory of its own, one a drive, that nobody remembers.
        _not_absolute(text)
    start = ParsedPath("windows", here.parts[:1]) if text[0] in "/\\" else here
    return _windows(f"{start}\\{text}") or _not_absolute(text)


def _not_absolute(text: str) -> NoReturn:
    raise PathError(
        f"'{text}' is not an absolute path", hint="start it at the drive, the share or '/'"
    )


def unc_share(text: str) -> ParsedPath | None:
    """Read ``//host/share``, which POSIX takes for a folder, as Windows does; else None."""
    return _windows(text) if text.startswith("//") else None


def local_prefix(text: str) -> ParsedPath:
    """Read the local side of a mapping, in the style of any system."""
    if is_uri(text):
        return _uri(text.rstrip("/"))
    text = at_home(text)
    if text.startswith("/") and not text.startswith("//"):
        return _posix(text)
    return _windows(text) or _not_absolute(text)


def server_place(text: str) -> ParsedPath:
    """Read a path as the server writes it: absolute and POSIX, or an address.

    Raises
    ------
    PathError
        If it is neither.

    """
    if is_uri(text):
        return _uri(text.rstrip("/"))
    if not text.startswith("/"):
        raise PathError(
            f"'{text}' is not a path of the server, which is absolute and has forward slashes",
            hint="give the path as the server sees it, such as '/data'",
        )
    return _posix(text)
