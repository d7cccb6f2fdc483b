"""Batches into a verified array under its final name, or nothing at all."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import tiledb

from omero_tables_jupyter.arrays import layout
from omero_tables_jupyter.arrays.context import context
from omero_tables_jupyter.arrays.digest import Digest, Digested
from omero_tables_jupyter.arrays.disk_errors import say_left, translated
from omero_tables_jupyter.arrays.distributed.source import DaskSource
from omero_tables_jupyter.arrays.globalorder import open_writer
from omero_tables_jupyter.arrays.plan import Survey, Widened, raise_problems
from omero_tables_jupyter.arrays.regroup import regrouped
from omero_tables_jupyter.arrays.replacement import check_same_columns
from omero_tables_jupyter.arrays.sites import Site, site_of
from omero_tables_jupyter.arrays.threads import pool
from omero_tables_jupyter.arrays.verify import verified
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.events import Event, Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.model import WrittenTable
from omero_tables_jupyter.text import plural
from omero_tables_jupyter.version import __version__

if TYPE_CHECKING:
    import os
    from collections.abc import Generator

    from omero_tables_jupyter.arrays.conversion import Conversion
    from omero_tables_jupyter.arrays.replacement import ReplacingSite
    from omero_tables_jupyter.arrays.source import Batches

__all__ = ["write_table"]

#: How much is written at a time, of all columns and at least of each, lest a submit hold only a
#: few rows of a wide table. What lies in memory is mostly handed over as it lies there; what is
#: read takes its bytes several times over.
_HELD_BYTES, _HELD_BYTES_A_COLUMN = 6_000_000, 64_000
_READ_BYTES, _READ_BYTES_A_COLUMN = 4_000_000, 16_000


def write_table(  # noqa: PLR0913 - how it is written, all by keyword
    conversion: Conversion,
    path: str | os.PathLike[str],
    *,
    chunk_rows: int | None = None,
    verify: str = "values",
    compression: str = "none",
    over: ReplacingSite | None = None,
    first: str = "",
) -> Generator[Event, None, WrittenTable]:
    """Write a table as a TileDB array: all of it, verified, or nothing.

    Parameters
    ----------
    conversion
        From `prepare`.
    path
        Where the array is to stand, a path or ``s3://...``; the folder must exist, the array must
        not.
    chunk_rows
        How many rows at a time; by their size in bytes where it is None.
    verify
        ``values`` to read back everything, ``rows`` to read back the row ids only.
    compression
        How values are packed: ``none`` as by the reference, ``zstd`` or ``lz4``.
    over
        The place of an array that stands at `path` and is to be replaced: the new one has its
        columns and its token, and the old one is kept at ``path.old``. None where nothing stands
        there.
    first
        The array whose next version will do as well, should another upload take `path` meanwhile.

    Yields
    ------
    Event
        What happens in the stages CONVERT and VERIFY.

    Returns
    -------
    WrittenTable
        The array under its final name.

    Raises
    ------
    DataError
        When the plan has problems.
    TableExistsError, PathError
        When the place cannot be used.
    ConvertError
        When writing failed, or what was read back is not what was sent.

    """
    raise_problems(conversion.plan)
    site: Site = over or site_of(path, first=first)
    site.check(conversion.plan.n_bytes)
    settings = context(site.options)
    try:
        with translated(site.final):
            conversion, digest = yield from _filled(
                conversion,
                site,
                settings,
                chunk_rows=chunk_rows,
                verify=verify,
                compression=compression,
            )
            if over is not None:
                check_same_columns(over.before, conversion.survey.columns)
            token = (over and over.before.token) or layout.new_token()
            entries = layout.metadata(
                conversion.survey.columns,
                token=token,
                rows=digest.rows,
                fingerprint=digest.fingerprint(),
                version=__version__,
            )
            # Last: where there is no renaming, the metadata make it an array that servers take.
            with tiledb.open(site.partial, "w", ctx=settings) as array:
                array.meta.update(entries)
            with closing(site.take_over()) as steps:
                for _ in steps:
                    yield Progress(Stage.VERIFY, digest.rows, digest.rows)
    except BaseException as error:  # the stop button too: nothing half-written stays; it goes on
        say_left(error, site.final, removed=site.remove_partial())
        raise
    # No yield from here on: the array stands, and whoever asked for it must get its token.
    return WrittenTable(
        path=site.final,
        rows=digest.rows,
        columns=tuple(one.name for one in conversion.survey.columns),
        token=token,
        fingerprint=digest.fingerprint(),
        n_bytes=site.n_bytes(),
        notes=(*conversion.plan.notes, *site.notes()),
    )


def _filled(  # noqa: PLR0913 - what `write_table` is given
    conversion: Conversion,
    site: Site,
    settings: tiledb.Ctx,
    *,
    chunk_rows: int | None,
    verify: str,
    compression: str,
) -> Generator[Event, None, tuple[Conversion, Digest | Digested]]:
    """Write and verify all rows, here or by the workers that hold them."""
    source = conversion.source
    if isinstance(source, DaskSource):
        from omero_tables_jupyter.arrays.distributed.writing import fill_by_workers

        return (
            yield from fill_by_workers(
                conversion,
                source,
                site,
                n_bytes=_batch_bytes(conversion),
                chunk_rows=chunk_rows,
                verify=verify,
                compression=compression,
            )
        )
    conversion, digest = yield from _convert(
        conversion, site, settings, chunk_rows=chunk_rows, compression=compression
    )
    yield from _verify(site, conversion, digest, verify=verify)
    return conversion, digest


def _batch_bytes(conversion: Conversion) -> int:
    n_columns = len(conversion.survey.columns)
    if conversion.source.in_memory:
        return max(_HELD_BYTES, n_columns * _HELD_BYTES_A_COLUMN)
    return max(_READ_BYTES, n_columns * _READ_BYTES_A_COLUMN)


def _convert(
    conversion: Conversion,
    site: Site,
    settings: tiledb.Ctx,
    *,
    chunk_rows: int | None,
    compression: str,
) -> Generator[Event, None, tuple[Conversion, Digest]]:
    """Write all rows, from the start again where a later part of a file asks for wider types."""
    began = time.monotonic()
    yield StageStarted(Stage.CONVERT, total=conversion.plan.rows)
    conversion = _settled(conversion)
    while True:
        columns = conversion.survey.columns
        site.make_partial()
        schema = layout.schema(
            columns,
            compression=compression,
            rows=conversion.survey.rows,
            text_bytes=conversion.survey.text_bytes,
        )
        tiledb.Array.create(site.partial, schema, ctx=settings)
        digest = Digest(columns)
        try:
            survey = yield from _write_rows(conversion, site, settings, digest, chunk_rows)
        except Widened as wider:
            site.remove_partial()
            conversion = conversion.widened(wider.survey)
            raise_problems(conversion.plan)
            yield Progress(Stage.CONVERT, 0, conversion.plan.rows, restarted=wider.reason)
        else:
            conversion = conversion.widened(survey)
            break
    if not digest.rows:
        raise DataError("the table has no rows", hint="check the file that it comes from")
    yield StageDone(Stage.CONVERT, time.monotonic() - began, plural(digest.rows, "row"))
    return conversion, digest


def _settled(conversion: Conversion) -> Conversion:
    survey = conversion.source.settled(conversion.survey)
    if survey is not conversion.survey:
        conversion = conversion.widened(survey)
        raise_problems(conversion.plan)
    return conversion


def _write_rows(
    conversion: Conversion,
    site: Site,
    settings: tiledb.Ctx,
    digest: Digest,
    chunk_rows: int | None,
) -> Generator[Event, None, Survey]:
    """Convert the next batch and digest this one while TileDB writes."""
    survey = conversion.survey
    n_bytes = _batch_bytes(conversion)
    batches = conversion.source.batches(survey, n_bytes=n_bytes)
    grouped = regrouped(batches, n_bytes=n_bytes, rows=chunk_rows)
    one_fragment = site.one_fragment(len(survey.columns))
    try:
        # The threads come last, so that they are idle before anything they use is closed. All
        # reading is done in one: memory that another has freed is not used again for it.
        with (
            open_writer(site.partial, settings, one_fragment=one_fragment) as writer,
            pool(1) as reader,
            pool(1) as digester,
        ):
            upcoming = reader.submit(next, grouped, None)
            while (batch := upcoming.result()) is not None:
                upcoming = reader.submit(next, grouped, None)
                start = digest.rows
                site.check_there()
                digested = digester.submit(digest.add, batch)
                writer.write(batch, start)
                digested.result()
                yield _moved(batches, digest.rows, conversion.plan.rows)
            site.check_there()
            writer.finish()
    finally:
        batches.close()
    return batches.survey


def _moved(batches: Batches, rows: int, of_rows: int | None) -> Progress:
    """Tell how far it is: by rows, or by bytes of a file whose rows nobody has counted."""
    if of_rows is None and batches.bytes_read is not None:
        return Progress(Stage.CONVERT, *batches.bytes_read, unit="bytes")
    return Progress(Stage.CONVERT, rows, of_rows)


def _verify(
    site: Site, conversion: Conversion, digest: Digest, *, verify: str
) -> Generator[Event, None, None]:
    began = time.monotonic()
    yield StageStarted(Stage.VERIFY, total=digest.rows)
    yield from verified(site.partial, conversion.survey.columns, digest, values=verify == "values")
    what = "every value" if verify == "values" else "the rows' order and number"
    detail = f"{what} verified, as this machine reads it"
    yield StageDone(Stage.VERIFY, time.monotonic() - began, detail)
