"""The upload is stopped."""

import random
import threading
from collections import Counter

import pytest
from children import At
from scene import WHOLE, Scene

import omero_tables_jupyter as otj
from omero_tables_jupyter.request import read_request
from omero_tables_jupyter.upload import _job

pytestmark = pytest.mark.usefixtures("session")

BEFORE = [
    "StageStarted Connect",
    "StageDone Check",
    "StageStarted Convert",
    "Progress Convert",
    "StageDone Convert",
    "StageStarted Verify",
    "Progress Verify",
]
#: An array that stands when a cancel is heard is not taken away again.
BETWEEN = ["StageStarted Register"]
TOO_LATE = ["StageDone Register", "StageStarted Confirm", "StageDone Confirm"]


def words(moment):
    kind, stage = moment.split()
    when = {"StageStarted": "before", "Progress": "in the midst of", "StageDone": "after"}[kind]
    return f"cancelled {when} the stage {stage}"


def cancelled(scene, do):
    """Run an upload with a watcher that is known before it begins."""
    job = _job(read_request(scene.frame, "Cells", **scene.options))
    job.subscribe(do(job))
    job.start().wait()
    return job


def at(moment):
    return lambda job: At(moment, job.cancel)


@pytest.mark.parametrize("moment", BEFORE)
def test_a_cancel_before_the_array_stands_leaves_nothing(scene, told, moment):
    job = cancelled(scene, at(moment))
    assert isinstance(job.error, otj.UploadCancelled)
    assert job.error.array_path == ""
    told(
        words(moment),
        "**the upload was cancelled**",
        disk="nothing",
        server="nothing",
        history="nothing",
    )


@pytest.mark.parametrize("moment", BETWEEN)
def test_a_cancel_while_the_array_stands_says_where(scene, told, moment):
    job = cancelled(scene, at(moment))
    assert isinstance(job.error, otj.UploadCancelled)
    told(words(moment), job.error, disk=WHOLE, server="nothing", history="written")


@pytest.mark.parametrize("moment", TOO_LATE)
def test_a_cancel_that_comes_too_late_gives_the_table(scene, told, moment):
    job = cancelled(scene, at(moment))
    told(words(moment), job.result(), disk=WHOLE, server="one table", history="registered")


class After:
    """Cancels a job from outside of its thread, some time after it began."""

    def __init__(self, job, seconds):
        self.timer = threading.Timer(seconds, job.cancel)
        self.begun = False

    def __call__(self, event):
        if not self.begun:
            self.begun = True
            self.timer.start()


def at_random(server, folder, times, seed):
    """Cancel uploads at random moments, and say how they ended."""
    chance = random.Random(seed)
    whole = Scene(server, folder / "whole")
    whole.folder.mkdir()
    lasts_s = whole.upload().seconds
    seen = []
    for n in range(times):
        scene = Scene(server, folder / str(n))
        scene.folder.mkdir()
        timers = []

        def later(job, timers=timers):
            timers.append(After(job, chance.uniform(0, 1.2 * lasts_s)))
            return timers[0]

        job = cancelled(scene, later)
        timers[0].timer.cancel()
        found = (scene.on_disk(), scene.on_server())
        if job.failed:
            assert isinstance(job.error, otj.UploadCancelled), job.error
            assert bool(job.error.array_path) == (found[0] == WHOLE)
            assert found in {("nothing", "nothing"), (WHOLE, "nothing")}, (seed, n)
        else:
            assert found == (WHOLE, "one table"), (seed, n)
        seen.append(found)
    return seen


def test_cancels_at_random_moments_leave_nothing_or_a_whole_table(server, scene):
    seen = at_random(server, scene.folder, 12, seed=1)
    assert len(seen) == 12


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(2, 12))
def test_a_hundred_cancels_at_random_moments_for_each_of_ten_seeds(
    server, scene, seed, record_property
):
    seen = Counter(at_random(server, scene.folder, 100, seed=seed))
    record_property("left by the cancels", dict(seen))
    assert len(seen) > 1, "every cancel came too early or too late"
