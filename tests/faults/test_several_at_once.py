"""Two notebooks at the same place."""

import os
from dataclasses import dataclass
from typing import Any

import pytest
from children import CHILDREN, At, Told, Upload, die, until
from scene import WHOLE, cells

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays import turns

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


@pytest.mark.usefixtures("session")
def test_who_began_before_another_replaced_the_table_does_not_undo_that(scene):
    """The second has checked, and waits until the first has replaced the table altogether."""
    first, second = cells(4000), cells(3000)
    scene.others = (first, second)
    done = scene.upload()
    barrier = CHILDREN.Barrier(2)
    slow = Upload.of(
        scene,
        frame=second,
        on_event=At("StageDone Verify", Meet(barrier)),
        if_exists="replace",
    ).start()
    until(lambda: barrier.n_waiting)
    assert int(scene.upload(first, if_exists="replace")) == int(done)
    barrier.wait(WAIT_S)
    lost = slow.result()
    assert (lost.kind, "has replaced" in lost.message) == ("TableExistsError", True)
    assert len(otj.read_table(scene.folder / "Cells.tiledb")) == 4000
    assert scene.on_disk() == WHOLE


@pytest.mark.usefixtures("session")
def test_a_replacement_that_is_read_back_just_now_is_not_taken_for_an_interrupted_one(scene):
    first, second = cells(4000), cells(3000)
    scene.others = (first, second)
    done = scene.upload()
    barrier = CHILDREN.Barrier(2)
    slow = Upload.of(
        scene, frame=first, on_event=At("StageStarted Confirm", Meet(barrier)), if_exists="replace"
    ).start()
    try:
        until(lambda: barrier.n_waiting)
        assert otj.check_table(second, "Cells", **scene.options, if_exists="replace").ok
        with pytest.raises(otj.TableExistsError, match="or is at it now"):
            scene.upload(second, if_exists="replace")
        with pytest.raises(otj.TableExistsError, match="or is at it now"):
            otj.put_back_array(scene.folder / "Cells.tiledb.old", confirm=True)
        with pytest.raises(otj.TableExistsError, match="or is at it now"):
            otj.remove_array(scene.folder / "Cells.tiledb.old", confirm=True)
    finally:
        barrier.wait(WAIT_S)
    assert int(slow.result()) == int(done)
    assert len(otj.read_table(scene.folder / "Cells.tiledb")) == 4000
    assert scene.on_disk() == WHOLE


@pytest.mark.usefixtures("session")
@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
def test_a_replacement_that_was_killed_while_it_was_read_back_is_undone_by_the_next(
    scene, monkeypatch
):
    monkeypatch.setattr(turns, "_SILENT_S", 2.5)
    first, second = cells(4000), cells(3000)
    scene.others = (first, second)
    done = scene.upload()
    child = Upload.of(
        scene, frame=first, on_event=At("StageStarted Confirm", die), if_exists="replace"
    ).start()
    assert child.killed()
    names = sorted(one.name for one in scene.folder.iterdir())
    assert names == [".Cells.tiledb.turn", "Cells.tiledb", "Cells.tiledb.old"]
    again = scene.upload(second, if_exists="replace")
    assert int(again) == int(done)
    assert any("interrupted" in note.text for note in again.notes)
    assert len(otj.read_table(scene.folder / "Cells.tiledb")) == 3000
    assert scene.on_disk() == WHOLE
