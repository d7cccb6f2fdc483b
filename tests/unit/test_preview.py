"""The first rows as the array will hold them: the same as is read back, and cheap."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays.conversion import prepare
from omero_tables_jupyter.arrays.csv import passes
from omero_tables_jupyter.arrays.preview import Preview, preview
from omero_tables_jupyter.arrays.sources import open_source
from omero_tables_jupyter.check_parts import check_preview
from omero_tables_jupyter.errors import DataError
from omero_tables_jupyter.request import read_request

FRAME = pd.DataFrame(
    {
        "Image": [101, None, 103],
        "area": [1.5, np.nan, np.inf],
        "label": ["a", None, "<b>"],
        "seen": [True, False, True],
        "when": pd.to_datetime(["2024-05-01 10:00", None, "2024-05-02 00:00"]).tz_localize("UTC"),
        "list": [[1, 2], [], None],
    }
)


def shown(source, *, rows=5, **options):
    return preview(prepare(open_source(source), **options), rows=rows)


def test_cells_are_shown_as_they_will_be_stored():
    assert shown(FRAME, rename={"area": "size"}) == Preview(
        ("Image", "size", "label", "seen", "when", "list"),
        (
            ("101", "1.5", "a", "true", "2024-05-01T10:00:00+00:00", "[1, 2]"),
            ("-1", "NaN", "", "false", "", "[]"),
            ("103", "inf", "<b>", "true", "2024-05-02T00:00:00+00:00", ""),
        ),
    )


def test_a_preview_says_what_is_read_back(tmp_path):
    written = otj.create_tiledb(FRAME, tmp_path / "t.tiledb")
    back = otj.read_table(written.path)
    texts = zip(*(map(str, back[name]) for name in ("Image", "label", "when", "list")), strict=True)
    columns = shown(FRAME).columns
    places = [columns.index(name) for name in ("Image", "label", "when", "list")]
    assert list(texts) == [tuple(row[n] for n in places) for row in shown(FRAME).rows]


def test_no_more_rows_are_shown_than_asked_for_and_than_there_are():
    assert [len(shown(FRAME, rows=n).rows) for n in (0, 1, 2, 9)] == [0, 1, 2, 3]


def test_long_texts_are_cut():
    [[cell]] = shown(pd.DataFrame({"a": ["x" * 300]})).rows
    assert (len(cell), cell[-1]) == (200, "…")


def test_a_file_is_read_no_further_than_its_first_rows(tmp_path, monkeypatch):
    path = tmp_path / "cells.csv"
    path.write_text("Image,label\n" + "1,a\n" * 4_000_000)
    conversion = prepare(open_source(path), whole=False)
    ended = []

    class Watched(passes.TextBytes):
        def __exit__(self, *error):
            ended.append(self.bytes_read)
            super().__exit__(*error)

    monkeypatch.setattr(passes, "TextBytes", Watched)
    assert preview(conversion).rows == (("1", "a"),) * 5
    # what is parsed ahead of what is shown, and a block that is cut meanwhile
    most = (passes.AHEAD + 1) * passes.block_size(2)
    [read] = ended
    assert 0 < read <= most < path.stat().st_size


def test_where_later_cells_ask_for_other_types_the_first_rows_are_shown_in_those(tmp_path):
    path = tmp_path / "cells.csv"
    path.write_text("area\n" + "1\n" * 1_000_000 + "2.5\n" * 500_000)
    assert shown(path, whole=True).rows == (("1.0",),) * 5


def test_arrow_and_parquet_are_shown_alike(tmp_path):
    table = pa.table({"a": pa.array([1, 2, None]), "t": ["x", None, ""]})
    pq.write_table(table, tmp_path / "t.parquet")
    assert shown(table) == shown(tmp_path / "t.parquet")
    assert shown(table).rows == (("1.0", "x"), ("2.0", ""), ("NaN", ""))


def test_what_cannot_be_stored_cannot_be_shown():
    with pytest.raises(DataError, match="mixes"):
        shown(pd.DataFrame({"a": ["x", 1]}))


def test_the_columns_that_can_be_stored_are_shown_while_others_have_problems():
    frame = pd.DataFrame({"good": [1], "bad": [b"x"], "__bad": [2]})
    found = check_preview(read_request(frame))
    assert found == Preview(("good",), (("1",),))


def test_a_table_of_which_nothing_can_be_stored_has_no_rows_to_show():
    assert check_preview(read_request(pd.DataFrame({"bad": [b"x"]}))) == Preview(())
    assert check_preview(read_request(pd.DataFrame({"a": []}))) == Preview(())


def test_a_conversion_names_what_its_source_offers_beside_what_is_stored():
    frame = pd.DataFrame({"a": [1], "b": [2]}, index=pd.Index(["x"], name="cell"))
    conversion = prepare(open_source(frame), exclude=["a"], rename={"b": "B"})
    assert conversion.offered == ("cell", "a", "b")
    assert conversion.widened(conversion.survey).offered == ("cell", "a", "b")
