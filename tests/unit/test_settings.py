from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest

from omero_tables_jupyter import settings
from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.links import Target
from omero_tables_jupyter.paths import PathMapping
from omero_tables_jupyter.settings import Profile, Recalled

LAB = r"""
[profile.lab]
server = "https://omero.site"
prefix = ""
folder = 'tables'            # where new arrays go
[[profile.lab.map]]
local  = ['J:\data', '/Volumes/lab/data', '/mnt/lab/data']
server = '/data'
"""


class Desk:
    """A project folder, a user's folder, an environment: all of them invented."""

    def __init__(self, root: Path) -> None:
        self.project = root / "project"
        self.notebooks = self.project / "notebooks"
        self.user = root / "user"
        self.state = root / "state"
        self.environ = {"HOME": str(root / "home"), "OMERO_TABLES_STATE_DIR": str(self.state)}
        self.notebooks.mkdir(parents=True)
        self.user.mkdir()

    def load(self, **environ: str) -> settings.Settings:
        return settings.load(
            start_dir=self.notebooks, environ={**self.environ, **environ}, user_dir=self.user
        )

    def write_project(self, text: str) -> Path:
        path = self.project / "omero_tables.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def write_user(self, text: str) -> Path:
        path = self.user / "omero_tables.toml"
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


# --- precedence -----------------------------------------------------------------------------------


def test_without_any_source_the_defaults_hold(desk):
    found = desk.load()
    assert (found.if_exists, found.index, found.verify, found.progress) == (
        "fail",
        "auto",
        "values",
        "auto",
    )
    assert found.server == ""
    assert found.mapping is None
    assert found.origin_of("index") == "default"
    assert dict(found.profiles) == {}
    assert found.project_file is None


def test_config_beats_environment_beats_project_beats_user(desk):
    user = desk.write_user("index='keep'\nverify='rows'\nprogress='text'\nif_exists='version'")
    project = desk.write_project("index='drop'\nverify='rows'\nprogress='none'")
    found = desk.load(OMERO_TABLES_INDEX="auto", OMERO_TABLES_VERIFY="values")
    found = found.override("%config", index="keep", verify=None, progress="")
    assert (found.index, found.verify, found.progress, found.if_exists) == (
        "keep",
        "values",
        "none",
        "version",
    )
    assert [found.origin_of(k) for k in ("index", "verify", "progress", "if_exists", "group")] == [
        "%config",
        "OMERO_TABLES_VERIFY",
        str(project),
        str(user),
        "default",
    ]


def test_the_nearest_project_file_is_the_one(desk):
    desk.write_project("index = 'drop'")
    (desk.notebooks / "omero_tables.toml").write_text("group = 'Lab A'")
    found = desk.load()
    assert (found.group, found.index) == ("Lab A", "auto")


def test_every_variable_gets_its_type(desk):
    found = desk.load(
        OMERO_TABLES_SERVER="omero.site/custom/",
        OMERO_TABLES_PREFIX="custom/",
        OMERO_TABLES_SERVER_ID="2",
        OMERO_TABLES_CHUNK_ROWS="50000",
        OMERO_TABLES_ALLOW_HTTP="yes",
        OMERO_TABLES_MAP="J:\\data=>/data;/mnt/x => /x",
        OMERO_TABLES_LOCAL_PATH=" J:\\data\\tables ",
        OMERO_TABLES_GROUP="",
    )
    assert found.server == "https://omero.site/custom"
    assert found.prefix == "/custom"
    assert (found.server_id, found.chunk_rows, found.allow_http) == (2, 50_000, True)
    assert found.mapping == PathMapping([("J:\\data", "/data"), ("/mnt/x", "/x")])
    assert found.origin_of("map") == found.origin_of("mapping") == "OMERO_TABLES_MAP"
    assert found.local_path == "J:\\data\\tables"
    assert found.group == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INDEX", "sometimes"),
        ("IF_EXISTS", "Fail"),
        ("CHUNK_ROWS", "0"),
        ("CHUNK_ROWS", "1e3"),
        ("CHUNK_ROWS", "9" * 5000),
        ("ALLOW_HTTP", "perhaps"),
        ("MAP", "J:\\data"),
        ("MAP", ";"),
        ("MAP", "data=>/data"),
        ("SERVER", "https://ana:S3CR3T@omero.site"),
        ("SERVER", "https://omero.site/?bsession=S3CR3T"),
        ("SERVER", "ftp://omero.site"),
        ("SERVER", "https://omero.site:99999"),
        ("GROUP", "a\tb"),
    ],
)
def test_a_variable_that_cannot_be_meant_is_named(desk, name, value):
    with pytest.raises(OptionError, match=f"OMERO_TABLES_{name}") as caught:
        desk.load(**{f"OMERO_TABLES_{name}": value})
    assert caught.value.hint
    assert "S3CR3T" not in str(caught.value)


def test_an_unknown_variable_is_a_note_and_no_error(desk):
    found = desk.load(OMERO_TABLES_SERVR="x", OMERO_TABLES_CONFIG_DIR="/nowhere")
    assert len(found.notes) == 1
    assert "did you mean 'OMERO_TABLES_SERVER'" in found.notes[0]


def test_a_wrong_config_value_is_named(desk):
    with pytest.raises(OptionError, match=r"%config: index.*\n"):
        desk.load().override("%config", index="never")


def test_a_mapping_can_be_put_on_top(desk):
    mapping = PathMapping([("/mnt", "/data")])
    assert desk.load().override("%config", map=["/mnt=>/data"]).mapping == mapping
    assert desk.load().override("panel", mapping=mapping).mapping == mapping


def test_relative_files_start_beside_the_settings_file(desk):
    desk.write_project("ca = 'lab.pem'\nlocal-path = 'out'\n[profile.a]\nca = '/etc/a.pem'")
    found = desk.load()
    assert found.ca == str(desk.project / "lab.pem")
    assert found.local_path == str(desk.project / "out")
    assert found.profiles["a"].ca == "/etc/a.pem"


def test_windows_paths_and_addresses_in_a_file_stay_as_they_are(desk):
    desk.write_project("local_path = 'J:\\data'\nremote_path = 's3://bucket/x'")
    assert desk.load().local_path == "J:\\data"


def test_the_hub_tells_its_path(desk):
    assert desk.load(JUPYTERHUB_SERVICE_PREFIX="/user/ana/").hub_prefix == "/user/ana/"
    assert desk.load().hub_prefix == ""


def test_the_process_itself_is_read_by_default(desk, monkeypatch):
    monkeypatch.setenv("OMERO_TABLES_CONFIG_DIR", str(desk.user))
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(desk.state))
    monkeypatch.chdir(desk.notebooks)
    desk.write_user("group = 'Lab A'")
    desk.write_project("index = 'drop'")
    found = settings.load()
    assert (found.group, found.index) == ("Lab A", "drop")
    assert (found.user_dir, found.state_dir) == (desk.user, desk.state)


def test_without_an_override_the_systems_own_folders_are_used(desk):
    found = settings.load(
        start_dir=desk.notebooks, environ={"HOME": "/nowhere"}, user_dir=desk.user
    )
    assert found.state_dir.is_absolute()
    assert "omero-tables-jupyter" in found.state_dir.parts


# --- files ----------------------------------------------------------------------------------------


def test_a_labs_profile_is_read_as_the_lab_wrote_it(desk):
    path = desk.write_project(LAB)
    lab = desk.load().profiles["lab"]
    assert lab == Profile(
        "lab",
        server="https://omero.site",
        folder="tables",
        mapping=PathMapping([(["J:\\data", "/Volumes/lab/data", "/mnt/lab/data"], "/data")]),
        origin=str(path),
        trusted=False,
    )
    there = {"/mnt/lab/data"}
    assert lab.local_folder(exists=there.__contains__) == "/mnt/lab/data/tables"


def test_a_profile_without_a_mapping_has_no_folder():
    assert Profile("x", folder="tables").local_folder() == ""
    mapping = PathMapping([("/mnt/a", "/")])
    assert Profile("x", mapping=mapping).local_folder() == "/mnt/a"


def test_the_users_own_profile_is_trusted_and_the_projects_stands_above_it(desk):
    desk.write_user(LAB + "[profile.own]\n")
    assert desk.load().profiles["lab"].trusted
    desk.write_project(LAB)
    found = desk.load().profiles
    assert (found["lab"].trusted, found["own"].trusted) == (False, True)


def test_a_users_file_above_the_notebook_is_no_project(desk):
    desk.user = desk.project
    desk.write_user(LAB)
    found = desk.load()
    assert found.profiles["lab"].trusted
    assert found.project_file is None


def test_a_byte_order_mark_is_no_error(desk):
    (desk.project / "omero_tables.toml").write_bytes(b"\xef\xbb\xbfgroup = 'A'")
    assert desk.load().group == "A"


def test_a_file_may_name_the_profile_of_another_file(desk):
    desk.write_user(LAB)
    desk.write_project("profile = 'lab'")
    assert settings.choose_profile(desk.load()).name == "lab"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\ngroup = 'A\n", ":2 is not TOML"),
        ('local_path = "J:\\data"', "single quotes"),
        ('local_path = "J:\\tables"', "single quotes"),
        ("\nindx = 'keep'", ":2: 'indx'"),
        ("indx = 'keep'", "did you mean 'index'"),
        ("index = 'kep'", "did you mean 'keep'"),
        ("[profile.lab]\n\nsrever = 'https://o.site'", ":3: 'profile.lab.srever'"),
        ("[profile.lab]\nsrever = 'https://o.site'", "did you mean 'server'"),
        ("[profile.lab]\nfolder = '/abs'", "--local-path"),
        ("[profile.lab]\nfolder = '../up'", "--local-path"),
        ("[profile.lab]\nfolder = 'J:\\x'", "--local-path"),
        ("[profile.lab]\nfolder = 5", "quotes"),
        ("[profile.lab]\nmap = 'x'", "profile.lab.map"),
        ("[profile.lab]\nmap = 5", "[[profile.NAME.map]]"),
        ("[[profile.lab.map]]\nlocal='/a'", "[[profile.NAME.map]]"),
        ("[[profile.lab.map]]\nlocal='/a'\nserver='/b'\nservre='/c'", "did you mean 'server'"),
        ("[[profile.lab.map]]\nlocal={}\nserver='/b'", "local"),
        ("[[profile.lab.map]]\nlocal=[]\nserver='/b'", "local prefix"),
        ('[[profile.lab.map]]\nlocal="J:\\tables"\nserver="/b"', "single quotes"),
        ("[profile]\nlab = 5", "[profile.NAME]"),
        ("profile = 5", "[profile.NAME]"),
        ("[profile.lab]\nsession_hosts = 5", "session_hosts"),
        ("chunk_rows = true", "whole number"),
        ("group = 5", "quotes"),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_its_cure(desk, text, words):
    path = desk.write_user(text)
    with pytest.raises(OptionError) as caught:
        desk.load()
    assert words in str(caught.value)
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "password = 'S3CR3T'",
        "[profile.lab]\nPassword = 'S3CR3T'",
        "[profile.lab]\nsession_key = 'S3CR3T'",
        "[profile.lab]\nbsession = 'S3CR3T'",
        "[[profile.lab.map]]\ntoken = 'S3CR3T'",
        "[anything.deeper]\napi-key = 'S3CR3T'",
        "server = 'https://ana:S3CR3T@omero.site'",
        "[profile.lab]\nserver = 'https://omero.site/?bsession=S3CR3T'",
    ],
)
def test_a_secret_in_a_file_is_refused_and_not_repeated(desk, text):
    desk.write_project(text)
    with pytest.raises(OptionError) as caught:
        desk.load()
    assert "S3CR3T" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(desk):
    (desk.project / "omero_tables.toml").write_bytes(b"group = '\xff'")
    with pytest.raises(OptionError, match="UTF-8"):
        desk.load()


def test_a_folder_in_the_files_place_is_refused(desk):
    (desk.user / "omero_tables.toml").mkdir()
    with pytest.raises(OptionError, match="cannot be read"):
        desk.load()


def test_a_project_may_not_say_where_keys_are_sent(desk):
    desk.write_project("[profile.lab]\nserver='https://evil.org'\nsession_hosts=['omero.site']")
    with pytest.raises(OptionError, match="only you"):
        desk.load()


def test_a_project_may_not_allow_passwords_to_travel_in_the_clear(desk):
    path = desk.write_project("\nallow-http = true")
    with pytest.raises(OptionError, match="only you") as caught:
        desk.load()
    assert f"{path}:2" in caught.value.message
    path.unlink()
    desk.write_user("allow-http = true")
    assert desk.load().allow_http


# --- the rule for secrets -------------------------------------------------------------------------


def test_a_projects_server_is_not_trusted_until_it_is_confirmed(desk):
    desk.write_project("server = 'https://evil.org'\n[profile.lab]\nserver='https://evil.net'")
    found = desk.load()
    assert not found.is_trusted("https://evil.org")
    assert not found.is_trusted("https://evil.net")
    settings.confirm_server("https://evil.org/prefix", folder=desk.state)
    assert found.is_trusted("https://EVIL.org:443")
    assert not found.is_trusted("http://evil.org")
    assert not found.is_trusted("https://evil.org:4443")
    assert settings.is_confirmed("https://evil.org", folder=desk.state)


def test_what_the_user_set_is_trusted(desk):
    desk.write_user("server = 'https://a.org'\n[profile.b]\nserver = 'https://b.org'")
    found = desk.load(OMERO_TABLES_SERVER="https://c.org")
    assert found.is_trusted("https://b.org/custom")
    assert found.is_trusted("https://c.org")
    assert not found.is_trusted("https://d.org")
    assert not found.is_trusted("")
    assert desk.load().is_trusted("https://a.org")


def test_a_password_in_the_environment_stays_with_the_environments_server(desk):
    desk.write_project("server = 'https://evil.org'")
    found = desk.load(OMERO_TABLES_SERVER="https://omero.site", OMERO_PASSWORD="pw")
    assert found.environment_login_may_go("https://omero.site/x", given_by_user=False)
    assert not found.environment_login_may_go("https://evil.org", given_by_user=False)
    assert found.environment_login_may_go("https://other.org", given_by_user=True)
    assert not desk.load().environment_login_may_go("https://evil.org", given_by_user=False)


def test_a_stored_key_goes_to_its_own_host_or_where_the_user_tied_it(desk):
    desk.write_user(
        "[profile.lab]\nserver='https://web.site'\nsession_hosts=['omero.site', 'B.site']"
    )
    found = desk.load()
    assert found.key_may_go("omero.site", "https://omero.site:4443")
    assert found.key_may_go("wss://omero.site:443/omero-wss", "https://omero.site")
    assert found.key_may_go("OMERO.site", "https://web.site")
    assert found.key_may_go("b.site", "https://web.site/x")
    assert not found.key_may_go("omero.site", "https://evil.org")
    assert not found.key_may_go("omero.site", "https://web.site:99")
    assert not found.key_may_go("", "https://web.site")
    assert not found.key_may_go("omero.site", "")


def test_the_environment_wraps_its_secrets(desk):
    found = desk.load(
        OMERO_USER="ana", OMERO_PASSWORD=" S3CR3T ", OMERO_SESSION_KEY="K3Y\n"
    ).environment
    assert found.user == "ana"
    assert found.password.reveal() == " S3CR3T "
    assert found.session_key.reveal() == "K3Y"
    assert "S3CR3T" not in repr(desk.load(OMERO_PASSWORD="S3CR3T"))
    nobody = desk.load().environment
    assert (nobody.password, nobody.session_key, nobody.server) == (None, None, "")


@pytest.mark.skipif(sys.platform == "win32", reason="home directories are elsewhere on Windows")
def test_the_stores_of_other_tools_are_found_as_those_find_them(desk):
    home = Path(desk.environ["HOME"])
    plain = desk.load().environment
    assert plain.token_dir == home / ".omero_user_token"
    assert plain.cli_session_dirs == (home / "omero" / "sessions",)
    assert desk.load(OMERO_USER_TOKEN_DIR="/t").environment.token_dir == Path("/t")
    moved = {
        "OMERO_USERDIR": "/u",
        "OMERO_SESSION_DIR": "/d",
        "OMERO_SESSIONDIR": "/s",
    }
    assert desk.load(**moved).environment.cli_session_dirs == (Path("/s"),)
    del moved["OMERO_SESSIONDIR"]
    assert desk.load(**moved).environment.cli_session_dirs == (Path("/d/omero/sessions"),)
    del moved["OMERO_SESSION_DIR"]
    assert desk.load(**moved).environment.cli_session_dirs == (Path("/u/sessions"),)
    roaming = desk.load(APPDATA="/a", OMERO_USERDIR="").environment.cli_session_dirs
    assert roaming[0] == Path("/a/omero/sessions")
    assert len(roaming) == 3


# --- profiles -------------------------------------------------------------------------------------


def test_an_unknown_profile_names_the_near_one(desk):
    desk.write_user(LAB)
    with pytest.raises(OptionError, match="did you mean 'lab'"):
        settings.choose_profile(desk.load(), "lba")
    with pytest.raises(OptionError, match="did you mean 'lab'"):
        settings.choose_profile(desk.load(OMERO_TABLES_PROFILE="lba"))


def test_a_profile_of_another_server_is_refused(desk):
    desk.write_user(LAB)
    assert settings.choose_profile(desk.load(), "lab", "https://omero.site:443/").name == "lab"
    with pytest.raises(OptionError, match=r"is for https://omero\.site,"):
        settings.choose_profile(desk.load(), "lab", "https://other.site")


def test_the_only_profile_of_a_server_is_chosen(desk):
    desk.write_user(LAB + "[profile.b]\nserver='https://b.org'\n[profile.any]\n")
    found = desk.load()
    assert settings.choose_profile(found, None, "https://b.org").name == "b"
    assert settings.choose_profile(found, None, "https://c.org").name == "any"
    assert settings.choose_profile(found, None, "") is None
    assert settings.choose_profile(desk.load(OMERO_TABLES_SERVER="b.org")).name == "b"


def test_among_several_profiles_the_one_used_last_is_chosen(desk):
    site = "https://omero.site"
    desk.write_user(LAB + f"[profile.second]\nserver='{site}'\n")
    found = desk.load()
    assert settings.choose_profile(found, None, site) is None
    settings.remember(site, profile="second", folder=desk.state)
    assert settings.choose_profile(found, None, site).name == "second"
    assert settings.choose_profile(found).name == "second"
    settings.remember(site, profile="gone", folder=desk.state)
    assert settings.choose_profile(found, None, site) is None


def test_a_preset_profile_gives_way_to_one_of_the_server_that_is_asked(desk):
    desk.write_user(LAB + "[profile.b]\nserver='https://b.org'\n")
    found = desk.load(OMERO_TABLES_PROFILE="lab")
    assert settings.choose_profile(found).name == "lab"
    assert settings.choose_profile(found, None, "https://b.org").name == "b"


def test_a_saved_profile_is_read_back_as_it_was(desk):
    profile = Profile(
        'odd "name".\\ü',
        server="https://omero.site:4443",
        prefix="/x",
        folder="a b/c",
        mapping=PathMapping([(["J:\\data", "/mnt/my data"], "/data"), ("\\\\nas\\x", "/x")]),
        ca="/etc/lab.pem",
        server_id=2,
        session_hosts=("omero.site",),
        origin=str(desk.user / "saved_profiles.toml"),
    )
    assert settings.save_profile(profile, user_dir=desk.user) == profile
    settings.save_profile(Profile("second"), user_dir=desk.user)
    settings.save_profile(Profile("second", folder="new"), user_dir=desk.user)
    found = desk.load().profiles
    assert found[profile.name] == profile
    assert found["second"].folder == "new"
    assert len(found) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_saved_profile_is_for_its_user_alone(desk):
    settings.save_profile(Profile("x"), user_dir=desk.user / "new")
    path = desk.user / "new" / "saved_profiles.toml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["saved_profiles.toml"]


def test_what_people_wrote_is_never_overwritten(desk):
    path = desk.write_user("# mine\n" + LAB)
    with pytest.raises(OptionError, match="choose another name"):
        settings.save_profile(Profile("lab"), user_dir=desk.user)
    settings.save_profile(Profile("other"), user_dir=desk.user)
    assert path.read_text().startswith("# mine\n")


@pytest.mark.parametrize(
    "profile", [Profile(""), Profile("x", folder="/abs"), Profile("x", server="ftp://x")]
)
def test_a_profile_that_could_not_be_read_back_is_not_saved(desk, profile):
    settings.save_profile(Profile("kept"), user_dir=desk.user)
    with pytest.raises(OptionError):
        settings.save_profile(profile, user_dir=desk.user)
    assert list(desk.load().profiles) == ["kept"]


def test_a_folder_that_cannot_be_written_is_named(desk):
    (desk.user / "file").write_text("")
    with pytest.raises(OptionError, match="file"):
        settings.save_profile(Profile("x"), user_dir=desk.user / "file")


def test_a_disk_that_refuses_a_profile_is_named(desk, monkeypatch):
    monkeypatch.setattr(Path, "replace", _full)
    with pytest.raises(OptionError, match=r"cannot be kept in .*saved_profiles\.toml"):
        settings.save_profile(Profile("x"), user_dir=desk.user)
    assert list(desk.user.iterdir()) == []


def _full(*_):
    raise OSError(28, "No space left on device")


def test_a_name_that_is_no_unicode_is_refused(desk):
    with pytest.raises(OptionError, match="Unicode"):
        settings.save_profile(Profile("lab", ca="/etc/\udcff.pem"), user_dir=desk.user)


@pytest.mark.parametrize("address", ["https://[::1", "https://a.org:99999", "ftp://a.org", ""])
def test_what_is_no_address_has_no_origin(address):
    assert settings.origin(address) == ""
    assert settings.host_of(address) == ""


def test_addresses_of_the_same_server_have_the_same_origin():
    assert settings.origin("OMERO.site/x") == settings.origin("https://omero.site:443")
    assert settings.origin("http://[::1]:80/") == "http://[::1]:80"


def test_a_profile_in_memory_stands_above_the_others_until_it_is_forgotten(desk):
    desk.write_user(LAB)
    demo = Profile("lab", server="http://127.0.0.1:4080")
    settings.add_memory_profile(demo)
    try:
        found = desk.load()
        assert found.profiles["lab"] == demo
        assert found.is_trusted("http://127.0.0.1:4080")
    finally:
        settings.forget_memory_profile("lab")
    settings.forget_memory_profile("lab")
    assert desk.load().profiles["lab"].server == "https://omero.site"
    assert not list(desk.user.glob("saved*"))


# --- what is remembered ---------------------------------------------------------------------------


def test_the_latest_targets_come_first_and_once(desk):
    one, two = Target("Dataset", 51), Target("Image", 101)
    settings.remember("https://a.org", profile="lab", targets=[one], folder=desk.state)
    settings.remember("https://a.org/x", targets=[two, one], folder=desk.state)
    settings.remember("https://b.org", folder=desk.state)
    found = settings.recalled("https://a.org", folder=desk.state)
    assert (found.profile, found.targets) == ("lab", (two, one))
    assert settings.recalled("https://c.org", folder=desk.state) == Recalled()
    assert settings.last_server(folder=desk.state) == "https://b.org:443"


def test_the_last_targets_are_kept_in_their_order_apart_from_the_recent_ones(desk):
    one, two, three = Target("Dataset", 51), Target("Image", 101), Target("Image", 102)
    settings.remember("a.org", targets=[two, one], folder=desk.state)
    settings.remember("a.org", targets=[three, two], if_exists="version", folder=desk.state)
    settings.remember("a.org", profile="lab", if_exists="replace", folder=desk.state)
    found = settings.recalled("a.org", folder=desk.state)
    assert (found.last, found.targets) == ((three, two), (three, two, one))
    assert (found.if_exists, found.profile) == ("version", "lab")


def test_the_name_given_last_is_kept_for_each_source_of_a_server(desk):
    def keep(source, name, server="a.org"):
        settings.remember_name(server, source=source, name=name, folder=desk.state)

    keep("cells", "Cells 1")
    keep("nuclei", "Nuclei")
    keep("cells", "Cells 2")
    keep("cells", "Elsewhere", server="b.org")
    keep("", "no source")
    keep("nuclei", "")
    settings.remember("a.org", profile="lab", folder=desk.state)
    found = settings.recalled("a.org", folder=desk.state)
    assert list(found.names.items()) == [("nuclei", "Nuclei"), ("cells", "Cells 2")]
    for number in range(60):
        keep(f"t{number}", "T")
    names = settings.recalled("a.org", folder=desk.state).names
    assert (len(names), "t59" in names, "t9" in names) == (50, True, False)


def test_what_is_no_server_is_not_remembered(desk):
    settings.remember("", profile="lab", folder=desk.state)
    settings.confirm_server("", folder=desk.state)
    assert settings.last_server(folder=desk.state) == ""
    assert not settings.is_confirmed("", folder=desk.state)


def test_the_list_of_servers_does_not_grow_for_ever(desk):
    for port in range(4000, 4040):
        settings.remember(f"http://127.0.0.1:{port}", profile="demo", folder=desk.state)
    assert settings.recalled("http://127.0.0.1:4039", folder=desk.state).profile == "demo"
    assert settings.recalled("http://127.0.0.1:4000", folder=desk.state).profile == ""


def test_the_list_of_targets_does_not_grow_for_ever(desk):
    for number in range(1, 40):
        settings.remember("a.org", targets=[Target("Image", number)], folder=desk.state)
    recent = settings.recalled("a.org", folder=desk.state).targets
    assert (len(recent), recent[0].id) == (20, 39)


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "\0",
        '{"confirmed": 5, "servers": 5}',
        '{"servers": {"https://a.org:443": 5}}',
        '{"servers": {"https://a.org:443": {"profile": 5, "targets": ["Imag:1", 7]}}}',
        '{"servers": {"https://a.org:443": {"last": 5, "names": [], "if_exists": {}}}}',
        '{"servers": {"https://a.org:443": {"names": {"cells": 5}}}}',
    ],
)
def test_a_damaged_state_is_an_empty_one(desk, damage):
    desk.state.mkdir()
    (desk.state / "state.json").write_text(damage)
    assert settings.recalled("https://a.org", folder=desk.state) == Recalled()
    settings.remember("https://a.org", profile="lab", folder=desk.state)
    assert settings.recalled("https://a.org", folder=desk.state).profile == "lab"


def test_a_state_that_cannot_be_written_lives_as_long_as_the_process(desk):
    desk.state.write_text("a file in its place")
    settings.confirm_server("https://a.org", folder=desk.state)
    assert settings.is_confirmed("https://a.org", folder=desk.state)


def test_the_state_holds_no_path_and_no_query_of_a_link(desk):
    settings.remember("https://ana:S3CR3T@a.org/x?bsession=S3CR3T", folder=desk.state)
    assert json.loads((desk.state / "state.json").read_text())["servers"].keys() == {
        "https://a.org:443"
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_the_state_is_for_its_user_alone(desk):
    old = os.umask(0)
    try:
        settings.confirm_server("https://a.org", folder=desk.state)
    finally:
        os.umask(old)
    assert stat.S_IMODE((desk.state / "state.json").stat().st_mode) == 0o600


def test_the_process_state_is_used_by_default(desk, monkeypatch):
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(desk.state))
    settings.remember("https://a.org", profile="lab")
    assert settings.recalled("https://a.org").profile == "lab"
    assert settings.last_server() == "https://a.org:443"
    assert settings.state_folder() == desk.state
