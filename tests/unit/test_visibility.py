"""Will rows show beside each image? Only on a parent, and only by a column of that very name."""

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
from omero_tables_jupyter.jupyter.magic.fixing import fixed
from omero_tables_jupyter.model import Fix, FixKind, Target, TargetInfo
from omero_tables_jupyter.visibility import visibility, visibility_notes

IDS, TEXT = [1, 2], ["A01", "A02"]


def found(columns, *targets):
    plan = otj.check_table(pd.DataFrame(columns))
    return visibility(plan.columns, [TargetInfo(Target.parse(one)) for one in targets])


@pytest.mark.parametrize("target", ["Dataset:51", "Project:1", "Plate:7", "Screen:1"])
def test_rows_show_beside_images_on_each_of_their_parents(target):
    shown = found({"Image": IDS}, target)
    assert (shown.shows, shown.text) == (True, "rows will show beside each image in OMERO.web")


def test_rows_show_beside_wells_on_a_plate_or_screen_only():
    assert found({"Well": IDS}, "Plate:7").text == "rows will show beside each well in OMERO.web"
    assert found({"Well": IDS}, "Screen:1").shows
    assert not found({"Well": IDS}, "Dataset:51").shows
    both = found({"Well": IDS, "Image": IDS}, "Plate:7")
    assert both.text == "rows will show beside each image and each well in OMERO.web"


def test_one_parent_among_the_targets_is_enough():
    assert found({"Image": IDS}, "Image:101", "Dataset:51").shows


@pytest.mark.parametrize(
    ("columns", "targets", "raise_from"),
    [
        ({"Image": IDS}, ["Image:101", "Image:102"], ["Image:101", "Image:102"]),
        ({"Image": IDS}, ["Well:71"], ["Well:71"]),
        ({"Well": IDS}, ["Well:71"], ["Well:71"]),
        ({"Well": IDS}, ["Image:101"], []),
        ({"Image": IDS}, ["Roi:801"], []),
    ],
)
def test_what_hangs_too_low_is_cured_one_step_up(columns, targets, raise_from):
    low = found(columns, *targets)
    assert (low.shows, low.missed) == (False, True)
    assert [str(one) for one in low.raise_from] == raise_from
    assert "--to" in low.text
    assert "attach it to their" in low.text


@pytest.mark.parametrize("name", ["image", "IMAGE"])
def test_a_column_spelt_otherwise_is_renamed_by_the_fix(name):
    shown = found({name: IDS}, "Dataset:51")
    assert (shown.shows, shown.fix) == (False, Fix(FixKind.RENAME, name, "Image"))
    assert f"--rename {name}=Image (rename=" in shown.text
    assert found({fixed(UploadOptions(), shown.fix).rename[0][1]: IDS}, "Dataset:51").shows


def test_names_instead_of_ids_show_nothing_and_no_rename_would_help():
    shown = found({"Image": TEXT}, "Dataset:51")
    assert (shown.shows, shown.fix, shown.raise_from) == (False, None, ())
    assert "a column 'Image' with their ids" in shown.text
    assert not shown.missed


def test_rois_alone_may_show_nowhere():
    assert "nowhere" in found({"roi": IDS}, "Roi:801").text


def test_nothing_is_said_without_a_target_or_where_all_is_well():
    assert found({"Image": IDS}) is None
    plan = otj.check_table(pd.DataFrame({"Image": IDS}))
    assert visibility_notes(plan.columns, ()) == ()
    assert visibility_notes(plan.columns, [TargetInfo(Target("Dataset", 51))]) == ()


def test_only_what_is_missed_is_a_note():
    plain = otj.check_table(pd.DataFrame({"a": IDS})).columns
    linked = otj.check_table(pd.DataFrame({"Image": IDS})).columns
    image = [TargetInfo(Target("Image", 101))]
    assert visibility_notes(plain, image) == ()
    assert [note.text for note in visibility_notes(linked, image)] == [
        visibility(linked, image).text
    ]
