"""Tidying up a share, one array at a time: only ever with somebody's consent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays import partials, replacement, standing
from omero_tables_jupyter.arrays.turns import taken
from omero_tables_jupyter.consent import consented
from omero_tables_jupyter.discarding import discard
from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.paths import is_array_name, own_path

if TYPE_CHECKING:
    import os

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
    place = own_path(path)
    kept = _name_of(place)
    if kept != place and not standing.is_seen(kept):
        raise PathError(
            f"'{place}' is the array that the server knows as '{Path(kept).name}'",
            hint="give it its name again: %omero_leftovers --put-back (put_back_array(path))",
        )
    if not consented(confirm, f"remove '{place}', and all that is in it, from the share"):
        return False
    if kept != place and is_array_name(kept):
        with taken(Path(kept)):
            if not replacement.drop_old(kept):
                raise PathError(
                    f"'{place}' could not be removed", hint="close programs that look into it"
                )
    elif standing.is_seen(place):
        discard(place)
    else:
        partials.remove_leftover(place)
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
    TableExistsError
        If the replacement is still under way, here or elsewhere.
    PathError
        If there is nothing to put back, or the system refuses.

    """
    name = _name_of(own_path(path))
    old = replacement.old_path(name)
    goes = ", and remove what stands there now" if standing.is_taken(name) else ""
    if not standing.is_seen(old):
        raise PathError(f"there is no array at '{old}'", hint="there is nothing to put back")
    if not consented(confirm, f"give '{old}' the name '{Path(name).name}' again{goes}"):
        return False
    with taken(Path(name)):
        for _ in replacement.put_back(name):
            continue
    return True


def _name_of(place: str) -> str:
    """Say whose place an array was kept from; some systems do not tell ``.OLD`` from ``.old``."""
    is_kept = place.lower().endswith(standing.OLD)
    return place[: -len(standing.OLD)] if is_kept else place
