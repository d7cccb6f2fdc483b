"""What stands in the way of an upload is found before there is one, each with its cure."""

from datetime import UTC, datetime

import pytest
from traitlets.config import Config

import omero_tables_jupyter as otj
from omero_tables_jupyter import doctor, settings
from omero_tables_jupyter.doctor import Area, Verdict, examine
from omero_tables_jupyter.omero.health import clock_difference_s
from omero_tables_jupyter.settings import Profile


@pytest.fixture
def server():
    with otj.demo.serve() as running:
        yield running


@pytest.fixture
def ana(server):
    session = otj.login(server.url, username=server.username, password=server.password)
    yield session
    otj.logout()


@pytest.fixture
def lab(server):
    settings.add_memory_profile(Profile("demo", server.url, mapping=server.mapping))
    yield
    settings.forget_memory_profile("demo")


def of(area, findings):
    return [one for one in findings if one.area is area]


def test_a_lab_in_order_has_nothing_to_cure(ana, lab):
    findings = examine()
    assert {one.verdict for one in findings} == {Verdict.OK}
    assert {one.area for one in findings} == set(Area) - {Area.NOTEBOOK}


def test_nobody_is_asked_for_a_password():
    (found,) = of(Area.SESSION, examine())
    assert found.verdict is Verdict.PROBLEM
    assert "%omero_login" in found.cure


def test_an_expired_session_says_how_to_log_in_again(server, ana, lab):
    server.expire_sessions()
    (found,) = of(Area.SESSION, examine())
    assert "expired" in found.text
    assert found.cure == f"log in again: %omero_login {server.url}"


def test_an_omero_web_without_omero_plus_is_a_problem(tmp_path):
    with otj.demo.serve(omero_plus=False) as plain:
        otj.login(plain.url, username=plain.username, password=plain.password)
        found = of(Area.SERVER, examine())
        otj.logout()
    assert [one.verdict for one in found if "OMERO Plus" in one.text] == [Verdict.PROBLEM]


def test_several_servers_are_told(tmp_path):
    with otj.demo.serve(servers=2) as two:
        otj.login(two.url, username=two.username, password=two.password, server_id=1)
        found = of(Area.SERVER, examine())
        otj.logout()
    assert any("several OMERO servers" in one.text and "--server-id" in one.cure for one in found)


def test_settings_that_cannot_be_read_are_the_last_word(monkeypatch, tmp_path):
    (tmp_path / "omero_tables.toml").write_text("[profile.lab\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = examine()
    assert found[-1].area is Area.SETTINGS
    assert found[-1].verdict is Verdict.PROBLEM


def test_no_place_for_arrays_is_a_note_with_the_option(server, ana):
    (found,) = of(Area.FOLDER, examine())
    assert found.verdict is Verdict.NOTE
    assert "--save-profile" in found.cure


def test_a_folder_that_is_gone_is_a_problem(server, ana, lab, tmp_path, monkeypatch):
    monkeypatch.setenv("OMERO_TABLES_LOCAL_PATH", str(server.share / "away"))
    (found,) = of(Area.FOLDER, examine())
    assert found.verdict is Verdict.PROBLEM
    assert "away" in found.text


def test_the_trial_leaves_nothing(server, ana, lab):
    examine()
    assert list(server.share.iterdir()) == []


def test_half_written_arrays_are_named(server, ana, lab):
    left = server.share / ".cells.tiledb.partial-0123abcd"
    left.mkdir()
    found = [one for one in of(Area.FOLDER, examine()) if one.verdict is Verdict.NOTE]
    assert [str(left) in one.text for one in found] == [True]
    assert left.is_dir()


def test_a_refused_rename_is_a_problem(server, ana, lab, monkeypatch):
    def refused(self, target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.rename", refused)
    (found,) = of(Area.FOLDER, examine())
    assert found.verdict is Verdict.PROBLEM
    assert "Permission denied" in found.text
    assert list(server.share.iterdir()) == []


def test_the_notebook_is_looked_through_for_this_sessions_key(server, ana, lab, tmp_path):
    (key,) = [one for _, one in ana.join_params if isinstance(one, otj.Secret)]
    notebook = tmp_path / "plate 7.ipynb"
    notebook.write_text(f'{{"cells":\n ["{key.reveal()}"]}}', encoding="utf-8")
    (found,) = of(Area.NOTEBOOK, examine(notebook=notebook))
    assert found.verdict is Verdict.PROBLEM
    assert "the key of this session, on line 2" in found.text
    assert key.reveal() not in repr(found)


def test_a_clean_notebook_is_fine_and_a_missing_one_a_note(tmp_path):
    clean = tmp_path / "clean.ipynb"
    clean.write_text("{}", encoding="utf-8")
    assert of(Area.NOTEBOOK, examine(notebook=clean))[0].verdict is Verdict.OK
    assert of(Area.NOTEBOOK, examine(notebook=tmp_path / "no.ipynb"))[0].verdict is Verdict.NOTE


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Sun, 22 Nov 2026 12:10:00 GMT", 600),
        ("Sun, 22 Nov 2026 11:50:00 -0000", -600),
        ("soon", None),
        ("", None),
    ],
)
def test_a_clock_is_compared_by_the_answers_date(date, ahead):
    assert clock_difference_s(date, datetime(2026, 11, 22, 12, tzinfo=UTC)) == ahead


def test_clocks_that_differ_are_told_both_ways():
    assert "10 minutes ahead of" in doctor._clock(600).text
    assert "10 minutes behind" in doctor._clock(-600).text
    assert doctor._clock(None).verdict is Verdict.NOTE
    assert doctor._clock(5).verdict is Verdict.OK


@pytest.fixture
def shell():
    from IPython.core.interactiveshell import InteractiveShell

    one = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    one.run_line_magic("load_ext", "omero_tables_jupyter")
    yield one
    one.run_line_magic("unload_ext", "omero_tables_jupyter")


def test_the_magic_shows_every_area_with_its_cures(shell, server, ana, lab, capsys):
    (server.share / ".cells.tiledb.partial-0123abcd").mkdir()
    shell.run_line_magic("omero_doctor", "")
    shown = capsys.readouterr().out
    assert "1 note" in shown
    assert all(area.value in shown for area in set(Area) - {Area.NOTEBOOK})
    assert "→ remove what no upload is writing now" in shown


def test_the_card_escapes_what_it_shows(monkeypatch, shell, server, ana, lab):
    from omero_tables_jupyter.jupyter.magic.doctoring import doctor_bundle

    monkeypatch.setenv("OMERO_TABLES_LOCAL_PATH", "/no/<script>alert(1)</script>")
    card = doctor_bundle(settings.load(), {})["text/html"]
    assert "<script>" not in card
    assert "&lt;script&gt;" in card


def test_the_open_notebook_is_found_by_what_the_front_end_says(monkeypatch, tmp_path):
    from omero_tables_jupyter.jupyter.magic.doctoring import open_notebook

    assert open_notebook(settings.load(), {}) is None
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "lab.ipynb"))
    assert open_notebook(settings.load(), {}) == tmp_path / "lab.ipynb"
    of_code = {"__vsc_ipynb_file__": str(tmp_path / "code.ipynb")}
    assert open_notebook(settings.load(), of_code) == tmp_path / "code.ipynb"
