"""Which of OMERO's tables is this very array: asked before anything is registered a second time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import ProtocolError, RejectedError
from omero_tables_jupyter.events import Progress, Stage
from omero_tables_jupyter.omero import tables as remote
from omero_tables_jupyter.steps import logged_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from omero_tables_jupyter.arrays.description import ArrayInfo
    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.omero.replies import Annotation, TableColumns
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.steps import Steps

__all__ = ["files_on_all", "is_another", "same_array", "shows"]

#: About how many objects one request asks: their ids must fit into its address.
_BATCH = 100


def files_on_all(session: Session, targets: Sequence[Target]) -> Steps[tuple[Annotation, ...]]:
    """List the files that hang on every one of some objects, the latest first.

    Yields
    ------
    Event
        Of many objects, how many were asked about; after a session's end, that a password is
        needed.

    Raises
    ------
    LoginError
        If the session has expired, and nobody answers.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    files: dict[int, Annotation] = {}
    asked = 0
    for some in _batches(targets):
        on_each = yield from logged_in(session, partial(remote.annotations_on, session, some))
        for here in on_each:
            files = {
                one.annotation_id: one for one in here if not asked or one.annotation_id in files
            }
            asked += 1
        if not files:
            # Nothing can hang on all of them: the others are not asked about.
            break
        if len(targets) > _BATCH:
            yield Progress(Stage.CHECK, asked, len(targets), "objects")
    return tuple(files[number] for number in sorted(files, reverse=True))


def _batches(targets: Sequence[Target]) -> Iterator[tuple[Target, ...]]:
    """Divide objects by type; the first goes alone, since mostly nothing hangs on it."""
    yield tuple(targets[:1])
    by_type: dict[str, list[Target]] = {}
    for one in targets[1:]:
        by_type.setdefault(one.type, []).append(one)
    for same in by_type.values():
        for n in range(0, len(same), _BATCH):
            yield tuple(same[n : n + _BATCH])


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
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    said = _initialized(session, table, array)
    return said is not None and said != array.initialized


def shows(session: Session, table: Annotation, array: ArrayInfo) -> bool:
    """Ask the server whether a table is surely this array, and no copy of it.

    Raises
    ------
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    said = _initialized(session, table, array)
    return said is not None and said == array.initialized


def _initialized(session: Session, table: Annotation, array: ArrayInfo) -> float | None:
    """Ask when the layout of a table was made; None where it, or the array, does not tell."""
    if array.initialized is None or table.file_id is None:
        return None
    try:
        return remote.columns_of(session, table.file_id).initialized
    except (RejectedError, ProtocolError):
        return None
