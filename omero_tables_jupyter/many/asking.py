"""What a caller of `upload_tables` asks for, read once: one request a table."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from inspect import Parameter, Signature, cleandoc, signature
from typing import TYPE_CHECKING, Any, ParamSpec, TypedDict

from omero_tables_jupyter.arguments import targets_of
from omero_tables_jupyter.errors import OptionError, TargetError
from omero_tables_jupyter.links import Target
from omero_tables_jupyter.paths import is_array_name
from omero_tables_jupyter.request import read_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Unpack

    from omero_tables_jupyter.arguments import AnyMapping, To
    from omero_tables_jupyter.choices import Compression, IfExists, IndexRule, Verify
    from omero_tables_jupyter.events import Event
    from omero_tables_jupyter.model import Secret
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.request import Request

__all__ = ["Options", "Several", "read_tables"]

P = ParamSpec("P")
#: What names the object of each table, so that it is no option of all of them.
_OWN = ("source", "table_name", "parent_id", "parent_type", "links", "chunk_size", "to", "whole")
_EXAMPLE = "upload_tables({'Image:101': one, 'Image:102': other}, 'Cells')"


class Options(TypedDict, total=False):
    """The options that all tables share, as `upload_table` takes them."""

    local_path: str | os.PathLike[str] | None
    remote_path: str | os.PathLike[str] | None
    prefix: str
    mapping: AnyMapping | None
    profile: str | None
    session: Session | None
    server: str | None
    port: int | None
    username: str | None
    password: str | Secret | None
    omero_connector: object
    columns: Iterable[str] | None
    exclude: Iterable[str] | str
    rename: Mapping[str, str] | None
    as_text: Iterable[str] | str
    index: IndexRule | None
    resolve: Mapping[str, str] | None
    if_exists: IfExists | None
    chunk_rows: int | None
    encoding: str | None
    delimiter: str | None
    decimal: str | None
    verify: Verify | None
    compression: Compression | None
    probe: bool
    ask: bool
    on_event: Callable[[Event], None] | None


@dataclass(frozen=True, slots=True)
class Several:
    """Several uploads as they were asked for.

    Parameters
    ----------
    common
        What they share; its source is the table that is to be split, else None.
    asked
        One request a table; empty where one table is to be split first.
    split_by
        The column whose values name the objects; '' where the tables were given.

    """

    common: Request
    asked: tuple[Request, ...] = ()
    split_by: str = ""

    @property
    def label(self) -> str:
        """What the tables are called together."""
        return self.common.name or "tables"


def _as_upload_table(read: Callable[P, Several]) -> Callable[P, Several]:
    """Show the shared options as parameters of their own, documented as for `upload_table`."""
    shared = signature(read_request).parameters
    own = signature(read).parameters
    named = [one for one in own.values() if one.kind is not Parameter.VAR_KEYWORD]
    options = [one for name, one in shared.items() if name not in _OWN]
    read.__signature__ = Signature([*named, *options])  # type: ignore[attr-defined] # what inspect and IPython read
    about = cleandoc(read_request.__doc__ or "").partition("local_path\n")
    read.__doc__ = f"{cleandoc(read.__doc__ or '')}\n{about[1]}{about[2]}"
    return read


@_as_upload_table
def read_tables(
    tables: Any,
    table_name: str | None = None,
    *,
    split_by: str | None = None,
    to: To | None = None,
    **options: Unpack[Options],
) -> Several:
    """Read the parameters.

    Parameters
    ----------
    tables
        What hangs on what: ``{"Image:101": frame, ...}``, or pairs; whatever `upload_table` takes
        may stand for the object and the table. With `split_by`, one table.
    table_name
        The name of each of them in OMERO; by default the file's stem. In a folder, the array of
        each is called after the object as well: ``Cells Image 101.tiledb``.
    split_by
        A column of ids, such as ``"Image"``: each one's rows become the table of that object.
    to
        With `split_by` and `resolve` only: where the names are looked up.
    chunk_rows
        Rows a write; by default as many as fit a few megabytes.
    """
    unknown = sorted(set(options) - set(Options.__annotations__))
    if unknown:
        raise _unknown(unknown[0])
    common = read_request(None, table_name, to=to, **options)
    if common.targets and not (split_by and common.resolve):
        raise _unknown("to")
    for option, path in (("local_path", common.local_path), ("remote_path", common.remote_path)):
        if is_array_name(path):
            raise OptionError(
                f"{option} is '{path}', the name of one array, for several tables",
                hint=f"give the folder: {option}={os.path.dirname(path) or '.'!r}",  # noqa: PTH120 - of an address, too
            )
    if split_by is not None:
        return Several(replace(common, source=_one_table(tables)), split_by=_column(split_by))
    pairs = _pairs(tables)
    keys = [_objects(key) for key, _ in pairs]
    # Together, so that links of two servers are refused.
    _, link = targets_of([one for key in keys for one in key])
    asked = [
        replace(common, source=source, targets=targets_of(key)[0], link=link)
        for key, (_, source) in zip(keys, pairs, strict=True)
    ]
    return Several(replace(common, link=link), tuple(asked))


def _unknown(option: str) -> Exception:
    if option in _OWN:
        return OptionError(
            f"{option} was given, but each table names its own object",
            hint=f"leave it out: {_EXAMPLE}",
        )
    return TypeError(f"upload_tables() got an unexpected keyword argument {option!r}")


def _one_table(tables: Any) -> Any:
    if isinstance(tables, Mapping):
        raise OptionError(
            "split_by splits one table, and several were given",
            hint="leave split_by out, or give one table: upload_tables(cells, split_by='Image')",
        )
    return tables


def _column(split_by: Any) -> str:
    if not isinstance(split_by, str) or not split_by.strip():
        raise OptionError(f"split_by={split_by!r} names no column", hint="write split_by='Image'")
    return split_by.strip()


def _pairs(tables: Any) -> Sequence[tuple[Any, Any]]:
    if isinstance(tables, Mapping):
        found = list(tables.items())
    elif isinstance(tables, list | tuple) and all(map(_is_pair, tables)):
        found = list(tables)
    else:
        raise OptionError(
            f"a {type(tables).__name__} does not say which table hangs on which object",
            hint=f"write {_EXAMPLE}; one table with a column of ids is split by them: "
            "upload_tables(cells, 'Cells', split_by='Image')",
        )
    if not found:
        raise OptionError("no table was given", hint=f"write {_EXAMPLE}")
    return found


def _is_pair(one: Any) -> bool:
    return isinstance(one, list | tuple) and len(one) == 2  # noqa: PLR2004 - object and table


def _objects(key: Any) -> tuple[str | Target, ...]:
    several = key if isinstance(key, tuple | list | frozenset) else (key,)
    for one in several:
        if not isinstance(one, str | Target):
            raise TargetError(
                f"{one!r} names no object of OMERO",
                hint=f"give type and id, as in {_EXAMPLE}; one table with a column of ids is "
                "split by them: upload_tables(cells, 'Cells', split_by='Image')",
            )
    return tuple(several)
