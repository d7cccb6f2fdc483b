"""A cure is said in the panel by its controls, and as it is typed where the panel has none."""

import ast
from pathlib import Path

import pytest

import omero_tables_jupyter
from omero_tables_jupyter.arrays.plan import as_text_cure, exclude_cure, rename_cure
from omero_tables_jupyter.jupyter.panel.wording import IF_EXISTS, in_the_panel, plan_in_the_panel
from omero_tables_jupyter.model import Fix, FixKind, Note, Problem, TablePlan

PACKAGE = Path(omero_tables_jupyter.__file__).parent
#: What the panel's check says comes from these.
SPOKEN = ("check", "paths", "visibility", "whereto", "request", "arguments", "signin", "links")


def hints():
    """Give every cure that is written in the modules of the check, X for what is filled in."""
    sources = [PACKAGE / f"{name}.py" for name in SPOKEN]
    sources += sorted(PACKAGE.joinpath("arrays").rglob("*.py"))
    for source in sources:
        for call in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            for one in getattr(call, "keywords", ()):
                text = _text(one.value) if one.arg == "hint" else ""
                if "--" in text:
                    yield text


def _text(value):
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(part.value if _is_text(part) else "X" for part in parts)
    return ""


def _is_text(part):
    return isinstance(part, ast.Constant)


@pytest.mark.parametrize(
    ("cure", "said"),
    [
        (
            'give one: --name "Cells plate 7" (table_name=...)',
            'give one: "Cells plate 7" in the field "Name"',
        ),
        (
            "name at least one object: --to Dataset:51 (to='Dataset:51'), or a link",
            'name at least one object: Dataset:51 in the field "Attach to", or a link',
        ),
        (
            "use --if-exists version (if_exists='version') to write NAME-2 beside it",
            f'use "If it exists: {IF_EXISTS["version"]}" to write NAME-2 beside it',
        ),
        (
            "rename it, for example --rename a=a_2 (rename={'a': 'a_2'})",
            "rename it, for example 'a_2', in its row of the list of columns",
        ),
        (
            f"call it otherwise: {rename_cure('my area', 'an area')}",
            "call it otherwise: 'an area', in its row of the list of columns",
        ),
        (
            f"leave it out: {exclude_cure('a')}",
            "leave it out: its tick in the list of columns",
        ),
        (
            'add a mapping, --map "J:\\lab=>/data", or move the table',
            'add a mapping, the button "New…", or move the table',
        ),
        (
            "log in again: %omero_login https://a.b (in a script: login('a.b', password=...))",
            "log in again: in the row at the panel's top",
        ),
        ("log in first: %omero_login https://...", "log in first: in the row at the panel's top"),
        (
            "say its code: --encoding latin-1 (encoding='latin-1')",
            "say its code: --encoding latin-1 (encoding='latin-1'); %omero_panel takes that option",
        ),
        (
            "trust it: --ca FILE (ca='FILE')",
            "trust it: --ca FILE (ca='FILE'); %omero_login takes that option",
        ),
        (
            "choose: %omero_login https://omero.site --server-id 2 (server_id=...)",
            "choose: %omero_login https://omero.site --server-id 2 (server_id=...)",
        ),
        (
            "give a user name: --user NAME (username=...)",
            'give a user name: NAME in the field "User"',
        ),
        ("check the spelling", "check the spelling"),
    ],
)
def test_a_cure_names_the_control_where_there_is_one(cure, said):
    assert in_the_panel(cure) == said


def test_a_fix_that_a_button_makes_is_that_button():
    fix = Fix(FixKind.AS_TEXT, "area")
    cure = f"store it as text: {as_text_cure('area')}"
    assert in_the_panel(cure, fix=fix) == "store it as text: the button beside this"
    assert in_the_panel(cure).endswith("; %omero_panel takes that option")


@pytest.mark.parametrize("key", ["to", "name", "local-path", "profile", "map", "save-profile"])
def test_no_cure_of_the_check_names_an_option_that_the_panel_has_a_control_for(key):
    found = [one for one in hints() if f"--{key} " in one or f"--{key}," in one]
    assert [one for one in found if f"--{key}" in in_the_panel(one)] == []


def test_cures_are_found_to_be_tried():
    assert sum(1 for _ in hints()) > 15


def test_a_plan_is_said_in_the_panels_words():
    plan = TablePlan(
        "DataFrame",
        (),
        1,
        problems=(Problem("a", "no", "leave it out: --exclude a (exclude=['a'])"),),
        notes=(Note("", "attach it, such as --to Dataset:51 (to='Dataset:51')"),),
    )
    said = plan_in_the_panel(plan)
    assert said.problems[0].hint == "leave it out: its tick in the list of columns"
    assert said.notes[0].text == 'attach it, such as Dataset:51 in the field "Attach to"'
