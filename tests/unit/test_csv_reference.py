"""The fast reader held against a slow one that follows the rules by hand, on nasty files."""

import csv
import io
import math
import re
from dataclasses import dataclass
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omero_tables_jupyter.arrays.csv import open_csv
from omero_tables_jupyter.arrays.plan import Pick, Widened
from omero_tables_jupyter.errors import DataError

MARKERS = {"na", "n/a", "nan", "null", "none", "#n/a"}
ID_NAMES = {"image", "well"}
INTEGER = re.compile(r"-?[1-9][0-9]*|0")
NUMBER = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Cell:
    text: str
    quoted: bool = False

    @property
    def missing(self):
        return not self.text or (not self.quoted and self.text.lower() in MARKERS)


def number(cell, comma):
    """Give the exact value of a number, ±inf, or None where the cell is none."""
    if cell.quoted:
        return None
    text = cell.text
    if text.lower() in {"inf", "-inf", "infinity", "-infinity"}:
        return float(text)
    if comma:
        if "." in text:
            return None
        text = text.replace(",", ".")
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    if math.isinf(value) or (value == 0 and re.search("[1-9]", text.lower().split("e")[0])):
        return None
    return Fraction(text) if INTEGER.fullmatch(text) else value


def is_truth(cell):
    return not cell.quoted and cell.text.lower() in {"true", "false"}


def decimal_is_comma(columns):
    def votes(cells):
        numbers = [cell for cell in cells if not cell.missing]
        return any("," in cell.text for cell in numbers) and all(
            number(cell, comma=True) is not None and fits(cell) for cell in numbers
        )

    return any(votes(cells) for cells in columns)


def fits(cell):
    return not INTEGER.fullmatch(cell.text) or -(2**63) <= int(cell.text) < 2**63


def stored(name, cells, comma=False):
    """Give the type and the values that a column must have; 'problem' where it has none."""
    there = [cell for cell in cells if not cell.missing]
    is_id = name.lower() in ID_NAMES
    found = None
    if there and all(is_truth(cell) for cell in there):
        found = None if is_id else truths(cells, len(there) < len(cells))
    elif all(number(cell, comma) is not None and fits(cell) for cell in there):
        values = [None if cell.missing else number(cell, comma) for cell in cells]
        found = (ids if is_id else numbers)(values)
    return found or ("text", [cell.text for cell in cells])


def numbers(values):
    known = [value for value in values if value is not None]
    wholes = [value for value in known if isinstance(value, Fraction)]
    if all(isinstance(value, float) and math.isinf(value) for value in known):
        return None
    if len(wholes) == len(values):
        return "integer", [int(value) for value in values]
    if any(abs(value) > 2**53 for value in wholes):
        return None
    return "number", [math.nan if value is None else float(value) for value in values]


def truths(cells, some_missing):
    if not some_missing:
        return "true/false", [cell.text.lower() == "true" for cell in cells]
    return "number", [
        math.nan if cell.missing else float(cell.text.lower() == "true") for cell in cells
    ]


def ids(values):
    known = [value for value in values if value is not None]
    if known and all(value in {math.inf, -math.inf} for value in known):
        return None
    for value in values:
        if isinstance(value, float) and (math.isinf(value) or value % 1 or abs(value) > 2**53):
            return "problem", []
    return "integer", [-1 if value is None else int(value) for value in values]


PLAIN = """
    0 1 -7 42 -0 007 -01 00 0.5 .5 5. -.5 1.50 1e5 1E-3 1e400 1e-400 0.00000 0e999 -0.0 +5 1_000
    0x1F 1,5 -2,25 1,5e3 1.234,5 9007199254740992 9007199254740993 -9007199254740993 1e20 101.0
    1e300 9223372036854775807 9223372036854775808 -9223372036854775808
    123456789012345678901234567890 true FALSE True NA n/a NaN null None #N/A inf -Infinity INF
    nan(1) -nan 2024-01-02 a - é # 0.1 2.2250738585072014e-308 4.9e-324 0.30000000000000004
    1.7976931348623157e308 1.00000000000000011102230246251565
"""
STRANGE = ["", "", " 5", "5 ", "a\nb", 'say "x"', "\ufeffx", "# no comment", "x\r\ny", "5\n", "\t"]
CELL_TEXTS = st.sampled_from([*PLAIN.split(), *STRANGE])
NUMBERS = st.sampled_from(["0", "1", "-7", "2.5", "", "NA", "101.0", "1e5", "9007199254740993"])
TRUTHS = st.sampled_from(["true", "False", "TRUE", "", "na"])
INTEGERS = st.integers(-(2**63), 2**63 - 1).map(str)
FLOATS = st.floats(allow_nan=False, allow_infinity=False).map(repr)
COMMAS = st.sampled_from(["1,5", "2", "-0,25", "", "3,e2"])
NAMES = ["Image", "area", "WELL", "b", "c"]


@st.composite
def tables(draw):
    n_columns = draw(st.integers(1, 4))
    n_rows = draw(st.integers(1, 12))
    columns = []
    for _ in range(n_columns):
        texts = draw(st.sampled_from([CELL_TEXTS, NUMBERS, TRUTHS, INTEGERS, FLOATS, COMMAS]))
        column = draw(st.lists(texts, min_size=n_rows, max_size=n_rows))
        if draw(st.booleans()):
            column[-1] = draw(CELL_TEXTS)
        columns.append([Cell(text, quoted=draw(st.integers(0, 9)) == 0) for text in column])
    return columns


def written(cell, delimiter, alone):
    text = cell.text
    must = any(sign in text for sign in (delimiter, "\n", "\r")) or text.startswith('"')
    if cell.quoted or must or (alone and not text):
        return '"' + text.replace('"', '""') + '"', True
    return text, False


@dataclass(frozen=True)
class Layout:
    delimiter: str
    line_end: str
    ends: bool
    blanks: bool


LAYOUTS = st.builds(
    Layout,
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
)


def as_file(columns, layout):
    """Write cells as CSV; give the text and the cells as they stand in it."""
    lines = [layout.delimiter.join(NAMES[: len(columns)])]
    seen = [[] for _ in columns]
    for row in zip(*columns, strict=True):
        words = []
        for cells, cell in zip(seen, row, strict=True):
            word, quoted = written(cell, layout.delimiter, len(columns) == 1)
            words.append(word)
            cells.append(Cell(cell.text, quoted))
        lines.append(layout.delimiter.join(words))
        if layout.blanks and len(columns) > 1:
            lines.append("")
    return layout.line_end.join(lines) + layout.line_end * layout.ends, seen


def read(path, block_bytes, *, names=None, as_text=False, **options):
    file = open_csv(path, **options)
    picks = [
        Pick(at, name, (names or file.header)[at], as_text=as_text)
        for at, name in enumerate(file.header)
    ]
    survey = file.survey(picks, whole=False, block_bytes=block_bytes)
    for _ in range(100):
        try:
            batches = file.batches(survey, block_bytes=block_bytes)
            columns = [[] for _ in picks]
            for batch in batches:
                for column, array in zip(columns, batch.columns, strict=True):
                    assert array.null_count == 0
                    column.extend(array.to_pylist())
        except Widened as wider:
            survey = wider.survey
            continue
        return batches.survey, columns
    raise AssertionError("the types never settle")


def same(one, other):
    return repr(one) == repr(other)


SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@given(tables(), LAYOUTS, st.sampled_from([16, 64, 100, 4096]))
@settings(SETTINGS, max_examples=400)
def test_every_table_is_read_as_the_rules_say(tmp_path, columns, layout, block_bytes):
    text, cells = as_file(columns, layout)
    delimiter = layout.delimiter
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    comma = delimiter == ";" and decimal_is_comma(cells)
    expected = [stored(name, column, comma) for name, column in zip(NAMES, cells, strict=False)]
    whole = survey_whole(path, delimiter, block_bytes)
    if any(kind == "problem" for kind, _ in expected):
        assert whole.problems
        with pytest.raises(DataError, match=r"should hold (Image|Well) ids"):
            read(path, block_bytes, delimiter=delimiter)
        return
    survey, values = read(path, block_bytes, delimiter=delimiter)
    assert [one.stored.value for one in survey.columns] == [kind for kind, _ in expected]
    assert same(values, [column for _, column in expected])
    assert survey.rows == len(columns[0])
    assert [one.stored for one in whole.columns] == [one.stored for one in survey.columns]
    assert whole.rows == survey.rows
    assert not whole.problems


def survey_whole(path, delimiter, block_bytes):
    file = open_csv(path, delimiter=delimiter)
    return file.survey(
        [Pick(at, n, n) for at, n in enumerate(file.header)], whole=True, block_bytes=block_bytes
    )


RAW = st.lists(
    st.sampled_from(
        ["a", "1", '"', '""', ",", ",", "\n", "\n", "\r", "\r\n", " ", "#", "é", "\ufeff"]
    ),
    max_size=30,
).map("".join)


@given(st.sampled_from(["x", "x,y", '"x",y', "x,y,z"]), RAW, st.sampled_from([16, 40, 4096]))
@settings(SETTINGS, max_examples=600)
def test_any_text_is_read_as_the_csv_module_reads_it_or_refused(
    tmp_path, header, body, block_bytes
):
    text = f"{header}\n{body}"
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode())
    expected = by_csv_module(text)
    if expected is None:
        with pytest.raises(DataError):
            read(path, block_bytes, as_text=True, delimiter=",")
    else:
        _, values = read(path, block_bytes, as_text=True, delimiter=",")
        assert values == expected


def by_csv_module(text):
    try:
        header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    except csv.Error:
        return None
    if len(header) == 1:
        rows = [row or [""] for row in rows]
    rows = [row for row in rows if row]
    if not rows or any(len(row) != len(header) for row in rows):
        return None
    return [list(column) for column in zip(*rows, strict=True)]
