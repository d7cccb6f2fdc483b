"""The tables that are measured: made, not kept, and the same in every environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PART_ROWS = 1_000_000


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


def wide(rows: int, seed: int = 7) -> pd.DataFrame:
    """Make a feature table: 3 integer and 500 float columns."""
    random = np.random.default_rng(seed)
    columns: dict[str, np.ndarray] = {
        "Image": random.integers(101, 113, rows),
        "cell": np.arange(rows),
        "area_px": random.integers(20, 4000, rows),
    }
    columns |= {f"feature_{number:03}": random.normal(size=rows) for number in range(500)}
    return pd.DataFrame(columns)


def strings(rows: int, seed: int = 7) -> pd.DataFrame:
    """Make 3 columns of texts, nearly all distinct, of some 30 to 60 characters."""
    random = np.random.default_rng(seed)
    numbers = random.integers(0, 2**60, (3, rows))
    return pd.DataFrame(
        {
            "path": [f"/data/screens/plate-{n % 97:03}/well/{n:018}.tif" for n in numbers[0]],
            "uuid": [f"{n:020x}-{n % 7919:012x}" for n in numbers[1]],
            "remark": [f"cell {n % 1000} of the field looked at {n:020}" for n in numbers[2]],
        }
    )


def long(rows: int, seed: int = 7) -> pd.DataFrame:
    """Make a long table: 2 integer, 4 float, 1 bool and 1 short text column."""
    frame = nuclei(rows, seed)
    return frame[["Image", "cell", *(f"feature_{n:02}" for n in range(4)), "touches_edge", "phase"]]


TABLES: dict[str, Callable[[int, int], pd.DataFrame]] = {
    "nuclei": nuclei,
    "wide": wide,
    "strings": strings,
    "long": long,
}


def write_csv(table: str, rows: int, path: Path) -> None:
    """Write a table as CSV, the numbers as short as they read back exactly."""
    writer = None
    for part in _parts(table, rows):
        if writer is None:
            options = arrow_csv.WriteOptions(quoting_style="none")
            writer = arrow_csv.CSVWriter(path, part.schema, write_options=options)
        writer.write_table(part)
    if writer:
        writer.close()


def write_parquet(table: str, rows: int, path: Path) -> None:
    """Write a table as Parquet, in row groups of a million rows."""
    writer = None
    for part in _parts(table, rows):
        writer = writer or pq.ParquetWriter(path, part.schema)
        writer.write_table(part)
    if writer:
        writer.close()


def write_parts(table: str, parts: int, folder: Path) -> None:
    """Fill a folder with Parquet files of a million rows each, all links to one file."""
    folder.mkdir()
    first = folder / "part-0000.parquet"
    write_parquet(table, _PART_ROWS, first)
    for number in range(1, parts):
        (folder / f"part-{number:04}.parquet").hardlink_to(first)


def _parts(table: str, rows: int) -> Iterator[pa.Table]:
    for seed, start in enumerate(range(0, rows, _PART_ROWS)):
        frame = TABLES[table](min(_PART_ROWS, rows - start), seed)
        yield pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
