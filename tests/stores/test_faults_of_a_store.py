"""What a store refuses, and one that is not there: told within seconds, with the cure."""

import time

import pandas as pd
import pytest

import omero_tables_jupyter as otj
from omero_tables_jupyter.arrays.store_faults import store_fault

CELLS = pd.DataFrame({"Image": [101, 102, 103], "area": [20.5, 1.0, 3.0]})


def refused(place, **options):
    """Try every way in; give the errors, which must be one and the same."""
    began = time.monotonic()
    errors = []
    for attempt in (
        lambda: otj.create_tiledb(CELLS, f"{place}/cells.tiledb"),
        lambda: otj.check_table(CELLS, "cells", local_path=place, **options),
        lambda: otj.check_table(CELLS, "cells", local_path=place, if_exists="version", **options),
        lambda: otj.read_table(f"{place}/cells.tiledb"),
        lambda: otj.leftovers(place),
    ):
        with pytest.raises(otj.PathError) as caught:
            attempt()
        errors.append(caught.value)
    assert time.monotonic() - began < 20
    assert len({one.message.partition("': ")[2] for one in errors}) == 1
    return errors[0]


def test_a_wrong_secret_key(store, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sk-canary-wrong")
    error = refused(store.folder)
    assert error.message == f"'{store.folder}/cells.tiledb': the store does not accept the key"
    assert "AWS_SECRET_ACCESS_KEY" in error.hint
    assert "AWS_PROFILE" in error.hint
    assert store.keys() == []


def test_an_unknown_access_key(store, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKUNKNOWN")
    assert "does not accept the key" in refused(store.folder).message


def test_no_key_at_all(store, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    error = refused(store.folder)
    assert "refuses access" in error.message
    assert "AWS_ACCESS_KEY_ID" in error.hint


def test_a_missing_bucket(store):
    error = refused("s3://no-such-bucket/tables")
    assert "there is no such bucket" in error.message
    assert "s3_endpoint" in error.hint


def test_a_key_that_may_only_read(store, monkeypatch):
    written = otj.create_tiledb(CELLS, f"{store.folder}/cells.tiledb")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKCANARYREADER")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sk-canary-reader-0123456789")
    assert len(otj.read_table(written)) == 3
    with pytest.raises(otj.PathError, match="refuses access") as caught:
        otj.create_tiledb(CELLS, f"{store.folder}/more.tiledb")
    assert "list, read, write and delete" in caught.value.hint
    assert "could not be removed" not in caught.value.hint
    assert store.names() == ["cells.tiledb"]


def test_an_endpoint_that_is_down(store, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    error = refused(store.folder)
    assert "the store does not answer" in error.message
    assert "AWS_ENDPOINT_URL" in error.hint


def test_an_endpoint_that_nobody_knows(store, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store.invalid:9000")
    assert "name is not known" in refused(store.folder).message


def test_an_endpoint_without_https(store, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.url.replace("http://", "https://"))
    error = refused(store.folder)
    assert "no secure connection" in error.message
    assert "http://" in error.hint


def test_a_certificate_that_nobody_vouches_for_and_one_that_the_institute_does(store, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", store.secure_url)
    error = refused(store.folder)
    assert "no secure connection" in error.message
    assert "AWS_CA_BUNDLE" in error.hint
    monkeypatch.setenv("AWS_CA_BUNDLE", store.ca_file)
    assert otj.create_tiledb(CELLS, f"{store.folder}/cells.tiledb").rows == 3


def test_what_a_store_says_that_nobody_expected_is_passed_on_without_its_noise():
    raw = "S3: Error [Error Type: 1] [Headers: 'x' = 'canary'] [Remote IP: 10.0.0.1] : odd thing"
    error = store_fault("s3://tables/x", RuntimeError(raw))
    assert error.message == "'s3://tables/x': the store failed: S3: Error : odd thing"
    assert "try again" in error.hint


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("[HTTP Response Code: 400] [Exception: ExpiredToken] : expired", "key has expired"),
        ("[HTTP Response Code: 403] [Exception: RequestTimeTooSkewed]", "clock of this machine"),
        ("[HTTP Response Code: 301] [Exception: PermanentRedirect]", "another region"),
        ("[HTTP Response Code: 507] [Exception: XMinioStorageFull]", "is full"),
        ("[HTTP Response Code: 503] [Exception: SlowDown]", "asks for patience"),
        ("curlCode: 28, Timeout was reached", "does not answer"),
    ],
)
def test_what_other_stores_say_is_put_into_words(said, heard):
    error = store_fault("s3://tables/x", RuntimeError(said))
    assert heard in error.message
    assert error.hint
