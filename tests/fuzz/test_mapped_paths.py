"""Paths of Windows and POSIX through mappings of several shares, there and back."""

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from omero_tables_jupyter.errors import PathError
from omero_tables_jupyter.paths import PathMapping, array_path, server_path

NAMES = st.sampled_from(
    ["data", "Data", "lab", "x.tiledb", "a b", "\u00e9", "\u00df", "\u0130", "..a", "\u6587", "n~1"]
)
BELOW = st.lists(NAMES, max_size=3)
POSIX = st.lists(NAMES, max_size=3).map(lambda names: "/" + "/".join(names))
WINDOWS = st.one_of(
    st.builds(
        lambda drive, names: "\\".join([f"{drive}:", *names]) + "\\" * (not names),
        st.sampled_from("JKj"),
        BELOW,
    ),
    st.builds(lambda names: "\\".join(["\\\\nas\\lab", *names]), BELOW),
)
LOCALS = {"posix": POSIX, "windows": WINDOWS}
MESSY = st.lists(
    st.one_of(
        st.sampled_from(
            ["/", "//", "\\", "\\\\", "..", ".", "J:", "~", "s3://", "file:/", "\0", "?"]
        ),
        NAMES,
        st.text(max_size=2),
    ),
    max_size=8,
).map("".join)


def one_to_one(pairs):
    """Tell mappings that lead each place to one place only, so that there is a way back."""
    mapping = PathMapping(pairs)
    locals_, servers = zip(*((local[0], server) for local, server in mapping.pairs), strict=True)
    return len(set(map(str.lower, locals_))) == len(set(servers)) == len(pairs) and not any(
        one != other and f"{other.rstrip('/')}/".startswith(f"{one.rstrip('/')}/")
        for one in servers
        for other in servers
    )


@pytest.mark.parametrize("flavour", ["posix", "windows"])
@given(data=st.data())
def test_a_path_that_is_mapped_comes_back_from_the_server_as_it_was(flavour, data):
    pairs = data.draw(st.lists(st.tuples(LOCALS[flavour], POSIX), min_size=1, max_size=3))
    assume(one_to_one(pairs))
    mapping = PathMapping(pairs)
    separator = "/" if flavour == "posix" else "\\"
    prefix = data.draw(st.sampled_from([local[0] for local, _ in mapping.pairs]))
    path = separator.join([prefix.rstrip(separator), *data.draw(BELOW)])
    path = path if len(path) > len(prefix.rstrip(separator)) else prefix
    there = mapping.to_server(path, flavour=flavour)
    back = mapping.to_local(there, flavour=flavour, exists=lambda _: False)
    same = str.lower if flavour == "windows" else str
    assert same(back) == same(path)
    assert mapping.to_server(back, flavour=flavour) == there


@pytest.mark.parametrize("flavour", ["posix", "windows"])
@given(text=MESSY, local=MESSY, server=MESSY)
def test_any_text_as_a_path_is_mapped_or_refused_in_our_words(flavour, text, local, server):
    with suppress(PathError):
        array_path(text, "Cells", flavour=flavour)
    with suppress(PathError):
        server_path(text, flavour=flavour)
    with suppress(PathError):
        server_path("/mnt/x.tiledb", remote_path=text)
    with suppress(PathError):
        mapping = PathMapping([(local, server)])
        with suppress(PathError):
            assert ".." not in mapping.to_server(text, flavour=flavour).split("/")[1:-1] or (
                "://" in server or "://" in text
            )
        with suppress(PathError):
            mapping.to_local(text, flavour=flavour, exists=lambda _: False)
