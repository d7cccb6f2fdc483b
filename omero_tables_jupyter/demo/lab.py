"""The invented lab: people, groups, images, plates. Frozen; only annotations come and go."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Dataset",
    "Group",
    "Image",
    "Key",
    "Lab",
    "LabObject",
    "Noun",
    "Plate",
    "Project",
    "Roi",
    "Run",
    "Sample",
    "Screen",
    "Shape",
    "User",
    "Well",
]

Key = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of people; `perm` is OMERO's ``rwra--``."""

    kind: ClassVar[str] = "ExperimenterGroup"
    id: int
    name: str
    perm: str
    description: str | None = None

    @property
    def readable(self) -> bool:
        """Whether members see each other's objects."""
        return self.perm[2] == "r"

    @property
    def annotatable(self) -> bool:
        """Whether members may annotate each other's objects."""
        return self.perm[3] in "aw"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person; `groups` begins with the default group."""

    kind: ClassVar[str] = "Experimenter"
    id: int
    name: str
    first: str
    last: str
    groups: tuple[int, ...]

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LabObject:
    """Anything that somebody owns, in a group."""

    kind: ClassVar[str] = ""
    id: int
    name: str
    owner: int
    group: int
    description: str | None = None

    @property
    def key(self) -> Key:
        """Kind and id."""
        return self.kind, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Project(LabObject):
    """Datasets that belong together."""

    kind: ClassVar[str] = "Project"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset(LabObject):
    """Images that belong together."""

    kind: ClassVar[str] = "Dataset"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(LabObject):
    """A picture; `acquired_ms` counts from 1970."""

    kind: ClassVar[str] = "Image"
    acquired_ms: int = 1_700_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen(LabObject):
    """Plates that belong together."""

    kind: ClassVar[str] = "Screen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate(LabObject):
    """A multi-well plate."""

    kind: ClassVar[str] = "Plate"
    rows: int = 8
    columns: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Run(LabObject):
    """One acquisition of a plate."""

    kind: ClassVar[str] = "PlateAcquisition"
    fields: int = 1
    started_ms: int = 1_700_000_000_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One field of a well: its image, and the run that took it; `index` counts from 0."""

    id: int
    image: int
    run: int
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Well(LabObject):
    """A well; `row` and `column` count from 0; its `name`, the label, is not sent by OMERO."""

    kind: ClassVar[str] = "Well"
    row: int = 0
    column: int = 0
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape(LabObject):
    """A rectangle or an ellipse, in pixels; `name` is its text."""

    kind: ClassVar[str] = "Shape"
    form: str = "Rectangle"
    x: float = 0.0
    y: float = 0.0
    width: float = 10.0
    height: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Roi(LabObject):
    """A region of an image."""

    kind: ClassVar[str] = "Roi"
    shapes: tuple[Shape, ...] = ()


Noun = Group | User | LabObject


def _order(noun: Noun) -> tuple[object, ...]:
    match noun:
        case User():
            return noun.last.lower(), noun.first.lower(), noun.id
        case Well():
            return noun.column, noun.row, noun.id
        case Roi() | Shape():
            return (noun.id,)
        case _:
            return noun.name.lower(), noun.id


class Lab:
    """Everything that OMERO knows of the lab, and how it hangs together.

    Parameters
    ----------
    nouns
        People, groups and objects.
    links
        Pairs of (parent, child).

    """

    def __init__(self, nouns: Iterable[Noun], links: Iterable[tuple[Key, Key]]) -> None:
        self._by_kind: dict[str, list[Noun]] = defaultdict(list)
        self._nouns: dict[Key, Noun] = {}
        for noun in sorted(nouns, key=lambda noun: (noun.kind, _order(noun))):
            self._by_kind[noun.kind].append(noun)
            self._nouns[noun.kind, noun.id] = noun
        self._linked: dict[tuple[Key, str], set[int]] = defaultdict(set)
        self._parents: dict[Key, list[Key]] = defaultdict(list)
        self._children: dict[Key, list[Key]] = defaultdict(list)
        for parent, child in links:
            self._linked[parent, child[0]].add(child[1])
            self._linked[child, parent[0]].add(parent[1])
            self._parents[child].append(parent)
            self._children[parent].append(child)

    def of(self, kind: str) -> list[Noun]:
        """Give all of a kind, in OMERO's order."""
        return self._by_kind.get(kind, [])

    def get(self, kind: str, noun_id: int) -> Noun | None:
        """Give one, or None."""
        return self._nouns.get((kind, noun_id))

    def object(self, kind: str, object_id: int) -> LabObject | None:
        """Give an object that somebody owns, or None."""
        found = self.get(kind, object_id)
        return found if isinstance(found, LabObject) else None

    def user(self, user_id: int) -> User:
        """Give a person who is known to exist."""
        found = self._nouns["Experimenter", user_id]
        if not isinstance(found, User):
            raise TypeError(found)
        return found

    def group(self, group_id: int) -> Group:
        """Give a group that is known to exist."""
        found = self._nouns["ExperimenterGroup", group_id]
        if not isinstance(found, Group):
            raise TypeError(found)
        return found

    def linked(self, key: Key, kind: str) -> frozenset[int]:
        """Give the ids of a kind that are parents or children of an object."""
        return frozenset(self._linked.get((key, kind), ()))

    def parents(self, key: Key) -> list[Key]:
        """Give what an object lies in, directly."""
        return list(self._parents.get(key, ()))

    def children(self, key: Key) -> list[Key]:
        """Give what lies in an object, directly."""
        return list(self._children.get(key, ()))

    def ancestors(self, key: Key) -> list[Key]:
        """Give all that an object lies in, the nearest first."""
        found: list[Key] = []
        for parent in self.parents(key):
            found += [parent, *self.ancestors(parent)]
        return list(dict.fromkeys(found))

    def can_read(self, user: User, noun: Noun) -> bool:
        """Whether a user sees an object at all."""
        if not isinstance(noun, LabObject):
            return True
        member = noun.group in user.groups
        return member and (noun.owner == user.id or self.group(noun.group).readable)

    def can_annotate(self, user: User, thing: LabObject) -> bool:
        """Whether a user may hang something on an object."""
        if not self.can_read(user, thing):
            return False
        return thing.owner == user.id or self.group(thing.group).annotatable
