"""Starting, watching, breaking and ending the stand-in."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
import requests

from omero_tables_jupyter import demo
from omero_tables_jupyter.demo.accounts import DEMO_PASSWORD
from omero_tables_jupyter.demo.faults import Answer, Drop, Hold, Redirect
from omero_tables_jupyter.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 10
SERVERS = "/api/v0/servers/"


@pytest.fixture
def server() -> Iterator[demo.DemoServer]:
    with demo.serve() as running:
        yield running


def get(server: demo.DemoServer, path: str = SERVERS) -> requests.Response:
    return requests.get(server.url + path, allow_redirects=False, timeout=TIMEOUT)


def test_starting_and_ending_prints_nothing(capfd):
    with demo.serve() as server:
        get(server)
    assert capfd.readouterr() == ("", "")


def test_close_ends_every_thread_and_removes_the_share():
    before = set(threading.enumerate())
    server = demo.serve()
    with closing(requests.Session()) as http:
        http.get(server.url + SERVERS, timeout=TIMEOUT)
        assert set(threading.enumerate()) > before
        (Path(server.share) / "left.txt").write_text("x")
        server.close()
        assert set(threading.enumerate()) == before
    assert not Path(server.share).exists()
    with pytest.raises(requests.ConnectionError):
        get(server)


def test_close_may_be_called_twice():
    server = demo.serve()
    server.close()
    server.close()
    assert "closed" in repr(server)


def test_each_server_has_a_share_of_its_own(server):
    with demo.serve() as other:
        assert other.share != server.share
        assert other.url != server.url


def test_the_repr_holds_neither_password_nor_share(server):
    assert server.password not in repr(server)
    assert str(server.share) not in repr(server)


def test_the_url_has_no_slash_at_its_end(server):
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert server.ca_file is None


def test_the_mapping_leads_from_the_share_to_the_servers_path(server):
    local = str(Path(server.share) / "sub" / "t.tiledb")
    assert server.mapping.to_server(local) == "/demo-share/sub/t.tiledb"
    assert server.server_share == "/demo-share"


def test_a_port_in_use_is_an_error_that_leaves_no_folder_behind(server, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(OptionError, match=f"port {server.port}"):
        demo.serve(port=server.port)
    assert list(tmp_path.iterdir()) == []


def test_without_trustme_tls_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(OptionError, match="pip install"):
        demo.serve(tls=True)
    assert list(tmp_path.iterdir()) == []


def test_tls_is_trusted_through_the_ca_file_only():
    pytest.importorskip("trustme")
    with demo.serve(tls=True) as server, closing(requests.Session()) as http:
        http.trust_env = False
        with pytest.raises(requests.exceptions.SSLError):
            http.get(server.url + SERVERS, timeout=TIMEOUT)
        for host in ("127.0.0.1", "localhost"):
            url = f"https://{host}:{server.port}{SERVERS}"
            assert http.get(url, verify=server.ca_file, timeout=TIMEOUT).status_code == 200


def test_one_connection_serves_many_requests(server):
    before = set(threading.enumerate())
    with closing(requests.Session()) as http:
        for _ in range(3):
            assert http.get(server.url + SERVERS, timeout=TIMEOUT).status_code == 200
        assert (
            http.post(server.url + SERVERS, data="x" * 10_000, timeout=TIMEOUT).status_code == 403
        )
        assert http.get(server.url + SERVERS, timeout=TIMEOUT).status_code == 200
        started = set(threading.enumerate()) - before
    assert [one.name for one in started] == ["omero-demo"]


def test_a_head_request_has_no_body(server):
    answer = requests.head(server.url + SERVERS, timeout=TIMEOUT)
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) > 0
    assert answer.content == b""


def test_requests_are_noted_without_their_secrets(server):
    get(server, f"{SERVERS}?bsession=abc&password=def&limit=1")
    (seen,) = server.requests
    assert (seen.method, seen.path, seen.status) == ("GET", SERVERS, 200)
    assert seen.query == "bsession=***&password=***&limit=1"
    assert "user-agent" in seen.headers


def test_an_answer_can_be_replaced_once(server):
    fault = Answer(502, "<h1>Bad gateway</h1>", headers=(("Retry-After", "1"),))
    server.faults.next("servers", fault)
    first, second = get(server), get(server)
    assert (first.status_code, first.text) == (502, "<h1>Bad gateway</h1>")
    assert first.headers["Content-Type"] == "text/html"
    assert first.headers["Retry-After"] == "1"
    assert second.status_code == 200


def test_a_fault_is_for_its_path_and_method_only(server):
    server.faults.next("token", Answer(500))
    server.faults.next("servers", Answer(500), method="POST")
    assert get(server).status_code == 200
    assert get(server, "/api/v0/token/").status_code == 500


def test_a_fault_may_last_for_several_requests_or_be_called_off(server):
    server.faults.next("servers", Answer(503), times=2)
    assert [get(server).status_code for _ in range(3)] == [503, 503, 200]
    server.faults.next("servers", Answer(503))
    server.faults.clear()
    assert get(server).status_code == 200


def test_a_redirect_can_be_planned(server):
    server.faults.next("servers", Redirect("https://elsewhere.example/", status=307))
    answer = get(server)
    assert (answer.status_code, answer.headers["Location"]) == (307, "https://elsewhere.example/")


@pytest.mark.parametrize("after_effect", [False, True])
def test_a_dropped_login_took_effect_or_not(server, after_effect):
    with closing(requests.Session()) as http:
        token = http.get(f"{server.url}/api/v0/token/", timeout=TIMEOUT).json()["data"]
        server.faults.next("login", Drop(after_effect=after_effect))
        form = {"username": "ana", "password": server.password, "server": "1"}
        url, headers = f"{server.url}/api/v0/login/", {"X-CSRFToken": token}
        with pytest.raises(requests.ConnectionError):
            http.post(url, data=form, headers=headers, timeout=TIMEOUT)
        assert server.requests[-1].status == (200 if after_effect else 0)
        again = http.post(url, data=form, headers=headers, timeout=TIMEOUT).json()
    # Sessions are numbered: the dropped login made one, or it did not.
    assert again["eventContext"]["sessionId"] == (1235 if after_effect else 1234)


def test_an_answer_can_be_held_back_until_an_event(server):
    gate = Event()
    server.faults.next("servers", Hold(gate))
    found: list[int] = []
    waiting = Thread(target=lambda: found.append(get(server).status_code))
    waiting.start()
    assert get(server, "/api/").status_code == 200
    assert found == []
    gate.set()
    waiting.join(TIMEOUT)
    assert found == [200]


def test_closing_lets_go_of_what_is_held_back():
    server = demo.serve()
    server.faults.next("servers", Hold(timeout_s=60))
    failed = Event()

    def ask() -> None:
        with pytest.raises(requests.ConnectionError):
            get(server)
        failed.set()

    waiting = Thread(target=ask)
    waiting.start()
    while not server.faults.met:
        waiting.join(0.01)
    server.close()
    assert failed.wait(TIMEOUT)
    waiting.join(TIMEOUT)


@pytest.mark.parametrize("plate", [False, True])
def test_sample_cells_lie_in_images_and_wells_of_the_lab(server, plate):
    cells = demo.sample_cells(500, plate=plate)
    assert len(cells) == 500
    lab = server.lab
    assert all(lab.get("Image", int(image)) for image in cells["Image"].unique())
    if plate:
        pairs = set(zip(cells["Well"], cells["Image"], strict=True))
        assert all(well in lab.linked(("Image", image), "Well") for well, image in pairs)
    else:
        assert set(cells["Image"]) == set(range(101, 113))
    assert not cells.isna().any(axis=None)
    assert not cells.duplicated(["Image", "cell"]).any()


def test_sample_cells_are_the_same_for_a_seed():
    first, again, other = (demo.sample_cells(50, seed=seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_no_sample_cells_are_an_empty_frame_with_all_columns():
    assert demo.sample_cells(0).columns.equals(demo.sample_cells(5).columns)


def run_demo(*arguments: str) -> subprocess.Popen[str]:
    root = str(Path(demo.__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-m", "omero_tables_jupyter.demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for another process")
def test_from_a_terminal_it_serves_until_interrupted():
    with run_demo() as process:
        lines = [process.stdout.readline() for _ in range(5)]
        url = lines[0].split()[-1]
        share = Path(lines[1].split()[-1])
        assert requests.get(url, timeout=TIMEOUT).status_code == 200
        assert share.is_dir()
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0
    assert complaints == ""
    assert not share.exists()
    assert DEMO_PASSWORD not in "".join(lines) + rest


def test_help_says_who_can_log_in():
    with run_demo("--help") as process:
        words, _ = process.communicate(timeout=TIMEOUT)
    assert "'ana'" in words
    assert "password" in words
