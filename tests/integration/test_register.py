from __future__ import annotations

import json

import numpy as np
import pytest
import tiledb

from omero_tables_jupyter import demo
from omero_tables_jupyter.demo.faults import Answer, Drop
from omero_tables_jupyter.errors import (
    OptionError,
    ProtocolError,
    RejectedError,
    UnreachableError,
)
from omero_tables_jupyter.model import Secret, Target
from omero_tables_jupyter.omero import tables
from omero_tables_jupyter.omero.session import connect

ROWS = 25
TOKEN = "T0ken-of-the-array_0123456789"
DATASET = Target("Dataset", 51)
REGISTER = r"/omero_plus/api/v0/table$"


@pytest.fixture(scope="module")
def server():
    with demo.serve() as running:
        yield running


@pytest.fixture
def session(server):
    with connect(
        server.url, username=server.username, password=server.password, sleep=lambda seconds: None
    ) as opened:
        yield opened


@pytest.fixture
def uri(server, request):
    """Write a small array as the reference lays it out; give its path as the server sees it."""
    path = server.share / f"{request.node.name[:80]}.tiledb"
    row = tiledb.Dim(
        "__tiledb_rows", domain=(-(2**63), 2**63 - 10_003), tile=10_000, dtype=np.int64
    )
    attributes = [
        tiledb.Attr("Image", dtype=np.int64),
        tiledb.Attr("area", dtype=np.float64),
        tiledb.Attr("a b", dtype=np.float64),
    ]
    schema = tiledb.ArraySchema(tiledb.Domain(row), attrs=attributes, sparse=True)
    tiledb.SparseArray.create(str(path), schema)
    numbers = np.arange(ROWS)
    area = np.where(numbers == 3, np.nan, numbers * 1.5)
    with tiledb.open(str(path), "w") as array:
        array[numbers] = {"Image": 101 + numbers % 3, "area": area, "a b": -area}
        array.meta["__version"] = "3"
        array.meta["__initialized"] = 1_700_000_000.5
        array.meta["SecretToken"] = TOKEN
    return server.mapping.to_server(str(path))


def register(session, uri, name="Cells", targets=(DATASET,), token=TOKEN):
    secret = None if token is None else Secret(token)
    return tables.register(session, uri=uri, name=name, targets=targets, token=secret)


def test_a_registered_table_hangs_on_every_target(server, session, uri):
    targets = [DATASET, Target("Image", 101), Target("Roi", 801)]
    done = register(session, uri, "On three", targets)
    assert not done.recovered
    for target in targets:
        found = {one.annotation_id: one for one in tables.annotations_of(session, target)}
        assert found[done.annotation_id].is_called("On three")
    (file_id,) = {tables.file_id_of(session, done.annotation_id, one) for one in targets}
    assert file_id != done.annotation_id
    assert next(one for one in server.registered if one.file_id == file_id).name == "On three"


@pytest.mark.parametrize(
    "target",
    [
        Target("Project", 1),
        Target("Screen", 1),
        Target("Plate", 7),
        Target("PlateAcquisition", 9),
        Target("Well", 71),
    ],
)
def test_the_file_behind_an_annotation_is_found_on_every_type(session, uri, target):
    done = register(session, uri, targets=[target])
    assert tables.file_id_of(session, done.annotation_id, target)


def test_over_tls_with_two_servers_and_a_prefix_the_registration_arrives():
    with (
        demo.serve(tls=True, servers=2, prefix="/lab") as server,
        connect(
            server.url,
            username=server.username,
            password=server.password,
            server_id=2,
            ca=server.ca_file,
        ) as session,
        pytest.raises(RejectedError, match="cannot see"),
    ):
        register(session, "/elsewhere/x.tiledb")


def test_a_wrong_token_is_refused_in_the_servers_words_without_it(session, uri):
    with pytest.raises(RejectedError) as caught:
        register(session, uri, token="CANARY-wrong-token")
    assert caught.value.status == 403
    assert caught.value.server_message
    assert "CANARY" not in str(caught.value)


def test_a_path_that_the_server_does_not_see_names_it_and_the_mapping(session):
    with pytest.raises(RejectedError) as caught:
        register(session, "/demo-share/missing.tiledb")
    assert "/demo-share/missing.tiledb" in caught.value.hint
    assert "--map" in caught.value.hint


@pytest.mark.parametrize("fault", [Drop(after_effect=True), Drop(after_effect=False)])
def test_a_lost_answer_is_told_from_a_lost_request(server, session, uri, fault):
    name = f"Lost {fault.after_effect}"
    server.faults.next(REGISTER, fault, method="POST")
    posts = sum(one.path.endswith("/table") and one.method == "POST" for one in server.requests)
    if fault.after_effect:
        done = register(session, uri, name)
        assert done.recovered
        (made,) = [one for one in server.registered if one.name == name]
        assert done.annotation_id == made.annotation_id
    else:
        with pytest.raises(UnreachableError, match="not known"):
            register(session, uri, name)
        assert not [one for one in server.registered if one.name == name]
    after = sum(one.path.endswith("/table") and one.method == "POST" for one in server.requests)
    assert after == posts + 1


def test_a_second_table_of_the_same_name_is_not_taken_for_a_lost_one(server, session, uri):
    register(session, uri, "Twice")
    server.faults.next(REGISTER, Answer(504, "<html>Gateway Time-out</html>"), method="POST")
    with pytest.raises(UnreachableError, match="not known"):
        register(session, uri, "Twice")


def test_the_file_id_is_a_courtesy_that_never_fails(server, session, uri):
    done = register(session, uri)
    server.faults.next(r"/webclient/api/annotations/", Answer(500, "boom"))
    assert tables.file_id_of(session, done.annotation_id, DATASET) is None
    assert tables.file_id_of(session, 987_654, DATASET) is None
    server.expire_sessions()
    assert tables.file_id_of(session, done.annotation_id, DATASET) is None


def test_without_omero_plus_the_probe_says_so():
    with (
        demo.serve(omero_plus=False) as server,
        connect(server.url, username=server.username, password=server.password) as session,
        pytest.raises(ProtocolError, match="no OMERO Plus") as caught,
    ):
        tables.probe(session)
    assert "prefix" in caught.value.hint
    assert "--no-probe" in caught.value.hint


def test_with_omero_plus_the_probe_is_silent_and_carries_no_key(server, session):
    tables.probe(session)
    seen = [one for one in server.requests if one.path.endswith("/omero_plus/api/v0/table")][-1]
    assert (seen.method, seen.query) == ("GET", "")
    assert "x-requested-with" not in seen.headers


def test_links_lead_to_pages_of_the_server(server):
    assert tables.web_link(server.url, DATASET) == f"{server.url}/webclient/?show=dataset-51"
    run = Target("PlateAcquisition", 9)
    assert tables.web_link(f"{server.url}/", run).endswith("/webclient/?show=acquisition-9")
    assert tables.table_link(server.url, 7) == f"{server.url}/webclient/omero_table/7/"


# --- reading back -------------------------------------------------------------------------------


@pytest.fixture
def file_id(session, uri):
    done = register(session, uri)
    return tables.file_id_of(session, done.annotation_id, DATASET)


def read(session, file_id, **options):
    blocks = list(tables.read_rows(session, file_id, **options))
    return blocks[0].columns, [row for block in blocks for row in block.rows]


def test_columns_and_rows_come_back(session, file_id):
    assert tables.columns_of(session, file_id).names == ("Image", "area", "a b")
    assert tables.columns_of(session, file_id).rows == ROWS
    columns, rows = read(session, file_id)
    assert columns == ("Image", "area", "a b")
    assert len(rows) == ROWS
    assert rows[2] == (103, 3.0, -3.0)
    assert np.isnan(rows[3][1])


def test_columns_are_chosen_in_the_order_asked_for(session, file_id):
    columns, rows = read(session, file_id, columns=["area", "Image"])
    assert columns == ("area", "Image")
    assert rows[1] == (1.5, 102)


@pytest.mark.parametrize(
    "rows", [range(5), range(20, 100), range(3, 4), range(0), range(30, 40), range(1, 25, 7)]
)
def test_rows_are_chosen_as_a_list_would_be(session, file_id, rows):
    images = [101 + n % 3 for n in range(ROWS)]
    found = read(session, file_id, columns=["Image"], rows=rows)
    assert found == (("Image",), [(one,) for one in images[rows.start : rows.stop : rows.step]])


def test_a_query_hits_some_rows_and_rows_counts_among_those(session, file_id):
    _, rows = read(session, file_id, query="(Image==102)", columns=["area"])
    assert [one for (one,) in rows[:3]] == [1.5, 6.0, 10.5]
    _, some = read(session, file_id, query="(Image==102)", columns=["area"], rows=range(1, 3))
    assert some == rows[1:3]


@pytest.mark.parametrize("step", [1, 3])
def test_many_small_parts_join_without_a_gap(session, file_id, monkeypatch, step):
    from omero_tables_jupyter.omero import rows as module

    whole = read(session, file_id, columns=["Image"], rows=range(0, ROWS, step))
    monkeypatch.setattr(module, "_MOST_ROWS", 4)
    assert read(session, file_id, columns=["Image"], rows=range(0, ROWS, step)) == whole


def test_a_server_that_allows_fewer_rows_at_a_time_is_asked_for_fewer(server, session, file_id):
    said = "Trying to download 10000 rows exceeds configured omero.web.max_table_download_rows of 5"
    body = json.dumps({"error": said, "status": 404})
    server.faults.next(r"/table/\d+/query/", Answer(200, body, "application/json"))
    _, rows = read(session, file_id)
    assert len(rows) == ROWS


def test_a_table_that_ends_too_early_is_an_error_and_not_a_short_table(server, session, file_id):
    body = json.dumps(
        {"data": {"columns": ["Image"], "rows": []}, "meta": {"totalCount": 9, "offset": 0}}
    )
    server.faults.next(r"/table/\d+/query/", Answer(200, body, "application/json"))
    with pytest.raises(ProtocolError, match="9 rows, but the server gives none from row 0"):
        read(session, file_id)


def test_other_columns_than_asked_for_are_refused(server, session, file_id):
    body = json.dumps(
        {"data": {"columns": ["area"], "rows": []}, "meta": {"totalCount": 0, "offset": 0}}
    )
    server.faults.next(r"/table/\d+/query/", Answer(200, body, "application/json"))
    with pytest.raises(ProtocolError, match="other columns"):
        read(session, file_id, columns=["Image"])


def test_a_column_that_is_not_there_is_named_with_the_likely_one(session, file_id):
    with pytest.raises(OptionError, match="no column 'aera'") as caught:
        read(session, file_id, columns=["aera"])
    assert "'area'" in caught.value.hint
    with pytest.raises(OptionError, match="no column was chosen"):
        read(session, file_id, columns=[])


@pytest.mark.parametrize("rows", [range(5, 0, -1), range(-3, 2)])
def test_rows_that_do_not_count_upwards_are_refused(session, file_id, rows):
    with pytest.raises(OptionError, match="count upwards"):
        read(session, file_id, rows=rows)


def test_a_table_that_is_not_there_and_a_query_that_means_nothing_are_refused(session, file_id):
    with pytest.raises(RejectedError, match="cannot read table 999999") as gone:
        tables.columns_of(session, 999_999)
    assert "it was deleted" in gone.value.hint
    with pytest.raises(RejectedError) as caught:
        read(session, file_id, query="((area>")
    assert "PyTables" in caught.value.hint
