from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.omero.credentials import find_stored

if TYPE_CHECKING:
    from pathlib import Path

KEY = "0b30ee4a-CANARY-4b0f-9c61-f48b31bcad8c"
posix_only = pytest.mark.skipif(os.name != "posix", reason="file modes mean this on POSIX only")


@pytest.fixture
def token_dir(tmp_path) -> Path:
    folder = tmp_path / "token-dir"
    folder.mkdir()
    return folder


@pytest.fixture
def store(tmp_path) -> Path:
    folder = tmp_path / "sessions"
    folder.mkdir()
    return folder


def put_token(folder: Path, text: str | bytes, mode: int = 0o600) -> None:
    path = folder / "token"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(mode)


def put_session(store: Path, host: str, user: str, name: str, text="", *, age_s=0):
    folder = store / host / user
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    os.utime(path, (1_700_000_000 - age_s, 1_700_000_000 - age_s))
    return path


def test_where_nothing_is_nothing_is_found(tmp_path):
    found = find_stored(tmp_path / "none", [tmp_path / "neither"])
    assert (found.sessions, found.skipped) == ((), ())


@pytest.mark.parametrize(
    ("text", "host"),
    [
        (f"{KEY}@omero.site:4064\n", "omero.site"),
        (f"  {KEY}@OMERO.site:4064", "omero.site"),
        (f"{KEY}@omero.site", "omero.site"),
        (f"{KEY}@[::1]:4064", "::1"),
        (f"{KEY}@wss://omero.site/omero-ws:443", "omero.site"),
    ],
)
def test_the_token_file_names_key_and_host(token_dir, store, text, host):
    put_token(token_dir, text)
    (one,) = find_stored(token_dir, [store]).sessions
    assert (one.host, one.user, one.origin, one.note) == (host, "", "omero-user-token file", "")
    assert one.key == Secret(KEY)
    assert "CANARY" not in repr(one)


@pytest.mark.parametrize(
    "text",
    ["", "\n", "CANARY", "@omero.site", f"{KEY}@", f"{KEY}@[::1", "a CANARY@h", b"\xff\xfe@h"],
)
def test_a_token_file_that_says_something_else_is_passed_over_with_a_reason(token_dir, store, text):
    put_token(token_dir, text)
    found = find_stored(token_dir, [store])
    assert found.sessions == ()
    (reason,) = found.skipped
    assert str(token_dir / "token") in reason
    assert "CANARY" not in reason


@posix_only
def test_files_that_others_can_read_are_used_and_noted(token_dir, store):
    put_token(token_dir, f"{KEY}@omero.site:4064", mode=0o644)
    put_session(store, "omero.site", "ana", KEY, "").chmod(0o640)
    token, cli = find_stored(token_dir, [store]).sessions
    assert "chmod 600" in token.note
    assert str(store / "omero.site" / "ana") in cli.note
    assert "CANARY" not in cli.note
    quiet = find_stored(token_dir, [store], check_modes=False)
    assert {one.note for one in quiet.sessions} == {""}


def test_the_cli_store_names_host_user_and_key(token_dir, store):
    text = f"omero.host=omero.site\nomero.user=ana\nomero.sess={KEY}\nomero.port=4064\nodd line\n"
    put_session(store, "omero.site", "ana", KEY, text)
    (one,) = find_stored(token_dir, [store]).sessions
    assert (one.host, one.user, one.origin) == ("omero.site", "ana", "OMERO CLI store")
    assert one.key == Secret(KEY)


def test_folders_and_file_names_stand_in_for_what_a_session_file_leaves_out(token_dir, store):
    put_session(store, "wss%3A%2F%2Fomero.site%3A443", "ana%40lab", KEY, "")
    (one,) = find_stored(token_dir, [store]).sessions
    assert (one.host, one.user, one.key) == ("omero.site", "ana@lab", Secret(KEY))


def test_what_was_used_last_comes_first_then_the_newest(token_dir, store):
    for host, user, name, age_s in (
        ("a.site", "ana", "key-1", 0),
        ("b.site", "ana", "key-2", 50),
        ("b.site", "ana", "key-3", 10),
        ("b.site", "ana", "key-4", 90),
        ("b.site", "ben", "key-5", 0),
    ):
        put_session(store, host, user, name, "", age_s=age_s)
    (store / "._LASTHOST_").write_text("b.site")
    (store / "b.site" / "._LASTUSER_").write_text("ana")
    (store / "b.site" / "ana" / "._LASTSESS_").write_text("key-4\n")
    keys = [one.key.reveal() for one in find_stored(token_dir, [store]).sessions]
    assert keys == ["key-4", "key-3", "key-2", "key-5", "key-1"]


@pytest.mark.parametrize("text", [b"\xff\xfe", "omero.host=[::1\n", "omero.sess=two words\n"])
def test_a_damaged_session_is_passed_over_and_its_file_not_named(token_dir, store, text):
    put_session(store, "omero.site", "ana", KEY, text)
    found = find_stored(token_dir, [store])
    assert found.sessions == ()
    (reason,) = found.skipped
    assert str(store / "omero.site" / "ana") in reason
    assert "CANARY" not in reason


def test_a_store_that_never_ends_is_not_read_to_its_end(token_dir, store):
    for number in range(60):
        put_session(store, "omero.site", "ana", f"key-{number}", "")
    found = find_stored(token_dir, [store])
    assert len(found.sessions) == 50
    assert found.skipped == ("OMERO CLI store: more than 50 sessions; the rest was not read",)


def test_a_file_where_a_folder_belongs_is_no_store(token_dir, tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    assert find_stored(token_dir, [path]).sessions == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    content=st.binary(max_size=200), host=st.from_regex(r"[A-Za-z0-9%.:-]{1,20}", fullmatch=True)
)
def test_whatever_the_files_hold_nothing_is_raised_and_no_key_is_shown(
    tmp_path_factory, content, host
):
    root = tmp_path_factory.mktemp("home")
    put_token(root, content)
    if host.strip("."):
        put_session(root / "store", host, "ana", KEY, content)
    found = find_stored(root, [root / "store"])
    assert "CANARY" not in repr(found)
