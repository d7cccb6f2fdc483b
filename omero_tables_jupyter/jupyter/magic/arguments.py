"""What is typed after ``%omero_upload`` and on ``#| key: value`` lines -> `UploadOptions`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.expansion import expand, has_placeholder
from omero_tables_jupyter.jupyter.magic.options import Option, Takes, find_key, find_option
from omero_tables_jupyter.jupyter.magic.splitting import Split, Word, split_line

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Parsed", "UploadOptions", "is_file", "parse", "split_body"]

# a long dash is what autocorrection makes of two short ones
_DASHED = re.compile("--?[^\\W\\d]|[\u2013\u2014]")
_CURLY = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_BODY_OPTION = re.compile(r"#\|\s*(?P<key>[\w-]+)\s*(?P<colon>:?)(?P<value>.*)")
_FILE = re.compile(r"\.(csv|tsv|txt|parquet)(\.gz)?$", re.IGNORECASE)
_HELP = {"?", "??", "--help", "-h"}
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
    index, encoding, delimiter, decimal, chunk_rows, verify
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
    index: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    chunk_rows: int | None = None
    verify: str | None = None
    probe: bool = True
    dry_run: bool = False
    background: bool = False
    out: str | None = None
    progress: str | None = None
    quiet: bool = False
    help: bool = False


_Values = dict[str, tuple[str, ...]]


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
    words = split_line(line)
    if any(word.raw in _HELP for word in words.words):
        return Parsed(values={"help": ("",)})
    source, after, on_line = _line_options(words)
    in_body, _ = split_body(cell)
    parsed = Parsed(source, MappingProxyType(_merged(on_line, in_body)), after)
    _check(parsed)
    return parsed


def is_file(source: str) -> bool:
    """Say whether a SOURCE names a file: .csv, .tsv, .txt, .parquet, or one of them and .gz."""
    return _FILE.search(source) is not None


def split_body(cell: str) -> tuple[_Values, str]:
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
        The rest, with blank lines in place of the options so that line numbers stay.

    Raises
    ------
    OptionError
        For a line that begins with ``#|`` and is no option, and for a key given twice.

    """
    values: _Values = {}
    lines = cell.splitlines(keepends=True)
    for number, line in enumerate(lines):
        text = line.strip()
        if text and not text.startswith("#|"):
            return values, "\n" * number + "".join(lines[number:])
        if text:
            option, value = _body_option(text)
            _add(values, option, value, shown=f"#| {option.key}")
    return values, ""


def _body_option(text: str) -> tuple[Option, str]:
    found = _BODY_OPTION.fullmatch(text)
    if found is None:
        raise OptionError(
            f"{text!r} is no option", hint="write #| key: value, such as #| to: Dataset:51"
        )
    option = find_key(found["key"])
    value = found["value"].strip()
    if value and not found["colon"]:
        raise OptionError(f"{text!r} lacks a colon", hint=f"write #| {option.key}: {value}")
    if not value and option.takes is not Takes.NOTHING:
        raise OptionError(f"{text!r} has no value", hint=f"write #| {option.key}: {option.shown}")
    return option, value


def _line_options(split: Split) -> tuple[str, Option | None, _Values]:
    values: _Values = {}
    source, after, last = "", None, None
    words = iter(split.words)
    for word in words:
        if _is_option(word):
            last, value = _option_and_value(word, words, split)
            _add(values, last, value, shown=last.word)
        elif source:
            raise _unexpected(word, last)
        else:
            source, after, last = _source(word), last, None
    return source, after, values


def _is_option(word: Word) -> bool:
    return not word.quoted and _DASHED.match(word.text) is not None


def _source(word: Word) -> str:
    # results["my nuclei"] needs its quotes, "J:\out\my cells.csv" must lose them
    return word.text if word.quoted or is_file(word.text) else word.raw


def _option_and_value(word: Word, rest: Any, split: Split) -> tuple[Option, str]:
    name, equals, value = word.text.partition("=")
    option = find_option(name)
    if equals or option.takes is Takes.NOTHING:
        return option, value
    following = next(rest, None)
    if following is None or _is_option(following):
        raise _no_value(option, following, split)
    return option, following.text


def _no_value(option: Option, following: Word | None, split: Split) -> OptionError:
    hint = f"write {option.word} {_example(option)}"
    if following is not None:
        hint += f'; a value that begins with a dash needs quotes: {option.word} "{following.text}"'
    elif split.commented:
        hint += "; a # begins a comment: put a value that begins with # in quotes"
    return OptionError(f"{option.word} has no value", hint=hint)


def _example(option: Option) -> str:
    return option.choices[0] if option.choices else option.shown


def _unexpected(word: Word, last: Option | None) -> OptionError:
    return OptionError(f"unexpected word {word.raw!r}", hint=hint_for_stray(word.raw, last))


def hint_for_stray(raw: str, last: Option | None) -> str:
    """Say why a word may have ended up where nothing was expected.

    Parameters
    ----------
    raw
        The word as typed.
    last
        The option whose value stands right before it, None where there is none.

    """
    key = raw.partition("=")[0]
    if any(quote in raw for quote in _CURLY):
        return "use straight quotes: \" or '"
    if "=" in raw and key.isidentifier():
        return f"an option begins with two dashes: --{raw}"
    if last is not None and last.takes is Takes.PATH:
        return (
            "put a path that holds spaces in quotes; and a path that ends in \\ at the end of a "
            "line takes the next line with it: leave the last \\ away, or put the path in quotes"
        )
    if last is not None and last.takes is not Takes.NOTHING:
        return f'put a value that holds spaces in quotes: {last.word} "... {raw}"'
    return (
        "one table at a time; an expression such as cells.head() goes below %%omero_upload, "
        "as the last line of its cell"
    )


def _add(values: _Values, option: Option, value: str, *, shown: str) -> None:
    if option.key in values and not option.repeats:
        raise OptionError(
            f"{shown} is given twice: {values[option.key][0]!r} and {value!r}",
            hint="keep one of them",
        )
    values[option.key] = (*values.get(option.key, ()), value)


def _merged(on_line: _Values, in_body: _Values) -> _Values:
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


def _read_all(values: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for key, texts in values.items():
        option = find_key(key)
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
