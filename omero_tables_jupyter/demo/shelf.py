"""The files and their annotations: the only part of the lab that changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from omero_tables_jupyter.demo.lab import Key

__all__ = ["BULK_ANNOTATIONS", "Annotation", "Link", "Shelf", "StoredFile"]

BULK_ANNOTATIONS = "openmicroscopy.org/omero/bulk_annotations"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """An OriginalFile: a table's name, and where its array lies."""

    id: int
    name: str
    uri: str
    local: Path
    size: int
    mimetype: str = "OMERO.tables"

    @property
    def folder(self) -> str:
        """The folder of the array as the server sees it, with a slash at the end."""
        return self.uri.rstrip("/").rpartition("/")[0] + "/"


@dataclass(frozen=True, slots=True)
class Link:
    """What ties an annotation to one object."""

    id: int
    parent: Key


@dataclass(frozen=True, slots=True)
class Annotation:
    """A FileAnnotation with its links."""

    id: int
    file: StoredFile
    owner: int
    group: int
    added: datetime
    links: tuple[Link, ...]
    ns: str | None = BULK_ANNOTATIONS

    @property
    def added_ms(self) -> int:
        """When it was added, in milliseconds since 1970."""
        return int(self.added.timestamp() * 1000)


class Shelf:
    """The annotations, safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._annotations: dict[int, Annotation] = {}
        self._annotation_ids = count(1001)
        self._file_ids = count(2001)
        self._link_ids = count(3001)

    def add(  # noqa: PLR0913 - a row of a table: each is a column of it
        self,
        *,
        name: str,
        uri: str,
        local: Path,
        size: int,
        owner: int,
        group: int,
        parents: Iterable[Key],
    ) -> Annotation:
        """Store a table and link it."""
        with self._lock:
            file = StoredFile(next(self._file_ids), name, uri, local, size)
            links = tuple(Link(next(self._link_ids), parent) for parent in parents)
            now = datetime.now(UTC).replace(microsecond=0)
            made = Annotation(next(self._annotation_ids), file, owner, group, now, links)
            self._annotations[made.id] = made
        return made

    def all(self) -> tuple[Annotation, ...]:
        """Give every annotation, the oldest first."""
        with self._lock:
            return tuple(self._annotations.values())

    def on(self, parents: Collection[Key]) -> list[tuple[Annotation, Link]]:
        """Give the annotations of some objects: one pair a link, the oldest first."""
        return [
            (annotation, link)
            for annotation in self.all()
            for link in annotation.links
            if link.parent in parents
        ]

    def get(self, annotation_id: int) -> Annotation | None:
        """Give one annotation, or None."""
        with self._lock:
            return self._annotations.get(annotation_id)

    def by_file(self, file_id: int) -> Annotation | None:
        """Give the annotation of a file, or None."""
        return next((a for a in self.all() if a.file.id == file_id), None)

    def unlink(self, annotation_id: int, parents: Collection[Key]) -> None:
        """Take an annotation off some objects; it stays on the others."""
        with self._lock:
            old = self._annotations[annotation_id]
            left = tuple(link for link in old.links if link.parent not in parents)
            self._annotations[annotation_id] = replace(old, links=left)

    def delete(self, annotation_id: int) -> None:
        """Forget an annotation and its file; the array on the share stays."""
        with self._lock:
            self._annotations.pop(annotation_id, None)
