"""Which table is meant: by result, annotation id, file id, object, page, or its array's path."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, SupportsIndex, TypeAlias

from omero_tables_jupyter import settings
from omero_tables_jupyter.arrays.standing import is_seen
from omero_tables_jupyter.attached import Desk, desk_of, recorded, seen_here, tables_on
from omero_tables_jupyter.errors import OptionError, PathError, RejectedError, TargetError
from omero_tables_jupyter.links import Target, parse_link
from omero_tables_jupyter.model import RegisteredTable, WrittenTable
from omero_tables_jupyter.omero import tables as remote
from omero_tables_jupyter.omero.login import find_session
from omero_tables_jupyter.omero.replies import Annotation
from omero_tables_jupyter.paths import is_array_name, is_uri, own_path
from omero_tables_jupyter.text import did_you_mean, redacted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from omero_tables_jupyter.arguments import AnyMapping
    from omero_tables_jupyter.journal import HistoryEntry
    from omero_tables_jupyter.omero.session import Session

__all__ = ["AnyTable", "Asked", "Found", "find_attached", "find_table", "needs_server"]

#: What names a table: a result, an array's path or address, a target or a link, an annotation id.
AnyTable: TypeAlias = "RegisteredTable | WrittenTable | Target | str | os.PathLike[str] | int"

_PAGE = re.compile(r"(?P<server>https?://[^?#]*?)/webclient/omero_table/(?P<file>\d{1,18})(?:/|$)")
_EXAMPLES = (
    "give what upload_table returned, an annotation id, or an object such as 'Dataset:51'; to read "
    "it, the path of an array will do"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """How a table was named.

    Parameters
    ----------
    table
        The first argument; None where only ids were given.
    name
        The table's name in OMERO, among those on an object; '' for the latest.
    annotation, file
        Ids that were given by keyword.
    mapping, profile, session
        Who looks, and how the server's paths are seen from here.

    """

    table: AnyTable | None
    name: str = ""
    annotation: int | None = None
    file: int | None = None
    mapping: AnyMapping | None = None
    profile: str | None = None
    session: Session | None = None

    def desk(self, to: str | Target | None = None) -> Desk:
        """Find the session for a look."""
        return desk_of(to, mapping=self.mapping, profile=self.profile, session=self.session)


@dataclass(frozen=True, slots=True)
class Found:
    """A table that was found.

    Parameters
    ----------
    path
        Its array as this machine sees it; '' where it does not.
    session
        Who reads it through the server; None where the path is all that is known.
    annotation_id, file_id
        Its ids; None where unknown.
    name
        Its name in OMERO; '' where unknown.
    targets
        The objects that it is known to hang on.

    """

    path: str = ""
    session: Session | None = None
    annotation_id: int | None = None
    file_id: int | None = None
    name: str = ""
    targets: tuple[Target, ...] = ()


def find_table(asked: Asked) -> Found:
    """Find a table, its array on this machine first.

    Raises
    ------
    OptionError
        If nothing names a table, or two things contradict each other.
    PathError
        If a path was given, and no array stands there.
    TargetError
        If there is no such table on an object.
    OmeroTablesError
        If there is no session, or the server does not answer.

    """
    match asked.table:
        case RegisteredTable() as table if table.local_path and is_seen(table.local_path):
            _refuse_more(asked, f"table '{table.name}'")
            return replace(_told(table), path=table.local_path)
        case WrittenTable(path=path):
            found = Found(path)
        case os.PathLike() as path:
            found = Found(own_path(path))
        case str() as text if _is_path(text):
            found = Found(own_path(text))
        case _:
            return find_attached(asked)
    _refuse_more(asked, f"the array at '{found.path}'")
    return found


def find_attached(asked: Asked) -> Found:
    """Find a table as OMERO knows it, with the session to ask with; a path alone is none.

    Raises
    ------
    OptionError, TargetError
        As for `find_table`.

    """
    match asked.table:
        case RegisteredTable() as table:
            _refuse_more(asked, f"table '{table.name}'")
            return _registered(table, asked)
        case None:
            return _by_id(asked)
        case Target() as target:
            return _on_object(target, asked)
        case str() as text if not _is_path(text):
            return _in_words(text.strip(), asked)
        case SupportsIndex() as number if not isinstance(number, bool):
            return _by_annotation(number.__index__(), asked)
    path = isinstance(asked.table, str)
    what = f"'{redacted(str(asked.table))}'" if path else type(asked.table).__name__
    raise OptionError(f"{what} is not something that names a table of OMERO", hint=_EXAMPLES)


def _in_words(text: str, asked: Asked) -> Found:
    if page := _PAGE.match(text):
        return _of_page(page, asked)
    if text.isdecimal() and text.isascii():
        return _by_annotation(int(text), asked)
    return _on_object(_target(text), asked, link=text)


def _by_annotation(number: int, asked: Asked) -> Found:
    _refuse_more(asked, f"annotation {number}")
    return _by_id(replace(asked, table=None, annotation=number))


def _refuse_more(asked: Asked, what: str) -> None:
    """Refuse a second name for what has one: it might be another's."""
    more = {"name": asked.name, "annotation": asked.annotation, "file": asked.file}
    given = [word for word, value in more.items() if value not in (None, "")]
    if given:
        raise OptionError(
            f"{what} was named, and {given[0]}={more[given[0]]!r} as well",
            hint=f"leave {given[0]} out: it chooses among the tables of an object",
        )


def needs_server(table: AnyTable | None) -> bool:
    """Tell whether a table can only be found by asking a server; for who has to log in first."""
    if isinstance(table, RegisteredTable):
        return not is_seen(table.local_path or ".")
    local = isinstance(table, WrittenTable | os.PathLike)
    return not (local or (isinstance(table, str) and _is_path(table)))


def _is_path(text: str) -> bool:
    if text.strip().lower().startswith(("http://", "https://")):
        return False
    return is_uri(text) or is_array_name(text) or is_seen(text)


def _target(text: str) -> Target:
    try:
        targets = parse_link(text).targets
    except TargetError as error:
        raise PathError(
            f"there is no array at '{text}', and it names no object of OMERO", hint=_EXAMPLES
        ) from error
    if len(targets) > 1:
        listed = ", ".join(map(str, targets))
        raise TargetError(f"'{text}' names several objects: {listed}", hint="name one of them")
    return targets[0]


def _told(table: RegisteredTable) -> Found:
    return Found(
        annotation_id=table.annotation_id,
        file_id=table.file_id,
        name=table.name,
        targets=table.targets,
    )


def _registered(table: RegisteredTable, asked: Asked) -> Found:
    # A table is not the user: what it says of its server sends nobody the environment's password.
    session = find_session(
        url=table.server, given=asked.session, given_by_user=False, settings=settings.load()
    )
    path = table.local_path if table.local_path and is_seen(table.local_path) else ""
    told = replace(_told(table), path=path, session=session)
    if table.file_id is not None:
        return told
    number = remote.file_id_of(session, table.annotation_id, table.targets[0])
    return replace(told, file_id=number)


def _of_page(page: re.Match[str], asked: Asked) -> Found:
    _refuse_more(asked, "a table's page")
    session = asked.session or find_session(
        url=page["server"], given_by_user=False, settings=settings.load()
    )
    return _by_id(replace(asked, table=None, file=int(page["file"]), session=session))


def _by_id(asked: Asked) -> Found:
    if asked.name or (asked.annotation is None) == (asked.file is None):
        raise OptionError("nothing says clearly which table is meant", hint=_EXAMPLES)
    desk = asked.desk()
    known = recorded(desk.session.url)
    entry = _entry(known, asked)
    if entry is not None:
        return _of_entry(desk, entry)
    if asked.file is not None:
        return _seen(desk, Annotation(0, asked.file), None)
    for target in settings.recalled(desk.session.url).targets:
        one = _listed(desk, target).get(asked.annotation or 0)
        if one is not None:
            return _seen(desk, one, None, targets=(target,))
    raise OptionError(
        f"annotation {asked.annotation} was not made from this computer, and OMERO.web finds an "
        "annotation only by its object",
        hint="name the object as well: %omero_read Dataset:51 --annotation "
        f"{asked.annotation} (read_table('Dataset:51', annotation={asked.annotation}))",
    )


def _listed(desk: Desk, target: Target) -> dict[int, Annotation]:
    try:
        found = remote.annotations_of(desk.session, target)
    except RejectedError:
        # An object of long ago, which may be gone.
        return {}
    return {one.annotation_id: one for one in found if one.is_table}


def _entry(known: dict[int, HistoryEntry], asked: Asked) -> HistoryEntry | None:
    if asked.annotation is not None:
        return known.get(asked.annotation)
    return next((one for one in known.values() if one.file_id == asked.file), None)


def _of_entry(desk: Desk, entry: HistoryEntry) -> Found:
    number = entry.annotation_id or 0
    listed = _listed(desk, entry.targets[0]) if entry.targets else {}
    one = listed.get(number)
    if one is None:
        raise TargetError(
            f"table '{entry.name}' (annotation {number}) is no more on "
            f"{', '.join(map(str, entry.targets))}",
            hint=f"its array may still stand: read it from there ({entry.local_path}), or look "
            f"at what is attached now: %omero_tables {entry.targets[0] if entry.targets else ''}",
        )
    return _seen(desk, one, entry, targets=entry.targets)


def _on_object(target: Target, asked: Asked, *, link: str | None = None) -> Found:
    desk = asked.desk(link or target)
    found = _chosen(tables_on(desk, target), target, asked)
    entry = recorded(desk.session.url).get(found.annotation_id)
    return _seen(desk, found, entry, targets=(target,))


def _chosen(found: Sequence[Annotation], target: Target, asked: Asked) -> Annotation:
    """Choose among the tables of an object: by id or name; else the latest."""
    if not found:
        raise TargetError(
            f"no table hangs on {target}", hint=f"%omero_upload TABLE --to {target} puts one there"
        )
    wanted = [
        one
        for one in found
        if asked.annotation in (None, one.annotation_id)
        and asked.file in (None, one.file_id)
        and (not asked.name or one.is_called(asked.name))
    ]
    if not wanted:
        raise _no_such_table(found, target, asked)
    return wanted[-1]


def _no_such_table(found: Iterable[Annotation], target: Target, asked: Asked) -> TargetError:
    names = [one.name or one.file_name for one in found]
    if asked.name:
        return TargetError(
            f"no table called '{asked.name}' hangs on {target}",
            hint=did_you_mean(asked.name, names),
        )
    number = asked.annotation if asked.annotation is not None else asked.file
    return TargetError(
        f"table {number} does not hang on {target}",
        hint=f"look at what does: %omero_tables {target} (tables('{target}'))",
    )


def _seen(
    desk: Desk,
    one: Annotation,
    entry: HistoryEntry | None,
    *,
    targets: tuple[Target, ...] = (),
) -> Found:
    said = None
    if one.file_id is not None:
        try:
            said = remote.columns_of(desk.session, one.file_id)
        except RejectedError:
            # The reader says so, if there is no array to read instead.
            said = None
    seen = seen_here(desk, one, said, entry)
    return Found(
        path=seen.path if seen.there else "",
        session=desk.session,
        annotation_id=one.annotation_id or None,
        file_id=one.file_id,
        name=one.name or one.file_name,
        targets=targets,
    )
