import asyncio
import atexit
import re
import threading
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from pyarrow.dataset import dataset
from traitlets.config import Config

from omero_tables_jupyter import settings, signin, upload
from omero_tables_jupyter.errors import (
    DataError,
    OmeroTablesError,
    OptionError,
    TargetError,
    UploadCancelled,
)
from omero_tables_jupyter.events import LoginNeeded, Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.job import UploadJob
from omero_tables_jupyter.jupyter.extension import load_ipython_extension, unload_ipython_extension
from omero_tables_jupyter.jupyter.magic import uploading
from omero_tables_jupyter.jupyter.magic.variables import tables_in
from omero_tables_jupyter.model import (
    ColumnPlan,
    Problem,
    RegisteredTable,
    Secret,
    Stored,
    TablePlan,
    Target,
)
from omero_tables_jupyter.settings import Settings

NO_HISTORY = Config({"HistoryManager": {"enabled": False}})
EVENTS = (
    StageStarted(Stage.CONVERT, 2),
    Progress(Stage.CONVERT, 1, 2),
    StageDone(Stage.CONVERT, 0.5, "2 rows"),
)
PLAN = TablePlan("DataFrame", (ColumnPlan("a", "a", Stored.INTEGER),), 2, name="cells")


def registered(name):
    return RegisteredTable(
        name,
        4711,
        12,
        2,
        ("a",),
        (Target("Dataset", 51),),
        "/l/cells.tiledb",
        "/r/cells.tiledb",
        "https://omero.site/webclient/?show=dataset-51",
        "https://omero.site/webclient/omero_table/12/",
        ("Screen 3",),
    )


class Uploads:
    """Stands in for `upload`: keeps what it was called with, and runs a job of given events."""

    def __init__(self):
        self.source = self.call = None
        self.events = EVENTS
        self.error = None
        self.plan = PLAN
        self.passwords = []
        self.going = threading.Event()

    def _steps(self, name):
        for event in self.events:
            answer = yield event
            if answer is not None:
                self.passwords.append(answer)
        if self.error is not None:
            raise self.error
        return registered(name)

    def submit_table(self, source, table_name=None, *, ask=False, **call):
        self.source, self.call = source, {"table_name": table_name, **call}
        return UploadJob(self._steps(table_name), name=table_name or "table", ask=ask).start()

    def check_table(self, source, table_name=None, **call):
        self.source, self.call = source, {"table_name": table_name, **call}
        return self.plan


@pytest.fixture
def uploads(monkeypatch, tmp_path):
    fake = Uploads()
    monkeypatch.setattr(upload, "submit_table", fake.submit_table)
    monkeypatch.setattr(upload, "check_table", fake.check_table)
    visit = SimpleNamespace(session=SimpleNamespace(url="https://omero.site"))
    monkeypatch.setattr(signin, "sign_in", lambda *args, **options: visit)
    monkeypatch.setattr(signin, "server_of", lambda *args, **options: None)
    monkeypatch.setenv("OMERO_TABLES_CONFIG_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return fake


@pytest.fixture
def shell(uploads):
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(config=NO_HISTORY)
    load_ipython_extension(made)
    made.user_ns["cells"] = pd.DataFrame({"a": [1, 2]})
    yield made
    unload_ipython_extension(made)
    made.restore_sys_module_state()
    # A shell's farewell takes a second, and there are many of them.
    atexit.unregister(made.atexit_operations)
    InteractiveShell.clear_instance()


def run(shell, code):
    """Run a cell as a front end does, and give the result and what was shown."""
    with capture_output() as shown:
        result = shell.run_cell(code, store_history=True)
    return result, shown


def upload_cell(shell, line, cell):
    with capture_output() as shown:
        result = shell.run_cell_magic("omero_upload", line, cell)
    return result, shown


def failure(shell, code):
    result, _ = run(shell, code)
    error = result.error_in_exec or result.error_before_exec
    assert isinstance(error, OmeroTablesError), error
    return error


def cards(shown):
    """Give what the magic displayed itself."""
    return [out.data["text/html"] for out in shown.outputs if "text/html" in out.data]


def times_shown(shown, words):
    """Count words in what the magic displayed and in what the shell printed for `Out`."""
    plain = [out.data["text/plain"] for out in shown.outputs]
    return "\n".join([*plain, shown.stdout]).count(words)


def test_a_variable_is_uploaded_under_its_name_and_the_result_can_be_used(shell, uploads):
    result, shown = run(shell, "done = %omero_upload cells --to Dataset:51\nint(done)")
    assert result.result == 4711
    assert uploads.source is shell.user_ns["cells"]
    assert uploads.call["table_name"] == "cells"
    assert uploads.call["to"] == ("Dataset:51",)
    assert shell.user_ns["done"].name == "cells"
    (card,) = cards(shown)
    assert "cells" in card


def test_the_card_is_shown_once_and_the_result_is_still_the_last_one(shell):
    result, shown = run(shell, "%omero_upload cells --to Dataset:51")
    assert len(cards(shown)) == 1
    assert times_shown(shown, "registered in OMERO") == 1
    assert int(result.result) == 4711
    assert int(shell.user_ns["_"]) == 4711


def test_the_card_is_shown_again_in_a_later_cell(shell):
    run(shell, "done = %omero_upload cells --to Dataset:51")
    _, shown = run(shell, "done")
    assert times_shown(shown, "registered in OMERO") == 1


def test_two_uploads_in_a_cell_show_two_cards(shell):
    _, shown = run(
        shell, "%omero_upload cells --to Dataset:51\n%omero_upload cells --to Image:1 -n b"
    )
    assert len(cards(shown)) == 2


def test_progress_without_a_person_is_a_line_a_stage(shell):
    _, shown = run(shell, "%omero_upload cells --to Dataset:51")
    assert "Convert ok · 0.5 s · 2 rows\n" in shown.stdout


def test_quiet_shows_nothing_and_gives_the_result(shell):
    result, shown = run(shell, "%omero_upload cells --to Dataset:51 --quiet")
    assert int(result.result) == 4711
    assert not shown.outputs
    assert "Convert" not in shown.stdout


def test_every_option_is_passed_on(shell, uploads):
    shell.user_ns["n"] = 7
    run(
        shell,
        r'%omero_upload cells -t Image:1 -n "Cells {n}" -l J:\data -r /data --map "J:\x=>/x" '
        "-p lab --columns a --exclude b --rename c=d --as-text e --index keep --if-exists version "
        "--chunk-rows 5 --encoding latin-1 --delimiter ; --decimal , --verify rows --no-probe",
    )
    assert uploads.call == {
        "table_name": "Cells 7",
        "to": ("Image:1",),
        "local_path": r"J:\data",
        "remote_path": "/data",
        "mapping": (("J:\\x", "/x"),),
        "profile": "lab",
        "columns": ("a",),
        "exclude": ("b",),
        "rename": {"c": "d"},
        "as_text": ("e",),
        "index": "keep",
        "if_exists": "version",
        "chunk_rows": 5,
        "encoding": "latin-1",
        "delimiter": ";",
        "decimal": ",",
        "verify": "rows",
        "probe": False,
    }


def test_config_fills_in_what_no_option_says(shell, uploads):
    run(shell, "%config OmeroTables.local_path = '/mnt/lab'")
    run(shell, "%config OmeroTables.verify = 'rows'")
    run(shell, "%omero_upload cells --to Image:1 --verify values")
    assert uploads.call["local_path"] == "/mnt/lab"
    assert uploads.call["verify"] == "values"


def test_the_only_table_needs_no_name(shell, uploads):
    run(shell, "%omero_upload --to Dataset:51")
    assert uploads.call["table_name"] == "cells"


def test_of_several_tables_one_must_be_named(shell):
    shell.user_ns["nuclei"] = pd.DataFrame({"b": [1]})
    error = failure(shell, "%omero_upload --to Dataset:51")
    assert "cells (2 x 1), nuclei (1 x 1)" in error.message


def test_without_a_table_the_error_says_how_to_make_one(shell):
    del shell.user_ns["cells"]
    assert "read_csv" in failure(shell, "%omero_upload --to Dataset:51").hint


def test_two_names_of_one_table_are_one_table(shell, uploads):
    shell.user_ns["same"] = shell.user_ns["cells"]
    run(shell, "%omero_upload --to Dataset:51")
    assert uploads.source is shell.user_ns["cells"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ('results["my nuclei"]', "my nuclei"),
        ("results['my nuclei']", "my nuclei"),
        ("lab.cells", "cells"),
        ("tables[0]", "tables_0"),
        ('results["{key}"]', "my nuclei"),
    ],
)
def test_dotted_and_indexed_names_are_understood(shell, uploads, source, name):
    class Lab:
        cells = shell.user_ns["cells"]

    table = shell.user_ns["cells"]
    shell.user_ns |= {
        "results": {"my nuclei": table},
        "lab": Lab(),
        "tables": [table],
        "key": "my nuclei",
    }
    result, _ = run(shell, f"%omero_upload {source} --to Dataset:51")
    assert result.success
    assert uploads.source is table
    assert uploads.call["table_name"] == name


def test_a_file_is_passed_on_and_named_by_itself(shell, uploads):
    run(shell, r'%omero_upload "J:\out\my cells.csv.gz" --to Dataset:51')
    assert uploads.source == r"J:\out\my cells.csv.gz"
    assert uploads.call["table_name"] is None


@pytest.mark.parametrize("source", ["out/cells_*.csv", "cells.parquet/", "out/parts/", "a b/c.csv"])
def test_a_pattern_and_a_folder_are_passed_on(shell, uploads, source):
    run(shell, f'%omero_upload "{source}" --to Dataset:51')
    assert uploads.source == source
    assert uploads.call["table_name"] is None


@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_of_files_or_of_frames_is_a_table(shell, uploads, kind, tmp_path):
    cells = shell.user_ns["cells"]
    shell.user_ns |= {"files": kind(["a.csv", tmp_path]), "tables": kind([cells, cells])}
    for name in ("files", "tables"):
        result, _ = run(shell, f"%omero_upload {name} --to Dataset:51")
        assert result.success
        assert uploads.source is shell.user_ns[name]
        assert uploads.call["table_name"] == name


def test_what_gives_frames_or_batches_is_a_table(shell, uploads):
    table = pa.table({"a": [1]})
    shell.user_ns |= {
        "frames": (one for one in [shell.user_ns["cells"]]),
        "reader": table.to_reader(),
        "data": dataset(table),
    }
    for name in ("frames", "reader", "data"):
        run(shell, f"%omero_upload {name} --to Dataset:51")
        assert uploads.source is shell.user_ns[name]
    offered = [one.name for one in tables_in(shell.user_ns)]
    assert {"reader", "data"} <= set(offered)
    assert "frames" not in offered


def test_a_variable_that_holds_a_files_path_is_a_file(shell, uploads):
    shell.user_ns["path"] = "out/cells.csv"
    run(shell, "%omero_upload path --to Dataset:51")
    assert uploads.source == "out/cells.csv"


@pytest.mark.parametrize(
    ("code", "message", "hint"),
    [
        ("%omero_upload cell --to Image:1", "no variable 'cell'", "did you mean 'cells'"),
        ("%omero_upload zzz --to Image:1", "no variable 'zzz'", "cells (2 x 1)"),
        ("%omero_upload cells", "--to is missing", "--to Dataset:51"),
        ("%omero_upload cells --to Imag:1", "Imag", ""),
        ("%omero_upload cells --too Image:1", "no option --too", "did you mean '--to'"),
        ('%omero_upload d["b"] --to Image:1', "d has no ['b']", "did you mean"),
        ('%omero_upload d["zz"] --to Image:1', "d has no ['zz']", "'bb'"),
        ("%omero_upload rows[3] --to Image:1", "rows has no [3]", "1 item"),
        ("%omero_upload cells.colums --to Image:1", "has no 'colums'", "did you mean 'columns'"),
        ("%omero_upload number[0] --to Image:1", "number (int) has no parts", "variable"),
        ("%omero_upload cells.head() --to Image:1", "not the name of a table", "%%omero_upload"),
        ("%omero_upload cells._mgr --to Image:1", "not the name of a table", "%%omero_upload"),
        (r"%omero_upload J:\data\cells --to Image:1", "is no file", ".csv"),
        ("%omero_upload number --to Image:1", "number is a int, not a table", "pandas"),
        ("%omero_upload rows --to Image:1", "rows is a list", "pd.DataFrame(rows)"),
        ("%omero_upload cells.a --to Image:1", "cells.a is a Series", "to_frame()"),
        ("%omero_upload cells, --to Image:1", "'cells,' is not the name", "leave the ',' away"),
        ("%omero_upload groups --to Image:1", "groups is a DataFrameGroupBy", "groups.mean("),
        ("%omero_upload cells.xlsx --to Image:1", ".xlsx files are not read", "pd.read_excel("),
        (r"%omero_upload 'J:\o t\a.XLS' --to Image:1", "files are not read", r"(r'J:\o t\a.XLS')"),
        ("%omero_upload none --to Image:1", "none is a NoneType", "inplace"),
        ("%omero_upload cells.head --to Image:1", "cells.head is a method", "call it"),
        ("%omero_upload frames[-1] --to Image:1", "suggests no name", "--name"),
        ("%omero_upload --name my plate --to Image:1", "no variable 'plate'", 'name "... plate"'),
        ("%omero_upload cells --to {link}", "no variable 'link'", "{{link}}"),
        (
            "%omero_upload cells --to Image:1 --rename a=b --rename a=c",
            "gives 'a' two names",
            "keep one",
        ),
    ],
)
def test_a_newcomers_mistake_is_one_short_error_with_its_cure(shell, code, message, hint):
    shell.user_ns |= {
        "d": {"bb": 1},
        "rows": [1],
        "number": 1,
        "none": None,
        "frames": [shell.user_ns["cells"]],
        "groups": shell.user_ns["cells"].groupby("a"),
    }
    error = failure(shell, code)
    assert message in error.message
    assert hint in error.hint
    assert len(error._render_traceback_()) <= 4


def test_a_cell_is_run_and_its_last_value_is_uploaded_and_not_displayed(shell, uploads):
    result, shown = upload_cell(shell, "--to Image:1", "x = 3\nmine = cells.head(1)\nmine")
    assert int(result) == 4711
    assert shell.user_ns["x"] == 3
    assert uploads.source is shell.user_ns["mine"]
    assert uploads.call["table_name"] == "mine"
    assert len(shown.outputs) == 1


def test_option_lines_and_variables_of_the_cell_are_used(shell, uploads):
    upload_cell(
        shell,
        "",
        '#| to: Image:{image}\n#| name: Plate "{plate}"\n#| local-path: J:\\d\\n\\\n'
        "image = 101\nplate = 7\ncells.query('a > 1');",
    )
    assert uploads.call["to"] == ("Image:101",)
    assert uploads.call["table_name"] == 'Plate "7"'
    assert uploads.call["local_path"] == "J:\\d\\n\\"
    assert len(uploads.source) == 1


def test_with_a_source_the_cell_is_run_first_and_the_source_uploaded(shell, uploads):
    upload_cell(shell, "made --to Image:1", "made = cells.head(1)\nprint('hello')")
    assert uploads.source is shell.user_ns["made"]


def test_a_cell_of_options_only_uploads_the_only_table(shell, uploads):
    upload_cell(shell, "", "#| to: Image:1\n# a comment\n")
    assert uploads.source is shell.user_ns["cells"]


def test_magics_work_inside_the_cell(shell, uploads):
    upload_cell(shell, "--to Image:1", "%config\nmine = cells\nmine")
    assert uploads.source is shell.user_ns["cells"]


def test_functions_of_the_cell_see_its_names(shell, uploads):
    upload_cell(shell, "--to Image:1 -n t", "k = 1\ndef f():\n    return cells.head(k)\nf()")
    assert len(uploads.source) == 1


@pytest.mark.parametrize(
    ("line", "cell", "message", "hint"),
    [
        ("--to Image:1", "ran = 1\nmine = cells", "'mine = cells'", "%%omero_upload mine"),
        ("--to Image:1", "ran = 1\nfor i in []:\n    pass", "'for i in []:'", "last line"),
        ("--to Image:1", "ran = 1\ncells.head(1)", "gives the table no name", "--name"),
        ("--to Image:1", "ran = await fetch()\nran", "waits with await", "a cell of its own"),
        ("--to Image:1", "ran = [i async for i in x]\nran", "waits with await", "own"),
        ("", "ran = 1\ncells", "--to is missing", "--to Dataset:51"),
        ("--to Image:0", "ran = 1\ncells", "", ""),
        ("--nam x --to Image:1", "ran = 1\ncells", "no option --nam", "'--name'"),
        ("", "#| to: Image:1\n#| nam: x\nran = 1\ncells", "no option '#| nam'", "'name'"),
    ],
)
def test_what_is_wrong_already_is_said_before_the_cell_is_run(shell, line, cell, message, hint):
    with pytest.raises(OmeroTablesError) as caught:
        shell.run_cell_magic("omero_upload", line, cell)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert "ran" not in shell.user_ns


def test_a_cell_whose_last_value_is_none_uploads_nothing(shell, uploads):
    with pytest.raises(OptionError, match="gave None"):
        upload_cell(shell, "--to Image:1 -n x", "print('cells')")
    assert uploads.source is None


def test_an_error_in_the_cell_shows_the_users_frames_once_and_uploads_nothing(shell, uploads):
    result, shown = run(
        shell, "%%omero_upload --to Image:1 -n x\ny = 1\ndef f():\n    return 1 / 0\nf()"
    )
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    text = re.sub("\x1b\\[[0-9;]*m", "", shown.stdout)
    assert text.count("ZeroDivisionError: division by zero") == 1
    assert "return 1 / 0" in text
    assert "omero_tables_jupyter" not in text
    assert "run_cell_magic" not in text
    assert shell.user_ns["y"] == 1
    assert uploads.source is None


def test_a_syntax_error_in_the_cell_is_told_in_a_few_lines_with_its_place(shell, uploads):
    result, shown = run(shell, "%%omero_upload --to Image:1\n#| name: x\ncells\ncells.(")
    assert isinstance(result.error_in_exec, OptionError)
    assert isinstance(result.error_in_exec.__cause__, SyntaxError)
    assert "below %%omero_upload is not Python" in shown.stdout
    assert "cells.(\n        ^" in shown.stdout
    assert "Traceback" not in shown.stdout
    assert uploads.source is None


def test_the_stop_button_while_something_is_asked_shows_two_lines(shell, uploads, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("omero_tables_jupyter.jupyter.magic.signing_in.read_login", stopped)
    result, shown = run(shell, "%omero_login https://omero.site")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    text = re.sub("\x1b\\[[0-9;]*m", "", shown.stdout)
    assert "KeyboardInterrupt: you stopped this cell" in text
    assert len(text.splitlines()) <= 3


def test_where_the_users_own_code_was_stopped_its_line_is_shown(shell, uploads):
    _, shown = run(
        shell, "%%omero_upload --to Image:1 -n x\nprint(1)\nraise KeyboardInterrupt\ncells"
    )
    text = re.sub("\x1b\\[[0-9;]*m", "", shown.stdout)
    assert "raise KeyboardInterrupt" in text
    assert "you stopped this cell" not in text


def test_a_failed_job_fails_the_cell_with_a_short_message_and_is_bound(shell, uploads):
    uploads.error = DataError("column 'a' mixes text and numbers", hint="use .astype(str)")
    result, shown = run(shell, "%omero_upload cells --to Image:1 --out job")
    assert result.error_in_exec is uploads.error
    assert "mixes text and numbers" in shown.stdout
    assert "Traceback" not in shown.stdout
    assert shell.user_ns["job"].error is uploads.error


def test_a_bug_of_ours_keeps_its_stack(shell, uploads):
    uploads.error = ZeroDivisionError("bug")
    result, shown = run(shell, "%omero_upload cells --to Image:1")
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert "Traceback" in shown.stdout


def test_out_binds_the_result(shell):
    run(shell, "%omero_upload cells --to Image:1 --out kept")
    assert int(shell.user_ns["kept"]) == 4711


def test_a_cancelled_job_fails_the_cell(shell, uploads):
    uploads.error = UploadCancelled("the upload was cancelled")
    assert failure(shell, "%omero_upload cells --to Image:1") is uploads.error


def test_a_dry_run_shows_the_whole_plan_and_uploads_nothing(shell, uploads):
    result, shown = run(shell, "%omero_upload cells --to Image:1 --dry-run")
    assert result.result == PLAN
    assert uploads.call["whole"] is True
    (card,) = cards(shown)
    assert "nothing was touched" in card


def test_a_dry_run_needs_no_target(shell):
    result, _ = run(shell, "%omero_upload cells -d")
    assert result.result == PLAN


def test_a_dry_run_with_problems_shows_them_and_fails(shell, uploads):
    uploads.plan = TablePlan(
        "DataFrame", (), 2, problems=(Problem("a", "mixes text and numbers", "use --as-text a"),)
    )
    result, shown = run(shell, "%omero_upload cells --to Image:1 --dry-run")
    assert isinstance(result.error_in_exec, DataError)
    assert "use --as-text a" in cards(shown)[0]


def test_help_lists_every_option_and_three_examples(shell, uploads):
    _, shown = run(shell, "%omero_upload --help")
    text = shown.outputs[0].data["text/plain"]
    assert "--save-profile" in text
    assert text.count("omero_upload cells") + text.count('omero_upload "J:') >= 2
    assert uploads.source is None


def test_the_magics_own_help_is_the_same(shell):
    _, shown = run(shell, "%omero_upload?")
    assert "--save-profile" in shown.stdout


def test_in_the_background_the_job_is_given_at_once(shell):
    result, _ = run(shell, "job = %omero_upload cells --to Image:1 --background\njob.result()")
    assert int(result.result) == 4711
    assert isinstance(shell.user_ns["job"], UploadJob)


def test_the_repr_of_a_job_tells_its_stages_and_its_error(shell, uploads):
    uploads.error = DataError("column 'a' is odd", hint="rename it")
    run(shell, "job = %omero_upload cells --to Image:1 --background\njob.wait()")
    _, shown = run(shell, "job")
    assert "Convert ok" in shown.stdout
    assert "rename it" in shown.stdout


def test_in_a_loop_the_background_job_is_shown_and_ends_as_a_card(shell):
    async def cell():
        with capture_output() as shown:
            job = shell.run_line_magic("omero_upload", "cells --to Image:1 -b --progress text")
            await asyncio.to_thread(job.wait)
            for thread in threading.enumerate():
                if thread.name == f"display of {job.name}":
                    await asyncio.to_thread(thread.join)
            await asyncio.sleep(0)
        return shown

    shown = asyncio.run(cell())
    assert "Convert ok" in shown.stdout
    assert len(cards(shown)) == 1


def test_an_expired_session_is_renewed_by_the_person(shell, uploads, monkeypatch):
    uploads.events = (*EVENTS, LoginNeeded("https://omero.site", "ana"))
    monkeypatch.setattr(uploading, "has_person", lambda shell: True)
    prompts = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: prompts.append(prompt) or "hunter2")
    _, shown = run(shell, "%omero_upload cells --to Image:1 --progress text")
    assert uploads.passwords == [Secret("hunter2")]
    assert prompts == ["Password of ana at https://omero.site: "]
    assert "hunter2" not in shown.stdout


def test_settings_are_read_with_config_on_top(shell):
    config = next(one for one in shell.configurables if type(one).__name__ == "OmeroTables")
    config.server = "omero.site"
    assert isinstance(config.settings(), Settings)
    assert config.settings().server == "https://omero.site"


@pytest.mark.usefixtures("uploads")
@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("if_exists", "versoin", "did you mean 'version'"),
        ("chunk_rows", "many", "whole number"),
        ("server", 5, "quotes"),
        ("server_id", 0, "whole number"),
        ("map", 7, "[[profile.NAME.map]]"),
        ("s3_endpoint", "http://key@minio.lab", "without bucket and keys"),
    ],
)
def test_a_bad_value_of_config_is_one_error_of_the_next_upload(shell, caplog, name, value, hint):
    run(shell, f"%config OmeroTables.{name} = {value!r}")
    assert caplog.text == ""  # what a trait refuses, %config writes into the log
    error = failure(shell, "%omero_upload cells --to Image:1")
    assert f"%config OmeroTables: {name}" in error.message
    assert hint in error.hint
    unload_ipython_extension(shell)
    load_ipython_extension(shell)
    run(shell, f"%config OmeroTables.{name} = None")
    _, shown = run(shell, "%omero_upload cells --to Image:1")
    assert shown.outputs


def test_a_mapping_of_config_may_be_one_text_or_several(shell, uploads):
    for given in ("/mnt/a=>/a;/mnt/b=>/b", ["/mnt/a=>/a", "/mnt/b=>/b"]):
        run(shell, f"%config OmeroTables.map = {given!r}")
        run(shell, "%omero_upload cells --to Image:1")
        assert uploads.call["mapping"] == [("/mnt/a", "/a"), ("/mnt/b", "/b")]


def test_a_bad_target_is_an_error_of_the_target(shell):
    assert isinstance(failure(shell, "%omero_upload cells --to nonsense"), TargetError)


def test_a_mapping_is_kept_as_a_profile_after_the_upload(shell, uploads, tmp_path):
    line = "cells --to Image:1 --map /mnt/lab=>/data -l /mnt/lab/tables/x.tiledb --save-profile lab"
    run(shell, f"%omero_upload {line}")
    profile = settings.load(user_dir=tmp_path).profiles["lab"]
    assert (profile.server, profile.folder) == ("https://omero.site", "tables")
    assert profile.mapping.to_server("/mnt/lab/a") == "/data/a"


def test_a_failed_upload_keeps_no_profile(shell, uploads, tmp_path):
    uploads.error = DataError("no", hint="")
    run(shell, "%omero_upload cells --to Image:1 --map /mnt/lab=>/data --save-profile lab")
    assert "lab" not in settings.load(user_dir=tmp_path).profiles


def test_a_profile_without_a_mapping_is_refused_before_anything_is_sent(shell, uploads):
    error = failure(shell, "%omero_upload cells --to Image:1 --save-profile lab")
    assert "--map" in error.hint
    assert uploads.source is None
