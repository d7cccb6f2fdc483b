"""Whole uploads by way of a store, to the stand-in, which sees the bucket as a mounted folder."""

import logging
import os
import traceback
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.demo.faults import Answer
from omero_tables_jupyter.events import Progress, Stage, StageStarted

CELLS = pd.DataFrame(
    {"Image": [101, 102, 103], "area": [20.5, 1.25, 3.0], "label": ["a", "µ", "<b>"]}
)
CANARIES = ("AKCANARY", "sk-canary", "canary-token")


@pytest.fixture(scope="module")
def server():
    with otj.demo.serve() as running:
        yield running


@pytest.fixture(autouse=True)
def session(server):
    yield otj.login(server.url, username=server.username, password=server.password)
    server.faults.clear()


@pytest.fixture
def place(server, store, tmp_path):
    """A folder of the bucket, mounted on the server: what stands there is seen there, too."""
    mounted = Path(server.share) / tmp_path.name
    remote = server.mapping.to_server(mounted)

    def mount(event):
        if isinstance(event, StageStarted) and event.stage is Stage.REGISTER:
            store.copy_to(mounted)

    return {
        "local_path": store.folder,
        "mapping": f"{store.folder}=>{remote}",
        "on_event": mount,
    }


def upload(*args, **options):
    """Upload so that `on_event` is called in the job's own thread: before it goes on."""
    return otj.submit_table(*args, to="Dataset:51", **options).result()


def test_an_upload_through_a_store_is_registered_where_the_server_sees_it(place, store, server):
    done = upload(CELLS, "Cells", **place)
    assert done.local_path == f"{store.folder}/Cells.tiledb"
    assert done.remote_path == place["mapping"].partition("=>")[2] + "/Cells.tiledb"
    assert store.names() == ["Cells.tiledb"]
    here = otj.read_table(done)
    through_server = otj.read_table(replace(done, local_path=""))
    pd.testing.assert_frame_equal(here, CELLS, check_dtype=False)
    pd.testing.assert_frame_equal(through_server, here)


def test_the_magic_s_own_words_for_a_mapping_are_taken(place, store):
    plan = otj.check_table(
        CELLS, "Cells", local_path=store.folder, mapping="s3://tables=>/mnt/bucket"
    )
    assert plan.local_path == f"{store.folder}/Cells.tiledb"
    assert plan.remote_path == f"/mnt/bucket/{store.prefix}Cells.tiledb"
    assert store.keys() == []


def test_one_address_may_stand_for_another(store):
    plan = otj.check_table(
        CELLS, "Cells", local_path=store.folder, mapping="s3://tables=>s3://seen-as/there"
    )
    assert plan.remote_path == f"s3://seen-as/there/{store.prefix}Cells.tiledb"


def test_without_a_mapping_the_server_is_given_the_address_itself(store, session, server):
    """Whether it takes one is the server's affair; the stand-in does not, and the array stays."""
    with pytest.raises(otj.RejectedError) as caught:
        upload(CELLS, "Cells", local_path=store.folder)
    assert f"{store.folder}/Cells.tiledb" in caught.value.server_message
    assert caught.value.array_path == f"{store.folder}/Cells.tiledb"
    assert "resume" in caught.value.hint
    assert len(otj.read_table(caught.value.array_path)) == 3


def test_what_was_not_registered_is_resumed(place, store, server):
    server.faults.next(r"/omero_plus/api/v0/table$", Answer(500, "no"), method="POST")
    with pytest.raises(otj.ServerError):
        upload(CELLS, "Cells", **place)
    done = otj.resume(f"{store.folder}/Cells.tiledb", to="Dataset:51", mapping=place["mapping"])
    assert (done.name, done.rows, done.columns) == ("Cells", 3, tuple(CELLS))
    assert done.local_path == f"{store.folder}/Cells.tiledb"


def test_the_same_again_is_unchanged_and_other_data_a_version_beside_it(place, store):
    first = upload(CELLS, "Cells", **place)
    again = upload(CELLS, "Cells", **place)
    assert again.unchanged
    assert int(again) == int(first)
    other = CELLS.assign(area=[1.0, 2.0, 3.0])
    with pytest.raises(otj.TableExistsError, match="a table stands"):
        upload(other, "Cells", **place)
    second = upload(other, "Cells", if_exists="version", **place)
    assert second.local_path == f"{store.folder}/Cells-2.tiledb"
    assert second.remote_path.endswith("/Cells-2.tiledb")
    assert store.names() == ["Cells-2.tiledb", "Cells.tiledb"]
    known = upload(other, "Cells", if_exists="version", **place)
    assert known.unchanged


def test_a_version_is_written_beside_what_a_killed_upload_left(place, store):
    store.put(".Cells.tiledb.partial-0123abcd")
    done = upload(CELLS, "Cells", if_exists="version", **place)
    assert done.local_path == f"{store.folder}/Cells-2.tiledb"


def test_a_table_whose_store_takes_no_key_of_this_machine_is_read_through_the_server(
    place, store, monkeypatch
):
    done = upload(CELLS, "Cells", **place)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sk-canary-wrong")
    pd.testing.assert_frame_equal(otj.read_table(done), CELLS, check_dtype=False)
    with pytest.raises(otj.PathError, match="does not accept the key"):
        otj.read_table(done.local_path)


def test_an_upload_that_is_cancelled_leaves_nothing(store, server):
    frame = pd.DataFrame({"Image": range(300_000)})
    job = otj.submit_table(
        frame, "Cells", to="Dataset:51", local_path=store.folder, chunk_rows=10_000
    )
    for event in job.events():
        if isinstance(event, Progress) and event.stage is Stage.CONVERT:
            job.cancel()
    with pytest.raises(otj.UploadCancelled):
        job.result()
    assert (store.keys(), store.begun()) == ([], [])


def everything_kept(store):
    """Give all that was written: below the user's own folder, and to the store."""
    for path in Path(os.environ["HOME"]).rglob("*"):
        if path.is_file():
            yield path.read_bytes()
    for key in store.keys():  # noqa: SIM118 - of a store, not of a dict
        yield store.client.get_object(Bucket="tables", Key=store.prefix + key)["Body"].read()


def test_no_key_is_said_shown_or_kept(place, store, caplog, monkeypatch):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("botocore").setLevel(logging.WARNING)
    events = []
    mount = place["on_event"]
    place["on_event"] = lambda event: (events.append(event), mount(event))
    done = upload(CELLS, "Cells", **place)
    texts = [repr(done), repr(events), otj.history().to_csv()]
    texts.append(repr(otj.check_table(CELLS, "Next", **place)))
    for name, value in {
        "AWS_SECRET_ACCESS_KEY": "sk-canary-wrong",
        "AWS_ACCESS_KEY_ID": "AKCANARYUNKNOWN",
        "AWS_SESSION_TOKEN": "canary-token",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    }.items():
        monkeypatch.setenv(name, value)
        with pytest.raises(otj.PathError) as caught:
            upload(CELLS, "Next", **place)
        texts += traceback.format_exception(caught.value, chain=True)
    kept = [one.decode("latin1") for one in everything_kept(store)]
    assert any("Cells.tiledb" in one for one in kept)
    for text in (*texts, *kept, caplog.text):
        for canary in ("AKCANARY", "sk-canary", "canary-token"):
            assert canary not in text


def test_an_address_with_a_key_in_it_is_refused_and_not_repeated(server):
    for address in (
        "s3://AKCANARY:sk-canary@tables/x",
        "azure://box/x?sv=1&sig=sk-canary",
        "s3://tables/x?X-Amz-Signature=sk-canary",
    ):
        with pytest.raises(otj.PathError, match="holds a key") as caught:
            upload(CELLS, "Cells", local_path=address)
        assert "canary" not in str(caught.value).lower()


def test_in_a_store_nothing_is_replaced_though_the_same_data_is_unchanged(place, store):
    first = upload(CELLS, "Cells", if_exists="replace", **place)
    again = upload(CELLS, "Cells", if_exists="replace", **place)
    assert (int(again), again.unchanged) == (int(first), True)
    keys = store.keys()
    with pytest.raises(otj.PathError, match="an object store renames nothing") as caught:
        upload(CELLS.assign(area=0.0), "Cells", if_exists="replace", **place)
    assert "if_exists='version'" in caught.value.hint
    assert store.keys() == keys


def test_what_is_in_a_store_is_read_in_part_listed_and_not_removed(place, store):
    done = upload(CELLS, "Cells", **place)
    read = otj.read_table(done.local_path, columns=["label"], query="(area > 2)", as_="arrow")
    assert read.to_pydict() == {"label": ["a", "<b>"]}
    row = otj.tables("Dataset:51").set_index("id").loc[int(done)]
    assert (row["local_path"], row["is_there"]) == (done.local_path, True)
    with pytest.raises(otj.PathError, match="in an object store"):
        otj.delete_table(done, files=True, confirm=True)
    assert otj.delete_table(done, confirm=True)
    assert len(otj.read_table(done.local_path)) == 3
