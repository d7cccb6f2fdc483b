"""What is out of order on the share, what is said of it, and what its cure does."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from IPython.utils.capture import capture_output

import omero_tables_jupyter as otj
from omero_tables_jupyter import housekeeping
from omero_tables_jupyter.demo.faults import Answer

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def done(place):
    return otj.upload_table(CELLS, "T", to="Dataset:51", **place)


CELLS = pd.DataFrame({"Image": [101, 102, 103], "area": [20.5, 1.25, 3.0]})


def listed(folder=None):
    frame = otj.leftovers(folder)
    return list(zip(frame["what"], frame["path"], strict=True))


def cured(frame, n=0):
    """Do what the cure says in Python, as the user would type it."""
    cure = frame["cure"].iloc[n]
    call = cure[cure.index("omero_tables_jupyter.") :].partition("; or ")[0]
    return eval(call, {"omero_tables_jupyter": otj})


def delete_in_omero(session, done):
    path = f"/webclient/action/delete/file/{int(done)}/"
    assert session.channel.post(path, asked="the deletion", form={}).ok


def test_where_all_is_well_nothing_is_listed(done, tmp_path):
    frame = otj.leftovers()
    assert len(frame) == 0
    assert list(frame) == ["what", "path", "name", "rows", "when", "annotation_id", "cure"]
    assert listed(tmp_path / "nowhere") == []


def test_a_failed_registration_is_listed_and_its_cure_registers_it(server, place):
    server.faults.next("/omero_plus/", Answer(500, "no"), method="POST")
    with pytest.raises(otj.ServerError):
        otj.upload_table(CELLS, "T", to="Dataset:51", **place)
    frame = otj.leftovers()
    row = frame.iloc[0]
    assert (row["what"], row["name"], row["rows"]) == ("not registered", "T", 3)
    registered = cured(frame)
    assert [str(one) for one in registered.targets] == ["Dataset:51"]
    assert listed() == []


def test_an_array_that_was_written_alone_is_listed_where_one_looks(place):
    path = place["local_path"] / "Alone.tiledb"
    otj.create_tiledb(CELLS, path)
    assert listed() == []
    assert listed(place["local_path"]) == [("not registered", str(path))]
    assert otj.remove_array(path, confirm=True)
    assert listed(place["local_path"]) == []
    assert not path.exists()


def test_what_others_made_is_left_alone(place, monkeypatch):
    otj.create_tiledb(CELLS, place["local_path"] / "Theirs.tiledb")
    (place["local_path"] / ".Under way.tiledb.partial-0badcafe").mkdir()
    assert len(listed(place["local_path"])) == 2
    monkeypatch.setattr(housekeeping.os, "getuid", lambda: -7)
    assert listed(place["local_path"]) == []


def test_a_table_deleted_in_omero_leaves_its_array_to_be_registered_or_removed(session, done):
    delete_in_omero(session, done)
    frame = otj.leftovers()
    assert frame["what"].tolist() == ["no more in OMERO"]
    assert frame["annotation_id"].tolist() == [int(done)]
    otj.logout()
    assert listed() == []


def test_a_table_deleted_from_here_leaves_its_array_to_be_registered_or_removed(done):
    otj.delete_table(done, confirm=True)
    assert listed() == [("no more in OMERO", done.local_path)]
    assert otj.remove_array(done.local_path, confirm=True)
    assert listed() == []


def test_a_server_that_does_not_answer_says_nothing_of_its_tables(server, session, done):
    server.faults.next("/annotations/", Answer(500, "oops"), times=9)
    assert listed() == []
    server.faults.clear()
    server.expire_sessions()
    assert listed() == []


def test_a_registered_array_that_has_gone_and_a_folder_that_is_not_there(done, place):
    away = f"{done.local_path}.away"
    Path(done.local_path).rename(away)
    frame = otj.leftovers()
    assert frame["what"].tolist() == ["registered, but gone"]
    assert f"%omero_delete {int(done)}" in frame["cure"].iloc[0]
    folder = Path(place["local_path"])
    folder.rename(f"{folder}-unmounted")
    assert listed() == [("registered, folder not there", done.local_path)]


def test_a_half_written_array_is_listed_and_removed_by_its_name(done):
    half = Path(done.local_path).with_name(".U.tiledb.partial-0a1b2c3d")
    half.mkdir()
    assert listed() == [("half-written", str(half))]
    assert otj.remove_array(half, confirm=True)
    assert listed() == []


def test_an_interrupted_replacement_is_put_back(done):
    old = f"{done.local_path}.old"
    Path(done.local_path).rename(old)
    frame = otj.leftovers()
    assert frame["what"].tolist() == ["replacement interrupted"]
    with pytest.raises(otj.PathError, match=r"the server knows as 'T\.tiledb'"):
        otj.remove_array(old, confirm=True)
    asked = []
    assert otj.put_back_array(old, confirm=asked.append) is False
    assert asked == [f"give '{old}' the name 'T.tiledb' again"]
    assert otj.put_back_array(old, confirm=True)
    assert listed() == []
    assert len(otj.read_table(done)) == 3
    with pytest.raises(otj.PathError, match="nothing to put back"):
        otj.put_back_array(done.local_path, confirm=True)


def test_an_array_kept_from_a_replacement_is_removed_or_put_back(done):
    old = f"{done.local_path}.old"
    shutil.copytree(done.local_path, old)
    assert listed() == [("kept from a replacement", old)]
    assert otj.remove_array(old, confirm=True)
    assert listed() == []
    shutil.copytree(done.local_path, old)
    asked = []
    otj.put_back_array(old, confirm=asked.append)
    assert asked[0].endswith("and remove what stands there now")
    assert otj.put_back_array(old, confirm=True)
    assert listed() == []


def test_what_is_registered_is_never_removed(done, place):
    with pytest.raises(otj.PathError, match=f"registered in OMERO as annotation {int(done)}"):
        otj.remove_array(done.local_path, confirm=True)
    other = otj.resume(done.local_path, to="Image:101", mapping=place["mapping"])
    otj.delete_table(other, confirm=True)
    with pytest.raises(otj.PathError, match=f"registered in OMERO as annotation {int(done)}"):
        otj.remove_array(done.local_path, confirm=True)
    assert Path(done.local_path).exists()


def test_a_path_at_home_is_read_as_it_is_written(place, monkeypatch):
    monkeypatch.setenv("HOME", str(place["local_path"].parent))
    folder = f"~/{place['local_path'].name}"
    done = otj.upload_table(CELLS, "T", to="Dataset:51", **place | {"local_path": folder})
    assert len(otj.read_table(f"{folder}/T.tiledb")) == 3
    otj.delete_table(done, confirm=True)
    assert listed(folder) == [("no more in OMERO", done.local_path)]
    again = otj.resume(f"{folder}/T.tiledb", to="Dataset:51", mapping=place["mapping"])
    assert again.local_path == done.local_path
    otj.delete_table(again, confirm=True)
    assert otj.remove_array(f"{folder}/T.tiledb", confirm=True)
    assert listed(folder) == []


@pytest.mark.parametrize("path", [5, "", "a\0b", "https://omero.site/x.tiledb"])
@pytest.mark.parametrize("act", [otj.leftovers, otj.remove_array, otj.put_back_array])
def test_what_is_no_path_is_refused(act, path):
    with pytest.raises(otj.PathError, match="path"):
        act(path)


def test_nothing_is_removed_without_consent_and_nothing_but_arrays(done, tmp_path):
    path = tmp_path / "T.tiledb"
    otj.create_tiledb(CELLS, path)
    with pytest.raises(otj.OptionError, match="nobody has said yes"):
        otj.remove_array(path)
    Path(done.local_path).rename(f"{done.local_path}.old")
    with pytest.raises(otj.OptionError, match="nobody has said yes"):
        otj.put_back_array(done.local_path)
    assert otj.remove_array(path, confirm=lambda sentence: False) is False
    mine = tmp_path / "mine"
    mine.mkdir()
    with pytest.raises(otj.PathError, match="not what an upload leaves"):
        otj.remove_array(mine, confirm=True)
    assert mine.exists()
    assert path.exists()


def run(shell, line):
    with capture_output() as shown:
        result = shell.run_cell(line)
    result.raise_error()
    return result.result, "".join(one.data["text/plain"] for one in shown.outputs)


def test_the_magic_lists_removes_and_puts_back(shell, done):
    half = Path(done.local_path).with_name(".U.tiledb.partial-0a1b2c3d")
    half.mkdir()
    frame, _ = run(shell, "%omero_leftovers --out left")
    assert frame["what"].tolist() == ["half-written"]
    assert shell.user_ns["left"] is frame
    with pytest.raises(otj.OptionError, match="nobody has said yes"):
        run(shell, f'%omero_leftovers --remove "{half}"')
    _, text = run(shell, f'%omero_leftovers --remove "{half}" --yes')
    assert text.endswith("done")
    assert not half.exists()
    Path(done.local_path).rename(f"{done.local_path}.old")
    run(shell, f'%omero_leftovers --put-back "{done.local_path}.old" --yes')
    assert len(run(shell, f'%omero_leftovers "{Path(done.local_path).parent}"')[0]) == 0
    assert len(otj.read_table(done)) == 3
    assert "--put-back" in run(shell, "%omero_leftovers --help")[1]
