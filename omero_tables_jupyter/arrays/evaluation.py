"""Computing a condition over arrays: 64 bits wide, and never silently wrong."""

from __future__ import annotations

import ast
from functools import reduce
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "ARITHMETIC",
    "COMPARE",
    "FUNCTIONS",
    "LOGIC",
    "Array",
    "Evaluation",
    "chain",
    "decoded",
    "literal_of",
]

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]

_SHOWN = 60
_BEYOND = float(2**63)

COMPARE: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
}
ARITHMETIC: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.Mod: np.fmod,
    ast.Pow: np.power,
}
#: The operators whose result may leave the range of 64-bit integers.
_GROWING = (ast.Add, ast.Sub, ast.Mult, ast.Pow)
LOGIC: dict[type[ast.AST], Callable[..., Any]] = {
    ast.BitAnd: np.logical_and,
    ast.BitOr: np.logical_or,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.absolute,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "floor": np.floor,
    "ceil": np.ceil,
}


def literal_of(node: ast.expr) -> ast.Constant | None:
    """Give a literal; ``-5`` is one, as the least 64-bit integer has no positive counterpart."""
    match node:
        case ast.Constant():
            return node
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return ast.Constant(-value)
    return None


def chain(node: ast.BinOp) -> list[ast.expr]:
    """Give the sides of ``a | b | c``: hundreds of them are one level, not hundreds."""
    sides: list[ast.expr] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and type(left.op) is type(node.op):
        sides.append(left.right)
        left = left.left
    return [left, *reversed(sides)]


def decoded(value: object) -> str | None:
    """Read PyTables' own texts, which are bytes; None where it is none."""
    try:
        return value.decode() if isinstance(value, bytes) else None
    except UnicodeDecodeError:
        return None


def _array(values: Any) -> Array:
    array = np.asarray(values)
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8")
    return array.astype(np.int64) if array.dtype.kind in "iu" else array


def _is_text(array: Array) -> bool:
    return array.dtype.kind not in "bif"


class Evaluation:
    """Computes a condition that was checked before.

    Parameters
    ----------
    columns
        The arrays by name.
    text
        The condition, for messages.

    """

    def __init__(self, columns: Mapping[str, Any], text: str) -> None:
        self._columns = {name: _array(values) for name, values in columns.items()}
        self._text = shorten(text, _SHOWN)

    def of(self, node: ast.expr) -> Array:
        """Compute one piece; a literal is an array without a dimension."""
        literal = literal_of(node)
        match node:
            case _ if literal is not None:
                text = decoded(literal.value)
                found = np.asarray(literal.value if text is None else text)
            case ast.Name(id=name):
                found = self._columns[name]
            case ast.UnaryOp(op=op, operand=operand):
                found = self._unary(op, self.of(operand))
            case ast.Compare(ops=[op], left=left, comparators=[right]):
                found = self._compare(type(op), self.of(left), self.of(right))
            case ast.BinOp(op=op) if type(op) in LOGIC:
                sides = (self._yes_or_no(self.of(side)) for side in chain(node))
                found = reduce(LOGIC[type(op)], sides)
            case ast.BinOp(op=op, left=left, right=right):
                found = self._arithmetic(type(op), self.of(left), self.of(right))
            case ast.Call(func=ast.Name(id=name), args=[argument]):
                found = self._function(name, self.of(argument))
            case _:
                raise AssertionError(f"the check let {ast.dump(node)} pass")
        return np.asarray(found)

    def _unary(self, op: ast.unaryop, value: Array) -> Array:
        if isinstance(op, ast.Invert):
            return np.asarray(np.logical_not(self._yes_or_no(value)))
        number = self._number(value)
        return (
            self._arithmetic(ast.Sub, np.asarray(0), number) if isinstance(op, ast.USub) else number
        )

    def _compare(self, op: type[ast.AST], left: Array, right: Array) -> Array:
        if _is_text(left) != _is_text(right):
            raise DataError(
                f"'{self._text}' compares a text with a number",
                hint="put quotes around a text, as in (label=='7'), and none around a number",
            )
        try:
            return np.asarray(COMPARE[op](left, right), dtype=bool)
        except TypeError as error:
            raise DataError(
                f"'{self._text}' compares values that have no order",
                hint="compare texts with texts and numbers with numbers",
            ) from error

    def _arithmetic(self, op: type[ast.AST], left: Array, right: Array) -> Array:
        left, right = self._number(left), self._number(right)
        whole = left.dtype.kind == right.dtype.kind == "i"
        if op is ast.Pow and whole and (right < 0).any():
            left = left.astype(np.float64)
        found = np.asarray(ARITHMETIC[op](left, right))
        if found.dtype.kind == "i" and op in _GROWING:
            exact = ARITHMETIC[op](left.astype(np.float64), right.astype(np.float64))
            # Rounding hides a step below the least integer: there the sign tells.
            wrapped = (exact == -_BEYOND) & (found >= 0)
            self._refuse_wrapped((exact >= _BEYOND) | (exact < -_BEYOND) | wrapped)
        return found

    def _function(self, name: str, value: Array) -> Array:
        found = np.asarray(FUNCTIONS[name](self._number(value)))
        if name == "abs":
            self._refuse_wrapped(found < 0)
        return found

    def _refuse_wrapped(self, wrapped: Array) -> None:
        if wrapped.any():
            raise DataError(
                f"'{self._text}' computes whole numbers beyond 64 bits",
                hint="compute with decimals: write 2.0 for 2",
            )

    def _number(self, value: Array) -> Array:
        if _is_text(value):
            raise DataError(
                f"'{self._text}' computes with a text", hint="only numbers can be computed with"
            )
        return value.astype(np.int64) if value.dtype.kind == "b" else value

    def _yes_or_no(self, value: Array) -> Array:
        if value.dtype.kind != "b":
            raise DataError(
                f"'{self._text}' joins values with & | or ~, where only comparisons can be joined",
                hint="put each comparison in parentheses: (area>20) & (label=='a')",
            )
        return value
