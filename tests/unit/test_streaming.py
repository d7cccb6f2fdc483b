"""An array as a stream: the same rows as read whole, a few megabytes at a time, in each form."""

import shutil
import sys
import tracemalloc
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays.streaming import in_form, picked, stream_array

N = 300_000


@pytest.fixture(scope="module")
def frame():
    numbers = np.arange(N)
    return pd.DataFrame(
        {
            "n": numbers,
            "x": numbers / 7,
            "yes": numbers % 3 == 0,
            "t": pd.Series([f"row {n} µ" for n in numbers], dtype="str"),
        }
    )


@pytest.fixture(scope="module")
def path(frame, tmp_path_factory):
    path = tmp_path_factory.mktemp("streamed") / "T.tiledb"
    otj.create_tiledb(frame, path)
    return str(path)


def test_a_large_array_comes_in_several_batches_and_whole(frame, path):
    stream = stream_array(path)
    batches = list(stream)
    assert len(batches) > 2
    assert sum(batch.num_rows for batch in batches) == N
    pd.testing.assert_frame_equal(in_form(stream_array(path), "pandas"), frame)


@pytest.mark.parametrize(
    "rows", [range(5), range(1000, 250_000, 777), range(N - 3, N + 9), range(N, 2 * N), range(0)]
)
@pytest.mark.parametrize("query", [None, "(x > 100) & yes", "(n < 0)"])
def test_rows_are_counted_among_the_hits(frame, path, rows, query):
    hits = frame if query is None else frame[eval_(frame, query)]
    wanted = hits.iloc[rows.start : rows.stop : rows.step].reset_index(drop=True)
    read = in_form(stream_array(path, rows=rows, query=query, columns=["t", "n"]), "pandas")
    pd.testing.assert_frame_equal(read, wanted[["t", "n"]], check_dtype=len(wanted) > 0)


def eval_(frame, query):
    return frame["n"] < 0 if "n <" in query else (frame["x"] > 100) & frame["yes"]


@given(
    sizes=st.lists(st.integers(0, 6), max_size=6),
    rows=st.builds(range, st.integers(0, 25), st.integers(0, 30), st.integers(1, 5)),
)
def test_picking_rows_of_a_stream_is_slicing_the_whole(sizes, rows):
    whole = list(range(sum(sizes)))
    ends = np.cumsum([0, *sizes])
    batches = (pa.record_batch({"n": pa.array(whole[a:b], pa.int64())}) for a, b in pairwise(ends))
    found = [value for batch in picked(batches, rows) for value in batch["n"].to_pylist()]
    assert found == whole[rows.start : rows.stop : rows.step]


def test_a_stream_ends_behind_the_last_row_asked_for():
    def batches():
        yield pa.record_batch({"n": [0, 1, 2]})
        raise AssertionError("this was not asked for")

    assert sum(batch.num_rows for batch in picked(batches(), range(1, 3))) == 2


def test_batches_are_read_when_they_are_asked_for(path, tmp_path):
    copy = tmp_path / "T.tiledb"
    shutil.copytree(path, copy)
    stream = otj.read_table(copy, as_="batches")
    shutil.rmtree(copy)
    with pytest.raises(otj.PathError, match="no array"):
        stream.read_next_batch()


def test_a_stream_of_batches_takes_no_more_than_a_few_of_them(path):
    tracemalloc.start()
    before = pa.total_allocated_bytes()
    for batch in otj.read_table(path, as_="batches"):
        assert batch.nbytes < 8_000_000
        del batch
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
    assert pa.total_allocated_bytes() - before < 8_000_000


def test_a_frame_that_was_read_can_be_changed(path):
    read = otj.read_table(path, rows=range(10))
    read.loc[0, "x"] = 5.0
    read.loc[0, "t"] = "new"
    assert read["x"].iloc[0] == 5
    assert otj.read_table(path, rows=range(1))["t"].tolist() == ["row 0 µ"]


def test_without_polars_the_cure_is_to_install_it(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(otj.OptionError, match="polars is not installed"):
        otj.read_table(path, as_="polars")


@pytest.mark.parametrize("wrong", [{"columns": ["m"]}, {"query": "(m > 1)"}, {"query": "import"}])
def test_what_cannot_be_read_is_refused_before_the_first_batch(path, wrong):
    with pytest.raises(otj.OmeroTablesError):
        otj.read_table(path, as_="batches", **wrong)
