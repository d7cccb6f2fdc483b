from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter import text


def test_a_near_miss_names_the_word_that_exists():
    assert text.did_you_mean("aera", ["area", "label"]) == "did you mean 'area'?"


def test_only_the_case_differs_names_exactly_that_word():
    assert text.did_you_mean("AREA", ["label", "Area"]) == "did you mean 'Area'?"


def test_nothing_near_lists_what_exists():
    assert text.did_you_mean("zzz", ["area", "label"]) == "there are: 'area', 'label'"
    assert text.did_you_mean("zzz", ["area"]) == "there is: 'area'"


def test_a_long_list_is_cut_and_counted():
    hint = text.did_you_mean("?", [f"column{n:02d}" for n in range(20)])
    assert hint.endswith("'column07' and 12 more")


@pytest.mark.parametrize(
    ("number", "listed"), [(0, ""), (2, "0; 1"), (3, "0; 1; 2"), (1002, "0; 1; and 1 000 more")]
)
def test_of_many_texts_the_first_are_listed_and_the_rest_is_counted(number, listed):
    assert text.first_of([str(one) for one in range(number)], 2) == listed


def test_no_candidates_says_so():
    assert text.did_you_mean("area", []) == "there is none"


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (0, "row", "0 rows"),
        (1, "row", "1 row"),
        (48212, "row", "48 212 rows"),
        (2, "entry", "2 entries"),
        (2, "key", "2 keys"),
        (2, "box", "2 boxes"),
    ],
)
def test_things_are_counted_in_english(number, noun, expected):
    assert text.plural(number, noun) == expected


@pytest.mark.parametrize(
    ("n_bytes", "expected"),
    [
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_960, "10 kB"),
        (14_200_000, "14 MB"),
        (999_999, "1.0 MB"),
        (3e18, "3 000 PB"),
    ],
)
def test_sizes_carry_two_figures_and_a_unit(n_bytes, expected):
    assert text.size(n_bytes) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0.0 s"),
        (-1, "0.0 s"),
        (0.43, "0.4 s"),
        (12.4, "12 s"),
        (59.6, "1:00"),
        (125, "2:05"),
        (3599.7, "1:00:00"),
        (3725, "1:02:05"),
    ],
)
def test_durations_read_like_a_clock_from_a_minute_on(seconds, expected):
    assert text.duration(seconds) == expected


def test_the_clock_starts_at_nought():
    assert [text.clock(s) for s in (-1, 2, 75, 3600)] == ["0:00", "0:02", "1:15", "1:00:00"]


@pytest.mark.parametrize(
    ("rows_per_s", "expected"),
    [
        (0, "0/s"),
        (850, "850/s"),
        (98_000, "98 k/s"),
        (1_200_000, "1.2 M/s"),
        (999_999, "1.0 M/s"),
        (5e9, "5.0 G/s"),
    ],
)
def test_rates_are_short(rows_per_s, expected):
    assert text.rate(rows_per_s) == expected


def test_shortening_keeps_both_ends():
    assert text.shorten("J:\\data\\tables\\cells.tiledb", 13) == "J:\\dat…tiledb"


@given(st.text(), st.integers(0, 40))
def test_shortened_text_is_one_line_within_its_width(words, width):
    short = text.shorten(words, width)
    assert len(short) <= width
    assert "\n" not in short


@pytest.mark.parametrize(
    "pasted",
    [
        "https://omero.site/webclient/?show=image-1&bsession=S3CR3T",
        "https://omero.site/webclient/%3Fbsession%3DS3CR3T",
        "https://ana:S3CR3T@omero.site/",
        "Image:1 password = S3CR3T",
        "omero.sess=S3CR3T",
    ],
)
def test_redacted_text_holds_no_secret(pasted):
    assert "S3CR3T" not in text.redacted(pasted)


def test_a_bare_session_key_is_redacted_too():
    assert text.redacted("key 1f0e0b2c-9d6a-4c61-8d8e-0123456789ab!") == "key ***!"


def test_harmless_text_is_shown_as_it_is():
    assert text.redacted("Imag:1 100% sure") == "Imag:1 100% sure"
