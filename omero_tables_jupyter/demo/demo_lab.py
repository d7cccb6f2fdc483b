"""What is in the demo's lab: easy to overlook, with one of each thing that makes trouble."""

from __future__ import annotations

from typing import Any

from omero_tables_jupyter.demo.lab import (
    Dataset,
    Group,
    Image,
    Key,
    Lab,
    LabObject,
    Noun,
    Plate,
    Project,
    Roi,
    Run,
    Sample,
    Screen,
    Shape,
    User,
    Well,
)

__all__ = ["ANA", "FIELDS_OF_PLATE_7", "IMAGES_OF_DATASET_51", "PUBLIC", "make_lab"]

_LAB_A, _CORE, _LAB_B, _PRIVATE, _EVERYBODY = 3, 4, 5, 6, 1
_BEN, _CLEO = 3, 4

ANA = 2
PUBLIC = 5
IMAGES_OF_DATASET_51 = tuple(range(101, 113))
#: (well, image) of each field of Plate 7, in order.
FIELDS_OF_PLATE_7 = tuple((71 + n // 2, 201 + n) for n in range(12))


class _Builder:
    """Gathers nouns and links while the lab is being told."""

    def __init__(self) -> None:
        self.nouns: list[Noun] = []
        self.links: list[tuple[Key, Key]] = []

    def add(self, thing: LabObject, *parents: LabObject) -> LabObject:
        self.nouns.append(thing)
        self.links += [(parent.key, thing.key) for parent in parents]
        return thing


def make_lab(*, datasets: int = 0, images: int = 0) -> Lab:
    """Make the lab.

    Parameters
    ----------
    datasets
        How many more datasets to put into Project 90, for tests of paging.
    images
        How many more images to put into Dataset 90.

    Returns
    -------
    Lab
        Project 1 > Dataset 51 > Images 101-112, Screen 1 > Plate 7 > Wells 71-76, and so on.

    """
    builder = _Builder()
    _people(builder)
    _project_1(builder)
    _screen_1(builder)
    _orphans(builder)
    _other_groups(builder)
    _many(builder, datasets, images)
    return Lab(builder.nouns, builder.links)


def _people(builder: _Builder) -> None:
    groups = (
        Group(id=_EVERYBODY, name="user", perm="rwr---"),
        Group(id=_LAB_A, name="Lab A", perm="rwra--"),
        Group(id=_CORE, name="Core facility", perm="rwr---", description="Look, do not touch"),
        Group(id=_LAB_B, name="Lab B", perm="rwra--"),
        Group(id=_PRIVATE, name="Cleo's desk", perm="rw----"),
    )
    users = (
        User(id=ANA, name="ana", first="Ana", last="Álvarez", groups=(3, 4, 5, 1)),
        User(id=_BEN, name="ben", first="Ben", last="Okafor", groups=(4, 3, 1)),
        User(id=_CLEO, name="cleo", first="Cleo", last="Lindqvist", groups=(6, 5, 1)),
        User(id=PUBLIC, name="public", first="Public", last="User", groups=(4, 1)),
    )
    builder.nouns += [*groups, *users]
    builder.links += [
        ((Group.kind, g), (User.kind, user.id)) for user in users for g in user.groups
    ]


def _mine(noun_id: int, name: str, **more: Any) -> dict[str, Any]:
    return {"id": noun_id, "name": name, "owner": ANA, "group": _LAB_A, **more}


def _project_1(builder: _Builder) -> None:
    project = builder.add(
        Project(**_mine(1, "Mitosis", description="Timing of mitosis, after knock-down"))
    )
    screen_3 = builder.add(Dataset(**_mine(51, "Screen 3")), project)
    for n, image_id in enumerate(IMAGES_OF_DATASET_51):
        name = f"screen3_field{n + 1:02}.tif"
        acquired_ms = 1_700_000_000_000 + 60_000 * n
        builder.add(Image(**_mine(image_id, name, acquired_ms=acquired_ms)), screen_3)
    controls = builder.add(
        Dataset(**_mine(52, "Controls & <blanks>", description='"Untreated" <b>wells</b>')), project
    )
    for n, name in enumerate(("no dye.tif", "<i>mock</i> & co.tif", "Träger µ.tif")):
        builder.add(Image(**_mine(113 + n, name)), controls)
    first = Image(**_mine(101, ""))
    for n in range(3):
        builder.add(_roi(801 + n, f"nucleus {n + 1}"), first)
    builder.add(Project(**{**_mine(5, "Ben's pilot"), "owner": _BEN}))


def _roi(roi_id: int, words: str) -> Roi:
    form = "Ellipse" if roi_id % 2 else "Rectangle"
    place = 40.0 * (roi_id % 10)
    shape = Shape(
        **_mine(1000 + roi_id, words), form=form, x=place, y=place, width=24.0, height=18.0
    )
    return Roi(**_mine(roi_id, words), shapes=(shape,))


def _screen_1(builder: _Builder) -> None:
    screen = builder.add(Screen(**_mine(1, "Knock-down screen")))
    plate = builder.add(Plate(**_mine(7, "Plate 7")), screen)
    run = builder.add(Run(**_mine(9, "Run 1"), fields=2), plate)
    for n in range(6):
        row, column = divmod(n, 3)
        label = f"{'AB'[row]}{column + 1}"
        well_id = 71 + n
        fields = [image for well, image in FIELDS_OF_PLATE_7 if well == well_id]
        samples = tuple(Sample(600 + image, image, run.id, i) for i, image in enumerate(fields))
        well = builder.add(
            Well(**_mine(well_id, label), row=row, column=column, samples=samples), plate
        )
        for i, image in enumerate(fields):
            builder.add(Image(**_mine(image, f"Plate 7 [{label}, field {i + 1}]")), well)


def _orphans(builder: _Builder) -> None:
    dataset = builder.add(Dataset(**_mine(61, "Loose ends")))
    builder.add(Image(**_mine(161, "overview.tif")), dataset)
    builder.add(Image(**_mine(301, "forgotten.tif")))
    builder.add(Plate(**_mine(8, "Test plate")))


def _other_groups(builder: _Builder) -> None:
    core: dict[str, Any] = {"owner": _BEN, "group": _CORE}
    beads = builder.add(Project(id=3, name="Reference beads", **core))
    psf = builder.add(Dataset(id=71, name="Beads, look only", **core), beads)
    builder.add(Image(id=401, name="beads_100nm.tif", **core), psf)
    shared: dict[str, Any] = {"owner": _CLEO, "group": _LAB_B}
    joint = builder.add(Project(id=4, name="Joint project", **shared))
    zebrafish = builder.add(Dataset(id=81, name="Zebrafish", **shared), joint)
    builder.add(Image(id=501, name="embryo_24h.tif", **shared), zebrafish)
    builder.add(Image(id=901, name="diary.tif", owner=_CLEO, group=_PRIVATE))


def _many(builder: _Builder, datasets: int, images: int) -> None:
    if not datasets and not images:
        return
    archive = builder.add(Project(**_mine(90, "Archive")))
    for n in range(datasets):
        builder.add(Dataset(**_mine(10_001 + n, f"Archived {n + 1:05}")), archive)
    series = builder.add(Dataset(**_mine(90, "Time series")), archive)
    for n in range(images):
        builder.add(Image(**_mine(100_001 + n, f"frame_{n + 1:06}.tif")), series)
