"""What a shell displays for our results: their cards, once a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.job import TablesJob, UploadJob
from omero_tables_jupyter.jupyter.card import result_bundle
from omero_tables_jupyter.jupyter.plan_card import plan_bundle
from omero_tables_jupyter.jupyter.progress_html import job_bundle
from omero_tables_jupyter.jupyter.tables_card import tables_bundle
from omero_tables_jupyter.many.results import TablesResult, summary
from omero_tables_jupyter.model import RegisteredTable, TablePlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Showing"]


class Showing:
    """The display of our types in one shell.

    A magic shows its result itself, where its progress stood, and returns it as well, so that
    ``done = %omero_upload ...`` and ``_`` work. The shell would display what is returned a second
    time: what a cell has shown already is passed over until the next cell.

    Parameters
    ----------
    shell
        The IPython shell.
    reach
        Turns a link into the one that the user's browser can reach.

    """

    def __init__(self, shell: InteractiveShell, reach: Callable[[str], str]) -> None:
        self._shell = shell
        self.reach = reach
        self._cell = -1
        self._shown: list[Any] = []

    def card(self, table: RegisteredTable) -> dict[str, str]:
        """Draw a result for this shell's user."""
        return result_bundle(table, self.reach)

    def tables(self, results: TablesResult) -> dict[str, str]:
        """Draw the results of several tables for this shell's user."""
        return tables_bundle(results, self.reach)

    def mark(self, result: Any) -> None:
        """Take note that the cell that runs has shown this."""
        if self._cell != self._shell.execution_count:
            self._cell = self._shell.execution_count
            self._shown = []
        self._shown.append(result)

    def install(self) -> None:
        """Register with the shell's formatters, by type; twice is harmless."""
        formatter = self._formatter()
        for kind in self._bundles():
            formatter.mimebundle_formatter.for_type(kind, self._form)
            formatter.ipython_display_formatter.for_type(kind, self._pass_over)

    def remove(self) -> None:
        """Take the registrations away again."""
        formatter = self._formatter()
        for kind in self._bundles():
            formatter.mimebundle_formatter.pop(kind, None)
            formatter.ipython_display_formatter.pop(kind, None)

    def _formatter(self) -> Any:
        return self._shell.display_formatter

    def _bundles(self) -> dict[type, Callable[[Any], dict[str, str]]]:
        return {
            RegisteredTable: self.card,
            TablePlan: plan_bundle,
            UploadJob: job_bundle,
            TablesJob: job_bundle,
            TablesResult: self.tables,
        }

    def _form(self, result: Any, include: Any = None, exclude: Any = None) -> dict[str, str]:
        del include, exclude  # IPython filters what it gets
        if self._was_shown(result):
            several = isinstance(result, TablesResult)
            called = summary(result) if several else repr(result.name)
            return {"text/plain": f"<{type(result).__name__} {called}, shown above>"}
        return self._bundles()[type(result)](result)

    def _pass_over(self, result: Any) -> None:
        # A terminal has written "Out[7]: " already: there a word must follow.
        if not (self._was_shown(result) and hasattr(self._shell, "kernel")):
            # IPython's way to say: not by me, ask the other formatters
            raise NotImplementedError

    def _was_shown(self, result: Any) -> bool:
        here = self._cell == self._shell.execution_count
        return here and any(one is result for one in self._shown)
