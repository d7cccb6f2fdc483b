"""Why no answer came, told from the chain of errors beneath it, with the cure for each cause.

Nothing of a foreign error's text is repeated: it may quote an address with a session key in it.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omero_tables_jupyter.omero.address import ServerAddress

__all__ = ["Fault", "Lost", "explain", "packed", "too_large"]

_DEPTH = 12
#: What urllib3 calls a failure before anything was sent; tested to exist.
_NO_CONNECTION = "NewConnectionError"
#: What Python says of a time-out before TLS stands; tested to be so.
_HANDSHAKE = "handshake"
#: OpenSSL's numbers for why a certificate is not taken.
_EXPIRED, _NOT_YET = 10, 9
_WRONG_NAME = frozenset({62, 63, 64})
_NO_CERTIFICATES = ("NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE", "PEM_LIB")
_NOT_TLS = (
    "WRONG_VERSION_NUMBER",
    "HTTP_REQUEST",
    "RECORD_LAYER_FAILURE",
    "PACKET_LENGTH_TOO_LONG",
)


@dataclass(frozen=True, slots=True)
class Lost:
    """A request without an answer.

    Parameters
    ----------
    error
        What to raise.
    sent
        Whether the server may have received the request, and acted on it.
    dropped
        Whether the connection broke, so that asking again may well help.

    """

    error: UnreachableError
    sent: bool
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Fault:
    """How a request failed, as the HTTP library sorts it.

    `kind` is ``'proxy'``, ``'connect time-out'``, ``'read time-out'``, or '' where the chain of
    errors beneath must tell.
    """

    kind: str = ""
    timeout_s: float = 0.0


def too_large(address: ServerAddress, limit: int) -> Lost:
    """Tell that an answer was cut off because it never ended."""
    error = UnreachableError(
        f"the answer of {address.url} is larger than {limit // 2**20} MB: not read to its end",
        hint="check that the address is that of OMERO.web; ask for fewer rows or columns",
    )
    return Lost(error, sent=True)


def packed(address: ServerAddress) -> Lost:
    """Tell that an answer is packed otherwise than it was asked for: there may be no end to it."""
    error = UnreachableError(
        f"the answer of {address.url} is packed in a way that was not asked for: not unpacked",
        hint="check that the address is that of OMERO.web; show this message to its administrator",
    )
    return Lost(error, sent=True)


def explain(fault: Fault, raised: BaseException, address: ServerAddress) -> Lost:
    """Choose the error for a request that got no answer.

    Parameters
    ----------
    fault
        What the HTTP library calls it.
    raised
        Its error; only the types in the chain beneath it are read, and OpenSSL's number.
    address
        The server that was asked.

    """
    chain = list(_chain(raised))
    lost = _sorted_out(fault, chain, address)
    # For whoever looks at the stack; bare, since a frame beneath it may hold a session key.
    root = next((one for one in chain if _is_root(one)), None)
    lost.error.__cause__ = None if root is None else root.with_traceback(None)
    return lost


def _is_root(error: BaseException) -> bool:
    """Whether an error is the operating system's or OpenSSL's own: such texts quote no address."""
    own = type(error).__module__ in {"builtins", "ssl", "socket"}
    return own and isinstance(error, OSError) and not (error.__cause__ or error.__context__)


def _sorted_out(fault: Fault, chain: list[BaseException], address: ServerAddress) -> Lost:
    if fault.kind == "proxy":
        return _proxy(address)
    for one in chain:
        if isinstance(one, ssl.SSLCertVerificationError):
            return _certificate(one.verify_code, address)
    if fault.kind == "connect time-out":
        return _not_reached(address, f"did not take the connection within {fault.timeout_s:.0f} s")
    if any(isinstance(one, TimeoutError) and _HANDSHAKE in str(one) for one in chain):
        # The HTTP library calls it a read time-out, though nothing can have been sent.
        return _not_reached(address, "took the connection, but did not agree on a secure one")
    if fault.kind == "read time-out" or any(isinstance(one, TimeoutError) for one in chain):
        return _too_slow(address, fault.timeout_s)
    return _by_cause(chain, address)


def _by_cause(chain: list[BaseException], address: ServerAddress) -> Lost:
    if type(chain[0]) is OSError and chain[0].errno is None:
        # The HTTP library's plain word for a bundle that is not there.
        return _no_bundle(address)
    if isinstance(chain[0], ValueError) or _has(chain, socket.gaierror):
        return _no_name(address)
    if _has(chain, ConnectionRefusedError):
        return _not_reached(address, "refuses the connection")
    tls = next((one for one in chain if isinstance(one, ssl.SSLError)), None)
    if tls is not None:
        return _tls(tls, address)
    broken = _has(chain, ConnectionError, http.client.HTTPException)
    if not broken and any(isinstance(one, OSError) and isinstance(one.errno, int) for one in chain):
        # A network may also go away while an answer is awaited.
        never_connected = any(type(one).__name__ == _NO_CONNECTION for one in chain)
        lost = _not_reached(address, "cannot be reached from here")
        return replace(lost, sent=not never_connected)
    return _dropped(address)


def _has(chain: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(one, kinds) for one in chain)


def _chain(raised: BaseException) -> Iterator[BaseException]:
    """Walk what lies beneath an error: its causes, and the errors that it carries as arguments."""
    todo, seen = [(raised, 0)], set()
    while todo:
        one, depth = todo.pop()
        if id(one) in seen or depth > _DEPTH:
            continue
        seen.add(id(one))
        yield one
        beneath = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        todo.extend((it, depth + 1) for it in beneath if isinstance(it, BaseException))


def _no_name(address: ServerAddress) -> Lost:
    error = UnreachableError(
        f"there is no server of the name '{address.host}'",
        hint="check the spelling; within an institute, check that VPN or network are on",
    )
    return Lost(error, sent=False)


def _not_reached(address: ServerAddress, what: str) -> Lost:
    error = UnreachableError(
        f"{address.origin} {what}",
        hint="check the address and its port; check that network and VPN are on",
    )
    return Lost(error, sent=False)


def _too_slow(address: ServerAddress, timeout_s: float) -> Lost:
    error = UnreachableError(
        f"{address.origin} took the request, but did not answer within {timeout_s:.0f} s",
        hint="the server may be busy: wait a minute and try again",
    )
    return Lost(error, sent=True)


def _dropped(address: ServerAddress) -> Lost:
    hint = "try again; if it stays so, check VPN and network, and tell the server's administrator"
    if address.scheme == "http":
        hint = f"{hint}; an encrypted server wants https://{address.netloc}"
    error = UnreachableError(f"{address.origin} broke the connection off", hint=hint)
    return Lost(error, sent=True, dropped=True)


def _no_bundle(address: ServerAddress) -> Lost:
    error = UnreachableError(
        f"the file of certificates to trust {address.origin} with cannot be read",
        hint="set REQUESTS_CA_BUNDLE (or CURL_CA_BUNDLE) to a .pem file that exists, or give one: "
        "--ca FILE (ca='FILE')",
    )
    return Lost(error, sent=False)


def _proxy(address: ServerAddress) -> Lost:
    error = UnreachableError(
        f"the proxy before {address.origin} does not let the request through",
        hint="check HTTPS_PROXY (user and password too), or name the server in NO_PROXY: "
        f"NO_PROXY={address.host}",
    )
    return Lost(error, sent=False)


def _certificate(code: int, address: ServerAddress) -> Lost:
    if code == _EXPIRED:
        what = "has expired"
        hint = "tell the server's administrator; if they see it valid, check this computer's clock"
    elif code == _NOT_YET:
        what = "is not valid yet"
        hint = "check this computer's clock"
    elif code in _WRONG_NAME:
        what = f"is for another name than '{address.host}'"
        hint = "use the name that the certificate is for: the address as the browser shows it"
    else:
        what = "is not signed by an authority that this computer knows"
        hint = (
            "ask the administrator for the certificate of their authority (a .pem file), and give "
            f"it: %omero_login {address.url} --ca FILE (ca='FILE'), or set REQUESTS_CA_BUNDLE=FILE"
        )
    error = UnreachableError(f"the TLS certificate of {address.origin} {what}", hint=hint)
    return Lost(error, sent=False)


def _tls(tls: ssl.SSLError, address: ServerAddress) -> Lost:
    if isinstance(tls, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return _dropped(address)
    if tls.reason in _NO_CERTIFICATES:
        return _no_bundle(address)
    if tls.reason in _NOT_TLS:
        plain = f"http://{address.netloc}"
        hint = "check the port: the encrypted one is mostly 443"
        if address.is_loopback:
            hint = f"this machine's own server speaks plain http: {plain}"
        error = UnreachableError(f"{address.origin} does not speak TLS (https)", hint=hint)
        return Lost(error, sent=True)
    error = UnreachableError(
        f"the encrypted connection to {address.origin} failed",
        hint="try again; if it stays so, the server's TLS may not fit this computer: tell its "
        "administrator",
    )
    # It may have come about, and broken later.
    return Lost(error, sent=True)
