"""The stand-in's pages for people."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import numpy as np
import pytest
import requests
import tiledb

from omero_tables_jupyter import demo

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 10
NASTY = '<script>alert("x")</script> & co'
#: As jupyter-server-proxy sends it.
PROXIED = {"X-Forwarded-Prefix": "/user/x/proxy/8000", "X-Requested-With": ""}


def write_table(share: Path) -> None:
    limits = np.iinfo(np.int64)
    dim = tiledb.Dim(
        "__tiledb_rows", domain=(limits.min, limits.max - 10_000), tile=10_000, dtype=np.int64
    )
    attributes = [tiledb.Attr("Image", dtype=np.int64), tiledb.Attr(NASTY, dtype=np.dtype("U"))]
    path = str(share / "t.tiledb")
    tiledb.SparseArray.create(path, tiledb.ArraySchema(tiledb.Domain(dim), attributes, sparse=True))
    with tiledb.open(path, "w") as array:
        words = np.array([f"{NASTY} {n}" for n in range(450)])
        array[np.arange(450)] = {"Image": 101 + np.arange(450) % 3, NASTY: words}
        array.meta["__version"] = "3"


@pytest.fixture(scope="module", params=["", "/omero"])
def server(request: pytest.FixtureRequest) -> Iterator[demo.DemoServer]:
    with demo.serve(prefix=request.param) as running:
        yield running


@pytest.fixture(scope="module")
def http(server: demo.DemoServer) -> Iterator[requests.Session]:
    """Log in as a browser does, through the login page, and register a table."""
    with requests.Session() as session:
        page = session.get(f"{server.url}/webclient/?show=image-101", timeout=TIMEOUT)
        answer = session.post(page.url, data=fields(page.text, server), timeout=TIMEOUT)
        assert answer.url == f"{server.url}/webclient/?show=image-101"
        write_table(Path(server.share))
        session.headers["X-CSRFToken"] = session.cookies["csrftoken"]
        done = session.post(
            f"{server.url}/omero_plus/api/v0/table",
            json={"uri": "/demo-share/t.tiledb", "name": NASTY, "targets": ["Dataset:51"]},
            timeout=TIMEOUT,
        )
        assert done.status_code == 201
        yield session


def fields(page: str, server: demo.DemoServer) -> dict[str, str]:
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    return {**hidden, "username": server.username, "password": server.password}


PAGES = (
    "/webclient/",
    "/webclient/?show=dataset-51",
    "/webclient/?show=dataset-52",
    "/webclient/?show=image-101",
    "/webclient/?show=plate-7",
    "/webclient/?show=well-71",
    "/webclient/?show=roi-801",
    "/webclient/?show=run-9",
    "/webclient/?show=screen-1",
    "/webclient/?show=project-1",
    "/webclient/img_detail/101/",
    "/webclient/omero_table/2001/",
    "/webclient/omero_table/2001/?query=(Image==101)&limit=10&offset=10",
    "/webclient/omero_table/2001/?query=nonsense",
    "/webclient/logout/",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_it_is_a_stand_in_and_escapes_names(server, http, path):
    page = http.get(server.url + path, timeout=TIMEOUT)
    assert page.status_code == 200
    assert "not OMERO" in page.text
    assert "<script" not in page.text
    assert "<blanks>" not in page.text
    assert server.password not in page.text


@pytest.mark.parametrize("path", PAGES)
def test_every_link_is_relative_and_leads_somewhere(server, http, path):
    page = http.get(server.url + path, timeout=TIMEOUT)
    links = set(re.findall(r'(?:href|src)="([^"]*)"', page.text))
    assert links or path.endswith("/logout/")
    for link in links:
        assert not re.match(r"/|\w+:", link)
        target = urljoin(server.url + path, link.replace("&amp;", "&"))
        assert http.get(target, timeout=TIMEOUT).status_code == 200, link


def test_an_images_page_shows_its_rows_out_of_the_table_on_its_dataset(server, http):
    page = http.get(f"{server.url}/webclient/?show=image-102", timeout=TIMEOUT).text
    assert "Rows for this image" in page
    assert "the first 50 of 150 rows" in page
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; co 1<" in page
    assert "&amp; co 2<" not in page
    other = http.get(f"{server.url}/webclient/?show=image-113", timeout=TIMEOUT).text
    assert "Rows for this image" not in other


def test_a_page_shows_where_the_object_lies(server, http):
    page = http.get(f"{server.url}/webclient/?show=image-101", timeout=TIMEOUT).text
    crumbs = re.search(r'<nav class="crumbs".*?</nav>', page)[0]
    assert re.findall(r">([^<]+)</a>", crumbs) == ["The demo lab", "Mitosis", "Screen 3"]


def test_an_object_is_found_by_its_name_too(server, http):
    url = f"{server.url}/webclient/?show=image.name-screen3_field02.tif"
    assert "Image 102" in http.get(url, timeout=TIMEOUT).text


def test_a_link_to_several_objects_shows_the_first_and_names_the_others(server, http):
    url = f"{server.url}/webclient/?show=image-103|image-104"
    page = http.get(url, timeout=TIMEOUT).text
    assert '<h1><span class="kind">Image 103</span>' in page
    assert "screen3_field04.tif" in page


@pytest.mark.parametrize("show", ["image-901", "image-9999", "nonsense", "tag-1"])
def test_what_is_not_there_is_a_404(server, http, show):
    url = f"{server.url}/webclient/?show={show}"
    assert http.get(url, timeout=TIMEOUT).status_code == 404


def test_long_tables_come_in_pages(server, http):
    url = f"{server.url}/webclient/omero_table/2001/"
    first = http.get(url, timeout=TIMEOUT).text
    assert "1 to 200 of 450 rows" in first
    second = http.get(urljoin(url, "?limit=200&offset=200"), timeout=TIMEOUT).text
    assert "201 to 400 of 450 rows" in second
    some = http.get(url + "?query=Image-101", timeout=TIMEOUT).text
    assert "1 to 150 of 150 rows that match, 450 in all" in some


def test_the_front_door_leads_to_the_web_client(server, http):
    answer = http.get(f"{server.url}/", timeout=TIMEOUT)
    assert answer.url == f"{server.url}/webclient/"


def test_a_wrong_password_shows_the_form_again(server):
    with requests.Session() as visitor:
        page = visitor.get(f"{server.url}/webclient/login/", timeout=TIMEOUT)
        form = fields(page.text, server) | {"password": "wrong"}
        answer = visitor.post(page.url, data=form, timeout=TIMEOUT)
    assert "User name or password is wrong." in answer.text
    assert "sessionid" not in visitor.cookies


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "", "x\r\ny: z"]
)
def test_a_login_leads_to_no_strange_address(server, elsewhere):
    with requests.Session() as visitor:
        page = visitor.get(f"{server.url}/webclient/login/", timeout=TIMEOUT)
        form = fields(page.text, server) | {"url": elsewhere}
        answer = visitor.post(page.url, data=form, allow_redirects=False, timeout=TIMEOUT)
    assert answer.status_code == 302
    prefix = server.url.partition(str(server.port))[2]
    assert answer.headers["Location"] == f"{prefix}/webclient/"


def test_behind_jupyters_proxy_redirects_are_relative(server):
    with requests.Session() as visitor:
        visitor.headers.update(PROXIED)
        wanted = f"{server.url}/webclient/omero_table/2001/?query=*"
        answer = visitor.get(wanted, allow_redirects=False, timeout=TIMEOUT)
        assert answer.headers["Location"].startswith("../../../webclient/login/?url=")
        page = visitor.get(urljoin(wanted, answer.headers["Location"]), timeout=TIMEOUT)
        form = fields(page.text, server)
        done = visitor.post(page.url, data=form, allow_redirects=False, timeout=TIMEOUT)
    assert urljoin(page.url, done.headers["Location"]).replace("%2A", "*") == wanted
    assert not done.headers["Location"].startswith("/")


def test_open_pages_let_browsers_in_and_nobody_else():
    with demo.serve(open_pages=True) as server:
        page = f"{server.url}/webclient/?show=dataset-51"
        browser = requests.get(page, headers={"Accept": "text/html,*/*;q=0.8"}, timeout=10)
        assert (browser.status_code, "Screen 3" in browser.text) == (200, True)
        program = requests.get(page, allow_redirects=False, timeout=10)
        assert program.status_code == 302
        answer = requests.get(f"{server.url}/api/v0/m/projects/", timeout=10)
        assert answer.json() == {"message": "Not logged in"}
