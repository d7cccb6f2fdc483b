"""What Tab offers after ``%omero_upload`` and ``#| ``: options, their values, tables, columns."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.arguments import is_file
from omero_tables_jupyter.jupyter.magic.expansion import user_names
from omero_tables_jupyter.jupyter.magic.option import Grammar, Option, Takes
from omero_tables_jupyter.jupyter.magic.options import UPLOAD
from omero_tables_jupyter.jupyter.magic.table_options import GRAMMARS
from omero_tables_jupyter.jupyter.magic.variables import (
    TableVariable,
    find_source,
    only_table,
    tables_in,
)
from omero_tables_jupyter.model import RegisteredTable, WrittenTable
from omero_tables_jupyter.object_types import TARGET_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["Offer", "Sources", "complete", "fragment_at"]

_NAMES = "|".join(name.removeprefix("%") for name in GRAMMARS)
_MAGIC = re.compile(rf"%%?(?P<name>{_NAMES})\s(?P<rest>.*)$", re.DOTALL)
_KEY = re.compile(r"\s*#\|\s*(?P<key>[\w-]*)(?P<colon>\s*:\s*(?P<value>.*))?$")
_MANY_FILES = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """One completion.

    Parameters
    ----------
    text
        What is put in.
    kind
        A word on what it is, short enough for JupyterLab's list: ``500x9`` for a table.
    help
        A line on what it does, for terminals, which have room for it; '' mostly.

    """

    text: str
    kind: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where values come from that are not in the grammar.

    Parameters
    ----------
    namespace
        The user's variables.
    profiles, targets
        Give the names of saved profiles, and targets used lately.

    """

    namespace: Mapping[str, Any]
    profiles: Callable[[], Iterable[str]]
    targets: Callable[[], Iterable[str]]


def complete(before: str, first_line: str, sources: Sources) -> tuple[str, list[Offer]] | None:
    """Say what may stand at the cursor.

    Parameters
    ----------
    before
        The cursor's line up to the cursor.
    first_line
        The first line of the cell, which may be a cell magic.
    sources
        Where values come from.

    Returns
    -------
    tuple of str and list of Offer, or None
        What of `before` is replaced, and by what; None where this is no line of ours.

    """
    on_magic = _MAGIC.search(before)
    if on_magic is not None:
        return _on_line(on_magic["rest"], GRAMMARS[f"%{on_magic['name']}"], sources)
    in_body = _KEY.match(before)
    magic = _MAGIC.search(f"{first_line} ")
    if in_body is None or magic is None or not first_line.startswith("%%"):
        return None
    return _in_body(in_body, magic["rest"], sources)


def fragment_at(rest: str) -> str:
    """Give the word that is being typed; a quote that is open keeps its blanks."""
    start, quote = 0, ""
    for at, letter in enumerate(rest):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter.isspace():
            start = at + 1
    return rest[start:]


def _on_line(rest: str, grammar: Grammar, sources: Sources) -> tuple[str, list[Offer]]:
    fragment = fragment_at(rest)
    typed = rest[: len(rest) - len(fragment)].split()
    name, equals, value = fragment.partition("=")
    if equals and (option := _known(grammar, name)):
        return value, _starting(value, _values(option, value, typed, sources))
    option = _known(grammar, typed[-1]) if typed else None
    if option is not None and option.takes is not Takes.NOTHING:
        return fragment, _starting(fragment, _values(option, fragment, typed, sources))
    offers = [Offer(word, "option", one.help) for one in grammar.options for word in _long(one)]
    if not fragment.startswith("-"):
        offers = [*_first_words(grammar.source, fragment, sources), *offers]
    return fragment, _starting(fragment, offers)


def _first_words(takes: Takes, fragment: str, sources: Sources) -> list[Offer]:
    """Offer what may stand for the word that is no option."""
    match takes:
        case Takes.TABLE:
            return [*_tables(sources), *_files(fragment, tables_only=True)]
        case Takes.STORED:
            return [*_results(sources), *_targets(sources), *(_files(fragment) if fragment else ())]
        case Takes.TARGET:
            return _targets(sources)
        case Takes.PATH:
            return _files(fragment)
    return []


def _targets(sources: Sources) -> list[Offer]:
    recent = [Offer(target, "recent") for target in sources.targets()]
    return [*recent, *(Offer(f"{kind}:", "type") for kind in TARGET_TYPES)]


def _results(sources: Sources) -> list[Offer]:
    return [
        Offer(name, "result")
        for name in user_names(sources.namespace)
        if isinstance(sources.namespace[name], RegisteredTable | WrittenTable)
    ]


def _in_body(
    found: re.Match[str], first_line: str, sources: Sources
) -> tuple[str, list[Offer]] | None:
    if found["colon"] is None:
        keys = [
            Offer(f"{one.key}: ", "option", one.help) for one in UPLOAD.options if one.key != "help"
        ]
        return found["key"], _starting(found["key"], keys)
    option = _known(UPLOAD, f"--{found['key']}")
    if option is None:
        return None
    value = found["value"]
    return value, _starting(value, _values(option, value, first_line.split(), sources))


def _known(grammar: Grammar, word: str) -> Option | None:
    try:
        return grammar.find(word)
    except OptionError:
        return None


def _long(option: Option) -> Iterator[str]:
    return (word for word in option.words if word.startswith("--"))


def _values(option: Option, typed: str, line: list[str], sources: Sources) -> list[Offer]:
    match option.takes:
        case Takes.CHOICE:
            return [Offer(choice) for choice in option.choices]
        case Takes.PROFILE:
            return [Offer(name, "profile") for name in sources.profiles()]
        case Takes.TARGET:
            return _targets(sources)
        case Takes.PATH:
            return _files(typed)
        case Takes.COLUMNS:
            return _columns(typed, line, sources)
    return []


def _columns(typed: str, line: list[str], sources: Sources) -> list[Offer]:
    done = typed.rpartition(",")[0]
    before = f"{done}," if done else ""
    taken = set(done.split(","))
    quote = typed[:1] if typed[:1] in "\"'" else ""
    return [
        Offer(f"{before}{_quoted(name, quote)}", "column")
        for name in _column_names(line, sources)
        if name not in taken
    ]


def _quoted(name: str, quote: str) -> str:
    if quote:
        return f"{quote}{name}"
    return f'"{name}"' if " " in name else name


def _column_names(line: list[str], sources: Sources) -> list[str]:
    source = line[0] if line and not line[0].startswith("-") else ""
    try:
        table = (
            find_source(source, sources.namespace) if source else only_table(sources.namespace)
        ).value
    except OptionError:
        return []
    names: Iterable[Any] = getattr(table, "column_names", getattr(table, "columns", ()))
    return [str(name) for name in names]


def _tables(sources: Sources) -> list[Offer]:
    return [Offer(table.name, _shape(table)) for table in tables_in(sources.namespace)]


def _shape(table: TableVariable) -> str:
    # without blanks: JupyterLab breaks its lines there, one over the other
    return "x".join(map(str, table.shape)) if table.shape else "table"


def _files(typed: str, *, tables_only: bool = False) -> list[Offer]:
    quote = typed[:1] if typed[:1] in ("'", '"') else ""
    start = typed.removeprefix(quote)
    if tables_only and not start:
        return []
    head, tail = os.path.split(start)
    return [
        _file(entry, quote)
        for entry in _entries(Path(head), tail)
        if entry.is_dir() or not tables_only or is_file(entry.name)
    ]


def _entries(folder: Path, start: str) -> list[Path]:
    try:
        found = sorted(entry for entry in folder.iterdir() if entry.name.startswith(start))
    except OSError:  # a folder that is not there, or not ours to read: nothing to offer
        return []
    return [entry for entry in found if start or not entry.name.startswith(".")][:_MANY_FILES]


def _file(entry: Path, quote: str) -> Offer:
    opened = quote or ('"' if " " in str(entry) else "")
    # an array is the end of a path, though it is a folder
    folder = entry.is_dir() and entry.suffix != ".tiledb"
    return Offer(f"{opened}{entry}{os.sep if folder else opened}", "path")


def _starting(fragment: str, offers: list[Offer]) -> list[Offer]:
    bare = fragment.lstrip("\"'").casefold()
    return [one for one in offers if one.text.lstrip("\"'").casefold().startswith(bare)]
