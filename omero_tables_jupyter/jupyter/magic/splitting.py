r"""A magic's line into words: quotes group and go, backslashes stay, the same on every system.

The shell's rules do not fit: there a backslash escapes, and
``J:\data\tables`` would lose its folders.
"""

from __future__ import annotations

from dataclasses import dataclass

from omero_tables_jupyter.errors import OptionError

__all__ = ["Split", "Word", "split_line"]

_QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class Word:
    r"""One word of a line.

    Parameters
    ----------
    text
        The word without its quotes: ``J:\my data``.
    raw
        The word as it was typed: ``"J:\my data"``.

    """

    text: str
    raw: str

    @property
    def quoted(self) -> bool:
        """Whether the word begins with a quote, and so cannot be an option."""
        return self.raw[:1] in _QUOTES


@dataclass(frozen=True, slots=True)
class Split:
    """The words of a line, and whether a ``# comment`` ended it."""

    words: tuple[Word, ...]
    commented: bool = False


def split_line(line: str) -> Split:
    """Split a line at its blanks, outside quotes.

    Parameters
    ----------
    line
        What was typed after the magic's name. A ``#`` that begins a word ends the line.

    Returns
    -------
    Split
        The words, in order.

    Raises
    ------
    OptionError
        Where a quote is opened and never closed.

    """
    words: list[Word] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
        elif line[at] == "#":
            return Split(tuple(words), commented=True)
        else:
            word = _word_at(line, at)
            words.append(word)
            at += len(word.raw)
    return Split(tuple(words))


def _word_at(line: str, start: int) -> Word:
    text = []
    at = start
    while at < len(line) and not line[at].isspace():
        if line[at] in _QUOTES:
            end = _closing_quote(line, at)
            text.append(line[at + 1 : end])
            at = end + 1
        else:
            text.append(line[at])
            at += 1
    return Word("".join(text), line[start:at])


def _closing_quote(line: str, start: int) -> int:
    quote = line[start]
    end = line.find(quote, start + 1)
    if end < 0:
        other = _QUOTES.replace(quote, "")
        raise OptionError(
            f"the quote {quote} before {line[start + 1 :][:30]!r} is not closed",
            hint=f"close it; a value that itself holds a {quote} goes between {other}...{other}",
        )
    return end
