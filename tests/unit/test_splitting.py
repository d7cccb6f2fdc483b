"""One table into one for each id: every row once, in its order, bit by bit."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.arrays.splitting import parts_of, stored_table
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.steps import drained

ROWS = st.lists(
    st.tuples(st.integers(1, 4), st.floats(), st.text(st.characters(exclude_categories=["Cs"]))),
    min_size=1,
)


def stored(frame):
    return drained(stored_table(prepare(open_source(frame))))


@given(ROWS)
def test_every_row_is_in_the_part_of_its_id_in_its_order_and_bit_by_bit(rows):
    rows = [(number, value, text.replace("\0", "")) for number, value, text in rows]
    frame = pd.DataFrame(rows, columns=["Image", "area", "label"])
    parts = dict(parts_of(stored(frame), "Image"))
    assert list(parts) == sorted(set(frame["Image"]))
    for number, part in parts.items():
        again = stored(part)
        wanted = [row for row in rows if row[0] == number]
        assert again["label"].to_pylist() == [text for _, _, text in wanted]
        bits = np.array([value for _, value, _ in wanted]).tobytes()
        assert again["area"].to_numpy().tobytes() == bits
        assert again["Image"].to_pylist() == [number] * len(wanted)


def test_what_is_in_order_already_is_not_copied():
    table = pa.table({"Image": [1, 1, 2], "area": [1.0, 2.0, 3.0]})
    (_, first), (_, second) = parts_of(table, "Image")
    whole = table["area"].chunk(0).buffers()[1].address
    assert first["area"].chunk(0).buffers()[1].address == whole
    assert second["area"].chunk(0).buffers()[1].address == whole


@pytest.mark.parametrize("ids", [[0, 1], [-1, 1], [1, -5, 0]])
def test_a_row_without_an_id_belongs_to_nothing(ids):
    with pytest.raises(DataError, match="holds no id in") as refused:
        list(parts_of(pa.table({"Image": ids}), "Image"))
    assert "cells['Image'] > 0" in refused.value.hint
