"""`UploadOptions` as text: a magic that is read back to the very same options, or Python."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions, is_file, parse
from omero_tables_jupyter.jupyter.magic.option import Group, Option, Takes
from omero_tables_jupyter.jupyter.magic.options import OPTIONS
from omero_tables_jupyter.jupyter.magic.splitting import split_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["as_magic", "as_python"]

_MAGIC = "omero_upload"
_LINE_WIDTH = 100
#: What IPython, too, takes for one harmless word.
_BARE = re.compile(r"[\w.:/,=][\w.:/,=-]*")
#: What stands between double quotes without a second thought: IPython reads a line as Python first.
_PLAIN = re.compile(r'[^"\\]*(?:\\+[^"\\]+)*')
_QUOTES = ('"', "'")
_SIGNS = re.compile(r"[{}$]")
_BARE_NAME = re.compile(r"""[^\s",=](?:[^",=]*[^\s",=])?""")
_DELIMITERS = {"\t": "tab", " ": "space"}
#: The keywords that people look for first.
_FIRST = ("table_name", "to", "parent_type", "parent_id", "local_path", "remote_path", "mapping")
#: Keyword and value of calls that say nothing.
_UNSAID: dict[str, Any] = {"exclude": (), "rename": {}, "as_text": (), "probe": True}


def as_magic(options: UploadOptions) -> str:
    """Write the magic that was, or might have been, typed.

    Parameters
    ----------
    options
        What was asked for; `help` aside.

    Returns
    -------
    str
        One ``%omero_upload`` line; where that would be long or full of quotes, a cell
        ``%%omero_upload`` with a line for each option. Read again, it gives `options`.

    Raises
    ------
    OptionError
        If an option holds what no magic can, such as a line break.

    """
    source = _source_word(options.source)
    values = [(option, text) for option in OPTIONS for text in _texts(option, options)]
    line = _line(f"%{_MAGIC}", source, values)
    reads_well = len(line) <= _LINE_WIDTH and all(map(_reads_well, [source, *_words(values)]))
    text = line if reads_well else _cell(source, values)
    if _read_back(text) != options:
        raise OptionError(
            "this upload cannot be written as a magic: a name or a path in it holds a line break, "
            "or blanks or quotes at its end",
            hint="copy it as Python instead",
        )
    return text


def _texts(option: Option, options: UploadOptions) -> list[str]:
    """Give the text of each time that an option is given."""
    value = getattr(options, option.field)
    written = _WRITTEN.get(option.field)
    if value is None:
        return []
    if written is not None:
        return written(value)
    if option.takes is Takes.NOTHING:
        return [""] if value else []
    return [str(one) for one in value] if option.repeats else [str(value)]


def _names(names: tuple[str, ...]) -> list[str]:
    return [",".join(map(_quoted_name, names))] if names else []


def _renamings(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{_quoted_name(old)}=>{_quoted_name(new)}" for old, new in pairs]


def _mapped(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{local}=>{server}" for local, server in pairs]


#: The fields of which the text is not simply the value.
_WRITTEN: dict[str, Callable[[Any], list[str]]] = {
    "as_text": _names,
    "columns": _names,
    "delimiter": lambda character: [_DELIMITERS.get(character, character)],
    "exclude": _names,
    "help": lambda _: [],
    "mapping": _mapped,
    "probe": lambda probe: [] if probe else [""],
    "rename": _renamings,
    "resolve": _renamings,
}


def _quoted_name(name: str) -> str:
    return name if _BARE_NAME.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _escaped(text: str) -> str:
    """Keep braces and dollars from being taken for variables."""
    return _SIGNS.sub(lambda sign: 2 * sign[0], text)


def _line(magic: str, source: str, values: list[tuple[Option, str]]) -> str:
    return " ".join(filter(None, [magic, source, *_words(values)]))


def _words(values: list[tuple[Option, str]]) -> list[str]:
    return [word for option, text in values for word in _option_words(option, text)]


def _option_words(option: Option, text: str) -> tuple[str, ...]:
    return (option.word,) if option.takes is Takes.NOTHING else (option.word, _word(_escaped(text)))


def _word(text: str) -> str:
    """Quote a text unless it is one harmless word."""
    return text if _BARE.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    """Put quotes around a text, each quote in it between quotes of the other kind."""
    parts = re.findall(r'"+|[^"]+', text) or [""]
    return "".join(f"'{part}'" if part[0] == '"' else f'"{part}"' for part in parts)


def _reads_well(word: str) -> bool:
    """Say whether a word is plain to people, and sure to be left alone by IPython."""
    if word[:1] not in _QUOTES:
        return True
    return word[0] == word[-1] == '"' and _PLAIN.fullmatch(word[1:-1]) is not None


def _source_word(source: str) -> str:
    """Write a SOURCE: names as they stand, files as values."""
    text = _escaped(source)
    if not text:
        return ""
    if is_file(source):
        return _word(text)
    try:
        alone = [word.raw for word in split_line(text).words] == [text]
    except OptionError:
        alone = False
    return text if alone and text[0].isidentifier() else _quoted(text)


def _cell(source: str, values: list[tuple[Option, str]]) -> str:
    """Write a cell; what its lines would not keep to the letter stands on the first."""
    first = {_together(option) for option, text in values if text != text.strip()}
    on_line = [one for one in values if _together(one[0]) in first]
    lines = [
        _body_line(option, _escaped(text))
        for option, text in values
        if (option, text) not in on_line
    ]
    return "\n".join([_line(f"%%{_MAGIC}", source, on_line), *lines])


def _together(option: Option) -> str:
    """Name what stands in one place: on the line, a target takes the place of those in the body."""
    return "to" if option.group is Group.TARGET and option.key != "name" else option.key


def _body_line(option: Option, text: str) -> str:
    return f"#| {option.key}" if option.takes is Takes.NOTHING else f"#| {option.key}: {text}"


def _read_back(text: str) -> UploadOptions | None:
    first, *body = text.splitlines()
    try:
        parsed = parse(first.lstrip("%").removeprefix(_MAGIC), "\n".join(body))
        return parsed.resolve({})
    except OptionError:
        return None


def as_python(options: UploadOptions, call: Mapping[str, Any]) -> str:
    """Write the call that does the same upload.

    Parameters
    ----------
    options
        What was asked for, its source named; how the magic shows its progress, and the name that it
        keeps a mapping under, have no place in a call.
    call
        The keywords, from `call_of`.

    Returns
    -------
    str
        An import and one call: of `upload_table`, or of `submit_table` or `check_table` where that
        was asked for; of `upload_tables` and its kin where the table is to be split.

    """
    said = {key: call[key] for key in sorted(call, key=_rank) if call[key] != _UNSAID.get(key)}
    if len(said.get("to", ())) == 1:
        said["to"] = said["to"][0]
    source = options.source
    arguments = [_literal(source) if is_file(source) else source]
    arguments += [f"{key}={_argument(value)}" for key, value in said.items()]
    if options.dry_run and not options.split_by:
        arguments.append("whole=True")
    if options.split_by:
        arguments.append(f"split_by={_literal(options.split_by)}")
    noun = "tables" if options.split_by else "table"
    verb = "check" if options.dry_run else "submit" if options.background else "upload"
    bound = f"{options.out} = " if options.out else ""
    lines = "".join(f"    {one},\n" for one in arguments)
    return f"import omero_tables_jupyter as otj\n\n{bound}otj.{verb}_{noun}(\n{lines})"


def _rank(key: str) -> int:
    return _FIRST.index(key) if key in _FIRST else len(_FIRST)


def _argument(value: Any) -> str:
    return _literal(list(value) if isinstance(value, tuple) else value)


def _literal(value: Any) -> str:
    match value:
        case str():
            return _text_literal(value)
        case list():
            return f"[{', '.join(map(_literal, value))}]"
        case tuple():
            return f"({', '.join(map(_literal, value))})"
        case dict():
            pairs = (f"{_literal(key)}: {_literal(one)}" for key, one in value.items())
            return f"{{{', '.join(pairs)}}}"
    return repr(value)


def _text_literal(text: str) -> str:
    """Write a text as people do: between double quotes, the backslashes of paths as they are."""
    if not text.isprintable() or '"' in text or text.endswith("\\"):
        return repr(text)
    return f'r"{text}"' if "\\" in text else f'"{text}"'
