"""The look of all that we draw: inline styles, JupyterLab's colours with fallbacks, escaping."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

__all__ = [
    "BORDER",
    "ERROR",
    "FAINT",
    "OK",
    "SCROLLED",
    "TEXT",
    "WARN",
    "badge",
    "box",
    "button_link",
    "code",
    "element",
    "facts",
    "heading",
    "trouble",
]

TEXT = "var(--jp-content-font-color1, var(--vscode-foreground, inherit))"
FAINT = "var(--jp-content-font-color2, var(--vscode-descriptionForeground, #757575))"
BORDER = "var(--jp-border-color2, rgba(128, 128, 128, 0.4))"
OK = "var(--jp-success-color1, #2e7d32)"
WARN = "var(--jp-warn-color1, #b26a00)"
ERROR = "var(--jp-error-color1, #c62828)"
#: Scrolls within what is around it, whose width its own does not stretch.
SCROLLED = "overflow-x: auto; width: 0; min-width: 100%"
_ACCENT = "var(--jp-brand-color1, #1976d2)"
_FONT = "var(--jp-ui-font-family, system-ui, sans-serif)"
_MONO = "var(--jp-code-font-family, ui-monospace, monospace)"


def element(tag: str, inner: str, style: str = "", **attributes: str) -> str:
    """Write one element; `inner` is HTML already, attributes are escaped here."""
    given = {"style": style, **attributes} if style else attributes
    written = "".join(f' {name}="{escape(value)}"' for name, value in given.items())
    return f"<{tag}{written}>{inner}</{tag}>"


def box(inner: str, *, edge: str, label: str) -> str:
    """Frame a card; `edge` is the colour of its left side, `label` names it for screen readers."""
    style = (
        f"box-sizing: border-box; max-width: 46rem; margin: 4px 0; padding: 10px 14px; "
        f"color: {TEXT}; "
        f"border: 1px solid {BORDER}; border-left: 4px solid {edge}; border-radius: 4px; "
        f"font-family: {_FONT}; font-size: 13px; line-height: 1.5"
    )
    return element("div", inner, style, role="group", **{"aria-label": label})


def heading(text: str, mark: str = "") -> str:
    """Write a card's title and, as HTML, the `badge` behind it."""
    # isolated: a name in Hebrew or Arabic must not carry the badge to its other side
    title = element(
        "span", escape(text), "font-size: 15px; font-weight: 600; unicode-bidi: isolate"
    )
    return element("div", f"{title} &nbsp;{mark}" if mark else title, "overflow-wrap: anywhere")


def badge(icon: str, word: str, colour: str) -> str:
    """Write a state as icon and word, so that colour is never all there is."""
    # The word keeps the colour of text: themes' greens and oranges are too pale to be read.
    return f"{element('span', escape(icon), f'color: {colour}; font-weight: 600')} {escape(word)}"


def trouble(text: str, cure: str) -> str:
    """Write what is wrong and, below it, what to do about it."""
    lines = [element("span", f"✗ {escape(text)}", f"color: {ERROR}")]
    lines += [f"→ {escape(line)}" for line in cure.splitlines()]
    return element("div", "<br>".join(lines), "margin: 6px 0 0 0; overflow-wrap: anywhere")


def code(text: str) -> str:
    """Write a path or a name as it is typed."""
    style = f"font-family: {_MONO}; font-size: 12px; overflow-wrap: anywhere"
    return element("span", escape(text), style)


def facts(rows: list[tuple[str, str]]) -> str:
    """Write pairs of a word and its HTML as two columns."""
    name = f"color: {FAINT}; padding: 1px 14px 1px 0; white-space: nowrap; text-align: left; "
    name += "vertical-align: top; font-weight: normal; background: none; border: none"
    cell = "padding: 1px 0; text-align: left; overflow-wrap: anywhere; white-space: normal; "
    cell += "background: none; border: none"
    body = "".join(
        element(
            "tr",
            element("th", escape(word), name, scope="row") + element("td", inner, cell),
            "background: none",
        )
        for word, inner in rows
    )
    table = "border-collapse: collapse; border: none; margin: 6px 0 0 0; font-size: 13px"
    return element("table", element("tbody", body), table)


def button_link(text: str, url: str) -> str:
    """Write a link that opens in a new tab; '' for anything but a web page, here or elsewhere."""
    here = url.startswith("/") and not url.startswith("//")
    if not here and urlsplit(url).scheme not in {"http", "https"}:
        return ""
    style = (
        f"display: inline-block; margin: 10px 8px 0 0; padding: 3px 10px; color: {_ACCENT}; "
        f"border: 1px solid {_ACCENT}; border-radius: 3px; text-decoration: none"
    )
    return element(
        "a", f"{escape(text)} ↗", style, href=url, target="_blank", rel="noopener noreferrer"
    )
