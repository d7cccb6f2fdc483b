"""Whose session an upload uses, and to whom a secret is never sent."""

import os
from pathlib import Path

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter import settings, signin
from omero_tables_jupyter.omero import login as logins
from omero_tables_jupyter.omero.held import HELD
from omero_tables_jupyter.request import read_request

CELLS = pd.DataFrame({"Image": [101, 102]})


@pytest.fixture(scope="module")
def server():
    with otj.demo.serve() as running:
        yield running


@pytest.fixture(scope="module")
def other():
    with otj.demo.serve() as running:
        yield running


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMERO_USER_TOKEN_DIR", str(tmp_path / "tokens"))
    monkeypatch.setenv("OMERO_SESSIONDIR", str(tmp_path / "sessions"))


def asked(to="Dataset:51", **options):
    return read_request(CELLS, "T", to=to, **options)


def sign_in(call=None, **options):
    call = call or asked(**options)
    known = settings.load()
    return signin.sign_in(call, known, signin.server_of(call, known))


def log_in(server, user=None):
    return otj.login(server.url, username=user or server.username, password=server.password)


def project(text):
    Path("omero_tables.toml").write_text(text)


def user_file(text):
    folder = Path(os.environ["OMERO_TABLES_CONFIG_DIR"])
    folder.mkdir(exist_ok=True)
    (folder / "omero_tables.toml").write_text(text)


def untouched(server):
    """Make a check that nothing was sent to a server since."""
    before = len(server.requests)
    return lambda: len(server.requests) == before


def link_to(server):
    return f"{server.url}/webclient/?show=dataset-51"


def key_of(session):
    return dict(session.join_params)["bsession"].reveal()


def store_token(key, host="127.0.0.1"):
    folder = Path(os.environ["OMERO_USER_TOKEN_DIR"])
    folder.mkdir(mode=0o700)
    (folder / "token").write_text(f"{key}@{host}:4064")
    (folder / "token").chmod(0o600)


def store_cli(key, user="ana", host="127.0.0.1"):
    folder = Path(os.environ["OMERO_SESSIONDIR"]) / host / user
    folder.mkdir(parents=True)
    lines = (f"omero.host={host}", f"omero.user={user}", f"omero.sess={key}", "omero.port=4064")
    (folder / key).write_text("\n".join(lines))
    (folder / key).chmod(0o600)


# --- the order ----------------------------------------------------------------------------------


def test_a_session_that_is_given_stands_above_the_current_one(server, other):
    given, current = log_in(server), log_in(other)
    assert sign_in().session is current
    visit = sign_in(session=given)
    assert visit.session is given
    assert not visit.brief


def test_the_current_session_stands_above_all_settings(server, other, monkeypatch):
    current = log_in(server)
    monkeypatch.setenv("OMERO_TABLES_SERVER", other.url)
    quiet = untouched(other)
    assert sign_in().session is current
    assert quiet()


def test_the_environment_stands_above_the_stores_and_the_key_above_the_password(
    server, monkeypatch
):
    owner = log_in(server)
    owner_key = key_of(owner)
    HELD.current = None
    store_token(owner_key)
    store_cli(owner_key)
    monkeypatch.setenv("OMERO_TABLES_SERVER", server.url)
    found = []
    for names in (
        {"OMERO_SESSION_KEY": owner_key, "OMERO_USER": "ana", "OMERO_PASSWORD": server.password},
        {"OMERO_USER": "ana", "OMERO_PASSWORD": server.password},
        {},
    ):
        with monkeypatch.context() as patch:
            for name, value in names.items():
                patch.setenv(name, value)
            found.append(sign_in().session.how)
        HELD.current = None
    Path(os.environ["OMERO_USER_TOKEN_DIR"], "token").unlink()
    found.append(sign_in().session.how)
    assert found == [
        "OMERO_SESSION_KEY",
        "OMERO_USER and OMERO_PASSWORD",
        "omero-user-token file",
        "OMERO CLI store",
    ]
    # A joined session is never ended from here.
    otj.logout()
    assert owner.alive()


def test_with_nothing_at_all_the_cure_is_named(server, monkeypatch):
    with pytest.raises(otj.LoginError, match="no server was named") as lost:
        sign_in()
    assert "%omero_login" in lost.value.hint
    monkeypatch.setenv("OMERO_TABLES_SERVER", server.url)
    with pytest.raises(otj.LoginError, match="not logged in") as lost:
        sign_in()
    assert server.url in lost.value.hint


# --- the reference client's login for one call --------------------------------------------------


def test_a_password_opens_a_session_for_this_call_only(server):
    visit = sign_in(server=server.url, username="ana", password=server.password)
    assert visit.brief
    assert logins.current() is None
    visit.end()
    assert not visit.session.is_open


def test_server_alone_uses_a_session_that_is_there(server, other):
    current = log_in(server)
    assert sign_in(server=server.url).session is current
    with pytest.raises(otj.LoginError, match="not logged in"):
        sign_in(server=other.url)


def test_a_user_name_without_a_password_takes_nobody_elses_session(server):
    bens = log_in(server, "ben")
    assert sign_in(server=server.url, username="ben").session is bens
    with pytest.raises(otj.LoginError, match="not logged in"):
        sign_in(server=server.url, username="ana")
    store_cli(key_of(log_in(server)))
    log_in(server, "ben")
    found = sign_in(username="ana").session
    assert (found.user, found.how) == ("ana", "OMERO CLI store")


def test_a_password_without_a_server_or_a_user_says_what_is_missing(server):
    with pytest.raises(otj.LoginError, match="no server"):
        sign_in(username="ana", password=server.password)
    with pytest.raises(otj.LoginError, match="no user name"):
        sign_in(server=server.url, password=server.password)


def test_a_session_for_one_call_ends_however_the_call_ends(server):
    login = {"server": server.url, "username": "ana", "password": server.password}
    calls = [
        (otj.upload_table, {"to": "Dataset:999", "local_path": server.share}),
        (otj.upload_table, {"to": "Dataset:51", "local_path": "/nowhere"}),
        (otj.upload_table, {"to": "Dataset:51", "local_path": server.share, "columns": ["x"]}),
        (otj.check_table, {"to": "Dataset:999"}),
        (otj.check_table, {"to": "Dataset:51", "columns": ["x"]}),
    ]
    for call, options in calls:
        ended = logouts(server)
        with pytest.raises(otj.OmeroTablesError):
            call(CELLS, "T", **login, **options)
        assert logouts(server) == ended + 1, options
    ended = logouts(server)
    with pytest.raises(ZeroDivisionError):
        otj.check_table(CELLS, "T", to="Dataset:51", **login, on_event=lambda _: 1 / 0)
    job = otj.submit_table(CELLS, "T", to="Dataset:51", local_path=server.share, **login)
    job.cancel()
    job.wait()
    otj.check_table(CELLS, "T", to="Dataset:51", **login)
    opened = sum(one.path.endswith("/login/") for one in server.requests)
    assert opened
    assert logouts(server) >= ended + 1


def logouts(server):
    return sum(one.path.endswith("/webclient/logout/") for one in server.requests)


def test_a_server_without_a_scheme_is_reached_by_https(monkeypatch):
    with otj.demo.serve(tls=True, prefix="/lab") as secure:
        monkeypatch.setenv("OMERO_TABLES_CA", secure.ca_file)
        for prefix in ("lab", "/lab", "lab/", "/lab/"):
            done = otj.upload_table(
                CELLS,
                f"T {prefix}".replace("/", "_"),
                links=("Image", 101),
                server=f"127.0.0.1:{secure.port}",
                username=secure.username,
                password=secure.password,
                prefix=prefix,
                local_path=secure.share,
                remote_path=secure.server_share,
            )
            assert done.server == secure.url
        here = log_in(secure)
        with pytest.raises(otj.OptionError, match="prefix"):
            sign_in(session=here, prefix="elsewhere")


# --- to whom nothing is sent --------------------------------------------------------------------


def test_a_password_of_the_environment_goes_to_the_environments_server_only(
    server, other, monkeypatch
):
    monkeypatch.setenv("OMERO_USER", "ana")
    monkeypatch.setenv("OMERO_PASSWORD", server.password)
    monkeypatch.setenv("OMERO_SESSION_KEY", "a-key")
    user_file(f"server = '{other.url}'")
    quiet = untouched(other)
    with pytest.raises(otj.LoginError, match="not logged in"):
        sign_in()
    with pytest.raises(otj.LoginError, match="not logged in"):
        sign_in(username="ana")
    with pytest.raises(otj.LoginError):
        sign_in(to=link_to(other))
    assert quiet()
    monkeypatch.setenv("OMERO_TABLES_SERVER", server.url)
    assert sign_in().session.url == server.url
    assert quiet()
    assert sign_in(server=other.url).session.url == other.url


@pytest.mark.parametrize(
    "text",
    [
        "server = '{}'",
        "[profile.lab]\nserver = '{}'",
        "profile = 'lab'\n[profile.lab]\nserver = '{}'",
    ],
)
def test_a_server_of_a_projects_file_gets_nothing_before_it_is_confirmed(server, text, monkeypatch):
    if not text.startswith("profile ="):
        project(text.format(server.url))
    else:
        first, rest = text.format(server.url).split("\n", 1)
        project(rest)
        monkeypatch.setenv("OMERO_TABLES_PROFILE", "lab")
        assert first
    monkeypatch.setenv("OMERO_USER", "ana")
    monkeypatch.setenv("OMERO_PASSWORD", server.password)
    store_token("a-key")
    quiet = untouched(server)
    for options in (
        {},
        {"username": "ana"},
        {"username": "ana", "password": server.password},
        {"to": link_to(server)},
        *([{"profile": "lab"}] if "lab" in text else []),
    ):
        with pytest.raises(otj.LoginError, match="have not logged in there before"):
            sign_in(**options)
    assert quiet()
    settings.confirm_server(server.url)
    done = sign_in(username="ana", password=server.password)
    assert done.session.url == server.url
    if "lab" in text:
        named = sign_in(profile="lab", username="ana", password=server.password)
        assert named.session.url == server.url


def test_a_pasted_link_to_an_unknown_server_gets_nothing(server, other, monkeypatch):
    log_in(server)
    store_token("a-key")
    store_cli("a-key")
    monkeypatch.setenv("OMERO_SESSION_KEY", "a-key")
    quiet = untouched(other)
    with pytest.raises(otj.LoginError, match="have not logged in there before"):
        sign_in(to=link_to(other))
    with pytest.raises(otj.LoginError, match="have not logged in there before"):
        sign_in(to=link_to(other), username="ana", password=other.password)
    assert quiet()
    here = sign_in(to=link_to(server))
    assert here.session.url == server.url


@pytest.mark.parametrize("host", ["omero.example", "127.0.0.2", "127.0.0.1.evil.example"])
def test_a_stored_key_is_sent_to_its_own_host_only(server, host):
    store_token("CANARY-token", host)
    store_cli("CANARY-cli", host=host)
    quiet = untouched(server)
    with pytest.raises(otj.LoginError, match="not logged in"):
        sign_in(server=server.url)
    assert quiet()


def test_a_server_over_plain_http_is_refused_before_anything_is_sent():
    login = {"username": "ana", "password": "secret"}
    with pytest.raises(otj.LoginError, match="not encrypted"):
        sign_in(server="http://omero.example", **login)


def test_settings_about_one_server_are_not_used_for_another(server, other, monkeypatch):
    user_file(f"server = '{other.url}'\nserver_id = 7\ngroup = 'Lab Z'\nprefix = 'far'")
    visit = sign_in(server=server.url, username="ana", password=server.password)
    assert visit.session.url == server.url
    with pytest.raises(otj.OmeroTablesError):
        sign_in(server=other.url, username="ana", password=other.password)


def test_a_table_is_never_hung_on_another_servers_object(server, other):
    here = log_in(server)
    with pytest.raises(otj.OptionError, match="link of") as refused:
        sign_in(session=here, to=link_to(other))
    assert "Image:101" in refused.value.hint
    with pytest.raises(otj.OptionError, match="link of"):
        sign_in(to=link_to(other), server=server.url, username="ana", password=server.password)
    user_file(f"[profile.lab]\nserver = '{server.url}'")
    with pytest.raises(otj.OptionError, match="profile 'lab' is for"):
        sign_in(to=link_to(other), profile="lab")


def test_a_preset_profile_of_another_server_steps_back(server, other, monkeypatch):
    user_file(f"[profile.far]\nserver = '{other.url}'")
    monkeypatch.setenv("OMERO_TABLES_PROFILE", "far")
    log_in(server)
    known = settings.load()
    where = signin.server_of(asked(), known)
    assert where.url == server.url
    assert where.profile is None


def test_what_a_table_says_of_its_server_sends_nobody_the_environments_password(
    server, monkeypatch
):
    done = otj.RegisteredTable(
        name="T",
        annotation_id=1,
        file_id=2,
        rows=None,
        columns=(),
        targets=(),
        local_path="",
        remote_path="/x.tiledb",
        url="",
        table_url="",
        server=server.url,
    )
    monkeypatch.setenv("OMERO_USER", "ana")
    monkeypatch.setenv("OMERO_PASSWORD", server.password)
    quiet = untouched(server)
    with pytest.raises(otj.LoginError, match="not logged in"):
        otj.read_table(done)
    assert quiet()
