from __future__ import annotations

import pytest

from omero_tables_jupyter import demo
from omero_tables_jupyter.demo.faults import Answer
from omero_tables_jupyter.errors import (
    ProtocolError,
    RejectedError,
    SessionExpiredError,
    TargetError,
)
from omero_tables_jupyter.lookup import look_up
from omero_tables_jupyter.model import Target, TargetInfo
from omero_tables_jupyter.omero import browse
from omero_tables_jupyter.omero.attaching import fetch
from omero_tables_jupyter.omero.session import connect


@pytest.fixture(scope="module")
def server():
    with demo.serve(images=620) as running:
        yield running


@pytest.fixture(scope="module")
def ana(server):
    with connect(server.url, username=server.username, password=server.password) as session:
        yield session


def names(page) -> list[str]:
    return [one.name for one in page.items]


@pytest.mark.parametrize(
    ("target", "name"),
    [
        (Target("Project", 1), "Mitosis"),
        (Target("Dataset", 51), "Screen 3"),
        (Target("Image", 101), "screen3_field01.tif"),
        (Target("Screen", 1), "Knock-down screen"),
        (Target("Plate", 7), "Plate 7"),
        (Target("PlateAcquisition", 9), "Run 1"),
        (Target("Well", 75), "B2"),
        (Target("Roi", 801), "nucleus 1"),
    ],
)
def test_every_type_of_object_is_looked_up_by_name_group_and_right(ana, target, name):
    assert look_up(ana, [target]) == (
        TargetInfo(target=target, name=name, group="Lab A", group_id=3, can_annotate=True),
    )


def test_an_object_that_is_named_twice_is_looked_up_once(ana):
    targets = [Target("Image", 102), Target("Image", 101), Target("Image", 102)]
    found = look_up(ana, targets)
    assert [one.target.id for one in found] == [102, 101]


def test_nothing_to_attach_to_is_an_error(ana):
    with pytest.raises(TargetError, match="attached to nothing"):
        look_up(ana, [])


def test_the_id_of_something_else_is_guessed(ana, server):
    with pytest.raises(TargetError, match="Image:51 does not exist") as caught:
        look_up(ana, [Target("Image", 51)])
    assert caught.value.hint == "did you mean Dataset:51 'Screen 3'?"
    assert server.url in caught.value.message


def test_all_missing_objects_are_named_at_once(ana):
    with pytest.raises(TargetError, match="Image:98765, Roi:98766 do not exist"):
        look_up(ana, [Target("Image", 98765), Target("Image", 101), Target("Roi", 98766)])


def test_a_guess_that_fails_leaves_the_error_as_it_is(ana, server):
    server.faults.next(r"/m/datasets/4242/", Answer(500, "boom"))
    with pytest.raises(TargetError, match="Image:4242 does not exist") as caught:
        look_up(ana, [Target("Image", 4242)])
    assert "link" in caught.value.hint


def test_an_object_in_another_users_private_group_is_as_good_as_missing(ana):
    with pytest.raises(TargetError, match="may not see"):
        look_up(ana, [Target("Image", 901)])


def test_what_may_only_be_looked_at_names_the_object_and_its_owner(ana):
    with pytest.raises(
        TargetError, match=r"Dataset:71 'Beads, look only', but not attach"
    ) as caught:
        look_up(ana, [Target("Dataset", 71)])
    assert "Ben Okafor" in caught.value.hint


def test_objects_in_two_groups_are_refused_with_the_groups_named(ana):
    with pytest.raises(TargetError) as caught:
        look_up(ana, [Target("Dataset", 51), Target("Dataset", 81), Target("Image", 101)])
    assert "Dataset:51, Image:101 in 'Lab A'; Dataset:81 in 'Lab B'" in caught.value.message
    assert "once for each group" in caught.value.hint


def test_a_type_that_omero_does_not_have_is_refused_with_the_likely_one(ana):
    with pytest.raises(TargetError, match="'image' is not a type") as caught:
        look_up(ana, [Target("image", 1)])
    assert "'Image'" in caught.value.hint


def test_an_answer_about_something_else_is_refused(ana, server):
    body = '{"data": {"@id": 52, "@type": "x#Dataset"}}'
    server.faults.next(r"/m/datasets/51/", Answer(200, body, "application/json"))
    with pytest.raises(ProtocolError, match="Dataset:52"):
        browse.find(ana, Target("Dataset", 51))


@pytest.mark.parametrize(
    ("kind", "parent", "first"),
    [
        ("Project", None, "Archive"),
        ("Dataset", Target("Project", 1), "Controls & <blanks>"),
        ("Image", Target("Dataset", 51), "screen3_field01.tif"),
        ("Roi", Target("Image", 101), "nucleus 1"),
        ("Screen", None, "Knock-down screen"),
        ("Plate", Target("Screen", 1), "Plate 7"),
        ("Well", Target("Plate", 7), "A1"),
        ("PlateAcquisition", Target("Plate", 7), "Run 1"),
        ("Well", Target("PlateAcquisition", 9), "A1"),
    ],
)
def test_lists_go_down_from_project_and_screen(ana, kind, parent, first):
    page = browse.list_objects(ana, kind, parent=parent, group=3)
    assert names(page)[0] == first
    assert page.total == len(page.items)


def test_a_list_that_does_not_exist_says_how_objects_lie(ana):
    with pytest.raises(TargetError, match="no list of images below Project:1") as caught:
        browse.list_objects(ana, "Image", parent=Target("Project", 1))
    assert "Project > Dataset > Image" in caught.value.hint
    with pytest.raises(TargetError, match="below the whole lab"):
        browse.list_objects(ana, "PlateAcquisition")


def test_pages_join_into_the_whole_list(ana):
    series = Target("Dataset", 90)
    found = []
    while True:
        page = browse.list_objects(ana, "Image", parent=series, limit=500, offset=len(found))
        found += page.items
        if len(found) >= page.total:
            break
    assert page.total == 620
    assert len({one.target for one in found}) == 620


def test_lists_are_narrowed_to_owner_group_and_orphans(ana):
    mine = browse.list_objects(ana, "Project", owner=ana.user_id)
    assert {one.owner for one in mine.items} == {"Ana Álvarez"}
    core = browse.list_objects(ana, "Dataset", group=4)
    assert names(core) == ["Beads, look only"]
    assert names(browse.list_objects(ana, "Dataset", orphaned=True)) == ["Loose ends"]


def test_counts_of_children_come_with_the_list(ana):
    page = browse.list_objects(ana, "Dataset", parent=Target("Project", 1))
    assert {one.name: one.child_count for one in page.items}["Screen 3"] == 12


def test_the_groups_of_the_user_leave_out_omeros_own(ana):
    assert {group.name for group in browse.groups(ana)} == {"Lab A", "Core facility", "Lab B"}


def test_the_members_of_a_group_come_with_their_names(ana):
    found = {one.user: one.name for one in browse.members(ana, 3)}
    assert found == {"ana": "Ana Álvarez", "ben": "Ben Okafor"}


def test_a_server_that_gives_fewer_thumbnails_at_once_is_asked_for_fewer(ana, server):
    fewer = Answer(500, "Max 5 thumbnails at a time.", "text/javascript")
    server.faults.next("get_thumbnails", fewer)
    before = len(server.requests)
    assert list(browse.thumbnails(ana, range(101, 113))) == list(range(101, 113))
    assert len(server.requests) - before == 4


def test_a_server_that_gives_no_thumbnails_at_all_is_an_error(ana, server):
    none = Answer(500, "Max 0 thumbnails at a time.", "text/javascript")
    server.faults.next("get_thumbnails", none)
    with pytest.raises(RejectedError, match="thumbnails"):
        browse.thumbnails(ana, [101])


def test_thumbnails_come_fifty_at_a_time_in_the_order_asked_for(ana, server):
    series = browse.list_objects(ana, "Image", parent=Target("Dataset", 90), limit=60)
    wanted = [one.target.id for one in reversed(series.items)]
    before = len(server.requests)
    found = browse.thumbnails(ana, [*wanted, wanted[0], 987_654])
    assert list(found) == wanted
    assert len(server.requests) == before + 2
    assert all(picture.startswith((b"\xff\xd8", b"\x89PNG")) for picture in found.values())


def test_one_object_is_fetched_though_nothing_may_hang_on_it(ana):
    found = fetch(ana, Target("Dataset", 71))
    assert (found.name, found.can_annotate) == ("Beads, look only", False)


def test_fetching_what_is_not_there_guesses_what_was_meant(ana):
    with pytest.raises(TargetError, match="Image:51 does not exist") as caught:
        fetch(ana, Target("Image", 51))
    assert caught.value.hint == "did you mean Dataset:51 'Screen 3'?"


def test_fetching_with_an_expired_session_says_so_where_the_public_sees_nothing():
    with (
        demo.serve(public_user=True) as server,
        connect(server.url, username=server.username, password=server.password) as session,
    ):
        server.expire_sessions()
        with pytest.raises(SessionExpiredError):
            fetch(session, Target("Dataset", 51))
        with pytest.raises(SessionExpiredError):
            browse.list_objects(session, "Project", owner=session.user_id)


def test_a_list_that_is_empty_is_one(ana):
    assert browse.list_objects(ana, "Project", owner=987_654).items == ()


@pytest.mark.parametrize(
    ("child", "parents"),
    [
        (Target("Image", 101), [(Target("Dataset", 51), "Screen 3")]),
        (Target("Dataset", 51), [(Target("Project", 1), "Mitosis")]),
        (Target("Well", 71), [(Target("Plate", 7), "Plate 7")]),
        (Target("Plate", 7), [(Target("Screen", 1), "Knock-down screen")]),
        (Target("Image", 301), []),
        (Target("Image", 201), []),
        (Target("Project", 1), []),
        (Target("Roi", 801), []),
        (Target("PlateAcquisition", 9), []),
    ],
)
def test_what_an_object_lies_in_is_listed_with_the_right_to_annotate(ana, child, parents):
    found = browse.parents(ana, child)
    assert [(one.target, one.name) for one in found] == parents
    assert all(one.can_annotate for one in found)


def test_parents_that_cannot_be_listed_are_an_error(ana, server):
    server.faults.next(r"/m/images/101/datasets/", Answer(500, "boom"))
    with pytest.raises(ProtocolError, match="what Image:101 lies in"):
        browse.parents(ana, Target("Image", 101))
