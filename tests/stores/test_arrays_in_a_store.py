"""Arrays in a real object store: the same as in a folder, all of it or nothing."""

import json
import subprocess
import sys
import threading

import numpy as np
import pandas as pd
import pytest
import tiledb

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays import globalorder, partials, stores, writer
from omero_tables_jupyter.arrays.context import context, store_options
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.events import Progress, Stage, StageStarted


def frame_of(rows=30_000, columns=4):
    random = np.random.default_rng(7)
    frame = pd.DataFrame({f"v{n}": random.random(rows) for n in range(columns - 1)})
    return frame.assign(label=[f"cell {n % 17}" for n in range(rows)])


def steps_of(source, uri, **options):
    return writer.write_table(prepare(open_source(source)), uri, **options)


def fragments(uri):
    return len(tiledb.array_fragments(uri, ctx=context(store_options(uri))))


def test_an_array_in_a_store_equals_the_local_one(store, tmp_path):
    frame = frame_of()
    there = otj.create_tiledb(frame, f"{store.folder}/cells.tiledb")
    here = otj.create_tiledb(frame, tmp_path / "cells.tiledb")
    assert there.path == f"{store.folder}/cells.tiledb"
    assert (there.rows, there.columns, there.fingerprint) == (
        30_000,
        here.columns,
        here.fingerprint,
    )
    assert store.names() == ["cells.tiledb"]
    pd.testing.assert_frame_equal(otj.read_table(there), otj.read_table(here))
    store.copy_to(tmp_path / "copy")
    with (
        tiledb.open(str(tmp_path / "copy" / "cells.tiledb")) as copied,
        tiledb.open(here.path) as local,
    ):
        assert copied.schema == local.schema
        assert set(copied.meta) == set(local.meta)
        assert copied.meta["SecretToken"] == there.token.reveal()
    assert there.n_bytes == sum(
        one.stat().st_size for one in (tmp_path / "copy").rglob("*") if one.is_file()
    )


def test_a_narrow_table_is_one_fragment_and_a_wide_one_some(store):
    narrow = otj.create_tiledb(frame_of(3000, 50), f"{store.folder}/n.tiledb", chunk_rows=1000)
    wide = frame_of(3000, 51)
    broad = otj.create_tiledb(wide, f"{store.folder}/w.tiledb", chunk_rows=1000)
    assert (fragments(narrow.path), fragments(broad.path)) == (1, 3)
    pd.testing.assert_frame_equal(otj.read_table(broad), wide, check_dtype=False)


def test_where_this_tiledb_has_no_global_order_plain_batches_do(store, monkeypatch):
    monkeypatch.setattr(globalorder, "available", lambda: False)
    frame = frame_of(2000)
    written = otj.create_tiledb(frame, f"{store.folder}/cells.tiledb", chunk_rows=500)
    assert fragments(written.path) == 4
    pd.testing.assert_frame_equal(otj.read_table(written), frame, check_dtype=False)


@pytest.mark.parametrize(
    "name", ["a b", "a#b", "100%20", "a+b", "é ü", "(x) [y] {z}", "it's", "v1.2"]
)
def test_a_name_of_any_letters_is_written_read_and_found(store, name):
    frame = frame_of(10)
    written = otj.create_tiledb(frame, f"{store.folder}/{name}.tiledb")
    assert store.names() == [f"{name}.tiledb"]
    assert otj.read_table(written).equals(otj.read_table(f"{store.folder}/{name}.tiledb"))
    with pytest.raises(otj.TableExistsError, match="a table stands"):
        otj.create_tiledb(frame, written.path)


def test_an_array_may_stand_at_the_top_of_a_bucket(store):
    uri = f"{store.folder.rpartition('/')[0]}/{store.prefix.rstrip('/')}.tiledb"
    written = otj.create_tiledb(frame_of(10), uri)
    assert otj.read_table(written).shape == (10, 4)


@pytest.mark.parametrize("steps_taken", [1, 2, 3, 4, 6, 8, 9])
def test_cancelling_leaves_nothing_and_the_name_free(store, steps_taken):
    uri = f"{store.folder}/cells.tiledb"
    frame = frame_of(400_000, 3)
    steps = steps_of(frame, uri, chunk_rows=100_000)
    for _ in range(steps_taken):
        next(steps)
    steps.close()
    assert (store.keys(), store.begun()) == ([], [])
    assert otj.create_tiledb(frame_of(10), uri).rows == 10


def test_a_part_that_was_sent_already_is_not_put_together_later(store):
    """Objects of several parts are begun: libtiledb would end them when it lets go of them."""
    steps = steps_of(frame_of(2_000_000, 3), f"{store.folder}/cells.tiledb", chunk_rows=200_000)
    while not store.begun():
        next(steps)
    steps.close()
    del steps
    assert (store.keys(), store.begun()) == ([], [])


def test_a_file_whose_end_asks_for_wider_types_starts_over_in_place(store, tmp_path):
    path = tmp_path / "late.csv"
    rows = 400_000
    path.write_text("a,b\n" + "1,2\n" * rows + "1.5,x\n")
    told = []
    written = otj.create_tiledb(path, f"{store.folder}/late.tiledb", on_event=told.append)
    frame = otj.read_table(written)
    assert (len(frame), frame["a"].iloc[-1], frame["b"].iloc[-1]) == (rows + 1, 1.5, "x")
    assert store.names() == ["late.tiledb"]


def test_what_does_not_read_back_leaves_nothing(store, monkeypatch):
    def lost(*_args, **_options):
        raise otj.ConvertError("column 'v0' did not read back as it was written")
        yield

    monkeypatch.setattr(writer, "verified", lost)
    with pytest.raises(otj.ConvertError, match="read back"):
        otj.create_tiledb(frame_of(10), f"{store.folder}/cells.tiledb")
    assert store.keys() == []


def test_until_all_is_verified_it_is_no_array(store):
    uri = f"{store.folder}/cells.tiledb"
    steps = steps_of(frame_of(100), uri)
    event = next(steps)
    while not isinstance(event, StageStarted) or event.stage is not Stage.VERIFY:
        event = next(steps)
    assert fragments(uri) == 1
    with pytest.raises(otj.PathError, match="half-written"):
        otj.read_table(uri)
    with pytest.raises(otj.TableExistsError, match="under way, or was killed"):
        otj.create_tiledb(frame_of(10), uri)
    assert list(steps)
    assert len(otj.read_table(uri)) == 100
    assert partials.find_leftovers(store.folder) == ()


KILLED = """
import os, sys
import numpy as np, pandas as pd
from omero_tables_jupyter.arrays import writer
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.sources import open_source
frame = pd.DataFrame({"a": np.random.rand(300_000)})
steps = writer.write_table(prepare(open_source(frame)), sys.argv[1], chunk_rows=100_000)
for _ in range(int(sys.argv[2])):
    next(steps)
os._exit(9)
"""


def killed(uri, steps_taken):
    done = subprocess.run([sys.executable, "-c", KILLED, uri, str(steps_taken)], check=False)
    assert done.returncode == 9


@pytest.mark.parametrize("steps_taken", [2, 4, 5])
def test_what_a_killed_kernel_leaves_is_no_array_is_listed_and_removed_by_name(store, steps_taken):
    uri = f"{store.folder}/cells.tiledb"
    otj.create_tiledb(frame_of(5), f"{store.folder}/other.tiledb")
    killed(uri, steps_taken)
    with pytest.raises(otj.PathError, match="half-written"):
        otj.read_table(uri)
    with pytest.raises(otj.TableExistsError) as caught:
        otj.create_tiledb(frame_of(5), uri)
    assert f"leftovers('{store.folder}')" in caught.value.hint
    (left,) = partials.find_leftovers(store.folder)
    assert left.startswith(f"{store.folder}/.cells.tiledb.partial-")
    (listed,) = otj.leftovers(store.folder).itertuples()
    assert (listed.what, listed.path) == ("half-written", left)
    assert f'%omero_leftovers --remove "{left}"' in listed.cure
    assert otj.remove_array(left, confirm=True)
    assert len(otj.leftovers(store.folder)) == 0
    assert store.names() == ["other.tiledb"]
    assert otj.create_tiledb(frame_of(5), uri).rows == 5


def test_removing_a_leftover_touches_neither_a_table_nor_what_another_upload_writes(store):
    uri = f"{store.folder}/cells.tiledb"
    written = otj.create_tiledb(frame_of(5), uri)
    store.put(".cells.tiledb.partial-00000000")
    assert partials.find_leftovers(store.folder) == ()
    partials.remove_leftover(f"{store.folder}/.cells.tiledb.partial-00000000")
    assert otj.read_table(written).shape == (5, 4)
    steps = steps_of(frame_of(5), f"{store.folder}/next.tiledb")
    next(steps)
    next(steps)
    store.put(".next.tiledb.partial-00000000")
    partials.remove_leftover(f"{store.folder}/.next.tiledb.partial-00000000")
    assert list(steps)
    assert otj.read_table(f"{store.folder}/next.tiledb").shape == (5, 4)
    with pytest.raises(otj.PathError, match="not what an upload leaves"):
        partials.remove_leftover(uri)


def test_of_several_writers_to_one_name_exactly_one_succeeds(store):
    uri = f"{store.folder}/cells.tiledb"
    ready = threading.Barrier(4)
    ended = []

    def write(number):
        frame = pd.DataFrame({"who": [number] * 5000})
        ready.wait()
        try:
            ended.append(otj.create_tiledb(frame, uri))
        except otj.TableExistsError as error:
            ended.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    (winner,) = [one for one in ended if not isinstance(one, Exception)]
    assert len(ended) == 4
    frame = otj.read_table(uri)
    assert (len(frame), frame["who"].nunique()) == (5000, 1)
    assert describe_array(uri).token == winner.token
    assert store.names() == ["cells.tiledb"]


def test_of_two_claims_the_larger_gives_way_and_the_smaller_waits_for_that(store, monkeypatch):
    uri = f"{store.folder}/cells.tiledb"
    monkeypatch.setattr(stores, "_STAND_OFF_S", 0.5)
    monkeypatch.setattr(stores.secrets, "token_hex", lambda _: "80000000")
    for other in ("00000000", "ffffffff"):
        store.put(f".cells.tiledb.partial-{other}")
        site = stores.StoreSite(uri)
        with pytest.raises(otj.TableExistsError, match="under way"):
            site.make_partial()
        assert site.remove_partial()
        assert store.keys() == [f".cells.tiledb.partial-{other}"]
        partials.remove_leftover(f"{store.folder}/.cells.tiledb.partial-{other}")


def test_an_array_that_came_between_look_and_claim_is_not_touched(store):
    uri = f"{store.folder}/cells.tiledb"
    late = stores.StoreSite(uri)
    late.check(0)
    written = otj.create_tiledb(frame_of(5), uri)
    with pytest.raises(otj.TableExistsError, match="a table stands"):
        late.make_partial()
    assert late.remove_partial()
    assert otj.read_table(written).shape == (5, 4)
    assert store.names() == ["cells.tiledb"]


def test_something_else_at_the_name_is_not_touched(store):
    store.put("cells.tiledb/notes.txt", b"mine")
    with pytest.raises(otj.TableExistsError, match="something else stands"):
        otj.create_tiledb(frame_of(5), f"{store.folder}/cells.tiledb")
    assert store.keys() == ["cells.tiledb/notes.txt"]


def test_nothing_is_written_into_an_array(store):
    otj.create_tiledb(frame_of(3), f"{store.folder}/cells.tiledb")
    keys = store.keys()
    for inside in ("more.tiledb", "deep/er/more.tiledb"):
        with pytest.raises(otj.PathError, match="is inside a TileDB array") as caught:
            otj.create_tiledb(frame_of(3), f"{store.folder}/cells.tiledb/{inside}")
        assert "outside it" in caught.value.hint
    assert store.keys() == keys
    otj.create_tiledb(frame_of(3), f"{store.folder}/only named.tiledb/more.tiledb")


def test_a_name_that_begins_like_another_one_is_free(store):
    otj.create_tiledb(frame_of(5), f"{store.folder}/cells.tiledb-old.tiledb")
    assert otj.create_tiledb(frame_of(6), f"{store.folder}/cells.tiledb").rows == 6


def test_the_store_going_away_in_mid_write_is_told_at_once_and_what_is_left_is_named(
    store, relay, monkeypatch
):
    uri = f"{store.folder}/cells.tiledb"
    steps = steps_of(frame_of(2_000_000, 3), uri, chunk_rows=200_000)
    event = next(steps)
    while not (isinstance(event, Progress) and event.done):
        event = next(steps)
    relay.cut()
    with pytest.raises(otj.PathError, match="does not answer") as caught:
        list(steps)
    assert f"leftovers('{store.folder}')" in caught.value.hint
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.url)
    (left,) = partials.find_leftovers(store.folder)
    partials.remove_leftover(left)
    assert store.keys() == []


def test_the_metadata_hold_no_key_and_nothing_of_the_store(store):
    written = otj.create_tiledb(frame_of(5), f"{store.folder}/cells.tiledb")
    with tiledb.open(written.path, ctx=context(store_options(written.path))) as array:
        ours = json.loads(array.meta["omero_tables_jupyter"])
        texts = json.dumps({key: str(value) for key, value in array.meta.items()})
    assert set(ours) == {"version", "rows", "columns", "fingerprint", "created"}
    assert "canary" not in texts.lower()
    assert store.url not in texts
    assert store.folder not in texts


def test_rows_columns_and_conditions_are_read_from_a_store(store):
    frame = frame_of(1000)
    written = otj.create_tiledb(frame, f"{store.folder}/cells.tiledb")
    some = otj.read_table(written, columns=["label"], rows=range(10, 20))
    assert some["label"].tolist() == frame["label"].tolist()[10:20]
    hits = otj.read_table(written.path, query="(v0 > 0.5) & (label == 'cell 3')")
    assert len(hits) == ((frame["v0"] > 0.5) & (frame["label"] == "cell 3")).sum()
