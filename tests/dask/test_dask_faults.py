"""Workers that die, partitions that fail, uploads that are stopped: all of a table or nothing."""

from __future__ import annotations

import os
import pathlib
import signal
import threading
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tiledb

from omero_tables_jupyter.arrays import layout
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.distributed import chunks, cluster, tasks, writing
from omero_tables_jupyter.arrays.globalorder import PlainBatches
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.errors import ConvertError, DataError, PathError, UploadCancelled
from omero_tables_jupyter.events import Progress
from omero_tables_jupyter.model import ColumnPlan, Stored

dask = pytest.importorskip("dask")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")

WAIT_S = 60


def holding(method, flag):
    """Give what makes a worker stop for long in, or right after, a step of its first write."""

    def patch():
        from omero_tables_jupyter.arrays.globalorder import GlobalOrder

        original = getattr(GlobalOrder, method)

        def held(self, *given):
            found = original(self, *given)
            pathlib.Path(flag).write_text(str(os.getpid()))
            time.sleep(600)
            return found

        setattr(GlobalOrder, method, held)

    return patch


def wait_for(path):
    deadline = time.monotonic() + WAIT_S
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"nobody wrote {path}"
        threading.Event().wait(0.02)
    return path.read_text()


@pytest.fixture
def written(write, assert_same, fragments):
    return write, assert_same, fragments


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("method", ["write", "finish"], ids=["in mid write", "after its commit"])
def test_a_worker_that_is_killed_changes_nothing(nuclei, own_client, written, tmp_path, method):
    write, assert_same, fragments = written
    flag = tmp_path / "pid"
    ddf = dd.from_pandas(nuclei, npartitions=4)
    here, _ = write(ddf.compute(), tmp_path / "here.tiledb")
    one, *_ = own_client.scheduler_info()["workers"]
    own_client.run(holding(method, str(flag)), workers=[one])
    killer = threading.Thread(target=lambda: os.kill(int(wait_for(flag)), signal.SIGKILL))
    killer.start()
    there, _ = write(ddf, tmp_path / "there.tiledb")
    killer.join()
    assert_same(here.path, there.path)
    assert there.fingerprint == here.fingerprint
    named, committed = fragments(there.path)
    assert named == committed
    assert len(named) == 4


def test_a_partition_that_kills_each_worker_is_one_error(write, listing, tmp_path):
    def deadly(n):
        if n:
            os.kill(os.getpid(), signal.SIGKILL)
        return pd.DataFrame({"x": [1]})

    ddf = dd.from_map(deadly, range(2), meta=pd.DataFrame({"x": [1]}))
    found = prepare(open_source(pd.DataFrame({"x": [1]})))
    assert found.plan.ok
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster),
        pytest.raises(ConvertError, match=r"one Dask worker .* died at partition [01]") as caught,
    ):
        write(ddf, tmp_path / "t.tiledb")
    assert "repartition" in caught.value.hint
    assert listing(tmp_path) == []


def started(ddf, path, *, rows=1, **options):
    """Begin to write, up to a moment when some rows are there."""
    steps = write_table(prepare(open_source(ddf), whole=False), path, **options)
    for event in steps:
        if isinstance(event, Progress) and event.unit == "rows" and event.done >= rows:
            return steps
    raise AssertionError("it ended by itself")


def slow():
    """Make each batch of a worker last."""
    from omero_tables_jupyter.arrays.globalorder import GlobalOrder

    original = GlobalOrder.write

    def write(self, batch, start):
        time.sleep(0.05)
        original(self, batch, start)

    GlobalOrder.write = write


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("rows", [0, 1], ids=["while the first write", "between two"])
def test_a_cancelled_upload_leaves_nothing_and_nobody_at_work(
    nuclei, own_client, listing, tmp_path, rows
):
    own_client.run(lambda: slow())  # noqa: PLW0108 - sent as it is, not by a name that workers lack
    ddf = dd.from_pandas(nuclei, npartitions=8)
    steps = started(ddf, tmp_path / "t.tiledb", rows=rows, chunk_rows=500)
    with pytest.raises(UploadCancelled):
        steps.throw(UploadCancelled("the upload was cancelled"))
    assert listing(tmp_path) == []
    assert not any(own_client.processing().values())
    assert own_client.submit(sum, [1, 2]).result() == 3


def test_a_job_is_cancelled_within_seconds(nuclei, own_client, listing, tmp_path):
    own_client.run(lambda: slow())  # noqa: PLW0108 - as above
    ddf = dd.from_pandas(nuclei, npartitions=2)
    steps = started(ddf, tmp_path / "t.tiledb", rows=0, chunk_rows=100)
    began = time.monotonic()
    steps.close()
    assert time.monotonic() - began < 10
    assert listing(tmp_path) == []


def at_second_call(folder, act):
    """Give a partition that is itself when it is looked at, and another when it is written."""

    def make(n):
        flag = pathlib.Path(folder) / f"seen-{n}"
        if n and flag.exists():
            return act()
        flag.touch()
        return pd.DataFrame({"x": [1.5, 2.5], "t": ["a", "b"]})

    return dd.from_map(make, range(3), meta=pd.DataFrame({"x": [1.5], "t": ["a"]}))


@pytest.mark.usefixtures("small_groups")
def test_a_partition_that_raises_while_it_is_written_leaves_nothing(
    client, write, listing, tmp_path
):
    def act():
        raise OSError("the drive is gone")

    folder, seen = tmp_path / "out", tmp_path / "seen"
    folder.mkdir()
    seen.mkdir()
    with pytest.raises(DataError, match=r"partition [12] .* OSError: the drive is gone"):
        write(at_second_call(str(seen), act), folder / "t.tiledb")
    assert listing(folder) == []


CHANGED = {
    "more rows": {"x": [1.5, 2.5, 3.5], "t": ["a", "b", "c"]},
    "longer texts": {"x": [1.5, 2.5], "t": ["a", "bb"]},
    "missing values": {"x": [1.5, np.nan], "t": ["a", "b"]},
    "no rows": {"x": [], "t": []},
}


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("data", CHANGED.values(), ids=CHANGED)
def test_a_partition_that_changes_between_the_looks_is_an_error(
    client, write, listing, tmp_path, data
):
    folder, seen = tmp_path / "out", tmp_path / "seen"
    folder.mkdir()
    seen.mkdir()
    with pytest.raises(DataError, match="gave other rows when it was computed again") as caught:
        write(at_second_call(str(seen), lambda: pd.DataFrame(data)), folder / "t.tiledb")
    assert "persist()" in caught.value.hint
    assert listing(folder) == []


def test_a_worker_that_does_not_see_the_place_is_named_with_a_cure(
    nuclei, own_client, write, listing, tmp_path
):
    def blind():
        from omero_tables_jupyter.arrays.distributed.tasks import Upload

        Upload.sees_canary = lambda _: False

    _, other = own_client.scheduler_info()["workers"]
    own_client.run(blind, workers=[other])
    with pytest.raises(PathError, match=f"the Dask worker {other} does not see") as caught:
        write(dd.from_pandas(nuclei, npartitions=2), tmp_path / "t.tiledb")
    assert "same path on every worker" in caught.value.hint
    assert listing(tmp_path) == []


def test_a_worker_that_comes_later_and_does_not_see_the_place_is_an_error(tmp_path):
    upload = tasks.Upload("k", str(tmp_path), str(tmp_path / "t.tiledb"), {}, one_fragment=True)
    with pytest.raises(PathError, match="a Dask worker does not see"):
        tasks.write_parts([], upload, None, [])


def test_another_version_on_a_worker_is_an_error(nuclei, own_client, write, listing, tmp_path):
    def older():
        from omero_tables_jupyter.arrays.distributed import tasks

        tasks.__version__ = "0.0.1"

    own_client.run(older)
    with pytest.raises(ConvertError, match=r"it has version 0\.0\.1") as caught:
        write(dd.from_pandas(nuclei, npartitions=2), tmp_path / "t.tiledb")
    assert "pip install omero-tables-jupyter==" in caught.value.hint
    assert listing(tmp_path) == []


def test_a_worker_without_the_package_is_an_error(nuclei, own_client, write, listing, tmp_path):
    def without():
        import sys

        class Blocked:
            @staticmethod
            def find_spec(name, *_):
                if name.startswith("omero_tables_jupyter"):
                    raise ModuleNotFoundError(f"No module named '{name}'")

        sys.meta_path.insert(0, Blocked)

    own_client.run(without)
    with pytest.raises(ConvertError, match=r"cannot take part: .*No module named") as caught:
        write(dd.from_pandas(nuclei, npartitions=2), tmp_path / "t.tiledb")
    assert "pip install omero-tables-jupyter==" in caught.value.hint
    assert listing(tmp_path) == []


@pytest.mark.usefixtures("small_groups")
@pytest.mark.parametrize("closed", ["client", "cluster"])
def test_a_cluster_that_goes_away_is_one_error(nuclei, listing, tmp_path, closed):
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    ) as cluster:
        client = distributed.Client(cluster)
        client.run(lambda: slow())  # noqa: PLW0108 - as above
        ddf = dd.from_pandas(nuclei, npartitions=4)
        steps = started(ddf, tmp_path / "t.tiledb", rows=0, chunk_rows=500)
        {"client": client, "cluster": cluster}[closed].close()
        with pytest.raises(ConvertError, match="was closed before the table was complete"):
            list(steps)
        client.close()
    assert listing(tmp_path) == []


@pytest.mark.usefixtures("client", "small_groups")
def test_what_is_read_back_other_than_it_was_sent_is_an_error(
    nuclei, write, listing, monkeypatch, tmp_path
):
    drop = writing.drop_strays

    def damage(upload, named, *, rows):
        drop(upload, named, rows=rows)
        other = nuclei.head(1).assign(area=-1.0).drop(columns=["when"])
        batch = pa.RecordBatch.from_pandas(other, preserve_index=False)
        text = pa.large_string()
        batch = pa.record_batch(
            {
                **{name: batch.column(name) for name in ("Image", "area", "ok")},
                "label": batch.column("label").cast(text),
                "when": pa.array(["2026-01-02T03:04:05"], text),
            }
        )
        with PlainBatches(upload.path, upload.context()) as writer:
            writer.write(batch, 20_000)

    monkeypatch.setattr(writing, "drop_strays", damage)
    with pytest.raises(ConvertError, match="did not read back as it was written, from row 1"):
        write(dd.from_pandas(nuclei, npartitions=4), tmp_path / "t.tiledb")
    assert listing(tmp_path) == []


@pytest.mark.usefixtures("client")
def test_rows_that_nobody_reported_are_missed(nuclei, write, listing, monkeypatch, tmp_path):
    drop = writing.drop_strays
    monkeypatch.setattr(
        writing, "drop_strays", lambda upload, _, *, rows: drop(upload, [], rows=rows)
    )
    with pytest.raises(ConvertError, match="the workers wrote 0 rows in place of 60000"):
        write(dd.from_pandas(nuclei, npartitions=4), tmp_path / "t.tiledb")
    assert listing(tmp_path) == []


class Recomputed:
    """A result whose worker died just now: it is computed again while it is asked for."""

    status = "finished"

    def __init__(self, error):
        self._error = error

    def result(self, timeout):
        raise self._error


RECOMPUTED = {
    "by partition code": (ValueError("ragged"), DataError, "partition 3 .* ValueError: ragged"),
    "by us": (PathError("no room"), PathError, "no room"),
    "by the end of the cluster": (distributed.CancelledError(), ConvertError, "was closed before"),
}


@pytest.mark.parametrize(("error", "ours", "said"), RECOMPUTED.values(), ids=RECOMPUTED)
def test_what_is_raised_when_a_result_is_computed_again_is_told_alike(error, ours, said):
    with pytest.raises(ours, match=said):
        cluster._result(Recomputed(error), [3])


def test_a_result_that_is_computed_again_is_waited_for():
    assert cluster._result(Recomputed(TimeoutError()), [3]) is None


COLUMNS = (ColumnPlan("n", "n", Stored.INTEGER),)


def test_missing_row_ids_are_found(tmp_path):
    path = tmp_path / "t.tiledb"
    tiledb.Array.create(str(path), layout.schema(COLUMNS))
    upload = tasks.Upload("k", str(path), str(path), {}, one_fragment=True)
    with PlainBatches(str(path), upload.context()) as writer:
        writer.write(pa.record_batch({"n": pa.array([1, 2, 3])}), 0)
    assert len(tasks.read_digest(upload, COLUMNS, 0, 2)) == 1
    assert tasks.read_digest(upload, (), 0, 2) == ()
    with pytest.raises(ConvertError, match="the row ids from 3 on"):
        tasks.read_digest(upload, (), 0, 3)


def test_the_column_and_the_chunk_that_differ_are_named():
    columns = (*COLUMNS, ColumnPlan("t", "t", Stored.TEXT))
    sent = [b"a" * 16 + b"b" * 16, b"c" * 16 + b"d" * 16]
    chunks.refuse_difference(columns, 100, sent, list(sent))
    read = [sent[0], b"c" * 16 + b"e" * 16]
    with pytest.raises(ConvertError, match=f"column 't' .* from row {chunks.CHUNK_ROWS} on"):
        chunks.refuse_difference(columns, 100, sent, read)
    with pytest.raises(ConvertError, match=r"column 'n' .* from row 100 on"):
        chunks.refuse_difference(columns, 100, sent, [b"x" * 32, sent[1]])


def test_a_halted_upload_begins_no_task():
    upload = tasks.Upload("halted-before", "nowhere", "nowhere", {}, one_fragment=True)
    tasks.halt(upload.key)
    with pytest.raises(UploadCancelled):
        tasks.write_parts([], upload, None, [])
    assert not tasks.is_busy(upload.key)
