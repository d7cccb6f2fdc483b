"""The table of the documentation: a row a fault, written by the tests that cause it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "faults.md"
HEAD = """\
# What happens when something goes wrong

Each row is written by the test that causes the fault (`tests/faults/`), and compared with this
page in every run. Names and addresses are examples. In every row one of two things holds: the
table is registered once and reads back equal, row by row; or it is not registered, and you are
told where the array is, if one stands, and what to do.

Where *the line to register it* is named, the message ends in a line to be copied, which registers
the array without writing it again:

```python
import omero_tables_jupyter as otj

otj.resume(
    "/mnt/lab/tables/Cells.tiledb",
    to=["Dataset:51"],
    table_name="Cells",
    remote_path="/data/tables/Cells.tiledb",
)
```

`make torture` goes on for minutes: a thousand uploads are cancelled and three hundred kernels
killed, each at a moment of chance, and each upload is then held against the same rule.
"""
COLUMNS = ("fault", "what you read", "on the share", "on the server", "in the history")
#: The last line of each such message, which is the same in all of them but for the names.
_RESUME = re.compile(
    r"the array is complete at '[^']*', and not known to be registered: (?P<then>.*?) register it "
    r"without writing it again: .*?otj\.resume\(.*?\)(?=<br>|$|; or)"
)


@dataclass(frozen=True)
class Row:
    """A fault and what became of the upload."""

    section: str
    cells: tuple[str, ...]

    def __str__(self) -> str:
        return f"| {' | '.join(self.cells)} |"


@dataclass
class FaultTable:
    """The rows of a run, in order; and those of the page."""

    rows: list[Row] = field(default_factory=list)
    skipped: int = 0

    def add(self, row: Row) -> None:
        """Keep a row; a second one for the same fault must be the same."""
        if row not in self.rows:
            same = [one for one in self.rows if one.cells[0] == row.cells[0]]
            assert not same, f"two tests tell of this fault: {same[0]}, {row}"
            self.rows.append(row)

    def page(self) -> str:
        """Write the page."""
        parts = [HEAD]
        for section in dict.fromkeys(row.section for row in self.rows):
            lines = [str(row) for row in self.rows if row.section == section]
            head = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
            parts.append("\n".join([f"## {section}", "", *head, *lines]) + "\n")
        return "\n".join(parts)


def written_rows() -> list[str]:
    """Give the rows of the page as it stands."""
    if not DOCS.exists():
        return []
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    return [line for line in rows if line != f"| {' | '.join(COLUMNS)} |"]


def cell(text: str) -> str:
    """Make a text fit a cell of the table."""
    text = text.strip().replace("\n", "<br>").replace("|", "\\|")
    text = _RESUME.sub(r"the array is complete: \g<then> *the line to register it*", text)
    return re.sub(r"<(?!br>)", "&lt;", text)
