"""Dask workers that write to an object store: the array of a local run, and no key on the way."""

import os
import pickle

import numpy as np
import pandas as pd
import pytest
import tiledb

from omero_tables_jupyter.arrays.context import context, store_options
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.distributed import merging
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.errors import DataError, OmeroTablesError, PathError
from omero_tables_jupyter.steps import drained

dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")


@pytest.fixture
def client(store, monkeypatch):
    """Two processes, which find the keys in their own environment."""
    monkeypatch.setattr(merging, "_GROUP_BYTES", 1)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def frame_of(rows=40_000):
    random = np.random.default_rng(7)
    return pd.DataFrame({"x": random.random(rows), "t": [f"cell {n % 17}" for n in range(rows)]})


def write(source, path):
    return drained(write_table(prepare(open_source(source), whole=False), path))


def test_the_workers_write_the_array_of_a_local_run(store, client, monkeypatch, tmp_path):
    sent = []
    compute, run = client.compute, client.run
    monkeypatch.setattr(client, "compute", lambda given: sent.append(given) or compute(given))
    monkeypatch.setattr(
        client,
        "run",
        lambda act, *given, **options: sent.append(given) or run(act, *given, **options),
    )
    here = write(frame_of(), tmp_path / "cells.tiledb")
    there = write(dd.from_pandas(frame_of(), npartitions=3), f"{store.folder}/cells.tiledb")
    assert there.fingerprint == here.fingerprint
    assert store.names() == ["cells.tiledb"]
    assert store.begun() == []
    ours = context(store_options(there.path))
    with tiledb.open(there.path, ctx=ours) as array, tiledb.open(here.path) as local:
        assert array.schema == local.schema
        np.testing.assert_array_equal(array[:]["x"], local[:]["x"])
        np.testing.assert_array_equal(array[:]["t"], local[:]["t"])
    assert len(tiledb.array_fragments(there.path, ctx=ours)) == 3
    there_now = store.keys()
    assert not any("canary" in key for key in there_now)
    whole = pickle.dumps(sent)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert os.environ[name].encode() not in whole
        assert os.environ[name] not in str(client.get_worker_logs())


def test_a_partition_that_fails_leaves_nothing_in_the_store(store, client, tmp_path):
    flag = tmp_path / "seen"

    def make(n):
        if n == 2 and flag.exists():
            raise ValueError("damaged")
        if n == 2:
            flag.touch()
        return pd.DataFrame({"x": [0.5] * 1000})

    ddf = dd.from_map(make, range(3), meta=pd.DataFrame({"x": [0.5]}))
    with pytest.raises(DataError, match=r"partition 2 .* ValueError: damaged"):
        write(ddf, f"{store.folder}/cells.tiledb")
    assert store.keys() == []
    assert store.begun() == []


def test_workers_without_a_key_are_an_error_that_says_so(store, client):
    def forget():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            os.environ.pop(name)

    client.run(forget)
    with pytest.raises(PathError, match="does not see") as caught:
        write(dd.from_pandas(frame_of(100), npartitions=2), f"{store.folder}/cells.tiledb")
    assert isinstance(caught.value, OmeroTablesError)
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint
    assert store.keys() == []
