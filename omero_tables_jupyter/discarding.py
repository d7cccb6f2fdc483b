"""Deleting an array that was written and never registered: only ever at the user's word."""

from __future__ import annotations

import os
from pathlib import Path

from omero_tables_jupyter import journal
from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.journalfile import clean_path
from omero_tables_jupyter.path_syntax import is_uri
from omero_tables_jupyter.tables.destination import is_array, partial_path, remove_partial

__all__ = ["discard"]


def discard(path: str | os.PathLike[str]) -> None:
    """Delete an array that OMERO does not know.

    Parameters
    ----------
    path
        The array, as this machine sees it.

    Raises
    ------
    PathError
        If no array stands there, it was registered from here, or the system refuses.

    """
    if is_uri(path):
        raise PathError(
            f"'{path}' is in an object store, where nothing is deleted from here",
            hint="delete it with the store's own tools, or leave it: it does no harm",
        )
    if not is_array(path):
        raise PathError(f"there is no array at '{path}'", hint="there is nothing to delete")
    _refuse_registered(path)
    target = Path(path)
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


def _refuse_registered(path: str | os.PathLike[str]) -> None:
    place = clean_path(os.fspath(path))
    last = next((one for one in reversed(journal.entries()) if one.local_path == place), None)
    if last is not None and last.state is journal.State.REGISTERED:
        raise PathError(
            f"'{path}' is registered in OMERO as annotation {last.annotation_id}; it was not "
            "deleted",
            hint="delete the attachment in OMERO.web first, and then the folder",
        )
