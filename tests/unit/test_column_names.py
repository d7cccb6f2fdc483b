"""Which columns are picked, how they are called, and what becomes of a frame's index."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.plan import as_text_cure, exclude_cure, id_role, rename_cure
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.model import FixKind
from omero_tables_jupyter.reading import read_table
from omero_tables_jupyter.steps import drained


def plan_of(frame, **options):
    return prepare(open_source(frame), **options).plan


def names_of(frame, **options):
    return [one.name for one in plan_of(frame, **options).columns]


def fixed(frame, plan):
    """Apply every fix of the problems, as one click each would."""
    rename = {one.fix.column: one.fix.value for one in plan.problems if one.fix}
    return prepare(open_source(frame), rename=rename).plan


def read_back(frame, path, **options):
    return read_table(drained(write_table(prepare(open_source(frame), **options), path)).path)


ABC = pd.DataFrame({"a": [1, 2], "b": [3, 4], "c": [5, 6]})


def test_columns_are_stored_in_the_order_asked_for():
    assert names_of(ABC, columns=["c", "a"]) == ["c", "a"]


def test_one_name_may_stand_alone():
    assert names_of(ABC, columns="b") == ["b"]
    assert names_of(ABC, exclude="b") == ["a", "c"]


def test_excluded_columns_are_left_out():
    assert names_of(ABC, exclude=["a", "c"]) == ["b"]


def test_a_rename_keeps_the_place():
    (first, *_) = plan_of(ABC, rename={"a": "z"}).columns
    assert (first.source, first.name) == ("a", "z")


@pytest.mark.parametrize(
    "options",
    [{"columns": ["arae"]}, {"exclude": ["arae"]}, {"rename": {"arae": "x"}}, {"as_text": "arae"}],
)
def test_an_unknown_column_is_an_error_with_a_suggestion(options):
    with pytest.raises(OptionError, match="'arae'") as caught:
        plan_of(pd.DataFrame({"area": [1], "label": [2]}), **options)
    assert "'area'" in caught.value.hint


def test_an_unknown_index_rule_is_an_error():
    with pytest.raises(OptionError, match="maybe") as caught:
        plan_of(ABC, index="maybe")
    assert "auto" in caught.value.hint


def test_excluding_everything_is_a_problem():
    (problem,) = plan_of(ABC, exclude=["a", "b", "c"]).problems
    assert "no columns" in problem.text


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([1, 2.5], ["1", "2.5"]),
        ([("a", "b"), ("Image", "")], ["a_b", "Image"]),
        ([b"caf\xc3\xa9", pd.Timestamp("2024-01-02")], ["café", "2024-01-02 00:00:00"]),
        ([("a", 1), ("a", 2)], ["a_1", "a_2"]),
    ],
)
def test_labels_become_text(labels, expected):
    columns = np.empty(len(labels), dtype=object)
    columns[:] = labels
    frame = pd.DataFrame([[1, 2]])
    frame.columns = pd.Index(columns, tupleize_cols=False)
    assert names_of(frame) == expected


def test_the_levels_of_a_column_multiindex_are_joined():
    frame = pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("area", "mean"), ("n", "")]))
    assert names_of(frame) == ["area_mean", "n"]


@pytest.mark.parametrize(
    ("labels", "why", "better"),
    [
        ([""], "is empty", "column_1"),
        ([None], "is empty", "column_1"),
        (["  "], "is empty", "column_1"),
        (["__rows"], "begins with '__'", "rows"),
        (["__"], "begins with '__'", "column_1"),
        (["a\x00b"], "NUL", "ab"),
        (["a\ud800"], "not valid Unicode", "a?"),
        (["a", "a"], "occurs 2 times", "a_2"),
        (["__a", "a"], "begins with '__'", "a_2"),
    ],
)
def test_a_name_that_cannot_stay_is_a_problem_and_its_fix_works(labels, why, better):
    frame = pd.DataFrame([range(len(labels))], columns=pd.Index(labels, dtype=object))
    plan = plan_of(frame)
    (problem,) = plan.problems
    assert why in problem.text
    assert (problem.fix.kind, problem.fix.value) == (FixKind.RENAME, better)
    assert fixed(frame, plan).ok


@pytest.mark.parametrize("labels", [["", ""], ["a", "a", "a"], ["a", "b", "a", "b"], [None, ""]])
def test_names_that_repeat_are_cured_by_their_fixes(labels, tmp_path):
    frame = pd.DataFrame([range(len(labels))], columns=pd.Index(labels, dtype=object))
    plan = plan_of(frame)
    rename = {one.fix.column: one.fix.value for one in plan.problems}
    found = read_back(frame, tmp_path / "t.tiledb", rename=rename)
    assert len(set(found.columns)) == len(labels)
    assert found.iloc[0].tolist() == list(range(len(labels)))


def test_a_row_number_column_of_a_csv_can_be_dropped_with_a_click():
    (note,) = plan_of(pd.DataFrame({"Unnamed: 0": [0], "a": [1]})).notes
    assert (note.fix.kind, note.fix.column) == (FixKind.DROP, "Unnamed: 0")


@pytest.mark.parametrize("name", ["Area (px)", "a-b", "2nd", "class", "sqrt", "größe µ", "a.b"])
def test_a_name_that_omero_web_cannot_query_is_a_note_with_a_rename(name):
    (note,) = plan_of(pd.DataFrame({name: [1]})).notes
    assert "cannot query" in note.text
    assert plan_of(pd.DataFrame({name: [1]}), rename={name: note.fix.value}).notes == ()


def test_omeros_own_names_with_a_space_are_not_to_be_renamed():
    (note,) = plan_of(pd.DataFrame({"Well Name": ["A01"]})).notes
    assert note.fix is None


@pytest.mark.parametrize("index", [pd.RangeIndex(2), pd.Index([0, 1])])
def test_an_index_that_only_counts_is_left_out_in_silence(index):
    plan = plan_of(ABC.set_axis(index))
    assert [one.name for one in plan.columns] == ["a", "b", "c"]
    assert plan.notes == ()


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(5, 7),
        pd.RangeIndex(0, 4, 2),
        pd.RangeIndex(1, -1, -1),
        pd.Index([7, 7]),
        pd.Index([1, 0]),
        pd.Index([-5, 3]),
        pd.Index(pd.array([1, None], "Int64")),
    ],
)
def test_an_integer_index_is_left_out_by_a_note_and_never_makes_row_ids(index, tmp_path):
    frame = ABC.set_axis(index)
    plan = plan_of(frame)
    assert [one.name for one in plan.columns] == ["a", "b", "c"]
    (note,) = plan.notes
    assert "index='keep'" in note.text
    pd.testing.assert_frame_equal(read_back(frame, tmp_path / "t.tiledb"), ABC)


@pytest.mark.parametrize(
    ("index", "names", "values"),
    [
        (pd.Index([7, 7], name="cell"), ["cell"], [[7, 7]]),
        (pd.RangeIndex(2, name="cell"), ["cell"], [[0, 1]]),
        (pd.Index(["p", "q"]), ["index"], [["p", "q"]]),
        (pd.Index([0.5, 0.5]), ["index"], [[0.5, 0.5]]),
        (
            pd.DatetimeIndex(["2024-01-02", "2024-01-03"], tz="Asia/Tokyo", name="when"),
            ["when"],
            [["2024-01-02T00:00:00+09:00", "2024-01-03T00:00:00+09:00"]],
        ),
        (
            pd.MultiIndex.from_tuples([("A01", 2), ("A01", 1)], names=["well", None]),
            ["well", "level_1"],
            [["A01", "A01"], [2, 1]],
        ),
        (
            pd.MultiIndex.from_tuples([(None, 1), ("x", 1)]),
            ["level_0", "level_1"],
            [["", "x"], [1, 1]],
        ),
        (pd.CategoricalIndex(["u", "v"], name="kind"), ["kind"], [["u", "v"]]),
    ],
)
def test_a_telling_index_becomes_leading_columns(index, names, values, tmp_path):
    frame = ABC.set_axis(index)
    found = read_back(frame, tmp_path / "t.tiledb")
    assert found.columns.tolist() == [*names, "a", "b", "c"]
    assert [found[name].tolist() for name in names] == values
    assert found["a"].tolist() == [1, 2]


def test_keep_and_drop_force_the_index():
    assert names_of(ABC, index="keep") == ["index", "a", "b", "c"]
    assert names_of(ABC.rename_axis("cell"), index="drop") == ["a", "b", "c"]


def test_one_source_serves_several_conversions(tmp_path):
    source = open_source(ABC.rename_axis("cell"))
    first, second = prepare(source, index="keep"), prepare(source, index="drop", columns=["b"])
    for conversion, expected in ((first, [0, 1]), (second, [3, 4])):
        path = tmp_path / f"{len(conversion.plan.columns)}.tiledb"
        for _ in write_table(conversion, path):
            pass
        assert read_table(path).iloc[:, 0].tolist() == expected


def test_an_index_that_is_kept_stays_beside_chosen_columns():
    named = ABC.rename_axis("cell")
    assert names_of(named, columns=["b"], index="keep") == ["cell", "b"]
    assert names_of(named, columns=["b"]) == ["b"]
    assert names_of(named, columns=["b", "cell"]) == ["b", "cell"]


def test_an_index_that_clashes_with_a_column_is_a_problem():
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.Index([3, 4], name="a"))
    plan = plan_of(frame)
    (problem,) = plan.problems
    assert "occurs 2 times" in problem.text
    assert fixed(frame, plan).ok


@pytest.mark.parametrize(
    ("name", "role"),
    [("Image", "Image id"), ("WELLSAMPLE", "WellSample id"), ("images", ""), ("object", "")],
)
def test_id_columns_are_known_by_name_in_any_case(name, role):
    assert id_role(name) == role


@pytest.mark.parametrize(
    ("names", "cure"),
    [
        (("area", "size"), "--rename area=size (rename={'area': 'size'})"),
        (("my area", "size"), "--rename \"my area=size\" (rename={'my area': 'size'})"),
        (("a,b", "size"), "rename={'a,b': 'size'}"),
        (("", "column_1"), "rename={'': 'column_1'}"),
        (("{area}", "size"), "rename={'{area}': 'size'}"),
        (("-area", "size"), "rename={'-area': 'size'}"),
        ((" area", "size"), "rename={' area': 'size'}"),
    ],
)
def test_a_cure_names_the_option_where_the_line_reads_the_name_as_it_is(names, cure):
    assert rename_cure(*names) == cure


def test_a_cure_for_one_column_names_the_option_and_the_keyword():
    assert as_text_cure("mean (um)") == "--as-text \"mean (um)\" (as_text=['mean (um)'])"
    assert exclude_cure("label") == "--exclude label (exclude=['label'])"
