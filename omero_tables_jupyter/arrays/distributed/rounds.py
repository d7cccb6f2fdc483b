"""Rounds over the cluster: something done to each partition, or each group, and told."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.arrays.distributed.cluster import results
from omero_tables_jupyter.arrays.distributed.merging import PartsSurvey
from omero_tables_jupyter.arrays.plan import raise_problems
from omero_tables_jupyter.events import Event, Progress, Stage

if TYPE_CHECKING:
    from collections.abc import Generator

    from distributed import Client

    from omero_tables_jupyter.arrays.conversion import Conversion
    from omero_tables_jupyter.arrays.distributed.partitions import Part
    from omero_tables_jupyter.arrays.distributed.source import DaskSource

__all__ = ["Groups", "computed", "settled"]

#: Partitions that follow each other, for one task each.
Groups = list[tuple["Part", ...]]


def settled(
    client: Client, stage: Stage, conversion: Conversion, source: DaskSource
) -> Generator[Event, None, tuple[Conversion, PartsSurvey]]:
    """Look at all partitions, unless that was done.

    Yields
    ------
    Event
        How many partitions are done, in the given stage.

    Raises
    ------
    DataError
        When something of it cannot be stored.

    """
    survey = conversion.survey
    if not isinstance(survey, PartsSurvey):
        raise TypeError("a Dask DataFrame needs its own survey")
    if not survey.provisional:
        return conversion, survey
    with closing(source.surveyed(client, survey.shape)) as steps:
        while True:
            try:
                done, total = next(steps)
            except StopIteration as end:
                survey = end.value
                break
            yield Progress(stage, done, total, unit="partitions")
    conversion = conversion.widened(survey)
    raise_problems(conversion.plan)
    return conversion, survey


def computed(
    client: Client, stage: Stage, tasks: list[Any], groups: Groups
) -> Generator[Event, None, list[Any]]:
    """Compute a task for each group.

    Yields
    ------
    Event
        How many rows are done, in the given stage; again every few tenths of a second.

    """
    numbers = [[part.number for part in group] for group in groups]
    lengths = [sum(part.found.rows for part in group) for group in groups]
    found: dict[int, Any] = {}
    rows, of_rows = 0, sum(lengths)
    yield Progress(stage, rows, of_rows)
    with closing(results(client, tasks, numbers)) as landed:
        for one in landed:
            if one is not None:
                found[one[0]] = one[1]
                rows += lengths[one[0]]
            yield Progress(stage, rows, of_rows)
    return [found[n] for n in range(len(tasks))]
