"""The types of OMERO objects that can carry a table, by all the names that people give them."""

from __future__ import annotations

import operator
import re
from typing import SupportsIndex

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.text import did_you_mean, redacted, shorten

__all__ = ["EXAMPLES", "SHOWN", "TARGET_TYPES", "checked_id", "checked_type", "known_type", "shown"]

#: The types that can carry a table, as OMERO spells them.
TARGET_TYPES = (
    "Project",
    "Dataset",
    "Image",
    "Screen",
    "Plate",
    "PlateAcquisition",
    "Well",
    "Roi",
)

_TYPE_OF = {
    **{name.casefold(): name for name in TARGET_TYPES},
    **{f"{name.casefold()}s": name for name in TARGET_TYPES},
    "run": "PlateAcquisition",
    "acquisition": "PlateAcquisition",
}
#: OMERO.web links to these as well, but nobody would find a table there.
_NO_CARRIERS = ("tag", "tagset", "fileset", "shape", "experimenter", "group", "field", "wellsample")
_LARGEST_ID = 2**63 - 1
#: How much of a pasted text a message repeats, in characters.
SHOWN = 60
#: The cure for what names no object.
EXAMPLES = "write for example 'Image:101', or paste the object's link from OMERO.web"


def shown(text: str) -> str:
    """Give what a message may repeat of a pasted text: the start and the end, and no secret."""
    return shorten(redacted(text), SHOWN)


def known_type(word: str) -> str | None:
    """Spell a type as OMERO does: ``'images'`` is ``'Image'``; None where it carries no table."""
    return _TYPE_OF.get(word.casefold())


def checked_type(word: object) -> str:
    """Spell a type as OMERO does.

    Raises
    ------
    TargetError
        If OMERO has no such type, or it cannot carry a table.

    """
    if not isinstance(word, str):
        raise TargetError(f"an object's type is a text, not {shown(repr(word))}", hint=EXAMPLES)
    folded = re.sub(r"[\s_]", "", word).casefold()
    if folded in _TYPE_OF:
        return _TYPE_OF[folded]
    kind, dot, _ = folded.partition(".")
    if dot and kind in _TYPE_OF:
        raise TargetError(
            f"'{shown(word)}' looks for a {_TYPE_OF[kind]} by its name, which may fit several",
            hint=f"select the object in OMERO.web and use its id: '{_TYPE_OF[kind]}:ID'",
        )
    if folded in _NO_CARRIERS:
        raise TargetError(
            f"a table cannot be attached to a {folded}",
            hint=f"attach it to one of {', '.join(TARGET_TYPES)}",
        )
    raise TargetError(
        f"'{shown(word)}' is not a type of OMERO object that can carry a table",
        hint=did_you_mean(shown(word), TARGET_TYPES),
    )


def checked_id(number: object, kind: str) -> int:
    """Give an object's id as an int.

    Raises
    ------
    TargetError
        If no object can have it.

    """
    value = _integer(number)
    if value is None or not 0 < value <= _LARGEST_ID:
        raise TargetError(
            f"'{shown(str(number))}' is not an id of OMERO for '{shown(kind)}'",
            hint=f"an id is a whole number from 1 on, as in '{checked_type(kind)}:101'",
        )
    return value


def _integer(number: object) -> int | None:
    """Read an id; None where it is none. A bool is an int to Python, but no id to anybody."""
    if isinstance(number, str):
        plain = number.isascii() and number.isdigit() and len(number) <= len(str(_LARGEST_ID))
        return int(number) if plain else None
    # numpy 1 gives an index for its own bools too
    is_bool = isinstance(number, bool) or str(getattr(number, "dtype", "")) == "bool"
    if is_bool or not isinstance(number, SupportsIndex):
        return None
    try:
        return operator.index(number)
    except TypeError:  # some have the method only to refuse, as numpy's arrays do
        return None
