"""What a click changes in `UploadOptions`: each a function of the options alone."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from omero_tables_jupyter.links import Target, parse_link
from omero_tables_jupyter.path_syntax import SUFFIX
from omero_tables_jupyter.paths import is_array_name

if TYPE_CHECKING:
    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions

__all__ = [
    "as_they_are",
    "attached",
    "called",
    "detached",
    "file_of",
    "folder_of",
    "if_exists",
    "in_file",
    "in_folder",
    "in_profile",
    "in_words",
    "mapped",
    "of_another_table",
    "targets_of",
    "written_anew",
]

#: Both kinds, whatever this machine runs: an address has slashes on Windows, too.
_SLASH = re.compile(r"[\\/]")


def targets_of(options: UploadOptions) -> tuple[Target, ...]:
    """Give the objects that the options name, each once, in order."""
    return tuple(dict.fromkeys(one for text in options.to for one in Target.parse_all(text)))


def attached(options: UploadOptions, text: str) -> UploadOptions:
    """Add what was pasted, each object in a text of its own; a link keeps its server.

    Raises
    ------
    TargetError
        If the text names nothing that can carry a table.

    """
    link = parse_link(text)
    site = f"{link.server}{link.prefix}"
    known = targets_of(options)
    # Written anew: a pasted link may hold a session key, which must not go into the panel's state.
    fresh = (in_words(one, site) for one in link.targets if one not in known)
    return replace(options, to=(*options.to, *fresh))


def written_anew(options: UploadOptions) -> UploadOptions:
    """Give each object that was typed a text of its own; forget how the magic was to run.

    Raises
    ------
    TargetError
        If a text names nothing that can carry a table.

    """
    fresh = replace(options, to=(), parent_id=None, parent_type=None)
    fresh = replace(fresh, dry_run=False, background=False, quiet=False, progress=None)
    for text in options.to:
        fresh = attached(fresh, text)
    if options.parent_id is None:
        return fresh
    return attached(fresh, f"{options.parent_type or 'Image'}:{options.parent_id}")


def in_words(target: Target, site: str) -> str:
    """Write an object as a link to a site; '' for its type and id alone."""
    return f"{site}/webclient/?show={target.type.lower()}-{target.id}" if site else str(target)


def detached(options: UploadOptions, target: Target) -> UploadOptions:
    """Take an object away."""
    return replace(options, to=tuple(one for one in options.to if Target.parse(one) != target))


def as_they_are(options: UploadOptions) -> UploadOptions:
    """Forget every choice about columns."""
    return replace(options, columns=None, exclude=(), rename=(), as_text=())


def of_another_table(options: UploadOptions, source: str) -> UploadOptions:
    """Choose another table; where it hangs and the folder that it goes to stay."""
    folder = options.local_path
    if folder is not None and is_array_name(folder):
        folder = None
    kept = replace(as_they_are(options), source=source, name=None, local_path=folder)
    return replace(kept, encoding=None, delimiter=None, decimal=None)


def called(options: UploadOptions, name: str) -> UploadOptions:
    """Give the table another name; '' leaves that to its source."""
    return replace(options, name=name.strip() or None)


def in_profile(options: UploadOptions, name: str) -> UploadOptions:
    """Save in another share; a folder and a mapping that were given belong to the one before."""
    kept = replace(options, local_path=None, remote_path=None, mapping=())
    return replace(kept, profile=name or None)


def in_folder(options: UploadOptions, path: str) -> UploadOptions:
    """Save in another folder; '' means that of the share."""
    return replace(options, local_path=path.strip() or None)


def in_file(options: UploadOptions, place: str, name: str) -> UploadOptions:
    """Give the array another name; '' leaves that to the table's.

    Parameters
    ----------
    options
        What was asked for.
    place
        The array's path as it stands.
    name
        Its new name, with or without ``.tiledb``.

    """
    folder, wanted = folder_of(place), name.strip()
    if not wanted:
        given = options.local_path
        return replace(options, local_path=folder if given and is_array_name(given) else given)
    file = wanted if is_array_name(wanted) else f"{wanted}{SUFFIX}"
    return replace(options, local_path=f"{place[: len(place) - len(_last(place))]}{file}")


def mapped(options: UploadOptions, local: str, server: str, folder: str) -> UploadOptions:
    """Save below a share that is mapped for this upload only."""
    slash = "\\" if "\\" in local else "/"
    path = slash.join([local.rstrip("\\/"), *filter(None, _SLASH.split(folder))])
    return replace(
        options, mapping=((local, server),), local_path=path, remote_path=None, profile=None
    )


def folder_of(path: str) -> str:
    r"""Give the folder of an array: ``J:\data`` for ``J:\data\cells.tiledb``."""
    return path[: len(path) - len(_last(path))].rstrip("\\/") or path[:1]


def file_of(path: str) -> str:
    """Give the name of an array without its ending: ``cells``."""
    return _last(path).removesuffix(SUFFIX)


def _last(path: str) -> str:
    return _SLASH.split(path)[-1]


def if_exists(options: UploadOptions, rule: str | None) -> UploadOptions:
    """Say what happens where an array of that name stands already; None leaves it to settings."""
    return replace(options, if_exists=rule)
