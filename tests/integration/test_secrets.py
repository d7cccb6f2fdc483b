"""Canaries: what is secret is looked for wherever something could have been said or kept."""

import copy
import dataclasses
import json
import logging
import os
import pickle
import traceback
import warnings
from pathlib import Path
from urllib.parse import quote, quote_plus

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter import settings
from omero_tables_jupyter.arrays.description import describe_array
from omero_tables_jupyter.demo.faults import Answer, Drop, Redirect
from omero_tables_jupyter.events import LoginNeeded, Stage, StageDone, StageStarted
from omero_tables_jupyter.request import read_request

REGISTER = r"/omero_plus/api/v0/table$"
OURS = str(Path(otj.__file__).parent)


@pytest.fixture(autouse=True)
def no_faults_left(server):
    yield
    server.faults.clear()


@pytest.fixture
def cells():
    return pd.DataFrame({"Image": [101, 102, 103], "area": [20.5, 1.0, 3.0]})


class Canaries:
    """The secrets of a test, and all texts in which they were looked for."""

    def __init__(self, caplog, *secrets):
        self._secrets = set(secrets)
        self._caplog = caplog

    def add(self, *secrets):
        self._secrets.update(secrets)

    def add_session(self, session):
        self.add(key_of(session))

    def look_into(self, *texts):
        """Fail where a secret is in a text, as it is or as an address or a page would spell it."""
        for text in (*texts, self._caplog.text):
            for secret in self._secrets:
                for spelt in {secret, quote(secret, safe=""), quote_plus(secret)}:
                    assert spelt not in text, text[max(0, text.index(spelt) - 300) :][:600]

    def look_into_files(self, *folders):
        files = [path for folder in folders for path in Path(folder).rglob("*") if path.is_file()]
        self.look_into(*(path.read_bytes().decode("latin-1") for path in files))
        return files


@pytest.fixture
def canaries(server, caplog):
    caplog.set_level(logging.DEBUG)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = Canaries(caplog, server.password)
        yield found
        found.look_into(*(str(one.message) for one in said))


@pytest.fixture
def session(server, canaries):
    opened = otj.login(server.url, username=server.username, password=server.password)
    opened.channel.sleep = lambda seconds: None
    canaries.add_session(opened)
    return opened


def key_of(session):
    return dict(session.join_params)["bsession"].reveal()


def token_of(path):
    return describe_array(path).token.reveal()


def told_by(error, *, variables=False):
    """Give all that an error says by itself and by its causes; by our frames' `variables` too."""
    texts = []
    for one in chained(error):
        texts += [str(one), repr(one), repr(one.args), repr(vars(one))]
        texts += getattr(one, "__notes__", [])
        if hasattr(one, "_render_traceback_"):
            texts += one._render_traceback_()
        stack = traceback.TracebackException.from_exception(one, capture_locals=variables)
        texts += [
            f"{frame.name} {name} = {value}"
            for frame in stack.stack
            if not frame.filename.startswith(str(Path(__file__).parent))
            for name, value in (frame.locals or {}).items()
        ]
    texts += traceback.format_exception(error)
    return texts


def chained(error):
    todo, seen = [error], []
    while todo:
        one = todo.pop()
        if one is not None and one not in seen:
            seen.append(one)
            todo += [one.__cause__, one.__context__]
    return seen


def shown(thing):
    """Give every text that a person or a tool gets out of an object without asking for more."""
    texts = [repr(thing), str(thing), f"{thing}", format(thing, "")]
    if hasattr(thing, "__dict__"):
        texts.append(repr(vars(thing)))
    if dataclasses.is_dataclass(thing):
        texts += [repr({one.name: getattr(thing, one.name) for one in dataclasses.fields(thing)})]
    return texts


# --- what is returned, told and kept ------------------------------------------------------------


def test_nothing_that_a_user_holds_or_a_file_keeps_holds_a_secret(
    server, session, place, cells, canaries
):
    told = []
    job = otj.submit_table(cells, "Held", to="Dataset:51", on_event=told.append, **place)
    done = job.result()
    written = otj.create_tiledb(cells, place["local_path"] / "alone.tiledb")
    canaries.add(token_of(done.local_path), written.token.reveal())
    settings.save_profile(settings.Profile("lab", server.url, mapping=server.mapping))
    plan = otj.check_table(cells, "Plan", to="Dataset:51", **place)
    asked = read_request(
        cells, "T", to="Dataset:51", server=server.url, username="ana", password=server.password
    )
    things = [session, job, job.progress, done, written, plan, asked, asked.login, *told]
    things += [written.token, describe_array(done.local_path), settings.load(), server]
    things += [session.channel.address, done.targets, otj.history().to_string()]
    canaries.look_into(*(text for thing in things for text in shown(thing)))
    canaries.look_into(json.dumps(dataclasses.asdict(done), default=str))
    canaries.look_into(repr(dataclasses.asdict(written)), repr(dataclasses.astuple(written)))
    kept = canaries.look_into_files(
        os.environ["OMERO_TABLES_STATE_DIR"], os.environ["OMERO_TABLES_CONFIG_DIR"]
    )
    assert {path.name for path in kept} == {"history.jsonl", "state.json", "saved_profiles.toml"}
    if os.name == "posix":
        assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}
        assert {path.parent.stat().st_mode & 0o777 for path in kept} == {0o700}


def test_secrets_are_neither_pickled_nor_copied_into_anything(server, session, cells):
    asked = read_request(cells, "T", server=server.url, username="ana", password=server.password)
    secret = otj.Secret(server.password)
    for thing in (secret, session, asked, asked.login):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
    for make in (copy.copy, copy.deepcopy):
        assert make(secret) == secret
        assert server.password not in repr(make(secret))
        with pytest.raises(TypeError):
            make(session)
    with pytest.raises(TypeError):
        json.dumps(secret)
    assert f"{secret:>10}" == "       ***"
    assert not hasattr(secret, "__dict__")


# --- what errors say ----------------------------------------------------------------------------


def fails(canaries, call, *args, variables=False, **options):
    with pytest.raises(otj.OmeroTablesError) as failed:
        call(*args, **options)
    canaries.look_into(*told_by(failed.value, variables=variables))
    return failed.value


def test_a_wrong_password_is_nowhere(server, canaries):
    canaries.add("CANARY pass&word%")
    call = {"username": "ana", "password": "CANARY pass&word%", "variables": True}
    fails(canaries, otj.login, server.url, **call)
    fails(canaries, otj.login, "https://127.0.0.1:9", **call)


def test_a_password_given_to_an_upload_is_nowhere(server, canaries, cells, place):
    canaries.add("CANARY+pass word")
    call = {"to": "Dataset:51", "server": server.url, "username": "ana", **place}
    call["variables"] = True
    fails(canaries, otj.upload_table, cells, "T", password="CANARY+pass word", **call)
    call |= {"password": server.password}
    fails(canaries, otj.upload_table, cells, "T", **(call | {"to": "Dataset:999"}))
    fails(canaries, otj.upload_table, cells, "T", **(call | {"columns": ["aera"]}))
    fails(canaries, otj.check_table, cells, "T", **(call | {"to": "Dataset:999"}))
    fails(canaries, otj.upload_table, cells, "", **call)
    fails(canaries, otj.upload_table, cells, "T", **(call | {"session": object()}))


@pytest.mark.parametrize("how", ["session_key", "password"])
def test_a_login_that_echoes_what_it_was_sent_is_not_repeated(server, canaries, how):
    secret = "CANARY-of-the-login"
    canaries.add(secret)
    body = json.dumps({"message": f"user ana has no {secret}"})
    server.faults.next(r"/api/v0/(login|m/projects)/$", Answer(403, body, "application/json"))
    given = {how: secret} | ({"username": "ana"} if how == "password" else {})
    fails(canaries, otj.login, server.url, **given)


def echoes(key, token):
    both = f"{key} and {token} at https://h/?bsession={key}&x={quote(token)}"
    return {
        "json": Answer(400, json.dumps({"message": both}), "application/json"),
        "page": Answer(500, f"<html><h1>{both}</h1></html>"),
        "gateway": Answer(502, f"<html><h1>{both}</h1></html>"),
        "junk": Answer(200, both, "application/json"),
        "other json": Answer(200, json.dumps({"data": both}), "application/json"),
        "redirect": Redirect(f"https://sso.example/?bsession={key}&t={token}", 307),
        "redirect path": Redirect(f"/x/{key}/{token}", 302),
        "drop": Drop(),
        "csrf": Answer(403, json.dumps({"message": f"CSRF {both}"}), "application/json"),
    }


@pytest.mark.parametrize("form", echoes("", ""))
def test_a_registration_that_echoes_key_and_token_repeats_neither(  # noqa: PLR0917 - fixtures
    server, session, place, cells, canaries, form
):
    def plan(event):
        if event == StageStarted(Stage.REGISTER):
            token = token_of(place["local_path"] / "Echo.tiledb")
            canaries.add(token)
            fault = echoes(key_of(session), token)[form]
            server.faults.next(REGISTER, fault, method="POST", times=2)

    job = otj.submit_table(cells, "Echo", to="Dataset:51", on_event=plan, **place)
    error = fails(canaries, job.result)
    assert error.array_path
    canaries.look_into(repr(job), repr(list(job.events())))
    canaries.look_into_files(os.environ["OMERO_TABLES_STATE_DIR"])


@pytest.mark.parametrize("path", ["/api/v0/m/", "/webclient/api/annotations/", REGISTER])
def test_any_other_answer_with_the_key_in_it_is_not_repeated_either(  # noqa: PLR0917 - fixtures
    server, session, place, cells, canaries, path
):
    key = key_of(session)
    errors = []
    for answer in echoes(key, "x").values():
        server.faults.clear()
        server.faults.next(path, answer, method="GET", times=9)
        try:
            otj.upload_table(cells, "Any", to="Dataset:51", if_exists="version", **place)
        except otj.OmeroTablesError as error:
            errors.append(error)
    canaries.look_into(*(text for error in errors for text in told_by(error)))
    assert errors


def test_a_table_page_that_echoes_cookies_does_not_repeat_them(server, session, canaries):
    cookies = " ".join(session.channel._transport.cookies())
    canaries.add(*cookies.split())
    said = json.dumps({"error": f"no such table for {cookies}"})
    server.faults.next("/metadata/", Answer(200, said, "application/json"), times=9)
    error = fails(canaries, lambda: otj.read_table(file=601))
    assert error.server_message == "no such table for" + " ***" * len(cookies.split())


def test_a_renewal_that_fails_tells_no_password(server, session, place, cells, canaries):
    canaries.add("CANARY of a renewal")

    def expire(event):
        if isinstance(event, StageDone) and event.stage is Stage.VERIFY:
            server.expire_sessions()

    job = otj.submit_table(cells, "R", to="Dataset:51", ask=True, on_event=expire, **place)
    for event in job.events():
        if isinstance(event, LoginNeeded):
            canaries.look_into(repr(event), repr(vars(job)))
            if event.reason:
                job.cancel()
            job.renew(otj.Secret("CANARY of a renewal"))
    fails(canaries, job.result)
    canaries.look_into(repr(vars(job)))


def test_links_with_keys_are_shown_without_them(canaries, cells, place):
    key = "0f0f0f0f-1111-2222-3333-444444444444"
    canaries.add(key, "CANARY")
    link = f"https://omero.example/webclient/?bsession={key}&password=CANARY&show=image-"
    fails(canaries, otj.upload_table, cells, "T", to=f"{link}x", **place)
    fails(canaries, otj.upload_table, cells, "T", to=f"{link}1", **place)
    fails(canaries, otj.upload_table, cells, "T", links=[f"{link}1"], **place)
    fails(canaries, otj.upload_table, cells, "T", links=f"{link}1", **place)
    fails(canaries, otj.upload_table, cells, "T", to="Image:1", local_path=link)
    fails(canaries, otj.upload_table, cells, "T", to="Image:1", server=f"{link}1", **place)
    fails(canaries, otj.login, "https://ana:CANARY@omero.example")
    fails(canaries, otj.login, f"ftp://omero.example/?bsession={key}&password=CANARY")


def test_a_session_key_of_the_environment_is_nowhere(  # noqa: PLR0917 - fixtures
    server, session, canaries, cells, place, monkeypatch
):
    otj.logout()
    monkeypatch.setenv("OMERO_TABLES_SERVER", server.url)
    monkeypatch.setenv("OMERO_SESSION_KEY", "CANARY-key")
    monkeypatch.setenv("OMERO_USER", "ana")
    monkeypatch.setenv("OMERO_PASSWORD", "CANARY-password")
    canaries.add("CANARY-key", "CANARY-password")
    known = settings.load()
    canaries.look_into(*shown(known), *shown(known.environment))
    error = fails(canaries, otj.upload_table, cells, "T", to="Dataset:51", **place)
    assert "OMERO_SESSION_KEY" in error.message
    assert "OMERO_PASSWORD" in error.message
