import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter import journal
from omero_tables_jupyter.discarding import discard
from omero_tables_jupyter.tidying import put_back_array, remove_array


@pytest.fixture
def array(tmp_path):
    return otj.create_tiledb(pd.DataFrame({"a": [1, 2]}), tmp_path / "cells.tiledb").path


def remove(path):
    remove_array(path, confirm=True)


def record(path, state, fingerprint=""):
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
            fingerprint=fingerprint,
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


@pytest.fixture
def spelt(array, tmp_path, monkeypatch):
    (tmp_path / "share").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    return {
        "whole": array,
        "relative": "cells.tiledb",
        "slash": f"{array}/",
        "dots": str(tmp_path / "share" / ".." / tmp_path.name / "cells.tiledb"),
        "through a link": tmp_path / "share" / "cells.tiledb",
    }


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.parametrize("how", ["whole", "relative", "slash", "dots", "through a link"])
@pytest.mark.parametrize("act", [discard, remove])
def test_a_registered_array_is_kept_however_its_path_is_spelt(array, spelt, act, how):
    record(array, journal.State.REGISTERED)
    with pytest.raises(otj.PathError, match="annotation 7"):
        act(spelt[how])
    assert len(otj.read_table(array)) == 2


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.parametrize("act", [discard, remove])
def test_a_link_to_an_array_is_not_taken_for_it(array, tmp_path, act):
    link = tmp_path / "other.tiledb"
    link.symlink_to(array)
    with pytest.raises(otj.PathError, match="is a link") as caught:
        act(link)
    assert array in caught.value.hint
    assert link.is_symlink()
    assert len(otj.read_table(array)) == 2


@pytest.mark.parametrize("act", [discard, remove])
def test_a_later_registration_that_failed_does_not_undo_the_first(array, act):
    record(array, journal.State.REGISTERED)
    record(array, journal.State.WRITTEN)
    with pytest.raises(otj.PathError, match="annotation 7"):
        act(array)
    assert len(otj.read_table(array)) == 2


@pytest.mark.parametrize("act", [discard, remove])
def test_other_data_that_was_written_to_the_place_since_is_deleted(array, tmp_path, act):
    record(array, journal.State.REGISTERED, fingerprint="of the data before")
    act(array)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [".old", ".old/"])
def test_the_only_copy_of_an_interrupted_replacement_is_put_back_and_not_removed(array, ending):
    Path(array).rename(f"{array}.old")
    with pytest.raises(otj.PathError, match=r"server knows as 'cells\.tiledb'"):
        remove(f"{array}{ending}")
    assert put_back_array(f"{array}{ending}", confirm=True)
    assert len(otj.read_table(array)) == 2


def test_a_part_that_cannot_be_deleted_is_said(array, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "rmtree", lambda path, ignore_errors: None)
    with pytest.raises(otj.PathError, match="part of it could not be deleted") as caught:
        discard(array)
    (left,) = tmp_path.iterdir()
    assert str(left) in caught.value.hint
