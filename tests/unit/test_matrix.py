"""What is promised to work together is run together: the matrix, and the oldest releases."""

import re
import tomllib
from itertools import combinations
from pathlib import Path
from runpy import run_path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONSTRAINTS = (ROOT / "tests" / "constraints-oldest.txt").read_text(encoding="utf-8")
PINS = dict(re.findall(r"^([\w-]+)==([\d.]+)$", CONSTRAINTS, re.MULTILINE))
DEPENDENCIES = dict(line.split(">=") for line in PROJECT["dependencies"])


@pytest.fixture(scope="module")
def matrix():
    pytest.importorskip("nox")
    return run_path(str(ROOT / "noxfile.py"))


def pairs_in(things, row):
    return set(combinations(zip(things, row, strict=True), 2))


def test_each_two_releases_of_different_things_meet_in_a_session(matrix):
    releases, things = matrix["RELEASES"], matrix["THINGS"]
    met = set().union(*(pairs_in(things, row) for row in matrix["PAIRS"]))
    wanted = {
        ((one, first), (other, second))
        for one, other in combinations(things, 2)
        for first in releases[one]
        for second in releases[other]
    }
    assert wanted - met == set()
    assert met - wanted == set()


def test_the_matrix_knows_each_promised_python(matrix):
    said = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if ":: 3." in line]
    assert [*matrix["RELEASES"]["python"]] == said
    assert PROJECT["requires-python"] == f">={said[0]}"


def test_each_dependency_is_tried_in_its_oldest_release():
    assert DEPENDENCIES.keys() <= PINS.keys()
    newer = {
        name: PINS[name]
        for name, oldest in DEPENDENCIES.items()
        if PINS[name] != oldest and not PINS[name].startswith(f"{oldest}.")
    }
    assert newer == {}


@pytest.mark.parametrize("thing", ["pandas", "tiledb", "ipywidgets"])
def test_the_matrix_begins_with_the_oldest_release(matrix, thing):
    oldest = matrix["RELEASES"][thing][0].removesuffix(".*")
    assert f"{PINS[thing]}.".startswith(f"{oldest}.")
    assert f"{oldest}.".startswith(f"{DEPENDENCIES[thing]}.")
