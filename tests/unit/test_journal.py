from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from multiprocessing import get_context

import pandas as pd
import pytest

from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.journal import (
    Entries,
    HistoryEntry,
    State,
    entries,
    entry_of,
    find_registered,
    history,
    read_history,
    record,
    registrations,
    unanswered,
)
from omero_tables_jupyter.links import Target
from omero_tables_jupyter.model import RegisteredTable

NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
CELLS = HistoryEntry(
    name="Cells µ",
    state=State.REGISTERED,
    rows=48_212,
    columns=37,
    targets=(Target("Dataset", 51), Target("Image", 101)),
    annotation_id=501,
    file_id=601,
    server="https://omero.site/x",
    local_path="J:\\data\\cells.tiledb",
    remote_path="/data/cells.tiledb",
    fingerprint="f1",
    url="https://omero.site/x/webclient/?show=dataset-51|image-101",
    when=NOON,
)


def test_what_is_recorded_is_read_back(tmp_path):
    bare = HistoryEntry(name="T", state=State.WRITTEN, when=NOON)
    record(CELLS, folder=tmp_path / "new")
    record(bare, folder=tmp_path / "new")
    assert entries(folder=tmp_path / "new") == (CELLS, bare)


def test_without_a_file_there_is_no_history(tmp_path):
    assert entries(folder=tmp_path) == ()
    assert len(history(folder=tmp_path)) == 0


def test_the_moment_is_taken_in_utc(tmp_path):
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert before <= record(replace(CELLS, when=None), folder=tmp_path).when
    east = datetime(2026, 1, 2, 13, tzinfo=timezone(timedelta(hours=1)))
    assert record(replace(CELLS, when=east), folder=tmp_path).when == NOON
    naive = datetime(2026, 1, 2, 12)  # noqa: DTZ001 - what a careless caller hands in
    assert record(replace(CELLS, when=naive), folder=tmp_path).when == NOON


def test_no_secret_is_written_down(tmp_path):
    record(
        replace(
            CELLS,
            url="https://ana:S3CR3T@omero.site/?show=image-1&bsession=S3CR3T#S3CR3T",
            server="https://ana:S3CR3T@omero.site/?bsession=S3CR3T",
            local_path="s3://ana:S3CR3T@bucket/x.tiledb",
        ),
        folder=tmp_path,
    )
    assert "S3CR3T" not in (tmp_path / "history.jsonl").read_text()
    (entry,) = entries(folder=tmp_path)
    assert entry.url == "https://omero.site/?show=image-1"
    assert entry.server == "https://omero.site/"


@pytest.mark.parametrize(
    "path", ["/data/key=5/x.tiledb", "/tmp/1f0e0b2c-9d6a-4c61-8d8e-0123456789ab/x", "s3://b/k=1/x"]
)
def test_a_path_is_kept_to_the_letter(tmp_path, path):
    record(replace(CELLS, local_path=path, remote_path=path), folder=tmp_path)
    (entry,) = entries(folder=tmp_path)
    assert (entry.local_path, entry.remote_path) == (path, path)
    assert find_registered(**{**SAME, "local_path": path}, folder=tmp_path) == entry


def test_a_link_that_is_none_is_not_kept(tmp_path):
    assert record(replace(CELLS, url="https://[::1"), folder=tmp_path).url == ""


@pytest.mark.parametrize(
    "damage",
    [
        b'{"name": "half',
        b"[]",
        b"5",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"name": "T"}',
        b'{"name": "T", "state": "lost", "targets": [], "when": "2026-01-02T12:00:00+00:00"}',
        b'{"name": 5, "state": "written", "targets": [], "when": "2026-01-02T12:00:00+00:00"}',
        b'{"name": "T", "state": "written", "targets": ["x"], "when": "2026-01-02T12:00:00+00:00"}',
        b'{"name": "T", "state": "written", "targets": [], "when": "noon"}',
        b'{"name":"T","state":"written","targets":[],"when":"2026-01-02T12:00:00Z","rows":"1"}',
    ],
)
def test_a_damaged_line_is_counted_and_spoils_no_other(tmp_path, damage):
    record(CELLS, folder=tmp_path)
    with (tmp_path / "history.jsonl").open("ab") as file:
        file.write(damage)
    record(CELLS, folder=tmp_path)
    read = read_history(folder=tmp_path)
    assert read.entries == (CELLS, CELLS)
    assert read.damaged == 1
    assert history(folder=tmp_path).attrs["damaged_lines"] == 1
    assert damage in (tmp_path / "history.jsonl").read_bytes()


def test_a_later_versions_keys_are_passed_over(tmp_path):
    record(CELLS, folder=tmp_path)
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps({**json.loads(path.read_text()), "mood": "good"}) + "\n")
    assert entries(folder=tmp_path) == (CELLS,)


def test_two_notebooks_at_once_lose_nothing(tmp_path):
    written = [replace(CELLS, name=name * 300) for name in "ab" * 200]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as notebooks:
        list(notebooks.map(partial(record, folder=tmp_path), written, chunksize=20, timeout=60))
    read = read_history(folder=tmp_path)
    assert (len(read.entries), read.damaged) == (400, 0)
    assert {entry.name for entry in read.entries} == {"a" * 300, "b" * 300}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_history_is_for_its_user_alone(tmp_path):
    old = os.umask(0)
    try:
        record(CELLS, folder=tmp_path / "new")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new" / "history.jsonl").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_history_that_cannot_be_written_or_read_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(PathError, match="cannot be written"):
        record(CELLS, folder=tmp_path / "file")
    (tmp_path / "history.jsonl").mkdir()
    with pytest.raises(PathError, match="cannot be read"):
        entries(folder=tmp_path)


def test_a_line_cut_short_by_a_full_disk_is_no_success(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "write", lambda *_: 3)
    with pytest.raises(PathError, match="full"):
        record(CELLS, folder=tmp_path)


def test_the_frame_has_the_same_columns_and_types_when_empty(tmp_path):
    empty = history(folder=tmp_path)
    record(CELLS, folder=tmp_path)
    frame = history(folder=tmp_path)
    assert list(frame.columns) == [
        "when",
        "name",
        "rows",
        "columns",
        "targets",
        "state",
        "annotation_id",
        "file_id",
        "server",
        "local_path",
        "remote_path",
        "url",
        "table_url",
    ]
    typed = ["when", "rows", "columns", "annotation_id", "file_id"]
    assert list(empty.dtypes[typed]) == list(frame.dtypes[typed])
    row = frame.iloc[0]
    assert row["when"] == pd.Timestamp(NOON)
    assert row["targets"] == "Dataset:51, Image:101"
    assert (row["rows"], row["state"], row["annotation_id"]) == (48_212, "registered", 501)
    assert row["table_url"] == "https://omero.site/x/webclient/omero_table/601/"


def test_a_step_that_was_overtaken_is_not_shown(tmp_path):
    other = replace(CELLS, local_path="/other", state=State.FAILED)
    written = replace(CELLS, state=State.WRITTEN, annotation_id=None)
    for entry in (written, other, CELLS, replace(CELLS, annotation_id=502), written):
        record(entry, folder=tmp_path)
    shown = history(folder=tmp_path)
    assert list(shown["state"]) == ["failed", "registered", "registered", "written"]
    assert list(shown["annotation_id"].dropna()) == [501, 501, 502]
    assert len(entries(folder=tmp_path)) == 5


def test_a_table_that_was_replaced_or_deleted_is_one_row_as_it_is_now(tmp_path):
    new = replace(CELLS, fingerprint="f2", rows=7, when=None)
    for entry in (CELLS, new, replace(CELLS, annotation_id=502)):
        record(entry, folder=tmp_path)
    assert list(history(folder=tmp_path)["rows"]) == [7, 48_212]
    record(replace(new, state=State.DELETED), folder=tmp_path)
    shown = history(folder=tmp_path)
    assert list(shown["state"]) == ["registered", "deleted"]
    assert shown["table_url"].iloc[1] == ""
    assert set(registrations("https://omero.site/x", folder=tmp_path)) == {502}
    assert registrations("https://other.site", folder=tmp_path) == {}


def test_in_a_notebook_the_links_can_be_clicked_and_nothing_else_is_html(tmp_path):
    record(replace(CELLS, name="<b>https://evil.site</b>"), folder=tmp_path)
    record(replace(CELLS, annotation_id=502, url=""), folder=tmp_path)
    html = history(folder=tmp_path)._repr_html_()
    link = 'href="https://omero.site/x/webclient/?show=dataset-51|image-101" target="_blank"'
    assert html.count(link) == 1
    assert html.count('webclient/omero_table/601/" target="_blank" rel="noopener">view table') == 2
    assert "<b>" not in html


SAME = {
    "server": "https://OMERO.site:443/x/",
    "local_path": CELLS.local_path,
    "fingerprint": "f1",
    "targets": [Target("Dataset", 51)],
}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"targets": CELLS.targets[::-1]}, True),
        ({"targets": [Target("Dataset", 52)]}, False),
        ({"server": "https://omero.site"}, False),
        ({"server": "https://other.site/x"}, False),
        ({"local_path": "J:\\data\\other.tiledb"}, False),
        ({"fingerprint": "f2"}, False),
        ({"fingerprint": ""}, False),
    ],
)
def test_the_same_data_on_the_same_objects_is_found(tmp_path, change, found):
    record(CELLS, folder=tmp_path)
    assert (find_registered(**{**SAME, **change}, folder=tmp_path) is not None) == found


def test_what_was_written_only_is_not_registered(tmp_path):
    record(replace(CELLS, state=State.WRITTEN), folder=tmp_path)
    assert find_registered(**SAME, folder=tmp_path) is None


def test_other_data_at_the_same_place_ends_what_was_registered_there(tmp_path):
    record(CELLS, folder=tmp_path)
    record(replace(CELLS, fingerprint="f2", state=State.WRITTEN), folder=tmp_path)
    assert find_registered(**SAME, folder=tmp_path) is None


def test_a_later_registration_on_other_objects_hides_nothing(tmp_path):
    record(CELLS, folder=tmp_path)
    record(replace(CELLS, targets=(Target("Plate", 7),), annotation_id=502), folder=tmp_path)
    assert find_registered(**SAME, folder=tmp_path).annotation_id == 501


def test_a_registered_table_makes_an_entry():
    table = RegisteredTable(
        name=CELLS.name,
        annotation_id=501,
        file_id=601,
        rows=48_212,
        columns=tuple(f"c{n}" for n in range(37)),
        targets=CELLS.targets,
        local_path=CELLS.local_path,
        remote_path=CELLS.remote_path,
        url=CELLS.url,
        table_url="",
        server=CELLS.server,
    )
    assert entry_of(table, fingerprint="f1") == replace(CELLS, when=None)


def test_the_users_own_folder_is_used_by_default(tmp_path, monkeypatch):
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path))
    record(CELLS)
    assert entries() == (CELLS,)
    assert len(history()) == 1


def test_the_public_name_stays_a_function_whatever_is_imported_first():
    code = (
        "import omero_tables_jupyter.journal, omero_tables_jupyter as otj; "
        "assert callable(otj.history), otj.history"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_registration_that_was_sent_and_not_answered_is_known_until_it_is_answered(tmp_path):
    entry = HistoryEntry(
        name="T",
        state=State.WRITTEN,
        server="https://omero.site",
        local_path="/mnt/T.tiledb",
        fingerprint="xxh3:1",
        targets=CELLS.targets,
    )
    asked = {
        "server": "https://omero.site/",
        "local_path": "/mnt/T.tiledb",
        "fingerprint": "xxh3:1",
        "targets": CELLS.targets[::-1],
        "folder": tmp_path,
    }
    assert unanswered(**asked) is None
    record(entry, folder=tmp_path)
    assert unanswered(**asked) is None
    sent = record(replace(entry, sent=True), folder=tmp_path)
    record(replace(entry, local_path="/mnt/other.tiledb"), folder=tmp_path)
    record(replace(entry, server="https://other.site"), folder=tmp_path)
    assert unanswered(**asked) == sent.when.replace(microsecond=0)
    assert unanswered(**asked | {"fingerprint": "xxh3:2"}) is None
    assert unanswered(**asked | {"targets": CELLS.targets[:1]}) is None
    record(replace(entry, state=State.REGISTERED, annotation_id=7), folder=tmp_path)
    assert unanswered(**asked) is None


def test_a_line_whose_sent_is_no_truth_is_damaged(tmp_path):
    record(HistoryEntry(name="T", state=State.WRITTEN, sent=True), folder=tmp_path)
    path = tmp_path / "history.jsonl"
    path.write_text(path.read_text().replace('"sent": true', '"sent": "yes"'))
    assert read_history(folder=tmp_path).damaged == 1


@pytest.mark.parametrize("path", ["J:\\data\\cells.tiledb", '/a "b"\n/µ', "/x/\udcff.tiledb", "/"])
def test_what_is_known_of_one_array_is_read_without_the_other_lines(tmp_path, path):
    here = record(replace(CELLS, local_path=path), folder=tmp_path)
    record(replace(CELLS, local_path=f"{path}x"), folder=tmp_path)
    with (tmp_path / "history.jsonl").open("a") as file:
        file.write("neither read nor counted\n")
    assert read_history(folder=tmp_path, local_path=path) == Entries((here,))
    assert len(entries(folder=tmp_path)) == 2
