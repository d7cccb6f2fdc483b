import asyncio

import ipywidgets as widgets
import pytest

from omero_tables_jupyter import demo
from omero_tables_jupyter.demo.faults import Answer, Hold
from omero_tables_jupyter.errors import SessionExpiredError
from omero_tables_jupyter.jupyter.faces import family
from omero_tables_jupyter.jupyter.panel.browser import Browser
from omero_tables_jupyter.jupyter.panel.browsing import LISTS, ROWS, is_loading, shown
from omero_tables_jupyter.jupyter.panel.browsing_events import GoBack, Open, Switch
from omero_tables_jupyter.jupyter.panel.worker import InlineWorker, LoopWorker
from omero_tables_jupyter.model import Target, TargetInfo
from omero_tables_jupyter.omero.session import connect


@pytest.fixture(scope="module")
def server():
    with demo.serve(datasets=5_000, images=20_000) as running:
        yield running


@pytest.fixture(scope="module")
def ana(server):
    with connect(server.url, username=server.username, password=server.password) as session:
        yield session


class Hand:
    """What a user sees of the browser, and does with it."""

    def __init__(self, server, session, **options):
        self.server = server
        self.picked = []
        self.asked_before = len(server.requests)
        self.browser = Browser(
            lambda: session, worker=InlineWorker(), pick=self.picked.append, **options
        )
        self.root = self.browser.widget

    def all(self, kind):
        return [one for one in family(self.root) if type(one) is kind and self.is_shown(one)]

    def is_shown(self, wanted):
        """Whether neither a widget nor a box around it is hidden."""

        def seen(box):
            if box.layout.display == "none":
                return False
            return box is wanted or any(map(seen, getattr(box, "children", ())))

        return hasattr(wanted, "layout") and seen(self.root)

    def button(self, words):
        return next(
            one for one in self.all(widgets.Button) if words in (one.description, one.tooltip)
        )

    def click(self, *words):
        for one in words:
            button = self.button(one)
            assert not button.disabled, one
            button.click()

    def field(self, word):
        kinds = (widgets.Dropdown, widgets.Text)
        return next(one for kind in kinds for one in self.all(kind) if one.description == word)

    def choose(self, word, label):
        self.field(word).label = label

    def go_to(self, text):
        self.field("Go to").value = text
        self.click("Go")

    @property
    def text(self):
        return "\n".join(one.value for one in self.all(widgets.HTML))

    @property
    def names(self):
        return [row.description for row in self.rows]

    @property
    def rows(self):
        tips = ("Show the datasets", "Show the images", "Show the plates", "Show the wells")
        found = self.all(widgets.Button)
        return [one for one in found if (one.tooltip or "").startswith((*tips, "Show the ROIs"))]

    @property
    def requests(self):
        return [one.path for one in self.server.requests[self.asked_before :]]


@pytest.fixture
def hand(server, ana):
    made = Hand(server, ana)
    yield made
    made.browser.close()


def test_three_clicks_lead_from_the_projects_to_a_dataset(hand):
    hand.click("Mitosis", "Attach the table to Dataset 51 (Screen 3)")
    assert hand.picked == [TargetInfo(Target("Dataset", 51), "Screen 3", "Lab A", 3, True)]
    assert "Dataset 51 · 12 images · Lab A" in hand.text


def test_one_walks_down_to_an_images_rois_and_back(hand):
    hand.click("Mitosis", "Screen 3", "screen3_field01.tif")
    assert "nucleus 2" in hand.text
    hand.click("Attach the table to Roi 802 (nucleus 2)")
    assert hand.picked[0].target == Target("Roi", 802)
    hand.click("Back to Mitosis")
    assert hand.names == ["Controls & <blanks>", "Screen 3"]
    hand.click("Back to Projects")
    assert hand.names == ["Archive", "Mitosis"]


def test_going_back_asks_the_server_for_nothing(hand):
    hand.click("Mitosis", "Screen 3")
    before = len(hand.requests)
    hand.click("Back to Mitosis", "Back to Projects")
    assert len(hand.requests) == before


def test_a_plate_shows_its_wells_by_their_labels_and_its_runs(hand):
    hand.choose("Look in", "Screens")
    hand.click("Knock-down screen", "Plate 7")
    assert ">B3<" in hand.text
    hand.choose("Look in", "Runs")
    hand.click("Run 1", "Attach the table to Well 75 (B2)")
    assert hand.picked[0].target == Target("Well", 75)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Datasets in no project", "Loose ends"),
        ("Images in no dataset", "forgotten.tif"),
        ("Plates in no screen", "Test plate"),
    ],
)
def test_orphans_have_lists_of_their_own(hand, label, name):
    hand.choose("Look in", label)
    assert name in hand.names


def test_other_groups_and_owners_are_a_choice_away(hand):
    assert hand.field("Group").label == "Lab A"
    assert hand.field("Owner").label == "Me"
    hand.choose("Owner", "Ben Okafor")
    assert hand.names == ["Ben's pilot"]
    hand.choose("Group", "Lab B")
    assert "choose another owner or group" in hand.text
    hand.choose("Owner", "Everyone")
    assert hand.names == ["Joint project"]
    hand.choose("Group", "All my groups")
    assert {"Archive", "Joint project", "Reference beads"} <= set(hand.names)


def test_what_may_only_be_looked_at_is_marked_and_cannot_be_picked(hand):
    hand.choose("Group", "Core facility")
    hand.choose("Owner", "Everyone")
    button = hand.button(
        "You may look at Project 3 (Reference beads), but not attach anything to it"
    )
    assert button.disabled
    assert "look only" in hand.text


def test_what_is_attached_already_is_marked(hand):
    hand.click("Mitosis")
    hand.browser.mark([Target("Dataset", 51)])
    button = hand.button("The table will be attached to Dataset 51 (Screen 3)")
    assert button.disabled
    assert button.description == "Attached"
    hand.browser.mark([])
    assert not hand.button("Attach the table to Dataset 51 (Screen 3)").disabled


def test_names_are_shown_as_they_are_and_never_run(hand):
    hand.click("Mitosis", "Controls & <blanks>")
    assert "<i>mock</i> & co.tif" in hand.names
    assert "<i>mock" not in hand.text
    assert "Controls &amp; &lt;blanks&gt;" in hand.text


# --- long lists ---------------------------------------------------------------------------------


def test_five_thousand_datasets_are_loaded_a_page_at_a_time(hand):
    assert len(hand.requests) == 3  # groups, members, projects
    hand.click("Archive")
    assert len(hand.requests) == 4
    assert "1 to 25 of 5 001 datasets" in hand.text
    hand.click("Next", "Next", "Next")
    assert len(hand.requests) == 4
    assert hand.names[-1] == "Archived 00100"
    hand.click("Next")
    assert len(hand.requests) == 5
    assert "101 to 125 of 5 001 datasets" in hand.text


def test_twenty_thousand_images_take_a_page_and_a_request_for_their_thumbnails(hand):
    hand.go_to("Dataset:90")
    hand.click("Time series")
    before = len(hand.requests)
    hand.click("Next")
    assert hand.requests[before:] == ["/webclient/get_thumbnails/"]
    assert hand.text.count("data:image/jpeg") == ROWS
    hand.click("Next", "Next", "Next")
    lists = [path for path in hand.requests if path.endswith("/datasets/90/images/")]
    assert len(lists) == 2


def test_the_widgets_do_not_become_more_with_the_list(hand):
    hand.click("Archive")
    before = len(family(hand.root))
    for _ in range(8):
        hand.click("Next")
    assert len(family(hand.root)) == before


def test_the_filter_says_what_it_looks_into_and_loads_more(hand):
    hand.click("Archive")
    hand.field("Filter").value = "0042"
    assert "1 of the 100 datasets loaded match &#x27;0042&#x27;; there are 5 001" in hand.text
    hand.click("Load 500 more")
    assert hand.names == ["Archived 00042", *(f"Archived 0042{n}" for n in range(10))]
    hand.field("Filter").value = ""
    assert "1 to 25 of 5 001" in hand.text


def test_thumbnails_leave_the_widgets_with_their_rows(hand):
    hand.click("Mitosis", "Screen 3")
    assert hand.text.count("data:image") == 12
    hand.click("Back to Mitosis")
    everything = [one.value for one in family(hand.root) if isinstance(one, widgets.HTML)]
    assert "data:image" not in "".join(everything)


# --- looking up ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "picks"),
    [
        ("Image:105", "Attach the table to Image 105 (screen3_field05.tif)"),
        ("roi 801", "Attach the table to Roi 801 (nucleus 1)"),
        ("Well:75", "Attach the table to Well 75 (B2)"),
        ("run-9", "Attach the table to PlateAcquisition 9 (Run 1)"),
        ("Screen:1", "Attach the table to Screen 1 (Knock-down screen)"),
    ],
)
def test_objects_of_any_type_are_found_by_their_id(hand, text, picks):
    hand.go_to(text)
    hand.click(picks)
    assert len(hand.picked) == 1


def test_enter_looks_up_as_the_button_does(hand):
    field = hand.field("Go to")
    field.value = "Dataset:51"
    field._handle_custom_msg({"event": "submit"}, [])
    assert hand.names == ["Screen 3"]


def test_an_id_that_is_not_there_says_what_was_meant(hand):
    hand.go_to("Image:51")
    assert "did you mean Dataset:51 &#x27;Screen 3&#x27;?" in hand.text
    hand.go_to("Dataset:51")
    assert hand.names == ["Screen 3"]


def test_a_link_of_another_server_is_not_taken_for_an_id_of_this_one(hand):
    hand.go_to("https://elsewhere.site/webclient/?show=dataset-51")
    assert "this is a link of https://elsewhere.site" in hand.text
    assert hand.names == ["Archive", "Mitosis"]


# --- what goes wrong ----------------------------------------------------------------------------


def test_an_error_is_shown_with_its_cure_until_it_is_tried_again(server, ana):
    server.faults.next("/m/projects/$", Answer(500, '{"message": "boom"}', "application/json"))
    hand = Hand(server, ana)
    assert "boom" in hand.text
    assert hand.names == []
    hand.click("Try again")
    assert hand.names == ["Archive", "Mitosis"]
    assert "boom" not in hand.text


def test_missing_thumbnails_leave_the_list_usable(hand, server):
    server.faults.next("get_thumbnails", Answer(500, "no", "text/plain"))
    hand.click("Mitosis", "Screen 3")
    assert "screen3_field01.tif" in hand.names
    hand.click("Try again")
    assert hand.text.count("data:image") == 12


def test_a_session_that_expired_is_told_and_the_walk_goes_on_after_its_renewal():
    failed = []
    with (
        demo.serve() as server,
        connect(server.url, username=server.username, password=server.password) as session,
    ):
        hand = Hand(server, session, failed=failed.append)
        server.expire_sessions()
        hand.click("Mitosis")
        assert [type(one) for one in failed] == [SessionExpiredError]
        session.renew(server.password)
        hand.browser.retry()
        assert hand.names == ["Controls & <blanks>", "Screen 3"]


def test_nothing_is_left_of_a_closed_browser(server, ana):
    hand = Hand(server, ana)
    hand.click("Mitosis", "Screen 3")
    everything = family(hand.root)
    hand.browser.close()
    assert all(one.comm is None for one in everything)
    before = len(server.requests)
    hand.browser.retry()
    assert len(server.requests) == before


def test_an_answer_that_comes_late_changes_nothing_of_the_place_one_went_on_to(server, ana):
    hold = Hold()
    server.faults.next("/m/projects/1/datasets/", hold)

    async def run():
        drawn, worker = asyncio.Event(), LoopWorker()
        browser = Browser(lambda: ana, worker=worker, pick=print)
        draw = browser._view.draw
        browser._view.draw = lambda state: (draw(state), drawn.set())

        async def until(test):
            while not test(browser.state):
                drawn.clear()
                await asyncio.wait_for(drawn.wait(), 20)

        await until(shown)
        browser.tell(Open(Target("Project", 1)))
        assert is_loading(browser.state)
        browser.tell(GoBack(0))
        browser.tell(Switch(LISTS["Screens"]))
        await until(shown)
        hold.until.set()
        await until(lambda _: not browser._asked)
        worker.close()
        browser.close()
        return [one.name for one in shown(browser.state)]

    assert asyncio.run(run()) == ["Knock-down screen"]
