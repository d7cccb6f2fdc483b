"""Sending requests: the only place that knows the HTTP library.

Its errors end here, and so do the addresses that hold a session key.
"""

from __future__ import annotations

import http.client
import logging
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.model import Secret
from omero_tables_jupyter.omero.answers import Answer
from omero_tables_jupyter.omero.faults import Fault, Lost, explain, packed, too_large
from omero_tables_jupyter.text import redacted

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.address import ServerAddress
    from omero_tables_jupyter.omero.channel import Call

__all__ = ["Requests"]

_CONNECT_S = 10.0
_CHUNK = 2**16
#: What a chunk of them unpacks to is bounded: not so of one coding in another, and of others.
_CODINGS = frozenset({"", "identity", "gzip", "deflate"})
#: Not through a proxy: what is on this machine is nobody else's business.
_DIRECT = {"http": "", "https": "", "all": ""}
#: These write a request's address, with its query, into the log.
_TALKATIVE = ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry")

#: A proxy that cannot be used is told in three ways; of ours, no address has an unknown scheme.
_PROXY_ERRORS = (
    requests.exceptions.ProxyError,
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidSchema,
)

_log = logging.getLogger("omero_tables_jupyter")


class _KeyFilter(logging.Filter):
    """Takes session keys out of the HTTP library's own log records."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        kept = redacted(said)
        if kept != said:
            record.msg, record.args = kept, ()
        return True


_KEY_FILTER = _KeyFilter()


class Requests:
    """Sends requests to one server, and keeps its cookies: the `Transport` of a channel.

    Parameters
    ----------
    address
        The server.
    ca
        A file or folder of certificates to trust; None for those of the system, False for any.

    Raises
    ------
    OptionError
        If `ca` holds none.

    """

    def __init__(self, address: ServerAddress, ca: str | bool | None) -> None:
        self._address = address
        self._verify = _trusted(ca)
        self._http = requests.Session()
        self._http.headers.update(
            {
                "User-Agent": "omero-tables-jupyter",
                "Accept": "application/json, */*;q=0.5",
                "Accept-Encoding": "gzip, deflate",
            }
        )
        for name in _TALKATIVE:
            logging.getLogger(name).addFilter(_KEY_FILTER)

    def cookies(self) -> list[str]:
        """Give the values of the cookies."""
        return [cookie.value or "" for cookie in self._http.cookies]

    def close(self) -> None:
        """Forget the cookies, and close the connections."""
        self._http.cookies.clear()
        self._http.close()

    def send(self, call: Call) -> Answer | Lost:
        """Send one request; a failure is returned, so that no foreign error clings to ours."""
        _log.debug("%s %s", call.method, redacted(call.shown))
        try:
            return self._perform(call)
        except _PROXY_ERRORS as error:
            return explain(Fault("proxy"), error, self._address)
        except requests.exceptions.ConnectTimeout as error:
            return explain(Fault("connect time-out", _CONNECT_S), error, self._address)
        except requests.exceptions.ReadTimeout as error:
            return explain(Fault("read time-out", call.timeout_s), error, self._address)
        except (OSError, ValueError, http.client.HTTPException) as error:
            # The library's own errors are OSErrors; names that cannot be encoded are ValueErrors.
            return explain(Fault(timeout_s=call.timeout_s), error, self._address)

    def _perform(self, call: Call) -> Answer | Lost:
        with self._http.request(
            call.method,
            call.url,
            params=[(name, _bare(value)) for name, value in call.params],
            headers={name: _bare(value) for name, value in call.headers},
            data=None if call.form is None else {k: _bare(v) for k, v in call.form.items()},
            json=call.body,
            timeout=(min(_CONNECT_S, call.timeout_s), call.timeout_s),
            allow_redirects=False,
            stream=True,
            # At each request: the environment's REQUESTS_CA_BUNDLE overrides the session's own.
            verify=self._verify,
            proxies=_DIRECT if self._address.is_loopback else None,
        ) as response:
            if response.headers.get("Content-Encoding", "").strip().lower() not in _CODINGS:
                return packed(self._address)
            body = bytearray()
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > call.largest:
                    return too_large(self._address, call.largest)
            return Answer(
                asked=call.asked,
                url=call.shown,
                status=response.status_code,
                content_type=response.headers.get("Content-Type", "").partition(";")[0].lower(),
                body=bytes(body),
                location=response.headers.get("Location", ""),
                date=response.headers.get("Date", ""),
            )


def _bare(value: str | int | Secret) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


def _trusted(ca: str | bool | None) -> str | bool:
    """Check the file of certificates before anything is sent."""
    if ca is None or isinstance(ca, bool):
        return ca is not False
    path = Path(ca).expanduser()
    hint = (
        "give the .pem file of the authority that signed the server's certificate: "
        "--ca FILE (ca='FILE')"
    )
    if not path.exists():
        raise OptionError(f"there is no file of certificates at {path}", hint=hint)
    try:
        ssl.create_default_context(cafile=None if path.is_dir() else str(path))
    except (OSError, ValueError) as error:
        raise OptionError(f"{path} holds no certificates that can be read", hint=hint) from error
    return str(path)
