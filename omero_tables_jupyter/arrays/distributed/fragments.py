"""The fragments of an array, as its directory lists them: those that count, and strays.

TileDB shows readers what has a commit file. A worker that dies in mid write leaves a fragment
without; one that dies between its commit and its report leaves a whole one, and its rows are
written once more by somebody else. So what counts is not what is there, but what was reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tiledb

from omero_tables_jupyter.errors import ConvertError

if TYPE_CHECKING:
    from collections.abc import Collection

    from omero_tables_jupyter.arrays.distributed.tasks import Upload

__all__ = ["drop_strays"]


def drop_strays(upload: Upload, named: Collection[str], *, rows: int) -> None:
    """Remove the fragments that no task has reported, and count the rows of the others.

    Parameters
    ----------
    upload
        Where the array is built; nobody may write to it any more.
    named
        The names of the fragments that count.
    rows
        How many rows they have together.

    Raises
    ------
    ConvertError
        When they have other than that.

    """
    where = upload.context()
    files = tiledb.VFS(ctx=where)
    kept = set(named)
    # The commit first: a fragment without one is none.
    for commit in files.ls(f"{upload.path}/__commits"):
        if _name(commit).rpartition(".")[0] not in kept:
            files.remove_file(commit)
    for fragment in files.ls(f"{upload.path}/__fragments"):
        if _name(fragment) not in kept:
            files.remove_dir(fragment)
    held = sum(tiledb.array_fragments(upload.path, ctx=where).cell_num)
    if held != rows:
        raise ConvertError(
            f"the workers wrote {held} rows in place of {rows}",
            hint="nothing was left behind; try again, and if it happens again, check that all "
            "workers see the same folder",
        )


def _name(uri: str) -> str:
    return uri.rstrip("/").rpartition("/")[2]
