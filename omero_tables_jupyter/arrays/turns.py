"""One at a time may change what stands under a name, also from several computers.

Who is at it has made a file beside the array, which a share lets only one of them do, and writes
another number into it every second. Of one who was killed the file stays as it is: whoever comes
next watches it for a while, and takes it over. So no clock of another computer is compared, no
process is looked for, and no lock of a file system is needed, which not all shares have.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import PathError, TableExistsError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from pathlib import Path

__all__ = ["Turn", "overtaken", "taken"]

#: A share may stand still for some seconds; so long as this none does that works.
_BEAT_S, _SILENT_S, _PAUSE_S = 1.0, 20.0, 0.1


class Turn:
    """The right to change what stands under a name; `take` and `give_back` belong together.

    Parameters
    ----------
    target
        The array.

    """

    def __init__(self, target: Path) -> None:
        self._target = target
        self._path = target.with_name(f".{target.name}.turn")
        self._mine = secrets.token_hex(8)
        self._held = False
        self._ended = threading.Event()
        self._beats: threading.Thread | None = None

    def take(self) -> Generator[None, None, None]:
        """Take the turn; a second time does nothing. Pauses while it is not known who is at it.

        Raises
        ------
        TableExistsError
            If another upload is at it.
        PathError
            If the folder cannot be written to, or the file of one who was killed not be removed.

        """
        if self._held:
            return
        seen, since = None, time.monotonic()
        while not self._made():
            said = self._said()
            if said != seen:
                if None not in {said, seen}:
                    raise overtaken(self._target)
                seen, since = said, time.monotonic()
            elif time.monotonic() - since > _SILENT_S:
                self._put_aside(said, patient=time.monotonic() - since <= 2 * _SILENT_S)
            time.sleep(_PAUSE_S)
            yield
        self._held = True
        self._ended.clear()
        beats = threading.Thread(target=self._beat, name="replacement", daemon=True)
        # An interpreter that is ending may start none: then the turn is over before it looks old.
        with suppress(RuntimeError):
            beats.start()
            self._beats = beats

    @property
    def was_taken_over(self) -> bool:
        """Whether somebody else surely has it now: this computer may have slept for an hour."""
        try:
            said = self._path.read_text(encoding="ascii", errors="replace")
        except OSError:
            return False
        return not said.startswith(self._mine)

    def check(self) -> None:
        """Make sure that the turn is still ours.

        Raises
        ------
        TableExistsError
            If somebody else has taken it over.

        """
        if self.was_taken_over or not os.path.lexists(self._path):
            raise overtaken(self._target)

    def give_back(self) -> None:
        """Let others change it; nothing happens where the turn was not taken."""
        if not self._held:
            return
        self._held = False
        self._ended.set()
        if self._beats is not None:
            self._beats.join()
            self._beats = None
        with suppress(OSError):
            if not self.was_taken_over:
                self._path.unlink()

    def _made(self) -> bool:
        """Make the file, which fails for all but one."""
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
        except FileExistsError:
            return False
        except OSError as error:
            if os.path.lexists(self._path):
                # Windows refuses so where the file is just being removed.
                return False
            raise self._unmade(error) from error
        try:
            with os.fdopen(handle, "w") as file:
                file.write(self._mine)
        except OSError as error:
            with suppress(OSError):
                self._path.unlink()
            raise self._unmade(error) from error
        return True

    def _unmade(self, error: OSError) -> PathError:
        return PathError(
            f"nothing can be made beside '{self._target}': {error.strerror or error}",
            hint="check that the share is mounted, writable and not full, and try again",
        )

    def _said(self) -> str | None:
        """Read the file; opened anew each time, since only then a share asks its server."""
        return _content(self._path)

    def _beat(self) -> None:
        number = 0
        while not self._ended.wait(_BEAT_S):
            number += 1
            # "r+" makes no new file where another has taken the turn over.
            with suppress(OSError), self._path.open("r+") as file:
                if file.read().startswith(self._mine):
                    file.seek(0)
                    file.write(f"{self._mine} {number}")

    def _put_aside(self, seen: str | None, *, patient: bool) -> None:
        """Remove the file of one who was killed; of several that try, one succeeds."""
        # No longer than an array's temporary name, for which there is room.
        aside = self._path.with_name(f"{self._path.name}-{self._mine[:8]}")
        try:
            self._path.rename(aside)
        except OSError as error:
            # Another may have been quicker; and Windows refuses while another reads it.
            if patient or isinstance(error, FileNotFoundError):
                return
            raise PathError(
                f"'{self._path}', which an upload that was killed has left, cannot be removed: "
                f"{error.strerror or error}",
                hint="remove it yourself, or ask whoever runs the share to, and try again",
            ) from error
        with suppress(OSError):
            if _content(aside) == seen or os.path.lexists(self._path):
                aside.unlink()
            else:
                # Somebody else was quicker, and this is theirs.
                aside.rename(self._path)


def _content(path: Path) -> str | None:
    """Read a file, or when it was changed where only that can be read; None where none is."""
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return None
    except OSError:
        try:
            return str(path.stat().st_mtime_ns)
        except OSError:
            return None


@contextmanager
def taken(target: Path) -> Iterator[None]:
    """Take the turn for a moment, and wait for it.

    Raises
    ------
    TableExistsError, PathError
        As for `Turn.take`.

    """
    turn = Turn(target)
    try:
        for _ in turn.take():
            continue
        yield
    finally:
        turn.give_back()


def overtaken(target: Path) -> TableExistsError:
    """Make the error of a replacement that another one has overtaken."""
    return TableExistsError(
        f"another upload has replaced '{target}' since this one began, or is at it now; nothing "
        "was changed by this one",
        hint="look at the table in a moment, and upload again if it is to hold these rows",
    )
