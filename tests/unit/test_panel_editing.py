import pytest

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
from omero_tables_jupyter.jupyter.panel.editing import (
    as_they_are,
    attached,
    called,
    detached,
    file_of,
    folder_of,
    in_file,
    in_folder,
    in_profile,
    mapped,
    of_another_table,
    targets_of,
    written_anew,
)
from omero_tables_jupyter.links import Target

NOTHING = UploadOptions()


def test_a_pasted_text_adds_each_object_once():
    once = attached(NOTHING, "Image:101, Dataset:51")
    assert once.to == ("Image:101", "Dataset:51")
    assert attached(once, "dataset-51").to == once.to


def test_a_link_keeps_its_server_and_nothing_else():
    link = "https://omero.site/omero/webclient/?show=image-1|image-2&bsession=secret&page=3"
    assert attached(NOTHING, link).to == (
        "https://omero.site/omero/webclient/?show=image-1",
        "https://omero.site/omero/webclient/?show=image-2",
    )


def test_what_names_no_object_is_refused():
    with pytest.raises(TargetError):
        attached(NOTHING, "the second dataset")


def test_an_object_is_taken_away_however_it_was_written():
    options = attached(attached(NOTHING, "Image:101"), "https://omero.site/webclient/?show=image-2")
    assert detached(options, Target("Image", 2)).to == ("Image:101",)
    assert targets_of(options) == (Target("Image", 101), Target("Image", 2))


def test_what_the_line_said_becomes_one_text_an_object():
    typed = UploadOptions(to=("Image:1,Image:2",), parent_type="Dataset", parent_id=51)
    assert written_anew(typed).to == ("Image:1", "Image:2", "Dataset:51")
    assert written_anew(UploadOptions(parent_id=5)).to == ("Image:5",)
    assert written_anew(UploadOptions(dry_run=True, background=True, quiet=True)) == NOTHING


def test_every_choice_about_columns_is_forgotten():
    chosen = UploadOptions(columns=("a",), exclude=("b",), rename=(("a", "c"),), as_text=("a",))
    assert as_they_are(chosen) == NOTHING


def test_a_folder_stays_for_another_table_and_an_array_does_not():
    assert of_another_table(UploadOptions(local_path="/mnt/lab"), "b").local_path == "/mnt/lab"
    assert of_another_table(UploadOptions(local_path="/mnt/a.tiledb"), "b").local_path is None
    read = UploadOptions(encoding="latin-1", delimiter=";", decimal=",", name="A")
    assert of_another_table(read, "b") == UploadOptions(source="b")


def test_an_empty_name_is_left_to_the_source():
    assert called(NOTHING, "  ").name is None
    assert called(NOTHING, " Cells ").name == "Cells"


def test_another_share_lets_go_of_the_folder_of_the_one_before():
    before = UploadOptions(local_path="/a", remote_path="/b", mapping=(("/a", "/b"),))
    assert in_profile(before, "lab") == UploadOptions(profile="lab")
    assert in_folder(in_profile(NOTHING, "lab"), "").local_path is None


@pytest.mark.parametrize(
    ("place", "folder"),
    [
        ("/mnt/lab/cells.tiledb", "/mnt/lab"),
        ("/cells.tiledb", "/"),
        ("J:\\data\\cells.tiledb", "J:\\data"),
        ("s3://bucket/cells.tiledb", "s3://bucket"),
    ],
)
def test_an_array_is_a_folder_and_a_file(place, folder):
    assert folder_of(place) == folder
    assert file_of(place) == "cells"


@pytest.mark.parametrize("name", ["nuclei", "nuclei.tiledb", " nuclei "])
def test_another_file_stands_in_the_same_folder(name):
    options = in_file(NOTHING, "J:\\data\\cells.tiledb", name)
    assert options.local_path == "J:\\data\\nuclei.tiledb"


def test_a_file_without_a_name_is_named_by_the_table_again():
    named = in_file(NOTHING, "/mnt/lab/cells.tiledb", "nuclei")
    assert in_file(named, "/mnt/lab/nuclei.tiledb", "").local_path == "/mnt/lab"
    assert in_file(NOTHING, "/mnt/lab/cells.tiledb", "").local_path is None


@pytest.mark.parametrize(
    ("local", "folder", "path"),
    [
        ("J:\\data\\", "tables/new", "J:\\data\\tables\\new"),
        ("/mnt/lab", "tables", "/mnt/lab/tables"),
        ("/mnt/lab/", "", "/mnt/lab"),
    ],
)
def test_a_mapping_for_once_names_the_folder_below_it(local, folder, path):
    options = mapped(UploadOptions(profile="lab", remote_path="/x"), local, "/data", folder)
    assert options == UploadOptions(mapping=((local, "/data"),), local_path=path)
