"""The stand-in's own reading of PyTables conditions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omero_tables_jupyter.demo.conditions import ConditionError, parse, spelt_out

COLUMNS = {
    "n": np.array([1, 2, 3]),
    "area": np.array([0.5, np.nan, 9.0]),
    "label": np.array(["a", "", "µ"], dtype=object),
    "ok": np.array([True, False, True]),
}


def hits(condition: str) -> list[int]:
    return np.flatnonzero(parse(spelt_out(condition), COLUMNS).holds(COLUMNS)).tolist()


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("n > 1", [1, 2]),
        ("(n > 1) & (area > 5)", [2]),
        ("(n == 1) | (label == 'µ')", [0, 2]),
        ('label == b"a"', [0]),
        ("~(n == 2)", [0, 2]),
        ("~ok", [1]),
        ("ok", [0, 2]),
        ("area != area", [1]),
        ("n % 2 == 1", [0, 2]),
        ("-n < -2", [2]),
        ("sqrt(area) >= 3", [2]),
        ("where(ok, n, 0) == 3", [2]),
        ("n-2", [1]),
        # OMERO.web's own way: what begins like the shorthand is taken for it
        ("n-2 > 5", [1]),
        ("(n-2) > 0", [2]),
        ("n ** 2 == 9", [2]),
        ("n < 9**9**9**9", [0, 1, 2]),
        ("label != 'a'", [1, 2]),
        (" ( n == 2 ) ", [1]),
    ],
)
def test_conditions_mean_what_pytables_means(condition, rows):
    assert hits(condition) == rows


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("n >", "invalid syntax"),
        ("x > 1", "name 'x' is not defined"),
        ("1 == 1", "no columns"),
        ("n", "not true or false"),
        ("1 < n < 3", "one comparison at a time"),
        ("n > 1 & n < 3", "one comparison at a time"),
        ("n > 1 and n < 3", "use & and |"),
        ("label > 3", "text and numbers"),
        ("n.real == 1", "cannot be used"),
        ("n[0] == 1", "cannot be used"),
        ("open(n)", "cannot be used"),
        ("label * 3 == label", "text can only be compared"),
        ("n == 1 / 0", "division by zero"),
        ("~area", "not supported for the input types"),
        ("sqrt(n, n, n, n) > 1", "positional arguments"),
        ("(" * 5000 + "n" + ")" * 5000, "invalid syntax"),
    ],
)
def test_what_is_no_condition_is_refused(condition, words):
    with pytest.raises(ConditionError, match=words.replace("|", r"\|")):
        hits(condition)


def test_the_shorthand_finds_older_tables_columns_by_a_small_letter():
    assert spelt_out("Image-7", ["image"]) == "(image==7)"
    assert spelt_out("Image-7", ["image", "Image"]) == "(Image==7)"
    assert spelt_out("Area-7", ["area"]) == "(Area==7)"


@settings(deadline=None)
@given(st.integers(-(2**70), 2**70))
def test_any_number_can_be_compared(number):
    expected = [row for row, n in enumerate((1, 2, 3)) if n > number]
    assert hits(f"n > {number}") == expected


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_does_more_than_be_refused(text):
    try:
        found = parse(text, COLUMNS).holds(COLUMNS)
    except ConditionError:
        return
    assert found.dtype == np.bool_
