"""Whether several CSV files are parts of one table: the same columns, separated alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.parts import column_difference
from omero_tables_jupyter.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omero_tables_jupyter.arrays.csv.passes import Opened

__all__ = ["check_shape"]


def check_shape(parts: Sequence[Opened]) -> None:
    """Refuse files that do not go together.

    Raises
    ------
    DataError
        With the first file that differs from the first one of all, and in what.

    """
    first, *others = parts
    mark = first.head.delimiter.decode()
    for other in others:
        difference = column_difference(first.head.header, other.head.header, ordered=True)
        if difference:
            raise DataError(
                f"'{other.place.label}' {difference}, unlike '{first.place.label}'",
                hint="give each file the same header, in the same order, or upload the files "
                "one by one",
            )
        if mark != (found := other.head.delimiter.decode()):
            raise DataError(
                f"'{other.place.label}' separates its columns by {found!r}, unlike "
                f"'{first.place.label}' with {mark!r}",
                hint="export the files in the same way, or upload them one by one",
            )
