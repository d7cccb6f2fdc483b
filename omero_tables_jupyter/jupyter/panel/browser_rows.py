"""The rows of the lab's browser: a few widgets that are filled anew, however long the list is."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from omero_tables_jupyter.jupyter.panel.browser_words import called, details
from omero_tables_jupyter.jupyter.panel.browsing import BELOW, NOUNS, can_open
from omero_tables_jupyter.jupyter.panel.view_parts import shown as show
from omero_tables_jupyter.jupyter.style import BORDER, FAINT, TEXT, WARN, badge, element

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.omero.replies import OmeroObject

__all__ = ["Row"]

_PICTURE_PX = 48
_JPEG = b"\xff\xd8"


class Row:
    """One object of a list: its picture, its name, *Attach*.

    Parameters
    ----------
    open_
        Called with the target when its name is clicked.
    attach
        Called with the object when its *Attach* is clicked.

    """

    def __init__(
        self, open_: Callable[[Target], None], attach: Callable[[OmeroObject], None]
    ) -> None:
        self._shown: OmeroObject | None = None
        self._picture = widgets.HTML(layout=_fixed(f"{_PICTURE_PX + 8}px"))
        self._name = widgets.Button(
            layout=_layout(width="auto", max_width="100%", margin="0", padding="0 4px")
        )
        self._name.style.text_decoration = "underline"
        self._name.style.button_color = "transparent"
        self._name.style.text_color = TEXT
        self._words = widgets.HTML(layout=_layout(margin="0 0 0 4px", min_width="0"))
        self._attach = widgets.Button(layout=_fixed("7.5rem"))
        self._name.on_click(lambda _: self._tell(open_))
        self._attach.on_click(lambda _: self._shown is not None and attach(self._shown))
        text = widgets.VBox(
            [self._name, self._words],
            layout=_layout(flex="1 1 auto", min_width="0", align_items="flex-start"),
        )
        self.widget = widgets.HBox(
            [self._picture, text, self._attach],
            layout=_layout(
                align_items="center",
                border_bottom=f"1px solid {BORDER}",
                # a box that shrinks would hide its second line
                flex="0 0 auto",
                overflow="hidden",
            ),
        )

    def _tell(self, open_: Callable[[Target], None]) -> None:
        if self._shown is not None:
            open_(self._shown.target)

    def show(
        self, one: OmeroObject | None, *, user_id: int, attached: bool, picture: bytes | None
    ) -> None:
        """Fill the row; None hides it.

        Parameters
        ----------
        one
            The object.
        user_id
            Who is looking.
        attached
            Whether the table hangs on it already.
        picture
            Its thumbnail; None where objects such as these have none.

        """
        self._shown = one
        show(self.widget, when=one is not None)
        self._draw_picture(picture)
        if one is None:
            return
        self._draw_name(one)
        locked = one.can_annotate is False
        words = _words(one, user_id=user_id, locked=locked)
        self._words.value = element("div", words, "line-height: 1.35; overflow-wrap: anywhere")
        self._draw_attach(one, locked=locked, attached=attached)

    def _draw_picture(self, picture: bytes | None) -> None:
        show(self._picture, when=picture is not None)
        self._picture.value = _picture(picture) if picture else ""

    def _draw_name(self, one: OmeroObject) -> None:
        show(self._name, when=can_open(one))
        inside = " and ".join(f"{NOUNS[kind]}s" for kind in BELOW.get(one.target.type, ()))
        with self._name.hold_sync():
            self._name.description = called(one) if inside else ""
            self._name.tooltip = f"Show the {inside} of {one.target.type} {one.target.id}"

    def _draw_attach(self, one: OmeroObject, *, locked: bool, attached: bool) -> None:
        what = f"{one.target.type} {one.target.id} ({called(one)})"
        with self._attach.hold_sync():
            self._attach.disabled = locked or attached
            self._attach.description = "Attached" if attached else "Attach"
            self._attach.icon = "check" if attached else "lock" if locked else "plus"
            if locked:
                self._attach.tooltip = f"You may look at {what}, but not attach anything to it"
            elif attached:
                self._attach.tooltip = f"The table will be attached to {what}"
            else:
                self._attach.tooltip = f"Attach the table to {what}"


def _words(one: OmeroObject, *, user_id: int, locked: bool) -> str:
    lines = [element("span", escape(details(one, user_id=user_id)), f"color: {FAINT}")]
    if not can_open(one):
        lines.insert(0, element("span", escape(called(one)), f"color: {TEXT}"))
    if locked:
        lines.append(badge("⊘", "look only: you may not attach anything here", WARN))
    return "<br>".join(lines)


def _picture(data: bytes) -> str:
    kind = "jpeg" if data.startswith(_JPEG) else "png"
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    style = f"width: {_PICTURE_PX}px; height: {_PICTURE_PX}px; object-fit: cover; display: block"
    # the name stands beside it: read out, the picture would say nothing more
    return element("img", "", style, src=source, alt="")


def _layout(**options: str) -> Any:
    return widgets.Layout(**options)


def _fixed(width: str) -> Any:
    return _layout(width=width, flex="0 0 auto", margin="2px")
