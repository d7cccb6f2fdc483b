"""Arrow, polars, Parquet and what is no table; reading arrays back in part."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import tiledb

from omero_tables_jupyter.arrays.arrow_cells import plain
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.standing import is_array
from omero_tables_jupyter.arrays.streaming import stream_array
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.errors import ConvertError, DataError, OptionError, PathError
from omero_tables_jupyter.events import Progress, Stage
from omero_tables_jupyter.model import FixKind, Stored
from omero_tables_jupyter.reading import read_table
from omero_tables_jupyter.steps import drained


def written(source, path, **options):
    return drained(write_table(prepare(open_source(source), **options), path))


@pytest.fixture
def stored(tmp_path):
    def store(source, **options):
        return read_table(written(source, tmp_path / "t.tiledb", **options).path)

    return store


ARRAYS = [
    (pa.array([1, 2], pa.int8()), [1, 2]),
    (pa.array([1, 2], pa.uint64()), [1, 2]),
    (pa.array(np.array([1.5, 2], np.float16)), [1.5, 2.0]),
    (pa.array([1.5, 2], pa.float32()), [1.5, 2.0]),
    (pa.array([True, False]), [True, False]),
    (pa.array(["a", None]), ["a", ""]),
    (pa.array(["a", None], pa.large_string()), ["a", ""]),
    (pa.array(["a", "b"]).dictionary_encode(), ["a", "b"]),
    (pa.DictionaryArray.from_arrays(pa.array([0, 1]), pa.array(["a", None])), ["a", ""]),
    (pa.array([None, None], pa.null()), ["", ""]),
    (pa.array([dt.date(2024, 1, 2), None]), ["2024-01-02", ""]),
    (pa.array([dt.date(2024, 1, 2), None], pa.date64()), ["2024-01-02", ""]),
    (pa.array([dt.time(1, 2, 3), None], pa.time32("s")), ["01:02:03", ""]),
    (pa.array([1_000_000_005, None], pa.time64("ns")), ["00:00:01.000000005", ""]),
    (pa.array([0, None], pa.timestamp("ms")), ["1970-01-01T00:00:00", ""]),
    (pa.array([0, None], pa.timestamp("us", "Asia/Tokyo")), ["1970-01-01T09:00:00+09:00", ""]),
    (pa.array([0, None], pa.timestamp("s", "+02:00")), ["1970-01-01T02:00:00+02:00", ""]),
    (pa.array([1500, 0], pa.duration("ms")), [1.5, 0.0]),
    (pa.array([decimal.Decimal("1.50"), decimal.Decimal(2)]), [1.5, 2.0]),
    (pa.array([[1, None], []]), ["[1, null]", "[]"]),
    (pa.array([{"a": "µ"}, None]), ['{"a": "µ"}', ""]),
    (pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int8())), ['[["k", 1]]', ""]),
    (pa.chunked_array([["a"], ["b"]]), ["a", "b"]),
    (pa.chunked_array([[], ["a", "b"]], pa.string()), ["a", "b"]),
]


@pytest.mark.parametrize(("values", "expected"), ARRAYS)
def test_arrow_columns_are_stored_by_the_same_rules(stored, values, expected):
    assert stored(pa.table({"x": values}))["x"].tolist() == expected


@pytest.mark.parametrize(("values", "expected"), ARRAYS)
def test_parquet_columns_are_stored_by_the_same_rules(stored, tmp_path, values, expected):
    if pa.types.is_dictionary(values.type) and values.dictionary.null_count:
        values = values.dictionary_decode()
    pq.write_table(pa.table({"x": values}), tmp_path / "in.parquet")
    assert stored(tmp_path / "in.parquet")["x"].tolist() == expected


def test_run_end_encoded_columns_are_stored(stored):
    runs = pc.run_end_encode(pa.array([7, None, None]))
    found = stored(pa.table({"x": runs}))["x"]
    assert np.array_equal(found, [7.0, np.nan, np.nan], equal_nan=True)


def test_dictionaries_that_are_too_large_together_are_stored(stored):
    texts = [f"{n}" for n in range(200)]
    small = pa.dictionary(pa.int8(), pa.string())
    halves = [pa.array(one).dictionary_encode().cast(small) for one in (texts[:100], texts[100:])]
    assert stored(pa.table({"x": pa.chunked_array(halves)}))["x"].tolist() == texts


class Overfull:
    """What Arrow says of a dictionary that stands for more than 2 GB; that much takes long."""

    indices, dictionary = pa.array([1, None, 0], pa.int8()), pa.array(["a", "µ"])
    type = pa.dictionary(pa.int8(), pa.string())

    def dictionary_decode(self):
        raise pa.ArrowInvalid("Take operation overflowed binary array capacity")


def test_a_dictionary_of_more_text_than_its_type_has_offsets_for_is_read():
    assert plain(Overfull()).equals(pa.array(["µ", None, "a"], pa.large_string()))


def test_arrow_integers_with_nulls_far_down_become_numbers(stored):
    values = pa.chunked_array([np.arange(50_000), pa.array([None], pa.int64())])
    found = stored(pa.table({"x": values}))["x"]
    assert found.iloc[:-1].tolist() == list(range(50_000))
    assert np.isnan(found.iloc[-1])


@pytest.mark.parametrize(
    ("values", "words", "fix"),
    [
        (pa.array([b"a"]), "holds bytes", FixKind.AS_TEXT),
        (pa.array([b"a"], pa.binary(1)), "holds bytes", FixKind.AS_TEXT),
        (pa.array([2**63], pa.uint64()), "too large to be stored", FixKind.AS_TEXT),
        (pa.array([2**53 + 1, None]), "cannot hold", FixKind.AS_TEXT),
        (pa.array([0], pa.timestamp("s", "Mars/Olympus")), "time zone", None),
        (
            pa.Array.from_buffers(pa.string(), 1, pa.array([b"\xff"]).buffers()),
            "not UTF-8 (row 0: b'\\xff')",
            None,
        ),
    ],
)
def test_arrow_columns_that_cannot_be_stored_are_problems(values, words, fix):
    (problem,) = prepare(open_source(pa.table({"x": values}))).plan.problems
    assert words in problem.text
    assert (problem.fix.kind if problem.fix else None) == fix
    assert problem.hint


def test_arrow_bytes_can_be_stored_as_text(stored):
    assert stored(pa.table({"x": [b"caf\xc3\xa9"]}), as_text=["x"])["x"].tolist() == ["café"]


def test_bytes_that_are_no_text_stay_a_problem():
    plan = prepare(open_source(pa.table({"x": [b"\xff"]})), as_text=["x"]).plan
    assert "not UTF-8" in plan.problems[0].text


INDEXED = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})


@pytest.mark.parametrize(
    ("index", "columns"),
    [
        (pd.RangeIndex(2), ["a", "b"]),
        (pd.Index([5, 7]), ["a", "b"]),
        (pd.Index([5, 7], name="cell"), ["cell", "a", "b"]),
        (pd.Index(["p", "q"]), ["index", "a", "b"]),
        (pd.MultiIndex.from_tuples([(1, 2), (3, 4)]), ["level_0", "level_1", "a", "b"]),
    ],
)
def test_the_index_that_pandas_left_in_a_parquet_file_follows_its_rule(
    stored, tmp_path, index, columns
):
    INDEXED.set_axis(index).to_parquet(tmp_path / "in.parquet")
    found = stored(tmp_path / "in.parquet")
    assert found.columns.tolist() == columns
    assert found["a"].tolist() == [1, 2]


def test_a_parquet_file_is_read_in_row_groups_and_in_order(stored, tmp_path):
    frame = pd.DataFrame({"n": np.arange(70_000), "t": [str(n) for n in range(70_000)]})
    frame.to_parquet(tmp_path / "in.parquet", row_group_size=9_999)
    pd.testing.assert_frame_equal(stored(tmp_path / "in.parquet"), frame)


def test_a_parquet_plan_may_be_provisional_and_the_write_still_looks_at_all(stored, tmp_path):
    values = pa.array([1] * 100_000 + [None])
    pq.write_table(pa.table({"x": values}), tmp_path / "in.parquet")
    plan = prepare(open_source(tmp_path / "in.parquet"), whole=False).plan
    assert plan.provisional
    assert plan.rows == 100_001
    assert plan.columns[0].stored is Stored.INTEGER
    found = stored(tmp_path / "in.parquet", whole=False)["x"]
    assert found.dtype == np.float64
    assert np.isnan(found.iloc[-1])


def test_a_problem_deep_in_a_parquet_file_stops_a_provisional_write(tmp_path):
    pq.write_table(pa.table({"x": [1] * 100_000 + [2**53 + 1, None]}), tmp_path / "in.parquet")
    with pytest.raises(DataError, match="row 100000"):
        written(tmp_path / "in.parquet", tmp_path / "t.tiledb", whole=False)
    assert not (tmp_path / "t.tiledb").exists()


def test_columns_of_one_name_in_a_parquet_file_are_told_apart(stored, tmp_path):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(table, tmp_path / "in.parquet")
    found = stored(tmp_path / "in.parquet", rename={"a": "b"})
    assert found.iloc[0].to_dict() == {"a": 1, "b": 2}


def test_a_dot_in_a_parquet_name_is_only_a_dot(stored, tmp_path):
    table = pa.table({"a": [{"b": 1}], "a.b": [2], "c.d": [3]})
    pq.write_table(table, tmp_path / "in.parquet")
    assert stored(tmp_path / "in.parquet").iloc[0].tolist() == ['{"b": 1}', 2, 3]


def test_a_file_that_is_no_parquet_is_an_error(tmp_path):
    (tmp_path / "in.parquet").write_text("a,b\n")
    with pytest.raises(DataError, match=r"in\.parquet"):
        open_source(tmp_path / "in.parquet")


def test_polars_frames_are_stored_by_the_same_rules(stored):
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(
        {
            "Image": [1, None],
            "t": ["a", None],
            "c": pl.Series(["u", "v"], dtype=pl.Categorical),
            "when": [dt.datetime(2024, 1, 2, 3, tzinfo=dt.UTC), None],
            "l": [[1], [2, 3]],
            "d": [decimal.Decimal("1.5"), None],
        }
    )
    found = stored(frame)
    assert found["Image"].tolist() == [1, -1]
    assert found["t"].tolist() == ["a", ""]
    assert found["c"].tolist() == ["u", "v"]
    assert found["when"].tolist() == ["2024-01-02T03:00:00+00:00", ""]
    assert found["l"].tolist() == ["[1]", "[2, 3]"]
    assert found["d"].iloc[0] == 1.5


def test_polars_objects_are_an_error_with_a_cure():
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"x": pl.Series([object()], dtype=pl.Object)})
    with pytest.raises(DataError, match="column 'x'") as caught:
        prepare(open_source(frame))
    assert "pl.String" in caught.value.hint


@pytest.mark.parametrize(
    ("source", "cure"),
    [
        (pd.Series([1]), "to_frame"),
        (pd.DataFrame({"a": [1]}).groupby("a"), "make a row of each group"),
        (np.zeros((2, 2)), "pd.DataFrame(array"),
        ([{"a": 1}], "pd.DataFrame(data)"),
        ({"a": [1]}, "pd.DataFrame(data)"),
        (None, "DataFrame"),
        (7, "DataFrame"),
    ],
)
def test_what_is_no_table_is_an_error_with_the_cure(source, cure):
    with pytest.raises(DataError, match="no table") as caught:
        open_source(source)
    assert cure in caught.value.hint


def test_files_that_cannot_be_opened_are_errors(tmp_path):
    with pytest.raises(DataError, match="not a kind of file"):
        open_source("cells.xlsx")
    with pytest.raises(PathError, match="no file"):
        open_source(tmp_path / "gone.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(PathError, match="folder"):
        open_source(str(tmp_path / "folder.csv"))


@pytest.mark.parametrize("name", ["cells.csv", "cells.tsv", "cells.txt", "cells.CSV"])
def test_text_files_are_known_by_their_ends(tmp_path, name):
    (tmp_path / name).write_text("a\tb\n1\t2\n" if "c" not in name[-3:].lower() else "a,b\n1,2\n")
    source = open_source(tmp_path / name)
    assert (source.label, source.default_name) == (name, "cells")


FRAME = pd.DataFrame(
    {"n": np.arange(3000), "x": np.arange(3000) / 2, "t": [f"t{n % 7}" for n in range(3000)]}
)


@pytest.fixture(scope="module")
def array(tmp_path_factory):
    return written(FRAME, tmp_path_factory.mktemp("arrays") / "t.tiledb").path


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (range(10, 20), FRAME.iloc[10:20]),
        (range(0, 3000, 1000), FRAME.iloc[::1000]),
        (range(2990, 9999), FRAME.iloc[2990:]),
        (range(1, 10, 3), FRAME.iloc[1:10:3]),
        (range(9999, 10_000), FRAME.iloc[:0]),
        (range(5, 5), FRAME.iloc[:0]),
        (None, FRAME),
    ],
)
def test_rows_are_read_by_their_ids(array, rows, expected):
    pd.testing.assert_frame_equal(read_table(array, rows=rows), expected.reset_index(drop=True))


def test_columns_are_read_in_the_order_asked_for(array):
    assert read_table(array, columns=["t", "n"]).columns.tolist() == ["t", "n"]
    assert read_table(array, columns="x").shape == (3000, 1)


def test_a_condition_keeps_the_rows_that_fit_though_its_column_is_not_read(array):
    found = read_table(array, columns=["t"], query="(n > 2995) & (x < 1499.4)")
    assert found.to_dict("list") == {"t": FRAME["t"].iloc[2996:2999].tolist()}


@pytest.mark.parametrize(("query", "hits"), [("*", 3000), ("1 == 1", 3000), ("1 == 2", 0)])
def test_a_condition_may_name_no_column(array, query, hits):
    assert len(read_table(array, query=query)) == hits
    assert sum(len(batch) for batch in stream_array(array, query=query)) == hits


@pytest.mark.parametrize("options", [{"columns": ["nn"]}, {"rows": slice(-5, None)}])
def test_what_cannot_be_read_is_an_error(array, options):
    with pytest.raises(OptionError) as caught:
        read_table(array, **options)
    assert caught.value.hint


def test_an_array_says_what_it_holds(array):
    info = describe_array(array)
    assert (info.rows, info.columns) == (3000, ("n", "x", "t"))
    assert info.types == (Stored.INTEGER, Stored.NUMBER, Stored.TEXT)
    assert info.version == "3"
    assert info.created.endswith("Z")
    assert is_array(array)


def test_what_is_no_array_is_an_error(tmp_path):
    (tmp_path / "folder.tiledb").mkdir()
    for path, words in (
        (tmp_path / "gone", "no array at"),
        (tmp_path / "folder.tiledb", "not a TileDB"),
    ):
        assert not is_array(path)
        for read in (describe_array, read_table):
            with pytest.raises(PathError, match=words):
                read(path)


def test_an_array_of_another_layout_is_an_error(tmp_path):
    tiledb.from_numpy(str(tmp_path / "other"), np.arange(4)).close()
    with pytest.raises(PathError, match="not a table"):
        describe_array(tmp_path / "other")


def test_a_damaged_array_is_an_error(tmp_path):
    path = written(FRAME, tmp_path / "t.tiledb").path
    for one in (tmp_path / "t.tiledb" / "__schema").glob("_*"):
        if one.is_file():
            one.write_bytes(b"damaged")
    with pytest.raises(ConvertError, match="could not be read"):
        read_table(path)


def test_an_array_without_rows_reads_as_an_empty_frame(tmp_path):
    plan = prepare(open_source(FRAME)).plan
    from omero_tables_jupyter.arrays.layout import schema

    tiledb.Array.create(str(tmp_path / "t.tiledb"), schema(plan.columns))
    assert describe_array(tmp_path / "t.tiledb").rows == 0
    assert describe_array(tmp_path / "t.tiledb").token is None
    assert read_table(tmp_path / "t.tiledb").shape == (0, 3)


def test_a_csv_file_tells_how_far_it_is_by_its_bytes(tmp_path):
    csv = tmp_path / "cells.csv"
    csv.write_text("a,b\n" + "1,2.5\n" * 900_000)
    steps = write_table(prepare(open_source(csv), whole=False), tmp_path / "t.tiledb")
    moved = [e for e in steps if isinstance(e, Progress) and e.stage is Stage.CONVERT]
    size = csv.stat().st_size
    assert {(event.unit, event.total) for event in moved} == {("bytes", size)}
    assert moved[-1].done == size
    assert 0 < moved[0].done < size
