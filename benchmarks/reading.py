"""Two arrays of one table read in turn, warm, in one process. Prints the seconds as JSON.

    python benchmarks/reading.py OURS REFERENCE

Both are read by plain tiledb, as a server would, so that what differs is how they were written.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from statistics import median

import tiledb

_ROUNDS = 5


def _open(path: str) -> None:
    with tiledb.open(path) as array:
        array.nonempty_domain()


def _slice(array: tiledb.Array) -> None:
    first = int(array.nonempty_domain()[0][1]) // 3
    array.multi_index[first : first + 999]


def _column(array: tiledb.Array) -> None:
    array.query(attrs=["feature_03"]).multi_index[:]


def _filter(array: tiledb.Array) -> None:
    array.query(attrs=["feature_03"], cond="feature_03 > 2.0").multi_index[:]


def _all(array: tiledb.Array) -> None:
    array.multi_index[:]


def _seconds(path: str) -> list[float]:
    taken = []
    began = time.perf_counter()
    _open(path)
    taken.append(time.perf_counter() - began)
    for act in (_slice, _column, _filter, _all):
        with tiledb.open(path) as array:
            began = time.perf_counter()
            act(array)
            taken.append(time.perf_counter() - began)
    return taken


def main() -> None:
    figures: dict[str, list[list[float]]] = defaultdict(list)
    for number in range(_ROUNDS + 1):
        for path in sys.argv[1:]:
            taken = _seconds(path)
            if number:  # the first round warms up
                figures[path].append(taken)
    middle = [[median(one) for one in zip(*taken, strict=True)] for taken in figures.values()]
    print(json.dumps(middle))


if __name__ == "__main__":
    main()
