"""CSV files on their whole way into an array and back, against a reading by hand of the rules."""

import csv
import gzip
import io
import itertools
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import omero_tables_jupyter as otj
from omero_tables_jupyter.errors import DataError

NUMBERS = itertools.count()
MISSING = {"", "na", "n/a", "nan", "null", "none", "#n/a"}
INTEGERS = st.integers(-(2**63), 2**63 - 1).map(str)
SMALL = st.integers(-99, 99).map(str)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(repr).filter(lambda one: one != "0.0")
TEXTS = st.text("ab \u00e9\u00b5,;\n", min_size=1, max_size=5).map(lambda one: f"x{one}")
ODD = st.sampled_from(["007", "1_0", "0x1F", "2024-01-02", "+5", "true", "NA", "", "1e5", "-0"])
KINDS = st.sampled_from([INTEGERS, SMALL, FLOATS, TEXTS, st.sampled_from(["true", "FALSE"])])


@st.composite
def columns(draw):
    rows = draw(st.integers(1, 8))
    made = []
    for _ in range(draw(st.integers(2, 4))):
        texts = draw(st.lists(draw(KINDS), min_size=rows, max_size=rows))
        if draw(st.booleans()):
            texts[draw(st.integers(0, rows - 1))] = draw(ODD)
        made.append(texts)
    return made


def by_hand(texts):
    """Say what a column must hold: whole numbers, numbers, true/false, or its text."""
    there = [one for one in texts if one.lower() not in MISSING]
    some_missing = len(there) < len(texts)
    if there and all(one.lower() in {"true", "false"} for one in there):
        return [truth(one, some_missing) for one in texts]
    if not there or not all(map(is_number, there)):
        return texts
    wholes = [int(one) for one in there if is_whole(one)]
    if len(wholes) == len(texts):
        return wholes
    if any(abs(one) > 2**53 for one in wholes):
        return texts
    return [math.nan if one.lower() in MISSING else float(one) for one in texts]


def truth(text, some_missing):
    if text.lower() in MISSING:
        return math.nan
    return float(text.lower() == "true") if some_missing else text.lower() == "true"


def is_whole(text):
    digits = text.removeprefix("-")
    plain = digits.isascii() and digits.isdigit() and (digits == "0" or digits[0] != "0")
    return plain and text != "-0" and -(2**63) <= int(text) < 2**63


def is_number(text):
    if text != text.strip() or "_" in text or text.startswith("+"):
        return False
    whole = text.removeprefix("-").partition(".")[0].lower().partition("e")[0]
    if (len(whole) > 1 and whole[0] == "0") or not (text[-1].isdigit() and text.isascii()):
        return False
    if whole == text.removeprefix("-"):
        return is_whole(text) or text == "-0"
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def written(made, *, delimiter, line_end, encoding):
    text = io.StringIO(newline="")
    lines = csv.writer(text, delimiter=delimiter, lineterminator=line_end)
    lines.writerow([f"c{at}" for at in range(len(made))])
    lines.writerows(zip(*made, strict=True))
    return text.getvalue().encode(encoding)


def read_by_csv(content, *, delimiter, encoding):
    """Read with the standard library; rows of nothing but empty cells are rows as well."""
    lines = csv.reader(io.StringIO(content.decode(encoding), newline=""), delimiter=delimiter)
    _, *rows = lines
    return [list(column) for column in zip(*rows, strict=True)]


def same(one, other):
    return repr(one) == repr(other)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=columns(),
    layout=st.fixed_dictionaries(
        {
            "delimiter": st.sampled_from([",", "\t", "|"]),
            "line_end": st.sampled_from(["\n", "\r\n"]),
            "encoding": st.sampled_from(["utf-8", "utf-8-sig", "latin-1"]),
        }
    ),
    packed=st.booleans(),
    chunk_rows=st.sampled_from([1, 3, None]),
)
def test_a_file_is_stored_as_the_standard_library_and_the_rules_read_it(
    tmp_path, made, layout, packed, chunk_rows
):
    content = written(made, **layout)
    del layout["line_end"]
    number = next(NUMBERS)
    path = tmp_path / (f"t{number}.csv.gz" if packed else f"t{number}.csv")
    path.write_bytes(gzip.compress(content) if packed else content)
    target = tmp_path / f"t{number}.tiledb"
    otj.create_tiledb(path, target, chunk_rows=chunk_rows, **layout)
    stored = otj.read_table(target)
    expected = [by_hand(texts) for texts in read_by_csv(content, **layout)]
    assert same([stored[name].tolist() for name in stored.columns], expected)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=60) | st.text('ab1,"\n\r\t;', max_size=40).map(str.encode))
def test_any_bytes_are_a_table_or_refused_in_our_words_with_nothing_left(tmp_path, content):
    path = tmp_path / f"t{next(NUMBERS)}.csv"
    path.write_bytes(content)
    target = path.with_suffix(".tiledb")
    try:
        written_table = otj.create_tiledb(path, target)
    except DataError as error:
        assert error.hint  # noqa: PT017 - not every file is refused
        assert not target.exists()
        return
    assert len(otj.read_table(target)) == written_table.rows


@pytest.mark.parametrize("text", ["-0", "007", "1e5", "5", "x", "1_0"])
def test_the_rules_by_hand_tell_numbers_from_texts(text):
    assert is_number(text) == (text in {"-0", "1e5", "5"})
