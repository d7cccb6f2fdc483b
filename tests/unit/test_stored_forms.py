"""What becomes of each kind of column: the rows of the layout's table, one by one."""

from __future__ import annotations

import datetime as dt
import decimal
import math
import pathlib

import numpy as np
import pandas as pd
import pytest

from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.plan import raise_problems
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.model import FixKind, Stored
from omero_tables_jupyter.reading import read_table
from omero_tables_jupyter.steps import drained


def objects(*values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def frame_of(values, name):
    # pandas 3 would turn objects into its text where it can.
    dtype = object if isinstance(values, np.ndarray) and values.dtype.kind == "O" else None
    return pd.DataFrame({name: pd.Series(values, dtype=dtype)})


def plan_of(values, *, name="x", **options):
    return prepare(open_source(frame_of(values, name)), **options).plan


@pytest.fixture
def stored(tmp_path):
    """Store one column, and give its plan and what reads back."""

    def store(values, *, name="x", **options):
        conversion = prepare(open_source(frame_of(values, name)), **options)
        written = drained(write_table(conversion, tmp_path / "t.tiledb"))
        column = conversion.plan.columns[0]
        return column, read_table(written.path)[column.name].tolist()

    return store


NAN = math.nan


@pytest.mark.parametrize("dtype", ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", ">i4", "Int16"])
def test_integers_of_any_width_become_int64(stored, dtype):
    column, values = stored(pd.Series([1, 0, 7]).astype(dtype))
    assert (column.stored, column.notes, values) == (Stored.INTEGER, (), [1, 0, 7])


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8", "Float32", np.longdouble])
def test_floats_of_any_width_become_float64(stored, dtype):
    column, values = stored(pd.Series([1.5, -0.25, 7.0]).astype(dtype))
    assert (column.stored, column.notes, values) == (Stored.NUMBER, (), [1.5, -0.25, 7.0])


def test_a_float_keeps_every_bit(stored):
    payload = np.array([0x7FF8000000000123], np.uint64).view(np.float64)[0]
    values = np.array([-0.0, 0.1 + 0.2, np.inf, -np.inf, 5e-324, payload])
    _, found = stored(values)
    assert np.array(found[:5]).tobytes() == values[:5].tobytes()
    assert math.isnan(found[5])


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
def test_true_and_false_stay_themselves(stored, dtype):
    column, values = stored(pd.Series([True, False]).astype(dtype))
    assert (column.stored, values) == (Stored.BOOLEAN, [True, False])


@pytest.mark.parametrize(
    "values",
    [
        pd.array([True, None, False], "boolean"),
        objects(True, None, False),
        objects(np.bool_(True), pd.NA, np.bool_(False)),
    ],
)
def test_true_false_with_missing_becomes_a_number_by_a_note(stored, values):
    column, found = stored(values)
    assert column.stored is Stored.NUMBER
    assert column.notes == ("1 missing -> NaN, so stored as the numbers 1 and 0",)
    assert found[0::2] == [1.0, 0.0]
    assert math.isnan(found[1])


@pytest.mark.parametrize(
    "values",
    [
        objects("a", None, "µ"),
        objects("a", np.nan, "µ"),
        objects(np.str_("a"), pd.NaT, "µ"),
        pd.array(["a", None, "µ"], "string[python]"),
        pd.array(["a", None, "µ"], "string[pyarrow]"),
        pd.Categorical(["a", None, "µ"]),
        pd.Categorical(objects("a", None, "µ"), categories=objects("µ", 3, "a")),
    ],
)
def test_text_of_any_kind_is_text_and_missing_ones_are_empty(stored, values):
    column, found = stored(values)
    assert (column.stored, column.notes) == (Stored.TEXT, ("1 missing -> ''",))
    assert found == ["a", "", "µ"]


def test_awkward_texts_come_back_as_they_were(stored):
    texts = ["", "NA", "nan", "None", "007", "a\x00", "\x00b", "\U0001f52c", "e\u0301", "a\nb", " "]
    assert stored(objects(*texts))[1] == texts


@pytest.mark.parametrize(
    "values", [pd.array([1, None, 3], "Int64"), pd.Categorical([1, None, 3]), objects(1, None, 3)]
)
def test_integers_with_missing_become_numbers_where_each_is_exact(stored, values):
    column, found = stored(values)
    assert column.stored is Stored.NUMBER
    assert column.notes == ("1 missing -> NaN, so stored as decimal numbers",)
    assert (found[0], found[2]) == (1.0, 3.0)
    assert math.isnan(found[1])


@pytest.mark.parametrize(
    "values",
    [
        pd.array([1, None, 2**53 + 1], "Int64"),
        objects(1, None, 2**53 + 1),
        pd.Categorical(objects(1, None, 2**53 + 1)),
    ],
)
def test_integers_with_missing_that_float64_cannot_hold_are_a_problem(values):
    (problem,) = plan_of(values).problems
    assert "(row 2: 9007199254740993)" in problem.text
    assert (problem.row, problem.fix.kind) == (2, FixKind.AS_TEXT)


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 2**63], "u8"),
        objects(1, 2**63),
        pd.array([1, 2**63], "UInt64"),
        objects(1, -(2**63) - 1),
    ],
)
def test_integers_beyond_int64_are_a_problem_that_text_cures(stored, values):
    (problem,) = plan_of(values).problems
    assert (problem.row, problem.fix.kind) == (1, FixKind.AS_TEXT)
    column, found = stored(values, as_text=["x"])
    assert column.stored is Stored.TEXT
    assert found == ["1", str(values[1])]


def test_uint64_that_fits_is_int64(stored):
    assert stored(np.array([0, 2**63 - 1], "u8"))[1] == [0, 2**63 - 1]


def test_python_integers_and_floats_together_become_numbers(stored):
    column, found = stored(objects(1, 2.5, None))
    assert (column.stored, found[:2]) == (Stored.NUMBER, [1.0, 2.5])


@pytest.mark.parametrize("large", [2**53 + 1, 10**400])
def test_a_python_integer_among_floats_that_is_not_exact_is_a_problem(large):
    (problem,) = plan_of(objects(1.5, large)).problems
    assert problem.row == 1


def test_a_categorical_takes_its_categories_own_type(stored):
    column, found = stored(pd.Categorical([2.5, 1.5, 2.5]))
    assert (column.stored, found) == (Stored.NUMBER, [2.5, 1.5, 2.5])


def test_a_categorical_of_dates_with_missing(stored):
    days = pd.to_datetime(["2024-01-02", "2023-05-06"])
    _, found = stored(pd.Categorical([days[0], None, days[1]]))
    assert found == ["2024-01-02T00:00:00", "", "2023-05-06T00:00:00"]


def test_a_categorical_of_mixed_values_names_the_row():
    (problem,) = plan_of(pd.Categorical(objects("a", "a", 3))).problems
    assert problem.text == "column 'x' mixes text and whole numbers (row 2: 3)"


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_moments_of_any_unit_are_iso_text(stored, unit):
    column, found = stored(np.array(["2024-01-02T03:04:05", "NaT"], f"M8[{unit}]"))
    assert (column.stored, column.detail) == (Stored.TEXT, "ISO")
    assert found == ["2024-01-02T03:04:05", ""]


def test_a_column_of_moments_has_one_precision(stored):
    moments = np.array(["2024-01-02T03:04:05", "2024-01-02T03:04:05.000250"], "M8[ns]")
    assert stored(moments)[1] == ["2024-01-02T03:04:05.000000", "2024-01-02T03:04:05.000250"]


def test_a_zone_keeps_its_offset_and_says_that_its_name_is_lost(stored):
    moments = pd.to_datetime(["2024-01-02T03:04:05", "2024-07-02T03:04:05", None])
    column, found = stored(moments.tz_localize("Europe/Berlin"))
    assert found == ["2024-01-02T03:04:05+01:00", "2024-07-02T03:04:05+02:00", ""]
    assert "the UTC offset is kept, the name of the time zone is not" in column.notes


def test_utc_is_written_as_an_offset(stored):
    assert stored(pd.to_datetime(["2024-01-02"]).tz_localize("UTC"))[1] == [
        "2024-01-02T00:00:00+00:00"
    ]


def test_datetime_objects_keep_each_its_own_offset(stored):
    two = dt.timezone(dt.timedelta(hours=2))
    moments = objects(
        pd.Timestamp("2024-01-02T03:04:05.000000007", tz="UTC"),
        dt.datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=two),
        None,
        np.datetime64("2024-01-02"),
    )
    assert stored(moments)[1] == [
        "2024-01-02T03:04:05.000000007+00:00",
        "2024-01-02T03:04:05.000006000+02:00",
        "",
        "2024-01-02T00:00:00.000000000",
    ]


def test_early_years_have_four_digits(stored):
    assert stored(np.array(["0044-03-15"], "M8[s]"))[1] == ["0044-03-15T00:00:00"]


@pytest.mark.parametrize(
    "values",
    [
        np.array(["2024-01-02", "12024-01-02"], "M8[s]"),
        np.array(["2024-01-02", "-0044-03-15"], "M8[s]"),
        objects(pd.Timestamp(0), np.datetime64("20000-01-01")),
        pd.DatetimeIndex(np.array(["2024-01-02", "9999-12-31T23:00"], "M8[s]"))
        .tz_localize("UTC")
        .tz_convert("Asia/Tokyo"),
    ],
)
def test_years_without_a_place_in_iso_are_a_problem(values):
    (problem,) = plan_of(values).problems
    assert problem.row == 1
    assert "outside the years 0 to 9999" in problem.text


def test_dates_and_times_of_day_are_iso_text(stored):
    assert stored(objects(dt.date(2024, 1, 2), None))[1] == ["2024-01-02", ""]


def test_times_of_day_have_one_precision(stored):
    assert stored(objects(dt.time(1, 2, 3), dt.time(4, 5, 6, 7000)))[1] == [
        "01:02:03.000",
        "04:05:06.007",
    ]


@pytest.mark.parametrize(
    "values",
    [
        pd.to_timedelta([1.5, None, 0], unit="s"),
        objects(dt.timedelta(seconds=1.5), None, np.timedelta64(0, "s")),
    ],
)
def test_time_spans_are_seconds(stored, values):
    column, found = stored(values)
    assert (column.stored, column.detail) == (Stored.NUMBER, "seconds")
    assert (found[0], found[2]) == (1.5, 0.0)
    assert math.isnan(found[1])


def test_decimals_are_numbers_with_a_note_where_they_are_rounded(stored):
    column, found = stored(objects(decimal.Decimal("0.1"), decimal.Decimal("0.5"), None))
    assert "1 decimal rounded to about 16 digits" in column.notes
    assert found[:2] == [0.1, 0.5]


def test_lists_dicts_and_arrays_are_json(stored):
    column, found = stored(objects([1, NAN], {"a": np.arange(2)}, None, np.array(["µ"]), (True,)))
    assert column.detail == "JSON"
    assert found == ["[1, null]", '{"a": [0, 1]}', "", '["µ"]', "[true]"]


@pytest.mark.parametrize("value", [[math.inf], [b"x"], {(1, 2): 3}, [object()]])
def test_what_json_cannot_hold_is_a_problem(value):
    (problem,) = plan_of(objects([1], value)).problems
    assert problem.row == 1


@pytest.mark.parametrize(("values", "expected"), [(objects(None, None), Stored.TEXT)])
def test_an_object_column_without_any_value_is_empty_text(stored, values, expected):
    column, found = stored(values)
    assert (column.stored, found) == (expected, ["", ""])
    assert column.notes == ("every value is missing, stored as ''",)


def test_a_float_column_without_any_value_is_nan(stored):
    column, found = stored(np.full(2, np.nan))
    assert column.stored is Stored.NUMBER
    assert column.notes == ("every value is missing, stored as NaN",)
    assert all(map(math.isnan, found))


def test_periods_and_intervals_are_text_by_a_note(stored):
    column, found = stored(pd.period_range("2024-01", periods=2, freq="M"))
    assert (found, column.notes) == (
        ["2024-01", "2024-02"],
        ("periods and intervals are stored as text",),
    )


def test_intervals_are_text(stored):
    assert stored(pd.interval_range(0, 2))[1] == ["(0, 1]", "(1, 2]"]


@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_sparse_columns_are_stored_dense(stored, fill):
    values = pd.arrays.SparseArray([1.5, fill, fill], fill_value=fill)
    found = stored(values)[1]
    assert found[0] == 1.5
    assert np.array_equal(found[1:], [fill, fill], equal_nan=True)


@pytest.mark.parametrize(
    ("values", "words", "cure"),
    [
        (objects("a", b"b"), "mixes text and bytes (row 1: b'b')", "--as-text x (as_text=['x'])"),
        (objects("a", None, 3.5), "mixes text and numbers (row 2: 3.5)", "--as-text x"),
        (objects(True, 2), "mixes true/false and whole numbers (row 1: 2)", "--as-text x"),
        (objects(b"a", b"b"), "holds bytes", "decode"),
        (np.array([1j, 2]), "holds complex numbers", ".real and .imag"),
        (objects(1j), "holds complex numbers", ".real and .imag"),
        (objects(pathlib.PurePosixPath("a")), "objects of type PurePosixPath", "--as-text x"),
        (objects(dt.date(2024, 1, 2), pd.Timestamp(0)), "mixes dates and dates and", "--as-text x"),
        (objects("fine", "\ud800"), "not valid Unicode (row 1:", "encode"),
        (objects("fine", "\x00"), "NUL characters only", "empty"),
    ],
)
def test_what_cannot_be_stored_names_the_row_and_a_cure(values, words, cure):
    (problem,) = plan_of(values).problems
    assert words in problem.text
    assert cure in problem.hint
    assert problem.column == "x"


def test_mixed_values_can_be_stored_as_text(stored):
    assert stored(objects("a", 3.5, None, True, b"c", [1]), as_text="x")[1] == [
        "a",
        "3.5",
        "",
        "True",
        "c",
        "[1]",
    ]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (np.array([0.1, np.nan]), ["0.1", ""]),
        (np.array([True, False]), ["True", "False"]),
        (np.array([7, -1]), ["7", "-1"]),
        (np.array([1j, 2]), ["1j", "(2+0j)"]),
        (objects(decimal.Decimal("0.10"), None), ["0.10", ""]),
        (np.array(["2024-01-02", "NaT"], "M8[ns]"), ["2024-01-02T00:00:00", ""]),
        (objects(dt.time(1, 2), None), ["01:02:00", ""]),
        (objects(1, 2.5), ["1", "2.5"]),
    ],
)
def test_any_column_can_be_stored_as_text(stored, values, texts):
    column, found = stored(values, as_text=["x"])
    assert (column.stored, found) == (Stored.TEXT, texts)


@pytest.mark.parametrize("name", ["Image", "image", "ROI", "Well", "WELLSAMPLE", "Field"])
@pytest.mark.parametrize(
    "values",
    [
        np.array([1.0, np.nan]),
        pd.array([1, None], "Int64"),
        objects(1, None),
        objects(decimal.Decimal(1), None),
        np.array([1, np.nan], "f4"),
    ],
)
def test_ids_are_whole_and_missing_ones_are_minus_one(stored, name, values):
    column, found = stored(values, name=name)
    assert (column.stored, column.notes) == (Stored.INTEGER, ("1 missing -> -1",))
    assert column.role.lower() == f"{name.lower()} id"
    assert found == [1, -1]


@pytest.mark.parametrize(
    "values",
    [
        objects(1, decimal.Decimal("1.5")),
        objects(decimal.Decimal(1), decimal.Decimal("1.5")),
        objects(decimal.Decimal(1), decimal.Decimal(2**53 + 1)),
        objects(1.0, 2**53 + 1),
        np.array([1, 2**63], "u8"),
        objects(1, 2**63),
    ],
)
def test_no_id_is_ever_rounded_or_wrapped(values):
    (problem,) = plan_of(values, name="Image").problems
    assert problem.row == 1


def test_a_decimal_beyond_float64_is_a_problem():
    (problem,) = plan_of(objects(decimal.Decimal(1), decimal.Decimal("1E+400"))).problems
    assert problem.row == 1


def test_a_large_id_beside_a_missing_one_is_exact(stored):
    assert stored(pd.array([2**53 + 1, None], "Int64"), name="Image")[1] == [2**53 + 1, -1]


@pytest.mark.parametrize("value", [3.5, np.inf, 1e300])
def test_a_number_that_is_no_id_is_a_problem_with_a_rename(stored, value):
    (problem,) = plan_of(np.array([1.0, value]), name="Image").problems
    assert (problem.row, problem.fix.kind, problem.fix.value) == (1, FixKind.RENAME, "Image value")
    column, found = stored(np.array([1.0, value]), name="Image", rename={"Image": "Image value"})
    assert (column.stored, column.role, found) == (Stored.NUMBER, "", [1.0, value])


def test_text_under_an_ids_name_stays_text_and_says_that_it_will_not_link(stored):
    column, found = stored(["A01", "B02"], name="well")
    assert (column.stored, column.role, found) == (Stored.TEXT, "", ["A01", "B02"])
    (note,) = [one for one in plan_of(["A01"], name="well").notes if one.fix]
    assert "will not link" in note.text
    assert (note.fix.kind, note.fix.value) == (FixKind.RENAME, "Well Name")


def test_object_is_the_label_column():
    assert plan_of([1, 2], name="Object").columns[0].role == "label"


def test_all_problems_are_told_at_once():
    frame = pd.DataFrame({"a": objects("x", 1), "b": objects(b"x", b"y"), "c": [1, 2]})
    plan = prepare(open_source(frame)).plan
    assert [problem.column for problem in plan.problems] == ["a", "b"]
    with pytest.raises(DataError, match="1 other problem") as caught:
        raise_problems(plan)
    assert "column 'a' mixes text and whole numbers (row 1: 1)" in caught.value.message
    assert "column 'b' holds bytes" in caught.value.message
    assert caught.value.hint == plan.problems[0].hint.replace("{column}", "a")


@pytest.mark.parametrize(
    "frame", [pd.DataFrame({"a": []}), pd.DataFrame(), pd.DataFrame(index=[1, 2])]
)
def test_an_empty_table_is_a_problem(frame):
    assert any(not one.column for one in prepare(open_source(frame), index="drop").plan.problems)


def test_the_first_offending_row_is_found_far_down():
    values = objects(*(["text"] * 40_000), 3.5)
    (problem,) = plan_of(values).problems
    assert problem.row == 40_000
    numbers = np.ones(40_001)
    numbers[-1] = 0.5
    (problem,) = plan_of(numbers, name="Image").problems
    assert problem.row == 40_000
