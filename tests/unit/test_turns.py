"""Whose turn it is to change an array, and what becomes of the turn of one who was killed."""

import errno
import os
import threading
from pathlib import Path

import pytest

from omero_tables_jupyter.arrays import turns
from omero_tables_jupyter.arrays.turns import Turn, taken
from omero_tables_jupyter.errors import PathError, TableExistsError


@pytest.fixture
def target(tmp_path, monkeypatch):
    monkeypatch.setattr(turns, "_BEAT_S", 0.05)
    monkeypatch.setattr(turns, "_PAUSE_S", 0.01)
    monkeypatch.setattr(turns, "_SILENT_S", 0.5)
    return tmp_path / "T.tiledb"


def at_once(turn):
    """Take a turn that nobody has."""
    assert list(turn.take()) == []


def test_a_turn_leaves_no_file_and_no_thread(target):
    before = threading.active_count()
    turn = Turn(target)
    at_once(turn)
    at_once(turn)
    turn.check()
    assert [one.name for one in target.parent.iterdir()] == [".T.tiledb.turn"]
    turn.give_back()
    turn.give_back()
    assert [*target.parent.iterdir()] == []
    assert threading.active_count() == before


def test_a_turn_that_was_given_back_can_be_taken_again(target):
    for _ in range(2):
        with taken(target):
            assert target.with_name(".T.tiledb.turn").exists()
    assert [*target.parent.iterdir()] == []


def test_while_somebody_is_at_it_nobody_else_is(target):
    with taken(target):
        with pytest.raises(TableExistsError, match="or is at it now") as refused:
            list(Turn(target).take())
        assert "upload again" in refused.value.hint
        at_once(Turn(target.with_name("other.tiledb")))


def test_the_turn_of_one_who_was_killed_is_taken_over_after_a_while(target):
    target.with_name(".T.tiledb.turn").write_text("0123456789abcdef 7")
    turn = Turn(target)
    assert list(turn.take())
    turn.check()
    turn.give_back()
    assert [*target.parent.iterdir()] == []


def test_the_longest_name_that_an_array_may_have_can_be_taken_over_too(target):
    longest = target.with_name(f"{'a' * (255 - 18 - len('.tiledb'))}.tiledb")
    longest.with_name(f".{longest.name}.turn").write_text("0123456789abcdef 7")
    with taken(longest):
        pass
    assert [*target.parent.iterdir()] == []


def test_what_a_killed_one_left_and_nobody_may_remove_is_told_and_not_waited_for(
    target, monkeypatch
):
    def refused(path, _):
        raise PermissionError(errno.EPERM, "Operation not permitted", str(path))

    target.with_name(".T.tiledb.turn").write_text("0123456789abcdef 7")
    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(PathError, match="cannot be removed: Operation not permitted") as stuck:
        list(Turn(target).take())
    assert "remove it yourself" in stuck.value.hint


def test_killed_before_it_wrote_anything_it_is_taken_over_all_the_same(target):
    target.with_name(".T.tiledb.turn").touch()
    with taken(target):
        assert target.with_name(".T.tiledb.turn").read_text()


def test_a_turn_that_is_given_back_meanwhile_is_taken(target):
    first, second = Turn(target), Turn(target)
    at_once(first)
    steps = second.take()
    next(steps)
    first.give_back()
    assert list(steps) == []
    second.check()
    second.give_back()


def test_of_several_that_wait_for_a_killed_one_exactly_one_takes_over(target):
    target.with_name(".T.tiledb.turn").write_text("0123456789abcdef 7")
    held, refused = [], []
    barrier = threading.Barrier(4)

    def attempt():
        turn = Turn(target)
        barrier.wait()
        try:
            list(turn.take())
            held.append(turn)
        except TableExistsError as error:
            refused.append(error)

    threads = [threading.Thread(target=attempt) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (len(held), len(refused)) == (1, 3)
    held[0].check()
    held[0].give_back()


def test_who_slept_while_another_took_over_is_told_and_takes_nothing_away(target):
    turn = Turn(target)
    at_once(turn)
    target.with_name(".T.tiledb.turn").write_text("somebody else")
    with pytest.raises(TableExistsError):
        turn.check()
    turn.give_back()
    assert target.with_name(".T.tiledb.turn").read_text() == "somebody else"


def test_a_turn_whose_file_has_gone_is_lost_and_not_made_anew(target):
    turn = Turn(target)
    at_once(turn)
    target.with_name(".T.tiledb.turn").unlink()
    with pytest.raises(TableExistsError):
        turn.check()
    turn.give_back()
    assert [*target.parent.iterdir()] == []


def test_where_nothing_can_be_made_it_is_an_error_of_ours(tmp_path):
    with pytest.raises(PathError, match="nothing can be made beside") as refused:
        list(Turn(tmp_path / "gone" / "T.tiledb").take())
    assert "mounted" in refused.value.hint


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_turn_that_may_not_be_read_is_told_by_its_time(target):
    path = target.with_name(".T.tiledb.turn")
    path.write_text("mine")
    path.chmod(0)
    with taken(target):
        assert path.read_text()


def test_on_a_full_disk_no_turn_is_left(target, monkeypatch):
    def full(handle, mode):
        os.close(handle)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(turns.os, "fdopen", full)
    with pytest.raises(PathError, match="No space left") as refused:
        list(Turn(target).take())
    assert "full" in refused.value.hint
    assert [*target.parent.iterdir()] == []


def test_where_no_thread_is_started_any_more_a_turn_is_had_all_the_same(target, monkeypatch):
    def ending(thread):
        raise RuntimeError("can't create new thread at interpreter shutdown")

    monkeypatch.setattr(threading.Thread, "start", ending)
    with taken(target):
        assert target.with_name(".T.tiledb.turn").exists()
    assert [*target.parent.iterdir()] == []
