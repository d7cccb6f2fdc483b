"""polars queries: run by polars as a stream, some rows at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.arrays.arrow import PolarsSource
from omero_tables_jupyter.arrays.foreign import told
from omero_tables_jupyter.arrays.source import Block, BlockSource, Fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from omero_tables_jupyter.arrays.cells import Cells
    from omero_tables_jupyter.arrays.plan import Pick

__all__ = ["LazySource"]


class LazySource(BlockSource):
    """A polars LazyFrame.

    It is run once for the first rows, which decide the types, and once for all of them; once more
    only where a later row needs another type. A polars that cannot give batches collects it.

    Raises
    ------
    DataError
        If polars cannot run it.

    """

    label = "LazyFrame"

    def __init__(self, frame: Any) -> None:
        with told(*_FAILED):
            schema = frame.collect_schema()
            self._opening = PolarsSource(frame.clear().collect())
        self._frame = frame
        self._names = schema.names()

    def fields(self, index: str) -> Fields:
        """Give the columns; polars has no index."""
        return self._opening.fields(index)

    def cells(self, pick: Pick) -> Cells:
        """Choose by the type that polars gives to Arrow."""
        return self._opening.cells(pick)

    def blocks(self, picks: Sequence[Pick], rows: int) -> Iterator[Block]:
        """Run the query, for the picked columns only."""
        wanted = self._frame.select([self._names[pick.position] for pick in picks])
        here = [replace(pick, position=n) for n, pick in enumerate(picks)]
        start = 0
        for frame in _frames(wanted, rows):
            for block in PolarsSource(frame).blocks(here, rows):
                yield Block(start, block.rows, block.get)
                start += block.rows


_FAILED = ("polars could not run the query", "try it alone first: frame.head().collect()")


def _frames(query: Any, rows: int) -> Iterator[Any]:
    with told(*_FAILED):
        if hasattr(query, "collect_batches"):
            yield from query.collect_batches(chunk_size=rows, maintain_order=True)
        else:
            yield query.collect()
