"""What a check settles: the options given, those that are set, and what it refuses at once."""

import os
from pathlib import Path

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter import upload
from omero_tables_jupyter.events import Stage, StageDone, StageStarted

FRAME = pd.DataFrame({"Image": [101, 102, 103]}, index=pd.Index(["a", "b", "c"], name="cell"))


@pytest.fixture(scope="module")
def server():
    with otj.demo.serve() as running:
        yield running


@pytest.fixture
def written(server, tmp_path, monkeypatch):
    """Upload a frame, and give what was asked of the writer."""
    monkeypatch.chdir(tmp_path)
    otj.login(server.url, username=server.username, password=server.password)
    write_table, asked = upload.write_table, []

    def watched(conversion, path, **options):
        asked.append(options | {"columns": [one.name for one in conversion.plan.columns]})
        return write_table(conversion, path, **options)

    monkeypatch.setattr(upload, "write_table", watched)
    folder = server.share / tmp_path.name
    folder.mkdir()

    def run(**options):
        name = f"T{len(asked)}"
        mapping = server.mapping
        otj.upload_table(
            FRAME, name, to="Dataset:51", local_path=folder, mapping=mapping, **options
        )
        return asked[-1]

    return run


def write_user_file(text):
    folder = Path(os.environ["OMERO_TABLES_CONFIG_DIR"])
    folder.mkdir(exist_ok=True)
    (folder / "omero_tables.toml").write_text(text)


def test_how_a_table_is_written_follows_the_nearest_source(written, monkeypatch):
    found = [written()]
    write_user_file("chunk_rows = 11\nverify = 'rows'\nindex = 'drop'")
    found.append(written())
    Path("omero_tables.toml").write_text("chunk_rows = 12\nverify = 'values'\nindex = 'keep'")
    found.append(written())
    for name, value in (
        ("CHUNK_ROWS", "13"),
        ("VERIFY", "rows"),
        ("INDEX", "drop"),
        ("COMPRESSION", "lz4"),
    ):
        monkeypatch.setenv(f"OMERO_TABLES_{name}", value)
    found.append(written())
    found.append(written(chunk_rows=14, verify="values", index="keep"))
    found.append(written(chunk_size=15))
    assert [one["chunk_rows"] for one in found] == [None, 11, 12, 13, 14, 15]
    assert [one["verify"] for one in found] == [
        *("values", "rows", "values", "rows", "values", "rows")
    ]
    assert [one["compression"] for one in found] == [*["none"] * 3, *["lz4"] * 3]
    kept, dropped = ["cell", "Image"], ["Image"]
    assert [one["columns"] for one in found] == [kept, dropped, kept, dropped, kept, dropped]


def test_a_setting_that_means_nothing_is_a_note_of_the_plan(monkeypatch):
    monkeypatch.setenv("OMERO_TABLES_VERFIY", "rows")
    notes = [note.text for note in otj.check_table(FRAME).notes]
    assert any("OMERO_TABLES_VERIFY" in text for text in notes)


def test_a_check_without_a_target_tells_its_one_stage():
    told = []
    otj.check_table(FRAME, on_event=told.append)
    assert told[0] == StageStarted(Stage.CHECK, 3)
    assert (told[1].stage, told[1].detail) == (Stage.CHECK, "3 x 2 columns")
    assert isinstance(told[1], StageDone)


def test_what_an_upload_cannot_do_without_is_asked_for_before_the_network(server, tmp_path):
    before = len(server.requests)
    named = {"server": server.url, "username": "ana", "password": server.password}
    with pytest.raises(otj.TargetError, match="attached to nothing"):
        otj.upload_table(FRAME, "T", local_path=tmp_path, **named)
    with pytest.raises(otj.OptionError, match="no name") as nameless:
        otj.upload_table(FRAME, to="Dataset:51", local_path=tmp_path, **named)
    assert "--name" in nameless.value.hint
    with pytest.raises(otj.PathError, match="nothing says where") as nowhere:
        otj.upload_table(FRAME, "T", to="Dataset:51", **named)
    assert "--local-path" in nowhere.value.hint
    with pytest.raises(otj.OmeroTablesError):
        otj.upload_table(tmp_path / "missing.csv", to="Dataset:51", local_path=tmp_path, **named)
    assert len(server.requests) == before
