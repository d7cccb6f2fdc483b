"""An array that Dask workers wrote is the one that this machine alone would write."""

from __future__ import annotations

import itertools
import os
import pickle

import numpy as np
import pandas as pd
import pytest
import tiledb

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays import layout
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.digest import CHUNK_ROWS
from omero_tables_jupyter.arrays.fingerprint import fingerprint_of
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.errors import DataError, OptionError
from omero_tables_jupyter.events import Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.steps import drained

dask = pytest.importorskip("dask")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")


@pytest.fixture
def written(write, fragments, listing):
    return write, fragments, listing


@pytest.mark.usefixtures("client", "small_groups")
@pytest.mark.parametrize("verify", ["values", "rows"])
def test_it_is_the_array_of_a_local_run(nuclei, written, assert_same, tmp_path, verify):
    write, fragments, listing = written
    ddf = dd.from_pandas(nuclei, npartitions=5)
    here, _ = write(ddf.compute(), tmp_path / "here.tiledb", verify=verify)
    there, _ = write(ddf, tmp_path / "there.tiledb", verify=verify)
    assert there.fingerprint == here.fingerprint
    assert (there.rows, there.columns) == (here.rows, here.columns)
    assert_same(here.path, there.path)
    named, committed = fragments(there.path)
    assert named == committed
    assert len(named) == 5
    assert listing(tmp_path) == ["here.tiledb", "there.tiledb"]
    assert listing(there.path) == listing(here.path)


def test_long_texts_have_tiles_of_few_rows_as_in_a_local_run(write, monkeypatch, tmp_path):
    monkeypatch.setattr(layout, "_MOST_TILE_BYTES", 1_000_000)
    monkeypatch.setattr(layout, "_TILE_BYTES", 100_000)
    frame = pd.DataFrame({"text": ["x" * 5000] * 400})
    done, _ = write(dd.from_pandas(frame, npartitions=2), tmp_path / "t.tiledb")
    with tiledb.open(done.path) as array:
        assert array.schema.capacity == 20


def test_small_partitions_share_a_fragment(nuclei, client, write, fragments, tmp_path):
    done, _ = write(dd.from_pandas(nuclei, npartitions=7), tmp_path / "t.tiledb")
    assert len(fragments(done.path)[0]) == 1


def test_without_a_client_it_works_in_this_process_and_leaves_no_client(
    nuclei, write, assert_same, small_groups, tmp_path
):
    ddf = dd.from_pandas(nuclei, npartitions=3)
    here, _ = write(ddf.compute(), tmp_path / "here.tiledb")
    there, events = write(ddf, tmp_path / "there.tiledb")
    assert_same(here.path, there.path)
    assert "by 1 Dask worker" in next(one.detail for one in events if isinstance(one, StageDone))
    with pytest.raises(ValueError, match="No global client"):
        distributed.get_client()


def test_the_client_of_the_user_stays_open(nuclei, client, write, tmp_path):
    write(dd.from_pandas(nuclei, npartitions=2), tmp_path / "t.tiledb")
    assert client.status == "running"
    # nothing of the upload is held there
    assert client.futures == {}
    assert client.submit(os.getpid).result() != os.getpid()


def test_partitions_without_rows_are_passed_over(client, write, assert_same, tmp_path):
    frame = pd.DataFrame({"x": [0.5] * 10, "t": ["a"] * 10})
    ddf = dd.from_pandas(frame, npartitions=5)
    some = ddf[ddf.index.to_series().isin([2, 3, 9])]
    here, _ = write(frame.iloc[[2, 3, 9]], tmp_path / "here.tiledb")
    there, _ = write(some, tmp_path / "there.tiledb")
    assert there.rows == 3
    assert_same(here.path, there.path)


def test_no_rows_are_an_error_and_nothing_is_left(client, write, listing, tmp_path):
    ddf = dd.from_pandas(pd.DataFrame({"x": [1, 2]}), npartitions=2)
    with pytest.raises(DataError, match="the table has no rows"):
        write(ddf[ddf.x > 5], tmp_path / "t.tiledb")
    assert listing(tmp_path) == []


@pytest.mark.usefixtures("small_groups")
def test_one_precision_and_one_type_hold_for_all_partitions(client, write, assert_same, tmp_path):
    frames = [
        pd.DataFrame({"when": pd.to_datetime(["2026-01-02"]), "n": [1], "t": [None], "Image": [3]}),
        pd.DataFrame(
            {
                "when": pd.to_datetime(["2026-01-02T00:00:00.25"]),
                "n": [0.5],
                "t": ["a"],
                "Image": [np.nan],
            }
        ),
    ]
    ddf = dd.from_map(lambda n: frames[n], range(2), meta=frames[1].iloc[:0])
    here, _ = write(pd.concat(frames, ignore_index=True), tmp_path / "here.tiledb")
    there, _ = write(ddf, tmp_path / "there.tiledb")
    assert_same(here.path, there.path)
    with tiledb.open(there.path) as array:
        rows = array[:]
    assert rows["when"].tolist() == ["2026-01-02T00:00:00.000", "2026-01-02T00:00:00.250"]
    assert rows["t"].tolist() == ["", "a"]
    assert rows["Image"].tolist() == [3, -1]


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("rows", [CHUNK_ROWS, CHUNK_ROWS + 1, 3 * CHUNK_ROWS])
def test_the_fingerprint_does_not_depend_on_where_partitions_end(client, write, tmp_path, rows):
    frame = pd.DataFrame({"n": range(rows), "t": [f"{n}" for n in range(rows)]})
    here, _ = write(frame, tmp_path / "here.tiledb")
    for ends in ([CHUNK_ROWS // 2], [1, 5], [CHUNK_ROWS - 1], [CHUNK_ROWS]):
        bounds = [0, *ends, rows]
        parts = [frame.iloc[a:b] for a, b in itertools.pairwise(bounds)]
        ddf = dd.from_map(lambda n, parts=parts: parts[n], range(len(parts)), meta=frame.iloc[:0])
        there, _ = write(ddf, tmp_path / f"{ends[0]}.tiledb")
        assert there.fingerprint == here.fingerprint
        unwritten = fingerprint_of(prepare(open_source(ddf), whole=False))
        assert drained(unwritten) == here.fingerprint


def test_the_stages_are_those_of_any_table(nuclei, client, write, small_groups, tmp_path):
    _, events = write(dd.from_pandas(nuclei, npartitions=4), tmp_path / "t.tiledb")
    kinds = [(type(one), one.stage) for one in events if not isinstance(one, Progress)]
    assert kinds == [
        (StageStarted, Stage.CONVERT),
        (StageDone, Stage.CONVERT),
        (StageStarted, Stage.VERIFY),
        (StageDone, Stage.VERIFY),
    ]
    moved = [one for one in events if isinstance(one, Progress)]
    looked = [one.done for one in moved if one.unit == "partitions"]
    assert (looked[0], looked[-1]) == (0, 4)
    written = [one for one in moved if one.stage is Stage.CONVERT and one.unit == "rows"]
    assert [one.done for one in written] == sorted(one.done for one in written)
    assert written[-1].done == written[-1].total == len(nuclei)
    assert moved[-1].done == len(nuclei)


@pytest.mark.usefixtures("client")
def test_a_frame_that_carries_its_data_is_not_warned_of(write, tmp_path):
    frame = pd.DataFrame(
        np.random.default_rng(1).random((100_000, 20)), columns=list("abcdefghijklmnopqrst")
    )
    assert write(dd.from_pandas(frame, npartitions=2), tmp_path / "t.tiledb")[0].rows == 100_000


def test_rows_at_a_time_are_the_users_to_choose(nuclei, client, write, assert_same, tmp_path):
    ddf = dd.from_pandas(nuclei, npartitions=2)
    here, _ = write(ddf.compute(), tmp_path / "here.tiledb")
    there, _ = write(ddf, tmp_path / "there.tiledb", chunk_rows=777)
    assert_same(here.path, there.path)


def test_no_secret_goes_to_the_workers(nuclei, client, write, monkeypatch, tmp_path):
    sent = []
    compute, run = client.compute, client.run
    monkeypatch.setattr(client, "compute", lambda given: sent.append(given) or compute(given))
    monkeypatch.setattr(
        client,
        "run",
        lambda act, *given, **options: sent.append(given) or run(act, *given, **options),
    )
    done, _ = write(dd.from_pandas(nuclei.head(10), npartitions=1), tmp_path / "t.tiledb")
    assert len(sent) > 3
    assert done.token.reveal().encode() not in pickle.dumps(sent)
    logs = str(client.get_worker_logs()) + str(client.get_scheduler_logs())
    assert done.token.reveal() not in logs


def test_a_table_of_dask_is_registered_like_any_other(nuclei, client, tmp_path):
    told = []
    with otj.demo.serve() as server:
        session = otj.login(server.url, username=server.username, password=server.password)
        place = {"local_path": server.share, "mapping": server.mapping, "session": session}
        ddf = dd.from_pandas(nuclei, npartitions=3)
        plan = otj.check_table(ddf, "Nuclei", to="Dataset:51", **place)
        assert plan.ok
        assert plan.provisional
        done = otj.upload_table(ddf, "Nuclei", to="Dataset:51", on_event=told.append, **place)
        assert done.rows == len(nuclei)
        assert [one.stage for one in told if isinstance(one, StageDone)] == list(Stage)
        again = otj.upload_table(ddf, "Nuclei", to="Dataset:51", **place)
        assert again.unchanged
        assert again.annotation_id == done.annotation_id
        found = otj.read_table(done)
        pd.testing.assert_series_equal(found["area"], nuclei["area"])


def test_a_client_that_is_asynchronous_is_an_error(write, monkeypatch, tmp_path):
    class Asynchronous:
        asynchronous = True

    monkeypatch.setattr(distributed.Client, "current", Asynchronous)
    with pytest.raises(OptionError, match="asynchronous") as caught:
        write(dd.from_pandas(pd.DataFrame({"x": [1]}), npartitions=1), tmp_path / "t.tiledb")
    assert "distributed.Client(address)" in caught.value.hint
