"""Tidying up a share, one array at a time: only ever with somebody's consent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter import journal
from omero_tables_jupyter.consent import consented
from omero_tables_jupyter.discarding import discard
from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.paths import is_array_name
from omero_tables_jupyter.tables import destination, replacement
from omero_tables_jupyter.tables.standing import described

if TYPE_CHECKING:
    from omero_tables_jupyter.consent import Consent

__all__ = ["put_back_array", "remove_array"]


def remove_array(path: str | os.PathLike[str], *, confirm: Consent = False) -> bool:
    """Remove from the share what `leftovers` lists; never an array that is registered from here.

    Parameters
    ----------
    path
        From the column ``path``.
    confirm
        True for yes; or a function that is called with what would be done, and says yes or no.

    Returns
    -------
    bool
        False where `confirm` said no, and nothing was done.

    Raises
    ------
    OptionError
        If nobody has confirmed.
    PathError
        If nothing of ours stands there, it is registered, or the system refuses.

    """
    place = os.fspath(path)
    kept = place.removesuffix(destination.OLD)
    if kept != place and not destination.is_seen(kept):
        raise PathError(
            f"'{place}' is the array that the server knows as '{Path(kept).name}'",
            hint="give it its name again: %omero_leftovers --put-back (put_back_array(path))",
        )
    if not consented(confirm, f"remove '{place}', and all that is in it, from the share"):
        return False
    if kept != place and is_array_name(kept):
        if not replacement.drop_old(kept):
            raise PathError(
                f"'{place}' could not be removed", hint="close programs that look into it"
            )
    elif destination.is_seen(place):
        _refuse_registered(place)
        discard(place)
    else:
        destination.remove_leftover(place)
    return True


def put_back_array(path: str | os.PathLike[str], *, confirm: Consent = False) -> bool:
    """Undo a replacement that was interrupted: ``NAME.tiledb.old`` gets its name again.

    Parameters
    ----------
    path
        ``NAME.tiledb.old``, or the name itself; what stands there under the name meanwhile goes.
    confirm
        As for `remove_array`.

    Returns
    -------
    bool
        False where `confirm` said no, and nothing was done.

    Raises
    ------
    OptionError
        If nobody has confirmed.
    PathError
        If there is nothing to put back, or the system refuses.

    """
    name = os.fspath(path).removesuffix(destination.OLD)
    old = replacement.old_path(name)
    goes = ", and remove what stands there now" if destination.is_taken(name) else ""
    if not destination.is_seen(old):
        raise PathError(f"there is no array at '{old}'", hint="there is nothing to put back")
    if not consented(confirm, f"give '{old}' the name '{Path(name).name}' again{goes}"):
        return False
    for _ in replacement.put_back(name):
        continue
    return True


def _refuse_registered(place: str) -> None:
    """Refuse an array whose very contents are registered, also where it was written again since."""
    array = described(place, counted=False)
    for entry in journal.last_of_each(journal.entries()):
        same = array is not None and entry.fingerprint == array.fingerprint
        if entry.local_path == place and entry.state is journal.State.REGISTERED and same:
            raise PathError(
                f"'{place}' is registered in OMERO as annotation {entry.annotation_id}; it was not "
                "removed",
                hint="delete the table with its array: %omero_delete "
                f"{entry.annotation_id} --files (delete_table(..., files=True))",
            )
