import pytest

from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.events import Progress, Stage
from omero_tables_jupyter.jupyter.panel.watching import Watch
from omero_tables_jupyter.jupyter.panel.worker import InlineWorker
from omero_tables_jupyter.jupyter.progress import REPAINT_S


class Job:
    """A job that tells so many things each time that somebody waits for it, and then ends."""

    def __init__(self, batches, outcome):
        self.batches = list(batches)
        self.outcome = outcome
        self.waits = []
        self.hear = None

    def wait(self, *, timeout_s):
        self.waits.append(timeout_s)
        if not self.batches:
            return True
        for done in range(self.batches.pop(0)):
            self.hear(Progress(Stage.CONVERT, done))
        return False

    def result(self):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def watched(job):
    told, ended = [], []
    watch = Watch(InlineWorker(), tell=told.append, ended=ended.append)
    job.hear = watch.hear
    watch.follow(job)
    return told, ended


def test_all_that_is_told_between_two_looks_is_one_event():
    job = Job([500, 0, 3], "a table")
    told, ended = watched(job)
    assert [len(one.events) for one in told] == [500, 3]
    assert ended == ["a table"]


def test_a_look_waits_as_long_as_a_repaint_must():
    job = Job([1] * 40, "a table")
    watched(job)
    assert set(job.waits) == {REPAINT_S}
    assert pytest.approx(1 / 8) == REPAINT_S


def test_an_error_is_how_a_job_ends_as_well():
    error = PathError("full")
    told, ended = watched(Job([], error))
    assert told == []
    assert ended == [error]


def test_a_job_of_hours_does_not_grow_the_stack():
    told, _ = watched(Job([1] * 5000, "a table"))
    assert len(told) == 5000
