"""Batches are joined and cut to the size that suits the writing."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omero_tables_jupyter.arrays.regroup import regrouped

SCHEMA = pa.schema([("n", pa.int64()), ("text", pa.large_string()), ("flag", pa.bool_())])


def batches(*lengths):
    start = 0
    for length in lengths:
        numbers = range(start, start + length)
        columns = [list(numbers), [str(one) for one in numbers], [one % 3 == 0 for one in numbers]]
        arrays = [pa.array(one, kind.type) for one, kind in zip(columns, SCHEMA, strict=True)]
        yield pa.record_batch(arrays, schema=SCHEMA)
        start += length


def all_of(grouped):
    return pa.Table.from_batches(grouped, SCHEMA).to_pydict()


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), max_size=8), st.integers(1, 40))
def test_rows_asked_for_are_given_exactly(lengths, rows):
    grouped = list(regrouped(batches(*lengths), n_bytes=1, rows=rows))
    assert [one.num_rows for one in grouped[:-1]] == [rows] * (len(grouped) - 1)
    assert all_of(grouped) == all_of(batches(*lengths))


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), max_size=8), st.integers(1, 2000))
def test_nothing_is_lost_when_bytes_decide(lengths, n_bytes):
    grouped = list(regrouped(batches(*lengths), n_bytes=n_bytes))
    assert all_of(grouped) == all_of(batches(*lengths))
    assert all(one.nbytes >= n_bytes // 2 for one in grouped[:-1])


def test_a_batch_large_enough_is_not_copied():
    (large,) = batches(100)
    (given_on,) = regrouped([large], n_bytes=100)
    assert given_on is large


def test_what_goes_wrong_while_reading_is_not_held_back():
    def read():
        yield from batches(2)
        raise RuntimeError("the source has failed")

    with pytest.raises(RuntimeError, match="failed"):
        list(regrouped(read(), n_bytes=10**9))
