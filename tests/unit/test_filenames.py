from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.paths import file_name, next_version


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("My v1.2 results", "My v1.2 results.tiledb"),
        ("cells", "cells.tiledb"),
        ("cells.tiledb", "cells.tiledb"),
        ("cells.csv", "cells.csv.tiledb"),
        ("a/b\\c", "a_b_c.tiledb"),
        ("../../etc", "_.._etc.tiledb"),
        ('a:b*c?d"e<f>g|h', "a_b_c_d_e_f_g_h.tiledb"),
        ("a\nb\tc\x00d\u2028e", "a_b_c_d_e.tiledb"),
        (" .cells. ", "cells.tiledb"),
        ("CON", "_CON.tiledb"),
        ("nul.v1", "_nul.v1.tiledb"),
        ("com1", "_com1.tiledb"),
        ("LPT\u00b2 .x", "_LPT\u00b2 .x.tiledb"),
        ("console", "console.tiledb"),
        ("", "table.tiledb"),
        ("...", "table.tiledb"),
        (".tiledb", "tiledb.tiledb"),
        ("Zellgröße µm²", "Zellgröße µm².tiledb"),
        ("e\u0301", "é.tiledb"),
        ("a\ud800b", "a_b.tiledb"),
    ],
)
def test_a_table_name_becomes_a_file_name_by_the_rule(name, expected):
    assert file_name(name) == expected


def test_a_long_name_is_cut_between_characters_and_stays_its_own():
    one, other = file_name("µ" * 300 + "1"), file_name("µ" * 300 + "2")
    assert one != other
    assert len(one.encode()) <= 207
    assert one.startswith("µµµ")


@given(st.text())
def test_a_file_name_is_fit_for_every_system(name):
    made = file_name(name)
    assert made.endswith(".tiledb")
    assert made != ".tiledb"
    assert not set(made) & set('/\\:*?"<>|\0\n\r')
    assert made[0] not in ". "
    assert not made.removesuffix(".tiledb").endswith((".", " "))
    assert len(made.encode()) <= 207


@given(st.text())
def test_a_file_name_stays_when_it_is_given_as_a_name(name):
    made = file_name(name)
    assert file_name(made) == made


def test_the_next_version_is_the_first_free_one():
    there = {"/t/x.tiledb", "/t/x-2.tiledb"}
    assert next_version("/t/x.tiledb", there.__contains__) == "/t/x-3.tiledb"
    assert next_version("/t/y.tiledb", there.__contains__) == "/t/y.tiledb"
    assert next_version("/t/a.b.tiledb", {"/t/a.b.tiledb"}.__contains__) == "/t/a.b-2.tiledb"


def test_versions_come_to_an_end():
    with pytest.raises(PathError, match="another name"):
        next_version("/t/x.tiledb", lambda _: True)
