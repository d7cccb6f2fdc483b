from __future__ import annotations

import errno
import http.client
import socket
import ssl
import traceback

import pytest
import urllib3.exceptions

from omero_tables_jupyter.omero import faults
from omero_tables_jupyter.omero.address import ServerAddress
from omero_tables_jupyter.omero.faults import Fault, explain

REMOTE = ServerAddress.parse("https://omero.site:4443")
LOCAL = ServerAddress.parse("https://127.0.0.1:4443")
SECRET = "https://omero.site/x?bsession=CANARY"


class LibraryError(OSError):
    """As the HTTP library wraps things: what happened is an argument, a reason, or a context."""

    def __init__(self, *args, reason=None):
        super().__init__(SECRET, *args)
        self.reason = reason


class NewConnectionError(LibraryError):
    """Named as urllib3's."""


def wrapped(error: BaseException) -> LibraryError:
    return LibraryError(LibraryError(reason=error))


def certificate(code: int) -> ssl.SSLError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


def tls(reason: str, kind=ssl.SSLError) -> ssl.SSLError:
    error = kind(1, reason)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "message", "cure", "sent"),
    [
        (socket.gaierror(-2, "unknown"), "no server of the name 'omero.site'", "spelling", False),
        (ConnectionRefusedError(111, "refused"), "https://omero.site:4443 refuses", "port", False),
        (certificate(10), "has expired", "administrator", False),
        (certificate(9), "not valid yet", "clock", False),
        (certificate(18), "not signed by an authority", "--ca FILE", False),
        (certificate(19), "not signed by an authority", "--ca FILE", False),
        (certificate(20), "not signed by an authority", "--ca FILE", False),
        (certificate(62), "for another name than 'omero.site'", "use the name", False),
        (certificate(64), "for another name", "use the name", False),
        (tls("WRONG_VERSION_NUMBER"), "does not speak TLS", "443", True),
        (tls("NO_CERTIFICATE_OR_CRL_FOUND"), "file of certificates", "REQUESTS_CA_BUNDLE", False),
        (tls("BAD_RECORD_MAC"), "encrypted connection", "try again", True),
        (tls("EOF", ssl.SSLEOFError), "broke the connection off", "try again", True),
        (TimeoutError(110, "timed out"), "did not answer within 60 s", "busy", True),
        (ConnectionResetError(104, "reset"), "broke the connection off", "try again", True),
        (BrokenPipeError(32, "pipe"), "broke the connection off", "try again", True),
        (http.client.IncompleteRead(b""), "broke the connection off", "try again", True),
        (http.client.BadStatusLine("x"), "broke the connection off", "try again", True),
        (OSError(errno.EHOSTUNREACH, "no route"), "cannot be reached", "VPN", True),
        (PermissionError(errno.EACCES, "firewall"), "cannot be reached", "VPN", True),
        (RuntimeError("?"), "broke the connection off", "try again", True),
    ],
)
def test_each_cause_has_its_message_its_cure_and_says_whether_it_was_sent(
    error, message, cure, sent
):
    lost = explain(Fault(timeout_s=60), wrapped(error), REMOTE)
    assert message in lost.error.message
    assert cure in lost.error.hint
    assert lost.sent is sent


def test_a_network_that_was_never_there_had_nothing_sent():
    error = NewConnectionError(reason=OSError(errno.ENETUNREACH, "no network"))
    assert not explain(Fault(), wrapped(error), REMOTE).sent


def test_the_library_still_calls_it_so():
    """If urllib3 renamed it, a request that was never sent would be told as maybe sent."""
    assert urllib3.exceptions.NewConnectionError.__name__ == faults._NO_CONNECTION


def test_on_this_machine_the_plain_address_is_named():
    lost = explain(Fault(), wrapped(tls("WRONG_VERSION_NUMBER")), LOCAL)
    assert "http://127.0.0.1:4443" in lost.error.hint


@pytest.mark.parametrize(
    ("kind", "message", "sent"),
    [
        ("proxy", "proxy before", False),
        ("connect time-out", "did not take the connection within 10 s", False),
        ("read time-out", "did not answer within 10 s", True),
    ],
)
def test_what_the_library_knows_by_itself_is_believed(kind, message, sent):
    lost = explain(Fault(kind, 10), LibraryError(), REMOTE)
    assert message in lost.error.message
    assert lost.sent is sent


def test_a_missing_bundle_is_told_from_a_broken_connection():
    lost = explain(Fault(), OSError(f"no bundle for {SECRET}"), REMOTE)
    assert "certificates" in lost.error.message
    assert not lost.sent


def test_only_broken_connections_are_worth_another_try():
    assert explain(Fault(), wrapped(ConnectionResetError(104, "x")), REMOTE).dropped
    for error in (ConnectionRefusedError(111, "x"), certificate(18), TimeoutError(110, "x")):
        assert not explain(Fault(), wrapped(error), REMOTE).dropped


def refused():
    try:
        socket.create_connection(("127.0.0.1", 1), timeout=5)
    except ConnectionRefusedError as inner:
        raise LibraryError from inner


def test_the_systems_own_error_is_kept_as_the_cause_without_its_stack():
    with pytest.raises(LibraryError) as caught:
        refused()
    lost = explain(Fault(), caught.value, REMOTE)
    assert isinstance(lost.error.__cause__, ConnectionRefusedError)
    assert lost.error.__cause__.__traceback__ is None
    assert "CANARY" not in "".join(traceback.format_exception(lost.error))


def test_an_error_that_quotes_an_address_is_not_kept():
    lost = explain(Fault(), LibraryError(LibraryError()), REMOTE)
    assert lost.error.__cause__ is None
    assert "CANARY" not in "".join(traceback.format_exception(lost.error))


def test_errors_that_lead_to_each_other_do_not_go_round_for_ever():
    one, other = LibraryError(), LibraryError()
    one.reason, other.reason = other, one
    assert explain(Fault(), one, REMOTE).dropped
