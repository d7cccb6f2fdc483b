"""Where progress is shown: a widget, a terminal's line, lines of a log, or nowhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

import ipywidgets as widgets
from IPython.display import display

from omero_tables_jupyter.choices import CHOICES
from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.progress import (
    Card,
    Face,
    JobView,
    Outcome,
    stage_line,
    table_line,
)
from omero_tables_jupyter.jupyter.progress_html import progress_html, progress_text, stages_html
from omero_tables_jupyter.jupyter.style import BORDER, TEXT, element
from omero_tables_jupyter.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

__all__ = [
    "LineFace",
    "NoFace",
    "TerminalFace",
    "WidgetFace",
    "choose_face",
    "family",
    "has_person",
    "show",
]

_ERASE = "\r\x1b[2K"


class NoFace:
    """Shows no progress."""

    def paint(self, view: JobView) -> None:
        """Show nothing."""

    def close(self, view: JobView, card: Card | None) -> None:
        """Show the card alone."""
        del view
        show(card)


class LineFace:
    """Writes a line for each stage that has ended, for logs and notebooks run by a machine.

    Of several tables it writes the stages of the check of all, then a line for each table.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._written = 0
        self._tables = 0

    def paint(self, view: JobView) -> None:
        """Write the stages, or of several the tables, that have ended since the last call."""
        stages = view.stages if view.table is None else ()
        ended = [stage for stage in stages if stage.outcome is not Outcome.RUNNING]
        for stage in ended[self._written :]:
            self._stream.write(f"{stage_line(stage)}\n")
        for table in view.tables[self._tables :]:
            self._stream.write(f"{table_line(table)}\n")
        self._written = max(self._written, len(ended))
        self._tables = len(view.tables)
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
            of = "" if view.table is None else f"{table_line(view.table)} · "
            self._stream.write(f"{of}{stage_line(current)}")
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
        self._aside = "" if cancel else " · the stop button ■ cancels"
        self._words = widgets.HTML()
        self._bar = widgets.FloatProgress(
            min=0,
            max=1,
            tooltip=f"Progress of {name}",
            layout=widgets.Layout(width="20rem", max_width="100%", height="14px"),
        )
        controls = [self._bar, *([_cancel_button(name, cancel)] if cancel else [])]
        row = widgets.HBox(
            controls, layout=widgets.Layout(align_items="center", flex_flow="row wrap")
        )
        # framed as the card that takes its place, so that little moves when it does
        self.widget = widgets.VBox([self._words, row], layout=_frame())
        self._handle: Any = None
        if cancel is not None:  # what is shown later would land in whatever cell runs then
            self._open(JobView())

    def paint(self, view: JobView) -> None:
        """Bring the widget up to date."""
        self._draw(view)
        # only now: an upload that fails before its first stage leaves nothing but its error
        self._open(view)

    def close(self, view: JobView, card: Card | None) -> None:
        """Put the card, or the stages as they ended, in the widget's place."""
        if self._handle is not None:
            self._handle.update(dict(card or self._static(view)), raw=True)
        else:
            show(card)
        for widget in family(self.widget):
            widget.close()

    def _open(self, view: JobView) -> None:
        if self._handle is None:
            self._draw(view)
            # front ends without widgets show the text, and later the card in its place
            bundle = {**self.widget._repr_mimebundle_(), "text/plain": f"upload of {self._name}"}
            self._handle = display(bundle, raw=True, display_id=True)

    def _draw(self, view: JobView) -> None:
        drawn = stages_html(self._name, view, aside=self._aside)
        style = f"font-size: 13px; line-height: 1.5; color: {TEXT}; white-space: normal"
        self._words.value = element("div", drawn, style, role="status")
        fraction = view.fraction
        self._bar.value = fraction or 0.0
        # a bar that cannot know its length is shown by its words alone
        self._bar.layout.visibility = "hidden" if fraction is None else "visible"

    def _static(self, view: JobView) -> Card:
        html, text = progress_html(self._name, view), progress_text(self._name, view)
        return {"text/html": html, "text/plain": text}


def _frame() -> Any:
    edge = f"1px solid {BORDER}"
    return widgets.Layout(
        max_width="46rem",
        margin="4px 0",
        padding="8px 14px",
        border_top=edge,
        border_right=edge,
        border_bottom=edge,
        border_left=f"4px solid {BORDER}",
    )


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


def family(widget: Any) -> list[Any]:
    """Give a widget and all that belongs to it: children, layouts, styles."""
    children = [one for child in getattr(widget, "children", ()) for one in family(child)]
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
        What ``--progress`` was given.
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
    if kind not in CHOICES["progress"]:
        raise OptionError(
            f"progress {kind!r} does not exist", hint=did_you_mean(kind, CHOICES["progress"])
        )
    if kind == "auto":
        in_notebook = hasattr(shell, "kernel") and has_person(shell)
        kind = "widget" if in_notebook else "text"
    if kind == "widget":
        return WidgetFace(name, cancel=cancel)
    if kind == "none":
        return NoFace()
    return TerminalFace(sys.stdout) if _is_terminal(sys.stdout) else LineFace(sys.stdout)


def _is_terminal(stream: Any) -> bool:
    return bool(getattr(stream, "isatty", bool)())
