"""The stand-in's discovery, CSRF, login and sessions, against what OMERO.web was seen to do."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import requests

from omero_tables_jupyter import demo

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 10


@pytest.fixture(scope="module")
def server() -> Iterator[demo.DemoServer]:
    with demo.serve() as running:
        yield running


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with closing(requests.Session()) as session:
        session.trust_env = False
        yield session


def token_of(server: demo.DemoServer, http: requests.Session) -> str:
    return http.get(f"{server.url}/api/v0/token/", timeout=TIMEOUT).json()["data"]


def log_in(server: demo.DemoServer, http: requests.Session, /, **changed: Any) -> requests.Response:
    form = {"username": "ana", "password": server.password, "server": "1"} | changed
    headers = {"X-CSRFToken": token_of(server, http), "Referer": server.url}
    return http.post(f"{server.url}/api/v0/login/", data=form, headers=headers, timeout=TIMEOUT)


def test_the_api_begins_with_its_versions_and_urls(server, http):
    start = f"{server.url}/api/v0/"
    answer = http.get(f"{server.url}/api/", timeout=TIMEOUT)
    assert answer.json() == {"data": [{"version": "0", "url:base": start}]}
    assert answer.headers["X-OMERO-ApiVersion"] == "0.2"
    assert answer.headers["Content-Type"] == "application/json"
    base = http.get(start, timeout=TIMEOUT).json()
    assert base["url:save"] == f"{start}m/save/"
    assert base["url:rois"] == f"{start}m/rois/"


def test_an_unknown_api_version_is_an_html_404(server, http):
    answer = http.get(f"{server.url}/api/v1/", timeout=TIMEOUT)
    assert answer.status_code == 404
    assert "<h1>Page not found</h1>" in answer.text


def test_a_404_has_no_body_for_scripts(server, http):
    headers = {"X-Requested-With": "XMLHttpRequest"}
    answer = http.get(f"{server.url}/nowhere/", headers=headers, timeout=TIMEOUT)
    assert (answer.status_code, answer.text) == (404, "")


def test_a_500_shows_its_stack_to_scripts(server, http):
    log_in(server, http)
    url = f"{server.url}/webclient/api/annotations/?type=file&image=abc"
    answer = http.get(url, headers={"X-Requested-With": "XMLHttpRequest"}, timeout=TIMEOUT)
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("Traceback (most recent call last)")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_missing_slash_is_a_redirect_that_sets_no_cookie(server, http, method):
    answer = http.request(
        method, f"{server.url}/api/v0/token?a=b", allow_redirects=False, timeout=TIMEOUT
    )
    assert (answer.status_code, answer.text) == (301, "")
    assert answer.headers["Location"] == "/api/v0/token/?a=b"
    assert not answer.cookies


def test_the_registration_url_has_no_slash_at_its_end(server, http):
    answer = http.post(f"{server.url}/omero_plus/api/v0/table/", timeout=TIMEOUT)
    assert answer.status_code == 404


def test_without_omero_plus_the_registration_url_is_an_html_404(http):
    with demo.serve(omero_plus=False) as plain:
        answer = http.get(f"{plain.url}/omero_plus/api/v0/table", timeout=TIMEOUT)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_each_token_is_masked_anew_and_the_cookie_stays(server, http):
    first = token_of(server, http)
    cookie = http.cookies["csrftoken"]
    second = token_of(server, http)
    assert len(first) == len(second) == 64
    assert first != second
    assert http.cookies["csrftoken"] == cookie
    assert re.fullmatch("[A-Za-z0-9]{32}", cookie)


def test_the_token_cookie_is_written_as_django_writes_it(server):
    answer = requests.get(f"{server.url}/api/v0/token/", timeout=TIMEOUT)
    pattern = r"csrftoken=\w{32}; expires=[^;]+ GMT; Max-Age=31449600; Path=/; SameSite=Lax"
    assert re.fullmatch(pattern, answer.headers["Set-Cookie"])


@pytest.mark.parametrize(
    ("headers", "keep_cookie", "reason"),
    [
        ({}, False, "CSRF cookie not set."),
        ({}, True, "CSRF token missing."),
        (
            {"X-CSRFToken": "a" * 64},
            True,
            "CSRF token from the 'X-Csrftoken' HTTP header incorrect.",
        ),
        (
            {"X-CSRFToken": "abc"},
            True,
            "CSRF token from the 'X-Csrftoken' HTTP header has incorrect length.",
        ),
        (
            {"X-CSRFToken": "-" * 64},
            True,
            "CSRF token from the 'X-Csrftoken' HTTP header has invalid characters.",
        ),
        (
            {"Origin": "https://x"},
            True,
            "Origin checking failed - https://x does not match any trusted origins.",
        ),
    ],
)
def test_csrf_failures_name_djangos_reason(server, http, headers, keep_cookie, reason):
    token_of(server, http)
    if not keep_cookie:
        http.cookies.clear()
    answer = http.post(f"{server.url}/api/v0/login/", headers=headers, timeout=TIMEOUT)
    assert answer.status_code == 403
    assert answer.json() == {"message": f"CSRF Failed: {reason}"}
    assert "X-OMERO-ApiVersion" not in answer.headers


def test_the_cookies_own_value_is_a_token_too(server, http):
    token_of(server, http)
    headers = {"X-CSRFToken": http.cookies["csrftoken"]}
    answer = http.post(f"{server.url}/api/v0/login/", headers=headers, timeout=TIMEOUT)
    assert answer.json()["message"].startswith("Username: This field is required.")


def test_the_form_may_carry_the_token(server, http):
    data = {"csrfmiddlewaretoken": token_of(server, http)}
    answer = http.post(f"{server.url}/api/v0/login/", data=data, timeout=TIMEOUT)
    assert answer.json()["message"].startswith("Username: This field is required.")


@pytest.fixture(scope="module")
def tls_server() -> Iterator[demo.DemoServer]:
    pytest.importorskip("trustme")
    with demo.serve(tls=True) as running:
        yield running


@pytest.mark.parametrize(
    ("referer", "reason"),
    [
        (None, "Referer checking failed - no Referer."),
        ("nonsense", "Referer checking failed - Referer is malformed."),
        ("http://{host}", "Referer checking failed - Referer is insecure while host is secure."),
        (
            "https://127.0.0.1/",
            "Referer checking failed - https://127.0.0.1/ does not match any trusted origins.",
        ),
    ],
)
def test_over_tls_the_referer_must_name_host_and_port(tls_server, http, referer, reason):
    http.verify = tls_server.ca_file
    headers = {"X-CSRFToken": token_of(tls_server, http)}
    if referer is not None:
        headers["Referer"] = referer.format(host=tls_server.url.partition("//")[2])
    answer = http.post(f"{tls_server.url}/api/v0/login/", headers=headers, timeout=TIMEOUT)
    assert answer.status_code == 403
    assert answer.json() == {"message": f"CSRF Failed: {reason}"}


def test_over_tls_a_login_with_referer_works(tls_server, http):
    http.verify = tls_server.ca_file
    assert log_in(tls_server, http).json()["success"] is True


def test_a_login_gives_the_event_context_and_a_cookie(server, http):
    answer = log_in(server, http)
    assert answer.status_code == 200
    context = answer.json()["eventContext"]
    assert context["userName"] == "ana"
    assert context["groupId"] in context["memberOfGroups"]
    assert re.fullmatch("[0-9a-f-]{36}", context["sessionUuid"])
    assert re.search(
        r"sessionid=\w{32}; HttpOnly; Path=/; SameSite=Lax", answer.headers["Set-Cookie"]
    )


def test_a_login_may_be_sent_as_json(server, http):
    headers = {"X-CSRFToken": token_of(server, http)}
    body = {"username": "ana", "password": server.password, "server": 1}
    url = f"{server.url}/api/v0/login/"
    assert http.post(url, json=body, headers=headers, timeout=TIMEOUT).status_code == 200


def test_malformed_json_is_refused_without_a_word(server, http):
    headers = {"X-CSRFToken": token_of(server, http), "Content-Type": "application/json"}
    url = f"{server.url}/api/v0/login/"
    answer = http.post(url, data="{", headers=headers, timeout=TIMEOUT)
    assert (answer.status_code, answer.json()) == (403, {"message": ""})


def test_a_get_of_the_login_is_told_to_post(server, http):
    answer = http.get(f"{server.url}/api/v0/login/", timeout=TIMEOUT)
    message = "POST only with username, password, server and csrftoken"
    assert (answer.status_code, answer.json()) == (405, {"message": message})


WRONG = "Connection not available, please check your user name and password."


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"password": "wrong"}, WRONG),
        ({"username": "nobody"}, WRONG),
        ({"username": "public"}, WRONG),
        ({"username": "guest"}, "Username: Guest account is not supported."),
        ({"password": ""}, "Password: This field is required."),
        (
            {"server": "7"},
            "Server: Select a valid choice. That choice is not one of the available choices.",
        ),
        (
            {"username": "x" * 300},
            "Username: Ensure this value has at most 255 characters (it has 300).",
        ),
        (
            {"username": None, "password": None, "server": None},
            "Username: {0} Password: {0} Server: {0}".format("This field is required."),
        ),
    ],
)
def test_refused_logins_say_why(server, http, changed, message):
    answer = log_in(server, http, **changed)
    assert (answer.status_code, answer.json()) == (403, {"message": message})


def test_a_server_that_is_no_number_is_an_html_500(server, http):
    answer = log_in(server, http, server="abc")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")


def who_am_i(server: demo.DemoServer, http: requests.Session) -> requests.Response:
    headers = {"X-CSRFToken": token_of(server, http), "Referer": server.url}
    return http.post(f"{server.url}/api/v0/login/", headers=headers, timeout=TIMEOUT)


def test_an_empty_login_post_tells_who_is_logged_in(server, http):
    context = log_in(server, http).json()
    assert who_am_i(server, http).json() == context


def test_a_wrong_password_leaves_the_session_usable(server, http):
    log_in(server, http)
    assert log_in(server, http, password="wrong").status_code == 403
    assert who_am_i(server, http).status_code == 200


def test_without_a_login_the_api_answers_403(server, http):
    answer = http.get(f"{server.url}/api/v0/m/projects/", timeout=TIMEOUT)
    assert (answer.status_code, answer.json()) == (403, {"message": "Not logged in"})


def test_without_a_login_pages_lead_to_the_login_page(server, http):
    url = f"{server.url}/webclient/?show=image-101"
    answer = http.get(url, allow_redirects=False, timeout=TIMEOUT)
    assert answer.status_code == 302
    expected = "/webclient/login/?url=%2Fwebclient%2F%3Fshow%3Dimage-101"
    assert answer.headers["Location"] == expected


def test_without_a_login_scripts_get_an_empty_403(server, http):
    headers = {"X-Requested-With": "XMLHttpRequest"}
    url = f"{server.url}/webgateway/annotations/Image/101/"
    answer = http.get(url, headers=headers, timeout=TIMEOUT)
    assert (answer.status_code, answer.text) == (403, "")


def test_a_session_key_in_the_query_logs_in_and_sets_a_cookie(server, http):
    key = log_in(server, http).json()["eventContext"]["sessionUuid"]
    with requests.Session() as other:
        url = f"{server.url}/api/v0/m/projects/?limit=0&bsession={key}"
        assert other.get(url, timeout=TIMEOUT).status_code == 200
        assert who_am_i(server, other).status_code == 200


def test_a_wrong_session_key_is_refused_and_sets_a_cookie_all_the_same(server, http):
    answer = http.get(f"{server.url}/api/v0/m/projects/?bsession=nonsense", timeout=TIMEOUT)
    assert answer.status_code == 403
    assert "sessionid" in answer.cookies


def test_an_unknown_server_beside_a_session_key_is_a_500(server, http):
    key = log_in(server, http).json()["eventContext"]["sessionUuid"]
    url = f"{server.url}/api/v0/m/projects/?bsession={key}&server=9"
    answer = requests.get(url, timeout=TIMEOUT)
    assert answer.status_code == 500
    assert answer.json()["message"] == "'NoneType' object has no attribute 'buildQuery'"
    assert answer.headers["X-OMERO-ApiVersion"] == "0.2"


def test_a_web_session_stays_with_its_omero_server_whatever_the_query_says(server, http):
    key = log_in(server, http).json()["eventContext"]["sessionUuid"]
    url = f"{server.url}/api/v0/m/projects/?bsession={key}&server=9"
    assert http.get(url, timeout=TIMEOUT).status_code == 200


def test_with_two_servers_a_session_key_needs_the_server_as_well(http):
    with demo.serve(servers=2) as two:
        listed = http.get(f"{two.url}/api/v0/servers/", timeout=TIMEOUT).json()["data"]
        assert [entry["id"] for entry in listed] == [1, 2]
        key = log_in(two, http, server="2").json()["eventContext"]["sessionUuid"]
        url = f"{two.url}/api/v0/m/projects/?bsession={key}"
        answers = [
            requests.get(url + more, timeout=TIMEOUT) for more in ("", "&server=2", "&server=1")
        ]
    assert [answer.status_code for answer in answers] == [403, 200, 403]


def test_the_ping_says_failed_with_status_200(server, http):
    url = f"{server.url}/webclient/keepalive_ping/"
    before = http.get(url, timeout=TIMEOUT)
    log_in(server, http)
    after = http.get(url, timeout=TIMEOUT)
    assert (before.status_code, before.text) == (200, "Connection Failed")
    assert before.headers["Content-Type"].startswith("text/html")
    assert (after.text, after.headers["Content-Type"]) == ("OK", "text/plain")


def test_a_logout_kills_the_session_for_everybody(server, http):
    key = log_in(server, http).json()["eventContext"]["sessionUuid"]
    headers = {"X-CSRFToken": token_of(server, http)}
    answer = http.post(
        f"{server.url}/webclient/logout/", headers=headers, allow_redirects=False, timeout=TIMEOUT
    )
    assert (answer.status_code, answer.headers["Location"]) == (302, "/webclient/login/")
    assert "sessionid" not in http.cookies
    url = f"{server.url}/api/v0/m/projects/?bsession={key}"
    assert requests.get(url, timeout=TIMEOUT).status_code == 403


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_logout_of_nobody_leads_to_the_login_page(server, http, method):
    headers = {"X-CSRFToken": token_of(server, http), "Referer": server.url}
    url = f"{server.url}/webclient/logout/"
    answer = http.request(method, url, headers=headers, allow_redirects=False, timeout=TIMEOUT)
    expected = "/webclient/login/?url=%2Fwebclient%2F"
    assert (answer.status_code, answer.headers["Location"]) == (302, expected)


@pytest.mark.parametrize("page", ["token", "servers"])
def test_some_pages_take_a_post_for_a_get(server, http, page):
    headers = {"X-CSRFToken": token_of(server, http), "Referer": server.url}
    url = f"{server.url}/api/v0/{page}/"
    assert set(http.post(url, headers=headers, timeout=TIMEOUT).json()) == {"data"}


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_login_is_a_post_and_other_ways_have_no_words(server, http, method):
    headers = {"X-CSRFToken": token_of(server, http), "Referer": server.url}
    answer = http.request(method, f"{server.url}/api/v0/login/", headers=headers, timeout=TIMEOUT)
    assert (answer.status_code, answer.text) == (405, "")


@pytest.mark.parametrize("logged_in", [False, True])
def test_json_that_cannot_be_read_is_no_login_but_tells_who_is_logged_in(server, http, logged_in):
    if logged_in:
        log_in(server, http)
    headers = {
        "X-CSRFToken": token_of(server, http),
        "Referer": server.url,
        "Content-Type": "application/json",
    }
    url = f"{server.url}/api/v0/login/"
    answer = http.post(url, data="{bad", headers=headers, timeout=TIMEOUT)
    assert answer.status_code == (200 if logged_in else 403)
    assert set(answer.json()) == ({"success", "eventContext"} if logged_in else {"message"})


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_what_the_api_cannot_do_to_an_object_breaks_it(server, http, method):
    log_in(server, http)
    headers = {"X-CSRFToken": token_of(server, http), "Referer": server.url}
    url = f"{server.url}/api/v0/m/projects/1/"
    answer = http.request(method, url, headers=headers, timeout=TIMEOUT)
    assert answer.status_code == 500
    assert set(answer.json()) == {"message", "stacktrace"}


def test_a_get_of_the_logout_only_asks(server, http):
    log_in(server, http)
    assert "Log out?" in http.get(f"{server.url}/webclient/logout/", timeout=TIMEOUT).text
    assert who_am_i(server, http).status_code == 200


def test_an_idle_session_ends(http):
    with demo.serve(session_timeout_s=0) as quick:
        log_in(quick, http)
        url = f"{quick.url}/api/v0/m/projects/"
        answer = http.get(url, timeout=TIMEOUT)
    assert (answer.status_code, answer.json()) == (403, {"message": "Not logged in"})


def test_expire_sessions_ends_them_and_a_new_login_works_with_the_old_token(server, http):
    log_in(server, http)
    server.expire_sessions()
    assert who_am_i(server, http).status_code == 403
    assert log_in(server, http).status_code == 200


def test_who_has_read_as_the_public_user_is_that_user_from_then_on(http):
    with demo.serve(public_user=True) as public:
        before = who_am_i(public, http)
        head = http.head(f"{public.url}/api/v0/m/projects/", timeout=TIMEOUT)
        projects = http.get(f"{public.url}/api/v0/m/projects/", timeout=TIMEOUT)
        after = who_am_i(public, http)
        with requests.Session() as other:
            other.get(f"{public.url}/api/v0/m/projects/", timeout=TIMEOUT)
            shared = who_am_i(public, other)
    assert (before.status_code, head.status_code) == (403, 403)
    assert [entry["Name"] for entry in projects.json()["data"]] == ["Reference beads"]
    assert after.json()["eventContext"]["userName"] == "public"
    assert shared.json() == after.json()


def test_a_login_takes_over_what_was_the_public_users(http):
    with demo.serve(public_user=True) as public:
        http.get(f"{public.url}/api/v0/m/projects/", timeout=TIMEOUT)
        assert log_in(public, http).status_code == 200
        assert who_am_i(public, http).json()["eventContext"]["userName"] == "ana"
        public.expire_sessions()
        http.get(f"{public.url}/api/v0/m/projects/", timeout=TIMEOUT)
        assert who_am_i(public, http).json()["eventContext"]["userName"] == "public"


def test_a_web_session_keeps_its_server_though_a_key_was_wrong(http):
    with demo.serve(servers=2) as two:
        key = log_in(two, http, server="2").json()["eventContext"]["sessionUuid"]
        url = f"{two.url}/api/v0/m/projects/?bsession="
        answers = [http.get(url + one, timeout=TIMEOUT) for one in ("nonsense", key)]
        assert [answer.status_code for answer in answers] == [403, 200]
        http.get(url + "nonsense", timeout=TIMEOUT)
        assert who_am_i(two, http).status_code == 403
        assert http.get(url + key, timeout=TIMEOUT).status_code == 200
        two.expire_sessions()
        assert http.get(url.partition("?")[0], timeout=TIMEOUT).status_code == 403
        forgotten = http.get(url + key, timeout=TIMEOUT)
    assert (forgotten.status_code, forgotten.cookies.get("sessionid")) == (403, None)


def test_a_prefix_stands_before_everything(http):
    with demo.serve(prefix="custom_omero/") as prefixed:
        assert prefixed.url.endswith("/custom_omero")
        base = http.get(f"{prefixed.url}/api/", timeout=TIMEOUT).json()
        outside = http.get(prefixed.url.replace("custom_omero", "api/"), timeout=TIMEOUT)
        answer = http.get(f"{prefixed.url}/webclient/", allow_redirects=False, timeout=TIMEOUT)
    assert base["data"][0]["url:base"] == f"{prefixed.url}/api/v0/"
    assert outside.status_code == 404
    expected = "/custom_omero/webclient/login/?url=%2Fcustom_omero%2Fwebclient%2F"
    assert answer.headers["Location"] == expected


def test_a_terminating_proxy_makes_https_urls(server, http):
    headers = {"X-Forwarded-Proto": "https"}
    base = http.get(f"{server.url}/api/", headers=headers, timeout=TIMEOUT).json()
    assert base["data"][0]["url:base"].startswith("https://127.0.0.1:")


def test_behind_a_jupyter_proxy_the_origin_may_be_https(server, http):
    host = server.url.partition("//")[2]
    headers = {"X-CSRFToken": token_of(server, http), "Origin": f"https://{host}"}
    url = f"{server.url}/api/v0/login/"
    plain = http.post(url, headers=headers, timeout=TIMEOUT).json()["message"]
    headers["X-Forwarded-Prefix"] = "/proxy/8000"
    proxied = http.post(url, headers=headers, timeout=TIMEOUT).json()["message"]
    assert plain.startswith("CSRF Failed: Origin checking failed")
    assert proxied.startswith("Username: This field is required.")


def test_a_name_and_password_in_the_query_log_in(server, http):
    url = f"{server.url}/api/v0/m/projects/?username=ana&password="
    assert http.get(url + "wrong", timeout=TIMEOUT).status_code == 403
    assert http.get(url + server.password, timeout=TIMEOUT).status_code == 200
    assert who_am_i(server, http).status_code == 200


def test_strange_cookies_of_other_servers_on_this_host_do_no_harm(server, http):
    log_in(server, http)
    ours = "; ".join(f"{cookie.name}={cookie.value}" for cookie in http.cookies)
    strange = 'lab={"theme": [1]}; =; novalue; ' + ours
    url = f"{server.url}/api/v0/m/projects/"
    assert requests.get(url, headers={"Cookie": strange}, timeout=TIMEOUT).status_code == 200
