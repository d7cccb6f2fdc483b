import ast
import subprocess
import sys
from pathlib import Path

import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter import errors


def test_the_public_names_are_these():
    assert set(otj.__all__) == {
        *errors.__all__,
        "__version__",
        "PathMapping",
        "RegisteredTable",
        "Secret",
        "Session",
        "TablePlan",
        "TablesJob",
        "Target",
        "UploadJob",
        "WrittenTable",
        "check_table",
        "check_tables",
        "create_tiledb",
        "delete_table",
        "demo",
        "detach_table",
        "history",
        "leftovers",
        "login",
        "logout",
        "panel",
        "put_back_array",
        "read_table",
        "register_table",
        "remove_array",
        "resume",
        "submit_table",
        "submit_tables",
        "tables",
        "upload_table",
        "upload_tables",
    }


@pytest.mark.parametrize("name", otj.__all__)
def test_every_public_name_is_there_and_documented(name):
    value = getattr(otj, name)
    assert isinstance(value, str) or value.__doc__


def test_type_checkers_find_each_name_where_it_is_imported_from_at_its_first_use():
    tree = ast.parse(Path(otj.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    told = {
        name.asname: node.module.removeprefix("omero_tables_jupyter.")
        for node in block.body
        for name in node.names
        if name.asname
    }
    assert told == otj._HOME_OF | {"demo": "omero_tables_jupyter"}


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="uplaod_table"):
        otj.uplaod_table  # noqa: B018


def test_every_error_stands_in_the_tree_of_the_docstring():
    tree = {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert set(tree) == set(errors.__all__)
    for name in tree:
        assert name in errors.__doc__, name


@pytest.mark.parametrize("name", errors.__all__)
def test_an_error_shows_what_is_wrong_and_the_cure_without_a_stack(name):
    error = getattr(errors, name)("'x' is not known", hint="did you mean 'y'?")
    assert isinstance(error, errors.OmeroTablesError)
    assert str(error) == "'x' is not known\ndid you mean 'y'?"
    assert error.args == ("'x' is not known",)
    assert error._render_traceback_() == [f"{name}: 'x' is not known", "  → did you mean 'y'?"]


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_importing_the_package_imports_nothing_heavy():
    heavy = {"tiledb", "pyarrow", "requests", "ipywidgets", "IPython", "pandas", "numpy"}
    code = "import sys, omero_tables_jupyter; print(*sys.modules)"
    assert heavy & set(run(code).split()) == set()


@pytest.mark.parametrize("name", ["panel", "submit_table", "submit_tables", "read_table"])
def test_asking_for_a_name_loads_arrow_then_and_there_not_in_a_thread_of_ours_that_ends(name):
    """Arrow's allocator in pyarrow 25 crashes once the thread that loaded it is gone."""
    code = f"import sys, omero_tables_jupyter as otj; otj.{name}; print(*sys.modules)"
    assert {"pyarrow", "tiledb"} <= set(run(code).split())


def test_using_it_first_and_its_parts_later_hides_no_name():
    code = (
        "import omero_tables_jupyter as otj\n"
        "from omero_tables_jupyter import upload, registering, reading, jupyter\n"
        "import omero_tables_jupyter.arrays.streaming\n"
        "names = (otj.history, otj.upload_table, otj.tables, otj.demo.serve)\n"
        "print(*(one.__name__ for one in names))"
    )
    assert run(code).split() == ["history", "upload_table", "tables", "serve"]
