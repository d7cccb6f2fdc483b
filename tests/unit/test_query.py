from __future__ import annotations

import operator
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.arrays.query import parse_query
from omero_tables_jupyter.errors import DataError

COLUMNS = {
    "Image": np.array([101, 102, 101, -1]),
    "area": np.array([10.0, 20.5, np.nan, 30.0]),
    "label": np.array(["a", "b", "a", ""], dtype=object),
    "ok": np.array([True, False, True, False]),
    "µm": np.array([1, 2, 3, 4]),
    "big": np.array([2**62, 9007199254740993, -(2**63), 0]),
}


def rows(text: str, columns=COLUMNS) -> list[int]:
    condition = parse_query(text, list(columns))
    mask = condition.mask(columns)
    assert mask.dtype == np.bool_
    assert mask.shape == (len(next(iter(columns.values()))),)
    return np.flatnonzero(mask).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", [0, 1, 2, 3]),
        ("True", [0, 1, 2, 3]),
        ("False", []),
        ("(area>20)", [1, 3]),
        ("area > 20", [1, 3]),
        ("area>=20.5", [1, 3]),
        ("area!=area", [2]),
        ("20 < area", [1, 3]),
        ("(area>5) & (label=='a')", [0]),
        ("(area>25) | (label=='a')", [0, 2, 3]),
        ('(area>5)\n& (label=="a")', [0]),
        ("label==b'a'", [0, 2]),
        ("label==''", [3]),
        ("label<'b'", [0, 2, 3]),
        ("~(label=='a')", [1, 3]),
        ("ok", [0, 2]),
        ("~ok & (Image==102)", [1]),
        ("ok == True", [0, 2]),
        ("ok == 1", [0, 2]),
        ("Image-101", [0, 2]),
        (" Image-101 ", [0, 2]),
        ("Image==-1", [3]),
        ("area*2+1 > 40", [1, 3]),
        ("(area-10)/2 == 5.25", [1]),
        ("Image/2 == 50.5", [0, 2]),
        ("Image%2 == 0", [1]),
        ("Image%2 == -1", [3]),
        ("Image**2 == 10404", [1]),
        ("2**-1 == 0.5", [0, 1, 2, 3]),
        ("-Image > 0", [3]),
        ("+Image > 101", [1]),
        ("abs(Image) == 1", [3]),
        ("sqrt(area*area) == 30", [3]),
        ("µm == 2", [1]),
        ("big == 9007199254740993", [1]),
        ("big == -9223372036854775808", [2]),
        ("big + 0 == 9007199254740993", [1]),
        ("Image / 0 > 0", [0, 1, 2]),
        ("area > 20  # the large ones", [1, 3]),
    ],
)
def test_a_condition_chooses_rows(text, expected):
    assert rows(text) == expected


def test_the_columns_that_are_read_are_named_once_and_as_the_table_spells_them():
    condition = parse_query("(area>20) & (µm<5) | (area<3)", COLUMNS)
    assert set(condition.names) == {"area", "µm"}
    assert len(condition.names) == 2
    assert condition.text == "(area>20) & (µm<5) | (area<3)"


def test_only_the_columns_that_are_read_are_needed():
    assert parse_query("area>20", COLUMNS).mask({"area": COLUMNS["area"]}).sum() == 2
    with pytest.raises(DataError, match="needs the column 'area'"):
        parse_query("area>20", COLUMNS).mask({"label": COLUMNS["label"]})


def test_every_row_of_a_table_without_a_column_read_is_counted():
    assert parse_query("*", ["x"]).mask({}, rows=3).tolist() == [True] * 3


@pytest.mark.parametrize("dtype", ["U1", "S1", object])
def test_texts_compare_however_numpy_holds_them(dtype):
    assert rows("label=='a'", {"label": np.array(["a", "b", "a"], dtype=dtype)}) == [0, 2]


def test_no_rows_give_no_rows():
    assert rows("label=='a'", {"label": np.array([], dtype=object)}) == []


def test_hundreds_of_objects_can_be_asked_for():
    text = "|".join(f"(Image=={n})" for n in range(102, 702))
    assert rows(text) == [1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("area>" + "1" * 10_001, "longer"),
        ("area > ", "not a condition"),
        ("area = 20", "'=='"),
        ("aera>20", "did you mean 'area'"),
        ("aera-20", "did you mean 'area'"),
        ("area>20 and ok", "use &"),
        ("area>20 or ok", "use |"),
        ("not ok", "~"),
        ("10<area<20", "parentheses"),
        ("area>20 & label=='a'", "parentheses"),
        ("area", "compare with something"),
        ("20", "compare with something"),
        ("'a'", "compare with something"),
        ("area & ok", "parentheses"),
        ("~area", "parentheses"),
        ("label==7", "quotes"),
        ("area=='a'", "quotes"),
        ("label+'b'=='ab'", "only numbers"),
        ("-label=='a'", "only numbers"),
        ("abs(label)==1", "only numbers"),
        ("label is 'a'", "not part of a condition"),
        ("label in ('a','b')", "not part of a condition"),
        ("label.upper()=='A'", "not part of a condition"),
        ("label[0]=='a'", "not part of a condition"),
        ("area//2==1", "not part of a condition"),
        ("Image<<2==1", "not part of a condition"),
        ("Image^2==1", "not part of a condition"),
        ("(x:=5)==5", "not part of a condition"),
        ("f'{area}'=='a'", "not part of a condition"),
        ("(lambda: 1)()==1", "not part of a condition"),
        ("[1]==1", "not part of a condition"),
        ("ok if ok else ok", "not part of a condition"),
        ("abs(area, 2)==1", "not part of a condition"),
        ("abs(area, x=2)==1", "not part of a condition"),
        ("abs(*area)==1", "not part of a condition"),
        ("open('x')==1", "no function 'open'"),
        ("sqr(area)==1", "did you mean 'sqrt'"),
        ("__import__('os')==1", "no function"),
        ("area==None", "which no column"),
        ("area==1j", "which no column"),
        ("area==...", "which no column"),
        ("label==b'\\xff'", "which no column"),
        ("big==9223372036854775808", "which no column"),
        ("big==-9223372036854775809", "which no column"),
        ("Image-99999999999999999999", "which no column"),
        ("big*2==0", "beyond 64 bits"),
        ("big+big==0", "beyond 64 bits"),
        ("abs(big)>0", "beyond 64 bits"),
        ("big-1==0", "beyond 64 bits"),
        ("-big>0", "beyond 64 bits"),
        ("9**9**9==1", "beyond 64 bits"),
        ("(" * 300 + "ok" + ")" * 300, "not a condition"),
        ("~" * 100 + "ok", "nested too deeply"),
        ("~" * 9_000 + "ok", "condition"),
        ("-" * 9_000 + "1==1", "condition"),
        ("ok\0", "not a condition"),
        ("label=='\ud800'", "condition"),
        (7, "not int"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_cure(text, words):
    with pytest.raises(DataError) as caught:
        parse_query(text, COLUMNS).mask(COLUMNS)
    assert words in str(caught.value)
    assert caught.value.hint


def test_columns_that_python_spells_alike_are_not_guessed():
    with pytest.raises(DataError, match="look alike"):
        parse_query("\u00b5m>1", ["\u00b5m", "\u03bcm"])


def test_values_without_an_order_are_refused():
    with pytest.raises(DataError, match="no order"):
        rows("label<'b'", {"label": np.array(["a", None], dtype=object)})


def test_a_text_of_the_users_raises_no_warning():
    assert rows(r"label=='\d'") == []


def test_nothing_is_run():
    before = set(sys.modules)
    with pytest.raises(DataError):
        parse_query("__import__('antigravity')", COLUMNS)
    assert set(sys.modules) - before == set()


NUMBERS = st.integers(-1000, 1000) | st.floats(-1e6, 1e6, allow_subnormal=False)
COMPARISONS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@given(st.lists(NUMBERS.map(float), min_size=1), st.sampled_from(list(COMPARISONS)), NUMBERS)
def test_numbers_compare_as_python_compares_them(values, sign, number):
    found = rows(f"x {sign} {number!r}", {"x": np.array(values)})
    assert found == [n for n, one in enumerate(values) if COMPARISONS[sign](one, number)]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.lists(TEXTS, min_size=1), st.sampled_from(list(COMPARISONS)), TEXTS)
def test_texts_compare_as_python_compares_them(values, sign, text):
    found = rows(f"x {sign} {text!r}", {"x": np.array(values, dtype=object)})
    assert found == [n for n, one in enumerate(values) if COMPARISONS[sign](one, text)]


@given(st.text("aokLIm_.()[]<>=!&|~+-*/%'\"0129 ,:\\\n", max_size=40))
def test_any_text_gives_a_mask_or_a_data_error(text):
    try:
        mask = parse_query(text, COLUMNS).mask(COLUMNS)
    except DataError:
        return
    assert mask.shape == (4,)
    assert mask.dtype == np.bool_
