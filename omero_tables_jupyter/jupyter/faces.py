"""Where progress is shown: a widget, a terminal's line, lines of a log, or nowhere."""

from __future__ import annotations

import sys
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, Any, TextIO

import ipywidgets as widgets
from IPython.display import display

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.progress import (
    Card,
    Face,
    JobView,
    Outcome,
    StageView,
    amount_line,
    stage_line,
)
from omero_tables_jupyter.jupyter.progress_html import progress_html, progress_text, stages_html
from omero_tables_jupyter.jupyter.style import FAINT, element
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

__all__ = [
    "LineFace",
    "NoFace",
    "ProgressKind",
    "TerminalFace",
    "WidgetFace",
    "choose_face",
    "has_person",
    "show",
]

_FAINT = f"color: {FAINT}"
_ERASE = "\r\x1b[2K"


class ProgressKind(StrEnum):
    """The values of ``--progress``."""

    AUTO = "auto"
    WIDGET = "widget"
    TEXT = "text"
    NONE = "none"


class NoFace:
    """Shows no progress."""

    def paint(self, view: JobView) -> None:
        """Show nothing."""

    def close(self, view: JobView, card: Card | None) -> None:
        """Show the card alone."""
        del view
        show(card)


class LineFace:
    """Writes a line for each stage that has ended, for logs and notebooks run by a machine."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._written = 0

    def paint(self, view: JobView) -> None:
        """Write the stages that have ended since the last call."""
        ended = [stage for stage in view.stages if stage.outcome is not Outcome.RUNNING]
        for stage in ended[self._written :]:
            self._stream.write(f"{stage_line(stage)}\n")
        self._written = max(self._written, len(ended))
        self._stream.flush()

    def close(self, view: JobView, card: Card | None) -> None:
        """Write the last stage, however it ended, and show the card."""
        self.paint(view)
        show(card)


class TerminalFace(LineFace):
    """Rewrites one line of a terminal; each stage that has ended keeps its own."""

    def paint(self, view: JobView) -> None:
        """Write what has ended, then the stage under way over the last line."""
        self._stream.write(_ERASE)
        super().paint(view)
        current = view.current
        if current is not None and current.outcome is Outcome.RUNNING:
            self._stream.write(stage_line(current))
            self._stream.flush()


class WidgetFace:
    """A live widget; what it leaves behind is static, so that a saved notebook needs no kernel.

    Parameters
    ----------
    name
        The table's name.
    cancel
        Called by the button *Cancel*; None where a button could not be heard, because the kernel
        is busy with the upload itself and the stop button cancels.

    """

    def __init__(self, name: str, *, cancel: Callable[[], None] | None = None) -> None:
        self._name = name
        self._stages = widgets.HTML()
        self._bar = widgets.FloatProgress(
            min=0, max=1, layout=widgets.Layout(width="20rem", height="14px")
        )
        self._amount = widgets.HTML()
        how = "" if cancel else " · the stop button ■ cancels"
        title = widgets.HTML(f"<b>Upload of {escape(name)}</b>{element('span', how, _FAINT)}")
        controls = [self._bar, *([_cancel_button(name, cancel)] if cancel else [])]
        row = widgets.HBox(controls, layout=widgets.Layout(align_items="center"))
        # the words stand on a line of their own, which they may fill without moving the button
        self._all = widgets.VBox([title, self._stages, self._amount, row])
        self._handle = display(self._all, display_id=True)

    def paint(self, view: JobView) -> None:
        """Bring the widget up to date."""
        behind = tuple(stage for stage in view.stages if stage.outcome is Outcome.DONE)
        self._stages.value = stages_html(JobView(behind))
        current = view.current
        if current is not None and current.outcome is Outcome.RUNNING:
            self._paint_current(current)

    def _paint_current(self, stage: StageView) -> None:
        fraction = stage.fraction
        self._bar.value = fraction or 0.0
        # a bar that cannot know its length is shown by its words alone
        self._bar.layout.visibility = "hidden" if fraction is None else "visible"
        self._amount.value = escape(f"{stage.stage} {amount_line(stage)}")

    def close(self, view: JobView, card: Card | None) -> None:
        """Put the card, or the stages as they ended, in the widget's place."""
        static = card or {
            "text/html": progress_html(self._name, view),
            "text/plain": progress_text(self._name, view),
        }
        if self._handle is not None:
            self._handle.update(dict(static), raw=True)
        for widget in _family(self._all):
            widget.close()


def _cancel_button(name: str, cancel: Callable[[], None]) -> Any:
    button = widgets.Button(description="Cancel", icon="stop", tooltip=f"Stop the upload of {name}")

    def clicked(_: Any) -> None:
        button.disabled = True
        button.description = "Cancelling"
        cancel()

    button.on_click(clicked)
    return button


def show(card: Card | None) -> None:
    """Show a card in the cell that runs; nothing where there is none."""
    if card is not None:
        display(dict(card), raw=True)


def _family(widget: Any) -> list[Any]:
    children = [one for child in getattr(widget, "children", ()) for one in _family(child)]
    styles = [getattr(widget, name, None) for name in ("layout", "style")]
    return [*children, widget, *filter(None, styles)]


def has_person(shell: InteractiveShell) -> bool:
    """Say whether somebody sits there who can be asked for a password."""
    parent = getattr(shell, "get_parent", None)
    if parent is not None:  # a kernel: its front end says whether it can ask
        content = (parent() or {}).get("content", {})
        return bool(content.get("allow_stdin", False))
    return _is_terminal(sys.stdin) and _is_terminal(sys.stdout)


def choose_face(
    kind: str,
    shell: InteractiveShell,
    name: str,
    *,
    cancel: Callable[[], None] | None = None,
) -> Face:
    """Choose where a job is shown.

    Parameters
    ----------
    kind
        A value of `ProgressKind`.
    shell
        The IPython shell.
    name
        The table's name.
    cancel
        What the button *Cancel* does, where a button can be heard.

    Raises
    ------
    OptionError
        For a kind that does not exist.

    """
    if kind not in set(ProgressKind):
        raise OptionError(
            f"progress {kind!r} does not exist", hint=did_you_mean(kind, list(ProgressKind))
        )
    if kind == ProgressKind.AUTO:
        in_notebook = hasattr(shell, "kernel") and has_person(shell)
        kind = ProgressKind.WIDGET if in_notebook else ProgressKind.TEXT
    if kind == ProgressKind.WIDGET:
        return WidgetFace(name, cancel=cancel)
    if kind == ProgressKind.NONE:
        return NoFace()
    return TerminalFace(sys.stdout) if _is_terminal(sys.stdout) else LineFace(sys.stdout)


def _is_terminal(stream: Any) -> bool:
    return bool(getattr(stream, "isatty", bool)())
