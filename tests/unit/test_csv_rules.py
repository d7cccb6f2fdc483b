"""What becomes of each kind of cell: the rules of `cells` and `decide`, one by one."""

import math
import struct

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from omero_tables_jupyter.arrays.csv import open_csv
from omero_tables_jupyter.arrays.plan import Pick, Widened
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.model import FixKind, Stored

TEXT, INTEGER, NUMBER, BOOLEAN = Stored.TEXT, Stored.INTEGER, Stored.NUMBER, Stored.BOOLEAN
TINY = 16

#: What looks like a number to some readers, or nearly.
ODD = """
    007 -01 00 00.5 -00 +5 +inf 0x1F -0x1F 1_000 2024-01-02 12:30 1e400 -1e400 1e-400 0.0001e-999
    nan(1) -nan - e5 1e . -. 1.2.3 --1 9223372036854775808 -9223372036854775809 infinit t yes a
    \N{FULLWIDTH DIGIT ONE} \N{ARABIC-INDIC DIGIT ONE}
"""
DECIMALS = """
    0.1 0.30000000000000004 2.2250738585072014e-308 4.9e-324 5e-324 1.7976931348623157e308 8.5e-1
    1.00000000000000011102230246251565 9007199254740993.0 123456789012345678.9 6.02214076e23
    3.141592653589793238462643383279502884197
"""


def picks_of(file, *, as_text=(), names=None):
    return [
        Pick(at, name, (names or {}).get(name, name), as_text=name in as_text)
        for at, name in enumerate(file.header)
    ]


def read(path, *, block_bytes=None, as_text=(), names=None, **options):
    """Read as a writer does, starting over where the types widen; count how often."""
    file = open_csv(path, **options)
    picks = picks_of(file, as_text=as_text, names=names)
    survey = file.survey(picks, whole=False, block_bytes=block_bytes)
    for restarts in range(20):
        try:
            with file.batches(survey, block_bytes=block_bytes) as batches:
                got = list(batches)
        except Widened as wider:
            survey = wider.survey
        else:
            return batches.survey, pa.Table.from_batches(got).to_pydict(), restarts
    raise AssertionError("the types never settle")


def column(tmp_path, cells, *, name="x", block_bytes=None, separator=",", **options):
    """Write cells, as they are, beside a counter; give the plan and the values of theirs."""
    path = tmp_path / "t.csv"
    rows = "".join(f"{at}{separator}{cell}\n" for at, cell in enumerate(cells))
    path.write_text(f"n{separator}{name}\n{rows}", encoding="utf-8", newline="")
    survey, values, _ = read(path, block_bytes=block_bytes, **options)
    return survey.columns[1], values[name]


@pytest.mark.parametrize("block_bytes", [TINY, None])
@pytest.mark.parametrize(
    ("cells", "stored", "values"),
    [
        (["1", "-2", "0"], INTEGER, [1, -2, 0]),
        (["9223372036854775807", "-9223372036854775808"], INTEGER, [2**63 - 1, -(2**63)]),
        (["1", "2.5"], NUMBER, [1.0, 2.5]),
        ([".5", "5.", "-.25", "1e5", "1E-3", "1.5e+05"], NUMBER, [0.5, 5, -0.25, 1e5, 1e-3, 1.5e5]),
        (["true", "FALSE", "True"], BOOLEAN, [True, False, True]),
        (["9007199254740992", "0.5"], NUMBER, [float(2**53), 0.5]),
        (["0", "0.0", "0.5", "0e0"], NUMBER, [0.0, 0.0, 0.5, 0.0]),
        (["1.5", "inf", "-Infinity", "INF"], NUMBER, [1.5, math.inf, -math.inf, math.inf]),
        (["2", "inf"], NUMBER, [2.0, math.inf]),
    ],
)
def test_numbers_and_truths_are_recognised(tmp_path, block_bytes, cells, stored, values):
    plan, got = column(tmp_path, cells, block_bytes=block_bytes)
    assert plan.stored is stored
    assert got == values
    assert [type(one) for one in got] == [type(one) for one in values] or stored is NUMBER


@pytest.mark.parametrize("block_bytes", [TINY, None])
@pytest.mark.parametrize("number", ["7", "2.5", "true"])
@pytest.mark.parametrize("odd", [*ODD.split(), " 5", "5 ", "\t5", "1" * 5000])
def test_anything_else_keeps_the_column_exactly_as_it_is_written(
    tmp_path, block_bytes, number, odd
):
    cells = [number, number, number, odd]
    plan, got = column(tmp_path, cells, block_bytes=block_bytes)
    assert plan.stored is TEXT
    assert got == cells


def test_a_comma_is_no_decimal_mark_where_semicolons_do_not_say_so(tmp_path):
    plan, got = column(tmp_path, ["1,5", "2"], separator="\t")
    assert (plan.stored, got) == (TEXT, ["1,5", "2"])
    assert "--decimal ," in plan.notes[0]


def test_minus_zero_keeps_its_sign(tmp_path):
    plan, got = column(tmp_path, ["-0", "1", "2"])
    assert plan.stored is NUMBER
    assert struct.pack("d", got[0]) == struct.pack("d", -0.0)


@pytest.mark.parametrize("text", DECIMALS.split())
def test_decimals_are_rounded_correctly(tmp_path, text):
    _, got = column(tmp_path, [text, "0.5"])
    assert got == [float(text), 0.5]


@pytest.mark.parametrize("marker", ["", "NA", "n/a", "NaN", "null", "NONE", "#N/A", '""'])
def test_missing_in_a_number_column_is_nan(tmp_path, marker):
    plan, got = column(tmp_path, ["1.5", marker])
    assert plan.stored is NUMBER
    assert got[0] == 1.5
    assert math.isnan(got[1])
    assert plan.notes == ("1 missing -> NaN",)


def test_integers_with_missing_ones_become_floats_with_a_note(tmp_path):
    plan, got = column(tmp_path, ["1", "", "na", str(2**53)])
    assert plan.stored is NUMBER
    assert plan.notes == ("2 missing -> NaN, so stored as decimal numbers",)
    assert (got[0], got[3]) == (1.0, 2.0**53)


def test_truths_with_missing_ones_become_numbers_with_a_note(tmp_path):
    plan, got = column(tmp_path, ["TRUE", "", "NA", "false"])
    assert plan.stored is NUMBER
    assert repr(got) == "[1.0, nan, nan, 0.0]"
    assert plan.notes == ("2 missing -> NaN, so stored as the numbers 1 and 0",)


def test_words_for_missing_stay_text_in_a_text_column(tmp_path):
    cells = ["NA", "actb", "", "None", "nan"]
    plan, got = column(tmp_path, cells)
    assert (plan.stored, got) == (TEXT, cells)
    assert plan.notes == ("1 missing -> ''",)


@pytest.mark.parametrize("cells", [["", ""], ["NA", ""], ["inf", "-inf"], ["nan", "NaN"]])
def test_a_column_without_any_number_is_text(tmp_path, cells):
    assert column(tmp_path, cells, block_bytes=TINY)[1] == cells


def test_an_empty_column_says_so(tmp_path):
    assert column(tmp_path, ["", ""])[0].notes == ("every value is missing",)


def test_text_has_no_note_where_nothing_happens_to_it(tmp_path):
    assert column(tmp_path, ["a", "5"])[0].notes == ()


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        (
            ["1", str(2**63)],
            "too large to be stored stay text (row 1: '9223372036854775808')",
        ),
        (["1.5", "1e999"], "numbers that are too large or too small to be stored stay text"),
        (["1", '"2"'], "numbers or true/false between quotes stay text (row 1: '2')"),
        (['"true"', "true"], "numbers or true/false between quotes stay text (row 0: 'true')"),
        (["1", "true"], "stays text: it mixes numbers and true/false"),
        (["", str(2**53 + 1)], "stays text: beside missing values its whole numbers"),
        (["0.5", str(-(2**53) - 1)], "stays text: beside decimals its whole numbers"),
    ],
)
@pytest.mark.parametrize("block_bytes", [TINY, None])
def test_numbers_that_cannot_be_stored_exactly_stay_text_with_a_note(
    tmp_path, cells, word, block_bytes
):
    plan, got = column(tmp_path, cells, block_bytes=block_bytes)
    assert plan.stored is TEXT
    assert got == [cell.strip('"') for cell in cells]
    assert any(word in note for note in plan.notes)


def test_spaces_and_quotes_within_text_are_kept(tmp_path):
    _, got = column(
        tmp_path, ["  a ", '"b, c"', '"say ""x"""', 'in 5" pipes', ' "d"', '"e\nf\r\ng"']
    )
    assert got == ["  a ", "b, c", 'say "x"', 'in 5" pipes', ' "d"', "e\nf\r\ng"]


def test_lines_that_look_like_comments_are_rows(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n# one,1\n2,3\n")
    assert read(path)[1] == {"a": ["# one", "2"], "b": [1, 3]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("block_bytes", [1, 2, 3, 4, 5, 7, 64])
def test_every_line_end_is_one_whatever_the_blocks_are(tmp_path, end, last, block_bytes):
    path = tmp_path / "t.csv"
    path.write_bytes((end.join(["a,b", "1,x", "2,y", "3,z"]) + end * last).encode())
    survey, values, _ = read(path, block_bytes=block_bytes)
    assert values == {"a": [1, 2, 3], "b": ["x", "y", "z"]}
    assert survey.rows == 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block_bytes", [1, 2, 3, 4, 5, 7, 64])
def test_a_blank_line_is_a_missing_value_where_there_is_one_column(tmp_path, end, block_bytes):
    path = tmp_path / "t.csv"
    path.write_bytes((end.join(["gene", "actb", "", "tp53", ""]) + end).encode())
    assert read(path, block_bytes=block_bytes)[1] == {"gene": ["actb", "", "tp53", ""]}


def test_a_blank_line_is_nothing_where_there_are_several_columns(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\na,b\n\n1,2\n\n\n3,4\n\n")
    assert read(path, block_bytes=2)[1] == {"a": [1, 3], "b": [2, 4]}


def test_a_mark_within_the_text_is_kept_at_the_start_of_a_block(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a\n" + "\ufeffx\n" * 20, encoding="utf-8")
    assert read(path, block_bytes=4)[1] == {"a": ["\ufeffx"] * 20}


# ID columns


def test_ids_are_integers_and_missing_ones_are_minus_one(tmp_path):
    plan, got = column(tmp_path, ["101", "", "NA", str(2**60 + 1)], name="Image")
    assert (plan.stored, plan.role) == (INTEGER, "Image id")
    assert got == [101, -1, -1, 2**60 + 1]
    assert plan.notes == ("2 missing -> -1",)


@pytest.mark.parametrize("block_bytes", [TINY, None])
def test_ids_written_as_decimals_are_integers(tmp_path, block_bytes):
    plan, got = column(
        tmp_path, ["101.0", "1e2", "7", "", "-0"], name="ROI", block_bytes=block_bytes
    )
    assert (plan.stored, got) == (INTEGER, [101, 100, 7, -1, 0])
    assert "whole numbers written as decimals, stored as integers" in plan.notes


@pytest.mark.parametrize("cell", ["101.5", "1e300", "inf", "9007199254740993.5"])
@pytest.mark.parametrize("block_bytes", [TINY, None])
def test_numbers_that_are_no_ids_are_a_problem(tmp_path, cell, block_bytes):
    path = tmp_path / "t.csv"
    path.write_text(f"Image\n1\n2\n3\n4\n5\n6\n7\n8\n9\n{cell}\n")
    file = open_csv(path)
    survey = file.survey(picks_of(file), whole=True, block_bytes=block_bytes)
    (problem,) = survey.problems
    assert (problem.column, problem.row) == ("Image", 9)
    assert f"(row 9: '{cell}')" in problem.text
    assert problem.fix.kind is FixKind.RENAME
    with pytest.raises(DataError, match="should hold Image ids") as caught:
        read(path, block_bytes=block_bytes)
    assert "--rename" in caught.value.hint


def test_a_problem_that_text_further_on_dissolves_is_none(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Image\n" + "1.5\n" * 50 + "A01\n")
    survey, values, restarts = read(path, block_bytes=TINY)
    assert survey.columns[0].stored is TEXT
    assert values["Image"] == ["1.5"] * 50 + ["A01"]
    assert restarts == 0  # the first survey read on, to be sure


def test_a_doubt_that_ends_in_the_type_it_began_with_loses_no_row(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("n,Image\n" + "1,\n" * 30 + "2,1.5\n" * 30 + "3,x\n" * 30)
    survey, values, restarts = read(path, block_bytes=TINY)
    assert restarts == 1
    assert values["Image"] == [""] * 30 + ["1.5"] * 30 + ["x"] * 30
    assert survey.rows == 90


@pytest.mark.parametrize("cells", [["A01", "B02"], ["1", "x"], ["true", "false"], ['"101"']])
def test_id_columns_of_text_stay_text_with_a_cure(tmp_path, cells):
    path = tmp_path / "t.csv"
    path.write_text("Well\n" + "\n".join(cells) + "\n")
    survey, values, _ = read(path)
    assert values["Well"] == [cell.strip('"') for cell in cells]
    (note,) = survey.notes
    assert (note.column, note.fix.kind, note.fix.value) == ("Well", FixKind.RENAME, "Well Name")


def test_the_stored_name_decides_what_is_an_id(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("Image,img\n1.5,3\n2.5,\n")
    survey, values, _ = read(path, names={"Image": "score", "img": "Image"})
    assert values == {"score": [1.5, 2.5], "Image": [3, -1]}
    assert [one.source for one in survey.columns] == ["Image", "img"]


def test_object_is_a_label(tmp_path):
    assert column(tmp_path, ["1"], name="Object")[0].role == "label"


# Choices of the user


def test_forced_text_is_exact_and_cannot_be_a_problem(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('Image,b\n1.5,007\n,"1"\nNA,true\n')
    survey, values, _ = read(path, as_text=["Image", "b"])
    assert values == {"Image": ["1.5", "", "NA"], "b": ["007", "1", "true"]}
    assert not survey.problems


def test_columns_that_are_not_picked_cause_no_problem_and_keep_the_order(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,Image,c\n1,1.5,x\n2,2.5,y\n")
    file = open_csv(path)
    survey = file.survey([Pick(2, "c", "C"), Pick(0, "a", "A")], whole=True)
    (batch,) = file.batches(survey)
    assert batch.to_pydict() == {"C": ["x", "y"], "A": [1, 2]}


# Types over the whole file


@pytest.mark.parametrize(
    ("usual", "last", "stored"),
    [
        ("1", "2.5", NUMBER),
        ("1", "x", TEXT),
        ("1", "", NUMBER),
        ("1", "true", TEXT),
        ("1", str(2**63), TEXT),
        (str(2**53 + 1), "0.5", TEXT),
        (str(2**53 + 1), "", TEXT),
        ("0.5", str(2**53 + 1), TEXT),
        ("0.5", "1e-400", TEXT),
        ("0.5", "007", TEXT),
        ("0.5", '"1"', TEXT),
        ("true", "maybe", TEXT),
        ("true", "", NUMBER),
        ("true", "1", TEXT),
        ("", "1", NUMBER),
        ("", "0.5", NUMBER),
        ("", "true", NUMBER),
        ("NA", "1", NUMBER),
        ("NA", "x", TEXT),
        ("inf", "1", NUMBER),
        ("1", "NA", NUMBER),
    ],
)
def test_the_last_line_of_a_large_file_decides_too(tmp_path, usual, last, stored):
    path = tmp_path / "t.csv"
    rows = 200_000
    with path.open("w") as file:
        file.write("n,x\n")
        file.writelines(f"{at},{usual}\n" for at in range(rows))
        file.write(f"{rows},{last}\n")
    survey, values, restarts = read(path)
    assert restarts == (0 if usual == "NA" and stored is TEXT else 1)
    assert survey.columns[1].stored is stored
    assert values["n"] == list(range(rows + 1))
    if stored is TEXT:
        assert values["x"] == [usual] * rows + [last.strip('"')]
    whole_file = open_csv(path)
    whole = whole_file.survey(picks_of(whole_file), whole=True)
    assert whole.columns == survey.columns
    assert whole.rows == rows + 1


def test_a_survey_of_the_first_block_says_that_it_is_provisional(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n" + "1\n" * 100 + "y\n")
    file = open_csv(path)
    first = file.survey(picks_of(file), whole=False, block_bytes=TINY)
    assert (first.provisional, first.rows, first.columns[0].stored) == (True, None, INTEGER)
    whole = file.survey(picks_of(file), whole=True, block_bytes=TINY)
    assert (whole.provisional, whole.rows, whole.columns[0].stored) == (False, 101, TEXT)
    assert not file.survey(picks_of(file), whole=False).provisional


@pytest.mark.parametrize("last", ["", "0.5"])
def test_a_large_integer_in_the_middle_is_remembered_to_the_end(tmp_path, last):
    path = tmp_path / "t.csv"
    cells = ["1"] * 50 + [str(2**53 + 1)] + ["1"] * 50 + [last]
    path.write_text("n,x\n" + "".join(f"0,{cell}\n" for cell in cells))
    file = open_csv(path)
    whole = file.survey(picks_of(file), whole=True, block_bytes=TINY)
    assert whole.columns[1].stored is TEXT
    assert read(path, block_bytes=TINY)[1]["x"] == cells


def test_many_surprises_cost_few_restarts(tmp_path):
    path = tmp_path / "t.csv"
    n = 40
    rows = [",".join("" if row == 20 * at else "1" for at in range(n)) for row in range(20 * n)]
    path.write_text(",".join(f"c{at}" for at in range(n)) + "\n" + "\n".join(rows) + "\n")
    survey, values, restarts = read(path, block_bytes=200)
    assert 1 < restarts < 10
    assert {one.stored for one in survey.columns} == {NUMBER}
    assert [math.isnan(values[f"c{at}"][20 * at]) for at in range(n)] == [True] * n


def test_widening_names_the_column_the_row_and_the_value(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("area\n" + "1\n" * 100 + "y\n")
    file = open_csv(path)
    survey = file.survey(picks_of(file), whole=False, block_bytes=TINY)
    with pytest.raises(Widened, match=r"column 'area' holds something new \(row 100: 'y'\)"):
        list(file.batches(survey, block_bytes=TINY))


# Decimal commas


@pytest.mark.parametrize("block_bytes", [8, None])
def test_semicolons_and_commas_make_decimals(tmp_path, block_bytes):
    path = tmp_path / "t.csv"
    path.write_text("a;b;c\n1,5;2;x\n-0,25;3;1,5\n2e3;;y\n")
    survey, values, _ = read(path, block_bytes=block_bytes)
    assert repr(values) == repr(
        {"a": [1.5, -0.25, 2000.0], "b": [2.0, 3.0, math.nan], "c": ["x", "1,5", "y"]}
    )
    assert any("decimal mark" in note.text for note in survey.notes)


def test_beside_decimal_commas_a_point_is_no_decimal_mark(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1,5;1.234\n2;5\n")
    survey, values, _ = read(path)
    assert values == {"a": [1.5, 2.0], "b": ["1.234", "5"]}
    assert "--decimal ." in survey.columns[1].notes[0]


def test_points_stay_decimal_where_commas_only_stand_in_text(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b\n3,4;1.5\nx;2.5\n")
    survey, values, _ = read(path, block_bytes=4)
    assert values == {"a": ["3,4", "x"], "b": [1.5, 2.5]}
    assert not survey.notes


def test_the_users_decimal_mark_stands(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1,5;1.5\n")
    assert read(path, decimal=".")[1] == {"a": ["1,5"], "b": [1.5]}
    assert read(path, decimal=",")[1] == {"a": [1.5], "b": ["1.5"]}
    path.write_text("a\tb\n1,5\t1,234,5\n")
    assert read(path, decimal=",")[1] == {"a": [1.5], "b": ["1,234,5"]}


# What the fast way rests on


@pytest.mark.parametrize("kind", [pa.int64(), pa.float64()])
@pytest.mark.parametrize("text", [" 5", "5 ", "\t5", "5\n", "", "-", "1_000", "--1", "-+1", "5a"])
def test_arrow_still_refuses_what_the_reader_leaves_to_it(kind, text):
    with pytest.raises(pa.ArrowInvalid):
        pc.cast(pa.array([text]), kind)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block_bytes", [1, 20, None])
def test_quotes_are_told_apart_by_column_whatever_lies_between(tmp_path, end, block_bytes):
    path = tmp_path / "t.csv"
    lines = ["", "a,b,c", "", '1,"x', "", 'y",3', "", "", '4,"z,"",",6', '7,"",9', "", '8,w,"9"']
    path.write_bytes((end.join(lines) + end).encode())
    survey, values, _ = read(path, block_bytes=block_bytes)
    assert [one.stored for one in survey.columns] == [INTEGER, TEXT, TEXT]
    assert values == {
        "a": [1, 4, 7, 8],
        "b": [f"x{end}{end}y", 'z,",', "", "w"],
        "c": ["3", "6", "9", "9"],
    }
