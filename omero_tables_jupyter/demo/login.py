"""The views before and around a login: what the server is, who you are, coming and going."""

from __future__ import annotations

import json
from types import MappingProxyType
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
    text,
)
from omero_tables_jupyter.demo.object_json import SCHEMA
from omero_tables_jupyter.demo.routing import Access, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.demo.accounts import OmeroSession
    from omero_tables_jupyter.demo.site import Call

__all__ = ["ROUTES"]

_LISTS = (
    "experimenters",
    "experimentergroups",
    "projects",
    "datasets",
    "images",
    "screens",
    "plates",
    "rois",
)
_FIELDS = ("username", "password", "server")
_UNREADABLE: Mapping[str, str] = MappingProxyType({})
_REQUIRED = "This field is required."
_URL_SAFE = "/?&=%:|,;@+-._~"
_USERNAME_LIMIT = 255
_WRONG = "Connection not available, please check your user name and password."


def _versions(call: Call) -> Response:
    data = [{"version": "0", "url:base": f"{call.request.base_url}/api/v0/"}]
    return json_reply({"data": data}, versioned=True)


def _base(call: Call) -> Response:
    start = f"{call.request.base_url}/api/v0/"
    urls = {f"url:{name}": f"{start}m/{name}/" for name in _LISTS}
    urls |= {f"url:{name}": f"{start}{name}/" for name in ("token", "servers", "login")}
    urls |= {"url:save": f"{start}m/save/", "url:schema": SCHEMA}
    return json_reply(urls, versioned=True)


def _token(call: Call) -> Response:
    secret = csrf.secret_of(call.request) or csrf.make_secret()
    answer = json_reply({"data": csrf.mask(secret)}, versioned=True)
    return answer.with_cookies(csrf.cookie(secret))


def _servers(call: Call) -> Response:
    numbers = range(1, call.site.accounts.servers + 1)
    data = [
        {"id": n, "host": "localhost", "port": 4063 + n, "server": server_label(n)} for n in numbers
    ]
    return json_reply({"data": data}, versioned=True)


def _login(call: Call) -> Response:
    if call.request.method != "POST":
        message = "POST only with username, password, server and csrftoken"
        return json_reply({"message": message}, status=405)
    fields = _fields(call)
    if call.session is not None and not any(name in fields for name in _FIELDS):
        return json_reply(_event_context(call, call.session))
    if fields is _UNREADABLE:
        raise _refused("")
    server = _checked(call, fields)
    session = call.site.accounts.log_in(fields["username"].strip(), fields["password"], server)
    if session is None:
        raise _refused(_WRONG)
    return json_reply(_event_context(call, session)).with_cookies(
        call.site.accounts.remember(session, session.server)
    )


def _refused(message: str) -> ApiError:
    return ApiError(403, message)


def _fields(call: Call) -> Mapping[str, str]:
    if call.request.content_type != "application/json":
        return call.request.form
    try:
        found = json.loads(call.request.body)
    except ValueError:
        return _UNREADABLE
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _checked(call: Call, fields: Mapping[str, str]) -> int:
    """Check a login form field by field, as Django does; give the server's id."""
    complaints = {
        "Username": _username_flaw(fields.get("username", "").strip()),
        "Password": "" if fields.get("password") else _REQUIRED,
        "Server": _server_flaw(call, fields.get("server", "")),
    }
    told = [f"{name}: {flaw}" for name, flaw in complaints.items() if flaw]
    if told:
        raise _refused(" ".join(told))
    return int(fields["server"])


def _username_flaw(name: str) -> str:
    if len(name) > _USERNAME_LIMIT:
        return f"Ensure this value has at most {_USERNAME_LIMIT} characters (it has {len(name)})."
    if name == "guest":
        return "Guest account is not supported."
    return "" if name else _REQUIRED


def _server_flaw(call: Call, given: str) -> str:
    if not given:
        return _REQUIRED
    try:
        number = int(given)
    except ValueError:
        raise PageError(500) from None
    if 1 <= number <= call.site.accounts.servers:
        return ""
    return "Select a valid choice. That choice is not one of the available choices."


def _event_context(call: Call, session: OmeroSession) -> dict[str, object]:
    user = session.user
    context = {
        "sessionId": session.number,
        "sessionUuid": session.key,
        "userId": user.id,
        "userName": user.name,
        "groupId": user.groups[0],
        "groupName": call.site.lab.group(user.groups[0]).name,
        "isAdmin": False,
        "eventId": -1,
        "eventType": "User",
        "memberOfGroups": list(user.groups),
        "leaderOfGroups": [],
    }
    return {"success": True, "eventContext": context}


def _ping(call: Call) -> Response:
    if call.visitor is None:
        return text("Connection Failed", content_type="text/html; charset=utf-8")
    return text("OK")


def _login_page(call: Call) -> Response:
    """Let people log in with a browser."""
    request = call.request
    secret = csrf.secret_of(request) or csrf.make_secret()
    page = pages.login(csrf.mask(secret), onward=request.get("url") or "", failed=False)
    if request.method == "POST":
        form = request.form
        session = call.site.accounts.log_in(form.get("username", ""), form.get("password", ""), 1)
        if session is not None:
            cookie = call.site.accounts.remember(session, session.server)
            onward = _own_path(call, form.get("url", "")) or "/webclient/"
            return redirect(request.way_to(onward)).with_cookies(cookie)
        page = pages.login(csrf.mask(secret), onward=form.get("url", ""), failed=True)
    return html(page).with_cookies(csrf.cookie(secret))


def _own_path(call: Call, url: str) -> str:
    """Give a path of this very site, without its prefix; '' for anybody else's address."""
    prefix = call.request.prefix + "/"
    if not url.startswith(prefix) or url.startswith(("//", "/\\")):
        return ""
    return quote("/" + url.removeprefix(prefix), safe=_URL_SAFE)


def _logout(call: Call) -> Response:
    request = call.request
    if call.visitor is None:
        home = quote(f"{request.prefix}/webclient/", safe="")
        return redirect(request.way_to(f"/webclient/login/?url={home}"))
    if request.method != "POST":
        secret = csrf.secret_of(request) or csrf.make_secret()
        return html(pages.logout(csrf.mask(secret))).with_cookies(csrf.cookie(secret))
    if call.session is not None:
        call.site.accounts.kill(call.session.key)
    gone = "sessionid=; expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/; SameSite=Lax"
    return redirect(request.way_to("/webclient/login/")).with_cookies(gone)


_BOTH = ("GET", "POST")
ROUTES = (
    Route("/api/", _versions),
    Route("/api/v0/", _base),
    Route("/api/v0/token/", _token, methods=_BOTH),
    Route("/api/v0/servers/", _servers, methods=_BOTH),
    Route("/api/v0/login/", _login, methods=_BOTH),
    Route("/webclient/keepalive_ping/", _ping, methods=_BOTH),
    Route("/webclient/login/", _login_page, methods=_BOTH),
    Route("/webclient/logout/", _logout, Access.OPEN, _BOTH),
)
