"""Columns of Python objects: what they hold, and cells for each kind."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from omero_tables_jupyter.arrays.cells import (
    Cells,
    Nothing,
    Refused,
)
from omero_tables_jupyter.arrays.missing import missing_in
from omero_tables_jupyter.arrays.object_numbers import (
    ObjectBooleans,
    ObjectDecimals,
    ObjectDurations,
    ObjectIntegers,
    ObjectNumbers,
)
from omero_tables_jupyter.arrays.object_texts import (
    NESTED,
    AnyAsText,
    Nested,
    ObjectDates,
    ObjectMoments,
    ObjectSpans,
    ObjectTexts,
    ObjectTimes,
)
from omero_tables_jupyter.arrays.plan import row_words
from omero_tables_jupyter.arrays.rules import Trouble
from omero_tables_jupyter.model import FixKind

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["object_cells"]

_TYPES: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("text", (str,)),
    ("true/false", (bool, np.bool_)),
    # Before the integers: NumPy counts its time spans among them.
    ("time spans", (dt.timedelta, np.timedelta64)),
    ("whole numbers", (int, np.integer)),
    ("numbers", (float, np.floating)),
    ("decimals", (decimal.Decimal,)),
    ("complex numbers", (complex, np.complexfloating)),
    ("dates and times", (dt.datetime, np.datetime64)),
    ("dates", (dt.date,)),
    ("times of day", (dt.time,)),
    ("lists", NESTED),
    ("bytes", (bytes, bytearray, memoryview)),
    ("periods", (pd.Period,)),
    ("intervals", (pd.Interval,)),
)
_NOTHING = (type(None), type(pd.NaT), type(pd.NA))
_NUMBERS = {"whole numbers", "numbers"}
_WITH_NAN = {"numbers", "complex numbers"}


def object_cells(values: np.ndarray, *, ids: bool, as_text: bool) -> Cells:
    """Choose the cells for a column of Python objects.

    Parameters
    ----------
    values
        The whole column.
    ids
        Whether its name asks for whole numbers.
    as_text
        Whether the user wants text whatever it holds.

    """
    words = _words_of(values)
    if not words:
        return Nothing()
    # Whole numbers and others go together; any other mixture has no word.
    word = "numbers" if words == _NUMBERS else "".join(words) if len(words) == 1 else ""
    if word in _CELLS_OF_IDS:
        return _CELLS_OF_IDS[word](ids=ids)
    if word in _CELLS:
        return _CELLS[word]()
    if as_text:
        return AnyAsText()
    return Refused(_unknown(values, word) if word else _mixed(values))


def _words_of(values: np.ndarray) -> set[str]:
    """Give the words for what the cells hold, leaving out the missing."""
    types = set(map(type, values)).difference(_NOTHING)
    words = {_word(one) for one in types}
    # A float or a decimal among others may be the NaN of a missing value, and NumPy has times that
    # are none.
    if len(words) > 1 or words & _WITH_NAN:
        present = values[_present(values)]
        words = {_word(one) for one in set(map(type, present))}
    return words


def _word(one: type) -> str:
    for word, types in _TYPES:
        if issubclass(one, types):
            return word
    return f"objects of type {one.__name__}"


def _present(values: np.ndarray) -> list[int]:
    return [int(position) for position in np.flatnonzero(~missing_in(values))]


def _mixed(values: np.ndarray) -> Trouble:
    present = _present(values)
    usual = _word(type(values[present[0]]))
    row = next(one for one in present if _word(type(values[one])) != usual)
    other = _word(type(values[row]))
    return Trouble(
        row,
        f"mixes {usual} and {other} {row_words(row, values[row])}",
        "correct the value, or store the column as text: {as_text}",
        FixKind.AS_TEXT,
    )


def _unknown(values: np.ndarray, word: str) -> Trouble:
    row = _present(values)[0]
    what = f"holds {word}, which OMERO tables cannot store {row_words(row, values[row])}"
    return Trouble(row, what, _CURES.get(word, _CURES[""]), FixKind.AS_TEXT)


_CURES = {
    "": "store it as text: {as_text}",
    "bytes": "store it as text: {as_text}, or decode it first: "
    "frame['{column}'] = frame['{column}'].str.decode('latin-1')",
    "complex numbers": (
        "split it into two columns, frame['{column}'].to_numpy().real and .imag, or store it as "
        "text: {as_text}"
    ),
}


_CELLS_OF_IDS: dict[str, Callable[..., Cells]] = {
    "numbers": ObjectNumbers,
    "decimals": ObjectDecimals,
}
_CELLS: dict[str, Callable[[], Cells]] = {
    "text": ObjectTexts,
    "true/false": ObjectBooleans,
    "time spans": ObjectDurations,
    "whole numbers": ObjectIntegers,
    "dates and times": ObjectMoments,
    "dates": ObjectDates,
    "times of day": ObjectTimes,
    "lists": Nested,
    "periods": ObjectSpans,
    "intervals": ObjectSpans,
}
