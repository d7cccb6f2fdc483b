"""The objects that a table hangs on: looked up in few requests, told, cancelled, gone on with."""

import json
import threading

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.demo.faults import Answer
from omero_tables_jupyter.events import LoginNeeded, Progress, Stage, StageDone
from omero_tables_jupyter.lookup import look_up, looked_up
from omero_tables_jupyter.model import Secret, Target
from omero_tables_jupyter.request import read_request
from omero_tables_jupyter.resuming import resuming

MANY = 450
LIST = r"/m/datasets/90/images/$"


@pytest.fixture(scope="module")
def server():
    with otj.demo.serve(images=MANY) as running:
        yield running


@pytest.fixture
def session(server):
    yield otj.login(server.url, username=server.username, password=server.password)
    server.faults.clear()


@pytest.fixture
def asked(server):
    """Say what was asked of the server since the test began, shortly."""
    before = len(server.requests)
    return lambda: [one.path.removeprefix("/api/v0/m/") for one in server.requests[before:]]


def images(count=MANY):
    """Name images from the last to the first, as no list of the server has them."""
    return [Target("Image", number) for number in range(100_000 + count, 100_000, -1)]


def told_by(steps, answers=()):
    """Drain steps, answering each question for a password with the next of the answers."""
    events, waiting, answer = [], iter(answers), None
    while True:
        try:
            events.append(steps.send(answer))
        except StopIteration as end:
            return events, end.value
        answer = next(waiting) if isinstance(events[-1], LoginNeeded) else None


def test_many_objects_of_a_dataset_take_few_requests_and_come_in_the_order_given(session, asked):
    targets = images()
    found = look_up(session, targets)
    assert [one.target for one in found] == targets
    assert {one.can_annotate for one in found} == {True}
    assert asked() == ["images/100450/", "images/100450/datasets/", *["datasets/90/images/"] * 3]


def test_found_in_a_list_an_object_is_what_it_is_by_itself(session):
    targets = images(30)
    assert look_up(session, targets) == tuple(look_up(session, [one])[0] for one in targets)


def test_few_objects_are_asked_for_one_by_one(session, asked):
    look_up(session, images(10))
    assert asked() == [f"images/{100_010 - n}/" for n in range(10)]


def test_a_few_objects_of_a_long_list_are_not_looked_for_in_all_of_it(session, asked):
    look_up(session, images()[::30])
    assert asked().count("datasets/90/images/") == 1


def test_objects_that_lie_apart_are_asked_for_one_by_one_soon(session, asked, server):
    server.faults.next(r"/images/\d+/datasets/$", Answer(200, EMPTY, JSON), times=99)
    look_up(session, images(50))
    assert len([one for one in asked() if one.endswith("/datasets/")]) == 3
    assert len(asked()) == 53


JSON = "application/json"
EMPTY = '{"data": [], "meta": {"totalCount": 0}}'


def test_a_list_that_never_ends_is_not_followed(session, asked, server):
    again = [{"@id": 7, "@type": "x#Image"}] * 200
    endless = json.dumps({"data": again, "meta": {"totalCount": 10**12}})
    server.faults.next(LIST, Answer(200, endless, JSON), times=99)
    assert len(look_up(session, images(30))) == 30
    assert asked().count("datasets/90/images/") == 3


def test_a_list_that_grows_while_it_is_read_is_not_followed(session, asked, server):
    others = [{"@id": 7, "@type": "x#Image"}] * 200
    for pages in range(2, 30):
        longer = json.dumps({"data": others, "meta": {"totalCount": 200 * pages}})
        server.faults.next(LIST, Answer(200, longer, JSON))
    assert len(look_up(session, images(30))) == 30
    assert asked().count("datasets/90/images/") < 9


def test_an_object_that_is_missing_in_the_list_is_asked_for_by_itself(session):
    targets = [*images(60), Target("Image", 98_765), Target("Image", 98_766)]
    with pytest.raises(otj.TargetError, match="Image:98765, Image:98766 do not exist"):
        look_up(session, targets)


def test_how_many_are_known_is_told(session):
    events, _ = told_by(looked_up(session, images()))
    assert events[0] == Progress(Stage.CHECK, 1, MANY, "objects")
    assert events[-1] == Progress(Stage.CHECK, MANY, MANY, "objects")
    assert [one.done for one in events] == sorted({one.done for one in events})
    assert told_by(looked_up(session, images(1)))[0] == []


@pytest.mark.parametrize("where", [r"/m/images/100048/$", LIST])
def test_a_session_that_ends_in_the_middle_is_renewed_and_the_search_goes_on(
    session, server, asked, where
):
    # The neighbours come in lists, or one by one where a list is of no use.
    if where != LIST:
        server.faults.next(r"/images/\d+/datasets/$", Answer(200, EMPTY, JSON), times=99)
    server.faults.next(where, Answer(403, '{"message": "Not logged in"}', JSON))
    events, found = told_by(looked_up(session, images(60)), [Secret(server.password)])
    assert len(found) == 60
    assert [one for one in events if isinstance(one, LoginNeeded)] == [
        LoginNeeded(session.url, session.user)
    ]
    singles = [one for one in asked() if one.startswith("images/") and one.count("/") == 2]
    assert len(set(singles)) >= len(singles) - 1


def test_a_public_user_who_is_answered_in_the_middle_is_not_believed():
    with otj.demo.serve(images=60, public_user=True) as server:
        session = otj.login(server.url, username=server.username, password=server.password)
        steps = looked_up(session, [*images(60), Target("Image", 101)])
        next(steps)
        server.expire_sessions()
        events, found = told_by(steps, [Secret(server.password)])
        assert len(found) == 61
        assert any(isinstance(one, LoginNeeded) for one in events)


CELLS = pd.DataFrame({"Image": [101, 102], "area": [20.5, 1.25]})


@pytest.fixture
def options(server, tmp_path):
    folder = server.share / tmp_path.name
    folder.mkdir()
    return {"to": list(map(str, images())), "local_path": folder, "mapping": server.mapping}


def slowly(server):
    """Let no list be of use, so that each object takes a request."""
    server.faults.next(r"/images/\d+/datasets/$", Answer(200, EMPTY, JSON), times=99)


@pytest.mark.usefixtures("session")
def test_an_upload_is_cancelled_in_the_middle_of_its_objects(server, options, asked):
    slowly(server)
    begun, jobs = threading.Event(), []

    def stop(event):
        if isinstance(event, Progress) and event.done == 20:
            begun.wait(30)
            jobs[0].cancel()

    jobs.append(otj.submit_table(CELLS, "T", on_event=stop, **options))
    begun.set()
    with pytest.raises(otj.UploadCancelled) as stopped:
        jobs[0].result(timeout_s=60)
    assert "nothing of it is left" in stopped.value.hint
    assert len([one for one in asked() if one.startswith("images/")]) < 30
    assert [*options["local_path"].iterdir()] == []


@pytest.mark.usefixtures("session")
def test_a_check_and_a_registration_tell_of_their_objects_too(options, asked):
    told = []
    otj.check_table(CELLS, "T", on_event=told.append, **options)
    assert Progress(Stage.CHECK, MANY, MANY, "objects") in told
    done = otj.upload_table(CELLS, "T", **options)
    told.clear()
    again = resuming(
        read_request(done.local_path, "T", to=options["to"], mapping=options["mapping"])
    ).run(told.append)
    assert again.unchanged
    assert int(again) == int(done)
    assert Progress(Stage.CHECK, MANY, MANY, "objects") in told
    assert [one.detail for one in told if isinstance(one, StageDone)] == ["450 objects"]


@pytest.mark.usefixtures("session")
def test_what_hangs_on_many_objects_is_asked_a_hundred_at_a_time(options, asked):
    done = otj.upload_table(CELLS, "T", **options)
    before = len(asked())
    assert otj.upload_table(CELLS, "T", **options).annotation_id == done.annotation_id
    pages = [one for one in asked()[before:] if one.endswith("/annotations/")]
    assert len(pages) == 1 + 5


@pytest.mark.usefixtures("session")
def test_a_table_on_all_objects_but_one_is_not_taken_for_the_one_on_all(options):
    first = otj.upload_table(CELLS, "T", **options | {"to": options["to"][:-1]})
    again = otj.resume(
        first.local_path, to=options["to"], table_name="T", mapping=options["mapping"]
    )
    assert int(again) != int(first)
    assert otj.resume(
        first.local_path, to=options["to"][:-1], table_name="T", mapping=options["mapping"]
    ).unchanged


@pytest.mark.usefixtures("session")
def test_attachments_that_name_no_object_are_asked_for_one_by_one(options, server, asked):
    some = options | {"to": options["to"][:30]}
    done = otj.upload_table(CELLS, "T", **some)
    entries = [{"id": int(done), "file": {"id": done.file_id, "name": "T"}}]
    answer = Answer(200, json.dumps({"annotations": entries}), JSON)
    server.faults.next("/webclient/api/annotations/", answer, times=2)
    before = len(asked())
    assert int(otj.upload_table(CELLS, "T", **some)) == int(done)
    pages = [one for one in asked()[before:] if one.endswith("/annotations/")]
    assert len(pages) == 2 + 29
