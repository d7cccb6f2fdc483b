"""What the magic and the panel cost over the bare call, in a real kernel, paired, as Markdown.

    python benchmarks/faces.py                 # 1 000 000 rows x 20 columns, 7 rounds

Each round uploads the same table three times to the stand-in, which runs in this process: by
`upload_table`, by `%omero_upload` with its widget, and by the panel's button. Which one begins
differs from round to round. The panel is timed from the click to the card.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from jupyter_client.manager import start_new_kernel

from omero_tables_jupyter import demo

HERE = Path(__file__).resolve().parent
GOAL = 1.05
FACES = ("call", "magic", "panel")

START = """
import asyncio, json, os, shutil, sys, time
sys.path.insert(0, {here!r})
from data import nuclei
import omero_tables_jupyter as otj
from omero_tables_jupyter.jupyter.faces import family
%load_ext omero_tables_jupyter
otj.login({url!r}, username={user!r}, password={password!r})
place = {{"to": "Dataset:51", "local_path": {share!r}, "remote_path": {seen!r}}}
words = f'--to Dataset:51 --local-path "{{place["local_path"]}}" --remote-path {seen}'
cells = nuclei({rows})

def call(name):
    began = time.perf_counter()
    otj.upload_table(cells, name, **place)
    return time.perf_counter() - began

def magic(name):
    line = f"cells --name {{name}} {{words}} --progress widget"
    began = time.perf_counter()
    get_ipython().run_line_magic("omero_upload", line)
    return time.perf_counter() - began

async def panel(name):
    form = otj.panel(cells, name, **place)
    (button,) = [one for one in family(form.widget) if getattr(one, "icon", "") == "upload"]
    while button.disabled:
        await asyncio.sleep(0.01)
    ended = asyncio.Event()
    # looked at where something is drawn: a loop that asks again and again would slow the upload
    def drawn(change):
        if form.state.run is not None and form.state.run.outcome is not None:
            ended.set()
    for one in family(form.widget):
        if one.has_trait("value"):
            one.observe(drawn, "value")
    began = time.perf_counter()
    button.click()
    await asyncio.wait_for(ended.wait(), 120)
    seconds = time.perf_counter() - began
    assert form.state.run.table is not None, form.state.run.error
    form.close()
    return seconds
"""
ONCE = """
cells["cell"] += 1  # else it is recognised, and nothing is written
# what was written before is not to be flushed while something else is timed
os.sync()
seconds = {wait}{face}("{face}")
shutil.rmtree(os.path.join(place["local_path"], "{face}.tiledb"))
print(json.dumps(seconds))
"""


class Kernel:
    """A kernel of this environment, whose user's files are in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        for name in ("IPYTHONDIR", "OMERO_TABLES_CONFIG_DIR", "OMERO_TABLES_STATE_DIR"):
            os.environ[name] = str(folder / name.lower())
        self._manager, self._client = start_new_kernel()

    def run(self, code: str) -> str:
        """Run a cell, and give what it printed."""
        printed: list[str] = []

        def heard(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])

        reply = self._client.execute_interactive(code, output_hook=heard, timeout=600)
        content = reply["content"]
        if content["status"] != "ok":
            raise SystemExit("\n".join(content["traceback"]))
        return "".join(printed)

    def end(self) -> None:
        """Shut it down."""
        self._client.stop_channels()
        self._manager.shutdown_kernel()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=7)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder, demo.serve() as server:
        kernel = Kernel(Path(folder))
        try:
            share, seen = str(server.share), server.server_share
            who = {"url": server.url, "user": server.username, "password": server.password}
            kernel.run(
                START.format(here=str(HERE), rows=options.rows, share=share, seen=seen, **who)
            )
            # imports and first-call costs are everybody's own, and are not what is compared
            one_round(kernel, FACES)
            rounds = [
                one_round(kernel, FACES[number % 3 :] + FACES[: number % 3])
                for number in range(options.rounds)
            ]
        finally:
            kernel.end()
    report(rounds, options.rows)


def one_round(kernel: Kernel, faces: tuple[str, ...]) -> dict[str, float]:
    seconds = {}
    for face in faces:
        code = ONCE.format(face=face, wait="await " if face == "panel" else "")
        seconds[face] = float(json.loads(kernel.run(code).splitlines()[-1]))
    return seconds


def report(rounds: list[dict[str, float]], rows: int) -> None:
    shown = f"{rows:,}".replace(",", " ")
    print(f"{shown} rows x 20 columns, medians of {len(rounds)} rounds; goal <= {GOAL}:\n")
    print("| upload by | seconds | x the call of the same round |")
    print("|---|---|---|")
    for face in FACES:
        seconds = median(one[face] for one in rounds)
        ratio = median(one[face] / one["call"] for one in rounds)
        print(f"| {face} | {seconds:.2f} | {ratio:.3f} |")


if __name__ == "__main__":
    main()
