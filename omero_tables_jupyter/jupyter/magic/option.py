"""An option of a magic, and the grammar that says which options may stand after it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Grammar", "Group", "Option", "Takes"]


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
