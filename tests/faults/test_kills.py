"""The kernel is killed.

Each child is killed with signal 9 at one moment; the same upload is then run again elsewhere.
"""

import os
import random
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from children import At, DieAtRename, Upload, die, until
from scene import HALF, WHOLE, Scene

import omero_tables_jupyter as otj
from omero_tables_jupyter.demo.faults import Hold
from omero_tables_jupyter.events import Progress, Stage

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")

REGISTER = r"/omero_plus/api/v0/table$"
LEFT = "left by an upload that was killed"

#: Where, when, what is left on the share, and what the next upload tells about it.
MOMENTS = [
    ("while it connects", "StageStarted Connect", "nothing", ""),
    ("when it has connected", "StageDone Connect", "nothing", ""),
    ("while the table is checked", "StageStarted Check", "nothing", ""),
    ("when the table was checked", "StageDone Check", "nothing", ""),
    ("before the first row is written", "StageStarted Convert", "nothing", ""),
    ("while rows are written", "Progress Convert", HALF, LEFT),
    ("when all rows are written", "StageDone Convert", HALF, LEFT),
    ("before anything is read back", "StageStarted Verify", HALF, LEFT),
    ("while rows are read back", "Progress Verify", HALF, LEFT),
    ("when all was read back", "StageDone Verify", HALF, LEFT),
    ("before the registration is sent", "StageStarted Register", WHOLE, "not written again"),
]
REGISTERED = [
    ("when the registration is answered", "StageDone Register"),
    ("before the table's page is looked for", "StageStarted Confirm"),
    ("when the table's page was found", "StageDone Confirm"),
]


def both(left, then):
    return f"{then}, {left}" if left == HALF else then


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("case", MOMENTS, ids=lambda case: case[0])
def test_killed_before_the_registration_the_next_upload_registers_once(scene, told, case):
    when, moment, left, about = case
    child = Upload.of(scene, on_event=At(moment, die)).start()
    assert child.killed()
    assert scene.on_disk() == left
    assert scene.on_server() == "nothing"
    assert scene.in_history() == ("written" if left == WHOLE else "nothing")
    told(
        f"killed {when}, then run again",
        scene.upload(),
        about=about,
        disk=both(left, WHOLE),
        server="one table",
        history="registered",
    )


@pytest.mark.parametrize(("when", "moment"), REGISTERED, ids=lambda one: one)
def test_killed_after_the_registration_the_next_upload_finds_it(scene, session, told, when, moment):
    child = Upload.of(scene, on_event=At(moment, die)).start()
    assert child.killed()
    assert (scene.on_disk(), scene.on_server()) == (WHOLE, "one table")
    assert scene.in_history() == "written"
    done = scene.upload()
    assert done.unchanged
    told(
        f"killed {when}, then run again",
        "the table as it is registered, *unchanged*: nothing is written or sent",
        disk=WHOLE,
        server="one table",
        history="registered",
    )


@pytest.mark.usefixtures("session")
def test_killed_while_the_answer_is_on_its_way_the_next_upload_finds_the_table(scene, told):
    hold = Hold(after_effect=True)
    scene.server.faults.next(REGISTER, hold, method="POST")
    child = Upload.of(scene).start()
    until(scene.registered)
    child.kill()
    hold.until.set()
    assert scene.in_history() == "written"
    assert scene.upload().unchanged
    told(
        "killed while the registration's answer is on its way, then run again",
        "the table as it is registered, *unchanged*: nothing is written or sent",
        disk=WHOLE,
        server="one table",
        history="registered",
    )


@pytest.mark.usefixtures("session")
def test_killed_while_a_slow_server_is_at_it_the_next_upload_waits_for_the_table(
    scene, session, told
):
    session.channel.sleep = lambda seconds: threading.Event().wait(seconds / 50)
    hold = Hold()
    scene.server.faults.next(REGISTER, hold, method="POST")
    child = Upload.of(scene).start()
    until(lambda: hold in scene.server.faults.met)
    child.kill()
    assert (scene.on_server(), scene.in_history()) == ("nothing", "written")
    waiting = []

    def release(event):
        if isinstance(event, Progress) and event.stage is Stage.REGISTER:
            waiting.append(event)
            hold.until.set()

    assert scene.upload(on_event=release).unchanged
    assert waiting[0].unit == "seconds"
    assert "sent before" in waiting[0].restarted
    told(
        "killed while a slow server is at the registration, then run again at once",
        "it waits for up to a minute since the registration was sent, and gives the table as it "
        "is registered, *unchanged*: nothing is sent twice",
        disk=WHOLE,
        server="one table",
        history="registered",
    )


@pytest.mark.usefixtures("session")
def test_the_wait_for_what_was_sent_before_is_cancelled_like_any_other_step(scene, session):
    session.channel.sleep = lambda seconds: threading.Event().wait(seconds / 50)
    hold = Hold()
    scene.server.faults.next(REGISTER, hold, method="POST")
    child = Upload.of(scene).start()
    until(lambda: hold in scene.server.faults.met)
    child.kill()
    with pytest.raises(otj.UploadCancelled) as stopped:
        cancelled_while_waiting(scene)
    assert "otj.resume(" in stopped.value.hint
    hold.until.set()


def cancelled_while_waiting(scene):
    jobs, begun = [], threading.Event()

    def stop(event):
        if isinstance(event, Progress) and event.unit == "seconds":
            begun.wait(30)
            jobs[0].cancel()

    jobs.append(scene.submit(on_event=stop))
    begun.set()
    jobs[0].result(timeout_s=60)


RENAMED = [
    ("right before the array gets its name", False, HALF, LEFT),
    ("right after the array got its name", True, WHOLE, "not written again"),
]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("case", RENAMED, ids=lambda case: case[0])
def test_killed_at_the_renaming_there_is_a_whole_array_or_none(scene, told, case):
    when, after, left, about = case
    child = Upload.of(scene, before=DieAtRename(after=after)).start()
    assert child.killed()
    assert scene.on_disk() == left
    assert scene.in_history() == "nothing"
    told(
        f"killed {when}, then run again",
        scene.upload(),
        about=about,
        disk=both(left, WHOLE),
        server="one table",
        history="registered",
    )


def killed_at_random(server, folder, times, seed):
    """Kill uploads at random moments, run each again, and say what the kills had left."""
    chance = random.Random(seed)
    whole = Scene(server, folder / "whole")
    whole.folder.mkdir()
    began = time.monotonic()
    Upload.of(whole).start().wait()
    lasts_s = time.monotonic() - began
    seen = []
    for n in range(times):
        scene = Scene(server, folder / str(n))
        scene.folder.mkdir()
        child = Upload.of(scene).start()
        child.process.join(chance.uniform(0, lasts_s))
        child.kill()
        left = (scene.on_disk(), scene.on_server())
        scene.upload()
        found = (scene.on_disk(), scene.on_server())
        # A request that was under way may be answered for nobody; it is found all the same.
        assert found in {(WHOLE, "one table"), (f"{WHOLE}, {HALF}", "one table")}, (seed, n, left)
        seen.append(left)
    return seen


@pytest.mark.usefixtures("session")
def test_killed_at_random_moments_the_next_upload_registers_once(server, scene):
    assert len(killed_at_random(server, scene.folder, 8, seed=1)) == 8


@pytest.fixture
def new_server():
    """Serve a lab on which none of the other tests' tables hangs: each would be looked at."""
    with otj.demo.serve() as running:
        opened = otj.login(running.url, username=running.username, password=running.password)
        opened.channel.sleep = lambda seconds: None
        yield running


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(2, 5))
def test_a_hundred_kills_at_random_moments_for_each_of_three_seeds(
    new_server, seed, record_property
):
    seen = Counter(killed_at_random(new_server, Path(new_server.share), 100, seed))
    record_property("left by the kills", dict(seen))
    assert len(seen) > 1, "every kill came too early or too late"
