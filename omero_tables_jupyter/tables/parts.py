"""Several files, or frames, that follow each other as one table: what they must share."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["column_difference"]


def column_difference(first: Sequence[str], other: Sequence[str], *, ordered: bool) -> str:
    """Say in what a part's columns differ from those of the first part.

    Parameters
    ----------
    first, other
        The columns' names.
    ordered
        Whether another order is a difference too.

    Returns
    -------
    str
        As in ``has no column 'area'``; '' where there is no difference.

    """
    for name in Counter(first) - Counter(other):
        return f"has no column '{name}'"
    for name in Counter(other) - Counter(first):
        return f"has one more column, '{name}'"
    if ordered and tuple(first) != tuple(other):
        one = next(a for a, b in zip(other, first, strict=True) if a != b)
        return f"has its columns in another order, from '{one}' on"
    return ""
