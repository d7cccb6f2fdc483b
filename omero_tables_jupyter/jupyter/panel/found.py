"""The tables that a user could choose: what the variables hold, and the file that was named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.jupyter.magic.variables import tables_in
from omero_tables_jupyter.text import count, size

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from omero_tables_jupyter.jupyter.magic.variables import Named

__all__ = ["TableFound", "describe", "tables_found"]


@dataclass(frozen=True, slots=True)
class TableFound:
    """A table as it stands now.

    Parameters
    ----------
    source
        How ``%omero_upload`` is told of it: ``cells``, ``lab.cells``, a file.
    name
        The name that it suggests for the table in OMERO; '' where it suggests none, as a file that
        is not read yet.
    shape
        Rows and columns; None where counting the rows would cost.
    n_bytes
        Its size in memory or on disk, in bytes; None where nobody knows.
    identity
        Differs once the source holds another table, or one with other columns or rows.

    """

    source: str
    name: str
    shape: tuple[int, int] | None = None
    n_bytes: int | None = None
    identity: Hashable = None

    def __str__(self) -> str:
        facts = []
        if self.shape is not None:
            facts.append(f"{count(self.shape[0])} x {count(self.shape[1])}")
        if self.n_bytes is not None:
            facts.append(size(self.n_bytes))
        return f"{self.source}: {', '.join(facts)}" if facts else self.source


def tables_found(namespace: Mapping[str, Any]) -> tuple[TableFound, ...]:
    """List the variables that hold a table, in the order in which they were made."""
    return tuple(
        _of_value(one.name, one.name, namespace[one.name], one.shape)
        for one in tables_in(namespace)
    )


def describe(source: str, named: Named) -> TableFound:
    """Describe what a SOURCE has been found to name."""
    if isinstance(named.value, str | Path):
        return _of_file(source, Path(named.value))
    shape = getattr(named.value, "shape", None)
    return _of_value(source, named.name, named.value, shape if isinstance(shape, tuple) else None)


def _of_value(source: str, name: str, value: Any, shape: tuple[int, int] | None) -> TableFound:
    # to ask a table without a shape for its columns may set off a computation
    columns = () if shape is None else _columns(value)
    return TableFound(source, name, shape, _bytes(value), (id(value), shape, columns))


def _of_file(source: str, path: Path) -> TableFound:
    try:
        facts = path.expanduser().stat()
    except (OSError, RuntimeError):  # the check says what is wrong with it
        return TableFound(source, "")
    return TableFound(source, "", None, facts.st_size, (facts.st_size, facts.st_mtime_ns))


def _bytes(table: Any) -> int | None:
    """Ask a table for its size, in the ways of pandas, Arrow and polars."""
    if hasattr(table, "memory_usage"):
        used = table.memory_usage()
        return int(used.sum()) if isinstance(getattr(used, "size", None), int) else None
    if hasattr(table, "estimated_size"):
        return int(table.estimated_size())
    n_bytes = getattr(table, "nbytes", None)
    return n_bytes if isinstance(n_bytes, int) else None


def _columns(table: Any) -> Hashable:
    dtypes = getattr(table, "dtypes", None)
    columns = getattr(table, "columns", ())
    if dtypes is None:  # Arrow's tables never change
        return ()
    return tuple(zip(map(str, columns), map(str, dtypes), strict=False))
