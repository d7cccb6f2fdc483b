"""The user's kernel as the panel sees it: variables, settings, and the end of each cell."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.variables import Named, find_source
from omero_tables_jupyter.jupyter.panel.asking import Around
from omero_tables_jupyter.jupyter.panel.found import TableFound, describe, tables_found
from omero_tables_jupyter.jupyter.reach import reachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from omero_tables_jupyter.jupyter.config import OmeroTables

__all__ = ["Kernel"]


@dataclass(frozen=True, slots=True)
class Kernel:
    """One shell.

    Parameters
    ----------
    shell
        The IPython shell.
    config
        Its ``%config OmeroTables``.
    given
        A table that no variable holds, and its name; None without one.

    """

    shell: InteractiveShell
    config: OmeroTables
    given: Named | None = None

    @property
    def is_notebook(self) -> bool:
        """Whether what a cell shows may be saved, and not only scroll away in a terminal."""
        return hasattr(self.shell, "kernel")

    def tables(self, source: str) -> tuple[TableFound, ...]:
        """List what could be chosen: the variables' tables, the one given, and `source`."""
        found = tables_found(self.shell.user_ns)
        if self.given is not None:
            found = (*found, describe("", self.given))
        if not source or source in {one.source for one in found}:
            return found
        try:
            return (*found, self.find_table(source))
        except OptionError:  # its variable is gone
            return found

    def find_table(self, source: str) -> TableFound:
        """Describe what a SOURCE names.

        Raises
        ------
        OptionError
            Where there is no such thing, or it is no table.

        """
        return describe(source, self.find(source))

    def find(self, source: str) -> Named:
        """Give what a SOURCE names.

        Raises
        ------
        OptionError
            Where there is no such thing, or it is no table.

        """
        if not source and self.given is not None:
            return self.given
        named = find_source(source, self.shell.user_ns)
        if named.name or isinstance(named.value, str | PathLike):
            return named
        return Named(named.value, "table")

    def around(self, source: str) -> Around:
        """Take down what a question is asked about, on the main thread.

        Parameters
        ----------
        source
            The table that it is about; '' where it is about none.

        Raises
        ------
        OptionError
            If `source` names no table any more, or a setting cannot be meant.

        """
        named = self.find(source) if source else self.given
        return Around(named, self.config.values(), self.config.settings())

    def bind(self, name: str | None, value: Any) -> None:
        """Give the user's variable of that name a value; None binds nothing."""
        if name:
            self.shell.user_ns[name] = value

    def reach(self, url: str) -> str:
        """Give the link under which the user's browser reaches a server."""
        return reachable(url, self.config.hub_prefix())

    def after_each_cell(self, look: Callable[[], None]) -> Callable[[], None]:
        """Have `look` called after every cell; call what is returned to end that."""

        def ran(_: Any) -> None:
            look()

        self.shell.events.register("post_run_cell", ran)
        return lambda: self.shell.events.unregister("post_run_cell", ran)
