"""What the blocks of a file add up to, as they are read one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.csv.cells import Kind
from omero_tables_jupyter.arrays.csv.decide import (
    Finding,
    Form,
    forms_of,
    merged,
    uses_comma,
)
from omero_tables_jupyter.arrays.csv.parse import Parsed, Wanted
from omero_tables_jupyter.arrays.csv.plain import is_plain
from omero_tables_jupyter.arrays.csv.survey import Counts, CsvSurvey, settled, surveyed
from omero_tables_jupyter.arrays.plan import Pick, id_role

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Evidence"]

#: What a value takes, or where a text ends.
_FIXED_BYTES = 8


class Evidence:
    """The evidence on the picked columns of a file, growing block by block.

    Parameters
    ----------
    picks
        The columns.
    comma
        Whether the decimal mark is the comma; None where the numbers are to tell.
    findings
        What earlier readings of the same file have found; counts always begin at 0.

    Attributes
    ----------
    comma
        Whether the decimal mark is the comma, as far as is known.
    forms, wanted
        What each column becomes, as far as is known, and so what is wanted of the next block.
    rows
        How many rows were added.

    """

    def __init__(
        self, picks: Sequence[Pick], *, comma: bool | None, findings: Sequence[Finding] = ()
    ) -> None:
        self.picks = tuple(picks)
        self.findings = list(findings) or [Finding()] * len(self.picks)
        self.rows = 0
        self._comma = comma
        self._counts = [Counts()] * len(self.picks)
        self._n_bytes = 0
        self._decide()

    @property
    def has_problem(self) -> bool:
        """Whether an ID column holds fractions, and nothing that makes it text."""
        return any(
            form is Form.ID and finding.kinds & Kind.FRACTION
            for form, finding in zip(self.forms, self.findings, strict=True)
        )

    def add(self, parsed: Parsed) -> None:
        """Take in the next block."""
        changed = False
        for at, found in enumerate(parsed.found):
            if found.empty or found.markers:
                self._counts[at] = self._counts[at].plus(found.empty, found.markers)
            if found.kinds & ~self.findings[at].kinds:
                self.findings[at] = merged(self.findings[at], found.finding(self.rows))
                changed = True
        self.rows += parsed.rows
        self._n_bytes += parsed.n_bytes
        if changed:
            self._decide()

    def survey(self, *, is_whole: bool, scale: float = 1.0) -> CsvSurvey:
        """Sum up; `scale` is how many times larger the file is than what was read of it."""
        return surveyed(
            self.picks,
            self.findings,
            self._counts,
            comma=self.comma,
            found_comma=self._comma is None and self.comma,
            rows=self.rows if is_whole else None,
            n_bytes=round(self._n_bytes * scale),
            text_bytes=max(self._n_bytes / max(self.rows, 1) - _FIXED_BYTES * len(self.picks), 0),
        )

    def _decide(self) -> None:
        pairs = list(zip(self.picks, self.findings, strict=True))
        self.comma = (
            uses_comma(finding.kinds for pick, finding in pairs if not pick.as_text)
            if self._comma is None
            else self._comma
        )
        self.forms = forms_of(self.picks, self.findings, comma=self.comma)
        self.wanted = tuple(
            Wanted(
                pick.position,
                form,
                is_id=bool(id_role(pick.name)),
                is_settled=settled(pick, finding),
                is_plain=not self.comma and is_plain(finding.kinds, form),
            )
            for (pick, finding), form in zip(pairs, self.forms, strict=True)
        )
