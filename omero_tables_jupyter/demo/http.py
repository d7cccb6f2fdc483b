"""Sockets and threads: an HTTP/1.1 server on 127.0.0.1 that ends when it is told to."""

from __future__ import annotations

import logging
import socket
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread, current_thread
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from omero_tables_jupyter.demo.faults import Answer, Drop, Hold, Redirect
from omero_tables_jupyter.demo.messages import Request, Response, html

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from omero_tables_jupyter.demo.faults import Fault

__all__ = ["Endpoint", "HttpServer"]

_LOG = logging.getLogger(__name__)
_HANDSHAKE_TIMEOUT_S = 10.0
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What the sockets ask: for an answer, for a fault, and to note what happened."""

    prefix: str
    answer: Callable[[Request], Response]
    meet: Callable[[str, str], Fault | None]
    hold: Callable[[Hold], bool]
    note: Callable[[Request, int], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "omero-tables-jupyter-demo"
    sys_version = ""
    disable_nagle_algorithm = True
    server: HttpServer

    def do_GET(self) -> None:
        endpoint = self.server.endpoint
        request = self._read()
        fault = endpoint.meet(request.method, urlsplit(self.path).path)
        if self._is_dropped(fault, after_effect=False):
            endpoint.note(request, 0)
            self._cut_off()
            return
        if isinstance(fault, Answer) and fault.after_effect:
            self._answered(endpoint, request)
        response = self._replaced(fault) or self._answered(endpoint, request)
        endpoint.note(request, response.status)
        if self._is_dropped(fault, after_effect=True):
            self._cut_off()
        else:
            self._send(response)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 - http.server's names

    def _is_dropped(self, fault: Fault | None, *, after_effect: bool) -> bool:
        """Wait or drop the connection as a fault has it, if its time has come."""
        if not isinstance(fault, Drop | Hold) or fault.after_effect != after_effect:
            return False
        return isinstance(fault, Drop) or not self.server.endpoint.hold(fault)

    def _cut_off(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _replaced(fault: Fault | None) -> Response | None:
        match fault:
            case Answer(status, body, content_type, headers):
                raw = body.encode() if isinstance(body, str) else body
                return Response(status, raw, content_type, headers)
            case Redirect(location, status):
                return Response(status, headers=(("Location", location),))
        return None

    def _answered(self, endpoint: Endpoint, request: Request) -> Response:
        if self._is_inside():
            return endpoint.answer(request)
        return html("<h1>404 Not Found</h1>", status=404)

    def _is_inside(self) -> bool:
        return urlsplit(self.path).path.startswith(self.server.endpoint.prefix + "/")

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        length = max(0, int(self.headers.get("Content-Length") or 0))
        forwarded = (self.headers.get("X-Forwarded-Proto") or "").split(",")[0].strip()
        prefix = self.server.endpoint.prefix if self._is_inside() else ""
        return Request(
            method=self.command,
            path=unquote(parts.path.removeprefix(prefix)),
            query=parts.query,
            headers=self.headers,
            body=self.rfile.read(length),
            secure=(forwarded or self.server.scheme) == "https",
            prefix=prefix,
        )

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers:
            self.send_header(name, value)
        for cookie in response.cookies:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, *args: Any) -> None:
        """Stay silent: the cell that started the demo is no place for an access log."""


class HttpServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1, a thread a connection.

    Parameters
    ----------
    endpoint
        What answers.
    port
        The port, 0 for a free one.
    tls
        The TLS context, or None for plain HTTP.

    """

    daemon_threads = True

    def __init__(self, endpoint: Endpoint, *, port: int, tls: ssl.SSLContext | None) -> None:
        self.endpoint = endpoint
        self.scheme = "https" if tls else "http"
        self._tls = tls
        self._lock = Lock()
        self._open: dict[Thread, socket.socket] = {}
        super().__init__(("127.0.0.1", port), _Handler)
        self._accepting = Thread(
            target=self.serve_forever, args=(_POLL_S,), name="omero-demo", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def start(self) -> None:
        """Begin to accept connections."""
        self._accepting.start()

    def stop(self) -> None:
        """Close every connection and end every thread."""
        self.shutdown()
        self.server_close()
        with self._lock:
            left = dict(self._open)
        for connection in left.values():
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (*left, self._accepting):
            if thread is not current_thread():
                thread.join(timeout=5)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a connection a thread of its own, known to `stop` while it lasts."""
        thread = Thread(
            target=self._serve, args=(request, client_address), name="omero-demo", daemon=True
        )
        with self._lock:
            self._open[thread] = request
        thread.start()

    def _serve(self, request: Any, client_address: Any) -> None:
        self.process_request_thread(request, client_address)
        with self._lock:
            self._open.pop(current_thread(), None)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the connection's own thread: a slow client must not hold up the others."""
        if self._tls is None:
            super().finish_request(request, client_address)
            return
        request.settimeout(_HANDSHAKE_TIMEOUT_S)
        with self._tls.wrap_socket(request, server_side=True) as wrapped:
            wrapped.settimeout(None)
            with self._lock:
                # The plain socket is an empty shell now: only this one can be shut down.
                self._open[current_thread()] = wrapped
            super().finish_request(wrapped, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - its signature
        """Keep a client's broken connection out of the notebook."""
        _LOG.debug("a connection to the demo server broke", exc_info=True)
