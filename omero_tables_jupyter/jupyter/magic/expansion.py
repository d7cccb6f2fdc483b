"""``{name}``, ``{obj.attr}``, ``{x:fmt}`` and ``$name`` in a value; names only, never calls."""

from __future__ import annotations

import builtins
import re
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.text import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["expand", "has_placeholder", "user_names"]

_PIECE = re.compile(
    r"""
    (?P<escape>  \{\{ | \}\} | \$\$ )
  | \$\{
  | \{ (?P<path> [^{}:!]* ) (?: : (?P<spec> [^{}]* ) )? \}
  | \$ (?P<name> [^\W\d]\w* )
  | (?P<stray> [{}] )
    """,
    re.VERBOSE,
)


def has_placeholder(text: str) -> bool:
    """Say whether `expand` would change the text (or refuse it)."""
    return _PIECE.search(text) is not None


def user_names(namespace: Mapping[str, Any]) -> list[str]:
    """List the names that a user gave, without IPython's own."""
    ipython = {"In", "Out", "exit", "quit", "open", "get_ipython"}
    return [name for name in namespace if not name.startswith("_") and name not in ipython]


def expand(text: str, namespace: Mapping[str, Any]) -> str:
    """Put the values of variables into a text.

    Parameters
    ----------
    text
        With ``{name}``, ``{obj.attr}``, ``{x:.2f}`` or ``$name``; ``{{``, ``}}`` and ``$$`` stand
        for the characters themselves.
    namespace
        The user's variables.

    Returns
    -------
    str
        The text with the values in place.

    Raises
    ------
    OptionError
        For a name or attribute that does not exist, anything that is not a plain name, and a value
        that is no single line of text.

    """
    return _PIECE.sub(lambda piece: _value(piece, text, namespace), text)


def _value(piece: re.Match[str], text: str, namespace: Mapping[str, Any]) -> str:
    if piece["escape"]:
        return piece["escape"][0]
    if piece["name"]:
        return _formatted(piece[0], _look_up(piece[0], [piece["name"]], namespace), "")
    if piece["path"] is None:
        raise OptionError(
            f"{piece[0]!r} in {text!r} stands alone",
            hint="write {name} for a variable's value, or {{, }} and $$ for the signs themselves",
        )
    parts = [part.strip() for part in piece["path"].split(".")]
    if not all(part.isidentifier() for part in parts):
        raise OptionError(
            f"{piece[0]} in {text!r} is not the name of a variable",
            hint="only {name}, {name.attribute} and {name:format} are filled in: give the value a "
            "name in a cell first, or write {{ and }} for braces",
        )
    return _formatted(piece[0], _look_up(piece[0], parts, namespace), piece["spec"] or "")


def _look_up(shown: str, parts: list[str], namespace: Mapping[str, Any]) -> Any:
    name, *attributes = parts
    if name not in namespace:
        raise OptionError(
            f"{shown}: there is no variable {name!r}", hint=_name_hint(shown, name, namespace)
        )
    value = namespace[name]
    for attribute in attributes:
        if attribute.startswith("_"):
            raise OptionError(
                f"{shown}: {attribute!r} is private",
                hint="put its value in a variable of your own first",
            )
        try:
            value = getattr(value, attribute)
        except AttributeError as error:
            known = [one for one in dir(value) if not one.startswith("_")]
            raise OptionError(
                f"{shown}: {type(value).__name__} has no {attribute!r}",
                hint=did_you_mean(attribute, known),
            ) from error
    return value


def _name_hint(shown: str, name: str, namespace: Mapping[str, Any]) -> str:
    literal = shown.replace("{", "{{").replace("}", "}}").replace("$", "$$")
    if hasattr(builtins, name):
        return f"give it a value in a cell first, or write {literal} for the characters themselves"
    guess = did_you_mean(name, user_names(namespace))
    return f"{guess}\nor write {literal} for the characters themselves"


def _formatted(shown: str, value: Any, spec: str) -> str:
    try:
        text = format(value, spec) if spec else str(value)
    except (TypeError, ValueError) as error:
        raise OptionError(
            f"{shown}: {spec!r} does not fit a {type(value).__name__}",
            hint="use a format such as {x:.2f} for a number or {day:%Y-%m-%d} for a date",
        ) from error
    if len(text.splitlines()) > 1:
        raise OptionError(
            f"{shown} is a {type(value).__name__} of several lines: {shorten(text, 40)!r}",
            hint="an option takes one line of text: name a variable with a number or a short text",
        )
    return text
