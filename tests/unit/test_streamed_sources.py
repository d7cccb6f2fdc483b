"""Tables that come bit by bit: each kind gives the array that the DataFrame gives."""

from __future__ import annotations

import datetime as dt
import gc
import itertools
import pathlib
import sqlite3

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from omero_tables_jupyter.errors import DataError, PathError
from omero_tables_jupyter.events import Progress, Stage
from omero_tables_jupyter.model import Stored
from omero_tables_jupyter.tables import onepass, parquet, streams
from omero_tables_jupyter.tables.conversion import prepare
from omero_tables_jupyter.tables.fingerprint import fingerprint_of
from omero_tables_jupyter.tables.reader import read_array
from omero_tables_jupyter.tables.sources import open_source
from omero_tables_jupyter.tables.writer import write_table

ROWS = 45_000


def frame_of(rows=ROWS):
    numbers = np.arange(rows)
    return pd.DataFrame(
        {
            "Image": numbers % 7 + 101,
            "cell": numbers,
            "area": np.where(numbers % 1000 == 999, np.nan, numbers * 0.25),
            "ok": numbers % 3 == 0,
            "name": pd.Series([f"cell {n} µ" for n in numbers], dtype=object),
            # Integers and times that are missing, or finer, only far down.
            "late": pd.array(numbers, "Int64"),
            "when": pd.Timestamp("2024-01-02") + pd.to_timedelta(numbers, "s"),
        }
    )


def late_frame():
    frame = frame_of()
    frame.loc[ROWS - 5, "late"] = pd.NA
    frame.loc[ROWS - 4, "name"] = None
    frame.loc[ROWS - 3, "when"] += pd.Timedelta(1, "ms")
    return frame


def pieces(frame, rows=20_000):
    return [frame.iloc[start : start + rows] for start in range(0, len(frame), rows)]


def drained(steps):
    events = []
    while True:
        try:
            events.append(next(steps))
        except StopIteration as end:
            return end.value, events


def write(source, path, **options):
    return drained(write_table(prepare(open_source(source), whole=False, **options), path))


def listing(folder):
    return sorted(one.name for one in pathlib.Path(folder).iterdir())


def arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def parquet_file(frame, folder):
    pq.write_table(arrow(frame), folder / "in.parquet", row_group_size=7_000)
    return folder / "in.parquet"


def parquet_parts(frame, folder):
    (folder / "parts").mkdir()
    paths = []
    for number, piece in enumerate(pieces(frame)):
        paths.append(folder / "parts" / f"part-{number + 8}.parquet")
        pq.write_table(arrow(piece), paths[-1])
    return paths


def parquet_folder(frame, folder):
    return parquet_parts(frame, folder)[0].parent


def parquet_pattern(frame, folder):
    return str(parquet_folder(frame, folder) / "part-*.parquet")


def dataset(frame, folder):
    return ds.dataset(list(map(str, parquet_parts(frame, folder))))


def lazy(frame, folder):
    polars = pytest.importorskip("polars")
    return polars.scan_parquet(parquet_file(frame, folder))


def lazy_in_memory(frame, folder):
    polars = pytest.importorskip("polars")
    return polars.from_arrow(arrow(frame)).lazy()


def polars_frames(frame, folder):
    polars = pytest.importorskip("polars")
    return (polars.from_arrow(arrow(piece)) for piece in pieces(frame))


REPEATABLE = [
    parquet_file,
    parquet_parts,
    parquet_folder,
    parquet_pattern,
    dataset,
    lazy,
    lazy_in_memory,
    lambda frame, _: pieces(frame),
    lambda frame, _: tuple(map(arrow, pieces(frame))),
]
ONE_PASS = [
    lambda frame, _: arrow(frame).to_reader(max_chunksize=3_000),
    lambda frame, _: (piece for piece in pieces(frame)),
    lambda frame, _: map(arrow, pieces(frame, 1_000)),
    lambda frame, _: iter(arrow(frame).to_batches(max_chunksize=4_000)),
    polars_frames,
]


@pytest.mark.parametrize("make", [*REPEATABLE, *ONE_PASS])
def test_each_kind_gives_the_array_that_the_frame_gives(tmp_path, make):
    # Small enough for a stream to be looked at whole before it is written.
    frame = late_frame()
    expected, _ = write(frame, tmp_path / "frame.tiledb")
    (tmp_path / "in").mkdir()
    written, _ = write(make(frame, tmp_path / "in"), tmp_path / "other.tiledb")
    found, wanted = read_array(written.path), read_array(expected.path)
    pd.testing.assert_frame_equal(found, wanted)
    assert written.fingerprint == expected.fingerprint
    assert found["when"].iloc[-3].endswith(".001")
    assert listing(tmp_path) == ["frame.tiledb", "in", "other.tiledb"]


@pytest.mark.parametrize("make", REPEATABLE)
def test_what_can_be_read_twice_has_its_fingerprint_without_being_written(tmp_path, make):
    frame = late_frame()
    expected, _ = drained(fingerprint_of(prepare(open_source(frame))))
    found, _ = drained(fingerprint_of(prepare(open_source(make(frame, tmp_path)), whole=False)))
    assert found == expected


@pytest.mark.parametrize("make", REPEATABLE)
def test_a_whole_check_knows_what_the_last_rows_ask_for(tmp_path, make):
    frame = late_frame()
    plan = prepare(open_source(make(frame, tmp_path)), whole=True).plan
    assert not plan.provisional
    assert plan.rows == ROWS
    assert [one.stored for one in plan.columns] == [
        one.stored for one in prepare(open_source(frame)).plan.columns
    ]
