"""What TileDB and the system say of a failed write, in words that a user can act on."""

import pytest
import tiledb

from omero_tables_jupyter.arrays.disk_errors import say_left, translated
from omero_tables_jupyter.errors import ConvertError, DiskFullError, OmeroTablesError, PathError

TARGET = "/mnt/lab/cells.tiledb"


def said_of(fault):
    with pytest.raises(OmeroTablesError) as caught, translated(TARGET):
        raise fault
    assert caught.value.__cause__ is fault
    assert TARGET in caught.value.message
    return caught.value


@pytest.mark.parametrize(
    ("said", "kind", "heard"),
    [
        ("No space left on device", DiskFullError, "is full"),
        ("Disk quota exceeded", DiskFullError, "is full"),
        ("File too large", DiskFullError, "is full"),
        ("Read-only file system", PathError, "can only be read"),
        ("Permission denied", PathError, "may not write"),
        ("Cannot open array; Array does not exist.", PathError, "is gone"),
        ("Stale file handle", PathError, "does not work properly"),
        ("Transport endpoint is not connected", PathError, "does not work properly"),
        ("Input/output error", PathError, "does not work properly"),
        ("something that nobody expected", ConvertError, "nobody expected"),
    ],
)
def test_what_tiledb_says_is_one_error_with_a_cure(said, kind, heard):
    error = said_of(tiledb.TileDBError(f"[TileDB::IO] Error: Cannot write '/x'; {said}"))
    assert type(error) is kind
    assert heard in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(OSError(28, "No space left on device"), DiskFullError), (OSError(5, "broken"), PathError)],
)
def test_what_the_system_says_is_one_error_too(fault, kind):
    assert type(said_of(fault)) is kind


def test_an_error_says_that_nothing_is_left_or_that_something_is_and_never_both():
    error = said_of(tiledb.TileDBError("Read-only file system"))
    say_left(error, TARGET, removed=True)
    assert error.hint.endswith("; nothing was left behind")
    error = ConvertError("lost", hint="nothing was left behind; try again")
    say_left(error, TARGET, removed=False)
    assert "nothing was left" not in error.hint
    assert error.hint.startswith("try again\n")
    assert '%omero_leftovers "/mnt/lab"' in error.hint
    bare = OmeroTablesError("stopped")
    say_left(bare, TARGET, removed=False)
    assert bare.hint.startswith("a part of it")
    say_left(stopped := KeyboardInterrupt(), TARGET, removed=True)
    assert not hasattr(stopped, "__notes__")
    say_left(stopped, TARGET, removed=False)
    assert "a part of it" in stopped.__notes__[0]
