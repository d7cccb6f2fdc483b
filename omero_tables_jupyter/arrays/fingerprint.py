"""The fingerprint of a source: the digest of what it would be stored as, without writing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.digest import Digest
from omero_tables_jupyter.arrays.distributed.source import DaskSource
from omero_tables_jupyter.arrays.plan import Widened, raise_problems
from omero_tables_jupyter.events import Event, Progress, Stage

if TYPE_CHECKING:
    from collections.abc import Generator

    from omero_tables_jupyter.arrays.conversion import Conversion

__all__ = ["fingerprint_of"]

_BATCH_BYTES = 4_000_000


def fingerprint_of(conversion: Conversion) -> Generator[Event, None, str]:
    """Digest what a source would be stored as, without writing it.

    Yields
    ------
    Event
        How many rows are done, in the stage CHECK.

    """
    source = conversion.source
    if isinstance(source, DaskSource):
        from omero_tables_jupyter.arrays.distributed.digesting import digest_by_workers

        return (yield from digest_by_workers(conversion, source, n_bytes=_BATCH_BYTES))
    conversion = conversion.widened(source.settled(conversion.survey))
    while True:
        raise_problems(conversion.plan)
        digest = Digest(conversion.survey.columns)
        try:
            for batch in conversion.source.batches(conversion.survey, n_bytes=_BATCH_BYTES):
                digest.add(batch)
                yield Progress(Stage.CHECK, digest.rows, conversion.plan.rows)
        except Widened as wider:
            conversion = conversion.widened(wider.survey)
        else:
            return digest.fingerprint()
