"""One table split by its ids: each object gets its rows, and nothing is lost or changed."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.errors import TablesError
from omero_tables_jupyter.events import StageDone

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def cells():
    return pd.DataFrame(
        {
            "Image": [103, 101, 103, 102, 101],
            "n": pd.array([1, None, 3, 4, 5], dtype="Int64"),
            "area": [0.1, np.nan, -0.0, np.inf, 5e-324],
            "label": ["a", None, "µ\0"[:1], "", "e"],
            "ok": [True, None, False, True, None],
            "when": [dt.datetime(2024, 1, 1, 0, 0, 0, n, tzinfo=dt.UTC) for n in range(5)],
            "Well": [1, None, 3, None, 5],
        }
    )


def arrays(place):
    return sorted(path.name for path in Path(place["local_path"]).glob("*.tiledb"))


def test_each_objects_rows_are_those_of_the_whole_table_with_the_same_types(place, cells, tmp_path):
    whole = otj.create_tiledb(cells, tmp_path / "whole.tiledb")
    stored = otj.read_table(whole)
    done = otj.upload_tables(cells, "Cells", split_by="Image", **place)
    assert done["target"].tolist() == ["Image:101", "Image:102", "Image:103"]
    assert done["rows"].tolist() == [2, 1, 2]
    assert arrays(place) == [f"Cells Image {n}.tiledb" for n in (101, 102, 103)]
    for target, path in zip(done["target"], done["local_path"], strict=True):
        number = int(target.partition(":")[2])
        expected = stored[stored["Image"] == number].reset_index(drop=True)
        pd.testing.assert_frame_equal(otj.read_table(path), expected, check_exact=True)
    again = otj.upload_tables(cells, "Cells", split_by="image", **place)
    assert again["state"].tolist() == ["unchanged"] * 3


@pytest.mark.parametrize("kind", ["csv", "parquet", "arrow", "polars", "stream"])
def test_whatever_upload_table_takes_can_be_split(place, cells, tmp_path, kind):
    plain = cells[["Image", "area", "label"]].fillna({"label": ""})
    path = tmp_path / f"Cells.{kind}"
    if kind == "csv":
        plain.to_csv(path, index=False)
        source = path
    elif kind == "parquet":
        plain.to_parquet(path)
        source = path
    elif kind == "polars":
        source = pytest.importorskip("polars").from_pandas(plain)
    else:
        import pyarrow as pa

        table = pa.Table.from_pandas(plain)
        source = table if kind == "arrow" else table.to_reader(2)
    done = otj.upload_tables(source, "Cells", split_by="Image", **place)
    assert done["rows"].tolist() == [2, 1, 2]
    rows = pd.concat([otj.read_table(path) for path in done["local_path"]])
    expected = plain.sort_values("Image", kind="stable")
    assert rows["Image"].tolist() == expected["Image"].tolist()
    assert rows["label"].tolist() == expected["label"].tolist()
    np.testing.assert_array_equal(rows["area"], expected["area"])


def test_options_hold_for_the_table_before_it_is_split(place, cells):
    done = otj.upload_tables(
        cells.rename(columns={"Image": "picture"}),
        "Cells",
        split_by="Image",
        rename={"picture": "Image"},
        columns=["picture", "n"],
        as_text=["n"],
        **place,
    )
    assert done["error"].tolist() == [""] * 3
    back = otj.read_table(done["local_path"][2])
    assert back.to_dict("list") == {"Image": [103, 103], "n": ["1", "3"]}


def test_what_becomes_of_the_columns_is_told_once(place, cells):
    done = otj.upload_tables(cells, "Cells", split_by="Image", **place)
    assert "Well: 2 missing -> -1" in done.attrs["notes"]


def test_datasets_and_wells_are_objects_too(place):
    cells = pd.DataFrame({"dataset": [51, 51], "area": [1.0, 2.0]})
    done = otj.upload_tables(cells, "Cells", split_by="Dataset", **place)
    assert done["target"].tolist() == ["Dataset:51"]
    assert otj.read_table(done["local_path"][0])["dataset"].tolist() == [51, 51]


def test_how_many_there_are_is_told_before_the_first(place):
    told = []
    cells = pd.DataFrame({"Image": [101, 102] * 2, "area": range(4)})
    otj.upload_tables(cells, "Cells", split_by="Image", on_event=told.append, **place)
    details = [event.detail for event in told if isinstance(event, StageDone)]
    assert details[1] == "2 tables on 2 objects, 4 rows"


def test_a_check_touches_nothing(place, cells, server):
    before = len(server.registered)
    plan = otj.check_tables(cells, "Cells", split_by="Image", **place)
    assert plan["state"].tolist() == ["not tried"] * 3
    assert plan["rows"].tolist() == [2, 1, 2]
    assert plan["local_path"].tolist()[0].endswith("Cells Image 101.tiledb")
    assert (arrays(place), len(server.registered)) == ([], before)


@pytest.mark.parametrize(
    ("change", "split_by", "refusal"),
    [
        ({}, "Imge", (otj.OptionError, "no column 'Imge'", "did you mean 'Image'")),
        ({}, "area", (otj.DataError, "does not say which objects", "--rename area=Image")),
        ({"Image": list("abcde")}, "Image", (otj.DataError, "holds text, not Image ids", "whole")),
        (
            {"Image": [1, None, 3, 4, None]},
            "Image",
            (
                otj.DataError,
                r"no id in 2 rows \(the first is row 1\)",
                "cells[cells['Image'] > 0]",
            ),
        ),
        ({"Image": [1, 2.5, 3, 4, 5]}, "Image", (otj.DataError, "2.5", "")),
        ({"Image": [1, 2, 0, 4, 5]}, "Image", (otj.DataError, "the first is row 2", "leave")),
        ({}, "", (otj.OptionError, "names no column", "split_by='Image'")),
        ({"n": [1j] * 5}, "Image", (otj.DataError, "complex", "")),
    ],
)
def test_a_column_that_does_not_name_objects_is_refused(place, cells, change, split_by, refusal):
    error, said, cure = refusal
    with pytest.raises(error, match=said) as refused:
        otj.upload_tables(cells.assign(**change), "Cells", split_by=split_by, **place)
    assert cure in refused.value.hint
    assert arrays(place) == []


def test_a_file_without_rows_is_refused(place, tmp_path):
    path = tmp_path / "empty.csv"
    path.write_text("Image,area\n")
    with pytest.raises(otj.DataError, match="no rows"):
        otj.upload_tables(path, split_by="Image", **place)


def test_a_file_that_widens_late_has_the_same_types_in_all_parts(place, tmp_path):
    lines = ["Image,n", *(f"{101 + n % 2},{n}" for n in range(200_000)), "102,late"]
    path = tmp_path / "late.csv"
    path.write_text("\n".join(lines))
    done = otj.upload_tables(path, split_by="Image", **place)
    assert done["rows"].tolist() == [100_000, 100_001]
    first, second = (otj.read_table(one)["n"] for one in done["local_path"])
    assert (first.iloc[-1], second.iloc[-1]) == ("199998", "late")


def test_several_tables_are_not_split(place, cells):
    with pytest.raises(otj.OptionError, match="several were given"):
        otj.upload_tables({"Image:101": cells}, "Cells", split_by="Image", **place)


def test_objects_that_do_not_exist_keep_all_from_being_done(place, cells):
    cells.loc[0, "Image"] = 999_999
    with pytest.raises(TablesError, match="1 of 4 tables cannot be uploaded"):
        otj.upload_tables(cells, "Cells", split_by="Image", **place)
    assert arrays(place) == []
