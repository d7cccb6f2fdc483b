from __future__ import annotations

import copy
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.errors import ProtocolError
from omero_tables_jupyter.model import Secret, Target
from omero_tables_jupyter.omero import replies, table_wire, wire

GOLDEN = Path(__file__).parents[1] / "golden"
KEY = "0b30ee4a-c0b2-4b0f-9c61-f48b31bcad8c"

READERS = {
    "token": (wire.read_token, {"data": "a" * 64}),
    "servers": (wire.read_servers, "servers.json"),
    "login": (wire.read_identity, "login.json"),
    "object": (lambda reply: wire.read_object(reply, Target("Dataset", 11)), "m_datasets_11.json"),
    "list": (lambda reply: wire.read_objects(reply, "Image"), "m_images_dataset_11.json"),
    "groups": (wire.read_groups, "m_experimentergroups.json"),
    "attachments": (
        lambda reply: table_wire.read_annotations(reply, Target("Image", 101)),
        "wc_annotations_file.json",
    ),
    "linked": (
        lambda reply: table_wire.read_linked_tables(reply, Target("Roi", 81)),
        "wg_annotations.json",
    ),
    "people": (wire.read_people, "m_experimenters.json"),
    "thumbnails": (wire.read_thumbnails, {"1": "data:image/jpeg;base64,/9j/", "2": None}),
    "registration": (table_wire.read_registration, {"data": {"file_annotation": 501}}),
    "columns": (lambda reply: table_wire.read_columns(reply, 601), "table_metadata.json"),
    "rows": (
        lambda reply: table_wire.read_block(reply, 601, offset=0, limit=10),
        "table_query.json",
    ),
}


def golden(name: str):
    return json.loads((GOLDEN / name).read_text())


def sample(name: str):
    source = READERS[name][1]
    return golden(source) if isinstance(source, str) else copy.deepcopy(source)


def test_the_golden_login_says_who_is_logged_in():
    assert wire.read_identity(golden("login.json")) == replies.Identity(
        user="demo",
        user_id=2,
        group="Demo lab",
        group_id=3,
        key=Secret(KEY),
        member_of=(3, 1),
        is_admin=False,
    )


def test_the_session_key_is_not_in_the_repr_of_an_identity():
    assert KEY not in repr(wire.read_identity(golden("login.json")))


def test_the_golden_servers_are_read_and_a_missing_label_is_empty():
    assert wire.read_servers(golden("servers.json")) == (
        replies.OmeroServer(id=1, host="localhost", label="omero"),
    )
    unlabelled = {"data": [{"id": 2, "host": "omero.site", "port": 4064}]}
    assert str(wire.read_servers(unlabelled)[0]) == "2 (omero.site)"


@pytest.mark.parametrize(
    ("file", "target", "name"),
    [
        ("m_datasets_11.json", Target("Dataset", 11), "Data A"),
        ("m_images_101.json", Target("Image", 101), "img A.tif"),
        ("m_plateacquisitions_9.json", Target("PlateAcquisition", 9), "Run 1"),
        ("m_wells_71.json", Target("Well", 71), "A1"),
        ("m_rois_81.json", Target("Roi", 81), ""),
    ],
)
def test_every_golden_object_is_read_with_its_name_group_and_rights(file, target, name):
    found = wire.read_object(golden(file), target)
    assert (found.target, found.name) == (target, name)
    assert (found.group, found.group_id, found.owner_id) == ("Demo lab", 3, 2)
    assert found.can_annotate is True


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("m_projects.json", "Project"),
        ("m_projects_1_datasets.json", "Dataset"),
        ("m_images_dataset_11.json", "Image"),
        ("m_screens.json", "Screen"),
        ("m_plates_screen_31.json", "Plate"),
        ("m_plates_51_plateacquisitions.json", "PlateAcquisition"),
        ("m_wells_plate_51.json", "Well"),
        ("m_rois_image_101.json", "Roi"),
    ],
)
def test_every_golden_list_is_read(file, kind):
    page = wire.read_objects(golden(file), kind)
    assert page.items
    assert {one.target.type for one in page.items} == {kind}
    assert page.total == golden(file)["meta"]["totalCount"]


def test_a_normalized_list_keeps_its_ids_and_child_counts():
    page = wire.read_objects(golden("m_projects_childCount_true_normalize_true.json"), "Project")
    assert {one.group for one in page.items} == {""}
    assert all(one.group_id == 3 and one.child_count is not None for one in page.items)


def test_a_well_knows_the_images_of_its_fields():
    assert wire.read_object(golden("m_wells_71.json"), Target("Well", 71)).image_ids == (101,)


@pytest.mark.parametrize(
    ("row", "column", "label"),
    [
        (0, 0, "A1"),
        (1, 2, "B3"),
        (25, 11, "Z12"),
        (26, 0, "AA1"),
        (31, 47, "AF48"),
        (702, 0, "AAA1"),
    ],
)
def test_wells_are_called_as_people_call_them(row, column, label):
    assert wire.well_label(row, column) == label


def test_the_golden_attachment_has_an_annotation_id_and_another_file_id():
    (one,) = table_wire.read_annotations(golden("wc_annotations_file.json"), Target("Image", 101))
    assert (one.annotation_id, one.file_id, one.owner_id) == (501, 601, 2)
    assert one.is_called("My table")
    assert not one.is_called("another")


def test_a_file_that_is_linked_twice_is_one_attachment():
    reply = golden("wc_annotations_file.json")
    reply["annotations"] *= 2
    assert len(table_wire.read_annotations(reply, Target("Image", 101))) == 1


def test_no_attachments_are_an_empty_answer():
    assert table_wire.read_annotations(golden("wc_annotations_none.json"), Target("Image", 1)) == ()


def test_the_older_form_of_attachments_is_read():
    (one,) = table_wire.read_linked_tables(golden("wg_annotations.json"), Target("Image", 101))
    assert (one.annotation_id, one.file_id, one.file_name) == (501, 601, "My table")


def test_attachments_say_whose_they_are_where_the_file_lies_and_whether_it_is_a_table():
    (one,) = table_wire.read_annotations(golden("wc_annotations_file.json"), Target("Image", 101))
    assert (one.owner, one.folder, one.date) == ("Demo User", "/data/", "2023-11-14T22:13:20+00:00")
    assert one.is_table
    assert not replace(one, mimetype="application/pdf", namespace="").is_table
    (older,) = table_wire.read_linked_tables(golden("wg_annotations.json"), Target("Image", 101))
    assert (older.owner, older.is_table) == ("Demo User", True)
    assert older.date == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize("added", [None, "1700000000000", -1, 10**18, True])
def test_a_date_that_is_none_is_left_out(added):
    reply = golden("wg_annotations.json")
    reply["data"][0]["addedOn"] = added
    assert table_wire.read_linked_tables(reply, Target("Image", 101))[0].date == ""


def test_of_an_arrays_metadata_only_what_tells_it_from_others_is_kept():
    reply = golden("table_metadata.json")
    reply["user_metadata"] = {
        "__initialized": 1700000000.5,
        "SecretToken": "S3CR3T",
        "omero_tables_jupyter": {"fingerprint": "f1"},
    }
    said = table_wire.read_columns(reply, 601)
    assert (said.initialized, said.fingerprint) == (1700000000.5, "f1")
    assert "S3CR3T" not in repr(said)
    for silent in (None, {}, {"__initialized": "now", "omero_tables_jupyter": "f1"}):
        said = table_wire.read_columns({**reply, "user_metadata": silent}, 601)
        assert (said.initialized, said.fingerprint) == (None, "")


@pytest.mark.parametrize(
    ("reply", "refused"),
    [
        ({"bad": "false"}, None),
        ({"bad": False}, None),
        ({"bad": "true", "errs": "no"}, "no"),
        ({"bad": "true", "errs": ["no"]}, "no"),
        ({"bad": "true"}, ""),
        ({}, ""),
    ],
)
def test_a_button_that_was_not_obeyed_says_why(reply, refused):
    assert table_wire.read_refusal(reply) == refused


def test_the_golden_users_have_a_login_and_a_full_name():
    people = wire.read_people(golden("m_experimenters.json"))
    assert replies.OmeroPerson(id=2, user="demo", name="Demo User") in people


@pytest.mark.parametrize(
    "bad", ["data:image/svg+xml;base64,AAAA", "data:image/jpeg;base64,A", "javascript:1", 5, None]
)
def test_what_is_no_picture_is_left_out(bad):
    reply = {"101": "data:image/png;base64,iVBO", "102": bad, "x": "data:image/png;base64,iVBO"}
    assert wire.read_thumbnails(reply) == {101: b"\x89PN"}


def test_golden_rows_keep_nan_and_infinity():
    block = table_wire.read_block(golden("table_query.json"), 601, offset=0, limit=10)
    assert block.columns == ("Image", "area", "label", "ok", "n")
    assert block.rows[0] == (101, 1.5, "a", True, 1)
    assert block.rows[1][1] != block.rows[1][1]
    assert block.rows[2][1] == float("inf")
    assert block.total == 3


@pytest.mark.parametrize(("offset", "limit"), [(1, 10), (0, 2)])
def test_rows_of_another_part_than_asked_are_refused(offset, limit):
    with pytest.raises(ProtocolError, match="not the part asked for"):
        table_wire.read_block(golden("table_query.json"), 601, offset=offset, limit=limit)


def test_a_row_that_is_too_short_is_refused():
    reply = golden("table_query.json")
    reply["data"]["rows"][1].pop()
    with pytest.raises(ProtocolError, match="not as long"):
        table_wire.read_block(reply, 601, offset=0, limit=10)


def test_an_object_that_was_not_asked_for_is_refused():
    with pytest.raises(ProtocolError, match="it holds Dataset:11"):
        wire.read_object(golden("m_datasets_11.json"), Target("Dataset", 12))
    with pytest.raises(ProtocolError, match="it holds Dataset:11"):
        wire.read_object(golden("m_datasets_11.json"), Target("Image", 11))


@pytest.mark.parametrize("bad", [None, True, 0, -1, 2**63, 1.0, "501", [501], {"id": 501}])
def test_only_a_positive_integer_is_an_annotation_id(bad):
    with pytest.raises(ProtocolError, match="file_annotation"):
        table_wire.read_registration({"data": {"file_annotation": bad}})


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "\x00"])
def test_a_session_key_that_could_not_be_sent_is_refused_unseen(key):
    reply = golden("login.json")
    reply["eventContext"]["sessionUuid"] = key
    with pytest.raises(ProtocolError, match="no session key"):
        wire.read_identity(reply)


def test_an_error_names_what_was_asked_and_what_is_missing():
    with pytest.raises(ProtocolError) as caught:
        table_wire.read_registration({"data": {}})
    assert "request for a registration" in caught.value.message
    assert "'file_annotation' is missing" in caught.value.message
    assert "address" in caught.value.hint


def test_control_characters_of_names_do_not_reach_a_terminal():
    reply = golden("m_datasets_11.json")
    reply["data"]["Name"] = "a\x1b[31mred\r\n"
    found = wire.read_object(reply, Target("Dataset", 11))
    assert found.name.isprintable()


def test_what_else_is_shown_of_a_reply_holds_no_control_characters_either():
    reply = golden("login.json")
    reply["eventContext"]["userName"] = "ana\x1b[31m"
    assert wire.read_identity(reply).user.isprintable()
    assert table_wire.read_refusal({"bad": "true", "errs": "no\x1b[31m"}).isprintable()


def test_a_name_without_end_is_cut():
    reply = golden("m_datasets_11.json")
    reply["data"]["Name"] = "a" * 1_000_000
    assert len(wire.read_object(reply, Target("Dataset", 11)).name) == 10_000


@pytest.mark.parametrize(
    ("errs", "said"),
    [
        ("not yours", "not yours"),
        ({"file": "not yours", "n": 7, "more": ["x"]}, "not yours"),
        (json.loads("[" * 90 + "]" * 90), ""),
        (None, ""),
        (10**400, ""),
    ],
)
def test_of_a_refusal_only_texts_are_words(errs, said):
    assert table_wire.read_refusal({"bad": "true", "errs": errs}) == said


@pytest.mark.parametrize("moment", [10**400, -(10**400), float("inf"), float("nan"), True, "1.5"])
def test_a_moment_that_is_none_tells_arrays_apart_no_more(moment):
    reply = golden("table_metadata.json") | {"user_metadata": {"__initialized": moment}}
    assert table_wire.read_columns(reply, 601).initialized is None


def test_a_registration_body_holds_exactly_what_the_reference_sends():
    body = table_wire.registration_body(
        "/srv/a b.tiledb", "My table", [Target("Image", 1), Target("Roi", 2)]
    )
    assert body == {"uri": "/srv/a b.tiledb", "name": "My table", "targets": ["Image:1", "Roi:2"]}


def test_a_login_form_keeps_the_password_wrapped():
    assert "hunter2" not in repr(wire.login_form("ana", Secret("hunter2"), 1))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("name", READERS)
@given(reply=json_values)
def test_whatever_the_reply_is_the_only_error_is_ours(name, reply):
    with suppress(ProtocolError):
        READERS[name][0](reply)


@st.composite
def mutilated(draw, name):
    """Replace one value, anywhere in a good reply, by another, or take it out."""
    reply = sample(name)
    here = reply
    while True:
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        key = draw(st.sampled_from(keys))
        child = here[key]
        if isinstance(child, (dict, list)) and child and draw(st.booleans()):
            here = child
        elif draw(st.booleans()):
            del here[key]
            return reply
        else:
            here[key] = draw(json_values)
            return reply


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_a_reply_with_one_wrong_part_is_read_or_refused_in_our_words(name, data):
    reply = data.draw(mutilated(name))
    with suppress(ProtocolError):
        READERS[name][0](reply)
