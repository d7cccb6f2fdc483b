"""What the tests in a kernel share: folders of its own, and a running one."""

import pytest
from jupyter_client.manager import KernelManager

FOLDERS = (
    "HOME",
    "IPYTHONDIR",
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_RUNTIME_DIR",
    "OMERO_TABLES_CONFIG_DIR",
    "OMERO_TABLES_STATE_DIR",
)


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """Keep this computer's settings and history out of the kernels, and theirs out of it."""
    for name in FOLDERS:
        folder = tmp_path / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def kernel():
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)
