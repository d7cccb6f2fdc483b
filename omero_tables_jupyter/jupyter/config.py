"""``%config OmeroTables``, ``c.OmeroTables`` in ipython_config: settings as traits, no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Bool, Enum, Int, List, Unicode, observe
from traitlets.config import Configurable

from omero_tables_jupyter import settings
from omero_tables_jupyter.choices import CHOICES

if TYPE_CHECKING:
    from omero_tables_jupyter.settings import Settings

__all__ = ["OmeroTables"]

_STORE = ("s3_endpoint", "s3_region", "s3_path_style")


def _choice(key: str, text: str) -> Enum[Any]:
    return Enum(CHOICES[key], default_value=None, allow_none=True, help=text).tag(config=True)


class OmeroTables(Configurable):
    """Settings of this kernel; what is left empty comes from the environment and from files."""

    server = Unicode("", help="the address of OMERO.web, such as https://omero.site").tag(
        config=True
    )
    profile = Unicode("", help="a saved server and its mapping").tag(config=True)
    prefix = Unicode("", help="where OMERO.web lives below the address").tag(config=True)
    ca = Unicode("", help="the certificates of your institute, a .pem file").tag(config=True)
    server_id = Int(
        None, allow_none=True, help="which server, where one OMERO.web serves several"
    ).tag(config=True)
    group = Unicode("", help="the OMERO group to work in").tag(config=True)
    allow_http = Bool(
        None, allow_none=True, help="accept http://, which sends the password unencrypted"
    ).tag(config=True)
    local_path = Unicode("", help="the folder to write, as this machine sees it").tag(config=True)
    remote_path = Unicode("", help="the same folder as the OMERO server sees it").tag(config=True)
    map = List(Unicode(), help=r"pairs of paths: ['J:\data=>/data']").tag(config=True)
    if_exists = _choice("if_exists", "when a table stands there already")
    index = _choice("index", "whether row labels become columns")
    verify = _choice("verify", "read back every value, or only count the rows")
    compression = _choice("compression", "how the array's values are packed")
    progress = _choice("progress", "how progress is shown")
    chunk_rows = Int(
        None, allow_none=True, min=1, help="rows written at a time; the default is quick"
    ).tag(config=True)

    s3_endpoint = Unicode(
        "",
        help="the address of the store for s3://, such as http://minio.lab:9000; keys never stand "
        "here: they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from ~/.aws",
    ).tag(config=True)
    s3_region = Unicode("", help="the region of the store for s3://").tag(config=True)
    s3_path_style = Bool(
        None, allow_none=True, help="whether the bucket stands in the path, not in the host's name"
    ).tag(config=True)

    @observe(*_STORE)
    def _prefer(self, change: dict[str, Any]) -> None:
        # Arrays are opened far below whoever holds this object.
        settings.prefer(**{change["name"]: change["new"]})

    def forget(self) -> None:
        """Take back what reached beyond this object, when the extension goes."""
        settings.prefer(**dict.fromkeys(_STORE))

    def values(self) -> dict[str, Any]:
        """Give what was set here, by the settings' names."""
        given = {name: getattr(self, name) for name in self.class_own_traits(config=True)}
        return {name: value for name, value in given.items() if value not in (None, "", [])}

    def settings(self) -> Settings:
        """Give all settings, these on top.

        Raises
        ------
        OptionError
            If one of them, a variable or a file holds what cannot be meant.

        """
        return settings.load().override("%config OmeroTables", **self.values())
