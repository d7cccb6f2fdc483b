"""One measurement in a process of its own: seconds, memory above the source, files. Prints JSON.

Run by `headline.py`; `python benchmarks/measure.py ours --rows 1000000` works by hand.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import sys
import tempfile
import threading
import time
import types
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable


def nuclei(rows: int, seed: int = 7) -> pd.DataFrame:
    """Make measurements of nuclei: 3 integer, 14 float, 1 bool and 2 short text columns."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "Image": random.integers(101, 113, rows),
            "cell": np.arange(rows),
            "area_px": random.integers(20, 4000, rows),
        }
    )
    for number in range(14):
        frame[f"feature_{number:02}"] = random.normal(size=rows)
    frame["touches_edge"] = random.integers(0, 10, rows) == 0
    frame["phase"] = np.array(["G1", "S", "G2", "M"], dtype=object)[random.integers(0, 4, rows)]
    wells = np.array([f"{row}{column:02}" for row in "ABCDEFGH" for column in range(1, 13)], object)
    frame["well_name"] = wells[random.integers(0, len(wells), rows)]
    return frame


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


def ours(source: pd.DataFrame | Path, folder: Path, verify: str = "values") -> None:
    from omero_tables_jupyter import create_tiledb

    create_tiledb(source, folder / "ours.tiledb", verify=verify)


def ours_rows(source: pd.DataFrame | Path, folder: Path) -> None:
    ours(source, folder, verify="rows")


def parquet(source: pd.DataFrame, folder: Path) -> None:
    source.to_parquet(folder / "table.parquet")


def reference(source: pd.DataFrame | Path, folder: Path, chunk_size: int = 1000) -> None:
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


def reference_50000(source: pd.DataFrame | Path, folder: Path) -> None:
    reference(source, folder, chunk_size=50_000)


VARIANTS: dict[str, Callable[..., None]] = {
    "ours": ours,
    "ours-rows": ours_rows,
    "parquet": parquet,
    "reference": reference,
    "reference-50000": reference_50000,
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("variant", choices=VARIANTS)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--csv", type=Path, help="read this CSV file instead of a frame")
    options = arguments.parse_args()
    act = VARIANTS[options.variant]
    source = options.csv or nuclei(options.rows)
    with tempfile.TemporaryDirectory() as warm_up:
        # Imports and first-call costs are everybody's own, and are not what is compared.
        act(nuclei(1000), Path(warm_up))
    with tempfile.TemporaryDirectory() as folder:
        with PeakMemory() as memory:
            began = time.perf_counter()
            act(source, Path(folder))
            seconds = time.perf_counter() - began
        written = list(Path(folder).rglob("*"))
        figures = {
            "seconds": seconds,
            "peak_mb": memory.peak_mb,
            "files": sum(path.is_file() for path in written),
            "fragments": sum(path.parent.name == "__fragments" for path in written),
            "bytes": sum(path.stat().st_size for path in written if path.is_file()),
        }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
