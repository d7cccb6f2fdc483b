"""`serve`: start the stand-in, and the object that stands for it while it runs."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections import deque
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qsl, urlencode

from omero_tables_jupyter.demo import (
    attachments,
    browse,
    login,
    object_pages,
    people,
    registration,
    table_pages,
    table_views,
    thumbnails,
)
from omero_tables_jupyter.demo.accounts import DEMO_PASSWORD, DEMO_USER, Accounts
from omero_tables_jupyter.demo.app import answer
from omero_tables_jupyter.demo.certificates import server_context
from omero_tables_jupyter.demo.demo_lab import ANA, PUBLIC, make_lab
from omero_tables_jupyter.demo.faults import Faults
from omero_tables_jupyter.demo.http import Endpoint, HttpServer
from omero_tables_jupyter.demo.routing import Router
from omero_tables_jupyter.demo.share import Share
from omero_tables_jupyter.demo.shelf import Shelf
from omero_tables_jupyter.demo.site import Site
from omero_tables_jupyter.errors import OptionError

if TYPE_CHECKING:
    from ssl import SSLContext
    from types import TracebackType

    from omero_tables_jupyter.demo.lab import Lab
    from omero_tables_jupyter.demo.messages import Request
    from omero_tables_jupyter.demo.routing import Route
    from omero_tables_jupyter.paths import PathMapping

__all__ = ["DemoServer", "Registered", "Seen", "serve"]

_MOST_SEEN = 10_000
_SECRET_PARAMETERS = ("bsession", "password", "username")


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that the server has answered; `status` 0 means that it was dropped unanswered.

    Parameters
    ----------
    method, path, status
        The path without its query.
    query
        The query with its secrets replaced by ``***``.
    headers
        The names of the headers that came along, in lower case.

    """

    method: str
    path: str
    status: int
    query: str
    headers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Registered:
    """One table that was registered, with its targets as ``Image:101``."""

    annotation_id: int
    file_id: int
    name: str
    uri: str
    targets: tuple[str, ...]


class DemoServer:
    """A running stand-in for OMERO Plus; made by `serve`, ended by `close` or by leaving ``with``.

    Parameters
    ----------
    site
        What it serves.
    port
        The port to listen on, 0 for a free one.
    scratch
        A folder of its own, removed at the end; the share lies in it.
    tls
        Whether to speak HTTPS.

    Attributes
    ----------
    faults
        Where a test plans what goes wrong next.
    username
        Who can log in.

    """

    def __init__(self, site: Site, *, port: int, scratch: Path, tls: bool) -> None:
        self.faults = Faults()
        self.username = DEMO_USER
        self._site = site
        self._scratch = scratch
        self._seen: deque[Seen] = deque(maxlen=_MOST_SEEN)
        self._lock = Lock()
        self._closed = False
        ca_file = scratch / "ca.pem"
        self.ca_file = str(ca_file) if tls else None
        router = Router(_routes(site))
        endpoint = Endpoint(
            site.prefix,
            partial(answer, site, router),
            self.faults.meet,
            self.faults.wait,
            self._note,
        )
        self._http = _listening(endpoint, port, server_context(ca_file) if tls else None)
        self._http.start()
        atexit.register(self.close)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "running"
        return f"<DemoServer {self.url}, {state}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        stack: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """The address of its OMERO.web, prefix included, without a slash at the end."""
        return f"{self._http.scheme}://127.0.0.1:{self._http.port}{self._site.prefix}"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._http.port

    @property
    def password(self) -> str:
        """The password of `username`: fixed and public, as it opens an invented lab only."""
        return DEMO_PASSWORD

    @property
    def share(self) -> Path:
        """The pretend share's folder on this machine."""
        return self._site.share.local

    @property
    def server_share(self) -> str:
        """The same folder as the server sees it."""
        return self._site.share.server

    @property
    def mapping(self) -> PathMapping:
        """From the share's folder to the path that the server sees."""
        return self._site.share.mapping

    @property
    def lab(self) -> Lab:
        """The people and objects that it knows."""
        return self._site.lab

    @property
    def requests(self) -> tuple[Seen, ...]:
        """What was asked so far, in the order of the answers; the last ten thousand."""
        with self._lock:
            return tuple(self._seen)

    @property
    def registered(self) -> tuple[Registered, ...]:
        """The tables that are registered now, the oldest first."""
        return tuple(
            Registered(
                a.id,
                a.file.id,
                a.file.name,
                a.file.uri,
                tuple(f"{kind}:{number}" for kind, number in (link.parent for link in a.links)),
            )
            for a in self._site.shelf.all()
        )

    def expire_sessions(self) -> None:
        """End every OMERO session, as idle ones end by themselves."""
        self._site.accounts.kill_all()

    def close(self) -> None:
        """End its threads and remove the share; a second time does nothing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        atexit.unregister(self.close)
        self.faults.close()
        self._http.stop()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _note(self, request: Request, status: int) -> None:
        pairs = parse_qsl(request.query, keep_blank_values=True)
        shown = [(k, "***" if k in _SECRET_PARAMETERS else v) for k, v in pairs]
        headers = frozenset(name.lower() for name in request.headers)
        path = request.prefix + request.path
        seen = Seen(request.method, path, status, urlencode(shown, safe="*"), headers)
        with self._lock:
            self._seen.append(seen)


def _routes(site: Site) -> list[Route]:
    views = (login, browse, people, attachments, table_views, table_pages, object_pages, thumbnails)
    routes = [route for module in views for route in module.ROUTES]
    if site.omero_plus:
        routes += registration.ROUTES
    return routes


def _listening(endpoint: Endpoint, port: int, tls: SSLContext | None) -> HttpServer:
    try:
        return HttpServer(endpoint, port=port, tls=tls)
    except (OSError, OverflowError) as fault:
        raise OptionError(
            f"the demo server cannot listen on port {port}: {fault}",
            hint="choose another port, or leave it out to take a free one",
        ) from fault


def serve(  # noqa: PLR0913 - keyword-only switches, each for one kind of deployment
    *,
    tls: bool = False,
    port: int = 0,
    prefix: str = "",
    servers: int = 1,
    session_timeout_s: float = 600.0,
    omero_plus: bool = True,
    public_user: bool = False,
    open_pages: bool = False,
    datasets: int = 0,
    images: int = 0,
) -> DemoServer:
    """Start a stand-in for OMERO Plus on this machine.

    It holds an invented lab (Project 1 > Dataset 51 > Images 101-112, Screen 1 > Plate 7, ...) and
    a pretend share, both gone when it ends. It prints nothing and works in threads of its own.

    Parameters
    ----------
    tls
        Whether to speak HTTPS, with a certificate authority made for this run (`ca_file`).
    port
        The port to listen on; 0 takes a free one.
    prefix
        Where OMERO.web is mounted, such as ``/custom_omero``.
    servers
        How many OMERO servers it offers at login.
    session_timeout_s
        After so many idle seconds a session ends.
    omero_plus
        False for an OMERO.web without OMERO Plus: nothing can be registered.
    public_user
        Whether anybody may read without a login.
    open_pages
        Whether a browser sees ana's pages without a login, so that links to them just open.
    datasets, images
        How many more of each to invent, for lists of several pages.

    Returns
    -------
    DemoServer
        Running; use it in a ``with`` block or call its `close`.

    Raises
    ------
    OptionError
        Where the port is taken, or where ``tls=True`` and the package trustme is not installed.

    Examples
    --------
    >>> with serve() as server:
    ...     server.username
    'ana'

    """
    lab = make_lab(datasets=datasets, images=images)
    scratch = Path(tempfile.mkdtemp(prefix="omero-demo-"))
    local = scratch / "share"
    local.mkdir()
    site = Site(
        lab=lab,
        accounts=Accounts(lab, servers=servers, idle_s=session_timeout_s),
        shelf=Shelf(),
        share=Share(local),
        prefix=f"/{prefix.strip('/')}" if prefix.strip("/") else "",
        omero_plus=omero_plus,
        public_user=PUBLIC if public_user else None,
        browser_user=ANA if open_pages else None,
    )
    try:
        return DemoServer(site, port=port, scratch=scratch, tls=tls)
    except BaseException:
        # Whatever stopped it, an interrupt too: nobody else knows of the folder.
        shutil.rmtree(scratch, ignore_errors=True)
        raise
