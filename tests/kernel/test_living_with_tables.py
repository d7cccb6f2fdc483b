"""A notebook that comes back to its tables: run again, replaced, read, listed, deleted, tidied."""

import json
import re

import nbformat
from nbclient import NotebookClient

SESSION_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TOKEN = re.compile(r"(?<![\w/=-])[\w-]{43}(?![\w/=-])")
CELLS = (
    "import pandas as pd\n"
    "cells = pd.DataFrame({'Image': [101, 102], 'area': [1.5, 2.5], 'label': ['a', 'µ']})"
)
UPLOAD = (
    "done = %omero_upload cells --to Dataset:51 --if-exists replace\n(int(done), done.unchanged)"
)


def executed(*sources):
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    NotebookClient(made, timeout=120, kernel_name="python3", allow_errors=True).execute()
    return made


def shown(cell, kind="text/plain"):
    (out,) = [one for one in cell.outputs if one.output_type == "execute_result"]
    return out.data[kind]


def errors_of(cell):
    return [one for one in cell.outputs if one.output_type == "error"]


def test_a_notebook_comes_back_to_its_tables_and_holds_no_secret():
    made = executed(
        "%load_ext omero_tables_jupyter",
        "%omero_demo",
        CELLS,
        UPLOAD,
        UPLOAD,
        "cells['area'] *= 2",
        UPLOAD,
        "%omero_read done",
        "%omero_tables Dataset:51",
        "%omero_history",
        "%omero_leftovers",
        "%omero_delete done --files",
        "%omero_delete done --files --yes",
        "%omero_tables Dataset:51",
    )
    first, again, replaced = (eval(shown(made.cells[n])) for n in (3, 4, 6))
    assert [again[0], replaced[0]] == [first[0], first[0]]
    assert [first[1], again[1], replaced[1]] == [False, True, False]
    assert "5.0" in shown(made.cells[7])
    for n, word in ((8, "open"), (9, "view table")):
        html = shown(made.cells[n], "text/html")
        assert re.search(rf'<a href="[^"]+" target="_blank" rel="noopener">{word}</a>', html)
    assert "Empty DataFrame" in shown(made.cells[10])
    (error,) = errors_of(made.cells[11])
    assert error.ename == "OptionError"
    assert "--yes" in "\n".join(error.traceback)
    assert "Empty" in shown(made.cells[13])
    assert [n for n, cell in enumerate(made.cells) if errors_of(cell)] == [11]
    saved = json.dumps([cell.outputs for cell in made.cells])
    assert not SESSION_KEY.search(saved)
    assert not TOKEN.search(saved)
    assert "SecretToken" not in saved
