"""Conditions as users of OMERO.tables write them: ``(area>20) & (label=='a')``, ``Image-101``.

The subset of PyTables' syntax that compares columns with each other and with literals. A condition
is parsed, never run as code: columns, literals, operators and a few functions are all it may hold.
"""

from __future__ import annotations

import ast
import re
import unicodedata
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from omero_tables_jupyter.arrays.evaluation import (
    ARITHMETIC,
    COMPARE,
    FUNCTIONS,
    LOGIC,
    Evaluation,
    chain,
    decoded,
    literal_of,
)
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.text import did_you_mean, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from omero_tables_jupyter.arrays.evaluation import Array

__all__ = ["Condition", "parse_query"]

_LONGEST = 10_000
_DEEPEST = 50
_SHOWN = 60
_LARGEST = 2**63
_EXAMPLE = "write for example (area>20) & (label=='a')"
_SHORTHAND = re.compile(r"(\w+)-(\d+)")
_ONE_EQUALS = re.compile(r"(?<![=<>!])=(?!=)")


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the rows of a table.

    Parameters
    ----------
    text
        As it was given.
    names
        The columns that it reads, each once, in the order of the text.

    """

    text: str
    names: tuple[str, ...]
    _tree: ast.expr
    _columns: Mapping[str, str]

    def mask(self, columns: Mapping[str, Any], *, rows: int | None = None) -> Array:
        """Say which rows fulfil the condition.

        Parameters
        ----------
        columns
            A numpy array for each of `names`, all of the same length; more do no harm.
        rows
            How many rows there are; needed only where `columns` is empty.

        Returns
        -------
        numpy.ndarray of bool
            One for each row. NaN fulfils nothing but ``!=``, and ``/`` divides exactly.

        Raises
        ------
        DataError
            If a column is missing, texts meet numbers, numbers meet ``&``, or a whole number grows
            beyond 64 bits.

        """
        missing = [name for name in self.names if name not in columns]
        if missing:
            raise DataError(
                f"the condition needs the column '{missing[0]}', which was not read",
                hint=did_you_mean(missing[0], columns),
            )
        length = rows if rows is not None else next((len(one) for one in columns.values()), 0)
        read = {spelt: columns[name] for spelt, name in self._columns.items()}
        with np.errstate(all="ignore"):
            found = Evaluation(read, self.text).of(self._tree)
        if found.dtype.kind != "b":
            raise DataError(
                f"'{shorten(self.text, _SHOWN)}' gives values, where yes or no is wanted",
                hint="compare with something: (area>20)",
            )
        return np.broadcast_to(found, (length,)).copy()


def parse_query(text: str, names: Iterable[str]) -> Condition:
    """Read a condition.

    Parameters
    ----------
    text
        Comparisons joined by ``&``, ``|`` and ``~``, each in parentheses, with arithmetic inside;
        ``*`` for every row; ``Image-101`` for ``(Image==101)``.
    names
        The columns that exist.

    Raises
    ------
    DataError
        If the text is no such condition, or reads a column that does not exist.

    """
    if not isinstance(text, str):
        raise DataError(f"a condition is a text, not {type(text).__name__}", hint=_EXAMPLE)
    plain = " ".join(text.split("\n")).strip()
    if not plain or len(plain) > _LONGEST:
        size = f"longer than {_LONGEST} characters" if plain else "empty"
        raise DataError(f"the condition is {size}", hint=f"{_EXAMPLE}, or '*' for every row")
    shorthand = _SHORTHAND.fullmatch(plain)
    if shorthand:
        plain = f"({shorthand[1]}=={int(shorthand[2])})"
    tree = _tree("True" if plain == "*" else plain, text)
    reader = _Reader(_spellings(names), text)
    reader.check(tree, 0)
    found = dict(reader.found)
    return Condition(text, tuple(found.values()), tree, found)


def _tree(plain: str, text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            # Python warns of '\d' in a text; the text is the user's, not code.
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            return ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        hint = "compare with '==', as in (area==20)" if _ONE_EQUALS.search(plain) else _EXAMPLE
        raise DataError(f"'{shorten(text, _SHOWN)}' is not a condition", hint=hint) from error


def _spellings(names: Iterable[str]) -> dict[str, list[str]]:
    """Find columns as Python's parser spells them: it turns the micro sign into a Greek letter."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(unicodedata.normalize("NFKC", name), []).append(name)
    return found


class _Reader:
    """Checks each piece of a condition before anything is computed, and collects its columns."""

    def __init__(self, columns: Mapping[str, list[str]], text: str) -> None:
        self._columns = columns
        self._text = shorten(text, _SHOWN)
        self.found: dict[str, str] = {}

    def check(self, node: ast.expr, depth: int) -> None:
        if depth > _DEEPEST:
            raise DataError(f"'{self._text}' is nested too deeply", hint="split it into two reads")
        for child in self._children(node):
            self.check(child, depth + 1)

    def _children(self, node: ast.expr) -> list[ast.expr]:
        """Check one piece, and give the pieces that it is made of."""
        children: list[ast.expr] = []
        literal = literal_of(node)
        match node:
            case _ if literal is not None:
                self._literal(literal.value)
            case ast.Name(id=name):
                self._use(name)
            case ast.UnaryOp(op=ast.Invert() | ast.USub() | ast.UAdd(), operand=operand):
                children = [operand]
            case ast.BinOp(op=op) if type(op) in LOGIC:
                children = chain(node)
            case ast.BinOp(op=op, left=left, right=right) if type(op) in ARITHMETIC:
                children = [left, right]
            case ast.Compare(ops=[op], left=left, comparators=[right]) if type(op) in COMPARE:
                children = [left, right]
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
                children = [self._function(name, argument)]
            case _:
                raise self._refusal(node)
        return children

    def _use(self, name: str) -> None:
        meant = self._columns.get(name, [])
        if len(meant) == 1:
            self.found[name] = meant[0]
            return
        if meant:
            raise DataError(
                f"'{name}' may be any of {len(meant)} columns that look alike",
                hint="rename one of them",
            )
        known = [one for each in self._columns.values() for one in each]
        raise DataError(
            f"the condition reads '{shorten(name, _SHOWN)}', and the table has no such column",
            hint=did_you_mean(name, known),
        )

    def _function(self, name: str, argument: ast.expr) -> ast.expr:
        if name not in FUNCTIONS:
            raise DataError(
                f"a condition knows no function '{shorten(name, _SHOWN)}'",
                hint=did_you_mean(name, FUNCTIONS),
            )
        return argument

    def _literal(self, value: object) -> None:
        whole = isinstance(value, int) and -_LARGEST <= value < _LARGEST
        if whole or isinstance(value, float | str) or decoded(value) is not None:
            return
        shown = shorten(repr(value), _SHOWN) if not isinstance(value, int) else "a number"
        raise DataError(
            f"'{self._text}' holds {shown}, which no column can be compared with",
            hint="compare with 64-bit whole numbers, decimals, texts, True or False",
        )

    def _refusal(self, node: ast.expr) -> DataError:
        match node:
            case ast.BoolOp(op=op):
                word, sign = ("and", "&") if isinstance(op, ast.And) else ("or", "|")
                return DataError(
                    f"'{self._text}' joins conditions with '{word}'",
                    hint=f"use {sign}, with each side in parentheses: (area>20) {sign} (area<90)",
                )
            case ast.UnaryOp(op=ast.Not()):
                return DataError(
                    f"'{self._text}' holds 'not'", hint="use ~ and parentheses: ~(area>20)"
                )
            case ast.Compare(ops=[_, _, *_]):
                return DataError(
                    f"'{self._text}' compares twice in one go",
                    hint="put each comparison in parentheses: (area>20) & (area<90)",
                )
        return DataError(
            f"'{self._text}' holds '{shorten(ast.unparse(node), 30)}', "
            "which is not part of a condition",
            hint=_EXAMPLE,
        )
