"""TileDB's settings: one place, for what holds wherever we use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tiledb

from omero_tables_jupyter import settings
from omero_tables_jupyter.path_syntax import is_uri

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["context", "store_options"]

_ALWAYS = {
    # TileDB's own handler would cancel whatever runs some tenths of a second after the stop
    # button, too: the next upload. Python hears the button without it.
    "sm.enable_signal_handlers": "false",
    # As the umask says, in place of TileDB's own 755 and 644.
    "vfs.file.posix_directory_permissions": "777",
    "vfs.file.posix_file_permissions": "666",
    # Before a reading, libtiledb's threads may put the tiles in order. In 2.30 one of them may
    # still hold what is freed with the query, and the process dies: rarely, and the busier the
    # machine, the more often. It pays only where fragments overlap, as ours never do.
    "sm.query.sparse_global_order.preprocess_tile_merge": "0",
}
#: A store that is down is told of within seconds, in place of minutes of new attempts; one that
#: is slow to put a large object together is given its time.
_PATIENCE = {
    "vfs.s3.connect_timeout_ms": "4000",
    "vfs.s3.connect_max_tries": "3",
    "vfs.s3.request_timeout_ms": "10000",
    "vfs.azure.max_retries": "3",
    "vfs.azure.max_retry_delay_ms": "4000",
}


def context(options: Mapping[str, str] | None = None, **more: str) -> tiledb.Ctx:
    """Make a context; `more` are settings by TileDB's names, with ``__`` for each dot."""
    named = {name.replace("__", "."): value for name, value in more.items()}
    return tiledb.Ctx({**_ALWAYS, **(options or {}), **named})


def store_options(place: str | os.PathLike[str]) -> dict[str, str]:
    """Give TileDB's settings for the store of an address; none for a path.

    There is no key among them: libtiledb finds keys itself, wherever it runs.

    Raises
    ------
    OptionError
        If a setting or a variable holds what cannot be meant.

    """
    if not is_uri(place):
        return {}
    store = settings.load_store()
    scheme, _, host = store.endpoint.partition("://")
    by_host = {None: "", True: "false", False: "true"}[store.path_style]
    chosen = {
        "vfs.s3.scheme": scheme if host else "",
        "vfs.s3.endpoint_override": host,
        "vfs.s3.use_virtual_addressing": by_host,
        "vfs.s3.region": store.region,
        "vfs.s3.ca_file": store.ca_file,
    }
    preset = {name: text for name, text in _PATIENCE.items() if name not in store.set_elsewhere}
    return preset | {name: text for name, text in chosen.items() if text}
