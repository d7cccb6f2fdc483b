"""A server and a session for many uploads in one process."""

from __future__ import annotations

import pytest

import omero_tables_jupyter as otj


@pytest.fixture(scope="module")
def server():
    with otj.demo.serve() as running:
        yield running


@pytest.fixture
def session(server):
    return otj.login(server.url, username=server.username, password=server.password)
