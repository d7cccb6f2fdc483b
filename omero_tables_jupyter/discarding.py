"""Deleting an array that was written and never registered: only ever at the user's word."""

from __future__ import annotations

import os
from pathlib import Path

from omero_tables_jupyter import journal
from omero_tables_jupyter.arrays.description import described
from omero_tables_jupyter.arrays.partials import partial_path, remove_partial
from omero_tables_jupyter.arrays.standing import is_array
from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.journalfile import clean_path
from omero_tables_jupyter.path_syntax import is_uri

__all__ = ["discard", "registrations_of"]


def discard(path: str | os.PathLike[str]) -> None:
    """Delete an array that OMERO does not know.

    Parameters
    ----------
    path
        The array itself, no link to it, as this machine sees it.

    Raises
    ------
    PathError
        If no array stands there, it is registered from here, or the system refuses.

    """
    if is_uri(path):
        raise PathError(
            f"'{path}' is in an object store, where nothing is deleted from here",
            hint="delete it with the store's own tools, or leave it: it does no harm",
        )
    target = Path(path).absolute()
    if target.is_symlink():
        raise PathError(
            f"'{path}' is a link, and not the array itself: it was not deleted",
            hint=f"give the array's own path, '{target.resolve()}', or remove the link yourself",
        )
    if not is_array(target):
        raise PathError(f"there is no array at '{path}'", hint="there is nothing to delete")
    for one in registrations_of(target):
        raise PathError(
            f"'{path}' is registered in OMERO as annotation {one.annotation_id}; it was not "
            "deleted",
            hint="delete the table with its array: %omero_delete "
            f"{one.annotation_id} --files (delete_table(..., files=True))",
        )
    # Renamed first: half deleted, it must not be taken for a table.
    going = partial_path(target)
    try:
        target.rename(going)
    except OSError as error:
        raise PathError(
            f"'{path}' cannot be deleted: {error.strerror or error}",
            hint="close programs that look into the folder, check that you may write there, and "
            "try again",
        ) from error
    remove_partial(going)
    if os.path.lexists(going):
        raise PathError(
            f"'{path}' is no table any more, but a part of it could not be deleted: it is left as "
            f"'{going.name}'",
            hint="close programs that look into the folder, and remove it: %omero_leftovers "
            f'--remove "{going}" (remove_array({str(going)!r}))',
        )


def registrations_of(path: str | os.PathLike[str]) -> tuple[journal.HistoryEntry, ...]:
    """Give the tables of OMERO that show the array at a path, as far as the history knows.

    An array that was registered and then written again with other data is another one. A place is
    the same however it is spelt: relative, by links, in other capitals where the system allows it.

    Raises
    ------
    PathError
        If the history cannot be read.

    """
    array = described(path, counted=False)
    known = {"", array.fingerprint} if array is not None and array.fingerprint else None
    return tuple(
        one
        for one in journal.last_of_each(journal.entries())
        if one.state is journal.State.REGISTERED
        and (known is None or one.fingerprint in known)
        and _is_place(one.local_path, path)
    )


def _is_place(recorded: str, path: str | os.PathLike[str]) -> bool:
    if not recorded or is_uri(recorded) or is_uri(path):
        return recorded == clean_path(os.fspath(path))
    try:
        return Path(recorded).samefile(path)
    except OSError:
        # What is not there, or on a share that is not mounted, is not what stands here.
        return False
