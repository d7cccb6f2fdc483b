"""Where an array goes: what is given, set, in a profile; and where the server sees it."""

import os
from pathlib import Path

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter import settings, signin
from omero_tables_jupyter.arrays import standing
from omero_tables_jupyter.request import read_request
from omero_tables_jupyter.whereto import Destination, choose_place

FRAME = pd.DataFrame({"a": [1]})


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Make a share, with a folder for each source that could name one."""
    (tmp_path / "notebook").mkdir()
    monkeypatch.chdir(tmp_path / "notebook")
    share = tmp_path / "share"
    for name in ("argument", "environment", "project", "user", "profile"):
        (share / name).mkdir(parents=True)
    return share


def write_user_file(text):
    folder = Path(os.environ["OMERO_TABLES_CONFIG_DIR"])
    folder.mkdir(exist_ok=True)
    (folder / "omero_tables.toml").write_text(text)


def write_project_file(text):
    Path("omero_tables.toml").write_text(text)


def placed(name="T", config=None, **options):
    """Choose the place as a job does."""
    asked = read_request(FRAME, name, **options)
    known = settings.load().override("%config OmeroTables", **(config or {}))
    profile = signin.server_of(asked, known).profile
    return choose_place(asked, name, settings=known, profile=profile)


def profile_text(share, name="lab", folder="profile", server=""):
    head = f"server = '{server}'\n" if server else ""
    return (
        f"[profile.{name}]\n{head}folder = '{folder}'\n"
        f"[[profile.{name}.map]]\nlocal = ['/not/mounted', '{share}']\nserver = '/data'\n"
    )


def test_the_nearer_source_of_the_folder_wins(desk, monkeypatch):
    found = []

    def look(**options):
        place = placed(**options)
        found.append(Path(place.local).parent.name if place else None)

    look()
    write_user_file(profile_text(desk))
    look()
    write_user_file(f"local_path = '{desk}/user'\n{profile_text(desk)}")
    look()
    write_project_file(f"local_path = '{desk}/project'")
    look()
    monkeypatch.setenv("OMERO_TABLES_LOCAL_PATH", f"{desk}/environment")
    look()
    look(config={"local_path": f"{desk}/config"})
    look(profile="lab")
    look(local_path=f"{desk}/argument", profile="lab")
    assert found == [
        None,
        "profile",
        "user",
        "project",
        "environment",
        "config",
        "profile",
        "argument",
    ]


def test_the_nearer_source_of_the_mapping_wins(desk, monkeypatch):
    found = []

    def look(**options):
        found.append(placed(local_path=desk / "argument", **options).remote.split("/")[1])

    look()
    write_user_file(profile_text(desk))
    look()
    write_user_file(f"map = ['{desk}=>/user']\n{profile_text(desk)}")
    look()
    write_project_file(f"map = ['{desk}=>/project']")
    look()
    monkeypatch.setenv("OMERO_TABLES_MAP", f"{desk}=>/environment")
    look()
    look(config={"map": [f"{desk}=>/config"]})
    monkeypatch.setenv("OMERO_TABLES_REMOTE_PATH", "/remote/tables")
    look()
    look(profile="lab")
    look(mapping=f"{desk}=>/argument")
    look(mapping=f"{desk}=>/argument", remote_path="/given/x.tiledb")
    assert found == [
        str(desk).split("/")[1],
        *("data", "user", "project", "environment", "config"),
        *("remote", "data", "argument", "given"),
    ]


def test_a_profile_gives_the_spelling_of_the_share_that_is_there(desk):
    write_user_file(profile_text(desk))
    place = placed()
    assert place.local == str(desk / "profile" / "T.tiledb")
    assert place.remote == "/data/profile/T.tiledb"


def test_of_several_profiles_of_a_server_the_one_last_used_is_taken(desk):
    server = "https://omero.example"
    write_user_file(
        f"server = '{server}'\n"
        + profile_text(desk, "one", "user", server)
        + profile_text(desk, "two", "project", server)
    )
    assert placed() is None
    settings.remember(server, profile="two")
    assert Path(placed().local).parent.name == "project"
    assert Path(placed(profile="one").local).parent.name == "user"


def test_a_profile_without_a_mapping_says_nothing_of_places(desk):
    write_user_file("[profile.lab]\nserver = 'https://omero.example'\nfolder = 'tables'")
    assert placed(profile="lab") is None
    with pytest.raises(otj.PathError, match="profile 'lab' has no mapping"):
        otj.upload_table(FRAME, "T", to="Dataset:51", profile="lab")


@pytest.mark.parametrize(
    ("local", "remote", "seen"),
    [
        ("folder", "/srv/tables", "/srv/tables/My v1.2.tiledb"),
        ("folder", "/srv/tables/", "/srv/tables/My v1.2.tiledb"),
        ("folder", "/srv/x.tiledb", "/srv/x.tiledb"),
        ("here.tiledb", "/srv/x.tiledb", "/srv/x.tiledb"),
        ("here.tiledb", "/srv/tables", "/srv/tables/here.tiledb"),
        ("HERE.TILEDB", "/srv/tables", "/srv/tables/HERE.TILEDB"),
    ],
)
def test_the_remote_path_is_a_folder_or_the_array_itself(desk, local, remote, seen):
    place = placed("My v1.2", local_path=desk / local, remote_path=remote)
    assert place.remote == seen


@pytest.mark.parametrize(
    ("local", "remote", "written", "seen"),
    [
        ("", "/srv", "T-2.tiledb", "/srv/T-2.tiledb"),
        ("", "/srv/x.tiledb", "T-2.tiledb", "/srv/x-2.tiledb"),
        ("", None, "T-2.tiledb", "/data/T-2.tiledb"),
        ("Y.tiledb", "/srv/x.tiledb", "Y-2.tiledb", "/srv/x-2.tiledb"),
        ("Z.TILEDB", "/srv/x.tiledb", "Z-2.TILEDB", "/srv/x-2.tiledb"),
    ],
)
def test_a_version_has_the_same_number_on_both_sides(desk, local, remote, written, seen):
    for name in ("T.tiledb", "Y.tiledb", "Z.TILEDB"):
        (desk / name).mkdir()
    place = placed(
        local_path=desk / local, remote_path=remote, mapping={desk: "/data"}, if_exists="version"
    )
    assert Path(place.local) == desk / written
    assert place.remote == seen
    assert place.seen(place.first) == seen.replace("-2", "")


def test_a_version_on_an_object_store_is_one_that_is_not_taken(monkeypatch):
    taken = {"s3://lab/T.tiledb", "s3://lab/T-2.tiledb"}
    monkeypatch.setattr(standing, "is_taken", taken.__contains__)
    place = placed(local_path="s3://lab", if_exists="version")
    assert (place.local, place.remote) == ("s3://lab/T-3.tiledb", "s3://lab/T-3.tiledb")


def test_what_is_to_be_replaced_must_be_an_array_of_a_folder(desk, monkeypatch):
    place = placed(local_path=desk / "T.tiledb", if_exists="replace")
    assert not place.replaces
    place.check()
    (desk / "T.tiledb").mkdir()
    assert place.replaces
    with pytest.raises(otj.PathError, match="not a TileDB array"):
        place.check()
    monkeypatch.setattr(standing, "is_taken", lambda path: True)
    with pytest.raises(otj.PathError, match="an object store renames nothing") as refused:
        placed(local_path="s3://lab", if_exists="replace").check()
    assert "if_exists='version'" in refused.value.hint


def test_what_cannot_be_is_refused(desk):
    with pytest.raises(otj.PathError, match="nothing says where to write"):
        placed(remote_path="/srv/x.tiledb")
    with pytest.raises(otj.PathError, match="not a path of the server"):
        placed(local_path=desk, remote_path="tables", if_exists="fail")


def test_a_place_knows_its_versions():
    place = Destination("/a/T.tiledb", "/a/T.tiledb", "/data/other.tiledb")
    assert place.remote == "/data/other.tiledb"
    assert place.seen("/a/T-12.tiledb") == "/data/other-12.tiledb"
