from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from omero_tables_jupyter import demo
from omero_tables_jupyter.demo.faults import Drop
from omero_tables_jupyter.errors import (
    LoginError,
    SessionExpiredError,
    TargetError,
    UnreachableError,
)
from omero_tables_jupyter.lookup import look_up
from omero_tables_jupyter.model import Secret, Target
from omero_tables_jupyter.omero import browse, login, tables
from omero_tables_jupyter.omero.held import HELD
from omero_tables_jupyter.omero.session import connect
from omero_tables_jupyter.settings import Profile, load, save_profile

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def server():
    with demo.serve() as running:
        yield running


@pytest.fixture
def ana(server):
    with connect(server.url, username=server.username, password=server.password) as session:
        yield session


def key_of(session) -> str:
    return next(value.reveal() for name, value in session.join_params if name == "bsession")


def logouts(server) -> int:
    return sum(one.path.endswith("/webclient/logout/") for one in server.requests)


def test_ana_logs_in_and_out(server):
    with connect(server.url, username=server.username, password=server.password) as session:
        assert repr(session) == f"<Session ana@{server.url} · Lab A>"
        assert session.alive()
        session.keep_alive()
        key = key_of(session)
    assert logouts(server) == 1
    with pytest.raises(LoginError, match="does not know this session key") as refused:
        connect(server.url, session_key=key)
    assert refused.value.hint.startswith(f"log in with a password: %omero_login {server.url} (in")


@pytest.mark.parametrize("prefix", ["", "/custom_omero"])
def test_a_deployment_below_a_prefix_over_tls_takes_our_referer(prefix):
    with (
        demo.serve(tls=True, prefix=prefix) as server,
        connect(
            server.url, username=server.username, password=server.password, ca=server.ca_file
        ) as session,
    ):
        assert session.url == server.url
        assert session.url.endswith(prefix)
        assert look_up(session, [Target("Dataset", 51)])[0].name == "Screen 3"
        tables.probe(session)


def test_a_pasted_link_and_a_prefix_apart_reach_the_same_server():
    with demo.serve(prefix="/lab") as server:
        origin = server.url.removesuffix("/lab")
        for url, prefix in ((f"{server.url}/webclient/?show=dataset-51", ""), (origin, "lab")):
            with connect(
                url, username=server.username, password=server.password, prefix=prefix
            ) as session:
                assert session.url == server.url


def test_a_forgotten_prefix_is_the_first_suspect():
    with demo.serve(prefix="/lab") as server:
        origin = server.url.removesuffix("/lab")
        with pytest.raises(Exception, match=r"no OMERO\.web page") as caught:
            connect(origin, username=server.username, password=server.password)
    assert "--prefix" in caught.value.hint


def test_a_wrong_password_is_a_login_error_that_does_not_repeat_it(server):
    with pytest.raises(LoginError, match="check your user name and password") as caught:
        connect(server.url, username="ana", password="CANARY-wrong")
    assert "CANARY" not in str(caught.value)


def test_the_unknown_authority_of_a_tls_server_is_cured_with_ca():
    with demo.serve(tls=True) as server, pytest.raises(UnreachableError) as caught:
        connect(server.url, username=server.username, password=server.password)
    assert "--ca" in caught.value.hint


def test_several_servers_are_told_apart_for_password_and_key():
    with demo.serve(servers=2) as server:
        with pytest.raises(LoginError, match="several OMERO servers"):
            connect(server.url, username=server.username, password=server.password)
        with connect(
            server.url, username=server.username, password=server.password, server_id=2
        ) as session:
            joined = connect(server.url, session_key=key_of(session), server_id=2)
            assert (joined.user, joined.server_id, joined.ours) == ("ana", 2, False)
            assert joined.alive()
            with pytest.raises(LoginError, match=r"another OMERO server than 1 \(omero\)") as wrong:
                connect(server.url, session_key=key_of(session), server_id=1)
            assert f"%omero_login {server.url} --server-id 1 " in wrong.value.hint


def test_leaving_a_joined_session_leaves_it_alive(server, ana):
    with connect(server.url, session_key=key_of(ana)) as joined:
        assert joined.user == "ana"
    assert logouts(server) == 0
    assert ana.alive()


def test_on_a_public_server_a_bad_key_is_still_refused():
    with (
        demo.serve(public_user=True) as server,
        pytest.raises(LoginError, match="does not know this session key"),
    ):
        connect(server.url, session_key="11111111-2222-3333-4444-555555555555")


def test_an_expired_session_is_noticed_by_every_kind_of_request_and_renewed(server, ana):
    before = key_of(ana)
    server.expire_sessions()
    assert not ana.alive()
    with pytest.raises(SessionExpiredError):
        ana.keep_alive()
    with pytest.raises(SessionExpiredError):
        look_up(ana, [Target("Dataset", 51)])
    with pytest.raises(SessionExpiredError):
        tables.annotations_of(ana, Target("Dataset", 51))
    with pytest.raises(SessionExpiredError):
        tables.register(ana, uri="/x", name="n", targets=[Target("Dataset", 51)], token=None)
    ana.renew(server.password)
    assert ana.alive()
    assert key_of(ana) != before
    assert look_up(ana, [Target("Dataset", 51)])


def test_a_public_server_that_goes_on_answering_hides_no_expired_session():
    own, shared, locked = Target("Dataset", 51), Target("Project", 1), Target("Image", 999)
    with (
        demo.serve(public_user=True) as server,
        connect(server.url, username=server.username, password=server.password) as session,
    ):
        session.keep_alive()
        server.expire_sessions()
        assert browse.list_objects(session, "Project").items is not None
        with pytest.raises(SessionExpiredError):
            session.keep_alive()
        for target in (own, shared, locked):
            with pytest.raises(SessionExpiredError):
                look_up(session, [target])
        session.renew(server.password)
        session.keep_alive()
        assert look_up(session, [own])
        with pytest.raises(TargetError, match="does not exist"):
            look_up(session, [locked])


def test_what_is_missing_is_missing_where_nobody_knows_whether_the_session_lives(server, ana):
    server.faults.next("/api/v0/login/", Drop())
    with pytest.raises(TargetError, match="does not exist"):
        look_up(ana, [Target("Image", 999)])


@pytest.mark.parametrize("group", ["Lab B", 5, "5"])
def test_a_group_is_chosen_by_name_or_id(server, group):
    with connect(
        server.url, username=server.username, password=server.password, group=group
    ) as session:
        assert (session.group, session.group_id) == ("Lab B", 5)


def test_a_group_that_the_user_is_not_in_names_the_likely_one_and_leaves_no_session(server):
    with pytest.raises(LoginError, match="not in a group 'Lab C'") as caught:
        connect(server.url, username=server.username, password=server.password, group="Lab C")
    assert "Lab A" in caught.value.hint
    assert logouts(server) == 1


# --- where a session comes from -----------------------------------------------------------------


@pytest.fixture
def settings(tmp_path):
    """Settings of a user with a home of their own and these environment variables."""

    def make(**environ):
        home = {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)}
        return load(environ=home | environ, start_dir=tmp_path, user_dir=tmp_path / "config")

    return make


@pytest.fixture(autouse=True)
def nobody():
    """Begin and end without a current session."""
    login.logout()
    yield
    login.logout()


def store_token(home: Path, key: str, host: str = "127.0.0.1") -> None:
    folder = home / ".omero_user_token"
    folder.mkdir(mode=0o700)
    (folder / "token").write_text(f"{key}@{host}:4064\n")
    (folder / "token").chmod(0o600)


def store_cli(home: Path, key: str, host: str = "127.0.0.1") -> None:
    folder = home / "omero" / "sessions" / host / "ana"
    folder.mkdir(parents=True)
    text = f"omero.host={host}\nomero.user=ana\nomero.sess={key}\nomero.port=4064\n"
    (folder / key).write_text(text)
    (folder / key).chmod(0o600)


def test_a_login_becomes_the_current_session_until_it_is_closed(server):
    assert login.current() is None
    session = login.login(server.url, username=server.username, password=server.password)
    assert login.current() is session
    assert login.logout() is True
    assert login.current() is None
    assert login.logout() is False


def test_a_session_that_was_given_is_taken_and_the_current_one_comes_next(server, ana, settings):
    assert login.find_session(given=ana, settings=settings()) is ana
    now = login.login(server.url, username=server.username, password=server.password)
    assert login.find_session(settings=settings()) is now
    assert login.find_session(url=f"{server.url}/webclient/", settings=settings()) is now


def test_the_environments_key_comes_before_its_password_and_both_before_the_stores(
    server, ana, settings, tmp_path
):
    store_token(tmp_path, key_of(ana))
    password = {"OMERO_USER": server.username, "OMERO_PASSWORD": server.password}
    both = password | {"OMERO_SESSION_KEY": key_of(ana)}
    found = login.find_session(url=server.url, settings=settings(**both))
    assert (found.how, found.ours) == ("OMERO_SESSION_KEY", False)
    login.logout()
    found = login.find_session(url=server.url, settings=settings(**password))
    assert (found.how, found.ours) == ("OMERO_USER and OMERO_PASSWORD", True)


def test_the_server_of_the_environment_is_where_its_secrets_may_go(server, settings):
    found = login.find_session(
        settings=settings(
            OMERO_TABLES_SERVER=server.url,
            OMERO_USER=server.username,
            OMERO_PASSWORD=server.password,
        )
    )
    assert found.url == server.url


def test_the_environments_secrets_do_not_go_to_a_server_that_a_file_or_link_names(
    server, ana, settings
):
    environ = settings(
        OMERO_SESSION_KEY=key_of(ana), OMERO_USER=server.username, OMERO_PASSWORD=server.password
    )
    before = len(server.requests)
    with pytest.raises(LoginError, match="not logged in"):
        login.find_session(url=server.url, given_by_user=False, settings=environ)
    assert len(server.requests) == before


def test_a_project_files_server_gets_nothing_of_the_environment(server, ana, settings, tmp_path):
    (tmp_path / "omero_tables.toml").write_text(f'server = "{server.url}"\n')
    before = len(server.requests)
    with pytest.raises(LoginError, match="not logged in"):
        login.find_session(settings=settings(OMERO_SESSION_KEY=key_of(ana)))
    assert len(server.requests) == before


def test_the_token_file_comes_before_the_cli_store(server, ana, settings, tmp_path):
    store_cli(tmp_path, key_of(ana))
    found = login.find_session(url=server.url, settings=settings())
    assert (found.how, found.ours, found.user) == ("OMERO CLI store", False, "ana")
    login.logout()
    store_token(tmp_path, key_of(ana))
    assert login.find_session(url=server.url, settings=settings()).how == "omero-user-token file"
    login.logout()
    assert ana.alive()


def test_where_nobody_can_be_asked_the_error_says_what_was_tried(settings):
    def ask(place, user):
        raise LoginError("nobody is here", hint="set OMERO_USER")

    with demo.serve(servers=2) as server:
        environ = settings(OMERO_USER=server.username, OMERO_PASSWORD=server.password)
        with pytest.raises(LoginError, match="nobody is here") as caught:
            login.find_session(url=server.url, settings=environ, ask=ask)
    assert "OMERO_USER and OMERO_PASSWORD: " in caught.value.message
    assert "several OMERO servers, of which --server-id" in caught.value.message
    assert "1 (omero), 2 (omero2)" in caught.value.message
    assert caught.value.hint == "set OMERO_USER"


def test_a_stored_key_that_is_no_longer_good_is_passed_over_with_a_note(
    server, ana, settings, tmp_path
):
    store_token(tmp_path, "11111111-2222-3333-4444-555555555555")
    store_cli(tmp_path, key_of(ana))
    found = login.find_session(url=server.url, settings=settings())
    assert found.how == "OMERO CLI store"
    assert found.notes[0].startswith("omero-user-token file: ")
    assert "11111111" not in "".join(found.notes)


def test_a_stored_key_goes_to_no_other_host_unless_the_user_ties_them(
    server, ana, settings, tmp_path
):
    store_token(tmp_path, key_of(ana), host="omero.elsewhere.example")
    before = len(server.requests)
    with pytest.raises(LoginError, match="not logged in"):
        login.find_session(url=server.url, settings=settings())
    assert len(server.requests) == before
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "omero_tables.toml").write_text(
        f'[profile.lab]\nserver = "{server.url}"\nsession_hosts = ["omero.elsewhere.example"]\n'
    )
    found = login.find_session(url=server.url, settings=settings())
    assert found.how == "omero-user-token file"


def test_whoever_is_asked_is_told_the_server_and_may_give_up(server, settings):
    asked = []

    def ask(place, user):
        asked.append((place, user))

    with pytest.raises(LoginError, match="not logged in") as caught:
        login.find_session(url=server.url, settings=settings(), ask=ask)
    assert asked == [(server.url, "")]
    assert f"%omero_login {server.url}" in caught.value.hint


def test_what_is_typed_logs_in(server, settings):
    def ask(place, user):
        return login.Typed(server.username, Secret(server.password))

    found = login.find_session(url=server.url, settings=settings(), ask=ask)
    assert (found.how, found.ours) == ("password", True)
    assert login.current() is found


def test_a_user_named_at_login_gets_no_session_of_somebody_else(server, ana, settings, tmp_path):
    store_token(tmp_path, key_of(ana))
    asked = []
    with pytest.raises(LoginError):
        login.login(
            server.url,
            username="ben",
            settings=settings(),
            ask=lambda place, user: asked.append(user),
        )
    assert asked == ["ben"]


def test_without_a_server_nothing_can_be_logged_in_to(settings):
    with pytest.raises(LoginError, match="no server was named") as caught:
        login.find_session(settings=settings())
    assert "%omero_login" in caught.value.hint
    with pytest.raises(LoginError, match="no server was named"):
        login.login(username="ana", password="x", settings=settings())


def test_a_server_that_is_gone_is_told_at_once_and_nobody_is_asked(server, settings):
    url = server.url
    server.close()
    with pytest.raises(UnreachableError):
        login.find_session(
            url=url,
            settings=settings(OMERO_SESSION_KEY="k"),
            ask=lambda place, user: pytest.fail("asked"),
        )


def test_a_session_that_is_replaced_stays_open_and_all_of_ours_end_at_exit(server, ana):
    first = login.login(server.url, username=server.username, password=server.password)
    second = login.login(server.url, username=server.username, password=server.password)
    joined = login.login(server.url, session_key=key_of(ana))
    assert login.current() is joined
    assert first.alive()
    HELD.end()
    assert not first.is_open
    assert not second.is_open
    assert ana.alive()
    assert logouts(server) == 2


def test_a_forked_process_leaves_its_parents_sessions_alone(server, monkeypatch):
    session = login.login(server.url, username=server.username, password=server.password)
    monkeypatch.setattr(HELD, "process", -1)
    HELD.end()
    assert session.alive()


SCRIPT = """
import sys
from omero_tables_jupyter.omero.login import login
session = login(sys.argv[1], username=sys.argv[2], password=sys.argv[3])
session.channel.sleep = lambda seconds: None
print("in", flush=True)
sys.stdin.readline()
"""


def run_until_exit(server, before_exit):
    """Log in with an interpreter of its own, do something, and let it end."""
    arguments = [sys.executable, "-c", SCRIPT, server.url, server.username, server.password]
    with subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout.readline() == "in\n"
        before_exit()
        _, noise = child.communicate("\n", timeout=30)
    return child.returncode, noise


def test_an_interpreter_that_ends_logs_out(server):
    assert run_until_exit(server, lambda: None) == (0, "")
    assert logouts(server) == 1


def test_an_interpreter_ends_without_noise_where_the_server_is_gone(server):
    assert run_until_exit(server, server.close) == (0, "")


def test_a_stored_key_names_its_server_where_no_other_is_known(settings, tmp_path):
    store_token(tmp_path, "a-key", host="omero.invalid")
    with pytest.raises(LoginError, match="no server was named") as caught:
        login.find_session(settings=settings())
    assert "omero-user-token file: there is no server of the name" in caught.value.message


def test_the_servers_settings_are_used_where_login_names_none(server, settings):
    environ = settings(
        OMERO_TABLES_SERVER=server.url,
        OMERO_TABLES_GROUP="Lab B",
        OMERO_USER=server.username,
        OMERO_PASSWORD=server.password,
    )
    assert login.login(settings=environ).group == "Lab B"


def test_a_password_without_a_server_goes_to_the_users_own_and_to_no_other(
    server, settings, tmp_path
):
    own = settings(OMERO_TABLES_SERVER=server.url)
    who = {"username": server.username, "password": server.password}
    assert login.login(**who, settings=own).url == server.url
    (tmp_path / "omero_tables.toml").write_text(f'server = "{server.url}"\n')
    before = len(server.requests)
    with pytest.raises(LoginError, match="project's settings only") as caught:
        login.login(**who, settings=settings())
    assert server.url in caught.value.hint
    assert len(server.requests) == before


def test_what_the_settings_say_about_a_server_is_used_for_it_and_for_no_other(settings):
    with demo.serve(tls=True, prefix="/lab", servers=2) as server:
        bare = server.url.removesuffix("/lab")
        about = {
            "OMERO_TABLES_CA": server.ca_file,
            "OMERO_TABLES_PREFIX": "/lab",
            "OMERO_TABLES_SERVER_ID": "2",
        }
        who = {"username": server.username, "password": server.password}
        for known in (settings(OMERO_TABLES_SERVER=bare, **about), settings(**about)):
            for url in (bare, server.url):
                session = login.login(url, **who, settings=known)
                assert (session.url, session.server_id) == (server.url, 2)
                login.logout()
        assert login.login(bare, server_id=1, **who, settings=known).server_id == 1
        login.logout()
        other = settings(OMERO_TABLES_SERVER="https://omero.invalid", **about)
        with pytest.raises(UnreachableError, match="not signed by an authority"):
            login.login(server.url, **who, settings=other)
        login.logout()


def test_certificates_that_were_given_once_hold_for_the_next_login_there(settings):
    with demo.serve(tls=True, servers=2) as server:
        who = {"username": server.username, "password": server.password, "settings": settings()}
        first = login.login(server.url, **who, ca=server.ca_file, server_id=2)
        server.expire_sessions()
        again = login.login(server.url, **who, server_id=1, group="Lab B")
        assert (again.group, again.server_id, again.ca) == ("Lab B", 1, server.ca_file)
        with pytest.raises(LoginError, match="several OMERO servers"):
            login.login(server.url, **who)
        first.logout()


def test_what_a_profile_says_of_its_server_is_used_for_a_login_there(settings, tmp_path):
    with demo.serve(tls=True, servers=2) as server, demo.serve(tls=True) as other:
        lab = Profile("lab", server.url, ca=server.ca_file, server_id=2)
        save_profile(lab, user_dir=tmp_path / "config")
        known = settings()
        who = {"username": server.username, "password": server.password, "settings": known}
        session = login.login(server.url, **who)
        assert (session.ca, session.server_id) == (server.ca_file, 2)
        with pytest.raises(UnreachableError, match="not signed by an authority"):
            login.login(other.url, **who)


def test_no_prompt_appears_where_nobody_could_answer(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    assert login.ask_at_terminal("https://omero.site", "ana") is None


def test_a_terminal_asks_for_what_is_missing(monkeypatch):
    class Terminal:
        def isatty(self):
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda prompt: " ana ")
    monkeypatch.setattr("getpass.getpass", lambda prompt: f"typed at: {prompt}")
    typed = login.ask_at_terminal("https://omero.site", "")
    assert typed.username == "ana"
    assert typed.password.reveal() == "typed at: Password of ana at https://omero.site: "
    assert "typed at" not in repr(typed)


def test_a_login_confirms_the_server_for_links_to_come(server):
    from omero_tables_jupyter import settings

    assert not settings.load().is_trusted(server.url)
    with login.login(server.url, username=server.username, password=server.password):
        assert settings.load().is_trusted(server.url)


def test_a_login_without_an_address_renews_the_current_session(tmp_path):
    with demo.serve(tls=True, prefix="/lab", servers=2) as server:
        first = login.login(
            server.url,
            username=server.username,
            password=server.password,
            ca=server.ca_file,
            server_id=2,
        )
        server.expire_sessions()
        with pytest.raises(SessionExpiredError) as ended:
            browse.find(first, Target("Dataset", 51))
        assert f"%omero_login {server.url} --server-id 2 " in ended.value.hint
        assert "server_id=2)" in ended.value.hint
        asked = []

        def ask(place, user):
            asked.append((place, user))
            return login.Typed(user, Secret(server.password))

        again = login.login(ask=ask)
        assert asked == [(server.url, server.username)]
        assert again is login.current()
        assert (again.url, again.user, again.server_id) == (first.url, first.user, 2)
        assert browse.find(again, Target("Dataset", 51)).name == "Screen 3"
        by_password = login.login(password=server.password)
        assert (by_password.url, by_password.server_id) == (first.url, 2)
        other = login.login(password=server.password, server_id=1)
        assert other.server_id == 1


def test_where_one_server_stands_behind_the_address_the_cure_names_none(server):
    session = login.login(server.url, username=server.username, password=server.password)
    server.expire_sessions()
    with pytest.raises(SessionExpiredError) as ended:
        browse.find(session, Target("Dataset", 51))
    assert "server" not in ended.value.hint.replace(server.url, "")
