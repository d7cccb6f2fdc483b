"""Two notebooks at the same place."""

from dataclasses import dataclass
from typing import Any

import pytest
from children import CHILDREN, At, Told, Upload
from scene import WHOLE, cells

import omero_tables_jupyter as otj

WAIT_S = 60


@dataclass
class Meet:
    """Waits for the other process."""

    barrier: Any

    def __call__(self):
        self.barrier.wait(WAIT_S)


def at_once(scene, moment, frames, **options):
    """Run uploads in processes of their own that wait for each other at one moment."""
    barrier = CHILDREN.Barrier(len(frames))
    children = [
        Upload.of(scene, frame=frame, on_event=At(moment, Meet(barrier)), **options).start()
        for frame in frames
    ]
    found = [child.result() for child in children]
    won = [one for one in found if not isinstance(one, Told)]
    return won, [one.error() for one in found if isinstance(one, Told)]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("moment", ["StageDone Check", "StageDone Verify"])
def test_of_two_processes_one_wins_and_nothing_is_damaged(scene, told, moment):
    other = cells(4000)
    scene.others = (other,)
    won, (lost,) = at_once(scene, moment, [scene.frame, other])
    assert isinstance(lost, otj.TableExistsError)
    assert len(won) == 1
    assert len(otj.read_table(scene.folder / "Cells.tiledb")) == won[0].rows
    when = "has checked" if "Check" in moment else "has written and read back"
    told(
        f"two notebooks upload to one path at once: the other one {when} it, too",
        lost,
        disk=WHOLE,
        server="one table",
        history="registered",
    )


@pytest.mark.usefixtures("session")
def test_two_processes_that_write_beside_both_get_a_place(scene, told):
    first, second = cells(4000), cells(3000)
    scene.others = (first, second)
    scene.upload()
    won, lost = at_once(scene, "StageDone Verify", [first, second], if_exists="version")
    assert lost == []
    assert {one.rows for one in won} == {4000, 3000}
    told(
        "two notebooks write beside one table at once (`--if-exists version`)",
        "each gets a name of its own",
        disk="3 whole tables",
        server="3 tables",
        history="registered, registered, registered",
    )


@pytest.mark.usefixtures("session")
def test_of_two_processes_that_replace_one_table_one_wins(scene, told):
    first, second = cells(4000), cells(3000)
    scene.others = (first, second)
    done = scene.upload()
    (won,), (lost,) = at_once(scene, "StageDone Verify", [first, second], if_exists="replace")
    assert int(won) == int(done)
    assert len(otj.read_table(scene.folder / "Cells.tiledb")) == won.rows
    assert isinstance(lost, otj.TableExistsError)
    told(
        "two notebooks replace one table at once (`--if-exists replace`)",
        lost,
        disk=WHOLE,
        server="one table",
        history="registered",
    )
