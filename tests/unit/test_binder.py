"""What Binder builds from ``binder/``: held by repo2docker's own rules where that is installed."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NAME = PROJECT["name"]
EXTRAS = PROJECT["optional-dependencies"]
# what comes with a package of another name
PACKAGES = {"skimage": "scikit-image", "distributed": "dask", "omero_tables_jupyter": NAME}


def lines_of(name):
    text = (ROOT / "binder" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def extras_of(requirement):
    """Give the extras of this package that a requirement asks for."""
    found = re.fullmatch(rf"(?:\.|{NAME})\[([\w,-]+)\]", requirement)
    return found[1].split(",") if found else []


def installed(extra):
    """Give the packages that an extra brings, those of the extras that it names included."""
    own = EXTRAS[extra]
    below = [package for one in own for name in extras_of(one) for package in installed(name)]
    return {*below, *(re.split(r"[\[<>=~! ]", one)[0] for one in own)}


def imported(notebook):
    """Give what a notebook's cells import; magics are no Python."""
    for cell in nbformat.read(notebook, as_version=4).cells:
        code = cell.source if cell.cell_type == "code" else ""
        plain = "\n".join(line for line in code.splitlines() if not line.startswith(("%", "!")))
        for node in ast.walk(ast.parse(plain)):
            match node:
                case ast.Import(names=names):
                    yield from (one.name.partition(".")[0] for one in names)
                case ast.ImportFrom(module=str(module)):
                    yield module.partition(".")[0]


def test_its_python_is_one_that_this_package_says_to_support():
    (runtime,) = lines_of("runtime.txt")
    version = runtime.removeprefix("python-")
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]


def test_it_installs_this_repository_with_extras_that_exist_and_from_nowhere_else():
    (line,) = lines_of("requirements.txt")
    assert extras_of(line) != []
    assert set(extras_of(line)) <= set(EXTRAS)


def test_it_installs_whatever_a_notebook_imports_and_what_lab_and_the_links_need():
    (line,) = lines_of("requirements.txt")
    always = {re.split(r"[\[<>=~! ]", one)[0] for one in PROJECT["dependencies"]}
    there = always.union({NAME}, *map(installed, extras_of(line)))
    assert {"jupyterlab", "jupyter-server-proxy"} <= there
    for notebook in (ROOT / "notebooks").glob("*.ipynb"):
        foreign = set(imported(notebook)) - sys.stdlib_module_names
        assert {PACKAGES.get(name, name) for name in foreign} <= there, notebook.name


def test_who_does_not_want_the_notebooks_does_not_install_what_they_need():
    without = [name for name in EXTRAS if name not in {"notebooks", "all"}]
    assert not {"matplotlib", "scikit-image"} & set().union(*map(installed, without))


def test_repo2docker_finds_the_folder_and_knows_its_python():
    pytest.importorskip("repo2docker")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--no-run", "--debug", "."]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    said = told.stdout + told.stderr
    assert f"python={lines_of('runtime.txt')[0].removeprefix('python-')}" in said
    assert 'pip install --no-cache-dir -r "binder/requirements.txt"' in said


def test_the_badge_opens_the_first_notebook():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"labpath=([^)\s&]+)", readme) == ["notebooks/01_quickstart.ipynb"]
    assert (ROOT / "notebooks" / "01_quickstart.ipynb").is_file()
