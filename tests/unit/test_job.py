import logging
import threading

import pytest

from omero_tables_jupyter.errors import DataError, LoginError, UploadCancelled
from omero_tables_jupyter.events import LoginNeeded, Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.job import UploadJob
from omero_tables_jupyter.model import RegisteredTable, Secret

TABLE = RegisteredTable("Cells", 7, 8, 3, ("a",), (), "/l", "/r", "", "")
THREE = (
    StageStarted(Stage.CONVERT, 3),
    Progress(Stage.CONVERT, 2, 3),
    StageDone(Stage.CONVERT, 0.5, "3 rows"),
)


def steps(*events, then=TABLE, seen=None, error=None):
    try:
        for event in events:
            answer = yield event
            if seen is not None:
                seen.append(answer)
        if error is not None:
            raise error
    finally:
        if seen is not None:
            seen.append("closed")
    return then


class Gate:
    """A generator that yields `THREE` and then waits, one event at a time, until it is stopped."""

    def __init__(self):
        self.reached = threading.Event()
        self.cleaned_up = False

    def steps(self):
        try:
            yield from THREE
            self.reached.set()
            while True:
                yield Progress(Stage.CONVERT, 2, 3)
        finally:
            self.cleaned_up = True


def test_a_job_gives_its_table_and_all_events_in_order():
    job = UploadJob(steps(*THREE), name="Cells").start()
    assert list(job.events()) == list(THREE)
    assert int(job.result()) == 7
    assert job.done
    assert job.error is None


def test_whoever_comes_late_sees_every_event():
    job = UploadJob(steps(*THREE), name="Cells").start()
    assert job.wait(timeout_s=10)
    assert list(job.events()) == list(THREE)


def test_progress_says_where_the_job_stands():
    job = UploadJob(steps(*THREE), name="Cells").start()
    job.wait()
    progress = job.progress
    assert (progress.stage, progress.done, progress.total) == (Stage.CONVERT, 2, 3)
    assert progress.finished == (THREE[2],)
    assert progress.seconds == job.progress.seconds


def test_an_error_is_raised_by_result_and_kept():
    error = DataError("column 'a' mixes text and numbers", hint="Use .astype(str)")
    seen = []
    job = UploadJob(steps(*THREE, error=error, seen=seen), name="Cells").start()
    with pytest.raises(DataError, match="mixes text"):
        job.result()
    assert job.error is error
    assert seen[-1] == "closed"
    assert "failed" in repr(job)


def test_a_bug_keeps_its_own_type_and_is_no_error_of_ours():
    job = UploadJob(steps(error=ZeroDivisionError("bug")), name="Cells").start()
    with pytest.raises(ZeroDivisionError):
        job.result()
    assert job.error is None


def test_cancelling_stops_at_the_next_step_and_cleans_up():
    gate = Gate()
    job = UploadJob(gate.steps(), name="Cells").start()
    assert gate.reached.wait(10)
    job.cancel()
    with pytest.raises(UploadCancelled):
        job.result()
    assert gate.cleaned_up
    assert "cancelled" in repr(job)


def test_waiting_with_a_time_out_leaves_the_job_alone():
    gate = Gate()
    job = UploadJob(gate.steps(), name="Cells").start()
    assert not job.wait(timeout_s=0.01)
    with pytest.raises(TimeoutError, match="still runs"):
        job.result(timeout_s=0.01)
    job.cancel()
    assert job.wait(timeout_s=10)


def test_an_expired_session_waits_for_the_password_and_goes_on():
    seen = []
    job = UploadJob(
        steps(LoginNeeded("https://omero.site", "ana"), *THREE, seen=seen), name="Cells", ask=True
    ).start()
    events = job.events()
    assert isinstance(next(events), LoginNeeded)
    job.renew(Secret("correct horse"))
    assert int(job.result()) == 7
    assert seen[0] == Secret("correct horse")
    assert seen[1:] == [None, None, None, "closed"]


def test_nobody_to_ask_means_no_password():
    seen = []
    UploadJob(steps(LoginNeeded("s", "u"), seen=seen), name="Cells").start().result()
    assert seen == [None, "closed"]


def test_a_job_that_waits_for_a_password_can_be_cancelled():
    job = UploadJob(steps(LoginNeeded("s", "u")), name="Cells", ask=True).start()
    next(job.events())
    job.cancel()
    with pytest.raises(UploadCancelled):
        job.result()


def test_following_hands_each_event_to_the_caller_in_its_own_thread():
    told = []
    job = UploadJob(steps(*THREE), name="Cells").start()
    table = job.follow(lambda event: told.append((threading.current_thread(), event)))
    assert table is TABLE
    assert told == [(threading.main_thread(), event) for event in THREE]


def test_an_interrupt_while_following_cancels_and_cleans_up():
    gate = Gate()

    def stop_button(_event):
        raise KeyboardInterrupt

    with pytest.raises(UploadCancelled):
        UploadJob(gate.steps(), name="Cells").start().follow(stop_button)
    assert gate.cleaned_up


def test_a_second_interrupt_does_not_wait_and_says_where_to_look():
    gate = Gate()
    job = UploadJob(gate.steps(), name="Cells")

    def stop_button(*_event):
        raise KeyboardInterrupt

    job.wait = stop_button
    with pytest.raises(UploadCancelled, match="still in its step") as stopped:
        job.run(stop_button)
    assert "%omero_history" in stopped.value.hint
    job._thread.join(10)
    assert gate.cleaned_up


def test_an_interrupt_while_the_thread_begins_cancels_it():
    gate = Gate()
    job = UploadJob(gate.steps(), name="Cells")

    def begun():
        UploadJob.start(job)
        raise KeyboardInterrupt

    job.start = begun
    with pytest.raises(KeyboardInterrupt):
        job.run()
    assert job.wait(timeout_s=10)
    assert isinstance(job.error, UploadCancelled)


def test_a_callers_own_error_says_that_the_table_is_registered_all_the_same():
    def broken(event):
        if event == THREE[-1]:
            raise ZeroDivisionError

    job = UploadJob(steps(*THREE), name="Cells").start()
    job.wait()
    with pytest.raises(ZeroDivisionError) as failed:
        job.follow(broken)
    assert failed.value.__notes__ == ["the table is registered all the same: annotation 7"]


def test_an_error_of_ours_in_a_watcher_says_where_the_array_is():
    left = UploadCancelled("stopped", hint="resume it")
    left.array_path = "/data/x.tiledb"

    def no_answer(_event):
        raise LoginError("no password was given", hint="run it again")

    job = UploadJob(steps(*THREE, error=left), name="Cells").start()
    job.wait()
    with pytest.raises(LoginError) as failed:
        job.follow(no_answer)
    assert failed.value.hint == "run it again\nresume it"
    assert failed.value.array_path == "/data/x.tiledb"


def test_a_callers_own_error_while_following_cancels_and_is_raised():
    gate = Gate()

    def broken(_event):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        UploadJob(gate.steps(), name="Cells").start().follow(broken)
    assert gate.cleaned_up


def test_subscribers_are_told_until_they_leave():
    told = []
    job = UploadJob(steps(*THREE), name="Cells")
    leave = job.subscribe(told.append)
    other = job.subscribe(lambda _event: None)
    other()
    other()
    job.start().result()
    assert told == list(THREE)
    leave()


def test_a_broken_subscriber_is_logged_and_fails_nothing(caplog):
    job = UploadJob(steps(*THREE), name="Cells")
    job.subscribe(lambda _event: 1 / 0)
    with caplog.at_level(logging.ERROR, logger="omero_tables_jupyter"):
        assert int(job.start().result()) == 7
    assert "ZeroDivisionError" in caplog.text
