"""Where an OMERO.web lives: its address as typed or pasted, checked before anything is sent."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from omero_tables_jupyter.errors import LoginError, OptionError
from omero_tables_jupyter.text import redacted, shorten

__all__ = ["ServerAddress"]

_PORTS = {"https": 443, "http": 80}
#: The first parts of OMERO.web's own addresses: what stands before them is the deployment's prefix.
_APPS = frozenset(
    {
        "api",
        "figure",
        "gallery",
        "iviewer",
        "omero_iviewer",
        "omero_plus",
        "parade",
        "pathviewer",
        "webadmin",
        "webclient",
        "webgateway",
    }
)
_SHOWN = 80
_EXAMPLE = "give the address as in the browser: https://omero.site or https://omero.site/prefix"
_HOST = re.compile(r"[^\s\x00-\x20/\\?#@:<>\"'%\[\]]+")
_PREFIX_MARKS = ".~%!$&()*+,;=:@-"
_PREFIX_PART = re.compile(rf"[\w{re.escape(_PREFIX_MARKS)}]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """The base address of an OMERO.web; prints as ``https://omero.site/prefix``.

    Parameters
    ----------
    scheme
        ``'https'``, or ``'http'`` where that was allowed.
    host
        Name or number in lower case; IPv6 without its brackets.
    port
        None where it is the scheme's own, so that it equals what the Host header says.
    prefix
        The path below which OMERO.web lives, ``'/custom_omero'``; '' mostly.

    """

    scheme: str
    host: str
    port: int | None = None
    prefix: str = ""

    @classmethod
    def parse(cls, text: str, *, prefix: str = "", allow_http: bool = False) -> ServerAddress:
        """Read an address, or any link of that OMERO.web.

        Parameters
        ----------
        text
            ``https://omero.site``, ``omero.site:4443/prefix``, or a link copied from the browser;
            https where no scheme is given. What follows the prefix is dropped.
        prefix
            The deployment's prefix, where the address does not show it.
        allow_http
            Whether passwords may travel unencrypted to another machine.

        Raises
        ------
        OptionError
            If it is no web address, holds a user name or password, or contradicts `prefix`.
        LoginError
            If it is plain http to another machine and `allow_http` is False.

        """
        scheme, rest = _split_scheme(text)
        try:
            parts = urlsplit(f"{scheme}://{rest}")
            host, port = _ascii(parts.hostname or ""), parts.port
        except ValueError:
            # The cause would quote the address, and with it what may be secret.
            raise _malformed(text) from None
        if "@" in parts.netloc:
            raise OptionError(
                f"the address of {host or 'the server'} holds a user name or password",
                hint=f"give the address alone, {scheme}://{host}, and log in with a prompt",
            )
        if not _is_host(host):
            raise _malformed(text)
        found = cls(
            scheme=scheme,
            host=host,
            port=None if port == _PORTS[scheme] else port,
            prefix=_one_prefix(_prefix_of(parts.path), prefix),
        )
        if scheme == "http" and not (allow_http or found.is_loopback):
            raise LoginError(
                f"{found.url} is not encrypted: others on the network could read your password",
                hint=f"use https://{host}; or, if you accept that, --allow-http (allow_http=True)",
            )
        return found

    @property
    def netloc(self) -> str:
        """Host and port as the Host header spells them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: ``https://omero.site:4443``."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def url(self) -> str:
        """Origin and prefix without a trailing slash."""
        return f"{self.origin}{self.prefix}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine: nothing sent there crosses a network."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.host.partition("%")[0]).is_loopback
        except ValueError:
            return False

    def __str__(self) -> str:
        return self.url


def _split_scheme(text: object) -> tuple[str, str]:
    if not isinstance(text, str):
        raise OptionError(
            f"a server's address is a text, not {type(text).__name__}",
            hint=_EXAMPLE,
        )
    address = text.strip().strip("<>\"'")
    match = _SCHEME.match(address)
    scheme = match[1].lower() if match else "https"
    rest = address[match.end() :] if match else address.removeprefix("//")
    if scheme not in _PORTS:
        raise OptionError(
            f"{scheme}:// is not how an OMERO.web is reached: {_shown(address)}", hint=_EXAMPLE
        )
    if not rest or "\\" in rest or re.search(r"[\x00-\x20\x7f]", rest):
        raise _malformed(text)
    return scheme, rest


def _ascii(host: str) -> str:
    """Spell a name as it is looked up and sent: only so do Host and Referer agree."""
    return host if host.isascii() else host.encode("idna").decode("ascii")


def _is_host(host: str) -> bool:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        return True
    return bool(_HOST.fullmatch(host)) and ".." not in host and not host.startswith(".")


def _malformed(text: str) -> OptionError:
    return OptionError(f"this is not a server's address: '{_shown(text)}'", hint=_EXAMPLE)


def _shown(text: str) -> str:
    """Show an address without its query, which may hold a session key."""
    return shorten(redacted(re.split(r"[?#]", text)[0]), _SHOWN)


def _prefix_of(path: str) -> str:
    kept = []
    for part in path.split("/"):
        if part in _APPS:
            break
        if part:
            kept.append(part)
    return _checked_prefix(kept)


def _checked_prefix(parts: list[str]) -> str:
    if any(part in {".", ".."} or not _PREFIX_PART.fullmatch(part) for part in parts):
        raise OptionError(
            f"this is not a prefix of an OMERO.web: '{_shown('/'.join(parts))}'",
            hint="a prefix is what stands between the server's name and /webclient: /omero",
        )
    return "".join(f"/{quote(part, safe=_PREFIX_MARKS)}" for part in parts)


def _one_prefix(found: str, given: str) -> str:
    wanted = _checked_prefix([part for part in given.strip().split("/") if part])
    if found and wanted and found != wanted:
        raise OptionError(
            f"the address ends in {_shown(found)}, and the prefix given is {_shown(wanted)}",
            hint="give the prefix once: in the address, or with --prefix (prefix=...)",
        )
    return found or wanted
