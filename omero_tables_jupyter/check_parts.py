"""One part of a check by itself, decided as `check` decides it: for a form that is filled in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from omero_tables_jupyter import settings
from omero_tables_jupyter.arrays.preview import PREVIEW_ROWS, Preview, preview
from omero_tables_jupyter.check import convertible, nameless, opened, targets_checked
from omero_tables_jupyter.lookup import looked_up
from omero_tables_jupyter.resolving import announced, resolved
from omero_tables_jupyter.signin import server_of
from omero_tables_jupyter.steps import drained
from omero_tables_jupyter.whereto import choose_place, place_plan

if TYPE_CHECKING:
    from omero_tables_jupyter.arrays.conversion import Conversion
    from omero_tables_jupyter.model import PlacePlan, TargetInfo
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.request import Request

__all__ = ["check_columns", "check_place", "check_preview", "check_targets"]


def check_columns(asked: Request) -> Conversion:
    """Check the table alone: what becomes of each column, as `check` decides it.

    Parameters
    ----------
    asked
        What the user wants; only its source, its name and how it is read matter, and the columns
        of ids to add, for which nobody is asked yet.

    Returns
    -------
    Conversion
        ``.plan`` has columns, notes and problems, and the name that the table would get, '' where
        nothing says one.

    Raises
    ------
    OmeroTablesError
        If the source cannot be read, or an option names a column that it does not have.

    """
    source = opened(asked)
    conversion = convertible(asked, source, index=settings.load().index)
    if asked.resolve:
        conversion = announced(conversion, asked.resolve)
    plan = replace(conversion.plan, name=asked.name or source.default_name)
    return replace(conversion, plan=plan)


def check_preview(
    asked: Request, session: Session | None = None, *, rows: int = PREVIEW_ROWS
) -> Preview:
    """Show the first rows as they will be stored, without the columns that cannot be.

    Parameters
    ----------
    asked
        As for `check_columns`; and its targets, in which names are looked up.
    session
        Who looks; without one, and without a target, the columns of ids are left out.
    rows
        How many rows are wanted.

    Returns
    -------
    Preview
        Without columns, where nothing of the table can be stored.

    Raises
    ------
    OmeroTablesError
        As `check_columns` does.

    """
    plan = check_columns(asked).plan
    bad = {problem.column for problem in plan.problems}
    if not bad < {column.source for column in plan.columns}:
        return Preview(())
    reading = replace(asked.reading, exclude=(*asked.reading.exclude, *bad))
    source = opened(asked)
    if asked.resolve and asked.targets and session is not None:
        found = drained(looked_up(session, asked.targets))
        renamed = reading.rename.values()
        source = drained(resolved(source, asked.resolve, session, found, renamed=renamed))
    known = replace(asked, reading=reading)
    return preview(convertible(known, source, index=settings.load().index), rows=rows)


def check_targets(asked: Request, session: Session) -> tuple[TargetInfo, ...]:
    """Check the targets alone, as `targets_checked` does, and wait for all of them.

    Raises
    ------
    OmeroTablesError
        As for `targets_checked`.

    """
    return drained(targets_checked(asked, session))


def check_place(asked: Request, *, n_bytes: int = 0) -> PlacePlan | None:
    """Check the place alone: the paths, whether it is writable and new, how much room it has.

    Parameters
    ----------
    asked
        What the user wants; only the server, the name, the paths and `if_exists` matter. Without a
        name, the source gives its own.
    n_bytes
        The size of the data; 0 where it is not known yet.

    Returns
    -------
    PlacePlan or None
        None where nothing says where. What forbids to write there is in ``.problems``.

    Raises
    ------
    OmeroTablesError
        If a path cannot be meant, nothing says how the server sees it, or there is no name.

    """
    known = settings.load()
    where = server_of(asked, known)
    name = asked.name or opened(asked).default_name
    if not name:
        raise nameless(opened(asked))
    place = choose_place(asked, name, settings=known, profile=where.profile)
    return None if place is None else place_plan(place, server=where.url, n_bytes=n_bytes)
