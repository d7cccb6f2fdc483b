"""The stand-in's pages through the real jupyter-server-proxy, as on Binder and JupyterHub."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import nbformat
import pytest
import requests
from nbclient import NotebookClient
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from omero_tables_jupyter import demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("jupyter_server_proxy")
TIMEOUT = 20


def wait_for(address: str) -> None:
    """Wait until the server listens: it names its address a little before."""
    with requests.Session() as http:
        http.trust_env = False
        http.mount("http://", HTTPAdapter(max_retries=Retry(connect=30, backoff_factor=0.05)))
        http.get(f"{address}/api", timeout=TIMEOUT).raise_for_status()


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a Jupyter server below ``/user/x/``; give its address."""
    home: Path = tmp_path_factory.mktemp("jupyter")
    folders = ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    arguments = [
        "--ServerApp.port=0",
        "--ServerApp.base_url=/user/x/",
        f"--ServerApp.root_dir={home}",
        "--ServerApp.jpserver_extensions={'jupyter_server_proxy': True}",
        "--ServerApp.log_level=INFO",
        "--IdentityProvider.token=secret",
        "--allow-root",
        "--no-browser",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *arguments],
        env=os.environ | dict.fromkeys(folders, str(home)),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        address = next(
            found[1]
            for line in process.stderr
            if (found := re.search(r"(http://127\.0\.0\.1:\d+/user/x)/", line))
        )
        wait_for(address)
        yield address
    finally:
        process.terminate()
        process.communicate(timeout=TIMEOUT)


@pytest.mark.parametrize("prefix", ["", "/omero"])
def test_a_login_through_the_proxy_ends_on_the_page_asked_for(jupyter, prefix):
    with demo.serve(prefix=prefix) as server, requests.Session() as http:
        http.trust_env = False
        http.headers["Authorization"] = "token secret"
        wanted = f"{jupyter}/proxy/{server.port}{prefix}/webclient/?show=dataset-51"
        page = http.get(wanted, timeout=TIMEOUT)
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
        onward = re.search(r'name="url" value="([^"]*)"', page.text)[1]
        form = {"csrfmiddlewaretoken": token, "url": onward, "username": server.username}
        origin = {"Origin": jupyter.removesuffix("/user/x")}
        done = http.post(
            page.url, data=form | {"password": server.password}, headers=origin, timeout=TIMEOUT
        )
    assert done.url == wanted
    assert "<title>Screen 3 |" in done.text


def linked(page: str) -> list[str]:
    """Give what a page leads to, and the pictures and styles that it needs."""
    return [html.unescape(link) for link in re.findall(r'(?:href|src)="([^"#]+)', page)]


def test_the_links_of_the_cards_open_through_the_proxy_as_on_binder(jupyter, monkeypatch, tmp_path):
    for name in ("IPYTHONDIR", "OMERO_TABLES_CONFIG_DIR", "OMERO_TABLES_STATE_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    # what JupyterHub, and so Binder, tells every kernel
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/x/")
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source)
            for source in (
                "%load_ext omero_tables_jupyter\n%omero_demo",
                "import omero_tables_jupyter as otj\ncells = otj.demo.sample_cells()",
                "%omero_upload cells --to Dataset:51",
            )
        ]
    )
    client = NotebookClient(made, timeout=60, kernel_name="python3")
    with client.setup_kernel(), requests.Session() as http:
        for number, cell in enumerate(made.cells):
            client.execute_cell(cell, number)
        shown = [out for cell in made.cells for out in cell.outputs]
        links = {link for out in shown for link in linked(out.get("data", {}).get("text/html", ""))}
        http.trust_env = False
        http.headers.update({"Authorization": "token secret", "Accept": "text/html"})
        origin = jupyter.removesuffix("/user/x")
        pages = [http.get(f"{origin}{link}", timeout=TIMEOUT) for link in sorted(links)]
        onward = {urljoin(page.url, link) for page in pages for link in linked(page.text)}
        dead = [link for link in onward if not http.get(link, timeout=TIMEOUT).ok]
    assert all(re.match(r"/user/x/proxy/\d+/webclient/", link) for link in links)
    assert ["Screen 3" in pages[0].text, "cells" in pages[1].text] == [True, True]
    assert ["Log in" in page.text for page in pages] == [False, False]
    assert len(onward) > len(links)
    assert dead == []
