"""Several tables in one call: checked together, one after the other, a row for each."""

import inspect
import json
import shutil
import threading
from pathlib import Path

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays import writer
from omero_tables_jupyter.demo.faults import Answer
from omero_tables_jupyter.errors import DiskFullError, TablesError
from omero_tables_jupyter.events import Progress, Stage, StageDone, TableDone, TableStarted
from omero_tables_jupyter.many.asking import Options

pytestmark = pytest.mark.usefixtures("session")


def frame(*areas):
    return pd.DataFrame({"area": list(areas)})


@pytest.fixture
def three():
    return {
        "Image:101": frame(1.0),
        otj.Target("Image", 102): frame(2.0, 2.5),
        "dataset-51": frame(3.0),
    }


def standing(place):
    return sorted(path.name for path in Path(place["local_path"]).iterdir())


REFUSED = Answer(500, json.dumps({"message": "no"}), "application/json")


def refuse_registration(server, *, times=1):
    server.faults.next("/omero_plus/api/v0/table", REFUSED, method="POST", times=times)


def test_each_table_goes_to_its_own_object_and_the_result_tells_of_each(place, three):
    done = otj.upload_tables(three, "Cells", **place)
    assert list(done.columns) == [
        *("target", "name", "state", "annotation_id", "rows", "seconds", "local_path", "error"),
        *("notes", "table_url"),
    ]
    assert done["target"].tolist() == ["Image:101", "Image:102", "Dataset:51"]
    assert done["state"].tolist() == ["registered"] * 3
    assert done["name"].tolist() == ["Cells"] * 3
    assert done["rows"].tolist() == [1, 2, 1]
    assert done["error"].tolist() == [""] * 3
    assert standing(place) == [
        "Cells Dataset 51.tiledb",
        "Cells Image 101.tiledb",
        "Cells Image 102.tiledb",
    ]
    for target, area in (("Image:101", [1.0]), ("Image:102", [2.0, 2.5]), ("Dataset:51", [3.0])):
        back = otj.read_table(target, name="Cells", mapping=place["mapping"])
        assert back["area"].tolist() == area


def test_pairs_several_objects_and_files_do_as_well(place, three, tmp_path):
    path = tmp_path / "from file.csv"
    frame(7.0).to_csv(path, index=False)
    pairs = [("Image:101", path), (("Image:102", "Dataset:51"), path)]
    done = otj.upload_tables(pairs, **place)
    assert done["name"].tolist() == ["from file"] * 2
    assert done["target"].tolist() == ["Image:101", "Image:102, Dataset:51"]
    assert standing(place) == [
        "from file Image 101.tiledb",
        "from file Image 102 Dataset 51.tiledb",
    ]


def test_the_events_tell_of_the_check_of_all_and_then_of_each_table(place, three):
    told = []
    otj.upload_tables(three, "Cells", on_event=told.append, **place)
    order = [e for e in told if isinstance(e, (TableStarted, TableDone))]
    assert [(type(e).__name__, e.number, e.total) for e in order] == [
        (kind, number, 3) for number in (1, 2, 3) for kind in ("TableStarted", "TableDone")
    ]
    first = told.index(order[0])
    stages = [e.stage for e in told[:first] if isinstance(e, StageDone)]
    assert stages == [Stage.CONNECT, Stage.CHECK]
    assert [e.state for e in order if isinstance(e, TableDone)] == ["registered"] * 3
    each = [e.stage for e in told[first:] if isinstance(e, StageDone)]
    assert each == [Stage.CONVERT, Stage.VERIFY, Stage.REGISTER, Stage.CONFIRM] * 3
    looked = [e for e in told[:first] if isinstance(e, Progress)]
    assert {(e.stage, e.total, e.unit) for e in looked} == {(Stage.CHECK, 3, "tables")}
    assert looked[-1].done == 3


def test_the_same_call_again_writes_and_registers_nothing(place, three, server):
    first = otj.upload_tables(three, "Cells", **place)
    before = len(server.registered)
    again = otj.upload_tables(three, "Cells", **place)
    assert again["state"].tolist() == ["unchanged"] * 3
    assert again["annotation_id"].tolist() == first["annotation_id"].tolist()
    assert len(server.registered) == before


def test_what_the_server_refused_is_registered_by_the_same_call_without_being_written_again(
    place, three, server
):
    refuse_registration(server)
    with pytest.raises(TablesError, match="2 registered, 1 failed") as failed:
        otj.upload_tables(three, "Cells", **place)
    results = failed.value.results
    assert results["state"].tolist() == ["failed", "registered", "registered"]
    assert results["local_path"][0].endswith("Cells Image 101.tiledb")
    assert "no" in results["error"][0]
    assert "Image:101" in failed.value.message
    assert "the same call again" in failed.value.hint
    made = (Path(results["local_path"][0]) / "__schema").stat().st_mtime_ns
    again = otj.upload_tables(three, "Cells", **place)
    assert again["state"].tolist() == ["registered", "unchanged", "unchanged"]
    assert (Path(again["local_path"][0]) / "__schema").stat().st_mtime_ns == made
    assert otj.upload_tables(three, "Cells", **place)["state"].tolist() == ["unchanged"] * 3


def test_one_that_cannot_be_written_does_not_keep_the_others(place, three):
    other = place["local_path"] / "Cells Image 101.tiledb"
    otj.create_tiledb(frame(9.0), other)
    with pytest.raises(TablesError, match="1 failed") as failed:
        otj.upload_tables(three, "Cells", **place)
    assert failed.value.results["state"].tolist() == ["failed", "registered", "registered"]
    assert "if_exists='version'" in failed.value.hint
    shutil.rmtree(other)
    again = otj.upload_tables(three, "Cells", **place)
    assert again["state"].tolist() == ["registered", "unchanged", "unchanged"]


def test_what_a_check_finds_wrong_with_one_keeps_all_from_being_done(place, three, server):
    before = len(server.registered)
    three["Image:999999"] = frame(1.0)
    three["Image:999998"] = frame(1.0)
    with pytest.raises(TablesError, match="2 of 5 tables cannot be uploaded") as failed:
        otj.upload_tables(three, "Cells", **place)
    states = failed.value.results["state"].tolist()
    assert states == ["not tried"] * 3 + ["failed"] * 2
    assert "Image:999999 does not exist" in failed.value.message
    assert standing(place) == []
    assert len(server.registered) == before


def test_data_that_cannot_be_stored_is_found_before_anything_is_written(place, three):
    three["Image:103"] = pd.DataFrame({"z": [1j]})
    with pytest.raises(TablesError, match="complex numbers") as failed:
        otj.upload_tables(three, "Cells", **place)
    assert "real" in failed.value.hint
    assert standing(place) == []


def test_what_is_wrong_with_all_of_them_alike_is_said_once(three):
    with pytest.raises(otj.PathError, match="nothing says where") as refused:
        otj.upload_tables(three, "Cells")
    assert "--local-path" in refused.value.hint


def test_two_tables_for_one_place_are_refused(place):
    pairs = [("Image:101", frame(1.0)), ("Image:101", frame(2.0))]
    with pytest.raises(TablesError, match="two tables called 'Cells'"):
        otj.upload_tables(pairs, "Cells", **place)
    assert standing(place) == []


def test_a_session_that_expires_and_is_not_renewed_ends_it_and_says_what_is_left(
    place, three, server, monkeypatch
):
    def expire(event):
        if isinstance(event, TableDone) and event.number == 1:
            server.expire_sessions()

    with pytest.raises(TablesError, match="1 registered, 1 failed, 1 not tried") as failed:
        otj.upload_tables(three, "Cells", on_event=expire, **place)
    assert failed.value.results["state"].tolist() == ["registered", "failed", "not tried"]
    assert "%omero_login" in failed.value.hint
    otj.login(server.url, username=server.username, password=server.password)
    again = otj.upload_tables(three, "Cells", **place)
    assert again["state"].tolist() == ["unchanged", "registered", "registered"]


def test_a_full_disk_ends_it(place, three, monkeypatch):
    def full(*_args, **_options):
        raise DiskFullError("the disk is full", hint="free some space")

    monkeypatch.setattr(writer.layout, "new_token", full)
    with pytest.raises(TablesError, match="1 failed, 2 not tried") as failed:
        otj.upload_tables(three, "Cells", **place)
    assert "free some space" in failed.value.hint
    assert standing(place) == []


def test_room_is_made_sure_of_for_all_of_them_together(place, three, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(1, 1, 4_000_016))
    with pytest.raises(DiskFullError, match="too little room"):
        otj.upload_tables(three, "Cells", **place)
    assert standing(place) == []


def test_a_cancel_keeps_what_is_done_and_says_so(place, three):
    jobs, known = [], threading.Event()

    def stop(event):
        if isinstance(event, TableStarted) and event.number == 2:
            assert known.wait(30)
            jobs[0].cancel()

    job = otj.submit_tables(three, "Cells", on_event=stop, **place)
    jobs.append(job)
    known.set()
    with pytest.raises(otj.UploadCancelled, match="1 registered, 2 not tried") as stopped:
        job.result(timeout_s=60)
    assert stopped.value.results["state"].tolist() == ["registered", "not tried", "not tried"]
    assert standing(place) == ["Cells Image 101.tiledb"]


def test_in_the_background_it_is_a_job_of_several_tables(place, three):
    job = otj.submit_tables(three, "Cells", **place)
    assert isinstance(job, otj.TablesJob)
    assert len(job.result(timeout_s=60)) == 3
    assert repr(job) == "<TablesJob 'Cells': done, 3 tables>"
    assert (job.progress.table, job.progress.tables) == (3, 3)


@pytest.mark.parametrize(
    ("tables", "options", "error", "said"),
    [
        (frame(1.0), {}, otj.OptionError, "does not say which table hangs on which object"),
        ("cells.csv", {}, otj.OptionError, "does not say which"),
        ({}, {}, otj.OptionError, "no table was given"),
        ({101: frame(1.0)}, {}, otj.TargetError, "101 names no object"),
        ({"Imag:1": frame(1.0)}, {}, otj.TargetError, "Imag"),
        ({"Image:1": frame(1.0)}, {"to": "Image:1"}, otj.OptionError, "to was given"),
        ({"Image:1": frame(1.0)}, {"links": ("Image", 1)}, otj.OptionError, "links was given"),
        ({"Image:1": frame(1.0)}, {"local_path": "/x/a.tiledb"}, otj.OptionError, "local_path is"),
        ({"Image:1": frame(1.0)}, {"nonsense": 1}, TypeError, "nonsense"),
        (
            {"https://a.org/?show=image-1": frame(1.0), "https://b.org/?show=image-2": frame(1.0)},
            {},
            otj.TargetError,
            "two servers",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_way_to_write_it(tables, options, error, said):
    with pytest.raises(error, match=said) as refused:
        otj.upload_tables(tables, "Cells", **options)
    if error is not TypeError:
        assert refused.value.hint


def test_a_frame_needs_a_name(place):
    with pytest.raises(otj.OptionError, match="has no name"):
        otj.upload_tables({"Image:101": frame(1.0)}, **place)


def test_the_options_are_those_of_upload_table():
    single = set(inspect.signature(otj.upload_table).parameters)
    several = inspect.signature(otj.upload_tables)
    own = {"source", "table_name", "parent_id", "parent_type", "links", "chunk_size", "to", "whole"}
    assert set(several.parameters) == (single - own) | {"tables", "table_name", "split_by", "to"}
    assert set(Options.__annotations__) == single - own
    for name in several.parameters:
        assert name in otj.upload_tables.__doc__
