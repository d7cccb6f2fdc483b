"""`UploadOptions`, typed or clicked -> the keywords of one call of the package."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.paths import parse_map_option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.magic.variables import Named

__all__ = ["call_of"]

# The options that the package's own calls take, under the same names
_PASSED = frozenset(
    {
        "as_text",
        "chunk_rows",
        "columns",
        "compression",
        "decimal",
        "delimiter",
        "encoding",
        "exclude",
        "if_exists",
        "index",
        "local_path",
        "parent_id",
        "parent_type",
        "profile",
        "remote_path",
        "verify",
    }
)


def call_of(options: UploadOptions, named: Named, configured: Mapping[str, Any]) -> dict[str, Any]:
    """Give the keywords that `upload_table` and its kin take, beside the source.

    Parameters
    ----------
    options
        What was asked for.
    named
        The table, and the name that it suggests.
    configured
        What ``%config OmeroTables`` holds; options win over it.

    Returns
    -------
    dict
        Keywords of `upload_table`, `submit_table` and `check_table`.

    Raises
    ------
    OptionError
        If nothing names the table, or one column is given two names.

    """
    typed = {field.name: getattr(options, field.name) for field in fields(options)}
    given = {**configured, **{name: value for name, value in typed.items() if value is not None}}
    call = {name: value for name, value in given.items() if name in _PASSED}
    if "map" in configured:
        call["mapping"] = [parse_map_option(pair) for pair in configured["map"]]
    call |= {"table_name": _name(options, named), "probe": options.probe}
    if options.to:
        call["to"] = options.to
    if options.mapping:
        call["mapping"] = options.mapping
    call["rename"] = _renamed("--rename", options.rename)
    if options.resolve:
        call["resolve"] = _renamed("--resolve", options.resolve)
    return call


def _name(options: UploadOptions, named: Named) -> str | None:
    if options.name or named.name:
        return options.name or named.name
    if isinstance(named.value, str | os.PathLike):
        return None  # a file names its table itself
    raise OptionError(f"{options.source} suggests no name for the table", hint='add --name "..."')


def _renamed(option: str, pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    renamed = dict(pairs)
    if len(renamed) < len(pairs):
        old = next(old for old, new in pairs if renamed[old] != new or pairs.count((old, new)) > 1)
        raise OptionError(f"{option} gives {old!r} two names", hint="keep one of them")
    return renamed
