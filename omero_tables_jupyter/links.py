"""What users paste to say where a table hangs: ``Image:101``, ``dataset-51``, any OMERO.web link."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TARGET_TYPES", "Target"]

#: The types that can carry a table, as OMERO spells them.
TARGET_TYPES = (
    "Project",
    "Dataset",
    "Image",
    "Screen",
    "Plate",
    "PlateAcquisition",
    "Well",
    "Roi",
)


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """An OMERO object that a table is attached to; prints as ``Image:101``."""

    type: str
    id: int

    def __str__(self) -> str:
        return f"{self.type}:{self.id}"
