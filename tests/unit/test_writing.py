"""What was asked for, written down: read back it is the same, run it does the same."""

import ast
from dataclasses import fields, replace

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

import omero_tables_jupyter as otj
from omero_tables_jupyter.errors import OptionError
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions, parse
from omero_tables_jupyter.jupyter.magic.calling import call_of
from omero_tables_jupyter.jupyter.magic.options import OPTIONS
from omero_tables_jupyter.jupyter.magic.variables import find_source
from omero_tables_jupyter.jupyter.magic.writing import as_magic, as_python

SIMPLE = UploadOptions(
    source="cells", to=("Dataset:51",), name="Cells plate 7", local_path=r"J:\data\tables"
)


def read_by_ipython(text):
    """Give what a magic gets, in a cell of a notebook, as options."""
    body = ast.parse(TransformerManager().transform_cell(text)).body
    assert len(body) == 1, text
    name, line, *cell = [ast.literal_eval(one) for one in body[0].value.args]
    assert name == "omero_upload"
    return parse(line, *cell).resolve({})


LINE_ENDS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\x00"
lines = st.text(st.characters(exclude_characters=LINE_ENDS, exclude_categories=["Cs"]), min_size=1)
awkward = st.text(alphabet="ab {}$#\"'\\,=>-?:;%!()\u00e9\u2013|", min_size=1, max_size=8)
values = lines | awkward
names = values
places = values.map(lambda text: text.strip("\"' \t").replace("=>", "") or "x")
paths = places.filter(lambda text: text == text.strip().strip("\"'").strip() and text)
sources = st.sampled_from(
    ["cells", 'results["my nuclei"]', "lab.cells", "d['{x}']", r"J:\my data\cells.csv", "a b.csv"]
)


def written_options():
    known = {
        "to": st.lists(values, max_size=3).map(tuple),
        "parent_type": st.none(),
        "parent_id": st.none() | st.integers(1, 99),
        "mapping": st.lists(st.tuples(paths, paths), max_size=2).map(tuple),
        "if_exists": st.sampled_from([None, "fail", "version", "replace"]),
        "columns": st.none() | st.lists(names, min_size=1, max_size=3).map(tuple),
        "exclude": st.lists(names, max_size=3).map(tuple),
        "as_text": st.lists(names, max_size=3).map(tuple),
        "rename": st.lists(st.tuples(names | st.just(""), names), max_size=3).map(tuple),
        "resolve": st.lists(st.tuples(names, names), max_size=2).map(tuple),
        "split_by": st.none(),
        "index": st.sampled_from([None, "auto", "keep", "drop"]),
        "delimiter": st.none() | st.sampled_from([",", ";", "\t", " ", "|", "#", '"']),
        "decimal": st.sampled_from([None, ".", ","]),
        "chunk_rows": st.none() | st.integers(1, 10**6),
        "verify": st.sampled_from([None, "values", "rows"]),
        "compression": st.sampled_from([None, "none", "zstd", "lz4"]),
        "out": st.sampled_from([None, "done"]),
        "progress": st.sampled_from([None, "text", "none"]),
        "help": st.just(False),
        "source": sources,
        **dict.fromkeys(["probe", "dry_run", "background", "quiet"], st.booleans()),
    }
    rest = {one.name: st.none() | values for one in fields(UploadOptions)}
    return st.builds(UploadOptions, **(rest | known))


@settings(deadline=None)
@given(written_options())
@example(replace(SIMPLE, name="it's 5\" \\"))
@example(replace(SIMPLE, name="{x} $y ${z} }}{{ $$"))
@example(replace(SIMPLE, name="# 1", to=("?", "??", "--help", "-h")))
@example(replace(SIMPLE, local_path="J:\\", remote_path="/data/\u00e9 \u2013 \u65e5\u672c"))
@example(replace(SIMPLE, name="a:", encoding=": x"))
@example(replace(SIMPLE, name=" a ", exclude=(" b ", '"', "c,d", '"e"')))
@example(replace(SIMPLE, rename=(("", "a=b"), ("a=>b", '"'), ("a = b", "c"))))
def test_a_magic_that_was_written_is_read_back_to_the_same(options):
    text = as_magic(options)
    assert read_by_ipython(text) == options


def test_what_is_short_and_plain_is_one_line():
    assert as_magic(SIMPLE) == (
        r'%omero_upload cells --to Dataset:51 --name "Cells plate 7" --local-path "J:\data\tables"'
    )


def test_what_is_long_or_full_of_quotes_is_a_cell():
    several = replace(SIMPLE, profile="lab", if_exists="version", background=True)
    assert as_magic(several).splitlines() == [
        "%%omero_upload cells",
        "#| to: Dataset:51",
        "#| name: Cells plate 7",
        r"#| local-path: J:\data\tables",
        "#| profile: lab",
        "#| if-exists: version",
        "#| background",
    ]
    quoted = as_magic(UploadOptions(source="cells", name='5" pipe \\'))
    assert quoted.splitlines() == ["%%omero_upload cells", '#| name: 5" pipe \\']


def test_every_option_that_says_something_is_written():
    said = UploadOptions(
        source="cells",
        to=("Image:1",),
        parent_type="Image",
        parent_id=5,
        mapping=(("/a", "/b"),),
        columns=("a",),
        exclude=("b",),
        rename=(("a", "b"),),
        resolve=(("a", "Image"),),
        split_by="Image",
        as_text=("a",),
        chunk_rows=3,
        **dict.fromkeys(["dry_run", "background", "quiet"], True),
        probe=False,
        **{
            one.field: one.choices[0]
            for one in OPTIONS
            if one.choices and one.field != "parent_type"
        },
        **dict.fromkeys(
            ["name", "local_path", "remote_path", "profile", "save_profile", "encoding", "out"], "x"
        ),
        delimiter=";",
    )
    text = as_magic(said)
    assert [one.key for one in OPTIONS if f"#| {one.key}" not in text] == ["help"]


@pytest.mark.parametrize("name", ["two\nlines", "\u2028", "a\r"])
def test_what_no_magic_can_hold_is_refused_with_python_as_the_cure(name):
    with pytest.raises(OptionError, match="cannot be written as a magic") as refused:
        as_magic(replace(SIMPLE, name=name))
    assert "Python" in refused.value.hint


def ran(text, namespace):
    """Run Python that was copied, and give the function that it calls, and how."""
    called = []

    def keep(verb):
        return lambda *args, **kwargs: called.append((verb, args, kwargs)) or "result"

    verbs = {f"{verb}_table": keep(verb) for verb in ("upload", "submit", "check")}
    with pytest.MonkeyPatch.context() as patch:
        for name, act in verbs.items():
            patch.setattr(otj, name, act)
        exec(text, namespace)
    return called


FRAME = pd.DataFrame({"a": [1]})
SPACE = {"cells": FRAME, "lab": type("Lab", (), {"cells": FRAME}), "d": {"{x}": FRAME}}


def plain(call):
    """Make lists of tuples: the package reads them alike."""
    call = {key: list(value) if isinstance(value, tuple) else value for key, value in call.items()}
    return {key: value for key, value in call.items() if value not in (None, [], {}, True)}


@settings(deadline=None)
@given(written_options())
def test_python_that_was_copied_calls_with_the_same(options):
    options = replace(
        options,
        rename=tuple(dict(options.rename).items()),
        resolve=tuple(dict(options.resolve).items()),
    )
    source = options.source if options.source.endswith(".csv") else "cells"
    options = replace(options, source=source)
    call = call_of(options, find_source(source, SPACE), {"local_path": "/set", "map": ["/a=>/b"]})
    [(verb, args, said)] = ran(as_python(options, call), dict(SPACE))
    assert args[0] is FRAME if source == "cells" else args == (source,)
    assert verb == ("check" if options.dry_run else "submit" if options.background else "upload")
    assert said.pop("whole", False) is options.dry_run
    if isinstance(said.get("to"), str):
        said["to"] = [said["to"]]
    assert plain(said) == plain(call)


@pytest.mark.parametrize(
    ("options", "line", "call"),
    [
        ({}, "", "otj.upload_tables("),
        ({"background": True}, " --background", "otj.submit_tables("),
        ({"dry_run": True}, " --dry-run", "otj.check_tables("),
    ],
)
def test_an_upload_that_is_split_is_written_as_one_of_several_tables(options, line, call):
    said = UploadOptions(source="cells", split_by="Image", name="T", **options)
    assert as_magic(said) == f"%omero_upload cells --split-by Image --name T{line}"
    assert as_python(said, call_of(said, find_source("cells", SPACE), {})).splitlines()[2:] == [
        call,
        "    cells,",
        '    table_name="T",',
        '    split_by="Image",',
        ")",
    ]


def test_python_is_laid_out_for_people():
    options = replace(SIMPLE, mapping=((r"J:\data", "/data"),), exclude=("a", "b"), out="done")
    call = call_of(options, find_source("cells", SPACE), {})
    assert as_python(options, call).splitlines() == [
        "import omero_tables_jupyter as otj",
        "",
        "done = otj.upload_table(",
        "    cells,",
        '    table_name="Cells plate 7",',
        '    to="Dataset:51",',
        r'    local_path=r"J:\data\tables",',
        r'    mapping=[(r"J:\data", "/data")],',
        '    exclude=["a", "b"],',
        ")",
    ]
