"""The share fails.

Where the fault needs a file system of its own, or a user who is not root, the upload runs in a
child that is given one.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from children import At, Told, Upload
from scene import HALF

import omero_tables_jupyter as otj

pytestmark = [
    pytest.mark.usefixtures("session"),
    pytest.mark.skipif(os.name == "nt", reason="limits, modes and mounts are POSIX's"),
]
MIDST = "Progress Convert"
NOBODY = 65534


def failed(scene, **given):
    found = Upload.of(scene, **given).start().result()
    assert isinstance(found, Told), found
    return found.error()


def ends(scene, told, fault, error, *, disk="nothing"):
    told(fault, error, disk=disk, server="nothing", history="nothing")


@dataclass
class Limit:
    """Lets no file grow beyond a size, as a full disk or a quota does."""

    n_bytes: int

    def __call__(self):
        import resource
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.n_bytes, self.n_bytes))


@pytest.mark.parametrize("n_bytes", [2_000, 10_000, 30_000])
def test_no_room_for_a_file_leaves_nothing(scene, told, n_bytes):
    error = failed(scene, before=Limit(n_bytes))
    assert isinstance(error, otj.DiskFullError)
    ends(scene, told, "the quota is used up while rows are written", error)


@dataclass
class Mount:
    """A small file system in memory, mounted where the test's folder is."""

    folder: str

    def __enter__(self):
        self("-t", "tmpfs", "-o", "size=300k", "none")
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.folder], check=False)

    def __call__(self, *options):
        subprocess.run(["mount", *options, self.folder], check=True, capture_output=True)


@pytest.fixture
def small(scene):
    try:
        with Mount(str(scene.folder)) as mount:
            yield mount
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount anything here")


@dataclass
class Fill:
    """Leaves a disk no room."""

    folder: str

    def __call__(self):
        with Path(self.folder, ".partial-filler").open("wb") as file:
            try:
                while True:
                    file.write(b"x" * 4096)
                    file.flush()
            except OSError:
                return


def test_a_full_disk_is_noticed_before_anything_is_written(scene, told, small):
    error = failed(scene)
    assert isinstance(error, otj.DiskFullError)
    ends(scene, told, "the disk has too little room for the table", error)


@dataclass
class Remount:
    """Makes a share read-only under the hands of whoever writes to it."""

    folder: str

    def __call__(self):
        subprocess.run(["mount", "-o", "remount,ro", self.folder], check=True)


@pytest.mark.parametrize("moment", [MIDST, "StageDone Verify"])
def test_a_share_that_becomes_read_only(scene, told, tmp_path, moment):
    mount = Mount(str(scene.folder))
    try:
        mount("-t", "tmpfs", "-o", "size=50m", "none")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount anything here")
    try:
        error = failed(scene, on_event=At(moment, Remount(str(scene.folder))))
        when = "while rows are written" if moment == MIDST else "when all is written"
        ends(scene, told, f"the share becomes read-only {when}", error, disk=HALF)
    finally:
        mount.__exit__()


@dataclass
class Unmount:
    """Takes a share away; the empty folder that it was mounted on stays."""

    folder: str

    def __call__(self):
        subprocess.run(["umount", "-l", self.folder], check=True)


@pytest.mark.parametrize("moment", [MIDST, "StageDone Verify"])
def test_a_share_that_is_unmounted(scene, told, moment):
    mount = Mount(str(scene.folder))
    try:
        mount("-t", "tmpfs", "-o", "size=50m", "none")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount anything here")
    try:
        error = failed(scene, on_event=At(moment, Unmount(str(scene.folder))))
    finally:
        mount.__exit__()
    when = "while rows are written" if moment == MIDST else "when all is written"
    ends(scene, told, f"the share is unmounted {when}", error)


@dataclass
class Remove:
    """Removes the folder with all that is in it."""

    folder: str

    def __call__(self):
        shutil.rmtree(self.folder)


@dataclass
class Move:
    """Moves the folder away."""

    folder: str

    def __call__(self):
        Path(self.folder).rename(f"{self.folder}-away")


@pytest.mark.parametrize("moment", ["StageDone Check", MIDST, "StageDone Verify"])
@pytest.mark.parametrize(("what", "do"), [("removed", Remove), ("renamed", Move)])
def test_a_folder_that_goes_is_not_made_anew(scene, told, moment, what, do):
    error = failed(scene, on_event=At(moment, do(str(scene.folder))))
    when = {"StageDone Check": "after the check", MIDST: "while rows are written"}
    ends(
        scene,
        told,
        f"the folder is {what} {when.get(moment, 'when all is written')}",
        error,
        disk="no folder",
    )


@dataclass
class BecomeNobody:
    """Gives up root's rights, which no mode holds back."""

    def __call__(self):
        if os.geteuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)


@dataclass
class Close:
    """Takes the right to write from a folder and from what is in it."""

    folder: str

    def __call__(self):
        for path in (*Path(self.folder).rglob("*"), Path(self.folder)):
            if path.is_dir():
                path.chmod(0o555)


@pytest.fixture
def anybodys(scene):
    """Let the share, and the places of this test, be used by a user that is not root."""
    if os.geteuid() == 0:
        for path in (Path(scene.server.share).parent, Path(scene.server.share)):
            path.chmod(0o755)
        os.chown(scene.folder, NOBODY, NOBODY)
        home = Path(os.environ["HOME"])
        for one in (*reversed(home.parents),):
            if str(one).startswith("/tmp/"):
                one.chmod(0o755)
        for one in (home, *home.rglob("*")):
            os.chown(one, NOBODY, NOBODY)


@pytest.mark.usefixtures("anybodys")
@pytest.mark.parametrize("moment", ["StageDone Check", MIDST, "StageDone Verify"])
def test_rights_that_are_taken_away(scene, told, moment):
    at = At(moment, Close(str(scene.folder)))
    error = failed(scene, before=BecomeNobody(), on_event=at)
    when = {"StageDone Check": "after the check", MIDST: "while rows are written"}
    for path in (scene.folder, *scene.folder.rglob("*")):
        path.chmod(0o755)
        os.chown(path, os.geteuid(), os.getegid())
    ends(
        scene,
        told,
        f"the right to write is taken away {when.get(moment, 'when all is written')}",
        error,
        disk="nothing" if moment == "StageDone Check" else HALF,
    )
