"""Whatever is typed after a magic, on its ``#|`` lines, as a link, or in a settings file."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from omero_tables_jupyter import settings as our_settings
from omero_tables_jupyter.errors import OptionError, TargetError
from omero_tables_jupyter.jupyter.magic import table_options
from omero_tables_jupyter.jupyter.magic.arguments import parse
from omero_tables_jupyter.jupyter.magic.options import LOGIN, OPTIONS, UPLOAD
from omero_tables_jupyter.jupyter.magic.words import read_line
from omero_tables_jupyter.jupyter.magic.writing import as_magic
from omero_tables_jupyter.links import parse_link
from omero_tables_jupyter.object_types import TARGET_TYPES


def one_of(words):
    """Draw one of the words of a text."""
    return st.sampled_from(words.split())


GRAMMARS = [UPLOAD, LOGIN, *(getattr(table_options, name) for name in ("PANEL", "READ", "TABLES"))]
GRAMMARS += [table_options.DELETE, table_options.DETACH, table_options.LEFTOVERS]

ANYTHING = st.text(max_size=8)
VALUES = one_of(
    r"""
    cells Image:101 dataset-51 J:\data J:\ \\nas\lab\x /mnt/lab a=b a=>b
    a,b "a,b",c {x} ${x} $x {{x}} { } {x.y:>3} 7 0 -1 3.5 50_000 ; , tab "" '' "a b" 'it" "s' #
    #x ? -- - --x=y =x auto
    keep version fail rows none zstd utf-8 Image image-1|image-2 {x!r} $$ %omero x\
    https://omero.site/webclient/?show=image-1 """
    "\u2014name \u201cx\u201d \u0661 \u202e"
)
WORDS = st.sampled_from([one.word for one in OPTIONS] + ["-t", "-n", "-l", "-d", "--nmae"])
PIECES = st.one_of(WORDS, VALUES, ANYTHING, st.builds("{}={}".format, WORDS, VALUES))
LINES = st.lists(PIECES, max_size=8).map(" ".join)
KEYS = st.sampled_from([one.key for one in OPTIONS] + ["nmae", ""])
BODIES = st.lists(
    st.one_of(
        st.builds("#| {}: {}".format, KEYS, VALUES | ANYTHING),
        st.builds("#|{}{}".format, KEYS, VALUES),
        st.sampled_from(["", "   ", "cells.head()", "#| ", "#|:"]),
        ANYTHING,
    ),
    max_size=5,
).map("\n".join)


class Awkward:
    """A variable whose every use is a surprise."""

    y = "two\nlines"
    z = 1.5

    def __format__(self, spec):
        raise ValueError(spec)


SPACE = {"x": Awkward(), "plate": "P7", "n": 3, "cells": [1]}


@given(LINES, BODIES)
@example("--columns {n}", "")
@example('--map "=>"', "#| map: =>")
def test_any_line_is_understood_or_refused_in_our_words_and_what_is_understood_can_be_written(
    line, body
):
    try:
        options = parse(line, body).resolve(SPACE)
    except OptionError as error:
        assert error.hint  # noqa: PT017 - not every text is refused
        return
    if options.help:
        return
    with suppress(OptionError):  # what no magic can hold; that it is read back is checked in there
        text = as_magic(options)
        first, *rest = text.lstrip("%").splitlines()
        assert parse(first.removeprefix("omero_upload"), "\n".join(rest)).resolve({}) == options


@pytest.mark.parametrize("grammar", GRAMMARS, ids=lambda one: one.magic)
@given(LINES)
def test_any_line_of_any_magic_is_sorted_or_refused_in_our_words(grammar, line):
    with suppress(OptionError):
        read_line(line, grammar)


PARTS = st.one_of(
    one_of("""https:// http:// ftp:// // / ? & = | , ; : - # % %00 %7C %2C %zz [ ] [::1] @ user:pw@
        omero.site :4443 :99999 :x webclient webgateway iviewer api v0 m images show= show=image-1
        images= dataset=51 img_detail 101 0 -5 007 99999999999999999999 image. image.name-x
        bsession=0123 &amp; well field-1 tag-7 run-9 < > " ' \u0661 \u00b2 \u200b IMAGE"""),
    st.sampled_from(TARGET_TYPES),
    st.sampled_from([" ", "\n", "\t"]),
    ANYTHING,
)


@given(st.lists(PARTS, max_size=12).map("".join))
@example("https://[::1/webclient/?show=image-1")
@example("https://omero.site:99999/webclient/?show=image-1")
@example("https://omero.site/webclient/img_detail/\u00b2/")
def test_any_link_names_objects_that_are_read_back_or_is_refused_in_our_words(text):
    try:
        link = parse_link(text)
    except TargetError as error:
        assert error.hint  # noqa: PT017 - not every text is refused
        return
    assert link.targets
    assert all(one.type in TARGET_TYPES and one.id > 0 for one in link.targets)
    assert parse_link(", ".join(map(str, link.targets))).targets == link.targets
    assert link.server == "" or link.server.startswith(("https://", "http://"))
    assert "@" not in link.server


TOML_WORDS = one_of(
    """
    [profile.lab] [profile] [[profile.lab.map]] [profile.lab.map] [a.b profile server
    prefix folder local map chunk_rows verify index probe = = = { } , 'J:\\data' '/data' "x"
    "\\ud800" 7 0
    -1 1e400 nan true 1979-05-27 [] {} [1,] ['a','b'] '''x''' # password token 'https://omero.site'
    'http://x' 'ftp://x' "" .
    """
)
FILES = st.lists(st.one_of(TOML_WORDS, ANYTHING, st.just("\n"), st.just("\n")), max_size=14).map(
    " ".join
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=FILES, shared=st.booleans())
def test_any_settings_file_is_read_or_refused_in_our_words(tmp_path, text, shared):
    project, user = tmp_path / "project", tmp_path / "user"
    for folder in (project, user):
        folder.mkdir(exist_ok=True)
        (folder / "omero_tables.toml").unlink(missing_ok=True)
    ((project if shared else user) / "omero_tables.toml").write_bytes(
        text.encode("utf-8", "replace")
    )
    environ = {"HOME": str(tmp_path), "OMERO_TABLES_STATE_DIR": str(tmp_path)}
    try:
        our_settings.load(start_dir=project, environ=environ, user_dir=user)
    except OptionError as error:
        assert error.hint  # noqa: PT017 - not every text is refused


@given(
    st.dictionaries(
        one_of("""OMERO_TABLES_SERVER OMERO_TABLES_PROFILE OMERO_TABLES_MAP OMERO_TABLES_VERIFY
            OMERO_TABLES_CHUNK_ROWS OMERO_TABLES_INDEX OMERO_TABLES_CA OMERO_TABLES_ALLOW_HTTP
            OMERO_TABLES_NOTHING OMERO_PASSWORD OMERO_USER OMERO_SESSION_KEY"""),
        ANYTHING | VALUES,
        max_size=4,
    )
)
def test_any_environment_is_read_or_refused_in_our_words(environ):
    with suppress(OptionError):
        our_settings.load(start_dir="/", environ={"HOME": "/none", **environ}, user_dir="/none")
