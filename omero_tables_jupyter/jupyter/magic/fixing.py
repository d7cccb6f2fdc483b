"""A click on a column, or on a *Fix*, as a change of what was asked for (pure)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from omero_tables_jupyter.model import Fix, FixKind

if TYPE_CHECKING:
    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions

__all__ = ["excluded", "fixed", "included", "renamed"]


def fixed(options: UploadOptions, fix: Fix) -> UploadOptions:
    """Apply a cure, as the option would that its text names; twice is the same as once.

    Parameters
    ----------
    options
        What was asked for.
    fix
        From a `Note` or a `Problem`; columns are named as in the source.

    """
    match fix.kind:
        case FixKind.RENAME:
            return renamed(options, fix.column, fix.value)
        case FixKind.DROP:
            return excluded(options, fix.column)
        case FixKind.AS_TEXT:
            return replace(options, as_text=_with(options.as_text, fix.column))
        case FixKind.VERSION:
            return replace(options, if_exists="version")
        case _:
            assert_never(fix.kind)


def renamed(options: UploadOptions, column: str, name: str) -> UploadOptions:
    """Store a column under another name; under its own, a renaming given before goes.

    Parameters
    ----------
    options
        What was asked for.
    column
        The column's name in the source, whatever it was renamed to before.
    name
        The name to store it under.

    """
    others = tuple(pair for pair in options.rename if pair[0] != column)
    pairs = others if name == column else (*others, (column, name))
    return replace(options, rename=pairs)


def excluded(options: UploadOptions, column: str) -> UploadOptions:
    """Leave a column out; what else was asked of it goes with it.

    Parameters
    ----------
    options
        What was asked for.
    column
        The column's name in the source; of several of that name, none stays.

    """
    chosen = _without(options.columns or (), column)
    if options.columns is None or not chosen or column not in options.columns:
        changed = replace(options, exclude=_with(options.exclude, column))
    else:
        changed = replace(options, columns=chosen)
    return replace(
        changed,
        rename=tuple(pair for pair in options.rename if pair[0] != column),
        as_text=_without(options.as_text, column),
    )


def included(options: UploadOptions, column: str) -> UploadOptions:
    """Store a column after all; where only some are chosen, it becomes the last of them.

    Parameters
    ----------
    options
        What was asked for.
    column
        The column's name in the source.

    """
    columns = options.columns
    return replace(
        options,
        exclude=_without(options.exclude, column),
        columns=None if columns is None else _with(columns, column),
    )


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return names if name in names else (*names, name)


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(one for one in names if one != name)
