"""Reading a table back: from the array where this machine sees it, else through OMERO.web."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from omero_tables_jupyter.arguments import read_choice
from omero_tables_jupyter.arrays.streaming import FORMS, in_form, stream_array
from omero_tables_jupyter.errors import OptionError, ProtocolError
from omero_tables_jupyter.finding import Asked, Found, find_table
from omero_tables_jupyter.omero.rows import columns_of, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omero_tables_jupyter.arguments import AnyMapping
    from omero_tables_jupyter.finding import AnyTable
    from omero_tables_jupyter.omero.replies import TableBlock
    from omero_tables_jupyter.omero.session import Session

__all__ = ["Form", "read_table"]

Form = Literal["pandas", "arrow", "polars", "batches"]

_IDS = ("File", "Image", "Dataset", "Roi", "Well", "Plate")
#: Of OMERO's column types; of others, such as arrays and masks, the values say what they are.
_TYPES = {
    "LongColumn": pa.int64(),
    "DoubleColumn": pa.float64(),
    "BoolColumn": pa.bool_(),
    "StringColumn": pa.large_string(),
    **{f"{kind}Column": pa.int64() for kind in _IDS},
}


def read_table(  # noqa: PLR0913 - which table, which part of it, in which form: all by keyword
    table: AnyTable | None = None,
    *,
    name: str = "",
    annotation: int | None = None,
    file: int | None = None,
    columns: Iterable[str] | None = None,
    rows: range | None = None,
    query: str | None = None,
    as_: Form = "pandas",
    mapping: AnyMapping | None = None,
    profile: str | None = None,
    session: Session | None = None,
) -> Any:
    """Read a table back, as it was stored.

    Parameters
    ----------
    table
        What `upload_table`, `resume` or `create_tiledb` gave; an annotation's id, as ``int(done)``;
        an object such as ``"Dataset:51"``, for the latest table on it; the link of a table's page;
        the path or the address of an array.
    name, annotation, file
        Which of an object's tables: by its name (the latest of that name), its annotation's id or
        its file's. The ids do without an object where the table was made from this computer; the
        file's always does.
    columns
        Which columns, in which order; by default all.
    rows
        Which rows, such as ``range(0, 100)``: by their place among those that `query` hits.
    query
        A condition in PyTables' syntax: ``"(area>20) & (label=='mitosis')"``.
    as_
        'pandas'; 'arrow' for a ``pyarrow.Table``; 'polars'; 'batches' for a
        ``pyarrow.RecordBatchReader``, which gives a table of any size a few megabytes at a time.
    mapping, profile, session
        As for `upload_table`: who reads, and how this machine sees the server's paths.

    Returns
    -------
    pandas.DataFrame, pyarrow.Table, polars.DataFrame or pyarrow.RecordBatchReader
        int64, float64, bool and text columns, rows in order, numbered from 0.

    Raises
    ------
    PathError
        If a path was given, and no array stands there.
    TargetError
        If there is no such table on an object.
    OptionError
        If `columns` or `rows` cannot be meant: both ways of reading take the same.
    OmeroTablesError
        If a column or the query is not understood, the server does not answer, or the table was
        replaced while it was read: then no frame is given, and of 'batches' none of the new rows.

    Examples
    --------
    >>> read_table("Dataset:51", name="Cells", rows=range(100))  # doctest: +SKIP

    """
    read_choice("as_", as_, FORMS)
    wanted = _columns(columns)
    _check_rows(rows)
    found = find_table(Asked(table, name, annotation, file, mapping, profile, session))
    if found.path:
        stream = stream_array(found.path, columns=wanted, rows=rows, query=query)
    else:
        stream = _through_server(found, wanted, rows, query)
    return in_form(stream, as_)


def _columns(columns: Iterable[str] | None) -> list[str] | None:
    if columns is None:
        return None
    if not isinstance(columns, Iterable):
        raise OptionError(
            f"columns={columns!r} is no list of columns",
            hint="give the names that the table has, such as columns=['area', 'label']",
        )
    wanted = [columns] if isinstance(columns, str) else list(columns)
    if not wanted:
        raise OptionError("no column was chosen", hint="leave columns out to read all")
    for number, name in enumerate(wanted):
        if not isinstance(name, str):
            raise OptionError(
                f"columns holds {name!r}, which is not a name",
                hint="give the names that the table has, such as columns=['area', 'label']",
            )
        if name in wanted[:number]:
            raise OptionError(f"columns names '{name}' twice", hint="name each column once")
    return wanted


def _check_rows(rows: range | None) -> None:
    if rows is not None and not (isinstance(rows, range) and rows.start >= 0 and rows.step > 0):
        raise OptionError(
            f"rows={rows!r} does not count rows upwards from 0",
            hint="give for example rows=range(0, 100)",
        )


def _through_server(
    found: Found, columns: list[str] | None, rows: range | None, query: str | None
) -> pa.RecordBatchReader:
    session, file_id = found.session, found.file_id
    if session is None or file_id is None:
        raise OptionError(
            f"table '{found.name}' is not seen from this machine, and its file id is not known",
            hint="open OMERO.web, look for it among the attachments, and give the number in the "
            "address of its page (read_table(file=...))",
        )
    blocks = read_rows(session, file_id, columns=columns, rows=rows, query=query)
    first = next(blocks)
    kinds = first.types or _kinds(session, file_id, first.columns)
    head = _batch(first, kinds, file_id, None)

    def rest() -> Iterator[pa.RecordBatch]:
        yield head
        for block in blocks:
            yield _batch(block, kinds, file_id, head.schema)

    return pa.RecordBatchReader.from_batches(head.schema, rest())


def _kinds(session: Session, file_id: int, columns: tuple[str, ...]) -> tuple[str, ...]:
    """Ask for the columns' types where the rows come without."""
    said = columns_of(session, file_id)
    kinds = dict(zip(said.names, said.types, strict=True))
    return tuple(kinds.get(name, "") for name in columns)


def _batch(
    block: TableBlock, kinds: tuple[str, ...], file_id: int, schema: pa.Schema | None
) -> pa.RecordBatch:
    arrays = []
    for n, (name, kind) in enumerate(zip(block.columns, kinds, strict=True)):
        wanted = schema.field(n).type if schema is not None else _TYPES.get(kind)
        try:
            arrays.append(pa.array([row[n] for row in block.rows], wanted))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
            raise ProtocolError(
                f"column '{name}' of table {file_id} holds values that are no {kind or 'column'}",
                hint="show this message to the server's administrator",
            ) from error
    return pa.RecordBatch.from_arrays(arrays, names=list(block.columns))
