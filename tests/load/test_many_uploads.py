"""Many uploads in one kernel, tables of many columns, and tables on many objects."""

import itertools

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from resources import held_now, needs_proc

import omero_tables_jupyter as otj
from omero_tables_jupyter.jupyter.card import result_bundle

ROWS = 2000
#: A connection that is kept open is answered by a thread of the stand-in's own.
STAND_IN = "omero-demo"
#: What the stand-in itself remembers of a table and of the requests for it is in this as well.
MEMORY_AN_UPLOAD = 300_000
NUMBERS = itertools.count()


def cells(rows=ROWS):
    numbers = np.arange(rows)
    return pd.DataFrame(
        {
            "Image": numbers % 12 + 101,
            "area": numbers / 7,
            "label": [f"cell {one} \u00b5" for one in numbers],
        }
    )


@pytest.fixture
def options(server, session, tmp_path):
    folder = server.share / tmp_path.name
    folder.mkdir()
    return {"to": "Dataset:51", "local_path": str(folder), "mapping": server.mapping}


def one_after_the_other(options, count):
    frame = cells()
    done = [otj.upload_table(frame, f"T{next(NUMBERS)}", **options) for _ in range(count)]
    assert_frame_equal(otj.read_table(done[-1]), frame, check_dtype=False)
    return done


def eight_at_once(options):
    frame = cells()
    jobs = [otj.submit_table(frame, f"T{next(NUMBERS)}", **options) for _ in range(8)]
    return [job.result(timeout_s=120) for job in jobs]


def assert_nothing_grew(before, after, uploads):
    assert after.threads == before.threads
    assert after.handles <= before.handles
    assert after.memory - before.memory <= MEMORY_AN_UPLOAD * uploads


def fifty_in_turn(options, count=50):
    one_after_the_other(options, 5)
    before = held_now(but=(STAND_IN,))
    done = one_after_the_other(options, count)
    after = held_now(but=(STAND_IN,))
    assert_nothing_grew(before, after, count)
    return done, after.growth_since(before)


@needs_proc
def test_fifty_uploads_one_after_the_other_leave_no_thread_no_file_and_no_memory(server, options):
    done, _ = fifty_in_turn(options)
    registered = {one.annotation_id for one in server.registered}
    assert len({int(one) for one in done} & registered) == 50


@needs_proc
def test_eight_uploads_at_once_leave_no_thread_no_file_and_no_memory(server, options):
    eight_at_once(options)
    before = held_now(but=(STAND_IN,))
    done = [one for _ in range(3) for one in eight_at_once(options)]
    # each of eight may have kept its connection, of which the stand-in holds the other end
    spare = 2 * 8
    after = held_now(but=(STAND_IN,))
    assert after.threads == before.threads
    assert after.handles <= before.handles + spare
    assert after.memory - before.memory <= MEMORY_AN_UPLOAD * len(done)
    assert len({one.annotation_id for one in done}) == 24
    assert len({one.local_path for one in done}) == 24


@needs_proc
@pytest.mark.torture
@pytest.mark.timeout(1800)
def test_five_hundred_uploads_leave_nothing_either(options, record_property):
    _, growth = fifty_in_turn(options, 500)
    record_property("500 uploads in turn left", growth)
    eight_at_once(options)
    before = held_now(but=(STAND_IN,))
    for _ in range(20):
        eight_at_once(options)
    after = held_now(but=(STAND_IN,))
    record_property("160 uploads, eight at once, left", after.growth_since(before))
    assert after.threads == before.threads
    assert after.handles <= before.handles + 2 * 8


@needs_proc
def test_uploads_that_fail_or_are_cancelled_leave_nothing_either(server, options):
    def refused():
        with pytest.raises(otj.TargetError):
            otj.upload_table(cells(), f"T{next(NUMBERS)}", **options | {"to": "Dataset:999"})

    def cancelled():
        job = otj.submit_table(cells(), f"T{next(NUMBERS)}", **options | {"chunk_rows": 10})
        job.cancel()
        with pytest.raises(otj.UploadCancelled):
            job.result(timeout_s=60)

    for _ in range(5):
        refused()
        cancelled()
    before = held_now(but=(STAND_IN,))
    for _ in range(25):
        refused()
        cancelled()
    assert_nothing_grew(before, held_now(but=(STAND_IN,)), 50)


def test_a_thousand_columns_arrive_and_are_read_back(options):
    types = (np.int64, np.float64, np.bool_, str)
    wide = pd.DataFrame(
        {f"c{n}": pd.Series(np.arange(100) % (n + 2)).astype(types[n % 4]) for n in range(1000)}
    )
    done = otj.upload_table(wide, "wide", **options)
    assert len(done.columns) == 1000
    assert_frame_equal(otj.read_table(done), wide, check_dtype=False)
    assert len(result_bundle(done)["text/html"]) < 10_000


def upload_to_images(count):
    with otj.demo.serve(images=count) as server:
        otj.login(server.url, username=server.username, password=server.password)
        to = [f"Image:{number}" for number in range(100_000 + count, 100_000, -1)]
        done = otj.upload_table(
            cells(12), "everywhere", to=to, local_path=str(server.share), mapping=server.mapping
        )
        return to, done, server.registered[-1].targets


def test_a_table_hangs_on_many_objects_in_the_order_given():
    to, done, on_server = upload_to_images(500)
    assert list(map(str, done.targets)) == to
    assert list(on_server) == to


@pytest.mark.torture
@pytest.mark.timeout(900)
def test_a_table_hangs_on_ten_thousand_objects_in_the_order_given():
    to, done, on_server = upload_to_images(10_000)
    assert list(map(str, done.targets)) == to
    assert list(on_server) == to


def test_the_card_of_a_table_on_many_objects_names_a_few_and_counts_the_rest():
    _, done, _ = upload_to_images(100)
    for text in result_bundle(done).values():
        assert "and 80 more" in text
        assert len(text) < 10_000


def test_ten_thousand_targets_with_one_that_is_none_are_refused_before_anything_is_asked(
    server, options
):
    asked = len(server.requests)
    to = [*(f"Image:{number}" for number in range(1, 10_000)), "Imagine:1"]
    with pytest.raises(otj.TargetError, match="Imagine"):
        otj.upload_table(cells(12), "none", **options | {"to": to})
    assert len(server.requests) == asked
