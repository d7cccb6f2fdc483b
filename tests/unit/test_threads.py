import threading
from itertools import count

import pytest

from omero_tables_jupyter.arrays.threads import pool


def where(threads):
    return threads.submit(threading.current_thread).result()


def test_a_pool_works_in_threads_of_its_own():
    with pool(2, name="csv") as threads:
        assert where(threads).name.startswith("csv")


@pytest.mark.parametrize("started", [0, 1])
def test_where_no_thread_is_started_any_more_the_work_is_done_all_the_same(monkeypatch, started):
    start, number = threading.Thread.start, count()

    def refuse(thread):
        if next(number) >= started:
            raise RuntimeError("can't create new thread at interpreter shutdown")
        start(thread)

    before = threading.active_count()
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pool(2) as threads:
        assert threading.active_count() == before
        assert where(threads) is threading.current_thread()
        with pytest.raises(ZeroDivisionError):
            threads.submit(lambda: 1 / 0).result()
