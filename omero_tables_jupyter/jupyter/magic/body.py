"""The cell below ``%%omero_upload``: run as an ordinary cell; its last value is the table."""

from __future__ import annotations

import ast
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.variables import name_of

if TYPE_CHECKING:
    from types import CodeType, TracebackType

    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["Body", "read_body"]


@dataclass(frozen=True, slots=True)
class Body:
    """A cell's code, parsed and not yet run.

    Parameters
    ----------
    tree
        Its statements; none where the cell holds options only.
    text
        The code as Python understands it, magics replaced.

    """

    tree: ast.Module
    text: str

    @property
    def empty(self) -> bool:
        """Whether there is nothing to run."""
        return not self.tree.body

    @property
    def suggested_name(self) -> str:
        """The table's name as the last line suggests it; '' where that is an expression."""
        last = self.tree.body[-1]
        return name_of(last.value) if isinstance(last, ast.Expr) else ""

    def require_value(self) -> None:
        """Refuse a body whose last line gives no table.

        Raises
        ------
        OptionError
            If the last statement is not an expression.

        """
        last = self.tree.body[-1]
        if isinstance(last, ast.Expr):
            return
        shown = ast.unparse(last).splitlines()[0]
        name = _assigned(last) or "cells"
        raise OptionError(
            f"the cell ends with {shown!r}, which gives no table; nothing was run",
            hint=f"add a last line that holds only the table: {name}\n"
            f"or name it on the first line: %%omero_upload {name}",
        )

    def run(self, shell: InteractiveShell) -> Any:
        """Run the cell in the user's namespace.

        Parameters
        ----------
        shell
            The IPython shell.

        Returns
        -------
        object
            The value of the last expression, which is not displayed; None without one.

        Raises
        ------
        BaseException
            Whatever the user's code raises; IPython shows it as for any cell.

        """
        __tracebackhide__ = True
        name = shell.compile.cache(self.text, shell.execution_count)
        compiled = partial(
            _compiled,
            name=name,
            flags=shell.compile.flags,  # with the user's __future__ imports
        )
        tree = shell.transform_ast(self.tree)
        last = tree.body[-1]
        try:
            if not isinstance(last, ast.Expr):
                exec(compiled(tree, "exec"), shell.user_ns)  # noqa: S102 - the user's own cell
                return None
            before = ast.Module(tree.body[:-1], tree.type_ignores)
            exec(compiled(before, "exec"), shell.user_ns)  # noqa: S102 - the user's own cell
            value = ast.Expression(last.value)
            return eval(compiled(value, "eval"), shell.user_ns)  # noqa: S307 - the user's own cell
        except BaseException as error:
            _show_from_the_cell_on(shell, error)
            raise


def read_body(shell: InteractiveShell, code: str) -> Body:
    """Parse a cell without running it.

    Parameters
    ----------
    shell
        The IPython shell; its magics and ``!commands`` may be used in the cell.
    code
        The cell below its option lines.

    Raises
    ------
    OptionError
        For what is not Python, and for ``await`` outside a function, which a magic cannot wait for.

    """
    try:
        text = shell.transform_cell(code)
        tree = cast("ast.Module", shell.compile.ast_parse(text))
    except SyntaxError as error:
        # IPython would show the stack of IPython and of this package above it
        raise _not_python(error) from error
    awaited = next(filter(None, map(_awaited, tree.body)), None)
    if awaited is not None:
        line = ast.unparse(awaited).splitlines()[0]
        raise OptionError(
            f"'{line}' waits with await, which a cell below %%omero_upload cannot; nothing was run",
            hint="run that line in a cell of its own (cells = await ...), then %omero_upload cells",
        )
    return Body(tree, text)


def _not_python(error: SyntaxError) -> OptionError:
    line = (error.text or "").rstrip("\n")
    told = [f"the cell below %%omero_upload is not Python: {error.msg}"]
    if line.strip():
        told += [line, f"{'':{max((error.offset or 1) - 1, 0)}}^"]
    return OptionError("\n".join(told), hint="mend that line; nothing was run")


def _compiled(tree: ast.Module | ast.Expression, mode: str, *, name: str, flags: int) -> CodeType:
    return cast("CodeType", compile(tree, name, mode, flags, dont_inherit=True))


def _awaited(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return None
    if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
        return node
    if any(part.is_async for part in getattr(node, "generators", ())):
        return node
    return next(filter(None, map(_awaited, ast.iter_child_nodes(node))), None)


def _assigned(statement: ast.stmt) -> str:
    match statement:
        case ast.Assign([ast.Name(name), *_]) | ast.AnnAssign(ast.Name(name)):
            return name
        case ast.AugAssign(ast.Name(name)):
            return name
    return ""


def _show_from_the_cell_on(shell: InteractiveShell, error: BaseException) -> None:
    """Let IPython show the user's own frames only, as it does for an ordinary cell."""
    frames: TracebackType | None = error.__traceback__ and error.__traceback__.tb_next
    if frames is None or hasattr(error, "_render_traceback_"):
        return

    def render() -> list[str]:
        return list(
            shell.InteractiveTB.structured_traceback(type(error), error, frames, tb_offset=0)
        )

    with suppress(AttributeError):  # an exception with slots keeps the longer traceback
        error._render_traceback_ = render  # type: ignore[attr-defined] # IPython's hook for this
