"""What an upload leaves for the next one: no secrets, only what was chosen."""

import pandas as pd
import pytest
from IPython.utils.capture import capture_output

import omero_tables_jupyter as otj
from omero_tables_jupyter import settings

CELLS = pd.DataFrame({"Image": [101, 102]})


@pytest.fixture
def server(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with otj.demo.serve() as running:
        otj.login(running.url, username=running.username, password=running.password)
        yield running


def text_kept():
    return (settings.state_folder() / "state.json").read_text()


def test_an_upload_leaves_targets_in_order_and_what_was_to_happen_to_a_table_there(server):
    place = {"local_path": server.share, "mapping": server.mapping}
    otj.upload_table(CELLS, "T", to=["Image:102", "Dataset:51"], if_exists="version", **place)
    found = settings.recalled(server.url)
    assert [str(one) for one in found.last] == ["Image:102", "Dataset:51"]
    assert found.if_exists == "version"
    assert found.user == server.username
    assert server.password not in text_kept()


def test_a_registration_alone_leaves_what_was_chosen_before(server):
    place = {"local_path": server.share, "mapping": server.mapping}
    done = otj.upload_table(CELLS, "T", to="Dataset:51", if_exists="version", **place)
    otj.resume(done.local_path, to="Image:101", mapping=server.mapping)
    found = settings.recalled(server.url)
    assert ([str(one) for one in found.last], found.if_exists) == (["Image:101"], "version")


@pytest.fixture
def shell(shell, server):
    shell.user_ns["cells"] = CELLS
    return shell


def test_the_magic_leaves_the_name_that_the_source_was_given(server, shell):
    line = (
        f'cells --to Dataset:51 --name "Cells plate 7" --local-path "{server.share}" '
        f'--map "{server.share}=>/demo-share"'
    )
    with capture_output():
        shell.run_line_magic("omero_upload", line)
    assert settings.recalled(server.url).names == {"cells": "Cells plate 7"}
