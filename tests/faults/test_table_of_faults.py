"""The page of the documentation that the other tests write."""

from pathlib import Path

import pytest
from fault_table import DOCS, HEAD, FaultTable, Row, cell, written_rows

HERE = Path(__file__).parent


@pytest.mark.last
def test_every_row_of_the_page_was_told_by_a_test(request, table):
    ran = {item.path for item in request.session.items}
    if not set(HERE.glob("test_*.py")) <= ran or request.config.option.keyword:
        pytest.skip("not all faults were caused in this run")
    if request.config.getoption("--write-faults", default=False):
        pytest.skip("the page is written anew")
    told = {str(row) for row in table.rows}
    untold = [line for line in written_rows() if line not in told]
    assert not untold or table.skipped, f"{DOCS.name} tells of what no test causes: {untold}"


def test_the_page_tells_of_each_fault_once(request):
    if request.config.getoption("--write-faults", default=False):
        pytest.skip("the page is written anew")
    page = DOCS.read_text(encoding="utf-8")
    assert page.startswith(HEAD)
    assert len(written_rows()) > 80
    assert len(set(written_rows())) == len(written_rows())


def test_two_stories_of_one_fault_are_refused():
    one = FaultTable()
    one.add(Row("S", ("f", "a", "b", "c", "d")))
    one.add(Row("S", ("f", "a", "b", "c", "d")))
    assert len(one.rows) == 1
    with pytest.raises(AssertionError, match="two tests tell of this fault"):
        one.add(Row("S", ("f", "other", "b", "c", "d")))


def test_a_cell_holds_no_markup_of_its_own():
    assert cell("a|b\n<b>") == "a\\|b<br>&lt;b>"
