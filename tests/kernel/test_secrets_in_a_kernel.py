"""Canaries in a real kernel: its history, its namespace, its saved notebooks and its files."""

import json
import re
import sqlite3
from contextlib import closing

import nbformat
import pytest
from nbclient import NotebookClient

from omero_tables_jupyter import demo

LOAD = "%load_ext omero_tables_jupyter\nimport omero_tables_jupyter as otj"
CELLS = (
    "import pandas as pd\n"
    "cells = pd.DataFrame({'Image': [101, 102], 'area': [1.5, 2.5], 'label': ['a', None]})"
)
SESSION_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
#: Gives what the kernel knows to a cell's output, where the test looks for secrets.
CONFESS = """
import sys, traceback, logging, json
import omero_tables_jupyter.omero.login as _login
_s = _login.current()
_shell = get_ipython()
_told = [repr(In), repr(Out), repr({k: v for k, v in globals().items() if k != '_told'})]
_told += [repr(vars(one)) for one in (_s, globals().get('job')) if one is not None]
_last = getattr(sys, 'last_value', None)
if _last is not None:
    _told += traceback.format_exception(_last)
print(json.dumps(_told))
"""
#: Writes the secrets themselves into a file that only the test reads.
BETRAY = """
import omero_tables_jupyter.omero.login as _login
from omero_tables_jupyter.arrays.description import describe_array as _d
from pathlib import Path as _P
_key = dict(_login.current().join_params)['bsession'].reveal()
_tokens = [_d(p).token.reveal() for p in _P(_share).glob('*.tiledb')]
_P(_secrets).write_text('\\n'.join([_key, *_tokens]))
del _key, _tokens
"""


@pytest.fixture
def server():
    with demo.serve() as running:
        yield running


@pytest.fixture
def kernel(kernel, server, tmp_path):
    ask(kernel, f"{LOAD}\n{CELLS}")
    ask(kernel, f"_share = {str(server.share)!r}; _secrets = {str(tmp_path / 'secrets')!r}")
    mapping = f"{server.share}=>{server.server_share}"
    ask(kernel, f"%config OmeroTables.map = [{mapping!r}]")
    ask(kernel, f"%config OmeroTables.local_path = {str(server.share)!r}")
    return kernel


def ask(client, code, *answers):
    """Run a cell with a person who answers its prompts; give all that was said."""
    messages, replies = [], iter(answers)
    reply = client.execute_interactive(
        code,
        allow_stdin=True,
        stdin_hook=lambda message: client.input(next(replies)),
        output_hook=messages.append,
        timeout=60,
    )
    return repr([one["content"] for one in messages]) + repr(reply["content"])


def files_below(folder):
    return [path for path in folder.rglob("*") if path.is_file() and path.name != "secrets"]


def test_after_logins_uploads_and_failures_no_secret_is_anywhere(kernel, server, tmp_path):
    said = [
        ask(kernel, f"%omero_login {server.url} --user ana", "CANARY-wrong"),
        ask(kernel, "%tb"),
        ask(kernel, "%omero_traceback"),
        ask(kernel, "%xmode Verbose"),
        ask(kernel, f"%omero_login {server.url} --user ana", "CANARY-wrong"),
        ask(kernel, f"%omero_login {server.url} --user ana", server.password),
        ask(kernel, "%omero_upload cells --to Dataset:51"),
        ask(kernel, "%omero_upload cells --to Dataset:51 -n Other --dry-run"),
        ask(kernel, "%omero_upload cells --to Dataset:51 -n Progress --progress widget"),
        ask(kernel, "job = %omero_upload cells --to Dataset:51 -n Behind --background"),
        ask(kernel, "job.result(), job"),
        ask(kernel, "w = otj.create_tiledb(cells, f'{_share}/w.tiledb'); w"),
        ask(kernel, "%omero_upload cells --to Dataset:51 -n Bad -r /elsewhere"),
        ask(kernel, "%omero_traceback"),
        ask(kernel, "%tb"),
        ask(kernel, "%omero_status"),
        ask(kernel, "%omero_history"),
        ask(kernel, CONFESS),
        ask(kernel, "%history -g"),
        ask(kernel, "from IPython.display import Pretty; _login.current()"),
    ]
    ask(kernel, BETRAY)
    secrets = [*(tmp_path / "secrets").read_text().splitlines(), server.password, "CANARY-wrong"]
    assert len(secrets) == 8
    assert "registered in OMERO" in "".join(said)
    for text in said:
        for secret in secrets:
            assert secret not in text, text[max(0, text.index(secret) - 300) :][:600]
    for path in files_below(tmp_path):
        content = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, path
    (history,) = [path for path in files_below(tmp_path) if path.name == "history.sqlite"]
    with closing(sqlite3.connect(history)) as database:
        kept = repr(database.execute("select * from history").fetchall())
    assert "omero_login" in kept
    assert not SESSION_KEY.search(kept)


def test_no_saved_notebook_holds_a_secret_whatever_its_cells_ended_with(server, tmp_path):
    made = nbformat.v4.new_notebook()
    sources = [
        LOAD,
        CELLS,
        "%omero_demo",
        "%omero_upload cells --to Dataset:51 --progress widget",
        "%omero_upload cells --to Dataset:51 --dry-run -n Dry",
        "%omero_upload cells --to Dataset:999",
        "job = %omero_upload cells --to Dataset:51 -n B --background --progress widget\njob",
        "job.result()",
        "%omero_upload cells --to Dataset:51 -n Bad -r /elsewhere",
        "%omero_status",
        "import omero_tables_jupyter.jupyter.magic.demonstration as d",
        f"_share = str(d.running().share); _secrets = {str(tmp_path / 'secrets')!r}\n{BETRAY}",
    ]
    made.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    NotebookClient(made, timeout=120, kernel_name="python3", allow_errors=True).execute()
    secrets = [*(tmp_path / "secrets").read_text().splitlines(), server.password]
    assert len(secrets) == 5
    saved = json.dumps(made)
    assert "registered in OMERO" in saved
    assert "RejectedError" in saved
    for secret in secrets:
        assert secret not in saved
    assert not SESSION_KEY.search(json.dumps([one.get("outputs", []) for one in made.cells]))
