"""The first rows as the array will hold them, in words."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.arrays.plan import Widened, raise_problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from omero_tables_jupyter.arrays.conversion import Conversion

__all__ = ["PREVIEW_ROWS", "Preview", "preview"]

#: How many rows are shown where nobody says.
PREVIEW_ROWS = 5
_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a table as they will be stored.

    Parameters
    ----------
    columns
        The names in the array, in order.
    rows
        The cells of each row as text: ``NaN``, ``true``, the empty text as it is; a long text is
        cut and ends in ``…``.

    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()


def preview(conversion: Conversion, *, rows: int = PREVIEW_ROWS) -> Preview:
    """Convert the first rows and nothing more; nothing is written.

    Parameters
    ----------
    conversion
        From `prepare`, without problems.
    rows
        How many rows are wanted.

    Raises
    ------
    DataError
        If the plan has problems, or the source is damaged.
    PathError
        If the source cannot be read any more.

    """
    raise_problems(conversion.plan)
    while True:
        try:
            found = _first(conversion, rows)
        except Widened as wider:
            conversion = conversion.widened(wider.survey)
            raise_problems(conversion.plan)
        else:
            return Preview(tuple(one.name for one in conversion.plan.columns), found)


def _first(conversion: Conversion, rows: int) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    with closing(conversion.source.beginning(conversion.survey)) as batches:
        for batch in batches:
            found += _in_words(batch.slice(0, rows - len(found)))
            if len(found) >= rows:
                break
    return tuple(found)


def _in_words(batch: pa.RecordBatch) -> Iterator[tuple[str, ...]]:
    columns = [[_text(value) for value in column.to_pylist()] for column in batch.columns]
    return zip(*columns, strict=True)


def _text(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float() if value != value:  # noqa: PLR0124 - only NaN differs from itself
            return "NaN"
        case str():
            return value if len(value) <= _WIDTH else f"{value[: _WIDTH - 1]}…"
    return repr(value)
