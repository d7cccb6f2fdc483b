"""The main job without a browser: a real kernel, the magics, one million rows, the stand-in.

Run by `make demo`; prints what each cell shows, and what it took.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROWS = 1_000_000

CELLS = (
    "%load_ext omero_tables_jupyter",
    "%omero_demo",
    f"""import omero_tables_jupyter as otj
plate = 7
cells = otj.demo.sample_cells(rows={ROWS})
cells.shape""",
    """%%omero_upload --to Dataset:51 --out done
#| name: Cells plate {plate}
cells""",
    """read_back = otj.read_table(done)
same = (read_back == cells).all(axis=None)
print(f"{len(read_back)} rows read back, equal to what was sent: {same}")
assert same and len(read_back) == len(cells)""",
)


def main() -> None:
    """Run the cells in a kernel, print what they show, and fail where one of them does."""
    with tempfile.TemporaryDirectory() as folder:
        # Settings, history and IPython's own files stay out of the user's home.
        for variable in ("OMERO_TABLES_CONFIG_DIR", "OMERO_TABLES_STATE_DIR", "IPYTHONDIR"):
            os.environ[variable] = str(Path(folder) / variable.lower())
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in CELLS]
        )
        client = NotebookClient(notebook, timeout=600, kernel_name="python3")
        began = time.perf_counter()
        with client.setup_kernel(cwd=folder):
            for number, cell in enumerate(notebook.cells):
                show(cell.source, "> ")
                started = time.perf_counter()
                client.execute_cell(cell, number)
                for output in cell.outputs:
                    show(text_of(output), "    ")
                show(f"({time.perf_counter() - started:.1f} s)", "    ")
        show(f"All of it took {time.perf_counter() - began:.1f} s.", "")


def text_of(output: nbformat.NotebookNode) -> str:
    """Give an output's plain text."""
    if output.output_type == "stream":
        return str(output.text)
    return str(output.get("data", {}).get("text/plain", ""))


def show(text: str, margin: str) -> None:
    """Print a text behind a margin."""
    for line in text.rstrip().splitlines():
        sys.stdout.write(f"{margin}{line}\n")


if __name__ == "__main__":
    main()
