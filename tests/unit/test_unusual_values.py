"""Values that are met once in a thousand tables, and must not be changed or break anything."""

import decimal
import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tiledb

import omero_tables_jupyter as otj
from omero_tables_jupyter.errors import DataError


@pytest.fixture
def stored(tmp_path):
    """Store a table, and give its columns as lists."""

    def store(source, **options):
        done = otj.create_tiledb(source, tmp_path / "t.tiledb", **options)
        with tiledb.open(done.path) as array:
            return {name: array[:][name].tolist() for name in done.columns}

    return store


def objects(*values):
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return pd.DataFrame({"a": pd.Series(cells, dtype=object)})


def problem_of(source, **options):
    (problem,) = otj.check_table(source, **options).problems
    assert problem.column
    assert problem.hint
    return problem


@pytest.mark.parametrize("unit", ["ps", "fs", "as"])
def test_a_moment_finer_than_nanoseconds_is_stored_exactly_or_not_at_all(stored, unit):
    exact = objects(np.datetime64("1970-01-01T00:00:01.5", unit))
    assert stored(exact) == {"a": ["1970-01-01T00:00:01.500"]}
    finer = problem_of(objects(None, np.datetime64(1, unit)))
    assert finer.row == 1


def test_a_moment_that_pandas_has_no_place_for_is_a_problem():
    assert problem_of(objects(None, np.datetime64(10**15, "D"))).row == 1


@pytest.mark.parametrize(
    ("span", "seconds"),
    [
        (np.timedelta64(1, "ps"), 1e-12),
        (np.timedelta64(2, "W"), 1_209_600.0),
        (np.timedelta64(3, "10ms"), 0.03),
        (np.timedelta64("NaT", "s"), None),
    ],
)
def test_a_time_span_of_numpy_is_seconds_in_any_fixed_unit(stored, span, seconds):
    (found, _) = stored(objects(span, np.timedelta64(0, "s")))["a"]
    assert found == seconds or (seconds is None and np.isnan(found))


@pytest.mark.parametrize(
    # NumPy 2.5 makes none without a unit any more, but there are some
    "span",
    [np.timedelta64(1, "M"), np.timedelta64(1, "Y"), np.int64(1).view("m8")],
)
def test_a_time_span_of_no_fixed_length_is_a_problem_or_text(stored, span):
    table = objects(np.timedelta64(1, "s"), span)
    assert problem_of(table).row == 1
    assert stored(table, as_text=["a"])["a"][1] == str(span)


def test_a_signalling_nan_is_a_problem_wherever_it_stands():
    signal = decimal.Decimal("sNaN")
    assert problem_of(objects(decimal.Decimal(1), signal)).row == 1
    assert problem_of(objects(1.5, signal)).row == 1


def test_whole_numbers_of_thousands_of_digits_are_refused_with_their_row_or_written_in_full(stored):
    table = objects(1, 10**5000)
    assert problem_of(table).row == 1
    assert problem_of(objects("a", 10**5000)).row == 1
    assert stored(table, as_text=["a"])["a"] == ["1", "1" + "0" * 5000]


def endless():
    one = []
    one.append(one)
    return one


def deep():
    one = []
    for _ in range(50_000):
        one = [one]
    return one


@pytest.mark.parametrize("value", [endless(), deep(), [10**5000], {1: 2, "1": 3}, {None: 1}])
def test_lists_that_json_cannot_hold_are_a_problem_with_their_row(value):
    assert problem_of(objects([1], value)).row == 1


def test_numpy_values_in_lists_keep_their_meaning(stored):
    values = (
        [np.datetime64("2024-01-01T00:00:00.000000001"), np.datetime64("NaT", "ns")],
        np.array(["2024-01-01", "NaT"], dtype="M8[ns]"),
        [np.longdouble(1.5)],
        {np.int64(1): np.float32(0.5)},
    )
    assert stored(objects(*values))["a"] == [
        '["2024-01-01T00:00:00.000000001", null]',
        '["2024-01-01T00:00:00.000000000", null]',
        "[1.5]",
        '{"1": 0.5}',
    ]


def test_a_time_span_in_a_list_is_a_problem_in_any_unit():
    assert problem_of(objects([1], np.array([1], dtype="m8[ns]"))).row == 1


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no words")


def test_an_object_that_cannot_be_printed_is_a_problem_like_any_other():
    assert problem_of(objects(None, Unprintable())).row == 1


def test_an_object_column_of_nan_alone_is_empty_text(stored):
    plan = otj.check_table(objects(np.nan, None))
    assert plan.columns[0].notes == ("every value is missing, stored as ''",)
    assert stored(objects(np.nan, None)) == {"a": ["", ""]}


@pytest.mark.parametrize("kind", [np.longdouble, np.float32, np.float64])
def test_sparse_numbers_of_any_width_are_numbers(stored, kind):
    values = pd.arrays.SparseArray(np.array([0, 1.5, 0], dtype=kind))
    assert stored(pd.DataFrame({"a": values})) == {"a": [0.0, 1.5, 0.0]}


def test_sparse_complex_numbers_are_a_problem():
    values = pd.arrays.SparseArray(np.array([1j, 0]))
    assert problem_of(pd.DataFrame({"a": values})).row == 0


def test_a_signalling_nan_of_32_bits_is_a_nan(stored):
    values = np.array([0x7F800001, 0x3F800000], dtype="u4").view("f4")
    first, second = stored(pd.DataFrame({"a": values}))["a"]
    assert np.isnan(first)
    assert second == 1.0


def test_the_first_row_of_a_mixed_categorical_is_one_that_has_a_value():
    values = pd.Categorical.from_codes([0, -1, -1, 1], categories=pd.Index([1, "x"], dtype=object))
    assert problem_of(pd.DataFrame({"a": values})).row == 3


def test_bytes_name_their_first_row_and_are_no_problem_where_there_are_none(stored):
    assert problem_of(pa.table({"a": pa.array([None, b"x"], pa.binary())})).row == 1
    assert stored(pa.table({"a": pa.array([None, None], pa.binary())})) == {"a": ["", ""]}


class Odd(pd.DataFrame):
    """A subclass with a mind of its own, as of maps or of units."""

    @property
    def _constructor(self):
        return Odd

    @property
    def iloc(self):
        raise RuntimeError("rows are looked up by place name")

    def __getitem__(self, key):
        raise RuntimeError("columns are looked up by unit")

    def __len__(self):
        return 99


def test_a_subclass_is_stored_as_the_frame_that_it_is(stored):
    frame = Odd({"a": [1, 2]})
    before = pickle.dumps(pd.DataFrame(frame))
    assert stored(frame) == {"a": [1, 2]}
    assert pickle.dumps(pd.DataFrame(frame)) == before


def test_an_error_names_every_cure_even_of_a_value_of_many_lines():
    frame = objects(pd.DataFrame({"x": [1, 2]}))
    with pytest.raises(DataError) as caught:
        otj.create_tiledb(frame, "nowhere.tiledb")
    assert "\n" not in caught.value.message
    assert "as_text=['a']" in caught.value.hint


@pytest.mark.parametrize(("name", "better"), [("a\ud800", "a?"), ("a\0b", "ab")])
def test_an_error_about_a_name_that_cannot_be_shown_can_be_shown(name, better):
    frame = pd.DataFrame([[1], ["x"]])
    frame.columns = pd.Index([name], dtype=object)
    with pytest.raises(DataError) as caught:
        otj.create_tiledb(frame, "nowhere.tiledb")
    assert caught.value.hint == f"rename it, for example rename={{{name!r}: {better!r}}}"
    str(caught.value).encode()
    for problem in otj.check_table(frame).problems:
        assert "\0" not in problem.hint


def test_nanoseconds_of_a_time_span_count_whatever_holds_them(stored):
    spans = objects(pd.Timedelta(3, "ns"), pd.Timedelta(1, "s"))
    assert stored(spans)["a"] == [3e-9, 1.0]


def test_half_floats_and_text_views_are_text_in_any_arrow(stored):
    halves = pa.array(np.array([1.5, np.nan], dtype=np.float16))
    views = pa.array(["µ", None], pa.string_view())
    table = pa.table({"half": halves, "view": views})
    assert stored(table, as_text=["half"]) == {"half": ["1.5", ""], "view": ["µ", ""]}


@pytest.mark.parametrize(
    ("value", "stored_value"), [("a", "a"), (2, 2.0), (True, 1.0), (np.datetime64(0, "s"), None)]
)
@pytest.mark.parametrize(
    "nothing",
    [decimal.Decimal("NaN"), np.datetime64("NaT", "s"), np.timedelta64("NaT", "s"), complex("nan")],
)
def test_each_sort_of_missing_value_is_one_beside_values_of_any_other_kind(
    stored, value, stored_value, nothing
):
    found, missing = stored(objects(value, nothing))["a"]
    assert found == (stored_value if stored_value is not None else "1970-01-01T00:00:00")
    assert missing == "" or np.isnan(missing)


def test_complex_numbers_that_are_all_missing_are_an_empty_text(stored):
    assert stored(objects(complex("nan"), None)) == {"a": ["", ""]}


@pytest.mark.parametrize(
    ("ticks", "zone", "text"),
    [
        (-(2**63) + 1, "-01:00", "1677-09-20T23:12:43.145224193-01:00"),
        (2**63 - 1, "Asia/Tokyo", "2262-04-12T08:47:16.854775807+09:00"),
    ],
)
def test_local_times_go_on_where_nanoseconds_end(stored, ticks, zone, text):
    assert stored(pa.table({"a": pa.array([ticks], pa.timestamp("ns", zone))})) == {"a": [text]}


@pytest.mark.parametrize("zone", [None, "+02:00"])
@pytest.mark.parametrize("unit", ["s", "ms", "us"])
def test_a_part_in_a_coarser_unit_gets_noughts_for_nanoseconds(stored, unit, zone):
    ticks = {"s": 1, "ms": 1001, "us": 1_001_001}[unit]
    parts = [
        pd.DataFrame({"a": pd.Series(pd.array([value], dtype=f"datetime64[{one}]"))})
        for value, one in ((1_001_001_001, "ns"), (ticks, unit))
    ]
    if zone is not None:
        parts = [one.apply(lambda a: a.dt.tz_localize("UTC").dt.tz_convert(zone)) for one in parts]
    fine, coarse = stored(parts)["a"]
    seconds = f"{ticks / {'s': 1, 'ms': 1e3, 'us': 1e6}[unit]:.9f}"
    hour, offset = ("00", "") if zone is None else ("02", zone)
    assert fine == f"1970-01-01T{hour}:00:01.001001001{offset}"
    assert coarse == f"1970-01-01T{hour}:00:0{seconds}{offset}"


@pytest.mark.parametrize("seconds", [253402300800, -(2**63), 2**63 - 1])
def test_a_zoned_moment_beyond_all_calendars_is_a_problem(seconds):
    kind = pa.timestamp("s", "America/New_York")
    assert problem_of(pa.table({"a": pa.array([None, seconds], kind)})).row == 1


def test_time_spans_of_more_digits_than_seconds_can_hold_are_told(stored):
    spans = pd.to_timedelta([200 * 86_400 * 10**9 + 1, 200 * 86_400 * 10**9, 1, None], unit="ns")
    frame = pd.DataFrame({"a": spans})
    assert otj.check_table(frame).columns[0].notes == (
        "1 value missing -> NaN",
        "1 time span rounded to about 16 digits",
    )
    assert stored(frame)["a"][:3] == [17_280_000.0, 17_280_000.0, 1e-9]


def test_an_id_column_of_time_spans_says_what_it_holds():
    plan = otj.check_table(pd.DataFrame({"Roi": pd.to_timedelta([1], unit="s")}))
    assert plan.columns[0].notes == (
        "holds decimal numbers, not Roi ids: its rows will not link to anything in OMERO",
    )


@pytest.mark.parametrize("other", [[1, 2], b"a", np.void(b"ab"), pd.Series([1]), 1j, None])
def test_a_signalling_nan_can_be_stored_as_text_beside_anything(stored, other):
    table = objects(other, decimal.Decimal("sNaN"), None)
    assert problem_of(table).row == 1
    assert stored(table, as_text=["a"])["a"][1:] == ["sNaN", ""]
