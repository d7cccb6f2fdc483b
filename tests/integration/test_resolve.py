"""Names looked up on the server: what is listed, how often, and what becomes of it."""

import json

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.demo.faults import Answer
from omero_tables_jupyter.events import LoginNeeded, Progress

pytestmark = pytest.mark.usefixtures("session")

MANY = 10_000


@pytest.fixture(scope="module")
def server():
    with otj.demo.serve(images=MANY) as running:
        yield running


FIELDS = pd.DataFrame({"image_name": ["screen3_field02.tif", "screen3_field01.tif"], "n": [1, 2]})
BY_NAME = {"image_name": "Image"}


@pytest.mark.parametrize("to", ["Dataset:51", "Project:1", ["Project:1", "Dataset:51"]])
def test_image_names_become_ids_wherever_the_images_lie_below(place, to):
    done = otj.upload_table(FIELDS, "T", to=to, resolve=BY_NAME, **place)
    back = otj.read_table(done)
    assert list(back) == ["image_name", "Image", "n"]
    assert back["Image"].tolist() == [102, 101]
    again = otj.upload_table(FIELDS, "T", to=to, resolve=BY_NAME, **place)
    assert (again.unchanged, int(again)) == (True, int(done))


@pytest.mark.parametrize(
    ("to", "resolve", "given", "ids"),
    [
        ("Screen:1", {"x": "Well"}, ["A1", "A01", "b3", "B003"], [71, 71, 76, 76]),
        ("Plate:7", {"x": "Well"}, ["A1", "A10"], [71, -1]),
        ("Plate:7", {"x": "Image"}, ["Plate 7 [A1, field 2]"], [202]),
        ("Well:71", {"x": "Image"}, ["Plate 7 [A1, field 2]"], [202]),
        ("Screen:1", {"x": "Plate"}, ["Plate 7"], [7]),
        ("Plate:7", {"x": "plate"}, ["Plate 7"], [7]),
        ("Project:1", {"x": "Dataset"}, ["Screen 3", "Controls & <blanks>"], [51, 52]),
        ("Image:101", {"x": "Image"}, ["screen3_field01.tif"], [101]),
    ],
)
def test_wells_plates_datasets_and_images_of_wells(place, to, resolve, given, ids):
    done = otj.upload_table(pd.DataFrame({"x": given}), "T", to=to, resolve=resolve, **place)
    back = otj.read_table(done)
    assert back[resolve["x"]].tolist() == ids


def test_ten_thousand_images_take_twenty_requests_and_progress_is_told(place, server):
    frame = pd.DataFrame({"image_name": ["frame_009999.tif", "frame_000001.tif"]})
    before, told = len(server.requests), []
    plan = otj.check_table(
        frame, "T", to="Dataset:90", resolve=BY_NAME, on_event=told.append, **place
    )
    lists = [one for one in server.requests[before:] if one.path.endswith("/images/")]
    assert len(lists) == MANY / 500
    listed = [e.done for e in told if isinstance(e, Progress) and e.unit == "images listed"]
    assert listed == list(range(500, MANY + 1, 500))
    assert [column.name for column in plan.columns] == ["image_name", "Image"]
    assert plan.ok


def test_a_csv_file_is_resolved_as_it_is_read(place, tmp_path):
    path = tmp_path / "cells.csv"
    FIELDS.to_csv(path, index=False)
    done = otj.upload_table(path, to="Dataset:51", resolve=BY_NAME, **place)
    assert otj.read_table(done)["Image"].tolist() == [102, 101]
    assert otj.upload_table(path, to="Dataset:51", resolve=BY_NAME, **place).unchanged


def test_rows_will_show_beside_images_once_they_are_resolved(place):
    plan = otj.check_table(FIELDS, "T", to="Dataset:51", resolve=BY_NAME, **place)
    assert plan.columns[1].role == "Image id"
    assert not any("OMERO.web" in note.text for note in plan.notes)


def test_a_name_of_two_images_is_an_error_if_it_is_used(place, server):
    kind = "http://www.openmicroscopy.org/Schemas/OME/2016-06#Image"
    images = [
        {"@id": number, "@type": kind, "Name": "screen3_field01.tif"} for number in (101, 104)
    ]
    meta = {"offset": 0, "limit": 500, "maxLimit": 500, "totalCount": 2}
    reply = json.dumps({"data": images, "meta": meta})
    server.faults.next("/datasets/51/images/", Answer(200, reply, "application/json"))
    with pytest.raises(otj.DataError, match="Image:101 and Image:104"):
        otj.upload_table(FIELDS, "T", to="Dataset:51", resolve=BY_NAME, **place)
    assert list(place["local_path"].iterdir()) == []


@pytest.mark.parametrize(
    ("to", "resolve", "error", "said"),
    [
        (None, BY_NAME, otj.OptionError, "none was named"),
        ("Image:101", {"image_name": "Well"}, otj.TargetError, "lists no well below Image:101"),
        ("Dataset:51", {"image_name": "Roi"}, otj.OptionError, "'Roi' is not a type"),
        ("Dataset:51", {"nam": "Image"}, otj.OptionError, "no column 'nam'"),
        ("Dataset:51", ["image_name"], otj.OptionError, "says not which names"),
        ("Dataset:51", {"n": "Image", "x": "image"}, otj.OptionError, "both 'x' and another"),
    ],
)
def test_what_cannot_be_looked_up_is_refused(place, to, resolve, error, said):
    with pytest.raises(error, match=said) as refused:
        otj.check_table(FIELDS, "T", to=to, resolve=resolve, **place)
    assert refused.value.hint


def test_a_column_that_is_not_there_is_refused_before_anything_is_listed(place, server):
    before = len(server.requests)
    with pytest.raises(otj.OptionError, match="no column 'nam'") as refused:
        otj.check_table(FIELDS, "T", to="Dataset:90", resolve={"nam": "Image"}, **place)
    assert "image_name" in refused.value.hint
    assert not [one for one in server.requests[before:] if one.path.endswith("/images/")]
    renamed = {"rename": {"image_name": "picture"}, "resolve": {"picture": "Image"}}
    plan = otj.check_table(FIELDS, "T", to="Dataset:51", **renamed, **place)
    assert [column.name for column in plan.columns] == ["picture", "Image", "n"]


def test_several_tables_look_up_each_below_its_own_object(place):
    plate = pd.DataFrame({"image_name": ["Plate 7 [A1, field 1]"]})
    tables = {"Dataset:51": FIELDS, "Plate:7": plate}
    done = otj.upload_tables(tables, "T", resolve=BY_NAME, **place)
    found = [otj.read_table(path)["Image"].tolist() for path in done["local_path"]]
    assert found == [[102, 101], [201]]


def test_a_table_is_split_by_ids_that_were_looked_up(place):
    done = otj.upload_tables(
        FIELDS, "T", split_by="Image", to="Dataset:51", resolve=BY_NAME, **place
    )
    assert done["target"].tolist() == ["Image:101", "Image:102"]
    assert otj.read_table(done["local_path"][0])["n"].tolist() == [2]


def test_without_names_to_look_up_split_tables_are_told_their_objects_by_the_column(place):
    with pytest.raises(otj.OptionError, match="to was given"):
        otj.upload_tables(FIELDS, "T", split_by="Image", to="Dataset:51", **place)


def test_a_session_that_expires_while_images_are_listed_is_renewed(place, server):
    expired = Answer(403, json.dumps({"message": "Not logged in"}), "application/json")
    server.faults.next("/datasets/51/images/", expired)
    job = otj.submit_table(FIELDS, "T", to="Dataset:51", resolve=BY_NAME, ask=True, **place)
    asked = 0
    for event in job.events():
        if isinstance(event, LoginNeeded):
            asked += 1
            job.renew(otj.Secret(server.password))
    assert asked == 1
    assert otj.read_table(job.result())["Image"].tolist() == [102, 101]
