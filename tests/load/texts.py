"""Texts as people, other systems and bad people write them, and what HTML makes of them."""

from __future__ import annotations

from html.parser import HTMLParser

#: Whatever a browser could take for more than text.
ATTACKS = {
    "script": "<script>alert(1)</script>",
    "image": "<img src=x onerror=alert(1)>",
    "double quote": '" onmouseover="alert(1)" x="',
    "single quote": "' onmouseover='alert(1)' x='",
    "closing tags": "</td></div></style></title></textarea></script><b>",
    "comment": "<!-- --!> ]]> <![CDATA[",
    "entities": "&lt;b&gt; &amp;lt; &#60;i&#62; &",
    "style": "x; background: url(javascript:alert(1))",
    "link": "javascript:alert(1)//[x](javascript:alert(1))",
    "template": "{{7*7}} ${7*7} {0} %s %(x)d $\\alpha$ `x`",
    "formula": "=cmd|'/C calc'!A1",
}
SCRIPTS = {
    "Arabic": "\u062e\u0644\u0627\u064a\u0627 (7) \u0644\u0648\u062d\u0629",
    "Hebrew": "\u05ea\u05d0\u05d9\u05dd 7 - \u05dc\u05d5\u05d7",
    "Chinese": "\u7ec6\u80de\u8868\u683c",
    "Japanese": "\u7d30\u80de\u30d7\u30ec\u30fc\u30c8\uff17",
    "Korean": "\uc138\ud3ec \ud45c",
    "Thai": "\u0e15\u0e32\u0e23\u0e32\u0e07\u0e40\u0e0b\u0e25\u0e25\u0e4c",
    "Hindi": "\u0915\u094b\u0936\u093f\u0915\u093e\u0913\u0902 \u0915\u0940",
    "Russian": "\u041a\u043b\u0435\u0442\u043a\u0438 \u2116 7",
    "Greek": "\u03ba\u03cd\u03c4\u03c4\u03b1\u03c1\u03b1",
    "Turkish": "h\u00fccre \u0130\u0131 \u015f",
    "Amharic": "\u1205\u12cb\u1233\u1275",
    "emoji": "\U0001f52c \U0001f469\U0001f3fd\u200d\U0001f52c \U0001f1e9\U0001f1ea",
    "combining": "e\u0301\u0323 Z\u0351\u036b\u0343\u0352",
    "beyond 16 bits": "\U0001d54c\U00020000",
    "turned round": "cells \u202egnp.exe",
    "invisible": "a\u200bb\u00adc\u2060d\ufeff",
}
LONG = "\u00b5" * 32_768  # 64 KiB of UTF-8
TEXTS = ATTACKS | SCRIPTS
#: Elements of the attacks that nothing of ours is drawn with.
_FOREIGN = frozenset({"script", "textarea", "b", "i"})
_VOID = frozenset({"br", "input", "meta", "img", "link"})


class Page(HTMLParser):
    """A piece of HTML, read as a browser does: it fails where a text has become more than text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in _FOREIGN, tag
        for name, value in attrs:
            assert not name.startswith("on"), (tag, attrs)
            assert "javascript:" not in (value or "") or name not in {"href", "src", "style"}, attrs
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """What a person reads."""
        return "".join(self.words)
