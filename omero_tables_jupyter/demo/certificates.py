"""A certificate authority made for one run: TLS, and the machine's own trust stays as it is."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import OptionError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["server_context"]


def server_context(ca_file: Path) -> ssl.SSLContext:
    """Make a TLS context for 127.0.0.1 and localhost, and write its authority to `ca_file` (PEM).

    Raises
    ------
    OptionError
        Where trustme, which makes the certificates, is not installed.

    """
    try:
        import trustme
    except ImportError as fault:
        raise OptionError(
            "tls=True needs the package trustme, which is not installed",
            hint="pip install 'omero-tables-jupyter[demo]', or start the demo without tls=True",
        ) from fault
    authority = trustme.CA(organization_name="omero_tables_jupyter demo")
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost", "::1").configure_cert(context)
    return context
