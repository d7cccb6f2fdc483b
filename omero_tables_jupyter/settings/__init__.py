"""Settings, profiles and their precedence: nothing else reads the environment or settings files.

``%config`` > ``OMERO_TABLES_*`` > the project's ``omero_tables.toml`` > the user's > the default;
what a call or an option says stands above all of them, and is the caller's to apply.
"""

from __future__ import annotations

from omero_tables_jupyter.settings.environment import Environment
from omero_tables_jupyter.settings.loading import Settings, load
from omero_tables_jupyter.settings.memory import prefer
from omero_tables_jupyter.settings.profiles import Profile
from omero_tables_jupyter.settings.saving import (
    add_memory_profile,
    choose_profile,
    confirm_server,
    forget_memory_profile,
    is_confirmed,
    last_server,
    recalled,
    remember,
    remember_name,
    save_profile,
    state_folder,
)
from omero_tables_jupyter.settings.state import Recalled
from omero_tables_jupyter.settings.stores import Store, load_store
from omero_tables_jupyter.settings.values import KEYS, host_of, origin

__all__ = [
    "KEYS",
    "Environment",
    "Profile",
    "Recalled",
    "Settings",
    "Store",
    "add_memory_profile",
    "choose_profile",
    "confirm_server",
    "forget_memory_profile",
    "host_of",
    "is_confirmed",
    "last_server",
    "load",
    "load_store",
    "origin",
    "prefer",
    "recalled",
    "remember",
    "remember_name",
    "save_profile",
    "state_folder",
]
