"""The way to the server is broken."""

import contextlib
import datetime as dt
import socket
import ssl
import threading

import pytest
import trustme

import omero_tables_jupyter as otj
from omero_tables_jupyter.omero import transport as http

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def refused(told, fault, url, **given):
    """Log in, which must fail; nothing else can have happened then."""
    with pytest.raises(otj.UnreachableError) as caught:
        otj.login(url, username="ana", password="CANARY-of-the-way", **given)
    assert "CANARY" not in str(caught.value)
    told(fault, caught.value, disk="nothing", server="nothing", history="nothing")


@contextlib.contextmanager
def listening(answer):
    """Take connections and hand each to a function; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, contextlib.suppress(OSError):
                        answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def presenting(issuer, name, **given):
    """Make what speaks TLS with a certificate of `issuer` for `name`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue_cert(name, **given).configure_cert(context)

    def answer(connection):
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.recv(1)

    return answer


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def ca_file(authority, tmp_path):
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def test_a_certificate_that_nobody_vouches_for(told, authority):
    with listening(presenting(authority, "127.0.0.1")) as port:
        refused(
            told,
            "the server's certificate is self-signed, or signed by the institute",
            f"https://127.0.0.1:{port}",
        )


def test_a_certificate_that_has_expired(told, authority, ca_file):
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    with listening(presenting(authority, "127.0.0.1", not_after=past)) as port:
        refused(
            told, "the server's certificate has expired", f"https://127.0.0.1:{port}", ca=ca_file
        )


def test_a_certificate_for_another_host(told, authority, ca_file):
    with listening(presenting(authority, "elsewhere.example")) as port:
        refused(
            told,
            "the server's certificate is another host's",
            f"https://127.0.0.1:{port}",
            ca=ca_file,
        )


def test_a_port_that_does_not_speak_tls(told):
    with listening(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")) as port:
        refused(told, "the server does not speak TLS at this port", f"https://127.0.0.1:{port}")


def test_a_name_that_nobody_knows(told):
    refused(told, "the server's name is not known (DNS)", "https://omero.invalid")


def test_a_port_where_nobody_listens(told):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    refused(told, "nobody listens at the server's port", f"https://127.0.0.1:{port}")


def test_a_server_that_takes_the_connection_and_says_nothing(told, monkeypatch):
    over = threading.Event()
    with listening(lambda connection: over.wait(20)) as port:
        monkeypatch.setattr(http, "_CONNECT_S", 0.3)
        address = f"https://127.0.0.1:{port}"
        refused(told, "the server takes the connection and is silent before TLS stands", address)
        over.set()


def test_a_proxy_that_is_not_there(told, monkeypatch):
    for name in PROXIES:
        monkeypatch.setenv(name, "http://ana:CANARY-of-the-proxy@127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    refused(told, "the proxy is not there", "https://omero.example")


def test_a_proxy_that_refuses(told, monkeypatch):
    denied = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"

    def answer(connection):
        connection.recv(4096)
        connection.sendall(denied)

    with listening(answer) as port:
        for name in PROXIES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        refused(told, "the proxy wants a password", "https://omero.example")
