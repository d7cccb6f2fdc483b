"""Panels and displays of progress, opened and closed by the dozen."""

import asyncio
import atexit
import gc
import threading
import weakref

import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from resources import held_now, needs_proc, widgets_alive
from traitlets.config import Config

import omero_tables_jupyter as otj
from omero_tables_jupyter.jupyter.extension import load_ipython_extension, unload_ipython_extension

NO_HISTORY = Config({"HistoryManager": {"enabled": False}})
STAND_IN = "omero-demo"


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(config=NO_HISTORY)
    load_ipython_extension(made)
    made.user_ns["cells"] = pd.DataFrame({"Image": [101, 102], "area": [1.5, 2.5]})
    yield made
    unload_ipython_extension(made)
    made.restore_sys_module_state()
    atexit.unregister(made.atexit_operations)
    InteractiveShell.clear_instance()


def callbacks(shell):
    return {name: len(called) for name, called in shell.events.callbacks.items()}


def open_and_close(count):
    """Open and close panels; wait for the threads that look things up for them."""
    others = set(threading.enumerate())
    for _ in range(count):
        otj.panel("cells", to="Dataset:51").close()
    for one in set(threading.enumerate()) - others:
        if not one.name.startswith(STAND_IN):
            one.join(30)


@needs_proc
@pytest.mark.parametrize("in_a_loop", [False, True], ids=["terminal", "kernel"])
def test_panels_that_are_closed_leave_no_widget_no_callback_and_no_thread(
    shell, server, session, in_a_loop
):
    def there():
        return len(widgets_alive()), callbacks(shell), held_now(but=(STAND_IN,)).threads

    async def run():
        open_and_close(3)
        before = there()
        open_and_close(20)
        assert there() == before

    if in_a_loop:
        asyncio.run(run())
    else:
        with pytest.raises(StopIteration):
            run().send(None)


@pytest.mark.usefixtures("shell", "session")
def test_a_panel_that_is_closed_is_forgotten():
    opened = otj.panel("cells", to="Dataset:51")
    known = weakref.ref(opened)
    opened.close()
    del opened
    gc.collect()
    assert known() is None


@needs_proc
def test_forty_cells_with_progress_leave_no_widget_and_no_thread(shell, server, session, tmp_path):
    folder = server.share / tmp_path.name
    folder.mkdir()
    shell.user_ns.update(folder=str(folder), seen=server.mapping.to_server(str(folder)))

    def upload(number):
        with capture_output():
            ran = shell.run_cell(
                f"%omero_upload cells --to Dataset:51 --name T{number} "
                "--local-path {folder} --remote-path {seen} --progress widget"
            )
        assert ran.success

    for number in range(3):
        upload(number)
    before, alive = held_now(but=(STAND_IN,)), len(widgets_alive())
    for number in range(3, 40):
        upload(number)
    assert held_now(but=(STAND_IN,)).threads == before.threads
    assert len(widgets_alive()) == alive
