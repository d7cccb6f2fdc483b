"""A Dask client for an upload: the user's own, or workers in this process for the call."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.arrays.distributed.tasks import (
    halt,
    is_busy,
    sees_place,
    unseen,
    version_here,
)
from omero_tables_jupyter.errors import ConvertError, DataError, OmeroTablesError, OptionError
from omero_tables_jupyter.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from distributed import Client, Future

    from omero_tables_jupyter.arrays.distributed.tasks import Upload

__all__ = ["quieten", "refuse_blind", "results", "workers"]

_TICK_S = 0.2
_RESULT_S = 10.0
_QUIET_S, _PAUSE_S = 60.0, 0.05


@contextmanager
def workers() -> Iterator[Client]:
    """Give the current client, or one for workers in this process, which end with the block.

    They are threads, as everywhere in Dask where frames are computed without a client: processes
    would run a script a second time that has no ``if __name__ == '__main__':``.

    Raises
    ------
    OptionError
        When the current client is an asynchronous one.
    ConvertError
        When a worker lacks this package, or has another version of it.

    """
    try:
        from distributed import Client, LocalCluster
    except ModuleNotFoundError:
        raise OptionError(
            "a Dask DataFrame is uploaded by Dask's workers, and distributed is not installed",
            hint="install it: pip install distributed",
        ) from None

    client = _current()
    if client is not None:
        _refuse_strangers(client)
        yield client
        return
    nobody = "127.0.0.1:0"
    with (
        LocalCluster(
            processes=False,
            n_workers=1,
            threads_per_worker=os.cpu_count() or 1,
            dashboard_address=nobody,
            worker_dashboard_address=nobody,
            scheduler_kwargs={"dashboard": False},
            # What the notebook holds already would count, and stop the worker for good.
            memory_limit=0,
        ) as cluster,
        Client(cluster, set_as_default=False) as own,
    ):
        yield own


def _current() -> Client | None:
    from distributed import Client

    try:
        client = Client.current()
    except ValueError:
        return None
    if client.asynchronous:
        raise OptionError(
            "the current Dask client is asynchronous, and an upload is not",
            hint="make one without asynchronous=True: client = distributed.Client(address)",
        )
    return client if client.status == "running" else None


def results(
    client: Client, tasks: Sequence[Any], parts: Sequence[Sequence[int]]
) -> Generator[tuple[int, Any] | None, None, None]:
    """Compute tasks, and give each result with its place among them, as they come.

    Parameters
    ----------
    client
        From `workers`.
    tasks
        Delayed calls.
    parts
        The numbers of the partitions that each computes, for messages; none where rows are read
        back.

    Yields
    ------
    tuple or None
        None where some tenths of a second went by without a result.

    Raises
    ------
    OmeroTablesError
        What a task raised; what others raise there is a `DataError`.
    ConvertError
        When the workers die, or are gone.

    """
    _refuse_closed(client)
    landed: SimpleQueue[int] = SimpleQueue()
    futures = _begun(client, tasks, landed)
    try:
        while futures:
            try:
                n = landed.get(timeout=_TICK_S)
            except Empty:
                _refuse_closed(client)
                yield None
                continue
            found = _result(futures[n], parts[n])
            if found is None:
                # Its worker died with it: it is computed again.
                _report(futures[n], landed, n)
                continue
            # Let go of, lest it be computed again when its worker dies later.
            del futures[n]
            yield n, found[0]
    finally:
        client.cancel([*futures.values()])


def _report(future: Future, landed: SimpleQueue[int], n: int) -> None:
    future.add_done_callback(lambda _: landed.put(n))


def _begun(client: Client, tasks: Sequence[Any], landed: SimpleQueue[int]) -> dict[int, Future]:
    import dask

    # That a frame carries its data with it is the user's affair, and not told at each round.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 PB"}):
        futures = dict(enumerate(client.compute([*tasks])))
    for n, future in futures.items():
        _report(future, landed, n)
    return futures


def _result(future: Future, parts: Sequence[int]) -> tuple[Any] | None:
    from distributed import CancelledError
    from distributed import TimeoutError as NotYet

    if future.status == "error":
        raise _translated(future.exception(), parts)
    try:
        return (future.result(timeout=_RESULT_S),)
    except NotYet:
        return None
    except CancelledError:
        raise _gone() from None
    except OmeroTablesError:
        raise
    except Exception as error:  # a task runs the user's code; told once, cause kept
        raise _translated(error, parts) from error


def _translated(error: BaseException | None, parts: Sequence[int]) -> BaseException:
    from distributed import KilledWorker

    if isinstance(error, OmeroTablesError):
        return error
    name, place = _named(parts)
    if isinstance(error, KilledWorker):
        fault: OmeroTablesError = ConvertError(
            f"one Dask worker after the other died at {name}",
            hint="give the workers more memory, or cut smaller partitions: "
            "ddf = ddf.repartition(partition_size='100MB')",
        )
    else:
        fault = DataError(
            f"{name} of the Dask DataFrame could not be computed: {type(error).__name__}: {error}",
            hint=f"compute it alone to see where that is raised: ddf.partitions[{place}].compute()",
        )
    fault.__cause__ = error
    return fault


def _named(parts: Sequence[int]) -> tuple[str, str]:
    """Name partitions that follow each other, and give what to put between brackets for them."""
    if not parts:
        return "reading rows back", ":"
    first, last = parts[0], parts[-1]
    if first == last:
        return f"partition {first}", f"{first}"
    return f"one of the partitions {first} to {last}", f"{first}:{last + 1}"


def _refuse_closed(client: Client) -> None:
    if client.status not in ("running", "connecting"):
        raise _gone()


def _gone() -> ConvertError:
    """Say that there is no cluster any more."""
    return ConvertError(
        "the Dask client or its cluster was closed before the table was complete",
        hint="start it again and repeat the upload: nothing was left behind",
    )


def _ask_all(client: Client, act: Callable[..., object], *given: object) -> dict[str, Any]:
    """Call `act` on every worker that there is; give what each says, or its error, by address."""
    if client.status != "running":
        return {}
    try:
        return dict(client.run(act, *given, on_error="return"))
    except (OSError, TimeoutError):
        # The cluster goes away at this moment: nobody is left to ask.
        return {}


def _refuse_strangers(client: Client) -> None:
    """Make sure that each worker there is has this package: a task that it cannot read hangs."""
    for worker, version in _ask_all(client, version_here).items():
        if not isinstance(version, str):
            raise _unfit(worker, str(version))
        if version != __version__:
            raise _unfit(worker, f"it has version {version} of omero-tables-jupyter")


def refuse_blind(client: Client, upload: Upload) -> None:
    """Make sure that each worker there is sees the place.

    Raises
    ------
    PathError
        With the worker that does not.

    """
    for worker, sees in _ask_all(client, sees_place, upload).items():
        if sees is not True:
            raise unseen(upload, f"the Dask worker {worker}")


def _unfit(worker: str, why: str) -> ConvertError:
    return ConvertError(
        f"the Dask worker {worker} cannot take part: {why}",
        hint="install the same on every worker as here: "
        f"pip install omero-tables-jupyter=={__version__}",
    )


def quieten(client: Client, *keys: str) -> None:
    """Stop the tasks of uploads, and wait until none runs; a while at most."""
    deadline = time.monotonic() + _QUIET_S
    for key in keys:
        _ask_all(client, halt, key)
    while any(True in _ask_all(client, is_busy, key).values() for key in keys):
        if time.monotonic() > deadline:
            return
        time.sleep(_PAUSE_S)
