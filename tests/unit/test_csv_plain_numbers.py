"""Numbers read the quick way: nothing passes that the grammar of a cell would not take."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omero_tables_jupyter.arrays.csv import evidence, open_csv
from omero_tables_jupyter.arrays.csv.blocks import Block
from omero_tables_jupyter.arrays.csv.cells import Kind
from omero_tables_jupyter.arrays.csv.decide import Form
from omero_tables_jupyter.arrays.csv.edges import Edges
from omero_tables_jupyter.arrays.csv.fields import Shape
from omero_tables_jupyter.arrays.csv.plain import is_plain
from omero_tables_jupyter.arrays.csv.quotes import find_quotes
from omero_tables_jupyter.arrays.plan import Pick, Widened
from omero_tables_jupyter.model import Stored

BLOCK = 400
ROWS = 120
BEGUN = {"decimals": "-0.25", "whole": "17", "Image": "101", "truth": "true", "words": "ab 12"}
ODD = """
    007 -007 00.5 -00.5 0x1F -0x1F 0X1f +5 +0.5 -0 0 -0.0 0.0 1e400 -1e400 1e-400 1e-05 1e-120 inf
    nan NaN NA null 9007199254740993 -9007199254740993 9223372036854775808 1,5 . - 1e 5. .5 1E5
    0.00e-0400 tRue True 1 "5" "0.5" "true" "" "x" 1_0 0e5 00
"""
BLANK = ["", " 5", "5 ", "\t5", "5\t", " true"]
TINY = [f"0.{'0' * 330}1", f"0.{'0' * 330}"]


def table(path):
    """Give the plan of the columns and the values, however often the types widen."""
    file = open_csv(path)
    picks = [Pick(at, name, name) for at, name in enumerate(file.header)]
    survey = file.survey(picks, whole=False, block_bytes=BLOCK)
    for _ in range(9):
        if survey.problems:
            return survey.columns, survey.problems, {}
        try:
            with file.batches(survey, block_bytes=BLOCK) as batches:
                got = pa.Table.from_batches(list(batches))
        except Widened as wider:
            survey = wider.survey
        else:
            columns = {name: _bits(got[name]) for name in got.column_names}
            return batches.survey.columns, batches.survey.problems, columns
    raise AssertionError("the types never settle")


def _bits(column):
    numbers = column.type == pa.float64()
    return column.to_numpy().view(np.int64).tolist() if numbers else column.to_pylist()


def write(path, row, name, cell, *, end="\n", words="ab 12", separator=","):
    rows = [dict(BEGUN, words=words) for _ in range(ROWS)]
    rows[row][name] = cell.replace(",", ";") if separator == "," else cell
    lines = [BEGUN, *(one.values() for one in rows)]
    text = "".join(separator.join(line) + end for line in lines)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def as_cell_by_cell(path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(evidence, "is_plain", lambda kinds, form: False)
        return table(path)


@pytest.mark.parametrize("cell", [*ODD.split(), *BLANK, *TINY])
@pytest.mark.parametrize("name", ["decimals", "whole", "Image", "truth"])
def test_a_late_odd_cell_is_read_as_if_each_cell_were_looked_at(tmp_path, monkeypatch, name, cell):
    path = write(tmp_path / "t.csv", 93, name, cell)
    assert table(path) == as_cell_by_cell(path, monkeypatch)


@pytest.mark.parametrize(
    "manner",
    [
        {"end": "\r\n"},
        {"end": "\r"},
        {"words": '"say ""007"", +5"'},
        {"words": '"true"'},
        {"words": "007"},
        {"words": "+x "},
        {"separator": "\t"},
        {"separator": "|"},
        {"separator": ";"},
    ],
)
@pytest.mark.parametrize("cell", ["007", "-0", "+5", '"5"', "5 ", "1e-400", ""])
@pytest.mark.parametrize("name", ["decimals", "whole"])
def test_neither_line_ends_nor_quotes_nor_other_columns_hide_it(
    tmp_path, monkeypatch, manner, name, cell
):
    path = write(tmp_path / "t.csv", ROWS - 1, name, cell, **manner)
    assert table(path) == as_cell_by_cell(path, monkeypatch)


def test_zeros_in_texts_do_not_make_numbers_odd(tmp_path):
    path = write(tmp_path / "t.csv", 0, "decimals", "2.5", words="007")
    columns, _, _ = table(path)
    assert [one.stored for one in columns[:3]] == [Stored.NUMBER, Stored.INTEGER, Stored.INTEGER]
    assert Edges(*_block(b"1,007\n2,008\n", 2)).are_odd(1, is_whole=True)
    assert not Edges(*_block(b"1,007\n2,008\n", 2)).are_odd(0, is_whole=True)


def _block(data, n_columns, delimiter=b","):
    data = bytearray(data)
    block = Block(data, 0, find_quotes(data, delimiter), len(data))
    rows = len([line for line in re.split(rb"\r\n|\r|\n", bytes(data)) if line])
    return block, Shape(n_columns, delimiter), rows


@pytest.mark.parametrize("cell", [b"007", b"-01", b"-0"])
@pytest.mark.parametrize("before", range(2**17 - 12, 2**17 + 3))
def test_no_window_hides_an_odd_number(cell, before):
    lines = b"12\n" * (before // 3)
    filled = lines + b"1" * (before - len(lines)) + b"\n" + cell + b"\n" + b"34\n" * 9
    assert Edges(*_block(filled, 1)).are_odd(0, is_whole=True)


CELLS = st.text("0123-+.x\t ", max_size=4)


@settings(deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_edges_are_those_of_the_cells(rows, is_whole, is_ended):
    data = "\n".join(f"{one},{other}" for one, other in rows) + "\n" * is_ended
    edges = Edges(*_block(data.encode(), 2))
    for position in (0, 1):
        cells = [row[position] for row in rows]
        odd = any(re.match(r"-?0[0-9x]|[+ \t]", one) or re.search(r"[ \t]$", one) for one in cells)
        odd = odd or (is_whole and "-0" in cells)
        if odd:
            assert edges.are_odd(position, is_whole=is_whole)
        elif not is_whole:
            assert not edges.are_odd(position, is_whole=False)


def test_a_column_is_plain_only_while_nothing_can_surprise():
    assert is_plain(Kind.INT, Form.INTEGER)
    assert is_plain(Kind.POINT | Kind.EMPTY, Form.NUMBER)
    assert not is_plain(Kind.INT | Kind.EMPTY, Form.NUMBER)
    assert not is_plain(Kind.POINT | Kind.MARKER, Form.NUMBER)
    assert not is_plain(Kind.TEXT, Form.TEXT)
    assert not is_plain(Kind(0), Form.ID)
