"""A job: a generator drained in one worker thread, for whoever watches, waits or cancels."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from omero_tables_jupyter import exits
from omero_tables_jupyter.errors import OmeroTablesError, UploadCancelled
from omero_tables_jupyter.events import Event, LoginNeeded
from omero_tables_jupyter.job_progress import JobProgress
from omero_tables_jupyter.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from omero_tables_jupyter.model import RegisteredTable, Secret
    from omero_tables_jupyter.steps import Steps

__all__ = ["Job", "TablesJob", "UploadJob"]

R = TypeVar("R")
_LOOK_UP_S = 0.5
#: Whatever stands after a cancel, who made it has said so.
_NOTHING_LEFT = "nothing was registered, and nothing of it is left: run it again when you like"
LOGGER = logging.getLogger("omero_tables_jupyter")


class Job(Generic[R]):
    """Work under way in a thread of its own: an `UploadJob`, or the `TablesJob` of several.

    Parameters
    ----------
    steps
        The generator to drain; it runs in the job's thread only.
    name
        The table's name, for people.
    ask
        Whether somebody can answer `LoginNeeded` with `renew`; else that ends the job.

    """

    _registered = "the table is registered"

    def __init__(self, steps: Steps[R], *, name: str, ask: bool = False) -> None:
        self.name = name
        self._steps = steps
        self._ask = ask
        self._changed = threading.Condition()
        self._events: list[Event] = []
        self._callbacks: list[Callable[[Event], None]] = []
        self._progress = JobProgress()
        self._password: Secret | None = None
        self._cancelled = False
        self._ended = False
        self._result: R | None = None
        self._failure: BaseException | None = None
        self._began = time.monotonic()
        self._seconds: float | None = None
        self._thread = threading.Thread(target=self._drain, name=f"upload of {name}", daemon=False)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}: {self._state()}>"

    def start(self) -> Self:
        """Begin; a job begins once. A script that ends meanwhile waits for it."""
        exits.wait_for(self)
        self._thread.start()
        return self

    @property
    def progress(self) -> JobProgress:
        """Where the job stands now."""
        with self._changed:
            seconds = self._seconds
            if seconds is None:
                seconds = time.monotonic() - self._began
            return replace(self._progress, seconds=seconds)

    @property
    def done(self) -> bool:
        """Whether the job has ended, well or not."""
        with self._changed:
            return self._ended

    @property
    def failed(self) -> bool:
        """Whether the job has ended without a table: an error, a cancel, or a bug of ours."""
        with self._changed:
            return self._failure is not None

    @property
    def error(self) -> OmeroTablesError | None:
        """Why the job failed; None while it runs, after it went well, and for a bug of ours."""
        with self._changed:
            failure = self._failure
        return failure if isinstance(failure, OmeroTablesError) else None

    def events(self) -> Iterator[Event]:
        """Give every event from the first to the last, waiting for those to come.

        Ends with the job and never raises the job's error: ask `result` for that.
        """
        seen = 0
        while True:
            with self._changed:
                # Not for ever: only so does Windows see the stop button while it waits.
                self._changed.wait_for(
                    lambda: self._ended or len(self._events) > seen,  # noqa: B023 - called at once
                    timeout=_LOOK_UP_S,
                )
                fresh = self._events[seen:]
                ended = self._ended
            yield from fresh
            seen += len(fresh)
            if ended and not fresh:
                return

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Have `callback` called with each event to come, in the job's thread.

        Returns
        -------
        callable
            Call it to end the subscription.

        """
        with self._changed:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._changed:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return unsubscribe

    def cancel(self) -> None:
        """Ask the job to stop at its next step; wait for it with `wait`.

        Before the array stands under its name, nothing is left of it. Afterwards it stays, and
        the error of `result` says where.
        """
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()

    def renew(self, password: Secret) -> None:
        """Answer `LoginNeeded`: the job logs in again and goes on."""
        with self._changed:
            self._password = password
            self._changed.notify_all()

    def wait(self, *, timeout_s: float | None = None) -> bool:
        """Wait until the job has ended.

        Returns
        -------
        bool
            False where `timeout_s` seconds went by first.

        """
        with self._changed:
            return self._changed.wait_for(lambda: self._ended, timeout=timeout_s)

    def result(self, *, timeout_s: float | None = None) -> R:
        """Wait for what the job makes: the registered table, or the table of results.

        Raises
        ------
        OmeroTablesError
            Why the job failed, or `UploadCancelled`.
        TimeoutError
            If `timeout_s` seconds went by first; the job goes on.

        """
        if not self.wait(timeout_s=timeout_s):
            raise TimeoutError(f"the upload of {self.name!r} still runs")
        if self._failure is not None:
            raise self._failure
        assert self._result is not None  # noqa: S101 - a job that ended without failure has one
        return self._result

    def follow(self, on_event: Callable[[Event], None] | None = None) -> R:
        """Wait in the foreground, handing each event to `on_event` in this thread.

        An interrupt (the stop button, Ctrl-C) cancels the job, waits until it has cleaned up, and
        gives its result or raises its error; a second one does not wait for that. An error of
        `on_event` cancels it as well, and says what became of the table.
        """
        try:
            for event in self.events():
                if on_event is not None:
                    on_event(event)
        except BaseException as stop:
            # Whatever it was, nobody watches any more: an upload is not left to run unseen.
            self._stop()
            if not isinstance(stop, KeyboardInterrupt):
                self._say_outcome(stop)
                raise
        return self.result()

    def run(self, on_event: Callable[[Event], None] | None = None) -> R:
        """Begin, and `follow`; an interrupt at any moment cancels the job."""
        try:
            self.start()
        except KeyboardInterrupt:
            # It came while the thread began, which stops at its next step.
            self.cancel()
            raise
        return self.follow(on_event)

    def _stop(self) -> None:
        self.cancel()
        try:
            self.wait()
        except KeyboardInterrupt:
            raise UploadCancelled(
                f"the upload of '{self.name}' was told to stop, and is still in its step "
                f"'{self.progress.stage or 'start'}'",
                hint="it ends by itself; whether it was registered stands then in %omero_history "
                "(omero_tables_jupyter.history())",
            ) from None

    def wait_at_exit(self) -> None:
        """Wait for the thread at the interpreter's end, when nobody is left to ask for an error."""
        self._thread.join()
        if self._failure is not None:
            LOGGER.error("the upload of %r failed: %s", self.name, self._failure)

    def _say_outcome(self, stop: BaseException) -> None:
        """Tell in somebody else's error where the array is, or that the table is registered."""
        if self._result is not None:
            said = f"{self._registered} all the same: {self._words(self._result)}"
        elif self.error is not None and self.error.array_path:
            said = self.error.hint
        else:
            return
        if isinstance(stop, OmeroTablesError):
            stop.hint = f"{stop.hint}\n{said}" if stop.hint else said
            stop.array_path = self.error.array_path if self.error else ""
        else:
            stop.add_note(said)

    def _state(self) -> str:
        with self._changed:
            if not self._ended:
                return f"{self._progress.stage or 'starting'}"
            if self._failure is None:
                return "done" if self._result is None else f"done, {self._words(self._result)}"
            return "cancelled" if isinstance(self._failure, UploadCancelled) else "failed"

    def _words(self, result: R) -> str:
        """Say in a word or two what came of it."""
        return str(result)

    def _drain(self) -> None:
        result: R | None = None
        failure: BaseException | None = None
        try:
            result = self._run_to_end()
        except BaseException as error:  # noqa: BLE001 - kept whole, and raised by `result`
            failure = error
            if isinstance(error, UploadCancelled) and not error.hint:
                error.hint = _NOTHING_LEFT
        exits.forget(self)
        with self._changed:
            self._result, self._failure = result, failure
            self._seconds = time.monotonic() - self._began
            self._ended = True
            self._changed.notify_all()

    def _run_to_end(self) -> R:
        answer: Secret | None = None
        try:
            while True:
                if self._stop_asked():
                    event = self._steps.throw(UploadCancelled("the upload was cancelled"))
                else:
                    event = self._steps.send(answer)
                self._tell(event)
                answer = self._wait_for_password() if isinstance(event, LoginNeeded) else None
        except StopIteration as end:
            result: R = end.value
            return result
        finally:
            self._steps.close()

    def _stop_asked(self) -> bool:
        with self._changed:
            return self._cancelled

    def _tell(self, event: Event) -> None:
        with self._changed:
            self._events.append(event)
            self._progress = self._progress.after(event)
            callbacks = tuple(self._callbacks)
            self._changed.notify_all()
        for callback in callbacks:
            try:
                callback(event)
            except Exception:  # a broken watcher must not fail an upload, nor go unheard
                LOGGER.exception("a watcher of %r failed", self)

    def _wait_for_password(self) -> Secret | None:
        if not self._ask:
            return None
        with self._changed:
            # Looks up now and then, so that an interpreter that ends does not wait for ever.
            while not exits.is_ending():
                if self._changed.wait_for(
                    lambda: self._cancelled or self._password is not None, timeout=_LOOK_UP_S
                ):
                    break
            password, self._password = self._password, None
            return password


class UploadJob(Job["RegisteredTable"]):
    """An upload under way in a thread of its own; its result is the registered table."""

    def _words(self, result: RegisteredTable) -> str:
        return f"annotation {int(result)}"


class TablesJob(Job["pd.DataFrame"]):
    """The upload of several tables in a thread of its own; its result is a row for each."""

    _registered = "they are registered"

    def _words(self, result: pd.DataFrame) -> str:
        return plural(len(result), "table")
