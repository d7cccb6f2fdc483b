"""Dask DataFrames as a `Source`: a plan from all partitions, or a provisional one from the first.

Whoever writes one leaves that to the workers, see `writing`; what is here serves checks.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from omero_tables_jupyter.arrays.batches import BlockBatches
from omero_tables_jupyter.arrays.distributed.merging import PartsSurvey, merged
from omero_tables_jupyter.arrays.distributed.partitions import Shape, look_at, stored_batches
from omero_tables_jupyter.arrays.frames import FrameSource
from omero_tables_jupyter.arrays.plan import Widened
from omero_tables_jupyter.arrays.source import Fields, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import pandas as pd
    import pyarrow as pa
    from distributed import Client

    from omero_tables_jupyter.arrays.distributed.partitions import Found, Part, Storing
    from omero_tables_jupyter.arrays.plan import Pick, Survey

__all__ = ["DaskSource", "delayed", "shared"]

T = TypeVar("T")


class DaskSource(Source):
    """A Dask DataFrame.

    Parameters
    ----------
    frame
        Its partitions are computed by the workers, once to look at them and once to write them.

    """

    label = "Dask DataFrame"

    def __init__(self, frame: Any) -> None:
        self._frame = frame
        self._shape = Shape((), 0, "auto")

    def fields(self, index: str) -> Fields:
        """Give what the DataFrame says of itself; its partitions are held to that."""
        from dask.dataframe.utils import make_meta

        fields = FrameSource(make_meta(self._frame)).fields(index)
        self._shape = Shape(fields.names, fields.n_index, index)
        return Fields(names=fields.names, n_index=fields.n_index)

    def partitions(self) -> list[Any]:
        """Give the partitions as delayed frames, in order."""
        return list(self._frame.to_delayed())

    def survey(self, picks: Sequence[Pick], *, whole: bool) -> PartsSurvey:
        """Look at all partitions, or at those up to the first that has rows."""
        from omero_tables_jupyter.arrays.distributed.cluster import workers

        shape = replace(self._shape, picks=tuple(picks))
        with workers() as client:
            if whole:
                return _ended(self.surveyed(client, shape))
            parts = self.partitions()
            found: list[Found] = []
            while len(found) < len(parts) and not any(one.rows for one in found):
                found += _ended(_looked_at(client, shape, parts, [len(found)]))
            return merged(shape, found, whole=len(found) == len(parts))

    def surveyed(
        self, client: Client, shape: Shape
    ) -> Generator[tuple[int, int], None, PartsSurvey]:
        """Look at all partitions.

        Yields
        ------
        tuple of int
            How many of them are done, and of how many; again every few tenths of a second.

        """
        parts = self.partitions()
        found = yield from _looked_at(client, shape, parts, range(len(parts)))
        return merged(shape, found, whole=True)

    def settled(self, survey: Survey) -> Survey:
        """Look at all partitions where that was not done."""
        return self.survey(_own(survey).picks, whole=True) if survey.provisional else survey

    def batches(self, survey: Survey, *, n_bytes: int) -> BlockBatches:
        """Have one partition after the other converted by a worker, and sent here.

        By a provisional survey there are only the first rows.
        """
        own = _own(survey)
        return BlockBatches(own, self._converted(own, own.storing(n_bytes)))

    def _converted(
        self, survey: PartsSurvey, storing: Storing
    ) -> Generator[pa.RecordBatch, None, PartsSurvey]:
        from omero_tables_jupyter.arrays.distributed.cluster import results, workers

        act = _first_batch if survey.provisional else _all_batches
        with workers() as client:
            for frame, part in zip(self.partitions(), survey.parts, strict=False):
                task = delayed(act, frame, storing, part)
                with closing(results(client, [task], [[part.number]])) as landed:
                    for one in landed:
                        yield from one[1] if one is not None else ()
        if survey.provisional:
            raise Widened(self.survey(survey.picks, whole=True), "all partitions count")
        return survey


def _looked_at(
    client: Client, shape: Shape, parts: Sequence[Any], numbers: Sequence[int]
) -> Generator[tuple[int, int], None, list[Found]]:
    from omero_tables_jupyter.arrays.distributed.cluster import results

    tasks = [delayed(look_at, parts[n], shape, n) for n in numbers]
    found: dict[int, Found] = {}
    yield 0, len(tasks)
    with closing(results(client, tasks, [[n] for n in numbers])) as landed:
        for one in landed:
            if one is not None:
                found[one[0]] = one[1]
            yield len(found), len(tasks)
    return [found[n] for n in range(len(tasks))]


def _all_batches(frame: pd.DataFrame, storing: Storing, part: Part) -> list[pa.RecordBatch]:
    return list(stored_batches(frame, storing, part))


def _first_batch(frame: pd.DataFrame, storing: Storing, part: Part) -> list[pa.RecordBatch]:
    return list(islice(stored_batches(frame, storing, part), 1))


def _own(survey: Survey) -> PartsSurvey:
    if not isinstance(survey, PartsSurvey):
        raise TypeError("a Dask DataFrame needs its own survey")
    return survey


def delayed(act: Callable[..., Any], *given: Any) -> Any:
    """Give a call for the workers; each has a name of its own, so that none is taken for done."""
    import dask

    return dask.delayed(act, pure=False)(*given)


def shared(value: Any) -> Any:
    """Give a value that goes to each worker once, whatever the number of its tasks."""
    import dask

    return dask.delayed(value, pure=False, traverse=False)


def _ended(steps: Generator[Any, None, T]) -> T:
    """Run steps to their end."""
    with closing(steps):
        while True:
            try:
                next(steps)
            except StopIteration as end:
                result: T = end.value
                return result
