import logging
import os
import re
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.events import LoginNeeded, Progress, Stage, StageDone, StageStarted


@pytest.fixture
def cells():
    return pd.DataFrame(
        {
            "Image": [101, 102, 103],
            "area": [20.5, np.nan, 3.0],
            "count": [1, 2, 3],
            "ok": [True, False, True],
            "label": ["a", "µ", "<b>"],
        }
    )


def leftovers(place):
    return sorted(path.name for path in Path(place["local_path"]).iterdir())


def test_a_frame_becomes_a_registered_table_that_reads_back_equal(session, place, cells, server):
    done = otj.upload_table(cells, "My v1.2 results", to="Dataset:51", **place)
    assert int(done) == done.annotation_id
    assert done.rows == 3
    assert done.columns == tuple(cells)
    assert done.targets == (otj.Target("Dataset", 51),)
    assert done.target_names == ("Screen 3",)
    assert done.local_path == str(Path(place["local_path"]) / "My v1.2 results.tiledb")
    assert done.remote_path == server.mapping.to_server(done.local_path)
    assert done.url == f"{server.url}/webclient/?show=dataset-51"
    assert done.table_url == f"{server.url}/webclient/omero_table/{done.file_id}/"
    assert leftovers(place) == ["My v1.2 results.tiledb"]
    pd.testing.assert_frame_equal(otj.read_table(done), cells, check_dtype=False)


def test_a_table_that_is_not_seen_from_here_is_read_through_the_server(session, place, cells):
    done = otj.upload_table(cells, "Far", to="Image:101", **place)
    far = replace(done, local_path="/not/mounted/Far.tiledb")
    pd.testing.assert_frame_equal(otj.read_table(far), otj.read_table(done))
    some = {"columns": ["count", "area"], "rows": range(1), "query": "(count > 1)"}
    pd.testing.assert_frame_equal(otj.read_table(far, **some), otj.read_table(done, **some))


def test_events_tell_the_whole_story_in_order(session, place, cells):
    told = []
    otj.upload_table(cells, "Story", to="Dataset:51", on_event=told.append, **place)
    stages = [event.stage for event in told if isinstance(event, StageDone)]
    assert stages == list(Stage)
    assert [event.stage for event in told if isinstance(event, StageStarted)] == list(Stage)
    assert [e.done for e in told if isinstance(e, Progress) and e.stage is Stage.CONVERT][-1] == 3


def test_the_reference_clients_own_call_works_as_it_is(session, place, cells, server):
    csv = Path(place["local_path"]) / "in.csv"
    cells.to_csv(csv, index=False)
    local = f"{place['local_path']}/my.tiledb"
    done = otj.upload_table(
        str(csv),
        "T",
        links=[("Image", 101)],
        chunk_size=2,
        local_path=local,
        remote_path=server.mapping.to_server(local),
    )
    assert done.targets == (otj.Target("Image", 101),)
    assert otj.read_table(done)["label"].tolist() == ["a", "µ", "<b>"]


def test_the_reference_clients_login_is_for_one_call_and_ends_with_it(place, cells, server):
    done = otj.upload_table(
        cells,
        "T",
        parent_id=51,
        parent_type="dataset",
        server=server.url,
        username=server.username,
        password=server.password,
        **place,
    )
    assert done.targets == (otj.Target("Dataset", 51),)
    with pytest.raises(otj.LoginError, match="not logged in"):
        otj.upload_table(cells, "T2", to="Dataset:51", **place)


def test_an_ice_connector_is_refused_with_the_way_to_log_in(cells):
    with pytest.raises(otj.OptionError, match="needs no Ice") as refused:
        otj.upload_table(cells, "T", omero_connector=object(), to="Image:101")
    assert "login" in refused.value.hint


def test_each_way_to_name_targets_names_the_same(session, place, cells, server):
    link = f"{server.url}/webclient/?show=image-101|image-102"
    done = otj.upload_table(
        cells, "Ways", to=[link, "Image 101", otj.Target("Image", 102)], **place
    )
    assert done.targets == (otj.Target("Image", 101), otj.Target("Image", 102))


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"to": None}, otj.TargetError, "attached to nothing"),
        ({"to": "Dataset:999"}, otj.TargetError, "Dataset:999 does not exist"),
        ({"to": "Imag:1"}, otj.TargetError, "did you mean 'Image'"),
        ({"local_path": r"J:\data"}, otj.PathError, "path of Windows"),
        ({"local_path": "/nowhere/at/all"}, otj.PathError, "no folder '/nowhere/at/all'"),
        ({"columns": ["aera"]}, otj.OptionError, "'aera'"),
        ({"if_exists": "perhaps"}, otj.OptionError, "perhaps"),
        ({"profile": "lab"}, otj.OptionError, "no profile 'lab'"),
        ({"chunk_rows": 0}, otj.OptionError, "chunk_rows=0"),
        ({"table_name": ""}, otj.OptionError, "table name"),
        ({"links": ["Image:1"]}, otj.TargetError, "not a pair"),
    ],
)
def test_a_mistake_is_one_error_of_ours_before_anything_is_written(  # noqa: PLR0917
    session, place, cells, change, error, words
):
    given = {"table_name": "T", "to": "Dataset:51", **place, **change}
    with pytest.raises(error, match=re.escape(words)):
        otj.upload_table(cells, **given)
    assert leftovers(place) == []


def test_nobody_logged_in_is_told_how_to(cells, place):
    with pytest.raises(otj.LoginError, match="%omero_login"):
        otj.upload_table(cells, "T", to="Dataset:51", **place)


def test_a_pasted_link_of_an_unknown_server_is_not_followed_blindly(cells, place):
    with pytest.raises(otj.LoginError, match=re.escape("%omero_login https://evil.example")):
        otj.upload_table(cells, "T", to="https://evil.example/webclient/?show=image-1", **place)


def test_a_problem_of_the_data_leaves_nothing_and_is_named(session, place):
    mixed = pd.DataFrame({"when": ["now", 3.5]})
    with pytest.raises(otj.DataError, match=r"'when'.*3\.5"):
        otj.upload_table(mixed, "T", to="Dataset:51", **place)
    assert leftovers(place) == []


def test_a_check_touches_nothing_and_says_all(session, place, cells):
    plan = otj.check_table(cells, "T", to="Dataset:51", **place)
    assert plan.ok
    assert plan.rows == 3
    assert [one.name for one in plan.columns] == list(cells)
    assert plan.targets[0].name == "Screen 3"
    assert plan.local_path.endswith("T.tiledb")
    assert leftovers(place) == []


def test_a_check_without_a_server_needs_no_login(cells):
    plan = otj.check_table(cells)
    assert plan.ok
    assert plan.targets == ()
    assert not otj.check_table(pd.DataFrame({"a": [b"x"]})).ok


def test_what_stands_there_is_never_touched_and_a_version_goes_beside_it(session, place, cells):
    first = otj.upload_table(cells, "T", to="Dataset:51", **place)
    other = cells.assign(area=1.0)
    with pytest.raises(otj.TableExistsError, match="if_exists='version'"):
        otj.upload_table(other, "T", to="Dataset:51", **place)
    second = otj.upload_table(other, "T", to="Dataset:51", if_exists="version", **place)
    assert second.name == "T"
    assert second.local_path.endswith("T-2.tiledb")
    assert second.remote_path.endswith("T-2.tiledb")
    assert otj.read_table(first)["area"].tolist()[0] == 20.5
    assert leftovers(place) == ["T-2.tiledb", "T.tiledb"]


@pytest.mark.parametrize("if_exists", ["fail", "version"])
def test_the_same_data_again_is_found_and_not_written_twice(
    session, place, cells, if_exists, server
):
    first = otj.upload_table(cells, "T", to="Dataset:51", **place)
    posts = [one for one in server.requests if one.path.endswith("/v0/table")]
    again = otj.upload_table(
        cells.copy(), "T", to="Dataset:51", if_exists=if_exists, chunk_rows=1, **place
    )
    assert again.unchanged
    assert int(again) == int(first)
    assert leftovers(place) == ["T.tiledb"]
    after = [one for one in server.requests if one.path.endswith("/v0/table")]
    assert [one for one in after if one.method == "POST"] == [
        one for one in posts if one.method == "POST"
    ]


def test_the_two_steps_alone_make_the_same_table(session, place, cells, server):
    path = f"{place['local_path']}/alone.tiledb"
    written = otj.create_tiledb(cells, path)
    assert written.rows == 3
    assert str(written.token) == "***"
    done = otj.register_table(
        session,
        server.mapping.to_server(path),
        table_name="Alone",
        links=[("Image", 101)],
        token=written.token,
    )
    assert done.annotation_id > 0
    assert done.rows is None


def test_an_array_written_before_is_registered_with_its_own_token(session, place, cells, server):
    path = f"{place['local_path']}/old.tiledb"
    otj.create_tiledb(cells, path)
    done = otj.resume(path, to="Dataset:51", mapping=server.mapping)
    assert done.name == "old"
    assert done.rows == 3
    with pytest.raises(otj.PathError, match="nothing"):
        otj.resume(f"{place['local_path']}/nothing.tiledb", to="Dataset:51")


def test_a_refused_registration_keeps_the_array_and_says_how_to_go_on(session, place, cells):
    wrong = otj.PathMapping([(place["local_path"], "/etc/elsewhere")])
    with pytest.raises(otj.RejectedError) as refused:
        otj.upload_table(cells, "T", to="Dataset:51", local_path=place["local_path"], mapping=wrong)
    assert refused.value.array_path.endswith("T.tiledb")
    assert leftovers(place) == ["T.tiledb"]
    cure = refused.value.hint.splitlines()[-1]
    assert "correct remote_path, if the server sees the array elsewhere" in cure
    right = place["mapping"].to_server(place["local_path"])
    line = cure[cure.index("import ") :].replace("/etc/elsewhere", right)
    namespace = {}
    exec(line.replace("otj.resume", "done = otj.resume"), namespace)
    assert namespace["done"].rows == len(cells)
    assert leftovers(place) == ["T.tiledb"]


def test_cancelling_in_mid_conversion_leaves_nothing(session, place):
    many = pd.DataFrame({"a": np.arange(2_000_000), "b": np.arange(2_000_000) / 3})
    seen = threading.Event()
    held = threading.Event()

    def watch(event):
        if isinstance(event, Progress):
            seen.set()
            held.wait(10)

    job = otj.submit_table(many, "T", to="Dataset:51", on_event=watch, **place)
    assert seen.wait(30)
    job.cancel()
    held.set()
    with pytest.raises(otj.UploadCancelled):
        job.result()
    assert leftovers(place) == []


def test_a_session_that_expires_in_mid_job_is_renewed_and_the_job_goes_on(place, cells, server):
    otj.login(server.url, username=server.username, password=server.password)

    def expire(event):
        if isinstance(event, StageDone) and event.stage is Stage.VERIFY:
            server.expire_sessions()

    job = otj.submit_table(cells, "T", to="Dataset:51", ask=True, on_event=expire, **place)
    for event in job.events():
        if isinstance(event, LoginNeeded):
            job.renew(otj.Secret("wrong" if not event.reason else server.password))
    assert int(job.result()) > 0
    assert sum(isinstance(event, LoginNeeded) for event in job.events()) == 2


def test_an_expired_session_with_nobody_there_keeps_the_array(place, cells, server):
    otj.login(server.url, username=server.username, password=server.password)

    def expire(event):
        if isinstance(event, StageDone) and event.stage is Stage.VERIFY:
            server.expire_sessions()

    with pytest.raises(otj.SessionExpiredError) as expired:
        otj.upload_table(cells, "T", to="Dataset:51", on_event=expire, **place)
    assert "resume(" in expired.value.hint
    assert leftovers(place) == ["T.tiledb"]


def test_a_server_without_omero_plus_is_named_before_anything_is_written(place, cells, tmp_path):
    with otj.demo.serve(omero_plus=False) as plain:
        otj.login(plain.url, username=plain.username, password=plain.password)
        with pytest.raises(otj.ProtocolError, match="no OMERO Plus"):
            otj.upload_table(cells, "T", to="Dataset:51", local_path=plain.share)
        assert list(Path(plain.share).iterdir()) == []


def test_history_tells_what_was_registered(session, place, cells):
    done = otj.upload_table(cells, "Kept", to="Dataset:51", **place)
    row = otj.history().iloc[-1]
    assert row["name"] == "Kept"
    assert row["annotation_id"] == int(done)
    assert row["state"] == "registered"


def test_over_tls_with_its_own_authority_the_same_works(cells, tmp_path):
    with otj.demo.serve(tls=True) as secure:
        with pytest.raises(otj.UnreachableError, match="certificate"):
            otj.login(secure.url, username=secure.username, password=secure.password)
        otj.login(secure.url, username=secure.username, password=secure.password, ca=secure.ca_file)
        done = otj.upload_table(
            cells, "T", to="Dataset:51", local_path=secure.share, mapping=secure.mapping
        )
        assert int(done) > 0


def test_several_servers_and_a_prefix_are_no_obstacle(cells):
    with otj.demo.serve(servers=2, prefix="/custom_omero") as both:
        url = both.url
        otj.login(url, username=both.username, password=both.password, server_id=1)
        done = otj.upload_table(
            cells, "T", to="Dataset:51", local_path=both.share, mapping=both.mapping
        )
        assert int(done) > 0


def test_no_secret_reaches_logs_reprs_events_or_errors(place, cells, server, caplog):
    told = []
    with caplog.at_level(logging.DEBUG):
        session = otj.login(server.url, username=server.username, password=server.password)
        done = otj.upload_table(cells, "T", to="Dataset:51", on_event=told.append, **place)
        wrong = otj.PathMapping([(place["local_path"], "/elsewhere")])
        with pytest.raises(otj.RejectedError) as refused:
            otj.upload_table(
                cells, "U", to="Dataset:51", local_path=place["local_path"], mapping=wrong
            )
    key = dict(session.join_params)["bsession"].reveal()
    from omero_tables_jupyter.arrays.description import describe_array

    token = describe_array(done.local_path).token.reveal()
    everything = "\n".join(
        [caplog.text, repr(session), repr(done), repr(told), str(refused.value)]
        + [repr(refused.getrepr(style="long", showlocals=False))]
        + [path.read_text() for path in Path(os.environ["OMERO_TABLES_STATE_DIR"]).iterdir()]
    )
    assert server.url in everything
    for secret in (key, token, server.password):
        assert secret not in everything
