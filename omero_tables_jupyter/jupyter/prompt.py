"""Asking the person at the keyboard; where nobody sits there, an error with the other ways in."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

from IPython.core.error import StdinNotImplementedError

from omero_tables_jupyter.errors import LoginError, OptionError
from omero_tables_jupyter.model import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.events import LoginNeeded

__all__ = ["agrees", "ask_again", "ask_password", "ask_user"]

_WITHOUT_A_PERSON = (
    "set OMERO_TABLES_SERVER with OMERO_SESSION_KEY, or with OMERO_USER and OMERO_PASSWORD, "
    "before the notebook starts; or store a session with omero login"
)


def ask_user(where: str) -> str:
    """Ask for the user name at a server.

    Raises
    ------
    LoginError
        If nobody can be asked, or nothing was answered.

    """
    return _answer(input, f"OMERO user name at {where}: ", f"no user name for {where} was given")


def ask_password(user: str, where: str) -> Secret:
    """Ask for a password, which is not shown while it is typed.

    Raises
    ------
    LoginError
        If nobody can be asked, or nothing was answered.

    """
    prompt = f"Password of {user} at {where}: "
    # ipykernel puts its own getpass into the module: it is looked up at each call
    return Secret(_answer(getpass.getpass, prompt, f"no password of {user} was given"))


def ask_again(needed: LoginNeeded) -> Secret:
    """Ask for the password of a session that has expired while a job runs."""
    return ask_password(needed.user, needed.server)


def agrees(sentence: str) -> bool:
    """Ask whether something should be done; anything but a plain yes is a no.

    Raises
    ------
    OptionError
        If nobody can be asked.

    """
    try:
        text = input(f"This will {sentence}. Go on? [y/N] ")
    except (StdinNotImplementedError, EOFError) as error:
        raise OptionError(
            f"this would {sentence}, and nobody is there to say yes",
            hint="if you mean it, add --yes",
        ) from error
    return text.strip().casefold() in {"y", "yes"}


def _answer(ask: Callable[[str], str], prompt: str, nothing: str) -> str:
    try:
        text = ask(prompt)
    except (StdinNotImplementedError, EOFError) as error:
        raise LoginError(
            f"{nothing}: this notebook runs without a person who could be asked",
            hint=_WITHOUT_A_PERSON,
        ) from error
    if not text:
        raise LoginError(nothing, hint="run the cell again, and answer the question below it")
    return text
