"""All of a table or nothing: what is on disk after success, faults and cancelling."""

from __future__ import annotations

import errno
import os
import pathlib
import stat
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import tiledb

from omero_tables_jupyter.arrays import (
    blockread,
    destination,
    globalorder,
    layout,
    partials,
    standing,
    stores,
    writer,
)
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.arrays.digest import Digest
from omero_tables_jupyter.arrays.source import BlockSource
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.streaming import in_form, stream_array
from omero_tables_jupyter.errors import ConvertError, DataError, PathError, TableExistsError
from omero_tables_jupyter.events import Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.model import ColumnPlan, Stored
from omero_tables_jupyter.reading import read_table
from omero_tables_jupyter.steps import drained

CELLS = pd.DataFrame(
    {
        "Image": [3, 1, 2],
        "area": [1.5, np.nan, -0.0],
        "ok": [True, False, True],
        "name": list("aµc"),
    }
)


def listing(folder):
    return sorted(one.name for one in pathlib.Path(folder).iterdir())


def long_frame(rows=120_000):
    numbers = np.arange(rows)
    return pd.DataFrame({f"x{n}": numbers * 0.5 for n in range(12)} | {"n": numbers})


def told(steps):
    events = []
    return drained(steps, events.append), events


def write(frame, path, **options):
    return told(writer.write_table(prepare(open_source(frame)), path, **options))[0]


def test_a_table_is_written_verified_and_alone_in_its_folder(tmp_path):
    written, events = told(
        writer.write_table(prepare(open_source(CELLS)), tmp_path / "cells.tiledb")
    )
    assert listing(tmp_path) == ["cells.tiledb"]
    assert (written.rows, written.columns) == (3, ("Image", "area", "ok", "name"))
    assert written.n_bytes == destination.disk_bytes(written.path)
    found = read_table(written.path)
    assert found["area"].to_numpy().tobytes() == CELLS["area"].to_numpy().tobytes()
    pd.testing.assert_frame_equal(found, CELLS)
    kinds = [(type(one), one.stage) for one in events]
    assert kinds == [
        (StageStarted, Stage.CONVERT),
        (Progress, Stage.CONVERT),
        (StageDone, Stage.CONVERT),
        (StageStarted, Stage.VERIFY),
        (Progress, Stage.VERIFY),
        (StageDone, Stage.VERIFY),
    ]
    assert events[1] == Progress(Stage.CONVERT, 3, 3)


def test_the_layout_is_what_omero_plus_expects(tmp_path):
    written = write(CELLS, tmp_path / "t.tiledb")
    with tiledb.open(written.path) as array:
        meta = dict(array.meta)
        assert array.nonempty_domain() == ((0, 2),)
        assert array.schema.sparse
        assert array.schema.capacity == 10_000
    assert meta["__version"] == "3"
    assert isinstance(meta["__initialized"], float)
    assert meta["SecretToken"] == written.token.reveal()
    assert len(meta["SecretToken"]) == 43
    assert meta["__pandas_index_dims"] == '{"__tiledb_rows": "int64"}'
    assert meta["__pandas_attribute_repr"] == '{"ok": "bool"}'
    assert set(meta) == {
        "__version",
        "__initialized",
        "SecretToken",
        "__pandas_index_dims",
        "__pandas_attribute_repr",
        "omero_tables_jupyter",
    }


def test_many_batches_make_one_fragment(tmp_path):
    frame = long_frame()
    written, events = told(writer.write_table(prepare(open_source(frame)), tmp_path / "t.tiledb"))
    assert len([one for one in events if isinstance(one, Progress)]) > 4
    assert len(listing(f"{written.path}/__fragments")) == 1
    pd.testing.assert_frame_equal(read_table(written.path), frame)


@pytest.mark.parametrize("rows", [1, 2, 7, 1000])
def test_the_fingerprint_does_not_depend_on_the_batches(tmp_path, rows):
    frame = pd.DataFrame({"a": np.arange(20), "t": [f"text {n}" * (n % 3) for n in range(20)]})
    one = write(frame, tmp_path / "one.tiledb")
    other = write(frame, tmp_path / "other.tiledb", chunk_rows=rows)
    assert other.fingerprint == one.fingerprint
    assert describe_array(other.path).fingerprint == one.fingerprint
    assert other.token != one.token


@pytest.mark.parametrize(
    "other",
    [
        {"a": [1, 2], "t": ["x", "y"], "z": [0.0, -0.0]},
        {"a": [1, 2], "t": ["xy", ""], "z": [0.0, 0.0]},
        {"a": [2, 1], "t": ["x", "y"], "z": [0.0, 0.0]},
        {"b": [1, 2], "t": ["x", "y"], "z": [0.0, 0.0]},
        {"a": [1.0, 2.0], "t": ["x", "y"], "z": [0.0, 0.0]},
    ],
)
def test_another_value_name_or_type_gives_another_fingerprint(tmp_path, other):
    one = write(
        pd.DataFrame({"a": [1, 2], "t": ["x", "y"], "z": [0.0, 0.0]}), tmp_path / "1.tiledb"
    )
    assert write(pd.DataFrame(other), tmp_path / "2.tiledb").fingerprint != one.fingerprint


def test_the_frame_is_not_changed(tmp_path):
    frame = CELLS.set_index("name")
    before = frame.copy(deep=True)
    write(frame, tmp_path / "t.tiledb")
    pd.testing.assert_frame_equal(frame, before)


def test_a_plan_with_problems_is_refused_before_anything_is_touched(tmp_path):
    frame = pd.DataFrame({"a": pd.Series(["x", 1], dtype=object)})
    with pytest.raises(DataError, match="mixes text"):
        write(frame, tmp_path / "t.tiledb")
    assert listing(tmp_path) == []


@pytest.mark.parametrize("make", [pathlib.Path.mkdir, pathlib.Path.touch])
def test_what_stands_there_is_never_touched(tmp_path, make):
    target = tmp_path / "t.tiledb"
    make(target)
    before = target.stat()
    with pytest.raises(TableExistsError, match="not touched") as caught:
        write(CELLS, target)
    assert "version" in caught.value.hint
    assert (target.stat().st_ino, target.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert listing(tmp_path) == ["t.tiledb"]


def test_a_link_that_leads_nowhere_is_in_the_way_too(tmp_path):
    (tmp_path / "t.tiledb").symlink_to(tmp_path / "gone")
    with pytest.raises(TableExistsError):
        write(CELLS, tmp_path / "t.tiledb")


def test_a_missing_folder_is_an_error_and_is_not_made(tmp_path):
    with pytest.raises(PathError, match="no folder") as caught:
        write(CELLS, tmp_path / "unmounted" / "t.tiledb")
    assert "mount" in caught.value.hint
    assert listing(tmp_path) == []


def test_a_place_inside_of_an_array_or_group_is_an_error(tmp_path):
    write(CELLS, tmp_path / "t.tiledb")
    with pytest.raises(PathError, match="inside a TileDB array"):
        write(CELLS, tmp_path / "t.tiledb" / "u.tiledb")
    tiledb.Group.create(str(tmp_path / "group"))
    with pytest.raises(PathError, match="inside a TileDB group"):
        write(CELLS, tmp_path / "group" / "u.tiledb")


def test_a_folder_that_is_read_only_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(PathError, match="may not write") as caught:
        destination.check_destination(tmp_path / "t.tiledb")
    assert "write access" in caught.value.hint


def test_too_little_room_is_an_error_before_the_write(tmp_path):
    with pytest.raises(PathError, match="too little room"):
        destination.check_space(tmp_path, 10**18)


def test_a_path_too_long_for_windows_is_an_error(tmp_path):
    target = tmp_path / ("n" * 200 + ".tiledb")
    with pytest.raises(PathError, match="too long for Windows"):
        destination._refuse_long(target, windows=True)
    destination._refuse_long(target, windows=False)


@pytest.mark.parametrize("steps_taken", range(1, 8))
def test_cancelling_at_any_step_leaves_nothing(tmp_path, steps_taken):
    steps = writer.write_table(prepare(open_source(CELLS)), tmp_path / "t.tiledb")
    for _ in range(min(steps_taken, 6)):
        next(steps)
    if steps_taken == 7:
        with pytest.raises(KeyboardInterrupt):
            steps.throw(KeyboardInterrupt)
    steps.close()
    assert listing(tmp_path) == []


def test_cancelling_amid_many_batches_leaves_nothing(tmp_path):
    steps = writer.write_table(prepare(open_source(long_frame())), tmp_path / "t.tiledb")
    for _ in range(4):
        next(steps)
    assert len(partials.find_leftovers(tmp_path)) == 1
    steps.close()
    assert listing(tmp_path) == []


class Broken(BlockSource):
    """A source that fails in the middle."""

    label = "broken"
    in_memory = True

    def __init__(self, frame, error):
        self.whole = open_source(frame)
        self.rows = self.whole.rows
        self.error = error
        self.is_broken = False

    def fields(self, index):
        return self.whole.fields(index)

    def cells(self, pick):
        return self.whole.cells(pick)

    def blocks(self, picks, rows):
        for count, block in enumerate(self.whole.blocks(picks, rows)):
            if self.is_broken and count == 2:
                raise self.error
            yield block


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        (DataError("the file changed"), DataError, "the file changed"),
        (OSError(errno.ENOSPC, "No space left on device"), PathError, "is full"),
        (OSError(errno.EIO, "Input/output error"), PathError, "Input/output error"),
        (KeyboardInterrupt("stop"), KeyboardInterrupt, "stop"),
        (MemoryError("too large"), MemoryError, "too large"),
    ],
)
def test_a_source_that_fails_midway_leaves_nothing(tmp_path, error, expected, words):
    source = Broken(long_frame(), error)
    conversion = prepare(source)
    conversion.source.is_broken = True
    with pytest.raises(expected, match=words):
        told(writer.write_table(conversion, tmp_path / "t.tiledb"))
    assert listing(tmp_path) == []


def test_what_tiledb_says_is_translated(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise tiledb.TileDBError("[TileDB::IO] Error: share went away")

    monkeypatch.setattr(globalorder.GlobalOrder, "write", fail)
    with pytest.raises(ConvertError, match="share went away") as caught:
        write(CELLS, tmp_path / "t.tiledb")
    assert caught.value.hint
    assert listing(tmp_path) == []


FULL_DISK = """
import resource, signal, sys
import numpy as np, pandas as pd
from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    source = open_source(pd.DataFrame({"a": np.arange(300_000)}))
    for _ in write_table(prepare(source), sys.argv[1]):
        pass
except PathError as error:
    sys.exit(0 if "is full" in str(error) else str(error))
sys.exit("it was written")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of files")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "t.tiledb")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert listing(tmp_path) == []


def test_a_table_that_came_to_stand_there_meanwhile_is_not_replaced(tmp_path):
    target = tmp_path / "t.tiledb"
    steps = writer.write_table(prepare(open_source(CELLS)), target)
    for _ in range(3):
        next(steps)
    target.mkdir()
    with pytest.raises(TableExistsError):
        told(steps)
    assert listing(tmp_path) == ["t.tiledb"]
    assert listing(target) == []


def test_a_rename_that_a_scanner_holds_up_is_tried_again(tmp_path, monkeypatch):
    rename, refused = os.rename, []

    def busy(old, new):
        if len(refused) < 3:
            refused.append(new)
            raise PermissionError(errno.EACCES, "Access is denied")
        rename(old, new)

    monkeypatch.setattr(os, "rename", busy)
    monkeypatch.setattr(partials, "_PAUSE_S", 0.0)
    assert write(CELLS, tmp_path / "t.tiledb").rows == 3
    assert len(refused) == 3
    assert listing(tmp_path) == ["t.tiledb"]


def test_a_rename_that_is_refused_for_good_leaves_nothing(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Access is denied")

    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(partials, "_RETRY_S", 0.0)
    with pytest.raises(PathError, match="Access is denied"):
        write(CELLS, tmp_path / "t.tiledb")
    assert listing(tmp_path) == []


def test_a_share_that_reports_a_failure_after_renaming_is_not_believed(tmp_path, monkeypatch):
    rename = os.rename

    def lying(old, new):
        rename(old, new)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "rename", lying)
    written = write(CELLS, tmp_path / "t.tiledb")
    assert describe_array(written.path).token == written.token


def test_a_rename_can_be_cancelled_while_it_waits(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Access is denied")

    monkeypatch.setattr(os, "rename", refuse)
    monkeypatch.setattr(partials, "_PAUSE_S", 0.0)
    steps = writer.write_table(prepare(open_source(CELLS)), tmp_path / "t.tiledb")
    for _ in range(7):
        next(steps)
    steps.close()
    assert listing(tmp_path) == []


def damaged(method):
    """Store something other than what is digested."""

    def write_damaged(self, batch, start):
        columns = [
            pa.array(np.where(np.arange(len(one)) == 1, 7, one.to_numpy()), one.type)
            if one.type == pa.float64()
            else one
            for one in batch.columns
        ]
        method(self, pa.RecordBatch.from_arrays(columns, schema=batch.schema), start)

    return write_damaged


def test_a_value_that_reads_back_differently_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(globalorder.GlobalOrder, "write", damaged(globalorder.GlobalOrder.write))
    with pytest.raises(ConvertError, match="column 'area' did not read back"):
        write(CELLS, tmp_path / "t.tiledb")
    assert listing(tmp_path) == []
    assert write(CELLS, tmp_path / "t.tiledb", verify="rows").rows == 3


def test_a_wide_table_is_read_back_by_parts_to_its_last_column(tmp_path, monkeypatch):
    names = [f"n{at}" for at in range(150)]
    frame = pd.DataFrame({name: np.arange(40) for name in names} | {"area": [0.5] * 40})
    conversion = prepare(open_source(frame))
    _, events = told(writer.write_table(conversion, tmp_path / "well.tiledb"))
    done = [
        event.done
        for event in events
        if isinstance(event, Progress) and event.stage is Stage.VERIFY
    ]
    assert done == sorted(done)
    assert done[-1] == len(frame)
    monkeypatch.setattr(globalorder.GlobalOrder, "write", damaged(globalorder.GlobalOrder.write))
    with pytest.raises(ConvertError, match="column 'area' did not read back"):
        write(frame, tmp_path / "t.tiledb")


def test_rows_that_are_lost_are_noticed_even_without_reading_values(tmp_path, monkeypatch):
    method = globalorder.GlobalOrder.write
    monkeypatch.setattr(
        globalorder.GlobalOrder,
        "write",
        lambda self, batch, start: method(self, batch.slice(0, 2), start),
    )
    with pytest.raises(ConvertError, match="range of row ids did not read back"):
        write(CELLS, tmp_path / "t.tiledb", verify="rows")


def test_a_hole_in_the_row_ids_is_noticed(tmp_path, monkeypatch):
    method = globalorder.GlobalOrder.write

    def with_hole(self, batch, start):
        method(self, batch.slice(0, 1), start)
        method(self, batch.slice(2, 1), start + 2)

    monkeypatch.setattr(globalorder.GlobalOrder, "write", with_hole)
    with pytest.raises(ConvertError, match="row ids from 0 on"):
        write(CELLS, tmp_path / "t.tiledb", verify="rows")


def test_the_fast_ways_of_this_tiledb_are_still_there(tmp_path):
    assert globalorder.available()
    with tiledb.open(write(CELLS, tmp_path / "t.tiledb").path) as array:
        assert blockread.buffers_available(array)


def test_without_the_fast_ways_the_same_table_is_written_and_read(tmp_path, monkeypatch):
    frame = pd.DataFrame(
        {"a": np.arange(50), "t": [f"µ{n}" * (n % 3) for n in range(50)], "b": np.arange(50) > 9}
    )
    fast = write(frame, tmp_path / "fast.tiledb")
    monkeypatch.setattr(globalorder, "available", lambda: False)
    monkeypatch.setattr(blockread, "_NEEDED", ("no such thing",))
    slow = write(frame, tmp_path / "slow.tiledb", chunk_rows=20)
    assert len(listing(f"{slow.path}/__fragments")) == 3
    assert slow.fingerprint == fast.fingerprint
    pd.testing.assert_frame_equal(read_table(slow.path), frame)


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize(("rows", "queries"), [(7, 100), (1, 3)])
def test_an_array_that_takes_many_queries_is_read_whole_and_in_order(
    tmp_path, monkeypatch, fast, rows, queries
):
    frame = pd.DataFrame({"a": np.arange(50), "t": [f"µ{n}" * (n % 3) for n in range(50)]})
    path = write(frame, tmp_path / "t.tiledb").path
    monkeypatch.setattr(blockread, "_QUERY_ROWS", rows)
    monkeypatch.setattr(blockread, "_MOST_QUERIES", queries)
    if not fast:
        monkeypatch.setattr(blockread, "_NEEDED", ("no such thing",))
    pd.testing.assert_frame_equal(read_table(path), frame)
    with blockread.open_for_reading(path, 2) as array:
        some = blockread.read_rows(array, ["a"], first=5, last=31)
        assert np.concatenate([one.ids for one in some]).tolist() == list(range(5, 32))


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_compression_changes_the_size_and_nothing_else(tmp_path, compression):
    n = np.arange(100_000)
    frame = pd.DataFrame({"a": n / 4, "i": n, "t": ["same"] * len(n), "b": n % 3 == 0})
    plain = write(frame, tmp_path / "plain.tiledb")
    small = write(frame, tmp_path / "small.tiledb", compression=compression)
    assert small.fingerprint == plain.fingerprint
    pd.testing.assert_frame_equal(read_table(small.path), read_table(plain.path))
    assert small.n_bytes < plain.n_bytes / 4


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_modes_follow_the_umask_and_a_private_array_is_told(tmp_path):
    before = os.umask(0o002)
    try:
        shared = write(CELLS, tmp_path / "shared.tiledb")
        os.umask(0o077)
        private = write(CELLS, tmp_path / "private.tiledb")
    finally:
        os.umask(before)
    assert stat.S_IMODE(pathlib.Path(shared.path).stat().st_mode) == 0o775
    assert destination.server_can_read(shared.path) is None
    note = destination.server_can_read(private.path)
    assert "chmod" in note.text
    assert note in private.notes


def test_leftovers_of_a_killed_kernel_are_found_and_never_taken_for_tables(tmp_path):
    written = write(CELLS, tmp_path / "t.tiledb")
    leftover = partials.partial_path(tmp_path / "t.tiledb")
    pathlib.Path(written.path).rename(leftover)
    (tmp_path / ".note.partial-xyz").mkdir()
    assert partials.find_leftovers(tmp_path) == (str(leftover),)
    assert not standing.is_array(leftover)
    with pytest.raises(PathError, match="half-written"):
        describe_array(leftover)
    assert partials.find_leftovers(tmp_path / "nowhere") == ()


def test_only_our_temporary_names_are_ever_removed(tmp_path):
    written = write(CELLS, tmp_path / "t.tiledb")
    partials.remove_partial(tmp_path / "t.tiledb")
    assert read_table(written.path).shape == (3, 4)


def test_wide_and_empty_texts_survive_batch_borders(tmp_path):
    frame = pd.DataFrame({"t": ["", "", "x" * 100_000, ""] * 30, "e": [""] * 120})
    written = write(frame, tmp_path / "t.tiledb", chunk_rows=1)
    pd.testing.assert_frame_equal(read_table(written.path), frame)


def test_a_newer_array_format_is_told(monkeypatch):
    assert layout.array_format_notes() == ()
    monkeypatch.setattr(layout, "KNOWN_FORMAT", 1)
    (note,) = layout.array_format_notes()
    assert tiledb.__version__ in note.text


def test_a_digest_counts_rows_and_tells_columns_apart():
    plans = (ColumnPlan("a", "a", Stored.INTEGER), ColumnPlan("t", "t", Stored.TEXT))
    digest = Digest(plans)
    texts = pa.array(["x", "y"], pa.large_string())
    digest.add(pa.RecordBatch.from_arrays([pa.array([1, 2]), texts], names=["a", "t"]))
    assert digest.rows == 2
    assert len(set(digest.columns())) == 2


@pytest.fixture
def store(tmp_path):
    """A store's address: TileDB's own file system, over a folder of this machine."""
    return f"file://{tmp_path}"


def test_an_object_store_holds_the_same_table(tmp_path, store):
    frame = long_frame()
    written = write(frame, f"{store}/t.tiledb")
    assert written.path == f"{store}/t.tiledb"
    assert written.n_bytes == destination.disk_bytes(tmp_path / "t.tiledb")
    assert written.fingerprint == write(frame, tmp_path / "local.tiledb").fingerprint
    pd.testing.assert_frame_equal(in_form(stream_array(written.path), "pandas"), frame)
    assert describe_array(written.path).token == written.token
    assert listing(tmp_path) == ["local.tiledb", "t.tiledb"]


def test_what_stands_in_an_object_store_is_never_touched(tmp_path, store):
    write(CELLS, f"{store}/t.tiledb")
    with pytest.raises(TableExistsError, match="not touched"):
        write(CELLS, f"{store}/t.tiledb")
    assert standing.is_taken(f"{store}/t.tiledb")
    assert not standing.is_taken(f"{store}/other.tiledb")
    assert listing(tmp_path) == ["t.tiledb"]


@pytest.mark.parametrize("steps_taken", range(1, 7))
def test_cancelling_leaves_nothing_in_an_object_store(tmp_path, store, steps_taken):
    steps = writer.write_table(prepare(open_source(CELLS)), f"{store}/t.tiledb")
    for _ in range(steps_taken):
        next(steps)
    steps.close()
    assert listing(tmp_path) == []


def test_metadata_that_cannot_be_written_leave_nothing_in_an_object_store(
    tmp_path, store, monkeypatch
):
    def failing(*_args, **_options):
        raise tiledb.TileDBError("the store went away")

    monkeypatch.setattr(writer.layout, "metadata", failing)
    with pytest.raises(PathError, match="went away"):
        write(CELLS, f"{store}/t.tiledb")
    assert listing(tmp_path) == []


def test_a_wide_table_is_written_to_a_store_in_plain_batches():
    store = stores.StoreSite("s3://bucket/t.tiledb")
    assert store.one_fragment(50)
    assert not store.one_fragment(51)


def test_a_store_that_does_not_answer_is_an_error(monkeypatch):
    class Deaf(tiledb.VFS):
        def is_dir(self, uri):
            raise tiledb.TileDBError("no such host")

    monkeypatch.setattr(tiledb, "VFS", Deaf)
    with pytest.raises(PathError, match="no such host") as caught:
        write(CELLS, "s3://bucket/t.tiledb")
    assert "AWS_ENDPOINT_URL" in caught.value.hint


def test_a_text_longer_than_any_buffer_is_written_verified_and_read(tmp_path):
    texts = ["a", "b" * 9_000_000, "", "c" * 5_000_000, "d"]
    frame = pd.DataFrame({"n": range(5), "text": texts})
    path = tmp_path / "long.tiledb"
    list(writer.write_table(prepare(open_source(frame)), path))
    assert read_table(path)["text"].tolist() == texts
    assert read_table(path, columns=["text"], rows=range(3, 5))["text"].tolist() == texts[3:]
