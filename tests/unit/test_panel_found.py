import numpy as np
import pandas as pd
import pytest

from omero_tables_jupyter.jupyter.magic.variables import Named
from omero_tables_jupyter.jupyter.panel.found import describe, tables_found


def found(**variables):
    return tables_found(variables)


def test_every_table_is_listed_with_its_shape_and_size():
    cells = pd.DataFrame({"area": np.zeros(48_212)})
    (one,) = found(cells=cells, plate=7, _hidden=cells)
    assert str(one) == "cells: 48 212 x 1, 386 kB"


def test_tables_of_arrow_and_polars_are_listed_too():
    pa = pytest.importorskip("pyarrow")
    (arrow,) = found(table=pa.table({"a": [1, 2]}))
    assert str(arrow) == "table: 2 x 1, 16 bytes"
    polars = pytest.importorskip("polars")
    (frame,) = found(frame=polars.DataFrame({"a": [1, 2]}))
    assert frame.shape == (2, 1)
    assert frame.n_bytes == 16


def test_a_lazy_table_is_listed_without_being_computed():
    polars = pytest.importorskip("polars")
    (lazy,) = found(lazy=polars.DataFrame({"a": [1, 2]}).lazy())
    assert str(lazy) == "lazy"


CHANGES = {
    "a column more": lambda cells: cells.assign(label="x"),
    "another type": lambda cells: cells.astype({"area": "float32"}),
    "a row less": lambda cells: cells.iloc[1:],
    "another name": lambda cells: cells.rename(columns={"area": "size"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_table_is_another_one(change):
    cells = pd.DataFrame({"area": [1.0, 2.0]})
    before = found(cells=cells)
    assert found(cells=cells) == before
    assert found(cells=CHANGES[change](cells)) != before


def test_a_table_that_is_changed_in_place_is_another_one():
    cells = pd.DataFrame({"area": [1.0, 2.0]})
    before = found(cells=cells)
    cells["label"] = "x"
    assert found(cells=cells) != before


def test_a_file_is_known_by_its_size_and_time(tmp_path):
    path = tmp_path / "cells.csv"
    path.write_text("area\n1\n")
    before = describe(str(path), Named(str(path), ""))
    assert str(before) == f"{path}: 7 bytes"
    path.write_text("area\n1\n2\n")
    assert describe(str(path), Named(str(path), "")).identity != before.identity


def test_a_file_that_is_not_there_is_left_to_the_check(tmp_path):
    gone = describe("gone.csv", Named(str(tmp_path / "gone.csv"), ""))
    assert str(gone) == "gone.csv"
