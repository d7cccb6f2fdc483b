import atexit

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from omero_tables_jupyter.jupyter.extension import load_ipython_extension, unload_ipython_extension
from omero_tables_jupyter.jupyter.magic.completion import Sources, complete, fragment_at
from omero_tables_jupyter.model import RegisteredTable
from omero_tables_jupyter.object_types import TARGET_TYPES

NO_HISTORY = Config({"HistoryManager": {"enabled": False}})
CELLS = pd.DataFrame({"area": [1], "label": ["a"], "mean red": [0.5]})
SOURCES = Sources(
    {"cells": CELLS, "number": 1, "results": {"nuclei": CELLS}},
    lambda: ["lab", "demo"],
    lambda: ["Dataset:51", "Image:101"],
)

TYPES = [f"{kind}:" for kind in TARGET_TYPES]


def offered(before, first_line="", sources=SOURCES):
    found = complete(before, first_line, sources)
    return None if found is None else (found[0], [offer.text for offer in found[1]])


@pytest.mark.parametrize(
    ("before", "fragment", "texts"),
    [
        ("%omero_upload --lo", "--lo", ["--local-path"]),
        ("%omero_upload --link", "--link", ["--link"]),
        ("%omero_upload ce", "ce", ["cells"]),
        ("done = %omero_upload ce", "ce", ["cells"]),
        ("%omero_upload cells --index ", "", ["auto", "keep", "drop"]),
        ("%omero_upload cells --index=k", "k", ["keep"]),
        ("%omero_upload cells --to ", "", ["Dataset:51", "Image:101", *TYPES]),
        ("%omero_upload cells -t Im", "Im", ["Image:101", "Image:"]),
        ("%omero_upload cells -p ", "", ["lab", "demo"]),
        ("%omero_upload cells --columns ", "", ["area", "label", '"mean red"']),
        ("%omero_upload cells --columns area,l", "area,l", ["area,label"]),
        ("%omero_upload cells --columns area,", "area,", ["area,label", 'area,"mean red"']),
        ('%omero_upload cells --exclude "m', '"m', ['"mean red']),
        ("%omero_upload --exclude ar", "ar", ["area"]),
        ('%omero_upload results["nuclei"] --rename a', "a", ["area"]),
        ("%omero_login --u", "--u", ["--user"]),
        ("%omero_login h", "h", []),
        ("%omero_upload cells --progress w", "w", ["widget"]),
    ],
)
def test_what_fits_is_offered(before, fragment, texts):
    assert offered(before) == (fragment, texts)


DONE = RegisteredTable("T", 1001, 2001, 1, ("area", "label"), (), "", "", "", "")
STORED = Sources({"done": DONE, "cells": CELLS}, SOURCES.profiles, SOURCES.targets)


@pytest.mark.parametrize(
    ("before", "fragment", "texts"),
    [
        ("%omero_read don", "don", ["done"]),
        ("%omero_read ce", "ce", []),
        ("%omero_read Da", "Da", ["Dataset:51", "Dataset:"]),
        ("%omero_read done --as ", "", ["pandas", "arrow", "polars"]),
        ("%omero_read done --columns ar", "ar", ["area"]),
        ("%omero_read done --ro", "--ro", ["--rows"]),
        ("%omero_tables Im", "Im", ["Image:101", "Image:"]),
        ("%omero_tables Dataset:51 --o", "--o", ["--out"]),
        ("%omero_delete don", "don", ["done"]),
        ("%omero_delete done --f", "--f", ["--files"]),
        ("%omero_detach done --from Im", "Im", ["Image:101", "Image:"]),
        ("%omero_panel ce", "ce", ["cells"]),
    ],
)
def test_what_fits_a_table_that_is_there_is_offered(before, fragment, texts):
    assert offered(before, sources=STORED) == (fragment, texts)


def test_a_table_comes_with_its_shape():
    _, offers = complete("%omero_upload ce", "", SOURCES)
    assert offers[0].kind == "1x3"


def test_what_something_is_takes_one_word_since_jupyterlab_breaks_lines_at_blanks():
    for before in ("%omero_upload ", "%omero_upload cells --to ", "%omero_upload cells --columns "):
        _, offers = complete(before, "", SOURCES)
        assert {len(offer.kind.split()) for offer in offers} == {1}


def test_tables_come_before_options():
    texts = offered("%omero_upload ")[1]
    assert texts[0] == "cells"
    assert "--to" in texts


@pytest.mark.parametrize(
    ("before", "fragment", "texts"),
    [
        ("#| loc", "loc", ["local-path: "]),
        ("#| index: ", "", ["auto", "keep", "drop"]),
        ("#| to: Im", "Im", ["Image:101", "Image:"]),
        ("#| columns: area,la", "area,la", ["area,label"]),
    ],
)
def test_option_lines_of_a_cell_are_completed(before, fragment, texts):
    assert offered(before, "%%omero_upload cells") == (fragment, texts)


@pytest.mark.parametrize(
    ("before", "first_line"),
    [
        ("cells.", ""),
        ("#| to: Im", "x = 1"),
        ("#| to: Im", "%omero_upload cells"),
        ("#| nonsense: ", "%%omero_upload"),
        ("%other --lo", ""),
    ],
)
def test_other_lines_are_left_alone(before, first_line):
    assert offered(before, first_line) is None


def test_files_and_folders_are_offered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cells.csv").touch()
    (tmp_path / "notes.doc").touch()
    (tmp_path / "my out").mkdir()
    (tmp_path / "t.tiledb").mkdir()
    assert offered("%omero_upload cel", sources=Sources({}, list, list))[1] == ["cells.csv"]
    assert offered("%omero_upload x --local-path m")[1] == ['"my out/']
    assert offered("%omero_upload x --local-path t")[1] == ["t.tiledb"]
    assert offered("%omero_upload x --local-path nowhere/x")[1] == []


def test_no_columns_are_offered_for_a_table_that_is_not_there():
    assert offered("%omero_upload cels --columns ")[1] == []
    assert offered("%omero_upload in.csv --columns ")[1] == []


@pytest.mark.parametrize(
    ("rest", "fragment"),
    [("a b", "b"), ('a "b c', '"b c'), ("a ", ""), ("--x='a b", "--x='a b"), ('"a b" c', "c")],
)
def test_the_fragment_is_the_word_being_typed(rest, fragment):
    assert fragment_at(rest) == fragment


@given(st.text(), st.text())
def test_completion_never_fails(before, first_line):
    complete(before, first_line, SOURCES)
    complete(f"%omero_upload {before}", first_line, SOURCES)
    complete(f"#| {before}", f"%%omero_upload {first_line}", SOURCES)


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.setenv("OMERO_TABLES_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    made = InteractiveShell(config=NO_HISTORY)
    made.user_ns["cells"] = CELLS
    load_ipython_extension(made)
    yield made
    unload_ipython_extension(made)
    made.restore_sys_module_state()
    # A shell's farewell takes a second, and there are many of them.
    atexit.unregister(made.atexit_operations)


def completions(shell, text):
    with provisionalcompleter():
        return list(shell.Completer.completions(text, len(text)))


def completed(shell, text):
    return [one.text for one in completions(shell, text)]


def test_the_shell_completes_our_lines(shell):
    assert completed(shell, "%omero_upload --loc") == ["--local-path"]
    assert completed(shell, "%omero_upload ce") == ["cells"]
    assert completed(shell, "%omero_upload cells --index ") == ["auto", "keep", "drop"]


def test_jupyter_gets_the_shape_as_a_type(shell):
    text = "%omero_upload ce"
    assert [(one.text, one.type) for one in completions(shell, text)] == [("cells", "1x3")]


def test_a_terminal_has_room_for_what_an_option_does_and_a_notebook_for_a_word(shell):
    (option,) = completions(shell, "%omero_upload --loc")
    assert "folder" in option.type
    shell.kernel = object()
    (option,) = completions(shell, "%omero_upload --loc")
    assert option.type == "option"


def test_other_completion_stays(shell):
    assert completed(shell, "cells.ar")[0].endswith("area")


def test_a_broken_settings_file_does_not_break_completion(shell, tmp_path):
    (tmp_path / "omero_tables.toml").write_text("nonsense = [")
    assert "lab" not in completed(shell, "%omero_upload cells -p ")
    assert completed(shell, "%omero_upload --loc") == ["--local-path"]


def magics_of(shell):
    return {
        name
        for kind in ("line", "cell")
        for name in shell.magics_manager.magics[kind]
        if name.startswith("omero_")
    }


MAGICS = {
    "omero_demo",
    "omero_history",
    "omero_login",
    "omero_logout",
    "omero_status",
    "omero_traceback",
    "omero_upload",
}


def test_loading_twice_changes_nothing(shell):
    before = len(shell.configurables), len(shell.Completer.custom_matchers)
    load_ipython_extension(shell)
    assert (len(shell.configurables), len(shell.Completer.custom_matchers)) == before
    assert magics_of(shell) >= MAGICS


def test_unloading_removes_everything_and_loading_again_works(shell):
    unload_ipython_extension(shell)
    unload_ipython_extension(shell)
    assert magics_of(shell) == set()
    assert "OmeroTables" not in {type(one).__name__ for one in shell.configurables}
    assert "--local-path" not in completed(shell, "%omero_upload --loc")
    load_ipython_extension(shell)
    assert magics_of(shell) >= MAGICS


def test_configuration_holds_no_secret(shell):
    config = next(one for one in shell.configurables if type(one).__name__ == "OmeroTables")
    names = " ".join(config.trait_names())
    assert not any(word in names for word in ("password", "key", "token", "secret"))


def test_configuration_of_ipython_reaches_us(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = Config({"OmeroTables": {"server": "https://omero.site"}})
    own.merge(NO_HISTORY)
    shell = InteractiveShell(config=own)
    load_ipython_extension(shell)
    config = next(one for one in shell.configurables if type(one).__name__ == "OmeroTables")
    unload_ipython_extension(shell)
    shell.restore_sys_module_state()
    assert config.values() == {"server": "https://omero.site"}
