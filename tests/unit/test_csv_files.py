"""Files as they come: encodings, delimiters, packing, damage; each fault with its line and cure."""

import codecs
import gzip
import math

import pyarrow as pa
import pytest

from omero_tables_jupyter.arrays.csv import block_size, blocks, head, open_csv
from omero_tables_jupyter.arrays.csv.records import line_ends
from omero_tables_jupyter.arrays.plan import Pick
from omero_tables_jupyter.errors import DataError, OptionError, PathError
from omero_tables_jupyter.model import FixKind


def picks_of(file):
    return [Pick(at, name, name) for at, name in enumerate(file.header)]


def read(path, *, block_bytes=None, **options):
    file = open_csv(path, **options)
    survey = file.survey(picks_of(file), whole=True, block_bytes=block_bytes)
    return pa.Table.from_batches(list(file.batches(survey, block_bytes=block_bytes))).to_pydict()


def fault(path, *, block_bytes=None, **options):
    with pytest.raises(DataError) as caught:
        read(path, block_bytes=block_bytes, **options)
    assert caught.value.hint
    return caught.value


def file_of(tmp_path, data, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


# Encodings


@pytest.mark.parametrize(
    ("encoding", "note"),
    [("utf-8-sig", ""), ("utf-16", "utf-16"), ("utf-32", "utf-32")],
)
def test_a_byte_order_mark_is_understood(tmp_path, encoding, note):
    path = file_of(tmp_path, "größe,b\n1,µm\n".encode(encoding))
    assert read(path) == {"größe": [1], "b": ["µm"]}
    words = " ".join(one.text for one in open_csv(path).notes)
    assert note in words
    assert bool(note) == bool(words)


def test_big_endian_marks_too(tmp_path):
    data = codecs.BOM_UTF16_BE + "a,b\n1,µ\n".encode("utf-16-be")
    assert read(file_of(tmp_path, data)) == {"a": [1], "b": ["µ"]}


@pytest.mark.parametrize("block_bytes", [1, 2, 3, 7, None])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1252", "latin-1", "shift_jis"])
def test_the_users_encoding_is_used_whatever_the_blocks_are(tmp_path, encoding, block_bytes):
    word = "日本" if encoding == "shift_jis" else "café"
    path = file_of(tmp_path, f'a,b\n1,{word}\n2,"{word}\n"\n'.encode(encoding))
    got = read(path, encoding=encoding, block_bytes=block_bytes)
    assert got == {"a": [1, 2], "b": [word, word + "\n"]}


def test_bytes_that_are_no_utf8_name_their_offset_and_the_cure(tmp_path):
    data = b"a,b\n" + b"1,x\n" * 100 + b"2,caf\xe9\n"
    error = fault(file_of(tmp_path, data), block_bytes=64)
    assert f"byte {data.index(0xE9)} (0xe9)" in error.message
    assert "--encoding latin-1" in error.hint
    assert read(file_of(tmp_path, data), encoding="latin-1")["b"][-1] == "café"


def test_the_offset_counts_the_mark_in_front(tmp_path):
    data = codecs.BOM_UTF8 + b"a,b\n2,caf\xe9\n"
    assert f"byte {data.index(0xE9)} " in fault(file_of(tmp_path, data)).message


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_an_undecodable_header_names_the_offset_too(tmp_path, mark):
    data = mark + b"a,gr\xf6\xdfe\n1,2\n"
    assert f"byte {data.index(0xF6)} (0xf6)" in fault(file_of(tmp_path, data)).message


@pytest.mark.parametrize("block_bytes", [1, 3, None])
def test_a_wrong_encoding_of_the_users_names_the_offset(tmp_path, block_bytes):
    data = b"a,b\n1,x\n" * 3 + "2,é\n".encode()
    error = fault(file_of(tmp_path, data), encoding="ascii", block_bytes=block_bytes)
    assert f"is not ascii text: byte {data.index(0xC3)} (0xc3)" in error.message


def test_half_a_character_at_the_end_is_an_error(tmp_path):
    error = fault(file_of(tmp_path, "a\n1\n".encode("utf-16-le") + b"x"), encoding="utf-16-le")
    assert "byte 8 (0x78)" in error.message


def test_lone_surrogates_are_an_error(tmp_path):
    assert (
        "unicode_escape"
        in fault(file_of(tmp_path, "a\n\\ud800\n"), encoding="unicode_escape").message
    )


@pytest.mark.parametrize("encoding", ["klingon", "hex", "rot13", "a\0b", ""])
def test_an_encoding_that_is_none_is_refused(tmp_path, encoding):
    with pytest.raises(OptionError, match="no text encoding") as caught:
        open_csv(file_of(tmp_path, "a\n1\n"), encoding=encoding)
    assert "latin-1" in caught.value.hint


# Delimiters


@pytest.mark.parametrize(
    ("name", "text", "header", "noted"),
    [
        ("t.csv", "a,b\n1,2\n", ("a", "b"), ""),
        ("t.csv", "a;b\n1;2\n", ("a", "b"), "semicolons"),
        ("t.csv", "a\tb\n1\t2\n", ("a", "b"), "tabs"),
        ("t.txt", "a|b\n1|2\n", ("a", "b"), "vertical bars"),
        ("t.tsv", "a\tb\n1\t2\n", ("a", "b"), ""),
        ("t.tsv", "a,b\n1,2\n", ("a", "b"), "commas"),
        ("t.tsv", "a,b\tc\n1\t2\n", ("a,b", "c"), ""),
        ("t.csv", "area,um;mean\n1,5;2,5\n3;4\n", ("area,um", "mean"), "semicolons"),
        ("t.csv", '"a;b",c\n"1;2",3\n', ("a;b", "c"), ""),
        ("t.csv", 'a;b\n"1,2\n";3\n', ("a", "b"), "semicolons"),
        ("t.csv", "one column\n1\n", ("one column",), ""),
        ("t.txt", "a\n1\n", ("a",), ""),
        ("t.csv", "a,b,c\n1,2,3\n1,2\n", ("a", "b", "c"), ""),
    ],
)
def test_the_delimiter_is_found(tmp_path, name, text, header, noted):
    file = open_csv(file_of(tmp_path, text, name))
    assert file.header == header
    words = " ".join(one.text for one in file.notes)
    assert noted in words
    assert bool(noted) == bool(words)


@pytest.mark.parametrize("given", ["tab", "\\t", "\t"])
def test_a_delimiter_may_be_given_by_name_and_needs_no_note(tmp_path, given):
    file = open_csv(file_of(tmp_path, "a,b\tc\n1\t2\n"), delimiter=given)
    assert file.header == ("a,b", "c")
    assert file.notes == ()


@pytest.mark.parametrize("given", ["", "ab", '"', "\n", "é", "\0"])
def test_a_delimiter_that_cannot_be_is_refused(tmp_path, given):
    with pytest.raises(OptionError, match="not a single plain character"):
        open_csv(file_of(tmp_path, "a\n1\n"), delimiter=given)


def test_a_decimal_mark_that_cannot_be_is_refused(tmp_path):
    path = file_of(tmp_path, "a\n1\n")
    with pytest.raises(OptionError, match=r"neither '\.' nor ','"):
        open_csv(path, decimal="'")
    with pytest.raises(OptionError, match="both the delimiter and the decimal mark"):
        open_csv(path, decimal=",", delimiter=",")


# Headers


def test_nameless_columns_get_a_name_a_note_and_a_way_to_drop_them(tmp_path):
    file = open_csv(file_of(tmp_path, ',a,""\n0,1,2\n'))
    assert file.header == ("Unnamed: 0", "a", "Unnamed: 2")
    assert [(note.column, note.fix.kind) for note in file.notes] == [
        ("Unnamed: 0", FixKind.DROP),
        ("Unnamed: 2", FixKind.DROP),
    ]


def test_repeated_names_are_left_to_the_plan(tmp_path):
    assert open_csv(file_of(tmp_path, "a,a\n1,2\n")).header == ("a", "a")


def test_a_header_may_be_quoted_and_of_several_lines(tmp_path):
    assert read(file_of(tmp_path, '"a, ""b""","c\nd"\n1,2\n')) == {'a, "b"': [1], "c\nd": [2]}


def test_a_header_longer_than_the_first_look_is_read(tmp_path):
    names = [f"column {at:06}" for at in range(20_000)]
    path = file_of(tmp_path, ",".join(names) + "\n" + ",".join("1" * len(names)) + "\n")
    assert open_csv(path).header == tuple(names)


def test_a_file_tells_its_size_and_name(tmp_path):
    file = open_csv(file_of(tmp_path, "a\n1\n", "cells.csv"))
    assert (file.size, file.label) == (4, "cells.csv")


# Nothing to read


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty (0 bytes)"),
        (codecs.BOM_UTF8, "no header and no rows"),
        (b"\n\r\n\n", "no header and no rows"),
        (b"a,b", "has a header but no rows"),
        (b"a,b\n", "has a header but no rows"),
        (b"a,b\r\n\r\n", "has a header but no rows"),
        (b"a\n", "has a header but no rows"),
        (b"a,b\n" + b"\n" * 100_000, "has a header but no rows"),
    ],
)
def test_a_file_without_rows_is_an_error(tmp_path, data, words):
    assert words in fault(file_of(tmp_path, data)).message


def test_an_empty_packed_file_is_an_error(tmp_path):
    assert "no header" in fault(file_of(tmp_path, gzip.compress(b""), "t.csv.gz")).message
    assert "0 bytes" in fault(file_of(tmp_path, b"", "t.csv.gz")).message


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(PathError, match=r"no file '.*none\.csv'") as caught:
        open_csv(tmp_path / "none.csv")
    assert "drive or share" in caught.value.hint


def test_a_folder_is_an_error(tmp_path):
    with pytest.raises(PathError, match="is a folder"):
        open_csv(tmp_path)


def test_a_path_through_a_file_is_an_error(tmp_path):
    with pytest.raises(PathError, match="cannot be read"):
        open_csv(file_of(tmp_path, "a\n1\n") / "b.csv")


def test_a_file_that_may_not_be_read_is_an_error(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    path = file_of(tmp_path, "a\n1\n")
    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(PathError, match="permission denied"):
        open_csv(path)


# Damage


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("block_bytes", [8, 64, None])
@pytest.mark.parametrize(("row", "fields"), [("1", "1 field"), ("1,2,3", "3 fields")])
def test_a_ragged_line_is_named_as_an_editor_counts(tmp_path, end, block_bytes, row, fields):
    lines = ["a,b", '"x', 'y",1', "", *["1,2"] * 20, row, "3,4"]
    error = fault(file_of(tmp_path, end.join(lines) + end), block_bytes=block_bytes)
    assert error.message == (
        f"line {lines.index(row) + 1} of 't.csv' has {fields}, but the header has 2"
    )


def test_a_ragged_line_in_a_recoded_file_is_named_too(tmp_path):
    data = ("é,b\n" * 30 + "é\n").encode("utf-16")
    assert fault(file_of(tmp_path, data), block_bytes=8).message.startswith("line 31 of")


def test_a_delimiter_in_a_file_of_one_column_says_how_to_name_it(tmp_path):
    error = fault(file_of(tmp_path, "a\n1\n2,3\n"))
    assert error.message.startswith("line 3 of")
    assert "--delimiter" in error.hint


def test_ragged_lines_count_even_where_their_columns_are_not_picked(tmp_path):
    file = open_csv(file_of(tmp_path, "a,b\n1,2\n1,2,3\n"))
    with pytest.raises(DataError, match="line 3 of"):
        file.survey([Pick(0, "a", "a")], whole=True)


@pytest.mark.parametrize("block_bytes", [8, None])
def test_a_quote_that_never_closes_names_the_line_where_it_opens(tmp_path, block_bytes):
    error = fault(file_of(tmp_path, 'a,b\n1,2\n3,"4\n5,6\n7,8\n'), block_bytes=block_bytes)
    assert "begins in line 3 of 't.csv' never ends" in error.message


@pytest.mark.parametrize("block_bytes", [8, None])
def test_text_behind_a_closing_quote_is_an_error(tmp_path, block_bytes):
    error = fault(file_of(tmp_path, 'a,b\n1,2\n3,"4"5\n'), block_bytes=block_bytes)
    assert "begins in line 3 of 't.csv' goes on after its closing quote" in error.message


def test_broken_quotes_in_the_header_are_errors(tmp_path):
    assert "line 1" in fault(file_of(tmp_path, '"a,b\n1,2\n')).message
    assert "line 1" in fault(file_of(tmp_path, '"a"b,c\n1,2\n'), delimiter=",").message


def test_the_first_of_two_faults_is_told(tmp_path):
    error = fault(file_of(tmp_path, 'a,b\n1,2\n3\n5,"6\n'), block_bytes=4)
    assert error.message.startswith("line 3 of")


@pytest.mark.parametrize("block_bytes", [8, None])
def test_a_nul_byte_is_an_error_with_its_line(tmp_path, block_bytes):
    error = fault(file_of(tmp_path, b"a,b\n1,2\n3,x\0\n"), block_bytes=block_bytes)
    assert "NUL byte in line 3" in error.message


def test_utf16_without_a_mark_is_told_by_its_nul_bytes(tmp_path):
    path = file_of(tmp_path, "a,b\n1,x\n".encode("utf-16-le"))
    assert "utf-16-le" in fault(path).hint
    assert read(path, encoding="utf-16-le") == {"a": [1], "b": ["x"]}


def test_a_line_without_an_end_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(blocks, "RECORD_LIMIT", 1000)
    path = file_of(tmp_path, 'a,b\n1,"' + "x\n" * 1000)
    assert "line 2 of 't.csv' does not end within" in fault(path, block_bytes=100).message


def test_a_header_without_an_end_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(head, "RECORD_LIMIT", 1000)
    assert "line 1 of" in fault(file_of(tmp_path, "x" * 100_000)).message


def test_a_file_that_changes_meanwhile_is_an_error(tmp_path):
    path = file_of(tmp_path, "a\n1\n")
    file = open_csv(path)
    path.write_text("a\n1\n2\n")
    with pytest.raises(DataError, match="was changed while it was being read"):
        file.survey(picks_of(file), whole=True)


def test_a_file_that_disappears_meanwhile_is_an_error(tmp_path):
    path = file_of(tmp_path, "a\n1\n")
    file = open_csv(path)
    path.unlink()
    with pytest.raises(PathError):
        file.survey(picks_of(file), whole=True)


# Packed files

ROWS = "a,b\n" + "".join(f"{at},w{at * 7919}\n" for at in range(30_000))


def test_a_packed_file_reads_like_the_plain_one(tmp_path):
    plain = read(file_of(tmp_path, ROWS))
    assert read(file_of(tmp_path, gzip.compress(ROWS.encode()), "t.csv.gz")) == plain
    assert read(file_of(tmp_path, gzip.compress(ROWS.encode()), "packed.csv")) == plain
    half = len(ROWS) // 2
    joined = gzip.compress(ROWS[:half].encode()) + gzip.compress(ROWS[half:].encode())
    assert read(file_of(tmp_path, joined, "joined.csv.gz")) == plain


@pytest.mark.parametrize("name", ["t.tsv.gz", "t.txt.gz"])
def test_other_packed_names_are_read_too(tmp_path, name):
    path = file_of(tmp_path, gzip.compress(b"a\tb\n1\tx\n"), name)
    assert read(path) == {"a": [1], "b": ["x"]}
    assert len(open_csv(path).notes) == (".txt" in name)


@pytest.mark.parametrize("kept", [3, 15, 1000, -5000, -8, -1])
def test_a_truncated_packed_file_is_an_error(tmp_path, kept):
    path = file_of(tmp_path, gzip.compress(ROWS.encode())[:kept], "t.csv.gz")
    assert "damaged or incomplete gzip file" in fault(path).message


@pytest.mark.parametrize("at", [12, 20_000, -6])
def test_a_corrupt_packed_file_is_an_error(tmp_path, at):
    data = bytearray(gzip.compress(ROWS.encode()))
    data[at] ^= 0xFF
    assert "'t.csv.gz'" in fault(file_of(tmp_path, bytes(data), "t.csv.gz")).message


def test_a_file_that_only_claims_to_be_packed_is_an_error(tmp_path):
    assert "not a gzip file" in fault(file_of(tmp_path, "a\n1\n", "t.csv.gz")).message


# Batches


def test_batches_tell_their_schema_and_how_far_they_are(tmp_path):
    path = file_of(tmp_path, "i,f,b,t\n" + "1,0.5,true,x\n" * 200)
    file = open_csv(path)
    survey = file.survey(picks_of(file), whole=True)
    batches = file.batches(survey, block_bytes=500)
    types = {"i": pa.int64(), "f": pa.float64(), "b": pa.bool_(), "t": pa.large_string()}
    assert batches.schema == pa.schema(
        [pa.field(name, kind, nullable=False) for name, kind in types.items()]
    )
    done, rows = [], 0
    for batch in batches:
        rows += batch.num_rows
        assert batch.schema == batches.schema
        assert batches.rows == rows
        done.append(batches.bytes_read[0])
    assert done == sorted(done)
    assert batches.bytes_read == (path.stat().st_size, path.stat().st_size)
    assert len(done) > 3
    assert (rows, batches.survey.rows) == (200, 200)
    assert batches.survey.n_bytes > 200 * (8 + 8 + 1)


def test_a_provisional_survey_guesses_the_size_of_the_whole(tmp_path):
    path = file_of(tmp_path, "a,b\n" + "0.25,0.5\n" * 50_000)
    file = open_csv(path)
    whole = file.survey(picks_of(file), whole=True).n_bytes
    first = file.survey(picks_of(file), whole=False, block_bytes=20_000).n_bytes
    assert math.isclose(whole, first, rel_tol=0.2)


def test_reading_can_stop_at_any_time(tmp_path):
    file = open_csv(file_of(tmp_path, "a\n" + "1\n" * 1000))
    survey = file.survey(picks_of(file), whole=True)
    with file.batches(survey, block_bytes=10) as batches:
        next(batches)
    assert list(batches) == []


def test_final_counts_are_those_of_the_whole_file(tmp_path):
    file = open_csv(file_of(tmp_path, "a,b\n" + ",x\n1,\n" * 500))
    survey = file.survey(picks_of(file), whole=False, block_bytes=20)
    batches = file.batches(survey, block_bytes=20)
    assert sum(batch.num_rows for batch in batches) == 1000
    assert batches.survey.columns[0].notes == ("500 missing -> NaN, so stored as decimal numbers",)
    assert batches.survey.columns[1].notes == ("500 missing -> ''",)
    assert not batches.survey.provisional


def test_blocks_grow_with_the_columns_within_bounds():
    assert [block_size(one) for one in (1, 128, 256, 100_000)] == [2**21, 2**21, 2**22, 2**23]


@pytest.mark.parametrize(("data", "lines"), [(b"a\nb\r\nc\rd", 3), (b"", 0), (b"\r\r\n\n", 3)])
def test_line_ends_are_counted_as_editors_do(data, lines):
    assert line_ends(data) == lines


# What programs write


@pytest.mark.parametrize("line", ["sep=;\r\n", "SEP=;\n", '"sep=;"\n', "\ufeffsep=;\n"])
def test_excels_own_first_line_names_the_delimiter_and_is_no_header(tmp_path, line):
    path = file_of(tmp_path, f"{line}a;b\n1,5;x,y\n")
    assert read(path) == {"a": [1.5], "b": ["x,y"]}
    assert fault(file_of(tmp_path, f"{line}a;b\n1;2\n3\n")).message.startswith("line 4 of")


def test_a_delimiter_that_is_given_holds_below_excels_own_line(tmp_path):
    path = file_of(tmp_path, "sep=;\na|b\n1|2\n")
    assert read(path, delimiter="|") == {"a": [1], "b": [2]}


@pytest.mark.parametrize("rest", ["", "\n", "a;b", "a;b\n"])
def test_excels_own_line_alone_is_no_table(tmp_path, rest):
    fault(file_of(tmp_path, f"sep=;\n{rest}"))


def test_the_row_numbers_of_imagej_have_no_name(tmp_path):
    path = file_of(tmp_path, " ,Area\n1,10.5\n")
    assert read(path) == {"Unnamed: 0": [1], "Area": [10.5]}
    (note,) = open_csv(path).notes
    assert note.fix.kind is FixKind.DROP


def test_an_id_column_without_any_value_is_of_missing_ids(tmp_path):
    path = file_of(tmp_path, "Image,Roi,b\n,NA,\n,,\n")
    assert read(path) == {"Image": [-1, -1], "Roi": [-1, -1], "b": ["", ""]}


def test_an_id_column_of_text_has_no_role(tmp_path):
    file = open_csv(file_of(tmp_path, "Well,Object\nA1,3\n"))
    first, second = file.survey(picks_of(file), whole=True).columns
    assert (first.role, second.role) == ("", "label")


@pytest.mark.parametrize(
    "options", [{"encoding": "idna"}, {"encoding": "punycode"}, {"encoding": 5}, {"delimiter": 55}]
)
def test_an_option_that_no_file_can_be_read_with_is_refused(tmp_path, options):
    path = file_of(tmp_path, "a,b\n1,2\n")
    with pytest.raises(OptionError):
        open_csv(path, **options)


@pytest.mark.parametrize("first", ["1,2.5,-3", "0.1;,5;2e3", '"7"', "1\t\t3"])
def test_a_first_line_of_numbers_may_be_a_row_and_that_is_said(tmp_path, first):
    opened = open_csv(file_of(tmp_path, f"{first}\n{first}\n"))
    assert [note for note in opened.notes if "if the file has no header" in note.text]


@pytest.mark.parametrize("first", ["a,1", "x1,x2", "1a", ",", "2024-01-02", "-,+"])
def test_names_are_not_taken_for_a_row(tmp_path, first):
    opened = open_csv(file_of(tmp_path, f"{first}\n{first}\n"))
    assert not [note for note in opened.notes if "no header" in note.text]
