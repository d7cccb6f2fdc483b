"""Digests of a table: of the whole, and of parts that are put together."""

from __future__ import annotations

import itertools

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.arrays.digest import CHUNK_ROWS, Digest, Digested
from omero_tables_jupyter.model import ColumnPlan, Stored

COLUMNS = (
    ColumnPlan("n", "n", Stored.INTEGER),
    ColumnPlan("ok", "ok", Stored.BOOLEAN),
    ColumnPlan("name", "name", Stored.TEXT),
)
ROWS = 3 * CHUNK_ROWS + 100


def batch(names=("a", "µ", "", "ccc")):
    numbers = range(ROWS)
    return pa.record_batch(
        {
            "n": pa.array(numbers, pa.int64()),
            "ok": pa.array([n % 3 == 0 for n in numbers]),
            "name": pa.array([names[n % len(names)] for n in numbers], pa.large_string()),
        }
    )


TABLE = batch()


def digest(table, first=0):
    found = Digest(COLUMNS, first=first)
    found.add(table)
    return found


@given(st.lists(st.integers(0, ROWS), max_size=5))
def test_the_digest_does_not_depend_on_how_the_rows_are_cut(cuts):
    ends = [0, *sorted(cuts), ROWS]
    cut = Digest(COLUMNS)
    for start, stop in itertools.pairwise(ends):
        cut.add(TABLE.slice(start, stop - start))
    whole = digest(TABLE)
    assert cut.rows == ROWS
    assert cut.chunks() == whole.chunks()
    assert cut.columns() == whole.columns()
    assert cut.fingerprint() == whole.fingerprint()


def test_whole_chunks_that_others_digested_give_the_same_fingerprint():
    chunks = tuple(
        one
        for first in range(0, ROWS, 2 * CHUNK_ROWS)
        for one in digest(TABLE.slice(first, 2 * CHUNK_ROWS), first).chunks()
    )
    assert Digested(COLUMNS, ROWS, chunks).fingerprint() == digest(TABLE).fingerprint()


def test_a_part_begins_its_chunks_where_the_table_does():
    part = digest(TABLE.slice(100), 100)
    assert len(part.chunks()) == len(digest(TABLE).chunks())
    assert part.chunks()[1:] == digest(TABLE).chunks()[1:]


@pytest.mark.parametrize(("names", "differ"), [(("aµ", "", "", "ccc"), [2]), (("a", "µ"), [2])])
def test_a_text_counts_with_its_length(names, differ):
    pairs = zip(digest(TABLE).columns(), digest(batch(names)).columns(), strict=True)
    assert [n for n, (one, other) in enumerate(pairs) if one != other] == differ


def test_names_and_types_count():
    named = tuple(ColumnPlan(f"{one.name}2", one.source, one.stored) for one in COLUMNS)
    other = Digest(named)
    other.add(TABLE)
    assert other.columns() == digest(TABLE).columns()
    assert other.fingerprint() != digest(TABLE).fingerprint()


def test_no_rows_have_no_chunks():
    assert digest(TABLE.slice(0, 0)).chunks() == ()
    assert digest(TABLE.slice(0, 0), 7).chunks() == ()


def test_whole_chunks_may_come_as_digests():
    mixed = Digest(COLUMNS)
    mixed.add(TABLE.slice(0, CHUNK_ROWS))
    mixed.extend(digest(TABLE.slice(CHUNK_ROWS, CHUNK_ROWS), CHUNK_ROWS).chunks())
    mixed.add(TABLE.slice(2 * CHUNK_ROWS))
    assert mixed.fingerprint() == digest(TABLE).fingerprint()
    mixed.extend(())
    with pytest.raises(ValueError, match="a chunk is begun"):
        mixed.extend((b"x",))
