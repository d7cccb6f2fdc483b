"""Where one stands in a lab, what must be asked to show that place, what is there. All pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OmeroTablesError, TargetError
from omero_tables_jupyter.omero.replies import OmeroGroup, OmeroObject, OmeroPerson, Page

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from omero_tables_jupyter.links import Target

__all__ = [
    "BELOW",
    "FILTER_PAGE",
    "LISTS",
    "NOUNS",
    "PAGE",
    "ROWS",
    "Answer",
    "BrowserState",
    "GroupsQuestion",
    "ListQuestion",
    "MembersQuestion",
    "ObjectQuestion",
    "Place",
    "Question",
    "Step",
    "ThumbnailsQuestion",
    "can_open",
    "faults",
    "is_loading",
    "list_questions",
    "lists_here",
    "loaded",
    "matching",
    "more_than_loaded",
    "pictured",
    "questions",
    "shown",
    "total",
]

#: How many objects one request brings, and how many where the user is looking for a name.
PAGE, FILTER_PAGE = 100, 500
#: How many objects are shown at once; their thumbnails fit into one request.
ROWS = 25
#: What is called what in a text for people.
NOUNS = MappingProxyType(
    {
        "Project": "project",
        "Dataset": "dataset",
        "Image": "image",
        "Screen": "screen",
        "Plate": "plate",
        "PlateAcquisition": "run",
        "Well": "well",
        "Roi": "ROI",
    }
)
#: Which lists an object holds; of several the first is shown first.
BELOW = MappingProxyType(
    {
        "Project": ("Dataset",),
        "Dataset": ("Image",),
        "Image": ("Roi",),
        "Screen": ("Plate",),
        "Plate": ("Well", "PlateAcquisition"),
        "PlateAcquisition": ("Well",),
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """A list of objects of one kind.

    Parameters
    ----------
    kind
        Their type.
    parent
        What they lie in; None for a list of the whole lab.
    orphaned
        Only what lies in nothing.
    only
        This object alone.

    """

    kind: str
    parent: OmeroObject | None = None
    orphaned: bool = False
    only: Target | None = None


#: Where a walk can start, and what that is called.
LISTS = MappingProxyType(
    {
        "Projects": Place("Project"),
        "Screens": Place("Screen"),
        "Datasets in no project": Place("Dataset", orphaned=True),
        "Images in no dataset": Place("Image", orphaned=True),
        "Plates in no screen": Place("Plate", orphaned=True),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """A place on the way, and what of it is looked at.

    Parameters
    ----------
    place
        The list.
    limits
        How many objects each request was to bring, one after the other.
    first
        Which of the matching objects is shown first.
    filter
        What their names hold.

    """

    place: Place
    limits: tuple[int, ...] = (PAGE,)
    first: int = 0
    filter: str = ""


# --- what is asked of the server ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupsQuestion:
    """Asks which groups the user is in."""


@dataclass(frozen=True, slots=True)
class MembersQuestion:
    """Asks who is in a group."""

    group_id: int


@dataclass(frozen=True, slots=True)
class ListQuestion:
    """Asks what is in a list, from `offset` on; `owner` and `group` are ids, None for all."""

    place: Place
    owner: int | None
    group: int | None
    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class ObjectQuestion:
    """Asks what the object with this type and id is."""

    target: Target


@dataclass(frozen=True, slots=True)
class ThumbnailsQuestion:
    """Asks what images look like."""

    image_ids: tuple[int, ...]


Question = GroupsQuestion | MembersQuestion | ListQuestion | ObjectQuestion | ThumbnailsQuestion
Answer = (
    tuple[OmeroGroup, ...]
    | tuple[OmeroPerson, ...]
    | Page
    | OmeroObject
    | dict[int, bytes]
    | OmeroTablesError
)


@dataclass(frozen=True, slots=True)
class BrowserState:
    """Where a user stands in the lab, and what the server has said of it.

    Parameters
    ----------
    server
        The server's address.
    user_id
        Who is looking.
    group, owner
        Whose objects the lists of the whole lab hold, by id; None for all.
    own_group
        The group that the user looks at first; its name is known before any answer.
    path
        The places from the start to here; never empty.
    attached
        What the table hangs on already.
    refused
        Why the last thing that was typed leads nowhere.
    answers
        What the server has said to the questions of this path.

    """

    server: str
    user_id: int
    group: int | None = None
    owner: int | None = None
    own_group: OmeroGroup | None = None
    path: tuple[Step, ...] = (Step(LISTS["Projects"]),)
    attached: frozenset[Target] = frozenset()
    refused: TargetError | None = None
    answers: Mapping[Question, Answer] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def here(self) -> Step:
        """The last step of the path."""
        return self.path[-1]


# --- what follows from a state ------------------------------------------------------------------


def questions(state: BrowserState) -> tuple[Question, ...]:
    """Give what the server must be asked, or was asked, to show this place."""
    found: list[Question] = [GroupsQuestion()]
    if state.group is not None:
        found.append(MembersQuestion(state.group))
    found += list_questions(state, state.here)
    images = tuple(dict.fromkeys(one for row in shown(state) for one in pictured(row)))
    if images:
        found.append(ThumbnailsQuestion(images))
    return tuple(found)


def pictured(one: OmeroObject) -> tuple[int, ...]:
    """Give the image that stands for an object: itself, or a well's first field."""
    return (one.target.id,) if one.target.type == "Image" else one.image_ids[:1]


def list_questions(state: BrowserState, step: Step) -> Iterator[ListQuestion | ObjectQuestion]:
    """Give what the list of a step is asked for: an answer may lead to the next question."""
    place = step.place
    if place.only is not None:
        yield ObjectQuestion(place.only)
        return
    # What lies in a project belongs to it, whoever owns it.
    whose = (None, None) if place.parent else (state.owner, state.group)
    offset = 0
    for limit in step.limits:
        question = ListQuestion(place, *whose, limit, offset)
        yield question
        page = state.answers.get(question)
        if not isinstance(page, Page):
            return
        # A server may give fewer than it was asked for.
        offset += len(page.items)


def _said(state: BrowserState) -> list[Answer | None]:
    """Give the answers to the questions of the list that is shown, None where they lack."""
    return [state.answers.get(one) for one in list_questions(state, state.here)]


def loaded(state: BrowserState) -> tuple[OmeroObject, ...]:
    """Give the objects of this list that have come, in the server's order."""
    found: dict[Target, OmeroObject] = {}
    for answer in _said(state):
        if isinstance(answer, Page):
            found |= {one.target: one for one in answer.items}
        elif isinstance(answer, OmeroObject):
            found[answer.target] = answer
    return tuple(found.values())


def total(state: BrowserState) -> int | None:
    """Say how many objects the whole list has; None where nobody has said yet."""
    pages = [one for one in _said(state) if isinstance(one, Page | OmeroObject)]
    if not pages:
        return None
    return pages[-1].total if isinstance(pages[-1], Page) else 1


def more_than_loaded(state: BrowserState) -> bool:
    """Say whether the server has more of this list, and can be asked for it now."""
    last = _said(state)[-1]
    return isinstance(last, Page) and bool(last.items) and len(loaded(state)) < last.total


def matching(state: BrowserState) -> tuple[OmeroObject, ...]:
    """Give what of the loaded objects has the filter's text in its name, its type or its id."""
    wanted = state.here.filter.strip().casefold()
    if not wanted:
        return loaded(state)
    return tuple(one for one in loaded(state) if wanted in _searched(one))


def _searched(one: OmeroObject) -> str:
    return f"{one.name} {one.target} {one.target.id}".casefold()


def shown(state: BrowserState) -> tuple[OmeroObject, ...]:
    """Give the objects to show now, `ROWS` of them at most."""
    first = state.here.first
    return matching(state)[first : first + ROWS]


def is_loading(state: BrowserState) -> bool:
    """Say whether a part of the list that is to be shown has not come yet."""
    return None in _said(state)


def faults(state: BrowserState) -> tuple[OmeroTablesError, ...]:
    """Give what stands in the way of showing this place whole, each once."""
    said = [state.refused, *(state.answers.get(one) for one in questions(state))]
    errors = [one for one in said if isinstance(one, OmeroTablesError)]
    return tuple({str(one): one for one in errors}.values())


def lists_here(state: BrowserState) -> Mapping[str, Place]:
    """Give the lists among which one can choose at this step; empty where there is one only."""
    if len(state.path) == 1:
        return LISTS
    parent = state.here.place.parent
    kinds = BELOW.get(parent.target.type, ()) if parent else ()
    several = {f"{NOUNS[kind].capitalize()}s": Place(kind, parent) for kind in kinds}
    return several if len(several) > 1 else {}


def can_open(one: OmeroObject) -> bool:
    """Say whether anything can lie in an object."""
    return one.target.type in BELOW
