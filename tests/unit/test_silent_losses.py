"""What the reference client loses in silence, and what we do with the same input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.plan import Pick
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.reading import read_table
from omero_tables_jupyter.steps import drained


def kept(source, path, **options):
    """Store in chunks of 1000 rows, as the reference does, and read back."""
    conversion = prepare(open_source(source), **options)
    return read_table(drained(write_table(conversion, path, chunk_rows=1000)).path)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.tiledb"


@pytest.mark.parametrize(
    "index",
    [
        np.arange(4500) % 1700,
        np.arange(4500)[::-1],
        np.random.default_rng(0).permutation(4500),
        np.arange(4500) - 2000,
        np.zeros(4500, int),
    ],
)
def test_a_repeated_shuffled_or_negative_index_loses_no_row(path, index):
    found = kept(pd.DataFrame({"a": np.arange(4500)}, index=index), path)
    assert found["a"].tolist() == list(range(4500))


def test_a_filtered_frame_keeps_its_rows_in_order(path):
    frame = pd.DataFrame({"a": np.arange(9000)})
    assert kept(frame[frame["a"] % 2 == 1], path)["a"].tolist() == list(range(1, 9000, 2))


def test_a_sorted_frame_keeps_its_order(path):
    frame = pd.DataFrame({"a": [3, 1, 2], "b": list("cab")}).sort_values("b")
    assert kept(frame, path)["a"].tolist() == [1, 2, 3]


@pytest.mark.skipif(
    pd.__version__ < "3",
    reason="pandas 2 writes into what others look at",
)
def test_what_another_cell_writes_meanwhile_is_not_half_in_the_table(path):
    frame = pd.DataFrame({"a": np.arange(60_000), "b": ["x"] * 60_000})
    steps = write_table(prepare(open_source(frame)), path, chunk_rows=1000)
    while next(steps).__class__.__name__ != "Progress":
        pass
    frame.loc[:, "a"] = -1
    frame.loc[:, "b"] = "y"
    for _ in steps:
        pass
    found = read_table(path)
    assert found["a"].tolist() == list(range(60_000))
    assert set(found["b"]) == {"x"}


def test_objects_are_read_from_a_copy_in_which_no_other_thread_replaces_them():
    source = open_source(pd.DataFrame({"a": pd.Series(["x", 1, None] * 50, dtype=object)}))
    source.fields("auto")
    (block,) = source.blocks([Pick(0, "a", "a")], 150)
    read, again = block.get(0), block.get(0)
    assert read.dtype == object
    assert not np.shares_memory(read, again)


def test_uint64_is_never_wrapped(path):
    top = 2**64 - 1
    frame = pd.DataFrame({"a": np.array([top], "u8")})
    assert "column 'a'" in prepare(open_source(frame)).plan.problems[0].text
    assert kept(frame, path, as_text=["a"])["a"].tolist() == [str(top)]


def test_a_category_with_missing_never_becomes_another_category(path):
    frame = pd.DataFrame({"a": pd.Categorical(["x", None, "y"])})
    assert kept(frame, path)["a"].tolist() == ["x", "", "y"]


def test_text_with_a_missing_value_is_stored(path):
    frame = pd.DataFrame({"a": ["x", None, "y"]})
    assert kept(frame, path)["a"].tolist() == ["x", "", "y"]


def csv(folder, *cells):
    file = folder / "in.csv"
    file.write_text("a,b\n" + "".join(f"{cell},x\n" for cell in cells))
    return file


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1"] * 2000 + ["3.5"], [1.0] * 2000 + [3.5]),
        (["True"] * 2000 + ["maybe"], ["True"] * 2000 + ["maybe"]),
        (["007", "8"], ["007", "8"]),
        (["actin", "NA"], ["actin", "NA"]),
        (["7"] * 400_000 + ["x"], ["7"] * 400_000 + ["x"]),
    ],
)
def test_a_csv_column_takes_the_type_that_all_of_it_fits(tmp_path, path, cells, expected, whole):
    assert kept(csv(tmp_path, *cells), path, whole=whole)["a"].tolist() == expected


def test_an_integer_csv_column_with_an_empty_cell_is_nan_there(tmp_path, path):
    found = kept(csv(tmp_path, "1", "", "3"), path)["a"]
    assert np.array_equal(found, [1.0, np.nan, 3.0], equal_nan=True)
