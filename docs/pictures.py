"""Make the README's pictures of the panel, from a real JupyterLab: ``python docs/pictures.py``.

Each shows the panel alone, in the light theme, as it works with the stand-in. Two of them also go
into the panel's notebook, in place of the panels that need a kernel.
"""

from __future__ import annotations

import base64
import json
import re
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from jupyter_here import CHROMIUM, FLAGS, Lab, running_lab  # noqa: E402 - found by the line above
from panel_in_page import SLOW, PanelInPage, run  # noqa: E402 - likewise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

FOLDER = ROOT / "docs" / "pictures"
NOTEBOOK = ROOT / "notebooks" / "02_panel.ipynb"
#: The notebook's cells that show a panel, by their ids.
SHOWN_IN = {"panel": "ready", "panel-problem": "problem"}
START = """%load_ext omero_tables_jupyter
%omero_demo
import omero_tables_jupyter as otj"""
CELLS = "cells = otj.demo.sample_cells(rows=48_212)"
MANY = "cells = otj.demo.sample_cells(rows=1_000_000)"
MIXED = f"{CELLS}\ncells['remark'] = ['ok', 7, *['ok'] * 48_210]"
PANEL = '%omero_panel cells --to Dataset:51 --name "Cells plate 7"'


def main() -> None:
    """Make all of them."""
    if CHROMIUM is None:
        raise SystemExit("no chromium: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as base,
        running_lab(Path(base)) as lab,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        with panel_of(browser, lab, CELLS, PANEL) as panel:
            panel.stands("5 Upload", "ready")
            keep(panel, "ready")
            panel.upload()
            panel.done()
            keep(panel, "done")
        with panel_of(browser, lab, MIXED, PANEL) as panel:
            panel.button("Fix 1 problem first").wait_for(timeout=SLOW)
            keep(panel, "problem")
        # in small writes, so that there is time to look
        with panel_of(browser, lab, MANY, f"{PANEL} --chunk-rows 100") as panel:
            panel.upload()
            panel.reads(re.compile(r"Convert.[3-7]\d.%"))
            keep(panel, "running")
            panel.click("Cancel")
            panel.stands("5 Upload", "cancelled")
    show_in_notebook()


@contextmanager
def panel_of(browser: Browser, lab: Lab, *cells: str) -> Iterator[PanelInPage]:
    """Open a panel in a notebook of its own."""
    page = browser.new_page(viewport={"width": 1300, "height": 1600}, device_scale_factor=1.3)
    lab.open(page, lab.write(START, *cells))
    run(page, *range(len(cells) + 1))
    yield PanelInPage(page)
    lab.shut_down(page)
    page.close()


def keep(panel: PanelInPage, name: str) -> None:
    """Save a picture of the panel as it stands, with no button under the mouse."""
    panel.page.mouse.move(0, 0)
    panel.page.evaluate("() => document.activeElement.blur()")
    panel.all.screenshot(path=path_of(name))


def path_of(name: str) -> Path:
    """Say where a picture is."""
    return FOLDER / f"panel-{name}.png"


def show_in_notebook() -> None:
    """Show pictures where the notebook, run, shows panels."""
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        name = SHOWN_IN.get(cell["id"])
        if name is None:
            continue
        # what stands below the panel, for a notebook that is opened again, follows it
        output = cell["outputs"][0]
        picture = base64.b64encode(path_of(name).read_bytes()).decode()
        output["data"] = {"image/png": picture, "text/plain": output["data"]["text/plain"]}
        output["metadata"] = {"image/png": {"width": 832}}
    written = json.dumps(notebook, indent=1, ensure_ascii=False)
    NOTEBOOK.write_text(f"{written}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
