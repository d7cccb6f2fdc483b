"""What the panel's buttons work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.jupyter.magic.calling import call_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.kernel import Kernel
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.jupyter.panel.worker import Worker

__all__ = ["Desk"]


@dataclass(frozen=True, slots=True)
class Desk:
    """The reach of one panel.

    Parameters
    ----------
    kernel
        Where the tables are.
    worker
        Does what lasts.
    watcher
        Waits for uploads, which no slow look-up is to hold up.
    state
        Gives the panel's state as it is now.
    tell
        Takes an event.
    look
        Looks at the kernel's tables and its log-in.

    """

    kernel: Kernel
    worker: Worker
    watcher: Worker
    state: Callable[[], PanelState]
    tell: Callable[[Event], None]
    look: Callable[..., None]

    def call(self, asked: UploadOptions) -> tuple[Any, dict[str, Any]]:
        """Give the table, and the keywords of one call of the package, as the magic would.

        Raises
        ------
        OptionError
            If the table is gone, or an option cannot be meant.

        """
        named = self.kernel.find(asked.source)
        return named.value, call_of(asked, named, self.kernel.config.values())
