"""What is copied from the panel is run in a notebook, and does the same upload."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from IPython.utils.capture import capture_output

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
from omero_tables_jupyter.jupyter.magic.calling import call_of
from omero_tables_jupyter.jupyter.magic.fixing import fixed
from omero_tables_jupyter.jupyter.magic.variables import find_source
from omero_tables_jupyter.jupyter.magic.writing import as_magic, as_python

CELLS = pd.DataFrame(
    [[101, "A01", 1.5, 1, 2, 3, 2**63], [102, None, 2.5, 4, 5, 6, 1]],
    columns=["Image", "Well", "my area", "", "twice", "twice", "big"],
).astype({"big": object})


@pytest.fixture
def shell(shell, session):
    shell.user_ns["results"] = {"cells {1}": CELLS}
    return shell


def folder_of(server, tmp_path, name):
    folder = Path(server.share) / f"{tmp_path.name} {{x}} $y's" / name
    folder.mkdir(parents=True)
    return str(folder)


def run(shell, text):
    with capture_output():
        ran = shell.run_cell(text)
    ran.raise_error()
    return shell.user_ns["done"]


def fixed_until_ok(options, shell):
    for _ in range(20):
        call = call_of(options, find_source(options.source, shell.user_ns), {})
        plan = otj.check_table(CELLS, **call)
        fix = next((one.fix for one in (*plan.problems, *plan.notes) if one.fix), None)
        if fix is None:
            return options
        options = fixed(options, fix)
    raise AssertionError(plan)


def test_a_copied_magic_and_copied_python_store_and_register_the_same(server, shell, tmp_path):
    options = UploadOptions(
        source='results["cells {1}"]',
        to=("Dataset:51", "Image:101"),
        name="Cells {7} $a 'b' \"c\" \\",
        mapping=((str(server.share), "/demo-share"),),
        if_exists="version",
        out="done",
    )
    options = replace(options, local_path=folder_of(server, tmp_path, "check"))
    options = fixed_until_ok(options, shell)
    by_magic = replace(options, local_path=folder_of(server, tmp_path, "magic"))
    by_python = replace(options, local_path=folder_of(server, tmp_path, "python"))
    call = call_of(by_python, find_source(options.source, shell.user_ns), {})
    first = run(shell, as_magic(by_magic))
    second = run(shell, as_python(by_python, call))
    assert (first.name, first.columns, first.rows) == (options.name, second.columns, 2)
    assert (second.name, second.targets) == (first.name, first.targets)
    assert Path(first.local_path).name == Path(second.local_path).name
    prints = {describe_array(one.local_path).fingerprint for one in (first, second)}
    assert len(prints) == 1
    assert [one.rpartition("/")[2] for one in (first.remote_path, second.remote_path)] == [
        Path(first.local_path).name
    ] * 2


def test_a_short_upload_is_copied_as_one_line_that_runs(server, shell, tmp_path):
    shell.user_ns["cells"] = CELLS[["Image"]]
    folder = Path(server.share) / tmp_path.name
    folder.mkdir()
    mapping = f'--map "{server.share}=>/demo-share" --save-profile here'
    run(shell, f'%omero_upload cells -t Image:101 -l "{folder}" {mapping} --out done')
    options = UploadOptions(
        source="cells", to=("Dataset:51",), name="Again", profile="here", out="done"
    )
    text = as_magic(options)
    assert text == "%omero_upload cells --to Dataset:51 --name Again --profile here --out done"
    done = run(shell, text)
    assert (done.name, Path(done.local_path)) == ("Again", folder / "Again.tiledb")
