"""``%omero_upload``: what was typed -> one call of the package, and what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter import signin, upload
from omero_tables_jupyter.arrays.plan import raise_problems
from omero_tables_jupyter.errors import OptionError, TargetError
from omero_tables_jupyter.jupyter.faces import NoFace, choose_face, has_person, show
from omero_tables_jupyter.jupyter.following import follow, follow_beside, runs_beside
from omero_tables_jupyter.jupyter.magic import keeping
from omero_tables_jupyter.jupyter.magic.arguments import Parsed, UploadOptions, parse, split_body
from omero_tables_jupyter.jupyter.magic.body import Body, read_body
from omero_tables_jupyter.jupyter.magic.calling import call_of
from omero_tables_jupyter.jupyter.magic.expansion import has_placeholder
from omero_tables_jupyter.jupyter.magic.help import UPLOAD_HELP
from omero_tables_jupyter.jupyter.magic.signing_in import ask
from omero_tables_jupyter.jupyter.magic.split_uploading import Splitting
from omero_tables_jupyter.jupyter.magic.variables import Named, find_source, only_table
from omero_tables_jupyter.jupyter.magic.words import hint_for_stray
from omero_tables_jupyter.jupyter.plan_card import plan_bundle
from omero_tables_jupyter.jupyter.prompt import ask_again
from omero_tables_jupyter.links import parse_link
from omero_tables_jupyter.request import read_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from omero_tables_jupyter.job import UploadJob
    from omero_tables_jupyter.jupyter.config import OmeroTables
    from omero_tables_jupyter.jupyter.magic.split_uploading import Split
    from omero_tables_jupyter.jupyter.progress import Card, Face
    from omero_tables_jupyter.jupyter.showing import Showing
    from omero_tables_jupyter.model import RegisteredTable, TablePlan

__all__ = ["Uploading"]


@dataclass(frozen=True, slots=True)
class Uploading:
    """One shell's ``%omero_upload``.

    Parameters
    ----------
    shell
        The IPython shell.
    showing
        Its display of our types.
    settings
        Its ``%config OmeroTables``.

    """

    shell: InteractiveShell
    showing: Showing
    settings: OmeroTables

    def run(
        self, line: str, cell: str = ""
    ) -> RegisteredTable | TablePlan | UploadJob | Split | None:
        """Do what was typed.

        Parameters
        ----------
        line, cell
            What stands on the magic's line and below it.

        Returns
        -------
        RegisteredTable or TablePlan or UploadJob or None
            The result; with ``--dry-run`` the plan, with ``--background`` the job, after
            ``--help`` nothing. With ``--split-by`` a DataFrame, or a `TablesJob`.

        Raises
        ------
        OmeroTablesError
            For whatever stands in the way.

        """
        __tracebackhide__ = True
        parsed = parse(line, cell)
        if parsed.help:
            show({"text/plain": UPLOAD_HELP})
            return None
        named = self._table(parsed, split_body(cell)[1])
        options = parsed.resolve(self.shell.user_ns)
        if options.save_profile:
            keeping.profile_of(options, "")  # refused now rather than after the upload
        call = call_of(options, named, self.settings.values())
        if options.split_by:
            return Splitting(self, options, named, call).run()
        if options.dry_run:
            return self._check(named, call, options)
        if options.background:
            return self._background(named, call, options)
        return self._foreground(named, call, options)

    def _table(self, parsed: Parsed, code: str) -> Named:
        """Run the cell's code, and find what is uploaded."""
        __tracebackhide__ = True
        body = read_body(self.shell, code)
        _require(parsed, body)
        value = None if body.empty else body.run(self.shell)
        space = self.shell.user_ns
        if parsed.source:
            hint = hint_for_stray(parsed.source, parsed.after) if parsed.after else ""
            return find_source(parsed.resolve(space).source, space, hint=hint)
        if body.empty:
            return only_table(space)
        if value is None:
            raise OptionError(
                "the cell's last line gave None, not a table; nothing was uploaded",
                hint="end the cell with the table itself: print(), methods with inplace=True and "
                "to_csv() give nothing",
            )
        return Named(value, body.suggested_name)

    def _check(self, named: Named, call: dict[str, Any], options: UploadOptions) -> TablePlan:
        server = self.sign_in(call)
        plan = upload.check_table(named.value, **call, whole=True)
        if not options.quiet:
            show(plan_bundle(plan))
        self.showing.mark(plan)
        self.bind(options, plan)
        raise_problems(plan)
        keeping.save(options, server)
        return plan

    def _foreground(
        self, named: Named, call: dict[str, Any], options: UploadOptions
    ) -> RegisteredTable:
        person = has_person(self.shell)
        server = self.sign_in(call)
        job = upload.submit_table(named.value, **call, ask=person)
        try:
            self.bind(options, job)
            face = self.face(options, job.name)
        except BaseException:  # the stop button, above all: nobody would see this job go on
            job.cancel()
            raise
        table = follow(job, face, card=self._card(options), ask=ask_again if person else None)
        self.showing.mark(table)
        self.bind(options, table)
        keeping.save(options, server)
        return table

    def _background(self, named: Named, call: dict[str, Any], options: UploadOptions) -> UploadJob:
        keeping.save(options, self.sign_in(call))
        job = upload.submit_table(named.value, **call)
        self.bind(options, job)
        # A notebook run by a machine drops what a cell shows after its end: there the job's own
        # display tells how it stands.
        if (options.progress or has_person(self.shell)) and runs_beside():
            face = self.face(options, job.name, cancel=job.cancel)
            follow_beside(job, face, card=self._card(options))
            self.showing.mark(job)
        return job

    def sign_in(self, call: dict[str, Any], *, always: bool = False) -> str:
        """Have a session before the job starts: only the main thread can ask for a password."""
        asked = read_request(None, **call)
        if not (asked.targets or always):
            return ""
        known = self.settings.settings()
        where = signin.server_of(asked, known)
        person = has_person(self.shell)
        return signin.sign_in(asked, known, where, ask=ask if person else None).session.url

    def face(
        self, options: UploadOptions, name: str, *, cancel: Callable[[], None] | None = None
    ) -> Face:
        """Choose where a job is shown."""
        if options.quiet:
            return NoFace()
        return choose_face(
            options.progress or self.settings.settings().progress, self.shell, name, cancel=cancel
        )

    def _card(self, options: UploadOptions) -> Callable[[RegisteredTable], Card | None]:
        def card(table: RegisteredTable) -> Card | None:
            return None if options.quiet else self.showing.card(table)

        return card

    def bind(self, options: UploadOptions, value: Any) -> None:
        """Put a value into the variable of ``--out``."""
        if options.out:
            self.shell.user_ns[options.out] = value


def _require(parsed: Parsed, body: Body) -> None:
    """Refuse what cannot work, before the user's code runs."""
    if not {"to", "parent-id", "split-by", "dry-run"} & set(parsed.values):
        raise TargetError(
            "the table is attached to nothing: --to is missing",
            hint="add --to with what it belongs to, such as --to Dataset:51, --to Image:101, "
            "or a link copied from OMERO.web",
        )
    for target in parsed.values.get("to", ()):
        if not has_placeholder(target):
            parse_link(target)
    if body.empty or parsed.source:
        return
    body.require_value()
    if not body.suggested_name and "name" not in parsed.values:
        raise OptionError(
            "the cell ends with an expression, which gives the table no name; nothing was run",
            hint='add --name "..." to the first line, or a line #| name: ... below it',
        )
