"""The user's tables, and the one that a SOURCE such as ``results["nuclei"]`` names."""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.arguments import is_file
from omero_tables_jupyter.jupyter.magic.expansion import user_names
from omero_tables_jupyter.paths import is_array_name
from omero_tables_jupyter.text import count, did_you_mean, plural

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Named",
    "TableVariable",
    "find_source",
    "is_table",
    "name_of",
    "only_table",
    "tables_in",
    "value_of",
]

_TABLES = {
    "pandas": {"DataFrame"},
    "polars": {"DataFrame", "LazyFrame"},
    "pyarrow": {"Table", "RecordBatch", "RecordBatchReader", "Dataset"},
    "dask": {"DataFrame"},
    "dask_expr": {"DataFrame"},
}
_BY_GROUP = "make a row of each group first: table = {source}.mean(numeric_only=True).reset_index()"
_CURES = {
    "Series": "make it a table first: table = {source}.to_frame()",
    "dict": "make it a table first: import pandas as pd; cells = pd.DataFrame({source})",
    "list": "make it a table first: import pandas as pd; cells = pd.DataFrame({source})",
    "ndarray": "make it a table first: import pandas as pd; cells = pd.DataFrame({source})",
    "NoneType": "the cell that makes it gave nothing: methods with inplace=True do, for one",
    "method": "call it: give its result a name in a cell, and upload that",
    "function": "call it: give its result a name in a cell, and upload that",
    "DataFrameGroupBy": _BY_GROUP,
    "SeriesGroupBy": _BY_GROUP,
}
#: Files of tables that pandas reads and we do not, by their ending.
_READERS = {
    ".xlsx": "read_excel",
    ".xls": "read_excel",
    ".ods": "read_excel",
    ".json": "read_json",
    ".feather": "read_feather",
    ".h5": "read_hdf",
    ".hdf5": "read_hdf",
    ".pkl": "read_pickle",
}


@dataclass(frozen=True, slots=True)
class Named:
    """What is uploaded, and the name that it suggests; '' where it suggests none."""

    value: Any
    name: str


@dataclass(frozen=True, slots=True)
class TableVariable:
    """A variable that holds a table.

    Parameters
    ----------
    name
        The variable's name.
    shape
        Rows and columns; None where counting the rows would cost.

    """

    name: str
    shape: tuple[int, int] | None

    def __str__(self) -> str:
        if self.shape is None:
            return self.name
        rows, columns = self.shape
        return f"{self.name} ({count(rows)} x {columns})"


def is_table(value: Any) -> bool:
    """Say whether a value is a table of pandas, polars, Arrow or Dask; imports none of them."""
    return any(
        kind.__name__ in _TABLES.get(kind.__module__.partition(".")[0], ())
        for kind in type(value).__mro__
    )


def tables_in(namespace: Mapping[str, Any]) -> list[TableVariable]:
    """List the user's tables, in the order in which they were made."""
    return [
        TableVariable(name, _shape(namespace[name]))
        for name in user_names(namespace)
        if is_table(namespace[name])
    ]


def _shape(table: Any) -> tuple[int, int] | None:
    match getattr(table, "shape", None):
        case (int() as rows, int() as columns):
            return rows, columns
    return None


def only_table(namespace: Mapping[str, Any]) -> Named:
    """Find the table where none was named.

    Raises
    ------
    OptionError
        If there is none, or more than one.

    """
    tables = tables_in(namespace)
    if not tables:
        raise OptionError(
            "no table was named, and there is no table among the variables",
            hint="make one first (cells = pd.read_csv(...)), or name a file: "
            "%omero_upload cells.csv --to ...",
        )
    if len({id(namespace[table.name]) for table in tables}) > 1:
        raise OptionError(
            f"no table was named, and there are {len(tables)}: {', '.join(map(str, tables))}",
            hint=f"name the one to upload: %omero_upload {tables[0].name} --to ...",
        )
    return Named(namespace[tables[0].name], tables[0].name)


def find_source(source: str, namespace: Mapping[str, Any], *, hint: str = "") -> Named:
    """Find what a SOURCE names.

    Parameters
    ----------
    source
        ``cells``, ``lab.cells``, ``results["nuclei"]``, or a file.
    namespace
        The user's variables.
    hint
        Added to the cure where there is nothing of that name.

    Returns
    -------
    Named
        The table, or a file's path; and its name.

    Raises
    ------
    OptionError
        Where there is no such thing, or it is no table.

    """
    if is_file(source):
        return Named(source, "")
    try:
        node = _parsed(source)
        value = _value(node, namespace)
    except OptionError as error:
        if PurePath(source).suffix.casefold() in _READERS:
            raise _unread(source) from error
        hints = [error.hint, f"(or {hint})" if hint else ""]
        raise OptionError(error.message, hint=" ".join(filter(None, hints))) from error
    if _is_path(value):
        return Named(value, "")
    _refuse_what_is_no_table(source, value)
    return Named(value, name_of(node))


def value_of(source: str, namespace: Mapping[str, Any]) -> Any:
    """Give what ``done``, ``lab.done`` or ``results["a"]`` holds; the text itself for other texts.

    Raises
    ------
    OptionError
        Where the variable is there, and has no such part.

    """
    try:
        node = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError):
        return source
    names = [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
    if is_array_name(source) or not _is_plain(node) or names[0] not in namespace:
        return source
    return _value(node, namespace)


def name_of(node: ast.expr) -> str:
    """Give the name that an expression suggests for its table; '' where it suggests none."""
    match node:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(str() as key)):
            return key
        case ast.Subscript(value=ast.Name(name), slice=ast.Constant(int() as key)):
            return f"{name}_{key}"
    return ""


def _parsed(source: str) -> ast.expr:
    try:
        node = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise _no_name(source) from error
    if not _is_plain(node):
        raise _no_name(source)
    return node


def _unread(source: str) -> OptionError:
    kind = PurePath(source).suffix
    return OptionError(
        f"'{source}' is no file that can be uploaded: {kind} files are not read",
        hint="read it first, and upload what you get: import pandas as pd; "
        f"cells = pd.{_READERS[kind.casefold()]}(r'{source}')",
    )


def _no_name(source: str) -> OptionError:
    if source.rstrip(",;").isidentifier():
        bare = source.rstrip(",;")
        return OptionError(
            f"'{source}' is not the name of a table",
            hint=f"leave the '{source[len(bare) :]}' away: {bare}",
        )
    if "\\" in source or "/" in source:
        return OptionError(
            f"{source!r} is no file that can be uploaded",
            hint="name a .csv, .csv.gz, .tsv, .txt or .parquet file, or with a / at its end a "
            "folder of .parquet files; "
            "where the array goes stands after --local-path",
        )
    return OptionError(
        f"{source!r} is not the name of a table",
        hint="on the line stands cells, lab.cells or results['nuclei']; an expression goes below "
        "%%omero_upload, as the last line of its cell",
    )


def _is_plain(node: ast.expr) -> bool:
    match node:
        case ast.Name():
            return True
        case ast.Attribute(inner, name):
            return not name.startswith("_") and _is_plain(inner)
        case ast.Subscript(inner, ast.Constant() | ast.UnaryOp(ast.USub(), ast.Constant(int()))):
            return _is_plain(inner)
    return False


def _value(node: ast.expr, namespace: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name(name):
            if name not in namespace:
                raise OptionError(
                    f"there is no variable {name!r}", hint=_variable_hint(name, namespace)
                )
            return namespace[name]
        case ast.Attribute(inner, name):
            return _attribute(_value(inner, namespace), ast.unparse(inner), name)
        case ast.Subscript(inner, key):
            return _item(_value(inner, namespace), ast.unparse(inner), ast.literal_eval(key))
    raise _no_name(ast.unparse(node))


def _variable_hint(name: str, namespace: Mapping[str, Any]) -> str:
    known = user_names(namespace)
    guess = did_you_mean(name, known)
    if guess.startswith("did you mean"):
        return guess
    tables = [str(table) for table in tables_in(namespace)]
    if tables:
        return f"the tables are: {', '.join(tables)}"
    return "run the cell that makes it first; there is no table among the variables yet"


def _attribute(value: Any, owner: str, name: str) -> Any:
    try:
        return getattr(value, name)
    except AttributeError as error:
        known = [one for one in dir(value) if not one.startswith("_")]
        raise OptionError(
            f"{owner} ({type(value).__name__}) has no {name!r}", hint=did_you_mean(name, known)
        ) from error


def _item(value: Any, owner: str, key: Any) -> Any:
    try:
        return value[key]
    except (KeyError, IndexError) as error:
        raise OptionError(f"{owner} has no [{key!r}]", hint=_key_hint(value, key)) from error
    except TypeError as error:
        raise OptionError(
            f"{owner} ({type(value).__name__}) has no parts in [ ]", hint="name a variable"
        ) from error


def _key_hint(value: Any, key: Any) -> str:
    if isinstance(key, int) and not isinstance(value, dict):
        return f"it holds {plural(len(value), 'item')}, counted from 0"
    keys = list(value.keys()) if hasattr(value, "keys") else []
    return did_you_mean(str(key), map(str, keys))


def _is_path(value: Any) -> bool:
    if not isinstance(value, str | os.PathLike):
        return False
    path = os.fspath(value)
    # Unlike pathlib, this raises for no text at all.
    return isinstance(path, str) and (is_file(path) or os.path.isdir(path))  # noqa: PTH112


def _are_parts(value: Any) -> bool:
    """Tell whether a list holds the files, or the frames, that make one table."""
    listed = isinstance(value, list | tuple) and len(value) > 0
    return listed and (all(map(is_table, value)) or all(map(_is_path, value)))


def _refuse_what_is_no_table(source: str, value: Any) -> None:
    kind = type(value).__name__
    plain = isinstance(value, str | bytes | int | float | tuple | set | type | None)
    if is_table(value) or _are_parts(value) or not (plain or kind in _CURES):
        return
    cure = _CURES.get(kind, "name a pandas, polars or Arrow table, or a .csv or .parquet file")
    raise OptionError(f"{source} is a {kind}, not a table", hint=cure.format(source=source))
