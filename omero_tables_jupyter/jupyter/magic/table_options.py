"""The options of the magics for tables that are there: read, list, detach, delete, tidy up."""

from __future__ import annotations

import re

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.option import Grammar, Group, Option, Takes
from omero_tables_jupyter.jupyter.magic.options import LOGIN, OPTIONS, UPLOAD, switch
from omero_tables_jupyter.jupyter.magic.readers import (
    one_of,
    positive,
    some_names,
    some_text,
    variable_name,
)
from omero_tables_jupyter.paths import parse_map_option

__all__ = ["DELETE", "DETACH", "GRAMMARS", "LEFTOVERS", "PANEL", "READ", "TABLES"]

_ROWS = re.compile(r"(?P<start>\d*)\s*:\s*(?P<stop>\d*)(?:\s*:\s*(?P<step>\d+))?")
_LAST = 2**62
_FORMS = ("pandas", "arrow", "polars")


def _rows(text: str) -> range:
    found = _ROWS.fullmatch(text.strip())
    step = int(found["step"] or 1) if found else 0
    if found is None or step < 1:
        raise OptionError(
            f"{text!r} names no rows",
            hint="write first:end, counted from 0, the end left out: --rows 0:100",
        )
    return range(int(found["start"] or 0), int(found["stop"] or _LAST), step)


_NAME = Option("name", "NAME", "its name, among the tables of an object", Group.WHICH, "name",
               read=some_text, short="-n")  # fmt: skip
_ANNOTATION = Option("annotation", "ID", "its annotation's id", Group.WHICH, "annotation",
                     read=positive, short="-a")  # fmt: skip
_FILE = Option("file", "ID", "its file's id, the number in the address of its page", Group.WHICH,
               "file", read=positive)  # fmt: skip
_PLACES = (
    Option("map", "LOCAL=>SERVER", "a share's path here and on the server; may repeat", Group.PLACE,
           "mapping", read=parse_map_option, repeats=True),
    Option("profile", "NAME", "a saved server and its mapping", Group.PLACE, "profile",
           Takes.PROFILE, some_text, "-p"),
)  # fmt: skip
_OUT = Option("out", "VAR", "put the result into a variable too", Group.RUN, "out",
              read=variable_name)  # fmt: skip
_YES = switch("yes", "do not ask: yes, I mean it", short="-y")
_HELP = switch("help", "show this help", short="-h")

_READ = (
    _NAME,
    _ANNOTATION,
    _FILE,
    Option("columns", "A,B", "only these columns", Group.PART, "columns", Takes.COLUMNS,
           some_names, "-c"),
    Option("rows", "FIRST:END", "only these rows, counted from 0, such as 0:100", Group.PART,
           "rows", read=_rows),
    Option("query", "CONDITION", "only rows for which it holds: \"(area>20) & (label=='a')\"",
           Group.PART, "query", read=some_text, short="-q"),
    *_PLACES,
    Option("as", "|".join(_FORMS), "as what it comes back", Group.RUN, "as_", Takes.CHOICE,
           one_of(*_FORMS), choices=_FORMS),
    _OUT,
    _HELP,
)  # fmt: skip
_DELETE = (
    _NAME,
    _ANNOTATION,
    switch("files", "remove the array from the share as well", group=Group.DISK),
    *_PLACES,
    _YES,
    _HELP,
)
_DETACH = (
    Option("from", "TARGET", "the object to take it off; may repeat", Group.TARGET, "targets",
           Takes.TARGET, some_text, repeats=True),
    _NAME,
    _ANNOTATION,
    *_PLACES,
    _YES,
    _HELP,
)  # fmt: skip
_LEFTOVERS = (
    Option("remove", "PATH", "remove this one from the share; may repeat", Group.DISK, "remove",
           Takes.PATH, some_text, repeats=True),
    Option("put-back", "PATH", "undo an interrupted replacement: NAME.tiledb.old gets its name",
           Group.DISK, "put_back", Takes.PATH, some_text),
    _OUT,
    _YES,
    _HELP,
)  # fmt: skip

PANEL = Grammar("%omero_panel", OPTIONS, Takes.TABLE)
READ = Grammar("%omero_read", _READ, Takes.STORED)
TABLES = Grammar("%omero_tables", (*_PLACES, _OUT, _HELP), Takes.TARGET)
DELETE = Grammar("%omero_delete", _DELETE, Takes.STORED)
DETACH = Grammar("%omero_detach", _DETACH, Takes.STORED)
LEFTOVERS = Grammar("%omero_leftovers", _LEFTOVERS, Takes.PATH)
#: Every magic that takes options, by its name.
GRAMMARS = {
    one.magic: one for one in (UPLOAD, PANEL, LOGIN, READ, TABLES, DELETE, DETACH, LEFTOVERS)
}
