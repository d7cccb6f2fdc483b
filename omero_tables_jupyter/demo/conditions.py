"""PyTables conditions such as ``(area > 20) & (label == "a")``, evaluated on numpy columns."""

from __future__ import annotations

import ast
import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

__all__ = ["Condition", "ConditionError", "parse", "spelt_out"]

_SHORTHAND = re.compile(r"(\w+)-(\d+)")
#: What older tables may name with a small letter.
_CAPITALS = frozenset({"Image", "Roi", "Plate", "Well"})
_TEXT_KINDS = "OUS"
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: np.float_power,  # of floats: 9**9**9 of whole numbers would take for ever
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Invert: operator.invert,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "sqrt": np.sqrt,
    "where": np.where,
}


class ConditionError(Exception):
    """Why a condition means nothing."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that has been read; `names` are the columns that it needs."""

    names: tuple[str, ...]
    tree: ast.expr

    def holds(self, columns: Mapping[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
        """Tell for each row whether the condition holds.

        Raises
        ------
        ConditionError
            Where the types do not fit, or the outcome is not true or false.

        """
        with np.errstate(all="ignore"):
            try:
                outcome = _value(self.tree, columns)
            except (TypeError, ValueError, ArithmeticError, RecursionError) as fault:
                raise ConditionError(str(fault)) from fault
        if not isinstance(outcome, np.ndarray) or outcome.dtype != np.bool_:
            raise ConditionError("the condition is not true or false for each row")
        return outcome


def spelt_out(text: str, known: Collection[str] = ()) -> str:
    """Write the shorthand ``Image-101`` as ``(Image==101)``; OMERO.web forgets what follows it."""
    short = _SHORTHAND.match(text)
    if short is None:
        return text
    name = short[1]
    if name in _CAPITALS and name not in known and name.lower() in known:
        name = name.lower()
    return f"({name}=={short[2]})"


def parse(text: str, known: Collection[str]) -> Condition:
    """Read a condition over the columns of a table.

    Parameters
    ----------
    text
        The condition.
    known
        The columns' names.

    Raises
    ------
    ConditionError
        Where the text is no condition, or names something else than a column.

    """
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise ConditionError("invalid syntax") from fault
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    names = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and n not in called]
    for name in names:
        if name not in known:
            raise ConditionError(f"name '{name}' is not defined")
    if not names:
        raise ConditionError("there are no columns taking part in the condition")
    return Condition(tuple(dict.fromkeys(names)), tree)


def _value(node: ast.expr, columns: Mapping[str, np.ndarray[Any, Any]]) -> Any:
    match node:
        case ast.Name(id=name):
            return columns[name]
        case ast.Constant(value=bytes() | bool() | int() | float() | str() as value):
            return value.decode("utf-8") if isinstance(value, bytes) else value
        case ast.UnaryOp(op=op, operand=inner) if type(op) in _UNARY:
            return _UNARY[type(op)](_value(inner, columns))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _calculated(_BINARY[type(op)], _value(left, columns), _value(right, columns))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARE:
            return _compared(_COMPARE[type(op)], _value(left, columns), _value(right, columns))
        case ast.Call(func=ast.Name(id=name), args=given, keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](*(_value(one, columns) for one in given))
    raise ConditionError(_unsupported(node))


def _unsupported(node: ast.expr) -> str:
    if isinstance(node, ast.BoolOp):
        return "use & and | in place of 'and' and 'or'"
    if isinstance(node, ast.Compare):
        return "one comparison at a time: put parentheses around each and join them with &"
    return f"'{ast.unparse(node)}' cannot be used in a condition"


def _calculated(how: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if _is_text(left) or _is_text(right):
        raise ConditionError("text can only be compared")
    return how(left, right)


def _compared(how: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    if _is_text(left) != _is_text(right):
        raise ConditionError("text and numbers cannot be compared")
    return np.asarray(how(left, right), dtype=np.bool_)


def _is_text(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in _TEXT_KINDS
    return isinstance(value, str)
