"""What the panel's buttons do beyond a change of its state: each tells what came of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter import settings, upload
from omero_tables_jupyter.discarding import discard
from omero_tables_jupyter.errors import LoginError, OmeroTablesError, OptionError
from omero_tables_jupyter.jupyter.magic import keeping
from omero_tables_jupyter.jupyter.magic.arguments import is_file
from omero_tables_jupyter.jupyter.magic.calling import call_of
from omero_tables_jupyter.jupyter.magic.writing import as_magic, as_python
from omero_tables_jupyter.jupyter.panel.asking import session_of
from omero_tables_jupyter.jupyter.panel.browser import Browser
from omero_tables_jupyter.jupyter.panel.editing import in_profile
from omero_tables_jupyter.jupyter.panel.events import (
    Began,
    Checked,
    Chosen,
    Edited,
    Put,
    Refused,
    Renewing,
    SignedIn,
    SigningIn,
    Stopping,
    Toggled,
)
from omero_tables_jupyter.jupyter.panel.run import Phase
from omero_tables_jupyter.jupyter.panel.sections import upload_button
from omero_tables_jupyter.jupyter.panel.watching import Watch
from omero_tables_jupyter.model import RegisteredTable
from omero_tables_jupyter.omero.login import login
from omero_tables_jupyter.registering import resuming
from omero_tables_jupyter.request import read_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.job import UploadJob
    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.kernel import Kernel
    from omero_tables_jupyter.jupyter.panel.questions import Who
    from omero_tables_jupyter.jupyter.panel.signing import SignInForm
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.jupyter.panel.worker import Worker
    from omero_tables_jupyter.model import Secret, TargetInfo
    from omero_tables_jupyter.settings import Profile

__all__ = ["Acts"]


class Acts:
    """The deeds of one panel.

    Parameters
    ----------
    kernel
        Where the tables are.
    worker
        Does what lasts.
    state
        Gives the panel's state.
    tell
        Takes an event.
    look
        Looks at the kernel anew.

    """

    def __init__(
        self,
        kernel: Kernel,
        worker: Worker,
        *,
        state: Callable[[], PanelState],
        tell: Callable[[Event], None],
        look: Callable[..., None],
    ) -> None:
        self._look = look
        self._kernel = kernel
        self._worker = worker
        self._state = state
        self._tell = tell
        self._job: UploadJob | None = None

    @property
    def reach(self) -> Callable[[str], str]:
        """Turns a link into the one that the user's browser can reach."""
        return self._kernel.reach

    def look(self) -> None:
        """Look at everything anew."""
        self._look(anew=True)

    def browse(self, who: Who, pick: Callable[[TargetInfo], None]) -> Browser:
        """Open a browser of the lab for who is logged in.

        Raises
        ------
        LoginError
            If that log-in has ended.

        """
        return Browser(
            partial(session_of, who), worker=self._worker, pick=pick, failed=self._ask_for_login
        )

    def _ask_for_login(self, error: OmeroTablesError) -> None:
        """Show the row of the log-in where a session has ended while somebody browsed."""
        if isinstance(error, LoginError) and "login" not in self._state().open:
            self._tell(Toggled("login"))

    def choose(self, source: str | None) -> None:
        """Choose a table by its SOURCE, a variable or a file; None changes nothing."""
        if source is None:
            return
        try:
            self._tell(Chosen(self._kernel.find_table(source)))
        except OmeroTablesError as error:
            self._tell(Refused("table", error))

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
            self._tell(Refused("table", wrong))

    def code(self, kind: str) -> str:
        """Write a cell that does what *Upload* does: 'magic' or 'python'.

        Raises
        ------
        OptionError
            If it cannot be written so.

        """
        exact = self._state().exact
        return as_magic(exact) if kind == "magic" else as_python(exact, self._call(exact)[1])

    def upload(self) -> None:
        """Run what ``%omero_upload --background`` runs."""
        state = self._state()
        if not upload_button(state).accepts:
            return  # a second click, or one that came too late
        asked = state.exact
        watch = Watch(self._worker, tell=self._tell, ended=partial(self._keep, asked))
        try:
            if asked.save_profile:
                keeping.profile_of(asked, "")  # refused now rather than after the upload
            value, call = self._call(asked)
            job = upload.submit_table(value, **call, ask=True, on_event=watch.hear)
        except OmeroTablesError as error:
            self._tell(Refused("run", error))
            return
        self._kernel.bind(asked.out, job)
        self._run(job, watch, Began(job.name))

    def register_again(self) -> None:
        """Register the array that is there, as everything is named now, without converting it."""
        state = self._state()
        if state.run is None or state.run.phase is not Phase.WRITTEN:
            return
        options, path = state.options, state.run.array_path
        watch = Watch(self._worker, tell=self._tell, ended=partial(self._keep, options))
        try:
            asked = read_request(
                path,
                state.run.name,
                to=options.to,
                remote_path=options.remote_path,
                mapping=options.mapping or None,
                profile=options.profile,
                ask=True,
            )
        except OmeroTablesError as error:
            self._tell(Refused("run", error))
            return
        job = resuming(asked)
        job.subscribe(watch.hear)
        self._run(job.start(), watch, Began(job.name, path))

    def _run(self, job: UploadJob, watch: Watch, began: Began) -> None:
        self._job = job
        self._tell(began)
        watch.follow(job)

    def _keep(self, asked: UploadOptions, outcome: RegisteredTable | OmeroTablesError) -> None:
        """Keep what the magic keeps after an upload: its result, names, a profile."""
        self._job = None
        if isinstance(outcome, RegisteredTable):
            self._kernel.bind(asked.out, outcome)
            try:
                keeping.save(asked, outcome.server)
            except OmeroTablesError as error:
                self._tell(Refused("place", error))

    def check(self) -> None:
        """Run what ``%omero_upload --dry-run`` runs."""
        try:
            value, call = self._call(self._state().exact)
        except OmeroTablesError as error:
            self._tell(Refused("run", error))
            return
        self._tell(Checked(None))
        work = partial(upload.check_table, value, **call, whole=True)
        self._worker.do(work, lambda plan: self._tell(Checked(plan)))

    def stop(self) -> None:
        """Ask the upload to stop."""
        if self._job is not None:
            self._job.cancel()
            self._tell(Stopping())

    def renew(self, password: Secret) -> None:
        """Answer the upload that waits for a password."""
        if self._job is not None:
            self._job.renew(password)
            self._tell(Renewing())

    def sign_in(self, form: SignInForm) -> None:
        """Log in with what was typed: the user has named the server thereby."""
        if form.password is None:
            settings.confirm_server(form.server)
            self._tell(SignedIn())
            return
        self._tell(SigningIn())
        work = partial(login, form.server, username=form.user, password=form.password)
        self._worker.do(work, self._signed_in)

    def keep_profile(self, profile: Profile) -> None:
        """Keep a share under a name, and save there from now on."""
        try:
            settings.save_profile(profile)
        except OmeroTablesError as error:
            self._tell(Refused("mapping", error))
            return
        self._tell(Toggled("mapping"))
        self._tell(Edited("place", partial(in_profile, name=profile.name)))
        self._look()

    def delete(self) -> None:
        """Delete the array that was written and not registered; the user has said so twice."""
        run = self._state().run
        if run is not None and run.phase is Phase.WRITTEN:
            self._worker.do(partial(discard, run.array_path), self._deleted)

    def go_on(self, *, same: bool) -> None:
        """Put an upload aside, for one of another table, or of the same."""
        self._tell(Put(same))
        self._look()

    def _deleted(self, outcome: Any) -> None:
        if isinstance(outcome, OmeroTablesError):
            self._tell(Refused("run", outcome))
        else:
            self.go_on(same=True)

    def _signed_in(self, outcome: Any) -> None:
        if isinstance(outcome, OmeroTablesError):
            self._tell(Refused("login", outcome))
        else:
            self._tell(SignedIn())
        self._look()

    def _call(self, asked: UploadOptions) -> tuple[Any, dict[str, Any]]:
        """Give the table, and the keywords of one call of the package."""
        named = self._kernel.find(asked.source)
        return named.value, call_of(asked, named, self._kernel.config.values())
