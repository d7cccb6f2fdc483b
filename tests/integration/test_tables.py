"""The tables that hang on an object: what is listed, and where each array is from here."""

import shutil
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

import omero_tables_jupyter as otj

pytestmark = pytest.mark.usefixtures("session")


CELLS = pd.DataFrame({"Image": [101, 102, 103], "area": [1.5, 2.5, 3.5]})


def test_a_table_is_listed_with_what_is_known_of_it(server, place):
    done = otj.upload_table(CELLS, "Cells", to="Dataset:51", **place)
    listed = otj.tables("Dataset:51")
    assert list(listed) == [
        "id",
        "name",
        "owner",
        "date",
        "rows",
        "columns",
        "local_path",
        "is_there",
        "file_id",
        "url",
    ]
    row = listed.set_index("id").loc[int(done)]
    assert (row["name"], row["owner"], row["rows"], row["columns"]) == (
        "Cells",
        "Ana Álvarez",
        3,
        2,
    )
    assert (row["local_path"], row["is_there"]) == (done.local_path, True)
    assert (row["file_id"], row["url"]) == (done.file_id, done.table_url)
    assert timedelta(0) <= datetime.now(UTC) - row["date"] < timedelta(minutes=5)


def test_an_object_without_tables_gives_an_empty_frame_of_the_same_columns(server, place):
    empty = otj.tables("Dataset:61")
    assert len(empty) == 0
    otj.upload_table(CELLS, "Cells", to="Image:161", **place)
    full = otj.tables("Image:161")
    assert dict(empty.dtypes) | {"name": 0, "owner": 0, "local_path": 0, "url": 0} == dict(
        full.dtypes
    ) | {"name": 0, "owner": 0, "local_path": 0, "url": 0}


def test_several_objects_list_a_table_that_hangs_on_both_once(server, place):
    done = otj.upload_table(CELLS, "Both", to=["Image:104", "Image:105"], **place)
    other = otj.upload_table(CELLS, "One", to="Image:105", **place)
    assert otj.tables(["Image:104", "Image:105"])["id"].tolist() == [int(done), int(other)]


def test_a_rois_tables_are_listed_too(server, place):
    done = otj.upload_table(CELLS, "Nuclei", to="Roi:801", **place)
    row = otj.tables("Roi:801").set_index("id").loc[int(done)]
    assert (row["name"], row["owner"], row["rows"]) == ("Nuclei", "Ana Álvarez", 3)
    assert row["date"].tzinfo is not None


def test_where_the_array_of_a_rois_table_is_nobody_guesses(server, place, monkeypatch, tmp_path):
    otj.upload_table(CELLS, "Far", to="Roi:801", **place)
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path / "elsewhere"))
    row = otj.tables("Roi:801").iloc[-1]
    assert (row["name"], row["local_path"], row["is_there"]) == ("Far", "", False)


def test_an_array_that_has_gone_is_said_to_be_gone_and_hides_no_other(server, place):
    gone = otj.upload_table(CELLS, "Gone", to="Image:106", **place)
    kept = otj.upload_table(CELLS, "Kept", to="Image:106", **place)
    shutil.rmtree(gone.local_path)
    listed = otj.tables("Image:106").set_index("id")
    assert listed["is_there"].to_dict() == {int(gone): False, int(kept): True}
    assert listed.loc[int(gone), "local_path"] == gone.local_path
    assert listed["rows"].isna().to_dict() == {int(gone): True, int(kept): False}


def test_made_on_another_machine_the_mapping_says_where_the_array_is(
    server, place, monkeypatch, tmp_path
):
    first = otj.upload_table(CELLS, "Cells", to="Image:107", **place)
    second = otj.upload_table(
        CELLS.assign(area=0.0), "Cells", to="Image:107", if_exists="version", **place
    )
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path / "elsewhere"))
    listed = otj.tables("Image:107", mapping=server.mapping).set_index("id")
    assert listed["local_path"].to_dict() == {
        int(first): first.local_path,
        int(second): second.local_path,
    }
    assert listed["is_there"].all()
    blind = otj.tables("Image:107", mapping=[("/nowhere", "/other")])
    assert not blind["is_there"].any()
    assert blind["local_path"].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("Dataset:5151", "does not exist"),
        ("51", "Image:51"),
        ([], "no object"),
        (None, "no object"),
    ],
)
def test_what_is_no_object_is_refused(server, place, target, words):
    with pytest.raises(otj.TargetError) as refused:
        otj.tables(target)
    assert words in str(refused.value)


def test_without_a_session_the_cure_is_to_log_in():
    otj.logout()
    with pytest.raises(otj.LoginError, match="omero_login"):
        otj.tables("Dataset:51")
