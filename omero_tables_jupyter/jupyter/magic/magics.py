"""The magics themselves: each reads its line, calls the package, and shows what came of it."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any, cast

from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.faces import show
from omero_tables_jupyter.jupyter.magic import signing_in, status
from omero_tables_jupyter.jupyter.magic.help import LOGIN_HELP, PANEL_HELP, UPLOAD_HELP
from omero_tables_jupyter.jupyter.magic.stopping import short_when_stopped
from omero_tables_jupyter.jupyter.magic.table_magics import reachable_links
from omero_tables_jupyter.jupyter.magic.uploading import Uploading
from omero_tables_jupyter.text import redacted

if TYPE_CHECKING:
    import pandas as pd
    from IPython.core.interactiveshell import InteractiveShell

    from omero_tables_jupyter.jupyter.config import OmeroTables
    from omero_tables_jupyter.jupyter.showing import Showing

__all__ = ["OmeroMagics"]


@magics_class
class OmeroMagics(Magics):
    """``%omero_...`` in one shell.

    Parameters
    ----------
    shell
        The IPython shell.
    showing
        Its display of our types.
    settings
        Its ``%config OmeroTables``.

    """

    def __init__(self, shell: InteractiveShell, *, showing: Showing, settings: OmeroTables) -> None:
        super().__init__(shell)
        self._uploading = Uploading(shell, showing, settings)
        self._showing = showing
        self._settings = settings

    @no_var_expand
    @line_cell_magic
    @short_when_stopped()
    def omero_upload(self, line: str, cell: str | None = None) -> Any:
        """Put a table into OMERO Plus."""
        __tracebackhide__ = True
        return self._uploading.run(line, cell or "")

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_panel(self, line: str) -> None:
        """Open the panel: an upload as a form."""
        from IPython.display import display

        from omero_tables_jupyter.jupyter.magic.arguments import parse
        from omero_tables_jupyter.jupyter.panel.opening import opened

        typed = parse(line)
        if typed.help:
            show({"text/plain": PANEL_HELP})
            return
        shell = cast("InteractiveShell", self.shell)
        options = typed.resolve(shell.user_ns)
        if options.split_by:
            raise OptionError(
                "--split-by has no place in the panel, where the objects are chosen",
                hint="leave it out, or write the same line with %omero_upload",
            )
        display(opened(shell, self._settings, options))

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_login(self, line: str) -> None:
        """Log in to OMERO.web."""
        from omero_tables_jupyter.omero.login import login

        typed = signing_in.read_login(line)
        if typed.help:
            show({"text/plain": LOGIN_HELP})
            return
        known = self._settings.settings()
        session = login(typed.url or None, **typed.options, settings=known, ask=signing_in.ask)
        show(status.session_bundle(session))

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_logout(self, line: str) -> None:
        """Log out: ends a session that was opened here, and forgets one that was only joined."""
        from omero_tables_jupyter.omero.login import current, logout

        _nothing_after("%omero_logout", line)
        session = current()
        if session is None:
            show({"text/plain": "nobody is logged in"})
            return
        ended = logout()
        word = "logged out of" if ended else "forgot the session (it goes on elsewhere) at"
        show({"text/plain": f"{word} {session.url}"})

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_status(self, line: str) -> None:
        """Show who is logged in where, the profile and its mapping, and versions."""
        _nothing_after("%omero_status", line)
        show(status.status_bundle(self._settings.settings()))

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_doctor(self, line: str) -> None:
        """Look at settings, session, server, folder and notebook, and name the cure of each."""
        from omero_tables_jupyter.jupyter.magic import doctoring

        _nothing_after("%omero_doctor", line)
        shell = cast("InteractiveShell", self.shell)
        show(doctoring.doctor_bundle(self._settings.settings(), shell.user_ns))

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_history(self, line: str) -> pd.DataFrame:
        """List what was uploaded from this computer, the oldest first."""
        from omero_tables_jupyter.journal import history

        _nothing_after("%omero_history", line)
        return reachable_links(history(), self._showing.reach)

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_demo(self, line: str) -> None:
        """Start a pretend OMERO Plus on this computer and log in to it; ``stop`` ends it."""
        from omero_tables_jupyter.jupyter.magic import demonstration

        word = line.partition("#")[0].strip()
        if word == "stop":
            show(demonstration.stop())
            return
        _nothing_after("%omero_demo", word, but="%omero_demo stop")
        show(demonstration.start(self._showing.reach))

    @no_var_expand
    @line_magic
    @short_when_stopped()
    def omero_traceback(self, line: str) -> None:
        """Show the whole stack of the last error, which ``%tb`` keeps short; keys are hidden."""
        _nothing_after("%omero_traceback", line)
        error = getattr(sys, "last_value", None)
        if error is None:
            raise OptionError("no error has happened yet", hint="there is nothing to show")
        stack = "".join(traceback.format_exception(error))
        show({"text/plain": redacted(stack)})


def _nothing_after(magic: str, line: str, *, but: str = "") -> None:
    rest = line.partition("#")[0].strip()
    if rest:
        hint = f"write {magic} alone" + (f", or {but}" if but else "")
        raise OptionError(f"{magic} takes no {rest!r}", hint=hint)


# ``%omero_upload?`` shows the docstring, so that is where the help belongs
OmeroMagics.omero_upload.__doc__ = UPLOAD_HELP
OmeroMagics.omero_login.__doc__ = LOGIN_HELP
OmeroMagics.omero_panel.__doc__ = PANEL_HELP
