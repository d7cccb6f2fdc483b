"""Every way in which a server can fail a client, from a server that is told what to answer."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import logging
import socket
import ssl
import struct
import threading
import traceback
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

from omero_tables_jupyter.errors import (
    LoginError,
    OmeroTablesError,
    OptionError,
    ProtocolError,
    RejectedError,
    ServerError,
    SessionExpiredError,
    UnreachableError,
)
from omero_tables_jupyter.model import Secret, Target
from omero_tables_jupyter.omero import browse, tables
from omero_tables_jupyter.omero.actions import delete_annotation
from omero_tables_jupyter.omero.address import ServerAddress
from omero_tables_jupyter.omero.channel import Call, Channel
from omero_tables_jupyter.omero.session import Session, connect
from omero_tables_jupyter.omero.transport import Requests

KEY = "0b30ee4a-CANARYKEY-4b0f-9c61-f48b31bcad8c"
PASSWORD = "pass CANARYWORD&1"
TOKEN = "CANARYTOKEN-3141592653"
SECRETS = (KEY, PASSWORD, TOKEN, "CANARYKEY", "CANARYWORD", "CANARYTOKEN", "CANARYCOOKIE")
JSON = "application/json"
HTML = "text/html; charset=utf-8"
XML_PROLOG = '<?xml version="1.0" encoding="iso-8859-1"?>\n'
WRONG = "Connection not available, please check your user name and password."
OLD_CSRF = "CSRF Error. You need to include valid CSRF tokens for any POST, PUT, PATCH or DELETE"
TOKEN_PATH = "/api/v0/token/"
LOGIN = "/api/v0/login/"
SERVERS = "/api/v0/servers/"
REGISTER = "/omero_plus/api/v0/table"
DATASET = "/api/v0/m/datasets/51/"


@dataclass
class Reply:
    status: int = 200
    body: object = b""
    kind: str = JSON
    headers: dict = field(default_factory=dict)
    how: str = "answer"


def page(status: int, title: str) -> Reply:
    return Reply(status, f"<!doctype html><html><title>{title}</title></html>", HTML)


def says(status: int, message: str) -> Reply:
    return Reply(status, {"message": message})


def context(key: str = KEY) -> dict:
    return {
        "success": True,
        "eventContext": {
            "sessionUuid": key,
            "userId": 2,
            "userName": "ana",
            "groupId": 3,
            "groupName": "Lab A",
            "memberOfGroups": [3, 1],
        },
    }


@dataclass
class Asked:
    method: str
    path: str
    query: dict
    headers: dict
    body: bytes


class Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Broken connections are what these tests are about."""


class Scripted:
    """A server that gives, for each path, the replies that it was told, the last one for ever."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.replies: dict[tuple[str, str], list[Reply]] = {}
        self.tell(
            "GET", TOKEN_PATH, Reply(200, {"data": "t" * 64}, headers=cookie("csrftoken", "c" * 32))
        )
        self.tell("GET", SERVERS, Reply(200, {"data": [{"id": 1, "host": "h", "server": "omero"}]}))
        self.tell("POST", LOGIN, Reply(200, context(), headers=cookie("sessionid", "CANARYCOOKIE")))
        self.tell(
            "POST", "/webclient/logout/", Reply(302, headers={"Location": "/webclient/login/"})
        )
        self._server = Quiet(("127.0.0.1", 0), self._handler())
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def tell(self, method: str, path: str, *replies: Reply) -> None:
        self.replies[method, path] = list(replies)

    def count(self, method: str, path: str) -> int:
        return sum((one.method, one.path) == (method, path) for one in self.asked)

    def last(self, method: str, path: str) -> Asked:
        return next(one for one in reversed(self.asked) if (one.method, one.path) == (method, path))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(outer):  # noqa: N805 - a closure over the server
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5

            def log_message(self, *args):
                """Nothing: pytest shows what matters."""

            def do_GET(self):
                url = urlsplit(self.path)
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length)
                outer.asked.append(
                    Asked(self.command, url.path, parse_qs(url.query), dict(self.headers), body)
                )
                known = outer.replies.get((self.command, url.path), [page(404, "Not found")])
                self.give(known.pop(0) if len(known) > 1 else known[0])

            do_POST = do_GET  # noqa: N815 - the name that http.server looks for

            def give(self, reply):
                self.close_connection = reply.how != "answer"
                if reply.how == "drop":
                    linger = struct.pack("ii", 1, 0)
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    self.connection.close()
                    return
                if reply.how == "hang up":
                    return
                if reply.how == "garbage":
                    self.wfile.write(b"\x00\x01 this is no HTTP\r\n\r\n")
                    return
                body = reply.body
                if isinstance(body, (dict, list)):
                    body = json.dumps(body)
                body = body.encode() if isinstance(body, str) else body
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.kind:
                    self.send_header("Content-Type", reply.kind)
                missing = 100 if reply.how == "truncate" else 0
                self.send_header("Content-Length", str(len(body) + missing))
                self.end_headers()
                self.wfile.write(body)

        return Handler


def cookie(name: str, value: str) -> dict:
    return {"Set-Cookie": f"{name}={value}; Path=/"}


@pytest.fixture
def server():
    one = Scripted()
    yield one
    one.close()


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def ask(server, pauses):
    """Log in to the scripted server."""
    opened: list[Session] = []

    def login(**changes) -> Session:
        options = {"username": "ana", "password": PASSWORD, "sleep": pauses.append}
        opened.append(connect(server.url, **(options | changes)))
        return opened[-1]

    yield login
    for one in opened:
        one.channel.close()


@pytest.fixture
def session(ask):
    return ask()


def everything(error: BaseException) -> str:
    """Whatever a person or a log could get to see of an error."""
    seen, texts, todo = set(), [], [error]
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        texts += [str(one), repr(one), repr(one.args), repr(vars(one))]
        texts += traceback.format_exception(one)
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if "omero_tables_jupyter" in frame.f_code.co_filename:
                texts.append(repr(frame.f_locals))
        todo += [
            it
            for it in (one.__cause__, one.__context__, *one.args)
            if isinstance(it, BaseException)
        ]
    return "\n".join(texts)


def has_no_secret(text: str) -> bool:
    return not [one for one in SECRETS if one in text]


# --- logging in ---------------------------------------------------------------------------------


def test_a_login_sends_the_form_with_token_cookie_and_referer(server, session):
    asked = server.last("POST", LOGIN)
    assert parse_qs(asked.body.decode()) == {
        "username": ["ana"],
        "password": [PASSWORD],
        "server": ["1"],
    }
    assert asked.headers["X-CSRFToken"] == "t" * 64
    assert asked.headers["Referer"] == f"{server.url}/"
    assert "csrftoken=" in asked.headers["Cookie"]
    assert (session.user, session.user_id, session.group, session.group_id) == (
        "ana",
        2,
        "Lab A",
        3,
    )
    assert session.ours
    assert session.how == "password"


def test_the_repr_names_user_server_and_group_and_nothing_else(server, session):
    assert repr(session) == f"<Session ana@{server.url} · Lab A>"


@pytest.mark.parametrize(
    ("message", "kind", "cure"),
    [
        (WRONG, LoginError, "check user name and password"),
        ("Username: Guest account is not supported.", LoginError, "account of your own"),
        ("Password: This field is required.", LoginError, "type a password"),
        ("Username: This field is required. Server: This field is required.", LoginError, "--user"),
        ("Server: Select a valid choice. That choice is not one", LoginError, "--server-id"),
        ("Client version does not match server, please contact", LoginError, "administrator"),
        ("Username: Ensure this value has at most 255 characters", LoginError, "too long"),
        ("Username: Ensure this value has at most 50 characters", LoginError, "too long"),
        (
            "Connection not available, please check your credentials and version compatibility.",
            LoginError,
            "check user name and password",
        ),
        ("Server is not responding, please contact administrator.", UnreachableError, "wait"),
        ("Nur mit Chipkarte.", LoginError, "check user name"),
        ("", LoginError, "check user name"),
    ],
)
def test_each_refusal_of_a_login_is_one_error_with_its_cure(server, ask, message, kind, cure):
    server.tell("POST", LOGIN, says(403, message))
    with pytest.raises(kind) as caught:
        ask()
    assert (message or "no reason") in caught.value.message
    assert cure in caught.value.hint
    assert type(caught.value) is kind
    assert has_no_secret(everything(caught.value))


def test_a_login_that_breaks_the_server_is_told_from_a_wrong_password(server, ask):
    server.tell("POST", LOGIN, page(500, "Server error"))
    with pytest.raises(ProtocolError, match="broke down over the login") as caught:
        ask()
    assert caught.value.status == 500


def test_an_answer_to_a_login_without_a_session_is_refused(server, ask):
    server.tell("POST", LOGIN, Reply(200, {"success": True}))
    with pytest.raises(ProtocolError, match="eventContext"):
        ask()


@pytest.mark.parametrize(
    ("options", "kind", "word"),
    [
        ({"username": None}, LoginError, "no user name"),
        ({"username": ""}, LoginError, "no user name"),
        ({"username": "a\nb"}, LoginError, "not printable"),
        ({"password": None}, LoginError, "no password"),
        ({"password": ""}, LoginError, "no password"),
        ({"password": "CANARYWORD\ud800"}, LoginError, "cannot be sent"),
        ({"password": 12}, LoginError, "not int"),
        ({"session_key": "k"}, OptionError, "both a password and a session key"),
        ({"password": None, "session_key": ""}, LoginError, "not a session key"),
        ({"password": None, "session_key": "CANARY KEY"}, LoginError, "not a session key"),
        ({"password": None, "session_key": "CANARYKEY\r\nX: y"}, LoginError, "not a session key"),
        ({"ca": "/no/such/file.pem"}, OptionError, "no file of certificates"),
    ],
)
def test_what_cannot_be_a_login_is_refused_before_anything_is_sent(
    server, ask, options, kind, word
):
    with pytest.raises(kind, match=word) as caught:
        ask(**options)
    assert caught.value.hint
    assert server.asked == []
    assert "CANARY" not in everything(caught.value)


def test_a_file_that_holds_no_certificates_is_named(ask, tmp_path):
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    with pytest.raises(OptionError, match=r"ca\.pem holds no certificates"):
        ask(ca=str(path))


def test_several_servers_must_be_chosen_from(server, ask):
    servers = [{"id": 1, "host": "a", "server": "main"}, {"id": 2, "host": "b"}]
    server.tell("GET", SERVERS, Reply(200, {"data": servers}))
    with pytest.raises(LoginError, match=r"1 \(main\), 2 \(b\)") as caught:
        ask()
    assert f"%omero_login {server.url} --server-id 1" in caught.value.hint
    with pytest.raises(LoginError, match="no OMERO server '7'"):
        ask(server_id=7)
    assert server.count("POST", LOGIN) == 0
    assert ask(server_id="main").server_id == 1
    assert ask(server_id=2).server_id == 2
    assert parse_qs(server.last("POST", LOGIN).body.decode())["server"] == ["2"]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (page(404, "Not found"), ProtocolError),
        (page(200, "Welcome to another site"), ProtocolError),
        (Reply(200, b"", ""), ProtocolError),
        (Reply(200, b"{", JSON), ProtocolError),
        (Reply(200, b"[" * 200_000, JSON), ProtocolError),
        (Reply(200, {"data": 5}), ProtocolError),
        (Reply(200, ["data"]), ProtocolError),
        (Reply(200, {"data": "<script>"}), ProtocolError),
        (
            Reply(301, headers={"Location": "https://elsewhere.example/api/v0/token/"}),
            ProtocolError,
        ),
        (Reply(302, headers={"Location": ""}), ProtocolError),
        (Reply(302, headers={"Location": TOKEN_PATH}), ProtocolError),
        (Reply(400, "The plain HTTP request was sent to HTTPS port", "text/html"), ProtocolError),
        (page(401, "Institute login"), ProtocolError),
        (page(403, "Blocked"), ProtocolError),
        (Reply(407, b"", ""), RejectedError),
        (Reply(413, b"", ""), RejectedError),
        (Reply(429, {"message": "slow"}), RejectedError),
        (Reply(500, {"message": "boom", "stacktrace": "..."}), RejectedError),
        (page(502, "Bad Gateway"), UnreachableError),
        (page(503, "Unavailable"), UnreachableError),
        (page(504, "Gateway Time-out"), UnreachableError),
        (Reply(how="drop"), UnreachableError),
        (Reply(how="hang up"), UnreachableError),
        (Reply(how="garbage"), UnreachableError),
        (Reply(200, {"data": "t"}, how="truncate"), UnreachableError),
    ],
)
def test_whatever_answers_instead_of_omero_web_is_one_error_with_a_cure(server, ask, reply, kind):
    server.tell("GET", TOKEN_PATH, reply)
    with pytest.raises(ServerError) as caught:
        ask()
    assert type(caught.value) is kind
    assert caught.value.hint
    assert server.count("POST", LOGIN) == 0


def test_a_missing_page_makes_the_prefix_the_first_suspect(server, ask):
    server.tell("GET", TOKEN_PATH, page(404, "Not found"))
    with pytest.raises(ProtocolError, match=r"no OMERO\.web page") as caught:
        ask()
    assert "--prefix" in caught.value.hint


@pytest.mark.parametrize(
    ("reply", "cure"),
    [
        (Reply(400, "<!doctype html><h1>Bad Request (400)</h1>", "text/html"), "allowed_hosts"),
        (Reply(500, "<html><h1>Bad Request</h1></html>", "text/html"), "--prefix"),
    ],
)
def test_a_name_or_a_path_that_the_gateway_does_not_serve_is_suspected(server, ask, reply, cure):
    server.tell("GET", TOKEN_PATH, reply)
    with pytest.raises(ProtocolError, match="Bad Request") as caught:
        ask()
    assert cure in caught.value.hint


def test_a_page_in_the_old_dialect_is_told_as_a_web_page(server, ask):
    body = f"{XML_PROLOG}<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0 Strict//EN'><html></html>"
    server.tell("GET", TOKEN_PATH, Reply(200, body, "text/plain"))
    with pytest.raises(ProtocolError, match="is a web page, not JSON"):
        ask()


def test_another_server_is_never_followed_to(server, ask):
    other = Scripted()
    try:
        server.tell("GET", TOKEN_PATH, Reply(302, headers={"Location": other.url + TOKEN_PATH}))
        with pytest.raises(ProtocolError, match="not followed"):
            ask()
        assert other.asked == []
    finally:
        other.close()


def test_a_redirect_to_the_encrypted_address_names_it(server, ask):
    target = f"https://127.0.0.1:{server.port}{TOKEN_PATH}"
    server.tell("GET", TOKEN_PATH, Reply(301, headers={"Location": target}))
    with pytest.raises(ProtocolError) as caught:
        ask()
    assert f"https://127.0.0.1:{server.port}" in caught.value.hint


def test_a_redirect_within_the_server_is_followed(server, ask):
    good = server.replies["GET", TOKEN_PATH][0]
    server.tell("GET", TOKEN_PATH, Reply(301, headers={"Location": "/new/token/"}))
    server.tell("GET", "/new/token/", good)
    assert ask().user == "ana"


def test_json_is_read_whatever_its_charset_says(server, ask):
    server.replies["GET", SERVERS][0].kind = "application/json; charset=UTF-8"
    server.replies["GET", TOKEN_PATH][0].kind = "text/plain"
    assert ask().user == "ana"


# --- CSRF ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["CSRF Failed: CSRF token missing.", OLD_CSRF])
def test_a_refused_token_is_fetched_anew_once(server, ask, words):
    good = server.replies["POST", LOGIN][0]
    server.tell("POST", LOGIN, says(403, words), good)
    assert ask().user == "ana"
    assert server.count("GET", TOKEN_PATH) == 2


@pytest.mark.parametrize(
    ("reason", "cure"),
    [
        ("CSRF cookie not set.", "https://"),
        ("CSRF token from the 'X-Csrftoken' HTTP header incorrect.", "log in again"),
        ("Referer checking failed - no Referer.", "port included"),
        (
            "Referer checking failed - https://x/ does not match any trusted origins.",
            "CSRF_TRUSTED",
        ),
        ("Origin checking failed - https://x does not match any trusted origins.", "CSRF_TRUSTED"),
    ],
)
def test_a_token_refused_twice_is_an_error_with_the_cure_of_its_reason(server, ask, reason, cure):
    server.tell("POST", LOGIN, says(403, f"CSRF Failed: {reason}"))
    with pytest.raises(RejectedError, match="CSRF Failed") as caught:
        ask()
    assert cure in caught.value.hint
    assert server.count("POST", LOGIN) == 2


# --- patience -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble", [page(502, "x"), page(503, "x"), page(504, "x"), Reply(how="drop")]
)
def test_reading_is_tried_again_after_a_pause(server, session, pauses, trouble):
    server.tell("GET", DATASET, trouble, trouble, Reply(404, {"message": "Dataset 51 not found"}))
    assert browse.find(session, Target("Dataset", 51)) is None
    assert server.count("GET", DATASET) == 3
    assert pauses == sorted(pauses)
    assert len(pauses) == 2


def test_patience_ends(server, session):
    server.tell("GET", DATASET, page(503, "x"))
    with pytest.raises(UnreachableError) as caught:
        browse.find(session, Target("Dataset", 51))
    assert caught.value.status == 503
    assert server.count("GET", DATASET) == 3


def test_a_login_is_never_sent_twice(server, ask):
    server.tell("POST", LOGIN, Reply(how="drop"))
    with pytest.raises(UnreachableError, match="broke the connection"):
        ask()
    assert server.count("POST", LOGIN) == 1


# --- sessions -----------------------------------------------------------------------------------

NOT_LOGGED_IN = [
    says(403, "Not logged in"),
    Reply(403, b"", "text/html"),
    Reply(302, headers={"Location": "/webclient/login/?url=%2F"}),
]


@pytest.mark.parametrize("reply", NOT_LOGGED_IN)
def test_each_way_to_say_not_logged_in_is_an_expired_session(server, session, reply):
    server.tell("GET", DATASET, reply)
    with pytest.raises(SessionExpiredError) as caught:
        browse.find(session, Target("Dataset", 51))
    assert f"log in again: %omero_login {server.url} (" in caught.value.hint
    assert server.url in caught.value.message


def test_a_ping_that_is_not_ok_is_an_expired_session(server, session):
    ping = "/webclient/keepalive_ping/"
    server.tell(
        "GET", ping, Reply(200, b"OK", "text/plain"), Reply(200, b"Connection Failed", HTML)
    )
    session.keep_alive()
    with pytest.raises(SessionExpiredError):
        session.keep_alive()
    assert server.count("POST", LOGIN) == 2  # the login, and who is logged in after the first ping
    assert server.last("GET", ping).headers["X-Requested-With"] == "XMLHttpRequest"


def test_a_ping_that_the_server_breaks_down_over_is_no_expired_session(server, session):
    server.tell("GET", "/webclient/keepalive_ping/", page(500, "x"))
    with pytest.raises(ProtocolError):
        session.keep_alive()


def test_alive_asks_who_is_logged_in_and_a_public_user_is_not_us(server, session):
    server.tell(
        "POST",
        LOGIN,
        Reply(200, context()),
        says(403, "Username: This field is required."),
        Reply(200, context("another-key")),
    )
    assert [session.alive(), session.alive(), session.alive()] == [True, False, False]
    assert server.last("POST", LOGIN).body == b""


def test_alive_does_not_guess_when_the_server_is_gone(server, session):
    server.tell("POST", LOGIN, Reply(how="drop"))
    with pytest.raises(UnreachableError):
        session.alive()


def test_renewing_logs_the_same_user_in_on_the_same_server(server, session):
    server.tell("POST", LOGIN, says(403, WRONG), Reply(200, context("new-key-1")))
    with pytest.raises(LoginError, match="did not let"):
        session.renew("wrong")
    session.renew(PASSWORD)
    assert session.join_params == (("bsession", Secret("new-key-1")),)
    assert parse_qs(server.last("POST", LOGIN).body.decode())["username"] == ["ana"]


def test_renewing_as_somebody_else_is_refused(server, session):
    other = context("new-key-2")
    other["eventContext"]["userId"] = 9
    server.tell("POST", LOGIN, Reply(200, other))
    with pytest.raises(LoginError, match="not ana"):
        session.renew(PASSWORD)


def test_our_own_session_is_ended_once_and_asks_nothing_more(server, session):
    assert session.logout() is True
    assert session.logout() is False
    assert server.count("POST", "/webclient/logout/") == 1
    assert repr(session).endswith("closed>")
    assert session.alive() is False
    with pytest.raises(LoginError, match="closed"):
        browse.find(session, Target("Dataset", 51))


@pytest.mark.parametrize("reply", [Reply(how="drop"), page(500, "x"), says(403, "CSRF Failed: x")])
def test_a_logout_that_fails_makes_no_noise(server, session, reply):
    server.tell("POST", "/webclient/logout/", reply)
    assert session.logout() is False
    assert not session.is_open


def test_a_logout_that_gets_no_token_makes_no_noise(server, session):
    server.tell("POST", "/webclient/logout/", says(403, "CSRF Failed: CSRF token missing."))
    server.tell("GET", TOKEN_PATH, page(500, "x"))
    assert session.logout() is False


def test_leaving_the_block_logs_out_and_lets_the_error_through(server, ask):
    with pytest.raises(KeyError), ask() as session:
        raise KeyError
    assert server.count("POST", "/webclient/logout/") == 1
    assert not session.is_open


def test_a_session_is_not_pickled(session):
    import pickle

    with pytest.raises(TypeError, match="log in again"):
        pickle.dumps(session)


# --- joining by key -----------------------------------------------------------------------------

PROJECTS = "/api/v0/m/projects/"


def test_a_key_joins_a_session_that_is_never_logged_out(server, ask):
    server.tell("GET", PROJECTS, Reply(200, {"data": [], "meta": {"totalCount": 0}}))
    session = ask(username=None, password=None, session_key=f" {KEY}\n")
    assert server.last("GET", PROJECTS).query["bsession"] == [KEY]
    assert "server" not in server.last("GET", PROJECTS).query
    assert server.last("POST", LOGIN).body == b""
    assert (session.ours, session.how) == (False, "session key")
    assert session.logout() is False
    assert server.count("POST", "/webclient/logout/") == 0


def test_a_key_is_joined_with_the_server_where_there_are_several(server, ask):
    servers = [{"id": 1, "host": "a"}, {"id": 2, "host": "b"}]
    server.tell("GET", SERVERS, Reply(200, {"data": servers}))
    server.tell("GET", PROJECTS, Reply(200, {"data": []}))
    session = ask(username=None, password=None, session_key=KEY, server_id=2)
    assert server.last("GET", PROJECTS).query["server"] == ["2"]
    assert session.join_params == (("bsession", Secret(KEY)), ("server", 2))


def test_a_page_that_can_be_read_is_no_proof_of_a_good_key(server, ask):
    server.tell("GET", PROJECTS, Reply(200, {"data": []}))
    refused = says(403, "Username: This field is required. Password: This field is required.")
    for reply in (refused, Reply(200, context("the-public-user's-key"))):
        server.tell("POST", LOGIN, reply)
        with pytest.raises(LoginError, match="does not know this session key") as caught:
            ask(username=None, password=None, session_key=KEY)
        assert has_no_secret(everything(caught.value))


@pytest.mark.parametrize("reply", NOT_LOGGED_IN)
def test_a_key_that_the_server_does_not_know_is_a_login_error(server, ask, reply):
    server.tell("GET", PROJECTS, reply)
    with pytest.raises(LoginError, match="does not know this session key") as caught:
        ask(username=None, password=None, session_key=KEY)
    assert type(caught.value) is LoginError
    assert has_no_secret(everything(caught.value))


# --- no answer at all ---------------------------------------------------------------------------


def test_a_port_where_nobody_listens_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnreachableError, match=f"127.0.0.1:{port} refuses") as caught:
        connect(f"http://127.0.0.1:{port}", username="ana", password=PASSWORD)
    assert "port" in caught.value.hint
    assert isinstance(caught.value.__cause__, ConnectionRefusedError)


def test_a_name_that_does_not_exist_is_named():
    with pytest.raises(UnreachableError, match=r"no server of the name 'omero\.invalid'") as caught:
        connect("https://omero.invalid", username="ana", password=PASSWORD)
    assert "spelling" in caught.value.hint


@pytest.mark.parametrize("host", ["a" * 70 + ".example", "xn--" + "a" * 70])
def test_a_name_that_no_server_can_have_is_named(host):
    with pytest.raises(UnreachableError, match="no server of the name"):
        connect(f"https://{host}", username="ana", password=PASSWORD)


def test_a_server_that_does_not_answer_in_time_may_have_taken_the_request():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = ServerAddress.parse(f"http://127.0.0.1:{silent.getsockname()[1]}")
        sender = Requests(address, None)
        lost = sender.send(Call("POST", address.url, "x", body={}, timeout_s=0.1))
        sender.close()
    assert lost.sent
    assert not lost.dropped
    assert "did not answer within" in lost.error.message


def test_an_answer_that_never_ends_is_cut_off(server, session):
    server.tell("GET", DATASET, Reply(200, b" " * 500_000))
    with pytest.raises(UnreachableError, match="larger than"):
        session.channel.get(DATASET, asked="x", largest=100_000)


def serve_tls(authority, *names, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return Scripted(context)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def test_over_tls_the_authority_is_given_with_ca(authority, ca_file):
    server = serve_tls(authority, "127.0.0.1")
    try:
        with connect(server.url, username="ana", password=PASSWORD, ca=ca_file) as session:
            assert session.url == server.url
            assert server.last("POST", LOGIN).headers["Referer"] == f"{server.url}/"
    finally:
        server.close()


def test_an_unknown_authority_is_cured_with_ca(authority):
    server = serve_tls(authority, "127.0.0.1")
    try:
        with pytest.raises(UnreachableError, match="not signed by an authority") as caught:
            connect(server.url, username="ana", password=PASSWORD)
        assert "--ca FILE" in caught.value.hint
        assert server.asked == []
    finally:
        server.close()


def test_the_bundle_of_the_environment_is_honoured_and_ca_stands_above_it(
    authority, ca_file, tmp_path, monkeypatch
):
    server = serve_tls(authority, "127.0.0.1")
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    try:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
        connect(server.url, username="ana", password=PASSWORD).logout()
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other))
        connect(server.url, username="ana", password=PASSWORD, ca=ca_file).logout()
        with pytest.raises(UnreachableError, match="not signed"):
            connect(server.url, username="ana", password=PASSWORD)
    finally:
        server.close()


@pytest.mark.parametrize("content", [None, "nothing"])
def test_a_bundle_of_the_environment_that_cannot_be_read_is_named(
    authority, tmp_path, monkeypatch, content
):
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    server = serve_tls(authority, "127.0.0.1")
    try:
        with pytest.raises(UnreachableError, match="certificates") as caught:
            connect(server.url, username="ana", password=PASSWORD)
        assert "REQUESTS_CA_BUNDLE" in caught.value.hint
    finally:
        server.close()


def test_an_expired_certificate_is_the_administrators_to_renew(authority, ca_file):
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    server = serve_tls(authority, "127.0.0.1", not_after=past)
    try:
        with pytest.raises(UnreachableError, match="has expired") as caught:
            connect(server.url, username="ana", password=PASSWORD, ca=ca_file)
        assert "administrator" in caught.value.hint
    finally:
        server.close()


def test_a_certificate_for_another_name_is_told_from_a_bad_one(authority, ca_file):
    server = serve_tls(authority, "omero.site")
    try:
        with pytest.raises(UnreachableError, match=r"for another name than '127\.0\.0\.1'"):
            connect(server.url, username="ana", password=PASSWORD, ca=ca_file)
    finally:
        server.close()


def test_https_to_a_plain_port_says_so(server):
    with pytest.raises(UnreachableError, match="does not speak TLS") as caught:
        connect(f"https://127.0.0.1:{server.port}", username="ana", password=PASSWORD)
    assert f"http://127.0.0.1:{server.port}" in caught.value.hint


def test_http_to_an_encrypted_port_names_the_encrypted_address(authority):
    server = serve_tls(authority, "127.0.0.1")
    try:
        with pytest.raises(UnreachableError) as caught:
            connect(
                f"http://127.0.0.1:{server.port}",
                username="ana",
                password=PASSWORD,
                sleep=_no_pause,
            )
        assert f"https://127.0.0.1:{server.port}" in caught.value.hint
    finally:
        server.close()


def _no_pause(seconds: float) -> None:
    """Do not wait."""


# --- proxies ------------------------------------------------------------------------------------


def test_this_machine_is_never_asked_through_a_proxy(server, ask, monkeypatch):
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "all_proxy",
    ):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert ask().user == "ana"


@pytest.mark.parametrize(
    "proxy",
    [
        "http://u:CANARYWORD@127.0.0.1:1",
        "socks9://u:CANARYWORD@127.0.0.1:1",
        "http://u:CANARYWORD@:1",
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_without_its_password(monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(UnreachableError, match="proxy") as caught:
        connect("https://omero.invalid", username="ana", password=PASSWORD)
    assert "NO_PROXY" in caught.value.hint
    assert has_no_secret(everything(caught.value))


# --- registration -------------------------------------------------------------------------------

ATTACHED = "/webclient/api/annotations/"


def attached(*found: tuple[int, str, int]) -> Reply:
    entries = [
        {
            "id": number,
            "name": None,
            "owner": {"id": owner},
            "file": {"id": number + 100, "name": name},
        }
        for number, name, owner in found
    ]
    return Reply(200, {"annotations": entries, "experimenters": []})


def register(session):
    return tables.register(
        session,
        uri="/srv/t.tiledb",
        name="Cells",
        targets=[Target("Dataset", 51), Target("Image", 101)],
        token=Secret(TOKEN),
    )


def test_a_registration_is_exactly_what_the_reference_sends(server, session):
    server.tell("GET", ATTACHED, attached())
    server.tell("POST", REGISTER, Reply(201, {"data": {"file_annotation": 7, "more": 1}}))
    assert register(session) == tables.Registration(7, recovered=False)
    asked = server.last("POST", REGISTER)
    assert asked.query == {"bsession": [KEY]}
    assert json.loads(asked.body) == {
        "uri": "/srv/t.tiledb",
        "name": "Cells",
        "targets": ["Dataset:51", "Image:101"],
    }
    assert asked.headers["Content-Type"] == JSON
    assert asked.headers["X-SecretToken"] == TOKEN
    assert asked.headers["X-CSRFToken"] == "t" * 64
    assert asked.headers["Referer"].startswith(server.url)
    assert "sessionid=CANARYCOOKIE" in asked.headers["Cookie"]


UNANSWERED = [
    Reply(how="drop"),
    Reply(how="hang up"),
    Reply(how="garbage"),
    page(502, "Bad Gateway"),
    page(504, "Gateway Time-out"),
    page(200, "Login"),
    Reply(200, b"", ""),
    Reply(200, {"data": {"file_annotation": "?"}}),
    Reply(200, {"data": {"file_annotation": 7}}, how="truncate"),
]


@pytest.mark.parametrize("reply", UNANSWERED)
def test_an_unanswered_registration_is_looked_for_and_not_sent_again(
    server, session, pauses, reply
):
    old = (4, "Cells", 2)
    server.tell("GET", ATTACHED, attached(old), attached(old), attached(old, (9, "Cells", 2)))
    server.tell("POST", REGISTER, reply)
    assert register(session) == tables.Registration(9, recovered=True)
    assert server.count("POST", REGISTER) == 1
    assert len(pauses) == 2


@pytest.mark.parametrize(
    "after",
    [
        attached((4, "Cells", 2)),
        attached((4, "Cells", 2), (9, "Others", 2)),
        attached((4, "Cells", 2), (9, "Cells", 3)),
        attached((4, "Cells", 2), (9, "Cells", 2), (10, "Cells", 2)),
        page(500, "x"),
        says(403, "Not logged in"),
    ],
)
def test_what_cannot_be_found_is_told_as_unknown_with_the_way_on(server, session, after):
    server.tell("GET", ATTACHED, attached((4, "Cells", 2)), after)
    server.tell("POST", REGISTER, Reply(how="drop"))
    with pytest.raises(UnreachableError, match="not known") as caught:
        register(session)
    assert "?show=dataset-51" in caught.value.hint
    assert "resume" in caught.value.hint
    assert server.count("POST", REGISTER) == 1
    assert has_no_secret(everything(caught.value))


def test_without_a_look_before_nothing_is_taken_for_new(server, session):
    server.tell("GET", ATTACHED, page(500, "x"), attached((9, "Cells", 2)))
    server.tell("POST", REGISTER, Reply(how="drop"))
    with pytest.raises(UnreachableError, match="not known"):
        register(session)


def test_a_registration_that_was_never_sent_is_not_looked_for(server, session, monkeypatch):
    server.tell("GET", ATTACHED, attached())
    from omero_tables_jupyter.omero.faults import Lost

    gone = Lost(UnreachableError("gone", hint="wait"), sent=False)
    post = session.channel.post
    monkeypatch.setattr(
        session.channel, "post", lambda path, **k: gone if path == REGISTER else post(path, **k)
    )
    with pytest.raises(UnreachableError, match="gone"):
        register(session)
    assert server.count("GET", ATTACHED) == 1


def test_who_is_not_logged_in_any_more_registers_nothing_in_another_name(server, session):
    server.tell("GET", ATTACHED, attached())
    server.tell("POST", LOGIN, Reply(200, context("the-public-user's-key")))
    with pytest.raises(SessionExpiredError):
        register(session)
    assert server.count("POST", REGISTER) == 0


def test_who_is_not_logged_in_any_more_deletes_nothing_in_another_name(server, session):
    server.tell("POST", LOGIN, Reply(200, context("the-public-user's-key")))
    with pytest.raises(SessionExpiredError):
        delete_annotation(session, 9)
    assert not any("/action/" in one.path for one in server.asked)


REFUSALS = [
    (says(400, f"bad path, token {TOKEN}, key {KEY}"), RejectedError, "--remote-path"),
    (says(403, "SecretToken does not match"), RejectedError, "may annotate"),
    (says(500, "boom"), RejectedError, "administrator"),
    (says(403, ""), RejectedError, "may annotate"),
    (page(404, "Not found"), ProtocolError, "--prefix"),
    (Reply(404, {"message": "no"}), RejectedError, "--remote-path"),
    (page(413, "Too Large"), ProtocolError, "client_max_body_size"),
    (page(500, f"Error {TOKEN}"), ProtocolError, "administrator"),
    (page(503, "Unavailable"), UnreachableError, "wait"),
    (
        Reply(307, headers={"Location": f"https://x.example/?bsession={KEY}"}),
        ProtocolError,
        "address",
    ),
    (Reply(301, headers={"Location": f"{REGISTER}/?bsession={KEY}"}), ProtocolError, "address"),
    (says(403, "CSRF Failed: CSRF cookie not set."), RejectedError, "https://"),
]


@pytest.mark.parametrize(("reply", "kind", "cure"), REFUSALS)
def test_each_refusal_of_a_registration_is_one_error_with_its_cure(
    server, session, reply, kind, cure
):
    server.tell("GET", ATTACHED, attached())
    server.tell("POST", REGISTER, reply)
    with pytest.raises(OmeroTablesError) as caught:
        register(session)
    assert type(caught.value) is kind
    assert cure in caught.value.hint
    assert has_no_secret(everything(caught.value))
    assert server.count("POST", REGISTER) == (2 if "CSRF" in str(reply.body) else 1)


def test_a_registration_that_finds_no_page_names_omero_plus_as_the_probe_does(server, session):
    server.tell("GET", ATTACHED, attached())
    server.tell("POST", REGISTER, page(404, "OMERO.web - support"))
    with pytest.raises(ProtocolError, match="there is no OMERO Plus at") as caught:
        register(session)
    assert caught.value.hint.startswith("check the prefix first")
    assert "--no-probe" not in caught.value.hint


@pytest.mark.parametrize("reply", NOT_LOGGED_IN)
def test_an_expired_session_is_told_from_a_refusal(server, session, reply):
    server.tell("GET", ATTACHED, attached())
    server.tell("POST", REGISTER, reply)
    server.tell("POST", LOGIN, says(403, "Username: This field is required."))
    with pytest.raises(SessionExpiredError, match=f"^{server.url} no longer knows"):
        register(session)
    server.tell("POST", LOGIN, Reply(200, context()))
    with pytest.raises(RejectedError, match="though the session of ana is alive"):
        register(session)


@pytest.mark.parametrize("token", ["", "CANARY TOKEN", "CANARYTOKEN\r\nX: y", "CANARYTÖKEN"])
def test_a_token_that_no_header_can_hold_is_refused_unseen(server, session, token):
    with pytest.raises(OmeroTablesError, match="SecretToken") as caught:
        tables.register(
            session, uri="/x", name="n", targets=[Target("Image", 1)], token=Secret(token)
        )
    assert "CANARY" not in everything(caught.value)
    assert server.count("POST", REGISTER) == 0


def test_a_registration_without_name_or_target_is_not_sent(server, session):
    with pytest.raises(OmeroTablesError, match="attached to nothing"):
        tables.register(session, uri="/x", name="n", targets=[], token=None)
    with pytest.raises(OmeroTablesError, match="no name"):
        tables.register(session, uri="/x", name=" ", targets=[Target("Image", 1)], token=None)
    assert server.count("POST", REGISTER) == 0


# --- is OMERO Plus there? -----------------------------------------------------------------------


def test_the_probe_takes_a_missing_page_as_no_and_says_how_to_go_on(server, session):
    with pytest.raises(ProtocolError, match="no OMERO Plus") as caught:
        tables.probe(session)
    assert caught.value.hint.startswith("check the prefix first")
    assert "--no-probe" in caught.value.hint
    asked = server.last("GET", REGISTER)
    assert asked.query == {}
    assert "X-Requested-With" not in asked.headers


@pytest.mark.parametrize(
    "reply",
    [
        says(404, "no"),
        Reply(405, b"", ""),
        says(403, "Not logged in"),
        Reply(302, headers={"Location": "/webclient/login/"}),
        page(200, "x"),
        page(500, "x"),
    ],
)
def test_every_other_answer_to_the_probe_is_perhaps(server, session, reply):
    server.tell("GET", REGISTER, reply)
    tables.probe(session)
    assert server.count("GET", REGISTER) == 1


# --- nothing secret anywhere --------------------------------------------------------------------


def test_no_log_record_of_anybody_holds_a_secret(server, ask, caplog):
    server.tell("GET", PROJECTS, Reply(302, headers={"Location": f"/p/?bsession={KEY}"}))
    server.tell("GET", "/p/", Reply(200, {"data": []}, headers={"Bad Header": "x"}, how="close"))
    server.tell("GET", ATTACHED, attached())
    server.tell("POST", REGISTER, Reply(200, {"data": {"file_annotation": 7}}))
    with caplog.at_level(logging.DEBUG):
        register(ask(username=None, password=None, session_key=KEY))
        register(ask())
        server.tell("POST", REGISTER, Reply(how="drop"))
        with pytest.raises(UnreachableError):
            register(ask())
    said = "\n".join(f"{one.getMessage()} {one.args} {one.exc_info}" for one in caplog.records)
    assert REGISTER in said
    assert "urllib3" in {one.name.partition(".")[0] for one in caplog.records}
    assert has_no_secret(said)


def test_the_http_library_still_logs_where_we_expect_it():
    """If it moved its loggers, the filter that hides session keys would miss them."""
    import urllib3.connection
    import urllib3.connectionpool
    import urllib3.util.retry

    from omero_tables_jupyter.omero.transport import _TALKATIVE

    modules = (urllib3.connection, urllib3.connectionpool, urllib3.util.retry)
    assert tuple(one.log.name for one in modules) == _TALKATIVE


def test_what_the_server_echoes_is_cleared_in_every_spelling(server, session):
    channel: Channel = session.channel
    with channel.hiding(Secret('a"b&c d')):
        text = channel.clear(
            f'{KEY} a"b&c d a%22b%26c%20d a%22b%26c+d a&quot;b&amp;c d CANARYCOOKIE'
        )
    assert text == "*** *** *** *** *** ***"
    assert has_no_secret(text)


def test_a_redirect_that_repeats_the_key_for_ever_does_not_show_it(server, ask):
    server.tell("GET", PROJECTS, Reply(302, headers={"Location": f"{PROJECTS}?bsession={KEY}"}))
    with pytest.raises(ProtocolError, match="in circles") as caught:
        ask(username=None, password=None, session_key=KEY)
    assert has_no_secret(everything(caught.value))


def test_nothing_shown_of_a_session_or_its_parts_holds_a_secret(session):
    shown = [
        repr(session),
        str(session),
        f"{session}",
        repr(session.join_params),
        repr(vars(session)),
    ]
    assert has_no_secret("".join(shown))


def test_two_threads_may_ask_at_once(server, session):
    server.tell("GET", DATASET, Reply(404, {"message": "no"}))
    found: list[object] = []

    def ask_often():
        for _ in range(10):
            found.append(browse.find(session, Target("Dataset", 51)))
            session.alive()

    threads = [threading.Thread(target=ask_often) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert found == [None] * 20
