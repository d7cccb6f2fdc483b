"""The plan for a Dask DataFrame is that for its partitions joined to one frame."""

from __future__ import annotations

import datetime as dt
import decimal
import sys

import numpy as np
import pandas as pd
import pytest

from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.fingerprint import fingerprint_of
from omero_tables_jupyter.arrays.preview import preview
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.errors import DataError, OptionError
from omero_tables_jupyter.steps import drained

dask = pytest.importorskip("dask")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module", autouse=True)
def workers():
    """Two threads of this process: quick, and enough to decide."""
    with (
        dask.config.set({"dataframe.convert-string": False}),
        distributed.Client(
            processes=False,
            n_workers=1,
            threads_per_worker=2,
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
        ) as client,
    ):
        yield client


def parts(*frames, meta=None):
    """Give a Dask DataFrame of just these partitions."""
    return dd.from_map(
        lambda n: frames[n], range(len(frames)), meta=frames[0] if meta is None else meta
    )


def objects(*values):
    """Give them as they are: pandas would make text of some."""
    return pd.Series(values, dtype=object)


def columns(*values, name="x", index=None):
    return [pd.DataFrame({name: one}, index=index) for one in values]


def planned(source, **options):
    return prepare(open_source(source), **options).plan


def comparable(plan):
    return (
        plan.columns,
        plan.rows,
        plan.n_bytes if plan.ok else None,
        plan.provisional,
        {(note.column, note.text) for note in plan.notes},
        {(one.column, one.text, one.hint) for one in plan.problems},
    )


def zoned(start, zone, unit="ns"):
    return pd.date_range(start, periods=3, freq="h", tz=zone).as_unit(unit)


D = decimal.Decimal
ALIKE = {
    "whole numbers": columns([1, 2], [3]),
    "narrow and wide whole numbers": columns(np.array([1, 2], "int8"), np.array([3], "uint32")),
    "numbers": columns([1.5, np.nan], [np.nan]),
    "nothing but NaN": columns([np.nan], [np.nan, np.nan]),
    "true and false": columns([True, False], [True]),
    "true and false, some missing": columns(objects(True, None), objects(False)),
    "text": columns(["a", "µ"], ["long " * 40]),
    "text, some missing": columns(["a", None], ["b"]),
    "text, and a part without any": columns(objects("a"), objects(None, None)),
    "a part without any, then text": columns(objects(None), objects("a")),
    "no value at all": columns(objects(None), objects(None, None)),
    "nullable whole numbers": columns(pd.array([1, None], "Int64"), pd.array([3], "Int64")),
    "nullable whole numbers beyond floats": columns(
        pd.array([1, None], "Int64"), pd.array([3, 2**53 + 1], "Int64")
    ),
    "uint64 that do not fit": columns(np.array([1], "uint64"), np.array([2, 2**63], "uint64")),
    "moments of one precision": columns(
        pd.to_datetime(["2026-01-02"]), pd.to_datetime(["2026-01-02T00:00:00.250"])
    ),
    "moments in a zone": columns(
        zoned("2026-03-29", "Europe/Berlin"), zoned("2026-10-25", "Europe/Berlin")
    ),
    "a year that ISO has not": columns(
        np.array(["2026-01-02"], "M8[s]"),
        np.array(["2026-01-02", "12026-01-02"], "M8[s]"),
    ),
    "dates": columns([dt.date(2026, 1, 2)], [None, dt.date(2026, 1, 3)]),
    "times": columns([dt.time(1, 2)], [dt.time(1, 2, 3, 4000)]),
    "time spans": columns(pd.to_timedelta([1], unit="s"), pd.to_timedelta([2, 3], unit="s")),
    "decimals": columns([D("0.1")], [D("0.5"), None]),
    "lists": columns([[1], [2, 3]], [[4.5]]),
    "categories": columns(pd.Categorical(["a", "b"]), pd.Categorical(["a"], ["a", "b"])),
    "bytes": columns([b"a"], [b"b"]),
    "complex": columns(np.array([1j]), np.array([2j])),
    "a mixture within a part": columns(objects("a", "b"), objects("c", 3.5)),
    "a surrogate": columns(objects("a"), objects("b", "\ud800")),
    "a NUL": columns(["a"], ["b", "\x00"]),
    "whole numbers as objects, some missing": columns(objects(1, None), objects(3)),
    "ids": columns([1, 2], [3], name="Image"),
    "ids, some missing": columns([1.0, np.nan], [3.0], name="Image"),
    "ids that are none": columns([1.0, 2.0], [3.0, 2.5], name="Image"),
    "ids that are text": columns(["A1"], ["B2"], name="Well"),
}


@pytest.mark.parametrize("frames", ALIKE.values(), ids=ALIKE)
@pytest.mark.parametrize("wants_text", [False, True], ids=["as it is", "as text"])
def test_it_is_the_plan_of_the_whole(frames, wants_text):
    as_text = [*frames[0].columns] if wants_text else []
    whole = pd.concat(frames, ignore_index=True)
    frames = [
        one.set_axis(range(n, n + len(one))) for n, one in zip(starts(frames), frames, strict=True)
    ]
    assert comparable(planned(parts(*frames), as_text=as_text)) == comparable(
        planned(whole, as_text=as_text)
    )


def starts(frames):
    return np.cumsum([0, *map(len, frames)])[:-1]


def test_the_first_row_that_is_wrong_is_counted_over_all_partitions():
    frames = columns(np.array(["a"] * 5, object), objects("b", "c"), objects(b"d", None))
    (problem,) = planned(parts(*frames)).problems
    assert "(row 7: b'd')" in problem.text
    frames = columns([b"a"] * 5, [b"b"])
    (problem,) = planned(parts(frames[0].iloc[:0], *frames)).problems
    assert problem.row == 0
    frames = columns(np.array([1] * 5, "uint64"), np.array([2, 2**63], "uint64"))
    (problem,) = planned(parts(*frames)).problems
    assert problem.row == 6
    assert f"(row 6: {2**63})" in problem.text


DIFFERENT = {
    "text, then numbers": (
        columns(["a"], [1.5]),
        "numbers from row 1 on, in partition 1, and text",
    ),
    "numbers, then true/false": (columns([1], [True]), "true/false from row 1 on"),
    "moments, then text": (columns(pd.to_datetime(["2026-01-02"]), ["x"]), "text from row 1 on"),
}


@pytest.mark.parametrize(("frames", "said"), DIFFERENT.values(), ids=DIFFERENT)
def test_partitions_of_different_kinds_are_a_problem_unless_text_is_wanted(frames, said):
    (problem,) = planned(parts(*frames)).problems
    assert said in problem.text
    assert "as_text=['x']" in problem.hint
    plan = planned(parts(*frames), as_text=["x"])
    assert plan.ok
    assert plan.columns[0].stored == "text"


def test_whole_numbers_and_others_are_numbers_if_each_is_exact():
    assert planned(parts(*columns([1], [1.5]))).columns[0].stored == "number"
    (problem,) = planned(parts(*columns([1, 2**53 + 1], [1.5]))).problems
    assert f"(row 1: {2**53 + 1})" in problem.text


def test_a_part_without_values_takes_the_kind_of_the_others_whatever_its_own():
    frames = columns([np.nan], pd.to_datetime([None]), ["a"])
    plan = planned(parts(*frames))
    assert plan.columns[0].stored == "text"
    assert "2 missing -> ''" in plan.columns[0].notes


def test_partitions_without_rows_count_for_nothing():
    frame = pd.DataFrame({"x": [1, 2]})
    gap = pd.DataFrame({"x": objects(), "y": []})
    plan = planned(parts(frame.iloc[:0], frame, gap, frame.set_axis([2, 3])))
    assert (plan.rows, plan.columns[0].stored) == (4, "integer")


def test_no_rows_at_all_are_a_problem():
    frame = pd.DataFrame({"x": [1, 2]})
    (problem,) = planned(parts(frame.iloc[:0], frame.iloc[:0])).problems
    assert problem.text == "the table has no rows"


INDEXES = {
    "row numbers that go on": [pd.RangeIndex(2), pd.RangeIndex(2, 4)],
    "row numbers that begin anew": [pd.RangeIndex(2), pd.RangeIndex(2)],
    "numbers in any order": [pd.Index([3, 1]), pd.Index([2, 0])],
    "text": [pd.Index(["a", "b"]), pd.Index(["c", "d"])],
    "a name": [pd.Index([3, 1], name="cell"), pd.Index([2, 0], name="cell")],
    "moments": [pd.date_range("2026", periods=2), pd.date_range("2027", periods=2)],
}


@pytest.mark.parametrize("rule", ["auto", "keep", "drop"])
@pytest.mark.parametrize("indexes", INDEXES.values(), ids=INDEXES)
def test_the_rule_for_the_index_is_that_of_the_whole(indexes, rule):
    frames = [pd.DataFrame({"x": [1, 2]}, index=index) for index in indexes]
    assert comparable(planned(parts(*frames), index=rule)) == comparable(
        planned(pd.concat(frames), index=rule)
    )


def test_another_index_in_one_partition_is_an_error_where_it_counts():
    frames = [pd.DataFrame({"x": [1]}), pd.DataFrame({"x": [2]}, index=["a"])]
    with pytest.raises(DataError, match="partition 1 has another index") as caught:
        planned(parts(*frames))
    assert "reset_index" in caught.value.hint
    assert planned(parts(*frames), index="drop").rows == 2


def test_a_column_that_a_partition_lacks_is_an_error():
    frames = [pd.DataFrame({"x": [1], "y": [2]}), pd.DataFrame({"x": [1]})]
    with pytest.raises(DataError, match="partition 1 has no column 'y', unlike the Dask DataFrame"):
        planned(parts(*frames))
    with pytest.raises(DataError, match="partition 1 has one more column, 'y'"):
        planned(parts(*reversed(frames)))


def test_columns_in_another_order_are_put_right():
    frames = [pd.DataFrame({"x": [1], "y": ["a"]}), pd.DataFrame({"y": ["b"], "x": [2]})]
    assert [one.stored for one in planned(parts(*frames)).columns] == ["integer", "text"]


def test_what_is_no_frame_is_an_error():
    frame = pd.DataFrame({"x": [1]})
    ddf = dd.from_map(lambda n: frame if n else {"x": [1]}, range(2), meta=frame)
    with pytest.raises(DataError, match="partition 0 is no pandas DataFrame but a dict"):
        planned(ddf)


def test_what_a_partition_raises_is_an_error_with_its_cause():
    def broken(n):
        if n:
            raise ValueError("ragged line 7")
        return pd.DataFrame({"x": [1]})

    ddf = dd.from_map(broken, range(2), meta=pd.DataFrame({"x": [1]}))
    with pytest.raises(DataError, match=r"partition 1 .* ValueError: ragged line 7") as caught:
        planned(ddf)
    assert isinstance(caught.value.__cause__, ValueError)
    assert "ddf.partitions[1].compute()" in caught.value.hint


def test_a_check_looks_at_the_first_rows_only():
    def later(n):
        if n > 1:
            raise AssertionError("nobody asked for it")
        return pd.DataFrame({"x": [1] * n})

    ddf = dd.from_map(later, range(4), meta=pd.DataFrame({"x": [1]}))
    plan = planned(ddf, whole=False)
    assert plan.provisional
    assert plan.rows is None
    assert plan.columns[0].stored == "integer"


def test_a_check_of_one_partition_is_final():
    assert not planned(parts(pd.DataFrame({"x": [1]})), whole=False).provisional


def test_the_first_rows_are_shown_from_the_first_partition():
    frames = [pd.DataFrame({"x": [1, 2]}), pd.DataFrame({"x": [3, 4]})]
    found = prepare(open_source(parts(*frames)), whole=False)
    assert preview(found, rows=1).rows == (("1",),)
    assert preview(found, rows=9).rows == (("1",), ("2",), ("3",), ("4",))


def test_its_fingerprint_is_that_of_the_whole_without_writing_it():
    frames = [pd.DataFrame({"x": ["a", None]}), pd.DataFrame({"x": ["c"]})]
    ours = drained(fingerprint_of(prepare(open_source(parts(*frames)), whole=False)))
    assert ours == drained(
        fingerprint_of(prepare(open_source(pd.concat(frames, ignore_index=True))))
    )


def test_an_unknown_column_is_told_before_anything_is_computed():
    ddf = parts(pd.DataFrame({"area": [1]}))
    with pytest.raises(OptionError, match="no column 'aera'"):
        planned(ddf, columns=["aera"])


def test_a_dask_series_is_no_table():
    with pytest.raises(DataError, match="this is no table: dask Series") as caught:
        open_source(parts(pd.DataFrame({"x": [1]}))["x"])
    assert "to_frame" in caught.value.hint


def test_without_distributed_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(OptionError, match="distributed is not installed") as caught:
        planned(parts(pd.DataFrame({"x": [1]})))
    assert "pip install distributed" in caught.value.hint
