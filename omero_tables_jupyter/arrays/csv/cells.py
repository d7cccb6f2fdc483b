"""What a single cell of a CSV file is: the grammar, value by value.

============================================  =========  ==========================================
cell                                          kind       why
============================================  =========  ==========================================
(nothing), also between quotes                EMPTY      missing
``NA n/a NaN null None #N/A``, any case       MARKER     missing in number columns, else text
``true FALSE``, any case                      TRUTH
``0 -7 42``, up to 2^53                       INT        exact as a float64 too
the same, up to int64                         WIDE       exact as an int64 only
the same, beyond int64                        BIGINT     text: no type of OMERO's holds it
``0.5 .5 5. 1.5e-3``                          POINT
``0,5 1,5e-3``                                COMMA      a number only where the comma is decimal
``1e5 -0``                                    FLOAT      ``-0`` as an integer would lose its sign
``inf -Infinity``, any case                   INF        what pandas and R write for infinity
``1e400 1e-400``                              EXTREME    text: a float64 would be infinite or 0
any of these (not EMPTY) between quotes       QUOTED     text: whoever quotes a number means text
``007 -01 +5 0x1F 1_000 ' 5' 2024-01-02 ...`` TEXT       exactly the file's own characters
============================================  =========  ==========================================
"""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from omero_tables_jupyter.arrays.plan import EXACT, INT64_MAX, INT64_MIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MISSING", "NO_KIND", "NUMBERS", "Kind", "classify", "mark_fractions", "parse_floats"]


class Kind(IntFlag):
    """The kinds of cell; a column's evidence is the union of its cells' kinds."""

    EMPTY = 1
    MARKER = 2
    TRUTH = 4
    INT = 8
    WIDE = 16
    BIGINT = 32
    POINT = 64
    COMMA = 128
    FLOAT = 256
    INF = 512
    EXTREME = 1024
    QUOTED = 2048
    TEXT = 4096
    #: Beside FLOAT, POINT, COMMA or INF in an ID column: not a whole number that an id could be.
    FRACTION = 8192


NO_KIND: Final = Kind(0)
MISSING: Final = Kind.EMPTY | Kind.MARKER
NUMBERS: Final = Kind.INT | Kind.WIDE | Kind.POINT | Kind.COMMA | Kind.FLOAT

_MARKERS = pa.array(["na", "n/a", "nan", "null", "none", "#n/a"])
_TRUTHS = pa.array(["true", "false"])
_INFINITIES = pa.array(["inf", "-inf", "infinity", "-infinity"])
_INTEGER = r"^(0|-?[1-9][0-9]*)$"
_NUMBER = r"^-?((0|[1-9][0-9]*)([.,][0-9]*)?|[.,][0-9]+)([eE][-+]?[0-9]+)?$"
_NOT_ZERO = r"^[^eE]*[1-9]"
# So many characters at most are an integer that a float64 holds, sign and all.
_SURELY_EXACT = 15


def classify(values: Any, quoted: NDArray[np.bool_] | None = None) -> NDArray[np.uint16]:
    """Give the kind of each cell, by the grammar and nothing else.

    Parameters
    ----------
    values
        The cells' text without quotes, as an Arrow string array of length n without nulls.
    quoted
        Which cells stood between quotes, shape (n,); None where none did.

    Returns
    -------
    ndarray of uint16, shape (n,)
        One `Kind` a cell.

    """
    lower = pc.ascii_lower(values)
    kinds = np.full(len(values), Kind.TEXT, np.uint16)
    kinds[_mask(pc.is_in(lower, _MARKERS))] = Kind.MARKER
    kinds[_mask(pc.is_in(lower, _TRUTHS))] = Kind.TRUTH
    kinds[_mask(pc.is_in(lower, _INFINITIES))] = Kind.INF
    _mark_numbers(values, kinds)
    empty = _mask(pc.equal(pc.binary_length(values), 0))
    kinds[empty] = Kind.EMPTY
    if quoted is not None:
        kinds[quoted & ~empty & (kinds != Kind.TEXT)] = Kind.QUOTED
    return kinds


def mark_fractions(values: Any, kinds: NDArray[np.uint16]) -> None:
    """Add FRACTION to the `kinds` of decimals that are not exactly a whole number, in place."""
    decimal = np.flatnonzero(kinds & (Kind.POINT | Kind.COMMA | Kind.FLOAT | Kind.INF))
    floats = parse_floats(values.take(pa.array(decimal))).to_numpy()
    is_whole = (np.trunc(floats) == floats) & (np.abs(floats) <= EXACT)
    kinds[decimal[~is_whole]] |= np.uint16(Kind.FRACTION)


def parse_floats(values: Any) -> Any:
    """Read decimal texts as float64, correctly rounded; a comma is read as a point.

    Raises
    ------
    pyarrow.ArrowInvalid
        When a value is no number. Arrow takes more than the grammar (``007``): check first.

    """
    return pc.cast(pc.replace_substring(values, ",", "."), pa.float64())


def _mark_numbers(values: Any, kinds: NDArray[np.uint16]) -> None:
    number = _mask(pc.match_substring_regex(values, _NUMBER))
    if not number.any():
        return
    kinds[number] = Kind.FLOAT
    kinds[number & _mask(pc.match_substring(values, "."))] = Kind.POINT
    kinds[number & _mask(pc.match_substring(values, ","))] = Kind.COMMA
    whole = _mask(pc.match_substring_regex(values, _INTEGER))
    kinds[whole] = _integer_kinds(values.filter(pa.array(whole)))
    broken = np.flatnonzero(number & ~whole)
    kinds[broken[_is_extreme(values.take(pa.array(broken)))]] = Kind.EXTREME


def _integer_kinds(values: Any) -> NDArray[np.uint16]:
    kinds = np.full(len(values), Kind.INT, np.uint16)
    long = np.flatnonzero(pc.binary_length(values).to_numpy() > _SURELY_EXACT)
    kinds[long] = [_integer_kind(text) for text in values.take(pa.array(long)).to_pylist()]
    return kinds


def _integer_kind(text: str) -> Kind:
    if len(text) > len(str(INT64_MIN)):  # int() refuses very long texts
        return Kind.BIGINT
    number = int(text)
    if -EXACT <= number <= EXACT:
        return Kind.INT
    return Kind.WIDE if INT64_MIN <= number <= INT64_MAX else Kind.BIGINT


def _is_extreme(values: Any) -> NDArray[np.bool_]:
    floats = parse_floats(values).to_numpy()
    vanished = (floats == 0) & _mask(pc.match_substring_regex(values, _NOT_ZERO))
    return np.asarray(vanished | ~np.isfinite(floats))


def _mask(booleans: Any) -> NDArray[np.bool_]:
    return np.asarray(booleans.to_numpy(zero_copy_only=False), dtype=np.bool_)
