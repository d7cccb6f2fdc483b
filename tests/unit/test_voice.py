"""What users read has one voice: lower case, no full stop, errors and their cures alike."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import omero_tables_jupyter
from omero_tables_jupyter import errors

PACKAGE = Path(omero_tables_jupyter.__file__).parent
SOURCES = [one for one in PACKAGE.rglob("*.py") if "demo" not in one.relative_to(PACKAGE).parts]
SPOKEN = {*errors.__all__, "Note", "Problem", "Trouble", "Unwritable"}
PROPER = ("OMERO", "TileDB", "SecretToken", "HTTP", "TLS", "CSRF")


def told(source):
    """Give line and text of all that the calls of errors, notes and problems say."""
    for call in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in SPOKEN:
            values = [*call.args, *(one.value for one in call.keywords if one.arg == "hint")]
            yield from ((call.lineno, *ends) for one in values if (ends := _ends(one)))


def _ends(value):
    """Give a text's beginning and end, '' where a value stands there; None for no text."""
    match value:
        case ast.Constant(value=str(text)):
            return text, text
        case ast.JoinedStr(values=[first, *_] as parts):
            return getattr(first, "value", ""), getattr(parts[-1], "value", "")
    return None


def _is_text(part):
    return isinstance(part, str)


@pytest.mark.parametrize("source", SOURCES, ids=lambda one: str(one.relative_to(PACKAGE)))
def test_messages_and_hints_start_in_lower_case_and_end_without_a_full_stop(source):
    for line, first, last in told(source):
        if _is_text(first) and first[:1].isupper():
            assert first.startswith(PROPER), f"{source}:{line}: {first!r}"
        if _is_text(last):
            assert not last.endswith(".") or last.endswith("..."), f"{source}:{line}: {last!r}"


def test_the_texts_are_found():
    assert sum(len(list(told(source))) for source in SOURCES) > 400
