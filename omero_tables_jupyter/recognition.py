"""Which of OMERO's tables is this very array: asked before anything is registered a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import ProtocolError, RejectedError
from omero_tables_jupyter.omero import tables as remote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from omero_tables_jupyter.arrays.description import ArrayInfo
    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.omero.replies import Annotation, TableColumns
    from omero_tables_jupyter.omero.session import Session

__all__ = ["files_on_all", "is_another", "same_array", "shows"]


def files_on_all(session: Session, targets: Iterable[Target]) -> tuple[Annotation, ...]:
    """List the files that hang on every one of some objects, the latest first.

    Raises
    ------
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    on_each = [
        {one.annotation_id: one for one in remote.annotations_of(session, target)}
        for target in targets
    ]
    on_all = set.intersection(*map(set, on_each)) if on_each else set()
    return tuple(on_each[0][number] for number in sorted(on_all, reverse=True))


def same_array(array: ArrayInfo, said: TableColumns | None) -> bool:
    """Tell whether an array is the one that the server shows; False where it does not say."""
    if said is None:
        return False
    if said.initialized is not None and array.initialized is not None:
        return said.initialized == array.initialized
    return bool(said.fingerprint) and said.fingerprint == array.fingerprint


def is_another(session: Session, table: Annotation, array: ArrayInfo) -> bool:
    """Ask the server whether a table is surely not this array; False where it does not tell.

    Raises
    ------
    LoginError, ServerError
        As for `files_on_all`.

    """
    if array.initialized is None or table.file_id is None:
        return False
    try:
        said = remote.columns_of(session, table.file_id).initialized
    except (RejectedError, ProtocolError):
        return False
    return said is not None and said != array.initialized


def shows(session: Session, table: Annotation, array: ArrayInfo) -> bool:
    """Ask the server whether a table is surely this array, and no copy of it.

    Raises
    ------
    LoginError, ServerError
        As for `files_on_all`.

    """
    if array.initialized is None or table.file_id is None:
        return False
    try:
        return remote.columns_of(session, table.file_id).initialized == array.initialized
    except (RejectedError, ProtocolError):
        return False
