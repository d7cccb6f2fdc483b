"""Secrets that have found their way into a text, such as that of a saved notebook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from omero_tables_jupyter.model import Secret

__all__ = ["Leak", "find_leaks"]

#: What stands between a telling name and a value that is written out: ``password="..."``.
_GIVEN = r"""\\?["']?\s*[=:]\s*\\?["']"""
_PATTERNS = (
    ("a session key in a link", re.compile(r"(?i)[?&]bsession=[\w%-]{8,}")),
    (
        "a session key",
        re.compile(rf"(?i)\b(?:session_?key|sessionUuid|bsession){_GIVEN}[\w-]{{8,}}"),
    ),
    ("a SecretToken", re.compile(rf"(?i)\b(?:x-)?secret_?token{_GIVEN}[\w-]{{8,}}")),
    ("a password", re.compile(rf"(?i)\bpassw(?:or)?d{_GIVEN}[^\"'\\\s]+")),
    ("a password in an address", re.compile(r"//[^/?#\s\"'@]+:[^/?#\s\"'@]+@")),
)
_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Leak:
    """What kind of secret stands on which line, counted from 1; never the secret itself."""

    kind: str
    line: int


def find_leaks(text: str, secrets: Iterable[tuple[str, Secret]] = ()) -> tuple[Leak, ...]:
    """Find what should not be in a text.

    Parameters
    ----------
    text
        The text, such as a notebook's file.
    secrets
        What is known to be secret, each with its kind in words; too short ones are not looked for,
        since they would be found everywhere.

    Returns
    -------
    tuple of Leak
        One a kind and line, in the text's order.

    """
    known = [(kind, re.compile(re.escape(one.reveal()))) for kind, one in secrets if _tells(one)]
    found = {
        Leak(kind, text.count("\n", 0, hit.start()) + 1)
        for kind, pattern in (*known, *_PATTERNS)
        for hit in pattern.finditer(text)
    }
    return tuple(sorted(found, key=lambda leak: (leak.line, leak.kind)))


def _tells(secret: Secret) -> bool:
    return len(secret.reveal()) >= _SHORTEST
