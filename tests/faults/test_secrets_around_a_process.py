"""Canaries in what an upload leaves around it: files of all kinds, modes, arguments, workers."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from scene import cells

import omero_tables_jupyter as otj
from omero_tables_jupyter import settings
from omero_tables_jupyter.arrays.description import describe_array

posix = pytest.mark.skipif(os.name == "nt", reason="modes and audit by path are POSIX's")


def key_of(session):
    return dict(session.join_params)["bsession"].reveal()


def modes(folder):
    """Give the modes of files, and of folders, below a folder."""
    found = [(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in folder.rglob("*")]
    files = {mode for is_folder, mode in found if not is_folder}
    return files, {mode for is_folder, mode in found if is_folder}


@posix
@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("umask", [0o022, 0o027, 0o077, 0o002])
def test_arrays_are_as_the_umask_says_and_what_is_ours_is_ours_alone(scene, umask):
    before = os.umask(umask)
    try:
        done = scene.upload()
        settings.save_profile(settings.Profile("lab", scene.server.url, mapping=scene.mapping))
    finally:
        os.umask(before)
    files, folders = modes(scene.folder)
    assert files == {0o666 & ~umask}
    assert folders == {0o777 & ~umask}
    warned = [one for one in done.notes if "chmod" in one.text]
    assert bool(warned) == (umask == 0o077)
    for name in ("OMERO_TABLES_STATE_DIR", "OMERO_TABLES_CONFIG_DIR"):
        own = Path(os.environ[name])
        files, _ = modes(own)
        assert files == {0o600}
        assert stat.S_IMODE(own.stat().st_mode) == 0o700


#: Notes every process that is begun and every file that Python opens for writing.
WATCHED = """
import json, os, sys, tempfile
began, wrote = [], set()
def hook(event, arguments):
    if event in {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork"}:
        began.append(repr(arguments))
    if event == "open" and isinstance(arguments[0], str):
        if arguments[2] & (os.O_WRONLY | os.O_RDWR):
            wrote.add(arguments[0])
url, user, folder, seen = sys.argv[1:]
password = sys.stdin.readline().strip()
import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays.description import describe_array
from scene import cells
tempfile.gettempdir()
sys.addaudithook(hook)
session = otj.login(url, username=user, password=password)
lying = {}
def look(event):
    for root, _, names in os.walk(tempfile.gettempdir()):
        for name in names:
            try:
                lying[name] = open(os.path.join(root, name), "rb").read().decode("latin-1")
            except OSError:
                pass
done = otj.submit_table(cells(), "Cells", to="Dataset:51", local_path=folder, chunk_rows=1000,
                        mapping=otj.PathMapping([(folder, seen)]), on_event=look).result()
look(None)
secrets = [dict(session.join_params)["bsession"].reveal(),
           describe_array(done.local_path).token.reveal()]
print(json.dumps({"began": began, "wrote": sorted(wrote), "lying": lying, "secrets": secrets}))
"""


@posix
def test_an_upload_starts_no_process_and_writes_no_file_but_its_own(scene, tmp_path):
    server = scene.server
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    given = [server.url, server.username, scene.folder, scene.mapping.to_server(str(scene.folder))]
    here = {"PYTHONPATH": str(Path(__file__).parent), "TMPDIR": str(scratch)}
    done = subprocess.run(
        [sys.executable, "-B", "-c", WATCHED, *map(str, given)],
        env=os.environ | here,
        input=f"{server.password}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["began"] == []
    own = [os.environ["OMERO_TABLES_STATE_DIR"], str(scene.folder), os.devnull]
    assert not [path for path in told["wrote"] if not path.startswith(tuple(own))]
    assert not [path for path in told["lying"].values() if path]
    hidden = [*told["secrets"], server.password]
    for path in Path(os.environ["HOME"]).rglob("*"):
        text = path.read_bytes().decode("latin-1") if path.is_file() else ""
        assert not [secret for secret in hidden if secret in text], path


def test_neither_a_task_nor_a_worker_is_told_a_secret(scene, session, monkeypatch, caplog):
    distributed = pytest.importorskip("distributed")
    dd = pytest.importorskip("dask.dataframe")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "CANARY-of-a-store")
    caplog.set_level("DEBUG")
    tasks = []

    class Spy(distributed.diagnostics.plugin.SchedulerPlugin):
        def transition(self, key, start, finish, *args, **kwargs):
            one = self.scheduler.tasks.get(key)
            if one is not None and one.run_spec is not None:
                tasks.append(plainly(one.run_spec) + repr(key))

    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        spy = Spy()
        spy.scheduler = cluster.scheduler
        cluster.scheduler.add_plugin(spy)
        done = scene.upload(dd.from_pandas(scene.frame, npartitions=3), chunk_rows=None)
        logs = repr(client.get_worker_logs()) + repr(client.get_scheduler_logs())
    assert tasks
    hidden = [
        key_of(session),
        scene.server.password,
        describe_array(done.local_path).token.reveal(),
        "CANARY-of-a-store",
    ]
    for text in (*tasks, logs, caplog.text):
        assert not [secret for secret in hidden if secret in text]


def plainly(spec):
    """Give the bytes of a task as text, pickled where it is not so already."""
    import cloudpickle

    return cloudpickle.dumps(spec).decode("latin-1")


@pytest.mark.usefixtures("session")
def test_secrets_in_a_table_are_the_users_own_and_go_into_no_text_of_ours(scene, session, caplog):
    """A column that holds a key, as a frame of settings may: stored, never repeated."""
    caplog.set_level("DEBUG")
    frame = pd.concat([cells(3), pd.DataFrame({"bsession": [key_of(session)] * 3})], axis=1)
    scene.frame = frame
    job = scene.submit()
    done = job.result()
    assert otj.read_table(done)["bsession"].tolist() == [key_of(session)] * 3
    told = repr(done) + repr([*job.events()]) + otj.history().to_string() + caplog.text
    assert key_of(session) not in told
