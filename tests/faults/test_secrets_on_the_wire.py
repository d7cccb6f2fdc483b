"""Canaries in what a kernel tells its front ends, while a person fills in the panel."""

import json
import time
from queue import Empty

import pytest
from jupyter_client.manager import KernelManager

pytest.importorskip("ipykernel")

WAIT_S = 60
WRONG = "CANARY of a wrong password"
#: The secrets themselves, on their way to the test, by a file that only it reads.
BETRAY = """
from pathlib import Path as _P
from omero_tables_jupyter.omero import login as _login
from omero_tables_jupyter.arrays.description import describe_array as _d
_found = [dict(_login.current().join_params)['bsession'].reveal()]
_found += [_d(one).token.reveal() for one in _P(_folder).glob('*.tiledb')]
with _P(_secrets).open('a') as _f: _f.write('\\n'.join([*_found, '']))
del _found
"""
#: What Jupyter puts into a notebook that is saved with its widgets.
SAVED = "import ipywidgets as _w; _saved = _w.Widget.get_manager_state(); print(_saved)"


class FrontEnd:
    """A front end that keeps every message of a kernel, and the state of each widget."""

    def __init__(self, client):
        self.client = client
        self.heard = []
        self.models = {}

    def listen(self, until):
        """Take in messages until something is so, and give it."""
        deadline = time.monotonic() + WAIT_S
        while not (found := until()):
            assert time.monotonic() < deadline, " ; ".join(self.shown())
            try:
                message = self.client.get_iopub_msg(timeout=0.2)
            except Empty:
                continue
            self.heard.append(message)
            self._take_in(message["msg_type"], message["content"])
        return found

    def _take_in(self, kind, content):
        state = content.get("data", {}).get("state")
        if kind in {"comm_open", "comm_msg"} and state is not None:
            self.models.setdefault(content["comm_id"], {}).update(state)
        elif kind == "comm_close":
            self.models.pop(content["comm_id"], None)

    def run(self, code):
        """Run a cell, and wait for its end."""
        request = self.client.execute(code)

        def ended():
            last = self.heard[-1] if self.heard else None
            return (
                last is not None
                and last["msg_type"] == "status"
                and last["content"]["execution_state"] == "idle"
                and last["parent_header"].get("msg_id") == request
            )

        self.listen(ended)

    def tell(self, model, data):
        message = self.client.session.msg("comm_msg", {"comm_id": model, "data": data})
        self.client.shell_channel.send(message)

    def fill(self, word, text, *, which=0):
        """Type into a field, and leave it."""
        model = self.named(word, which=which)
        self.models[model]["value"] = text
        self.tell(model, {"method": "update", "state": {"value": text}, "buffer_paths": []})

    def click(self, word):
        self.tell(self.named(word), {"method": "custom", "content": {"event": "click"}})

    def named(self, word, *, which=0):
        """Wait for the control with a label: the first of them, or the last (-1)."""
        return self.listen(lambda: self._find(word, which))

    def _find(self, word, which):
        found = [
            model
            for model, state in self.models.items()
            if state.get("description") == word and not state.get("disabled")
        ]
        return found[which] if found else None

    def shown(self):
        """Give the text of every widget."""
        return [str(state["value"]) for state in self.models.values() if state.get("value")]

    def shows(self, words):
        return any(words in text for text in self.shown())


@pytest.fixture
def front_end(tmp_path, monkeypatch):
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=WAIT_S)
    yield FrontEnd(client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_from_the_log_in_to_the_card_no_message_and_no_saved_widget_holds_a_secret(
    front_end, scene, tmp_path
):
    server, secrets = scene.server, tmp_path / "secrets"
    secrets.touch()
    front_end.run("%load_ext omero_tables_jupyter\nimport pandas as pd")
    front_end.run(f"_folder = {str(scene.folder)!r}; _secrets = {str(secrets)!r}")
    front_end.run("cells = pd.DataFrame({'Image': [101, 102], 'area': [1.5, 2.5]})")
    mapping = f"{scene.folder}=>{scene.mapping.to_server(str(scene.folder))}"
    line = f"%omero_panel cells --to Dataset:51 -l {scene.folder} --map {mapping!r}"
    front_end.run(line.replace("'", '"'))
    saved = []

    def save():
        front_end.run(SAVED)
        saved.append(json.dumps(front_end.models, default=str))

    save()
    front_end.fill("Server", server.url)
    front_end.fill("User", server.username)
    front_end.fill("Password", WRONG)
    front_end.listen(lambda: not front_end.models[front_end.named("Password")]["value"])
    save()
    front_end.click("Connect")
    front_end.listen(lambda: front_end.shows("check user name and password"))
    save()
    front_end.fill("Password", server.password)
    front_end.click("Connect")
    front_end.listen(lambda: front_end.shows("Lab A"))
    save()
    front_end.run(BETRAY)
    server.expire_sessions()
    front_end.click("Upload")
    front_end.listen(lambda: front_end.shows("has expired"))
    save()
    front_end.fill("Password", server.password, which=-1)
    front_end.click("Go on")
    front_end.listen(lambda: front_end.shows("registered"))
    save()
    front_end.run(BETRAY)
    assert len(scene.registered()) == 1
    hidden = {WRONG, server.password, *secrets.read_text().split("\n")} - {""}
    assert len(hidden) == 5
    wire = json.dumps(front_end.heard, default=str)
    assert "comm_msg" in wire
    for secret in hidden:
        assert secret not in wire, wire[max(0, wire.index(secret) - 300) :][:600]
        assert not [one for one in saved if secret in one]


def test_the_test_would_hear_a_secret(front_end):
    front_end.run("import ipywidgets as w; w.Text(value='CANARY')")
    assert "CANARY" in json.dumps(front_end.heard, default=str)
