"""From a table's name to a file's name, the same on every system."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.path_syntax import FORBIDDEN, SUFFIX, is_array_name

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["file_name", "next_version"]

_STEM_BYTES = 200  # of 255: the rest is for a version, the suffix and the name while it is written
_MOST_VERSIONS = 9_999
_UNPRINTED = {"Cc", "Cs", "Zl", "Zp"}
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³])\s*")


def file_name(table_name: str) -> str:
    r"""Turn a table's name into the name of its array: ``My v1.2 results.tiledb``.

    The rule: characters that a system forbids or reads as a folder (``/ \ : * ? " < > |``, control
    characters, line breaks) become ``_``; dots and blanks at the ends go; a name that Windows keeps
    for itself (``CON``, ``nul.v1``) gets a leading ``_``; beyond 200 bytes of UTF-8 a name is cut
    and ends in ``~`` and a digest of the whole; nothing left is ``table``. Dots inside stay.
    """
    stem = unicodedata.normalize("NFC", table_name)
    stem = "".join("_" if unicodedata.category(c) in _UNPRINTED else c for c in stem)
    stem = FORBIDDEN.sub("_", stem).strip().strip(". ").strip()
    if is_array_name(stem):
        stem = stem[: -len(SUFFIX)].rstrip(". ")
    if _RESERVED.fullmatch(stem.partition(".")[0]):
        stem = f"_{stem}"
    return (_cut(stem) or "table") + SUFFIX


def _cut(stem: str) -> str:
    whole = stem.encode()
    if len(whole) <= _STEM_BYTES:
        return stem
    digest = "~" + hashlib.sha256(whole).hexdigest()[:8]
    return whole[: _STEM_BYTES - len(digest)].decode(errors="ignore").rstrip() + digest


def next_version(path: str, exists: Callable[[str], bool]) -> str:
    """Give the first free name of ``x.tiledb``, ``x-2.tiledb``, ``x-3.tiledb``...

    Raises
    ------
    PathError
        If thousands of them stand there already.

    """
    if not exists(path):
        return path
    end = len(path) - len(SUFFIX) if is_array_name(path) else len(path)
    for number in range(2, _MOST_VERSIONS + 1):
        candidate = f"{path[:end]}-{number}{path[end:]}"
        if not exists(candidate):
            return candidate
    raise PathError(f"'{path}' has {_MOST_VERSIONS} versions already", hint="choose another name")
