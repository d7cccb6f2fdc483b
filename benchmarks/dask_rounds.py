"""What a Dask upload costs, round by round, in seconds of processor: for estimates of large runs.

Seconds of a processor add up over any number of workers, and count alike on a machine that has
other things to do. Workers run in this process, so that its clock sees all of them.

    python benchmarks/dask_rounds.py 4
"""

from __future__ import annotations

import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import dask.dataframe as dd
import tiledb
from data import write_parts

from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.events import Progress, Stage, StageDone

if TYPE_CHECKING:
    from omero_tables_jupyter.model import WrittenTable

ROUNDS = ("look", "write", "verify", "rest")


def main(millions: int) -> None:
    """Print a line a million rows of 20 columns, in partitions of a million."""
    with tempfile.TemporaryDirectory() as folder:
        parts = Path(folder, "parts")
        write_parts("nuclei", millions, parts)
        frame = dd.read_parquet(sorted(parts.glob("*.parquet")))
        seconds, written = measured(frame, Path(folder, "dask.tiledb"))
        local, here = measured(parts, Path(folder, "local.tiledb"))
        if here.fingerprint != written.fingerprint:
            raise SystemExit("the arrays differ")
        fragments = len(tiledb.array_fragments(written.path))
    print("seconds of a processor, each million rows of 20 columns:")
    for name in ROUNDS:
        print(f"  {name:6} {seconds[name] / millions:.2f}")
    print(f"  all    {sum(seconds.values()) / millions:.2f}")
    print(f"  the same on this machine alone, read once: {sum(local.values()) / millions:.2f}")
    print(f"{fragments} fragments")


def measured(source: object, path: Path) -> tuple[dict[str, float], WrittenTable]:
    """Write a table, and give the processor's seconds of each round."""
    clock = time.process_time
    conversion = prepare(open_source(source), whole=False)
    marks = {"began": clock()}
    steps = write_table(conversion, path)
    try:
        while True:
            match next(steps):
                case Progress(stage=Stage.CONVERT, unit="rows"):
                    marks.setdefault("look", clock())
                case StageDone(stage=Stage.CONVERT):
                    marks["write"] = clock()
                case StageDone(stage=Stage.VERIFY):
                    marks["verify"] = clock()
    except StopIteration as end:
        marks["rest"] = clock()
        ticks = [marks["began"], *(marks[name] for name in ROUNDS)]
        spent = [later - before for before, later in pairwise(ticks)]
        return dict(zip(ROUNDS, spent, strict=True)), end.value


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
