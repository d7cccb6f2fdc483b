"""What should not be in a notebook is found, and what may be is left alone."""

import json

import pytest

from omero_tables_jupyter.leaks import Leak, find_leaks
from omero_tables_jupyter.model import Secret

KEY = "0a1b2c3d-1111-2222-3333-444455556666"


def saved(source):
    """Write a cell as Jupyter saves it: quotes escaped, a line a source line."""
    return json.dumps({"cells": [{"source": source.splitlines(keepends=True)}]}, indent=1)


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f'otj.login("https://omero.site", session_key="{KEY}")', "a session key"),
        (f"requests.post('https://o.site/omero_plus/api/v0/table?bsession={KEY}')", "link"),
        ('otj.login(url, username="ana", password="cells-and-wells")', "a password"),
        ("PASSWD = 'hunter22'", "a password"),
        ('headers = {"X-SecretToken": "aGVsbG8td29ybGQtYWJj"}', "a SecretToken"),
        ('otj.login("https://ana:hunter22@omero.site")', "a password in an address"),
        ('{"sessionUuid": "' + KEY + '"}', "a session key"),
    ],
)
def test_a_secret_written_out_is_found_in_the_text_and_in_the_file(line, kind):
    for text in (f"first\n{line}\n", saved(f"first\n{line}\n")):
        found = find_leaks(text)
        assert any(kind in leak.kind for leak in found), text


@pytest.mark.parametrize(
    "line",
    [
        "%omero_login https://omero.site --user ana",
        'otj.login(url, username="ana", password=getpass.getpass())',
        "session_key = os.environ['OMERO_SESSION_KEY']",
        "token=written.token",
        "https://omero.site/webclient/?show=image-1",
        "the password is asked for in a prompt",
        '"id": "0a1b2c3d-1111-2222-3333-444455556666"',
    ],
)
def test_what_is_no_secret_is_left_alone(line):
    assert find_leaks(line) == ()
    assert find_leaks(saved(line)) == ()


def test_a_secret_that_is_known_is_found_wherever_it_stands():
    text = f"one\ntwo\nthree {KEY} four\n"
    assert find_leaks(text, [("this session's key", Secret(KEY))]) == (
        Leak("this session's key", 3),
    )


def test_a_secret_too_short_to_tell_anything_is_not_looked_for():
    assert find_leaks("a text with abc in it", [("this password", Secret("abc"))]) == ()


def test_a_leak_does_not_hold_the_secret():
    (leak,) = find_leaks(f"x {KEY}", [("this session's key", Secret(KEY))])
    assert KEY not in repr(leak)
