"""``%omero_doctor``: the findings as a card, and where the open notebook's file is."""

from __future__ import annotations

from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.doctor import Finding, Verdict, examine
from omero_tables_jupyter.jupyter.style import ERROR, FAINT, OK, WARN, badge, box, element, heading
from omero_tables_jupyter.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from omero_tables_jupyter.settings import Settings

__all__ = ["doctor_bundle", "open_notebook"]

_MARKS = {Verdict.OK: ("✓", OK), Verdict.NOTE: ("i", WARN), Verdict.PROBLEM: ("✗", ERROR)}


def doctor_bundle(known: Settings, namespace: Mapping[str, Any]) -> dict[str, str]:
    """Look at everything but the table, and show it.

    Parameters
    ----------
    known
        The settings, with ``%config`` on top.
    namespace
        The user's variables, where some front ends leave the notebook's path.

    Returns
    -------
    dict
        Media type to text: ``text/html`` and ``text/plain``.

    """
    findings = examine(known, notebook=open_notebook(known, namespace))
    return {"text/html": _html(findings), "text/plain": _text(findings)}


def open_notebook(known: Settings, namespace: Mapping[str, Any]) -> Path | None:
    """Say where the file of the open notebook is; None where the front end does not tell."""
    of_vs_code = namespace.get("__vsc_ipynb_file__")
    path = of_vs_code if isinstance(of_vs_code, str) else known.notebook
    return Path(path) if path else None


def _verdict(findings: tuple[Finding, ...]) -> Verdict:
    found = {one.verdict for one in findings}
    return next(one for one in (Verdict.PROBLEM, Verdict.NOTE, Verdict.OK) if one in found)


def _title(findings: tuple[Finding, ...]) -> str:
    counted = [
        plural(sum(one.verdict is verdict for one in findings), verdict.value)
        for verdict in (Verdict.PROBLEM, Verdict.NOTE)
        if any(one.verdict is verdict for one in findings)
    ]
    return ", ".join(counted) or "all is well"


def _html(findings: tuple[Finding, ...]) -> str:
    worst = _verdict(findings)
    icon, colour = _MARKS[worst]
    inner = heading("OMERO tables", badge(icon, _title(findings), colour))
    for area, some in groupby(findings, key=lambda one: one.area):
        inner += element("div", escape(area), "margin: 8px 0 0 0; font-weight: 600")
        inner += "".join(map(_line, some))
    return box(inner, edge=colour, label="What stands in the way of an upload")


def _line(one: Finding) -> str:
    mark = badge(_MARKS[one.verdict][0], one.verdict.value, _MARKS[one.verdict][1])
    cure = element("div", f"→ {escape(one.cure)}", "padding-left: 1.6em") if one.cure else ""
    words = f"{mark} {element('span', escape(one.text), f'color: {FAINT}')}{cure}"
    return element("div", words, "margin: 2px 0 0 0; overflow-wrap: anywhere")


def _text(findings: tuple[Finding, ...]) -> str:
    width = max(len(one.area) for one in findings)
    lines = [_title(findings)]
    for one in findings:
        lines.append(f"  {one.area:{width}}  {one.verdict:7}  {one.text}")
        lines += [f"  {'':{width}}  {'':7}  → {one.cure}"] if one.cure else []
    return "\n".join(lines)
