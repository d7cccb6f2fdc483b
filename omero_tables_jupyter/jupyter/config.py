"""``%config OmeroTables``, ``c.OmeroTables`` in ipython_config: settings as traits, no secret."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from traitlets import Any as Anything
from traitlets import observe
from traitlets.config import Configurable

from omero_tables_jupyter import settings
from omero_tables_jupyter.choices import CHOICES
from omero_tables_jupyter.errors import OptionError

if TYPE_CHECKING:
    from omero_tables_jupyter.settings import Settings

__all__ = ["OmeroTables"]

_WHERE = "%config OmeroTables"
_STORE = ("s3_endpoint", "s3_region", "s3_path_style")


def _setting(text: str) -> Any:
    """Make a trait that takes whatever it is given: ``%config`` only logs what a trait refuses."""
    return Anything(None, allow_none=True, help=text).tag(config=True)


def _choice(key: str, text: str) -> Any:
    return _setting(f"{text}: {', '.join(CHOICES[key])}")


class OmeroTables(Configurable):
    """Settings of this kernel; what is left empty comes from the environment and from files.

    What cannot be meant is an error of the next magic that reads it.
    """

    server = _setting("the address of OMERO.web, such as https://omero.site")
    profile = _setting("a saved server and its mapping")
    prefix = _setting("where OMERO.web lives below the address")
    ca = _setting("the certificates of your institute, a .pem file")
    server_id = _setting("which server, where one OMERO.web serves several")
    group = _setting("the OMERO group to work in")
    allow_http = _setting("accept http://, which sends the password unencrypted")
    local_path = _setting("the folder to write, as this machine sees it")
    remote_path = _setting("the same folder as the OMERO server sees it")
    map = _setting(r"pairs of paths: ['J:\data=>/data']")
    if_exists = _choice("if_exists", "when a table stands there already")
    index = _choice("index", "whether row labels become columns")
    verify = _choice("verify", "read back every value, or only count the rows")
    compression = _choice("compression", "how the array's values are packed")
    progress = _choice("progress", "how progress is shown")
    chunk_rows = _setting("rows written at a time; the default is quick")
    s3_endpoint = _setting(
        "the address of the store for s3://, such as http://minio.lab:9000; keys never stand "
        "here: they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from ~/.aws"
    )
    s3_region = _setting("the region of the store for s3://")
    s3_path_style = _setting("whether the bucket stands in the path, not in the host's name")

    @observe(*_STORE)
    def _prefer(self, change: dict[str, Any]) -> None:
        # Arrays are opened far below whoever holds this object.
        with suppress(OptionError):  # `values` tells it
            settings.prefer(**{change["name"]: change["new"]})

    def forget(self) -> None:
        """Take back what reached beyond this object, when the extension goes."""
        settings.prefer(**dict.fromkeys(_STORE))

    def given(self) -> dict[str, Any]:
        """Give what was set here, as it was written, by the settings' names."""
        found = {name: getattr(self, name) for name in self.class_own_traits(config=True)}
        return {name: value for name, value in found.items() if value not in (None, "", [])}

    def values(self) -> dict[str, Any]:
        """Give what was set here, by the settings' names; of `map` the pairs as they are typed.

        Raises
        ------
        OptionError
            If one of them cannot be meant.

        """
        read: dict[str, Any] = {
            name: settings.KEYS[name](value, f"{_WHERE}: {name}")
            for name, value in self.given().items()
        }
        if "map" in read:
            pairs = read["map"].pairs
            read["map"] = [f"{local}=>{server}" for locals_, server in pairs for local in locals_]
        return read

    def settings(self) -> Settings:
        """Give all settings, these on top.

        Raises
        ------
        OptionError
            If one of them, a variable or a file holds what cannot be meant.

        """
        return settings.load().override(_WHERE, **self.values())

    def hub_prefix(self) -> str:
        """Give JupyterHub's path to this kernel's server; '' without a hub, or with bad settings.

        Links are drawn when all is done: nothing is to be refused any more.
        """
        try:
            return settings.load().hub_prefix
        except OptionError:
            return ""
