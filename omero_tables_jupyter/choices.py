"""The words that some options choose from, as values and as types; the first is the default."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["CHOICES", "Compression", "IfExists", "IndexRule", "ProgressKind", "Verify"]

IfExists = Literal["fail", "version", "replace"]
IndexRule = Literal["auto", "keep", "drop"]
Verify = Literal["values", "rows"]
Compression = Literal["none", "zstd", "lz4"]
ProgressKind = Literal["auto", "widget", "text", "none"]

#: The words by the name of the option, setting and keyword.
CHOICES: dict[str, tuple[str, ...]] = {
    "if_exists": get_args(IfExists),
    "index": get_args(IndexRule),
    "verify": get_args(Verify),
    "compression": get_args(Compression),
    "progress": get_args(ProgressKind),
}
