"""Registering arrays with the stand-in, and reading them back through it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import requests
import tiledb

from omero_tables_jupyter import demo

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parent.parent / "golden"
TIMEOUT = 10
TOKEN = "a token that nobody guesses"
REGISTER = "/omero_plus/api/v0/table"


def write_array(
    path: Path,
    columns: dict[str, np.ndarray],
    *,
    rows: np.ndarray | None = None,
    dimension: str = "__tiledb_rows",
    **metadata: Any,
) -> None:
    limits = np.iinfo(np.int64)
    dim = tiledb.Dim(
        dimension, domain=(limits.min, limits.max - 10_000), tile=10_000, dtype=np.int64
    )
    attributes = [
        tiledb.Attr(name, dtype=np.dtype("U") if values.dtype.kind == "U" else values.dtype)
        for name, values in columns.items()
    ]
    schema = tiledb.ArraySchema(tiledb.Domain(dim), attributes, sparse=True)
    tiledb.SparseArray.create(str(path), schema)
    count = len(next(iter(columns.values())))
    with tiledb.open(str(path), "w") as array:
        if count:
            array[np.arange(count) if rows is None else rows] = columns
        kept = {"__version": "3", "__initialized": 1700000000.5, "SecretToken": TOKEN} | metadata
        for key, value in kept.items():
            if value is not None:
                array.meta[key] = value


GOLDEN_COLUMNS = {
    "Image": np.array([101, 102, 103]),
    "area": np.array([1.5, np.nan, np.inf]),
    "label": np.array(["a", "", "µ"]),
    "ok": np.array([True, False, True]),
    "n": np.array([1, 2, 3]),
}


class Lab:
    """The demo server, and its user's web session."""

    def __init__(self, server: demo.DemoServer) -> None:
        self.server = server
        self.http = requests.Session()
        token = self.http.get(f"{server.url}/api/v0/token/", timeout=TIMEOUT).json()["data"]
        self.http.headers["X-CSRFToken"] = token
        form = {"username": server.username, "password": server.password, "server": "1"}
        answer = self.http.post(f"{server.url}/api/v0/login/", data=form, timeout=TIMEOUT)
        self.key = answer.json()["eventContext"]["sessionUuid"]

    def get(self, path: str) -> requests.Response:
        return self.http.get(self.server.url + path, timeout=TIMEOUT)

    def post(self, path: str, form: dict[str, str]) -> requests.Response:
        return self.http.post(self.server.url + path, data=form, timeout=TIMEOUT)

    def write(self, name: str, columns: dict[str, np.ndarray] = GOLDEN_COLUMNS, **how: Any) -> str:
        write_array(Path(self.server.share) / name, columns, **how)
        return f"/demo-share/{name}"

    def register(
        self, uri: str, *targets: str, token: str | None = TOKEN, name: str = "My table"
    ) -> requests.Response:
        return self.http.post(
            f"{self.server.url}{REGISTER}?bsession={self.key}",
            json={"uri": uri, "name": name, "targets": list(targets)},
            headers={"X-SecretToken": token},
            timeout=TIMEOUT,
        )


@pytest.fixture
def lab() -> Iterator[Lab]:
    with demo.serve() as server:
        made = Lab(server)
        yield made
        made.http.close()


@pytest.fixture(scope="module")
def golden_lab() -> Iterator[Lab]:
    """Hold the table of the golden answers, on Image 101, as annotation 1001 and file 2001."""
    with demo.serve() as server:
        made = Lab(server)
        uri = made.write("golden.tiledb", note='{"a": 1}', txt="plain")
        assert made.register(uri, "Image:101").status_code == 201
        yield made
        made.http.close()


def test_registering_answers_the_annotation_and_links_every_target(lab):
    answer = lab.register(lab.write("t.tiledb"), "Image:101", "Dataset:51", "Roi:801")
    assert answer.status_code == 201
    (kept,) = lab.server.registered
    assert answer.json() == {"data": {"file_annotation": kept.annotation_id}}
    assert kept.targets == ("Image:101", "Dataset:51", "Roi:801")
    assert kept.uri == "/demo-share/t.tiledb"


def test_registering_twice_makes_two_annotations(lab):
    uri = lab.write("t.tiledb")
    first, second = (lab.register(uri, "Image:101").json() for _ in range(2))
    assert first != second
    assert len(lab.server.registered) == 2


def test_an_array_without_a_token_needs_none(lab):
    uri = lab.write("t.tiledb", SecretToken=None)
    assert lab.register(uri, "Image:101", token=None).status_code == 201


@pytest.mark.parametrize("token", ["wrong", "", None])
def test_a_wrong_or_missing_token_is_refused(lab, token):
    answer = lab.register(lab.write("t.tiledb"), "Image:101", token=token)
    assert answer.status_code == 403
    assert "X-SecretToken" in answer.json()["message"]
    assert TOKEN not in answer.text
    assert lab.server.registered == ()


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        ("Image:999", 404, "there is no Image:999"),
        ("Image:901", 404, "there is no Image:901"),
        ("Image:x", 400, "not of the form"),
        ("Image", 400, "not of the form"),
        ("image:101", 400, "cannot be attached to a 'image'"),
        ("Tag:1", 400, "cannot be attached to a 'Tag'"),
        ("Dataset:71", 403, "may not annotate Dataset:71"),
    ],
)
def test_a_target_must_exist_and_be_annotatable(lab, target, status, words):
    answer = lab.register(lab.write("t.tiledb"), target)
    assert answer.status_code == status
    assert answer.json()["message"].startswith("Demo server: ")
    assert words in answer.json()["message"]


def test_targets_of_two_groups_are_refused(lab):
    answer = lab.register(lab.write("t.tiledb"), "Dataset:51", "Dataset:81")
    assert answer.status_code == 400
    assert "different groups" in answer.json()["message"]


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("t.tiledb", "not an absolute path"),
        ("file:///demo-share/t.tiledb", "not an absolute path"),
        ("/elsewhere/t.tiledb", "cannot see"),
        ("/demo-share/../t.tiledb", "cannot see"),
        ("/demo-share", "cannot see"),
        ("/demo-shared/t.tiledb", "cannot see"),
        ("/demo-share/missing.tiledb", "no array at"),
    ],
)
def test_the_array_must_lie_in_the_share(lab, uri, words):
    lab.write("t.tiledb")
    answer = lab.register(uri, "Image:101")
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_a_link_out_of_the_share_is_not_followed(lab, tmp_path):
    write_array(tmp_path / "t.tiledb", GOLDEN_COLUMNS)
    (Path(lab.server.share) / "out").symlink_to(tmp_path)
    answer = lab.register("/demo-share/out/t.tiledb", "Image:101")
    assert answer.status_code == 400
    assert "cannot see" in answer.json()["message"]


def test_a_folder_that_is_no_array_is_refused(lab):
    (Path(lab.server.share) / "t.tiledb").mkdir()
    answer = lab.register("/demo-share/t.tiledb", "Image:101")
    assert answer.status_code == 400
    assert "there is no TileDB array" in answer.json()["message"]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"__version": "2"}, "version '2'"),
        ({"__version": None}, "version None"),
        ({"rows": np.array([0, 1, 3])}, "rows are missing"),
        ({"rows": np.array([5, 6, 7])}, "begin at 5"),
        ({"dimension": "rows"}, "__tiledb_rows"),
    ],
)
def test_an_array_of_another_layout_is_refused(lab, how, words):
    answer = lab.register(lab.write("t.tiledb", **how), "Image:101")
    assert answer.status_code == 400
    assert words in answer.json()["message"]


@pytest.mark.parametrize(
    "attribute",
    [
        tiledb.Attr("x", dtype=np.int64, nullable=True),
        tiledb.Attr("x", dtype="datetime64[ns]"),
        tiledb.Attr("x", dtype=np.complex128),
    ],
    ids=["nullable", "datetime", "complex"],
)
def test_a_column_that_is_not_plain_is_refused(lab, attribute):
    dim = tiledb.Dim("__tiledb_rows", domain=(0, 99), tile=100, dtype=np.int64)
    schema = tiledb.ArraySchema(tiledb.Domain(dim), [attribute], sparse=True)
    tiledb.SparseArray.create(str(Path(lab.server.share) / "t.tiledb"), schema)
    answer = lab.register("/demo-share/t.tiledb", "Image:101")
    assert answer.status_code == 400
    assert "its column 'x' is no plain number" in answer.json()["message"]


def test_an_array_without_rows_is_refused(lab):
    uri = lab.write("t.tiledb", {"n": np.array([], dtype=np.int64)})
    assert "no rows" in lab.register(uri, "Image:101").json()["message"]


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        '{"uri": "/demo-share/t.tiledb", "name": "T", "targets": []}',
        '{"uri": "/demo-share/t.tiledb", "name": " ", "targets": ["Image:101"]}',
        '{"uri": "/demo-share/t.tiledb", "name": "T", "targets": [101]}',
    ],
)
def test_a_body_that_makes_no_sense_is_a_400(lab, body):
    url = f"{lab.server.url}{REGISTER}?bsession={lab.key}"
    headers = {"Content-Type": "application/json"}
    answer = lab.http.post(url, data=body, headers=headers, timeout=TIMEOUT)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Demo server: ")


def test_registering_without_a_login_is_a_403(lab):
    lab.http.cookies.pop("sessionid")
    lab.key = "nonsense"
    answer = lab.register(lab.write("t.tiledb"), "Image:101")
    assert (answer.status_code, answer.json()) == (403, {"message": "Not logged in"})


def test_a_get_of_the_registration_url_is_no_html_404(lab):
    answer = requests.get(lab.server.url + REGISTER, timeout=TIMEOUT)
    assert answer.status_code == 405
    assert answer.headers["Content-Type"] == "application/json"


def golden(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text(encoding="utf-8"))


def as_text(answer: Any) -> str:
    """Write an answer down, so that NaN equals NaN."""
    return json.dumps(answer, sort_keys=True)


TABLE = "/webgateway/table/2001"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (f"{TABLE}/metadata/", "table_metadata"),
        ("/webgateway/table/999/metadata/", "table_metadata_404"),
        (f"{TABLE}/query/?query=*", "table_query"),
        ("/webgateway/table/999/query/?query=*", "table_query_404"),
        (f"{TABLE}/query/?query=*&col_names=n&col_names=none&col_names=area", "table_query_cols"),
        (f"{TABLE}/query/?query=(ok==True)", "table_query_cond"),
        (f"{TABLE}/query/?query=*&limit=1&offset=1", "table_query_lim"),
        (f"{TABLE}/query/", "table_query_none"),
        (f"{TABLE}/query/?query=bad", "table_query_bad"),
        (f"{TABLE}/rows/?query=(n!=2)", "table_rows"),
        (f"{TABLE}/slice/?rows=0-2&columns=0,2-4", "table_slice"),
        (f"{TABLE}/slice/", "table_slice_none"),
        (f"{TABLE}/slice/?rows=0-9&columns=0", "table_slice_range"),
    ],
)
def test_tables_are_read_as_omero_web_reads_them(golden_lab, path, name):
    answer = golden_lab.get(path)
    assert answer.status_code == 200
    assert as_text(answer.json()) == as_text(golden(f"{name}.json"))


def test_a_word_and_a_number_mean_equality(golden_lab):
    short = golden_lab.get(f"{TABLE}/query/?query=Image-102").json()
    long = golden_lab.get(f"{TABLE}/query/?query=(Image==102)").json()
    assert as_text(short) == as_text(long)
    assert short["data"]["rows"][0][0] == 102


def test_a_condition_that_means_nothing_is_an_error_with_status_200(golden_lab):
    answer = golden_lab.get(f"{TABLE}/query/?query=(nonsense>1)")
    assert answer.status_code == 200
    assert answer.json() == {"error": "Error executing query: (nonsense>1)"}


NEED = "Need comma-separated list of rows and columns"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("query/?query=Nothing-3", "Error executing query: (Nothing==3)"),
        ("rows/", "Must specify query"),
        ("rows/?query=*", "Error executing query: *"),
        ("obj_id_bitmask/", "Must specify query parameter, use * to retrieve all"),
        ("slice/?rows=3-1&columns=0", f"{NEED} (Invalid range)"),
        ("slice/?rows=9-10&columns=0", f"{NEED} (Invalid range)"),
        ("slice/?rows=0-9999999&columns=0", f"{NEED} (Too many items)"),
        ("slice/?rows=a&columns=0", f"{NEED} (not enough values to unpack (expected 2, got 1))"),
        ("slice/?rows=-1&columns=0", "Rows out of range"),
        ("slice/?rows=99&columns=99", "Columns out of range"),
    ],
)
def test_each_refusal_to_read_is_worded_as_omero_web_words_it(golden_lab, path, words):
    answer = golden_lab.get(f"{TABLE}/{path}")
    assert (answer.status_code, answer.json()) == (200, {"error": words})


def test_only_a_whole_number_of_pages_makes_a_page_number(golden_lab):
    url = f"/webclient/omero_table/{TABLE.rpartition('/')[2]}/json/?limit=2&offset="
    assert "page" not in golden_lab.get(f"{url}1").json()["meta"]
    assert golden_lab.get(f"{url}2").json()["meta"]["page"] == 2


@pytest.mark.parametrize("table", [TABLE, "/webgateway/table/999"])
def test_a_limit_that_is_no_number_is_a_500(golden_lab, table):
    answer = golden_lab.get(f"{table}/query/?query=*&limit=x")
    assert answer.status_code == 500
    assert answer.json()["message"] == golden("table_query_limbad.json")["message"]


def test_more_than_ten_thousand_rows_at_once_are_refused(lab):
    uri = lab.write("long.tiledb", {"n": np.arange(10_001)})
    lab.register(uri, "Image:101")
    answer = lab.get(f"{TABLE}/query/?query=*")
    assert answer.status_code == 200
    assert answer.json() == {
        "error": "Trying to download 10001 rows exceeds configured "
        "omero.web.max_table_download_rows of 10000",
        "status": 404,
    }
    whole = lab.get(f"{TABLE}/query/?query=*&limit=10000&offset=1").json()
    assert [row[0] for row in whole["data"]["rows"]] == list(range(1, 10_001))


def test_scattered_rows_come_in_their_order(lab):
    rng = np.random.default_rng(5)
    values = rng.integers(0, 10, 5000)
    lab.register(lab.write("t.tiledb", {"n": values, "row": np.arange(5000)}), "Image:101")
    answer = lab.get(f"{TABLE}/query/?query=(n==3)&col_names=row&limit=100&offset=50").json()
    expected = np.flatnonzero(values == 3)
    assert answer["meta"]["totalCount"] == len(expected)
    assert [row[0] for row in answer["data"]["rows"]] == expected[50:150].tolist()


def test_of_columns_that_are_not_there_all_cells_come_under_no_name(golden_lab):
    found = golden_lab.get(f"{TABLE}/query/?query=*&col_names=none").json()["data"]
    whole = golden_lab.get(f"{TABLE}/query/?query=*").json()["data"]
    assert (found["columns"], found["column_types"]) == ([], [])
    assert as_text(found["rows"]) == as_text(whole["rows"])


def test_what_nothing_can_hang_on_cannot_be_asked_for_its_tables(golden_lab):
    answer = golden_lab.get("/webgateway/annotations/Nope/1/")
    assert answer.status_code == 200
    assert answer.json()["error"] == "['Nope'] cannot be queried"


def test_a_slice_gives_rows_in_the_order_asked_for(golden_lab):
    answer = golden_lab.get(f"{TABLE}/slice/?rows=2,0,0&columns=4").json()
    assert answer["columns"] == [[3, 1, 1]]


def test_the_mask_has_a_bit_for_each_id(golden_lab):
    answer = golden_lab.get(f"{TABLE}/obj_id_bitmask/?query=*&col_name=Image")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    bits = np.unpackbits(np.frombuffer(answer.content, dtype=np.uint8))
    assert np.flatnonzero(bits).tolist() == [101, 102, 103]


def ours(real: Any) -> Any:
    """Put our ids and people into a golden answer."""
    replaced = {501: 1001, 601: 2001, "Demo User": "Ana Álvarez", "/data/": "/demo-share/"}
    if isinstance(real, dict):
        return {key: ours(value) for key, value in real.items()}
    if isinstance(real, list):
        return [ours(entry) for entry in real]
    if isinstance(real, str):
        return replaced.get(real, real.replace("/601/", "/2001/"))
    return replaced.get(real, real)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/webgateway/table/Image/101/query/?query=*", "object_table"),
        ("/webclient/omero_table/2001/json/?limit=2", "omero_table_json"),
        ("/webclient/omero_table/2001/json/?limit=2&offset=2", "omero_table_json2"),
    ],
)
def test_tables_of_objects_and_pages_as_json(golden_lab, path, name):
    answer = golden_lab.get(path).json()
    expected = ours(golden(f"{name}.json"))
    assert answer.pop("addedOn", 0) >= expected.pop("addedOn", 0)
    assert as_text(answer) == as_text(expected)


def test_a_table_as_csv(golden_lab):
    answer = golden_lab.get("/webclient/omero_table/2001/csv/")
    real = (GOLDEN / "omero_table_csv.txt").read_text(encoding="utf-8")
    # The golden file was written with its text decoded as Latin-1.
    expected = list(csv.reader(io.StringIO(real.encode("latin-1").decode("utf-8"))))
    assert list(csv.reader(io.StringIO(answer.content.decode("utf-8")))) == expected
    assert answer.headers["Content-Disposition"] == "attachment; filename=My table.csv"
    headless = golden_lab.get("/webclient/omero_table/2001/csv/?header=false").content
    assert headless.decode("utf-8") == answer.content.decode("utf-8").partition("\r\n")[2]


def test_a_missing_tables_page_is_an_html_404(golden_lab):
    for page in ("", "json/", "csv/"):
        answer = golden_lab.get(f"/webclient/omero_table/999/{page}")
        assert answer.status_code == 404
        assert answer.headers["Content-Type"].startswith("text/html")


def test_annotations_of_an_object(golden_lab):
    answer = golden_lab.get("/webclient/api/annotations/?type=file&image=101").json()
    expected = golden("wc_annotations_file.json")
    (entry,), (real,) = answer["annotations"], expected["annotations"]
    assert entry.keys() == real.keys()
    assert entry["link"].keys() == real["link"].keys()
    assert entry["permissions"] == real["permissions"]
    assert (entry["id"], entry["file"]["id"], entry["ns"]) == (1001, 2001, real["ns"])
    assert entry["file"]["mimetype"] == "OMERO.tables"
    assert entry["file"]["path"] == "/demo-share/"
    assert entry["link"]["parent"] == {"id": 101, "class": "ImageI", "name": "screen3_field01.tif"}
    assert answer["experimenters"][0].keys() == expected["experimenters"][0].keys()


@pytest.mark.parametrize(
    "query", ["type=file", "type=file&image=102", "type=tag&image=101", "type=file&image=101&ns=x"]
)
def test_no_annotations(golden_lab, query):
    answer = golden_lab.get(f"/webclient/api/annotations/?{query}").json()
    assert answer == golden("wc_annotations_none.json")


def test_annotations_of_a_bad_id_are_an_html_500(golden_lab):
    answer = golden_lab.get("/webclient/api/annotations/?type=file&image=x")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"].startswith("text/html")


def test_annotations_for_the_webgateway(golden_lab):
    answer = golden_lab.get("/webgateway/annotations/Image/101/").json()
    expected = ours(golden("wg_annotations.json"))
    assert answer["data"][0].pop("addedOn") >= expected["data"][0].pop("addedOn")
    assert answer == expected


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("Dataset:51", "Dataset.imageLinks.child/101"),
        ("Project:1", "Project.datasetLinks.child.imageLinks.child/101"),
        ("Plate:7", "Plate.wells/71"),
        ("Screen:1", "Screen.plateLinks.child.wells/71"),
        ("Roi:801", "Roi/801"),
    ],
)
def test_tables_are_found_through_what_lies_below(lab, target, path):
    lab.register(lab.write("t.tiledb"), target)
    (entry,) = lab.get(f"/webgateway/annotations/{path}/").json()["data"]
    assert f"{entry['parentType']}:{entry['parentId']}" == target
    assert lab.get(f"/webgateway/table/{path}/query/?query=*").json()["annId"] == entry["id"]


def test_an_object_without_a_table_says_so(golden_lab):
    answer = golden_lab.get("/webgateway/table/Image/102/query/?query=*").json()
    assert answer == {"error": "Could not retrieve bulk annotations table"}


def test_the_secret_token_is_never_sent_back(golden_lab):
    pages = [f"{TABLE}/metadata/", f"{TABLE}/query/?query=*", "/webclient/omero_table/2001/"]
    answers = [golden_lab.get(page) for page in pages]
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert not any(TOKEN in one.text for one in answers)


def test_an_array_that_is_gone_is_an_error_and_no_crash(lab):
    lab.register(lab.write("t.tiledb"), "Dataset:51")
    shutil.rmtree(Path(lab.server.share) / "t.tiledb")
    message = lab.get(f"{TABLE}/query/?query=*").json()["error"]
    assert message == (
        "Demo server: the array of table 2001 cannot be read: there is no TileDB array"
    )
    pages = ["/webclient/omero_table/2001/", "/webclient/?show=dataset-51", "/webclient/"]
    assert [lab.get(page).status_code for page in pages] == [200, 200, 200]
    assert lab.get("/webclient/?show=image-101").status_code == 200


def test_detaching_and_deleting_an_annotation(lab):
    lab.register(lab.write("t.tiledb"), "Image:101", "Dataset:51")
    done = {"bad": "false"}
    detach = "/webclient/action/remove/file/1001/"
    assert lab.post(detach, {"parent": "image-101"}).json() == done
    assert lab.server.registered[0].targets == ("Dataset:51",)
    assert lab.post("/webclient/action/delete/file/1001/", {}).json() == done
    assert lab.server.registered == ()
    assert (Path(lab.server.share) / "t.tiledb").is_dir()


def test_buttons_answer_as_omero_web_does_where_they_change_nothing(lab):
    lab.register(lab.write("t.tiledb"), "Image:101", "Roi:801")
    detach, delete = (f"/webclient/action/{word}/file/" for word in ("remove", "delete"))
    assert lab.post(f"{detach}1001/", {"parent": "image-102"}).json() == {"bad": "false"}
    assert lab.post(f"{detach}1001/", {"parent": "roi-801"}).json() == {
        "bad": "true",
        "errs": "getParentLinks(): ptype 'Roi' not supported",
    }
    assert lab.post(f"{detach}1001/", {"parent": "x"}).json() == {
        "bad": "true",
        "errs": "list index out of range",
    }
    lab.http.headers["X-Requested-With"] = "XMLHttpRequest"
    for gone in (detach, delete):
        answer = lab.post(f"{gone}9999/", {"parent": "image-101"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (
            404,
            "text/html; charset=utf-8",
        )
        assert "id:9999" in answer.text
    del lab.http.headers["X-Requested-With"]
    assert "<html" in lab.post(f"{delete}9999/", {}).text
    (kept,) = lab.server.registered
    assert kept.targets == ("Image:101", "Roi:801")


def test_column_types_follow_names_and_types(lab):
    columns = {
        "well": np.array([71]),
        "ROI": np.array([801]),
        "Plate": np.array(["P1"]),
        "image": np.array([1.0]),
        "small": np.array([1], dtype=np.int32),
    }
    lab.register(lab.write("t.tiledb", columns), "Plate:7")
    found = lab.get(f"{TABLE}/metadata/").json()["columns"]
    assert [(column["name"], column["type"]) for column in found] == [
        ("well", "WellColumn"),
        ("ROI", "RoiColumn"),
        ("Plate", "StringColumn"),
        ("image", "DoubleColumn"),
        ("small", "LongColumn"),
    ]
