"""Places that cannot be used, or cease to exist: each told with its cure, none half-used."""

import os
import subprocess
import sys

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.errors import DataError, PathError

FRAME = pd.DataFrame({"a": range(50_000), "t": [f"text {n}" for n in range(50_000)]})
posix = pytest.mark.skipif(os.name == "nt", reason="modes, signals and such bytes are POSIX's")


def refused(kind, *args, **options):
    with pytest.raises(kind) as caught:
        otj.create_tiledb(*args, **options)
    assert caught.value.hint
    return str(caught.value)


@pytest.mark.parametrize("length", [238, 300])
def test_a_name_that_no_file_system_takes_is_refused_by_its_length(tmp_path, length):
    name = "x" * (length - len(".tiledb")) + ".tiledb"
    assert "too long by" in refused(PathError, FRAME, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_the_longest_name_that_fits_beside_its_temporary_one_is_written(tmp_path):
    name = "µ" * 115 + ".tiledb"
    assert len(name.encode()) == 237
    assert otj.create_tiledb(FRAME[:2], tmp_path / name).rows == 2


@posix
def test_a_path_that_is_no_text_is_refused_in_words_that_can_be_printed(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.tiledb")
    refused(PathError, FRAME, path).encode()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("source", ["x" * 300 + ".csv", "~nobody-of-this-name/a.csv", "a\0b.csv"])
def test_a_file_that_cannot_even_be_looked_for_is_an_error_of_ours(tmp_path, source):
    refused(PathError, source, tmp_path / "t.tiledb")


def test_an_address_is_no_file(tmp_path):
    assert "download" in refused(DataError, "https://omero.site/a.csv", tmp_path / "t.tiledb")


def test_a_parquet_file_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    path = tmp_path / "a.parquet"
    FRAME.to_parquet(path)

    def closed(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pyarrow.parquet.ParquetFile", closed)
    assert "Permission denied" in refused(PathError, path, tmp_path / "t.tiledb")


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs another user")
def test_folders_that_are_closed_to_this_user_are_errors_of_ours(tmp_path):
    for folder, mode in ((tmp_path.parent, 0o755), (tmp_path, 0o755)):
        folder.chmod(mode)
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    (inner / "a.csv").write_text("a\n1\n")
    inner.parent.chmod(0o700)
    path = tmp_path / "t.tiledb"
    otj.create_tiledb(FRAME[:2], path)  # so that all is imported while it can be
    group, user = os.getegid(), os.geteuid()
    os.setegid(65534)
    os.seteuid(65534)
    try:
        refused(PathError, FRAME, inner / "t.tiledb")
        refused(PathError, inner / "a.csv", path)
    finally:
        os.seteuid(user)
        os.setegid(group)


def test_a_folder_that_is_gone_after_the_check_is_not_made_anew(tmp_path):
    folder = tmp_path / "share"
    folder.mkdir()

    def unmount(_event):
        if folder.exists():
            folder.rmdir()

    refused(PathError, FRAME, folder / "t.tiledb", on_event=unmount)
    assert not folder.exists()


@posix
@pytest.mark.parametrize("limit", [1_000, 50_000, 300_000])
def test_a_limit_on_the_size_of_files_leaves_nothing(tmp_path, limit):
    code = f"""if True:
        import resource, signal, sys
        import pandas as pd
        import omero_tables_jupyter as otj
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
        try:
            otj.create_tiledb(pd.DataFrame({{"a": range(100_000)}}), sys.argv[1])
        except otj.PathError as error:
            sys.exit(3 if "full" in error.message and error.hint else 4)
    """
    path = tmp_path / "t.tiledb"
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == 3
    assert not list(tmp_path.iterdir())


def test_a_range_of_rows_may_end_anywhere(tmp_path):
    table = otj.create_tiledb(FRAME[:3], tmp_path / "t.tiledb")
    assert otj.read_table(table, rows=range(1, 10**15))["a"].tolist() == [1, 2]
    assert otj.read_table(table, rows=range(0, 2**70, 2))["a"].tolist() == [0, 2]
    assert otj.read_table(table, rows=range(2**70, 2**71))["a"].tolist() == []
