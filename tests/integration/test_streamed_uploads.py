"""Tables that come bit by bit, from the check to the registered table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.events import Progress, Stage, StageStarted

pytestmark = pytest.mark.usefixtures("session")


CELLS = pd.DataFrame({"Image": [101, 102, 103], "area": [20.5, 1.25, 3.0], "n": [1, 2, 3]})


def frames():
    return (CELLS.iloc[n : n + 1] for n in range(3))


def standing(place):
    return sorted(path.name for path in Path(place["local_path"]).iterdir())


@pytest.mark.parametrize(
    "make", [frames, lambda: pa.Table.from_pandas(CELLS).to_reader(max_chunksize=1)]
)
def test_a_dry_run_leaves_every_row_for_the_upload(place, make):
    source = make()
    plan = otj.check_table(source, "T", to="Dataset:51", whole=True, **place)
    assert plan.ok
    assert plan.provisional
    assert standing(place) == []
    done = otj.upload_table(source, "T", to="Dataset:51", **place)
    assert done.rows == 3
    pd.testing.assert_frame_equal(otj.read_table(done), CELLS)


def test_a_stream_is_written_even_where_the_same_data_stands(place):
    otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    again = otj.upload_table(frames(), "T", to="Dataset:51", if_exists="version", **place)
    assert again.rows == 3
    assert standing(place) == ["T-2.tiledb", "T.tiledb"]


def test_a_check_of_a_stream_beside_the_same_data_takes_nothing_of_it(place):
    otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    source = frames()
    otj.check_table(source, "T", to="Dataset:51", if_exists="version", **place)
    assert otj.upload_table(source, "T2", to="Dataset:51", **place).rows == 3


def test_a_place_that_is_taken_is_told_before_a_stream_is_used(place):
    otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    source = frames()
    with pytest.raises(otj.TableExistsError):
        otj.upload_table(source, "T", to="Dataset:51", **place)
    assert otj.upload_table(source, "U", to="Dataset:51", **place).rows == 3


def test_the_same_files_again_are_found_and_not_written_twice(place, tmp_path):
    (tmp_path / "in").mkdir()
    for n in range(3):
        CELLS.iloc[n : n + 1].to_parquet(tmp_path / "in" / f"part-{n}.parquet", index=False)
    first = otj.upload_table(tmp_path / "in", to="Dataset:51", **place)
    assert first.name == "in"
    again = otj.upload_table(tmp_path / "in", to="Dataset:51", **place)
    assert again.unchanged
    same = otj.upload_table(CELLS, "in", to="Dataset:51", **place)
    assert same.unchanged


def test_rows_that_nobody_has_counted_are_told_as_they_come(place):
    events = []
    source = (pd.DataFrame({"n": np.arange(70_000), "m": np.arange(70_000)}) for _ in range(20))
    done = otj.upload_table(source, "T", to="Dataset:51", on_event=events.append, **place)
    assert done.rows == 1_400_000
    converting = [one for one in events if getattr(one, "stage", None) is Stage.CONVERT]
    assert converting[0] == StageStarted(Stage.CONVERT, None)
    moved = [one for one in converting if isinstance(one, Progress)]
    assert {one.total for one in moved} == {None}
    assert moved[-1].done == 1_400_000


def test_a_stream_that_fails_far_down_leaves_nothing_and_says_why(place):
    def broken():
        for n in range(40):
            if n == 35:
                raise OSError("the scanner was switched off")
            yield pd.DataFrame({"n": np.arange(70_000), "m": np.arange(70_000)})

    with pytest.raises(otj.DataError, match="after row 2 450 000: OSError: the scanner"):
        otj.upload_table(broken(), "T", to="Dataset:51", **place)
    assert standing(place) == []


def test_a_table_without_a_name_is_refused_with_the_way_to_give_one(place):
    with pytest.raises(otj.OptionError, match="has no name") as caught:
        otj.upload_table(ds.dataset(pa.table({"n": [1]})), to="Dataset:51", **place)
    assert "--name" in caught.value.hint
