"""The objects that a table is to hang on, looked up step by step: there may be ten thousand.

OMERO.web finds objects by their ids one at a time. What they lie in, though, it lists by the
hundred: where one object of many is found, its neighbours are looked for in the list that it is in.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.events import Progress, Stage
from omero_tables_jupyter.omero.attaching import attachable, nothing_named
from omero_tables_jupyter.omero.browse import find, list_objects, parents
from omero_tables_jupyter.steps import drained, logged_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omero_tables_jupyter.links import Target
    from omero_tables_jupyter.model import TargetInfo
    from omero_tables_jupyter.omero.replies import OmeroObject, Page
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.steps import Steps

__all__ = ["look_up", "looked_up"]

_PAGE = 200
#: A list is asked for only while so many objects, for each page of it, are still looked for.
_WORTH_A_PAGE = 10
#: So many lists may hold too few of the objects; then the rest is asked for one at a time.
_PATIENCE = 3
#: Who has to log in more often during one search is told what was found without that.
_RENEWALS = 3


def look_up(
    session: Session, targets: Sequence[Target], *, guess: bool = True
) -> tuple[TargetInfo, ...]:
    """Check that a table can hang on these objects, and name them, as `looked_up` does.

    Raises
    ------
    SessionExpiredError
        If the session has expired: nobody is asked for a password.
    OmeroTablesError
        As for `looked_up`.

    """
    return drained(looked_up(session, targets, guess=guess))


def looked_up(
    session: Session, targets: Sequence[Target], *, guess: bool = True
) -> Steps[tuple[TargetInfo, ...]]:
    """Check that a table can hang on these objects, and name them.

    Parameters
    ----------
    session
        Who asks.
    targets
        The objects; one that is named twice is looked up once.
    guess
        Whether to find out, for an object that does not exist, what else has its id.

    Yields
    ------
    Event
        Of several objects, how many are known; after a session's end, that a password is needed.
        What was found before is kept.

    Returns
    -------
    tuple of TargetInfo
        In the order given.

    Raises
    ------
    TargetError
        If there is none, one does not exist or may not be annotated, or they are in several groups.
    LoginError
        If the session has expired, and nobody answers.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    unique = tuple(dict.fromkeys(targets))
    if not unique:
        raise nothing_named()
    for _ in range(_RENEWALS):
        found = yield from _Search(session, unique).run()
        try:
            return attachable(session, found, guess=guess)
        except TargetError:
            if not session.has_ended():
                raise
        # An OMERO.web with a public user has answered, as to that user, since the session's end.
        yield from logged_in(session, partial(_check_alive, session))
    found = yield from _Search(session, unique).run()
    return attachable(session, found, guess=guess)


def _check_alive(session: Session) -> None:
    if session.has_ended():
        raise session.expired()


class _Search:
    """One search for some objects: what was found, and what is still looked for, by type."""

    def __init__(self, session: Session, targets: Sequence[Target]) -> None:
        self._session = session
        self._targets = targets
        self._found: dict[Target, OmeroObject | None] = {}
        self._wanted: dict[str, set[Target]] = {}
        self._patience = _PATIENCE
        for one in targets:
            self._wanted.setdefault(one.type, set()).add(one)

    def run(self) -> Steps[dict[Target, OmeroObject | None]]:
        """Give every object, in order; None for one that is not there."""
        for target in self._targets:
            if target in self._found:
                continue
            one = yield from logged_in(self._session, partial(find, self._session, target))
            self._keep(target, one)
            yield from self._tell()
            wanted = self._wanted[target.type]
            if one is not None and self._patience and len(wanted) >= _WORTH_A_PAGE:
                before = len(wanted)
                yield from self._neighbours(target, wanted)
                self._patience -= before - len(wanted) < _WORTH_A_PAGE
        return {target: self._found[target] for target in self._targets}

    def _neighbours(self, target: Target, wanted: set[Target]) -> Steps[None]:
        """Look for others of the objects in the lists of what one of them lies in."""
        above = yield from logged_in(self._session, partial(parents, self._session, target))
        for parent in above:
            offset, pages_left = 0, 1
            while len(wanted) >= _WORTH_A_PAGE * pages_left > 0:
                page = yield from self._listed(target.type, parent.target, offset)
                for one in page.items:
                    if one.target in wanted:
                        self._keep(one.target, one)
                yield from self._tell()
                if not offset:
                    # Its first page says how long it is: one that grows might never end.
                    pages_left = -(-page.total // _PAGE)
                offset += _PAGE
                # A page that is cut short ends it, whatever was said of its length.
                pages_left = pages_left - 1 if len(page.items) == _PAGE else 0

    def _listed(self, kind: str, parent: Target, offset: int) -> Steps[Page]:
        look = partial(list_objects, parent=parent, limit=_PAGE, offset=offset)
        return (yield from logged_in(self._session, partial(look, self._session, kind)))

    def _keep(self, target: Target, one: OmeroObject | None) -> None:
        self._found[target] = one
        self._wanted[target.type].discard(target)

    def _tell(self) -> Steps[None]:
        if len(self._targets) > 1:
            yield Progress(Stage.CHECK, len(self._found), len(self._targets), "objects")
