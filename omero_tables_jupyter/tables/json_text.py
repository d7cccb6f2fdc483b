"""Lists, dicts and arrays as JSON text, without loss or not at all."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from omero_tables_jupyter.tables.plan import shown

if TYPE_CHECKING:
    from omero_tables_jupyter.model import FixKind

__all__ = ["Unwritable", "to_json"]


class Unwritable(Exception):  # noqa: N818 - caught where the row is known, never seen by users
    """A value that has no text without loss.

    Parameters
    ----------
    message
        What is wrong, to follow after the column's name.
    hint
        The cure; ``{column}`` stands for the column's name, ``{as_text}`` for `as_text_cure`.
    fix
        The cure that needs no hands, if there is one.

    """

    def __init__(self, message: str, *, hint: str, fix: FixKind | None = None) -> None:
        super().__init__(message)
        self.hint = hint
        self.fix = fix


def to_json(value: Any) -> str:
    """Write a nested value as JSON: NaN is null, arrays are lists, dates are ISO text.

    Raises
    ------
    Unwritable
        Where JSON has no place for something in it.

    """
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, dict):
        return {_key(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return _number(value)
    return _scalar(value)


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    raise Unwritable(
        f"holds lists with something that JSON cannot hold, {shown(value)}",
        hint="write it as text first: "
        "frame['{column}'] = frame['{column}'].map(str, na_action='ignore')",
    )


def _number(value: float) -> float | None:
    if math.isinf(value):
        raise Unwritable(
            "holds lists with an infinite number, which JSON cannot hold",
            hint="replace it, or write the column as text first: "
            "frame['{column}'] = frame['{column}'].map(str, na_action='ignore')",
        )
    return None if math.isnan(value) else value


def _key(key: Any) -> str:
    if isinstance(key, (str, int)) and not isinstance(key, bool):
        return str(key)
    raise Unwritable(
        f"holds dicts with a key that is neither text nor a whole number, {shown(key)}",
        hint="turn the keys into text, or write the column as text first: "
        "frame['{column}'] = frame['{column}'].map(str, na_action='ignore')",
    )
