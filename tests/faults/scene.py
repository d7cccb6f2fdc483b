"""What an upload leaves behind: on the share, on the server, in the history, and what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pandas.testing import assert_frame_equal

import omero_tables_jupyter as otj

if TYPE_CHECKING:
    from omero_tables_jupyter.demo.server import DemoServer, Registered

ROWS = 5000
NAME = "Cells"
WHOLE = "the whole table"
HALF = "a half-written folder under a temporary name"


def cells(rows: int = ROWS) -> pd.DataFrame:
    """Make a table with the types and the gaps that tables have."""
    area = np.arange(rows) / 7
    area[::11] = np.nan
    label = [f"cell {n} µ" if n % 5 else "" for n in range(rows)]
    return pd.DataFrame({"Image": np.arange(rows) % 12 + 101, "area": area, "label": label})


@dataclass
class Scene:
    """A share and a server, for a table to be uploaded to.

    Parameters
    ----------
    server
        The stand-in.
    folder
        A folder of its share, of this test alone.
    frame
        What is uploaded; whatever stands on the share afterwards must equal it.
    others
        Further tables that may stand there.
    seen
        How the server sees the folder, where it is not on the stand-in's own share.

    """

    server: DemoServer
    folder: Path
    frame: pd.DataFrame = field(default_factory=cells)
    others: tuple[pd.DataFrame, ...] = ()
    seen: otj.PathMapping | None = None

    @property
    def mapping(self) -> otj.PathMapping:
        """Say how the server sees the folder."""
        return self.seen or self.server.mapping

    @property
    def options(self) -> dict[str, Any]:
        """What every upload of the test is given, but the table."""
        return {
            "to": "Dataset:51",
            "local_path": str(self.folder),
            "mapping": self.mapping,
            "chunk_rows": 1000,
        }

    def upload(self, frame: pd.DataFrame | None = None, **options: Any) -> Any:
        """Upload in the foreground."""
        given = self.frame if frame is None else frame
        return otj.upload_table(given, options.pop("name", NAME), **(self.options | options))

    def submit(self, frame: pd.DataFrame | None = None, **options: Any) -> Any:
        """Upload in the background."""
        given = self.frame if frame is None else frame
        return otj.submit_table(given, options.pop("name", NAME), **(self.options | options))

    def registered(self) -> list[Registered]:
        """Give the tables that the server has of this folder."""
        place = self.mapping.to_server(str(self.folder)) + "/"
        return [one for one in self.server.registered if one.uri.startswith(place)]

    def on_disk(self) -> str:
        """Say what stands on the share; whatever has a final name must hold every row."""
        if not self.folder.is_dir():
            return "no folder"
        names = sorted(path.name for path in self.folder.iterdir())
        arrays = [name for name in names if name.endswith(".tiledb")]
        kept = [name for name in names if name.endswith(".tiledb.old")]
        half = [name for name in names if ".partial-" in name]
        assert sorted([*arrays, *kept, *half]) == names, names
        for name in (*arrays, *kept):
            self._is_whole(self.folder / name)
        listed = otj.leftovers(self.folder)
        listed = listed[listed["what"] == "half-written"]["path"]
        assert {Path(one).name for one in listed} == set(half)
        return _counted(
            (arrays, WHOLE, "whole tables"),
            (kept, "the table before, whole, as `NAME.old`", "kept tables"),
            (half, HALF, "half-written folders"),
        )

    def _is_whole(self, path: Path) -> None:
        read = otj.read_table(path)
        wanted = next(one for one in (self.frame, *self.others) if len(one) == len(read))
        assert_frame_equal(read, wanted, check_dtype=False)

    def on_server(self) -> str:
        """Say what is registered: never the same array twice."""
        found = self.registered()
        uris = [one.uri for one in found]
        assert len(set(uris)) == len(uris), uris
        return _counted((uris, "one table", "tables"))

    def in_history(self) -> str:
        """Say what the history shows."""
        return ", ".join(sorted(otj.history()["state"])) or "nothing"

    def plain(self, text: str) -> str:
        """Put names in place of what differs from run to run."""
        server_folder = self.mapping.to_server(str(self.folder))
        for found, name in (
            (str(self.folder), "/mnt/lab/tables"),
            (server_folder, "/data/tables"),
            (str(self.server.share), "/mnt/lab"),
            (self.server.url, "https://omero.site"),
        ):
            text = text.replace(found, name)
        # The time-outs of the tests are shorter than those of users.
        text = text.replace("within 0 s", "within 300 s")
        text = re.sub(r"partial-[0-9a-f]{8}", "partial-1f0e0b2c", text)
        text = re.sub(r"annotation \d+", "annotation 1201", text)
        return re.sub(r"127\.0\.0\.1(:\d+)?", "omero.site", text)


def _counted(*things: tuple[list[str], str, str]) -> str:
    said = [
        one if len(found) == 1 else f"{len(found)} {several}"
        for found, one, several in things
        if found
    ]
    return ", ".join(said) or "nothing"
