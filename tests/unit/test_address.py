from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.errors import LoginError, OptionError
from omero_tables_jupyter.omero.address import ServerAddress


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://omero.site", "https://omero.site"),
        ("https://omero.site/", "https://omero.site"),
        ("omero.site", "https://omero.site"),
        ("  HTTPS://OMERO.Site:443/ ", "https://omero.site"),
        ("omero.site:4443", "https://omero.site:4443"),
        ("https://omero.site:4443/custom_prefix/", "https://omero.site:4443/custom_prefix"),
        ("https://omero.site/a/b/", "https://omero.site/a/b"),
        ("https://omero.site/webclient/?show=image-101", "https://omero.site"),
        ("https://omero.site/omero/webclient/?show=image-101", "https://omero.site/omero"),
        ("https://omero.site/api/v0/", "https://omero.site"),
        ("https://omero.site/x/webgateway/render_image/1/", "https://omero.site/x"),
        ("https://omero.site/x/iviewer/?images=1", "https://omero.site/x"),
        ("https://omero.site/?bsession=abc&server=1", "https://omero.site"),
        ("https://[::1]:4443/p", "https://[::1]:4443/p"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]"),
        ("http://localhost:4080", "http://localhost:4080"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("http://[::1]:4080", "http://[::1]:4080"),
        ("<https://omero.site>", "https://omero.site"),
        ("https://Bücher.example/tür", "https://xn--bcher-kva.example/t%C3%BCr"),
        ("https://h/t%C3%BCr/webclient/", "https://h/t%C3%BCr"),
    ],
)
def test_what_users_type_or_paste_becomes_the_base_address(text, url):
    assert str(ServerAddress.parse(text)) == url


def test_a_prefix_may_be_given_beside_the_address():
    assert ServerAddress.parse("https://h", prefix="/omero/").url == "https://h/omero"
    assert ServerAddress.parse("https://h/omero", prefix="omero").url == "https://h/omero"


def test_two_prefixes_that_differ_are_an_error():
    with pytest.raises(OptionError, match="/one") as caught:
        ServerAddress.parse("https://h/one", prefix="/two")
    assert "--prefix" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "https://",
        "ftp://omero.site",
        "https:\\\\omero.site",
        "https://omero .site",
        "https://omero.site:99999",
        "https://omero.site:port",
        "https://[::1",
        "https://a..b",
        "https://omero.site/../x",
        "javascript:alert(1)",
        "J:\\data",
        "https://%00/",
        "file:///etc",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(text):
    with pytest.raises(OptionError) as caught:
        ServerAddress.parse(text)
    assert caught.value.hint


@pytest.mark.parametrize("thing", [None, 1, b"https://omero.site", ["https://omero.site"]])
def test_what_is_no_text_is_refused(thing):
    with pytest.raises(OptionError, match="is a text, not"):
        ServerAddress.parse(thing)


@pytest.mark.parametrize(
    "text",
    [
        "https://ana:CANARY@omero.site/",
        "https://ana:CANARY@omero.site:notaport/",
        "https://CANARY@[::1",
        "ftp://ana:CANARY@omero.site",
        "https://omero .site/?bsession=CANARY",
        "nonsense nonsense?bsession=CANARY",
    ],
)
def test_a_refused_address_never_shows_what_may_be_secret(text):
    with pytest.raises(OptionError) as caught:
        ServerAddress.parse(text)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_plain_http_to_another_machine_needs_a_word_of_the_user():
    with pytest.raises(LoginError, match="not encrypted") as caught:
        ServerAddress.parse("http://omero.site")
    assert "https://omero.site" in caught.value.hint
    assert "--allow-http" in caught.value.hint
    assert ServerAddress.parse("http://omero.site", allow_http=True).scheme == "http"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("omero.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("[::1]", True),
        ("localhost.evil.site", False),
        ("127.0.0.1.evil.site", False),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
    ],
)
def test_only_this_machine_is_loopback(host, loopback):
    assert ServerAddress.parse(f"https://{host}").is_loopback is loopback


@given(st.text(max_size=60))
def test_any_text_gives_an_address_that_parses_to_itself_or_an_error_of_ours(text):
    try:
        found = ServerAddress.parse(text, allow_http=True)
    except (OptionError, LoginError):
        return
    assert ServerAddress.parse(found.url, allow_http=True) == found


@given(
    st.sampled_from(["https", "http"]),
    st.from_regex(r"[a-z][a-z0-9-]{0,10}(\.[a-z]{2,5})?", fullmatch=True),
    st.none() | st.integers(1, 65535),
    st.lists(st.from_regex(r"[a-z0-9_-]{1,8}", fullmatch=True), max_size=2),
)
def test_an_address_survives_a_trip_through_its_own_text(scheme, host, port, parts):
    text = f"{scheme}://{host}" + (f":{port}" if port else "") + "".join(f"/{one}" for one in parts)
    found = ServerAddress.parse(text, allow_http=True)
    assert ServerAddress.parse(str(found), allow_http=True) == found
    assert found.host == host
