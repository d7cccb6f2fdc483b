"""The README is the manual: what it shows is run, and what it names exists."""

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import omero_tables_jupyter as otj
from omero_tables_jupyter import errors

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def blocks(language):
    return [text for found, text in BLOCKS if found == language]


def test_every_block_says_what_it_is():
    assert {language for language, _ in BLOCKS} == {"console", "ipython", "text", "toml"}


def test_the_blocks_run_one_after_the_other(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(block) for block in blocks("ipython")]
    )
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(tmp_path))
    shown = "".join(
        output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        for output in cell.outputs
    )
    assert "Cells plate 7: registered in OMERO" in shown
    assert "mitosis" in shown or "Image" in shown


def test_the_settings_file_means_what_it_says(tmp_path):
    from omero_tables_jupyter import settings

    (tmp_path / "omero_tables.toml").write_text(blocks("toml")[0], encoding="utf-8")
    profile = settings.load(start_dir=tmp_path, environ={}, user_dir=tmp_path / "user").profiles[
        "lab"
    ]
    assert profile.server == "https://omero.site"
    assert profile.mapping.to_server(r"J:\data\tables\x.tiledb") == "/data/tables/x.tiledb"


def test_the_lines_for_ones_own_server_are_understood():
    from omero_tables_jupyter.jupyter.magic.arguments import parse

    lines = [line for block in blocks("text") for line in block.splitlines()]
    uploads = [line.removeprefix("%omero_upload ") for line in lines if "%omero_upload" in line]
    first = parse(uploads[0], "").resolve({})
    assert first.local_path == r"J:\data\tables"
    assert first.mapping == ((r"J:\data", "/data"),)
    assert parse(uploads[1], "").resolve({}).to == ("Dataset:51",)


def test_the_error_is_shown_as_it_is(tmp_path):
    mixed = pd.DataFrame({"when": ["now", 3.5]})
    with pytest.raises(otj.DataError) as refused:
        otj.create_tiledb(mixed, tmp_path / "x.tiledb")
    assert "\n".join(refused.value._render_traceback_()) + "\n" in blocks("text")


@pytest.mark.parametrize("name", re.findall(r"^\| `(\w+)\(", README, flags=re.MULTILINE))
def test_every_call_in_the_table_exists(name):
    assert callable(getattr(otj, name))


def test_every_error_has_its_place():
    table = README[README.index("## When something is wrong") :]
    public = {name for name in errors.__all__ if name not in {"OmeroTablesError", "ServerError"}}
    assert public <= set(re.findall(r"`(\w+)`", table))


def test_every_option_that_is_named_is_one():
    from omero_tables_jupyter.jupyter.magic.table_options import GRAMMARS

    known = {f"--{option.key}" for grammar in GRAMMARS.values() for option in grammar.options}
    named = set(re.findall(r"`(--[a-z0-9-]+)", README))
    assert named - known == set()


def test_every_magic_that_is_named_is_one_and_none_is_left_out():
    from omero_tables_jupyter.jupyter.magic.magics import OmeroMagics
    from omero_tables_jupyter.jupyter.magic.table_magics import TableMagics

    magics = set(OmeroMagics.magics["line"]) | set(TableMagics.magics["line"])
    assert set(re.findall(r"%(omero_\w+)", README)) == magics


def test_every_picture_is_there():
    pictures = re.findall(r"!\[[^]]+\]\((docs[^)]+)\)", README)
    assert pictures
    for picture in pictures:
        assert (Path(__file__).parents[1] / picture).is_file(), picture


def test_the_page_for_administrators_has_a_settings_file_that_is_read(tmp_path):
    from omero_tables_jupyter import settings

    page = (Path(__file__).parents[1] / "docs" / "administrators.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```toml\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    (tmp_path / "omero_tables.toml").write_text(block, encoding="utf-8")
    known = settings.load(start_dir=tmp_path, environ={}, user_dir=tmp_path / "user")
    assert known.profiles["lab"].mapping.to_server("/mnt/lab/data/x.tiledb") == "/data/x.tiledb"


def test_every_make_target_exists():
    makefile = (Path(__file__).parents[1] / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`?make (\w[\w-]*)", README))
    assert {"demo", "test"} <= targets
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
