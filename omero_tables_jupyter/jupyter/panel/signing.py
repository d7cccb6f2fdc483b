"""The row in which one logs in, or gives the password again; no password stays in a widget."""

from __future__ import annotations

import time
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from traitlets import Unicode

from omero_tables_jupyter.jupyter.faces import family
from omero_tables_jupyter.jupyter.panel.wording import in_the_panel
from omero_tables_jupyter.jupyter.style import FAINT, TEXT, WARN, badge, element, trouble
from omero_tables_jupyter.model import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from omero_tables_jupyter.errors import OmeroTablesError

__all__ = ["SignInForm", "SignInRow"]

#: The front end tells of the Enter key before it sends what was typed.
_TOGETHER_S = 2.0


@dataclass(frozen=True, slots=True)
class SignInForm:
    """What was filled in.

    Parameters
    ----------
    server, user
        The address and the login name, as they were typed.
    password
        The password; None where the user only said yes to a server, at which a stored session may
        exist.

    """

    server: str
    user: str
    password: Secret | None


class _Password(widgets.Password):
    """A password field whose text the kernel does not send back to every front end."""

    value = Unicode("").tag(sync=True, echo_update=False)


class SignInRow:
    """Server, user, password and *Connect*; or, for a session that has expired, the password alone.

    The password is taken out of its widget as it arrives, before anything is done with it: it is
    neither in the notebook's saved widgets nor in any trait.

    Parameters
    ----------
    connect
        Called with what was filled in, by Enter in the password or by the button.

    Attributes
    ----------
    widget
        What to show.

    """

    def __init__(self, *, connect: Callable[[SignInForm], None]) -> None:
        self._connect = connect
        self._given = ("", "")
        self._by_user = True
        self._taken: Secret | None = None
        self._entered_at = float("-inf")
        self._words = widgets.HTML()
        self._server = _text("Server", "https://omero.site", "The address of OMERO.web")
        self._server.layout.flex = "1 1 22rem"
        self._user = _text("User", "login name", "Your login name in OMERO")
        self._password = _Password(
            description="Password",
            continuous_update=False,
            tooltip="Your password in OMERO: it is used once and kept nowhere",
            style=_LABEL,
            layout=_room(),
        )
        self._button = widgets.Button(icon="sign-in", layout=widgets.Layout(width="auto"))
        self._status = widgets.HTML()
        row = widgets.HBox(
            [self._server, self._user, self._password, self._button],
            layout=widgets.Layout(flex_flow="row wrap", align_items="center"),
        )
        self.widget: Any = widgets.VBox([self._words, row, self._status])
        self._password.observe(self._take, "value")
        self._password.on_msg(self._entered)
        self._button.on_click(lambda _: self._submit())

    def render(  # noqa: PLR0913 - what is known, all by keyword
        self,
        *,
        server: str,
        user: str,
        busy: bool = False,
        error: OmeroTablesError | None = None,
        by_user: bool = True,
        renewing: bool = False,
    ) -> None:
        """Bring the row up to date; what the user is typing stays.

        Parameters
        ----------
        server, user
            For whom the log-in is, as far as that is known; a change is filled in.
        busy
            Whether a log-in is under way.
        error
            Why the last one failed.
        by_user
            False where a link or a project's file named the server: the user says yes to it first.
        renewing
            Whether a session has expired: server and user are given, the password is asked for.

        """
        if (server, user) != self._given:
            self._given = (server, user)
            self._server.value, self._user.value = server, user
        self._by_user = by_user
        for field in (self._server, self._user):
            field.layout.display = "none" if renewing else None
        for field in (self._server, self._user, self._password, self._button):
            field.disabled = busy
        self._draw_words(renewing=renewing)
        self._draw_button(renewing=renewing)
        self._draw_status(busy=busy, error=error)

    def forget(self) -> None:
        """Let go of a password that was typed and not used."""
        self._taken = None
        self._password.value = ""
        self._password.placeholder = ""

    def close(self) -> None:
        """Let go of all widgets."""
        self.forget()
        for one in family(self.widget):
            one.close()

    # --- the password -------------------------------------------------------------------------

    def _take(self, change: dict[str, Any]) -> None:
        if not change["new"]:
            return
        self._password.value = ""
        self._taken = Secret(change["new"])
        if time.monotonic() - self._entered_at < _TOGETHER_S:
            self._submit()
        else:  # the user went on to another field
            self._password.placeholder = "typed; not shown"

    def _entered(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("event") == "submit":
            self._entered_at = time.monotonic()
            if self._taken is not None:
                self._submit()

    def _submit(self) -> None:
        self._entered_at = float("-inf")
        server, user = self._server.value.strip(), self._user.value.strip()
        missing = self._missing(server, user)
        if missing:
            self._status.value = _status(trouble(missing, "fill it in, then press Connect"))
            return
        form = SignInForm(server, user, self._taken)
        self.forget()
        self._connect(form)

    def _missing(self, server: str, user: str) -> str:
        if not server:
            return "no server was given"
        if self._only_confirms(server):
            return ""
        if not user:
            return "no login name was given"
        return "" if self._taken is not None else "no password was given"

    def _only_confirms(self, server: str) -> bool:
        """Say whether a yes to the server is all that is asked for now."""
        return not self._by_user and server == self._given[0] and self._taken is None

    # --- drawing ------------------------------------------------------------------------------

    def _draw_words(self, *, renewing: bool) -> None:
        server, user = self._given
        words = ""
        if renewing:
            words = f"Your session as {user} at {server} has expired: give your password to go on."
        elif not self._by_user:
            words = f"{server} was named by a link or by the project's settings, not by you. "
            words += "Connect only if you know it: your password goes there."
        drawn = badge("⚠", words, WARN) if words else ""
        self._words.value = element("div", drawn, f"color: {TEXT}; line-height: 1.4")
        self._words.layout.display = None if words else "none"

    def _draw_button(self, *, renewing: bool) -> None:
        self._button.description = "Go on" if renewing else "Connect"
        self._button.tooltip = (
            "Log in again as the same user" if renewing else "Log in to this server"
        )

    def _draw_status(self, *, busy: bool, error: OmeroTablesError | None) -> None:
        if busy:
            words = f"Connecting to {self._server.value} …"
            self._status.value = _status(element("span", escape(words), f"color: {FAINT}"))
        else:
            self._status.value = _status(
                trouble(error.message, in_the_panel(error.hint)) if error else ""
            )


_LABEL = {"description_width": "4.2rem"}


def _room() -> Any:
    return widgets.Layout(width="auto", min_width="200px", flex="1 1 14rem")


def _text(word: str, example: str, tooltip: str) -> Any:
    return widgets.Text(
        description=word,
        placeholder=example,
        tooltip=tooltip,
        # told when it is left: told letter by letter, the last ones may come after the password
        continuous_update=False,
        style=_LABEL,
        layout=_room(),
    )


def _status(inner: str) -> str:
    return element("div", inner, role="status")
