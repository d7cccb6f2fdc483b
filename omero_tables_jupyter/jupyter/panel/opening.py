"""Opening a panel: ``%omero_panel`` and ``omero_tables_jupyter.panel(...)``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from IPython.core.getipython import get_ipython

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.config import OmeroTables
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
from omero_tables_jupyter.jupyter.magic.variables import Named, find_source, tables_in
from omero_tables_jupyter.jupyter.panel.editing import in_words, written_anew
from omero_tables_jupyter.jupyter.panel.kernel import Kernel
from omero_tables_jupyter.jupyter.panel.panel import Panel
from omero_tables_jupyter.request import read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from IPython.core.interactiveshell import InteractiveShell

    from omero_tables_jupyter.arguments import AnyMapping, To
    from omero_tables_jupyter.choices import Compression, IfExists, IndexRule, Verify
    from omero_tables_jupyter.request import Request

__all__ = ["close_all", "opened", "panel"]

#: Every panel that is alive: its shell, and the cell that has opened it.
_OPENED: WeakKeyDictionary[Panel, tuple[InteractiveShell, str]] = WeakKeyDictionary()


def opened(
    shell: InteractiveShell,
    config: OmeroTables,
    options: UploadOptions,
    *,
    given: Named | None = None,
) -> Panel:
    """Open a panel in the cell that runs, in place of one that the same cell opened before.

    Parameters
    ----------
    shell
        The IPython shell.
    config
        Its ``%config OmeroTables``.
    options
        What the panel is filled in with.
    given
        A table that no variable holds, and its name.

    Raises
    ------
    OptionError
        If there is no such table.
    TargetError
        If a target cannot be meant.

    """
    if options.source:
        find_source(options.source, shell.user_ns)
    cell = _cell_of(shell)
    if cell:  # run again, a cell replaces its panel
        _close(lambda owner, opener: owner is shell and opener == cell)
    made = Panel(Kernel(shell, config, given), written_anew(options))
    _OPENED[made] = (shell, cell)
    return made


def close_all(shell: InteractiveShell) -> None:
    """Close every panel of a shell; uploads that run go on, and what was uploaded stays shown."""
    _close(lambda owner, _: owner is shell)


def _close(meant: Callable[[InteractiveShell, str], bool]) -> None:
    for one, (owner, cell) in list(_OPENED.items()):
        if meant(owner, cell):
            _OPENED.pop(one)
            one.close()


def panel(  # noqa: PLR0913 - the options of the product, by keyword
    source: Any = None,
    table_name: str | None = None,
    *,
    to: To | None = None,
    local_path: str | os.PathLike[str] | None = None,
    remote_path: str | os.PathLike[str] | None = None,
    mapping: AnyMapping | None = None,
    profile: str | None = None,
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
) -> Panel:
    """Open the panel: an upload as a form. In a notebook, end a cell with it.

    Parameters
    ----------
    source
        A pandas, Arrow or polars table, or the path of a CSV or Parquet file; None to choose one.
    table_name, to, local_path, remote_path, mapping, profile, columns, exclude, rename, as_text
        What the form is filled in with; as for `upload_table`.
    index, resolve, if_exists, chunk_rows, encoding, delimiter, decimal, verify, compression
        Likewise.

    Returns
    -------
    Panel
        ``.close()`` takes it away.

    Raises
    ------
    OptionError
        If this is no notebook, or an option cannot be meant.
    TargetError, PathError
        If a target or a path cannot be meant.

    """
    shell = get_ipython()
    if shell is None:
        raise OptionError(
            "the panel is a form for a notebook, and none runs here",
            hint="in a script, call omero_tables_jupyter.upload_table(...)",
        )
    asked = read_request(
        source,
        table_name,
        to=to,
        local_path=local_path,
        remote_path=remote_path,
        mapping=mapping,
        profile=profile,
        columns=columns,
        exclude=exclude,
        rename=rename,
        as_text=as_text,
        index=index,
        resolve=resolve,
        if_exists=if_exists,
        chunk_rows=chunk_rows,
        encoding=encoding,
        delimiter=delimiter,
        decimal=decimal,
        verify=verify,
        compression=compression,
    )
    word, given = _source_of(source, shell.user_ns)
    return opened(shell, _config_of(shell), _options(asked, word), given=given)


def _config_of(shell: InteractiveShell) -> OmeroTables:
    """Give the shell's ``%config OmeroTables``, if the extension was loaded."""
    listed: list[Any] = shell.configurables
    loaded = (one for one in listed if isinstance(one, OmeroTables))
    return next(loaded, None) or OmeroTables(parent=shell)


def _source_of(source: Any, namespace: Mapping[str, Any]) -> tuple[str, Named | None]:
    """Find the SOURCE that names a table; without one, the table itself under a plain name."""
    if source is None:
        return "", None
    if isinstance(source, str | os.PathLike):
        return os.fspath(source), None
    for variable in tables_in(namespace):
        if namespace[variable.name] is source:
            return variable.name, None
    return "", Named(source, "table")


def _options(asked: Request, source: str) -> UploadOptions:
    """Give what was asked for as the magic would have read it."""
    reading = asked.reading
    site = f"{asked.link.server}{asked.link.prefix}" if asked.link else ""
    pairs = asked.mapping.pairs if asked.mapping else ()
    return UploadOptions(
        source=source,
        to=tuple(in_words(one, site) for one in asked.targets),
        name=asked.name or None,
        local_path=asked.local_path or None,
        remote_path=asked.remote_path or None,
        mapping=tuple((local, server) for locals_, server in pairs for local in locals_),
        profile=asked.profile or None,
        if_exists=asked.if_exists,
        columns=reading.columns,
        exclude=reading.exclude,
        rename=tuple(reading.rename.items()),
        as_text=reading.as_text,
        index=reading.index,
        resolve=asked.resolve,
        encoding=reading.encoding,
        delimiter=reading.delimiter,
        decimal=reading.decimal,
        chunk_rows=asked.chunk_rows,
        verify=asked.verify,
        compression=asked.compression,
    )


def _cell_of(shell: InteractiveShell) -> str:
    """Give the notebook's id of the cell that runs; '' where the front end gives none."""
    parent: dict[str, Any] = getattr(shell, "get_parent", dict)() or {}
    return str(parent.get("metadata", {}).get("cellId", ""))
