"""Fixes, and clicks on columns, as changes of the options that the magic would have been given."""

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions, parse
from omero_tables_jupyter.jupyter.magic.calling import call_of
from omero_tables_jupyter.jupyter.magic.fixing import excluded, fixed, included, renamed
from omero_tables_jupyter.jupyter.magic.variables import Named
from omero_tables_jupyter.model import Fix, FixKind

RENAME = Fix(FixKind.RENAME, "cell id", "cell_id")
DROP = Fix(FixKind.DROP, "Unnamed: 0")
AS_TEXT = Fix(FixKind.AS_TEXT, "code")


@pytest.mark.parametrize("fix", [RENAME, DROP, AS_TEXT, Fix(FixKind.VERSION, "")])
def test_a_fix_applied_twice_is_applied_once(fix):
    options = fixed(UploadOptions(source="cells"), fix)
    assert options != UploadOptions(source="cells")
    assert fixed(options, fix) == options


def test_fixes_say_what_the_options_of_the_magic_say():
    options = UploadOptions(source="cells")
    for fix in (RENAME, DROP, AS_TEXT, Fix(FixKind.VERSION, "")):
        options = fixed(options, fix)
    typed = (
        'cells --rename "cell id=cell_id" --exclude "Unnamed: 0" --as-text code --if-exists version'
    )
    assert options == parse(typed).resolve({})


def test_a_rename_takes_the_place_of_the_one_before_and_leaves_the_others():
    options = UploadOptions(rename=(("a", "b"), ("cell id", "id"), ("c", "d")))
    assert fixed(options, RENAME).rename == (("a", "b"), ("c", "d"), ("cell id", "cell_id"))


def test_a_rename_to_its_own_name_takes_the_rename_back():
    assert renamed(UploadOptions(rename=(("a", "b"),)), "a", "a").rename == ()


def test_a_column_that_was_chosen_is_not_chosen_any_more_when_it_is_dropped():
    options = UploadOptions(columns=("a", "b"), rename=(("b", "B"),), as_text=("b", "a"))
    dropped = excluded(options, "b")
    assert (dropped.columns, dropped.exclude) == (("a",), ())
    assert (dropped.rename, dropped.as_text) == ((), ("a",))


def test_the_last_column_chosen_is_excluded_so_that_no_choice_does_not_become_all():
    dropped = excluded(UploadOptions(columns=("a",)), "a")
    assert (dropped.columns, dropped.exclude) == (("a",), ("a",))


def test_a_column_that_comes_in_beside_the_choice_is_excluded():
    dropped = excluded(UploadOptions(columns=("a",), index="keep"), "index")
    assert (dropped.columns, dropped.exclude) == (("a",), ("index",))


@pytest.mark.parametrize("columns", [None, ("a", "b")])
def test_a_column_taken_back_is_stored_again(columns):
    options = UploadOptions(columns=columns)
    back = included(excluded(options, "b"), "b")
    assert back == options


def test_a_column_beyond_the_choice_becomes_the_last():
    assert included(UploadOptions(columns=("b",)), "a").columns == ("b", "a")


def plan_of(frame, options):
    call = call_of(options, Named(frame, "T"), {})
    return otj.check_table(frame, **call)


def first_fix(plan):
    found = (one.fix for one in (*plan.problems, *plan.notes) if one.fix)
    return next(found, None)


def test_fixes_applied_one_by_one_end_in_a_plan_without_problems_or_fixes():
    frame = pd.DataFrame(
        [[1, "A01", 2**63, 0.5, 1, 2, 3, 4]],
        columns=["Image", "Well", "big", "Plate", "", "twice", "twice", "__hidden"],
    ).astype({"big": object})
    options = UploadOptions(source="cells")
    for _ in range(20):
        fix = first_fix(plan_of(frame, options))
        if fix is None:
            break
        options = fixed(options, fix)
    plan = plan_of(frame, options)
    assert (plan.ok, first_fix(plan)) == (True, None)
    assert len(plan.columns) == 8
