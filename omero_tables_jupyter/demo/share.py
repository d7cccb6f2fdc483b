"""The pretend share: one folder, two names."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omero_tables_jupyter.paths import PathMapping

__all__ = ["Share"]


@dataclass(frozen=True, slots=True)
class Share:
    """A folder of this machine and the path under which the server sees it."""

    local: Path
    server: str = "/demo-share"

    @property
    def mapping(self) -> PathMapping:
        """The pair as the client's own type."""
        from omero_tables_jupyter.paths import PathMapping

        return PathMapping([(str(self.local), self.server)])

    def find(self, server_path: str) -> Path | None:
        """Give the local place of a server path, or None where it leads out of the share."""
        folded = posixpath.normpath(server_path)
        inside = folded.removeprefix(self.server)
        if inside == folded or not inside.startswith("/"):
            return None
        local = Path(self.local, *inside.split("/")).resolve()
        return local if local.is_relative_to(self.local.resolve()) else None
