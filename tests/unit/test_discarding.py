import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter import journal
from omero_tables_jupyter.discarding import discard


@pytest.fixture
def array(tmp_path):
    return otj.create_tiledb(pd.DataFrame({"a": [1, 2]}), tmp_path / "cells.tiledb").path


def record(path, state):
    journal.record(
        journal.HistoryEntry(
            name="cells",
            state=state,
            rows=2,
            columns=1,
            targets=(otj.Target("Dataset", 51),),
            annotation_id=7 if state is journal.State.REGISTERED else None,
            server="https://omero.site",
            local_path=str(path),
            remote_path="/data/cells.tiledb",
        )
    )


def test_an_array_that_was_only_written_is_deleted_whole(array, tmp_path):
    record(array, journal.State.WRITTEN)
    discard(array)
    assert list(tmp_path.iterdir()) == []


def test_an_array_that_omero_knows_is_not_deleted(array):
    record(array, journal.State.WRITTEN)
    record(array, journal.State.REGISTERED)
    with pytest.raises(otj.PathError, match="annotation 7"):
        discard(array)
    assert len(otj.read_table(array)) == 2


def test_a_folder_that_is_no_array_is_not_deleted(tmp_path):
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter1.txt").write_text("once")
    with pytest.raises(otj.PathError, match="no array"):
        discard(folder)
    assert (folder / "chapter1.txt").read_text() == "once"


def test_nothing_is_deleted_in_a_store():
    with pytest.raises(otj.PathError, match="object store"):
        discard("s3://bucket/cells.tiledb")


def test_what_the_system_refuses_is_said(array, monkeypatch):
    def refuse(self, target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.rename", refuse)
    with pytest.raises(otj.PathError, match="Permission denied"):
        discard(array)
    assert len(otj.read_table(array)) == 2
