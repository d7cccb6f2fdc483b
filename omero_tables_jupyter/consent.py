"""A yes, before something goes that cannot be had again."""

from __future__ import annotations

from collections.abc import Callable

from omero_tables_jupyter.errors import OptionError

__all__ = ["Consent", "consented"]

#: Yes, or who is asked: called with what would be done, in words that follow "this would".
Consent = bool | Callable[[str], bool]


def consented(confirm: Consent, sentence: str) -> bool:
    """Tell whether somebody said yes; False where somebody was asked and said no.

    Raises
    ------
    OptionError
        If nobody was asked.

    """
    if callable(confirm):
        return bool(confirm(sentence))
    if confirm is not True:
        raise OptionError(
            f"nobody has said yes: this would {sentence}",
            hint="if you mean it: --yes (confirm=True)",
        )
    return True
