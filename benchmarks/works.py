"""What is measured, by which variants, and what each is to reach."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    #: Of each variant, the figures of each round; None where it was left out.
    Figures = Mapping[str, Sequence[Mapping[str, float] | None]]

__all__ = ["LABELS", "READING", "SLOW", "WORKS", "Goal", "Work"]

LABELS = {
    "ours": "this package, every value verified by reading back (the default)",
    "ours-rows": 'this package, `verify="rows"`',
    "parquet": "Parquet, as pandas or pyarrow write it",
    "raw": "the bytes alone, written and synced",
    "reference-50000": "reference client, 50 000 rows a write",
    "reference": "reference client, its default (1000 rows a write)",
}
#: These take so long that they are measured every other round.
SLOW = ("reference",)


@dataclass(frozen=True)
class Faster:
    """How many times faster `variant` is than `than`, round by round, the median."""

    variant: str
    than: str
    least: float

    @property
    def words(self) -> str:
        if self.least < 1:
            return f"`{self.variant}` in at most {1 / self.least:.1f}x the time of `{self.than}`"
        return f"`{self.variant}` at least {self.least:g}x faster than `{self.than}`"

    def figure(self, figures: Figures) -> float | None:
        rounds = zip(figures.get(self.than, ()), figures.get(self.variant, ()), strict=False)
        ratios = [one["seconds"] / ours["seconds"] for one, ours in rounds if one and ours]
        return median(ratios) if ratios else None

    def is_met(self, figure: float) -> bool:
        return figure >= self.least

    def shown(self, figure: float) -> str:
        return f"{1 / figure:.2f}x the time" if self.least < 1 else f"{figure:.1f}x"


@dataclass(frozen=True)
class Memory:
    """How far the memory of `variant` goes above what it began with."""

    variant: str
    most_mb: float

    @property
    def words(self) -> str:
        return f"`{self.variant}` within {self.most_mb:g} MB"

    def figure(self, figures: Figures) -> float | None:
        peaks = [one["peak_mb"] for one in figures.get(self.variant, ()) if one]
        return median(peaks) if peaks else None

    def is_met(self, figure: float) -> bool:
        return figure <= self.most_mb

    def shown(self, figure: float) -> str:
        return f"{figure:.0f} MB"


@dataclass(frozen=True)
class OneFragment:
    """Whether `variant` writes a single fragment."""

    variant: str = "ours"

    @property
    def words(self) -> str:
        return f"`{self.variant}` in 1 fragment"

    def figure(self, figures: Figures) -> float | None:
        found = [one["fragments"] for one in figures.get(self.variant, ()) if one]
        return max(found) if found else None

    def is_met(self, figure: float) -> bool:
        return figure == 1

    def shown(self, figure: float) -> str:
        return f"{figure:.0f}"


#: Something to reach: `words` say what, `figure` finds what was reached, None if nothing was.
Goal = Faster | Memory | OneFragment


@dataclass(frozen=True)
class Work:
    """A table, what it is read from, and who writes it.

    Parameters
    ----------
    title
        In words, with ``{rows}`` where the number goes.
    table, rows
        Which of `data.TABLES`, and how many rows.
    source
        ``frame``, ``csv`` or ``parquet``.
    variants
        Of `measure.VARIANTS`, in the order of a round.
    goals
        What is to be reached.
    is_quick
        Whether the quick run measures it, too.

    """

    title: str
    table: str
    rows: int
    source: str
    variants: tuple[str, ...]
    goals: tuple[Goal, ...]
    is_quick: bool = True


WORKS = (
    Work(
        "nuclei, DataFrame: {rows} rows x 20 columns",
        "nuclei",
        1_000_000,
        "frame",
        ("ours", "ours-rows", "parquet", "raw", "reference-50000", "reference"),
        (
            Faster("ours-rows", "reference", 48),
            Faster("ours", "reference", 30),
            Faster("ours-rows", "parquet", 1 / 1.1),
            Faster("ours", "parquet", 1 / 1.8),
            Memory("ours", 64),
            OneFragment(),
        ),
    ),
    Work(
        "nuclei, CSV: {rows} rows x 20 columns",
        "nuclei",
        1_000_000,
        "csv",
        ("ours", "parquet", "reference-50000", "reference"),
        (
            Faster("ours", "reference", 22),
            Faster("ours", "reference-50000", 2.5),
            Memory("ours", 110),
            OneFragment(),
        ),
    ),
    Work(
        "wide, DataFrame: {rows} rows x 503 columns",
        "wide",
        50_000,
        "frame",
        ("ours", "parquet", "reference"),
        (Faster("ours", "reference", 12), Memory("ours", 64 + 0.3 * 453), OneFragment()),
    ),
    Work(
        "wide, CSV: {rows} rows x 503 columns",
        "wide",
        50_000,
        "csv",
        ("ours", "reference"),
        (Faster("ours", "reference", 8), Memory("ours", 110 + 0.3 * 453), OneFragment()),
    ),
    Work(
        "strings, DataFrame: {rows} rows x 3 columns of distinct texts",
        "strings",
        1_000_000,
        "frame",
        ("ours", "parquet", "reference-50000"),
        (Memory("ours", 64), OneFragment()),
        is_quick=False,
    ),
    Work(
        "strings, CSV: {rows} rows x 3 columns of distinct texts",
        "strings",
        1_000_000,
        "csv",
        ("ours", "reference-50000"),
        (Memory("ours", 110), OneFragment()),
        is_quick=False,
    ),
    Work(
        "long, CSV: {rows} rows x 8 columns",
        "long",
        10_000_000,
        "csv",
        ("ours", "reference-50000"),
        (Faster("ours", "reference-50000", 3), Memory("ours", 150), OneFragment()),
        is_quick=False,
    ),
    Work(
        "long, Parquet: {rows} rows x 8 columns",
        "long",
        10_000_000,
        "parquet",
        ("ours", "reference-50000"),
        (Faster("ours", "reference-50000", 3), Memory("ours", 150), OneFragment()),
        is_quick=False,
    ),
)

#: Reading our array against reading the reference client's, warm: what, and how many times faster.
READING = {
    "open": 20.0,
    "a slice of 1000 rows": 4.0,
    "one column": 5.0,
    "a filter on one column": 5.0,
    "everything": 2.5,
}
