"""``%omero_upload --split-by``: what is shown, bound and returned."""

import json
import re

import pandas as pd
import pytest
from IPython.utils.capture import capture_output

import omero_tables_jupyter as otj
from omero_tables_jupyter.demo.faults import Answer
from omero_tables_jupyter.errors import OptionError, TablesError
from omero_tables_jupyter.jupyter.magic.completion import Sources, complete


@pytest.fixture
def shell(shell):
    shell.user_ns["cells"] = pd.DataFrame({"Image": [102, 101, 102], "label": ["a", None, "c"]})
    return shell


@pytest.fixture
def line(server, session, place):
    folder = place["local_path"]
    return f'--split-by Image --local-path "{folder}" --map "{server.share}=>{server.server_share}"'


def upload(shell, line, source="cells"):
    with capture_output() as shown:
        result = shell.run_line_magic("omero_upload", f"{source} {line}")
    return result, shown


def test_the_result_is_a_row_for_each_object_with_a_card_and_a_line_for_each(shell, line):
    results, shown = upload(shell, f"{line} --out done")
    assert results["target"].tolist() == ["Image:101", "Image:102"]
    assert results["state"].tolist() == ["registered"] * 2
    assert shell.user_ns["done"] is results
    assert "table 2 of 2 · Image:102 · registered · annotation" in shown.stdout
    (card,) = [one.data for one in shown.outputs]
    assert "2 tables: 2 registered" in card["text/html"]
    assert "/webclient/omero_table/" in card["text/html"]
    assert "label: 1 missing -&gt; &#x27;&#x27;" in card["text/html"]
    assert card["text/plain"].startswith("cells: 2 tables: 2 registered")
    number = results["annotation_id"].iloc[1]
    assert f"Image:102  registered · annotation {number}" in card["text/plain"]
    assert f">{number}</td>" in card["text/html"]
    again, shown = upload(shell, line)
    assert again["state"].tolist() == ["unchanged"] * 2


def test_what_a_cell_has_shown_is_not_shown_twice(shell, line):
    with capture_output() as shown:
        shell.run_cell(f"%omero_upload cells {line}", store_history=True)
    assert len([one for one in shown.outputs if "2 registered" in one.data["text/html"]]) == 1
    assert "2 tables: 2 registered, shown above" in shown.stdout
    with capture_output() as shown:
        shell.run_cell("_", store_history=True)
    assert "annotation_id" not in shown.stdout
    assert "Image:102" in shown.stdout


def test_if_some_fail_the_cell_fails_after_its_results_are_shown_and_bound(shell, line, server):
    refused = Answer(500, json.dumps({"message": "no"}), "application/json")
    server.faults.next("/omero_plus/api/v0/table", refused, method="POST")
    with capture_output() as shown, pytest.raises(TablesError, match="1 registered, 1 failed"):
        shell.run_line_magic("omero_upload", f"cells {line} --out done")
    card = shown.outputs[-1].data
    assert "1 failed" in card["text/html"]
    assert "Image:101" in card["text/plain"]
    done = shell.user_ns["done"]
    assert done["state"].tolist() == ["failed", "registered"]
    results, _ = upload(shell, line)
    assert results["state"].tolist() == ["registered", "unchanged"]


def test_a_dry_run_touches_nothing_and_tells_of_each(shell, line, server):
    before = len(server.registered)
    results, shown = upload(shell, f"{line} --dry-run")
    assert results["state"].tolist() == ["not tried"] * 2
    card = shown.outputs[0].data
    assert "2 tables: 2 to upload; nothing was touched" in card["text/plain"]
    assert "not tried" not in card["text/html"]
    assert len(server.registered) == before


def test_a_dry_run_tells_which_are_registered_already(shell, line, server):
    first = shell.user_ns["cells"]
    upload(shell, f"{line} --name again", "cells")
    changed = first.assign(label=first["label"].where(first["Image"] == 101, "other"))
    shell.user_ns["changed"] = changed
    before = len(server.registered)
    results, _ = upload(shell, f"{line} --name again --dry-run --if-exists version", "changed")
    assert results["state"].tolist() == ["unchanged", "not tried"]
    assert results["annotation_id"].isna().tolist() == [False, True]
    assert len(server.registered) == before


def test_a_dry_run_shows_all_of_them_and_fails_where_one_has_no_place(shell, line, server):
    upload(shell, f"{line} --name here", "cells")
    shell.user_ns["changed"] = shell.user_ns["cells"].assign(label="other")
    with capture_output() as shown, pytest.raises(TablesError, match="2 of 2 tables cannot be"):
        shell.run_line_magic("omero_upload", f"changed {line} --name here --dry-run --out found")
    assert "2 failed" in shown.outputs[-1].data["text/plain"]
    assert shell.user_ns["found"]["error"].str.contains("stands|exists", regex=True).all()


def test_in_the_background_it_is_a_job(shell, line):
    job, _ = upload(shell, f"{line} --background --out job")
    assert shell.user_ns["job"] is job
    assert job.result(timeout_s=60)["state"].tolist() == ["registered"] * 2


def test_as_a_cell_it_splits_what_the_code_gives(shell, line):
    options = re.findall(r'--([\w-]+) "?([^"]+?)"?(?= --|$)', line)
    body = [*(f"#| {key}: {value}" for key, value in options), "cells[cells['Image'] == 102]"]
    with capture_output():
        results = shell.run_cell_magic("omero_upload", "--name T", "\n".join(body))
    assert results["target"].tolist() == ["Image:102"]


def test_names_are_resolved_by_option_alone_and_before_a_split(shell, line):
    fields = ["screen3_field02.tif", "screen3_field01.tif", "x.tif"]
    shell.user_ns["fields"] = pd.DataFrame({"image_name": fields})
    place = line.removeprefix("--split-by Image ")
    options = f"{place} --to Dataset:51 --resolve image_name=Image"
    done, shown = upload(shell, f"{options} --out done", "fields")
    assert otj.read_table(done)["Image"].tolist() == [102, 101, -1]
    assert "1 row of 3 matches no image below Dataset:51" in shown.outputs[-1].data["text/plain"]
    shell.user_ns["fields"] = shell.user_ns["fields"][:2]
    parts, _ = upload(shell, f"{options} --split-by Image", "fields")
    assert parts["target"].tolist() == ["Image:101", "Image:102"]


def test_the_help_and_completion_know_both_options(shell):
    with capture_output() as shown:
        shell.run_line_magic("omero_upload", "--help")
    text = shown.outputs[0].data["text/plain"]
    assert "--split-by COLUMN" in text
    assert "--resolve NAMES=TYPE" in text
    sources = Sources(shell.user_ns, list, list)
    for typed in ("--split-by La", "--resolve la"):
        _, offers = complete(f"%omero_upload cells {typed}", "", sources)
        assert [one.text for one in offers] == ["label"], typed


def test_quiet_shows_nothing(shell, line):
    _, shown = upload(shell, f"{line} --quiet")
    assert (shown.stdout, shown.outputs) == ("", [])


@pytest.mark.parametrize("magic", ["omero_upload", "omero_panel"])
def test_objects_are_not_named_twice_and_the_panel_chooses_them_itself(shell, line, magic):
    to = " --to Image:101" if magic == "omero_upload" else ""
    with pytest.raises(OptionError, match="--split-by") as refused:
        shell.run_line_magic(magic, f"cells {line}{to}")
    assert "leave" in refused.value.hint


def test_a_card_of_very_many_shows_those_that_failed_first_and_says_how_many_more():
    from omero_tables_jupyter.jupyter.tables_card import tables_bundle
    from omero_tables_jupyter.many.results import Outcome, table_of

    error = otj.DataError("<b> is wrong", hint="do that")
    outcomes = [Outcome(f"Image:{n}", "T", error=error if n == 40 else None) for n in range(1, 60)]
    card = tables_bundle(table_of(outcomes), name="T")
    assert card["text/plain"].splitlines()[:2] == [
        "T: 59 tables: 1 failed, 58 not tried",
        "  Image:40  failed · <b> is wrong",
    ]
    assert "and 39 more tables" in card["text/plain"]
    assert "and 39 more tables" in card["text/html"]
    assert "<b>" not in card["text/html"]


def test_a_card_of_an_upload_that_was_stopped_is_marked_as_such():
    from omero_tables_jupyter.jupyter.tables_card import tables_bundle
    from omero_tables_jupyter.many.results import Outcome, table_of

    table = otj.RegisteredTable("T", 7, 8, 3, ("a",), (), "/l", "/r", "", "")
    stopped = tables_bundle(table_of([Outcome("Image:1", table=table), Outcome("Image:2")]))
    assert "■" in stopped["text/html"]
    assert "✓" in tables_bundle(table_of([Outcome("Image:1", table=table)]))["text/html"]
