"""The words of a magic's line, sorted by its grammar into a positional word and options."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.option import Grammar, Option, Takes
from omero_tables_jupyter.jupyter.magic.splitting import Split, Word, split_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Typed", "Values", "add_value", "hint_for_stray", "is_option", "read_line"]

# a long dash is what autocorrection makes of two short ones
_DASHED = re.compile("--?[^\\W\\d]|[\u2013\u2014]")
_CURLY = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_SLASH = re.compile(r"[\\/]")
_HELP = {"?", "??", "--help", "-h"}

#: Each option's key and the texts that it was given.
Values = dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Typed:
    """A line, read.

    Parameters
    ----------
    positional
        The one word that is no option, None where there is none.
    values
        Each option's key and its texts; only ``help`` where help was asked for.
    after
        The option whose value stands right before the positional word.

    """

    positional: Word | None
    values: Values
    after: Option | None = None


def read_line(line: str, grammar: Grammar) -> Typed:
    """Sort a magic's words.

    Parameters
    ----------
    line
        What stands after the magic's name.
    grammar
        The options that it takes.

    Raises
    ------
    OptionError
        For an unknown option, one given twice or without its value, and a word too many.

    """
    split = split_line(line)
    if any(word.raw in _HELP for word in split.words):
        return Typed(None, {"help": ("",)})
    values: Values = {}
    positional: Word | None = None
    after = last = None
    words = iter(split.words)
    for word in words:
        if is_option(word):
            last, value = _option_and_value(word, words, split, grammar)
            add_value(values, last, value, shown=last.word)
        elif positional is not None:
            raise _unexpected(word, positional, last, grammar)
        else:
            positional, after, last = word, last, None
    return Typed(positional, values, after)


def is_option(word: Word) -> bool:
    """Say whether a word is meant as an option: it begins with a dash, and stands in no quotes."""
    return not word.quoted and _DASHED.match(word.text) is not None


def _option_and_value(
    word: Word, rest: Iterator[Word], split: Split, grammar: Grammar
) -> tuple[Option, str]:
    name, equals, value = word.text.partition("=")
    option = grammar.find(name)
    if equals or option.takes is Takes.NOTHING:
        return option, value
    following = next(rest, None)
    if following is None or is_option(following):
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


def _unexpected(word: Word, before: Word, last: Option | None, grammar: Grammar) -> OptionError:
    hint = hint_for_stray(word.raw, last)
    if word.raw.replace("_", "-") in {option.key for option in grammar.options}:
        hint = f"an option begins with two dashes: --{word.raw}"
    elif last is None and _SLASH.search(before.raw):
        hint = f'a path that holds spaces goes in quotes: "{before.raw} {word.raw}"'
    # not its repr, which would double the backslashes of a path
    return OptionError(f"unexpected word '{word.raw}'", hint=hint)


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
    after_path = last is not None and last.takes is Takes.PATH
    if "=" in raw and key.isidentifier() and not after_path:
        return f"an option begins with two dashes: --{raw}"
    if after_path:
        return (
            "a path that ends in \\ at the end of a line takes the next line with it: leave the "
            "last \\ away; a path that holds spaces goes in quotes"
        )
    if last is not None and last.takes is not Takes.NOTHING:
        return _cure_behind_a_value(raw, last)
    return (
        "one table at a time; an expression such as cells.head() goes below %%omero_upload, "
        "as the last line of its cell"
    )


def _cure_behind_a_value(raw: str, last: Option) -> str:
    if last.takes is Takes.TARGET and raw.isdigit():
        return f"write type and id as one word: {last.word} Dataset:{raw}"
    if last.takes is Takes.TARGET and ":" in raw:
        return f"write the option before each of them: {last.word} {raw}"
    return f'put a value that holds spaces in quotes: {last.word} "... {raw}"'


def add_value(values: Values, option: Option, value: str, *, shown: str) -> None:
    """Add one text to an option's; OptionError where the option takes only one."""
    if option.key in values and not option.repeats:
        raise OptionError(
            f"{shown} is given twice: {values[option.key][0]!r} and {value!r}",
            hint="keep one of them",
        )
    values[option.key] = (*values.get(option.key, ()), value)
