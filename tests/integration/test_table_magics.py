"""``%omero_read``, ``%omero_tables``, ``%omero_detach``, ``%omero_delete`` in a shell."""

from pathlib import Path

import pandas as pd
import pytest
from IPython.utils.capture import capture_output

import omero_tables_jupyter as otj
from omero_tables_jupyter.jupyter import prompt
from omero_tables_jupyter.jupyter.magic import table_magics

CELLS = pd.DataFrame({"Image": [101, 102, 103], "area": [1.5, 2.5, 3.5], "label": list("abc")})


@pytest.fixture
def shell(shell, session, place):
    shell.user_ns["done"] = otj.upload_table(
        CELLS, "Cells", to=["Dataset:51", "Image:101"], **place
    )
    return shell


def run(shell, line):
    with capture_output() as shown:
        result = shell.run_cell(line)
    result.raise_error()
    return result.result, shown.stdout + "".join(one.data["text/plain"] for one in shown.outputs)


def here(server, done):
    return int(done) in {one.annotation_id for one in server.registered}


def answering(monkeypatch, text):
    asked = []
    monkeypatch.setattr(table_magics, "has_person", lambda shell: True)
    monkeypatch.setattr("builtins.input", lambda question: (asked.append(question), text)[1])
    return asked


@pytest.mark.parametrize(
    "source",
    [
        "done",
        "lab['mine']",
        "{int_of_it}",
        "$int_of_it",
        "Dataset:51",
        "Dataset:51 --name Cells",
        "Dataset:51 --annotation {int_of_it}",
        "--annotation {int_of_it}",
        "--file {done.file_id}",
        "{done.table_url}",
        "{done.local_path}",
        '"{done.local_path}"',
    ],
)
def test_a_table_is_read_by_whatever_names_it(shell, source):
    done = shell.user_ns["done"]
    shell.user_ns |= {"int_of_it": int(done), "lab": {"mine": done}}
    frame, _ = run(shell, f"%omero_read {source}")
    pd.testing.assert_frame_equal(frame, CELLS)


def test_a_part_of_it_in_another_form_goes_into_a_variable(shell):
    shell.user_ns["least"] = 2
    table, _ = run(
        shell,
        "%omero_read done --columns label,area --query '(area > {least})' --rows :1 "
        "--as arrow --out kept",
    )
    assert table.to_pydict() == {"label": ["b"], "area": [2.5]}
    assert shell.user_ns["kept"] is table


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dnoe", "did you mean 'done'"),
        ("done --rows 5", "--rows 0:100"),
        ("done --rows 0:9:0", "names no rows"),
        ("done --as excel", "pandas, arrow, polars"),
        ("done --colums area", "did you mean '--columns'"),
        ("", "which table"),
        ("Dataset:51 --name Cels", "did you mean 'Cells'"),
        ("cells", "Dataset:51, an annotation's id, or an array's path"),
        ("frame", "DataFrame is not something that names a table"),
    ],
)
def test_what_cannot_be_read_is_said_with_a_cure(shell, line, words):
    shell.user_ns["frame"] = CELLS
    with pytest.raises(otj.OmeroTablesError) as refused:
        run(shell, f"%omero_read {line}")
    assert words in str(refused.value)


def test_an_upload_under_way_is_waited_for(shell, server):
    job = otj.submit_table(
        CELLS, "Later", to="Image:102", local_path=server.share, mapping=server.mapping
    )
    job.wait()
    shell.user_ns["job"] = job
    assert len(run(shell, "%omero_read job")[0]) == 3


def test_the_tables_of_an_object_are_listed_with_links(shell):
    done = shell.user_ns["done"]
    listed, _ = run(shell, "%omero_tables Dataset:51 --out kept")
    assert int(done) in listed["id"].tolist()
    assert shell.user_ns["kept"] is listed
    html = listed._repr_html_()
    assert f'<a href="{done.table_url}" target="_blank" rel="noopener">open</a>' in html
    assert f"<td>{done.table_url}</td>" not in html
    with pytest.raises(otj.TargetError, match="no object was named"):
        run(shell, "%omero_tables")


def test_the_history_links_to_the_table_and_its_object(shell):
    done = shell.user_ns["done"]
    frame, _ = run(shell, "%omero_history")
    html = frame._repr_html_()
    assert f'<a href="{done.table_url}" target="_blank" rel="noopener">view table</a>' in html
    assert f'<a href="{done.url}" target="_blank" rel="noopener">open</a>' in html


def test_deleting_asks_and_a_no_changes_nothing(shell, server, monkeypatch):
    done = shell.user_ns["done"]
    asked = answering(monkeypatch, "n")
    _, text = run(shell, "%omero_delete done")
    assert "nothing was deleted" in text
    assert f"delete the table 'Cells' (annotation {int(done)})" in asked[0]
    assert "its array stays" in asked[0]
    assert here(server, done)


def test_deleting_with_a_yes_takes_the_table_and_leaves_the_array(shell, server, monkeypatch):
    done = shell.user_ns["done"]
    answering(monkeypatch, "y")
    _, text = run(shell, "%omero_delete done")
    assert "deleted" in text
    assert not here(server, done)
    assert Path(done.local_path).exists()


def test_without_a_person_deleting_needs_a_yes_on_the_line(shell, server):
    done = shell.user_ns["done"]
    with pytest.raises(otj.OptionError, match="nobody has said yes") as refused:
        run(shell, "%omero_delete done --files")
    assert "--yes" in refused.value.hint
    assert here(server, done)
    run(shell, "%omero_delete done --files --yes")
    assert not here(server, done)
    assert not Path(done.local_path).exists()


def test_a_kernel_without_input_says_so(monkeypatch):
    def nobody(question):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(otj.OptionError, match="nobody is there"):
        prompt.agrees("delete it")


def test_a_table_is_taken_off_one_object(shell, server):
    done = shell.user_ns["done"]
    run(shell, "%omero_detach done --from Image:101 --yes")
    (left,) = [one for one in server.registered if one.annotation_id == int(done)]
    assert left.targets == ("Dataset:51",)


@pytest.mark.parametrize("name", ["read", "tables", "delete", "detach"])
def test_each_has_its_help(shell, name):
    _, text = run(shell, f"%omero_{name} --help")
    assert f"%omero_{name}" in text
    assert "Examples" in text
    magic = shell.find_line_magic(f"omero_{name}")
    assert magic.__doc__ in text
