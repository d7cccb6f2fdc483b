"""What holds wherever TileDB is used."""

import numpy as np
import pandas as pd
import pytest
import tiledb

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.arrays.layout import ROWS
from omero_tables_jupyter.demo import arrays as demo_arrays
from omero_tables_jupyter.demo.arrays import open_table

#: Part of the names under which TileDB counts what it does to put tiles in order beforehand.
MERGE = "preprocess_result_tile_order"
SETTING = "sm.query.sparse_global_order.preprocess_tile_merge"
has_merge = pytest.mark.skipif(SETTING not in dict(tiledb.Config()), reason="not in this TileDB")


@pytest.fixture
def counted(monkeypatch):
    # what a run of the tests may be given, so that their own readings do not end it
    monkeypatch.delenv(f"TILEDB_{SETTING.upper().replace('.', '_')}", raising=False)
    tiledb.stats_enable()
    yield
    tiledb.stats_disable()


@pytest.fixture
def contexts(counted, monkeypatch):
    """Give every context that is made from now on."""
    made = []
    demo_arrays._context.cache_clear()

    class Watched(tiledb.Ctx):
        def __init__(self, *args):
            super().__init__(*args)
            made.append(self)

    monkeypatch.setattr(tiledb, "Ctx", Watched)
    yield made
    demo_arrays._context.cache_clear()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "T.tiledb"


def frame():
    return pd.DataFrame({"n": np.arange(3000), "label": ["x"] * 3000})


def demo_reads(path):
    with open_table(path) as table:
        table.check_rows()
        table.read(["n", "label"], 0, 10)
        table.read_rows(["n"], [7, 3])


READINGS = {
    "verified": lambda path: None,
    "described": describe_array,
    "whole": otj.read_table,
    "some rows": lambda path: otj.read_table(path, rows=range(5, 50, 7), query="(n > 9)"),
    "as a stream": lambda path: list(otj.read_table(path, as_="batches")),
    "by the stand-in": demo_reads,
}


@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS)
def test_no_reading_goes_where_libtiledb_frees_what_its_threads_still_hold(path, contexts, read):
    otj.create_tiledb(frame(), path)
    read(path)
    assert any("Reader" in one.get_stats(print_out=False) for one in contexts)
    assert not [one for one in contexts if MERGE in one.get_stats(print_out=False)]


def test_texts_that_need_wider_buffers_are_read_with_the_same_settings(path, contexts):
    otj.create_tiledb(frame().assign(label=["x" * 3_000_000, *["y"] * 2999]), path)
    widest = max(int(dict(one.config()).get("py.init_buffer_bytes", 0)) for one in contexts)
    assert widest > 3_000_000
    assert not [one for one in contexts if MERGE in one.get_stats(print_out=False)]


@has_merge
def test_where_it_goes_is_told_by_these_counts(path, counted):
    """Else the tests above would see nothing."""
    otj.create_tiledb(frame(), path)
    ctx = tiledb.Ctx()
    with tiledb.open(str(path), ctx=ctx) as array:
        array.query(dims=[ROWS], order="G").multi_index[0:9]
    assert MERGE in ctx.get_stats(print_out=False)


def test_the_stand_in_frees_no_context_after_a_reading(path, monkeypatch):
    otj.create_tiledb(frame(), path)
    with open_table(path):
        pass
    monkeypatch.setattr(tiledb, "Ctx", None)
    demo_reads(path)
