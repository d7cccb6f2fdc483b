"""Invented measurements of the demo lab's cells: something pleasant to upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from omero_tables_jupyter.demo.demo_lab import FIELDS_OF_PLATE_7, IMAGES_OF_DATASET_51

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["sample_cells"]

_PHASES = ("interphase", "mitosis", "apoptosis")
_SHARES = (0.86, 0.1, 0.04)
_AREAS = (180.0, 95.0, 24.0)
_DAPI = (420.0, 910.0, 1250.0)
_FIELD_UM = 51.2


def sample_cells(rows: int = 1200, *, seed: int = 7, plate: bool = False) -> pd.DataFrame:
    """Invent measurements of segmented cells, one row a cell.

    Parameters
    ----------
    rows
        How many cells.
    seed
        The same seed gives the same cells.
    plate
        False for cells in the images of Dataset 51; True for cells of Plate 7, with their `Well`.

    Returns
    -------
    pandas.DataFrame
        `Image` (ids of the lab's images) and, for a plate, `Well`; `cell` (its number in its
        image); `x_um`, `y_um` (position in its image, µm); `area` (µm²); `dapi`, `gfp` (mean
        grey values); `phase` ('interphase', 'mitosis' or 'apoptosis'); `in_focus` (bool).

    Raises
    ------
    ValueError
        Where `rows` is negative.

    Examples
    --------
    >>> sample_cells(3).columns.tolist()[:3]
    ['Image', 'cell', 'x_um']

    """
    import pandas as pd

    rng = np.random.default_rng(seed)
    fields = FIELDS_OF_PLATE_7 if plate else tuple((-1, image) for image in IMAGES_OF_DATASET_51)
    places = np.sort(rng.integers(0, len(fields), rows))
    wells, images = np.array(fields, dtype=np.int64)[places].T
    phase = rng.choice(len(_PHASES), size=rows, p=_SHARES)
    frame = pd.DataFrame(
        {
            "Image": images,
            "cell": np.arange(rows) - np.searchsorted(places, places) + 1,
            "x_um": rng.uniform(0, _FIELD_UM, rows).round(2),
            "y_um": rng.uniform(0, _FIELD_UM, rows).round(2),
            "area": (np.array(_AREAS)[phase] * rng.lognormal(0, 0.2, rows)).round(2),
            "dapi": (np.array(_DAPI)[phase] * rng.lognormal(0, 0.15, rows)).round(1),
            "gfp": rng.gamma(2.0, 150.0, rows).round(1),
            "phase": np.array(_PHASES)[phase],
            "in_focus": rng.random(rows) > 0.05,  # noqa: PLR2004 - one cell in twenty is blurred
        }
    )
    if plate:
        frame.insert(1, "Well", wells)
    return frame
