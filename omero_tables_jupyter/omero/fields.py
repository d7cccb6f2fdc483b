"""Fields of a reply that nobody vouches for: each is of its type, or an error names the request."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard

from omero_tables_jupyter.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "child",
    "entries",
    "identifier",
    "integers",
    "is_integer",
    "mapping_of",
    "maybe_child",
    "maybe_id",
    "number",
    "number_or",
    "plain",
    "real",
    "refuse",
    "text",
    "texts",
    "words",
]

_LARGEST_ID = 2**63 - 1
#: No name of OMERO's is so long; what is cut is shown, and nothing else is done with it.
_LONGEST = 10_000
_HINT = (
    "check that the address is that of OMERO.web itself (address and prefix), with no other site "
    "or login page before it; if it is, show this message to its administrator"
)


def refuse(asked: str, why: str) -> NoReturn:
    """Raise the error of a reply that is not of the form that OMERO.web gives.

    Raises
    ------
    ProtocolError
        Always.

    """
    raise ProtocolError(
        f"the server's answer to the request for {asked} is not what OMERO.web gives: {why}",
        hint=_HINT,
    )


def mapping_of(value: object, asked: str) -> dict[str, Any]:
    """Take a JSON object, or refuse the reply."""
    if not isinstance(value, dict):
        refuse(asked, f"{_kind(value)} where an object belongs")
    return value


def child(entry: dict[str, Any], name: str, asked: str) -> dict[str, Any]:
    """Take a field that is a JSON object, or refuse the reply."""
    found: dict[str, Any] = _field(entry, name, asked, lambda value: isinstance(value, dict))
    return found


def entries(entry: dict[str, Any], name: str, asked: str) -> list[Any]:
    """Take a field that is a list, or refuse the reply."""
    found: list[Any] = _field(entry, name, asked, lambda value: isinstance(value, list))
    return found


def text(entry: dict[str, Any], name: str, asked: str) -> str:
    """Take a field that is text, or refuse the reply."""
    found: str = _field(entry, name, asked, lambda value: isinstance(value, str))
    return found


def texts(entry: dict[str, Any], name: str, asked: str) -> tuple[str, ...]:
    """Take a field that is a list of texts, or refuse the reply."""
    found = entries(entry, name, asked)
    if not all(isinstance(one, str) for one in found):
        refuse(asked, f"'{name}' holds something else than text")
    return tuple(found)


def number(entry: dict[str, Any], name: str, asked: str) -> int:
    """Take a field that is an integer from 0 on, or refuse the reply."""
    found: int = _field(entry, name, asked, lambda value: is_integer(value) and value >= 0)
    return found


def identifier(entry: dict[str, Any], name: str, asked: str) -> int:
    """Take a field that is an object's id, or refuse the reply."""
    found: int = _field(entry, name, asked, lambda value: maybe_id(value) is not None)
    return found


def maybe_child(entry: dict[str, Any], name: str) -> dict[str, Any]:
    """Take a field that is a JSON object; an empty one where it is not there."""
    found = entry.get(name)
    return found if isinstance(found, dict) else {}


def plain(entry: dict[str, Any], name: str) -> str:
    """Take a text that may be missing; control characters, which a terminal would obey, go."""
    value = entry.get(name)
    return _one_line(value[:_LONGEST]) if isinstance(value, str) else ""


def words(value: object) -> str:
    """Take what a server says in its own words, in a text or several; '' where there is none.

    They are not cut: whoever shows them clears them of secrets first, lest half of one is left.
    """
    said = [*value.values()] if isinstance(value, dict) else value
    said = said if isinstance(said, list) else [said]
    return "; ".join(_one_line(one) for one in said if isinstance(one, str))


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)


def number_or(entry: dict[str, Any], name: str, default: int) -> int:
    """Take a field that is an integer, or the default."""
    value = entry.get(name)
    return value if is_integer(value) else default


def integers(value: object) -> tuple[int, ...]:
    """Take the integers out of what should be a list of them."""
    return tuple(one for one in value if is_integer(one)) if isinstance(value, list) else ()


def maybe_id(value: object) -> int | None:
    """Take an object's id; None where it is none."""
    return value if is_integer(value) and 0 < value <= _LARGEST_ID else None


def real(value: object) -> float | None:
    """Take a number that a float holds; None where it is none."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return float(value) if is_integer(value) and abs(value) <= _LARGEST_ID else None


def is_integer(value: object) -> TypeGuard[int]:
    """Tell an integer from JSON's true and false, which Python counts among them."""
    return isinstance(value, int) and not isinstance(value, bool)


def _field(entry: dict[str, Any], name: str, asked: str, fits: Callable[[object], bool]) -> Any:
    if name not in entry:
        refuse(asked, f"'{name}' is missing")
    if not fits(entry[name]):
        refuse(asked, f"'{name}' is {_kind(entry[name])}")
    return entry[name]


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, float):
        return "a number with a fraction" if math.isfinite(value) else "not a number"
    names = {bool: "true or false", int: "the wrong number", str: "text", list: "a list"}
    return names.get(type(value), "an object")
