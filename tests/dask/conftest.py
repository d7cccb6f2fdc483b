"""Dask clusters of this machine alone, and what a table of theirs is compared with."""

from __future__ import annotations

import json
import multiprocessing
import pathlib

import numpy as np
import pandas as pd
import pytest
import tiledb

from omero_tables_jupyter.steps import drained
from omero_tables_jupyter.tables.conversion import prepare
from omero_tables_jupyter.tables.distributed import merging
from omero_tables_jupyter.tables.sources import open_source
from omero_tables_jupyter.tables.writer import write_table


def two_processes():
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
    )


@pytest.fixture(scope="module")
def shared_cluster():
    pytest.importorskip("distributed")
    with two_processes() as cluster:
        yield cluster
    assert multiprocessing.active_children() == []


@pytest.fixture
def client(shared_cluster):
    """Two worker processes, the same for all tests of a module."""
    from distributed import Client

    with Client(shared_cluster) as client:
        yield client


@pytest.fixture
def own_client():
    """Two worker processes for one test, which may harm them."""
    pytest.importorskip("distributed")
    from distributed import Client

    with two_processes() as cluster, Client(cluster) as client:
        yield client
    assert multiprocessing.active_children() == []


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


def write(source, path, *, whole=False, **options):
    """Write an array; give it and what was told meanwhile."""
    events = []
    steps = write_table(prepare(open_source(source), whole=whole), path, **options)
    return drained(steps, events.append), events


def contents(path):
    """Give all that an array is: schema, metadata but what is made anew each time, rows."""
    with tiledb.open(str(path)) as array:
        kept = dict(array.meta)
        for own in ("SecretToken", "__initialized"):
            kept.pop(own)
        ours = json.loads(kept.pop("omero_tables_jupyter"))
        ours.pop("created")
        # As floats, NaN differs from itself: the bytes do not.
        values = {
            name: column.tobytes() if column.dtype != object else column.tolist()
            for name, column in array[:].items()
        }
        return (
            array.schema.dump() if not hasattr(array, "schema") else str(array.schema),
            kept,
            ours,
            values,
        )


def listing(folder):
    return sorted(one.name for one in pathlib.Path(folder).iterdir())


def fragments(path):
    return listing(pathlib.Path(path) / "__fragments")
