"""The array that OMERO Plus expects: its schema, its metadata, its SecretToken."""

from __future__ import annotations

import json
import secrets
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import tiledb

from omero_tables_jupyter.arrays.context import context
from omero_tables_jupyter.model import ColumnPlan, Note, Secret, Stored

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CAPACITY",
    "KNOWN_FORMAT",
    "OUR_KEY",
    "ROWS",
    "TOKEN_KEY",
    "VERSION",
    "VERSION_KEY",
    "array_format_notes",
    "metadata",
    "new_token",
    "schema",
]

#: The only dimension: row ids.
ROWS = "__tiledb_rows"
VERSION_KEY, VERSION = "__version", "3"
INITIALIZED_KEY = "__initialized"
TOKEN_KEY = "SecretToken"  # noqa: S105 - a key's name, not a secret
INDEX_KEY, REPR_KEY = "__pandas_index_dims", "__pandas_attribute_repr"
#: Our one key: JSON with version, rows, columns, fingerprint and time; neither user nor path.
OUR_KEY = "omero_tables_jupyter"
CAPACITY = 10_000
#: TileDB reads, writes and holds in memory whole tiles of `CAPACITY` rows. Where texts would make
#: them larger than this, tiles have fewer rows, of about so many bytes.
_MOST_TILE_BYTES, _TILE_BYTES = 256_000_000, 16_000_000
#: The array format that OMERO Plus is known to read.
KNOWN_FORMAT = 22
_DOMAIN = (-(2**63), 9223372036854765807)
_NUMBERS = (Stored.INTEGER, Stored.NUMBER)
_DTYPES: dict[Stored, Any] = {
    Stored.INTEGER: np.int64,
    Stored.NUMBER: np.float64,
    Stored.BOOLEAN: np.bool_,
    Stored.TEXT: "U0",
}


def schema(
    columns: Sequence[ColumnPlan],
    *,
    compression: str = "none",
    rows: int | None = None,
    text_bytes: float = 0.0,
) -> tiledb.ArraySchema:
    """Give the schema for `columns`, equal to that of the reference client.

    Parameters
    ----------
    columns
        The attributes, in order.
    compression
        How values are packed: ``none``, as the server is known to take it, ``zstd`` or ``lz4``.
    rows
        How many rows there will be; None where nobody knows.
    text_bytes
        The bytes of text in a row. Only where they are very many are there fewer rows in a tile
        than the reference has, which no reader has to know.

    """
    # In a context of ours: the default one would install TileDB's signal handler.
    with tiledb.scope_ctx(context()):
        return _schema(columns, compression, _capacity(rows, text_bytes))


def _capacity(rows: int | None, text_bytes: float) -> int:
    held = CAPACITY if rows is None else min(rows, CAPACITY)
    fits = held * text_bytes <= _MOST_TILE_BYTES
    return CAPACITY if fits else max(int(_TILE_BYTES / text_bytes), 1)


def _schema(columns: Sequence[ColumnPlan], compression: str, capacity: int) -> tiledb.ArraySchema:
    zstd = tiledb.FilterList([tiledb.ZstdFilter(level=-1)])
    rows = tiledb.Dim(name=ROWS, domain=_DOMAIN, tile=CAPACITY, dtype=np.int64, filters=zstd)
    attributes = [
        tiledb.Attr(
            name=one.name,
            dtype=_DTYPES[one.stored],
            filters=_filters(compression, is_number=one.stored in _NUMBERS),
        )
        for one in columns
    ]
    return tiledb.ArraySchema(
        domain=tiledb.Domain(rows),
        attrs=attributes,
        sparse=True,
        capacity=capacity,
        cell_order="row-major",
        tile_order="row-major",
        allows_duplicates=False,
        offsets_filters=tiledb.FilterList([tiledb.ZstdFilter(level=-1)]),
    )


def _filters(compression: str, *, is_number: bool) -> tiledb.FilterList:
    """Give the filters of an attribute; numbers pack better when like bytes stand together."""
    if compression == "none":
        return tiledb.FilterList()
    packer = tiledb.LZ4Filter() if compression == "lz4" else tiledb.ZstdFilter(level=1)
    return tiledb.FilterList([tiledb.ByteShuffleFilter(), packer] if is_number else [packer])


def new_token() -> Secret:
    """Make a SecretToken: 43 characters that nobody guesses."""
    return Secret(secrets.token_urlsafe())


def metadata(
    columns: Sequence[ColumnPlan], *, token: Secret, rows: int, fingerprint: str, version: str
) -> dict[str, str | float]:
    """Give the array's metadata: the reference's, and one key of ours.

    Parameters
    ----------
    columns
        The attributes, in order.
    token
        The SecretToken; its text is in the result.
    rows
        How many rows the array holds.
    fingerprint
        The digest of its contents.
    version
        The version of this package.

    """
    now = time.time()
    ours = {
        "version": version,
        "rows": rows,
        "columns": [one.name for one in columns],
        "fingerprint": fingerprint,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
    }
    entries: dict[str, str | float] = {
        VERSION_KEY: VERSION,
        INITIALIZED_KEY: now,
        TOKEN_KEY: token.reveal(),
        INDEX_KEY: json.dumps({ROWS: "int64"}),
        OUR_KEY: json.dumps(ours),
    }
    booleans = {one.name: "bool" for one in columns if one.stored is Stored.BOOLEAN}
    if booleans:
        entries[REPR_KEY] = json.dumps(booleans)
    return entries


def array_format_notes() -> tuple[Note, ...]:
    """Warn where the installed tiledb writes a newer format than OMERO Plus is known to read."""
    written = _written_format()
    if written <= KNOWN_FORMAT:
        return ()
    text = (
        f"tiledb {tiledb.__version__} writes array format {written}; OMERO Plus is known to read "
        f"{KNOWN_FORMAT}; if registering fails: pip install 'tiledb<=0.36.1'"
    )
    return (Note("", text),)


def _written_format() -> int:
    return int(schema([ColumnPlan("a", "a", Stored.INTEGER)]).version)
