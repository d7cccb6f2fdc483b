"""A job whose steps, watchers, cancels, passwords and failures come in any order."""

import queue
import threading

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from omero_tables_jupyter.errors import ConvertError, UploadCancelled
from omero_tables_jupyter.events import LoginNeeded, Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.job import UploadJob
from omero_tables_jupyter.job_progress import JobProgress
from omero_tables_jupyter.model import RegisteredTable, Secret

TABLE = RegisteredTable("Cells", 7, 8, 3, ("a",), (), "/l", "/r", "", "")
PASSWORD = "correct horse battery"
WAIT_S = 20
STAGES = st.sampled_from(Stage)
EVENTS = st.one_of(
    st.builds(StageStarted, STAGES, st.none() | st.integers(0, 9)),
    st.builds(Progress, STAGES, st.integers(0, 9), st.none() | st.integers(0, 9)),
    st.builds(StageDone, STAGES, st.floats(0, 9), st.text(max_size=3)),
)


class Steps:
    """Steps that do what they are told, one thing at a time; `idle` says that they wait for it."""

    def __init__(self):
        self.orders = queue.Queue()
        self.idle = threading.Semaphore(0)
        self.answers = []
        self.closed = 0

    def run(self):
        try:
            while True:
                self.idle.release()
                act, value = self.orders.get(timeout=WAIT_S)
                if act == "fail":
                    raise value
                if act == "end":
                    return TABLE
                self.answers.append((yield value))
        finally:
            self.closed += 1


class AnyOrder(RuleBasedStateMachine):
    """A job beside a plain account of what it must have come to."""

    ask = True

    def __init__(self):
        super().__init__()
        self.steps = Steps()
        self.told = threading.Semaphore(0)
        self.events, self.answers, self.heard = [], [], []
        self.cancelled = self.waits = False
        self.password = self.outcome = self.leave = None
        self.since = 0
        self.job = UploadJob(self.steps.run(), name="Cells", ask=self.ask)
        self.job.subscribe(lambda _: self.told.release())
        self.job.start()
        assert self.steps.idle.acquire(timeout=WAIT_S)

    def teardown(self):
        self.job.cancel()
        if self.outcome is None and not self.waits:
            self.steps.orders.put(("end", None))
        assert self.job.wait(timeout_s=WAIT_S)
        self.job._thread.join(WAIT_S)
        assert not self.job._thread.is_alive()

    def ended(self, outcome):
        self.outcome = outcome
        assert self.job.wait(timeout_s=WAIT_S)

    def goes_on(self, answer):
        """Follow the job from an event that was told to its next step, or to its end."""
        if self.cancelled:
            self.ended(UploadCancelled)
        else:
            self.answers.append(answer)
            assert self.steps.idle.acquire(timeout=WAIT_S)

    running = precondition(lambda self: self.outcome is None and not self.waits)

    def order(self, event):
        self.steps.orders.put(("tell", event))
        self.events.append(event)
        assert self.told.acquire(timeout=WAIT_S)

    @running
    @rule(event=EVENTS)
    def tell(self, event):
        self.order(event)
        self.goes_on(None)

    @running
    @rule()
    def need_a_login(self):
        self.order(LoginNeeded("https://omero.site", "ana"))
        if not self.ask:
            self.goes_on(None)
        elif self.cancelled or self.password:
            answer, self.password = self.password, None
            self.goes_on(answer)
        else:
            self.waits = True

    @rule()
    def renew(self):
        self.password = Secret(PASSWORD)
        self.job.renew(self.password)
        if self.waits:
            answer, self.password, self.waits = self.password, None, False
            self.goes_on(answer)

    @rule()
    def cancel(self):
        self.job.cancel()
        self.cancelled = True
        if self.waits:
            self.waits = False
            self.goes_on(None)

    @running
    @rule(error=st.sampled_from([ConvertError("the disk is full"), ZeroDivisionError("a bug")]))
    def fail(self, error):
        self.steps.orders.put(("fail", error))
        self.ended(type(error))

    @running
    @rule()
    def end(self):
        self.steps.orders.put(("end", None))
        self.ended(RegisteredTable)

    @precondition(lambda self: self.leave is None)
    @rule()
    def watch(self):
        self.since, self.heard = len(self.events), []
        self.leave = self.job.subscribe(self.heard.append)

    @precondition(lambda self: self.leave is not None)
    @rule()
    def look_away(self):
        self.leave()
        assert self.heard == self.events[self.since :]
        self.leave = None

    @invariant()
    def it_has_told_what_happened(self):
        known = JobProgress()
        for event in self.events:
            known = known.after(event)
        now = self.job.progress
        assert (now.stage, now.done, now.total, now.finished) == (
            known.stage,
            known.done,
            known.total,
            known.finished,
        )
        assert self.steps.answers == self.answers
        assert PASSWORD not in repr(self.job)

    @invariant()
    def it_stands_where_it_was_led(self):
        assert self.job.done == (self.outcome is not None)
        if self.outcome is None:
            assert not self.job.failed
            assert self.job.error is None
            return
        assert list(self.job.events()) == self.events
        assert self.steps.closed == 1
        assert self.job.failed == (self.outcome is not RegisteredTable)
        if self.job.failed:
            assert (self.job.error is None) == (self.outcome is ZeroDivisionError)
            with pytest.raises(self.outcome):
                self.job.result()
        else:
            assert self.job.result() is TABLE


class NobodyAnswers(AnyOrder):
    """The same where no password can be asked for."""

    ask = False


STEPS = settings(deadline=None)
TestAJobThatMayAsk = AnyOrder.TestCase
TestAJobThatMayAsk.settings = STEPS
TestAJobThatMayNotAsk = NobodyAnswers.TestCase
TestAJobThatMayNotAsk.settings = STEPS
