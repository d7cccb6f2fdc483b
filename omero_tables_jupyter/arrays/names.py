"""The names of columns: which are picked, how they are called, which cannot stay (pure)."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.plan import Pick, id_role, rename_cure
from omero_tables_jupyter.choices import CHOICES
from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.model import Fix, FixKind, Note, Problem
from omero_tables_jupyter.text import did_you_mean, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Selection", "name_findings", "pick_columns"]

_RESERVED = "__"
_QUERYABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_UNNAMED = re.compile(r"Unnamed: \d+\Z")
#: Words that PyTables' conditions give a meaning of their own.
_TAKEN = frozenset(
    {"where", "sqrt", "exp", "log", "sin", "cos", "tan", "abs", "conj", "real", "imag"}
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which columns are stored, and how.

    Parameters
    ----------
    columns
        Their names in the source, in the order in which they are to be stored; None for all.
    exclude
        Names to leave out.
    rename
        Old name and new name of each renamed column. Where a name occurs more than once, the first
        keeps it if it may, and the others are numbered after the new name.
    as_text
        Names of the columns to store as text.
    index
        ``auto``, ``keep`` or ``drop``.

    """

    columns: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    as_text: tuple[str, ...] = ()
    index: str = "auto"

    @classmethod
    def of(
        cls,
        *,
        columns: Iterable[str] | None = None,
        exclude: Iterable[str] = (),
        rename: Mapping[str, str] | None = None,
        as_text: Iterable[str] = (),
        index: str = "auto",
    ) -> Selection:
        """Take the options as users give them; one name may stand alone.

        Raises
        ------
        OptionError
            When `index` is none of ``auto``, ``keep`` and ``drop``.

        """
        if index not in CHOICES["index"]:
            raise OptionError(
                f"index={index!r} is not a rule for the index",
                hint="choose auto, keep or drop, such as --index keep (index='keep')",
            )
        return cls(
            columns=None if columns is None else _names(columns),
            exclude=_names(exclude),
            rename=tuple((str(old), str(new)) for old, new in (rename or {}).items()),
            as_text=_names(as_text),
            index=index,
        )


def _names(given: Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(str(one) for one in given)


def pick_columns(
    names: Sequence[str], selection: Selection, *, n_index: int = 0
) -> tuple[Pick, ...]:
    """Pick the columns to store.

    Parameters
    ----------
    names
        The names that the source offers, in order.
    selection
        What the user wants.
    n_index
        How many of `names`, from the first, are levels of an index.

    Raises
    ------
    OptionError
        When the selection names a column that the source does not have.

    """
    _refuse_unknown(names, selection)
    positions = [
        one for one in _chosen(names, selection, n_index) if names[one] not in selection.exclude
    ]
    stored = _renamed([names[one] for one in positions], dict(selection.rename))
    return tuple(
        Pick(position, names[position], name, as_text=names[position] in selection.as_text)
        for position, name in zip(positions, stored, strict=True)
    )


def _refuse_unknown(names: Sequence[str], selection: Selection) -> None:
    asked = {
        "columns": selection.columns or (),
        "exclude": selection.exclude,
        "rename": tuple(old for old, _ in selection.rename),
        "as_text": selection.as_text,
    }
    for option, wanted in asked.items():
        for one in wanted:
            if one not in names:
                raise OptionError(
                    f"{option}: the table has no column '{one}'",
                    hint=did_you_mean(one, [name for name in names if name]),
                )


def _chosen(names: Sequence[str], selection: Selection, n_index: int) -> list[int]:
    if selection.columns is None:
        return list(range(len(names)))
    wanted = dict.fromkeys(selection.columns)
    kept = range(n_index) if selection.index == "keep" else range(0)
    leading = [one for one in kept if names[one] not in wanted]
    return [
        *leading,
        *(place for one in wanted for place, name in enumerate(names) if name == one),
    ]


def _renamed(names: Sequence[str], rename: Mapping[str, str]) -> list[str]:
    counts = Counter(names)
    seen: Counter[str] = Counter()
    taken = {name for name in names if name not in rename} | set(rename.values())
    stored = []
    for name in names:
        seen[name] += 1
        if name not in rename:
            stored.append(name)
        elif counts[name] == 1:
            stored.append(rename[name])
        elif seen[name] == 1 and not _illegal(name):
            stored.append(name)
        else:
            stored.append(
                rename[name] if rename[name] not in stored else _free(rename[name], taken)
            )
            taken.add(stored[-1])
    return stored


def name_findings(picks: Sequence[Pick]) -> tuple[tuple[Note, ...], tuple[Problem, ...]]:
    """Say which names cannot stay, and which of them OMERO.web cannot query."""
    first = {pick.name: pick for pick in reversed(picks)}
    last = {pick.name: pick for pick in picks}
    taken = set(last)
    notes: list[Note] = []
    problems: list[Problem] = []
    for name, count in Counter(pick.name for pick in picks).items():
        pick = first[name]
        why = _illegal(name)
        if why:
            better = _free(_legal(name, pick.position), taken)
            taken.add(better)
            problems.append(_problem(pick, why, better))
        elif count > 1:
            better = _free(name, taken)
            taken.add(better)
            problems.append(_problem(last[name], f"occurs {plural(count, 'time')}", better))
        else:
            notes += _name_notes(pick)
    return tuple(notes), tuple(problems)


def _problem(pick: Pick, why: str, better: str) -> Problem:
    return Problem(
        pick.source,
        f"the column name {pick.name!r} {why}",
        f"rename it, for example {rename_cure(pick.source, better)}",
        fix=Fix(FixKind.RENAME, pick.source, better),
    )


def _illegal(name: str) -> str:
    if not name.strip():
        return "is empty"
    if name.startswith(_RESERVED):
        return "begins with '__', which OMERO keeps for itself"
    if "\x00" in name:
        return "contains a NUL character"
    try:
        name.encode()
    except UnicodeEncodeError:
        return "is not valid Unicode"
    return ""


def _legal(name: str, position: int) -> str:
    text = name.encode("utf-8", "replace").decode().replace("\x00", "").strip()
    return text.lstrip("_") or f"column_{position + 1}"


def _free(name: str, taken: Iterable[str]) -> str:
    taken = set(taken)
    if name not in taken:
        return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _name_notes(pick: Pick) -> list[Note]:
    if _UNNAMED.match(pick.name):
        text = "has no name of its own; often it is a row number that a CSV file was saved with"
        return [Note(pick.source, text, fix=Fix(FixKind.DROP, pick.source))]
    reserved = keyword.iskeyword(pick.name) or pick.name in _TAKEN
    if _QUERYABLE.match(pick.name) and not reserved:
        return []
    # said alike of all such columns, so that hundreds of them are told in a line
    named = "of this name" if pick.name == pick.source else f"named '{pick.name}'"
    note = Note(pick.source, f"OMERO.web cannot query a column {named}")
    first, _, rest = pick.name.partition(" ")
    if id_role(first) and rest == "Name":
        # OMERO's own name for such a column: a rename would make it worse.
        return [note]
    return [replace(note, fix=Fix(FixKind.RENAME, pick.source, _identifier(pick.name)))]


def _identifier(name: str) -> str:
    text = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "column"
    text = f"c_{text}" if text[0].isdigit() else text
    return f"{text}_" if keyword.iskeyword(text) or text in _TAKEN else text
