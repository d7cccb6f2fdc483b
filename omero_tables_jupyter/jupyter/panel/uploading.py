"""What the panel's buttons do about an upload: begin, check, stop, renew, register, delete."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter import upload
from omero_tables_jupyter.discarding import discard
from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.magic import keeping
from omero_tables_jupyter.jupyter.panel.events import (
    Began,
    Checked,
    Ended,
    Put,
    Refused,
    Renewing,
    Stopping,
)
from omero_tables_jupyter.jupyter.panel.run import Phase
from omero_tables_jupyter.jupyter.panel.sections import upload_button
from omero_tables_jupyter.jupyter.panel.watching import Watch
from omero_tables_jupyter.model import RegisteredTable
from omero_tables_jupyter.request import read_request
from omero_tables_jupyter.resuming import resuming

if TYPE_CHECKING:
    from omero_tables_jupyter.job import UploadJob
    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.panel.desk import Desk
    from omero_tables_jupyter.model import Secret

__all__ = ["Uploads"]


class Uploads:
    """The uploads of one panel, one at a time.

    Parameters
    ----------
    desk
        What they work with.

    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._job: UploadJob | None = None

    def reach(self, url: str) -> str:
        """Give the link under which the user's browser reaches a server."""
        return self._desk.kernel.reach(url)

    def upload(self) -> None:
        """Run what ``%omero_upload --background`` runs."""
        state = self._desk.state()
        if not upload_button(state).accepts:
            return  # a second click, or one that came too late
        asked = state.exact
        watch = self._watch(asked)
        try:
            if asked.save_profile:
                keeping.profile_of(asked, "")  # refused now rather than after the upload
            value, call = self._desk.call(asked)
            job = upload.submit_table(value, **call, ask=True, on_event=watch.hear)
        except OmeroTablesError as error:
            self._desk.tell(Refused("run", error))
            return
        self._desk.kernel.bind(asked.out, job)
        self._run(job, watch, Began(job.name))

    def register_again(self) -> None:
        """Register the array that is there, as everything is named now, without converting it."""
        state = self._desk.state()
        if state.run is None or state.run.phase is not Phase.WRITTEN:
            return
        options, path = state.options, state.run.array_path
        watch = self._watch(options)
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
            self._desk.tell(Refused("run", error))
            return
        job = resuming(asked)
        job.subscribe(watch.hear)
        self._run(job.start(), watch, Began(job.name, path))

    def _watch(self, asked: UploadOptions) -> Watch:
        ended = partial(self._end, asked)
        return Watch(self._desk.watcher, tell=self._desk.tell, ended=ended)

    def _run(self, job: UploadJob, watch: Watch, began: Began) -> None:
        self._job = job
        self._desk.tell(began)
        watch.follow(job)

    def _end(self, asked: UploadOptions, outcome: RegisteredTable | OmeroTablesError) -> None:
        self._job = None
        self._desk.tell(Ended(outcome))
        if isinstance(outcome, RegisteredTable):
            self._keep(asked, outcome)
        self._desk.look()

    def _keep(self, asked: UploadOptions, table: RegisteredTable) -> None:
        """Keep what the magic keeps after an upload: its result, names, a profile."""
        self._desk.kernel.bind(asked.out, table)
        try:
            keeping.save(asked, table.server)
        except OmeroTablesError as error:
            self._desk.tell(Refused("place", error))

    def check(self) -> None:
        """Run what ``%omero_upload --dry-run`` runs."""
        try:
            value, call = self._desk.call(self._desk.state().exact)
        except OmeroTablesError as error:
            self._desk.tell(Refused("run", error))
            return
        self._desk.tell(Checked(None))
        work = partial(upload.check_table, value, **call, whole=True)
        self._desk.worker.do(work, lambda plan: self._desk.tell(Checked(plan)))

    def stop(self) -> None:
        """Ask the upload to stop."""
        if self._job is not None:
            self._job.cancel()
            self._desk.tell(Stopping())

    def renew(self, password: Secret) -> None:
        """Answer the upload that waits for a password."""
        if self._job is not None:
            self._job.renew(password)
            self._desk.tell(Renewing())

    def delete(self) -> None:
        """Delete the array that was written and not registered; the user has said so twice."""
        run = self._desk.state().run
        if run is not None and run.phase is Phase.WRITTEN:
            self._desk.worker.do(partial(discard, run.array_path), self._deleted)

    def go_on(self, *, same: bool) -> None:
        """Put an upload aside, for one of another table, or of the same."""
        self._desk.tell(Put(same))
        self._desk.look()

    def _deleted(self, outcome: Any) -> None:
        if isinstance(outcome, OmeroTablesError):
            self._desk.tell(Refused("run", outcome))
        else:
            self.go_on(same=True)
