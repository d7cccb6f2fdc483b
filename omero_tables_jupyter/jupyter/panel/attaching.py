"""What the table is attached to, what else is offered, what would make its rows show (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.jupyter.magic.fixing import fixed
from omero_tables_jupyter.jupyter.panel.editing import attached, targets_of
from omero_tables_jupyter.jupyter.panel.questions import (
    ParentsQuestion,
    RecentQuestion,
    SessionQuestion,
    TargetsQuestion,
)
from omero_tables_jupyter.links import Target, parse_link
from omero_tables_jupyter.settings import origin
from omero_tables_jupyter.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.panel.state import PanelState
    from omero_tables_jupyter.model import TargetInfo
    from omero_tables_jupyter.omero.replies import OmeroObject

__all__ = ["Chip", "Offer", "chips", "cures", "pasted", "recent", "replaced"]

_NAME_WIDTH = 40
_MOST = 4


@dataclass(frozen=True, slots=True)
class Chip:
    """One object that the table is attached to.

    Parameters
    ----------
    target
        Type and id.
    facts
        Its name, its group, and whether one may annotate it, as far as that is known.
    known
        Whether the server has said so.

    """

    target: Target
    facts: tuple[str, ...]
    known: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A change that one click makes.

    Parameters
    ----------
    text, tooltip
        What the button says.
    change
        What it does.

    """

    text: str
    tooltip: str
    change: Callable[[UploadOptions], UploadOptions]


def chips(state: PanelState) -> tuple[Chip, ...]:
    """Give what the table is attached to, as far as it is known, in the order chosen."""
    try:
        targets = targets_of(state.options)
    except TargetError:  # the section shows it
        return ()
    looking = state.waits(SessionQuestion) or state.waits(TargetsQuestion)
    return tuple(_chip(one, state.targets.get(one), looking=looking) for one in targets)


def _chip(target: Target, info: TargetInfo | None, *, looking: bool) -> Chip:
    named = f"{target.type} {target.id}"
    if info is None:
        return Chip(target, (named, "looking it up …") if looking else (named,))
    facts = [_called(target, info.name), info.group]
    if info.can_annotate:
        facts.append("you can annotate")
    return Chip(target, tuple(one for one in facts if one), known=True)


def recent(state: PanelState) -> tuple[Offer, ...]:
    """Offer what a table was attached to lately on this server, and can be again."""
    known = state.found(RecentQuestion) or ()
    chosen = {one.target for one in chips(state)}
    return tuple(
        Offer(
            _called(one.target, one.name),
            f"Attach the table to {_called(one.target, one.name)}, as lately",
            partial(attached, text=str(one.target)),
        )
        for one in known
        if one.target not in chosen
    )[:_MOST]


def cures(state: PanelState) -> tuple[Offer, ...]:
    """Offer what would make rows show beside each image; nothing where they will."""
    found = state.visibility
    if found is None or found.shows:
        return ()
    if found.fix is not None:
        fix = found.fix
        text = f"Rename '{fix.column}' to '{fix.value}'"
        tip = "Store the column under the name that OMERO.web looks for"
        return (Offer(text, tip, partial(fixed, fix=fix)),)
    if not found.raise_from or not state.asks(ParentsQuestion):
        return ()
    return _one_step_up(state.found(ParentsQuestion) or {})


def _one_step_up(parents: dict[Target, tuple[OmeroObject, ...]]) -> tuple[Offer, ...]:
    """Offer each object that one or more of the targets lie in, in their place."""
    lie_in: dict[Target, list[Target]] = {}
    objects = {one.target: one for above in parents.values() for one in above}
    for target, above in parents.items():
        for one in above:
            lie_in.setdefault(one.target, []).append(target)
    return tuple(
        Offer(
            f"Attach to {_called(target, objects[target].name)} instead",
            f"{_listed(inside)} {'lies' if len(inside) == 1 else 'lie'} in it: rows will show "
            "beside each image",
            partial(replaced, old=inside, new=target),
        )
        for target, inside in lie_in.items()
        if objects[target].can_annotate is not False
    )[:_MOST]


def pasted(options: UploadOptions, text: str, *, server: str) -> UploadOptions:
    """Attach the table to what was pasted as well.

    Parameters
    ----------
    options
        What would be uploaded.
    text
        A link, or objects in words.
    server
        The server at which the objects chosen so far are; '' as long as nothing names it.

    Raises
    ------
    TargetError
        If the text names nothing that can carry a table, or leads to another server than the
        objects chosen so far: their ids mean something else there.

    """
    there = parse_link(text).server
    if options.to and there and server and origin(there) != origin(server):
        chosen = ", ".join(str(one) for one in targets_of(options))
        raise TargetError(
            f"this is a link of {there}, and {shorten(chosen, 2 * _NAME_WIDTH)} is at {server}",
            hint="a table is registered on one server: remove what is chosen, then paste it again",
        )
    return attached(options, text)


def replaced(options: UploadOptions, *, old: Sequence[Target], new: Target) -> UploadOptions:
    """Attach the table to another object in place of some, where the first of them stood."""
    written: dict[str, None] = {}
    for text in options.to:
        target = Target.parse(text)
        written[str(new) if target in old else text] = None
    return replace(options, to=_unique(written, new))


def _unique(texts: Iterable[str], new: Target) -> tuple[str, ...]:
    """Keep one of what may now name the same object twice, as text and as a link."""
    same = [text for text in texts if Target.parse(text) == new]
    return tuple(text for text in texts if text not in same[1:])


def _called(target: Target, name: str) -> str:
    words = f"{target.type} {target.id}"
    return f'{words} "{shorten(name, _NAME_WIDTH)}"' if name else words


def _listed(targets: Sequence[Target]) -> str:
    first = f"{targets[0].type} {targets[0].id}"
    return first if len(targets) == 1 else f"{first} and {len(targets) - 1} more"
