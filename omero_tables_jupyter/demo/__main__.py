"""``python -m omero_tables_jupyter.demo``: run the stand-in until Ctrl-C."""

from __future__ import annotations

import argparse
from threading import Event

from omero_tables_jupyter.demo.accounts import DEMO_USER
from omero_tables_jupyter.demo.server import serve

_ABOUT = "Run a stand-in for OMERO Plus here: an invented lab and a pretend share."
_LOGIN = (
    f"Log in as the user '{DEMO_USER}'. The password is fixed and public: it is in the "
    "documentation, and in Python it is the attribute .password of demo.serve()."
)


def main(arguments: list[str] | None = None) -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m omero_tables_jupyter.demo", description=_ABOUT, epilog=_LOGIN
    )
    parser.add_argument(
        "--port", type=int, default=0, help="port to listen on (default: a free one)"
    )
    parser.add_argument(
        "--tls", action="store_true", help="speak HTTPS, with a CA made for this run"
    )
    parser.add_argument(
        "--prefix", default="", help="where OMERO.web is mounted, e.g. /custom_omero"
    )
    options = parser.parse_args(arguments)
    with serve(tls=options.tls, port=options.port, prefix=options.prefix) as server:
        print(f"Stand-in for OMERO Plus: {server.url}/webclient/")
        print(f"Share on this machine:   {server.share}")
        print(f"The server sees it as:   {server.server_share}")
        if server.ca_file:
            print(f"Trust this authority:    {server.ca_file}")
        print(_LOGIN, "Ctrl-C ends it.", sep="\n", flush=True)
        try:
            Event().wait()
        except KeyboardInterrupt:
            print("Ended; the share is gone.")


if __name__ == "__main__":
    main()
