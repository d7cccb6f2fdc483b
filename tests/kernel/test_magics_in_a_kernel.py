import json
import re
from queue import Empty

import nbformat
import pytest
from nbclient import NotebookClient

from omero_tables_jupyter import demo

LOAD = "%load_ext omero_tables_jupyter"
CELLS = (
    "import pandas as pd\n"
    "cells = pd.DataFrame({'Image': [101, 102], 'area': [1.5, 2.5], 'label': ['a', None]})"
)
MANY = (
    "import numpy as np, pandas as pd\n"
    "cells = pd.DataFrame({f'c{n}': np.arange(3_000_000.0) for n in range(6)})"
)
SESSION_KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
ANSI = re.compile("\x1b\\[[0-9;]*m")


def notebook(*sources):
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    return made


def executed(*sources):
    """Run a notebook as nbconvert does, errors kept, and give it back."""
    made = notebook(*sources)
    NotebookClient(made, timeout=120, kernel_name="python3", allow_errors=True).execute()
    return made


def text_of(cell):
    return "".join(out.text for out in cell.outputs if out.output_type == "stream")


def cards_of(cell):
    return [
        out.data["text/html"]
        for out in cell.outputs
        if out.output_type in {"display_data", "execute_result"} and "text/html" in out.data
    ]


def error_of(cell):
    (error,) = [out for out in cell.outputs if out.output_type == "error"]
    return error


def no_errors(made):
    return [
        out for cell in made.cells for out in cell.get("outputs", ()) if out.output_type == "error"
    ]


def test_a_notebook_run_by_a_machine_shows_lines_and_one_card_and_holds_no_secret():
    made = executed(
        LOAD, "%omero_demo", CELLS, "done = %omero_upload cells --to Dataset:51\ndone", "int(done)"
    )
    assert not no_errors(made)
    upload = made.cells[3]
    assert "Register ok" in text_of(upload)
    (card,) = cards_of(upload)
    assert "Screen 3" in card
    assert "Open in OMERO.web" in card
    assert made.cells[4].outputs[0].data["text/plain"].isdigit()
    saved = json.dumps(made)
    assert "cells-and-wells" not in saved
    assert not SESSION_KEY.search(saved)
    assert "widgets" not in made.metadata


def test_the_magic_as_the_last_line_shows_one_card_too():
    made = executed(LOAD, "%omero_demo", CELLS, "%omero_upload cells --to Dataset:51", "int(_)")
    assert len(cards_of(made.cells[3])) == 1
    assert made.cells[4].outputs[0].data["text/plain"].isdigit()


def test_a_cell_magic_uploads_what_its_cell_makes():
    made = executed(
        LOAD,
        "%omero_demo",
        CELLS,
        "%%omero_upload\n#| to: Image:101\n#| name: Large {limit}\nlimit = 2\n"
        "cells.query('area > @limit')",
        "_.name, _.rows, str(_.targets[0])",
    )
    assert not no_errors(made)
    assert made.cells[4].outputs[0].data["text/plain"] == "('Large 2', 1, 'Image:101')"


def test_an_error_fails_its_cell_in_few_lines_and_tb_is_as_short():
    made = executed(LOAD, "%omero_demo", CELLS, "%omero_upload cell --to Dataset:51", "%tb")
    error = error_of(made.cells[3])
    assert error.ename == "OptionError"
    assert error.traceback == [
        "OptionError: there is no variable 'cell'",
        "  → did you mean 'cells'?",
    ]
    again = [out.traceback for out in made.cells[4].outputs if out.output_type == "error"]
    assert again in ([], [error.traceback])
    assert "Traceback" not in text_of(made.cells[4])


def test_omero_traceback_shows_the_stack_that_tb_hides():
    made = executed(LOAD, "%omero_upload cell --to Dataset:51", "%omero_traceback")
    (out,) = made.cells[2].outputs
    assert "find_source" in out.data["text/plain"]


def test_an_error_in_the_users_cell_is_shown_once_as_ever():
    made = executed(LOAD, "%%omero_upload --to Dataset:51 -n x\n1 / 0")
    error = error_of(made.cells[1])
    assert error.ename == "ZeroDivisionError"
    assert "omero_tables_jupyter" not in "\n".join(error.traceback)


def test_the_widget_leaves_a_static_card_and_no_live_state():
    made = executed(
        LOAD, "%omero_demo", CELLS, "%omero_upload cells --to Dataset:51 --progress widget"
    )
    assert not no_errors(made)
    (card,) = cards_of(made.cells[3])
    assert "registered in OMERO" in card
    saved = json.dumps(made.cells)
    assert "widget-view" not in saved


def until(client, wanted):
    """Read what the kernel tells, whichever cell it belongs to, until something is wanted."""
    told = []
    while not (told and wanted(told[-1])):
        try:
            told.append(client.get_iopub_msg(timeout=60))
        except Empty:
            pytest.fail(f"never came; the last was {told[-1:]}")
    return told


def models(told, kind):
    return {one["content"]["comm_id"] for one in told if one["msg_type"] == kind}


def is_card(message):
    data = message["content"].get("data", {})
    shown = message["msg_type"] == "update_display_data"
    return shown and "registered in OMERO" in data.get("text/html", "")


def test_in_the_background_of_a_machine_the_job_tells_how_it_stands():
    made = executed(
        LOAD,
        "%omero_demo",
        CELLS,
        "job = %omero_upload cells --to Dataset:51 --background",
        "job.result()",
        "job",
    )
    assert not no_errors(made)
    assert "registered in OMERO" in cards_of(made.cells[4])[0]
    assert "Register ok" in cards_of(made.cells[5])[0]


def test_the_stop_button_cancels_cleanly_and_the_kernel_goes_on():
    made = executed(
        LOAD,
        "%omero_demo",
        MANY,
        "import os, signal\n"
        "from omero_tables_jupyter import upload\n"
        "submit, asked = upload.submit_table, []\n"
        "def stop(event):\n"
        "    if type(event).__name__ == 'Progress' and not asked:\n"
        "        asked.append(event)\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "upload.submit_table = lambda *args, **call: submit(*args, **call, on_event=stop)",
        "%omero_upload cells --to Dataset:51",
        "upload.submit_table = submit\n"
        "from omero_tables_jupyter import settings\n"
        "os.listdir(settings.load().profiles['demo'].local_folder())",
        "%omero_upload cells --to Dataset:51 --columns c0",
    )
    error = error_of(made.cells[4])
    assert error.ename == "UploadCancelled"
    assert len(error.traceback) <= 4
    assert len(cards_of(made.cells[6])) == 1


def test_without_a_person_a_login_never_asks_and_names_the_other_ways():
    with demo.serve() as server:
        made = executed(LOAD, f"%omero_login {server.url} --user ana")
    error = error_of(made.cells[1])
    assert error.ename == "LoginError"
    assert "OMERO_SESSION_KEY" in "\n".join(error.traceback)


def test_without_a_login_the_upload_says_how_to_log_in():
    made = executed(LOAD, CELLS, "%omero_upload cells --to Dataset:51 -l .")
    assert error_of(made.cells[2]).ename in {"LoginError", "PathError"}


def ask(client, code, *answers):
    """Run a cell with a person who answers the prompts; give the messages and the prompts."""
    messages, prompts, replies = [], [], iter(answers)

    def answer(message):
        prompts.append((message["content"]["prompt"], message["content"]["password"]))
        client.input(next(replies))

    client.execute_interactive(
        code,
        allow_stdin=True,
        stdin_hook=answer,
        output_hook=messages.append,
        timeout=60,
    )
    return messages, prompts


def test_a_person_is_asked_and_the_password_is_nowhere_afterwards(kernel):
    with demo.serve() as server:
        ask(kernel, LOAD)
        messages, prompts = ask(
            kernel, f"%omero_login {server.url}", server.username, server.password
        )
        assert prompts == [
            (f"OMERO user name at {server.url}: ", False),
            (f"Password of ana at {server.url}: ", True),
        ]
        told, _ = ask(kernel, "%omero_status")
        kept, _ = ask(kernel, "%history\nprint(In, Out, sorted(globals()), repr(globals()))")
        ask(kernel, "%omero_logout")
        said = repr([*messages, *told, *kept])
        assert "connected" in said
        assert server.password not in said
        assert not SESSION_KEY.search(
            repr([message["content"] for message in [*messages, *told, *kept]])
        )


def test_a_password_on_the_line_is_refused_and_not_repeated(kernel):
    ask(kernel, LOAD)
    messages, _ = ask(kernel, "%omero_login https://omero.site --user ana --password hunter2")
    shown = [one["content"] for one in messages if one["msg_type"] in {"error", "stream"}]
    assert "stays in the notebook" in repr(shown)
    assert "hunter2" not in repr(shown)


def test_magics_complete_in_a_kernel(kernel):
    ask(kernel, LOAD)
    kernel.complete("%omero_upload --lo", 18)
    while True:
        try:
            reply = kernel.get_shell_msg(timeout=30)
        except Empty:
            pytest.fail("no completion came")
        if reply["msg_type"] == "complete_reply":
            break
    assert reply["content"]["matches"] == ["--local-path"]


def test_a_widget_in_the_foreground_is_closed_and_its_place_taken_by_the_card(kernel):
    ask(kernel, f"{LOAD}\n%omero_demo\n{CELLS}")
    messages, _ = ask(kernel, "%omero_upload cells --to Dataset:51")
    assert any(is_card(message) for message in messages)
    assert models(messages, "comm_open")
    assert models(messages, "comm_close") == models(messages, "comm_open")
    assert not [one for one in messages if one["msg_type"] == "execute_result"]


def test_a_widget_in_the_background_lives_beside_other_cells_and_becomes_the_card(kernel):
    ask(kernel, f"{LOAD}\n%omero_demo\n{CELLS}")
    began, _ = ask(kernel, "job = %omero_upload cells --to Dataset:51 --background\njob")
    assert not [one for one in began if one["msg_type"] == "execute_result"]
    kernel.execute("int(job.result())")
    told = until(kernel, is_card)
    left = models(began, "comm_open") - models(told, "comm_close")
    while left:
        left -= models(until(kernel, lambda one: one["msg_type"] == "comm_close"), "comm_close")


def test_a_failure_in_the_background_is_told_in_its_place(kernel):
    ask(kernel, f"{LOAD}\n%omero_demo\n{CELLS}")
    kernel.execute("%omero_upload cells --to Dataset:999 --background", allow_stdin=True)
    told = until(kernel, lambda one: one["msg_type"] == "update_display_data")
    assert "999" in told[-1]["content"]["data"]["text/plain"]


def test_the_stop_button_at_a_password_prompt_shows_two_lines(kernel):
    ask(kernel, LOAD)
    messages = []
    kernel.execute_interactive(
        "import getpass\n"
        "def stopped(*_):\n"
        "    raise KeyboardInterrupt\n"
        "getpass.getpass = stopped\n"
        "%omero_login http://127.0.0.1:9 --user ana",
        allow_stdin=True,
        output_hook=messages.append,
        timeout=60,
    )
    (error,) = [one["content"] for one in messages if one["msg_type"] == "error"]
    assert error["ename"] == "KeyboardInterrupt"
    assert len(error["traceback"]) == 2


def test_a_mistake_before_the_first_stage_leaves_its_error_and_nothing_else(kernel):
    ask(kernel, f"{LOAD}\n%omero_demo\n{CELLS}")
    messages, _ = ask(kernel, "%omero_upload cells --to Dataset:51 --local-path /data --profile no")
    shown = {"display_data", "update_display_data", "error", "stream"}
    assert [one["msg_type"] for one in messages if one["msg_type"] in shown] == ["error"]


def test_a_front_end_without_widgets_gets_words(kernel):
    ask(kernel, f"{LOAD}\n%omero_demo\n{CELLS}")
    messages, _ = ask(kernel, "%omero_upload cells --to Dataset:51")
    (begun,) = [one["content"]["data"] for one in messages if one["msg_type"] == "display_data"]
    assert begun["text/plain"] == "upload of cells"
