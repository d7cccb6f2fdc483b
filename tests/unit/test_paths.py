from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.errors import OptionError, PathError
from omero_tables_jupyter.paths import (
    PathMapping,
    array_path,
    is_array_name,
    is_uri,
    is_windows_path,
    own_path,
    parse_map_option,
    server_path,
)

LAB = PathMapping(
    [
        (["J:\\data", "/Volumes/lab/data", "/mnt/lab/data", "\\\\nas\\lab\\data"], "/data"),
        ("J:\\data\\raw", "/raw"),
    ]
)


@pytest.mark.parametrize(
    ("local", "server"),
    [
        ("J:\\data\\tables\\x.tiledb", "/data/tables/x.tiledb"),
        ("j:/DATA/Tables/X.tiledb", "/data/Tables/X.tiledb"),
        ("J:\\data", "/data"),
        ("J:\\data\\", "/data"),
        ("J:/data//tables/./x.tiledb", "/data/tables/x.tiledb"),
        ("J:\\data\\a\\..\\b", "/data/b"),
        ("J:\\other\\..\\data\\b", "/data/b"),
        ("J:\\data\\raw\\b", "/raw/b"),
        ("J:\\data\\RAW", "/raw"),
        ("J:\\data\\rawer", "/data/rawer"),
        ("J:\\data\\raw\\..\\b", "/data/b"),
        ("\\\\?\\J:\\data\\b", "/data/b"),
        ("\\\\nas\\lab\\data\\b c", "/data/b c"),
        ("\\\\NAS\\Lab\\data\\b", "/data/b"),
        ("//nas/lab/data/b", "/data/b"),
        ("\\\\?\\UNC\\nas\\lab\\data\\b", "/data/b"),
        ("/mnt/lab/data/b/", "/data/b"),
        ("/mnt/lab/data/b/../../data/c", "/data/c"),
        ("//mnt/lab/data/b", "/data/b"),
        ("/Volumes/lab/data", "/data"),
        (Path("/mnt/lab/data/b"), "/data/b"),
        (PureWindowsPath("J:/data/b"), "/data/b"),
        ("s3://bucket/a//b/../c.tiledb", "s3://bucket/a//b/../c.tiledb"),
    ],
)
def test_each_spelling_of_a_share_leads_to_the_same_place(local, server):
    assert LAB.to_server(local) == server


@pytest.mark.parametrize(
    "local",
    [
        "J:\\database\\b",
        "J:\\data\\..\\b",
        "K:\\data\\b",
        "/mnt/lab/database",
        "/mnt/LAB/data/b",
        "/data/b",
        "\\\\nas\\lab2\\data\\b",
        "//other/lab/data",
    ],
)
def test_a_path_beside_every_prefix_is_refused_with_what_the_mapping_knows(local):
    with pytest.raises(PathError, match=r"does not cover.*J:\\data(.|\n)*--map"):
        LAB.to_server(local)


@pytest.mark.parametrize("path", ["J:tables", "tables\\x", "", "  ", "a\0b", 5, None, b"/data"])
def test_what_is_no_path_is_refused(path):
    with pytest.raises(PathError) as caught:
        LAB.to_server(path)
    assert caught.value.hint


def test_a_relative_path_starts_in_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    mapping = PathMapping([(tmp_path, "/data")])
    assert mapping.to_server("x.tiledb") == "/data/here/x.tiledb"
    assert mapping.to_server("../x.tiledb") == "/data/x.tiledb"


def test_a_tilde_is_ones_home(tmp_path, monkeypatch):
    monkeypatch.setattr("os.path.expanduser", lambda text: text.replace("~", str(tmp_path)))
    assert array_path("~/tables", "T", flavour="posix") == f"{tmp_path}/tables/T.tiledb"
    assert PathMapping([("~/lab", "/data")]).to_server("~/lab/x") == "/data/x"
    assert array_path("/mnt/~x", "T", flavour="posix") == "/mnt/~x/T.tiledb"


def test_on_windows_a_relative_path_starts_in_the_working_directory(monkeypatch):
    monkeypatch.setattr("os.getcwd", lambda: "J:\\data\\tables")
    assert LAB.to_server("x.tiledb", flavour="windows") == "/data/tables/x.tiledb"
    assert LAB.to_server("..\\x.tiledb", flavour="windows") == "/data/x.tiledb"
    assert LAB.to_server("\\data\\x.tiledb", flavour="windows") == "/data/x.tiledb"
    assert LAB.to_server("/data/x.tiledb", flavour="windows") == "/data/x.tiledb"
    with pytest.raises(PathError, match="not an absolute path"):
        LAB.to_server("J:x.tiledb", flavour="windows")


def test_symbolic_links_stay_as_they_are(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert PathMapping([(tmp_path / "link", "/data")]).to_server(tmp_path / "link/x") == "/data/x"


@pytest.mark.parametrize(
    ("flavour", "there", "local"),
    [
        ("windows", set(), "J:\\data\\t\\x"),
        ("windows", {"\\\\nas\\lab\\data"}, "\\\\nas\\lab\\data\\t\\x"),
        ("posix", set(), "/Volumes/lab/data/t/x"),
        ("posix", {"/mnt/lab/data"}, "/mnt/lab/data/t/x"),
    ],
)
def test_the_way_back_takes_this_systems_spelling_that_exists(flavour, there, local):
    assert LAB.to_local("/data/t/x", flavour=flavour, exists=there.__contains__) == local


def test_the_way_back_leaves_an_address_that_nobody_maps():
    assert LAB.to_local("s3://bucket/a//b") == "s3://bucket/a//b"


def test_the_way_back_falls_back_on_another_systems_spelling():
    assert LAB.to_local("/raw/../raw/x/", flavour="posix") == "J:\\data\\raw\\x"


@pytest.mark.parametrize("path", ["/database", "/", "/DATA/x"])
def test_the_way_back_from_elsewhere_is_refused(path):
    with pytest.raises(PathError, match="of the server"):
        LAB.to_local(path)


@pytest.mark.parametrize("path", ["data/x", "J:\\data\\x", "file:///data/x"])
def test_the_way_back_starts_from_a_path_of_the_server(path):
    with pytest.raises(PathError):
        LAB.to_local(path)


@pytest.mark.parametrize("name", ["a:b", "a\\b", "what?"])
def test_the_way_back_refuses_names_that_windows_would_read_otherwise(name):
    with pytest.raises(PathError, match="cannot be a name"):
        LAB.to_local(f"/data/{name}", flavour="windows", exists=lambda _: False)


@pytest.mark.parametrize(
    ("pairs", "local", "server"),
    [
        ([("/", "/srv")], "/a/b", "/srv/a/b"),
        ([("/mnt", "/")], "/mnt/a", "/a"),
        ([("J:", "/data")], "J:\\a", "/data/a"),
        ([("J:/", "/data/")], "j:\\a", "/data/a"),
        ([("\\\\nas\\lab\\", "/data")], "\\\\nas\\lab", "/data"),
        ([("/mnt/lab", "s3://bucket/lab")], "/mnt/lab/a b", "s3://bucket/lab/a b"),
        ([("s3://bucket/lab/", "/data")], "s3://bucket/lab/a", "/data/a"),
        ([("s3://bucket/lab", "s3://other")], "s3://bucket/lab/a//b", "s3://other/a//b"),
        ([("s3://bucket/lab", "s3://other")], "s3://bucket/label", "s3://bucket/label"),
        ({"/mnt/lab": "/data"}, "/mnt/lab/a", "/data/a"),
        ([("/a", "/x"), ("/a", "/y")], "/a/b", "/x/b"),
    ],
)
def test_roots_shares_and_stores_are_prefixes_too(pairs, local, server):
    assert PathMapping(pairs).to_server(local) == server


def test_a_store_cannot_climb_out_of_the_folder_that_it_maps_to():
    with pytest.raises(PathError, match="cannot be a name"):
        PathMapping([("s3://bucket", "/data")]).to_server("s3://bucket/../etc")


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        {},
        ["J:\\data"],
        [("J:\\data",)],
        [("J:\\data", "/data", "x")],
        [("", "/data")],
        [("J:\\data", "")],
        [([], "/data")],
        [("data", "/data")],
        [("J:data", "/data")],
        [("J:\\data", "data")],
        [("J:\\data", "J:\\data")],
        [("J:\\data", "file:///data")],
        [(5, "/data")],
        [5],
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(pairs):
    with pytest.raises(PathError) as caught:
        PathMapping(pairs)
    assert caught.value.hint


def test_mappings_compare_by_what_they_mean():
    assert PathMapping([("J:\\data", "/data")]) == PathMapping([("j:/DATA/", "/data/")])
    assert hash(PathMapping([("J:\\a", "/b")])) == hash(PathMapping([("j:/A", "/b")]))
    assert PathMapping([("/mnt/a", "/b")]) != PathMapping([("/mnt/A", "/b")])
    assert PathMapping([("/mnt/a", "/b")]) != [("/mnt/a", "/b")]


def test_a_mapping_shows_its_pairs_and_can_be_made_from_them():
    assert repr(PathMapping([("J:/data", "/data")])) == "PathMapping([('J:\\\\data', '/data')])"
    assert LAB.pairs[1] == (("J:\\data\\raw",), "/raw")
    assert PathMapping(LAB.pairs) == LAB


NAMES = st.text(st.characters(codec="utf-8", exclude_characters='/\\:*?"<>|\0'), min_size=1).filter(
    lambda name: name not in {".", ".."}
)


@given(st.lists(NAMES), st.sampled_from(["posix", "windows"]))
def test_there_and_back_is_the_same_path(names, flavour):
    there = "/".join(["/data", *names])
    local = LAB.to_local(there, flavour=flavour, exists=lambda _: False)
    mapping = PathMapping(LAB.pairs[:1])
    assert mapping.to_server(local, flavour=flavour) == there


@given(st.text("aA./\\:J?sn3 ", max_size=20), st.sampled_from(["posix", "windows"]))
def test_a_mapped_path_never_leaves_the_servers_prefix(path, flavour):
    try:
        found = LAB.to_server(f"J:\\data\\{path}", flavour=flavour)
    except PathError:
        return
    assert (found + "/").startswith(("/data/", "/raw/"))
    assert ".." not in found.split("/")


def test_the_map_option_is_two_paths():
    assert parse_map_option("J:\\data=>/data") == ("J:\\data", "/data")
    assert parse_map_option(" 'J:\\my data' => \"/my data\" ") == ("J:\\my data", "/my data")


@pytest.mark.parametrize(
    "text", ["", "J:\\data", "J:\\data=>", "=>/data", "a=>b=>c", "J:\\data->/x"]
)
def test_the_map_option_is_nothing_else(text):
    with pytest.raises(OptionError, match="LOCAL=>SERVER"):
        parse_map_option(text)


@pytest.mark.parametrize(
    ("local", "flavour", "expected"),
    [
        ("/mnt/lab", "posix", "/mnt/lab/My v1.2 results.tiledb"),
        ("/mnt/lab/", "posix", "/mnt/lab/My v1.2 results.tiledb"),
        ("/mnt/lab/x.tiledb", "posix", "/mnt/lab/x.tiledb"),
        ("/mnt/lab/x.tiledb/", "posix", "/mnt/lab/x.tiledb"),
        ("/mnt/lab/../y", "posix", "/mnt/y/My v1.2 results.tiledb"),
        (PurePosixPath("/mnt/lab"), "posix", "/mnt/lab/My v1.2 results.tiledb"),
        ("s3://bucket", "posix", "s3://bucket/My v1.2 results.tiledb"),
        ("s3://bucket/a/", "windows", "s3://bucket/a/My v1.2 results.tiledb"),
        ("s3://bucket/x.tiledb", "posix", "s3://bucket/x.tiledb"),
        ("J:/t/my.tiledb", "windows", "J:\\t\\my.tiledb"),
        ("J:\\t", "windows", "J:\\t\\My v1.2 results.tiledb"),
        ("\\\\nas\\lab", "windows", "\\\\nas\\lab\\My v1.2 results.tiledb"),
    ],
)
def test_the_array_goes_where_it_says_or_into_the_folder(local, flavour, expected):
    assert array_path(local, "My v1.2 results", flavour=flavour) == expected


def test_a_relative_place_is_made_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert array_path("tables", "T") == str(tmp_path / "tables/T.tiledb")


@pytest.mark.parametrize(
    "local", ["J:\\data", "J:/data", "J:", "\\\\nas\\lab", "tables\\x.tiledb", "/mnt/lab\\x"]
)
def test_a_windows_path_on_another_system_is_refused_before_anything_is_written(local):
    with pytest.raises(PathError, match="this machine sees it"):
        array_path(local, "T", flavour="posix")


def test_an_address_that_pathlib_has_spoilt_is_refused():
    with pytest.raises(PathError, match="plain text"):
        array_path(Path("s3://bucket/tables"), "T")


@pytest.mark.parametrize("address", ["file:///mnt/x", "https://ana:pw@omero.site/x", "file:/mnt/x"])
def test_an_address_that_is_no_object_store_is_refused(address):
    with pytest.raises(PathError, match="s3://") as caught:
        array_path(address, "T")
    assert "pw" not in str(caught.value)


def test_the_windows_rules_hold_where_python_runs_on_windows(monkeypatch):
    monkeypatch.setattr("os.path.sep", "\\")
    assert array_path("J:/t", "T") == "J:\\t\\T.tiledb"


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("/srv/t/my.tiledb", "/srv/t/my.tiledb"),
        ("/srv/t", "/srv/t/cells.tiledb"),
        ("/srv/t/", "/srv/t/cells.tiledb"),
        ("/srv/v1.2", "/srv/v1.2/cells.tiledb"),
        ("s3://bucket/t", "s3://bucket/t/cells.tiledb"),
        ("s3://bucket/my.tiledb", "s3://bucket/my.tiledb"),
        (PurePosixPath("/srv/t"), "/srv/t/cells.tiledb"),
    ],
)
@pytest.mark.parametrize(
    ("local", "flavour"),
    [("J:\\data\\cells.tiledb", "windows"), ("/mnt/lab/data/cells.tiledb", "posix")],
)
def test_a_remote_path_is_the_array_or_its_folder(local, flavour, remote, expected):
    assert server_path(local, remote_path=remote, mapping=LAB, flavour=flavour) == expected


@pytest.mark.parametrize("remote", ["srv/t", "J:\\t", "", "file:///srv/t", "\\\\nas\\t"])
def test_a_remote_path_that_no_server_has_is_refused(remote):
    with pytest.raises(PathError):
        server_path("/mnt/x.tiledb", remote_path=remote)


@pytest.mark.parametrize(
    ("local", "flavour", "mapping", "expected"),
    [
        ("J:\\data\\x.tiledb", "windows", LAB, "/data/x.tiledb"),
        ("/mnt/lab/data/x.tiledb", "posix", LAB, "/data/x.tiledb"),
        ("/elsewhere/x.tiledb", "posix", LAB, "/elsewhere/x.tiledb"),
        ("/elsewhere/a/../x.tiledb", "posix", None, "/elsewhere/x.tiledb"),
        ("s3://bucket/a//x.tiledb", "posix", LAB, "s3://bucket/a//x.tiledb"),
        ("s3://bucket/x.tiledb", "windows", None, "s3://bucket/x.tiledb"),
    ],
)
def test_without_a_remote_path_the_mapping_or_the_path_itself_is_sent(
    local, flavour, mapping, expected
):
    assert server_path(local, mapping=mapping, flavour=flavour) == expected


@pytest.mark.parametrize(
    ("local", "option"),
    [
        ("J:\\data\\tables\\x.tiledb", r'--map "J:\data=>/data"'),
        ("J:\\x.tiledb", r'--map "J:\=>/data"'),
        ("\\\\nas\\lab\\t\\x.tiledb", r'--map "\\nas\lab=>/data"'),
    ],
)
def test_a_windows_path_without_a_mapping_names_the_option_to_add(local, option):
    with pytest.raises(PathError) as caught:
        server_path(local, flavour="windows", mapping=PathMapping([("K:\\", "/k")]))
    assert option in caught.value.hint


def test_paths_are_told_apart_by_their_looks():
    assert [is_uri(p) for p in ("s3://b/x", "https://h", "J:/x", "/x", "C://x")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert all(map(is_windows_path, ["J:\\x", "j:/x", "J:", "\\\\nas\\x", "a\\b"]))
    assert not any(map(is_windows_path, ["/x", "x/y", "s3://b/x", "ab:c"]))
    assert all(map(is_array_name, ["x.tiledb", "/a/X.TileDB/", Path("x.tiledb")]))
    assert not any(map(is_array_name, ["x", "/a/x.tiledb/y", "tiledb"]))


def test_a_mapping_says_what_it_covers():
    mapping = PathMapping([("/mnt/lab", "/data"), (r"J:\data", "/data")])
    assert mapping.covers("/mnt/lab/tables/x.tiledb")
    assert not mapping.covers("/mnt/labs/x.tiledb")
    assert mapping.covers(r"j:\DATA\x.tiledb", flavour="windows")
    assert not mapping.covers("s3://bucket/x.tiledb")


def test_a_path_of_this_machine_is_absolute_and_starts_at_home_where_it_says_so(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for spelt in ("~/a/b", "a/b", "a/./b/", tmp_path / "a" / "b"):
        assert own_path(spelt) == str(tmp_path / "a" / "b"), spelt
    assert own_path("a/../b") == str(tmp_path / "a" / ".." / "b")
    assert own_path("s3://bucket/tables") == "s3://bucket/tables"
    with pytest.raises(PathError, match="path of Windows"):
        own_path("J:\\data")
