"""What is typed after ``%omero_upload`` and on ``#| key: value`` lines -> `UploadOptions`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.expansion import expand, has_placeholder
from omero_tables_jupyter.jupyter.magic.option import Option, Takes
from omero_tables_jupyter.jupyter.magic.options import UPLOAD
from omero_tables_jupyter.jupyter.magic.words import Values, add_value, read_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.jupyter.magic.splitting import Word

__all__ = ["Parsed", "UploadOptions", "is_file", "parse", "split_body"]

_BODY_OPTION = re.compile(r"#\|\s*(?P<key>[\w-]+)\s*(?P<colon>:?)(?P<value>.*)")
_FILE = re.compile(r"\.(csv|tsv|txt|parquet)(\.gz)?$|[/\\]$", re.IGNORECASE)
_FLATTENED = {"columns", "exclude", "as_text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadOptions:
    """Everything that ``%omero_upload`` was told; None and empty where nothing was said.

    Parameters
    ----------
    source
        A variable, a dotted or indexed name, or a file; '' where none was given.
    to
        Targets as they were written.
    parent_type, parent_id
        The reference client's way to say one target.
    split_by
        The column of ids that the table is split by; None for one table.
    name
        The table's name.
    local_path, remote_path, profile, save_profile, if_exists
        Where it is stored.
    mapping
        Pairs of a local and a server prefix.
    columns, exclude, as_text
        Names of columns.
    rename
        Pairs of an old and a new name.
    resolve
        Pairs of a column of names and the column of ids to add.
    index, encoding, delimiter, decimal, chunk_rows, verify,
    compression
        How the data is read and written.
    probe
        False where the server is not to be asked first.
    dry_run, background, out, progress, quiet, help
        How the magic runs.

    """

    source: str = ""
    to: tuple[str, ...] = ()
    parent_type: str | None = None
    parent_id: int | None = None
    split_by: str | None = None
    name: str | None = None
    local_path: str | None = None
    remote_path: str | None = None
    mapping: tuple[tuple[str, str], ...] = ()
    profile: str | None = None
    save_profile: str | None = None
    if_exists: str | None = None
    columns: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()
    rename: tuple[tuple[str, str], ...] = ()
    as_text: tuple[str, ...] = ()
    resolve: tuple[tuple[str, str], ...] = ()
    index: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    chunk_rows: int | None = None
    verify: str | None = None
    compression: str | None = None
    probe: bool = True
    dry_run: bool = False
    background: bool = False
    out: str | None = None
    progress: str | None = None
    quiet: bool = False
    help: bool = False


@dataclass(frozen=True, slots=True)
class Parsed:
    """A line and a body, understood but for the variables in them.

    Parameters
    ----------
    source
        The SOURCE as typed, '' where there is none.
    values
        Each option's key and its values, unexpanded.
    after
        The option whose value stands right before the SOURCE, which may be a part of that value.

    """

    source: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    after: Option | None = None

    @property
    def help(self) -> bool:
        """Whether help was asked for."""
        return "help" in self.values

    def resolve(self, namespace: Mapping[str, Any]) -> UploadOptions:
        """Fill in the variables and read every value.

        Parameters
        ----------
        namespace
            The user's variables, as they are now.

        Returns
        -------
        UploadOptions
            All options, read.

        Raises
        ------
        OptionError
            For an undefined variable, or a value that its option does not take.

        """
        filled = {
            key: tuple(expand(value, namespace) for value in values)
            for key, values in self.values.items()
        }
        return UploadOptions(source=expand(self.source, namespace), **_read_all(filled))


def parse(line: str, cell: str = "") -> Parsed:
    """Understand a magic's line and the ``#|`` lines of its cell.

    Parameters
    ----------
    line
        What stands after the magic's name.
    cell
        The body of a cell magic, '' for a line magic.

    Returns
    -------
    Parsed
        Checked as far as it can be before the cell's own code has run.

    Raises
    ------
    OptionError
        For everything that is wrong already.

    """
    typed = read_line(line, UPLOAD)
    if "help" in typed.values:
        return Parsed(values={"help": ("",)})
    in_body, _ = split_body(cell)
    merged = MappingProxyType(_merged(typed.values, in_body))
    parsed = Parsed(_source(typed.positional), merged, typed.after)
    _check(parsed)
    return parsed


def is_file(source: str) -> bool:
    """Say whether a SOURCE is a path: of .csv .tsv .txt .parquet, and .gz, or of a folder, x/."""
    return _FILE.search(source) is not None


def split_body(cell: str) -> tuple[Values, str]:
    """Take the leading ``#| key: value`` lines off a cell.

    Parameters
    ----------
    cell
        The body of a cell magic.

    Returns
    -------
    values : dict
        Each key and its values, as they stand; backslashes and quotes are part of them.
    code : str
        The rest, with blank lines in place of the options, and of comments among them, so that
        line numbers stay.

    Raises
    ------
    OptionError
        For a line that begins with ``#|`` and is no option, and for a key given twice.

    """
    values: Values = {}
    lines = cell.splitlines(keepends=True)
    for number, line in enumerate(lines):
        text = line.strip()
        if text and not text.startswith("#"):
            return values, "\n" * number + "".join(lines[number:])
        if text.startswith("#|"):
            option, value = _body_option(text)
            add_value(values, option, value, shown=f"#| {option.key}")
    return values, ""


def _body_option(text: str) -> tuple[Option, str]:
    found = _BODY_OPTION.fullmatch(text)
    if found is None:
        raise OptionError(
            f"{text!r} is no option", hint="write #| key: value, such as #| to: Dataset:51"
        )
    option = UPLOAD.find_key(found["key"])
    value = found["value"].strip()
    if value and not found["colon"]:
        raise OptionError(f"{text!r} lacks a colon", hint=f"write #| {option.key}: {value}")
    if not value and option.takes is not Takes.NOTHING:
        raise OptionError(f"{text!r} has no value", hint=f"write #| {option.key}: {option.shown}")
    return option, value


def _source(word: Word | None) -> str:
    if word is None:
        return ""
    # results["my nuclei"] needs its quotes, "J:\out\my cells.csv" must lose them
    return word.text if word.quoted or is_file(word.text) else word.raw


def _merged(on_line: Values, in_body: Values) -> Values:
    replaced = set(on_line)
    if "to" in on_line:
        replaced |= {"parent-id", "parent-type"}
    if "parent-id" in on_line:
        replaced.add("to")
    return {key: value for key, value in in_body.items() if key not in replaced} | on_line


def _check(parsed: Parsed) -> None:
    plain = {
        key: tuple(value for value in values if not has_placeholder(value))
        for key, values in parsed.values.items()
    }
    _read_all({key: values for key, values in plain.items() if values})
    if "parent-type" in parsed.values and "parent-id" not in parsed.values:
        raise OptionError(
            f"--parent-type {parsed.values['parent-type'][0]} stands without --parent-id",
            hint="add --parent-id, or write both as one: --to Image:101",
        )
    _check_split(set(parsed.values))


def _check_split(given: set[str]) -> None:
    if "split-by" in given and "resolve" not in given and {"to", "parent-id"} & given:
        raise OptionError(
            "--split-by takes the objects from a column, and --to names another",
            hint="leave one of them out; --to is needed where --resolve looks names up",
        )


def _read_all(values: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for key, texts in values.items():
        option = UPLOAD.find_key(key)
        several = tuple(_read(option, text) for text in texts)
        if option.field in _FLATTENED:
            read[option.field] = tuple(chain.from_iterable(several))
        else:
            read[option.field] = several if option.repeats else several[0]
    return read


def _read(option: Option, text: str) -> Any:
    try:
        return option.read(text)
    except OptionError as error:
        raise OptionError(f"{option.word}: {error.message}", hint=error.hint) from None
