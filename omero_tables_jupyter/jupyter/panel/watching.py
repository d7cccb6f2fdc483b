"""A job that is watched from the kernel's event loop, as often as it may be repainted."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from omero_tables_jupyter.jupyter.panel.events import Told
from omero_tables_jupyter.jupyter.progress import REPAINT_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.errors import OmeroTablesError
    from omero_tables_jupyter.events import Event as JobEvent
    from omero_tables_jupyter.job import UploadJob
    from omero_tables_jupyter.jupyter.panel.events import Event
    from omero_tables_jupyter.jupyter.panel.worker import Worker
    from omero_tables_jupyter.model import RegisteredTable

__all__ = ["Watch"]


class Watch:
    """Tells a panel what a job tells, in batches; it holds on to the job until that has ended.

    Parameters
    ----------
    worker
        Waits for the job.
    tell
        Takes an event of the panel.
    ended
        Called with what came of the job.

    """

    def __init__(
        self,
        worker: Worker,
        *,
        tell: Callable[[Event], None],
        ended: Callable[[RegisteredTable | OmeroTablesError], None],
    ) -> None:
        self._worker = worker
        self._tell = tell
        self._ended = ended
        self._heard: deque[tuple[float, JobEvent]] = deque()

    def hear(self, event: JobEvent) -> None:
        """Take down what the job tells; called in its thread."""
        self._heard.append((time.monotonic(), event))

    def follow(self, job: UploadJob) -> None:
        """Look at the job now and then, until it ends."""

        def wait() -> RegisteredTable | None:
            return job.result() if job.wait(timeout_s=REPAINT_S) else None

        def look(outcome: RegisteredTable | OmeroTablesError | None) -> None:
            news = tuple(self._heard.popleft() for _ in range(len(self._heard)))
            if news:
                self._tell(Told(news))
            if outcome is None:
                self.follow(job)
            else:
                self._ended(outcome)

        self._worker.do(wait, look)
