"""What a folder stands on: how much room there is, and whether other machines could see it."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Alone", "Mount", "alone", "free_bytes", "mounts_in"]

_MOUNTS = Path("/proc/self/mountinfo")
_MEMORY = frozenset({"ramfs", "tmpfs"})
_CONTAINER = frozenset({"aufs", "overlay"})
_DISKS = frozenset(
    {
        "bcachefs",
        "btrfs",
        "exfat",
        "ext2",
        "ext3",
        "ext4",
        "f2fs",
        "fuseblk",
        "ntfs",
        "ntfs3",
        "vfat",
        "xfs",
        "zfs",
    }
)
#: Where every system keeps what it may throw away, beside the user's own choice.
_TEMPORARY = ("/tmp", "/var/tmp", "/private/tmp")  # noqa: S108 - compared with, never written to
#: The volumes that a Mac starts from.
_MAC_DISKS = ("/", "/System/Volumes/Data")
_OCTAL = re.compile(r"\\([0-7]{3})")
_DRIVE_FIXED, _DRIVE_MEMORY = 3, 6


@dataclass(frozen=True, slots=True)
class Alone:
    """Why no other machine sees a folder.

    Parameters
    ----------
    what
        What the folder is, to follow its name: ``is a temporary folder of this machine``.
    surely
        False for an ordinary disk, which may be shared from here.

    """

    what: str
    surely: bool = True


@dataclass(frozen=True, slots=True)
class Mount:
    """A file system of Linux: where it appears, which part of it does, and its type."""

    point: str
    root: str
    kind: str

    @property
    def bound(self) -> bool:
        """Whether it is a folder of elsewhere, as containers are given them.

        The parts of a btrfs have names of their own and look alike.
        """
        return self.root != "/" and self.kind != "btrfs"


def free_bytes(folder: str | os.PathLike[str]) -> int | None:
    """Give the room that is left; None where the file system does not say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def alone(folder: str | os.PathLike[str]) -> Alone | None:
    """Say why a folder is plainly not on shared storage.

    Returns
    -------
    Alone or None
        None where it may well be shared, and where nobody can tell.

    """
    place = os.path.realpath(folder)
    if any(_is_below(place, one) for one in {*_TEMPORARY, os.path.realpath(tempfile.gettempdir())}):
        return Alone("is a temporary folder of this machine")
    if _is_windows():
        return _of_drive(_drive_type(Path(place).anchor))
    if sys.platform == "darwin":
        return _of_mac(place)
    return _of_mount(place, mounts_in(_read(_MOUNTS)))


def _is_windows() -> bool:
    return os.name == "nt"


def mounts_in(text: str) -> tuple[Mount, ...]:
    """Read ``/proc/self/mountinfo``; lines that are none of its own are passed over."""
    found = []
    for line in text.splitlines():
        before, dash, after = line.partition(" - ")
        fields, kinds = before.split(" "), after.split(" ")
        if dash and len(fields) > 4:  # noqa: PLR2004 - ids, device, root, point
            found.append(Mount(_plain(fields[4]), _plain(fields[3]), kinds[0]))
    return tuple(found)


def _plain(field: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), field)


def _is_below(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder.rstrip(os.sep) + os.sep)


def _of_mount(place: str, mounts: tuple[Mount, ...]) -> Alone | None:
    over = [one for one in mounts if _is_below(place, one.point)]
    if not over:
        return None
    # Of two at the same point, the later one hides the other.
    mount = max(reversed(over), key=lambda one: len(one.point))
    if mount.bound:
        return None
    if mount.kind in _MEMORY:
        return Alone(f"is in the memory of this machine ({mount.kind})")
    if mount.kind in _CONTAINER:
        return Alone(f"is inside the container that this notebook runs in ({mount.kind})")
    return _disk(mount.kind) if mount.kind in _DISKS else None


def _disk(kind: str) -> Alone:
    return Alone(f"is on a disk of this machine ({kind})", surely=False)


def _of_drive(kind: int) -> Alone | None:
    if kind == _DRIVE_MEMORY:
        return Alone("is in the memory of this machine (a RAM disk)")
    return _disk("a fixed drive") if kind == _DRIVE_FIXED else None


def _drive_type(anchor: str) -> int:
    import ctypes

    windll = getattr(ctypes, "windll", None)
    return 0 if windll is None else int(windll.kernel32.GetDriveTypeW(anchor))


def _of_mac(place: str) -> Alone | None:
    try:
        device = Path(place).stat().st_dev
        own = {Path(one).stat().st_dev for one in _MAC_DISKS}
    except OSError:
        return None
    return _disk("its own volume") if device in own else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
