"""The job under faults: lost answers, ended sessions, cancels, interrupts, and others beside it."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter import whereto
from omero_tables_jupyter.demo.faults import Answer, Drop
from omero_tables_jupyter.events import LoginNeeded, Stage, StageDone, StageStarted

REGISTER = r"/omero_plus/api/v0/table$"
ATTACHMENTS = r"/webclient/api/annotations/"
NOT_FOUND = "<!doctype html><html><h1>Page not found</h1></html>"


@pytest.fixture(autouse=True)
def no_faults_left(server):
    yield
    server.faults.clear()


@pytest.fixture
def cells():
    return pd.DataFrame({"Image": [101, 102, 103], "area": [20.5, np.nan, 3.0]})


def standing(place):
    return sorted(path.name for path in Path(place["local_path"]).iterdir())


def posts(server):
    return sum(one.method == "POST" and one.path.endswith("/v0/table") for one in server.requests)


def json_answer(status, body):
    return Answer(status, json.dumps(body), "application/json")


def is_complete(path, rows):
    return len(otj.read_table(path)) == rows


def registered_as(server, name):
    return [one for one in server.registered if one.name == name]


# --- the registration worked, and something after it did not ------------------------------------


def test_a_session_that_ends_right_after_the_registration_does_not_undo_it(
    session, server, place, cells
):
    def expire(event):
        if event == StageStarted(Stage.CONFIRM):
            server.expire_sessions()

    done = otj.submit_table(cells, "Ended", to="Dataset:51", on_event=expire, **place).result()
    assert int(done) == registered_as(server, "Ended")[0].annotation_id


@pytest.mark.usefixtures("session")
def test_a_history_that_cannot_be_written_is_a_note_of_a_success(
    server, place, cells, tmp_path, monkeypatch
):
    (tmp_path / "state").write_text("a file, not a folder")
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path / "state"))
    done = otj.upload_table(cells, "No history", to="Dataset:51", **place)
    assert "history" in done.notes[-1].text
    again = otj.upload_table(cells, "No history", to="Dataset:51", **place)
    # The server shows that it is this very array.
    assert (int(again), again.unchanged) == (int(done), True)
    server.faults.next(REGISTER, json_answer(400, {"message": "no"}), method="POST")
    with pytest.raises(otj.RejectedError, match="no"):
        otj.upload_table(cells, "No history 3", to="Dataset:51", **place)


# --- the session ends at each stage -------------------------------------------------------------


def stages(job):
    return [event.stage for event in job.events() if isinstance(event, StageDone)]


def expiring(server, moment):
    """Make a watcher that ends every session once, at a moment of the job."""
    left = [moment]

    def watch(event):
        if left and event == left[0]:
            left.clear()
            server.expire_sessions()
        if left and isinstance(event, StageDone) and event.stage is left[0]:
            left.clear()
            server.expire_sessions()

    return watch


MOMENTS = [Stage.CONNECT, Stage.CHECK, Stage.CONVERT, Stage.VERIFY, StageStarted(Stage.REGISTER)]


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_with_somebody_to_ask_the_job_goes_on_after_the_sessions_end(
    session, server, place, cells, moment
):
    job = otj.submit_table(
        cells, "Asked", to="Dataset:51", ask=True, on_event=expiring(server, moment), **place
    )
    answers = ["wrong", "", server.password]
    reasons = []
    for event in job.events():
        if isinstance(event, LoginNeeded):
            reasons.append(event.reason)
            job.renew(otj.Secret(answers.pop(0)))
    assert int(job.result()) == registered_as(server, "Asked")[-1].annotation_id
    assert len(reasons) == 3
    assert reasons[0] == ""
    assert all(reasons[1:])
    assert stages(job) == list(Stage)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_with_nobody_to_ask_nothing_is_left_or_the_error_says_where(
    session, server, place, cells, moment
):
    job = otj.submit_table(
        cells, "Alone", to="Dataset:51", on_event=expiring(server, moment), **place
    )
    with pytest.raises(otj.SessionExpiredError) as expired:
        job.result()
    assert not registered_as(server, "Alone")
    if moment is Stage.CONNECT:
        assert standing(place) == []
        assert expired.value.array_path == ""
    else:
        assert is_complete(expired.value.array_path, 3)
        assert standing(place) == ["Alone.tiledb"]


def test_a_session_given_for_a_call_in_the_foreground_never_waits_for_a_password(
    session, server, place, cells
):
    watch = expiring(server, Stage.VERIFY)
    with pytest.raises(otj.SessionExpiredError):
        otj.upload_table(cells, "Ask", to="Dataset:51", ask=True, on_event=watch, **place)


# --- cancels, at every event --------------------------------------------------------------------


def rows(n):
    return pd.DataFrame({"Image": np.arange(n) % 3 + 101, "area": np.arange(n) / 7})


def test_an_error_of_the_watcher_cancels_and_says_what_became_of_the_table(session, server, place):
    told = []
    frame = rows(500)
    options = {"to": "Dataset:51", "chunk_rows": 100, "mapping": server.mapping}
    whole = place["local_path"] / "whole"
    whole.mkdir()
    otj.upload_table(frame, "All", local_path=whole, on_event=told.append, **options)
    for k in range(len(told)):
        folder = place["local_path"] / str(k)
        folder.mkdir()
        left = iter(range(k))

        def fail(event, left=left):
            if next(left, None) is None:
                raise ZeroDivisionError("the watcher's own")

        with pytest.raises(ZeroDivisionError) as failed:
            otj.upload_table(frame, f"W{k}", local_path=folder, on_event=fail, **options)
        notes = "".join(getattr(failed.value, "__notes__", ()))
        if registered_as(server, f"W{k}"):
            assert "registered all the same" in notes
        elif list(folder.iterdir()):
            assert str(folder / f"W{k}.tiledb") in notes
        assert not [one for one in folder.iterdir() if "partial" in one.name]


def test_a_broken_watcher_in_the_background_fails_nothing(session, place, cells, caplog):
    job = otj.submit_table(cells, "Broken", to="Dataset:51", on_event=lambda _: 1 / 0, **place)
    assert int(job.result()) > 0
    assert "a watcher of" in caplog.text


# --- several at once ----------------------------------------------------------------------------


def test_of_two_jobs_to_one_place_one_wins_and_nothing_is_damaged(session, server, place):
    gate = threading.Barrier(2)

    def meet(event):
        if isinstance(event, StageDone) and event.stage is Stage.CHECK:
            gate.wait(20)

    jobs = [
        otj.submit_table(rows(n), "Same", to="Dataset:51", on_event=meet, **place)
        for n in (500, 501)
    ]
    ended = [job.error for job in jobs if job.wait()]
    (lost,) = [error for error in ended if error is not None]
    assert isinstance(lost, otj.TableExistsError)
    assert standing(place) == ["Same.tiledb"]
    (won,) = [job.result() for job in jobs if not job.failed]
    assert is_complete(won.local_path, won.rows)
    assert len(registered_as(server, "Same")) == 1


def test_eight_jobs_at_once_register_eight_tables(session, server, place):
    jobs = [
        otj.submit_table(rows(100 + n), f"Eight {n}", to=["Dataset:51", "Image:101"], **place)
        for n in range(8)
    ]
    done = [job.result() for job in jobs]
    assert [one.rows for one in done] == [100 + n for n in range(8)]
    assert len({int(one) for one in done}) == 8
    assert len(standing(place)) == 8
    kept = otj.history()
    assert set(kept["annotation_id"]) == {int(one) for one in done}
    assert kept.attrs["damaged_lines"] == 0


# --- the source fails in mid stream -------------------------------------------------------------


def test_a_file_that_turns_bad_near_its_end_leaves_nothing(session, place, tmp_path):
    path = tmp_path / "bad.csv"
    good = "".join(f"{n},{n / 3}\n" for n in range(200_000))
    path.write_bytes(b"Image,area\n" + good.encode() + b"7,\xff\xfe\n")
    with pytest.raises(otj.DataError):
        otj.upload_table(path, "Bad", to="Dataset:51", **place)
    assert standing(place) == []


def test_a_frame_whose_values_fail_when_read_leaves_nothing(session, place):
    class Spiteful:
        def __init__(self):
            self.asked = 0

        def __str__(self):
            raise RuntimeError("spite")

        __repr__ = __str__

    frame = pd.DataFrame({"a": ["x"] * 10 + [Spiteful()]})
    with pytest.raises((otj.DataError, RuntimeError)):
        otj.upload_table(frame, "Spite", to="Dataset:51", **place)
    assert standing(place) == []


def test_a_share_that_hides_its_files_after_the_last_rename_undoes_nothing(
    place, cells, monkeypatch
):
    stat = Path.stat

    def closed(path, **options):
        if "/Hidden.tiledb/" in str(path):
            raise PermissionError(13, "a scanner holds it")
        return stat(path, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "stat", closed)
        written = otj.create_tiledb(cells, place["local_path"] / "Hidden.tiledb")
    assert written.rows == 3
    assert written.token
    assert is_complete(written.path, 3)


# --- while it lasts -----------------------------------------------------------------------------


def pings(server):
    return sum(one.path.endswith("/keepalive_ping/") for one in server.requests)


@pytest.mark.parametrize(
    "fault", [None, Answer(500, "boom"), Drop(), Answer(200, "Connection Failed")], ids=repr
)
def test_the_session_is_kept_alive_meanwhile_and_a_ping_that_fails_stops_nothing(
    session, server, place, fault, monkeypatch
):
    monkeypatch.setattr("omero_tables_jupyter.steps._KEEP_ALIVE_S", -1)
    if fault is not None:
        server.faults.next("/keepalive_ping/", fault, times=1000)
    before = pings(server)
    frame = rows(500)
    done = otj.upload_table(frame, "Kept", to="Dataset:51", chunk_rows=100, **place)
    told = pings(server) - before
    assert told >= 5
    server.faults.clear()
    assert otj.upload_table(frame, "Kept", to="Dataset:51", **place).unchanged
    assert pings(server) > before + told
    assert int(done) > 0


def test_a_check_of_what_is_registered_says_so(session, place, cells):
    done = otj.upload_table(cells, "Done", to="Dataset:51", **place)
    plan = otj.check_table(cells, "Done", to="Dataset:51", **place)
    assert plan.ok
    assert f"annotation {int(done)}" in plan.notes[-1].text
    with pytest.raises(otj.TableExistsError, match="same data"):
        otj.check_table(cells, "Done", to="Image:101", **place)
    with pytest.raises(otj.TableExistsError, match="stands at"):
        otj.check_table(cells.assign(n=1), "Done", to="Dataset:51", **place)


# --- interrupts and kills -----------------------------------------------------------------------

SCRIPT = """
import sys
import numpy as np, pandas as pd
import omero_tables_jupyter as otj
from omero_tables_jupyter import whereto
url, user, password, folder, seen, how = sys.argv[1:]
otj.login(url, username=user, password=password)
frame = pd.DataFrame({f"c{n}": np.arange(400_000) / 7 for n in range(4)})
call = otj.submit_table if how.startswith("submitted") else otj.upload_table
if how == "submitted in vain":
    seen = "/elsewhere"
def tell(event):
    print(type(event).__name__, flush=True)
    if how == "submitted to be asked" and type(event).__name__ == "Progress":
        sys.stdin.readline()
try:
    call(frame, "Script", to="Dataset:51", local_path=folder, on_event=tell,
         mapping=otj.PathMapping([(folder, seen)]), ask=how == "submitted to be asked")
except otj.OmeroTablesError as error:
    print("ERROR", type(error).__name__, error.array_path, flush=True)
"""


def script(server, folder, how="waited for"):
    seen = server.mapping.to_server(str(folder))
    arguments = [server.url, server.username, server.password, str(folder), seen, how]
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until_line(process, number):
    """Wait until the script has told so many events, or has ended."""
    for _ in range(number):
        if not process.stdout.readline():
            return


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("events", [1, 4, 6, 9, 12])
def test_an_interrupted_script_leaves_nothing_or_a_whole_table(server, place, events):
    folder = place["local_path"]
    with script(server, folder) as process:
        until_line(process, events)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    left = standing(place)
    if not left:
        assert "ERROR UploadCancelled" in out
    else:
        assert left == ["Script.tiledb"]
        assert is_complete(folder / "Script.tiledb", 400_000)
        assert str(folder / "Script.tiledb") in out or registered_as(server, "Script")


def test_a_script_that_ends_meanwhile_waits_for_its_table(server, place):
    with script(server, place["local_path"], "submitted") as process:
        _, err = process.communicate(timeout=60)
    assert err == ""
    assert is_complete(place["local_path"] / "Script.tiledb", 400_000)
    assert any(
        one.uri.startswith(server.mapping.to_server(str(place["local_path"])))
        for one in server.registered
    )


def test_a_script_that_ends_meanwhile_says_what_went_wrong(server, place):
    with script(server, place["local_path"], "submitted in vain") as process:
        _, err = process.communicate(timeout=60)
    assert "the upload of 'Script' failed" in err
    assert "otj.resume(" in err
    assert "Traceback" not in err


def test_a_script_that_ends_while_a_password_is_awaited_ends(server, place):
    with script(server, place["local_path"], "submitted to be asked") as process:
        while "Progress" not in process.stdout.readline():
            assert process.poll() is None
        server.expire_sessions()
        _, err = process.communicate("\n", timeout=60)
    assert "no longer knows the session" in err
    assert "otj.resume(" in err


def test_the_hook_that_waits_for_jobs_is_there():
    assert callable(threading._register_atexit)


def test_a_refusal_of_the_server_names_a_place_that_it_may_not_see(
    server, session, place, cells, monkeypatch
):
    monkeypatch.setattr(whereto, "_runs_here", lambda server: False)
    doubt = f"'{place['local_path']}' is a temporary folder of this machine"
    server.faults.next(REGISTER, json_answer(404, {"message": "No such file"}), method="POST")
    with pytest.raises(otj.RejectedError) as refused:
        otj.upload_table(cells, "T", to="Dataset:51", session=session, **place)
    first, *_, last = refused.value.hint.splitlines()
    assert doubt not in first
    assert doubt in refused.value.hint
    assert "otj.resume(" in last
    done = otj.upload_table(cells, "U", to="Dataset:51", session=session, **place)
    assert not any(doubt in note.text for note in done.notes)
    monkeypatch.undo()
    server.faults.next(REGISTER, json_answer(404, {"message": "No such file"}), method="POST")
    with pytest.raises(otj.RejectedError) as refused:
        otj.upload_table(cells, "V", to="Dataset:51", session=session, **place)
    assert doubt not in refused.value.hint
