"""Cures in the panel's words: the control in place of the option that is typed elsewhere. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from omero_tables_jupyter.jupyter.magic.options import LOGIN, UPLOAD
from omero_tables_jupyter.model import FixKind

if TYPE_CHECKING:
    from omero_tables_jupyter.model import Fix, Note, RegisteredTable, TablePlan

__all__ = ["IF_EXISTS", "in_the_panel", "plan_in_the_panel", "table_in_the_panel"]

#: What the choice *If it exists* offers, by the values of ``--if-exists``.
IF_EXISTS = {
    "version": "write a version beside it",
    "fail": "stop, and touch nothing",
    "replace": "take its place",
}
#: The same for Python, in brackets behind the option; brackets may stand in it.
_PYTHON = r" \((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
#: A value is quoted, or followed by the same for Python, or looks like none of the words of prose.
_VALUE = r'"(?:[^"]|"")*"|[^\s(]+(?= \(\w+=)|[^\s(,;]*[A-Z:=][^\s(,;]*'
_OPTION = re.compile(rf"--(?P<key>[a-z][a-z-]*)(?: (?P<value>{_VALUE}))?(?:{_PYTHON})?")
_LOG_IN = re.compile(rf"%omero_login(?: [^\s(-]\S*)?+(?! --)(?:{_PYTHON})?")
_ALONE = re.compile(r" \(\w+=\.\.\.\)")
_ROW = "in the row at the panel's top"
_FIELDS = {
    "to": 'the field "Attach to"',
    "name": 'the field "Name"',
    "local-path": 'the field "Folder"',
    "profile": 'the choice "Save in"',
    "user": 'the field "User"',
}
_BUTTONS = {"map": 'the button "New…"', "save-profile": 'the field "Call it"'}
_OF_LOGIN = {one.key for one in LOGIN.options} - {one.key for one in UPLOAD.options}


def in_the_panel(cure: str, *, fix: Fix | None = None) -> str:
    """Say a cure for who clicks.

    Parameters
    ----------
    cure
        A hint, or a note that holds one, as the magic shows it: ``give one: --name "Cells plate 7"
        (table_name=...)``.
    fix
        The change that a button beside it makes; None without one.

    Returns
    -------
    str
        With controls in place of the options that have one. An option that has none stays, and at
        the end is said which magic takes it.

    """
    left: list[str] = []

    def control(found: re.Match[str]) -> str:
        words = _control(found["key"], found["value"] or "", fix)
        if not words:
            left.append(found["key"])
        return words or found[0]

    said = _OPTION.sub(control, _LOG_IN.sub(_ROW, cure))
    if not left:
        return _ALONE.sub("", said)
    if "%omero_" in said:
        return said
    magic = "%omero_login" if _OF_LOGIN.issuperset(left) else "%omero_panel"
    return f"{said}; {magic} takes {'that option' if len(left) == 1 else 'those options'}"


def _control(key: str, value: str, fix: Fix | None) -> str:
    """Name the control that does what an option does; '' where there is none."""
    match key:
        case "if-exists" if value in IF_EXISTS:
            return f'"If it exists: {IF_EXISTS[value]}"'
        case "rename" if value:
            new = value.strip('"').partition("=")[2]
            return f"'{new}', in its row of the list of columns"
        case "exclude" if value:
            return "its tick in the list of columns"
        case "as-text" if fix is not None and fix.kind is FixKind.AS_TEXT:
            return "the button beside this"
        case _ if key in _FIELDS:
            return f"{value} in {_FIELDS[key]}" if value else _FIELDS[key]
    return _BUTTONS.get(key, "")


def plan_in_the_panel(plan: TablePlan) -> TablePlan:
    """Say all of a plan's cures for who clicks."""
    problems = (replace(one, hint=in_the_panel(one.hint)) for one in plan.problems)
    return replace(plan, problems=tuple(problems), notes=_notes(plan.notes))


def table_in_the_panel(table: RegisteredTable) -> RegisteredTable:
    """Say all of a result's cures for who clicks."""
    return replace(table, notes=_notes(table.notes))


def _notes(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    return tuple(replace(one, text=in_the_panel(one.text)) for one in notes)
