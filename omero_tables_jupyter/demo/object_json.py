"""The lab's nouns as OMERO.web's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.demo.lab import (
    Group,
    Image,
    LabObject,
    Plate,
    Roi,
    Run,
    Sample,
    Shape,
    User,
    Well,
)

if TYPE_CHECKING:
    from omero_tables_jupyter.demo.lab import Lab, Noun

__all__ = ["SCHEMA", "Encoder", "type_uri"]

SCHEMA = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
Json = dict[str, Any]
_SPELLED = {"Roi": "ROI"}
_NO_PERM = "------"
_CHANNELS = (("DAPI", -16776961, 470.0), ("GFP", 16711935, 525.0))


def type_uri(kind: str) -> str:
    """Give the `@type` of a kind."""
    return f"{SCHEMA}#{_SPELLED.get(kind, kind)}"


def _permissions(perm: str, *, annotate: bool = False, edit: bool = False) -> Json:
    return {
        "@type": "TBD#Permissions",
        "perm": perm,
        "canAnnotate": annotate,
        "canDelete": edit,
        "canEdit": edit,
        "canLink": annotate,
        "isWorldWrite": perm[5] == "w",
        "isWorldRead": perm[4] == "r",
        "isGroupWrite": perm[3] == "w",
        "isGroupRead": perm[2] == "r",
        "isGroupAnnotate": perm[3] in "aw",
        "isUserWrite": perm[1] == "w",
        "isUserRead": perm[0] == "r",
    }


def _details(permissions: Json, **people: Json) -> Json:
    return {"@type": "TBD#Details", **people, "permissions": permissions}


def _length(value: float, unit: str, symbol: str) -> Json:
    return {"@type": "TBD#LengthI", "Unit": unit, "Symbol": symbol, "Value": value}


@dataclass(frozen=True, slots=True)
class Encoder:
    """Writes nouns as one user sees them; `base_url` goes before every URL in them."""

    lab: Lab
    user: User
    base_url: str

    def plain(self, noun: Noun) -> Json:
        """Encode a noun without URLs of its own."""
        match noun:
            case User():
                return self._user(noun)
            case Group():
                return self._group(noun)
            case Image():
                return self._image(noun)
            case Shape():
                return self._shape(noun)
            case _:
                return {**self._common(noun), **self._own(noun)}

    def single(self, noun: Noun) -> Json:
        """Encode a noun as the answer to a request for it alone."""
        found = self.plain(noun)
        if isinstance(noun, Image):
            found["Pixels"] = self._pixels(noun, channels=True)
        if isinstance(noun, Plate):
            found["omero:wellsampleIndex"] = self.field_range(noun)
            found["url:wellsampleindex_wells"] = self._field_urls("plates", noun)
        return {**found, **self._child_urls(noun, single=True)}

    def listed(self, noun: Noun) -> Json:
        """Encode a noun as an entry of a list."""
        found = self.plain(noun)
        if isinstance(noun, Image):
            found["Pixels"] = self._pixels(noun, channels=False)
        own = f"url:{noun.kind.lower()}"
        return {**found, own: self._url(noun), **self._child_urls(noun, single=False)}

    def _url(self, noun: Noun, more: str = "") -> str:
        return f"{self.base_url}/api/v0/m/{noun.kind.lower()}s/{noun.id}/{more}"

    def _child_urls(self, noun: Noun, *, single: bool) -> Json:
        names = _CHILDREN.get(noun.kind, ())
        if isinstance(noun, Image) and not single:
            names = ("datasets",)
        return {f"url:{name}": self._url(noun, f"{name}/") for name in names}

    def _field_urls(self, plural: str, noun: Plate | Run) -> list[str]:
        low, high = self.field_range(noun)
        start = f"{self.base_url}/api/v0/m/{plural}/{noun.id}/wellsampleindex"
        return [f"{start}/{n}/wells/" for n in range(low, high + 1)]

    def field_range(self, noun: Plate | Run) -> list[int]:
        """Give the lowest and the highest field index of a plate or a run."""
        if isinstance(noun, Run):
            return [0, noun.fields - 1]
        runs = [self.lab.get("PlateAcquisition", i) for i in self._run_ids(noun)]
        return [0, max((run.fields - 1 for run in runs if isinstance(run, Run)), default=0)]

    def _run_ids(self, plate: Plate) -> frozenset[int]:
        return self.lab.linked(plate.key, "PlateAcquisition")

    def details(self, thing: LabObject) -> Json:
        """Encode who owns an object, and what this user may do with it."""
        group = self.lab.group(thing.group)
        may = self.lab.can_annotate(self.user, thing)
        permissions = _permissions(group.perm, annotate=may, edit=thing.owner == self.user.id)
        owner = self._user(self.lab.user(thing.owner))
        return _details(permissions, owner=owner, group=self._group(group))

    def _common(self, thing: LabObject) -> Json:
        found = {"@id": thing.id, "@type": type_uri(thing.kind)}
        if thing.description is not None:
            found["Description"] = thing.description
        if not isinstance(thing, Well | Shape):
            found["Name"] = thing.name
        return {**found, "omero:details": self.details(thing)}

    def _own(self, thing: LabObject) -> Json:
        match thing:
            case Plate():
                return {
                    "Rows": thing.rows,
                    "Columns": thing.columns,
                    "RowNamingConvention": "letter",
                    "ColumnNamingConvention": "number",
                }
            case Run():
                return {
                    "MaximumFieldCount": thing.fields,
                    "StartTime": thing.started_ms,
                    "omero:wellsampleIndex": self.field_range(thing),
                    "url:wellsampleindex_wells": self._field_urls("plateacquisitions", thing),
                }
            case Well():
                samples = [self._sample(thing, sample) for sample in thing.samples]
                return {"Row": thing.row, "Column": thing.column, "WellSamples": samples}
            case Roi():
                return {"shapes": [self._shape(shape) for shape in thing.shapes]}
            case _:
                return {}

    def _sample(self, well: Well, sample: Sample) -> Json:
        found: Json = {
            "@id": sample.id,
            "@type": type_uri("WellSample"),
            "omero:details": self.details(well),
        }
        image = self.lab.get("Image", sample.image)
        if image is not None:
            found["Image"] = {**self.plain(image), "url:image": self._url(image)}
        run = self.lab.get("PlateAcquisition", sample.run)
        if isinstance(run, Run):
            found["PlateAcquisition"] = {
                "@id": run.id,
                "@type": type_uri(run.kind),
                "MaximumFieldCount": run.fields,
                "StartTime": run.started_ms,
                "omero:details": self.details(run),
            }
        return found

    def _image(self, image: Image) -> Json:
        return {
            **self._common(image),
            "AcquisitionDate": image.acquired_ms,
            "omero:archived": False,
            "omero:series": 0,
        }

    def _pixels(self, image: Image, *, channels: bool) -> Json:
        found: Json = {
            "@id": 1000 + image.id,
            "@type": type_uri("Pixels"),
            "SizeX": 512,
            "SizeY": 512,
            "SizeZ": 1,
            "SizeC": len(_CHANNELS),
            "SizeT": 1,
            "PhysicalSizeX": _length(0.1, "MICROMETER", "µm"),
            "PhysicalSizeY": _length(0.1, "MICROMETER", "µm"),
            "SignificantBits": 16,
            "Type": {
                "@id": 6,
                "@type": "TBD#PixelsType",
                "value": "uint16",
                "omero:details": _details(_permissions(_NO_PERM)),
            },
            "omero:sha1": "Pending...",
            "omero:details": self.details(image),
        }
        if channels:
            found["Channels"] = [self._channel(image, n) for n in range(len(_CHANNELS))]
        return found

    def _channel(self, image: Image, n: int) -> Json:
        name, color, nm = _CHANNELS[n]
        return {
            "@id": 10 * image.id + n,
            "@type": type_uri("Channel"),
            "Name": name,
            "Color": color,
            "EmissionWavelength": _length(nm, "NANOMETER", "nm"),
            "omero:LogicalChannelId": 10 * image.id + n,
            "omero:details": self.details(image),
        }

    def _shape(self, shape: Shape) -> Json:
        found: Json = {
            "@id": shape.id,
            "@type": type_uri(shape.form),
            "Text": shape.name,
            "TheZ": 0,
            "TheT": 0,
            "X": shape.x,
            "Y": shape.y,
            "omero:details": self.details(shape),
        }
        across, down = ("RadiusX", "RadiusY") if shape.form == "Ellipse" else ("Width", "Height")
        return {**found, across: shape.width, down: shape.height}

    def _user(self, user: User) -> Json:
        return {
            "@id": user.id,
            "@type": type_uri(user.kind),
            "UserName": user.name,
            "FirstName": user.first,
            "MiddleName": "",
            "LastName": user.last,
            "Email": "",
            "omero:details": _details(_permissions(_NO_PERM)),
        }

    def _group(self, group: Group) -> Json:
        found = {"@id": group.id, "@type": type_uri(group.kind), "Name": group.name}
        if group.description is not None:
            found["Description"] = group.description
        return {**found, "omero:details": _details(_permissions(group.perm))}


_CHILDREN = {
    "Project": ("datasets",),
    "Dataset": ("images", "projects"),
    "Image": ("datasets", "rois"),
    "Screen": ("plates",),
    "Plate": ("plateacquisitions", "screens", "wells"),
    "Well": ("plates",),
    "Experimenter": ("experimentergroups",),
    "ExperimenterGroup": ("experimenters",),
}
