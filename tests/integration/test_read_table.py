import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.demo.faults import Answer
from omero_tables_jupyter.omero.login import current

pytestmark = pytest.mark.usefixtures("session")


@pytest.fixture
def ways(server, place):
    """The same table, once as an array that this machine sees, once through the server."""
    cells = pd.DataFrame(
        {"Image": [101, 102, 103, 104], "area": [1.5, 2.5, 3.5, 4.5], "label": list("abcd")}
    )
    done = otj.upload_table(cells, "Both ways", to="Dataset:51", **place)
    return done, replace(done, local_path=str(Path(server.share) / "elsewhere.tiledb"))


def delete(done):
    """Delete an annotation as OMERO.web's own page does."""
    path = f"/webclient/action/delete/file/{int(done)}/"
    assert current().channel.post(path, asked="the deletion", form={}).ok


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"columns": ["label", "Image"]},
        {"columns": "area"},
        {"rows": range(1, 3)},
        {"rows": range(0, 4, 2)},
        {"rows": range(0)},
        {"rows": range(2, 99)},
        {"query": "(area > 2) & (label != 'c')"},
        {"query": "(area > 2)", "rows": range(1, 2), "columns": ["area"]},
        {"query": "Image-103"},
        {"query": " Image-103 "},
        # OMERO.web alone would take these for (area==2) and (Image==100)
        {"query": "area-2 > 0"},
        {"query": "Image-100>2"},
        {"query": "(area > 99)"},
    ],
)
def test_the_array_and_the_server_give_the_same(ways, question):
    here, there = (otj.read_table(way, **question) for way in ways)
    pd.testing.assert_frame_equal(here, there, check_dtype=len(here) > 0)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"columns": []}, "no column"),
        ({"columns": 5}, "columns=5"),
        ({"name": []}, "was named, and name="),
        ({"columns": ["area", "area"]}, "twice"),
        ({"columns": [5]}, "not a name"),
        ({"columns": ["aera"]}, "aera"),
        ({"rows": range(3, 0, -1)}, "upwards"),
        ({"rows": range(-2, 2)}, "upwards"),
        ({"rows": [1, 2]}, "upwards"),
    ],
)
def test_what_cannot_be_meant_is_refused_alike(ways, question, words):
    for way in ways:
        with pytest.raises(otj.OptionError, match=words):
            otj.read_table(way, **question)


def test_a_query_that_says_nothing_is_refused_alike(ways):
    for way in ways:
        with pytest.raises(otj.DataError, match="condition is empty") as refused:
            otj.read_table(way, query=" ")
        assert "'*' for every row" in refused.value.hint


@pytest.mark.parametrize("form", ["arrow", "polars", "batches"])
def test_each_form_holds_the_same(ways, form):
    if form == "polars":
        pytest.importorskip("polars")
    for way in ways:
        read = otj.read_table(way, rows=range(1, 4), columns=["Image", "label"], as_=form)
        table = read.read_all() if form == "batches" else read
        frame = table.to_pandas()
        assert list(frame["Image"]) == [102, 103, 104]
        assert list(frame["label"]) == list("bcd")


def test_what_is_no_table_is_said_to_be_none(tmp_path):
    with pytest.raises(otj.OptionError, match="float is not something that names a table"):
        otj.read_table(1.5)
    with pytest.raises(otj.OptionError, match="which table"):
        otj.read_table()
    with pytest.raises(otj.OptionError, match="as_='excel'"):
        otj.read_table("Dataset:51", as_="excel")
    for path in (tmp_path / "nothing.tiledb", str(tmp_path / "nothing"), "nothing"):
        with pytest.raises(otj.PathError, match="no array"):
            otj.read_table(path)


def test_a_table_is_named_by_id_object_page_and_path(ways, server):
    done, _ = ways
    for named in (
        {"table": int(done)},
        {"table": np.int64(int(done))},
        {"table": str(int(done))},
        {"annotation": int(done)},
        {"file": done.file_id},
        {"table": "Dataset:51"},
        {"table": otj.Target("Dataset", 51)},
        {"table": f"{server.url}/webclient/?show=dataset-51"},
        {"table": "Dataset:51", "name": "Both ways"},
        {"table": "Dataset:51", "annotation": int(done)},
        {"table": "Dataset:51", "file": done.file_id},
        {"table": done.table_url},
        {"table": done.local_path},
        {"table": Path(done.local_path)},
    ):
        assert otj.read_table(**named)["label"].tolist() == list("abcd"), named


def test_the_latest_of_an_objects_tables_is_taken_and_an_older_one_by_its_id(ways, place):
    older = ways[0]
    newer = otj.upload_table(pd.DataFrame({"x": [1]}), "Newer", to="Dataset:51", **place)
    assert list(otj.read_table("Dataset:51")) == ["x"]
    assert list(otj.read_table("Dataset:51", annotation=int(older))) == ["Image", "area", "label"]
    assert list(otj.read_table("Dataset:51", name="Newer")) == ["x"]
    delete(newer)
    assert list(otj.read_table("Dataset:51")) == ["Image", "area", "label"]


@pytest.mark.parametrize(
    ("named", "error", "words"),
    [
        ({"table": "Dataset:51", "name": "Both way"}, otj.TargetError, "did you mean 'Both ways'"),
        ({"table": "Dataset:51", "annotation": 7}, otj.TargetError, "%omero_tables Dataset:51"),
        ({"table": "Dataset:51", "annotation": [7]}, otj.TargetError, "%omero_tables Dataset:51"),
        ({"table": "Dataset:61"}, otj.TargetError, "no table hangs on Dataset:61"),
        ({"table": "Dataset:6161"}, otj.TargetError, "does not exist"),
        ({"table": "Dataset:51, Image:101"}, otj.TargetError, "several"),
        ({"annotation": 7}, otj.OptionError, "only by its object"),
        ({"file": 7}, otj.RejectedError, "table 7"),
        ({"annotation": 7, "file": 8}, otj.OptionError, "clearly"),
        ({"annotation": 7, "name": "T"}, otj.OptionError, "clearly"),
        ({"table": 7, "annotation": 8}, otj.OptionError, "leave annotation out"),
        ({"table": "x.tiledb", "name": "T"}, otj.OptionError, "leave name out"),
    ],
)
def test_a_table_that_is_not_there_is_said_with_a_cure(ways, named, error, words):
    with pytest.raises(error) as refused:
        otj.read_table(**named)
    assert words in str(refused.value)


def test_without_the_history_the_array_is_found_by_what_the_server_says(
    ways, server, monkeypatch, tmp_path
):
    done, _ = ways
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(tmp_path / "elsewhere"))
    asked = len(server.requests)
    frame = otj.read_table("Dataset:51", annotation=int(done), mapping=server.mapping)
    assert frame["label"].tolist() == list("abcd")
    assert not any(one.path.endswith("/query/") for one in server.requests[asked:])


def test_another_array_at_the_same_place_is_not_taken_for_the_table(ways, server, tmp_path):
    done, _ = ways
    away = tmp_path / "away.tiledb"
    Path(done.local_path).rename(away)
    otj.create_tiledb(pd.DataFrame({"Image": [9]}), done.local_path)
    listed = otj.tables("Dataset:51", mapping=server.mapping).set_index("id").loc[int(done)]
    assert listed["local_path"] == done.local_path
    # The stand-in shows what stands there now, and so does its page: it is the very array.
    assert listed["is_there"]
    shutil.rmtree(done.local_path)
    listed = otj.tables("Dataset:51", mapping=server.mapping).set_index("id").loc[int(done)]
    assert not listed["is_there"]
    assert pd.isna(listed["rows"])


def test_a_table_without_a_file_id_is_looked_up(ways):
    there = replace(ways[1], file_id=None)
    assert len(otj.read_table(there)) == 4
    delete(there)
    with pytest.raises(otj.OptionError, match="file id"):
        otj.read_table(there)


EXTREMES = pd.DataFrame(
    {
        "Image": [101, -1, 2**53 + 1],
        "n": [-(2**63), 2**63 - 1, 0],
        "x": [float("nan"), float("-inf"), 5e-324],
        "y": [-0.0, 0.1 + 0.2, 1.7976931348623157e308],
        "yes": [True, False, True],
        "text": ["", 'µ 漢 \U0001f52c "\\', "a\nb\tc\r"],
    }
)


def test_every_type_comes_back_bit_by_bit_both_ways(server, place):
    done = otj.upload_table(EXTREMES, "Extremes", to="Image:101", **place)
    for way in (done, replace(done, local_path="")):
        back = otj.read_table(way)
        pd.testing.assert_frame_equal(back, EXTREMES, check_exact=True)
        assert np.signbit(back["y"][0])


def test_more_rows_than_the_server_gives_at_once_come_back_in_order(server, place):
    frame = pd.DataFrame({"n": range(23_456), "t": [f"row {n}" for n in range(23_456)]})
    done = otj.upload_table(frame, "Long", to="Image:102", **place)
    there = replace(done, local_path="")
    pd.testing.assert_frame_equal(otj.read_table(there), frame)
    some = otj.read_table(there, query="(n >= 5000)", rows=range(9_990, 10_020, 7))
    assert some["n"].tolist() == list(range(14_990, 15_020, 7))
    assert otj.read_table(done, query="(n >= 5000)", rows=range(9_990, 10_020, 7)).equals(some)


def test_a_table_that_changes_while_it_is_read_is_an_error(server, place):
    frame = pd.DataFrame({"n": range(15_000)})
    done = otj.upload_table(frame, "Changing", to="Image:103", **place)
    batches = otj.read_table(replace(done, local_path=""), as_="batches")
    batches.read_next_batch()
    shutil.rmtree(done.local_path)
    otj.create_tiledb(frame[:12_000], done.local_path)
    with pytest.raises(otj.ProtocolError, match="changed while it was read"):
        batches.read_next_batch()


@pytest.mark.parametrize("query", [None, "(n >= 0)"])
def test_a_table_that_is_replaced_between_two_pages_is_never_read_as_a_mix(server, place, query):
    before = pd.DataFrame({"n": range(25_000)})
    done = otj.upload_table(before, "Replaced", to="Image:104", **place)
    through_the_server = replace(done, local_path="")
    batches = otj.read_table(through_the_server, as_="batches", query=query)
    first = batches.read_next_batch()
    after = before + 1_000_000
    otj.upload_table(after, "Replaced", to="Image:104", if_exists="replace", **place)
    with pytest.raises(otj.ProtocolError, match="changed while it was read") as changed:
        batches.read_next_batch()
    assert "read it again" in changed.value.hint
    assert first["n"].to_pylist() == before["n"][: len(first)].tolist()
    pd.testing.assert_frame_equal(otj.read_table(through_the_server, query=query), after)


def test_a_table_that_a_server_tells_nothing_of_is_read_all_the_same(ways, server):
    said = {"columns": [{"name": n} for n in ("Image", "area", "label")], "totalCount": 4}
    server.faults.next("/metadata/", Answer(200, json.dumps(said), "application/json"), times=9)
    server.faults.next(
        "/query/",
        Answer(200, '{"error": "max_table_download_rows of 3"}', "application/json"),
    )
    assert otj.read_table(ways[1])["label"].tolist() == list("abcd")


def test_values_that_are_not_of_their_columns_type_are_the_servers_fault(ways, server):
    rows = {"column_types": ["LongColumn"], "columns": ["n"], "rows": [["seven"]]}
    reply = {"data": rows, "meta": {"totalCount": 1, "offset": 0}}
    server.faults.next("/query/", Answer(200, json.dumps(reply), "application/json"))
    with pytest.raises(otj.ProtocolError, match="'n' of table"):
        otj.read_table(ways[1])


def test_rows_without_types_take_them_from_the_tables_metadata(ways, server):
    rows = {"columns": ["Image"], "rows": [[5]]}
    reply = {"data": rows, "meta": {"totalCount": 1, "offset": 0}}
    server.faults.next("/query/", Answer(200, json.dumps(reply), "application/json"))
    assert otj.read_table(ways[1])["Image"].tolist() == [5]
