"""The same frame through the reference client and through us gives the same array."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import tiledb
from reference_client import reference_client

from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.reading import read_table
from omero_tables_jupyter.steps import drained

FRAMES = {
    "of every type": pd.DataFrame(
        {
            "Image": np.arange(2500),
            "area": np.linspace(-1, 1, 2500),
            "ok": np.arange(2500) % 3 == 0,
            "name": [f"µ cell {n}" for n in range(2500)],
            "also": np.arange(2500) % 2 == 0,
        }
    ),
    "without true/false": pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan]}),
}


@pytest.fixture(scope="module")
def reference():
    with reference_client() as package:
        yield package.remote


@pytest.fixture(params=FRAMES)
def both(request, reference, tmp_path):
    frame = FRAMES[request.param]
    theirs = tmp_path / "theirs.tiledb"
    token = reference.create_tiledb(frame.copy(), theirs, chunk_size=1000)
    steps = write_table(prepare(open_source(frame)), tmp_path / "ours.tiledb")
    return str(theirs), drained(steps).path, token


def test_the_schemas_are_equal(both):
    with tiledb.open(both[0]) as theirs, tiledb.open(both[1]) as ours:
        assert ours.schema == theirs.schema
        assert ours.schema.version == theirs.schema.version
        assert ours.schema.offsets_filters == theirs.schema.offsets_filters
        assert ours.dim(0).filters == theirs.dim(0).filters


def test_the_metadata_are_equal_but_for_our_own_key(both):
    with tiledb.open(both[0]) as theirs, tiledb.open(both[1]) as ours:
        mine, reference = dict(ours.meta), dict(theirs.meta)
    del mine["omero_tables_jupyter"]
    changing = ("SecretToken", "__initialized")
    shapes = [
        {key: (type(one[key]), len(str(one["SecretToken"]))) for key in changing}
        for one in (mine, reference)
    ]
    assert shapes[0] == shapes[1]
    for one in (mine, reference):
        for key in changing:
            del one[key]
    assert mine == reference


def test_the_rows_are_equal(both):
    with tiledb.open(both[0]) as theirs, tiledb.open(both[1]) as ours:
        assert ours.nonempty_domain() == theirs.nonempty_domain()
        mine, reference = ours.multi_index[:], theirs.multi_index[:]
    assert list(mine) == list(reference)
    for name in mine:
        np.testing.assert_array_equal(mine[name], reference[name])


def test_we_read_the_references_arrays(both):
    theirs, ours, token = both
    pd.testing.assert_frame_equal(read_table(theirs), read_table(ours))
    assert describe_array(theirs).token.reveal() == token
    assert describe_array(theirs).fingerprint == ""


def test_the_holes_of_a_reference_array_are_counted_as_they_are(reference, tmp_path):
    frame = pd.DataFrame({"a": np.arange(2500)}, index=np.arange(2500) * 2)
    try:
        reference.create_tiledb(frame, tmp_path / "holes.tiledb", chunk_size=1000)
    except tiledb.TileDBError as error:
        pytest.skip(f"this tiledb refuses it: {error}")
    found = read_table(tmp_path / "holes.tiledb")
    assert describe_array(tmp_path / "holes.tiledb").rows == len(found)
    with tiledb.open(str(tmp_path / "holes.tiledb")) as array:
        assert found["a"].tolist() == array[:]["a"].tolist()
