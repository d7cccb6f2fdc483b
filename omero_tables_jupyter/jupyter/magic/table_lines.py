"""What is typed after ``%omero_read`` and its kin: the word that names a table, and options."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.job import UploadJob
from omero_tables_jupyter.jupyter.magic.expansion import expand, user_names
from omero_tables_jupyter.jupyter.magic.variables import value_of
from omero_tables_jupyter.jupyter.magic.words import read_line
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.jupyter.magic.option import Grammar, Option

__all__ = ["TableLine", "read_table_line", "stored_table"]


@dataclass(frozen=True, slots=True)
class TableLine:
    """A line, read.

    Parameters
    ----------
    word
        The word that is no option; '' where there is none.
    options
        The values by the options' fields; only what was given.
    quoted
        Whether the word stood in quotes, and so is no variable.
    help
        Whether help was asked for.

    """

    word: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    quoted: bool = False
    help: bool = False


def read_table_line(line: str, grammar: Grammar, namespace: Mapping[str, Any]) -> TableLine:
    """Read a line.

    Raises
    ------
    OptionError
        For everything that is wrong already.

    """
    typed = read_line(line, grammar)
    if "help" in typed.values:
        return TableLine(help=True)
    options = {}
    for key, texts in typed.values.items():
        option = grammar.find_key(key)
        values = tuple(_value(option, expand(text, namespace)) for text in texts)
        options[option.field] = values if option.repeats else values[0]
    word = typed.positional
    if word is None:
        return TableLine(options=options)
    # lab["a"] needs its quotes, and "my tables/T.tiledb" must lose them.
    text = word.text if word.quoted else word.raw
    return TableLine(expand(text, namespace), options, quoted=word.quoted)


def _value(option: Option, text: str) -> Any:
    try:
        return option.read(text)
    except OptionError as error:
        raise OptionError(f"{option.word}: {error.message}", hint=error.hint) from None


def stored_table(line: TableLine, namespace: Mapping[str, Any]) -> Any:
    """Give what the word names: a variable's value, else the word itself; None without a word.

    Raises
    ------
    OptionError
        For a name that no variable has, and a job that still runs.

    """
    if not line.word:
        return None
    if line.quoted:
        return line.word
    value = value_of(line.word, namespace)
    if value is line.word and line.word.isidentifier():
        raise OptionError(
            f"there is no variable '{line.word}'",
            hint=f"{did_you_mean(line.word, user_names(namespace))}; or name an object, such as "
            "Dataset:51, an annotation's id, or an array's path",
        )
    if isinstance(value, UploadJob):
        if not value.done:
            raise OptionError(
                f"the upload of '{value.name}' still runs", hint="wait for it: job.result()"
            )
        return value.result()
    return value
