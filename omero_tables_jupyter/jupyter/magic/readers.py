"""What stands after an option -> its value: each reader takes one text, or says what it lacks."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "delimiter",
    "flag",
    "one_of",
    "positive",
    "renaming",
    "some_names",
    "some_text",
    "unflag",
    "variable_name",
]

_ARROW = "=>"
# A name in double quotes of its own may hold commas, signs and blanks at its ends, or nothing.
_QUOTED = re.compile(r'(?:(?<=^)|(?<=[\s,=>]))"(?:[^"]|"")*"(?=\s*(?:$|,|=))')
_NAME = re.compile(r'\s*(?:(?P<quoted>"(?:[^"]|"")*")|(?P<plain>[^,]*?))\s*(?:,|$)')
_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": " "}


def flag(text: str) -> bool:
    """Read the value of a flag, which may be left away: ``''``, ``true``, ``no``."""
    known = {
        "": True,
        "true": True,
        "yes": True,
        "on": True,
        "false": False,
        "no": False,
        "off": False,
    }
    try:
        return known[text.casefold()]
    except KeyError:
        raise OptionError(
            f"{text!r} is neither true nor false",
            hint="leave the value away, or write true or false",
        ) from None


def unflag(text: str) -> bool:
    """Read the value of a flag that turns something off, as ``--no-probe`` does."""
    return not flag(text)


def one_of(*choices: str) -> Callable[[str], str]:
    """Make the reader of one of a few words, in any case."""
    by_fold = {choice.casefold(): choice for choice in choices}

    def read(text: str) -> str:
        if text.casefold() not in by_fold:
            raise OptionError(
                f"{text!r} is none of {', '.join(choices)}", hint=did_you_mean(text, choices)
            )
        return by_fold[text.casefold()]

    return read


def positive(text: str) -> int:
    """Read a whole number above 0."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise OptionError(
            f"{text!r} is not a whole number above 0", hint="write digits only, such as 50000"
        )
    return number


def some_names(text: str) -> tuple[str, ...]:
    """Read names of columns, between commas."""
    names = tuple(
        _unquoted(found["quoted"]) if found["quoted"] else found["plain"]
        for found in _NAME.finditer(text)
        if found["quoted"] or found["plain"]
    )
    if not names:
        raise OptionError(
            f"{text!r} names no column", hint="write the names with commas between: area,label"
        )
    return names


def _unquoted(quoted: str) -> str:
    return quoted[1:-1].replace('""', '"')


def renaming(text: str) -> tuple[str, str]:
    """Read an old name and a new one: ``old=new``, or ``old=>new`` where a name holds an =."""
    sign = _ARROW if _ARROW in _QUOTED.sub("", text) else "="
    return _pair(text, sign, "old=new (or old=>new where a name holds an =)")


def _pair(text: str, sign: str, example: str) -> tuple[str, str]:
    plain = _QUOTED.sub(lambda found: "_" * len(found[0]), text)
    if plain.count(sign) != 1:
        found = "no" if sign not in plain else "more than one"
        raise OptionError(
            f"{text!r} holds {found} {sign!r}",
            hint=f"write {example}, and repeat the option for more",
        )
    at = plain.index(sign)
    left, right = text[:at].strip(), text[at + len(sign) :].strip()
    if not (left and right):
        raise OptionError(f"{text!r} has nothing on one side of {sign!r}", hint=f"write {example}")
    return _name(left), _name(right)


def _name(text: str) -> str:
    return _unquoted(text) if _QUOTED.fullmatch(text) else text


def delimiter(text: str) -> str:
    """Read the character between the columns of a text file, which may be named: ``tab``."""
    character = _DELIMITERS.get(text.casefold(), text)
    if len(character) != 1:
        raise OptionError(f"{text!r} is not one character", hint='write ";", "," or tab')
    return character


def variable_name(text: str) -> str:
    """Read the name of a variable."""
    if not text.isidentifier() or keyword.iskeyword(text):
        raise OptionError(
            f"{text!r} cannot be the name of a variable", hint="write a name such as done"
        )
    return text


def some_text(text: str) -> str:
    """Read a text that is not empty."""
    if not text:
        raise OptionError("the value is empty", hint="write a value, or leave the option away")
    return text
