"""The values of one column, block by block: facts about them, and their stored form.

A block is an Arrow array, or for the cells of `objects` a NumPy array of Python objects. Stored
form is int64, float64, bool or large_string, never with nulls.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pyarrow as pa

from omero_tables_jupyter.arrays.plan import row_words
from omero_tables_jupyter.arrays.rules import Facts, Form, Kind, Trouble
from omero_tables_jupyter.model import Stored

__all__ = ["Cells", "Nothing", "Refused"]


class Cells(ABC):
    """How the values of one kind are looked at and stored."""

    kind: ClassVar[Kind]

    @abstractmethod
    def look(self, raw: Any, start: int) -> Facts:
        """Give the facts about a block whose first row is `start`."""

    @abstractmethod
    def store(self, raw: Any, form: Form) -> pa.Array:
        """Convert a block into stored form."""

    @abstractmethod
    def text(self, raw: Any) -> pa.Array:
        """Give a block as text, the missing values as nulls."""

    def settled(self, facts: Facts) -> bool:
        """Tell whether further rows cannot change what the column becomes."""
        del facts
        return False


class Nothing(Cells):
    """A column in which every value is missing and no type is known."""

    kind = Kind.NOTHING

    def look(self, raw: Any, start: int) -> Facts:
        """Count: all are missing."""
        del start
        return Facts(rows=len(raw), missing=len(raw))

    def store(self, raw: Any, form: Form) -> pa.Array:
        """Store empty texts, or -1 where ids are expected."""
        if form.stored is Stored.INTEGER:
            return pa.array(np.full(len(raw), form.missing, dtype=np.int64))
        return pa.array([""], pa.large_string()).take(pa.array(np.zeros(len(raw), np.int64)))

    def text(self, raw: Any) -> pa.Array:
        """Give nulls."""
        return pa.nulls(len(raw), pa.large_string())


class Refused(Cells):
    """Values that have no stored form; `trouble` says why and what to do, once there is one."""

    kind = Kind.UNKNOWN

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble

    def look(self, raw: Any, start: int) -> Facts:
        """Pass the trouble on, with the first row that has a value."""
        if self.trouble.row is not None:
            return Facts(rows=len(raw), trouble=self.trouble)
        arrow = isinstance(raw, pa.Array)
        there = ~np.asarray(raw.is_null() if arrow else pd.isna(raw), dtype=bool)
        if not there.any():
            return Facts(rows=len(raw), missing=len(raw))
        position = int(there.argmax())
        value = raw[position].as_py() if arrow else raw[position]
        row = start + position
        text = f"{self.trouble.text} {row_words(row, value)}"
        return Facts(rows=len(raw), trouble=replace(self.trouble, row=row, text=text))

    def store(self, raw: Any, form: Form) -> pa.Array:
        """Store empty texts: a plan with a problem is never carried out."""
        return Nothing().store(raw, form)

    def text(self, raw: Any) -> pa.Array:
        """Give nulls likewise."""
        return Nothing().text(raw)

    def settled(self, facts: Facts) -> bool:
        """Need no look once there is a value."""
        return facts.trouble is not None
