"""Links for the browser: on a hub, a server of this machine is reached through the hub's proxy."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["reachable"]


def reachable(url: str, hub_prefix: str) -> str:
    """Give the link under which the user's browser reaches a server.

    Parameters
    ----------
    url
        As this machine reaches it.
    hub_prefix
        JupyterHub's path to this kernel's Jupyter server, ``'/user/ana/'``; '' without a hub.

    Returns
    -------
    str
        `url`; for a server on this very machine behind a hub, its path through
        jupyter-server-proxy: ``/user/ana/proxy/4080/webclient/``.

    """
    parts = urlsplit(url)
    if not hub_prefix or not _is_loopback(parts.hostname or ""):
        return url
    port = parts.port or (443 if parts.scheme == "https" else 80)
    query = f"?{parts.query}" if parts.query else ""
    return f"{hub_prefix.rstrip('/')}/proxy/{port}{parts.path or '/'}{query}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
