"""The pages for people, as small self-contained HTML."""

from __future__ import annotations

from html import escape

__all__ = ["error_page", "login", "logout"]


def error_page(status: int) -> str:
    """Write the page of a 404 or a 500."""
    title = {404: "Page not found", 500: "Server error"}.get(status, "Error")
    return f"<!doctype html><title>{title}</title><h1>{title}</h1>"


def login(token: str, *, onward: str, failed: bool) -> str:
    """Write the login page."""
    return f"{escape(token)}{escape(onward)}{failed}"


def logout(token: str) -> str:
    """Write the page that asks before logging out."""
    return escape(token)
