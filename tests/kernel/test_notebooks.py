import copy
import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from omero_tables_jupyter import demo

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
SESSION_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# the stand-in's is public, and the only one that a notebook here could know
PASSWORD = "cells-and-wells"
NEEDED = {"import dask": "distributed", "from skimage": "skimage"}
MOST_BYTES = 400_000


def read(path):
    return nbformat.read(path, as_version=4)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def shown(cell, kind="text/plain"):
    streams = "".join(out.text for out in cell.outputs if out.output_type == "stream")
    return streams + "".join(out.get("data", {}).get(kind, "") for out in cell.outputs)


def error_in(cell):
    return next((out.evalue for out in cell.outputs if out.output_type == "error"), None)


def is_to_fail(cell):
    return "raises-exception" in cell.metadata.get("tags", ())


def errors_of(notebook):
    """Give the errors that are not meant, and the cells that should have ended in one."""
    cells = code_of(notebook)
    unmeant = [error_in(cell) for cell in cells if error_in(cell) and not is_to_fail(cell)]
    return unmeant + [cell.source for cell in cells if is_to_fail(cell) and not error_in(cell)]


def kinds_of(cell):
    """Give the kinds of a cell's outputs, without what a library warns of on one computer only."""
    return [out.output_type for out in cell.outputs if out.get("name") != "stderr"]


def secrets_of(notebook):
    saved = json.dumps([cell.get("outputs", []) for cell in notebook.cells])
    return [PASSWORD] * (PASSWORD in saved) + SESSION_KEY.findall(saved)


def test_there_is_a_notebook():
    assert "01_quickstart.ipynb" in [path.name for path in NOTEBOOKS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_saved_with_what_it_shows_and_without_errors_or_secrets(path):
    notebook = read(path)
    nbformat.validate(notebook)
    assert path.stat().st_size < MOST_BYTES
    silent = [cell.source for cell in code_of(notebook) if not cell.outputs]
    assert silent == []
    assert errors_of(notebook) == []
    assert secrets_of(notebook) == []
    assert "widgets" not in notebook.metadata
    assert "widget-view" not in json.dumps(notebook)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_runs_as_it_stands_and_shows_the_same_kinds_of_output(path, own_folders):
    saved, run = read(path), read(path)
    for words, package in NEEDED.items():
        if any(words in cell.source for cell in code_of(run)):
            pytest.importorskip(package)
    for cell in code_of(run):
        cell.outputs = []
    client = NotebookClient(run, timeout=120, kernel_name="python3", coalesce_streams=True)
    client.execute(cwd=str(own_folders))
    assert errors_of(run) == []
    assert secrets_of(run) == []
    for before, now in zip(code_of(saved), code_of(run), strict=True):
        assert kinds_of(before) == kinds_of(now), before.source


def test_the_quickstart_says_what_it_promises():
    cells = code_of(read(next(path for path in NOTEBOOKS if path.name == "01_quickstart.ipynb")))
    of = {cell.source.splitlines()[0]: shown(cell) for cell in cells}
    assert "would work; nothing was touched" in of["%omero_upload cells --to Dataset:51 --dry-run"]
    assert "registered in OMERO" in of["%%omero_upload --to Dataset:51 --out done"]
    assert "unchanged" in of["%%omero_upload --to Dataset:51"]
    assert of["read_back = otj.read_table(done)"] == "True"
    cards = [shown(cell, "text/html") for cell in cells if "omero_upload" in cell.source]
    assert all('role="group"' in card for card in cards)


def test_the_quickstart_run_again_and_in_other_kernels_makes_one_annotation_and_one_array(
    own_folders, monkeypatch
):
    path = next(path for path in NOTEBOOKS if path.name == "01_quickstart.ipynb")
    with demo.serve() as server:
        settings = {
            "OMERO_TABLES_SERVER": server.url,
            "OMERO_TABLES_LOCAL_PATH": str(server.share),
            "OMERO_TABLES_MAP": f"{server.share}=>{server.server_share}",
            "OMERO_USER": server.username,
            "OMERO_PASSWORD": server.password,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        # twice in one kernel; in a fresh one; and by somebody whose history knows nothing of it
        for times, whose in ((2, "mine"), (1, "mine"), (1, "a colleague's")):
            history = own_folders / whose
            history.mkdir(exist_ok=True)
            monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(history))
            run = read(path)
            # this server outlives the kernel, as a real one does
            cells = [cell for cell in code_of(run) if cell.source != "%omero_demo stop"]
            for cell in cells:
                cell.source = cell.source.replace("%omero_demo", "")
            run.cells = [copy.deepcopy(cell) for _ in range(times) for cell in cells]
            NotebookClient(run, timeout=120, kernel_name="python3").execute(cwd=str(own_folders))
            assert errors_of(run) == []
        assert [table.name for table in server.registered] == ["Cells plate 7"]
        assert [one.name for one in server.share.iterdir()] == ["Cells plate 7.tiledb"]


def test_a_cell_that_is_to_fail_must_and_no_other_may():
    fails = [nbformat.v4.new_output("error", ename="E", evalue="e", traceback=[])]
    tagged = {"tags": ["raises-exception"]}
    made = nbformat.v4.new_notebook()
    made.cells = [
        nbformat.v4.new_code_cell("a", outputs=fails, metadata=tagged),
        nbformat.v4.new_code_cell("b", metadata=tagged),
        nbformat.v4.new_code_cell("c", outputs=fails),
        nbformat.v4.new_code_cell("d"),
    ]
    assert errors_of(made) == ["e", "b"]


def test_large_tables_are_those_of_the_three_ways_and_equal():
    path = next(path for path in NOTEBOOKS if path.name == "03_large_tables.ipynb")
    cells = code_of(read(path))
    uploads = [shown(cell) for cell in cells if cell.source.startswith("%omero_upload")]
    assert [text.count("registered in OMERO") for text in uploads] == [1, 1]
    assert "by 2 Dask workers" in uploads[1]
    of = {cell.source.splitlines()[0]: shown(cell) for cell in cells}
    assert of["[table.rows for table in (from_csv, from_parquet, by_dask)]"] == str([1_000_000] * 3)
    assert of["same = otj.read_table(from_csv) == otj.read_table(from_parquet)"] == "True"


def test_rows_beside_images_are_found_by_name_and_drawn():
    path = next(path for path in NOTEBOOKS if path.name == "05_rows_beside_your_images.ipynb")
    cells = code_of(read(path))
    looks = [shown(cell) for cell in cells if cell.source.endswith("--dry-run")]
    assert ["rows will show beside each image" in text for text in looks] == [True, True]
    assert ["match no image" in text for text in looks] == [False, True]
    uploads = [shown(cell) for cell in cells if cell.source.startswith("%omero_upload")]
    assert "registered in OMERO" in uploads[-1]
    drawn = [out for cell in cells for out in cell.outputs if "image/png" in out.get("data", {})]
    assert len(drawn) == 2
