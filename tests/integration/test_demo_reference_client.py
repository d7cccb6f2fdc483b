"""The reference client, unchanged but for Ice, against the stand-in: its tables and ours."""

from pathlib import Path

import pandas as pd
import pytest
import requests
from reference_client import reference_client

import omero_tables_jupyter as otj

pytest.importorskip("trustme")

FRAME = pd.DataFrame(
    {
        "Image": [101, 102, 103] * 800,
        "area": [1.5, float("nan"), 3.25] * 800,
        "label": ["a", "", "µ"] * 800,
        "ok": [True, False, True] * 800,
    }
)
SHARE = "/demo-share"


@pytest.fixture(params=[{}, {"prefix": "custom_omero"}], ids=["at the root", "below a prefix"])
def server(request, monkeypatch):
    with otj.demo.serve(tls=True, **request.param) as running:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", running.ca_file)
        yield running


@pytest.fixture
def theirs(server):
    with reference_client(server) as package:
        yield package


@pytest.fixture
def ours(server):
    return otj.login(server.url, username=server.username, password=server.password)


@pytest.fixture
def login(server):
    """What a user of the reference client says: host, name and password."""
    host, _, prefix = server.url.removeprefix("https://").partition("/")
    return {
        "server": host,
        "username": server.username,
        "password": server.password,
    }, {"prefix": prefix}


@pytest.fixture
def registered(theirs, server, login):
    """Register an array of the reference client's by its own call; give the annotation's id."""
    who, where = login
    return theirs.upload_table(
        FRAME,
        "Theirs",
        parent_id=51,
        parent_type="Dataset",
        links=[("Image", 101)],
        local_path=str(Path(server.share) / "Theirs.tiledb"),
        remote_path=f"{SHARE}/Theirs.tiledb",
        **who,
        **where,
    )


def test_its_own_upload_registers_a_frame(registered, server):
    (kept,) = server.registered
    assert kept.annotation_id == registered
    assert (kept.name, kept.targets) == ("Theirs", ("Image:101", "Dataset:51"))


def test_its_own_upload_registers_a_csv_file(theirs, server, login, tmp_path):
    who, where = login
    FRAME.dropna().query("label != ''").to_csv(tmp_path / "in.csv", index=False)
    number = theirs.upload_table(
        str(tmp_path / "in.csv"),
        "From a file",
        links=[("Image", 101)],
        local_path=str(server.share),
        remote_path=SHARE,
        **who,
        **where,
    )
    assert [one.annotation_id for one in server.registered] == [number]
    assert server.registered[0].uri == f"{SHARE}/From a file.tiledb"


def test_its_tables_are_listed_read_and_deleted_by_us(registered, server, ours):
    listed = otj.tables("Image:101", mapping=server.mapping).set_index("id").loc[registered]
    assert (listed["name"], listed["rows"], listed["is_there"]) == ("Theirs", len(FRAME), True)
    assert listed["local_path"] == str(Path(server.share) / "Theirs.tiledb")
    for read in (
        otj.read_table("Dataset:51", name="Theirs", mapping=server.mapping),
        otj.read_table(file=int(listed["file_id"])),
        otj.read_table(listed["local_path"]),
    ):
        pd.testing.assert_frame_equal(read, FRAME, check_dtype=False)
    assert otj.delete_table("Dataset:51", name="Theirs", confirm=True)
    assert server.registered == ()


def test_the_rows_of_its_table_are_replaced_by_us_under_its_annotation(registered, server, ours):
    other = FRAME.assign(area=0.5)[:7]
    done = otj.upload_table(
        other,
        "Ours now",
        to=["Image:101", "Dataset:51"],
        local_path=Path(server.share) / "Theirs.tiledb",
        mapping=server.mapping,
        if_exists="replace",
    )
    assert int(done) == registered
    pd.testing.assert_frame_equal(otj.read_table(file=done.file_id), other, check_dtype=False)


def test_what_it_wrote_and_could_not_register_is_resumed_by_us(theirs, server, login, ours):
    who, where = login
    with pytest.raises(requests.HTTPError, match="404"):
        theirs.upload_table(
            FRAME,
            "Lost",
            parent_id=999,
            local_path=str(Path(server.share) / "lost.tiledb"),
            remote_path=f"{SHARE}/lost.tiledb",
            **who,
            **where,
        )
    done = otj.resume(Path(server.share) / "lost.tiledb", to="Image:102", mapping=server.mapping)
    assert (done.name, done.rows, done.columns) == ("lost", len(FRAME), tuple(FRAME))
    pd.testing.assert_frame_equal(otj.read_table(done), FRAME, check_dtype=False)


@pytest.fixture
def uploaded(server, ours):
    return otj.upload_table(
        FRAME,
        "Ours",
        to=["Dataset:51", "Image:101"],
        local_path=server.share,
        mapping=server.mapping,
    )


def test_our_tables_are_read_by_it(theirs, login, uploaded, tmp_path):
    who, _ = login
    assert theirs.get_table_size(annotation_id=int(uploaded), **who) == FRAME.shape
    assert theirs.get_table_columns(file_id=uploaded.file_id, **who) == list(FRAME)
    whole = theirs.read_table(annotation_id=int(uploaded), **who)
    pd.testing.assert_frame_equal(whole, FRAME, check_dtype=False)
    some = theirs.read_table(
        file_id=uploaded.file_id, column_names=["area", "ok"], rows=range(5, 2000, 400), **who
    )
    pd.testing.assert_frame_equal(some, FRAME.loc[5:1999:400, ["area", "ok"]])
    hits = theirs.read_table(file_id=uploaded.file_id, query="(area > 3)", **who)
    pd.testing.assert_frame_equal(hits, FRAME.query("area > 3"), check_dtype=False)
    theirs.download_table(str(tmp_path / "out.csv"), annotation_id=int(uploaded), **who)
    kept = pd.read_csv(tmp_path / "out.csv", index_col=0, keep_default_na=False)
    assert kept["label"].tolist() == FRAME["label"].tolist()


def test_our_arrays_are_registered_by_it_with_the_token_that_we_give(theirs, server, login, ours):
    who, where = login
    written = otj.create_tiledb(FRAME, Path(server.share) / "ours.tiledb")
    with theirs.connect_to_omero(**who) as connector:
        given = (connector, f"{SHARE}/ours.tiledb", "Ours", [("Image", 101)])
        number = theirs.remote.register_table(*given, written.token.reveal(), **where)
        assert [one.annotation_id for one in server.registered] == [number]
        with pytest.raises(requests.HTTPError, match="403"):
            theirs.remote.register_table(*given, "not the token", **where)
    assert len(server.registered) == 1


def test_where_omero_web_has_several_servers_it_is_refused_as_it_really_is(monkeypatch):
    """It never says which one it means; a session's key alone is then no login."""
    with otj.demo.serve(tls=True, servers=2) as two:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", two.ca_file)
        with reference_client(two) as theirs, pytest.raises(requests.HTTPError, match="403"):
            theirs.upload_table(
                FRAME[:3],
                "T",
                parent_id=101,
                local_path=str(two.share),
                remote_path=SHARE,
                server=two.url.removeprefix("https://"),
                username=two.username,
                password=two.password,
            )
        assert two.registered == ()


def test_behind_a_proxy_that_speaks_tls_it_works_over_plain_http(monkeypatch):
    with otj.demo.serve() as plain, reference_client(plain) as theirs:
        host = plain.url.removeprefix("http://")
        sent = requests.Session.send

        def forwarded(self, prepared, **options):
            prepared.url = prepared.url.replace("https://", "http://")
            prepared.headers["X-Forwarded-Proto"] = "https"
            return sent(self, prepared, **options)

        monkeypatch.setattr(requests.Session, "send", forwarded)
        number = theirs.upload_table(
            FRAME[:3],
            "T",
            parent_id=101,
            local_path=str(plain.share),
            remote_path=SHARE,
            server=host,
            username=plain.username,
            password=plain.password,
        )
        assert [one.annotation_id for one in plain.registered] == [number]
