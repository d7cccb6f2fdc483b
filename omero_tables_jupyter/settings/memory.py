"""Profiles that live as long as this process: the stand-in's, which is gone with the kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.settings.profiles import Profile

__all__ = ["add", "forget", "profiles"]

_PROFILES: dict[str, Profile] = {}


def add(profile: Profile) -> None:
    """Keep a profile, in place of one of the same name."""
    _PROFILES[profile.name] = profile


def forget(name: str) -> None:
    """Drop a profile; one that is not there needs no dropping."""
    _PROFILES.pop(name, None)


def profiles() -> Mapping[str, Profile]:
    """Give the profiles, the latest first."""
    return dict(reversed(_PROFILES.items()))
