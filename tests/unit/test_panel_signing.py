import pytest

from omero_tables_jupyter.errors import LoginError
from omero_tables_jupyter.jupyter.faces import family
from omero_tables_jupyter.jupyter.panel.signing import SignInForm, SignInRow
from omero_tables_jupyter.model import Secret

CANARY = "s3cret-canary"


@pytest.fixture
def row():
    """A row, and what it connected with."""
    forms = []
    made = SignInRow(connect=forms.append)
    made.forms = forms
    made.render(server="https://omero.site", user="ana")
    yield made
    made.close()


def type_password(row, text=CANARY, *, enter=False):
    """Do as the front end does: Enter is told first, the text follows."""
    if enter:
        row._password._handle_custom_msg({"event": "submit"}, [])
    row._password.set_state({"value": text})


def said(row):
    return row._words.value + row._status.value


def test_enter_in_the_password_connects(row):
    type_password(row, enter=True)
    assert row.forms == [SignInForm("https://omero.site", "ana", Secret(CANARY))]


def test_the_password_is_gone_from_its_widget_before_it_is_used(row):
    seen = []
    row._connect = lambda form: seen.append((form.password.reveal(), row._password.value))
    type_password(row, enter=True)
    assert seen == [(CANARY, "")]


def test_no_widget_ever_shows_or_saves_the_password(row):
    sent = []
    for one in family(row.widget):
        one._send = lambda msg, buffers=None: sent.append(msg)
    type_password(row)
    states = [one.get_state() for one in family(row.widget)]
    assert CANARY not in str(states)
    row._button.click()
    assert CANARY not in str(states) + str([one.get_state() for one in family(row.widget)])
    assert CANARY not in str(sent) + repr(row.forms)
    assert any("value" in msg.get("state", {}) for msg in sent)  # the field is told to be empty


def test_going_on_to_another_field_connects_nothing_until_the_button_is_clicked(row):
    type_password(row)
    assert row.forms == []
    row._button.click()
    assert row.forms[0].password == Secret(CANARY)
    row._button.click()
    assert len(row.forms) == 1
    assert "no password was given" in said(row)


def test_enter_connects_with_a_password_that_was_typed_before(row):
    type_password(row)
    row._password._handle_custom_msg({"event": "submit"}, [])
    assert len(row.forms) == 1


def test_enter_in_an_empty_field_long_ago_is_not_taken_for_enter_now(row, monkeypatch):
    row._password._handle_custom_msg({"event": "submit"}, [])
    row._entered_at -= 60
    type_password(row)
    assert row.forms == []


def test_other_messages_of_the_front_end_are_not_enter(row):
    type_password(row)
    row._password._handle_custom_msg({"event": "focus"}, [])
    assert row.forms == []


@pytest.mark.parametrize(
    ("field", "missing"), [("_server", "no server"), ("_user", "no login name")]
)
def test_what_is_missing_is_named_and_the_password_is_kept_for_it(row, field, missing):
    getattr(row, field).value = " "
    type_password(row, enter=True)
    assert row.forms == []
    assert missing in said(row)
    getattr(row, field).value = "ben"
    row._button.click()
    assert row.forms[0].password == Secret(CANARY)


def test_a_server_that_a_link_named_is_said_yes_to_without_a_password(row):
    row.render(server="https://other.site", user="", by_user=False)
    assert "https://other.site was named by a link" in said(row)
    row._button.click()
    assert row.forms == [SignInForm("https://other.site", "", None)]


def test_a_server_that_the_user_typed_instead_wants_a_password(row):
    row.render(server="https://other.site", user="ana", by_user=False)
    row._server.value = "https://mine.site"
    row._button.click()
    assert row.forms == []
    assert "no password was given" in said(row)


def test_what_is_being_typed_stays_until_something_else_is_known(row):
    row._user.value = "be"
    row.render(server="https://omero.site", user="ana", busy=False)
    assert row._user.value == "be"
    row.render(server="https://omero.site", user="cleo")
    assert row._user.value == "cleo"


def test_an_expired_session_asks_for_the_password_alone(row):
    row.render(server="https://omero.site", user="ana", renewing=True)
    assert row._server.layout.display == "none"
    assert "session as ana at https://omero.site has expired" in said(row)
    type_password(row, enter=True)
    assert row.forms == [SignInForm("https://omero.site", "ana", Secret(CANARY))]


def test_nothing_can_be_typed_while_a_log_in_is_under_way(row):
    row.render(server="https://omero.site", user="ana", busy=True)
    assert row._password.disabled
    assert row._button.disabled
    assert "Connecting to https://omero.site" in said(row)


def test_an_error_is_shown_with_its_cure_and_escaped(row):
    error = LoginError("no <b>ana</b> here", hint="check the name")
    row.render(server="https://omero.site", user="ana", error=error)
    assert "no &lt;b&gt;ana&lt;/b&gt; here" in said(row)
    assert "check the name" in said(row)
    assert 'role="status"' in said(row)
    row.render(server="https://omero.site", user="ana")
    assert "check the name" not in said(row)


def test_a_closed_row_holds_no_password_and_no_comm(row):
    type_password(row)
    row.close()
    assert row._taken is None
    assert all(one.comm is None for one in family(row.widget))
