"""The whole stand-in as one value, and one call to one of its views."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from omero_tables_jupyter.demo.accounts import Accounts, OmeroSession
    from omero_tables_jupyter.demo.lab import Lab, User
    from omero_tables_jupyter.demo.messages import Request
    from omero_tables_jupyter.demo.share import Share
    from omero_tables_jupyter.demo.shelf import Shelf

__all__ = ["Call", "Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """What the views work on.

    Parameters
    ----------
    lab, accounts, shelf, share
        The objects, the sessions, the annotations, the folder that the server sees.
    prefix
        Where OMERO.web is mounted, such as ``/custom_omero``, or ''.
    omero_plus
        Whether the registration endpoint is there.
    public_user
        The id of the user as whom anybody may read, or None.
    browser_user
        The id of the user as whom browsers see its pages without a login, or None.

    """

    lab: Lab
    accounts: Accounts
    shelf: Shelf
    share: Share
    prefix: str = ""
    omero_plus: bool = True
    public_user: int | None = None
    browser_user: int | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One request, on its way to a view; `visitor` is None where nobody is logged in."""

    site: Site
    request: Request
    args: Mapping[str, str]
    visitor: User | None = None
    session: OmeroSession | None = None

    @property
    def user(self) -> User:
        """The visitor of a view that only lets in those who are logged in."""
        if self.visitor is None:
            raise TypeError("this view needs a login")
        return self.visitor
