"""The same upload again, or almost: what is found, what is written anew, and what is refused."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.demo.faults import Answer

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def cells():
    return pd.DataFrame({"Image": [101, 102, 103], "area": [20.5, 1.25, 3.0], "n": [1, 2, 3]})


def standing(place):
    return sorted(path.name for path in Path(place["local_path"]).iterdir())


def detach(session, done):
    """Delete an annotation as OMERO.web's own page does."""
    answer = session.channel.post(
        f"/webclient/action/delete/file/{int(done)}/", asked="the deletion", form={}
    )
    assert answer.ok


BOTH = pytest.mark.parametrize("if_exists", ["fail", "version"])


@BOTH
def test_the_same_again_is_unchanged_and_tells_the_same_table(place, cells, if_exists):
    first = otj.upload_table(cells, "T", to="Dataset:51", **place)
    told = []
    again = otj.upload_table(
        cells, "T", to="Dataset:51", if_exists=if_exists, on_event=told.append, **place
    )
    assert again.unchanged
    assert (int(again), again.file_id) == (int(first), first.file_id)
    assert (again.local_path, again.remote_path) == (first.local_path, first.remote_path)
    assert (again.url, again.table_url) == (first.url, first.table_url)
    assert again.seconds > 0
    assert len(otj.history()) == 1


@BOTH
def test_after_a_deletion_on_the_server_it_is_no_more_unchanged(session, place, cells, if_exists):
    first = otj.upload_table(cells, "T", to="Dataset:51", **place)
    detach(session, first)
    call = {"to": "Dataset:51", "if_exists": if_exists, **place}
    if if_exists == "version":
        again = otj.upload_table(cells, "T", **call)
        assert standing(place) == ["T-2.tiledb", "T.tiledb"]
        assert not again.unchanged
    else:
        with pytest.raises(otj.TableExistsError, match="same data") as refused:
            otj.upload_table(cells, "T", **call)
        again = resumed(refused.value)
        assert standing(place) == ["T.tiledb"]
    assert int(again) > int(first)
    assert otj.upload_table(cells, "T", **call).annotation_id == int(again)


def resumed(error):
    """Do what the hint says, as the user would type it."""
    call = error.hint[error.hint.index("otj.resume(") :].partition("; or ")[0]
    return eval(call, {"otj": otj})


def test_on_another_object_it_is_another_table_in_each_mode(place, cells):
    first = otj.upload_table(cells, "T", to="Dataset:51", **place)
    with pytest.raises(otj.TableExistsError, match="same data") as refused:
        otj.upload_table(cells, "T", to="Image:101", **place)
    second = resumed(refused.value)
    assert int(second) != int(first)
    third = otj.upload_table(cells, "T", to="Image:102", if_exists="version", **place)
    assert standing(place) == ["T-2.tiledb", "T.tiledb"]
    for done, target in ((first, "Dataset:51"), (second, "Image:101"), (third, "Image:102")):
        for if_exists in ("fail", "version"):
            again = otj.upload_table(cells, "T", to=target, if_exists=if_exists, **place)
            assert int(again) == int(done)
    assert standing(place) == ["T-2.tiledb", "T.tiledb"]


def test_under_another_name_at_the_same_place_it_is_another_table(place, cells):
    folder = place.pop("local_path")
    place["local_path"] = folder / "same.tiledb"
    first = otj.upload_table(cells, "One", to="Dataset:51", **place)
    with pytest.raises(otj.TableExistsError, match="same data") as refused:
        otj.upload_table(cells, "Two", to="Dataset:51", **place)
    second = resumed(refused.value)
    assert (second.name, int(second) != int(first)) == ("Two", True)
    for done in (first, second):
        assert int(otj.upload_table(cells, done.name, to="Dataset:51", **place)) == int(done)


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells[["area", "Image", "n"]],
        lambda cells: cells.rename(columns={"n": "number"}),
        lambda cells: cells.assign(n=[1, 2, 4]),
        lambda cells: cells.assign(n=cells["n"].astype(float)),
        lambda cells: cells.iloc[::-1],
        lambda cells: cells.iloc[:2],
    ],
    ids=["order", "name", "value", "type", "rows", "fewer"],
)
def test_whatever_differs_makes_other_data(place, cells, change):
    otj.upload_table(cells, "T", to="Dataset:51", **place)
    other = change(cells).reset_index(drop=True)
    with pytest.raises(otj.TableExistsError, match="if_exists='version'"):
        otj.upload_table(other, "T", to="Dataset:51", **place)
    done = otj.upload_table(other, "T", to="Dataset:51", if_exists="version", **place)
    assert done.local_path.endswith("T-2.tiledb")
    back = otj.upload_table(cells, "T", to="Dataset:51", if_exists="version", **place)
    assert back.unchanged
    assert back.local_path.endswith("T.tiledb")


def test_a_column_renamed_by_option_counts_as_the_name_that_it_gets(place, cells):
    otj.upload_table(cells.rename(columns={"n": "number"}), "T", to="Dataset:51", **place)
    again = otj.upload_table(cells, "T", to="Dataset:51", rename={"n": "number"}, **place)
    assert again.unchanged


def test_a_file_and_the_frame_in_it_are_the_same_whatever_the_chunks(place, cells, tmp_path):
    path = tmp_path / "T.csv"
    cells.to_csv(path, index=False)
    first = otj.upload_table(path, to="Dataset:51", chunk_size=2, **place)
    assert first.name == "T"
    for source, options in ((path, {"chunk_rows": 1}), (path, {}), (cells, {"table_name": "T"})):
        assert otj.upload_table(source, to="Dataset:51", **options, **place).unchanged


@BOTH
def test_what_was_written_alone_is_registered_and_not_written_again(place, cells, if_exists):
    path = place["local_path"] / "T.tiledb"
    otj.create_tiledb(cells, path)
    made = path.stat().st_mtime_ns
    call = {"to": "Dataset:51", "if_exists": if_exists, **place}
    plan = otj.check_table(cells, "T", **call)
    assert any("registered without being written again" in note.text for note in plan.notes)
    done = otj.upload_table(cells, "T", **call)
    assert any("was not written again" in note.text for note in done.notes)
    assert (done.local_path, done.rows, done.unchanged) == (str(path), 3, False)
    assert (path.stat().st_mtime_ns, standing(place)) == (made, ["T.tiledb"])
    assert otj.upload_table(cells, "T", **call).unchanged


def test_what_may_be_registered_already_is_not_registered_a_second_time(
    place, cells, server, monkeypatch, tmp_path
):
    otj.upload_table(cells, "T", to="Dataset:51", **place)
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path / "elsewhere"))
    silent = {"columns": [], "totalCount": 3, "user_metadata": {}}
    server.faults.next("/metadata/", Answer(200, json.dumps(silent), "application/json"), times=2)
    before = len(server.registered)
    with pytest.raises(otj.TableExistsError, match="same data"):
        otj.upload_table(cells, "T", to="Dataset:51", **place)
    assert len(server.registered) == before


def test_a_registered_array_that_was_deleted_by_hand_is_written_anew(place, cells):

    first = otj.upload_table(cells, "T", to="Dataset:51", **place)
    shutil.rmtree(first.local_path)
    again = otj.upload_table(cells, "T", to="Dataset:51", **place)
    assert not again.unchanged
    assert int(again) != int(first)


def test_resuming_takes_the_settings_word_on_where_the_server_sees_it(
    place, cells, server, monkeypatch
):
    path = place["local_path"] / "T.tiledb"
    otj.create_tiledb(cells, path)
    seen = server.mapping.to_server(str(place["local_path"]))
    monkeypatch.setenv("OMERO_TABLES_REMOTE_PATH", seen)
    assert otj.resume(path, to="Dataset:51").remote_path == f"{seen}/T.tiledb"


def test_resuming_twice_registers_once(place, cells, server):
    path = place["local_path"] / "T.tiledb"
    otj.create_tiledb(cells, path)
    before = len(server.registered)
    call = {"to": "Dataset:51", "mapping": place["mapping"]}
    first, again = otj.resume(path, **call), otj.resume(path, **call)
    assert (int(again), again.unchanged) == (int(first), True)
    assert (again.url, again.table_url) == (first.url, first.table_url)
    assert (again.remote_path, again.local_path) == (first.remote_path, first.local_path)
    assert len(server.registered) == before + 1
    assert int(otj.resume(path, table_name="Other", **call)) != int(first)
    assert int(otj.resume(path, to="Image:101", mapping=place["mapping"])) != int(first)


@BOTH
def test_what_a_colleague_registered_is_unchanged_where_the_server_shows_that_very_array(
    place, cells, if_exists, monkeypatch, tmp_path
):
    first = otj.upload_table(cells, "T", to="Dataset:51", **place)
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path / "elsewhere"))
    call = {"to": "Dataset:51", "if_exists": if_exists, **place}
    for _ in range(2):
        again = otj.upload_table(cells, "T", **call)
        assert (int(again), again.unchanged) == (int(first), True)
    assert again.remote_path == first.remote_path
    assert otj.history()["annotation_id"].tolist() == [int(first)]
    assert standing(place) == ["T.tiledb"]


def test_a_copy_of_an_array_is_not_taken_for_the_one_that_is_registered(
    place, cells, monkeypatch, tmp_path
):
    first = otj.upload_table(cells, "T", to="Dataset:51", **place)
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path / "elsewhere"))
    copy = place["local_path"] / "copies"
    copy.mkdir()
    otj.create_tiledb(cells, copy / "T.tiledb")
    again = otj.upload_table(cells, "T", to="Dataset:51", **place | {"local_path": copy})
    assert (again.unchanged, again.local_path) == (False, str(copy / "T.tiledb"))
    assert int(again) != int(first)


def test_a_table_without_a_file_id_is_unchanged_too(place, cells, server):
    first = otj.upload_table(cells, "T", to="Image:108", **place)
    entry = {"id": int(first), "file": {}, "owner": {"id": 2}}
    reply = json.dumps({"annotations": [entry], "experimenters": []})
    server.faults.next("/annotations/", Answer(200, reply, "application/json"))
    again = otj.upload_table(cells, "T", to="Image:108", **place)
    assert (int(again), again.file_id, again.table_url) == (int(first), None, "")


def test_where_the_path_leads_to_another_share_now_the_server_must_show_this_very_array(
    place, cells, server
):
    first = otj.upload_table(cells, "T", to="Dataset:51", **place)
    moved = {"local_path": place["local_path"], "remote_path": "/other/share", "to": "Dataset:51"}
    shown = otj.upload_table(cells, "T", **moved)
    assert (int(shown), shown.unchanged) == (int(first), True)
    other = json.dumps({"columns": [], "totalCount": 3, "user_metadata": {"__initialized": 1.5}})
    server.faults.next("/metadata/", Answer(200, other, "application/json"), times=5)
    elsewhere = moved | {"remote_path": "/third/share"}
    with pytest.raises(otj.TableExistsError, match="not known to be registered"):
        otj.upload_table(cells, "T", **elsewhere)
    server.faults.clear()


@pytest.mark.parametrize("status", [400, 403])
def test_a_registration_that_was_refused_is_not_waited_for(place, cells, server, status):
    refusal = Answer(status, '{"message": "no"}', "application/json")
    server.faults.next(r"/omero_plus/api/v0/table$", refusal, method="POST")
    with pytest.raises(otj.RejectedError):
        otj.upload_table(cells, "T", to="Dataset:51", **place)
    told = []
    otj.upload_table(cells, "T", to="Dataset:51", on_event=told.append, **place)
    assert not [one for one in told if getattr(one, "unit", "") == "seconds"]


def test_registered_twice_by_hand_the_second_time_tells_of_the_first(session, place, cells):
    written = otj.create_tiledb(cells, Path(place["local_path"]) / "T.tiledb")
    seen = place["mapping"].to_server(written.path)
    call = {"token": written.token, "to": "Dataset:51"}
    first = otj.register_table(session, seen, "T", **call)
    assert first.notes == ()
    second = otj.register_table(session, seen, "T", **call)
    assert int(second) != int(first)
    assert f"as annotation {int(first)}" in second.notes[0].text
    assert f"%omero_delete {int(first)} " in second.notes[0].text
    elsewhere = otj.register_table(session, seen, "T", **call | {"to": "Image:101"})
    assert elsewhere.notes == ()
