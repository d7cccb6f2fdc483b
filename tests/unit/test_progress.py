import atexit
import io

import ipywidgets as widgets
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from omero_tables_jupyter.errors import DataError, OptionError, UploadCancelled
from omero_tables_jupyter.events import (
    LoginNeeded,
    Progress,
    Stage,
    StageDone,
    StageStarted,
    TableDone,
    TableStarted,
)
from omero_tables_jupyter.job import TablesJob, UploadJob
from omero_tables_jupyter.jupyter import faces
from omero_tables_jupyter.jupyter.faces import (
    LineFace,
    NoFace,
    TerminalFace,
    WidgetFace,
    choose_face,
    has_person,
)
from omero_tables_jupyter.jupyter.following import follow
from omero_tables_jupyter.jupyter.progress import (
    JobView,
    Outcome,
    Painter,
    StageView,
    after,
    ended,
    stage_line,
)
from omero_tables_jupyter.jupyter.progress_html import job_bundle, progress_html, progress_text
from omero_tables_jupyter.model import RegisteredTable

NO_HISTORY = Config({"HistoryManager": {"enabled": False}})
TABLE = RegisteredTable("Cells", 7, 8, 3, ("a",), (), "/l", "/r", "", "")


def view_of(*timed):
    view = JobView()
    for at, event in timed:
        view = after(view, event, at)
    return view


class Recorder:
    """A face that keeps what it was shown."""

    def __init__(self):
        self.views = []
        self.closed = []

    def paint(self, view):
        self.views.append(view)

    def close(self, view, card):
        self.closed.append((view.outcome, card))


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_a_stage_goes_from_started_to_done():
    view = view_of(
        (0, StageStarted(Stage.CONVERT, 48_212)),
        (2, Progress(Stage.CONVERT, 30_000, 48_212)),
        (3, StageDone(Stage.CONVERT, 3.0, "14 MB")),
    )
    assert view.stages == (
        StageView(Stage.CONVERT, 0, 30_000, 48_212, "rows", 3.0, Outcome.DONE, "14 MB"),
    )


def test_the_line_of_a_stage_tells_share_amount_speed_and_what_is_left():
    view = view_of(
        (0, StageStarted(Stage.CONVERT, 48_212)), (2, Progress(Stage.CONVERT, 30_000, 48_212))
    )
    line = stage_line(view.current)
    assert line == "Convert 62 % 30 000 of 48 212 rows, 15 k/s, 0:01 left"


@pytest.mark.parametrize(
    ("events", "line"),
    [
        ([(0, StageStarted(Stage.CONNECT))], "Connect"),
        ([(0, Progress(Stage.CHECK, 5, None, "rows"))], "Check 5 rows so far"),
        (
            [(0, StageStarted(Stage.CHECK)), (2, Progress(Stage.CHECK, 4_000_000, None, "bytes"))],
            "Check 4.0 MB so far, 2.0 MB/s",
        ),
        (
            [(0, StageStarted(Stage.CONVERT, 9)), (9, Progress(Stage.CONVERT, 0, 9, "rows", "a"))],
            "Convert 0 % 0 of 9 rows (a)",
        ),
        ([(0, Progress(Stage.CONVERT, 12, 9))], "Convert 100 % 12 of 9 rows"),
        ([(0, StageDone(Stage.VERIFY, 0.25))], "Verify ok · 0.2 s"),
    ],
)
def test_what_is_not_known_is_left_out(events, line):
    assert stage_line(view_of(*events).current) == line


def test_a_restart_begins_the_clock_anew():
    view = view_of(
        (0, StageStarted(Stage.CONVERT, 100)),
        (10, Progress(Stage.CONVERT, 0, 100, restarted="column 'a' holds text")),
        (11, Progress(Stage.CONVERT, 50, 100)),
    )
    assert view.current.seconds == 1
    assert "50/s" in stage_line(view.current)
    assert "column 'a' holds text" in stage_line(view.current)


def test_a_needed_login_is_part_of_the_view_until_the_job_goes_on():
    needed = LoginNeeded("https://omero.site", "ana")
    view = view_of((0, StageStarted(Stage.REGISTER)), (1, needed))
    assert view.login is needed
    assert after(view, StageDone(Stage.REGISTER, 1.0), 2).login is None


def test_a_failed_job_fails_the_stage_under_way_and_keeps_those_behind():
    view = ended(
        view_of((0, StageDone(Stage.CONNECT, 0.1)), (1, StageStarted(Stage.CONVERT, 5))),
        Outcome.FAILED,
    )
    assert [stage.outcome for stage in view.stages] == [Outcome.DONE, Outcome.FAILED]
    assert "Convert failed" in progress_text("Cells", view)
    assert "Convert failed" in progress_html("Cells", view)


def test_progress_html_is_escaped_and_has_no_script():
    view = view_of((0, StageDone(Stage.CONNECT, 0.1, "<script>x</script>")))
    drawn = progress_html("<b>", view)
    assert "<script" not in drawn
    assert "<b>" not in drawn


def test_the_painter_repaints_at_most_eight_times_a_second_and_misses_no_stage():
    clock, face = Clock(), Recorder()
    painter = Painter(face, now=clock)
    painter(StageStarted(Stage.CONVERT, 10_000))
    for done in range(10_000):
        clock.now = done / 10_000
        painter(Progress(Stage.CONVERT, done, 10_000))
    painter(StageDone(Stage.CONVERT, 1.0))
    assert 8 <= len(face.views) <= 10
    assert face.views[-1].current.outcome is Outcome.DONE


def test_lines_are_written_once_a_stage_and_the_last_one_however_it_ended():
    stream = io.StringIO()
    face = LineFace(stream)
    view = view_of((0, StageDone(Stage.CONNECT, 0.1)), (1, StageStarted(Stage.CONVERT, 5)))
    face.paint(view)
    face.paint(view)
    face.close(ended(view, Outcome.FAILED), None)
    assert stream.getvalue() == "Connect ok · 0.1 s\nConvert failed\n"


def test_a_terminal_line_is_written_over():
    stream = io.StringIO()
    face = TerminalFace(stream)
    face.paint(view_of((0, StageStarted(Stage.CONVERT, 5))))
    face.paint(view_of((0, StageDone(Stage.CONVERT, 1.0))))
    assert stream.getvalue().endswith("\r\x1b[2KConvert ok · 1.0 s\n")


TWO_TABLES = (
    (0, StageDone(Stage.CONNECT, 0.1)),
    (1, StageDone(Stage.CHECK, 0.1, "2 tables on 2 objects")),
    (2, TableStarted(1, 2, "Image:101")),
    (2, StageStarted(Stage.CONVERT, 4)),
    (3, StageDone(Stage.CONVERT, 1.0)),
    (4, TableDone(1, 2, "Image:101", "registered", "annotation 7")),
    (5, TableStarted(2, 2, "Image:102")),
    (6, StageStarted(Stage.CONVERT, 4)),
)


def test_of_several_tables_the_stages_are_those_of_the_one_under_way():
    view = view_of(*TWO_TABLES)
    assert [stage.stage for stage in view.stages] == [Stage.CONVERT]
    assert view.current.outcome is Outcome.RUNNING
    assert (view.table.number, view.fraction) == (2, 0.5)
    assert "table 2 of 2 · Image:102" in progress_text("Cells", view)
    assert "table 2 of 2 · Image:102" in progress_html("Cells", view)
    done = view_of(*TWO_TABLES, (7, TableDone(2, 2, "Image:102", "failed", "<b>")))
    assert (done.fraction, done.stages) == (1.0, ())


def test_lines_are_those_of_the_check_and_then_one_a_table():
    stream = io.StringIO()
    face = LineFace(stream)
    for end in range(1, len(TWO_TABLES) + 1):
        face.paint(view_of(*TWO_TABLES[:end]))
    assert stream.getvalue().splitlines() == [
        "Connect ok · 0.1 s",
        "Check ok · 0.1 s · 2 tables on 2 objects",
        "table 1 of 2 · Image:101 · registered · annotation 7",
    ]


def test_a_terminal_says_which_table_the_stage_is_of():
    stream = io.StringIO()
    TerminalFace(stream).paint(view_of(*TWO_TABLES))
    assert stream.getvalue().endswith("table 2 of 2 · Image:102 · Convert 0 % 0 of 4 rows")


def test_a_job_of_several_tables_shows_which_one_it_is_at():
    def steps():
        for _, event in TWO_TABLES:
            yield event
        return [1, 2]

    job = TablesJob(steps(), name="Cells").start()
    assert job.wait(timeout_s=10)
    assert (job.progress.table, job.progress.tables) == (2, 2)
    assert "table 2 of 2" in job_bundle(job)["text/plain"]
    assert repr(job) == "<TablesJob 'Cells': done, 2 tables>"


@pytest.fixture
def shell():
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(config=NO_HISTORY)
    yield made
    made.restore_sys_module_state()
    # A shell's farewell takes a second, and there are many of them.
    atexit.unregister(made.atexit_operations)
    InteractiveShell.clear_instance()


class Handle:
    def __init__(self):
        self.updates = []

    def update(self, bundle, raw):
        assert raw
        self.updates.append(bundle)


@pytest.fixture
def shown(monkeypatch):
    """Keep what is displayed, and the handle that it was given."""
    kept = []

    def display(thing, **options):
        kept.append((thing, handle := Handle()))
        return handle

    monkeypatch.setattr(faces, "display", display)
    return kept


BEHIND = view_of(
    (0, StageDone(Stage.CONNECT, 0.1)),
    (0, StageStarted(Stage.CONVERT, 4)),
    (2, Progress(Stage.CONVERT, 1, 4)),
)


def test_the_widget_shows_stages_bar_and_amount(shown):
    face = WidgetFace("Cells")
    face.paint(BEHIND)
    words, row = face.widget.children
    (bar,) = row.children
    assert "the stop button" in words.value
    assert "Connect ok" in words.value
    assert "25 % 1 of 4 rows" in words.value
    assert bar.value == 0.25


def test_one_widget_is_displayed_however_often_it_is_painted(shown):
    face = WidgetFace("Cells")
    face.paint(BEHIND)
    face.paint(BEHIND)
    ((bundle, _),) = shown
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == "upload of Cells"


def test_an_upload_that_fails_before_its_first_stage_leaves_nothing_but_its_error(shown):
    face = WidgetFace("Cells")
    face.close(ended(JobView(), Outcome.FAILED), None)
    assert shown == []
    assert face.widget.comm is None


def test_the_cancel_button_is_there_at_once_and_cancels_once(shown):
    cancelled = []
    face = WidgetFace("Cells", cancel=lambda: cancelled.append(1))
    assert len(shown) == 1
    button = face.widget.children[1].children[1]
    assert isinstance(button, widgets.Button)
    button.click()
    assert cancelled == [1]
    assert button.disabled


def test_what_the_widget_leaves_is_static(shown):
    face = WidgetFace("Cells")
    face.paint(BEHIND)
    models = {face.widget, *face.widget.children}
    face.close(BEHIND, {"text/html": "<p>card</p>", "text/plain": "card"})
    assert shown[0][1].updates == [{"text/html": "<p>card</p>", "text/plain": "card"}]
    assert all(model.comm is None for model in models)


def test_a_failed_upload_leaves_its_stages(shown):
    face = WidgetFace("Cells")
    view = view_of((0, StageStarted(Stage.CONVERT, 4)))
    face.paint(view)
    face.close(ended(view, Outcome.CANCELLED), None)
    assert "Convert cancelled" in shown[0][1].updates[0]["text/plain"]


def test_a_job_that_failed_tells_its_error_and_its_cure_within_its_frame():
    job = UploadJob(steps(error=DataError("<odd>", hint="mend it")), name="Cells").start()
    job.wait()
    drawn = job_bundle(job)["text/html"]
    assert drawn.endswith("→ mend it</div></div>")
    assert "&lt;odd&gt;" in drawn


def test_a_job_that_was_cancelled_says_so_once():
    job = UploadJob(steps(error=UploadCancelled("stopped")), name="Cells").start()
    job.wait()
    drawn = job_bundle(job)["text/html"]
    assert "cancelled" in drawn
    assert "stopped" not in drawn


def test_less_than_a_second_left_is_not_told():
    view = view_of((0, StageStarted(Stage.CONVERT, 100)), (2, Progress(Stage.CONVERT, 90, 100)))
    assert "left" not in stage_line(view.current)


def test_progress_can_be_chosen(shell, shown):
    assert isinstance(choose_face("none", shell, "Cells"), NoFace)
    assert isinstance(choose_face("text", shell, "Cells"), LineFace)
    assert isinstance(choose_face("widget", shell, "Cells"), WidgetFace)
    with pytest.raises(OptionError, match="'txt'"):
        choose_face("txt", shell, "Cells")


class Kernel:
    def __init__(self, *, allow_stdin):
        self.kernel = object()
        self.allow_stdin = allow_stdin

    def get_parent(self):
        return {"content": {"allow_stdin": self.allow_stdin}}


def test_a_notebook_with_a_person_gets_a_widget_and_one_without_gets_lines(shown):
    assert isinstance(choose_face("auto", Kernel(allow_stdin=True), "Cells"), WidgetFace)
    assert type(choose_face("auto", Kernel(allow_stdin=False), "Cells")) is LineFace


def test_a_terminal_gets_a_line_that_is_written_over(shell, monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setattr("sys.stdin", Terminal())
    assert has_person(shell)
    assert isinstance(choose_face("auto", shell, "Cells"), TerminalFace)


def test_without_a_terminal_nobody_is_there(shell, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert not has_person(shell)


def steps(*events, error=None):
    yield from events
    if error is not None:
        raise error
    return TABLE


def card(table):
    return {"text/plain": table.name}


def test_following_gives_the_table_and_closes_with_its_card():
    face = Recorder()
    job = UploadJob(steps(StageDone(Stage.CONNECT, 0.1)), name="Cells").start()
    assert follow(job, face, card=card, ask=None) is TABLE
    assert face.closed == [(Outcome.DONE, {"text/plain": "Cells"})]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (DataError("odd"), Outcome.FAILED),
        (UploadCancelled("stopped"), Outcome.CANCELLED),
        (ZeroDivisionError(), Outcome.FAILED),
    ],
)
def test_following_closes_the_face_whatever_happens(error, outcome):
    face = Recorder()
    job = UploadJob(steps(error=error), name="Cells").start()
    with pytest.raises(type(error)):
        follow(job, face, card=card, ask=None)
    assert face.closed == [(outcome, None)]


def test_an_interrupt_while_following_cancels_the_job():
    class Interrupting(Recorder):
        def paint(self, view):
            raise KeyboardInterrupt

    def endless():
        while True:
            yield Progress(Stage.CONVERT, 1, 2)

    face = Interrupting()
    job = UploadJob(endless(), name="Cells").start()
    with pytest.raises(UploadCancelled):
        follow(job, face, card=card, ask=None)
    assert job.done
    assert face.closed == [(Outcome.CANCELLED, None)]
