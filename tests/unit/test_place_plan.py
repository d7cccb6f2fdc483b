"""What is known of a place before anything is written there."""

from types import SimpleNamespace

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter import journal, whereto
from omero_tables_jupyter.arrays.disks import Alone
from omero_tables_jupyter.check_parts import check_place
from omero_tables_jupyter.errors import OptionError, PathError
from omero_tables_jupyter.model import Fix, FixKind
from omero_tables_jupyter.request import read_request
from omero_tables_jupyter.whereto import Destination, place_plan

FRAME = pd.DataFrame({"a": [1]})
ELSEWHERE = "https://omero.site"
TEMPORARY = Alone("is a temporary folder of this machine")
DISK = Alone("is on a disk of this machine (ext4)", surely=False)


def looked_at(name="T", *, n_bytes=0, **options):
    return check_place(read_request(None, name, **options), n_bytes=n_bytes)


def test_a_new_place_is_said_to_be_writable_with_its_room(tmp_path):
    found = looked_at(local_path=tmp_path, mapping=[(str(tmp_path), "/data")])
    assert (found.local_path, found.remote_path) == (f"{tmp_path}/T.tiledb", "/data/T.tiledb")
    assert found.words.startswith("writable, new, ")
    assert found.words.endswith(" free")
    assert (found.ok, found.notes) == (True, ())


def test_nothing_is_touched(tmp_path):
    looked_at(local_path=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_stands_there_is_a_problem_with_writing_beside_it_as_the_fix(tmp_path):
    (tmp_path / "T.tiledb").mkdir()
    found = looked_at(local_path=tmp_path)
    [problem] = found.problems
    assert "stands at" in problem.text
    assert "--if-exists version" in problem.hint
    assert (problem.fix, found.words) == (Fix(FixKind.VERSION, ""), "")
    beside = looked_at(local_path=tmp_path, if_exists="version")
    assert beside.local_path.endswith("T-2.tiledb")
    assert "new, beside 'T.tiledb'" in beside.words


def test_a_folder_that_is_missing_is_a_problem_without_a_fix(tmp_path):
    [problem] = looked_at(local_path=tmp_path / "none").problems
    assert problem.fix is None
    assert "mount the share" in problem.hint


def test_too_little_room_is_a_problem_in_the_panel_and_in_a_check(tmp_path):
    assert looked_at(local_path=tmp_path, n_bytes=1000).ok
    [problem] = looked_at(local_path=tmp_path, n_bytes=10**18).problems
    assert "too little room" in problem.text


def test_a_check_refuses_a_table_that_finds_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=5_000))
    with pytest.raises(PathError, match="too little room"):
        otj.check_table(FRAME, "T", local_path=tmp_path)


def test_nothing_that_says_where_is_no_error():
    assert looked_at() is None


def test_a_place_needs_a_name(tmp_path):
    with pytest.raises(OptionError, match="no name"):
        check_place(read_request(FRAME, local_path=tmp_path))
    path = tmp_path / "cells.csv"
    path.write_text("a\n1\n")
    assert check_place(read_request(path, local_path=tmp_path)).local_path.endswith("cells.tiledb")


def planned(folder, server=ELSEWHERE, *, told=False):
    local = f"{folder}/T.tiledb"
    return place_plan(Destination(local, local, local, told=told), server=server)


def test_a_folder_that_no_server_sees_is_a_warning_and_no_problem(tmp_path):
    found = planned(tmp_path)
    assert found.ok
    [note] = found.notes
    assert f"'{tmp_path}' is a temporary folder of this machine" in note.text


@pytest.mark.parametrize(
    "server", ["", "http://127.0.0.1:4080", "https://localhost", "https://[::1]:4443/omero"]
)
def test_a_server_on_this_machine_or_unknown_sees_every_folder(tmp_path, server):
    assert planned(tmp_path, server).notes == ()


def test_a_server_of_this_machines_own_name_is_on_this_machine(tmp_path, monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "Omero.Site")
    assert planned(tmp_path).notes == ()


def test_a_disk_that_somebody_says_the_server_sees_may_be_shared_from_here(tmp_path, monkeypatch):
    monkeypatch.setattr(whereto, "alone", lambda _: DISK)
    assert len(planned(tmp_path).notes) == 1
    assert planned(tmp_path, told=True).notes == ()
    monkeypatch.setattr(whereto, "alone", lambda _: TEMPORARY)
    assert len(planned(tmp_path, told=True).notes) == 1


def test_a_mapping_tells_how_the_server_sees_what_it_covers_even_where_that_is_the_same(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("OMERO_TABLES_SERVER", ELSEWHERE)
    monkeypatch.setattr(whereto, "alone", lambda _: DISK)
    same, other = [(str(tmp_path), str(tmp_path))], [("/mnt/other", "/data")]
    assert looked_at(local_path=tmp_path, mapping=same).notes == ()
    assert looked_at(local_path=tmp_path, remote_path=tmp_path).notes == ()
    assert len(looked_at(local_path=tmp_path, mapping=other).notes) == 1
    assert len(looked_at(local_path=tmp_path).notes) == 1


def test_an_address_is_no_folder():
    place = Destination("s3://b/T.tiledb", "s3://b/T.tiledb", "s3://b/T.tiledb")
    assert whereto._sharing_notes(place, ELSEWHERE) == ()


def entry(folder, state=journal.State.REGISTERED, server=ELSEWHERE):
    path = f"{folder}/old.tiledb"
    return journal.HistoryEntry(name="T", state=state, server=server, local_path=path)


def test_a_folder_of_which_the_server_has_registered_a_table_is_shared(tmp_path):
    journal.record(entry(tmp_path, state=journal.State.WRITTEN))
    journal.record(entry(tmp_path / "below"))
    journal.record(entry(tmp_path, server="https://other.site"))
    assert len(planned(tmp_path).notes) == 1
    journal.record(entry(tmp_path))
    assert planned(tmp_path).notes == ()


def test_a_history_that_cannot_be_read_proves_nothing(tmp_path, monkeypatch):
    def unreadable():
        raise PathError("the history cannot be read", hint="check who may read it")

    monkeypatch.setattr(journal, "entries", unreadable)
    assert len(planned(tmp_path).notes) == 1


def test_a_plan_says_what_the_place_says(tmp_path, monkeypatch):
    monkeypatch.setenv("OMERO_TABLES_SERVER", ELSEWHERE)
    monkeypatch.setattr(whereto, "free_bytes", lambda _: 10**9)
    plan = otj.check_table(FRAME, "T", local_path=tmp_path)
    alone = check_place(read_request(FRAME, "T", local_path=tmp_path))
    assert plan.place == alone.words == "writable, new, 1.0 GB free"
    assert [note in plan.notes for note in alone.notes] == [True]
