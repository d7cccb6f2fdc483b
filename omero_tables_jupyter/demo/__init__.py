"""A stand-in for OMERO Plus on this machine: an invented lab, a pretend share, the real protocol.

It is a demonstration and a test bench, not OMERO: start it with `serve`, or from a terminal with
``python -m omero_tables_jupyter.demo``.
"""

from __future__ import annotations

from omero_tables_jupyter.demo.samples import sample_cells
from omero_tables_jupyter.demo.server import DemoServer, serve

__all__ = ["DemoServer", "sample_cells", "serve"]
