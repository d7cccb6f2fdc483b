"""What a caller asks for: every public call's parameters, read once into one frozen type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from inspect import cleandoc, signature
from operator import index as index_of
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, SupportsIndex, TypeVar

from omero_tables_jupyter.errors import OptionError, TargetError
from omero_tables_jupyter.links import Link, Target, parse_link
from omero_tables_jupyter.omero.entry import secret_of
from omero_tables_jupyter.paths import PathMapping, parse_map_option
from omero_tables_jupyter.places import given_text
from omero_tables_jupyter.text import did_you_mean, redacted

if TYPE_CHECKING:
    import os

    from omero_tables_jupyter.events import Event
    from omero_tables_jupyter.model import Secret
    from omero_tables_jupyter.omero.session import Session

__all__ = ["Login", "Reading", "Request", "To", "called_with", "request", "targets_of"]

#: One object, or several, as users name them.
To = str | Target | Iterable[str | Target]
#: A mapping, its pairs, or ``'LOCAL=>SERVER'``.
AnyMapping = PathMapping | Iterable[tuple[str | Iterable[str], str]] | str
IndexRule = Literal["auto", "keep", "drop"]
IfExists = Literal["fail", "version", "replace"]
Verify = Literal["values", "rows"]

INDEX_RULES = ("auto", "keep", "drop")
IF_EXISTS = ("fail", "version", "replace")
VERIFY = ("values", "rows")

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a source is read: what `tables` needs to know and nothing else."""

    columns: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    rename: Mapping[str, str] = field(default_factory=dict)
    as_text: tuple[str, ...] = ()
    index: IndexRule | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None


@dataclass(frozen=True, slots=True)
class Login:
    """The reference client's own way to say who one is: a login for this one call."""

    server: str = ""
    username: str | None = None
    password: Secret | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """An upload as it was asked for; None and '' mean that settings decide.

    Parameters
    ----------
    source
        The table, whatever it is.
    name
        The table's name in OMERO; '' for the source's own.
    targets
        What the table is attached to.
    link
        The OMERO.web link that a target was given as, for its server and prefix.
    reading
        Which columns, and how files are read.
    local_path, remote_path, mapping, profile, prefix
        Where the array is written, and where the server sees it.
    session, login
        Who asks: an open session, or a login for this call.
    if_exists, chunk_rows, verify, probe, whole
        How it is done.
    ask, on_event
        Whether somebody can be asked for a password, and who is told.

    """

    source: Any
    name: str = ""
    targets: tuple[Target, ...] = ()
    link: Link | None = None
    reading: Reading = field(default_factory=Reading)
    local_path: str = ""
    remote_path: str = ""
    mapping: PathMapping | None = None
    profile: str = ""
    prefix: str = ""
    session: Session | None = None
    login: Login | None = None
    if_exists: IfExists | None = None
    chunk_rows: int | None = None
    verify: Verify | None = None
    probe: bool = True
    whole: bool = False
    ask: bool = False
    on_event: Callable[[Event], None] | None = None


def request(  # noqa: PLR0913, PLR0917 - the reference client's first six, and ours by keyword
    source: Any,
    table_name: str | None = None,
    parent_id: int | None = None,
    parent_type: str = "Image",
    links: Iterable[tuple[str, int]] | tuple[str, int] | None = None,
    chunk_size: int | None = None,
    *,
    to: To | None = None,
    local_path: str | os.PathLike[str] | None = None,
    remote_path: str | os.PathLike[str] | None = None,
    prefix: str = "",
    mapping: AnyMapping | None = None,
    profile: str | None = None,
    session: Session | None = None,
    server: str | None = None,
    port: int | None = None,
    username: str | None = None,
    password: str | Secret | None = None,
    omero_connector: object = None,
    columns: Iterable[str] | None = None,
    exclude: Iterable[str] | str = (),
    rename: Mapping[str, str] | None = None,
    as_text: Iterable[str] | str = (),
    index: IndexRule | None = None,
    if_exists: IfExists | None = None,
    chunk_rows: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    verify: Verify | None = None,
    probe: bool = True,
    whole: bool = False,
    ask: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> Request:
    """Read the parameters that every upload shares.

    Parameters
    ----------
    source
        A pandas, Arrow or polars table, or the path of a CSV or Parquet file.
    table_name
        The table's name in OMERO; by default the file's stem.
    parent_id, parent_type, links
        The reference client's way to say `to`: one object, and ``[("Image", 101), ...]``.
    chunk_size, chunk_rows
        Rows a write; by default as many as fit a few megabytes.
    to
        ``"Dataset:51"``, an OMERO.web link, a `Target`, or several of them.
    local_path
        The folder, or the ``*.tiledb`` itself, to write: as this machine sees it.
    remote_path
        The same place as the server sees it; by default from the mapping.
    prefix
        The path below which OMERO.web lives, as in ``https://omero.site/custom_omero``.
    mapping
        A `PathMapping`, its pairs, or ``"LOCAL=>SERVER"``.
    profile
        A saved server and mapping; by default the one last used on that server.
    session
        From `login`; by default the current one.
    server, username, password
        The reference client's way to log in, for this call only.
    port
        Taken from the reference client's calls, and not used: it is that of Ice. The port of
        OMERO.web, where it is not 443, is part of `server`.
    omero_connector
        Not taken: it needs Ice. Use `session`.
    columns, exclude, rename, as_text
        Which columns, under which names, and which of them as text.
    index
        'auto' (the default), 'keep' or 'drop'.
    if_exists
        'fail', or 'version' for ``name-2.tiledb``, when an array stands there already.
    encoding, delimiter, decimal
        How a CSV file is written; by default UTF-8, and detected.
    verify
        'values' reads every value back, 'rows' only counts and row ids.
    probe
        Ask first whether OMERO Plus is there.
    whole
        Read a whole CSV file for the check, not just its beginning.
    ask
        Whether somebody answers `LoginNeeded` with ``job.renew(password)``; with `submit_table`.
    on_event
        Called with each event of `omero_tables_jupyter.events`.

    """
    del port
    password = None if password is None else secret_of(password)
    if omero_connector is not None:
        raise OptionError(
            "omero_connector was given, but this package speaks HTTP and needs no Ice connection",
            hint="leave it out, and log in with omero_tables_jupyter.login('https://...')",
        )
    targets, link = targets_of(to, parent_type=parent_type, parent_id=parent_id, links=links)
    return Request(
        source=source,
        name=_name(table_name),
        targets=targets,
        link=link,
        reading=Reading(
            columns=None if columns is None else _labels("columns", columns),
            exclude=_labels("exclude", exclude),
            rename=_renamed(rename),
            as_text=_labels("as_text", as_text),
            index=None if index is None else _choice("index", index, INDEX_RULES),
            encoding=encoding,
            delimiter=delimiter,
            decimal=decimal,
        ),
        local_path=_path_text(local_path),
        remote_path=_path_text(remote_path),
        mapping=_mapping(mapping),
        profile=profile or "",
        prefix=prefix,
        session=_session(session),
        login=_login(server, username, password, session),
        if_exists=None if if_exists is None else _choice("if_exists", if_exists, IF_EXISTS),
        chunk_rows=_chunk_rows(chunk_size, chunk_rows),
        verify=None if verify is None else _choice("verify", verify, VERIFY),
        probe=probe,
        whole=whole,
        ask=ask,
        on_event=on_event,
    )


def called_with(
    read: Callable[P, Request],
) -> Callable[[Callable[[Request], T]], Callable[P, T]]:
    """Give a function of one `Request` the parameters, and their documentation, of `read`."""

    def decorate(act: Callable[[Request], T]) -> Callable[P, T]:
        @wraps(act)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            # Rebound at once: tools that show a failing frame's variables then show '***'.
            password: Any = kwargs.pop("password", None)
            if password is not None:
                kwargs["password"] = password = secret_of(password)
            return act(read(*args, **kwargs))

        shape = signature(read)
        returned = signature(act).return_annotation
        call.__signature__ = shape.replace(return_annotation=returned)  # type: ignore[attr-defined] # what inspect and IPython read
        parameters = cleandoc(read.__doc__ or "").partition("Parameters\n")[2]
        summary, rest = cleandoc(act.__doc__ or "").split("\n\nReturns\n", 1)
        call.__doc__ = f"{summary}\n\nParameters\n{parameters}\n\nReturns\n{rest}\n"
        return call

    return decorate


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


def _name(table_name: str | None) -> str:
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


def _labels(option: str, labels: Iterable[Any] | str) -> tuple[str, ...]:
    if isinstance(labels, str):
        return (labels,)
    if isinstance(labels, Iterable):
        return tuple(str(label) for label in labels)
    raise OptionError(
        f"{option}={labels!r} is no list of columns", hint=f"write {option}=['area', 'label']"
    )


def _renamed(rename: Mapping[str, str] | None) -> dict[str, str]:
    if rename is None or isinstance(rename, Mapping):
        return dict(rename or {})
    raise OptionError(
        f"rename={rename!r} says not which column gets which name",
        hint="write rename={'old': 'new'}",
    )


def _choice(option: str, value: Any, choices: tuple[str, ...]) -> Any:
    if value in choices:
        return value
    raise OptionError(f"{option}={value!r} is not known", hint=did_you_mean(str(value), choices))


def _path_text(path: str | os.PathLike[str] | None) -> str:
    return "" if path is None or path == "" else given_text(path)


def _mapping(mapping: AnyMapping | None) -> PathMapping | None:
    if mapping is None or isinstance(mapping, PathMapping):
        return mapping
    return PathMapping([parse_map_option(mapping)] if isinstance(mapping, str) else mapping)


def _session(session: Session | None) -> Session | None:
    if session is not None:
        from omero_tables_jupyter.omero.session import Session

        if not isinstance(session, Session):
            raise OptionError(
                f"session is of type {type(session).__name__}, and not what a login gives",
                hint="give session=omero_tables_jupyter.login('https://...'), or leave it out",
            )
    return session


def _login(
    server: str | None, username: str | None, password: Secret | None, session: Session | None
) -> Login | None:
    if server is None and username is None and password is None:
        return None
    if session is not None:
        raise OptionError(
            "both a session and a login were given",
            hint="give session=..., or server=... with username=... and password=...",
        )
    return Login(server or "", username, password)


def _chunk_rows(chunk_size: int | None, chunk_rows: int | None) -> int | None:
    rows = chunk_rows if chunk_rows is not None else chunk_size
    if rows is None:
        return None
    if isinstance(rows, bool) or not isinstance(rows, SupportsIndex) or index_of(rows) < 1:
        raise OptionError(
            f"chunk_rows={rows!r} is not a number of rows",
            hint="give a whole number above 0, or leave it out: the default is quick",
        )
    return index_of(rows)
