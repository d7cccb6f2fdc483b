"""What a disk has damaged is told, and not handed to Arrow, which would read where nothing is."""

import numpy as np
import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays import blockread
from omero_tables_jupyter.arrays.layout import ROWS

TEXT = np.frombuffer(b"abcdef", np.uint8)


class Damaged:
    """A query of three rows whose texts begin where it is told to say."""

    is_incomplete = False

    def __init__(self, begins):
        self._begins = np.array(begins, np.int64).view(np.uint64)

    def submit(self):
        pass

    def results(self):
        none = np.empty(0, np.uint64)
        ids = np.arange(3, dtype=np.int64).view(np.uint8)
        return {ROWS: (ids, none, none), "label": (TEXT, self._begins, none)}


@pytest.fixture
def path(tmp_path):
    return otj.create_tiledb(
        pd.DataFrame({"label": ["ab", "cd", "ef"]}), tmp_path / "T.tiledb"
    ).path


def reading(path, begins, monkeypatch):
    monkeypatch.setattr(blockread, "_running", lambda *_: Damaged(begins))
    return otj.read_table(path)


@pytest.mark.parametrize(
    "begins",
    [[0, 5, 3], [0, 2**40, 4], [0, 2, -(2**40)], [0, -1, 4], [1, 2, 4], [-8, 2, 4], [0, 2, 7]],
)
def test_texts_that_begin_where_they_cannot_are_an_error(path, begins, monkeypatch):
    with pytest.raises(otj.ConvertError, match="'label' could not be read") as caught:
        reading(path, begins, monkeypatch)
    assert "write it again" in caught.value.hint


@pytest.mark.parametrize(
    ("begins", "texts"), [([0, 2, 4], ["ab", "cd", "ef"]), ([0, 0, 6], ["", "abcdef", ""])]
)
def test_texts_that_begin_in_their_order_are_read(path, begins, texts, monkeypatch):
    assert reading(path, begins, monkeypatch)["label"].tolist() == texts
