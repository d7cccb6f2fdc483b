"""Uploads in processes of their own, which can be killed, limited, or set against each other."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays import destination

if TYPE_CHECKING:
    from collections.abc import Callable

    from scene import Scene

WAIT_S = 120
_NAMES = ("HOME", "OMERO_TABLES_CONFIG_DIR", "OMERO_TABLES_STATE_DIR", "NO_PROXY")

#: All is imported once, in a process without threads, which each child is a copy of.
CHILDREN = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
CHILDREN.set_forkserver_preload(
    ["pandas", "pyarrow.dataset", "omero_tables_jupyter.upload", "omero_tables_jupyter.omero.login"]
)


@dataclass
class Upload:
    """An upload to be run elsewhere: all that it needs can be sent there.

    Parameters
    ----------
    url, username, password
        The server.
    frame, options
        What `submit_table` is given.
    before
        Called first, in the child.
    on_event
        Called with each event, in the thread of the job: what it does happens at that very moment.

    """

    url: str
    username: str
    password: str
    frame: Any
    options: dict[str, Any]
    before: Callable[[], None] | None = None
    on_event: Callable[[Any], None] | None = None

    @classmethod
    def of(cls, scene: Scene, *, before=None, on_event=None, frame=None, **options) -> Upload:
        """Make the upload of a scene."""
        server = scene.server
        return cls(
            server.url,
            server.username,
            server.password,
            scene.frame if frame is None else frame,
            scene.options | options,
            before,
            on_event,
        )

    def start(self) -> Child:
        """Begin."""
        ours, theirs = CHILDREN.Pipe(duplex=False)
        environment = {name: os.environ[name] for name in _NAMES}
        process = CHILDREN.Process(target=_run, args=(self, environment, theirs))
        process.start()
        theirs.close()
        return Child(process, ours)


@dataclass
class Child:
    """An upload under way in another process."""

    process: Any
    answers: Any

    def wait(self) -> None:
        """Wait until it has ended, in whatever way."""
        self.process.join(WAIT_S)
        assert self.process.exitcode is not None

    def killed(self) -> bool:
        """Wait until it has ended, and tell whether it was killed."""
        self.wait()
        return self.process.exitcode == -signal.SIGKILL

    def kill(self) -> None:
        """Kill it, as whoever restarts a kernel does."""
        self.process.kill()
        self.wait()

    def result(self) -> Any:
        """Wait for its registered table, or its error."""
        assert self.answers.poll(WAIT_S)
        found = self.answers.recv()
        self.wait()
        return found


@dataclass(frozen=True)
class Told:
    """An error, as it can be sent from one process to another."""

    kind: str
    message: str
    hint: str
    array_path: str

    def error(self) -> otj.OmeroTablesError:
        """Give the error."""
        made = getattr(otj, self.kind)(self.message, hint=self.hint)
        made.array_path = self.array_path
        return made


def _run(upload: Upload, environment: dict[str, str], answers: Any) -> None:
    for name in [*os.environ]:
        if name.startswith("OMERO"):
            del os.environ[name]
    os.environ.update(environment)
    if upload.before is not None:
        upload.before()
    session = otj.login(upload.url, username=upload.username, password=upload.password)
    session.channel.sleep = lambda seconds: None
    options = {"name": "Cells", **upload.options}
    job = otj.submit_table(upload.frame, options.pop("name"), on_event=upload.on_event, **options)
    job.wait()
    if job.failed:
        assert job.error is not None, job.result()
        one = job.error
        answers.send(Told(type(one).__name__, one.message, one.hint, one.array_path))
    else:
        answers.send(job.result())


@dataclass
class At:
    """Does something at one event, such as ``StageStarted Register``; ``Progress Convert`` has a
    number of its own: the second, so that some rows are written.
    """

    moment: str
    do: Callable[[], None]
    left: int = 1

    def __call__(self, event: Any) -> None:
        if f"{type(event).__name__} {event.stage}" == self.moment:
            self.left -= 1
            if self.left == 0:
                self.do()


def die() -> None:
    """Be killed, as by the system when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class DieAtRename:
    """Dies right before, or right after, the array gets its name."""

    after: bool

    def __call__(self) -> None:
        rename = os.rename

        def dying(source: Any, target: Any) -> None:
            if self.after:
                rename(source, target)
            die()

        destination.os.rename = dying


def until(true: Callable[[], Any]) -> Any:
    """Wait until something is so, and give it."""
    deadline = time.monotonic() + WAIT_S
    while not (found := true()):
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)
    return found
