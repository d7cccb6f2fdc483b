"""The grouped help of a magic, from its grammar."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from omero_tables_jupyter.jupyter.magic.options import LOGIN, UPLOAD
from omero_tables_jupyter.jupyter.magic.table_options import DELETE, DETACH, LEFTOVERS, READ, TABLES

if TYPE_CHECKING:
    from omero_tables_jupyter.jupyter.magic.option import Grammar, Option

__all__ = [
    "DELETE_HELP",
    "DETACH_HELP",
    "LEFTOVERS_HELP",
    "LOGIN_HELP",
    "PANEL_HELP",
    "READ_HELP",
    "TABLES_HELP",
    "UPLOAD_HELP",
]

_WIDTH = 34

_UPLOAD_INTRO = r"""Put a table into OMERO Plus.

  %omero_upload [TABLE] [options]       TABLE: a variable, results["nuclei"], or a file
  %%omero_upload [TABLE] [options]      a cell of options and code; its last line is the table

Examples
  %omero_upload cells --to Dataset:51 --name "Cells plate 7"
  %omero_upload "J:\out\cells.csv" --to Image:101 --local-path J:\data\tables --dry-run

  %%omero_upload
  #| to: https://omero.site/webclient/?show=dataset-51
  #| name: Cells plate {plate}
  cells.query("area > 20")
"""
_PANEL_INTRO = r"""Open the panel: an upload as a form, for people who would rather click than type.

  %omero_panel [TABLE] [options]        all that %omero_upload takes; the form is filled in with it

Examples
  %omero_panel
  %omero_panel cells --to Dataset:51 --local-path J:\data\tables
"""
_LOGIN_INTRO = """Log in to OMERO.web; the password is asked for, and never typed on the line.

  %omero_login [ADDRESS] [options]

Examples
  %omero_login https://omero.site
  %omero_login https://omero.site --user ana
  %omero_login https://omero.site --prefix /omero --ca institute.pem
  %omero_login                          again, where the session has expired
"""
_READ_INTRO = """Read a table back, as it was stored: from its array where this computer sees it.

  %omero_read SOURCE [options]          SOURCE: a result, an annotation's id, an object (the latest
                                        table on it), the link of a table's page, an array's path

Examples
  %omero_read done --out frame
  %omero_read Dataset:51 --name "Cells plate 7" --columns area,label --rows 0:100
  %omero_read 1001 --query "(area>20) & (label=='mitosis')"
"""
_TABLES_INTRO = """List the tables on an object of OMERO, and where their arrays are.

  %omero_tables OBJECT [options]

Examples
  %omero_tables Dataset:51
  %omero_tables https://omero.site/webclient/?show=dataset-51
  %omero_tables Dataset:51 --out listed
"""
_DELETE_INTRO = """Delete a table from OMERO, for everybody; its array stays. It asks first.

  %omero_delete SOURCE [options]        SOURCE: a result, an annotation's id, or an object

Examples
  %omero_delete 1001
  %omero_delete Dataset:51 --name "Cells plate 7"
  %omero_delete done --files --yes
"""
_DETACH_INTRO = """Take a table off an object of OMERO; on others it stays. It asks first.

  %omero_detach SOURCE [options]        SOURCE: a result, an annotation's id, or an object

Examples
  %omero_detach done --from Image:101
  %omero_detach 1001 --from Dataset:51
  %omero_detach Image:101 --name "Cells plate 7" --yes
"""
_LEFTOVERS_INTRO = """List what uploads left out of order, and what to do about each.

  %omero_leftovers [FOLDER] [options]   every folder that was uploaded to from here, or this one:
                                        arrays that are half-written, or not registered; tables
                                        whose array has gone; replacements that were interrupted

Examples
  %omero_leftovers
  %omero_leftovers --remove "/mnt/lab/tables/Cells.tiledb"
  %omero_leftovers --put-back "/mnt/lab/tables/Cells.tiledb.old"
"""


def _text(intro: str, grammar: Grammar) -> str:
    parts = [intro]
    for group, options in groupby(grammar.options, key=lambda option: option.group):
        parts.append(f"{group}\n" + "".join(map(_line, options)))
    return "\n".join(parts)


def _line(option: Option) -> str:
    typed = ", ".join(filter(None, (option.short, option.word)))
    left = f"  {typed} {option.shown}".rstrip()
    if len(left) >= _WIDTH:
        return f"{left}\n{'':{_WIDTH}}{option.help}\n"
    return f"{left:{_WIDTH}}{option.help}\n"


UPLOAD_HELP = _text(_UPLOAD_INTRO, UPLOAD)
PANEL_HELP = _text(_PANEL_INTRO, UPLOAD)
LOGIN_HELP = _text(_LOGIN_INTRO, LOGIN)
READ_HELP = _text(_READ_INTRO, READ)
TABLES_HELP = _text(_TABLES_INTRO, TABLES)
DELETE_HELP = _text(_DELETE_INTRO, DELETE)
DETACH_HELP = _text(_DETACH_INTRO, DETACH)
LEFTOVERS_HELP = _text(_LEFTOVERS_INTRO, LEFTOVERS)
