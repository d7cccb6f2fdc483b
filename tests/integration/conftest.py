"""What most tests against the stand-in share: a running one, a login, a folder, a shell."""

import atexit

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import omero_tables_jupyter as otj
from omero_tables_jupyter.jupyter.extension import load_ipython_extension, unload_ipython_extension


@pytest.fixture(scope="module")
def server():
    with otj.demo.serve() as running:
        yield running


@pytest.fixture
def session(server, monkeypatch):
    """Log in; pauses between attempts are left out, and no planned fault outlives the test."""
    opened = otj.login(server.url, username=server.username, password=server.password)
    monkeypatch.setattr(opened.channel, "sleep", lambda seconds: None)
    yield opened
    server.faults.clear()


@pytest.fixture
def place(server, tmp_path):
    """A fresh folder of the share, with the mapping that makes the server see it."""
    folder = server.share / tmp_path.name
    folder.mkdir()
    return {"local_path": folder, "mapping": server.mapping}


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    load_ipython_extension(made)
    yield made
    unload_ipython_extension(made)
    made.restore_sys_module_state()
    # A shell's farewell takes a second, and there are many of them.
    atexit.unregister(made.atexit_operations)
    InteractiveShell.clear_instance()
