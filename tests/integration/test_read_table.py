from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import omero_tables_jupyter as otj


@pytest.fixture(scope="module")
def server():
    with otj.demo.serve() as running:
        yield running


@pytest.fixture
def ways(server):
    """The same table, once as an array that this machine sees, once through the server."""
    otj.login(server.url, username=server.username, password=server.password)
    cells = pd.DataFrame(
        {"Image": [101, 102, 103, 104], "area": [1.5, 2.5, 3.5, 4.5], "label": list("abcd")}
    )
    done = otj.upload_table(
        cells,
        "Both ways",
        to="Dataset:51",
        local_path=server.share,
        mapping=server.mapping,
        if_exists="version",
    )
    return done, replace(done, local_path=str(Path(server.share) / "elsewhere.tiledb"))


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"columns": ["label", "Image"]},
        {"columns": "area"},
        {"rows": range(1, 3)},
        {"rows": range(0, 4, 2)},
        {"rows": range(0)},
        {"rows": range(2, 99)},
        {"query": "(area > 2) & (label != 'c')"},
        {"query": "(area > 2)", "rows": range(1, 2), "columns": ["area"]},
        {"query": "Image-103"},
        {"query": "(area > 99)"},
    ],
)
def test_the_array_and_the_server_give_the_same(ways, question):
    here, there = (otj.read_table(way, **question) for way in ways)
    pd.testing.assert_frame_equal(here, there, check_dtype=len(here) > 0)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"columns": []}, "no column"),
        ({"columns": ["area", "area"]}, "twice"),
        ({"columns": [5]}, "not a name"),
        ({"columns": ["aera"]}, "aera"),
        ({"rows": range(3, 0, -1)}, "upwards"),
        ({"rows": range(-2, 2)}, "upwards"),
        ({"rows": [1, 2]}, "upwards"),
    ],
)
def test_what_cannot_be_meant_is_refused_alike(ways, question, words):
    for way in ways:
        with pytest.raises(otj.OptionError, match=words):
            otj.read_table(way, **question)


def test_what_is_no_table_is_said_to_be_none(tmp_path):
    with pytest.raises(otj.OptionError, match="int"):
        otj.read_table(1001)
    with pytest.raises(otj.PathError, match="no array"):
        otj.read_table(tmp_path / "nothing.tiledb")


def test_a_table_without_a_file_id_says_where_to_look(ways):
    with pytest.raises(otj.OptionError, match="file id"):
        otj.read_table(replace(ways[1], file_id=None))
