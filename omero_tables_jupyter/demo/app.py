"""From a request to a response: routing, CSRF, login, view, in Django's order."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING
from urllib.parse import quote

from omero_tables_jupyter.demo import csrf, pages
from omero_tables_jupyter.demo.accounts import server_label
from omero_tables_jupyter.demo.messages import (
    ApiError,
    PageError,
    Response,
    html,
    json_reply,
    redirect,
)
from omero_tables_jupyter.demo.routing import Access
from omero_tables_jupyter.demo.site import Call

if TYPE_CHECKING:
    from omero_tables_jupyter.demo.accounts import OmeroSession
    from omero_tables_jupyter.demo.lab import User
    from omero_tables_jupyter.demo.messages import Request
    from omero_tables_jupyter.demo.routing import Route, Router
    from omero_tables_jupyter.demo.site import Site

__all__ = ["answer"]

_READING = ("GET", "HEAD")
_NOT_FOUND = 404
_LOG = logging.getLogger(__name__)


def answer(site: Site, router: Router, request: Request) -> Response:
    """Answer a request as OMERO.web with OMERO Plus would."""
    found = router.find(request.path)
    if found is None:
        return _no_route(router, request)
    route, args = found
    try:
        csrf.check(request)
    except csrf.Rejected as reason:
        return json_reply({"message": f"CSRF Failed: {reason}"}, status=403)
    if request.get("bsession") is not None and _unknown_server(site, request):
        return _broken(request, "'NoneType' object has no attribute 'buildQuery'")
    session, cookies = _authenticate(site, request)
    if session is None and route.access is not Access.OPEN:
        if not cookies:
            site.accounts.forget(request.cookies.get("sessionid"))
        session, cookies = _as_public_user(site, request, cookies)
    call = Call(site, request, args, _visitor(site, request, session), session)
    if call.visitor is None and route.access is not Access.OPEN:
        return _not_logged_in(route.access, request).with_cookies(*cookies)
    return _view(route, call).with_cookies(*cookies)


def _no_route(router: Router, request: Request) -> Response:
    if router.needs_slash(request.path):
        query = f"?{request.query}" if request.query else ""
        return redirect(request.way_to(f"{quote(request.path)}/{query}"), status=301)
    return error_page(request, _NOT_FOUND)


def error_page(request: Request, status: int) -> Response:
    """Answer an error as OMERO.web's HTML page; scripts get nothing of a 404, a stack of a 500."""
    if not request.ajax:
        return html(pages.error_page(status), status=status)
    return html("" if status == _NOT_FOUND else _stacktrace(), status=status)


def _unknown_server(site: Site, request: Request) -> bool:
    if site.accounts.server_of(request.cookies.get("sessionid")) is not None:
        return False
    wanted = request.get("server")
    return wanted is not None and _server_id(site, wanted) is None


def _server_id(site: Site, wanted: str) -> int | None:
    for number in range(1, site.accounts.servers + 1):
        if wanted in (str(number), server_label(number)):
            return number
    return None


def _authenticate(site: Site, request: Request) -> tuple[OmeroSession | None, tuple[str, ...]]:
    """Find the session of a request, and the cookies that joining it sets."""
    accounts, cookie = site.accounts, request.cookies.get("sessionid")
    # A web session stays with its OMERO server, whatever the query says.
    asked = request.get("server") or ("1" if accounts.servers == 1 else "")
    server = accounts.server_of(cookie) or _server_id(site, asked)
    key = request.get("bsession")
    name, password = request.get("username") or "", request.get("password") or ""
    if key is None and not (name and password):
        return accounts.recall(cookie), ()
    if server is None:
        return None, ()
    session = accounts.log_in(name, password, server) if key is None else accounts.join(key)
    if session is not None and session.server != server:
        session = None
    return session, (accounts.remember(session, server),)


def _as_public_user(
    site: Site, request: Request, cookies: tuple[str, ...]
) -> tuple[OmeroSession | None, tuple[str, ...]]:
    """Let who only reads in as the public user: from then on the web session is that user's."""
    if site.public_user is None or request.method != "GET":
        return None, cookies
    session = site.accounts.visit(site.lab.user(site.public_user))
    return session, (site.accounts.remember(session, session.server),)


def _visitor(site: Site, request: Request, session: OmeroSession | None) -> User | None:
    if session is not None:
        return session.user
    if request.method not in _READING:
        return None
    # Browsers ask for HTML; programs do not, and must log in as everywhere.
    if site.browser_user is not None and "text/html" in (request.header("Accept") or ""):
        return site.lab.user(site.browser_user)
    if site.public_user is None or request.method != "GET":
        return None
    return site.lab.user(site.public_user)


def _not_logged_in(access: Access, request: Request) -> Response:
    if access is Access.API:
        return json_reply({"message": "Not logged in"}, status=403)
    if request.ajax:
        return html("", status=403)
    here = request.prefix + request.path + (f"?{request.query}" if request.query else "")
    return redirect(request.way_to(f"/webclient/login/?url={quote(here, safe='')}"))


def _view(route: Route, call: Call) -> Response:
    method = "GET" if call.request.method == "HEAD" else call.request.method
    if method not in route.methods:
        return Response(405, headers=(("Allow", ", ".join(route.methods)),))
    try:
        return route.view(call)
    except ApiError as refusal:
        trace = {"stacktrace": _stacktrace()} if refusal.stacktrace else {}
        body = {"message": refusal.message, **trace}
        return json_reply(body, status=refusal.status, versioned=route.access is Access.API)
    except PageError as refusal:
        return error_page(call.request, refusal.status)
    except Exception as fault:  # noqa: BLE001 - Django too answers 500 whatever a view raises
        _LOG.debug("a view of the demo server failed", exc_info=True)
        return _broken(call.request, str(fault))


def _broken(request: Request, message: str) -> Response:
    body = {"message": message, "stacktrace": _stacktrace()}
    return json_reply(body, status=500, versioned=request.path.startswith("/api/"))


def _stacktrace() -> str:
    # Only the error itself: the paths of this machine are nobody's business.
    return "Traceback (most recent call last): ...\n" + traceback.format_exc(limit=0)
