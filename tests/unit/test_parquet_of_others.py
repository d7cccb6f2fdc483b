"""Parquet files as other programs than ours write them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays import parquet
from omero_tables_jupyter.errors import DataError


@pytest.fixture
def old_file(tmp_path):
    """Write columns of moments as Spark and Impala do."""

    def write(**columns):
        table = pa.table(columns)
        pq.write_table(
            table, tmp_path / "in.parquet", use_deprecated_int96_timestamps=True, row_group_size=2
        )
        return tmp_path / "in.parquet"

    return write


def stored(source, path):
    return otj.read_table(otj.create_tiledb(source, path).path)


# Spark's own have no zone.
NEVER = dt.datetime(9999, 12, 31)  # noqa: DTZ001
FIRST = dt.datetime(1, 1, 1)  # noqa: DTZ001
USUAL = dt.datetime(2024, 1, 2, 3, 4, 5, 6)  # noqa: DTZ001


@pytest.mark.parametrize("names", [["when"], ["when", "other"]])
def test_a_date_that_nanoseconds_cannot_hold_is_not_another_date(old_file, tmp_path, names):
    when = pa.array([USUAL, None, NEVER, FIRST, USUAL], pa.timestamp("us"))
    found = stored(old_file(**dict.fromkeys(names, when)), tmp_path / "t.tiledb")
    for name in names:
        assert found[name].tolist() == [
            "2024-01-02T03:04:05.000006",
            "",
            "9999-12-31T00:00:00.000000",
            "0001-01-01T00:00:00.000000",
            "2024-01-02T03:04:05.000006",
        ]


def test_nanoseconds_in_the_old_type_are_kept_where_all_dates_are_near(old_file, tmp_path):
    when = pa.array([2, 1, None], pa.timestamp("ns"))
    found = stored(old_file(when=when, n=pa.array([1, 2, 3])), tmp_path / "t.tiledb")
    assert found["when"].tolist() == [
        "1970-01-01T00:00:00.000000002",
        "1970-01-01T00:00:00.000000001",
        "",
    ]


def microseconds(*ticks):
    return pa.array(ticks, pa.timestamp("us"))


@pytest.mark.parametrize(
    ("ticks", "read_again"),
    [
        # Digits that microseconds have not, and a far date beside.
        ([1, 0], microseconds(0, 2**55)),
        # Hours before 1970 as old Arrow wrote them; or a day of the year 2554.
        ([-1], microseconds(2**64 // 1000 - 1)),
    ],
)
def test_what_the_old_type_does_not_tell_is_an_error_with_the_column(tmp_path, ticks, read_again):
    fine = pa.array(ticks, pa.timestamp("ns"))
    pq.write_table(pa.table({"when": fine}), tmp_path / "in.parquet")
    part = parquet._part(tmp_path / "in.parquet")
    with pytest.raises(DataError, match="column 'when' of 'in") as caught:
        parquet._wide_enough(part, "when", fine, read_again)
    assert caught.value.hint == "write the file again with its times in microseconds"


def test_dates_within_lists_are_what_they_are_or_an_error(old_file, tmp_path):
    found = stored(old_file(when=pa.array([[USUAL], None])), tmp_path / "t.tiledb")
    assert found["when"].tolist() == ['["2024-01-02T03:04:05.000006"]', ""]
    with pytest.raises(DataError, match="column 'when' of 'in"):
        stored(old_file(when=pa.array([[NEVER], [USUAL]])), tmp_path / "far.tiledb")
    assert not (tmp_path / "far.tiledb").exists()


@pytest.mark.skipif(not hasattr(pa, "uuid"), reason="this Arrow has no such type")
def test_uuids_are_text_as_people_write_them(tmp_path):
    values = pa.array([bytes(range(16)), None], pa.uuid())
    pq.write_table(pa.table({"key": values, "n": np.arange(2)}), tmp_path / "in.parquet")
    for number, source in enumerate((tmp_path / "in.parquet", pa.table({"key": values}))):
        found = stored(source, tmp_path / f"{number}.tiledb")
        assert found["key"].tolist() == ["00010203-0405-0607-0809-0a0b0c0d0e0f", ""]


def test_an_iterator_that_gives_no_frame_further_on_is_told_so(tmp_path):
    frames = iter([pa.table({"a": [1]}), 5])
    with pytest.raises(DataError, match="an iterator of frames was expected, and it gives int"):
        otj.create_tiledb(frames, tmp_path / "t.tiledb")
