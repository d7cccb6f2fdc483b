import asyncio
import threading

import pytest

from omero_tables_jupyter.errors import OmeroTablesError, PathError
from omero_tables_jupyter.jupyter.panel import worker as workers
from omero_tables_jupyter.jupyter.panel.worker import InlineWorker, LoopWorker, worker_here


def beside(act):
    """Run `act(worker, heard)` on a loop until `heard` was told, and give what it was told."""

    async def run():
        worker, told = LoopWorker(), asyncio.get_running_loop().create_future()
        act(worker, told.set_result)
        return await asyncio.wait_for(told, 10)

    return asyncio.run(run())


def fail():
    raise PathError("no such folder")


def test_work_is_done_in_another_thread_and_told_in_this_one():
    here = threading.current_thread()

    def act(worker, heard):
        worker.do(
            threading.current_thread, lambda there: heard((there, threading.current_thread()))
        )

    there, back = beside(act)
    assert there is not here
    assert back is here


@pytest.mark.parametrize("kind", ["loop", "inline"])
def test_an_error_of_ours_is_an_outcome(kind):
    heard = []
    if kind == "inline":
        InlineWorker().do(fail, heard.append)
    else:
        heard.append(beside(lambda worker, told: worker.do(fail, told)))
    assert isinstance(heard[0], PathError)


def test_a_bug_is_told_to_the_panel_and_to_the_loop():
    seen = []

    async def run():
        loop = asyncio.get_running_loop()
        raised = loop.create_future()
        loop.set_exception_handler(lambda _, context: raised.set_result(context["exception"]))
        LoopWorker().do(lambda: 1 // 0, seen.append)
        return await asyncio.wait_for(raised, 10)

    assert isinstance(asyncio.run(run()), ZeroDivisionError)
    assert type(seen[0]) is OmeroTablesError
    assert "ZeroDivisionError" in seen[0].message


def test_a_bug_where_no_loop_runs_is_raised():
    seen = []
    with pytest.raises(ZeroDivisionError):
        InlineWorker().do(lambda: 1 // 0, seen.append)
    assert "ZeroDivisionError" in seen[0].message


def test_what_a_closed_worker_was_doing_is_not_told():
    seen = []

    async def run():
        loop = asyncio.get_running_loop()
        handed_over = loop.create_future()
        loop.set_exception_handler(lambda *_: handed_over.set_result(None))
        worker, release = LoopWorker(), threading.Event()
        worker.do(lambda: release.wait() and 1 // 0, seen.append)
        worker.close()
        worker.do(lambda: 1, seen.append)
        release.set()
        await asyncio.wait_for(handed_over, 10)

    asyncio.run(run())
    inline = InlineWorker()
    inline.close()
    inline.do(lambda: 3, seen.append)
    assert seen == []


def test_only_a_few_things_are_done_at_once_and_all_in_the_end():
    together, most = 10, []

    async def run():
        worker, told, done = LoopWorker(), [], asyncio.get_running_loop().create_future()
        release, lock = threading.Event(), threading.Lock()
        inside = [0]

        def work():
            with lock:
                inside[0] += 1
                most.append(inside[0])
                if inside[0] == workers._MOST:
                    release.set()
            release.wait(10)
            with lock:
                inside[0] -= 1

        def then(_):
            told.append(1)
            if len(told) == together:
                done.set_result(None)

        for _ in range(together):
            worker.do(work, then)
        await asyncio.wait_for(done, 10)

    asyncio.run(run())
    assert max(most) == workers._MOST


def test_no_thread_is_left_once_the_work_is_done():
    before = threading.active_count()
    beside(lambda worker, told: worker.do(lambda: 1, told))
    assert threading.active_count() <= before + 1  # the one that hands over, at its end


def test_the_worker_fits_where_it_is_made():
    async def made():
        return worker_here()

    assert isinstance(worker_here(), InlineWorker)
    assert isinstance(asyncio.run(made()), LoopWorker)
