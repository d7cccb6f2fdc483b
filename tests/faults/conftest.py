"""A share and a server for each fault, and the table that the faults are told in."""

from __future__ import annotations

from pathlib import Path

import pytest
from fault_table import DOCS, FaultTable, Row, cell, written_rows
from scene import Scene

import omero_tables_jupyter as otj
from omero_tables_jupyter.model import RegisteredTable

TABLE = pytest.StashKey[FaultTable]()


def pytest_addoption(parser):
    parser.addoption(
        "--write-faults", action="store_true", help="write docs/faults.md from this run"
    )


def pytest_configure(config):
    config.stash[TABLE] = FaultTable()


def pytest_collection_modifyitems(items):
    """Hold the page against the rows when all tests have told theirs."""
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Count what could not be caused on this machine: its rows are then nobody's fault."""
    report = yield
    item.config.stash[TABLE].skipped += report.skipped
    return report


def pytest_sessionfinish(session):
    if session.config.getoption("--write-faults", default=False):
        DOCS.write_text(session.config.stash[TABLE].page(), encoding="utf-8")


@pytest.fixture
def table(request):
    return request.config.stash[TABLE]


@pytest.fixture(scope="session")
def running():
    with otj.demo.serve() as server:
        yield server


@pytest.fixture
def server(running):
    yield running
    running.faults.clear()


@pytest.fixture
def scene(server, tmp_path):
    folder = Path(server.share) / tmp_path.name
    folder.mkdir()
    return Scene(server, folder)


@pytest.fixture
def session(server):
    opened = otj.login(server.url, username=server.username, password=server.password)
    opened.channel.sleep = lambda seconds: None
    return opened


@pytest.fixture
def told(request, scene):
    """Hold what became of an upload against what is expected, and tell it in the table.

    `said` is the error, the registered table (whose notes `about` finds), or the words themselves.
    """
    section = request.module.__doc__.splitlines()[0].rstrip(".")

    def tell(fault, said, *, disk, server, history, about=""):
        assert scene.on_disk() == disk
        assert scene.on_server() == server
        assert scene.in_history() == history
        if isinstance(said, otj.OmeroTablesError):
            assert said.hint, said
            assert bool(said.array_path) == ("the whole table" in disk and server == "nothing")
            assert not said.array_path or "otj.resume(" in said.hint
        words = cell(scene.plain(_words(said, about)))
        row = Row(section, (cell(fault), words, disk, server, history))
        request.config.stash[TABLE].add(row)
        if not request.config.getoption("--write-faults", default=False):
            assert str(row) in written_rows(), (
                f"docs/faults.md does not say so: write it anew (--write-faults) and read it\n{row}"
            )

    return tell


def _words(said, about):
    if isinstance(said, RegisteredTable):
        (note,) = [one.text for one in said.notes if about in one.text] if about else [""]
        return f"registered; a note: {note}" if note else "registered, as if nothing had been"
    if isinstance(said, otj.OmeroTablesError):
        return f"**{said.message}**\n{said.hint}"
    return said
