"""Several files that make one table: folders, patterns and lists, of Parquet and of CSV."""

from __future__ import annotations

import gzip
import pathlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from omero_tables_jupyter.arrays import parquet
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.errors import DataError, PathError
from omero_tables_jupyter.events import Progress, Stage, StageStarted
from omero_tables_jupyter.reading import read_table
from omero_tables_jupyter.steps import drained


def told(steps):
    events = []
    return drained(steps, events.append), events


def write(given, path, **options):
    opened = open_source(
        given, **{key: options.pop(key) for key in ("delimiter",) if key in options}
    )
    return told(write_table(prepare(opened, whole=False, **options), path))


def read(given, folder, **options):
    return read_table(write(given, folder / "t.tiledb", **options)[0].path)


def arrays_in(folder):
    return sorted(one.name for one in pathlib.Path(folder).iterdir() if "tiledb" in one.name)


@pytest.fixture
def csvs(tmp_path):
    def make(*texts, name="cells_{}.csv"):
        paths = [tmp_path / name.format(n) for n in range(8, 8 + len(texts))]
        for path, text in zip(paths, texts, strict=True):
            path.write_text(text, encoding="utf-8")
        return paths

    return make


@pytest.fixture
def parts(tmp_path):
    def make(*tables, name="part-{}.parquet"):
        folder = tmp_path / "cells.parquet"
        folder.mkdir()
        paths = [folder / name.format(n) for n in range(8, 8 + len(tables))]
        for path, table in zip(paths, tables, strict=True):
            if isinstance(table, pd.DataFrame):
                table.to_parquet(path)
            else:
                pq.write_table(table, path)
        return paths

    return make


# --- CSV


def test_csv_files_follow_each_other_in_the_order_of_their_numbers(tmp_path, csvs):
    csvs("n,t\n1,a\n", "n,t\n2,b\n", "n,t\n3,c\n")
    found = read(str(tmp_path / "cells_*.csv"), tmp_path)
    assert found.to_dict("list") == {"n": [1, 2, 3], "t": ["a", "b", "c"]}


def test_a_list_of_csv_files_keeps_its_own_order(tmp_path, csvs):
    first, second = csvs("n\n1\n", "n\n2\n")
    assert read([second, str(first)], tmp_path)["n"].tolist() == [2, 1]


def test_types_hold_for_all_csv_files_and_the_last_decides_too(tmp_path, csvs):
    paths = csvs("n,late,t\n1,1,true\n", "n,late,t\n2,2,false\n", "n,late,t\n0.5,,x\n")
    written, events = write(paths, tmp_path / "t.tiledb")
    found = read_table(written.path)
    assert found["n"].tolist() == [1.0, 2.0, 0.5]
    assert np.array_equal(found["late"], [1.0, 2.0, np.nan], equal_nan=True)
    assert found["t"].tolist() == ["true", "false", "x"]
    (restart,) = [one for one in events if isinstance(one, Progress) and one.restarted]
    assert "(row 2: '0.5')" in restart.restarted


def test_the_counts_of_csv_files_are_those_of_all(tmp_path, csvs):
    paths = csvs("t,u\na,1\n,2\n", "t,u\n,3\nb,4\n")
    written, _ = write(paths, tmp_path / "t.tiledb")
    assert "2 missing -> ''" in [note.text for note in written.notes]


def test_csv_files_packed_and_not_go_together(tmp_path, csvs):
    (first,) = csvs("n\n1\n")
    second = tmp_path / "more.csv.gz"
    second.write_bytes(gzip.compress(b"n\n2\n"))
    assert read([first, second], tmp_path)["n"].tolist() == [1, 2]


def test_a_csv_file_that_is_only_a_header_adds_nothing(tmp_path, csvs):
    assert read(csvs("n\n1\n", "n\n", "n\n3\n"), tmp_path)["n"].tolist() == [1, 3]


def test_csv_files_without_any_row_are_an_error(tmp_path, csvs):
    with pytest.raises(DataError, match="rows"):
        write(csvs("n\n", "n\n"), tmp_path / "t.tiledb")
    assert arrays_in(tmp_path) == []


def test_the_progress_of_csv_files_counts_the_bytes_of_all(tmp_path, csvs):
    paths = csvs("n\n1\n", "n\n22\n")
    size = sum(one.stat().st_size for one in paths)
    _, events = write(paths, tmp_path / "t.tiledb")
    told = [one for one in events if isinstance(one, Progress) and one.stage is Stage.CONVERT]
    assert told[-1] == Progress(Stage.CONVERT, size, size, unit="bytes")
    assert [one.done for one in told] == sorted(one.done for one in told)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("a\n3\n", "'cells_9.csv' has no column 'b', unlike 'cells_8.csv'"),
        ("a,b,c\n3,4,5\n", "'cells_9.csv' has one more column, 'c', unlike 'cells_8.csv'"),
        ("b,a\n3,4\n", "'cells_9.csv' has its columns in another order, from 'b' on"),
        ("a;b\n3;4\n", "'cells_9.csv' separates its columns by ';', unlike 'cells_8.csv' with ','"),
        ("", "'cells_9.csv' is empty (0 bytes)"),
    ],
)
def test_a_csv_file_of_another_shape_is_named_before_anything_is_written(
    tmp_path, csvs, second, words
):
    with pytest.raises(DataError) as caught:
        write(csvs("a,b\n1,2\n", second), tmp_path / "t.tiledb")
    assert words in caught.value.message
    assert caught.value.hint
    assert arrays_in(tmp_path) == []


def test_a_ragged_line_in_the_last_of_many_csv_files_is_named_and_nothing_is_left(tmp_path, csvs):
    paths = csvs("a,b\n1,2\n", "a,b\n1,2\n", "a,b\n1,2\n3\n")
    with pytest.raises(DataError, match=r"line 3 of 'cells_10\.csv' has 1 field"):
        write(paths, tmp_path / "t.tiledb")
    assert arrays_in(tmp_path) == []


def test_decimal_commas_are_found_in_whichever_csv_file_has_them(tmp_path, csvs):
    found = read(csvs("a;b\n1;x\n", "a;b\n1,5;y\n"), tmp_path)
    assert found["a"].tolist() == [1.0, 1.5]


# --- Parquet


CELLS = pa.table({"Image": [101, 102], "t": ["a", None], "x": [0.5, 1.5]})


def test_a_folder_of_parquet_files_is_a_table_in_the_order_of_their_numbers(tmp_path, parts):
    folder = parts(*(pa.table({"n": [n]}) for n in range(3)))[0].parent
    (folder / "_SUCCESS").touch()
    (folder / ".part.crc").touch()
    (folder / "notes.md").touch()
    opened = open_source(folder)
    assert opened.default_name == "cells"
    assert opened.label == "part-8.parquet and 2 other files"
    assert opened.rows == 3
    assert read(folder, tmp_path)["n"].tolist() == [0, 1, 2]


def test_the_rows_of_parquet_parts_are_counted_before_they_are_read(tmp_path, parts):
    _, events = write(parts(CELLS, CELLS), tmp_path / "t.tiledb")
    assert events[0] == StageStarted(Stage.CONVERT, 4)
    assert events[1] == Progress(Stage.CONVERT, 4, 4)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (CELLS.drop_columns("x"), "'part-9.parquet' has no column 'x', unlike 'part-8.parquet'"),
        (CELLS.append_column("y", pa.array([1, 2])), "'part-9.parquet' has one more column, 'y'"),
        (
            CELLS.set_column(2, "x", pa.array([1, 2])),
            "column 'x' is of type int64 in 'part-9.parquet', and double in 'part-8.parquet'",
        ),
        (
            CELLS.set_column(1, "t", pa.array([1, 2])),
            "column 't' is of type int64 in 'part-9.parquet', and string in 'part-8.parquet'",
        ),
        (
            CELLS.set_column(1, "t", pa.array([b"1", b"2"])),
            "column 't' is of type binary in 'part-9.parquet'",
        ),
    ],
)
def test_a_parquet_part_of_another_shape_is_named_before_anything_is_written(
    tmp_path, parts, second, words
):
    folder = parts(CELLS, second)[0].parent
    with pytest.raises(DataError) as caught:
        prepare(open_source(folder), whole=False)
    assert words in caught.value.message
    assert "upload the parts one by one" in caught.value.hint


@pytest.mark.parametrize(
    "second",
    [
        CELLS.select(["x", "Image", "t"]),
        CELLS.set_column(0, "Image", CELLS["Image"].cast(pa.int16())),
        CELLS.set_column(1, "t", CELLS["t"].cast(pa.large_string())),
        CELLS.set_column(1, "t", CELLS["t"].dictionary_encode()),
        CELLS.set_column(2, "x", CELLS["x"].cast(pa.float32())),
    ],
)
def test_parts_whose_order_or_width_of_types_differs_go_together(tmp_path, parts, second):
    found = read(parts(CELLS, second, CELLS), tmp_path)
    assert found.columns.tolist() == ["Image", "t", "x"]
    assert found["Image"].tolist() == [101, 102] * 3
    assert found["t"].tolist() == ["a", ""] * 3
    assert found["x"].tolist() == [0.5, 1.5] * 3


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_a_part_in_which_a_column_is_empty_takes_the_type_of_the_others(tmp_path, parts, order):
    tables = [pa.table({"n": [1.5, 2.5]}), pa.table({"n": pa.nulls(2)})]
    found = read(parts(*(tables[n] for n in order)), tmp_path)["n"]
    assert sorted(found.dropna()) == [1.5, 2.5]
    assert found.isna().sum() == 2


def test_row_labels_of_each_part_are_kept_where_that_is_asked_for(tmp_path, parts):
    frames = [pd.DataFrame({"n": [1, 2]}), pd.DataFrame({"n": [3]}, index=pd.RangeIndex(7, 8))]
    assert read(parts(*frames), tmp_path, index="keep")["index"].tolist() == [0, 1, 7]


def test_two_columns_of_one_name_stay_apart_in_every_part(tmp_path, parts):
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["n", "n"])
    plan = prepare(open_source(parts(table, table)), whole=False).plan
    assert any("n" in one.text for one in plan.problems)


def test_a_part_that_changes_between_check_and_write_is_an_error(tmp_path, parts):
    paths = parts(CELLS, CELLS)
    conversion = prepare(open_source(paths), whole=False)
    pq.write_table(pa.table({"Image": ["x"], "t": ["y"], "x": ["z"]}), paths[1])
    with pytest.raises(DataError, match=r"'part-9\.parquet' was changed while"):
        told(write_table(conversion, tmp_path / "t.tiledb"))
    assert arrays_in(tmp_path) == []


def test_a_part_that_is_damaged_further_down_is_an_error_and_nothing_is_left(tmp_path, parts):
    paths = parts(
        CELLS, pa.table({"Image": np.arange(50_000), "t": ["a"] * 50_000, "x": np.arange(50_000.0)})
    )
    data = bytearray(paths[1].read_bytes())
    data[2_000:60_000] = bytes(58_000)
    paths[1].write_bytes(data)
    with pytest.raises(DataError, match=r"'part-9\.parquet' is not a Parquet file, or is damaged"):
        write(paths, tmp_path / "t.tiledb")
    assert arrays_in(tmp_path) == []


def test_a_file_whose_statistics_deny_its_missing_values_is_refused(tmp_path, parts, monkeypatch):
    (path,) = parts(pa.table({"n": [*range(20_000), None]}))
    monkeypatch.setattr(parquet, "_says_full", lambda _: True)
    with pytest.raises(DataError, match="column 'n' has missing values where its source says"):
        write(path, tmp_path / "t.tiledb")


# --- which files


def test_a_folder_of_folders_is_given_as_a_dataset(tmp_path):
    (tmp_path / "out" / "plate=1").mkdir(parents=True)
    with pytest.raises(PathError, match="has a folder in it, 'plate=1'") as caught:
        open_source(tmp_path / "out")
    assert "ds.dataset(" in caught.value.hint


@pytest.mark.parametrize("given", [str, pathlib.Path])
def test_a_folder_without_parquet_files_is_an_error(tmp_path, given):
    (tmp_path / "a.csv").touch()
    with pytest.raises(PathError, match="a folder without Parquet files") as caught:
        open_source(given(tmp_path))
    assert "*.csv" in caught.value.hint


def test_a_folder_that_cannot_be_looked_into_is_an_error(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pathlib.Path, "iterdir", refuse)
    with pytest.raises(PathError, match="cannot be looked at: Permission denied"):
        open_source(tmp_path)


def test_a_pattern_that_nothing_fits_is_an_error(tmp_path):
    with pytest.raises(PathError, match="no file is named like"):
        open_source(str(tmp_path / "cells_*.csv"))


def test_a_file_with_a_star_in_its_name_is_that_file(tmp_path):
    (tmp_path / "a[1].csv").write_text("n\n1\n")
    assert open_source(str(tmp_path / "a[1].csv")).default_name == "a[1]"


@pytest.mark.parametrize(
    ("pattern", "name"), [("cells_*.csv", "cells"), ("*.csv", ""), ("cell[rs]_?.csv", "cell")]
)
def test_a_pattern_names_its_table_by_what_stands_before_the_first_star(
    tmp_path, csvs, pattern, name
):
    csvs("n\n1\n", "n\n1\n")
    assert open_source(str(tmp_path / pattern)).default_name == name


def test_files_of_two_kinds_make_no_table(tmp_path, csvs, parts):
    with pytest.raises(DataError, match="of another kind than 'cells_8"):
        open_source([*csvs("n\n1\n"), *parts(CELLS)])


def test_a_missing_file_of_a_list_is_named(tmp_path, csvs):
    with pytest.raises(PathError, match=r"there is no file '.*gone\.csv'"):
        open_source([*csvs("n\n1\n"), tmp_path / "gone.csv"])


# --- datasets


def test_a_partitioned_dataset_brings_the_columns_of_its_folders(tmp_path):
    table = pa.table({"plate": ["p1", "p1", "p2"], "n": [1, 2, 3]})
    ds.write_dataset(
        table,
        tmp_path / "in",
        format="parquet",
        partitioning=["plate"],
        partitioning_flavor="hive",
    )
    found = read(ds.dataset(str(tmp_path / "in"), partitioning="hive"), tmp_path)
    assert found.to_dict("list") == {"n": [1, 2, 3], "plate": ["p1", "p1", "p2"]}


def test_a_dataset_of_like_files_is_read_as_those_files(parts):
    opened = open_source(ds.dataset(list(map(str, parts(CELLS, CELLS)))))
    assert isinstance(opened, parquet.ParquetSource)
    assert opened.rows == 4


def test_a_dataset_of_some_row_groups_stays_that(tmp_path):
    path = tmp_path / "in.parquet"
    pq.write_table(pa.table({"n": [0, 1, 2, 3]}), path, row_group_size=2)
    (whole,) = ds.dataset(str(path)).get_fragments()
    part = whole.subset(row_group_ids=[1])
    data = ds.FileSystemDataset([part], whole.physical_schema, whole.format, whole.filesystem)
    assert open_source(data).rows == 2
    assert read(data, tmp_path)["n"].tolist() == [2, 3]


def test_a_filtered_dataset_is_stored_as_filtered(tmp_path, parts):
    chosen = ds.dataset(list(map(str, parts(CELLS, CELLS)))).filter(ds.field("Image") == 102)
    assert open_source(chosen).rows is None
    assert read(chosen, tmp_path)["x"].tolist() == [1.5, 1.5]


def test_a_dataset_of_csv_files_counts_its_rows_as_they_come(tmp_path, csvs):
    data = ds.dataset(list(map(str, csvs("n\n1\n", "n\n2\n"))), format="csv")
    assert open_source(data).rows is None
    written, events = write(data, tmp_path / "t.tiledb")
    assert written.rows == 2
    assert events[0] == StageStarted(Stage.CONVERT, None)


def test_what_a_dataset_fills_up_or_leaves_out_is_said(parts):
    fewer = CELLS.drop_columns("x")
    more = CELLS.append_column("y", pa.array([1, 2]))
    data = ds.dataset(list(map(str, parts(CELLS, fewer, more))))
    plan = prepare(open_source(data), whole=False).plan
    told = [(note.column, note.text) for note in plan.notes]
    assert ("x", "'part-9.parquet' has no such column: its values are missing there") in told
    left = "column 'y' of 'part-10.parquet' is not in the dataset's schema, so it is left out"
    assert ("", left) in told


def test_a_file_of_a_dataset_with_another_type_is_named(parts):
    other = CELLS.set_column(2, "x", pa.array(["a", "b"]))
    data = ds.dataset(list(map(str, parts(CELLS, other))))
    with pytest.raises(DataError, match=r"column 'x' is of type string in 'part-9\.parquet'"):
        open_source(data)


@pytest.mark.parametrize("how", ["plain", "filtered", "joined"])
def test_a_dataset_that_would_round_a_file_is_refused(tmp_path, parts, how):
    paths = parts(pa.table({"x": pa.array([1.5], pa.float32())}), pa.table({"x": [0.1]}))
    dataset = ds.dataset(paths)
    given = {
        "plain": dataset,
        "filtered": dataset.filter(ds.field("x") < 1),
        "joined": ds.dataset([dataset]).filter(ds.field("x") < 1),
    }
    with pytest.raises(DataError, match=r"'x' of 'part-9.parquet' is double.* rounded") as caught:
        read(given[how], tmp_path)
    finer = dataset.schema.set(0, pa.field("x", pa.float64()))
    assert (
        "schema=dataset.schema.set(0, pyarrow.field('x', pyarrow.float64()))" in caught.value.hint
    )
    assert read(ds.dataset(paths, schema=finer), tmp_path)["x"].tolist() == [1.5, 0.1]


def test_a_part_with_numbers_beyond_the_first_parts_type_is_a_problem(tmp_path, parts):
    paths = parts(pa.table({"n": [1]}), pa.table({"n": pa.array([2**64 - 1], pa.uint64())}))
    with pytest.raises(DataError, match=r"too large to be stored \(row 1: 18446744073709551615\)"):
        read(paths, tmp_path)
    assert arrays_in(tmp_path) == []


def test_a_dataset_that_fails_far_down_is_one_error_and_leaves_nothing(tmp_path, csvs):
    rows = "".join(f"{n}\n" for n in range(300_000))
    data = ds.dataset(list(map(str, csvs("n\n1\n", f"n\n{rows}oops\n"))), format="csv")
    with pytest.raises(DataError, match=r"the dataset cannot be read: .*oops"):
        write(data, tmp_path / "t.tiledb")
    assert arrays_in(tmp_path) == []


def test_the_same_data_has_the_same_fingerprint_whatever_it_comes_from(tmp_path):
    frame = pd.DataFrame(
        {
            "Image": [101, 102, 103, 104],
            "area": [0.1, 1e-7, np.nan, 12345.678],
            "ok": [True, False, True, True],
            "name": ["a", "", "µ", "NA"],
        }
    )
    table = pa.Table.from_pandas(frame)
    frame.to_csv(tmp_path / "in.csv", index=False)
    frame.to_csv(tmp_path / "in.csv.gz", index=False)
    frame.iloc[:1].to_csv(tmp_path / "part_1.csv", index=False)
    frame.iloc[1:].to_csv(tmp_path / "part_2.csv", index=False)
    frame.to_parquet(tmp_path / "in.parquet")
    sources = {
        "frame": frame,
        "table": table,
        "batch": table.to_batches()[0],
        "reader": table.to_reader(max_chunksize=1),
        "dataset": ds.dataset(table),
        "frames": iter([frame.iloc[:3], frame.iloc[3:]]),
        "list": [frame.iloc[:3], table.slice(3)],
        "csv": tmp_path / "in.csv",
        "packed csv": tmp_path / "in.csv.gz",
        "csv files": tmp_path / "part_*.csv",
        "parquet": tmp_path / "in.parquet",
    }
    found = {
        name: write(source, tmp_path / f"{name}.tiledb")[0].fingerprint
        for name, source in sources.items()
    }
    assert len(set(found.values())) == 1, found


def test_polars_gives_that_fingerprint_too(tmp_path):
    polars = pytest.importorskip("polars")
    table = pa.table({"n": [1, 2], "x": [0.5, None], "t": ["a", None]})
    sources = [table, polars.from_arrow(table), polars.from_arrow(table).lazy()]
    found = [
        write(source, tmp_path / f"{n}.tiledb")[0].fingerprint for n, source in enumerate(sources)
    ]
    assert len(set(found)) == 1
