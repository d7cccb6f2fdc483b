"""Dask clusters of this machine alone, and what a table of theirs is compared with."""

from __future__ import annotations

import json
import multiprocessing
import pathlib
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import tiledb

from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.distributed import merging
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.steps import drained


def two_processes():
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
    )


@contextmanager
def nobody_left():
    before = {one.pid for one in multiprocessing.active_children()}
    yield
    assert {one.pid for one in multiprocessing.active_children()} == before


@pytest.fixture(scope="module")
def shared_cluster():
    with nobody_left(), two_processes() as cluster:
        yield cluster


@pytest.fixture
def client(shared_cluster):
    """Two worker processes, the same for all tests of a module."""
    from distributed import Client

    with Client(shared_cluster) as client:
        yield client


@pytest.fixture
def own_client():
    """Two worker processes for one test, which may harm them."""
    from distributed import Client

    with nobody_left(), two_processes() as cluster, Client(cluster) as client:
        yield client


@pytest.fixture
def small_groups(monkeypatch):
    """Each partition is written by a task of its own, however small."""
    monkeypatch.setattr(merging, "_GROUP_BYTES", 1)


@pytest.fixture
def nuclei():
    """A table of all that OMERO.tables knows, in no particular order."""
    rows = 60_000
    numbers = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "Image": numbers.integers(1, 300, rows),
            "area": numbers.normal(100, 20, rows),
            "ok": numbers.random(rows) > 0.5,
            "label": [f"µ{n % 17}" for n in range(rows)],
            "when": pd.Timestamp("2026-01-02T03:04:05") + pd.to_timedelta(range(rows), unit="s"),
        }
    )


@pytest.fixture
def write():
    """Write an array; give it and what was told meanwhile."""

    def act(source, path, **options):
        events = []
        steps = write_table(prepare(open_source(source), whole=False), path, **options)
        return drained(steps, events.append), events

    return act


@pytest.fixture
def assert_same():
    """Compare two arrays: schema, rows, and metadata but what is made anew each time."""

    def act(one, other):
        with tiledb.open(str(one)) as here, tiledb.open(str(other)) as there:
            assert here.schema == there.schema
            assert _lasting(here.meta) == _lasting(there.meta)
            assert here.meta["SecretToken"] != there.meta["SecretToken"]
            ours, theirs = here[:], there[:]
        assert [*ours] == [*theirs]
        for name, values in ours.items():
            np.testing.assert_array_equal(values, theirs[name], strict=True)
        assert ours["__tiledb_rows"].tolist() == list(range(len(ours["__tiledb_rows"])))

    return act


def _lasting(meta):
    ours = json.loads(meta["omero_tables_jupyter"])
    own = ("SecretToken", "__initialized", "omero_tables_jupyter")
    kept = {key: value for key, value in meta.items() if key not in own}
    return kept | {key: value for key, value in ours.items() if key != "created"}


@pytest.fixture
def fragments():
    """Name the fragments of an array, and those that are committed."""

    def act(path):
        names = [
            sorted(one.name.removesuffix(".wrt") for one in (pathlib.Path(path) / part).iterdir())
            for part in ("__fragments", "__commits")
        ]
        return tuple(names)

    return act


@pytest.fixture
def listing():
    def act(folder):
        return sorted(one.name for one in pathlib.Path(folder).iterdir())

    return act
