"""The lab's browser: it gets the questions of a `BrowserState` answered, and has it drawn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.faces import family
from omero_tables_jupyter.jupyter.panel.browser_view import BrowserView
from omero_tables_jupyter.jupyter.panel.browsing import (
    Answer,
    BrowserState,
    GroupsQuestion,
    ListQuestion,
    MembersQuestion,
    ObjectQuestion,
    Question,
    ThumbnailsQuestion,
    questions,
)
from omero_tables_jupyter.jupyter.panel.browsing_events import (
    Answered,
    Attached,
    Event,
    Retry,
    after,
)
from omero_tables_jupyter.model import Target, TargetInfo
from omero_tables_jupyter.omero import browse
from omero_tables_jupyter.omero.attaching import fetch
from omero_tables_jupyter.omero.replies import OmeroGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from omero_tables_jupyter.jupyter.panel.worker import Worker
    from omero_tables_jupyter.omero.replies import OmeroObject
    from omero_tables_jupyter.omero.session import Session

__all__ = ["Browser", "answer_to"]


class Browser:
    """A widget in which one walks through the lab and picks what a table hangs on.

    Parameters
    ----------
    session
        Gives who asks, anew for each question: one may log in again meanwhile.
    worker
        Does the requests.
    pick
        Called with what *Attach* was clicked for.
    failed
        Called with each error that an answer was, besides showing it: one can log in again, and
        then `retry` is called.

    Attributes
    ----------
    state
        Where the user stands.
    widget
        What to show.

    Raises
    ------
    LoginError
        If `session` gives none.

    """

    def __init__(
        self,
        session: Callable[[], Session],
        *,
        worker: Worker,
        pick: Callable[[TargetInfo], None],
        failed: Callable[[OmeroTablesError], None] | None = None,
    ) -> None:
        self._session = session
        self._worker = worker
        self._failed = failed
        self._asked: set[Question] = set()
        self._closed = False
        self.state = _start(session())
        self._view = BrowserView(self.tell, lambda one: pick(_info(one)))
        self.widget: Any = self._view.widget
        self._go_on()

    def tell(self, event: Event) -> None:
        """Take an event in: draw what it leads to, and ask what must be known for that."""
        if not self._closed:
            self.state = after(self.state, event)
            self._go_on()

    def mark(self, targets: Iterable[Target]) -> None:
        """Show which objects the table hangs on already."""
        attached = frozenset(targets)
        if attached != self.state.attached:
            self.tell(Attached(attached))

    def retry(self) -> None:
        """Ask once more what could not be answered."""
        self.tell(Retry())

    def close(self) -> None:
        """Let go of all widgets; answers that are under way are dropped."""
        self._closed = True
        for one in family(self.widget):
            one.close()

    def _go_on(self) -> None:
        self._view.draw(self.state)
        # An answer may come before `do` returns, and change what is asked.
        while (question := self._next()) is not None:
            self._asked.add(question)
            self._worker.do(partial(self._ask, question), partial(self._hear, question))

    def _next(self) -> Question | None:
        known = self.state.answers.keys() | self._asked
        return next((one for one in questions(self.state) if one not in known), None)

    def _ask(self, question: Question) -> Answer:
        return answer_to(self._session(), question)

    def _hear(self, question: Question, answer: Answer) -> None:
        self._asked.discard(question)
        self.tell(Answered(question, answer))
        if self._failed is not None and isinstance(answer, OmeroTablesError) and not self._closed:
            self._failed(answer)


def _start(session: Session) -> BrowserState:
    return BrowserState(
        session.url,
        session.user_id,
        group=session.group_id,
        owner=session.user_id,
        own_group=OmeroGroup(session.group_id, session.group),
    )


def answer_to(session: Session, question: Question) -> Answer:
    """Ask the server.

    Raises
    ------
    TargetError
        If an object does not exist, or may not be seen.
    LoginError
        If the session has expired.
    ServerError
        If the server does not answer as OMERO.web does.

    """
    match question:
        case GroupsQuestion():
            return browse.groups(session)
        case MembersQuestion(group_id):
            return browse.members(session, group_id)
        case ObjectQuestion(target):
            return fetch(session, target)
        case ThumbnailsQuestion(image_ids):
            return browse.thumbnails(session, image_ids)
        case ListQuestion(place, owner, group, limit, offset):
            return browse.list_objects(
                session,
                place.kind,
                parent=place.parent.target if place.parent else None,
                owner=owner,
                group=group,
                limit=limit,
                offset=offset,
                orphaned=place.orphaned,
            )


def _info(one: OmeroObject) -> TargetInfo:
    return TargetInfo(
        target=one.target,
        name=one.name,
        group=one.group,
        group_id=one.group_id,
        can_annotate=one.can_annotate,
    )
