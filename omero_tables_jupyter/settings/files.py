"""Settings files: found, read, checked; and the one that we write."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.path_syntax import is_uri, is_windows_path
from omero_tables_jupyter.settings.profiles import Profile, read_profile
from omero_tables_jupyter.settings.values import KEYS, read_value
from omero_tables_jupyter.text import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = [
    "FILE_NAME",
    "SAVED_NAME",
    "SettingsFile",
    "find_project_file",
    "parse_file",
    "read_file",
    "write_text",
]

#: The file that people write: beside the notebook, above it, or in their own settings folder.
FILE_NAME = "omero_tables.toml"
#: The file that we write, in the user's settings folder only.
SAVED_NAME = "saved_profiles.toml"

_SECRET = re.compile(
    r"(?i)pass|pwd|secret|token|credential|b_?session$|session_?(key|id|uuid)|api_?key"
)
#: What a project's file may not decide for the people who open it.
_OWN = ("allow_http", "s3_endpoint")
_PATHS = ("ca", "local_path")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """What a settings file says.

    Parameters
    ----------
    path
        The file.
    values
        The settings outside of profiles, each of its type.
    profiles
        The profiles by name.

    """

    path: Path
    values: Mapping[str, object] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)


def find_project_file(start_dir: Path) -> Path | None:
    """Find ``omero_tables.toml`` in a folder or the nearest one above it."""
    start = start_dir.absolute()
    for folder in (start, *start.parents):
        path = folder / FILE_NAME
        # A folder above may be closed to us: what cannot be seen is not meant for us.
        with contextlib.suppress(PermissionError):
            if path.is_file():
                return path
    return None


def read_file(path: Path, *, trusted: bool) -> SettingsFile:
    """Read a settings file.

    Parameters
    ----------
    path
        The file; one that does not exist says nothing.
    trusted
        Whether it is the user's own, rather than a project's.

    Raises
    ------
    OptionError
        If it cannot be read, is not TOML, holds an unknown key, a wrong value or a password. The
        message names file and line.

    """
    return parse_file(path, _read_text(path), trusted=trusted)


def parse_file(path: Path, text: str, *, trusted: bool) -> SettingsFile:
    """Read the text of a settings file; as `read_file`, without the disk."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(path, text, error) from error
    _refuse_secrets(path, raw, text)
    reader = _Reader(path, text, trusted)
    # A text is the name of a profile to use, which then stands in another file.
    tables = {} if isinstance(raw.get("profile"), str) else raw.pop("profile", {})
    return SettingsFile(path, reader.values(raw), reader.profiles(tables))


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise OptionError(
            f"{path} is not UTF-8 text (byte {error.start})", hint="save it again as UTF-8"
        ) from error
    except OSError as error:
        raise OptionError(
            f"{path} cannot be read: {error.strerror}", hint="check who may read it, or remove it"
        ) from error


def _not_toml(path: Path, text: str, error: tomllib.TOMLDecodeError) -> OptionError:
    said = str(error)
    found = re.search(r"line (\d+)", said)
    line = found[1] if found else len(text.splitlines())
    hint = "correct that line: key = 'value'; a table starts with [profile.NAME]"
    if "\\" in said or "escape" in said.lower():
        hint = r"write Windows paths in single quotes: 'J:\data'"
    return OptionError(f"{path}:{line} is not TOML: {said}", hint=hint)


def _refuse_secrets(path: Path, table: Mapping[str, object], text: str) -> None:
    for key, value in table.items():
        if _SECRET.search(key) and not isinstance(value, dict):
            raise OptionError(
                f"{path}{_line(text, key)} holds '{shorten(key, _SHOWN)}': "
                "a secret does not belong in a settings file",
                hint="remove that line, change that password, and log in with %omero_login",
            )
        for below in value if isinstance(value, list) else [value]:
            if isinstance(below, dict):
                _refuse_secrets(path, below, text)


def _line(text: str, key: str) -> str:
    """Give ``:3`` where a key stands in one line only: tomllib does not tell."""
    pattern = re.compile(rf"^\s*(?:[\w.'\"-]+\.)?['\"]?{re.escape(key)}['\"]?\s*=")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if pattern.match(line)]
    return f":{lines[0]}" if len(lines) == 1 else ""


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    text: str
    trusted: bool

    def where(self, key: str) -> str:
        return f"{self.path}{_line(self.text, key)}"

    def values(self, raw: Mapping[str, object]) -> dict[str, object]:
        found: dict[str, object] = {}
        for written, value in raw.items():
            key = written.replace("-", "_")
            if key not in KEYS:
                raise OptionError(
                    f"{self.where(written)}: '{shorten(written, _SHOWN)}' is not a setting",
                    hint=did_you_mean(key, (*KEYS, "profile")),
                )
            if key in _OWN and not self.trusted:
                raise OptionError(
                    f"{self.where(written)}: only you may say '{written}'",
                    hint="move this line to your own settings file, if that is what you want",
                )
            found[key] = read_value(key, value, self.where(written))
        return {key: self._beside(key, value) for key, value in found.items()}

    def profiles(self, raw: object) -> dict[str, Profile]:
        tables = raw.items() if isinstance(raw, dict) else [("?", raw)]
        found = {}
        for name, table in tables:
            if not isinstance(table, dict):
                raise OptionError(
                    f"{self.where('profile')}: 'profile' is not a table of profiles",
                    hint="start a profile with a line [profile.NAME]; choose one with --profile",
                )
            fields = read_profile(name, table, self.where, trusted=self.trusted)
            if "ca" in fields:
                fields["ca"] = self._beside("ca", fields["ca"])
            found[name] = Profile(name, origin=str(self.path), trusted=self.trusted, **fields)  # type: ignore[arg-type] # each was read by its own reader
        return found

    def _beside(self, key: str, value: object) -> object:
        """Relative paths in a file start where the file is, not where the kernel happens to be."""
        if key not in _PATHS or not isinstance(value, str) or not value:
            return value
        if is_uri(value) or is_windows_path(value):
            return value
        return str(self.path.parent / value)


def write_text(path: Path, text: str) -> None:
    """Replace a file of the user's as a whole, readable by them alone.

    Raises
    ------
    OSError
        If the folder cannot be made or written; the old file then stands.

    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
