r"""CSV files, read exactly: no value changed, no row lost, types decided over the whole file.

A pass reads the file as UTF-8 (`stream`), cut at record ends into blocks (`blocks`, `quotes`), each
taken apart by Arrow (`fields`, `parse`). A column that goes on as it began becomes numbers at once
(`plain`, `edges`); any other becomes text, and that stored values (`columns`) wherever the grammar
of a cell (`cells`) lets it. What all blocks together say (`evidence`) decides the types (`decide`).
`cells` and `decide` hold the rules as tables.

Further rules: blank lines are skipped, but are missing values in a file of one column; a quote only
opens a quoted value at the very start of a field; lines that begin with ``#`` are data; a line ends
with ``\n``, ``\r\n`` or ``\r``; spaces belong to the values.
"""

from omero_tables_jupyter.arrays.csv.passes import block_size
from omero_tables_jupyter.arrays.csv.reader import CsvBatches, CsvFile, open_csv
from omero_tables_jupyter.arrays.csv.survey import CsvSurvey

__all__ = ["CsvBatches", "CsvFile", "CsvSurvey", "block_size", "open_csv"]
