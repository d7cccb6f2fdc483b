"""New rows under the annotation that is there: swapped, read back, undone where that fails."""

import json
import os
import shutil
import threading
from pathlib import Path

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays import partials
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.arrays.replacement import ReplacingSite, drop_old, put_back
from omero_tables_jupyter.arrays.turns import Turn
from omero_tables_jupyter.demo.faults import Answer, Drop
from omero_tables_jupyter.events import Stage, StageStarted

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def place(place):
    return {**place, "if_exists": "replace"}


CELLS = pd.DataFrame({"Image": [101, 102, 103], "area": [20.5, 1.25, 3.0], "label": list("abc")})
MORE = pd.DataFrame({"Image": [101, 102], "area": [float("nan"), -0.5], "label": ["µ", ""]})


def standing(place):
    return sorted(path.name for path in Path(place["local_path"]).iterdir())


def through_the_server(done):
    return otj.read_table(file=done.file_id, mapping=[("/nowhere", "/else")])


def texts(done):
    return " | ".join(note.text for note in done.notes)


def test_new_rows_come_under_the_annotation_that_is_there(place, server):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    token = describe_array(first.local_path).token
    registered = len(server.registered)
    second = otj.upload_table(MORE, "T", to="Dataset:51", **place)
    assert (int(second), second.file_id) == (int(first), first.file_id)
    assert (second.local_path, second.remote_path) == (first.local_path, first.remote_path)
    assert (second.rows, second.unchanged) == (2, False)
    assert len(server.registered) == registered
    assert describe_array(second.local_path).token == token
    assert standing(place) == ["T.tiledb"]
    pd.testing.assert_frame_equal(through_the_server(second), MORE)
    assert f"annotation {int(first)} had 3 rows and has 2 rows now" in texts(second)
    assert repr(token.reveal()) not in repr(second)


def test_the_same_data_again_is_unchanged_and_another_array_beside_it_is_not_taken_for_it(place):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    beside = otj.upload_table(MORE, "T", to="Dataset:51", **place | {"if_exists": "version"})
    assert otj.upload_table(CELLS, "T", to="Dataset:51", **place).unchanged
    second = otj.upload_table(MORE, "T", to="Dataset:51", **place)
    assert (int(second), second.unchanged) == (int(first), False)
    assert int(beside) != int(first)
    for if_exists in ("fail", "version", "replace"):
        again = otj.upload_table(MORE, "T", to="Dataset:51", **place | {"if_exists": if_exists})
        assert again.unchanged
    assert standing(place) == ["T-2.tiledb", "T.tiledb"]


def test_events_tell_no_registration(place):
    otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    told = []
    otj.upload_table(MORE, "T", to="Dataset:51", on_event=told.append, **place)
    stages = [str(one.stage) for one in told if type(one).__name__ == "StageDone"]
    assert stages == ["Connect", "Check", "Convert", "Verify", "Confirm"]


@pytest.mark.parametrize(
    ("other", "words", "cure"),
    [
        (MORE.drop(columns="area"), "'area' is missing now", "--columns, --exclude or --rename"),
        (MORE.assign(extra=1), "'extra' is new", "--columns, --exclude or --rename"),
        (
            MORE.assign(area=[1, 2]),
            "'area' was number and is integer now",
            "frame['area'] = frame['area'].astype('float64')",
        ),
        (MORE[["area", "Image", "label"]], "in another order", "--columns Image,area,label"),
    ],
)
def test_other_columns_are_refused_and_nothing_is_touched(place, other, words, cure):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    with pytest.raises(otj.DataError) as refused:
        otj.upload_table(other, "T", to="Dataset:51", **place)
    assert words in refused.value.message
    assert cure in refused.value.hint
    assert "if_exists='version'" in refused.value.hint
    with pytest.raises(otj.DataError, match=words):
        otj.check_table(other, "T", to="Dataset:51", **place)
    assert standing(place) == ["T.tiledb"]
    pd.testing.assert_frame_equal(through_the_server(first), CELLS)


def test_a_file_whose_end_widens_a_column_is_refused_before_the_swap(place, tmp_path):
    path = tmp_path / "T.csv"
    path.write_text("n\n1\n2\n")
    first = otj.upload_table(path, to="Dataset:51", **place)
    path.write_text("n\n" + "1\n" * 400_000 + "2.5\n")
    with pytest.raises(otj.DataError, match="'n' was integer and is number now"):
        otj.upload_table(path, to="Dataset:51", **place)
    assert standing(place) == ["T.tiledb"]
    assert through_the_server(first)["n"].tolist() == [1, 2]


def test_what_is_not_registered_on_the_object_is_not_replaced(place):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    with pytest.raises(otj.TableExistsError, match="not known to be registered on Image:101") as no:
        otj.upload_table(MORE, "T", to="Image:101", **place)
    assert "but on Dataset:51" in no.value.message
    otj.create_tiledb(CELLS, place["local_path"] / "U.tiledb")
    with pytest.raises(otj.TableExistsError, match="registered on Dataset:51") as no:
        otj.upload_table(MORE, "U", to="Dataset:51", **place)
    assert "resume(" in no.value.hint
    pd.testing.assert_frame_equal(through_the_server(first), CELLS)


def test_registered_on_another_machine_the_server_says_which_annotation(
    place, monkeypatch, tmp_path
):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path / "elsewhere"))
    second = otj.upload_table(MORE, "T", to="Dataset:51", **place)
    assert int(second) == int(first)
    assert otj.upload_table(MORE, "T", to="Dataset:51", **place).unchanged


def test_all_annotations_of_an_array_show_the_new_rows_and_stay_unchanged_next_time(place):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    other = otj.resume(first.local_path, to="Image:101", table_name="T", mapping=place["mapping"])
    second = otj.upload_table(MORE, "T", to="Dataset:51", **place)
    assert f"registered as annotation {int(other)} too" in texts(second)
    again = otj.upload_table(MORE, "T", to="Image:101", **place | {"if_exists": "fail"})
    assert int(again) == int(other)
    pd.testing.assert_frame_equal(through_the_server(other), MORE)


def test_the_name_in_omero_stays(place):
    place["local_path"] = place["local_path"] / "same.tiledb"
    otj.upload_table(CELLS, "One", to="Dataset:51", **place)
    second = otj.upload_table(MORE, "Two", to="Dataset:51", **place)
    assert second.name == "One"
    assert "keeps its name, 'One'" in texts(second)
    third = otj.upload_table(MORE, "Two", to="Dataset:51", **place)
    assert (third.unchanged, third.name, int(third)) == (True, "One", int(second))


def test_a_dry_run_says_what_would_be_replaced_and_touches_nothing(place):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    plan = otj.check_table(MORE, "T", to="Dataset:51", **place)
    assert plan.ok
    assert f"(annotation {int(first)}) would be replaced" in " ".join(n.text for n in plan.notes)
    assert standing(place) == ["T.tiledb"]
    assert len(otj.read_table(first)) == 3


REFUSAL = Answer(200, '{"error": "the demo cannot"}', "application/json")


@pytest.mark.parametrize(
    "fault", [REFUSAL, Drop(), Answer(500, "oops")], ids=["refused", "no answer", "broken"]
)
def test_rows_that_the_server_cannot_read_are_taken_back(place, server, fault):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    server.faults.next("/webgateway/table/", fault, times=50)
    with pytest.raises(otj.ProtocolError, match="could not be read back") as failed:
        otj.upload_table(MORE, "T", to="Dataset:51", **place)
    server.faults.clear()
    assert "the table is as it was before" in failed.value.hint
    assert standing(place) == ["T.tiledb"]
    pd.testing.assert_frame_equal(through_the_server(first), CELLS)
    assert otj.upload_table(CELLS, "T", to="Dataset:51", **place).unchanged


def test_a_server_that_goes_on_showing_the_old_rows_counts_as_one_that_cannot_read(
    place, server, session
):
    otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    old = '{"columns": [{"name": "Image", "type": "LongColumn"}], "totalCount": 3}'
    server.faults.next("/metadata/", Answer(200, old, "application/json"), times=50)
    with pytest.raises(otj.ProtocolError, match="it shows other columns"):
        otj.upload_table(MORE, "T", to="Dataset:51", **place)
    server.faults.clear()
    assert standing(place) == ["T.tiledb"]


def test_a_server_that_keeps_the_array_before_in_mind_is_found_out_between_equal_ends(
    place, server, session
):
    many = pd.DataFrame({"n": range(300)})
    first = otj.upload_table(many, "T", to="Dataset:51", **place)
    page = f"/webgateway/table/{first.file_id}/metadata/"
    kept = json.dumps(session.channel.get_json(page, asked="what it says"))
    server.faults.next("/metadata/", Answer(200, kept, "application/json"), times=50)
    middle = many.assign(n=many["n"].replace(150, -1))
    with pytest.raises(otj.ProtocolError, match="it shows the array before"):
        otj.upload_table(middle, "T", to="Dataset:51", **place)
    server.faults.clear()
    pd.testing.assert_frame_equal(through_the_server(first), many)
    assert otj.upload_table(middle, "T", to="Dataset:51", **place).rows == len(many)


def test_a_server_that_needs_a_moment_is_asked_again(place, server):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    server.faults.next("/webgateway/table/", REFUSAL, times=2)
    assert int(otj.upload_table(MORE, "T", to="Dataset:51", **place)) == int(first)


def test_a_cancel_after_the_new_rows_are_confirmed_comes_too_late(place):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    begun, jobs, confirming = threading.Event(), [], []

    def stop(event):
        confirming.append(event == StageStarted(Stage.CONFIRM))
        if sum(confirming) == 2:
            begun.wait(timeout=30)
            jobs[0].cancel()

    jobs.append(otj.submit_table(MORE, "T", to="Dataset:51", on_event=stop, **place))
    begun.set()
    second = jobs[0].result()
    assert sum(confirming) == 2
    assert (int(second), second.rows) == (int(first), 2)
    assert standing(place) == ["T.tiledb"]
    pd.testing.assert_frame_equal(through_the_server(second), MORE)


def test_who_slept_while_another_took_over_lets_the_others_old_array_be(place):
    otj.upload_table(CELLS, "T", to="Dataset:51", **place)

    def sleep(event):
        if event == StageStarted(Stage.CONFIRM):
            (Path(place["local_path"]) / ".T.tiledb.turn").write_text("another's")

    with pytest.raises(otj.TableExistsError, match="another upload has replaced"):
        otj.upload_table(MORE, "T", to="Dataset:51", on_event=sleep, **place)
    assert standing(place) == [".T.tiledb.turn", "T.tiledb", "T.tiledb.old"]


def test_a_cancel_while_it_is_read_back_takes_it_back(place):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    begun, jobs = threading.Event(), []

    def stop(event):
        if str(event.stage) == "Confirm":
            begun.wait(timeout=30)
            jobs[0].cancel()

    jobs.append(otj.submit_table(MORE, "T", to="Dataset:51", on_event=stop, **place))
    begun.set()
    with pytest.raises(otj.UploadCancelled, match="cancelled"):
        jobs[0].result()
    assert standing(place) == ["T.tiledb"]
    pd.testing.assert_frame_equal(through_the_server(first), CELLS)


def test_a_second_rename_that_fails_puts_the_old_array_back(place, monkeypatch):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    rename = os.rename

    def stubborn(source, target):
        if ".partial-" in str(source) and str(target).endswith("T.tiledb"):
            raise OSError(5, "the share has gone")
        rename(source, target)

    monkeypatch.setattr(partials.os, "rename", stubborn)
    with pytest.raises(otj.PathError, match="the share has gone"):
        otj.upload_table(MORE, "T", to="Dataset:51", **place)
    monkeypatch.setattr(partials.os, "rename", rename)
    assert standing(place) == ["T.tiledb"]
    pd.testing.assert_frame_equal(through_the_server(first), CELLS)


def test_where_the_old_array_cannot_be_put_back_it_is_said_what_stands_where(place, monkeypatch):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    rename, done = os.rename, []

    def once(source, target):
        if done:
            raise OSError(5, "the share has gone")
        done.append(target)
        rename(source, target)

    monkeypatch.setattr(partials.os, "rename", once)
    with pytest.raises(otj.PathError, match="was not undone") as failed:
        otj.upload_table(MORE, "T", to="Dataset:51", **place)
    monkeypatch.setattr(partials.os, "rename", rename)
    assert f"'{first.local_path}.old': rename it to 'T.tiledb'" in failed.value.hint


def between_the_renames(done):
    Path(done.local_path).rename(f"{done.local_path}.old")


@pytest.mark.parametrize("if_exists", ["fail", "version"])
def test_killed_between_the_renames_other_modes_say_what_stands_where(place, if_exists):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    between_the_renames(first)
    with pytest.raises(otj.PathError, match="a replacement was interrupted") as refused:
        otj.upload_table(MORE, "T", to="Dataset:51", **place | {"if_exists": if_exists})
    assert "rename 'T.tiledb.old' back to 'T.tiledb'" in refused.value.hint
    with pytest.raises(otj.PathError, match="a replacement was interrupted") as refused:
        otj.read_table(first.local_path)
    assert f"put_back_array('{first.local_path}')" in refused.value.hint
    with pytest.raises(otj.PathError, match="a replacement was interrupted"):
        otj.create_tiledb(MORE, first.local_path)
    assert standing(place) == ["T.tiledb.old"]


@pytest.mark.parametrize("again", [CELLS, MORE], ids=["the old data", "the new data"])
def test_killed_between_the_renames_the_next_replacement_goes_on(place, again):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    between_the_renames(first)
    assert otj.check_table(again, "T", to="Dataset:51", **place).ok
    assert standing(place) == ["T.tiledb.old"]
    second = otj.upload_table(again, "T", to="Dataset:51", **place)
    assert int(second) == int(first)
    assert "was interrupted here before" in texts(second)
    assert standing(place) == ["T.tiledb"]
    pd.testing.assert_frame_equal(through_the_server(second), again)


def swapped_without_a_look(done, frame):
    """Leave what a kernel leaves that is killed right after the second rename."""
    token = describe_array(done.local_path).token
    Path(done.local_path).rename(f"{done.local_path}.old")
    new = Path(done.local_path).with_name("other.tiledb")
    otj.create_tiledb(frame, new)
    new.rename(done.local_path)
    return token


@pytest.mark.parametrize("again", [CELLS, MORE], ids=["the old data", "the new data"])
def test_killed_before_the_look_the_next_replacement_begins_anew(place, again):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    token = swapped_without_a_look(first, MORE)
    second = otj.upload_table(again, "T", to="Dataset:51", **place)
    assert int(second) == int(first)
    assert describe_array(second.local_path).token == token
    assert standing(place) == ["T.tiledb"]
    pd.testing.assert_frame_equal(through_the_server(second), again)


def test_an_old_array_that_stayed_after_all_went_well_goes_with_the_next(place):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    shutil.copytree(first.local_path, f"{first.local_path}.old")
    assert otj.upload_table(CELLS, "T", to="Dataset:51", **place).unchanged
    second = otj.upload_table(MORE, "T", to="Dataset:51", **place)
    assert "interrupted" not in texts(second)
    assert standing(place) == ["T.tiledb"]


def test_something_else_under_the_old_name_is_not_touched(place):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    Path(f"{first.local_path}.old").write_text("mine")
    with pytest.raises(otj.PathError, match=r"something stands at .*T\.tiledb\.old"):
        otj.upload_table(MORE, "T", to="Dataset:51", **place)
    assert Path(f"{first.local_path}.old").read_text() == "mine"


def test_a_link_and_what_is_no_array_are_not_replaced(place, tmp_path):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    link = place["local_path"] / "L.tiledb"
    link.symlink_to(first.local_path)
    with pytest.raises(otj.PathError, match="is a link"):
        otj.upload_table(MORE, "L", to="Dataset:51", **place)
    assert link.is_symlink()
    (place["local_path"] / "N.tiledb").mkdir()
    with pytest.raises(otj.PathError, match="not a TileDB array"):
        otj.upload_table(MORE, "N", to="Dataset:51", **place)


def test_an_array_without_a_token_is_not_replaced(place):
    tiledb = pytest.importorskip("tiledb")
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    with tiledb.open(first.local_path, "w") as array:
        del array.meta["SecretToken"]
    with pytest.raises(otj.PathError, match="no SecretToken"):
        otj.upload_table(MORE, "T", to="Dataset:51", **place)


def test_an_interrupt_while_the_new_array_waits_for_its_name_puts_the_old_one_back(
    tmp_path, monkeypatch
):
    path = tmp_path / "T.tiledb"
    otj.create_tiledb(CELLS, path)
    turn = Turn(path)
    site = ReplacingSite(describe_array(path), turn)
    otj.create_tiledb(MORE, tmp_path / "new.tiledb")
    (tmp_path / "new.tiledb").rename(site.partial)
    rename = os.rename

    def held(source, target):
        if ".partial-" in str(source):
            raise PermissionError(13, "a scanner looks into it")
        rename(source, target)

    monkeypatch.setattr(partials.os, "rename", held)
    steps = site.take_over()
    next(steps)
    assert not path.exists()
    with pytest.raises(KeyboardInterrupt):
        steps.throw(KeyboardInterrupt())
    turn.give_back()
    assert len(otj.read_table(path)) == 3


def test_an_old_array_is_put_back_or_removed_on_its_own(tmp_path):
    path = tmp_path / "T.tiledb"
    otj.create_tiledb(CELLS, path)
    path.rename(f"{path}.old")
    assert list(put_back(path)) == []
    assert len(otj.read_table(path)) == 3
    shutil.copytree(path, f"{path}.old")
    assert drop_old(path)
    assert [one.name for one in tmp_path.iterdir()] == ["T.tiledb"]
    with pytest.raises(otj.PathError, match="no array"):
        list(put_back(path))


def test_replaced_for_one_of_its_objects_it_stays_unchanged_for_the_other(place):
    first = otj.upload_table(CELLS, "T", to=["Dataset:51", "Image:101"], **place)
    otj.upload_table(MORE, "T", to="Dataset:51", **place)
    again = otj.upload_table(MORE, "T", to="Image:101", **place)
    assert again.unchanged
    assert int(again) == int(first)


def test_an_interrupted_replacement_is_no_problem_of_the_place_for_the_next(place):
    first = otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    between_the_renames(first)
    plan = otj.check_table(MORE, "T", local_path=place["local_path"], if_exists="replace")
    assert plan.ok
    with pytest.raises(otj.PathError, match="a replacement was interrupted"):
        otj.check_table(MORE, "T", local_path=place["local_path"])
