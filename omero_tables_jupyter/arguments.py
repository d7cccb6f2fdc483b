"""The arguments of a call, one by one: read at the edge, or refused with a cure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import index as index_of
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError, TargetError
from omero_tables_jupyter.links import Link, Target, parse_link
from omero_tables_jupyter.path_syntax import given_text
from omero_tables_jupyter.paths import PathMapping, parse_map_option
from omero_tables_jupyter.text import did_you_mean, redacted

if TYPE_CHECKING:
    import os

    from omero_tables_jupyter.model import Secret
    from omero_tables_jupyter.omero.session import Session

__all__ = [
    "AnyMapping",
    "Login",
    "To",
    "read_choice",
    "read_chunk_rows",
    "read_labels",
    "read_login",
    "read_mapping",
    "read_name",
    "read_path",
    "read_renames",
    "read_resolve",
    "read_session",
    "read_text",
    "targets_of",
]

#: One object, or several, as users name them.
To = str | Target | Iterable[str | Target]
#: A mapping, its pairs, or ``'LOCAL=>SERVER'``.
AnyMapping = PathMapping | Iterable[tuple[str | Iterable[str], str]] | str


#: The types of objects that can be listed below others, by their folded name.
_RESOLVED = {one.casefold(): one for one in ("Image", "Well", "Plate", "Dataset", "Project")}
#: More rows than any table has; Arrow counts no further.
_MOST_ROWS = 2**62
_RESOLVE_EXAMPLE = "write --resolve image_name=Image (resolve={'image_name': 'Image'})"


@dataclass(frozen=True, slots=True)
class Login:
    """The reference client's own way to say who one is: a login for this one call."""

    server: str = ""
    username: str | None = None
    password: Secret | None = None


def targets_of(
    to: To | None,
    *,
    parent_type: str = "Image",
    parent_id: int | None = None,
    links: Iterable[tuple[str, int]] | tuple[str, int] | None = None,
) -> tuple[tuple[Target, ...], Link | None]:
    """Read all ways to name what a table hangs on; duplicates are dropped, the order is kept.

    Returns
    -------
    tuple of Target
        The objects.
    Link or None
        The first OMERO.web link among them that names a server.

    Raises
    ------
    TargetError
        If one names no object, or links lead to two servers.

    """
    found: list[Target] = []
    server: Link | None = None
    for item in [to] if isinstance(to, str | Target) else _listed(to, "to"):
        if isinstance(item, Target):
            found.append(item)
            continue
        link = parse_link(item)
        found.extend(link.targets)
        if link.server:
            if server is not None and (link.server, link.prefix) != (server.server, server.prefix):
                raise TargetError(
                    f"these links lead to two servers: {server.server} and {link.server}",
                    hint="a table is registered on one server: upload it once for each",
                )
            server = link
    found.extend(_pairs(links))
    if parent_id is not None:
        found.append(Target.of(parent_type, parent_id))
    return tuple(dict.fromkeys(found)), server


def _listed(items: Any, option: str) -> list[Any]:
    if items is None:
        return []
    if isinstance(items, Iterable) and not isinstance(items, str):
        return list(items)
    raise TargetError(
        f"{option}={redacted(repr(items))} names no object",
        hint="give pairs such as links=[('Image', 101)], or write to='Image:101'",
    )


def _pairs(links: Iterable[tuple[str, int]] | tuple[str, int] | None) -> tuple[Target, ...]:
    items = _listed(links, "links")
    if len(items) == 2 and isinstance(items[0], str):  # noqa: PLR2004 - one pair, not nested
        items = [tuple(items)]
    for item in items:
        if not isinstance(item, Sequence) or isinstance(item, str) or len(item) != 2:  # noqa: PLR2004 - a type and an id
            raise TargetError(
                f"links holds {redacted(repr(item))}, which is not a pair of type and id",
                hint="give pairs such as links=[('Image', 101)], or write to='Image:101'",
            )
    return tuple(Target.of(kind, number) for kind, number in items)


def read_name(table_name: str | None) -> str:
    """Read the name of a table; '' where none was given.

    Raises
    ------
    OptionError
        If it is empty, not a text, or holds a NUL character.

    """
    if table_name is None:
        return ""
    if not isinstance(table_name, str) or not table_name.strip():
        raise OptionError(
            f"the table name {table_name!r} is empty, or not a text",
            hint='give a name such as --name "Cells plate 7" (table_name=...)',
        )
    if "\0" in table_name:
        raise OptionError("the table name holds a NUL character", hint="take it out")
    return table_name


def read_text(option: str, value: str | None) -> str:
    """Read one text, such as a profile's name; '' where none was given.

    Raises
    ------
    OptionError
        If it is something else.

    """
    if value is None or isinstance(value, str):
        return value or ""
    # Not the value: it may be a password in the wrong place.
    raise OptionError(
        f"{option} is of type {type(value).__name__}, and not a text",
        hint=f"write {option}='...', or leave it out",
    )


def read_labels(option: str, labels: Iterable[Any] | str) -> tuple[str, ...]:
    """Read the names of columns; one alone may stand without a list.

    Raises
    ------
    OptionError
        If it is no list.

    """
    if isinstance(labels, str):
        return (labels,)
    if isinstance(labels, Iterable):
        return tuple(str(label) for label in labels)
    raise OptionError(
        f"{option}={labels!r} is no list of columns", hint=f"write {option}=['area', 'label']"
    )


def read_renames(rename: Mapping[str, str] | None) -> dict[str, str]:
    """Read which column gets which name.

    Raises
    ------
    OptionError
        If it is no mapping.

    """
    if rename is None or isinstance(rename, Mapping):
        return dict(rename or {})
    raise OptionError(
        f"rename={rename!r} says not which column gets which name",
        hint="write rename={'old': 'new'}",
    )


def read_resolve(resolve: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """Read which column of names gets which column of ids.

    Raises
    ------
    OptionError
        If it is no mapping, or names a type that is not found by name, or one type twice.

    """
    if resolve is not None and not isinstance(resolve, Mapping):
        raise OptionError(
            f"resolve={resolve!r} says not which names become which ids", hint=_RESOLVE_EXAMPLE
        )
    pairs = tuple((str(names), str(ids).strip()) for names, ids in (resolve or {}).items())
    seen: set[str] = set()
    for names, ids in pairs:
        if ids.casefold() not in _RESOLVED:
            raise OptionError(
                f"resolve: '{ids}' is not a type of object that is found by its name",
                hint=f"choose one of {', '.join(_RESOLVED.values())}: {_RESOLVE_EXAMPLE}",
            )
        if ids.casefold() in seen:
            raise OptionError(
                f"resolve: both '{names}' and another column would become '{ids}'",
                hint="resolve one of them only",
            )
        seen.add(ids.casefold())
    return pairs


def read_choice(option: str, value: Any, words: tuple[str, ...]) -> Any:
    """Read one of a few words; None where nothing was said.

    Raises
    ------
    OptionError
        If it is none of them.

    """
    if value is None or (isinstance(value, str) and value in words):
        return value
    guess = did_you_mean(str(value), words)
    close = guess.startswith("did you mean")
    raise OptionError(
        f"{option}={value!r} is none of {', '.join(words)}",
        hint=guess if close else f"choose one of them, such as {option}={words[0]!r}",
    )


def read_path(path: str | os.PathLike[str] | None) -> str:
    """Read a path as text; '' where none was given.

    Raises
    ------
    PathError
        If it is no path.

    """
    return "" if path is None or (isinstance(path, str) and not path) else given_text(path)


def read_mapping(mapping: AnyMapping | None) -> PathMapping | None:
    """Read a mapping, its pairs, or one pair as text.

    Raises
    ------
    OptionError, PathError
        If it is none of these, or a prefix is not absolute.

    """
    if mapping is None or isinstance(mapping, PathMapping):
        return mapping
    return PathMapping([parse_map_option(mapping)] if isinstance(mapping, str) else mapping)


def read_session(session: Session | None) -> Session | None:
    """Take a session for what it is.

    Raises
    ------
    OptionError
        If it is something else.

    """
    if session is not None:
        from omero_tables_jupyter.omero.session import Session

        if not isinstance(session, Session):
            raise OptionError(
                f"session is of type {type(session).__name__}, and not what a login gives",
                hint="give session=omero_tables_jupyter.login('https://...'), or leave it out",
            )
    return session


def read_login(
    server: str | None, username: str | None, password: Secret | None, session: Session | None
) -> Login | None:
    """Read the reference client's own way to log in; None where it was not used.

    Raises
    ------
    OptionError
        If a session was given as well, or something is not a text.

    """
    if server is None and username is None and password is None:
        return None
    if session is not None:
        raise OptionError(
            "both a session and a login were given",
            hint="give session=..., or server=... with username=... and password=...",
        )
    user = None if username is None else read_text("username", username)
    return Login(read_text("server", server), user, password)


def read_chunk_rows(chunk_size: int | None, chunk_rows: int | None) -> int | None:
    """Read the rows a write; ours wins over the reference client's name for it.

    Raises
    ------
    OptionError
        If it is not a whole number above 0.

    """
    rows = chunk_rows if chunk_rows is not None else chunk_size
    if rows is None:
        return None
    try:
        number = 0 if isinstance(rows, bool) else index_of(rows)
    except TypeError:
        number = 0
    if number < 1:
        raise OptionError(
            f"chunk_rows={rows!r} is not a number of rows",
            hint="give a whole number above 0, or leave it out: the default is quick",
        )
    return min(number, _MOST_ROWS)
