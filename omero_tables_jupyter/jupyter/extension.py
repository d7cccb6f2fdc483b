"""``%load_ext omero_tables_jupyter``: magics, completion, configuration, display; and away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from omero_tables_jupyter.jupyter.config import OmeroTables
from omero_tables_jupyter.jupyter.magic.magics import OmeroMagics
from omero_tables_jupyter.jupyter.magic.table_magics import TableMagics
from omero_tables_jupyter.jupyter.matcher import Matcher
from omero_tables_jupyter.jupyter.reach import reachable
from omero_tables_jupyter.jupyter.showing import Showing

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.magic import Magics

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What one shell has of ours."""

    magics: tuple[Magics, ...]
    config: OmeroTables
    matcher: Matcher
    showing: Showing


_LOADED: WeakKeyDictionary[InteractiveShell, _Loaded] = WeakKeyDictionary()


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register everything with a shell; a second time changes nothing.

    Parameters
    ----------
    shell
        The IPython shell.

    """
    if shell in _LOADED:
        return
    config = OmeroTables(parent=shell)
    showing = Showing(shell, lambda url: reachable(url, config.hub_prefix()))
    kinds = (OmeroMagics, TableMagics)
    magics = tuple(kind(shell, showing=showing, settings=config) for kind in kinds)
    matcher = Matcher(shell, config)
    shell.register_magics(*magics)
    # %config lists what stands here
    shell.configurables.append(cast("Any", config))
    matcher.install()
    showing.install()
    _LOADED[shell] = _Loaded(magics, config, matcher, showing)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take away what `load_ipython_extension` registered; without it, nothing happens.

    Parameters
    ----------
    shell
        The IPython shell.

    """
    loaded = _LOADED.pop(shell, None)
    if loaded is None:
        return
    from omero_tables_jupyter.jupyter.panel.opening import close_all

    close_all(shell)
    loaded.showing.remove()
    loaded.matcher.remove()
    loaded.config.forget()
    shell.configurables.remove(cast("Any", loaded.config))
    registered = shell.magics_manager.magics
    for magics in loaded.magics:
        for kind, names in magics.magics.items():
            for name in names:
                registered[kind].pop(name, None)
        shell.magics_manager.registry.pop(type(magics).__name__, None)
