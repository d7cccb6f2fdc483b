"""What pandas notes beside a table in Arrow and Parquet: its index, and types of its own."""

import subprocess
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import tiledb

import omero_tables_jupyter as otj


@pytest.fixture(params=["arrow", "parquet"])
def saved(request, tmp_path):
    def save(frame):
        if request.param == "arrow":
            return pa.Table.from_pandas(frame)
        frame.to_parquet(tmp_path / "in.parquet")
        return tmp_path / "in.parquet"

    return save


@pytest.fixture
def stored(tmp_path):
    def store(source, **options):
        done = otj.create_tiledb(source, tmp_path / "t.tiledb", **options)
        with tiledb.open(done.path) as array:
            return {name: array[:][name].tolist() for name in done.columns}

    return store


def frame(index):
    return pd.DataFrame({"a": [1, 2, 3]}, index=index)


def notes_of(source, **options):
    return [note.text for note in otj.check_table(source, **options).notes]


def test_a_named_range_becomes_a_column(saved, stored):
    table = saved(frame(pd.RangeIndex(5, 11, 2, name="cell")))
    assert stored(table) == {"cell": [5, 7, 9], "a": [1, 2, 3]}


def test_a_named_range_can_stand_alone_and_last(saved, stored):
    table = saved(frame(pd.RangeIndex(9, 3, -2, name="cell")))
    assert stored(table, columns=["cell"]) == {"cell": [9, 7, 5]}


def test_a_named_range_follows_the_columns_where_it_is_asked_to(saved, stored):
    table = saved(frame(pd.RangeIndex(3, name="cell")))
    assert stored(table, columns=["a", "cell"]) == {"a": [1, 2, 3], "cell": [0, 1, 2]}


def test_labels_that_do_not_count_rows_are_left_out_by_a_note(saved, stored):
    for index in (pd.RangeIndex(5, 8), pd.Index([7, 5, 5])):
        (note,) = notes_of(saved(frame(index)))
        assert "index='keep'" in note
    assert stored(saved(frame(pd.Index([7, 5, 5])))) == {"a": [1, 2, 3]}


def test_labels_that_count_rows_need_no_note(saved, stored):
    assert notes_of(saved(frame(None))) == []
    assert stored(saved(frame(None))) == {"a": [1, 2, 3]}


@pytest.mark.parametrize("index", [pd.RangeIndex(5, 8), pd.Index([7, 5, 5])])
def test_labels_are_kept_or_dropped_where_that_is_asked_for(saved, stored, index):
    table = saved(frame(index))
    assert stored(table, index="keep") == {"index": list(index), "a": [1, 2, 3]}
    assert notes_of(table, index="drop") == []


def cut(tmp_path, how):
    """Give the middle three of six rows, whose labels pandas noted as 10 to 15."""
    labelled = pd.DataFrame({"a": range(6)}, index=pd.RangeIndex(10, 16, name="cell"))
    whole = pa.Table.from_pandas(labelled)
    if how == "slice":
        return whole.slice(2, 3)
    if how == "filter":
        return whole.filter(pa.array([False, False, True, True, True, False]))
    pq.write_table(whole.slice(2, 3) if how == "file" else whole, tmp_path / "in.parquet")
    if how == "file":
        return tmp_path / "in.parquet"
    return ds.dataset(tmp_path / "in.parquet").filter((ds.field("a") > 1) & (ds.field("a") < 5))


@pytest.mark.parametrize("how", ["slice", "filter", "file", "dataset"])
@pytest.mark.parametrize("index", ["auto", "keep", "drop"])
def test_labels_of_rows_that_were_cut_away_are_given_to_no_others(tmp_path, stored, how, index):
    notes = notes_of(cut(tmp_path, how), index=index)
    assert ["those of other rows" in one for one in notes] == [True] * (index != "drop")
    assert stored(cut(tmp_path, how), index=index) == {"a": [2, 3, 4]}


@pytest.mark.parametrize(
    "noted", [b"garbage", b"{}", b"[]", b'{"index_columns": 5}', b'{"index_columns": [{}, 5]}']
)
def test_notes_that_pandas_did_not_make_are_passed_over(stored, noted):
    table = pa.table({"a": [1]}).replace_schema_metadata({"pandas": noted})
    assert stored(table) == {"a": [1]}


SPANS = pd.DataFrame(
    {
        "month": pd.PeriodIndex(["2024-01", None, "2024-03"], freq="M"),
        "range": pd.arrays.IntervalArray.from_tuples([(0, 1), None, (2, 3)]),
    }
)
WRITTEN = {"month": ["2024-01", "", "2024-03"], "range": ["(0.0, 1.0]", "", "(2.0, 3.0]"]}


def test_periods_and_intervals_are_text_by_a_note(saved, stored):
    table = saved(SPANS)
    assert stored(table) == WRITTEN
    for column in otj.check_table(table).columns:
        assert column.notes == ("periods and intervals are stored as text", "1 missing -> ''")


def test_periods_are_known_in_a_kernel_that_has_read_none(tmp_path):
    SPANS.to_parquet(tmp_path / "in.parquet")
    code = (
        "import sys, omero_tables_jupyter as otj\n"
        "plan = otj.check_table(sys.argv[1])\n"
        "assert [str(one.stored) for one in plan.columns] == ['text', 'text'], plan.columns"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "in.parquet")], check=True)


def test_a_boolean_of_eight_bits_is_a_boolean(stored):
    if not hasattr(pa, "bool8"):
        pytest.skip("this Arrow has none")
    values = pa.ExtensionArray.from_storage(pa.bool8(), pa.array([0, 1], pa.int8()))
    assert stored(pa.table({"a": values})) == {"a": [False, True]}


def test_a_date_in_milliseconds_is_its_day(stored):
    ticks = pa.array([0, -1, 86_400_001, None], pa.int64()).cast(pa.date64())
    found = {"a": ["1970-01-01", "1969-12-31", "1970-01-02", ""]}
    assert stored(pa.table({"a": ticks})) == found


def test_what_python_has_no_object_for_is_a_problem_with_its_row():
    twice = pa.StructArray.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])
    far = pa.array([[0], [2**62]], pa.list_(pa.int64())).cast(pa.list_(pa.timestamp("s")))
    for values, row in ((twice, 0), (far, 1)):
        (problem,) = otj.check_table(pa.table({"a": values})).problems
        assert (problem.column, problem.row) == ("a", row)
