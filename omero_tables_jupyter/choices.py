"""The words that some options choose from, as values and as types; the first is the default."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["CHOICES", "IfExists", "IndexRule", "ProgressKind", "Verify"]

IfExists = Literal["fail", "version", "replace"]
IndexRule = Literal["auto", "keep", "drop"]
Verify = Literal["values", "rows"]
ProgressKind = Literal["auto", "widget", "text", "none"]

#: The words by the name of the option, setting and keyword.
CHOICES: dict[str, tuple[str, ...]] = {
    "if_exists": get_args(IfExists),
    "index": get_args(IndexRule),
    "verify": get_args(Verify),
    "progress": get_args(ProgressKind),
}
