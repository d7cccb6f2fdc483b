"""Names, values and messages in every script, long ones, and such as try to be more than text."""

import atexit
import json
from dataclasses import replace

import pandas as pd
import pytest
import requests
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from ipywidgets import HTML
from texts import ATTACKS, LONG, TEXTS, Page
from traitlets.config import Config

import omero_tables_jupyter as otj
from omero_tables_jupyter.demo import server as stand_in
from omero_tables_jupyter.demo.demo_lab import make_lab
from omero_tables_jupyter.demo.faults import Answer
from omero_tables_jupyter.demo.lab import Group, Lab, LabObject
from omero_tables_jupyter.events import Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.job import UploadJob
from omero_tables_jupyter.jupyter.card import result_bundle
from omero_tables_jupyter.jupyter.extension import load_ipython_extension, unload_ipython_extension
from omero_tables_jupyter.jupyter.faces import family
from omero_tables_jupyter.jupyter.panel import opening, panel
from omero_tables_jupyter.jupyter.panel.run import Phase
from omero_tables_jupyter.jupyter.plan_card import plan_bundle
from omero_tables_jupyter.jupyter.progress_html import job_bundle

NO_HISTORY = Config({"HistoryManager": {"enabled": False}})
REGISTER = r"/omero_plus/api/v0/table$"
NAMED = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
SAID = pytest.mark.parametrize(
    "text", [*ATTACKS.values(), LONG, f"{LONG}<script>"], ids=[*ATTACKS, "long", "long attack"]
)
ALL = " ".join(TEXTS.values())


def lab_of(text):
    """Make the lab with everything in it called `text`, its groups too."""
    plain = make_lab()
    nouns = [
        replace(one, name=f"{text} {one.id}") if isinstance(one, LabObject | Group) else one
        for one in plain._nouns.values()
    ]
    links = [(parent, child) for parent, down in plain._children.items() for child in down]
    return Lab(nouns, links)


@pytest.fixture(scope="module")
def server():
    """Serve a lab of which every name is an attack and every script at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stand_in, "make_lab", lambda **_: lab_of(ALL))
        with otj.demo.serve() as running:
            yield running


@pytest.fixture
def session(server):
    opened = otj.login(server.url, username=server.username, password=server.password)
    opened.channel.sleep = lambda seconds: None
    yield opened
    server.faults.clear()


@pytest.fixture
def options(server, session, tmp_path):
    folder = server.share / tmp_path.name
    folder.mkdir()
    return {"to": "Dataset:51", "local_path": str(folder), "mapping": server.mapping}


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(config=NO_HISTORY)
    load_ipython_extension(made)
    yield made
    unload_ipython_extension(made)
    made.restore_sys_module_state()
    atexit.unregister(made.atexit_operations)
    InteractiveShell.clear_instance()


def seen(html):
    return Page(html).text


def folded(text):
    return " ".join(text.split())


def test_any_text_is_a_value_and_comes_back_as_it_was(options):
    texts = [*TEXTS.values(), LONG, f"{LONG}<script>"]
    texts += [f"{text}\r\n{text}" for text in texts]
    done = otj.upload_table(pd.DataFrame({"Image": 101, "label": texts}), "values", **options)
    assert otj.read_table(done)["label"].tolist() == texts


@NAMED
def test_any_text_is_the_name_of_a_table_and_of_a_column(options, server, text):
    frame = pd.DataFrame({"Image": [101], text: [1.5]})
    done = otj.upload_table(frame, text, **options)
    assert done.name == text.strip()
    assert otj.read_table(done).columns.tolist() == ["Image", text]
    bundle = result_bundle(done)
    assert folded(text) in folded(seen(bundle["text/html"]))
    assert text in bundle["text/plain"]
    assert server.registered[-1].name == done.name


def test_a_name_of_64_kib_names_a_file_that_every_system_takes(options):
    done = otj.upload_table(pd.DataFrame({"Image": [101]}), LONG, **options)
    assert done.name == LONG
    assert len(done.local_path.rpartition("/")[2].encode()) < 256


@NAMED
def test_a_check_shows_any_text_as_text(options, text):
    frame = pd.DataFrame({"Image": [101, 102], text: [text, 1]})
    plan = otj.check_table(frame, text, **options)
    assert plan.problems
    card = seen(plan_bundle(plan)["text/html"])
    assert folded(text) in folded(card)


@SAID
def test_what_a_server_says_is_shown_as_text_in_the_error_and_in_the_job(options, server, text):
    answer = Answer(500, json.dumps({"message": text}), "application/json")
    server.faults.next(REGISTER, answer, times=9)
    job = otj.submit_table(pd.DataFrame({"Image": [101]}), "Cells", **options)
    assert job.wait(timeout_s=60)
    bundle = job_bundle(job)
    assert len(bundle["text/html"]) < 20_000
    assert "otj.resume(" in seen(bundle["text/html"])


@SAID
def test_a_page_in_place_of_an_answer_is_never_shown_as_a_page(options, server, text):
    page = f"<html><title>{text}</title><body>{text}</body></html>"
    server.faults.next(REGISTER, Answer(502, page, "text/html"), times=9)
    job = otj.submit_table(pd.DataFrame({"Image": [101]}), "Cells", **options)
    assert job.wait(timeout_s=60)
    bundle = job_bundle(job)
    seen(bundle["text/html"])
    assert len(bundle["text/html"]) < 20_000


@NAMED
def test_the_progress_of_any_name_is_text(text):
    def steps():
        yield StageStarted(Stage.CONVERT, 3, text)
        yield Progress(Stage.CONVERT, 1, 3, text, restarted=text)
        yield StageDone(Stage.CONVERT, 0.5, text)
        yield StageStarted(Stage.REGISTER)
        raise otj.RejectedError(text, hint=text)

    job = UploadJob(steps(), name=text).start()
    assert job.wait(timeout_s=10)
    shown = seen(job_bundle(job)["text/html"])
    assert folded(shown).count(folded(text)) >= 3


def panel_of(shell, line, monkeypatch, **variables):
    made = []

    class Watched(panel.Panel):
        def __init__(self, *args, **kwargs):
            made.append(self)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(opening, "Panel", Watched)
    shell.user_ns.update(variables)
    with capture_output():
        shell.run_line_magic("omero_panel", line)
    return made[0]


def pieces(opened):
    """Give the HTML of every widget of a panel, hidden ones too."""
    return [one.value for one in family(opened.widget) if isinstance(one, HTML)]


def press(opened, word):
    found = [one for one in family(opened.widget) if getattr(one, "description", "") == word]
    found[0].click()


def test_a_panel_shows_every_name_as_text(shell, server, session, share, monkeypatch):
    names = [f"{text} {at}" for at, text in enumerate(TEXTS.values())]
    frame = pd.DataFrame({"Image": [101, 102], **{name: [ALL, "x"] for name in names}})
    opened = panel_of(shell, "cells --to Dataset:51 --to Image:101", monkeypatch, cells=frame)
    press(opened, "First rows")
    press(opened, f"{len(frame.columns)} columns")
    press(opened, "Browse\u2026")
    shown = [seen(one) for one in pieces(opened)]
    assert any("alert(1)" in one for one in shown)
    press(opened, "Upload")
    shown = [seen(one) for one in pieces(opened)]
    assert any("registered in OMERO" in one for one in shown)
    opened.close()


@pytest.fixture
def share(server, tmp_path):
    folder = server.share / tmp_path.name
    folder.mkdir()
    otj.settings.add_memory_profile(
        otj.settings.Profile("demo", server.url, folder=tmp_path.name, mapping=server.mapping)
    )
    yield folder
    otj.settings.forget_memory_profile("demo")


def test_a_panel_shows_what_a_server_refuses_as_text(shell, server, session, share, monkeypatch):
    message = json.dumps({"message": " ".join(ATTACKS.values())})
    frame = pd.DataFrame({"Image": [101]})
    opened = panel_of(shell, "cells --to Dataset:51", monkeypatch, cells=frame)
    server.faults.next(REGISTER, Answer(500, message, "application/json"), times=9)
    press(opened, "Upload")
    assert opened.state.run.phase is Phase.WRITTEN
    assert any("alert(1)" in seen(one) for one in pieces(opened))
    opened.close()


PAGES = (
    "/webclient/",
    "/webclient/?show=dataset-51",
    "/webclient/?show=image-101",
    "/webclient/?show=plate-7",
    "/webclient/?show=well-71",
    "/webclient/?show=roi-801",
    "/webclient/?show=run-9",
    "/webclient/?show=screen-1",
    "/webclient/?show=project-1",
    "/webclient/img_detail/101/",
)


def test_the_pages_of_the_stand_in_show_every_text_as_text(server, options):
    frame = pd.DataFrame({"Image": [101] * len(TEXTS), **{one: ["x", *TEXTS][1:] for one in TEXTS}})
    frame["label"] = list(TEXTS.values())
    done = otj.upload_table(frame, ALL, **options)
    with requests.Session() as browser:
        browser.headers["Accept"] = "text/html"
        page = browser.get(f"{server.url}/webclient/login/", timeout=10)
        token = browser.cookies["csrftoken"]
        form = {"username": server.username, "password": server.password}
        form |= {"csrfmiddlewaretoken": token, "url": ""}
        browser.post(page.url, data=form, timeout=10)
        for path in (*PAGES, done.table_url.removeprefix(server.url)):
            answer = browser.get(server.url + path, timeout=10)
            assert answer.status_code == 200
            text = seen(answer.text.removeprefix("<!doctype html>"))
            assert "not OMERO" in text
        assert all(one in text for one in TEXTS.values())


def test_the_history_shows_every_text_as_text(options):
    otj.upload_table(pd.DataFrame({"Image": [101]}), ALL, **options)
    assert folded(ATTACKS["script"]) in folded(seen_of_listing(otj.history()))


def seen_of_listing(listing):
    html = listing._repr_html_()
    style, _, rest = html.partition("</style>")
    assert "alert" not in style
    return seen(f"<div>{rest}")
