"""Cells of text, and what any text must be to be stored as TileDB stores it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from omero_tables_jupyter.arrays.cells import Cells
from omero_tables_jupyter.arrays.json_text import Unwritable
from omero_tables_jupyter.arrays.plan import row_words
from omero_tables_jupyter.arrays.rules import Facts, Form, Kind, Trouble

__all__ = ["AsText", "Texts", "filled_text", "text_buffers", "text_facts"]

_ONLY_NUL = "^\x00+$"


class Texts(Cells):
    """Text."""

    kind = Kind.TEXT

    def look(self, raw: pa.Array, start: int) -> Facts:
        """Count the missing and the bytes; find what TileDB cannot tell from an empty text."""
        return text_facts(raw, start)

    def store(self, raw: pa.Array, form: Form) -> pa.Array:
        """Store as UTF-8, the missing ones empty."""
        del form
        return filled_text(raw)

    def text(self, raw: pa.Array) -> pa.Array:
        """Give it as it is."""
        return raw


class AsText(Cells):
    """Values of any kind that the user wants as text."""

    def __init__(self, inner: Cells) -> None:
        self.inner = inner
        self.kind = inner.kind  # type: ignore[misc]  # a class variable in every other case

    def look(self, raw: Any, start: int) -> Facts:
        """Look at the text, not at the values that it comes from."""
        try:
            return text_facts(self.text(raw), start)
        except (UnicodeError, Unwritable):
            return self.inner.look(raw, start)

    def store(self, raw: Any, form: Form) -> pa.Array:
        """Store the text."""
        del form
        return filled_text(self.text(raw))

    def text(self, raw: Any) -> pa.Array:
        """Give what the inner cells give."""
        return self.inner.text(raw)


def text_facts(raw: pa.Array, start: int) -> Facts:
    """Give the facts about a block of text, whose first row is `start`."""
    missing = raw.null_count
    trouble = _undecodable(raw, start)
    n_bytes = 0
    if trouble is None:
        wide = raw.cast(pa.large_string())
        n_bytes = pc.sum(pc.binary_length(wide)).as_py() or 0
        trouble = _only_nul(wide, start)
    density = n_bytes / max(len(raw), 1)
    return Facts(rows=len(raw), missing=missing, trouble=trouble, n_bytes=n_bytes, density=density)


def filled_text(raw: pa.Array) -> pa.Array:
    """Give text in stored form: large, the missing ones empty."""
    wide = raw if raw.type == pa.large_string() else raw.cast(pa.large_string())
    return wide.fill_null("") if wide.null_count else wide


def text_buffers(wide: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Give the offsets (uint64, one a row, from 0) and the bytes of a large_string array.

    Neither is copied but for the offsets of a slice.
    """
    _, offsets, data = wide.buffers()
    if not len(wide) or data is None:
        return np.zeros(len(wide), np.uint64), np.empty(0, np.uint8)
    ends = np.frombuffer(offsets, np.int64)[wide.offset : wide.offset + len(wide) + 1]
    low, high = int(ends[0]), int(ends[-1])
    starts = (ends[:-1] - low if low else ends[:-1]).view(np.uint64)
    return starts, np.frombuffer(data, np.uint8)[low:high]


def _undecodable(raw: pa.Array, start: int) -> Trouble | None:
    try:
        raw.validate(full=True)
    except pa.ArrowInvalid:
        for position, value in enumerate(raw.cast(pa.large_binary()).to_pylist()):
            try:
                (value or b"").decode()
            except UnicodeDecodeError:
                return Trouble(
                    start + position,
                    f"has text that is not UTF-8 {row_words(start + position, value)}",
                    "write the file again with its texts in UTF-8",
                )
    return None


def _only_nul(wide: pa.Array, start: int) -> Trouble | None:
    data = text_buffers(wide)[1]
    if data.min(initial=1):
        return None
    found = pc.match_substring_regex(wide, _ONLY_NUL).fill_null(False)
    if not pc.any(found).as_py():
        return None
    row = start + pc.index(found, True).as_py()
    return Trouble(
        row,
        f"has a text of NUL characters only, which would be read back as an empty one (row {row})",
        "replace it by an empty text: frame['{column}'] = "
        "frame['{column}'].str.replace('\\x00', '')",
    )
