"""The wheel as users get it: what is in it, and that it works without anything of the development.

Run by itself (``python tests/wheel_smoke.py``) it builds the wheel, installs it into a fresh
environment, and there uploads a table with a magic; ``nox -s wheel`` and ``make torture`` do so.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = "omero_tables_jupyter"
#: Only for development, and never to be needed by what is installed.
_NOT_NEEDED = ("pytest", "hypothesis", "nbclient", "polars", "dask", "trustme", "jupyterlab")
_INSIDE = """
import importlib.util, sys, tempfile
from pathlib import Path
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell
import omero_tables_jupyter as otj

assert sys.prefix in otj.__file__, otj.__file__
for name in sys.argv[1:]:
    assert importlib.util.find_spec(name) is None, name
cells = pd.DataFrame({"Image": [101, 102], "area": [1.5, 2.5], "label": ["a", None]})
path = Path(tempfile.mkdtemp()) / "cells.tiledb"
assert otj.create_tiledb(cells, path).rows == 2
assert otj.read_table(path)["label"].tolist() == ["a", ""]
shell = InteractiveShell.instance()
shell.user_ns["cells"] = cells
for line in (
    "%load_ext omero_tables_jupyter",
    "%omero_demo",
    "done = %omero_upload cells --to Dataset:51 --progress text",
    "import omero_tables_jupyter",
    "assert omero_tables_jupyter.read_table(done)['area'].tolist() == [1.5, 2.5]",
):
    shell.run_cell(line).raise_error()
"""


def built(folder: Path) -> Path:
    """Build the wheel, and nothing that it depends on."""
    _run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT)
    (wheel,) = folder.glob("*.whl")
    return wheel


def check_contents(wheel: Path) -> None:
    """Hold what is in the wheel against what belongs there."""
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        said = opened.read(metadata).decode()
    places = {name.partition("/")[0] for name in names}
    assert places == {PACKAGE, metadata.partition("/")[0]}, places
    wanted = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / PACKAGE).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and ".mypy_cache" not in path.parts
    }
    assert {name for name in names if name.startswith(f"{PACKAGE}/")} == wanted
    assert f"{PACKAGE}/py.typed" in names
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names), names
    assert "License-Expression: BSD-3-Clause" in said
    assert "Requires-Python: >=3.11" in said


def check_in_a_fresh_environment(wheel: Path, folder: Path) -> None:
    """Install the wheel where nothing else is, and use it there."""
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    _run(python, "-m", "pip", "install", "-q", wheel)
    _run(python, "-m", "pip", "check")
    # isolated from the source, which would be imported in place of what is installed
    _run(
        python,
        "-I",
        "-W",
        "error::DeprecationWarning:" + PACKAGE,
        "-c",
        _INSIDE,
        *_NOT_NEEDED,
        cwd=folder,
    )


def _run(*command: object, cwd: Path | None = None) -> None:
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[1:4]} failed:\n{done.stdout}{done.stderr}")


def main() -> None:
    """Build, look, install, use."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wheel = built(folder)
        check_contents(wheel)
        check_in_a_fresh_environment(wheel, folder)


if __name__ == "__main__":
    main()
