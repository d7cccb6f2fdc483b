"""An array put in the place of another; the other is kept beside it until all is well.

No file system swaps two folders at once. Between the two renames nothing stands under the name;
whoever is killed there leaves the old array, whole, at ``NAME.old``, and `put_back` undoes it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from omero_tables_jupyter.arrays import destination, partials, standing
from omero_tables_jupyter.arrays.description import ArrayInfo, describe_array, described
from omero_tables_jupyter.arrays.sites import FolderSite
from omero_tables_jupyter.arrays.turns import overtaken
from omero_tables_jupyter.errors import (
    DataError,
    OmeroTablesError,
    PathError,
    TableExistsError,
)
from omero_tables_jupyter.model import Stored
from omero_tables_jupyter.path_syntax import is_uri
from omero_tables_jupyter.text import shorten

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from omero_tables_jupyter.arrays.turns import Turn
    from omero_tables_jupyter.model import ColumnPlan

__all__ = [
    "ReplacingSite",
    "check_replaceable",
    "check_same_columns",
    "drop_old",
    "old_path",
    "put_back",
]

_SHOWN, _LISTED = 40, 4
_DTYPES: dict[str, str] = {
    Stored.INTEGER: "int64",
    Stored.NUMBER: "float64",
    Stored.BOOLEAN: "bool",
    Stored.TEXT: "str",
}
_BESIDE = "use --if-exists version (if_exists='version') to write NAME-2.tiledb beside it"


class ReplacingSite(FolderSite):
    """The place of an array that stands there already: the new one takes its name.

    Parameters
    ----------
    before
        The array, as it was when it was decided to replace it.
    turn
        The right to replace it: taken before anything is renamed, and given back by its owner.

    """

    def __init__(self, before: ArrayInfo, turn: Turn) -> None:
        super().__init__(Path(before.path).absolute())
        self.before = before
        self._turn = turn
        self._old = Path(old_path(self._target))

    def check(self, n_bytes: int) -> None:
        """Look at what stands there, the folder's rights and its free space."""
        check_replaceable(self._target)
        destination.check_space(self._target.parent, n_bytes)

    def take_over(self) -> Generator[None, None, None]:
        """Put the old array aside, and the new one in its place; or all is as before."""
        yield from self._turn.take()
        standing_now = described(self._target, counted=False)
        if standing_now is None or standing_now.initialized != self.before.initialized:
            raise overtaken(self._target)
        try:
            yield from partials.take_over(self._target, self._old)
        except TableExistsError as error:
            raise overtaken(self._target) from error
        try:
            self._turn.check()
            yield from partials.take_over(self._partial, self._target)
        except BaseException:  # whatever it was, the old array gets its name again; then it goes on
            _drain(put_back(self._target))
            raise


def old_path(path: str | os.PathLike[str]) -> str:
    """Say where an array is kept while another takes its place."""
    return f"{os.fspath(path)}{standing.OLD}"


def check_replaceable(path: str | os.PathLike[str]) -> ArrayInfo:
    """Make sure that the array at `path` can be replaced; nothing is touched.

    Returns
    -------
    ArrayInfo
        What stands there; where a replacement was interrupted, what is kept beside.

    Raises
    ------
    PathError
        When it is no array of a table, is not a folder of its own, or the place does not allow it.

    """
    if is_uri(path):
        raise PathError(
            f"'{os.fspath(path)}' cannot be replaced: an object store renames nothing, so that for "
            "a while neither the old nor the new array would stand there",
            hint=_BESIDE,
        )
    target = Path(path)
    if target.is_symlink():
        raise PathError(
            f"'{target}' is a link, and not the array itself: it is not replaced",
            hint=f"give the array's own path, '{target.resolve()}' (--local-path, local_path=...)",
        )
    array = describe_array(target if os.path.lexists(target) else old_path(target))
    if array.token is None:
        raise PathError(
            f"the array at '{target}' has no SecretToken, so that a new one cannot be given the "
            "same: it is not replaced",
            hint=_BESIDE,
        )
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise PathError(
            f"you may not rename anything in '{target.parent}'",
            hint="ask whoever runs the share for write access",
        )
    return array


def check_same_columns(old: ArrayInfo, columns: Sequence[ColumnPlan]) -> None:
    """Make sure that new columns are those of the array that they replace.

    Raises
    ------
    DataError
        When a name, a type or the order differs.

    """
    before = dict(zip(old.columns, old.types, strict=True))
    now = {one.name: str(one.stored) for one in columns}
    if list(before.items()) == list(now.items()):
        return
    differing = [*_missing(before, now), *_new(before, now), *_other_types(before, now)]
    if not differing:
        raise DataError(
            f"the columns are those of '{old.path}', but in another order",
            hint=f"give them in its order: --columns {','.join(before)} "
            f"(columns={list(before)}); or {_BESIDE}",
        )
    more = len(differing) - _LISTED
    listed = "; ".join(differing[:_LISTED]) + (f"; and {more} more" if more > 0 else "")
    raise DataError(
        f"the table cannot replace '{old.path}', whose columns are others: {listed}",
        hint=f"{_cure(before, now)}; or {_BESIDE}",
    )


def _cure(before: dict[str, str], now: dict[str, str]) -> str:
    if set(before) != set(now):
        return "give the same columns, with --columns, --exclude or --rename for one"
    name = next(name for name, kind in now.items() if before[name] != kind)
    dtype = _DTYPES.get(before[name])
    if dtype is None:
        return f"make '{_short(name)}' {before[name]} again"
    return f"make it {before[name]} again: frame[{name!r}] = frame[{name!r}].astype({dtype!r})"


def _missing(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return [f"'{_short(name)}' is missing now" for name in before if name not in now]


def _new(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return [f"'{_short(name)}' is new" for name in now if name not in before]


def _other_types(before: dict[str, str], now: dict[str, str]) -> list[str]:
    return [
        f"'{_short(name)}' was {before[name]} and is {kind} now"
        for name, kind in now.items()
        if name in before and before[name] != kind
    ]


def _short(name: str) -> str:
    return shorten(name, _SHOWN)


def put_back(path: str | os.PathLike[str]) -> Generator[None, None, None]:
    """Give the old array its name again; what stands there meanwhile goes.

    Raises
    ------
    PathError
        When that fails; the message says what stands where.

    """
    target, old = Path(path), Path(old_path(path))
    describe_array(old)
    aside = partials.partial_path(target)
    try:
        if os.path.lexists(target):
            yield from partials.take_over(target, aside)
        yield from partials.take_over(old, target)
    except OmeroTablesError as error:
        raise PathError(
            f"the replacement of '{target}' was not undone: {error.message}",
            hint=f"the array that was registered stands at '{old}': rename it to '{target.name}' "
            "by hand, so that the server finds it again",
        ) from error
    partials.remove_partial(aside)


def drop_old(path: str | os.PathLike[str]) -> bool:
    """Remove the array that was replaced; False where the system keeps it."""
    aside = partials.partial_path(Path(path))
    with suppress(OSError):
        # Half-removed it would still look like an array: a name of ours tells that it is none.
        Path(old_path(path)).rename(aside)
        shutil.rmtree(aside, ignore_errors=True)
    return not os.path.lexists(old_path(path))


def _drain(steps: Iterator[None]) -> None:
    for _ in steps:
        pass
