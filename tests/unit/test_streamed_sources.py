"""Tables that come bit by bit: each kind gives the array that the DataFrame gives."""

from __future__ import annotations

import gc
import itertools
import pathlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from omero_tables_jupyter.arrays import onepass, streams
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.fingerprint import fingerprint_of
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.events import Progress, Stage, StageStarted
from omero_tables_jupyter.model import Stored
from omero_tables_jupyter.reading import read_table
from omero_tables_jupyter.steps import drained

ROWS = 45_000


def frame_of(rows=ROWS):
    numbers = np.arange(rows)
    return pd.DataFrame(
        {
            "Image": numbers % 7 + 101,
            "cell": numbers,
            "area": np.where(numbers % 1000 == 999, np.nan, numbers * 0.25),
            "ok": numbers % 3 == 0,
            "name": pd.Series([f"cell {n} µ" for n in numbers], dtype=object),
            # Integers and times that are missing, or finer, only far down.
            "late": pd.array(numbers, "Int64"),
            "when": pd.Timestamp("2024-01-02") + pd.to_timedelta(numbers, "s"),
        }
    )


def late_frame():
    frame = frame_of()
    frame.loc[ROWS - 5, "late"] = pd.NA
    frame.loc[ROWS - 4, "name"] = None
    frame.loc[ROWS - 3, "when"] += pd.Timedelta(1, "ms")
    return frame


def pieces(frame, rows=20_000):
    return [frame.iloc[start : start + rows] for start in range(0, len(frame), rows)]


def told(steps):
    events = []
    return drained(steps, events.append), events


def write(source, path, **options):
    return told(write_table(prepare(open_source(source), whole=False, **options), path))


def listing(folder):
    return sorted(one.name for one in pathlib.Path(folder).iterdir())


def arrow(frame):
    return pa.Table.from_pandas(frame, preserve_index=False)


def parquet_file(frame, folder):
    pq.write_table(arrow(frame), folder / "in.parquet", row_group_size=7_000)
    return folder / "in.parquet"


def parquet_parts(frame, folder):
    (folder / "parts").mkdir()
    paths = []
    for number, piece in enumerate(pieces(frame)):
        paths.append(folder / "parts" / f"part-{number + 8}.parquet")
        pq.write_table(arrow(piece), paths[-1])
    return paths


def parquet_folder(frame, folder):
    return parquet_parts(frame, folder)[0].parent


def parquet_pattern(frame, folder):
    return str(parquet_folder(frame, folder) / "part-*.parquet")


def dataset(frame, folder):
    return ds.dataset(list(map(str, parquet_parts(frame, folder))))


def lazy(frame, folder):
    polars = pytest.importorskip("polars")
    return polars.scan_parquet(parquet_file(frame, folder))


def lazy_in_memory(frame, folder):
    polars = pytest.importorskip("polars")
    return polars.from_arrow(arrow(frame)).lazy()


def polars_frames(frame, folder):
    polars = pytest.importorskip("polars")
    return (polars.from_arrow(arrow(piece)) for piece in pieces(frame))


REPEATABLE = [
    parquet_file,
    parquet_parts,
    parquet_folder,
    parquet_pattern,
    dataset,
    lazy,
    lazy_in_memory,
    lambda frame, _: pieces(frame),
    lambda frame, _: tuple(map(arrow, pieces(frame))),
]
ONE_PASS = [
    lambda frame, _: arrow(frame).to_reader(max_chunksize=3_000),
    lambda frame, _: (piece for piece in pieces(frame)),
    lambda frame, _: map(arrow, pieces(frame, 1_000)),
    lambda frame, _: iter(arrow(frame).to_batches(max_chunksize=4_000)),
    polars_frames,
]


@pytest.mark.parametrize("make", [*REPEATABLE, *ONE_PASS])
def test_each_kind_gives_the_array_that_the_frame_gives(tmp_path, make):
    # Small enough for a stream to be looked at whole before it is written.
    frame = late_frame()
    expected, _ = write(frame, tmp_path / "frame.tiledb")
    (tmp_path / "in").mkdir()
    written, _ = write(make(frame, tmp_path / "in"), tmp_path / "other.tiledb")
    found, wanted = read_table(written.path), read_table(expected.path)
    pd.testing.assert_frame_equal(found, wanted)
    assert written.fingerprint == expected.fingerprint
    assert found["when"].iloc[-3].endswith(".001")
    assert listing(tmp_path) == ["frame.tiledb", "in", "other.tiledb"]


@pytest.mark.parametrize("make", REPEATABLE)
def test_what_can_be_read_twice_has_its_fingerprint_without_being_written(tmp_path, make):
    frame = late_frame()
    expected, _ = told(fingerprint_of(prepare(open_source(frame))))
    found, _ = told(fingerprint_of(prepare(open_source(make(frame, tmp_path)), whole=False)))
    assert found == expected


@pytest.mark.parametrize("make", REPEATABLE)
def test_a_whole_check_knows_what_the_last_rows_ask_for(tmp_path, make):
    frame = late_frame()
    plan = prepare(open_source(make(frame, tmp_path)), whole=True).plan
    assert not plan.provisional
    assert plan.rows == ROWS
    assert [one.stored for one in plan.columns] == [
        one.stored for one in prepare(open_source(frame)).plan.columns
    ]


def small(rows=30):
    return frame_of(rows)


def ahead(monkeypatch, values):
    monkeypatch.setattr(streams, "_AHEAD_VALUES", values)


def once_failing(frame, error):
    yield from pieces(frame, 10)
    raise error


def test_a_reader_is_not_touched_by_a_check(tmp_path):
    table = arrow(small())
    reader = table.to_reader()
    plan = prepare(open_source(reader), whole=True).plan
    assert plan.provisional
    assert plan.rows is None
    assert [one.stored for one in plan.columns][:3] == [
        Stored.INTEGER,
        Stored.INTEGER,
        Stored.NUMBER,
    ]
    assert "can be read only once" in plan.notes[-1].text
    assert reader.read_all().equals(table)


@pytest.mark.parametrize(
    "make",
    [
        lambda frame: (one for one in pieces(frame, 10)),
        lambda frame: map(arrow, pieces(frame, 10)),
        lambda frame: iter(pieces(frame, 10)),
    ],
)
def test_what_a_check_has_taken_of_an_iterator_is_there_for_the_upload(tmp_path, make):
    frames = make(small())
    for whole in (False, True):
        assert prepare(open_source(frames), whole=whole).plan.provisional
    written, _ = write(frames, tmp_path / "t.tiledb")
    assert written.rows == 30
    assert read_table(written.path)["cell"].tolist() == list(range(30))


@pytest.mark.parametrize("label", ["generator", "map"])
def test_an_iterator_that_was_used_is_refused_and_not_taken_for_a_shorter_table(tmp_path, label):
    made = (one for one in pieces(small(), 10))
    frames = made if label == "generator" else map(arrow, made)
    write(frames, tmp_path / "t.tiledb")
    with pytest.raises(DataError, match=f"the {label} was read already, up to row 30") as caught:
        open_source(frames)
    assert "run the cell" in caught.value.hint


def test_an_upload_that_fails_half_way_does_not_leave_the_rest_for_the_next(tmp_path):
    frames = once_failing(small(), ValueError("no more tiles"))
    with pytest.raises(DataError, match="no more tiles"):
        write(frames, tmp_path / "t.tiledb")
    with pytest.raises(DataError, match="read already"):
        write(frames, tmp_path / "t.tiledb")
    assert listing(tmp_path) == []


def test_an_iterator_that_is_gone_is_forgotten():
    gc.collect()
    before = len(onepass._TAKEN)
    frames = (one for one in pieces(small(), 10))
    prepare(open_source(frames))
    assert len(onepass._TAKEN) == before + 1
    del frames
    gc.collect()
    assert len(onepass._TAKEN) == before


@pytest.mark.parametrize(
    ("error", "words"),
    [(ValueError("no such tile"), "ValueError: no such tile"), (KeyError(), "KeyError")],
)
@pytest.mark.parametrize("values", [1, 10_000])
def test_what_a_users_generator_raises_is_told_once_with_its_cause(
    tmp_path, monkeypatch, error, words, values
):
    ahead(monkeypatch, values)
    with pytest.raises(DataError) as caught:
        write(once_failing(small(), error), tmp_path / "t.tiledb")
    assert "the generator failed" in caught.value.message
    assert caught.value.message.endswith(words)
    assert caught.value.__cause__ is error
    assert listing(tmp_path) == []


def test_an_error_of_ours_from_a_generator_stays_what_it_is(tmp_path):
    error = DataError("mine", hint="cure")
    with pytest.raises(DataError, match="mine") as caught:
        write(once_failing(small(), error), tmp_path / "t.tiledb")
    assert caught.value is error


def test_an_interrupt_in_a_generator_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        write(once_failing(small(), KeyboardInterrupt()), tmp_path / "t.tiledb")
    assert listing(tmp_path) == []


def changed(column, values):
    second = small()
    second[column] = values
    return [small(), second]


MISFITS = [
    ("cell", pd.array([1, None] * 15, "Int64"), "'cell' has its first missing value in row 31"),
    ("cell", np.arange(30) * 0.5, "'cell' is number from row 30 on, and integer before"),
    ("ok", pd.array([None, True] * 15, "boolean"), "'ok' has its first missing value in row 30"),
    ("cell", ["a"] * 30, "column 'cell' holds text from row 30 on, and whole numbers before"),
    ("name", np.arange(30), "column 'name' holds whole numbers from row 30 on, and text before"),
    ("area", np.full(30, 2**53 + 1), "too many digits to be stored exactly (row 30: 9007"),
    ("Image", np.full(30, 1.5), "should hold Image ids, but has a number that is not an id"),
]


@pytest.mark.parametrize(("column", "values", "words"), MISFITS)
def test_what_a_stream_brings_too_late_is_one_error_with_the_cure(
    tmp_path, monkeypatch, column, values, words
):
    ahead(monkeypatch, 1)
    with pytest.raises(DataError) as caught:
        write(iter(changed(column, values)), tmp_path / "t.tiledb")
    assert words in caught.value.message
    assert caught.value.hint
    assert listing(tmp_path) == []


@pytest.mark.parametrize(("column", "values", "words"), MISFITS[:4])
def test_stored_as_text_a_column_of_a_stream_may_hold_anything(
    tmp_path, monkeypatch, column, values, words
):
    ahead(monkeypatch, 1)
    written, _ = write(iter(changed(column, values)), tmp_path / "t.tiledb", as_text=[column])
    assert read_table(written.path)[column].iloc[:2].tolist() in (["0", "1"], ["True", "False"])


@pytest.mark.parametrize(
    ("column", "values", "stored"),
    [
        ("name", np.full(30, np.nan), ["cell 29 µ", ""]),
        ("area", np.arange(30), [7.25, 0.0]),
        ("Image", np.arange(30) * 1.0, [102, 0]),
        ("Image", [None] * 30, [102, -1]),
        ("when", [None] * 30, ["2024-01-02T00:00:29.000000", ""]),
    ],
)
def test_parts_that_hold_nothing_or_the_same_otherwise_fit(
    tmp_path, monkeypatch, column, values, stored
):
    ahead(monkeypatch, 1)
    first = small()
    first["when"] = first["when"].astype("datetime64[us]")
    second = first.copy()
    second[column] = values
    written, _ = write(iter([first, second]), tmp_path / "t.tiledb")
    assert read_table(written.path)[column].iloc[[29, 30]].tolist() == stored


def test_a_list_of_frames_is_widened_by_a_later_one(tmp_path):
    frames = [pd.DataFrame({"n": [1, 2]}), pd.DataFrame({"n": [0.5]}), pd.DataFrame({"n": [None]})]
    written, _ = write(frames, tmp_path / "t.tiledb")
    found = read_table(written.path)["n"]
    assert np.array_equal(found, [1.0, 2.0, 0.5, np.nan], equal_nan=True)


def test_whole_numbers_that_a_later_frame_would_round_are_a_problem():
    frames = [pd.DataFrame({"n": [2**53 + 1]}), pd.DataFrame({"n": [0.5]})]
    (problem,) = prepare(open_source(frames)).plan.problems
    assert "too many digits to be stored exactly (row 0: 9007199254740993)" in problem.text


@pytest.mark.parametrize("kind", [list, iter])
def test_that_is_found_wherever_the_whole_number_stands(tmp_path, kind):
    numbers = np.arange(60_000)
    numbers[50_000] = 2**53 + 1
    frames = kind([pd.DataFrame({"n": numbers}), pd.DataFrame({"n": [0.5]})])
    with pytest.raises(DataError, match=r"stored exactly \(row 50000: 9007199254740993\)"):
        write(frames, tmp_path / "t.tiledb")
    assert listing(tmp_path) == []


def test_times_beyond_what_was_looked_at_keep_what_their_type_can_hold(tmp_path, monkeypatch):
    ahead(monkeypatch, 1)
    times = pa.array([0, 1, 2, 1_234], pa.timestamp("ms"))
    table = pa.table({"when": times, "n": [1, 2, 3, 4]})
    written, _ = write(table.to_reader(max_chunksize=1), tmp_path / "t.tiledb")
    assert read_table(written.path)["when"].iloc[[0, 3]].tolist() == [
        "1970-01-01T00:00:00.000",
        "1970-01-01T00:00:01.234",
    ]


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (pd.DataFrame({"a": [1]}), "frame 2 has no column 'b', unlike the first frame"),
        (pd.DataFrame({"a": [1], "b": [2], "c": [3]}), "frame 2 has one more column, 'c'"),
    ],
)
@pytest.mark.parametrize("kind", [list, iter])
def test_a_frame_with_other_columns_is_named(tmp_path, monkeypatch, second, words, kind):
    ahead(monkeypatch, 1)
    with pytest.raises(DataError, match=words):
        write(kind([pd.DataFrame({"a": [1], "b": [2]}), second]), tmp_path / "t.tiledb")
    assert listing(tmp_path) == []


def test_another_order_of_columns_is_no_other_table(tmp_path):
    frames = [pd.DataFrame({"a": [1], "b": [2]}), pd.DataFrame({"b": [4], "a": [3]})]
    written, _ = write(iter(frames), tmp_path / "t.tiledb")
    assert read_table(written.path).to_dict("list") == {"a": [1, 3], "b": [2, 4]}


def test_pandas_chunks_are_frames_too_and_their_labels_are_dropped(tmp_path):
    small().to_csv(tmp_path / "in.csv", index=False)
    with pd.read_csv(tmp_path / "in.csv", chunksize=7) as chunks:
        written, _ = write(chunks, tmp_path / "t.tiledb", columns=["cell", "area"])
    assert read_table(written.path)["cell"].tolist() == list(range(30))


@pytest.mark.parametrize(
    ("frames", "words"),
    [
        (iter([]), "the list_iterator gives no frame"),
        (iter(["a", "b"]), "an iterator of frames was expected, and it gives str"),
        (iter([small(), {"a": [1]}]), "an iterator of frames was expected, and it gives dict"),
        (iter([None]), "it gives NoneType"),
        ([small(), 7], "this is no table: list"),
    ],
)
def test_what_gives_no_frames_is_an_error(tmp_path, monkeypatch, frames, words):
    ahead(monkeypatch, 1)
    with pytest.raises(DataError, match=words) as caught:
        write(frames, tmp_path / "t.tiledb")
    assert caught.value.hint
    assert listing(tmp_path) == []


EMPTY = [
    lambda folder: pa.table({"a": pa.array([], pa.int64())}).to_reader(),
    lambda folder: iter([pd.DataFrame({"a": []}), pd.DataFrame({"a": []})]),
    lambda folder: [pd.DataFrame({"a": []})],
    lambda folder: ds.dataset(pa.table({"a": pa.array([], pa.int64())})),
    lambda folder: pytest.importorskip("polars").LazyFrame({"a": []}),
]


@pytest.mark.parametrize("make", EMPTY)
def test_a_stream_without_rows_is_a_problem(tmp_path, make):
    with pytest.raises(DataError, match="the table has no rows"):
        write(make(tmp_path), tmp_path / "t.tiledb")
    assert listing(tmp_path) == []


@pytest.mark.parametrize(
    "make",
    [
        lambda: pa.table({}).to_reader(),
        lambda: iter([pd.DataFrame(index=[0, 1])]),
        lambda: [pd.DataFrame(index=pd.RangeIndex(2))],
        lambda: ds.dataset(pa.table({})),
        lambda: pytest.importorskip("polars").LazyFrame(),
    ],
)
def test_a_stream_without_columns_is_a_problem(tmp_path, make):
    with pytest.raises(DataError, match="the table has no columns"):
        write(make(), tmp_path / "t.tiledb", index="drop")
    assert listing(tmp_path) == []


def failing_query(after):
    polars = pytest.importorskip("polars")
    calls = itertools.count()

    def fail(batch):
        if next(calls) >= after:
            raise ValueError("no such tile")
        return batch

    frame = polars.LazyFrame({"n": range(200_000)})
    return frame.map_batches(fail, schema=frame.collect_schema(), streamable=True)


@pytest.mark.parametrize("after", [0, 1])
def test_a_query_that_fails_is_one_error_with_its_cause(tmp_path, after):
    with pytest.raises(
        DataError, match=r"polars could not run the query: .*no such tile"
    ) as caught:
        write(failing_query(after), tmp_path / "t.tiledb")
    assert "no such tile" in str(caught.value.__cause__)
    assert listing(tmp_path) == []


def test_a_query_without_its_file_is_an_error(tmp_path):
    polars = pytest.importorskip("polars")
    with pytest.raises(DataError, match="polars could not run the query"):
        open_source(polars.scan_parquet(tmp_path / "gone.parquet"))


def test_a_query_with_another_answer_each_time_is_refused(tmp_path):
    polars = pytest.importorskip("polars")
    calls = itertools.count()

    def answer(_):
        values = [None] * 40_000 if next(calls) < 1 else list(range(40_000))
        return polars.DataFrame({"n": values}, schema={"n": polars.Int64})

    frame = polars.LazyFrame({"n": [1]}, schema={"n": polars.Int64})
    query = frame.map_batches(answer, schema=frame.collect_schema())
    with pytest.raises(DataError, match="gave other values when it was read again") as caught:
        write(query, tmp_path / "t.tiledb")
    assert "into a table first" in caught.value.hint
    assert listing(tmp_path) == []


def test_a_polars_that_gives_no_batches_collects_the_query(tmp_path, monkeypatch):
    polars = pytest.importorskip("polars")
    monkeypatch.delattr(polars.LazyFrame, "collect_batches", raising=False)
    written, _ = write(polars.LazyFrame({"n": [1, None], "t": ["a", "b"]}), tmp_path / "t.tiledb")
    assert read_table(written.path)["t"].tolist() == ["a", "b"]


def test_the_polars_of_the_tests_gives_batches():
    polars = pytest.importorskip("polars", "2")
    assert hasattr(polars.LazyFrame, "collect_batches")


def test_how_many_rows_a_query_has_is_told_as_they_come(tmp_path):
    polars = pytest.importorskip("polars")
    written, events = write(polars.LazyFrame({"n": range(100_000)}), tmp_path / "t.tiledb")
    assert written.rows == 100_000
    assert events[0] == StageStarted(Stage.CONVERT, None)
    moved = [one for one in events if isinstance(one, Progress) and one.stage is Stage.CONVERT]
    assert {one.total for one in moved} == {None}
    assert moved[-1].done == 100_000
