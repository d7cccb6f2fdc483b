"""A trial in the folder for new arrays: what a look at its modes promises is done for once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays.destination import server_can_read
from omero_tables_jupyter.arrays.partials import make_partial, partial_path, remove_partial
from omero_tables_jupyter.errors import PathError

if TYPE_CHECKING:
    import os

    from omero_tables_jupyter.model import Note

__all__ = ["try_writing"]


def try_writing(folder: str | os.PathLike[str]) -> Note | None:
    """Make, fill, rename and remove a directory, as an upload does.

    Parameters
    ----------
    folder
        Where arrays are to go; it must exist.

    Returns
    -------
    Note or None
        What keeps the server from reading it, as far as its modes say.

    Raises
    ------
    PathError
        If one of these steps fails.

    """
    first = partial_path(Path(folder) / "trial.tiledb")
    second = partial_path(Path(folder) / "trial.tiledb")
    try:
        make_partial(first)
        (first / "data").write_bytes(b"a trial")
        note = server_can_read(first)
        first.rename(second)
    except OSError as error:
        raise PathError(
            f"'{folder}' cannot be written to: {error.strerror or error}",
            hint="ask for the right to make and rename folders there, or choose another folder: "
            "--local-path (local_path=...)",
        ) from error
    finally:
        remove_partial(first)
        remove_partial(second)
    return note
