"""Each cure that notebook 04 prints is copied out of its message, as a user would, and run."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04_when_things_go_wrong.ipynb"
# the stand-in's, and public
USER, PASSWORD = "ana", "cells-and-wells"
COLOURS = re.compile("\x1b\\[[0-9;]*m")


def run(client, code, *, person):
    """Run a cell, with somebody there who can be asked or with nobody; give text and error."""
    shown = []

    def answer(message):
        client.input(PASSWORD if message["content"]["password"] else USER)

    client.execute_interactive(
        code, allow_stdin=person, stdin_hook=answer, output_hook=shown.append, timeout=120
    )
    texts = [one["content"].get("data", {}).get("text/plain", "") for one in shown]
    errors = [one["content"]["traceback"] for one in shown if one["msg_type"] == "error"]
    return "\n".join(texts), COLOURS.sub("", "\n".join(line for one in errors for line in one))


# --- from the cell that failed and its message to what the user types then ----------------------


def options_behind_the_line(cell, message):
    options = re.findall(r"--(?:as-text|if-exists) \w+", message)
    return [f"{cell} {option}" for option in options]


def the_line_with_the_right_place(_, message):
    line = message[message.index("import omero_tables_jupyter") :]
    return [line.replace("'/data/", "'/demo-share/")]


def the_magic_and_then_the_last_line_again(cell, message):
    return [re.search(r"%omero_login \S+", message)[0], cell.splitlines()[-1]]


def the_nearest_name(cell, message):
    given, nearest = re.search(r"'(\w+)'\n.*did you mean '(\w+)'", message).groups()
    return [cell.replace(given, nearest)]


def the_nearest_type(cell, message):
    given, nearest = re.search(r"'(\w+)' is .*\n.*did you mean '(\w+)'", message).groups()
    return [cell.replace(given, nearest)]


def a_link_of_omero_web(cell, message):
    target, server = re.search(r"(\w+:\d+) does not exist on ([^,]+),", message).groups()
    return [cell.replace(target, f"{server}/webclient/?show=dataset-51")]


CURES = {
    "mixes numbers and text": options_behind_the_line,
    "refused the registration": the_line_with_the_right_place,
    "no longer knows the session": the_magic_and_then_the_last_line_again,
    "a table stands at": options_behind_the_line,
    "is not a type of OMERO object": the_nearest_type,
    "there is no variable": the_nearest_name,
    "has no column": the_nearest_name,
    "does not exist on": a_link_of_omero_web,
}
# what one did oneself
NEEDS_NO_CURE = "the upload was cancelled"


@pytest.mark.parametrize("person", [True, False], ids=["a person", "nobody"])
def test_the_cure_of_each_mistake_works_as_it_is_printed(kernel, person):
    cured = []
    for cell in nbformat.read(NOTEBOOK, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        _, message = run(kernel, cell.source, person=person)
        if "raises-exception" not in cell.metadata.get("tags", ()):
            assert not message, cell.source
            continue
        if NEEDS_NO_CURE in message:
            continue
        (kind,) = [words for words in CURES if words in message]
        for line in CURES[kind](cell.source, message):
            # somebody must be there to type a password, whoever runs the rest
            text, failed = run(kernel, line, person=person or "%omero_login" in line)
            assert not failed, line
        assert "registered in OMERO" in text or "unchanged, already" in text, line
        cured.append(kind)
    assert sorted(cured) == sorted(CURES)
