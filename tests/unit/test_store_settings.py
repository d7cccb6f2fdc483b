"""How `s3://` addresses are reached: settings, TileDB's variables, AWS's variables and files."""

from __future__ import annotations

import pytest

from omero_tables_jupyter import settings
from omero_tables_jupyter.arrays.context import context, store_options
from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.config import OmeroTables
from omero_tables_jupyter.settings import Store, load_store
from omero_tables_jupyter.settings.memory import preferred

CONFIG = """
[default]
region = eu-west-1
[profile lab]
endpoint_url = http://lab:9000
[profile virtual]
endpoint_url = https://virtual.site
s3 =
    addressing_style = virtual
[profile path]
s3 =
    addressing_style = path
[profile services]
endpoint_url = http://for-all
services = here
[services here]
s3 =
  endpoint_url = http://for-s3:9000
"""


@pytest.fixture(autouse=True)
def nothing_preferred():
    yield
    settings.prefer(s3_endpoint=None, s3_region=None, s3_path_style=None)


@pytest.fixture
def environ(tmp_path, monkeypatch):
    """An environment with AWS's config file, and a user's folder for settings."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "user").mkdir()
    return {"HOME": str(tmp_path), "OMERO_TABLES_CONFIG_DIR": str(tmp_path / "user")}


def test_without_a_word_it_is_amazon_s(environ):
    assert load_store(environ=environ) == Store(path_style=False)


@pytest.mark.parametrize(
    ("variables", "endpoint", "path_style"),
    [
        ({"AWS_ENDPOINT_URL": "http://a:1"}, "http://a:1", True),
        ({"AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_S3": "http://b"}, "http://b", True),
        ({"AWS_ENDPOINT_URL": "http://a:1", "AWS_PROFILE": "lab"}, "http://a:1", True),
        ({"AWS_PROFILE": "lab"}, "http://lab:9000", True),
        ({"AWS_DEFAULT_PROFILE": "lab"}, "http://lab:9000", True),
        ({"AWS_PROFILE": "virtual"}, "https://virtual.site", False),
        ({"AWS_PROFILE": "path"}, "", True),
        ({"AWS_PROFILE": "services"}, "http://for-s3:9000", True),
        ({"AWS_PROFILE": "unknown"}, "", False),
        ({"AWS_PROFILE": "lab", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "", False),
        ({"AWS_PROFILE": "lab", "AWS_CONFIG_FILE": "/nowhere"}, "", False),
        (
            {"AWS_PROFILE": "lab", "OMERO_TABLES_S3_ENDPOINT": "ours:9000"},
            "https://ours:9000",
            True,
        ),
        (
            {"OMERO_TABLES_S3_ENDPOINT": "http://ours", "OMERO_TABLES_S3_PATH_STYLE": "no"},
            "http://ours",
            False,
        ),
    ],
)
def test_the_nearest_word_on_the_endpoint_counts(environ, variables, endpoint, path_style):
    store = load_store(environ=environ | variables)
    assert (store.endpoint, store.path_style) == (endpoint, path_style)


def test_a_config_file_of_aws_s_that_cannot_be_read_says_nothing(environ, tmp_path):
    (tmp_path / ".aws" / "config").write_text("no section", encoding="utf-8")
    assert load_store(environ={**environ, "AWS_PROFILE": "lab"}).endpoint == ""
    (tmp_path / ".aws" / "config").write_bytes(b"\xff\xfe\x00")
    assert load_store(environ={**environ, "AWS_PROFILE": "lab"}).endpoint == ""


def test_what_this_session_prefers_stands_above_all(environ):
    settings.prefer(s3_endpoint="http://mine:1", s3_region="lab-1", s3_path_style=False)
    environ |= {"OMERO_TABLES_S3_ENDPOINT": "http://ours", "AWS_ENDPOINT_URL": "http://a"}
    store = load_store(environ=environ)
    assert store == Store(endpoint="http://mine:1", region="lab-1", path_style=False)
    assert settings.load(environ=environ).origin_of("s3_region") == "%config OmeroTables"
    settings.prefer(s3_endpoint="")
    assert load_store(environ=environ).endpoint == "http://ours"


def test_a_preference_that_cannot_be_meant_changes_nothing():
    settings.prefer(s3_endpoint="http://mine:1")
    with pytest.raises(OptionError, match="%config OmeroTables: s3_endpoint"):
        settings.prefer(s3_endpoint="http://mine:1/?x=1")
    assert preferred() == {"s3_endpoint": "http://mine:1"}


@pytest.mark.parametrize(
    "address",
    ["http://AK:sk-canary@host", "s3://bucket", "http://", "http://h:port", "http://h?k=1"],
)
def test_an_endpoint_that_is_none_is_refused_without_a_key_being_repeated(environ, address):
    for name in ("OMERO_TABLES_S3_ENDPOINT", "AWS_ENDPOINT_URL"):
        with pytest.raises(OptionError, match=name) as caught:
            load_store(environ={**environ, name: address})
        assert "sk-canary" not in str(caught.value)
        assert "http://minio.lab:9000" in caught.value.hint


def test_a_project_s_file_names_no_store_to_send_tables_to(environ, tmp_path):
    project = tmp_path / "omero_tables.toml"
    project.write_text("s3_endpoint = 'https://elsewhere'", encoding="utf-8")
    with pytest.raises(OptionError, match="only you may say 's3_endpoint'"):
        load_store(environ=environ)
    project.rename(tmp_path / "user" / "omero_tables.toml")
    assert load_store(environ=environ).endpoint == "https://elsewhere"


def test_a_key_in_a_settings_file_is_refused(environ, tmp_path):
    file = tmp_path / "user" / "omero_tables.toml"
    file.write_text("s3_secret_access_key = 'sk-canary'", encoding="utf-8")
    with pytest.raises(OptionError, match="a secret does not belong") as caught:
        load_store(environ=environ)
    assert "sk-canary" not in str(caught.value)


@pytest.fixture
def here(environ, monkeypatch):
    """That environment as this process's own."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_tiledb_is_told_of_a_store_only_where_an_address_needs_it(here):
    here.setenv("AWS_ENDPOINT_URL", "http://lab:9000/s3/")
    here.setenv("AWS_CA_BUNDLE", "/lab/ca.pem")
    options = store_options("s3://bucket/x")
    assert options["vfs.s3.endpoint_override"] == "lab:9000/s3"
    assert options["vfs.s3.scheme"] == "http"
    assert options["vfs.s3.use_virtual_addressing"] == "false"
    assert options["vfs.s3.ca_file"] == "/lab/ca.pem"
    assert "vfs.s3.region" not in options
    assert store_options("/mnt/lab/x") == {}
    assert dict(context(store_options("s3://b/x")).config())["vfs.s3.connect_max_tries"] == "3"


def test_amazon_s_own_store_is_spoken_to_by_host(here):
    here.setenv("OMERO_TABLES_S3_REGION", "eu-central-1")
    options = store_options("s3://bucket/x")
    assert options["vfs.s3.use_virtual_addressing"] == "true"
    assert options["vfs.s3.region"] == "eu-central-1"
    assert not {"vfs.s3.endpoint_override", "vfs.s3.scheme"} & set(options)


def test_tiledb_s_own_variables_stand_above_presets_and_aws_s_but_not_above_settings(here):
    here.setenv("TILEDB_VFS_S3_ENDPOINT_OVERRIDE", "tiledb:1")
    here.setenv("TILEDB_VFS_S3_CONNECT_MAX_TRIES", "9")
    here.setenv("AWS_ENDPOINT_URL", "http://aws:1")
    options = store_options("s3://bucket/x")
    assert not {"vfs.s3.endpoint_override", "vfs.s3.connect_max_tries"} & set(options)
    assert options["vfs.s3.use_virtual_addressing"] == "false"
    here.setenv("TILEDB_VFS_S3_USE_VIRTUAL_ADDRESSING", "true")
    assert "vfs.s3.use_virtual_addressing" not in store_options("s3://bucket/x")
    here.setenv("OMERO_TABLES_S3_ENDPOINT", "http://ours:1")
    assert store_options("s3://bucket/x")["vfs.s3.endpoint_override"] == "ours:1"


def test_no_key_is_among_tiledb_s_settings(here):
    here.setenv("AWS_ACCESS_KEY_ID", "AKCANARY")
    here.setenv("AWS_SECRET_ACCESS_KEY", "sk-canary")
    options = store_options("s3://bucket/x")
    assert "canary" not in repr(options).lower()
    assert "canary" not in repr(dict(context(options).config())).lower()
    assert "canary" not in repr(load_store()).lower()


def test_percent_config_reaches_every_array_that_is_opened(here):
    config = OmeroTables()
    config.s3_endpoint = "http://lab:9000"
    config.s3_path_style = False
    assert store_options("s3://bucket/x")["vfs.s3.endpoint_override"] == "lab:9000"
    assert store_options("s3://bucket/x")["vfs.s3.use_virtual_addressing"] == "true"
    config.s3_endpoint = "s3://bucket"
    with pytest.raises(OptionError, match="not the plain address of an object store"):
        config.values()
    config.forget()
    assert "vfs.s3.endpoint_override" not in store_options("s3://bucket/x")


def test_percent_config_has_no_place_for_keys_and_says_where_they_come_from():
    traits = OmeroTables.class_traits(config=True)
    assert not [name for name in traits if "key" in name or "secret" in name or "token" in name]
    assert "AWS_SECRET_ACCESS_KEY" in traits["s3_endpoint"].help
