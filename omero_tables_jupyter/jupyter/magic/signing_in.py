"""``%omero_login`` and ``%omero_status``: who we are, at which server, and how we came to be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.options import LOGIN
from omero_tables_jupyter.jupyter.magic.words import read_line
from omero_tables_jupyter.jupyter.prompt import ask_password, ask_user

if TYPE_CHECKING:
    from omero_tables_jupyter.omero.login import Typed as Login

__all__ = ["LoginLine", "ask", "read_login"]

_PASSWORD = re.compile(r"(^|\s)(-p|--?(pass|passwd|password|pw|key|session[-_]?key|token))\b")


@dataclass(frozen=True, slots=True)
class LoginLine:
    """What was typed after ``%omero_login``.

    Parameters
    ----------
    url
        The server's address, '' where none was given.
    options
        The keywords of `omero_tables_jupyter.login`.
    help
        Whether help was asked for.

    """

    url: str
    options: dict[str, Any]
    help: bool = False


def read_login(line: str) -> LoginLine:
    """Read the line of ``%omero_login``.

    Raises
    ------
    OptionError
        For everything that is wrong, above all a password on the line.

    """
    if _PASSWORD.search(line):
        # the line is not repeated: the password is in it
        raise OptionError(
            "a password or key on the line stays in the notebook and in IPython's history",
            hint="leave it away: %omero_login asks for it, and nothing of it is kept. What you "
            "typed is in the notebook now: delete it there, and better change it",
        )
    typed = read_line(line, LOGIN)
    if "help" in typed.values:
        return LoginLine("", {}, help=True)
    options = {}
    for key, (text, *_) in typed.values.items():
        option = LOGIN.find_key(key)
        options[option.field] = option.read(text)
    if "user" in options:
        options["username"] = options.pop("user")
    return LoginLine(typed.positional.text if typed.positional else "", options)


def ask(url: str, user: str) -> Login:
    """Ask the person for name and password.

    Raises
    ------
    LoginError
        If nobody can be asked, or nothing was answered.

    """
    from omero_tables_jupyter.omero.login import Typed as Login

    name = user or ask_user(url)
    return Login(name, ask_password(name, url))
