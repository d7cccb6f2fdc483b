"""Completion as IPython wants it: one matcher, which JupyterLab and the terminal both ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion, completion_matcher

from omero_tables_jupyter import settings
from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.magic.completion import Sources, complete

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext
    from IPython.core.interactiveshell import InteractiveShell

    from omero_tables_jupyter.jupyter.config import OmeroTables

__all__ = ["Matcher"]


class Matcher:
    """Completes our lines in one shell.

    Parameters
    ----------
    shell
        The IPython shell.
    config
        Its settings.

    """

    def __init__(self, shell: InteractiveShell, config: OmeroTables) -> None:
        self._shell = shell
        self._config = config

        @completion_matcher(identifier="omero_tables_jupyter", api_version=2, priority=100)
        def match(context: CompletionContext) -> Any:
            return self._match(context)

        self._matcher = match

    def install(self) -> None:
        """Add the matcher to the shell's."""
        self._shell.Completer.custom_matchers.append(self._matcher)

    def remove(self) -> None:
        """Take the matcher away again."""
        self._shell.Completer.custom_matchers.remove(self._matcher)

    def _match(self, context: CompletionContext) -> dict[str, Any]:
        first_line = context.full_text.partition("\n")[0]
        before = context.line_with_cursor[: context.cursor_position]
        sources = Sources(self._shell.user_ns, self._profiles, self._targets)
        found = complete(before, first_line, sources)
        if found is None:
            return {"completions": []}
        fragment, offers = found
        room = not hasattr(self._shell, "kernel")  # a terminal shows a line, JupyterLab a word
        return {
            "completions": [
                SimpleCompletion(text=one.text, type=(room and one.help) or one.kind)
                for one in offers
            ],
            "matched_fragment": fragment,
            "suppress": True,
            "ordered": True,
        }

    def _profiles(self) -> list[str]:
        try:
            return list(self._config.settings().profiles)
        except OmeroTablesError:  # a settings file that cannot be read is said when it is used
            return []

    def _targets(self) -> list[str]:
        from omero_tables_jupyter.omero.login import current

        session = current()
        server = session.url if session else settings.last_server()
        return [str(target) for target in settings.recalled(server).targets] if server else []
