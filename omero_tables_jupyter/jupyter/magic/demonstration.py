"""``%omero_demo``: this kernel's stand-in server, logged in to, with a profile for its share."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from omero_tables_jupyter import settings
from omero_tables_jupyter.jupyter.style import (
    OK,
    badge,
    box,
    button_link,
    code,
    element,
    facts,
    heading,
)
from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.settings import Profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.demo import DemoServer

__all__ = ["PROFILE", "running", "start", "stop"]

PROFILE = "demo"
_DATASET = "?show=dataset-51"
_NEXT = """import omero_tables_jupyter as otj
cells = otj.demo.sample_cells()
%omero_upload cells --to Dataset:51"""


class _Running:
    """The one stand-in of this kernel."""

    server: DemoServer | None = None


def running() -> DemoServer | None:
    """Give this kernel's stand-in; None where none runs."""
    return _Running.server


def start(reach: Callable[[str], str]) -> dict[str, str]:
    """Start the stand-in where none runs, log in to it and set up its share.

    Parameters
    ----------
    reach
        Turns a link into the one that the user's browser can reach.

    Returns
    -------
    dict
        A card: media type to text.

    """
    from omero_tables_jupyter import demo
    from omero_tables_jupyter.omero.login import current, login

    if _Running.server is None:
        _Running.server = demo.serve(open_pages=True)
    server = _Running.server
    session = current()
    if session is None or session.url != server.url or not session.alive():
        login(server.url, username=server.username, password=Secret(server.password))
    settings.add_memory_profile(Profile(PROFILE, server.url, mapping=server.mapping))
    return _card(server, reach)


def stop() -> dict[str, str]:
    """End the stand-in with everything in it.

    Returns
    -------
    dict
        A line for people: media type to text.

    """
    from omero_tables_jupyter.omero.login import current, logout

    server = _Running.server
    if server is None:
        return {"text/plain": "no demo is running; %omero_demo starts one"}
    session = current()
    if session is not None and session.url == server.url:
        logout()
    settings.forget_memory_profile(PROFILE)
    server.close()
    _Running.server = None
    return {"text/plain": "the demo has ended; its tables are gone"}


def _card(server: DemoServer, reach: Callable[[str], str]) -> dict[str, str]:
    link = reach(f"{server.url}/webclient/{_DATASET}")
    rows = [
        ("Logged in as", server.username),
        ("Share", f"{server.share} (the server sees {server.server_share})"),
        ("Try it on", 'Dataset 51 "Screen 3", Image 101 to 112, Plate 7'),
    ]
    title = "A pretend OMERO Plus runs on this computer"
    pre = element("pre", code(_NEXT), "margin: 8px 0 0 0; background: none")
    inner = (
        heading(title, badge("●", "demo", OK))
        + facts([(word, escape(text)) for word, text in rows])
        + pre
        + button_link("Open Dataset 51", link)
    )
    lines = [title, *(f"  {word}: {text}" for word, text in rows), f"  Open: {link}", "", _NEXT]
    html = box(inner, edge=OK, label="OMERO tables demo")
    return {"text/html": html, "text/plain": "\n".join(lines)}
