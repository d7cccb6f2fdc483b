"""TileDB's settings: one place, for what holds wherever we use it."""

from __future__ import annotations

import tiledb

__all__ = ["context"]

_ALWAYS = {
    # TileDB's own handler would cancel whatever runs some tenths of a second after the stop
    # button, too: the next upload. Python hears the button without it.
    "sm.enable_signal_handlers": "false",
    # As the umask says, in place of TileDB's own 755 and 644.
    "vfs.file.posix_directory_permissions": "777",
    "vfs.file.posix_file_permissions": "666",
}


def context(**more: str) -> tiledb.Ctx:
    """Make a context; `more` are settings by TileDB's names, with ``__`` for each dot."""
    return tiledb.Ctx(_ALWAYS | {name.replace("__", "."): value for name, value in more.items()})
