"""What a folder stands on, as Linux, Windows and a Mac tell."""

import os
import sys
from pathlib import Path

import pytest

from omero_tables_jupyter.arrays import disks
from omero_tables_jupyter.arrays.disks import Alone, Mount, alone, free_bytes, mounts_in

MOUNTS = r"""22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/l
23 22 0:5 / /dev rw,nosuid - tmpfs tmpfs rw
24 22 8:1 / /home rw,relatime shared:1 - ext4 /dev/sda1 rw
25 22 0:50 / /mnt/lab\040share rw - nfs4 nas:/export rw
26 22 8:1 /srv/tables /data rw master:1 - ext4 /dev/sda1 rw
27 22 0:51 /@scratch /scratch rw - btrfs /dev/sdb rw
28 22 0:52 / /mnt/fuse rw - fuse.sshfs ana@nas:/ rw
29 24 0:53 / /home/ana/net rw - cifs //nas/ana rw
30 22 0:54 / /over rw - ext4 /dev/sdc rw
31 22 0:55 / /over rw - nfs nas:/over rw
no line of its own
"""


@pytest.fixture
def linux(monkeypatch, tmp_path):
    (tmp_path / "mountinfo").write_text(MOUNTS)
    monkeypatch.setattr(disks, "_MOUNTS", tmp_path / "mountinfo")
    monkeypatch.setattr(sys, "platform", "linux")


def test_mounts_are_read_with_blanks_in_their_names():
    assert Mount("/mnt/lab share", "/", "nfs4") in mounts_in(MOUNTS)
    assert len(mounts_in(MOUNTS)) == 10


@pytest.mark.parametrize(
    ("folder", "what", "surely"),
    [
        ("/opt/tables", "is inside the container that this notebook runs in (overlay)", True),
        ("/dev/shm", "is in the memory of this machine (tmpfs)", True),
        ("/home/ana/tables", "is on a disk of this machine (ext4)", False),
        ("/home", "is on a disk of this machine (ext4)", False),
        ("/scratch/x", "is on a disk of this machine (btrfs)", False),
        ("/var/tmp/x", "is a temporary folder of this machine", True),
    ],
)
def test_what_only_this_machine_sees_is_known_by_its_mount(
    linux, monkeypatch, folder, what, surely
):
    monkeypatch.setattr(os.path, "realpath", str)
    assert alone(folder) == Alone(what, surely=surely)


@pytest.mark.parametrize(
    "folder", ["/mnt/lab share/a", "/data/a", "/mnt/fuse/a", "/home/ana/net/a", "/over/a"]
)
def test_shares_folders_given_to_a_container_and_unknown_mounts_are_left_in_peace(
    linux, monkeypatch, folder
):
    monkeypatch.setattr(os.path, "realpath", str)
    assert alone(folder) is None


def test_a_system_that_tells_nothing_warns_of_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(disks, "_MOUNTS", tmp_path / "none")
    monkeypatch.setattr(sys, "platform", "linux")
    assert alone("/opt/tables") is None


def test_a_temporary_folder_is_known_by_its_real_name(tmp_path):
    assert alone(tmp_path) == Alone("is a temporary folder of this machine")


@pytest.mark.parametrize(("kind", "found"), [(2, None), (3, False), (4, None), (6, True)])
def test_windows_tells_fixed_drives_from_shares(monkeypatch, kind, found):
    asked = []
    monkeypatch.setattr(disks, "_drive_type", lambda anchor: asked.append(anchor) or kind)
    monkeypatch.setattr(disks, "_is_windows", lambda: True)
    why = alone("/opt/tables")
    assert (why and why.surely) == found
    assert asked == ["/"]


def test_elsewhere_windows_drives_have_no_type():
    if os.name == "nt":
        assert disks._drive_type("C:\\") == 3
    else:
        assert disks._drive_type("C:\\") == 0


def test_a_mac_knows_its_own_volume(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(disks, "_MAC_DISKS", ("/",))
    assert alone("/") == Alone("is on a disk of this machine (its own volume)", surely=False)
    assert alone("/proc/self") is None
    assert alone("/not/there") is None


def test_free_room_is_told_where_the_system_tells_it(tmp_path):
    assert free_bytes(tmp_path) > 0
    assert free_bytes(Path("/not/there")) is None
