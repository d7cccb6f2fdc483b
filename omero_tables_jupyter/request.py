"""What a caller asks for: every public call's parameters, read once into one frozen type."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import wraps
from inspect import cleandoc, signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from omero_tables_jupyter.arguments import (
    AnyMapping,
    Login,
    To,
    read_choice,
    read_chunk_rows,
    read_labels,
    read_login,
    read_mapping,
    read_name,
    read_path,
    read_renames,
    read_resolve,
    read_session,
    read_text,
    targets_of,
)
from omero_tables_jupyter.choices import CHOICES
from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.omero.authentication import secret_of

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from omero_tables_jupyter.choices import Compression, IfExists, IndexRule, Verify
    from omero_tables_jupyter.events import Event
    from omero_tables_jupyter.links import Link, Target
    from omero_tables_jupyter.model import Secret
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.paths import PathMapping

__all__ = ["Reading", "Request", "called_with", "read_request"]

P = ParamSpec("P")
A = TypeVar("A")
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
    resolve
        Columns of names, and the columns of ids to add to each.
    if_exists, chunk_rows, verify, compression, probe, whole
        How it is done.
    stem
        What names its array in a folder; '' for the table's name.
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
    resolve: tuple[tuple[str, str], ...] = ()
    if_exists: IfExists | None = None
    chunk_rows: int | None = None
    verify: Verify | None = None
    compression: Compression | None = None
    probe: bool = True
    whole: bool = False
    stem: str = ""
    ask: bool = False
    on_event: Callable[[Event], None] | None = None


def read_request(  # noqa: PLR0913, PLR0917 - the reference client's first six, and ours by keyword
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
    resolve: Mapping[str, str] | None = None,
    if_exists: IfExists | None = None,
    chunk_rows: int | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: str | None = None,
    verify: Verify | None = None,
    compression: Compression | None = None,
    probe: bool = True,
    whole: bool = False,
    ask: bool = False,
    on_event: Callable[[Event], None] | None = None,
) -> Request:
    """Read the parameters that every upload shares.

    Parameters
    ----------
    source
        A pandas, Arrow, polars or Dask table; the path of a CSV or Parquet file, of a folder of
        Parquet files, or a pattern such as ``out/cells_*.csv``; a list of files or of frames; an
        Arrow reader or dataset; a polars query; an iterator of frames, which is read only once.
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
    resolve
        Columns of names, and the column of ids that is added to each: ``{"image_name": "Image"}``.
        The images, wells, plates or datasets below the objects are listed; a name that matches none
        gets -1 and a note, a name of several that is used is an error.
    if_exists
        When an array stands there already: 'fail'; 'version' for ``name-2.tiledb``; 'replace' for
        new rows under the same annotation, with the same columns.
    encoding, delimiter, decimal
        How a CSV file is written; by default UTF-8, and detected.
    verify
        'values' reads every value back, 'rows' only counts and row ids.
    compression
        'none', as the reference client writes; 'zstd' or 'lz4' for two thirds to four fifths of
        the size.
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
        name=read_name(table_name),
        targets=targets,
        link=link,
        reading=Reading(
            columns=None if columns is None else read_labels("columns", columns),
            exclude=read_labels("exclude", exclude),
            rename=read_renames(rename),
            as_text=read_labels("as_text", as_text),
            index=read_choice("index", index, CHOICES["index"]),
            encoding=encoding,
            delimiter=delimiter,
            decimal=decimal,
        ),
        local_path=read_path(local_path),
        remote_path=read_path(remote_path),
        mapping=read_mapping(mapping),
        profile=read_text("profile", profile),
        prefix=read_text("prefix", prefix),
        session=read_session(session),
        login=read_login(server, username, password, session),
        resolve=read_resolve(resolve),
        if_exists=read_choice("if_exists", if_exists, CHOICES["if_exists"]),
        chunk_rows=read_chunk_rows(chunk_size, chunk_rows),
        verify=read_choice("verify", verify, CHOICES["verify"]),
        compression=read_choice("compression", compression, CHOICES["compression"]),
        probe=probe,
        whole=whole,
        ask=ask,
        on_event=on_event,
    )


def called_with(read: Callable[P, A]) -> Callable[[Callable[[A], T]], Callable[P, T]]:
    """Give a function of what `read` returns the parameters, and their documentation, of it."""

    def decorate(act: Callable[[A], T]) -> Callable[P, T]:
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
