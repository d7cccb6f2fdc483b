"""Cross-site protection as Django does it: masked tokens, a cookie, and the Referer over TLS."""

from __future__ import annotations

import hmac
import secrets
import string
from email.utils import formatdate
from time import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from omero_tables_jupyter.demo.messages import Request

__all__ = ["Rejected", "check", "cookie", "make_secret", "mask", "secret_of"]

_ALPHABET = string.ascii_letters + string.digits
_SECRET_LENGTH = 32
_MAX_AGE_S = 31_449_600
_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


class Rejected(Exception):  # noqa: N818 - Django's word for it; the views turn it into a 403
    """Why a request was refused, in Django's words."""


def make_secret() -> str:
    """Make the 32 characters that the cookie carries."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))


def mask(secret: str) -> str:
    """Hide a secret behind 32 fresh characters: 64 in all, different each time."""
    key = make_secret()
    return key + "".join(
        _ALPHABET[(_ALPHABET.index(a) + _ALPHABET.index(b)) % len(_ALPHABET)]
        for a, b in zip(secret, key, strict=True)
    )


def _unmask(token: str) -> str:
    if len(token) == _SECRET_LENGTH:
        return token
    key, hidden = token[:_SECRET_LENGTH], token[_SECRET_LENGTH:]
    return "".join(
        _ALPHABET[_ALPHABET.index(a) - _ALPHABET.index(b)] for a, b in zip(hidden, key, strict=True)
    )


def _flaw(token: str) -> str:
    if len(token) not in (_SECRET_LENGTH, 2 * _SECRET_LENGTH):
        return "has incorrect length"
    return "" if set(token) <= set(_ALPHABET) else "has invalid characters"


def secret_of(request: Request) -> str | None:
    """Give the secret in the request's cookie; None where there is no sound one."""
    token = request.cookies.get("csrftoken")
    return None if token is None or _flaw(token) else _unmask(token)


def cookie(secret: str) -> str:
    """Write the Set-Cookie value for a secret."""
    expires = formatdate(time() + _MAX_AGE_S, usegmt=True)
    return f"csrftoken={secret}; expires={expires}; Max-Age={_MAX_AGE_S}; Path=/; SameSite=Lax"


def check(request: Request) -> None:
    """Let a request pass, or say why not.

    Raises
    ------
    Rejected
        With the reason as Django words it.

    """
    if request.method in _SAFE:
        return
    origin = request.header("Origin")
    if origin is not None:
        _check_origin(request, origin)
    elif request.secure:
        _check_referer(request)
    _check_token(request)


def _check_origin(request: Request, origin: str) -> None:
    if request.header("X-Forwarded-Prefix") and origin == f"https://{request.host}":
        return  # behind a Jupyter server whose own proxy speaks TLS and does not say so
    if origin != f"{'https' if request.secure else 'http'}://{request.host}":
        raise Rejected(f"Origin checking failed - {origin} does not match any trusted origins.")


def _check_referer(request: Request) -> None:
    referer = request.header("Referer")
    if referer is None:
        raise Rejected("Referer checking failed - no Referer.")
    try:
        parts = urlsplit(referer)
    except ValueError:
        raise Rejected("Referer checking failed - Referer is malformed.") from None
    if not parts.scheme or not parts.netloc:
        raise Rejected("Referer checking failed - Referer is malformed.")
    if parts.scheme != "https":
        raise Rejected("Referer checking failed - Referer is insecure while host is secure.")
    if parts.netloc.lower() != request.host.lower():
        raise Rejected(f"Referer checking failed - {referer} does not match any trusted origins.")


def _check_token(request: Request) -> None:
    kept = request.cookies.get("csrftoken")
    if kept is None:
        raise Rejected("CSRF cookie not set.")
    if flaw := _flaw(kept):
        raise Rejected(f"CSRF cookie {flaw}.")
    source = "POST"
    sent = request.form.get("csrfmiddlewaretoken") if request.method == "POST" else None
    if not sent:
        source = "the 'X-Csrftoken' HTTP header"
        sent = request.header("X-CSRFToken")
    if sent is None:
        raise Rejected("CSRF token missing.")
    if flaw := _flaw(sent):
        raise Rejected(f"CSRF token from {source} {flaw}.")
    if not hmac.compare_digest(_unmask(sent), _unmask(kept)):
        raise Rejected(f"CSRF token from {source} incorrect.")
