"""Several files, or frames, that follow each other as one table: what they must share."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.types as pt

from omero_tables_jupyter.arrays.arrow_cells import arrow_cells, value_type
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "are_distinct",
    "check_columns",
    "check_types",
    "column_difference",
    "files_label",
    "places_in",
]


def files_label(names: Sequence[str]) -> str:
    """Name files for people: the only one, or the first and how many more."""
    first, *others = names
    return f"{first} and {plural(len(others), 'other file')}" if others else first


def are_distinct(names: Sequence[str]) -> bool:
    """Tell whether no name stands twice."""
    return len(set(names)) == len(names)


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


def check_columns(first: Sequence[str], other: Sequence[str], *, parts: tuple[str, str]) -> None:
    """Refuse a part with other columns; another order is none.

    Parameters
    ----------
    first, other
        The columns' names.
    parts
        The other part and the first one, for the message.

    Raises
    ------
    DataError
        With the part and the column.

    """
    difference = column_difference(first, other, ordered=False)
    if difference:
        raise DataError(
            f"{parts[0]} {difference}, unlike {parts[1]}",
            hint="give each part the same columns, or upload the parts one by one",
        )


def check_types(
    names: Sequence[str],
    first: Sequence[pa.DataType],
    other: Sequence[pa.DataType],
    *,
    parts: tuple[str, str],
) -> list[pa.DataType]:
    """Give the type of each column over two parts: the one that is known, or may not fit int64.

    Parameters
    ----------
    names
        The columns' names.
    first, other
        The types of each.
    parts
        The other part and the first one, for the message.

    Raises
    ------
    DataError
        With the part and the column, where the types do not go together.

    """
    joined = []
    for name, one, another in zip(names, first, other, strict=True):
        if _sort(one) != _sort(another) and not (_is_blank(one) or _is_blank(another)):
            raise DataError(
                f"column '{name}' is of type {another} in {parts[0]}, and {one} in {parts[1]}",
                hint="give it the same type in each part, or upload the parts one by one",
            )
        joined.append(another if _is_blank(one) or value_type(another) == pa.uint64() else one)
    return joined


def _is_blank(kind: pa.DataType) -> bool:
    return bool(pt.is_null(value_type(kind)))


def _sort(kind: pa.DataType) -> tuple[object, ...]:
    """Give what makes values of a type differ once they are stored: not how many bits they take."""
    cells = arrow_cells(kind, ids=False, sure=False, as_text=False)
    return cells.kind, getattr(cells, "zone", None)


def places_in(names: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Give the place among `names` of each of the `wanted` ones; of equals the first to the first.

    Both hold the same names, in whatever order.
    """
    if tuple(names) == tuple(wanted):
        return list(range(len(names)))
    places: defaultdict[str, deque[int]] = defaultdict(deque)
    for place, name in enumerate(names):
        places[name].append(place)
    return [places[name].popleft() for name in wanted]
