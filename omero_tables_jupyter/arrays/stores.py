"""Arrays in an object store, by TileDB's own file system.

A store has no rename, so an array is built at its final address, and what makes it one comes last:
its metadata, a single object that is there or not. Without them no server takes the array for a
table, and we take it for half-written. The other way, a temporary address and a copy within the
store, was weighed and left: it moves every byte twice, a single copy ends at 5 GB, and a copy of
many objects can be cut off in the middle just as well.

Two uploads to one address would mix their rows. So each first puts down a claim, an object
`.<name>.partial-<8 hex>` beside the array, and goes on only if it then sees no other one: stores
show at once what was put there, so of two at least one sees the other. The claim goes when the
array is complete; one that is left over tells of an upload that was killed.
"""

from __future__ import annotations

import re
import secrets
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import tiledb

from omero_tables_jupyter.arrays.context import context, store_options
from omero_tables_jupyter.arrays.store_faults import store_fault
from omero_tables_jupyter.errors import OmeroTablesError, PathError, TableExistsError
from omero_tables_jupyter.path_syntax import is_array_name

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping

    from omero_tables_jupyter.model import Note

__all__ = [
    "StoreSite",
    "check_free",
    "find_claims",
    "holds_anything",
    "is_complete",
    "list_folder",
    "remove_claim",
]

#: Global order keeps about 10 MB an attribute in memory on a store: too much for wide tables.
_STORE_COLUMNS = 50
_CLAIM = re.compile(r"\.(?P<name>.+)\.partial-[0-9a-f]{8}\Z")
_CLAIM_TEXT = b"an upload of the table of this name is under way, or was killed\n"
_STAND_OFF_S, _PAUSE_S = 5.0, 0.2


class StoreSite:
    """An address in an object store, claimed while it is written.

    Attributes
    ----------
    final, partial
        Both the array's address: there is no rename.
    options
        TileDB's settings for the store; no key is among them, so that workers may be sent them.

    """

    def __init__(self, uri: str) -> None:
        self.final = self.partial = uri.rstrip("/")
        self.options: Mapping[str, str] = store_options(uri)
        folder, name = _split(self.final)
        self._claim = f"{folder}/.{name}.partial-{secrets.token_hex(4)}"
        # Whether what is below the address is ours, to fill and to remove.
        self._held = False

    def check(self, n_bytes: int) -> None:
        """Look whether the store answers and the address is free."""
        del n_bytes
        check_free(self.final, self.options)

    def one_fragment(self, n_columns: int) -> bool:
        """Say yes only while its buffers stay small."""
        return n_columns <= _STORE_COLUMNS

    def make_partial(self) -> None:
        """Claim the address, and clear what a store may keep of an array that is gone.

        Raises
        ------
        TableExistsError
            When an array, or another upload's claim, is there.
        PathError
            When the store does not let us write.

        """
        with _files(self.final, self.options) as files:
            _put(files, self._claim)
            self._stand_off(files)
            self._held = True
            _clear(files, self.final)

    def _stand_off(self, files: tiledb.VFS) -> None:
        """Make sure that no other upload is at it; of two that meet here, one gives way."""
        deadline = time.monotonic() + _STAND_OFF_S
        while True:
            if _any_object(files, self.final):
                raise _taken(files, self.final)
            others = [one for one in _claims_of(files, self.final) if one != self._claim]
            if not others:
                return
            if min(others) < self._claim or time.monotonic() > deadline:
                raise _claimed(self.final)
            time.sleep(_PAUSE_S)

    def check_there(self) -> None:
        """Do nothing: a store has no folders that could go."""

    def take_over(self) -> Generator[None, None, None]:
        """Give up the claim: with its metadata the array is complete."""
        self._held = False
        # Where the claim stays, the complete array shows that it is an old one.
        self.remove_partial()
        yield from ()

    def remove_partial(self) -> bool:
        """Remove the objects, then the claim; False where the store does not let us."""
        try:
            with _files(self.final, self.options) as files:
                if self._held:
                    _clear(files, self.final)
                if files.is_file(self._claim):
                    files.remove_file(self._claim)
        except OmeroTablesError:
            # The error that brought us here matters more.
            return False
        self._held = False
        return True

    def n_bytes(self) -> int:
        """Ask the store; 0 where it does not say."""
        try:
            with _files(self.final, self.options) as files:
                return int(files.dir_size(self.final))
        except OmeroTablesError:
            # The array stands all the same.
            return 0

    def notes(self) -> tuple[Note, ...]:
        """Give nothing: who may read is the bucket's affair."""
        return ()


def check_free(uri: str, options: Mapping[str, str] | None = None) -> None:
    """Make sure that the store answers, and that nothing stands at an address.

    Raises
    ------
    TableExistsError
        When something does.
    PathError
        When the store does not answer, or refuses; when the address is inside an array.

    """
    with _files(uri, options) as files:
        _refuse_inside(files, uri)
        if _any_object(files, uri):
            raise _taken(files, uri)
        if _claims_of(files, uri):
            raise _claimed(uri)


def holds_anything(uri: str) -> bool:
    """Tell whether an array, a part of one or an upload's claim is at an address."""
    with _files(uri) as files:
        return _any_object(files, uri) or bool(_claims_of(files, uri))


def is_complete(uri: str) -> bool:
    """Tell whether a whole array stands at an address: its metadata are written last."""
    with _files(uri) as files:
        return _is_complete(files, uri)


def list_folder(folder: str) -> list[str]:
    """Give the addresses right below another one, sorted."""
    with _files(folder) as files:
        return sorted(one.rstrip("/") for one in files.ls(folder))


def find_claims(folder: str) -> tuple[str, ...]:
    """Find the claims of uploads that are under way or were killed."""
    with _files(folder) as files:
        return tuple(one for one in _claims(files, folder) if not _is_done(files, one))


def remove_claim(claim: str) -> None:
    """Remove a killed upload's claim, and what it had written.

    What another upload has claimed as well, or what is complete, is not touched.
    """
    folder, name = _split(claim)
    found = _CLAIM.match(name)
    if found is None:
        return
    uri = f"{folder}/{found['name']}"
    with _files(uri) as files:
        if _claims_of(files, uri) == [claim] and not _is_complete(files, uri):
            _clear(files, uri)
        files.remove_file(claim)


@contextmanager
def _files(uri: str, options: Mapping[str, str] | None = None) -> Iterator[tiledb.VFS]:
    """Give the store's file system; what it reports is put into words of ours."""
    try:
        yield tiledb.VFS(ctx=context(store_options(uri) if options is None else options))
    except tiledb.TileDBError as error:
        raise store_fault(uri, error) from error


def _split(uri: str) -> tuple[str, str]:
    folder, _, name = uri.rstrip("/").rpartition("/")
    return folder, name


def _put(files: tiledb.VFS, uri: str) -> None:
    with files.open(uri, "wb") as file:
        file.write(_CLAIM_TEXT)


def _claims(files: tiledb.VFS, folder: str) -> list[str]:
    return sorted(one for one in files.ls(folder) if _CLAIM.match(_split(one)[1]))


def _claims_of(files: tiledb.VFS, uri: str) -> list[str]:
    folder, name = _split(uri)
    return [one for one in _claims(files, folder) if _named(one) == name]


def _named(claim: str) -> str:
    found = _CLAIM.match(_split(claim)[1])
    return found["name"] if found else ""


def _is_done(files: tiledb.VFS, claim: str) -> bool:
    return _is_complete(files, f"{_split(claim)[0]}/{_named(claim)}")


def _is_complete(files: tiledb.VFS, uri: str) -> bool:
    return all(_any_object(files, f"{uri.rstrip('/')}/{part}") for part in ("__schema", "__meta"))


def _any_object(files: tiledb.VFS, uri: str) -> bool:
    """Tell whether there is an object; some stores keep empty directories when it is gone."""
    if not files.is_dir(uri):
        return False
    found: list[str] = []

    def first(path: str, size: int) -> bool:
        del size
        found.append(path)
        return False

    files.ls_recursive(f"{uri.rstrip('/')}/", first)
    return bool(found)


def _refuse_inside(files: tiledb.VFS, uri: str) -> None:
    folder = _split(uri)[0]
    while "://" in folder:
        # Only what is named like an array is asked for: each question takes its time.
        if is_array_name(folder) and _any_object(files, f"{folder}/__schema"):
            raise PathError(
                f"'{uri}' is inside a TileDB array, '{folder}'",
                hint="choose an address outside it",
            )
        folder = _split(folder)[0]


def _clear(files: tiledb.VFS, uri: str) -> None:
    """Remove all objects, and the empty directories that TileDB would take for an array."""
    if files.is_dir(uri):
        files.remove_dir(uri)
    if files.is_dir(uri):
        for one in _directories(files, uri):
            files.remove_file(f"{one}/")


def _directories(files: tiledb.VFS, uri: str) -> list[str]:
    """Give the directories below an address and itself, the deepest first."""
    below = [one.rstrip("/") for one in files.ls(uri)]
    inner = [one for one in below if one != uri and files.is_dir(one)]
    return [*(deep for one in inner for deep in _directories(files, one)), uri]


def _taken(files: tiledb.VFS, uri: str) -> TableExistsError:
    if _is_complete(files, uri):
        what = "a table stands"
    elif _claims_of(files, uri):
        return _claimed(uri)
    else:
        what = "something else stands"
    return TableExistsError(
        f"{what} at '{uri}' already; it was not touched",
        hint="choose another name, or --if-exists version (if_exists='version') to write beside it",
    )


def _claimed(uri: str) -> TableExistsError:
    folder, _ = _split(uri)
    return TableExistsError(
        f"an upload to '{uri}' is under way, or was killed; it was not touched",
        hint="wait for it, or --if-exists version (if_exists='version'); to see and remove what "
        f"killed uploads left: %omero_leftovers {folder} (leftovers({folder!r}))",
    )
