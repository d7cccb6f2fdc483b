"""A Dask DataFrame into an array: by the workers, all of it or nothing.

Three rounds over the cluster: all partitions are looked at, which gives the plan, the lengths and
with them the row ids; all are written, each group of them as one fragment; all rows are read back.
What lost workers leave are fragments that nobody named: they go before anything is read.
"""

from __future__ import annotations

import secrets
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import tiledb

from omero_tables_jupyter.arrays import layout
from omero_tables_jupyter.arrays.digest import Digested
from omero_tables_jupyter.arrays.distributed.chunks import refuse_difference, seams, whole_chunks
from omero_tables_jupyter.arrays.distributed.cluster import (
    quieten,
    refuse_blind,
    results,
    workers,
)
from omero_tables_jupyter.arrays.distributed.fragments import drop_strays
from omero_tables_jupyter.arrays.distributed.merging import PartsSurvey, grouped
from omero_tables_jupyter.arrays.distributed.rounds import Groups, computed, settled
from omero_tables_jupyter.arrays.distributed.source import DaskSource, delayed, shared
from omero_tables_jupyter.arrays.distributed.tasks import Upload, Wrote, read_digest, write_parts
from omero_tables_jupyter.events import Event, Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.text import plural

if TYPE_CHECKING:
    from collections.abc import Generator

    from distributed import Client

    from omero_tables_jupyter.arrays.conversion import Conversion
    from omero_tables_jupyter.arrays.sites import Site

__all__ = ["fill_by_workers"]


def fill_by_workers(  # noqa: PLR0913 - what `write_table` is given, by keyword
    conversion: Conversion,
    source: DaskSource,
    site: Site,
    *,
    n_bytes: int,
    chunk_rows: int | None,
    verify: str,
    compression: str,
) -> Generator[Event, None, tuple[Conversion, Digested]]:
    """Write and verify the rows of an array; its metadata are for the caller to add.

    Parameters
    ----------
    conversion, source
        From `prepare`, and its source.
    site
        Where the array is built: a place that every worker sees under the same name.
    n_bytes
        The size of a batch.
    chunk_rows, verify, compression
        As for `write_table`.

    Yields
    ------
    Event
        What happens in the stages CONVERT and VERIFY.

    Returns
    -------
    tuple of Conversion and Digested
        The conversion as it was written, and the digests of what was.

    Raises
    ------
    DataError
        When a partition cannot be computed, differs from the others, or cannot be stored.
    PathError
        When a worker does not see the place.
    ConvertError
        When workers die over and over, or what was read back is not what was written.

    """
    writes = Upload(
        key=secrets.token_hex(8),
        path=site.partial,
        final=site.final,
        options=dict(site.options),
        one_fragment=site.one_fragment(len(conversion.survey.columns)),
        chunk_rows=chunk_rows,
    )
    reads = replace(writes, key=secrets.token_hex(8))
    with workers() as client:
        try:
            began = time.monotonic()
            yield StageStarted(Stage.CONVERT, total=conversion.plan.rows)
            site.make_partial()
            writes.put_canary()
            refuse_blind(client, writes)
            conversion, survey = yield from settled(client, Stage.CONVERT, conversion, source)
            tiledb.Array.create(
                site.partial,
                layout.schema(
                    survey.columns,
                    compression=compression,
                    rows=survey.rows,
                    text_bytes=survey.text_bytes,
                ),
                ctx=writes.context(),
            )
            groups = grouped(survey)
            storing = survey.storing(n_bytes)
            tasks = _writes(source, groups, writes, storing)
            wrote = yield from computed(client, Stage.CONVERT, tasks, groups)
            # A task whose worker was thought lost may run still, for nobody.
            quieten(client, writes.key)
            writes.take_canary()
            rows = survey.rows or 0
            drop_strays(writes, [name for one in wrote for name in one.fragments], rows=rows)
            detail = f"{plural(rows, 'row')}, by {_workers(client)}"
            yield StageDone(Stage.CONVERT, time.monotonic() - began, detail)
            values = verify == "values"
            chunks = yield from _verified(client, reads, survey, wrote, values=values)
        finally:
            quieten(client, writes.key, reads.key)
    return conversion, Digested(survey.columns, rows, tuple(chunks))


def _writes(source: DaskSource, groups: Groups, upload: Upload, storing: Any) -> list[Any]:
    frames = source.partitions()
    # Once to each worker, not with each task: of wide tables it is long.
    form = shared(storing)
    return [
        delayed(write_parts, [frames[part.number] for part in group], upload, form, shared(group))
        for group in groups
    ]


def _verified(
    client: Client,
    upload: Upload,
    survey: PartsSurvey,
    wrote: list[Wrote],
    *,
    values: bool,
) -> Generator[Event, None, list[bytes]]:
    """Read all rows back; give the digests of the table's chunks."""
    began = time.monotonic()
    rows = survey.rows or 0
    yield StageStarted(Stage.VERIFY, total=rows)
    groups = grouped(survey)
    columns = shared(survey.columns)
    ends = [(group[0].first, group[-1].first + group[-1].found.rows - 1) for group in groups]
    wanted = columns if values else ()
    tasks = [delayed(read_digest, upload, wanted, first, last) for first, last in ends]
    read = yield from computed(client, Stage.VERIFY, tasks, groups)
    if values:
        for (first, _), sent, back in zip(ends, wrote, read, strict=True):
            refuse_difference(survey.columns, first, sent.chunks, back)
    found = whole_chunks(ends, [one.chunks for one in wrote], rows)
    # Chunks of which several tasks wrote a part are read once more, each by one task.
    left = seams(found, rows)
    again = [delayed(read_digest, upload, columns, first, last) for first, last in left]
    with closing(results(client, again, [[]] * len(again))) as landed:
        for one in landed:
            if one is not None:
                found[left[one[0]][0]] = one[1][0]
            yield Progress(Stage.VERIFY, rows, rows)
    what = "every value" if values else "the rows' order and number"
    detail = f"{what} verified, as {_workers(client)} read it"
    yield StageDone(Stage.VERIFY, time.monotonic() - began, detail)
    return [found[first] for first in sorted(found)]


def _workers(client: Client) -> str:
    return plural(len(client.nthreads()), "Dask worker")
