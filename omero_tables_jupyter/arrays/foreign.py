"""What goes wrong in other people's code while it gives rows: told once, with its cause."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import DataError, OmeroTablesError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["told"]


@contextmanager
def told(what: str, hint: str) -> Iterator[None]:
    """Put whatever a user's own code raises into a `DataError`.

    Parameters
    ----------
    what
        What was being done, as in ``the generator failed after row 7``.
    hint
        The cure.

    """
    try:
        yield
    except OmeroTablesError:
        raise
    except Exception as error:  # the user's own code may raise anything; told once, cause kept
        said = str(error).strip()
        name = type(error).__name__
        raise DataError(
            f"{what}: {name}: {said}" if said else f"{what}: {name}", hint=hint
        ) from error
