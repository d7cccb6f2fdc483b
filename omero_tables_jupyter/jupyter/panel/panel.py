"""One panel: its state, what it asks, and its widgets, wired to each other and to the kernel."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from IPython.display import display

from omero_tables_jupyter.errors import OmeroTablesError
from omero_tables_jupyter.jupyter.panel.acting import Acts
from omero_tables_jupyter.jupyter.panel.asking import answer, who_is
from omero_tables_jupyter.jupyter.panel.desk import Desk
from omero_tables_jupyter.jupyter.panel.events import Event, Known, Looked
from omero_tables_jupyter.jupyter.panel.keepsake import Keepsake
from omero_tables_jupyter.jupyter.panel.questions import Answer, Question, questions
from omero_tables_jupyter.jupyter.panel.reducing import reduce
from omero_tables_jupyter.jupyter.panel.state import PanelState
from omero_tables_jupyter.jupyter.panel.uploading import Uploads
from omero_tables_jupyter.jupyter.panel.view import View
from omero_tables_jupyter.jupyter.panel.worker import worker_here
from omero_tables_jupyter.omero.login import current

if TYPE_CHECKING:
    from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
    from omero_tables_jupyter.jupyter.panel.kernel import Kernel
    from omero_tables_jupyter.jupyter.panel.worker import Worker

__all__ = ["Panel"]


class Panel:
    """The form of ``%omero_panel``; displayed as a widget, and as a line where there is none.

    Parameters
    ----------
    kernel
        Where the tables are.
    options
        What it is filled in with.
    worker
        Does what lasts; by default beside the kernel's event loop.

    """

    def __init__(
        self, kernel: Kernel, options: UploadOptions, *, worker: Worker | None = None
    ) -> None:
        self.state = PanelState(options=options)
        self._kernel = kernel
        self._worker = worker or worker_here()
        self._asked: list[Question] = []
        self._configured = kernel.config.given()
        self._news: deque[Event] = deque()
        self._busy = False
        self._closed = False
        self._watcher = worker_here()
        desk = Desk(kernel, self._worker, self._watcher, lambda: self.state, self.tell, self.look)
        self._view = View(tell=self.tell, acts=Acts(desk), uploads=Uploads(desk))
        self.widget = self._view.widget
        self._keepsake = Keepsake(repr(self), kernel.reach)
        self._unhook = kernel.after_each_cell(self.look)
        self.look()

    def tell(self, event: Event) -> None:
        """Take an event in, show what it leads to, and ask what is to be known now."""
        self._news.append(event)
        if self._busy or self._closed:
            return  # what is told while the last event is worked in comes after it
        self._busy = True
        try:
            while self._news:
                self.state = reduce(self.state, self._news.popleft())
                self._ask()
                self._view.render(self.state)
                self._keepsake.render(self.state)
        finally:
            self._busy = False

    def look(self, *, anew: bool = False) -> None:
        """Look at the kernel's tables and its log-in; `anew` doubts every answer."""
        configured, before = self._kernel.config.given(), self._configured
        self._configured = configured
        tables = self._kernel.tables(self.state.options.source)
        self.tell(Looked(tables, who_is(current()), anew or configured != before))

    def close(self) -> None:
        """Take the panel away; an upload that runs goes on."""
        if self._closed:
            return
        self._closed = True
        self._unhook()
        self._worker.close()
        self._watcher.close()
        self._view.close()

    def _ask(self) -> None:
        """Have everything looked up that is asked and neither known nor under way."""
        wanted = questions(self.state)
        for question in wanted:
            if question in self._asked or self.state.knows(question):
                continue
            self._asked.append(question)
            self._worker.do(self._work(question), partial(self._answered, question))

    def _work(self, question: Question) -> Any:
        try:
            around = self._kernel.around(question.options.source)
        except OmeroTablesError as error:
            return partial(_fail, error)
        return partial(answer, question, around)

    def _answered(self, question: Question, found: Answer) -> None:
        self._asked.remove(question)
        self.tell(Known(question, found))

    def _ipython_display_(self) -> None:
        """Show the widget, and below it what stays when the kernel is gone."""
        display(self._repr_mimebundle_(), raw=True)
        if self._kernel.is_notebook:
            self._keepsake.show()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Show the widget; a front end that cannot, or has no kernel, shows a line of text."""
        bundle = self.widget._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self)}

    def __repr__(self) -> str:
        options = self.state.options
        to = f" to {', '.join(options.to)}" if options.to else ""
        what = f" of {options.source}" if options.source else ""
        return f"OMERO tables panel{what}{to}; run %omero_panel for one that can be clicked"


def _fail(error: OmeroTablesError) -> None:
    raise error
