"""The server is hostile.

Whatever it answers, nothing goes to another host, and every answer ends in a table or in one error.
"""

import gzip
import json

import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter import resolving
from omero_tables_jupyter.demo.faults import Answer, Redirect
from omero_tables_jupyter.omero.answers import Answer as Reply
from omero_tables_jupyter.omero.answers import refusal

#: Every page that an upload asks for, in order.
PAGES = ["/api/v0/m/datasets/51/", r"/omero_plus/api/v0/table$", "/webclient/api/annotations/"]
JSON = "application/json"


@pytest.fixture(scope="module")
def elsewhere():
    with otj.demo.serve() as server:
        yield server


def said(body):
    return Answer(200, json.dumps(body), JSON)


def dataset(url):
    return {
        "data": {
            "@id": 51,
            "@type": "http://www.openmicroscopy.org/Schemas/OME/2016-06#Dataset",
            "Name": "Screen 3",
            "url:dataset": f"{url}/api/v0/m/datasets/51/",
            "url:images": f"{url}/api/v0/m/datasets/51/images/",
            "omero:details": {
                "group": {"@id": 3, "Name": "Lab A"},
                "permissions": {"canAnnotate": True, "perm": "rwra--"},
            },
        }
    }


def bomb(mb):
    """Pack so many megabytes of blanks."""
    return gzip.compress(b" " * (mb * 2**20), compresslevel=1)


PACKED = (("Content-Encoding", "gzip"),)
TWICE = (("Content-Encoding", "gzip, gzip"),)

HOSTILE = {
    "sends 70 MB of nothing": lambda url: Answer(200, b" " * (70 * 2**20), JSON),
    "sends 300 MB of nothing, packed to one": lambda url: Answer(200, bomb(300), JSON, PACKED),
    "sends nothing, packed twice over": lambda url: Answer(
        200, gzip.compress(bomb(300)), JSON, TWICE
    ),
    "sends lists in lists, 100 000 deep": lambda url: Answer(200, b"[" * 100_000, JSON),
    "sends objects in objects, 100 000 deep": lambda url: Answer(200, b'{"data":' * 100_000, JSON),
    "sends a number for a text, a list for an object": lambda url: said(
        {"data": [{"@id": "x", "Name": 7}], "annotations": {"id": []}, "experimenters": 3}
    ),
    "sends a number of 10 000 digits": lambda url: Answer(
        200, b'{"data":' + b"9" * 10_000 + b"}", JSON
    ),
    "sends bytes that are no text": lambda url: Answer(200, b'{"data": "\xff\xfe\x00"}', JSON),
    "says that it is JSON, and sends a script": lambda url: Answer(
        200, "<script>alert(1)</script>", JSON
    ),
    "sends every request to another host": lambda url: Redirect(f"{url}/x"),
    "sends every request to another host, its method kept": lambda url: Redirect(f"{url}/x", 307),
    "sends every request in circles": lambda url: Redirect("/api/v0/m/datasets/51/"),
    "names another host in all its links": lambda url: said(
        dataset(url)
        | {"annotations": [{"id": 1, "link": {"url": url}, "file": {"id": 2, "url:file": url}}]}
    ),
}


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("what", HOSTILE)
def test_nothing_goes_elsewhere_and_every_answer_ends(scene, told, elsewhere, what):
    before = len(elsewhere.requests)
    fault = HOSTILE[what](elsewhere.url)
    ends = []
    for n, page in enumerate(PAGES):
        scene.server.faults.clear()
        scene.server.faults.next(page, fault, times=99)
        try:
            scene.upload(name=f"Cells {n}")
        except otj.OmeroTablesError as error:
            ends.append(error)
    assert all(one.hint for one in ends)
    scene.server.faults.clear()
    assert len(elsewhere.requests) == before
    arrays = [one for one in scene.folder.iterdir() if one.name.endswith(".tiledb")]
    for one in scene.registered():
        assert one.uri.rpartition("/")[2] in {array.name for array in arrays}
    # Whatever was not registered can be, once the server is itself again.
    for n in range(len(PAGES)):
        scene.upload(name=f"Cells {n}")
    first = ends[0] if ends else "its links are not followed, its words are not believed"
    told(
        f"the server {what}",
        first if isinstance(first, str) else f"**{first.message}**\n{first.hint}",
        disk=f"{len(PAGES)} whole tables",
        server=f"{len(PAGES)} tables",
        history=", ".join(["registered"] * len(PAGES)),
    )


def test_pages_that_never_end_are_asked_for_one_at_a_time(scene, session, told):
    from omero_tables_jupyter.omero import browse

    one = {"@id": 1, "Name": "again", "@type": "Project"}
    endless = {"data": [one] * 500, "meta": {"totalCount": 10**12, "limit": 500, "offset": 0}}
    scene.server.faults.next("/api/v0/m/projects/", said(endless), times=99)
    before = len(scene.server.requests)
    page = browse.list_objects(session, "Project")
    assert len(page.items) <= 500
    assert len(scene.server.requests) == before + 1
    told(
        "the server has pages without end",
        "the browser shows a page at a time, and asks for the next one when you do",
        disk="nothing",
        server="nothing",
        history="nothing",
    )


def test_registered_many_times_over_no_annotation_is_taken_for_another(scene, session):
    """Endless attachments of the table's name: none of them was there before, so none is chosen."""
    entries = [
        {"id": n, "owner": {"id": 2}, "file": {"id": n, "name": "Cells"}} for n in range(1, 2000)
    ]
    body = {"annotations": entries, "experimenters": [{"id": 2}]}
    scene.server.faults.next("/webclient/api/annotations/", said(body), times=99)
    done = scene.upload()
    assert int(done) == scene.registered()[0].annotation_id


@pytest.mark.parametrize(
    ("leads_to", "advised"),
    [("https://omero.site/webclient/", True), ("https://0mero.site/webclient/", False)],
)
def test_an_encrypted_address_is_advised_on_the_same_host_only(leads_to, advised):
    moved = Reply("a request", "http://omero.site/api/", 301, location=leads_to)
    hint = refusal(moved, "", where="http://omero.site").hint
    assert ("use the encrypted address: https://omero.site" in hint) == advised
    assert "0mero.site" not in hint


def test_names_are_not_listed_without_end(scene, session, monkeypatch):
    monkeypatch.setattr(resolving, "_MOST", 2000)
    again = [{"@id": 101, "Name": "screen3_field01.tif", "@type": "x#Image"}] * 500
    endless = said({"data": again, "meta": {"totalCount": 10**12}})
    scene.server.faults.next("/m/datasets/51/images/", endless, times=99)
    frame = scene.frame.assign(name="screen3_field01.tif")
    with pytest.raises(otj.ProtocolError, match="no end of it") as stopped:
        scene.upload(frame, resolve={"name": "Image"})
    assert "administrator" in stopped.value.hint
    assert scene.on_disk() == "nothing"


@pytest.mark.parametrize("leads_to", ["https://a.b/\x1b[31mred", "/api/v0/m/datasets/51/\x1b[31m"])
def test_nothing_that_a_terminal_obeys_is_in_an_error(scene, session, leads_to):
    scene.server.faults.next("/m/datasets/51/", Redirect(leads_to), times=9)
    scene.server.faults.next("31m", Answer(418, "\x1b[31m<title>\x1b[31m</title>"), times=9)
    with pytest.raises(otj.OmeroTablesError) as shown:
        scene.upload()
    assert str(shown.value).replace("\n", "").isprintable()
