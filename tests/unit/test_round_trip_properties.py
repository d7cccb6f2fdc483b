"""Any frame of supported columns, under any index, reads back as its plan says."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.names import Selection, name_findings, pick_columns
from omero_tables_jupyter.arrays.plan import INT64_MAX, INT64_MIN
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.writer import write_table
from omero_tables_jupyter.model import Stored
from omero_tables_jupyter.reading import read_table

SOME = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(
    lambda text: not text or text.strip("\x00")
)
missing = st.sampled_from([None, np.nan, pd.NA, pd.NaT])
int64s = st.integers(INT64_MIN, INT64_MAX)
exact = st.integers(-(2**53), 2**53)
floats = st.floats(width=64)


def objects(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _text(value):
    return "" if value is None or pd.isna(value) else value


def _number(value):
    return math.nan if value is None or pd.isna(value) else float(value)


def column(rows):
    """Give values as pandas holds them, what they should become, and their stored type."""

    def lists(cells):
        return st.lists(cells, min_size=rows, max_size=rows)

    def of(cells, make, expect, stored):
        return lists(cells).map(lambda values: (make(values), [expect(v) for v in values], stored))

    return st.one_of(
        of(int64s, lambda v: pd.Series(v, dtype="int64"), int, Stored.INTEGER),
        of(st.integers(0, 255), lambda v: pd.Series(v, dtype="uint8"), int, Stored.INTEGER),
        of(int64s, lambda v: pd.Series(objects(v), dtype=object), int, Stored.INTEGER),
        of(floats, lambda v: pd.Series(v, dtype="float64"), float, Stored.NUMBER),
        of(st.floats(width=32), lambda v: pd.Series(v, dtype="float32"), float, Stored.NUMBER),
        of(st.booleans(), lambda v: pd.Series(v, dtype="bool"), bool, Stored.BOOLEAN),
        of(texts, lambda v: pd.Series(objects(v), dtype=object), str, Stored.TEXT),
        of(texts, lambda v: pd.Series(v, dtype="string"), str, Stored.TEXT),
        of(texts, lambda v: pd.Series(pd.Categorical(v)), str, Stored.TEXT),
        of(exact, lambda v: pd.Series(pd.Categorical(v)), int, Stored.INTEGER),
    )


def holed(rows):
    """The same for columns of which the first value is there and the last is missing."""

    def of(cells, make, expect, stored):
        inner = st.lists(cells | missing, min_size=rows - 2, max_size=rows - 2)
        whole = st.tuples(cells, inner, missing).map(lambda three: [three[0], *three[1], three[2]])
        return whole.map(lambda values: (make(values), [expect(v) for v in values], stored))

    def nullable(dtype):
        def make(values):
            return pd.Series([None if pd.isna(v) else v for v in values], dtype=dtype)

        return make

    def plain(values):
        return pd.Series(objects(values), dtype=object)

    return st.one_of(
        of(exact, nullable("Int64"), _number, Stored.NUMBER),
        of(exact, plain, _number, Stored.NUMBER),
        of(st.booleans(), nullable("boolean"), _number, Stored.NUMBER),
        of(st.booleans(), plain, _number, Stored.NUMBER),
        of(texts, nullable("string"), _text, Stored.TEXT),
        of(texts, plain, _text, Stored.TEXT),
    )


def indexes(rows):
    def of(cells):
        return st.lists(cells, min_size=rows, max_size=rows)

    return st.one_of(
        st.just(pd.RangeIndex(rows)),
        of(st.integers(-5, 5)).map(pd.Index),
        of(texts).map(lambda values: pd.Index(objects(values), dtype=object, name="key")),
        of(st.floats(allow_nan=False)).map(lambda values: pd.Index(values, dtype="float64")),
        of(st.tuples(st.integers(0, 3), texts)).map(pd.MultiIndex.from_tuples),
    )


@st.composite
def tables(draw):
    rows = draw(st.integers(3, 40))
    columns = draw(st.lists(column(rows) | holed(rows), min_size=1, max_size=5))
    frame = pd.DataFrame({f"c{n}": values for n, (values, _, _) in enumerate(columns)})
    return (
        frame.set_axis(draw(indexes(rows))),
        [one[1:] for one in columns],
        draw(st.integers(1, 50)),
    )


def bits(values):
    return [np.float64(value).tobytes() if value == value else b"nan" for value in values]  # noqa: PLR0124 - NaN


@SOME
@given(tables())
def test_any_frame_reads_back_as_its_plan_says(table):
    frame, expected, chunk_rows = table
    before = frame.copy(deep=True)
    conversion = prepare(open_source(frame))
    assert conversion.plan.ok
    with tempfile.TemporaryDirectory() as folder:
        steps = write_table(conversion, Path(folder) / "t.tiledb", chunk_rows=chunk_rows)
        for _ in steps:
            pass
        found = read_table(Path(folder) / "t.tiledb")
    pd.testing.assert_frame_equal(frame, before)
    assert found.index.tolist() == list(range(len(frame)))
    assert found.columns.tolist() == [one.name for one in conversion.plan.columns]
    kinds = {one.name: one.stored for one in conversion.plan.columns}
    for n, (values, stored) in enumerate(expected):
        assert kinds[f"c{n}"] is stored
        read = found[f"c{n}"].tolist()
        assert (bits(read) == bits(values)) if stored is Stored.NUMBER else (read == values)


@SOME
@given(st.lists(st.text(max_size=4), min_size=1, max_size=8))
def test_the_fixes_cure_any_names(names):
    rename = {}
    for _ in range(2):
        picks = pick_columns(names, Selection(rename=tuple(rename.items())))
        _, problems = name_findings(picks)
        rename |= {one.fix.column: one.fix.value for one in problems}
    picks = pick_columns(names, Selection(rename=tuple(rename.items())))
    assert name_findings(picks)[1] == ()
    assert [one.source for one in picks] == names
