"""Detaching and deleting a table: with consent, and never an array that was not meant."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.demo.faults import Answer, Drop
from omero_tables_jupyter.omero.actions import delete_annotation

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def done(place):
    return otj.upload_table(CELLS, "T", to=["Dataset:51", "Image:101"], **place)


CELLS = pd.DataFrame({"Image": [101, 102, 103], "area": [20.5, 1.25, 3.0]})


def on(server, done):
    known = {one.annotation_id: one.targets for one in server.registered}
    return known.get(int(done))


def test_a_deleted_table_has_gone_and_its_array_stays(server, done):
    assert otj.delete_table(done, confirm=True) is True
    assert on(server, done) is None
    assert len(otj.read_table(done.local_path)) == 3
    row = otj.history().iloc[-1]
    assert (row["state"], row["annotation_id"], row["table_url"]) == ("deleted", int(done), "")


def test_after_a_deletion_the_same_upload_registers_anew(done, place):
    otj.delete_table(done, confirm=True)
    again = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    assert int(again) > int(done)
    assert (again.local_path, again.unchanged) == (done.local_path, False)
    assert otj.upload_table(CELLS, "T", to="Dataset:51", **place).unchanged


@pytest.mark.parametrize(
    "named", [{"table": "Dataset:51", "name": "Mine"}, {"table": "id"}, {"annotation": "id"}]
)
def test_it_is_named_as_for_reading(server, place, named):
    done = otj.upload_table(CELLS, "Mine", to="Dataset:51", **place)
    given = {key: int(done) if value == "id" else value for key, value in named.items()}
    assert otj.delete_table(**given, confirm=True)
    assert on(server, done) is None


def test_nothing_goes_without_consent(server, done):
    with pytest.raises(otj.OptionError, match="nobody has said yes") as refused:
        otj.delete_table(done)
    assert "confirm=True" in refused.value.hint
    with pytest.raises(otj.OptionError, match="nobody has said yes"):
        otj.detach_table(done, "Image:101")
    with pytest.raises(otj.OptionError, match="nobody has said yes"):
        otj.delete_table(done, confirm="yes")
    asked = []
    assert otj.delete_table(done, files=True, confirm=asked.append) is False
    assert otj.detach_table(done, "Image:101", confirm=asked.append) is False
    assert f"its array at '{done.local_path}'" in asked[0]
    assert "off Image:101" in asked[1]
    assert "it stays on Dataset:51" in asked[1]
    assert on(server, done) == ("Dataset:51", "Image:101")
    assert Path(done.local_path).exists()


def test_files_go_only_when_asked_for_and_leave_nothing(done):
    otj.delete_table(done, files=True, confirm=True)
    assert list(Path(done.local_path).parent.iterdir()) == []


def test_an_array_that_is_not_surely_the_tables_is_not_removed(server, place, done):
    shutil.rmtree(done.local_path)
    otj.create_tiledb(CELLS.assign(area=0.0), done.local_path)
    hidden = '{"columns": [], "totalCount": 3}'
    server.faults.next("/metadata/", Answer(200, hidden, "application/json"), times=9)
    with pytest.raises(otj.PathError, match="not surely the array"):
        otj.delete_table(done, files=True, confirm=True)
    server.faults.clear()
    shutil.rmtree(done.local_path)
    with pytest.raises(otj.PathError, match="not seen from this machine"):
        otj.delete_table(done, files=True, confirm=True)
    assert on(server, done)


def test_an_array_that_somebody_wrote_to_the_place_since_is_not_removed(server, done):
    shutil.rmtree(done.local_path)
    theirs = CELLS.assign(area=0.0)
    otj.create_tiledb(theirs, done.local_path)
    with pytest.raises(otj.PathError, match="not surely the array"):
        otj.delete_table(done, files=True, confirm=True)
    assert on(server, done)
    pd.testing.assert_frame_equal(otj.read_table(done.local_path), theirs)


def test_an_array_of_two_tables_is_not_removed_with_one_of_them(server, place, done):
    other = otj.resume(done.local_path, to="Image:102", table_name="U", mapping=place["mapping"])
    with pytest.raises(otj.PathError, match=f"registered as annotation {int(other)}"):
        otj.delete_table(done, files=True, confirm=True)
    otj.delete_table(other, confirm=True)
    otj.delete_table(done, files=True, confirm=True)
    assert not Path(done.local_path).exists()


def test_a_path_names_no_table_of_omero(done):
    with pytest.raises(otj.OptionError, match="not something that names a table of OMERO"):
        otj.delete_table(done.local_path, confirm=True)
    with pytest.raises(otj.OptionError, match="leave name out"):
        otj.delete_table(done, name="T", confirm=True)


def test_what_belongs_to_somebody_else_is_refused_by_the_server(server, done, session):
    refusal = Answer(200, '{"bad": "true", "errs": "not yours"}', "application/json")
    server.faults.next("/action/", refusal, times=2)
    with pytest.raises(otj.RejectedError, match="not yours") as refused:
        otj.delete_table(done, files=True, confirm=True)
    assert "only the owner" in refused.value.hint
    with pytest.raises(otj.RejectedError, match="not yours"):
        otj.detach_table(done, "Image:101", confirm=True)
    assert on(server, done) == ("Dataset:51", "Image:101")
    assert Path(done.local_path).exists()


def test_a_deletion_that_is_not_seen_to_have_happened_is_said(server, done):
    server.faults.next("/action/", Answer(200, '{"bad": "false"}', "application/json"))
    with pytest.raises(otj.ProtocolError, match="could not be seen yet") as unseen:
        otj.delete_table(done, files=True, confirm=True)
    assert "ask its owner" in unseen.value.hint
    assert Path(done.local_path).exists()
    assert otj.history().iloc[-1]["state"] == "registered"


def test_a_table_is_not_taken_off_a_roi_and_the_cure_says_what_to_do_instead(server, place):
    done = otj.upload_table(CELLS, "T", to=["Roi:801", "Image:101"], **place)
    with pytest.raises(otj.RejectedError, match="ptype 'Roi' not supported") as refused:
        otj.detach_table(done, "Roi:801", confirm=True)
    assert "%omero_delete" in refused.value.hint
    assert on(server, done) == ("Roi:801", "Image:101")


def test_what_has_been_deleted_elsewhere_is_no_wrong_address(session, done):
    delete_annotation(session, int(done))
    with pytest.raises(otj.RejectedError, match="no such annotation, or ana may not see it"):
        delete_annotation(session, int(done))


def test_a_server_without_these_buttons_is_a_wrong_address(session, server, done):
    server.faults.next("/action/", Answer(404, "", "text/html"))
    with pytest.raises(otj.ProtocolError, match=r"no OMERO\.web page"):
        delete_annotation(session, int(done))


def test_a_lost_answer_and_an_ended_session_are_errors(server, done):
    server.faults.next("/action/", Drop(), method="POST")
    with pytest.raises(otj.UnreachableError):
        otj.delete_table(done, confirm=True)
    server.expire_sessions()
    with pytest.raises(otj.LoginError):
        otj.delete_table(done, confirm=True)


def test_a_table_is_taken_off_one_object_and_stays_on_the_other(server, done):
    assert otj.detach_table(done, "Image:101", confirm=True) is True
    assert on(server, done) == ("Dataset:51",)
    assert otj.history().iloc[-1]["targets"] == "Dataset:51"
    with pytest.raises(otj.TargetError, match="all that the table hangs on"):
        otj.detach_table(done, "Dataset:51", confirm=True)
    with pytest.raises(otj.TargetError, match="does not hang on Image:101"):
        otj.detach_table(done, "Image:101", confirm=True)


def test_named_by_its_object_it_is_taken_off_that(server, done, monkeypatch, tmp_path):
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path / "elsewhere"))
    assert otj.detach_table("Image:101", name="T", confirm=True)
    assert on(server, done) == ("Dataset:51",)


def test_a_table_on_several_objects_needs_the_one_to_be_named(done):
    with pytest.raises(otj.TargetError, match="nothing says which object"):
        otj.detach_table(done, confirm=True)


def test_a_table_whose_annotation_nobody_knows_is_not_deleted(done, monkeypatch, tmp_path):
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path / "elsewhere"))
    with pytest.raises(otj.OptionError, match="annotation is not known"):
        otj.delete_table(done.table_url, confirm=True)
    assert otj.delete_table(replace(done, local_path=""), confirm=True)
