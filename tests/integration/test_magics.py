import re

import pandas as pd
import pytest
from IPython.utils.capture import capture_output

from omero_tables_jupyter import demo, settings
from omero_tables_jupyter.errors import (
    DataError,
    LoginError,
    OmeroTablesError,
    OptionError,
    PathError,
    TargetError,
    UnreachableError,
)
from omero_tables_jupyter.jupyter.magic import demonstration, uploading
from omero_tables_jupyter.omero.login import current

SESSION_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture
def shell(shell):
    shell.user_ns["cells"] = pd.DataFrame({"Image": [101, 102], "area": [1.5, 2.5]})
    yield shell
    demonstration.stop()


@pytest.fixture
def server():
    with demo.serve() as started:
        yield started


class Person:
    """Somebody who answers prompts in turn, and remembers them."""

    def __init__(self):
        self.answers = []
        self.prompts = []

    def __call__(self, prompt=""):
        self.prompts.append(prompt)
        return self.answers.pop(0)


@pytest.fixture
def person(monkeypatch):
    made = Person()
    monkeypatch.setattr("builtins.input", made)
    monkeypatch.setattr("getpass.getpass", made)
    monkeypatch.setattr(uploading, "has_person", lambda shell: True)
    return made


def run(shell, code):
    with capture_output() as shown:
        result = shell.run_cell(code, store_history=True)
    plain = [out.data["text/plain"] for out in shown.outputs]
    return result, "\n".join([*plain, shown.stdout])


def failure(shell, code):
    result, _ = run(shell, code)
    assert isinstance(result.error_in_exec, OmeroTablesError), result.error_in_exec
    return result.error_in_exec


def test_the_demo_makes_the_first_upload_one_line(shell):
    _, shown = run(shell, "%omero_demo")
    assert "show=dataset-51" in shown
    result, shown = run(shell, "%omero_upload cells --to Dataset:51")
    assert result.result.rows == 2
    assert 'Dataset 51 "Screen 3"' in shown
    assert current().url in shown


def test_the_demos_card_leads_to_an_upload_that_works(shell):
    _, shown = run(shell, "%omero_demo")
    code = shown.partition("\n\n")[2].strip()
    result, _ = run(shell, code)
    assert result.success
    assert result.result.rows > 0


def test_a_second_demo_is_the_first_one_and_stop_ends_it(shell):
    run(shell, "%omero_demo")
    url = current().url
    run(shell, "%omero_logout")
    run(shell, "%omero_demo")
    assert current().url == url
    assert "demo" in settings.load().profiles
    run(shell, "%omero_demo stop")
    assert current() is None
    assert "demo" not in settings.load().profiles
    _, shown = run(shell, "%omero_demo stop")
    assert "no demo is running" in shown


def test_demo_takes_no_other_word(shell):
    assert "%omero_demo stop" in failure(shell, "%omero_demo start").hint


def test_on_a_hub_links_lead_through_the_proxy(shell, monkeypatch):
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ana/")
    _, shown = run(shell, "%omero_demo")
    port = current().url.rpartition(":")[2]
    assert f"/user/ana/proxy/{port}/webclient/?show=dataset-51" in shown
    _, shown = run(shell, "%omero_upload cells --to Dataset:51")
    assert f"/user/ana/proxy/{port}/webclient/?show=dataset-51" in shown


def test_login_asks_for_name_and_password_and_keeps_neither(shell, server, person):
    person.answers = [server.username, server.password]
    result, shown = run(shell, f"%omero_login {server.url}")
    assert result.success
    assert f"{server.username} at {server.url}" in shown
    assert person.prompts == [
        f"OMERO user name at {server.url}: ",
        f"Password of {server.username} at {server.url}: ",
    ]
    assert server.password not in repr(shell.user_ns)
    assert server.password not in shown


def test_login_takes_the_user_from_the_line(shell, server, person):
    person.answers = [server.password]
    run(shell, f"%omero_login {server.url} --user {server.username}")
    assert current().user == server.username


def test_login_takes_the_address_from_config(shell, server, person):
    run(shell, f"%config OmeroTables.server = '{server.url}'")
    person.answers = [server.username, server.password]
    run(shell, "%omero_login")
    assert current().url == server.url


def test_login_without_an_address_renews_the_session_that_has_expired(shell, server, person):
    person.answers = [server.username, server.password]
    run(shell, f"%omero_login {server.url}")
    server.expire_sessions()
    person.prompts.clear()
    person.answers = [server.password]
    result, shown = run(shell, "%omero_login")
    assert result.success
    assert f"{server.username} at {server.url}" in shown
    assert person.prompts == [f"Password of {server.username} at {server.url}: "]
    assert current().alive()


def test_an_address_on_the_line_wins_over_config(shell, server, person):
    run(shell, "%config OmeroTables.server = 'https://other.example/omero'")
    run(shell, "%config OmeroTables.prefix = '/omero'")
    person.answers += [server.username, server.password]
    run(shell, f"%omero_login {server.url}")
    assert current().url == server.url


def test_a_wrong_password_says_so_without_repeating_it(shell, server, person):
    person.answers = ["hunter2"]
    error = failure(shell, f"%omero_login {server.url} --user {server.username}")
    assert isinstance(error, LoginError)
    assert "hunter2" not in str(error)


def test_an_empty_password_is_an_error_with_a_cure(shell, server, person):
    person.answers = [""]
    error = failure(shell, f"%omero_login {server.url} --user {server.username}")
    assert "again" in error.hint


@pytest.mark.parametrize(
    "line",
    [
        "https://omero.site --password hunter2",
        "https://omero.site -p hunter2",
        "https://omero.site --user ana --session-key=hunter2",
    ],
)
def test_a_password_on_the_line_is_refused_and_not_repeated(shell, line):
    result, shown = run(shell, f"%omero_login {line}")
    assert isinstance(result.error_in_exec, OptionError)
    assert "hunter2" not in shown


def test_a_mistyped_login_option_has_a_suggestion(shell):
    assert "did you mean '--user'" in failure(shell, "%omero_login omero.site --usr ana").hint


def test_an_address_without_a_server_is_an_error(shell, person):
    person.answers = ["ana", "secret"]
    assert isinstance(failure(shell, "%omero_login http://127.0.0.1:9"), UnreachableError)


def test_login_has_help(shell):
    assert "--server-id" in run(shell, "%omero_login --help")[1]


def test_status_tells_who_where_and_how(shell):
    run(shell, "%omero_demo")
    _, shown = run(shell, "%omero_status")
    for words in ("ana at http://127.0.0.1", "password", "demo (memory)", "=>", "tiledb"):
        assert words in shown
    assert not SESSION_KEY.search(shown)


def test_status_without_a_login_says_how_to_log_in(shell):
    _, shown = run(shell, "%omero_status")
    assert "not logged in" in shown
    assert "%omero_login" in shown


def test_status_says_that_omero_plus_is_missing(shell, person):
    with demo.serve(omero_plus=False) as server:
        person.answers = [server.password]
        run(shell, f"%omero_login {server.url} -u {server.username}")
        _, shown = run(shell, "%omero_status")
        run(shell, "%omero_logout")
    assert "seems to be there" not in shown


def test_logout_ends_our_session(shell, server, person):
    person.answers = [server.password]
    run(shell, f"%omero_login {server.url} -u {server.username}")
    assert "logged out" in run(shell, "%omero_logout")[1]
    assert current() is None
    assert "nobody is logged in" in run(shell, "%omero_logout")[1]


def test_history_lists_what_was_uploaded(shell):
    run(shell, "%omero_demo")
    run(shell, "%omero_upload cells --to Dataset:51")
    result, _ = run(shell, "%omero_history")
    assert list(result.result["name"]) == ["cells"]
    assert list(result.result["state"]) == ["registered"]


@pytest.mark.parametrize("magic", ["%omero_status", "%omero_logout", "%omero_history"])
def test_magics_without_options_say_so(shell, magic):
    assert f"write {magic} alone" in failure(shell, f"{magic} now").hint
    assert run(shell, f"{magic} # a comment")[0].success


def test_the_traceback_is_shown_without_keys(shell):
    key = "0123abcd-0123-0123-0123-0123456789ab"
    run(shell, f"raise ValueError('https://omero.site/x?bsession={key}&password=hunter2')")
    _, shown = run(shell, "%omero_traceback")
    assert "ValueError" in shown
    assert key not in shown
    assert "hunter2" not in shown


def test_an_upload_asks_for_the_password_before_it_starts(shell, server, person):
    run(shell, f"%config OmeroTables.server = '{server.url}'")
    run(shell, f"%config OmeroTables.map = ['{server.share}=>{server.server_share}']")
    person.answers = [server.username, server.password]
    result, _ = run(shell, f"%omero_upload cells --to Dataset:51 --local-path {server.share}")
    assert result.success
    assert len(person.prompts) == 2


def test_an_expired_session_asks_again_and_goes_on(shell, person):
    run(shell, "%omero_demo")
    server = demonstration.running()
    server.expire_sessions()
    person.answers = [server.password]
    result, _ = run(shell, "%omero_upload cells --to Dataset:51 --progress text")
    assert result.success
    assert person.prompts == [f"Password of ana at {server.url}: "]


def test_a_saved_profile_is_enough_the_next_time(shell, server, person):
    person.answers = [server.password]
    run(shell, f"%omero_login {server.url} -u {server.username}")
    mapping = f"--map {server.share}=>{server.server_share}"
    first, _ = run(
        shell,
        f"%omero_upload cells --to Dataset:51 -l {server.share} {mapping} --save-profile lab",
    )
    second, _ = run(shell, "%omero_upload cells --to Dataset:51 --name again --profile lab")
    assert first.success
    assert second.success
    assert {one.name for one in server.registered} == {"cells", "again"}


def test_a_saved_profile_keeps_the_certificates_and_which_server(shell, person):
    pytest.importorskip("trustme")
    with demo.serve(tls=True, servers=2) as server:
        person.answers = [server.password] * 2
        run(shell, f"%omero_login {server.url} -u ana --ca {server.ca_file} --server-id 2")
        mapping = f"--map {server.share}=>{server.server_share}"
        run(
            shell,
            f"%omero_upload cells --to Dataset:51 -l {server.share} {mapping} --save-profile lab",
        )
        run(shell, "%omero_logout")
        assert run(shell, f"%omero_login {server.url} -u ana")[0].success
        assert current().server_id == 2
        assert run(shell, "%omero_upload cells --to Dataset:51 --name again")[0].success
        assert [one.name for one in server.registered] == ["cells", "again"]
        run(shell, "%omero_logout")


def test_a_dry_run_touches_nothing(shell):
    run(shell, "%omero_demo")
    server = demonstration.running()
    result, shown = run(shell, "%omero_upload cells --to Dataset:51 --dry-run")
    assert result.result.ok
    assert "nothing was touched" in shown
    assert list(server.share.iterdir()) == []
    assert server.registered == ()


def test_a_dry_run_of_a_table_with_problems_names_them_and_fails(shell):
    run(shell, "%omero_demo")
    shell.user_ns["bad"] = pd.DataFrame({"a": [1, "x"], "b": [1, 2]})
    result, shown = run(shell, "%omero_upload bad --to Dataset:51 --dry-run")
    assert isinstance(result.error_in_exec, DataError)
    assert "1 problem" in shown


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("cells --to Image:99999", TargetError),
        ("cells --to Dataset:51 -l /nowhere/at/all --map /nowhere=>/data", PathError),
        (r"cells --to Dataset:51 -l J:\data", PathError),
        (r'"J:\out\cells.csv" --to Dataset:51', OmeroTablesError),
        ("cells --to Dataset:51 --columns aera", OmeroTablesError),
        ("cells --to Dataset:51 --profile dmeo", OptionError),
    ],
)
def test_a_newcomers_mistake_is_one_error_with_a_cure_and_leaves_nothing(shell, line, kind):
    run(shell, "%omero_demo")
    error = failure(shell, f"%omero_upload {line}")
    assert isinstance(error, kind)
    assert error.hint
    assert list(demonstration.running().share.iterdir()) == []


def test_nothing_secret_stays_in_the_namespace(shell):
    run(shell, "%omero_demo")
    run(shell, "done = %omero_upload cells --to Dataset:51\ndone")
    held = repr({name: value for name, value in shell.user_ns.items() if name != "get_ipython"})
    assert demonstration.running().password not in held
    assert not SESSION_KEY.search(held)
