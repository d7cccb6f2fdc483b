"""From the kinds of a column's cells to its type: one pure function of the whole file's evidence.

Types only depend on which kinds occur, never on where or in which order. So a first block gives
an early answer, later blocks can only add kinds, and the answer for the whole file is the same
whatever the blocks were.

======================================================  ==========================================
the column's cells (besides missing ones)               form
======================================================  ==========================================
any text, quoted number, BIGINT or EXTREME              TEXT
true/false and numbers                                  TEXT
nothing, or only words such as ``NA`` and ``inf``       TEXT (an empty cell is '')
true/false                                              BOOLEAN; TRUTHS (1, 0, NaN) with missing
integers                                                INTEGER; NUMBER (NaN) with missing
decimals, with integers up to 2^53                      NUMBER
decimals or missing, with integers beyond 2^53          TEXT: a float64 would change them
decimals with the mark that the file does not use       TEXT
an ID column of integers or whole decimals, or nothing  ID (int64, missing is -1)
======================================================  ==========================================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.csv.cells import MISSING, NO_KIND, NUMBERS, Kind
from omero_tables_jupyter.arrays.plan import Pick, id_role

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Finding", "First", "Form", "decide", "forms_of", "is_settled", "merged", "uses_comma"]

_NEVER_NUMBERS = Kind.TEXT | Kind.QUOTED | Kind.BIGINT | Kind.EXTREME
_BROKEN = Kind.POINT | Kind.COMMA | Kind.FLOAT | Kind.INF


class Form(Enum):
    """How a column's cells are turned into stored values."""

    TEXT = auto()
    INTEGER = auto()
    NUMBER = auto()
    BOOLEAN = auto()
    TRUTHS = auto()
    ID = auto()


@dataclass(frozen=True, slots=True)
class First:
    """The first cell of a kind in a column; rows count from 0."""

    kind: Kind
    row: int
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a column: the kinds that occur in it, and where some of them begin."""

    kinds: Kind = NO_KIND
    firsts: tuple[First, ...] = ()

    def first(self, kinds: Kind) -> First | None:
        """Give the first cell of any of these kinds, if one is known."""
        return min((one for one in self.firsts if one.kind & kinds), key=_row, default=None)


def merged(one: Finding, other: Finding) -> Finding:
    """Join what two parts of a file tell about a column."""
    firsts: dict[Kind, First] = {}
    for first in sorted((*one.firsts, *other.firsts), key=_row):
        firsts.setdefault(first.kind, first)
    return Finding(one.kinds | other.kinds, tuple(firsts.values()))


def _row(first: First) -> int:
    return first.row


def forms_of(
    picks: Sequence[Pick], findings: Sequence[Finding], *, comma: bool
) -> tuple[Form, ...]:
    """Decide the form of each picked column."""
    return tuple(
        Form.TEXT
        if pick.as_text
        else decide(found.kinds, is_id=bool(id_role(pick.name)), comma=comma)
        for pick, found in zip(picks, findings, strict=True)
    )


def decide(kinds: Kind, *, is_id: bool, comma: bool) -> Form:
    """Decide what a column becomes.

    Parameters
    ----------
    kinds
        All kinds that occur in it.
    is_id
        Whether OMERO takes a column of this name as ids.
    comma
        Whether the file's decimal mark is the comma.

    """
    if kinds & _NEVER_NUMBERS or kinds & (Kind.POINT if comma else Kind.COMMA):
        return Form.TEXT
    if kinds & Kind.TRUTH:
        return _truths(kinds, is_id=is_id)
    if not kinds & NUMBERS:
        is_nothing = bool(kinds) and not kinds & ~MISSING
        return Form.ID if is_id and is_nothing else Form.TEXT
    if is_id:
        return Form.ID
    if not kinds & (_BROKEN | MISSING):
        return Form.INTEGER
    return Form.TEXT if kinds & Kind.WIDE else Form.NUMBER


def _truths(kinds: Kind, *, is_id: bool) -> Form:
    if is_id or kinds & (NUMBERS | Kind.INF):
        return Form.TEXT
    return Form.TRUTHS if kinds & MISSING else Form.BOOLEAN


def is_settled(kinds: Kind, *, is_id: bool) -> bool:
    """Tell whether a column is text whatever else the file may hold.

    A column that is empty so far, or whose numbers have the other decimal mark, is not.
    """
    if kinds & _NEVER_NUMBERS:
        return True
    if not kinds & (NUMBERS | Kind.TRUTH):
        return False
    return all(decide(kinds, is_id=is_id, comma=comma) is Form.TEXT for comma in (False, True))


def uses_comma(kinds: Iterable[Kind]) -> bool:
    """Tell whether some column is made of decimals with a comma, and of nothing but numbers."""
    return any(
        one & Kind.COMMA and not one & (_NEVER_NUMBERS | Kind.POINT | Kind.TRUTH) for one in kinds
    )
