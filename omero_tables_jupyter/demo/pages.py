"""The frame of every page, and the pages before a login."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from omero_tables_jupyter.demo.markup import Safe, join, tag

__all__ = ["error_page", "frame", "login", "logout", "section"]

_NAME = "Stand-in for OMERO Plus — demo"
_BANNER = (
    "This is a stand-in for OMERO Plus, not OMERO: an invented lab for trying things out. "
    "Everything here is gone when the program that started it ends."
)


@cache
def _style() -> Safe:
    return Safe(files(__package__).joinpath("style.css").read_text(encoding="utf-8"))


def frame(title: str, *content: str, root: str = "", who: str = "") -> str:
    """Write a whole page.

    Parameters
    ----------
    title
        For the browser's tab.
    *content
        What is in it.
    root
        The relative way to the site's root, for the links in the head; '' leaves them out.
    who
        Who is logged in.

    """
    name = tag("a", _NAME, href=f"{root}webclient/") if root else tag("span", _NAME)
    way_out = tag("a", "Log out", href=f"{root}webclient/logout/") if who else ""
    body = (
        tag("div", _BANNER, class_="banner", role="note"),
        tag("header", tag("strong", name), tag("span", who, " ", way_out, class_="who")),
        tag("main", *content),
    )
    head = (
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"{title} | {_NAME}"),
        tag("style", _style()),
    )
    return "<!doctype html>" + tag("html", tag("head", *head), tag("body", *body), lang="en")


def section(title: str, *content: str) -> Safe:
    """Build a box with a heading."""
    return tag("section", tag("h2", title), *content)


def error_page(status: int) -> str:
    """Write the page of a 404 or a 500."""
    title, words = {
        404: ("Page not found", "There is no such page or object, or you may not see it."),
        500: ("Server error", "OMERO.web could not make sense of this request."),
    }[status]
    return frame(title, tag("h1", title), tag("p", words))


def login(token: str, *, onward: str, failed: bool) -> str:
    """Write the login page; `onward` is where to go then."""
    wrong = tag("p", "User name or password is wrong.", class_="problem", role="alert")
    form = tag(
        "form",
        _hidden("csrfmiddlewaretoken", token),
        _hidden("url", onward),
        tag("label", "User name", for_="username"),
        tag("input", id="username", name="username", value="ana", autocomplete="username"),
        tag("label", "Password", for_="password"),
        tag("input", id="password", name="password", type="password", autofocus=True),
        tag("button", "Log in", type="submit"),
        class_="stack",
        method="post",
    )
    hint = join(
        "The demo's user is ",
        tag("code", "ana"),
        "; the password is public too: it is in the documentation, and in Python it is ",
        tag("code", "server.password"),
        ".",
    )
    return frame(
        "Log in", tag("h1", "Log in"), wrong if failed else "", form, tag("p", hint, class_="dim")
    )


def logout(token: str) -> str:
    """Write the page that asks before logging out."""
    button = tag("button", "Log out", type="submit")
    form = tag("form", _hidden("csrfmiddlewaretoken", token), button, method="post")
    return frame("Log out", tag("h1", "Log out?"), form)


def _hidden(name: str, value: str) -> Safe:
    return tag("input", type="hidden", name=name, value=value)
