"""The panel's questions, answered by the code that the magic's check is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter import journal, settings, signin
from omero_tables_jupyter.check_parts import (
    check_columns,
    check_place,
    check_preview,
    check_targets,
)
from omero_tables_jupyter.errors import LoginError, PathError, ServerError
from omero_tables_jupyter.jupyter.magic.calling import call_of
from omero_tables_jupyter.jupyter.magic.variables import Named
from omero_tables_jupyter.jupyter.panel.editing import folder_of
from omero_tables_jupyter.jupyter.panel.questions import (
    Answer,
    Kept,
    KeptQuestion,
    ParentsQuestion,
    PlaceQuestion,
    PlanFound,
    PlanQuestion,
    PreviewQuestion,
    Question,
    RecentQuestion,
    SeenQuestion,
    SessionQuestion,
    Stranger,
    TargetsQuestion,
    Who,
)
from omero_tables_jupyter.omero import browse
from omero_tables_jupyter.omero import login as logins
from omero_tables_jupyter.request import Request, read_request
from omero_tables_jupyter.whereto import seen_by_server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.model import PlacePlan
    from omero_tables_jupyter.omero.session import Session
    from omero_tables_jupyter.settings import Profile, Settings

__all__ = ["Around", "answer", "session_of", "who_is"]

_NOTHING = Named(None, "table")


@dataclass(frozen=True, slots=True)
class Around:
    """What a question is asked about, as it was when it was asked.

    Parameters
    ----------
    named
        The table that is chosen; None without one.
    configured
        What ``%config OmeroTables`` holds.
    known
        All settings.

    """

    named: Named | None
    configured: Mapping[str, Any]
    known: Settings

    def request(self, question: Question, *, name: str = "", **more: Any) -> Request:
        """Read the part of the options that a question holds, as the magic does."""
        named = self.named or _NOTHING
        call = call_of(question.options, Named(named.value, name or named.name), self.configured)
        return read_request(named.value, **{**call, **more})


def who_is(session: Session | None) -> Who | None:
    """Put a session into words."""
    return None if session is None else _words(session)


def _words(session: Session) -> Who:
    return Who(session.user, session.url, session.group, session.how)


def session_of(who: Who) -> Session:
    """Give the session that these words stand for.

    Raises
    ------
    LoginError
        If the kernel has logged out, or in elsewhere, since.

    """
    session = logins.current()
    if session is None or who_is(session) != who:
        raise LoginError(
            f"the log-in as {who.user} at {who.server} has ended",
            hint="log in again in the row at the panel's top",
        )
    return session


def answer(question: Question, around: Around) -> Answer:
    """Answer a question; it may take its time.

    Parameters
    ----------
    question
        What is asked.
    around
        What it is asked about.

    Raises
    ------
    OmeroTablesError
        What stands in the way is an answer, too.

    """
    found: Answer
    match question:
        case SessionQuestion():
            found = _session(question, around)
        case KeptQuestion():
            found = _kept(question, around.known)
        case PlanQuestion():
            found = _plan(question, around)
        case PreviewQuestion():
            session = None if question.who is None else session_of(question.who)
            found = check_preview(around.request(question), session)
        case TargetsQuestion() | RecentQuestion() | ParentsQuestion():
            found = _about_targets(question, around)
        case PlaceQuestion():
            found = _place(question, around)
        case SeenQuestion():
            found = _seen(question, around)
        case _:
            raise AssertionError(question)
    return found


def _about_targets(
    question: TargetsQuestion | RecentQuestion | ParentsQuestion, around: Around
) -> Answer:
    session = session_of(question.who)
    match question:
        case TargetsQuestion():
            return check_targets(around.request(question), session)
        case RecentQuestion(targets=targets):
            found = (browse.find(session, one) for one in targets)
            return tuple(one for one in found if one and one.can_annotate is not False)
        case ParentsQuestion(targets=targets):
            return {one: browse.parents(session, one) for one in targets}


def _session(question: SessionQuestion, around: Around) -> Who | Stranger:
    asked, known = around.request(question), around.known
    where = signin.server_of(asked, known)
    if not question.joins and logins.current() is None:
        return Stranger(where.url, known.environment.user, LoginError("you have logged out"))
    try:
        session = signin.sign_in(asked, known, where).session
    except (LoginError, ServerError) as why:
        server = where.url or settings.last_server()
        prefix = where.prefix.strip("/")
        if prefix and not server.rstrip("/").endswith(f"/{prefix}"):
            server = f"{server.rstrip('/')}/{prefix}"
        user = known.environment.user or settings.recalled(server).user
        return Stranger(server, user, why, by_user=where.by_user)
    return _words(session)


def _place(question: PlaceQuestion, around: Around) -> PlacePlan | None:
    session = None if question.who is None else session_of(question.who)
    asked = around.request(question, name=question.name, session=session)
    return check_place(asked, n_bytes=question.n_bytes)


def _seen(question: SeenQuestion, around: Around) -> str:
    session = None if question.who is None else session_of(question.who)
    asked = around.request(question, session=session)
    where = signin.server_of(asked, around.known)
    return seen_by_server(question.array_path, asked, around.known, where.profile)


def _kept(question: KeptQuestion, known: Settings) -> Kept:
    server = question.server
    chosen = settings.choose_profile(known, name=question.options.profile, server=server)
    fitting = {
        name: _in_words(one)
        for name, one in known.profiles.items()
        if not server or not one.server or settings.origin(one.server) == settings.origin(server)
    }
    recalled = settings.recalled(server)
    # A form is clicked again and again: beside what is there is the answer that harms nobody.
    preset = known.if_exists if known.origin_of("if_exists") != "default" else "version"
    folder, seen = _last_place(server)
    return Kept(
        fitting,
        chosen=chosen.name if chosen else "",
        recalled=recalled,
        alone=not (known.local_path or known.remote_path or known.mapping),
        # To take an array's place is said each time.
        if_exists=preset if recalled.if_exists in {"", "replace"} else recalled.if_exists,
        folder=folder,
        seen=seen,
    )


def _last_place(server: str) -> tuple[str, str]:
    """Give the folder of the table that was registered last on a server, here and there."""
    try:
        entries = journal.entries()
    except PathError:  # a history that cannot be read teaches nothing
        return "", ""
    for one in reversed(entries):
        here = settings.origin(one.server) == settings.origin(server)
        if here and one.state is journal.State.REGISTERED and one.local_path:
            local, remote = folder_of(one.local_path), folder_of(one.remote_path)
            return local, "" if local == remote else remote
    return "", ""


def _in_words(profile: Profile) -> str:
    if profile.mapping is None:
        return profile.name
    (local, *_), server = profile.mapping.pairs[0]
    return f"{profile.name}: {local} → {server}"


def _plan(question: Question, around: Around) -> PlanFound:
    conversion = check_columns(around.request(question))
    return PlanFound(conversion.plan, conversion.offered)
