"""Strings for people: counts, sizes, durations, and what a mistyped word was meant to be."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "clock",
    "count",
    "did_you_mean",
    "duration",
    "first_of",
    "plural",
    "rate",
    "redacted",
    "shorten",
    "size",
]

_LISTED = 8
_WORD_WIDTH = 60
_CLOSE_ENOUGH = 0.6
_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")
_THOUSAND = 1000
_MINUTE_S = 60
_ROUND_FROM = 10
_SECRET_VALUE = re.compile(
    r"(?i)((?:b?session|sess|password|passwd|pwd|pass|token|secret|csrf|key)[\w.-]*\s*=\s*)[^&|#\s]+"
)
_USER_INFO = re.compile(r"//[^/?#\s]*@")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Say which known word a mistyped one was meant to be.

    Parameters
    ----------
    word
        What was typed.
    candidates
        The words that exist, in the order in which they should be listed.

    Returns
    -------
    str
        A ready hint: ``did you mean 'area'?``, else ``there are: 'area', 'label'``,
        else ``there is none``.

    """
    known = list(dict.fromkeys(candidates))
    if not known:
        return "there is none"
    close = _closest(word, known)
    if close:
        return f"did you mean {' or '.join(_quoted(one) for one in close)}?"
    listed = ", ".join(_quoted(one) for one in known[:_LISTED])
    more = len(known) - _LISTED
    verb = "is" if len(known) == 1 else "are"
    return f"there {verb}: {listed}" + (f" and {count(more)} more" if more > 0 else "")


def _closest(word: str, known: list[str]) -> list[str]:
    same = [one for one in known if one.casefold() == word.casefold()]
    if same:
        return same[:2]
    folded: dict[str, str] = {}
    for one in known:
        folded.setdefault(one.casefold(), one)
    close = difflib.get_close_matches(word.casefold(), folded, n=2, cutoff=_CLOSE_ENOUGH)
    return [folded[one] for one in close]


def _quoted(word: str) -> str:
    return f"'{shorten(word, _WORD_WIDTH)}'"


def plural(number: int, noun: str) -> str:
    """Count things: ``1 row``, ``2 rows``, ``48 212 rows``, ``3 entries``."""
    return f"{count(number)} {noun if number == 1 else _many(noun)}"


def _many(noun: str) -> str:
    if noun.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}s"


def count(number: int) -> str:
    """Group an integer by thousands with plain spaces: ``48 212``."""
    return f"{int(number):,}".replace(",", " ")


def first_of(texts: Sequence[str], most: int) -> str:
    """List the first of many texts: ``a; b; and 98 more``."""
    more = len(texts) - most
    # "and 1 more" would be no shorter than the last
    return "; ".join(texts if more <= 1 else [*texts[:most], f"and {count(more)} more"])


def size(n_bytes: float) -> str:
    """Write a size in bytes: ``812 bytes``, ``1.4 kB``, ``14 MB`` (1 kB is 1000 bytes)."""
    amount = float(n_bytes)
    unit = 0
    # Compared as it will be shown, so that 999 999 bytes are '1.0 MB' and not '1000 kB'.
    while round(amount) >= _THOUSAND and unit < len(_UNITS) - 1:
        amount /= _THOUSAND
        unit += 1
    if unit == 0:
        return plural(round(amount), "byte")
    return f"{_figures(amount)} {_UNITS[unit]}"


def _figures(amount: float) -> str:
    return f"{amount:.1f}" if round(amount, 1) < _ROUND_FROM else count(round(amount))


def duration(seconds: float) -> str:
    """Write a time span: ``0.4 s``, ``12 s``, ``2:05``, ``1:00:00``."""
    seconds = max(float(seconds), 0.0)
    if round(seconds) < _MINUTE_S:
        return f"{_figures(seconds)} s"
    return clock(seconds)


def clock(seconds: float) -> str:
    """Write a time span as a clock does: ``0:02``, ``2:05``, ``1:00:00``."""
    minutes, rest = divmod(max(round(seconds), 0), _MINUTE_S)
    hours, minutes = divmod(minutes, _MINUTE_S)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def rate(rows_per_s: float) -> str:
    """Write a speed as the progress line does: ``850/s``, ``98 k/s``, ``1.2 M/s``."""
    amount = max(float(rows_per_s), 0.0)
    for unit in ("", " k", " M"):
        if round(amount) < _THOUSAND:
            return f"{_figures(amount) if unit else round(amount)}{unit}/s"
        amount /= _THOUSAND
    return f"{_figures(amount)} G/s"


def shorten(text: str, width: int) -> str:
    """Put a text on one line of at most `width` characters, its middle replaced by ``…``."""
    line = " ".join(text.split())
    if len(line) <= width:
        return line
    if width < 1:
        return ""
    head = width // 2
    tail = width - head - 1
    return f"{line[:head]}…{line[len(line) - tail :]}"


def redacted(text: str) -> str:
    """Replace what may be a session key or a password in a link or a pasted text by ``***``.

    Values of parameters such as ``bsession=``, a user and password before a host name, and
    everything of the form of an OMERO session key go, percent-encoded or not.
    """
    hidden = _hidden(text)
    decoded = unquote(text)
    if decoded != text and _hidden(decoded) != decoded:
        return _hidden(decoded)
    return hidden


def _hidden(text: str) -> str:
    text = _SECRET_VALUE.sub(r"\1***", text)
    text = _USER_INFO.sub("//***@", text)
    return _UUID.sub("***", text)
