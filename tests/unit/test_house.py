"""The house rules that import-linter cannot say: each foreign library has one door."""

import ast
from pathlib import Path

import pytest

import omero_tables_jupyter

PACKAGE = Path(omero_tables_jupyter.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
#: Where a library, or a thing of the system, may be named; with a slash, anywhere below.
DOORS = {
    "tiledb": ("arrays/", "demo/arrays.py"),
    "requests": ("omero/transport.py",),
    "IPython": ("jupyter/", "__init__.py"),
    "ipywidgets": ("jupyter/",),
    "traitlets": ("jupyter/",),
    "os.environ": ("settings/",),
    "os.getenv": (),
}


def named_in(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name.partition(".")[0] for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
            yield from (f"{node.module}.{one.name}" for one in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield f"{node.value.id}.{node.attr}"


@pytest.mark.parametrize("thing", DOORS)
def test_each_foreign_thing_has_its_door(thing):
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if thing in named_in(ast.parse(path.read_text(encoding="utf-8")))
    }
    doors = DOORS[thing]
    assert bool(users) is bool(doors)
    assert [one for one in sorted(users) if not one.startswith(doors or "-")] == []
