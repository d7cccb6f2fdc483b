"""One measurement in a process of its own: seconds, memory above the source, files. Prints JSON.

Run by `run.py`; by hand: ``python benchmarks/measure.py ours --table nuclei --rows 1000000``, or
with ``--source cells.csv`` in place of a frame.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import sys
import tempfile
import threading
import time
import types
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd
from data import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable


class PeakMemory:
    """Peak resident memory of this process above what it was at the start, in MB, sampled."""

    def __enter__(self) -> Self:
        gc.collect()
        self._before = self._now()
        self.peak_mb = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.005):
            self.peak_mb = max(self.peak_mb, self._now() - self._before)

    @staticmethod
    def _now() -> float:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e6


def ours(source: pd.DataFrame | Path, folder: Path, **options: object) -> None:
    from omero_tables_jupyter import create_tiledb

    create_tiledb(source, folder / "ours.tiledb", **options)  # type: ignore[arg-type]


def parquet(source: pd.DataFrame | Path, folder: Path) -> None:
    """Write Parquet as pandas does; of a CSV file, as pyarrow streams it."""
    if isinstance(source, pd.DataFrame):
        source.to_parquet(folder / "table.parquet")
        return
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as pq

    reader = arrow_csv.open_csv(source)
    with reader, pq.ParquetWriter(folder / "table.parquet", reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)


def raw(source: pd.DataFrame, folder: Path) -> None:
    """Write the bytes as they are and wait for the disk: less is not possible."""
    with (folder / "raw").open("wb") as file:
        for name in source.columns:
            values = source[name]
            if isinstance(values.dtype, np.dtype) and values.dtype != object:
                file.write(values.to_numpy().data)
            else:
                file.write("".join(values).encode())
        file.flush()
        os.fsync(file.fileno())


def reference(source: pd.DataFrame | Path, folder: Path, chunk_size: int = 1000) -> None:
    if isinstance(source, Path) and source.suffix == ".parquet":
        # It reads no Parquet: its users read the file first.
        source = pd.read_parquet(source)
    _reference_client().create_tiledb(source, folder / "reference.tiledb", chunk_size=chunk_size)


@cache
def _reference_client() -> types.ModuleType:
    """Import the reference client's own code, without the Ice that its package imports."""
    found = find_spec("omero2pandas")
    if found is None:
        raise SystemExit("the reference client is not installed in this environment")
    package = types.ModuleType("omero2pandas")
    package.__path__ = list(found.submodule_search_locations or ())
    connect = types.ModuleType("omero2pandas.connect")
    connect.get_connection = None  # type: ignore[attr-defined]
    sys.modules.update({"omero2pandas": package, "omero2pandas.connect": connect})
    return import_module("omero2pandas.remote")


VARIANTS: dict[str, Callable[..., None]] = {
    "ours": ours,
    "ours-rows": partial(ours, verify="rows"),
    "parquet": parquet,
    "raw": raw,
    "reference": reference,
    "reference-50000": partial(reference, chunk_size=50_000),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("variant", choices=VARIANTS)
    arguments.add_argument("--table", choices=TABLES, default="nuclei")
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--source", type=Path, help="a file or folder to read, not a frame")
    arguments.add_argument("--into", type=Path, help="an existing folder to leave the result in")
    arguments.add_argument("--option", action="append", default=[], help="such as chunk_rows=1000")
    options = arguments.parse_args()
    act = partial(VARIANTS[options.variant], **dict(map(_option, options.option)))
    source = options.source or TABLES[options.table](options.rows, 7)
    with tempfile.TemporaryDirectory() as warm_up:
        # Imports and first-call costs are everybody's own, and are not what is compared.
        act(TABLES[options.table](1000, 7), Path(warm_up))
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measured(act, source, options.into or Path(folder))))


def _option(text: str) -> tuple[str, object]:
    name, _, value = text.partition("=")
    return name, int(value) if value.isdigit() else value


def measured(act: Callable[..., None], source: object, folder: Path) -> dict[str, float]:
    # Files that were just made are not to be written out while something else is timed.
    os.sync()
    with PeakMemory() as memory:
        began, began_cpu = time.perf_counter(), time.process_time()
        act(source, folder)
        seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    written = list(folder.rglob("*"))
    return {
        "seconds": seconds,
        "cpu": cpu,
        "peak_mb": memory.peak_mb,
        "files": sum(path.is_file() for path in written),
        "fragments": sum(path.parent.name == "__fragments" for path in written),
        "bytes": sum(path.stat().st_size for path in written if path.is_file()),
    }


if __name__ == "__main__":
    main()
