"""The server answers wrongly, or not at all."""

import json
from dataclasses import replace

import pytest
from scene import WHOLE

import omero_tables_jupyter as otj
from omero_tables_jupyter.demo.faults import Answer, Drop, Hold, Redirect
from omero_tables_jupyter.omero import tables as remote

REGISTER = r"/omero_plus/api/v0/table$"
PAGE = "<!doctype html><html><h1>Bad Gateway</h1></html>"

pytestmark = pytest.mark.usefixtures("session")


def said(status, body):
    return Answer(status, json.dumps(body), "application/json")


def posts(server):
    return sum(one.method == "POST" and one.path.endswith("/v0/table") for one in server.requests)


def resumed(error):
    """Do what the hint says, as the user would type it."""
    line = next(one for one in error.hint.splitlines() if "otj.resume(" in one)
    call = line[line.index("otj.resume(") :].partition("; or ")[0]
    return eval(call, {"otj": otj})


LOST = {
    "is reset": Drop(),
    "is a gateway's 502": Answer(502, PAGE),
    "is an empty 504": Answer(504),
    "is a web page": Answer(200, "<html><h1>Welcome</h1></html>"),
    "is other JSON": said(200, {"data": {"something": 1}}),
    "has a text for a number": said(200, {"data": {"file_annotation": "12"}}),
    "has a number below 1": said(200, {"data": {"file_annotation": -1}}),
    "is a list": said(200, []),
    "is half an answer": Answer(200, '{"data": {"file_anno', "application/json"),
    "is nothing at all": Answer(204),
    "is a 201 without an id": said(201, {}),
    "is a broken server's page": Answer(500, "<html><h1>Server Error (500)</h1></html>"),
}


@pytest.mark.parametrize("lost", LOST)
def test_an_answer_lost_after_its_effect_is_found_again(scene, told, lost):
    before = posts(scene.server)
    fault = replace(LOST[lost], after_effect=True)
    scene.server.faults.next(REGISTER, fault, method="POST")
    done = scene.upload()
    (made,) = scene.registered()
    assert (int(done), done.file_id) == (made.annotation_id, made.file_id)
    assert posts(scene.server) == before + 1
    told(
        f"the table is registered, but the answer {lost}",
        done,
        about="answer was lost",
        disk=WHOLE,
        server="one table",
        history="registered",
    )


@pytest.mark.parametrize("lost", [one for one in LOST if "broken" not in one])
def test_an_answer_lost_without_an_effect_is_said_to_be_unknown(scene, told, lost):
    before = posts(scene.server)
    scene.server.faults.next(REGISTER, LOST[lost], method="POST")
    with pytest.raises(otj.UnreachableError, match="is not known") as unknown:
        scene.upload()
    assert posts(scene.server) == before + 1
    told(
        f"the table is not registered, and the answer {lost}",
        unknown.value,
        disk=WHOLE,
        server="nothing",
        history="written",
    )
    assert int(resumed(unknown.value)) == scene.registered()[0].annotation_id


@pytest.mark.parametrize("after_effect", [True, False], ids=["after its effect", "without one"])
def test_a_registration_that_takes_for_ever(scene, told, monkeypatch, after_effect):
    monkeypatch.setattr(remote, "_REGISTER_S", 0.3)
    hold = Hold(after_effect=after_effect)
    scene.server.faults.next(REGISTER, hold, method="POST")
    before = posts(scene.server)
    fault = "the server takes longer than {} minutes to answer; it {} registered the table".format(
        5, "has" if after_effect else "has not yet"
    )
    if after_effect:
        done = scene.upload()
        hold.until.set()
        told(
            fault,
            done,
            about="answer was lost",
            disk=WHOLE,
            server="one table",
            history="registered",
        )
    else:
        with pytest.raises(otj.UnreachableError, match="is not known") as unknown:
            scene.upload()
        told(fault, unknown.value, disk=WHOLE, server="nothing", history="written")
        hold.until.set()
        # It registers it after all, which nobody could know: whoever goes on finds it.
        found = until_registered(scene)
        assert int(resumed(unknown.value)) == found.annotation_id
        assert scene.on_server() == "one table"
    assert posts(scene.server) == before + 1


def until_registered(scene):
    from children import until

    return until(scene.registered)[0]


REFUSED = [
    ("refuses: 400 with its reason", said(400, {"message": "no such file"}), otj.RejectedError),
    ("refuses: 400 without a word", said(400, {"message": None}), otj.RejectedError),
    ("refuses: 403 with its reason", said(403, {"message": "You may not"}), otj.RejectedError),
    ("refuses: 404 with its reason", said(404, {"message": "No such file"}), otj.RejectedError),
    ("breaks down: 500 in JSON", said(500, {"message": "KeyError"}), otj.RejectedError),
    ("breaks down: 500 as a page", Answer(500, "<h1>Oh dear</h1>"), otj.ProtocolError),
    ("is not there: 503", Answer(503, "busy"), otj.UnreachableError),
    ("takes nothing so large: 413", Answer(413, "<h1>Too Large</h1>"), otj.ProtocolError),
    ("has no OMERO Plus: a 404 page", Answer(404, PAGE), otj.ProtocolError),
    ("sends to another login", Redirect("https://sso.example/login"), otj.RejectedError),
    ("sends to another host", Redirect("https://x.example/y", 307), otj.ProtocolError),
    ("sends elsewhere", Redirect("/omero_plus/api/v0/table/", 301), otj.ProtocolError),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0])
def test_a_refusal_keeps_the_array_and_tells_how_to_go_on(scene, told, case):
    what, fault, kind = case
    before = posts(scene.server)
    scene.server.faults.next(REGISTER, fault, method="POST")
    with pytest.raises(kind) as refused:
        scene.upload()
    assert posts(scene.server) == before + 1
    told(
        f"at the registration, the server {what}",
        refused.value,
        disk=WHOLE,
        server="nothing",
        history="written",
    )
    assert int(resumed(refused.value)) == scene.registered()[0].annotation_id


@pytest.mark.parametrize(
    ("what", "fault"),
    [
        ("500", Answer(500, "boom")),
        ("502, time and again", Answer(502, PAGE)),
        ("a web page", Answer(200, PAGE)),
        ("half an answer", Answer(200, '{"data', "application/json")),
        ("nothing, the connection is reset", Drop()),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_server_that_fails_before_anything_is_written(scene, told, what, fault):
    scene.server.faults.next("/api/v0/m/", fault, times=9)
    with pytest.raises(otj.ServerError) as failed:
        scene.upload()
    told(
        f"asked for the object, the server answers {what}",
        failed.value,
        disk="nothing",
        server="nothing",
        history="nothing",
    )


def test_a_file_id_that_is_not_found_is_a_note_of_a_success(scene, told):
    from children import At

    def spoil():
        scene.server.faults.next("/webclient/api/annotations/", Answer(500, "boom"))

    done = scene.submit(on_event=At("StageStarted Confirm", spoil)).result()
    assert (done.file_id, done.table_url) == (None, "")
    told(
        "the server fails right after the registration",
        done,
        about="its page was not found",
        disk=WHOLE,
        server="one table",
        history="registered",
    )


def test_a_csrf_cookie_that_is_gone_is_fetched_anew(scene, session, told):
    session.channel._transport._http.cookies.clear("127.0.0.1", "/", "csrftoken")
    told(
        "the CSRF cookie is gone",
        scene.upload(),
        disk=WHOLE,
        server="one table",
        history="registered",
    )


def test_a_csrf_token_that_is_never_taken(scene, told):
    words = "CSRF Failed: CSRF token missing."
    scene.server.faults.next(REGISTER, said(403, {"message": words}), method="POST", times=9)
    with pytest.raises(otj.RejectedError) as refused:
        scene.upload()
    told(
        "the server never takes its own CSRF token",
        refused.value,
        disk=WHOLE,
        server="nothing",
        history="written",
    )
