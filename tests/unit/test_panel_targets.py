from dataclasses import replace
from html import escape

import ipywidgets as widgets
import pytest

from omero_tables_jupyter.errors import LoginError, TargetError
from omero_tables_jupyter.jupyter.faces import family
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
from omero_tables_jupyter.jupyter.panel.attaching import chips, cures, recent, replaced
from omero_tables_jupyter.jupyter.panel.events import Edited, Known, Looked, SignedIn, Toggled
from omero_tables_jupyter.jupyter.panel.found import TableFound
from omero_tables_jupyter.jupyter.panel.questions import (
    Kept,
    KeptQuestion,
    ParentsQuestion,
    PlanFound,
    PlanQuestion,
    RecentQuestion,
    SessionQuestion,
    TargetsQuestion,
    Who,
    questions,
)
from omero_tables_jupyter.jupyter.panel.reducing import reduce
from omero_tables_jupyter.jupyter.panel.state import PanelState
from omero_tables_jupyter.jupyter.panel.targets import TargetsView
from omero_tables_jupyter.model import ColumnPlan, Stored, TablePlan, Target, TargetInfo
from omero_tables_jupyter.omero.replies import OmeroObject
from omero_tables_jupyter.settings import Recalled

ANA = Who("ana", "https://omero.site", "Lab A")
CELLS = TableFound("cells", "cells", (10, 2))
IMAGE, DATASET = Target("Image", 101), Target("Dataset", 51)
SCREEN_3 = OmeroObject(DATASET, "Screen 3", group="Lab A", can_annotate=True)
IMAGE_IDS = ColumnPlan("Image", "Image", Stored.INTEGER, role="Image id")


def info(target, name="", **more):
    return TargetInfo(
        target=target, name=name, group="Lab A", group_id=3, can_annotate=True, **more
    )


def plan(*columns):
    return TablePlan(source="cells", columns=columns, rows=10, n_bytes=100)


def panel(*to, targets=None, columns=(IMAGE_IDS,), lately=(), parents=None, **more):
    """Give the state of a panel in which everything that is asked was answered."""
    if targets is None:
        targets = tuple(info(Target.parse(one), "it") for one in to)
    answers = {
        SessionQuestion: ANA,
        KeptQuestion: Kept({}, "", Recalled("", tuple(one.target for one in lately))),
        PlanQuestion: PlanFound(plan(*columns), ("Image",)),
        TargetsQuestion: targets,
        RecentQuestion: tuple(lately),
        ParentsQuestion: parents or {},
    }
    state = PanelState(options=UploadOptions(source="cells", to=to), recalled=ANA.server, **more)
    state = reduce(state, Looked((CELLS,), ANA))
    for kind, answer in answers.items():
        for question in questions(state):
            if type(question) is kind:
                state = reduce(state, Known(question, answer))
    return state


# --- what is offered ----------------------------------------------------------------------------


def test_each_target_says_what_is_known_of_it():
    state = panel("Dataset:51", targets=(info(DATASET, "Screen 3"),))
    (chip,) = chips(state)
    assert chip.known
    assert chip.facts == ('Dataset 51 "Screen 3"', "Lab A", "you can annotate")


def test_a_target_that_is_being_looked_up_says_so():
    state = reduce(
        panel("Dataset:51"),
        Edited("targets", lambda options: replace(options, to=(*options.to, "Image:101"))),
    )
    first, second = chips(state)
    assert first.known
    assert second.facts == ("Image 101", "looking it up …")


def test_a_target_that_cannot_be_used_is_a_number_without_a_name():
    state = panel("Image:999", targets=TargetError("Image:999 does not exist"))
    assert chips(state)[0].facts == ("Image 999",)
    assert not chips(state)[0].known


def test_recent_targets_are_offered_by_name_unless_they_are_chosen():
    other = OmeroObject(Target("Plate", 7), "Plate 7")
    state = panel("Dataset:51", lately=(SCREEN_3, other))
    (offer,) = recent(state)
    assert offer.text == 'Plate 7 "Plate 7"'
    assert offer.change(state.options).to == ("Dataset:51", "Plate:7")


def test_an_image_is_cured_by_its_dataset_in_one_click():
    state = panel("Image:101", parents={IMAGE: (SCREEN_3,)})
    (cure,) = cures(state)
    assert cure.text == 'Attach to Dataset 51 "Screen 3" instead'
    assert cure.change(state.options).to == ("Dataset:51",)


def test_several_images_of_one_dataset_are_cured_together():
    other = Target("Image", 102)
    parents = {IMAGE: (SCREEN_3,), other: (SCREEN_3,)}
    state = panel("Image:101", "Image:102", parents=parents)
    (cure,) = cures(state)
    assert "Image 101 and 1 more lie in it" in cure.tooltip
    assert cure.change(state.options).to == ("Dataset:51",)


def test_a_parent_that_may_not_be_annotated_is_not_offered():
    locked = replace(SCREEN_3, can_annotate=False)
    assert cures(panel("Image:101", parents={IMAGE: (locked,)})) == ()


def test_where_rows_show_already_nothing_is_offered():
    state = panel("Dataset:51")
    assert state.visibility.shows
    assert cures(state) == ()
    assert not any(isinstance(one, ParentsQuestion) for one in questions(state))


def test_a_column_under_another_name_is_cured_by_renaming_it():
    column = ColumnPlan("image_id", "image_id", Stored.INTEGER, role="Image id")
    state = panel("Dataset:51", columns=(column,))
    (cure,) = cures(state)
    assert cure.text == "Rename 'image_id' to 'Image'"
    assert cure.change(state.options).rename == (("image_id", "Image"),)


def test_replacing_leaves_one_of_what_is_then_named_twice():
    options = UploadOptions(to=("Image:101", "https://omero.site/webclient/?show=dataset-51"))
    assert replaced(options, old=[IMAGE], new=DATASET).to == ("Dataset:51",)


# --- the view -----------------------------------------------------------------------------------


class Lab:
    """Stands for the browser."""

    def __init__(self, who, pick):
        self.who, self.pick = who, pick
        self.widget = widgets.HTML("the lab")
        self.marked, self.closed, self.retried = None, False, 0

    def mark(self, targets):
        self.marked = list(targets)

    def retry(self):
        self.retried += 1

    def close(self):
        self.closed = True


class Section:
    """The section, wired to a state as the panel wires it."""

    def __init__(self, state):
        self.labs = []
        self.state = state
        self.view = TargetsView(tell=self.tell, browse=self.browse)
        self.view.render(state)

    def browse(self, who, pick):
        self.labs.append(Lab(who, pick))
        return self.labs[-1]

    def tell(self, event):
        self.state = reduce(self.state, event)
        self.view.render(self.state)

    def paste(self, text):
        self.view._paste.value = text

    def click(self, word):
        found = family(self.view.widget)
        buttons = [one for one in found if isinstance(one, widgets.Button)]
        next(one for one in buttons if one.description == word).click()

    @property
    def html(self):
        return "".join(
            one.value for one in family(self.view.widget) if isinstance(one, widgets.HTML)
        )


def test_what_is_pasted_becomes_a_target_and_leaves_the_field_empty():
    section = Section(panel())
    section.paste("https://omero.site/webclient/?show=dataset-51")
    assert section.state.options.to == ("https://omero.site/webclient/?show=dataset-51",)
    assert section.view._paste.value == ""


def test_what_is_not_understood_stays_to_be_mended_with_the_reason():
    section = Section(panel())
    section.paste("Datset:51")
    assert section.view._paste.value == "Datset:51"
    assert "&#x27;Dataset&#x27;" in section.html
    section.paste("Dataset:51")
    assert section.view._paste.value == ""


def test_a_session_key_in_a_link_stays_in_no_widget():
    section = Section(panel())
    key = "0123abcd-0000-4444-8888-0123456789ab"
    for link in (
        f"https://omero.site/webclient/?show=dataset-51&bsession={key}",
        f"https://omero.site/webclient/?show=nothing&bsession={key}",
    ):
        section.paste(link)
        assert key not in str([one.get_state() for one in family(section.view.widget)])
        assert key not in repr(section.state)


def test_a_link_of_another_server_does_not_join_what_is_chosen_here():
    section = Section(panel("Dataset:51"))
    section.paste("https://other.site/webclient/?show=dataset-9")
    assert section.state.options.to == ("Dataset:51",)
    assert "this is a link of https://other.site, and Dataset:51 is at https://omero.site" in (
        section.html
    )


def logged_in_at(state, who):
    state = reduce(state, Looked((CELLS,), who))
    (asked,) = (one for one in questions(state) if isinstance(one, SessionQuestion))
    return reduce(state, Known(asked, who))


def test_what_was_chosen_at_one_server_is_not_taken_for_the_same_ids_of_another():
    link = "https://other.site/webclient/?show=dataset-9"
    state = panel("Dataset:51")
    other = logged_in_at(state, Who("ana", "https://other.site"))
    assert other.options.to == ()
    assert "Dataset:51 was chosen at https://omero.site" in other.refusal.error.message
    both = replace(state, options=replace(state.options, to=("Dataset:51", link)))
    assert logged_in_at(both, Who("ana", "https://other.site")).options.to == (link,)


def test_another_user_of_the_same_server_finds_what_was_chosen():
    state = logged_in_at(panel("Dataset:51"), Who("ben", "https://omero.site"))
    assert state.options.to == ("Dataset:51",)
    assert state.refusal is None


def test_a_link_of_another_server_is_taken_where_nothing_is_chosen_yet():
    section = Section(panel())
    section.paste("https://other.site/webclient/?show=dataset-9")
    assert section.state.options.to == ("https://other.site/webclient/?show=dataset-9",)


def test_a_browser_that_cannot_be_opened_says_why_once():
    def browse(who, pick):
        raise LoginError("the log-in has ended", hint="log in again")

    told = []
    view = TargetsView(tell=told.append, browse=browse)
    state = reduce(panel(), Toggled("browser"))
    view.render(state)
    view.render(state)
    assert [one.error.message for one in told] == ["the log-in has ended"]


def test_remove_takes_its_own_target_away():
    section = Section(panel("Dataset:51", "Image:101"))
    tips = [row._remove.tooltip for row in section.view._chips]
    assert tips == [
        'Do not attach the table to Dataset 51 "it"',
        'Do not attach the table to Image 101 "it"',
    ]
    section.view._chips[0]._remove.click()
    assert section.state.options.to == ("Image:101",)
    assert section.view._chips[1].widget.layout.display == "none"


def test_whether_rows_will_show_is_said_with_the_cure_on_a_button():
    section = Section(panel("Image:101", parents={IMAGE: (SCREEN_3,)}))
    said, cure = section.state.visibility.text.split(": attach it")
    assert "--to" in cure
    assert escape(said) in section.html
    assert "such as Dataset:51 in the field" in section.html
    section.click('Attach to Dataset 51 "Screen 3" instead')
    assert section.state.options.to == ("Dataset:51",)


def test_names_of_the_lab_are_escaped():
    section = Section(panel("Dataset:51", targets=(info(DATASET, "<script>x</script>"),)))
    assert "<script>" not in section.html
    assert "&lt;script&gt;" in section.html


def test_the_browser_is_there_while_it_is_open():
    section = Section(panel())
    section.click("Browse…")
    (lab,) = section.labs
    assert lab.who == ANA
    lab.pick(info(DATASET, "Screen 3"))
    assert section.state.options.to == ("Dataset:51",)
    assert lab.marked == [DATASET]
    section.click("Close")
    assert lab.closed
    assert section.view._lab.children == ()
    section.click("Browse…")
    section.view.close()
    assert section.labs[1].closed


def test_the_browser_shows_the_lab_of_who_is_logged_in_now():
    section = Section(panel())
    section.click("Browse…")
    ben = Who("ben", "https://omero.site")
    state = reduce(section.state, Looked((CELLS,), ben))
    (asked,) = (one for one in questions(state) if isinstance(one, SessionQuestion))
    section.view.render(reduce(state, Known(asked, ben)))
    assert [lab.who for lab in section.labs] == [ANA, ben]
    assert [lab.closed for lab in section.labs] == [True, False]


def test_after_logging_in_again_the_browser_asks_again():
    section = Section(panel())
    section.click("Browse…")
    (lab,) = section.labs
    assert lab.retried == 0
    section.tell(SignedIn())
    assert lab.retried == 1
    assert not lab.closed


def test_nobody_who_is_not_logged_in_can_browse():
    view = TargetsView(tell=print, browse=pytest.fail)
    view.render(PanelState())
    assert view._open.disabled
