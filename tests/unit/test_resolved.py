"""Names into ids: whatever the source, exactly, counted, never guessed."""

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.matching import Matching, Names
from omero_tables_jupyter.arrays.preview import preview
from omero_tables_jupyter.arrays.resolved import Lookup, ResolvedSource
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.errors import DataError, OptionError
from omero_tables_jupyter.events import Progress
from omero_tables_jupyter.reading import read_table
from omero_tables_jupyter.steps import drained


def names(known, *, kind="Image"):
    ids = {name: one if isinstance(one, tuple) else (one,) for name, one in known.items()}
    return Names(kind, ids, "Dataset:51", tuple(known)[:3])


KNOWN = names({"a.tif": 1, "b.tif": 2, "twice.tif": (3, 4)})


def resolved(source, *lookups):
    return ResolvedSource(open_source(source), lookups or [Lookup("name", "Image", KNOWN)])


def written(source, path, **options):
    told = []
    done = drained(write_table(prepare(source, whole=False, **options), path), told.append)
    return done, read_table(path), told


@pytest.fixture
def frame():
    return pd.DataFrame({"n": [1, 2, 3], "name": ["b.tif", "x", "a.tif"], "z": [1.5, 2.5, 3.5]})


def test_the_ids_stand_right_beside_their_names_and_the_names_stay(frame, tmp_path):
    done, back, _ = written(resolved(frame), tmp_path / "t.tiledb")
    assert list(back) == ["n", "name", "Image", "z"]
    assert back["Image"].tolist() == [2, -1, 1]
    assert back["name"].tolist() == frame["name"].tolist()
    [note] = [note for note in done.notes if note.column == "Image"]
    assert note.text == "1 row of 3 matches no image below Dataset:51 ('x') -> -1"


def sources(frame, tmp_path):
    yield "frame", frame
    yield "arrow", pa.Table.from_pandas(frame)
    yield "frames", [frame[:1], frame[1:]]
    yield "stream", iter([frame[:1], frame[1:]])
    yield "reader", pa.Table.from_pandas(frame).to_reader(1)
    frame.to_csv(tmp_path / "c.csv", index=False)
    yield "csv", tmp_path / "c.csv"
    frame.to_parquet(tmp_path / "p.parquet")
    yield "parquet", tmp_path / "p.parquet"


KINDS = ["frame", "arrow", "frames", "stream", "reader", "csv", "parquet"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_source_gets_the_same_ids_and_the_same_note(frame, tmp_path, kind):
    source = dict(sources(frame, tmp_path))[kind]
    done, back, _ = written(resolved(source), tmp_path / "t.tiledb")
    assert back["Image"].tolist() == [2, -1, 1]
    assert any("1 row of 3 matches no image" in note.text for note in done.notes)


def test_polars_and_categories_too(frame, tmp_path):
    polars = pytest.importorskip("polars")
    frame["name"] = frame["name"].astype("category")
    for n, source in enumerate((frame, polars.from_pandas(frame))):
        _, back, _ = written(resolved(source), tmp_path / f"{n}.tiledb")
        assert back["Image"].tolist() == [2, -1, 1]


def test_a_file_that_widens_late_is_begun_again_with_its_ids(tmp_path):
    rows = 300_000
    lines = ["n,name", *(f"{n},a.tif" for n in range(rows)), "late,b.tif"]
    (tmp_path / "c.csv").write_text("\n".join(lines))
    _, back, told = written(resolved(tmp_path / "c.csv"), tmp_path / "t.tiledb")
    assert any(isinstance(event, Progress) and event.restarted for event in told)
    assert back["Image"].tolist() == [1] * rows + [2]
    assert back["n"].iloc[-1] == "late"


def test_two_lookups_keep_their_places(frame, tmp_path):
    wells = names({"A1": 71, "A01": 71}, kind="Well")
    frame.insert(0, "at", ["A1", "A01", ""])
    source = resolved(frame, Lookup("name", "Image", KNOWN), Lookup("at", "Well", wells))
    done, back, _ = written(source, tmp_path / "t.tiledb")
    assert list(back) == ["at", "Well", "n", "name", "Image", "z"]
    assert back["Well"].tolist() == [71, 71, -1]
    assert any(note.text == "1 row without a name -> -1" for note in done.notes)


def test_columns_may_be_chosen_and_renamed(frame, tmp_path):
    options = {"columns": ["z", "name"], "rename": {"name": "picture"}}
    _, back, _ = written(resolved(frame), tmp_path / "t.tiledb", **options)
    assert list(back) == ["z", "picture", "Image"]


def test_a_name_of_several_that_is_not_used_is_no_fault(frame):
    assert prepare(resolved(frame)).plan.ok


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_of_several_that_is_used_is_an_error_with_both_ids(frame, tmp_path, kind):
    frame.loc[1, "name"] = "twice.tif"
    source = resolved(dict(sources(frame, tmp_path))[kind])
    said = r"'twice.tif' \(row 1\) is the name of 2 images below Dataset:51: Image:3 and Image:4"
    with pytest.raises(DataError, match=said) as refused:
        written(source, tmp_path / "t.tiledb")
    assert "rename one of them" in refused.value.hint
    assert not (tmp_path / "t.tiledb").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_if_nothing_matches_it_is_an_error_with_names_of_both_sides(frame, tmp_path, kind):
    frame["name"] = ["x", "y", "z"]
    source = resolved(dict(sources(frame, tmp_path))[kind])
    with pytest.raises(DataError, match=r"'x', 'y', 'z', OMERO has 'a.tif', 'b.tif', 'twice.tif'"):
        written(source, tmp_path / "t.tiledb")
    assert not (tmp_path / "t.tiledb").exists()


@pytest.mark.parametrize(
    ("given", "guess"),
    [
        (["a.tif "], "blanks"),
        (["A.TIF"], "upper and lower case"),
        (["a"], "ending"),
        (["a.png"], "ending"),
        ([" A.Tiff"], "case, blanks or the ending"),
        (["a.tif"], "go on"),
        (["other"], "check the column"),
        ([None, ""], "check the column"),
    ],
)
def test_what_the_names_seem_to_differ_in_is_said_and_never_applied(given, guess):
    known = names({"a.tif": 1, "b.tif": 2}) if guess != "go on" else names({"a.tif [1]": 1})
    source = resolved(pd.DataFrame({"name": given}), Lookup("name", "Image", known))
    [problem] = prepare(source).plan.problems
    assert guess in problem.hint


@pytest.mark.parametrize(
    ("frame", "said", "cure"),
    [
        ({"name": [1, 2]}, "holds integer, and names are text", "as_text=['name']"),
        ({"name": ["a.tif"], "Image": [1]}, "has one called 'Image' already", "--rename Image="),
        ({"name": ["a.tif"], "image": [1]}, "has one called 'image' already", "--rename image="),
    ],
)
def test_what_cannot_be_resolved_is_a_problem_with_its_cure(frame, said, cure):
    plan = prepare(resolved(pd.DataFrame(frame))).plan
    assert [said in problem.text for problem in plan.problems] == [True]
    assert cure in plan.problems[0].hint


def test_a_column_of_names_called_like_its_type_gets_omeros_own_name_for_it():
    known = names({"A1": 71}, kind="Well")
    frame = pd.DataFrame({"Well": ["A1"]})
    lookup = Lookup("Well", "Well", known)
    [problem] = prepare(resolved(frame, lookup)).plan.problems
    assert "rename={'Well': 'Well Name'}" in problem.hint
    plan = prepare(resolved(frame, lookup), rename={"Well": "Well Name"}).plan
    assert [column.name for column in plan.columns] == ["Well Name", "Well"]


@pytest.mark.parametrize("options", [{}, {"exclude": ["name"]}])
def test_a_column_that_is_not_there_is_named_with_those_that_are(frame, options):
    lookup = Lookup("name" if options else "nam", "Image", KNOWN)
    with pytest.raises(OptionError, match="no column 'nam"):
        prepare(resolved(frame, lookup), **options)


def test_the_first_rows_are_shown_with_their_ids(frame):
    shown = preview(prepare(resolved(frame)), rows=2)
    assert shown.columns == ("n", "name", "Image", "z")
    assert shown.rows == (("1", "b.tif", "2", "1.5"), ("2", "x", "-1", "2.5"))


@given(st.lists(st.text(max_size=4)), st.dictionaries(st.text(max_size=4), st.integers(1, 9)))
def test_each_row_gets_the_id_of_its_very_name_whatever_the_batches(rows, known):
    known.pop("", None)
    matching = Matching("name", names(known))
    half = len(rows) // 2
    parts = [matching.ids(pa.array(part, pa.large_string())) for part in (rows[:half], rows[half:])]
    found = [one for part in parts for one in part.to_pylist()]
    assert found == [known.get(name, -1) if name else -1 for name in rows]
    missed = [name for name in rows if name and name not in known]
    said = " ".join(matching.notes())
    assert (f"{len(missed)} row" in said) is bool(missed)


def test_of_very_many_names_without_a_match_a_few_are_named():
    matching = Matching("name", names({"a": 1}))
    matching.ids(pa.array([f"x{n}" for n in range(1000)], pa.large_string()))
    [problem] = matching.faults()
    assert "'x0', 'x1', 'x2' and more than 197 others" in problem.text
