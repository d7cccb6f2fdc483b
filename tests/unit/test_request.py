"""What a caller may write, and what each of it means; the reference client's calls above all."""

import inspect
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.arguments import Login
from omero_tables_jupyter.request import read_request

IMAGE = otj.Target("Image", 101)
DATASET = otj.Target("Dataset", 2)


@pytest.mark.parametrize(
    ("given", "targets"),
    [
        ({"parent_id": 101}, [IMAGE]),
        ({"parent_id": np.int64(101)}, [IMAGE]),
        ({"parent_id": 2, "parent_type": "dataset"}, [DATASET]),
        ({"links": [("Image", 101)]}, [IMAGE]),
        ({"links": ("Image", 101)}, [IMAGE]),
        ({"links": ("image", np.int32(101))}, [IMAGE]),
        ({"links": ["Image", 101]}, [IMAGE]),
        ({"links": (("Image", 101), ("Dataset", 2))}, [IMAGE, DATASET]),
        ({"links": [["Image", 101], ["Dataset", "2"]]}, [IMAGE, DATASET]),
        ({"links": iter([("Image", 101)])}, [IMAGE]),
        ({"links": [("Image", 101)], "parent_id": 101}, [IMAGE]),
        ({"links": [("Image", 101)], "parent_id": 2, "parent_type": "Dataset"}, [IMAGE, DATASET]),
        ({"links": [], "to": "Image:101"}, [IMAGE]),
        ({"to": ["Image:101", DATASET, "image-101"]}, [IMAGE, DATASET]),
        ({"to": IMAGE}, [IMAGE]),
        ({}, []),
    ],
    ids=repr,
)
def test_every_way_to_name_objects_names_them(given, targets):
    assert read_request(None, "T", **given).targets == tuple(targets)


def test_the_reference_clients_first_six_parameters_are_positional():
    frame = pd.DataFrame({"a": [1]})
    asked = read_request(frame, "T", 2, "Dataset", [("Image", 101)], 100)
    assert asked.source is frame
    assert asked.name == "T"
    assert asked.targets == (IMAGE, DATASET)
    assert asked.chunk_rows == 100
    names = list(inspect.signature(otj.upload_table).parameters)
    assert names[:6] == ["source", "table_name", "parent_id", "parent_type", "links", "chunk_size"]


def test_the_parameters_after_those_are_by_keyword_under_the_reference_clients_names():
    asked = read_request(
        None,
        "T",
        parent_id=101,
        chunk_size=None,
        omero_connector=None,
        server="omero.site",
        port=4064,
        username="ana",
        password="secret",
        local_path="/mnt/lab/my.tiledb",
        remote_path=PurePosixPath("/data/my.tiledb"),
        prefix="custom_omero",
    )
    assert asked.login == Login("omero.site", "ana", otj.Secret("secret"))
    assert (asked.local_path, asked.remote_path) == ("/mnt/lab/my.tiledb", "/data/my.tiledb")
    assert asked.prefix == "custom_omero"
    assert asked.chunk_rows is None
    assert "secret" not in repr(asked)


def test_every_parameter_of_the_reference_client_is_known_here():
    known = set(inspect.signature(otj.upload_table).parameters)
    assert known >= {
        *("source", "table_name", "parent_id", "parent_type", "links", "chunk_size"),
        *("omero_connector", "server", "port", "username", "password"),
        *("local_path", "remote_path", "prefix"),
    }


def test_names_and_paths_are_taken_as_they_are():
    asked = read_request(
        None, " My v1.2 ", local_path=Path("a b") / "c", columns="area", rename=None
    )
    assert asked.name == " My v1.2 "
    assert asked.local_path == str(Path("a b") / "c")
    assert asked.reading.columns == ("area",)
    assert read_request(None, chunk_size=5, chunk_rows=np.int64(7)).chunk_rows == 7
    assert read_request(None, local_path="").local_path == ""
    assert read_request(None, profile=None, prefix=None).prefix == ""


def test_more_rows_a_write_than_any_table_has_are_all_of_them(tmp_path):
    cells = pd.DataFrame({"Image": [101, 102]})
    assert otj.create_tiledb(cells, tmp_path / "t.tiledb", chunk_rows=10**30).rows == 2


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"to": 5}, otj.TargetError, "to=5"),
        ({"to": [5]}, otj.TargetError, "not int"),
        ({"links": 5}, otj.TargetError, "links=5"),
        ({"links": [5]}, otj.TargetError, "holds 5"),
        ({"links": "Image:1"}, otj.TargetError, "Image:1"),
        ({"links": {"Image": 101}}, otj.TargetError, "'Image'"),
        ({"links": [("Image", 1, 2)]}, otj.TargetError, "pair"),
        ({"links": [("Imgae", 1)]}, otj.TargetError, "Image"),
        ({"parent_id": 0}, otj.TargetError, "0"),
        ({"parent_id": 1.5}, otj.TargetError, "1.5"),
        ({"parent_id": True}, otj.TargetError, "True"),
        ({"parent_id": 1, "parent_type": None}, otj.TargetError, "None"),
        ({"table_name": ""}, otj.OptionError, "''"),
        ({"table_name": "  "}, otj.OptionError, "empty"),
        ({"table_name": 5}, otj.OptionError, "5"),
        ({"table_name": "a\0b"}, otj.OptionError, "NUL"),
        ({"chunk_size": 0}, otj.OptionError, "0"),
        ({"chunk_size": "100"}, otj.OptionError, "'100'"),
        ({"chunk_size": 2.5}, otj.OptionError, "2.5"),
        ({"chunk_rows": True}, otj.OptionError, "True"),
        ({"chunk_rows": np.array([5, 6])}, otj.OptionError, "not a number of rows"),
        ({"profile": 5}, otj.OptionError, "profile is of type int"),
        ({"prefix": ["/omero"]}, otj.OptionError, "prefix is of type list"),
        ({"server": 5}, otj.OptionError, "server is of type int"),
        ({"server": "https://omero.site", "username": b"ana"}, otj.OptionError, "username"),
        ({"mapping": 5}, otj.PathError, "pairs"),
        ({"local_path": 5}, otj.PathError, "int"),
        ({"local_path": np.array(["a", "b"])}, otj.PathError, "ndarray"),
        ({"local_path": b"/mnt"}, otj.PathError, "bytes"),
        ({"remote_path": "https://omero.site/x.tiledb"}, otj.PathError, "not a path"),
        ({"mapping": "J:/data"}, otj.OptionError, "=>"),
        ({"mapping": []}, otj.PathError, "pair"),
        ({"columns": 5}, otj.OptionError, "columns=5"),
        ({"rename": ["a"]}, otj.OptionError, "rename"),
        ({"index": "perhaps"}, otj.OptionError, "'perhaps'"),
        ({"if_exists": "overwrite"}, otj.OptionError, "'overwrite'"),
        ({"verify": True}, otj.OptionError, "verify=True"),
        ({"compression": "gzip"}, otj.OptionError, "compression='gzip'"),
        ({"password": 5}, otj.LoginError, "not int"),
        ({"omero_connector": object()}, otj.OptionError, "Ice"),
        ({"session": object()}, otj.OptionError, "object"),
        ({"session": "https://omero.site"}, otj.OptionError, "session"),
        ({"to": ["https://a.site/?show=image-1", "https://b.site/?show=image-1"]},
         otj.TargetError, "two servers"),
    ],
    ids=repr,
)  # fmt: skip
def test_what_cannot_be_meant_is_one_error_of_ours_with_a_cure(given, error, words):
    with pytest.raises(error, match=words) as refused:
        read_request(None, **given)
    assert refused.value.hint


def test_the_documentation_names_every_parameter():
    doc = otj.upload_table.__doc__
    for name in inspect.signature(otj.upload_table).parameters:
        assert name in doc
