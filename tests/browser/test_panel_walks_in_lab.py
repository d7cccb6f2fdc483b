import hashlib
import json

import pytest
from panel_in_page import FOCUSED, SAVE_WIDGETS, SLOW, save, tab_to

START = "%load_ext omero_tables_jupyter\n%omero_demo"
PANEL = (
    "import omero_tables_jupyter as otj\n"
    "cells = otj.demo.sample_cells(rows=200)\n"
    "panel = otj.panel(cells)\npanel"
)
ROW = """
import hashlib
import ipywidgets
from omero_tables_jupyter.jupyter.panel.signing import SignInRow
said = ipywidgets.HTML()
def connect(form):
    digest = hashlib.sha256(form.password.reveal().encode()).hexdigest()
    said.value = f"{form.user} at {form.server}: {digest}"
row = SignInRow(connect=connect)
row.render(server="https://omero.site", user="ana")
display(row.widget, said)
"""


@pytest.fixture
def opened(lab, page):
    def open_and_run(*cells):
        name = lab.write(*cells)
        lab.open(page, name)
        lab.do(page, "notebook:run-all-cells")
        return page, lab.root / name

    yield open_and_run
    lab.shut_down(page)


def test_a_dataset_is_found_and_attached_by_keyboard_alone(opened):
    page, _ = opened(START, PANEL)
    field = page.get_by_role("textbox", name="Attach to")
    field.wait_for(timeout=SLOW)
    field.focus()
    tab_to(page, "Look for it in the lab")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Mitosis").wait_for(timeout=SLOW)
    tab_to(page, "Show the datasets of Project 1")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Screen 3").wait_for(timeout=SLOW)
    field.focus()
    tab_to(page, "Attach the table to Dataset 51 (Screen 3)")
    page.keyboard.press("Space")
    chip = page.get_by_text("you can annotate")
    chip.wait_for(timeout=SLOW)
    page.get_by_text("Rows will show beside each image").wait_for(timeout=SLOW)
    # what was in focus cannot be pressed any more: Tab goes on from there all the same
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED)[-1] in {"SELECT", "INPUT", "BUTTON"}
    field.focus()
    tab_to(page, 'Do not attach the table to Dataset 51 "Screen 3"')
    page.keyboard.press("Enter")
    chip.wait_for(state="hidden", timeout=SLOW)


def test_a_password_is_in_no_saved_notebook_whenever_it_is_saved(opened, lab):
    page, path = opened(ROW)
    lab.do(page, SAVE_WIDGETS)
    try:
        field = page.get_by_role("textbox", name="Password")
        field.wait_for(timeout=SLOW)
        field.press_sequentially("canary one")
        saved = [save(page, path)]
        field.press("Enter")
        page.get_by_text(digest("canary one")).wait_for(timeout=SLOW)
        assert field.input_value() == ""
        saved.append(save(page, path))
        field.press_sequentially("canary two")
        field.press("Tab")
        page.get_by_placeholder("typed; not shown").wait_for(timeout=SLOW)
        assert field.input_value() == ""
        saved.append(save(page, path))
        page.keyboard.press("Enter")
        page.get_by_text(digest("canary two")).wait_for(timeout=SLOW)
        saved.append(save(page, path))
    finally:
        lab.do(page, SAVE_WIDGETS)
    for text in saved:
        assert (
            "application/vnd.jupyter.widget-state+json" in json.loads(text)["metadata"]["widgets"]
        )
        assert "canary" not in text


def digest(password):
    return hashlib.sha256(password.encode()).hexdigest()
