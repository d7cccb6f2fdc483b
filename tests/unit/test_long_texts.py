"""Texts of kilobytes to megabytes a cell: the same bytes are not read again and again."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import tiledb

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays import layout
from omero_tables_jupyter.arrays.blockread import open_for_reading, read_rows
from omero_tables_jupyter.model import ColumnPlan, Stored


def texts(rows, size):
    return [f"{row:06d}" + "x" * (size - 6) for row in range(rows)]


def bytes_read(report):
    """Sum what TileDB says that it took from the disk."""
    if isinstance(report, dict):
        own = sum(number for name, number in report.items() if name.endswith("VFS.read_byte_num"))
        return own + sum(map(bytes_read, report.values()))
    return sum(map(bytes_read, report)) if isinstance(report, list) else 0


@pytest.fixture
def counted():
    tiledb.stats_reset()
    tiledb.stats_enable()
    yield lambda: bytes_read(json.loads(tiledb.stats_dump(print_out=False, json=True)))
    tiledb.stats_disable()
    tiledb.stats_reset()


@pytest.mark.parametrize(("rows", "size"), [(3_000, 4_000), (300, 40_000), (12_000, 1_000)])
def test_long_texts_are_not_loaded_again_for_each_block(tmp_path, counted, rows, size):
    path = str(tmp_path / "t.tiledb")
    otj.create_tiledb(pd.DataFrame({"a": texts(rows, size)}), path, verify="rows")
    before = counted()
    with open_for_reading(path, 1) as array:
        found = [
            text
            for block in read_rows(array, ["a"], first=0, last=rows - 1)
            for text in block.batch.column(0).to_pylist()
        ]
    assert found == texts(rows, size)
    assert counted() - before < 8 * rows * size


@pytest.mark.parametrize("rows", [range(700), range(100, 2_000, 7), range(1_999, 2_000)])
def test_rows_stay_in_order_while_blocks_change_their_size(tmp_path, rows):
    sizes = np.random.default_rng(1).choice([0, 10, 3_000, 60_000], 2_000, p=[0.2, 0.6, 0.19, 0.01])
    frame = pd.DataFrame({"n": np.arange(2_000), "a": [f"{n}" * (n // 4 + 1) for n in sizes]})
    path = tmp_path / "t.tiledb"
    otj.create_tiledb(frame, path)
    found = otj.read_table(path, rows=rows)
    assert found["n"].tolist() == list(rows)
    assert found["a"].tolist() == frame["a"].iloc[list(rows)].tolist()


@pytest.mark.parametrize(
    ("rows", "text_bytes", "capacity"),
    [
        (None, 0.0, 10_000),
        (3, 65_536.0, 10_000),
        (100_000, 20_000.0, 10_000),
        (100_000, 65_536.0, 244),
        (None, 65_536.0, 244),
        (2, 200e6, 1),
    ],
)
def test_only_where_tiles_would_be_huge_have_they_fewer_rows_than_the_references(
    rows, text_bytes, capacity
):
    columns = [ColumnPlan("a", "a", Stored.TEXT)]
    schema = layout.schema(columns, rows=rows, text_bytes=text_bytes)
    assert schema.capacity == capacity
    assert schema.domain == layout.schema(columns).domain


def test_what_a_row_holds_is_found_in_frames_and_in_files(tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "_MOST_TILE_BYTES", 1_000_000)
    monkeypatch.setattr(layout, "_TILE_BYTES", 100_000)
    frame = pd.DataFrame({"n": np.arange(500), "a": texts(500, 5_000)})
    frame.to_csv(tmp_path / "t.csv", index=False)
    for number, source in enumerate((frame, tmp_path / "t.csv")):
        path = tmp_path / f"{number}.tiledb"
        otj.create_tiledb(source, path)
        with tiledb.open(str(path)) as array:
            assert 15 <= array.schema.capacity <= 21
        pd.testing.assert_frame_equal(otj.read_table(path), frame, check_dtype=False)


def test_a_cell_of_megabytes_is_a_cell(tmp_path):
    frame = pd.DataFrame({"a": ["", "µ" * 4_000_000, "b"]})
    otj.create_tiledb(frame, tmp_path / "t.tiledb")
    assert otj.read_table(tmp_path / "t.tiledb")["a"].tolist() == frame["a"].tolist()
