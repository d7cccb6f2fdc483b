"""What lives as long as this process: the stand-in's profile, and what its settings say of stores.

Stores are looked at far below whoever knows ``%config``, hence they ask here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from omero_tables_jupyter.settings.values import read_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.settings.profiles import Profile

__all__ = ["WHERE", "add", "forget", "prefer", "preferred", "profiles"]

#: Where preferences come from, for messages.
WHERE = "%config OmeroTables"
_PROFILES: dict[str, Profile] = {}
_PREFERRED: dict[str, object] = {}


def add(profile: Profile) -> None:
    """Keep a profile, in place of one of the same name."""
    _PROFILES[profile.name] = profile


def forget(name: str) -> None:
    """Drop a profile; one that is not there needs no dropping."""
    _PROFILES.pop(name, None)


def profiles() -> Mapping[str, Profile]:
    """Give the profiles, the latest first."""
    return dict(reversed(_PROFILES.items()))


def prefer(**values: object) -> None:
    """Put settings above those of variables and files; '' and None take one back.

    Raises
    ------
    OptionError
        If a value cannot be meant; then nothing has changed.

    """
    given = {key: value for key, value in values.items() if value is not None and value != ""}
    read = {key: read_value(key, value, WHERE) for key, value in given.items()}
    for key in values:
        _PREFERRED.pop(key, None)
    _PREFERRED.update(read)


def preferred() -> dict[str, object]:
    """Give the settings that `prefer` took."""
    return dict(_PREFERRED)
