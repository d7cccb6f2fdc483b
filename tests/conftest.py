"""No test touches the user's own settings, history, stored sessions or log-in."""

import os

import pytest


@pytest.fixture(autouse=True)
def a_home_of_its_own(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    for name in [*os.environ]:
        if name.startswith(("OMERO", "JUPYTERHUB_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("IPYTHONDIR", str(home / "ipython"))
    monkeypatch.setenv("OMERO_TABLES_CONFIG_DIR", str(home / "config"))
    monkeypatch.setenv("OMERO_TABLES_STATE_DIR", str(home / "state"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    yield
    from omero_tables_jupyter.omero import login

    login.logout()
