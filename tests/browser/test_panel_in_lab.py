import json
import os
import re
from pathlib import Path

import pytest
from panel_in_page import PLACE, SAVE_WIDGETS, SLOW, PanelInPage, restart, run, save, tab_to

from omero_tables_jupyter import demo, settings
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.demo.faults import Answer, Hold
from omero_tables_jupyter.settings import Profile

START = """import os
os.environ.update({folders})
%load_ext omero_tables_jupyter
import omero_tables_jupyter as otj
cells = otj.demo.sample_cells(rows={rows})"""
LOG_IN = "otj.login({url!r}, username={user!r}, password={password!r});"
PANEL = "%omero_panel cells --to Dataset:51"
REGISTER = r"/omero_plus/api/v0/table$"
REFUSED = Answer(400, '{"message": "the file is not below the share"}', "application/json")
SESSION_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Clicks what shows and hides a part of the panel, again as soon as it was answered, until the end
CLICKS = """([button, panel]) => new Promise(tell => {
    const waits = [];
    const seen = words => [...panel.querySelectorAll(words)].some(one => one.offsetParent);
    let clicked = 0;
    let before = false;
    const look = () => {
        if (clicked && seen('textarea') !== before) {
            waits.push(performance.now() - clicked);
            clicked = 0;
        }
        if (!clicked && seen('[title="Stop this upload"]')) {
            before = seen('textarea');
            clicked = performance.now();
            button.click();
        }
        if (!clicked && seen('a')) {
            tell(waits);
        } else {
            setTimeout(look, 5);
        }
    };
    look();
})"""


@pytest.fixture
def server():
    with demo.serve() as running:
        yield running


@pytest.fixture
def share(server):
    """Save below the server's share, as a saved profile says."""
    settings.save_profile(Profile("lab", server.url, mapping=server.mapping))
    return Path(server.share)


@pytest.fixture
def opened(lab, page):
    """Open a notebook whose kernel keeps its settings where this test does; run some cells."""

    def open_and_run(*cells, rows=2000, upto=None, notebook_7=False):
        names = ("OMERO_TABLES_CONFIG_DIR", "OMERO_TABLES_STATE_DIR")
        start = START.format(folders={name: os.environ[name] for name in names}, rows=rows)
        path = lab.root / lab.write(start, *cells)
        (lab.open_in_notebook_7 if notebook_7 else lab.open)(page, path.name)
        run(page, *range(upto or len(cells) + 1))
        return PanelInPage(page), path

    yield open_and_run
    lab.shut_down(page)


def log_in(server):
    return LOG_IN.format(url=server.url, user=server.username, password=server.password)


def files_of(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


# --- the first time and the second --------------------------------------------------------------


def test_the_first_time_a_link_is_pasted_and_the_second_time_one_click_is_enough(
    opened, page, server
):
    again = "cells = cells.assign(area=cells.area + {})\n%omero_panel cells"
    panel, _ = opened("%omero_panel cells", again.format(1), again.format(2), upto=2)
    panel.reads("not connected")
    panel.say("Attach to", f"{server.url}/webclient/?show=dataset-51")
    panel.reads("was named by a link")
    panel.log_in(server)
    panel.reads("Rows will show beside each image")
    panel.save_in_new("lab", server)
    panel.upload()
    panel.done()
    run(page, 2)
    panel.upload()
    panel.done()
    restart(page)
    run(page, 0, 3)
    panel.say("Password", server.password)
    panel.upload()
    panel.done()
    assert [one.targets for one in server.registered] == [("Dataset:51",)] * 3
    assert [one.name for one in server.registered] == ["cells"] * 3
    assert len({one.uri for one in server.registered}) == 3


def test_from_log_in_by_browsing_to_the_table_by_keyboard_alone(opened, page, server):
    panel, _ = opened("%omero_panel cells")
    keys = page.keyboard
    panel.field("Server").wait_for(timeout=SLOW)
    page.locator(".jp-Notebook").focus()
    tab_to(page, "Server")
    keys.type(server.url)
    tab_to(page, "User")
    keys.type(server.username)
    tab_to(page, "Password")
    keys.type(server.password)
    keys.press("Enter")
    panel.reads("Lab A")
    tab_to(page, "Look for it in the lab")
    keys.press("Enter")
    panel.button("Mitosis").wait_for(timeout=SLOW)
    tab_to(page, "Show the datasets of Project 1")
    keys.press("Enter")
    panel.button("Screen 3").wait_for(timeout=SLOW)
    tab_to(page, "Attach the table to Dataset 51 (Screen 3)")
    keys.press("Space")
    panel.reads("Rows will show beside each image")
    tab_to(page, "Say how the server sees a folder of this computer")
    keys.press("Enter")
    for label, words in (
        ("Here", str(server.share)),
        ("On server", server.server_share),
        ("Call it", "lab"),
    ):
        tab_to(page, label)
        keys.type(words)
    tab_to(page, "Remember this share")
    keys.press("Enter")
    panel.stands("5 Upload", "ready")
    tab_to(page, "Upload")
    keys.press("Enter")
    panel.done()
    tab_to(page, "View table ↗")
    with page.context.expect_page() as opening:
        keys.press("Enter")
    assert server.registered[-1].targets == ("Dataset:51",)
    assert opening.value.url.startswith(server.url)


# --- problems -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("share")
def test_a_problem_has_its_fix_in_the_dark_and_in_a_narrow_window_too(
    opened, lab, page, server, tmp_path
):
    mixed = "mixed = cells.assign(remark=['x', *range(1999)])"
    panel, _ = opened(log_in(server), mixed, "%omero_panel mixed --to Dataset:51")
    panel.button("Fix 1 problem first").wait_for(timeout=SLOW)
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })",
        "JupyterLab Dark",
    )
    page.wait_for_function("() => document.body.dataset.jpThemeName === 'JupyterLab Dark'")
    page.locator("#jupyterlab-splash").wait_for(state="hidden")
    page.screenshot(path=tmp_path / "dark.png")
    lab.do(page, "application:toggle-left-area")
    page.set_viewport_size({"width": 420, "height": 1400})
    panel.click("First rows")
    panel.all.get_by_role("region", name="First rows").wait_for(timeout=SLOW)
    page.screenshot(path=tmp_path / "narrow.png")
    assert panel.all.evaluate("element => element.scrollWidth <= element.clientWidth")
    panel.click("Fix: store it as text")
    panel.upload()
    panel.done()
    page.screenshot(path=tmp_path / "narrow_done.png")


def test_after_a_refusal_the_mapping_is_changed_and_nothing_is_converted_again(
    opened, server, share
):
    panel, _ = opened(log_in(server), PANEL)
    panel.stands("5 Upload", "ready")
    server.faults.next(REGISTER, REFUSED, method="POST")
    panel.click("Upload")
    panel.stands("5 Upload", "not registered")
    written = files_of(share)
    panel.click("Change mapping")
    panel.give(Here=str(share), On_server=f"{server.server_share}/.")
    panel.reads(f"{server.server_share}/cells.tiledb")
    panel.click("Use once")
    panel.click("Register again")
    panel.done()
    assert written
    assert files_of(share) == written
    assert [one.name for one in server.registered] == ["cells"]


def test_a_session_that_expires_in_mid_job_asks_for_the_password_and_the_job_goes_on(
    opened, server, share
):
    panel, _ = opened(log_in(server), PANEL)
    panel.stands("5 Upload", "ready")
    hold = Hold()
    server.faults.next(REGISTER, hold, method="POST")
    panel.click("Upload")
    panel.reads("Register")
    server.expire_sessions()
    hold.until.set()
    panel.reads("has expired: give your password")
    written = files_of(share)
    panel.say("Password", server.password)
    panel.done()
    assert files_of(share) == written
    assert [one.name for one in server.registered] == ["cells"]


# --- a million rows -----------------------------------------------------------------------------


@pytest.mark.usefixtures("share")
def test_the_page_answers_while_a_million_rows_are_converted(opened, page, server):
    panel, _ = opened(log_in(server), PANEL, rows=1_000_000)
    panel.stands("5 Upload", "ready")
    button = panel.button("Copy as magic").element_handle()
    panel.click("Upload")
    waits = page.evaluate(CLICKS, [button, panel.all.element_handle()])
    panel.done()
    assert waits
    print(f"{len(waits)} clicks answered while it ran, the slowest in {max(waits):.0f} ms")  # noqa: T201 - a figure to read
    # On an idle machine the slowest takes a fraction of a second
    assert max(waits) < 5000
    assert server.registered[-1].name == "cells"


def test_cancelled_in_mid_conversion_nothing_is_left_on_disk(opened, server, share):
    slow = f"{PANEL} --chunk-rows 100"
    panel, _ = opened(log_in(server), slow, rows=1_000_000)
    panel.upload()
    panel.reads(re.compile("of 1 000 000 rows"))
    panel.click("Cancel")
    panel.stands("5 Upload", "cancelled")
    assert list(share.iterdir()) == []
    assert server.registered == ()


# --- what is saved ------------------------------------------------------------------------------


def test_a_notebook_that_is_opened_again_shows_the_card_where_the_panel_stood(
    opened, lab, page, server, share
):
    panel, path = opened(log_in(server), PANEL)
    panel.upload()
    panel.done()
    kept = page.locator(".omero-tables-keepsake")
    kept.get_by_text("registered in OMERO").wait_for(state="attached", timeout=SLOW)
    assert not kept.is_visible()
    save(page, path)
    lab.shut_down(page)
    lab.open(page, path.name)
    page.get_by_role("group", name="Table cells").wait_for(timeout=SLOW)
    assert kept.get_by_role("link", name="View table").is_visible()
    assert page.locator(PLACE).count() == 0


def test_when_the_extension_goes_the_card_stands_where_the_panel_stood(opened, page, server, share):
    panel, _ = opened(log_in(server), PANEL, "%unload_ext omero_tables_jupyter", upto=3)
    panel.upload()
    panel.done()
    run(page, 3)
    kept = page.locator(".omero-tables-keepsake")
    kept.get_by_role("link", name="View table").wait_for(timeout=SLOW)
    assert page.locator(PLACE).count() == 0


def test_what_is_saved_says_what_it_was_and_no_secret_even_while_the_log_in_row_is_filled_in(
    opened, lab, page, server, share
):
    panel, path = opened(PANEL)
    lab.do(page, SAVE_WIDGETS)
    try:
        panel.give(Server=server.url, User=server.username)
        panel.field("Password").press_sequentially(server.password)
        saved = [save(page, path)]
        panel.field("Password").press("Enter")
        panel.upload()
        panel.done()
        saved.append(save(page, path))
    finally:
        lab.do(page, SAVE_WIDGETS)
    token = describe_array(str(share / "cells.tiledb")).token.reveal()
    for text in saved:
        assert json.loads(text)["metadata"]["widgets"]
        assert [one for one in (server.password, token) if one in text] == []
        assert SESSION_KEY.findall(text) == []
    shown, _ = json.loads(saved[-1])["cells"][-1]["outputs"]
    said = "".join(shown["data"]["text/plain"])
    assert said.startswith("OMERO tables panel of cells to Dataset:51; run %omero_panel")


# --- Notebook 7 ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("share")
def test_the_panel_uploads_in_notebook_7_as_well(opened, server):
    panel, _ = opened(log_in(server), PANEL, notebook_7=True)
    panel.upload()
    panel.done()
    assert [one.name for one in server.registered] == ["cells"]
