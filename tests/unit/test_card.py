import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.jupyter.card import result_bundle, result_html, result_text
from omero_tables_jupyter.jupyter.plan_card import plan_bundle, plan_html, plan_text
from omero_tables_jupyter.jupyter.reach import reachable
from omero_tables_jupyter.jupyter.style import button_link
from omero_tables_jupyter.model import (
    ColumnPlan,
    Note,
    Problem,
    RegisteredTable,
    Stored,
    TablePlan,
    Target,
    TargetInfo,
)

TABLE = RegisteredTable(
    "Cells plate 7",
    4711,
    12,
    48_212,
    ("Image", "label", "area"),
    (Target("Dataset", 51), Target("Image", 101)),
    r"J:\data\tables\cells_plate7.tiledb",
    "/data/tables/cells_plate7.tiledb",
    "https://omero.site/webclient/?show=dataset-51",
    "https://omero.site/webclient/omero_table/12/",
    ("Screen 3", ""),
    "https://omero.site",
    3.21,
    notes=(Note("label", "3 missing -> ''"), Note("", "rows show beside each image")),
)
PLAN = TablePlan(
    "DataFrame",
    (
        ColumnPlan("Image", "Image", Stored.INTEGER, "", "Image id", ("212 images",)),
        ColumnPlan("label", "Label 1", Stored.TEXT),
        ColumnPlan("when", "when", Stored.TEXT, "ISO", "", ("time zone kept", "2 missing -> ''")),
    ),
    48_212,
    14_000_000,
    notes=(Note("when", "stored as ISO text"),),
    name="Cells plate 7",
    targets=(TargetInfo(Target("Dataset", 51), "Screen 3", "Lab A", 3, can_annotate=True),),
    local_path=r"J:\data\tables\cells_plate7.tiledb",
    remote_path="/data/tables/cells_plate7.tiledb",
    server="https://omero.site",
)
BAD = replace(PLAN, problems=(Problem("when", "column 'when' mixes text", "use --as-text when"),))


class Page(HTMLParser):
    """What a browser would make of some HTML: its tags, attributes and text."""

    VOID = frozenset({"br"})

    def __init__(self, html):
        super().__init__()
        self.tags, self.open, self.links, self.words = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        if tag == "a":
            self.links.append(dict(attrs))
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return "".join(self.words)


FACTS = [
    "Cells plate 7",
    "48 212 rows x 3 columns",
    'Dataset 51 "Screen 3"; Image 101',
    "4711",
    "3.2 s",
    r"J:\data\tables\cells_plate7.tiledb",
    "/data/tables/cells_plate7.tiledb",
    "label: 3 missing -> ''",
    "rows show beside each image",
]


@pytest.mark.parametrize("fact", FACTS)
def test_the_card_and_its_text_tell_the_same(fact):
    assert fact in Page(result_html(TABLE)).text
    assert fact in result_text(TABLE)


def test_links_open_in_a_new_tab_and_are_in_the_text_too():
    links = Page(result_html(TABLE)).links
    assert [link["href"] for link in links] == [TABLE.url, TABLE.table_url]
    assert all(link["target"] == "_blank" for link in links)
    assert all("noopener" in link["rel"] for link in links)
    assert TABLE.url in result_text(TABLE)
    assert "View table" in result_text(TABLE)


def test_a_table_without_a_file_id_has_one_link():
    card = result_html(replace(TABLE, table_url=""))
    assert len(Page(card).links) == 1


def test_an_unchanged_table_says_so():
    table = replace(TABLE, unchanged=True)
    for text in (Page(result_html(table)).text, result_text(table)):
        assert "unchanged, already annotation 4711" in text


def test_rows_may_be_unknown_or_one():
    assert "  3 columns" in result_text(replace(TABLE, rows=None))
    assert "1 row x 1 column" in result_text(replace(TABLE, rows=1, columns=("a",)))


def test_the_same_path_is_shown_once():
    text = result_text(replace(TABLE, remote_path=TABLE.local_path))
    assert "OMERO sees" not in text


@given(st.text(), st.text(), st.text(), st.text())
def test_no_text_of_the_users_becomes_markup(name, target, path, note):
    table = replace(
        TABLE,
        name=name,
        target_names=(target,),
        local_path=path,
        url=f"https://h/?show={note}",
        notes=(Note(name, note),),
    )
    known = {"div", "span", "table", "tbody", "tr", "th", "td", "ul", "li", "a"}
    assert set(Page(result_html(table)).tags) <= known


def test_hostile_names_are_shown_as_they_are():
    name = '<script>alert(1)</script> & "quotes" \''
    assert name in Page(result_html(replace(TABLE, name=name))).text


def test_colours_follow_the_theme_and_nothing_is_loaded():
    card = result_html(TABLE)
    assert "var(--jp-" in card
    colours = re.findall(r"(?:color|border[a-z-]*): [^;\"]*#", card)
    assert all("var(" in colour for colour in colours)
    assert not re.search(r"url\(|src=|<link|<style|@import", card)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "file:///etc/passwd", ""]
)
def test_only_web_pages_become_links(url):
    assert button_link("Open", url) == ""


def test_a_bundle_has_html_and_text():
    assert set(result_bundle(TABLE)) == set(plan_bundle(PLAN)) == {"text/html", "text/plain"}


PLANNED = [
    "Cells plate 7",
    "48 212 rows x 3 columns, 14 MB",
    'Dataset 51 "Screen 3" · Lab A · you can annotate',
    r"J:\data\tables\cells_plate7.tiledb",
    "/data/tables/cells_plate7.tiledb",
    "https://omero.site",
    "label (was Label 1)",
    "text (ISO)",
    "Image id",
    "time zone kept; 2 missing -> ''",
    "stored as ISO text",
    "would work; nothing was touched",
]


@pytest.mark.parametrize("fact", PLANNED)
def test_a_plan_and_its_text_tell_the_same(fact):
    assert fact in Page(plan_html(PLAN)).text
    assert fact in plan_text(PLAN)


@pytest.mark.parametrize("words", ["1 problem", "column 'when' mixes text", "--as-text when"])
def test_problems_and_their_cures_stand_in_both(words):
    assert words in Page(plan_html(BAD)).text
    assert words in plan_text(BAD)


def test_a_plan_of_a_part_says_that_it_is_provisional():
    text = plan_text(replace(PLAN, rows=None, provisional=True))
    assert "rows not counted yet" in text
    assert "provisional" in text


def test_a_plan_says_where_one_may_not_annotate():
    info = TargetInfo(Target("Image", 1), can_annotate=False)
    assert "you cannot annotate" in plan_text(replace(PLAN, targets=(info,)))


def test_hundreds_of_columns_are_folded_away():
    columns = tuple(ColumnPlan(f"c{n}", f"c{n}", Stored.NUMBER) for n in range(500))
    tags = Page(plan_html(replace(PLAN, columns=columns))).tags
    assert "details" in tags
    assert "details" not in Page(plan_html(PLAN)).tags


@given(st.text(), st.text())
def test_no_column_of_the_users_becomes_markup(name, note):
    plan = replace(
        BAD,
        name=name,
        columns=(ColumnPlan(name, note, Stored.TEXT, notes=(note,)),),
        problems=(Problem(name, note, note),),
    )
    known = ["div", "span", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "br"]
    assert set(Page(plan_html(plan)).tags) <= set(known)


@pytest.mark.parametrize(
    ("url", "hub", "reached"),
    [
        ("https://omero.site/webclient/", "/user/ana/", "https://omero.site/webclient/"),
        ("http://127.0.0.1:4080/webclient/", "", "http://127.0.0.1:4080/webclient/"),
        (
            "http://127.0.0.1:4080/webclient/?show=image-1",
            "/user/ana/",
            "/user/ana/proxy/4080/webclient/?show=image-1",
        ),
        ("http://localhost/", "/", "/proxy/80/"),
        ("https://[::1]:4443", "/user/ana/", "/user/ana/proxy/4443/"),
    ],
)
def test_on_a_hub_a_server_of_this_machine_is_reached_through_the_proxy(url, hub, reached):
    assert reachable(url, hub) == reached


def test_links_through_the_proxy_are_links():
    assert Page(button_link("Open", "/user/ana/proxy/4080/")).links


def test_a_note_that_stands_beside_its_column_is_not_told_twice():
    notes = (Note("when", "time zone kept"), Note("", "read as UTF-8"))
    plan = replace(PLAN, notes=notes)
    for shown in (plan_text(plan), Page(plan_html(plan)).text):
        assert shown.count("time zone kept") == 1
        assert "read as UTF-8" in shown


def test_the_same_note_of_many_columns_is_one_line():
    notes = tuple(Note(f"c{n}", "cannot be queried") for n in range(200))
    table = replace(TABLE, notes=(*notes, Note("label", "3 missing -> ''")))
    for shown in (result_text(table), Page(result_html(table)).text):
        assert "c0, c1, c2 and 197 more: cannot be queried" in shown
        assert "label: 3 missing -> ''" in shown


def test_many_different_notes_are_folded_behind_the_first():
    table = replace(TABLE, notes=tuple(Note("", f"note {n}") for n in range(20)))
    page = Page(result_html(table))
    assert "details" in page.tags
    assert "15 more notes" in page.text
    assert all(f"note {n}" in page.text for n in range(20))


def test_columns_of_the_plan_that_are_empty_are_left_out():
    plan = replace(PLAN, columns=(ColumnPlan("a", "a", Stored.NUMBER),), notes=())
    assert "role" not in Page(plan_html(plan)).text
    assert "role" in Page(plan_html(PLAN)).text


def test_a_plan_without_columns_is_drawn_too():
    assert "0 columns" in plan_text(replace(PLAN, columns=()))


def test_an_unchanged_table_that_took_no_time_does_not_say_so():
    assert "Took" not in result_text(replace(TABLE, seconds=0.01))
