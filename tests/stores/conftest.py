"""A real object store on this machine, signatures checked: SeaweedFS on free ports."""

import json
import random
import shutil
import socket
import subprocess
import sys
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

KEY, SECRET = "AKCANARYWRITER", "sk-canary-writer-0123456789"
READER, READERS_SECRET = "AKCANARYREADER", "sk-canary-reader-0123456789"
BUCKET = "tables"
_GRPC = 10_000
_WAIT_S = 60


@dataclass
class Store:
    """A bucket of the store, as a test's own folder of it."""

    url: str
    secure_url: str
    ca_file: str
    client: object
    folder: str
    prefix: str

    def keys(self):
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=self.prefix)
        return sorted(one["Key"].removeprefix(self.prefix) for one in found.get("Contents", []))

    def names(self):
        return sorted({key.split("/")[0] for key in self.keys()})

    def begun(self):
        """Give the uploads in parts that were never ended: nobody lists them, everybody pays."""
        found = self.client.list_multipart_uploads(Bucket=BUCKET)
        return [one["Key"] for one in found.get("Uploads", []) if self.prefix in one["Key"]]

    def put(self, name, data=b"x"):
        self.client.put_object(Bucket=BUCKET, Key=self.prefix + name, Body=data)

    def copy_to(self, folder):
        """Copy everything to a local folder, as a mounted bucket would show it."""
        for key in self.keys():
            path = Path(folder, key)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(
                self.client.get_object(Bucket=BUCKET, Key=self.prefix + key)["Body"].read()
            )


def _is_free(port):
    with socket.socket() as one, suppress(OSError):
        one.bind(("127.0.0.1", port))
        return True
    return False


def _free_ports(count):
    """Find ports whose neighbours 10 000 above, where SeaweedFS speaks gRPC, are free as well."""
    ports = []
    while len(ports) < count:
        port = random.randint(20_000, 50_000)
        if port not in ports and _is_free(port) and _is_free(port + _GRPC):
            ports.append(port)
    return ports


def _client(url, key=KEY, secret=SECRET):
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        region_name="us-east-1",
    )


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory):
    pytest.importorskip("boto3")
    trustme = pytest.importorskip("trustme")
    weed = shutil.which("weed") or shutil.which("weed", path=str(Path(sys.executable).parent))
    if weed is None:
        pytest.skip("SeaweedFS is not installed")
    folder = tmp_path_factory.mktemp("seaweed")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(folder / "own")
    ports = dict(zip(("master", "volume", "filer", "s3", "https"), _free_ports(5), strict=True))
    with _started(weed, folder, **ports) as process:
        url = f"http://127.0.0.1:{ports['s3']}"
        client = _client(url)
        _make_bucket(client, process)
        yield {
            "url": url,
            "secure_url": f"https://127.0.0.1:{ports['https']}",
            "ca_file": str(folder / "ca.pem"),
            "client": client,
        }
        client.close()


@contextmanager
def _started(weed, folder, *, master, volume, filer, s3, https):
    people = [
        {"name": "writer", "keys": (KEY, SECRET), "actions": ["Admin", "Read", "Write", "List"]},
        {"name": "reader", "keys": (READER, READERS_SECRET), "actions": ["Read", "List"]},
    ]
    identities = [
        {
            "name": one["name"],
            "credentials": [dict(zip(("accessKey", "secretKey"), one["keys"], strict=True))],
            "actions": one["actions"],
        }
        for one in people
    ]
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": identities}))
    options = {
        "dir": folder,
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "master.port": master,
        "master.volumeSizeLimitMB": 64,
        "volume.port": volume,
        "volume.max": 20,
        "filer.port": filer,
        "s3.port": s3,
        "s3.config": config,
        "s3.port.https": https,
        "s3.cert.file": folder / "own",
        "s3.key.file": folder / "own",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
    }
    command = [weed, "server", "-filer", "-s3", *(f"-{k}={v}" for k, v in options.items())]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            # It takes more than 20 seconds to end when asked to.
            process.kill()
            process.wait()


def _make_bucket(client, process):
    from botocore.exceptions import BotoCoreError, ClientError

    for _ in range(_WAIT_S * 5):
        with suppress(BotoCoreError, ClientError):
            with suppress(client.exceptions.BucketAlreadyExists):
                client.create_bucket(Bucket=BUCKET)
            client.put_object(Bucket=BUCKET, Key="ready", Body=b"x")
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
            pytest.fail("SeaweedFS ended at its start")
    pytest.fail("SeaweedFS did not come up")


@pytest.fixture
def store(seaweed, tmp_path, monkeypatch):
    """A folder of the bucket, and the environment in which it is reached."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", seaweed["url"])
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return Store(**seaweed, folder=f"s3://{BUCKET}/{tmp_path.name}", prefix=f"{tmp_path.name}/")


# In a process of its own: TileDB holds on to Python while it asks a store for something.
_RELAY = """
import socket, sys, threading

def pass_on(one, other):
    while data := one.recv(65_536):
        other.sendall(data)
    other.shutdown(socket.SHUT_WR)

listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
while True:
    near, _ = listening.accept()
    far = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    for pair in ((near, far), (far, near)):
        threading.Thread(target=pass_on, args=pair, daemon=True).start()
"""


class Relay:
    """A way to the store that can be cut in the middle of an upload."""

    def __init__(self, port):
        self._process = subprocess.Popen(
            [sys.executable, "-c", _RELAY, str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def cut(self):
        """Break every connection and take no new one."""
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def relay(store, monkeypatch):
    made = Relay(int(store.url.rpartition(":")[2]))
    monkeypatch.setenv("AWS_ENDPOINT_URL", made.url)
    yield made
    made.cut()


@pytest.fixture(autouse=True)
def quiet_botocore():
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="botocore")
        yield
