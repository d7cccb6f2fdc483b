"""The reference client's own conversion and registration, unchanged, against the stand-in."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.importorskip("trustme")
if importlib.util.find_spec("omero2pandas") is None:
    pytest.skip("the reference client is not installed", allow_module_level=True)

import requests

from omero_tables_jupyter import demo


@dataclass
class Connector:
    """What the reference client asks of its connection to OMERO."""

    server: str
    key: str

    def getSessionId(self) -> str:  # noqa: N802 - the reference client's name
        return self.key


@pytest.fixture
def remote(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the reference's `remote` without its connection module, which needs Ice."""
    spec = importlib.util.find_spec("omero2pandas")
    package = ModuleType("omero2pandas")
    package.__path__ = list(spec.submodule_search_locations)
    connect = ModuleType("omero2pandas.connect")
    connect.get_connection = lambda client: client
    monkeypatch.setitem(sys.modules, "omero2pandas", package)
    monkeypatch.setitem(sys.modules, "omero2pandas.connect", connect)
    monkeypatch.delitem(sys.modules, "omero2pandas.remote", raising=False)
    return importlib.import_module("omero2pandas.remote")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[demo.DemoServer]:
    with demo.serve(tls=True) as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", running.ca_file)
        yield running


def log_in(server: demo.DemoServer) -> tuple[requests.Session, str]:
    session = requests.Session()
    token = session.get(f"{server.url}/api/v0/token/").json()["data"]
    answer = session.post(
        f"{server.url}/api/v0/login/",
        data={"username": server.username, "password": server.password, "server": "1"},
        headers={"X-CSRFToken": token, "Referer": server.url},
    )
    return session, answer.json()["eventContext"]["sessionUuid"]


FRAME = pd.DataFrame(
    {
        "Image": [101, 102, 103] * 800,
        "area": [1.5, float("nan"), 3.25] * 800,
        "label": ["a", "", "µ"] * 800,
        "ok": [True, False, True] * 800,
    }
)


def test_the_reference_client_registers_a_frame_over_tls(
    remote: ModuleType, server: demo.DemoServer
) -> None:
    session, key = log_in(server)
    connector = Connector(server.url.removeprefix("https://"), key)
    annotation = remote.create_remote_table(
        FRAME,
        "Cells by the reference",
        Path(server.share) / "cells.tiledb",
        remote_path="/demo-share/cells.tiledb",
        links=[("Image", 101), ("Dataset", 51)],
        connector=connector,
    )
    (kept,) = server.registered
    assert kept.annotation_id == annotation
    assert kept.name == "Cells by the reference"
    assert kept.targets == ("Image:101", "Dataset:51")
    url = f"{server.url}/webgateway/table/{kept.file_id}/query/"
    answer = session.get(url, params={"query": "*", "limit": 5000}).json()
    read = pd.DataFrame(answer["data"]["rows"], columns=answer["data"]["columns"])
    pd.testing.assert_frame_equal(read, FRAME)
    assert answer["data"]["column_types"] == [
        "ImageColumn",
        "DoubleColumn",
        "StringColumn",
        "BoolColumn",
    ]


def test_the_reference_client_is_refused_with_a_wrong_secret_token(
    remote: ModuleType, server: demo.DemoServer
) -> None:
    _, key = log_in(server)
    connector = Connector(server.url.removeprefix("https://"), key)
    remote.create_tiledb(FRAME, Path(server.share) / "cells.tiledb")
    with pytest.raises(requests.HTTPError, match="403"):
        remote.register_table(
            connector, "/demo-share/cells.tiledb", "Cells", [("Image", 101)], "not the token"
        )
    assert server.registered == ()
