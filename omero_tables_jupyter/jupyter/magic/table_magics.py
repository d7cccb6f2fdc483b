"""The magics for tables that are there: read, list, detach, delete, tidy up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand

from omero_tables_jupyter import signin
from omero_tables_jupyter.errors import OptionError, TargetError
from omero_tables_jupyter.finding import needs_server
from omero_tables_jupyter.jupyter.faces import has_person, show
from omero_tables_jupyter.jupyter.magic.help import (
    DELETE_HELP,
    DETACH_HELP,
    LEFTOVERS_HELP,
    READ_HELP,
    TABLES_HELP,
)
from omero_tables_jupyter.jupyter.magic.signing_in import ask
from omero_tables_jupyter.jupyter.magic.stopping import short_when_stopped
from omero_tables_jupyter.jupyter.magic.table_lines import (
    TableLine,
    read_table_line,
    stored_table,
)
from omero_tables_jupyter.jupyter.magic.table_options import DELETE, DETACH, LEFTOVERS, READ, TABLES
from omero_tables_jupyter.jupyter.prompt import agrees
from omero_tables_jupyter.links import Target
from omero_tables_jupyter.listing import LINKS
from omero_tables_jupyter.paths import parse_map_option
from omero_tables_jupyter.request import read_request

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

    from omero_tables_jupyter.consent import Consent
    from omero_tables_jupyter.jupyter.config import OmeroTables
    from omero_tables_jupyter.jupyter.magic.option import Grammar
    from omero_tables_jupyter.jupyter.showing import Showing

__all__ = ["TableMagics", "reachable_links"]


@magics_class
class TableMagics(Magics):
    """``%omero_read``, ``%omero_tables``, ``%omero_delete`` and their kin in one shell.

    Parameters
    ----------
    shell, showing, settings
        As for `OmeroMagics`.

    """

    def __init__(self, shell: InteractiveShell, *, showing: Showing, settings: OmeroTables) -> None:
        super().__init__(shell)
        self._showing = showing
        self._settings = settings

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_read(self, line: str) -> Any:
        """Read a table back."""
        from omero_tables_jupyter.reading import read_table

        typed = self._typed(line, READ, READ_HELP)
        if typed.help:
            return None
        table = stored_table(typed, self._space)
        options = dict(typed.options)
        out = options.pop("out", None)
        return self._bound(out, read_table(table, **self._places(options, table), **options))

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_tables(self, line: str) -> pd.DataFrame | None:
        """List the tables on an object."""
        from omero_tables_jupyter.attached import tables

        typed = self._typed(line, TABLES, TABLES_HELP)
        if typed.help:
            return None
        target = stored_table(typed, self._space)
        if target is None:
            raise TargetError(
                "no object was named", hint="say whose tables: %omero_tables Dataset:51"
            )
        options = dict(typed.options)
        out = options.pop("out", None)
        listed = tables(target, **self._places(options, target))
        return cast("pd.DataFrame", self._bound(out, reachable_links(listed, self._showing.reach)))

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_delete(self, line: str) -> None:
        """Delete a table from OMERO."""
        from omero_tables_jupyter.removal import delete_table

        typed = self._typed(line, DELETE, DELETE_HELP)
        if typed.help:
            return
        table = stored_table(typed, self._space)
        options = dict(typed.options)
        confirm = self._consent(sure=options.pop("yes", False))
        places = self._places(options, table)
        done = delete_table(table, **places, **options, confirm=confirm)
        show({"text/plain": "deleted" if done else "nothing was deleted"})

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_detach(self, line: str) -> None:
        """Take a table off an object."""
        from omero_tables_jupyter.removal import detach_table

        typed = self._typed(line, DETACH, DETACH_HELP)
        if typed.help:
            return
        table = stored_table(typed, self._space)
        options = dict(typed.options)
        confirm = self._consent(sure=options.pop("yes", False))
        off = options.pop("targets", None)
        places = self._places(options, table)
        done = detach_table(table, off, **places, **options, confirm=confirm)
        show({"text/plain": "taken off" if done else "nothing was taken off"})

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_leftovers(self, line: str) -> pd.DataFrame | None:
        """List what uploads left out of order, or tidy one thing up."""
        from omero_tables_jupyter import housekeeping, tidying

        typed = self._typed(line, LEFTOVERS, LEFTOVERS_HELP)
        if typed.help:
            return None
        options = dict(typed.options)
        confirm = self._consent(sure=options.pop("yes", False))
        out = options.pop("out", None)
        remove, back = options.get("remove", ()), options.get("put_back")
        done = [tidying.remove_array(path, confirm=confirm) for path in remove]
        if back:
            done.append(tidying.put_back_array(back, confirm=confirm))
        if done:
            show({"text/plain": "done" if all(done) else "what you said no to was not touched"})
            return None
        listed = housekeeping.leftovers(typed.word or None)
        return cast("pd.DataFrame", self._bound(out, listed))

    @property
    def _space(self) -> dict[str, Any]:
        space: dict[str, Any] = self._here.user_ns
        return space

    @property
    def _here(self) -> InteractiveShell:
        return cast("InteractiveShell", self.shell)

    def _typed(self, line: str, grammar: Grammar, text: str) -> TableLine:
        typed = read_table_line(line, grammar, self._space)
        if typed.help:
            show({"text/plain": text})
        return typed

    def _bound(self, name: str | None, value: Any) -> Any:
        if name:
            self._space[name] = value
        return value

    def _consent(self, *, sure: bool) -> Consent:
        return sure or (agrees if has_person(self._here) else False)

    def _places(self, options: dict[str, Any], table: Any) -> dict[str, Any]:
        """Take out of the options who asks and where the share is; ``%config`` comes after them."""
        configured = self._settings.values()
        pairs = options.pop("mapping", None)
        if pairs is None and "map" in configured:
            pairs = [parse_map_option(pair) for pair in configured["map"]]
        profile = options.pop("profile", None) or configured.get("profile")
        places: dict[str, Any] = {"mapping": pairs, "profile": profile}
        if needs_server(table):
            places["session"] = self._session(table, places)
        return places

    def _session(self, table: Any, places: dict[str, Any]) -> Any:
        asked = read_request(None, to=_target_of(table), **places)
        known = self._settings.settings()
        where = signin.server_of(asked, known)
        person = has_person(self._here)
        return signin.sign_in(asked, known, where, ask=ask if person else None).session


def _target_of(table: Any) -> Any:
    """Give what a server is named by: a link of OMERO.web; of other words the package says more."""
    if not isinstance(table, str | Target):
        return None
    try:
        read_request(None, to=table)
    except (TargetError, OptionError):
        return None
    return table


def reachable_links(listed: pd.DataFrame, reach: Callable[[str], str]) -> pd.DataFrame:
    """Turn a list's links into those that the user's browser can reach."""
    for column in LINKS:
        if column in listed:
            listed[column] = [reach(url) if url else "" for url in listed[column]]
    return listed


# ``%omero_read?`` shows the docstring, so that is where the help belongs
TableMagics.omero_read.__doc__ = READ_HELP
TableMagics.omero_tables.__doc__ = TABLES_HELP
TableMagics.omero_delete.__doc__ = DELETE_HELP
TableMagics.omero_detach.__doc__ = DETACH_HELP
TableMagics.omero_leftovers.__doc__ = LEFTOVERS_HELP
