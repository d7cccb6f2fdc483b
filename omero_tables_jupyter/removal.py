"""Taking a table off an object, and deleting it: only ever with somebody's consent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from omero_tables_jupyter import journal
from omero_tables_jupyter.arguments import targets_of
from omero_tables_jupyter.arrays.description import described
from omero_tables_jupyter.attached import recorded
from omero_tables_jupyter.consent import consented
from omero_tables_jupyter.discarding import discard, registrations_of
from omero_tables_jupyter.errors import (
    OptionError,
    PathError,
    ProtocolError,
    RejectedError,
    TargetError,
)
from omero_tables_jupyter.finding import Asked, Found, find_attached
from omero_tables_jupyter.omero import actions
from omero_tables_jupyter.omero.tables import columns_of
from omero_tables_jupyter.paths import is_uri
from omero_tables_jupyter.recognition import same_array

if TYPE_CHECKING:
    from omero_tables_jupyter.arguments import AnyMapping, To
    from omero_tables_jupyter.arrays.description import ArrayInfo
    from omero_tables_jupyter.consent import Consent
    from omero_tables_jupyter.finding import AnyTable
    from omero_tables_jupyter.journal import HistoryEntry
    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.omero.session import Session

__all__ = ["delete_table", "detach_table"]


def delete_table(  # noqa: PLR0913 - which table, and what of it: all by keyword
    table: AnyTable | None = None,
    *,
    name: str = "",
    annotation: int | None = None,
    files: bool = False,
    confirm: Consent = False,
    mapping: AnyMapping | None = None,
    profile: str | None = None,
    session: Session | None = None,
) -> bool:
    """Delete a table from OMERO, for everybody; its array stays, unless `files` says otherwise.

    Parameters
    ----------
    table, name, annotation
        Which one, as for `read_table`; a path alone names none.
    files
        Whether the array is removed from the share as well.
    confirm
        True for yes; or a function that is called with what would be done, and says yes or no.
    mapping, profile, session
        As for `upload_table`.

    Returns
    -------
    bool
        False where `confirm` said no, and nothing was done.

    Raises
    ------
    OptionError
        If nobody has confirmed, or a table cannot be meant.
    PathError
        If the array is to be removed, and is not seen from here or not surely this table's.
    RejectedError
        If the server refuses: mostly because the table is somebody else's.
    OmeroTablesError
        If there is no session, or the server does not answer.

    Examples
    --------
    >>> delete_table("Dataset:51", name="Cells", confirm=True)  # doctest: +SKIP

    """
    asked = Asked(table, name, annotation, None, mapping, profile, session)
    found, opened, number = _attached(asked)
    entry = recorded(opened.url).get(number)
    path = _array_of(found, opened, entry) if files else ""
    array = f"and remove its array at '{path}'" if files else "its array stays where it is"
    sentence = f"delete {_called(found)} from {_place(found, opened)} for everybody, {array}"
    if not consented(confirm, sentence):
        return False
    actions.delete_annotation(opened, number)
    if not actions.has_gone(opened, number, found.targets):
        raise ProtocolError(
            f"the server said yes to the deletion of annotation {number}, but that it has gone "
            "could not be seen yet",
            hint="OMERO.web says yes before it is done, and also where OMERO.server then refuses: "
            "if the table is still there in some minutes, ask its owner or an administrator",
        )
    if entry is not None:
        journal.keep(replace(entry, state=journal.State.DELETED, when=None))
    if path:
        discard(path)
    return True


def detach_table(  # noqa: PLR0913 - which table, and where: all by keyword
    table: AnyTable | None = None,
    target: To | None = None,
    *,
    name: str = "",
    annotation: int | None = None,
    confirm: Consent = False,
    mapping: AnyMapping | None = None,
    profile: str | None = None,
    session: Session | None = None,
) -> bool:
    """Take a table off an object of OMERO; on other objects it stays, and so does its array.

    Parameters
    ----------
    table, name, annotation
        Which one, as for `read_table`.
    target
        The objects to take it off; by default the one that `table` names.
    confirm, mapping, profile, session
        As for `delete_table`.

    Returns
    -------
    bool
        False where `confirm` said no, and nothing was done.

    Raises
    ------
    TargetError
        If no object is named, or the table would then hang on nothing.
    OptionError, RejectedError, OmeroTablesError
        As for `delete_table`.

    Examples
    --------
    >>> detach_table(done, "Image:101", confirm=True)  # doctest: +SKIP

    """
    found, opened, number = _attached(
        Asked(table, name, annotation, None, mapping, profile, session)
    )
    entry = recorded(opened.url).get(number)
    known = entry.targets if entry is not None else found.targets
    off = targets_of(target)[0] or (found.targets if len(found.targets) == 1 else ())
    _check_targets(off, known, certain=entry is not None)
    listed = ", ".join(map(str, off))
    left = tuple(one for one in known if one not in off)
    stays = f"it stays on {', '.join(map(str, left))}" if left else "on other objects it stays"
    if not consented(confirm, f"take {_called(found)} off {listed} on {opened.url}; {stays}"):
        return False
    for one in off:
        actions.detach_annotation(opened, number, one)
    if not actions.has_gone(opened, number, off):
        raise ProtocolError(
            f"the server said yes, but that annotation {number} is off {listed} could not be seen "
            "yet",
            hint="OMERO.web says yes also where it changes nothing: if the table is still there in "
            "some minutes, ask who attached it or an administrator",
        )
    if entry is not None:
        journal.keep(replace(entry, targets=left, when=None))
    return True


def _attached(asked: Asked) -> tuple[Found, Session, int]:
    found = find_attached(asked)
    if found.session is None or found.annotation_id is None:
        raise OptionError(
            "the table's annotation is not known, which is what hangs on an object",
            hint="name the object, or the annotation's id: see %omero_tables Dataset:51",
        )
    return found, found.session, found.annotation_id


def _called(found: Found) -> str:
    name = f"'{found.name}' " if found.name else ""
    return f"the table {name}(annotation {found.annotation_id})"


def _place(found: Found, session: Session) -> str:
    objects = ", ".join(map(str, found.targets))
    return f"{objects} on {session.url}" if objects else session.url


def _check_targets(off: tuple[Target, ...], known: tuple[Target, ...], *, certain: bool) -> None:
    if not off:
        raise TargetError(
            "nothing says which object the table is taken off",
            hint=f"name it: --from {known[0] if known else 'Dataset:51'} (target=...)",
        )
    strangers = [one for one in off if certain and one not in known]
    if strangers:
        raise TargetError(
            f"the table does not hang on {', '.join(map(str, strangers))}",
            hint=f"it hangs on {', '.join(map(str, known)) or 'nothing that is known here'}",
        )
    if certain and set(known) <= set(off):
        raise TargetError(
            f"{', '.join(map(str, off))} is all that the table hangs on: off it, nobody would find "
            "it any more",
            hint="attach it elsewhere first (omero_tables_jupyter.resume(path, to=...)), or delete "
            "it: %omero_delete (delete_table(...))",
        )


def _array_of(found: Found, session: Session, entry: HistoryEntry | None) -> str:
    """Find the array to be removed, and make sure that it is this table's and no other's."""
    path = found.path or (entry.local_path if entry is not None else "")
    if is_uri(path):
        raise PathError(
            f"'{path}' is in an object store, where nothing is deleted from here",
            hint="leave --files away (files=False), and delete it with the store's own tools",
        )
    array = described(path)
    if array is None:
        raise PathError(
            f"the array of {_called(found)} is not seen from this machine",
            hint="leave --files away (files=False), or say where the share is: --map (mapping=...)",
        )
    if not _is_its_array(array, found, session, entry):
        raise PathError(
            f"what stands at '{path}' is not surely the array of {_called(found)}: it is not "
            "removed",
            hint="leave --files away (files=False), and look at it yourself",
        )
    others = [one.annotation_id for one in registrations_of(path) if one != entry]
    if others:
        raise PathError(
            f"'{path}' is registered as annotation {', '.join(map(str, others))} as well",
            hint="leave --files away (files=False), or delete those tables first",
        )
    return path


def _is_its_array(
    array: ArrayInfo, found: Found, session: Session, entry: HistoryEntry | None
) -> bool:
    """Tell whether an array is surely a table's own; where it was written again, it is not.

    The server shows whatever stands at the place, also what somebody has written there since, and
    registered as a table of theirs.
    """
    if entry is not None and entry.fingerprint:
        return entry.fingerprint == array.fingerprint
    return _shown(found, session, array)


def _shown(found: Found, session: Session, array: ArrayInfo) -> bool:
    if found.file_id is None:
        return False
    try:
        return same_array(array, columns_of(session, found.file_id))
    except RejectedError:
        return False
