"""Names and the ids that they mean: matched exactly, counted, and never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from omero_tables_jupyter.arrays.plan import MISSING_ID
from omero_tables_jupyter.model import Problem
from omero_tables_jupyter.text import count, plural, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

__all__ = ["Matching", "Names"]

_NAMED = 3
_WIDTH = 60
#: So many names without a match are kept, to find out in what they differ.
_KEPT = 200
#: Where a name has several ids, its place among the ids; no object has this one.
_SEVERAL = 0


@dataclass(frozen=True, slots=True)
class Names:
    """The objects that names may mean.

    Parameters
    ----------
    kind
        Their type: ``'Image'``.
    ids
        The ids of each name; several where it is that of several objects.
    where
        Below what they lie, in words: ``'Dataset:51'``.
    shown
        Some of the names as OMERO shows them.

    """

    kind: str
    ids: Mapping[str, tuple[int, ...]]
    where: str
    shown: tuple[str, ...]


class Matching:
    """Looks names up, batch by batch, and counts.

    Parameters
    ----------
    column
        The column of names, for messages.
    names
        What they may mean.

    """

    def __init__(self, column: str, names: Names) -> None:
        self._column, self._names = column, names
        self._known = pa.array(list(names.ids), pa.large_string())
        first = [one[0] if len(one) == 1 else _SEVERAL for one in names.ids.values()]
        self._ids = pa.array(first, pa.int64())
        self._rows = self._found = self._nameless = 0
        self._unmatched: dict[str, None] = {}
        self._ambiguous: dict[str, int] = {}

    def ids(self, names: pa.Array) -> pa.Array:
        """Give the ids of some rows: -1 where a name matches nothing.

        Parameters
        ----------
        names
            Texts, none of them null.

        """
        names = names.cast(pa.large_string())
        found = self._ids.take(pc.index_in(names, value_set=self._known))
        self._note(names, found)
        self._rows += len(names)
        return found.fill_null(MISSING_ID)

    def _note(self, names: pa.Array, found: pa.Array) -> None:
        missed = names.filter(found.is_null())
        nameless = len(missed) - (pc.sum(pc.not_equal(missed, "")).as_py() or 0)
        self._nameless += nameless
        self._found += len(names) - len(missed)
        if len(missed) > nameless and len(self._unmatched) < _KEPT:
            for name in missed.unique().to_pylist():
                if name and len(self._unmatched) < _KEPT:
                    self._unmatched[name] = None
        row = pc.index(found, _SEVERAL).as_py()
        if row >= 0:
            self._ambiguous.setdefault(names[row].as_py(), self._rows + row)

    def ambiguities(self) -> list[Problem]:
        """Say which name that is used is that of several objects."""
        kind = self._names.kind
        faults = []
        for name, row in self._ambiguous.items():
            ids = [f"{kind}:{number}" for number in self._names.ids[name]]
            listed = f"{', '.join(ids[:-1])} and {ids[-1]}"
            text = (
                f"column '{self._column}': {_quoted(name)} (row {row}) is the name of "
                f"{plural(len(ids), kind.lower())} below {self._names.where}: {listed}"
            )
            hint = (
                "attach the table to what only one of them lies in, rename one of them in OMERO, "
                f"or fill the ids into a column '{kind}' yourself, and leave out --resolve "
                "(resolve=...)"
            )
            faults.append(Problem(self._column, text, hint, row=row))
        return faults

    def faults(self) -> list[Problem]:
        """Say what forbids the upload: a name of several objects, or names that all mean none."""
        if self._rows and not self._found:
            return [self._nothing()]
        return self.ambiguities()

    def _nothing(self) -> Problem:
        kind, here = self._names.kind.lower(), list(self._unmatched)
        text = (
            f"no name in column '{self._column}' is that of {_a(kind)} below {self._names.where}: "
            f"the table has {_listed(here) or 'empty names only'}, OMERO has "
            f"{_listed(self._names.shown)}"
        )
        guess = _difference(here, self._names.ids)
        hint = guess or f"check the column, and that the {kind}s lie below {self._names.where}"
        return Problem(self._column, text, hint)

    def notes(self) -> tuple[str, ...]:
        """Say what became of the names: how many rows match nothing, and which names they have."""
        said = []
        unmatched = self._rows - self._found - self._nameless
        kind = self._names.kind.lower()
        if unmatched:
            verb = "matches" if unmatched == 1 else "match"
            said.append(
                f"{plural(unmatched, 'row')} of {count(self._rows)} {verb} no {kind} below "
                f"{self._names.where} ({_listed(list(self._unmatched))}) -> {MISSING_ID}"
            )
        if self._nameless:
            said.append(f"{plural(self._nameless, 'row')} without a name -> {MISSING_ID}")
        return tuple(said)


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _quoted(name: str) -> str:
    return f"'{shorten(name, _WIDTH)}'" if name == name.strip() else repr(name[:_WIDTH])


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    tail = f" and {'more than ' if len(names) >= _KEPT else ''}{count(more)} other"
    named = ", ".join(map(_quoted, names[:_NAMED]))
    return f"{named}{tail}{'s' if more > 1 else ''}" if more > 0 else named


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


#: In what names may differ that mean the same; only said, as a guess would be wrong some day.
_DIFFERENCES: tuple[tuple[Callable[[str], str], str], ...] = (
    (str.strip, "blanks at their ends: take them away, as with .str.strip()"),
    (str.casefold, "upper and lower case"),
    (_stem, "the ending, such as .tif: write the names as OMERO shows them"),
    (lambda name: _stem(name.strip()).strip().casefold(), "case, blanks or the ending"),
)


def _difference(here: Iterable[str], known: Iterable[str]) -> str:
    """Say in what the names of both sides seem to differ; '' where nothing tells."""
    if any(one.startswith(f"{name} ") for name in here for one in known):
        return "the names in OMERO seem to go on where those of the table end"
    for alike, words in _DIFFERENCES:
        there = {alike(name) for name in known}
        if any(alike(name) in there for name in here):
            return f"they seem to differ in {words}"
    return ""
