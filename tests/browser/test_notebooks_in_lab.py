from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
ERRORS = '.jp-Notebook .jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"]'
# A machine that is busy with other tests takes its time
SLOW = 90_000


@pytest.fixture
def ran(lab, page):
    def run_all(name):
        """Open a notebook without what it was saved with, run it, and wait for its last cell."""
        notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        for cell in code:
            cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, lab.root / name)
        lab.open(page, name)
        lab.do(page, "notebook:run-all-cells")
        last = page.locator(".jp-Notebook .jp-CodeCell").last
        last.get_by_text(f"[{len(code)}]:").first.wait_for(timeout=SLOW)
        return sum("raises-exception" in cell.metadata.get("tags", ()) for cell in code)

    yield run_all
    lab.shut_down(page)


def test_run_all_meets_the_errors_that_are_meant_and_stops_at_none(ran, page):
    meant = ran("04_when_things_go_wrong.ipynb")
    assert page.locator(ERRORS).count() == meant
