"""A real JupyterLab on this machine, and the Chromium that looks at it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TOKEN = "only-for-this-test"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
# Without a sandbox, since CI runs as root; without whatever calls home, since nobody answers.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
KERNEL_IS_IDLE = """() => {
    const session = window.jupyterapp?.shell.currentWidget?.sessionContext?.session;
    return session?.kernel?.status === 'idle';
}"""


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab and the folder that it shows."""

    url: str
    root: Path

    def write(self, *cells):
        notebook = {
            "cells": [
                {
                    "cell_type": "code",
                    "id": f"c{number}",
                    "metadata": {},
                    "source": source,
                    "outputs": [],
                    "execution_count": None,
                }
                for number, source in enumerate(cells)
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        name = f"{uuid.uuid4().hex[:8]}.ipynb"
        (self.root / name).write_text(json.dumps(notebook))
        return name

    def open(self, page, name):
        # A workspace of its own, so that no tab of another test is restored.
        workspace = uuid.uuid4().hex[:8]
        self._go(page, f"lab/workspaces/{workspace}/tree/{name}")

    def open_in_notebook_7(self, page, name):
        self._go(page, f"notebooks/{name}")

    def _go(self, page, path):
        page.goto(f"{self.url}/{path}?token={TOKEN}")
        page.wait_for_function(KERNEL_IS_IDLE, timeout=90_000)

    @staticmethod
    def do(page, command):
        page.evaluate(f"() => {{ window.jupyterapp.commands.execute('{command}') }}")

    @staticmethod
    def shut_down(page):
        page.evaluate(
            "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.shutdown() }"
        )


@contextmanager
def running_lab(base):
    """Start a JupyterLab whose every file lies below `base`."""
    root = base / "notebooks"
    root.mkdir()
    set_up(
        base / "settings" / "@jupyterlab",
        {
            "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
            # what is out of sight stays in the page, so that it can be looked for
            "notebook-extension/tracker": {"windowingMode": "none"},
        },
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
        "OMERO_TABLES_CONFIG_DIR": "our-config",
        "OMERO_TABLES_STATE_DIR": "our-state",
    }
    environment = {**os.environ, **{name: str(base / folder) for name, folder in folders.items()}}
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"),
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]
    log = base / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        try:
            wait_for(server, port, log)
            yield Lab(f"http://127.0.0.1:{port}", root)
        finally:
            server.terminate()
            server.wait(20)


def set_up(folder, settings):
    for name, values in settings.items():
        path = folder / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))


def wait_for(server, port, log):
    """Wait until somebody listens; asking again is what waiting for a port is."""
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        with socket.socket() as probe:
            probe.settimeout(0.1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            server.wait(0.1)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"JupyterLab did not start: {log.read_text()}")
