"""``%omero_upload --split-by``: one table to many objects, with one progress and one card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.faces import has_person, show
from omero_tables_jupyter.jupyter.following import follow, follow_beside, runs_beside
from omero_tables_jupyter.jupyter.magic import keeping
from omero_tables_jupyter.jupyter.prompt import ask_again
from omero_tables_jupyter.jupyter.tables_card import tables_bundle
from omero_tables_jupyter.many.uploading import check_tables, submit_tables

if TYPE_CHECKING:
    import pandas as pd

    from omero_tables_jupyter.job import TablesJob
    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.magic.uploading import Uploading
    from omero_tables_jupyter.jupyter.magic.variables import Named
    from omero_tables_jupyter.jupyter.progress import Card
    from omero_tables_jupyter.many.results import TablesResult

__all__ = ["Split", "Splitting"]

#: The results, or the job that makes them.
Split: TypeAlias = "pd.DataFrame | TablesJob"


@dataclass(frozen=True, slots=True)
class Splitting:
    """One upload of a table that is split.

    Parameters
    ----------
    uploading
        The shell's ``%omero_upload``.
    options
        What was typed.
    named
        The table.
    call
        The keywords of `upload_tables`, but for the column.

    """

    uploading: Uploading
    options: UploadOptions
    named: Named
    call: dict[str, Any]

    def run(self) -> Split:
        """Do what was typed.

        Raises
        ------
        OmeroTablesError
            For whatever stands in the way; what became of each table is shown before.

        """
        __tracebackhide__ = True
        server = self.uploading.sign_in(self.call, always=True)
        if self.options.dry_run:
            return self._check(server)
        if self.options.background:
            return self._background(server)
        return self._foreground(server)

    def _asked(self) -> dict[str, Any]:
        return {**self.call, "split_by": self.options.split_by}

    def _check(self, server: str) -> pd.DataFrame:
        try:
            results = check_tables(self.named.value, **self._asked())
        except OmeroTablesError as error:
            self._keep_of(error)
            raise
        show(self._card(results))
        self._keep(results)
        keeping.save(self.options, server)
        return results

    def _foreground(self, server: str) -> pd.DataFrame:
        person = has_person(self.uploading.shell)
        job = submit_tables(self.named.value, **self._asked(), ask=person)
        try:
            self.uploading.bind(self.options, job)
            face = self.uploading.face(self.options, job.name)
        except BaseException:  # the stop button, above all: nobody would see this job go on
            job.cancel()
            raise
        try:
            results = follow(job, face, card=self._card, ask=ask_again if person else None)
        except OmeroTablesError as error:
            self._keep_of(error)
            raise
        self._keep(results)
        keeping.save(self.options, server)
        return results

    def _background(self, server: str) -> TablesJob:
        keeping.save(self.options, server)
        job = submit_tables(self.named.value, **self._asked())
        self.uploading.bind(self.options, job)
        shell = self.uploading.shell
        if (self.options.progress or has_person(shell)) and runs_beside():
            face = self.uploading.face(self.options, job.name, cancel=job.cancel)
            follow_beside(job, face, card=self._card)
            self.uploading.showing.mark(job)
        return job

    def _card(self, results: pd.DataFrame) -> Card | None:
        if self.options.quiet:
            return None
        reach, name = self.uploading.showing.reach, str(self.call.get("table_name") or "")
        dry = self.options.dry_run
        return tables_bundle(cast("TablesResult", results), reach, name=name, dry=dry)

    def _keep_of(self, error: OmeroTablesError) -> None:
        """Show and keep what an error tells of each table."""
        if error.results is not None:
            show(self._card(error.results))
            self._keep(error.results)

    def _keep(self, results: pd.DataFrame) -> None:
        self.uploading.showing.mark(results)
        self.uploading.bind(self.options, results)
