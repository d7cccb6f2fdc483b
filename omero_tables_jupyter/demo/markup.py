"""HTML that cannot forget to escape: every text is escaped unless it was built here."""

from __future__ import annotations

from html import escape

__all__ = ["Safe", "join", "tag"]

_VOID = ("input", "img", "br", "meta", "link")


class Safe(str):
    """A piece of finished HTML."""

    __slots__ = ()


def tag(element: str, /, *content: str, **attributes: str | bool | None) -> Safe:
    """Build an element.

    Parameters
    ----------
    element
        The element's name.
    *content
        Text, which is escaped, or `Safe` pieces, which are not.
    **attributes
        ``class_`` stands for ``class``; True gives a bare attribute, False and None none at all.

    """
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    opened = f"<{element}{given}>"
    return Safe(opened if element in _VOID else f"{opened}{join(*content)}</{element}>")


def join(*pieces: str) -> Safe:
    """Put pieces side by side, escaping those that are mere text."""
    return Safe("".join(p if isinstance(p, Safe) else escape(p) for p in pieces))


def _attribute(key: str, value: str | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
