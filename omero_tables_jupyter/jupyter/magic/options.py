"""The table of options: one line each, for the parser, the help and completion alike."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.choices import CHOICES
from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.links import TARGET_TYPES
from omero_tables_jupyter.paths import parse_map_option
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "LOGIN",
    "OPTIONS",
    "UPLOAD",
    "Grammar",
    "Group",
    "Option",
    "Takes",
    "flag",
    "one_of",
    "positive",
    "some_names",
    "some_text",
    "switch",
    "variable_name",
]

_ARROW = "=>"
# A name in double quotes of its own may hold commas, signs and blanks at its ends, or nothing.
_QUOTED = re.compile(r'(?:(?<=^)|(?<=[\s,=>]))"(?:[^"]|"")*"(?=\s*(?:$|,|=))')
_NAME = re.compile(r'\s*(?:(?P<quoted>"(?:[^"]|"")*")|(?P<plain>[^,]*?))\s*(?:,|$)')
_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": " "}


class Group(StrEnum):
    """The headings of the help, in its order."""

    TARGET = "What it is attached to"
    PLACE = "Where it is stored"
    DATA = "What is stored"
    RUN = "How it runs"
    LOGIN = "How to log in"
    WHICH = "Which table"
    PART = "Which part of it"
    DISK = "What becomes of the array"


class Takes(StrEnum):
    """What follows an option; completion offers what fits."""

    NOTHING = ""
    TEXT = "text"
    TARGET = "target"
    PATH = "path"
    PROFILE = "profile"
    COLUMNS = "columns"
    CHOICE = "choice"
    TABLE = "table"
    STORED = "stored table"


@dataclass(frozen=True, slots=True)
class Option:
    """One option.

    Parameters
    ----------
    key
        Its long name, as in ``#| key: value``.
    shown
        What stands for its value in the help.
    help
        One line for people.
    group
        Its heading in the help.
    field
        The field of `UploadOptions` that it sets.
    takes
        What kind of value follows.
    read
        One text into the value; raises OptionError without the option's name.
    short, other
        Its one-letter and its second long name, '' where it has none.
    choices
        The words that it accepts, empty where any will do.
    repeats
        Whether it may be given several times; its values are then collected in a tuple.

    """

    key: str
    shown: str
    help: str
    group: Group
    field: str
    takes: Takes = Takes.TEXT
    read: Callable[[str], Any] = str
    short: str = ""
    other: str = ""
    choices: tuple[str, ...] = ()
    repeats: bool = False

    @property
    def word(self) -> str:
        """The option as it is typed: ``--local-path``."""
        return f"--{self.key}"

    @property
    def words(self) -> tuple[str, ...]:
        """Every way to type it: ``--to``, ``-t``, ``--link``."""
        return (self.word, *filter(None, (self.short, self.other and f"--{self.other}")))


def flag(text: str) -> bool:
    """Read the value of a flag, which may be left away: ``''``, ``true``, ``no``."""
    known = {
        "": True,
        "true": True,
        "yes": True,
        "on": True,
        "false": False,
        "no": False,
        "off": False,
    }
    try:
        return known[text.casefold()]
    except KeyError:
        raise OptionError(
            f"{text!r} is neither true nor false",
            hint="leave the value away, or write true or false",
        ) from None


def _unflag(text: str) -> bool:
    return not flag(text)


def one_of(*choices: str) -> Callable[[str], str]:
    """Make the reader of one of a few words, in any case."""
    by_fold = {choice.casefold(): choice for choice in choices}

    def read(text: str) -> str:
        if text.casefold() not in by_fold:
            raise OptionError(
                f"{text!r} is none of {', '.join(choices)}", hint=did_you_mean(text, choices)
            )
        return by_fold[text.casefold()]

    return read


def positive(text: str) -> int:
    """Read a whole number above 0."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise OptionError(
            f"{text!r} is not a whole number above 0", hint="write digits only, such as 50000"
        )
    return number


def some_names(text: str) -> tuple[str, ...]:
    """Read names of columns, between commas."""
    names = tuple(
        _unquoted(found["quoted"]) if found["quoted"] else found["plain"]
        for found in _NAME.finditer(text)
        if found["quoted"] or found["plain"]
    )
    if not names:
        raise OptionError(
            f"{text!r} names no column", hint="write the names with commas between: area,label"
        )
    return names


def _unquoted(quoted: str) -> str:
    return quoted[1:-1].replace('""', '"')


def _renaming(text: str) -> tuple[str, str]:
    sign = _ARROW if _ARROW in _QUOTED.sub("", text) else "="
    return _pair(text, sign, "old=new (or old=>new where a name holds an =)")


def _pair(text: str, sign: str, example: str) -> tuple[str, str]:
    plain = _QUOTED.sub(lambda found: "_" * len(found[0]), text)
    if plain.count(sign) != 1:
        found = "no" if sign not in plain else "more than one"
        raise OptionError(
            f"{text!r} holds {found} {sign!r}",
            hint=f"write {example}, and repeat the option for more",
        )
    at = plain.index(sign)
    left, right = text[:at].strip(), text[at + len(sign) :].strip()
    if not (left and right):
        raise OptionError(f"{text!r} has nothing on one side of {sign!r}", hint=f"write {example}")
    return _name(left), _name(right)


def _name(text: str) -> str:
    return _unquoted(text) if _QUOTED.fullmatch(text) else text


def _delimiter(text: str) -> str:
    character = _DELIMITERS.get(text.casefold(), text)
    if len(character) != 1:
        raise OptionError(f"{text!r} is not one character", hint='write ";", "," or tab')
    return character


def variable_name(text: str) -> str:
    """Read the name of a variable."""
    if not text.isidentifier() or keyword.iskeyword(text):
        raise OptionError(
            f"{text!r} cannot be the name of a variable", hint="write a name such as done"
        )
    return text


def some_text(text: str) -> str:
    """Read a text that is not empty."""
    if not text:
        raise OptionError("the value is empty", hint="write a value, or leave the option away")
    return text


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
           Takes.COLUMNS, _renaming, repeats=True),
    Option("as-text", "A,B", "store these columns as text", Group.DATA, "as_text", Takes.COLUMNS,
           some_names, repeats=True),
    Option("resolve", "NAMES=TYPE", "add a column of ids: image_name=Image; may repeat", Group.DATA,
           "resolve", Takes.COLUMNS, _renaming, repeats=True),
    _choice("index", "whether row labels become columns", Group.DATA),
    Option("encoding", "NAME", "how a text file is encoded, such as latin-1", Group.DATA,
           "encoding", read=some_text),
    Option("delimiter", "CHAR", "between the columns of a text file: comma, semicolon, tab",
           Group.DATA, "delimiter", read=_delimiter),
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
           Takes.NOTHING, _unflag),
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


@dataclass(frozen=True, slots=True)
class Grammar:
    """What may stand after one magic.

    Parameters
    ----------
    magic
        Its name: ``%omero_upload``.
    options
        In the order of the help.
    source
        What the word is that is no option.

    """

    magic: str
    options: tuple[Option, ...]
    source: Takes = Takes.NOTHING

    def words(self) -> list[str]:
        """List every option as it can be typed, in the help's order."""
        return [word for option in self.options for word in option.words]

    def find(self, word: str) -> Option:
        """Find an option by what was typed: ``--local-path``, ``--local_path``, ``-l``.

        Raises
        ------
        OptionError
            For an option that does not exist.

        """
        dashed = word[:2] + word[2:].replace("_", "-")
        for option in self.options:
            if dashed in option.words:
                return option
        # a long dash is what autocorrection makes of two short ones
        plain = "--" + word.lstrip("-\u2013\u2014")
        raise OptionError(
            f"there is no option {word}",
            hint=f"{did_you_mean(plain, self.words())} ({self.magic} --help lists all)",
        )

    def find_key(self, key: str) -> Option:
        """Find an option by the key of a ``#| key: value`` line.

        Raises
        ------
        OptionError
            For a key that does not exist.

        """
        dashed = key.replace("_", "-")
        for option in self.options:
            if dashed in (option.key, option.other):
                return option
        hint = did_you_mean(key, (option.key for option in self.options))
        if key == "source":
            hint = f"the table goes on the first line: %{self.magic} cells"
        raise OptionError(f"there is no option '#| {key}'", hint=hint)


UPLOAD = Grammar("%omero_upload", OPTIONS, Takes.TABLE)
LOGIN = Grammar("%omero_login", LOGIN_OPTIONS)
