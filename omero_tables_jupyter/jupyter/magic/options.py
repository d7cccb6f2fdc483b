"""The table of options: one line each, for the parser, the help and completion alike."""

from __future__ import annotations

from omero_tables_jupyter.choices import CHOICES
from omero_tables_jupyter.jupyter.magic.option import Grammar, Group, Option, Takes
from omero_tables_jupyter.jupyter.magic.readers import (
    delimiter,
    flag,
    one_of,
    positive,
    renaming,
    some_names,
    some_text,
    unflag,
    variable_name,
)
from omero_tables_jupyter.object_types import TARGET_TYPES
from omero_tables_jupyter.paths import parse_map_option

__all__ = ["LOGIN", "OPTIONS", "UPLOAD", "switch"]


def _choice(key: str, help_: str, group: Group) -> Option:
    field = key.replace("-", "_")
    words = CHOICES[field]
    return Option(
        key, "|".join(words), help_, group, field, Takes.CHOICE, one_of(*words), choices=words
    )


def switch(key: str, help_: str, *, group: Group = Group.RUN, short: str = "") -> Option:
    """Make an option that takes no value."""
    return Option(key, "", help_, group, key.replace("-", "_"), Takes.NOTHING, flag, short)


#: Every option of ``%omero_upload``, in the order of the help.
OPTIONS = (
    Option("to", "TARGET", "Image:101, dataset-51 or an OMERO.web link; may repeat", Group.TARGET,
           "to", Takes.TARGET, some_text, "-t", "link", repeats=True),
    Option("split-by", "COLUMN", "in place of --to: each id's rows become that object's table",
           Group.TARGET, "split_by", Takes.COLUMNS, some_text),
    Option("parent-type", "TYPE", "with --parent-id, another way to write --to", Group.TARGET,
           "parent_type", Takes.CHOICE, one_of(*TARGET_TYPES), choices=TARGET_TYPES),
    Option("parent-id", "ID", "the id of the object", Group.TARGET, "parent_id", read=positive),
    Option("name", "NAME", "the table's name in OMERO; default: the variable's name", Group.TARGET,
           "name", read=some_text, short="-n"),
    Option("local-path", "PATH", "the folder or *.tiledb to write, as this machine sees it",
           Group.PLACE, "local_path", Takes.PATH, some_text, "-l"),
    Option("remote-path", "PATH", "the same place as the OMERO server sees it", Group.PLACE,
           "remote_path", read=some_text, short="-r"),
    Option("map", "LOCAL=>SERVER", "a share's path here and on the server; may repeat", Group.PLACE,
           "mapping", read=parse_map_option, repeats=True),
    Option("profile", "NAME", "a saved server and its mapping", Group.PLACE, "profile",
           Takes.PROFILE, some_text, "-p"),
    Option("save-profile", "NAME", "keep this server and mapping under a name", Group.PLACE,
           "save_profile", Takes.PROFILE, some_text),
    _choice("if-exists",
            "a table stands there already: write NAME-2, or put these rows in its place",
            Group.PLACE),
    Option("columns", "A,B", "only these columns", Group.DATA, "columns", Takes.COLUMNS, some_names,
           repeats=True),
    Option("exclude", "C,D", "all columns but these", Group.DATA, "exclude", Takes.COLUMNS,
           some_names, repeats=True),
    Option("rename", "OLD=NEW", "give a column another name; may repeat", Group.DATA, "rename",
           Takes.COLUMNS, renaming, repeats=True),
    Option("as-text", "A,B", "store these columns as text", Group.DATA, "as_text", Takes.COLUMNS,
           some_names, repeats=True),
    Option("resolve", "NAMES=TYPE", "add a column of ids: image_name=Image; may repeat", Group.DATA,
           "resolve", Takes.COLUMNS, renaming, repeats=True),
    _choice("index", "whether row labels become columns", Group.DATA),
    Option("encoding", "NAME", "how a text file is encoded, such as latin-1", Group.DATA,
           "encoding", read=some_text),
    Option("delimiter", "CHAR", "between the columns of a text file: comma, semicolon, tab",
           Group.DATA, "delimiter", read=delimiter),
    Option("decimal", ".|,", "the decimal mark of a text file", Group.DATA, "decimal", Takes.CHOICE,
           one_of(".", ","), choices=(".", ",")),
    Option("chunk-rows", "N", "rows written at a time; the default is quick", Group.DATA,
           "chunk_rows", read=positive),
    _choice("verify", "read back every value, or only count the rows",
            Group.DATA),
    _choice("compression", "how the array's values are packed", Group.DATA),
    switch("dry-run", "check everything and touch nothing", short="-d"),
    switch("background", "go on working meanwhile; returns the job", short="-b"),
    Option("out", "VAR", "put the result, or the failed job, into a variable too", Group.RUN, "out",
           read=variable_name),
    _choice("progress", "how progress is shown", Group.RUN),
    switch("quiet", "show neither progress nor result", short="-q"),
    Option("no-probe", "", "do not ask first whether OMERO Plus is there", Group.RUN, "probe",
           Takes.NOTHING, unflag),
    switch("help", "show this help", short="-h"),
)  # fmt: skip

#: ``%omero_login``.
LOGIN_OPTIONS = (
    Option("user", "NAME", "your OMERO user name; the password is asked for", Group.LOGIN, "user",
           read=some_text, short="-u"),
    Option("prefix", "PATH", "where OMERO.web lives below the address, such as /omero", Group.LOGIN,
           "prefix", read=some_text),
    Option("ca", "FILE", "the certificates of your institute, a .pem file", Group.LOGIN, "ca",
           Takes.PATH, some_text),
    Option("server-id", "N", "which server, where one OMERO.web serves several", Group.LOGIN,
           "server_id", read=positive),
    Option("group", "NAME", "the OMERO group to work in", Group.LOGIN, "group", read=some_text,
           short="-g"),
    switch("allow-http", "accept http://, which sends the password unencrypted", group=Group.LOGIN),
    switch("help", "show this help", short="-h", group=Group.LOGIN),
)  # fmt: skip


UPLOAD = Grammar("%omero_upload", OPTIONS, Takes.TABLE)
LOGIN = Grammar("%omero_login", LOGIN_OPTIONS)
