"""What the panel's buttons do beside uploading: each tells what came of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter import settings
from omero_tables_jupyter.errors import LoginError, OmeroTablesError, OptionError
from omero_tables_jupyter.jupyter.magic import keeping
from omero_tables_jupyter.jupyter.magic.arguments import is_file
from omero_tables_jupyter.jupyter.magic.writing import as_magic, as_python
from omero_tables_jupyter.jupyter.panel.asking import session_of
from omero_tables_jupyter.jupyter.panel.browser import Browser
from omero_tables_jupyter.jupyter.panel.editing import in_profile
from omero_tables_jupyter.jupyter.panel.events import (
    Chosen,
    Edited,
    Refused,
    SignedIn,
    SigningIn,
    Toggled,
)
from omero_tables_jupyter.omero.login import login

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.panel.desk import Desk
    from omero_tables_jupyter.jupyter.panel.questions import Who
    from omero_tables_jupyter.jupyter.panel.signing import SignInForm
    from omero_tables_jupyter.model import TargetInfo
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.settings import Profile, Settings

__all__ = ["Acts"]


class Acts:
    """The deeds that come before an upload.

    Parameters
    ----------
    desk
        What they work with.

    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def look(self) -> None:
        """Look at everything anew."""
        self._desk.look(anew=True)

    def browse(self, who: Who, pick: Callable[[TargetInfo], None]) -> Browser:
        """Open a browser of the lab for who is logged in.

        Raises
        ------
        LoginError
            If that log-in has ended.

        """
        return Browser(
            partial(session_of, who),
            worker=self._desk.worker,
            pick=pick,
            failed=self._ask_for_login,
        )

    def _ask_for_login(self, error: OmeroTablesError) -> None:
        """Show the row of the log-in where a session has ended while somebody browsed."""
        if isinstance(error, LoginError) and "login" not in self._desk.state().open:
            self._desk.tell(Toggled("login"))

    def choose(self, source: str | None) -> None:
        """Choose a table by its SOURCE, a variable or a file; None changes nothing."""
        if source is None:
            return
        try:
            self._desk.tell(Chosen(self._desk.kernel.find_table(source)))
        except OmeroTablesError as error:
            self._desk.tell(Refused("table", error))

    def choose_file(self, path: str) -> None:
        """Choose a file that was typed or pasted, with or without quotes."""
        bare = path.strip().strip("\"'")
        if is_file(bare):
            self.choose(bare)
        elif bare:
            wrong = OptionError(
                f"'{bare}' is no file that can be uploaded",
                hint="name a .csv, .csv.gz, .tsv, .txt or .parquet file",
            )
            self._desk.tell(Refused("table", wrong))

    def code(self, kind: str) -> str:
        """Write a cell that does what *Upload* does: 'magic' or 'python'.

        Raises
        ------
        OptionError
            If it cannot be written so.

        """
        exact = self._desk.state().exact
        return as_magic(exact) if kind == "magic" else as_python(exact, self._desk.call(exact)[1])

    def sign_in(self, form: SignInForm) -> None:
        """Log in with what was typed: the user has named the server thereby."""
        if form.password is None:
            settings.confirm_server(form.server)
            self._desk.tell(SignedIn())
            return
        self._desk.tell(SigningIn())
        self._desk.worker.do(
            partial(_log_in, form, self._desk.kernel.config.settings()), self._signed_in
        )

    def keep_profile(self, profile: Profile) -> None:
        """Keep a share under a name, and save there from now on."""
        try:
            keeping.keep(profile)
        except OmeroTablesError as error:
            self._desk.tell(Refused("mapping", error))
            return
        self._desk.tell(Toggled("mapping"))
        self._desk.tell(Edited("place", partial(in_profile, name=profile.name)))
        self._desk.look()

    def _signed_in(self, outcome: Any) -> None:
        if isinstance(outcome, OmeroTablesError):
            self._desk.tell(Refused("login", outcome))
        else:
            self._desk.tell(SignedIn(outcome.url))
        self._desk.look()


def _log_in(form: SignInForm, known: Settings) -> Session:
    return login(form.server, username=form.user, password=form.password, settings=known)
