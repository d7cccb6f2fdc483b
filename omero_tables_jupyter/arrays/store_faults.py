"""What an object store refuses, in words for people, with the cure."""

from __future__ import annotations

import re
from typing import NamedTuple

from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.text import redacted, shorten

__all__ = ["store_fault"]

_KEYS_FROM = (
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from AWS_PROFILE and ~/.aws/credentials; to "
    "give one in a notebook: import os, getpass; "
    "os.environ['AWS_SECRET_ACCESS_KEY'] = getpass.getpass()"
)
_ENDPOINT = (
    "%config OmeroTables.s3_endpoint = 'http://HOST:PORT' (OMERO_TABLES_S3_ENDPOINT, or "
    "AWS_ENDPOINT_URL)"
)
_SHOWN = 160


class _Fault(NamedTuple):
    signs: str
    wrong: str
    cure: str


#: The first that fits counts: a cause stands before its mere consequence.
_KNOWN = (
    _Fault(
        r"NoSuchBucket|bucket does not exist|ContainerNotFound",
        "there is no such bucket",
        "check how the bucket is spelt, and that this is its store: " + _ENDPOINT,
    ),
    _Fault(
        r"ExpiredToken|TokenRefreshRequired|RequestExpired",
        "the store says that the key has expired",
        "get new keys as you got the last ones; they are taken from " + _KEYS_FROM,
    ),
    _Fault(
        r"RequestTimeTooSkewed",
        "the clock of this machine and that of the store differ too much",
        "set this machine's clock, then try again",
    ),
    _Fault(
        r"InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|InvalidClientTokenId",
        "the store does not accept the key",
        "check the key; it is taken from " + _KEYS_FROM,
    ),
    _Fault(
        r"PermanentRedirect|AuthorizationHeaderMalformed|Response Code: 30[1278]",
        "the bucket is in another region, or at another address",
        "name its region: %config OmeroTables.s3_region = 'eu-central-1' (AWS_REGION); or its "
        "address: " + _ENDPOINT,
    ),
    _Fault(
        r"XMinioStorageFull|QuotaExceeded|InsufficientCapacity|Response Code: 507|"
        r"No space left|no writable volumes",
        "the store, or your quota on it, is full",
        "free some space, or choose another bucket",
    ),
    _Fault(
        r"AccessDenied|AllAccessDisabled|Response Code: 40[13]|Access Denied",
        "the store refuses access",
        "ask whoever runs the bucket for the right to list, read, write and delete below that "
        "address; the key is taken from " + _KEYS_FROM,
    ),
    _Fault(
        r"curlCode: 6\b|resolve host",
        "the store's name is not known in the network",
        "check its address: "
        + _ENDPOINT
        + "; where only the bucket's own name is unknown: %config OmeroTables.s3_path_style = True",
    ),
    _Fault(
        r"curlCode: (?:35|51|53|58|59|60|77|80|83)\b|SSL|TLS",
        "no secure connection to the store could be made",
        "write http:// where the store speaks no https; name your institute's certificates in "
        "AWS_CA_BUNDLE; the address: " + _ENDPOINT,
    ),
    _Fault(
        r"curlCode: (?:7|28|52|55|56)\b|timed? ?out|Response Code: -1|connect",
        "the store does not answer",
        "check that it runs and is reached from this machine, and its address: " + _ENDPOINT,
    ),
    _Fault(
        r"SlowDown|ServiceUnavailable|Response Code: 50[0234]",
        "the store is out of order, or asks for patience",
        "try again in some minutes",
    ),
)
_NOISE = re.compile(r"\[(?:Remote IP|Request ID|Headers|Error Type)[^\]]*\]")


def store_fault(uri: str, error: Exception) -> PathError:
    """Put into words what TileDB reports of a store; the caller raises it from `error`.

    Parameters
    ----------
    uri
        The address that was asked for.
    error
        TileDB's error.

    """
    said = str(error)
    for fault in _KNOWN:
        if re.search(fault.signs, said):
            return PathError(f"'{redacted(uri)}': {fault.wrong}", hint=fault.cure)
    heard = shorten(redacted(_NOISE.sub("", said)), _SHOWN)
    return PathError(
        f"'{redacted(uri)}': the store failed: {heard}",
        hint="try again; if it happens again, ask whoever runs the store whether it is full or "
        "damaged, and check its address: " + _ENDPOINT,
    )
