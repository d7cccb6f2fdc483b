"""Analysis tables from a Jupyter notebook into OMERO Plus: checked, converted, registered.

In a notebook, ``%load_ext omero_tables_jupyter`` and then ``%omero_upload?``. In a script::

    import omero_tables_jupyter as otj

    otj.login("https://omero.site", username="ana")
    done = otj.upload_table(cells, "Cells", to="Dataset:51", local_path="/mnt/lab/tables")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter import errors
from omero_tables_jupyter.errors import ConvertError as ConvertError
from omero_tables_jupyter.errors import DataError as DataError
from omero_tables_jupyter.errors import DiskFullError as DiskFullError
from omero_tables_jupyter.errors import LoginError as LoginError
from omero_tables_jupyter.errors import OmeroTablesError as OmeroTablesError
from omero_tables_jupyter.errors import OptionError as OptionError
from omero_tables_jupyter.errors import PathError as PathError
from omero_tables_jupyter.errors import ProtocolError as ProtocolError
from omero_tables_jupyter.errors import RejectedError as RejectedError
from omero_tables_jupyter.errors import ServerError as ServerError
from omero_tables_jupyter.errors import SessionExpiredError as SessionExpiredError
from omero_tables_jupyter.errors import TableExistsError as TableExistsError
from omero_tables_jupyter.errors import TablesError as TablesError
from omero_tables_jupyter.errors import TargetError as TargetError
from omero_tables_jupyter.errors import UnreachableError as UnreachableError
from omero_tables_jupyter.errors import UploadCancelled as UploadCancelled
from omero_tables_jupyter.version import __version__ as __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from omero_tables_jupyter import demo as demo
    from omero_tables_jupyter.attached import tables as tables
    from omero_tables_jupyter.converting import create_tiledb as create_tiledb
    from omero_tables_jupyter.housekeeping import leftovers as leftovers
    from omero_tables_jupyter.job import TablesJob as TablesJob
    from omero_tables_jupyter.job import UploadJob as UploadJob
    from omero_tables_jupyter.journal import history as history
    from omero_tables_jupyter.jupyter.panel.opening import panel as panel
    from omero_tables_jupyter.many.uploading import check_tables as check_tables
    from omero_tables_jupyter.many.uploading import submit_tables as submit_tables
    from omero_tables_jupyter.many.uploading import upload_tables as upload_tables
    from omero_tables_jupyter.model import RegisteredTable as RegisteredTable
    from omero_tables_jupyter.model import Secret as Secret
    from omero_tables_jupyter.model import TablePlan as TablePlan
    from omero_tables_jupyter.model import Target as Target
    from omero_tables_jupyter.model import WrittenTable as WrittenTable
    from omero_tables_jupyter.omero.login import login as login
    from omero_tables_jupyter.omero.login import logout as logout
    from omero_tables_jupyter.omero.session import Session as Session
    from omero_tables_jupyter.paths import PathMapping as PathMapping
    from omero_tables_jupyter.reading import read_table as read_table
    from omero_tables_jupyter.removal import delete_table as delete_table
    from omero_tables_jupyter.removal import detach_table as detach_table
    from omero_tables_jupyter.resuming import register_table as register_table
    from omero_tables_jupyter.resuming import resume as resume
    from omero_tables_jupyter.tidying import put_back_array as put_back_array
    from omero_tables_jupyter.tidying import remove_array as remove_array
    from omero_tables_jupyter.upload import check_table as check_table
    from omero_tables_jupyter.upload import submit_table as submit_table
    from omero_tables_jupyter.upload import upload_table as upload_table

# Where each public name lives. They are imported at their first use, so that importing the
# package costs next to nothing: tiledb, pyarrow, requests and the front ends come when wanted.
_HOMES = {
    "attached": ("tables",),
    "converting": ("create_tiledb",),
    "job": ("TablesJob", "UploadJob"),
    "journal": ("history",),
    "jupyter.panel.opening": ("panel",),
    "housekeeping": ("leftovers",),
    "many.uploading": ("check_tables", "submit_tables", "upload_tables"),
    "model": ("RegisteredTable", "Secret", "TablePlan", "Target", "WrittenTable"),
    "omero.login": ("login", "logout"),
    "omero.session": ("Session",),
    "paths": ("PathMapping",),
    "reading": ("read_table",),
    "removal": ("delete_table", "detach_table"),
    "resuming": ("register_table", "resume"),
    "tidying": ("put_back_array", "remove_array"),
    "upload": ("check_table", "submit_table", "upload_table"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = sorted([*errors.__all__, *_HOME_OF, "__version__", "demo"])  # noqa: PLE0605 - derived, so that it cannot drift


def __getattr__(name: str) -> Any:
    if name == "demo":
        return import_module("omero_tables_jupyter.demo")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'omero_tables_jupyter' has no attribute {name!r}")
    value = getattr(import_module(f"omero_tables_jupyter.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Make the magics available: ``%load_ext omero_tables_jupyter``."""
    from omero_tables_jupyter.jupyter import extension

    extension.load_ipython_extension(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take the magics away again: ``%unload_ext omero_tables_jupyter``."""
    from omero_tables_jupyter.jupyter import extension

    extension.unload_ipython_extension(shell)
