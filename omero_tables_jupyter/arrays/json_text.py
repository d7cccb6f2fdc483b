"""Lists, dicts and arrays as JSON text, without loss or not at all."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from omero_tables_jupyter.arrays.plan import shown

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
    try:
        return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False)
    except RecursionError:
        raise _unwritable("holds lists within lists, too deep or without end") from None
    except ValueError:
        # Python itself writes no more than some thousand digits.
        raise _unwritable("holds lists with a whole number of thousands of digits") from None


def _unwritable(message: str, *, first: str = "") -> Unwritable:
    return Unwritable(
        message,
        hint=f"{first}write it as text first: "
        "frame['{column}'] = frame['{column}'].map(str, na_action='ignore')",
    )


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return _from_array(value)
    if isinstance(value, np.generic):
        return _from_numpy(value)
    if isinstance(value, dict):
        return _from_dict(value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return _number(value)
    return _scalar(value)


def _from_array(value: np.ndarray) -> Any:
    if value.dtype.kind not in "mM":
        return _plain(value.tolist())
    # As a list, moments of nanoseconds would be plain numbers.
    return [_plain(one) for one in value] if value.ndim else _plain(value[()])


def _from_numpy(value: np.generic) -> Any:
    if isinstance(value, np.datetime64 | np.timedelta64):
        if np.isnat(value):
            return None
        return str(value) if isinstance(value, np.datetime64) else _scalar(value)
    if isinstance(value, np.longdouble) and (np.isnan(value) or float(value) == value):
        return _number(float(value))
    plain = value.item()
    return _scalar(value) if isinstance(plain, np.generic) else _plain(plain)


def _from_dict(value: dict[Any, Any]) -> dict[str, Any]:
    written = {_key(key): _plain(one) for key, one in value.items()}
    if len(written) < len(value):
        raise _unwritable(
            "holds dicts with two keys that are the same as text, such as 1 and '1'",
            first="rename one of the keys, or ",
        )
    return written


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if type(value).__name__ in ("NaTType", "NAType"):
        return None
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    raise _unwritable(f"holds lists with something that JSON cannot hold, {shown(value)}")


def _number(value: float) -> float | None:
    if math.isinf(value):
        raise _unwritable(
            "holds lists with an infinite number, which JSON cannot hold", first="replace it, or "
        )
    return None if math.isnan(value) else value


def _key(key: Any) -> str:
    if isinstance(key, (str, int, np.integer)) and not isinstance(key, bool | np.timedelta64):
        return str(key)
    raise _unwritable(
        f"holds dicts with a key that is neither text nor a whole number, {shown(key)}",
        first="turn the keys into text, or ",
    )
