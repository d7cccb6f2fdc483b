import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omero_tables_jupyter.errors import RejectedError, TargetError
from omero_tables_jupyter.jupyter.panel.browser_words import details, found_line, step_name
from omero_tables_jupyter.jupyter.panel.browsing import (
    FILTER_PAGE,
    LISTS,
    PAGE,
    ROWS,
    BrowserState,
    GroupsQuestion,
    ListQuestion,
    MembersQuestion,
    ObjectQuestion,
    Place,
    ThumbnailsQuestion,
    faults,
    is_loading,
    lists_here,
    loaded,
    matching,
    more_than_loaded,
    questions,
    shown,
    total,
)
from omero_tables_jupyter.jupyter.panel.browsing_events import (
    Answered,
    Attached,
    Filter,
    GoBack,
    GoTo,
    LookAt,
    More,
    Open,
    Retry,
    Switch,
    Turn,
    after,
)
from omero_tables_jupyter.model import Target
from omero_tables_jupyter.omero.replies import OmeroObject, Page

START = BrowserState("https://omero.site", 2, group=3, owner=2)


def thing(kind, number, name="", **more):
    return OmeroObject(Target(kind, number), name, **more)


def lists_of(state):
    return [one for one in questions(state) if isinstance(one, ListQuestion)]


def walk(state, *events):
    for event in events:
        state = after(state, event)
    return state


def answered(state, *, of=250, kind=None, at_most=10_000, **more):
    """Answer every question for a list, as a server would that has `of` objects."""
    for asked in lists_of(state):
        if asked in state.answers:
            continue
        last = min(asked.offset + min(asked.limit, at_most), of)
        items = [
            thing(kind or asked.place.kind, n + 1, f"thing {n + 1:04}", **more)
            for n in range(asked.offset, last)
        ]
        state = after(state, Answered(asked, Page(tuple(items), of)))
    return state


def inside(kind, *, of=250):
    """Stand in the first of the projects, or deeper, with its list loaded."""
    state = answered(START, of=2)
    for above in ("Project", "Dataset", "Image"):
        if state.here.place.kind == kind:
            break
        state = answered(after(state, Open(Target(above, 1))), of=of)
    assert state.here.place.kind == kind
    return state


# --- what is asked ------------------------------------------------------------------------------


def test_at_first_the_users_own_projects_in_their_own_group_are_asked_for():
    start = ListQuestion(LISTS["Projects"], owner=2, group=3, limit=PAGE, offset=0)
    assert questions(START) == (GroupsQuestion(), MembersQuestion(3), start)
    assert is_loading(START)
    assert total(START) is None


def test_what_lies_in_a_project_is_asked_for_whoever_owns_it():
    state = inside("Dataset")
    (asked,) = lists_of(state)
    assert (asked.owner, asked.group) == (None, None)
    assert asked.place.parent.target == Target("Project", 1)


def test_the_members_of_all_groups_are_not_asked_for():
    state = after(START, LookAt(None, None))
    assert not [one for one in questions(state) if isinstance(one, MembersQuestion)]


def test_the_thumbnails_of_the_images_shown_are_asked_for_in_one_request():
    asked = [one for one in questions(inside("Image")) if isinstance(one, ThumbnailsQuestion)]
    assert asked == [ThumbnailsQuestion(tuple(range(1, ROWS + 1)))]


def test_a_well_is_pictured_by_its_first_field():
    state = START
    state = answered(after(state, Switch(LISTS["Screens"])), of=1)
    state = answered(after(state, Open(Target("Screen", 1))), of=1)
    state = answered(after(state, Open(Target("Plate", 1))), of=1, image_ids=(7, 8))
    assert ThumbnailsQuestion((7,)) in questions(state)


def test_a_list_without_images_has_no_thumbnails():
    assert not any(isinstance(one, ThumbnailsQuestion) for one in questions(inside("Roi")))


# --- pages --------------------------------------------------------------------------------------


def test_turning_asks_for_the_next_page_only_when_the_rows_run_out():
    state = answered(START)
    for _ in range(PAGE // ROWS - 1):
        state = after(state, Turn(1))
    assert len(lists_of(state)) == 1
    assert shown(state)[-1].target.id == PAGE
    state = after(state, Turn(1))
    assert [one.offset for one in lists_of(state)] == [0, PAGE]
    assert shown(state) == ()
    assert is_loading(state)
    assert shown(answered(state))[0].target.id == PAGE + 1


def test_turning_stops_at_both_ends():
    state = answered(START, of=ROWS + 1)
    assert after(state, Turn(-1)) == state
    last = after(state, Turn(1))
    assert len(shown(last)) == 1
    assert after(last, Turn(1)) == last


def test_turning_while_a_page_is_under_way_asks_for_nothing_more():
    state = walk(answered(START), *[Turn(1)] * (PAGE // ROWS))
    assert lists_of(after(state, Turn(1))) == lists_of(state)


def test_a_server_that_gives_fewer_than_asked_for_is_asked_for_the_rest():
    state = answered(START, of=60, at_most=30)
    state = answered(after(state, Turn(1)), of=60, at_most=30)
    assert [one.offset for one in lists_of(state)] == [0, 30]
    assert len(loaded(state)) == 60
    assert not more_than_loaded(state)


def test_an_empty_page_ends_a_list_that_claims_to_be_longer():
    (asked,) = lists_of(START)
    state = after(START, Answered(asked, Page((), 500)))
    assert not more_than_loaded(state)
    assert after(state, Turn(1)) == state


def test_what_two_pages_both_hold_is_shown_once():
    first = answered(START, of=150)
    second = lists_of(after(first, More()))[1]
    overlap = Page((thing("Project", PAGE), thing("Project", PAGE + 1)), 150)
    state = walk(first, More(), Answered(second, overlap))
    assert len(loaded(state)) == PAGE + 1


@settings(deadline=None, max_examples=30)
@given(of=st.integers(0, 260), at_most=st.integers(7, 120))
def test_by_turning_one_sees_each_object_once_and_in_order(of, at_most):
    state, before, seen = START, None, []
    while state != before:
        while is_loading(state):
            state = answered(state, of=of, at_most=at_most)
        seen += [one.target.id for one in shown(state)]
        before, state = state, after(state, Turn(1))
    # the last turn leads nowhere
    assert seen == list(range(1, of + 1))


EVENTS = st.one_of(
    st.sampled_from([Turn(1), Turn(-1), More(), Retry(), GoBack(0), GoBack(1), GoTo("Plate:7")]),
    st.sampled_from([Switch(place) for place in LISTS.values()]),
    st.builds(LookAt, st.sampled_from([None, 3]), st.sampled_from([None, 2])),
    st.builds(Filter, st.sampled_from(["", "1", "thing 00", "nothing"])),
    st.builds(Open, st.builds(Target, st.sampled_from(["Project", "Plate"]), st.integers(1, 30))),
    st.sampled_from(["answered", "refused"]),
)


@settings(deadline=None, max_examples=60)
@given(events=st.lists(EVENTS, max_size=25), of=st.integers(0, 240))
def test_wherever_one_clicks_rows_questions_and_memory_stay_few(events, of):
    state = START
    for event in events:
        match event:
            case "answered":
                state = answered(state, of=of)
            case "refused":
                error = RejectedError("the server is tired")
                state = walk(state, *(Answered(one, error) for one in questions(state)))
            case _:
                state = after(state, event)
        assert len(shown(state)) <= ROWS
        assert len(loaded(state)) <= of or total(state) == 1
        assert len([one for one in questions(state) if one not in state.answers]) <= 4
        assert len([one for one in state.answers if not isinstance(one, ListQuestion)]) <= 4
        assert found_line(state) or faults(state)
        assert 1 <= len(state.path) <= 5


# --- the filter ---------------------------------------------------------------------------------


def test_the_filter_looks_into_what_is_loaded_and_says_so():
    state = after(answered(START), Filter(" THING 0099"))
    assert [one.target.id for one in shown(state)] == [99]
    assert found_line(state) == (
        "1 of the 100 projects loaded match 'THING 0099'; "
        "there are 250: load more to filter them too"
    )
    state = answered(after(state, More()))
    assert lists_of(state)[-1].limit == FILTER_PAGE
    assert "load more" not in found_line(state)


def test_the_filter_finds_ids_too():
    state = after(answered(START), Filter("project:42"))
    assert [one.target.id for one in shown(state)] == [42]


def test_turning_among_what_matches_asks_for_nothing():
    state = walk(answered(START), Filter("thing"), *[Turn(1)] * 10)
    assert len(lists_of(state)) == 1
    assert shown(state)[-1].target.id == PAGE


def test_a_new_filter_starts_from_the_first_row():
    state = walk(answered(START), Turn(1), Filter("thing"))
    assert state.here.first == 0
    assert matching(after(state, Filter("no such name"))) == ()


# --- going about --------------------------------------------------------------------------------


def test_back_shows_the_list_where_it_was_left_without_asking_again():
    state = walk(answered(START, kind="Project"), Turn(1), Open(Target("Project", 30)))
    back = after(answered(state), GoBack(0))
    assert shown(back)[0].target.id == ROWS + 1
    assert not is_loading(back)


def test_what_was_left_is_forgotten():
    state = walk(inside("Image"), GoBack(0))
    held = {type(one) for one in state.answers}
    assert held == {ListQuestion}
    assert len(state.answers) == 1


def test_thumbnails_are_held_only_as_long_as_their_images_are_shown():
    state = inside("Image")
    (asked,) = (one for one in questions(state) if isinstance(one, ThumbnailsQuestion))
    state = after(state, Answered(asked, {1: b"jpeg"}))
    assert asked in state.answers
    assert asked not in after(state, Turn(1)).answers


def test_an_answer_to_what_is_no_longer_asked_is_dropped():
    (late,) = lists_of(START)
    moved = after(START, Switch(LISTS["Screens"]))
    assert after(moved, Answered(late, Page((thing("Project", 1),), 1))) == moved


def test_a_click_from_a_list_that_was_left_changes_nothing():
    state = inside("Dataset")
    assert after(state, Open(Target("Project", 1))) == state
    assert after(state, Open(Target("Dataset", 999))) == state


def test_what_holds_nothing_cannot_be_opened():
    state = inside("Roi", of=3)
    assert after(state, Open(Target("Roi", 1))) == state


def test_a_plate_shows_its_wells_or_its_runs():
    state = answered(after(START, Switch(LISTS["Plates in no screen"])), of=1)
    state = after(state, Open(Target("Plate", 1)))
    assert list(lists_here(state)) == ["Wells", "Runs"]
    state = answered(after(state, Switch(lists_here(state)["Runs"])), of=1)
    assert shown(state)[0].target == Target("PlateAcquisition", 1)
    assert after(state, Open(Target("PlateAcquisition", 1))).here.place.kind == "Well"
    assert lists_here(inside("Image")) == {}


def test_another_group_starts_the_walk_anew_in_the_same_list():
    state = walk(answered(START), Switch(LISTS["Screens"]), LookAt(5, None))
    assert state.path == after(START, Switch(LISTS["Screens"])).path
    assert (state.group, state.owner) == (5, None)


def test_what_is_attached_is_kept():
    marked = after(START, Attached(frozenset({Target("Image", 1)})))
    assert Target("Image", 1) in marked.attached


# --- looking an object up -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("Dataset:51", Target("Dataset", 51)),
        (" roi 801 ", Target("Roi", 801)),
        ("run-9", Target("PlateAcquisition", 9)),
        ("7", Target("Project", 7)),
        ("https://omero.site/webclient/?show=well-71", Target("Well", 71)),
    ],
)
def test_an_object_is_looked_up_by_type_and_id_or_link(text, target):
    state = after(START, GoTo(text))
    assert ObjectQuestion(target) in questions(state)
    found = after(state, Answered(ObjectQuestion(target), thing(target.type, target.id, "it")))
    assert [one.target for one in shown(found)] == [target]
    assert total(found) == 1
    assert not more_than_loaded(found)


@pytest.mark.parametrize(
    ("text", "said", "cure"),
    [
        ("", "no target was given", "Image:101"),
        ("Imgae:1", "is not a type", "'Image'"),
        ("Image:1, Image:2", "names 2 objects", "Attach to"),
        ("https://other.site/webclient/?show=image-1", "other.site", "offers to connect"),
    ],
)
def test_what_names_no_object_here_is_refused_with_a_cure(text, said, cure):
    state = after(START, GoTo(text))
    assert state.path == START.path
    assert isinstance(state.refused, TargetError)
    assert said in state.refused.message
    assert cure in state.refused.hint
    assert faults(state) == (state.refused,)
    assert faults(after(state, Filter("x"))) == ()


# --- what goes wrong ----------------------------------------------------------------------------


def test_an_error_is_shown_until_it_is_tried_again():
    (asked,) = lists_of(START)
    error = RejectedError("the server is tired", hint="wait")
    state = after(START, Answered(asked, error))
    assert faults(state) == (error,)
    assert found_line(state) == ""
    assert is_loading(after(state, Retry()))
    assert faults(after(state, Retry())) == ()


def test_the_same_error_is_shown_once():
    state = START
    for asked in questions(START):
        state = after(state, Answered(asked, RejectedError("the server is tired")))
    assert len(faults(state)) == 1


def test_a_page_that_fails_leaves_the_rows_before_it():
    state = walk(answered(START), *[Turn(1)] * (PAGE // ROWS))
    failed = after(state, Answered(lists_of(state)[-1], RejectedError("the server is tired")))
    assert len(shown(after(failed, Turn(-1)))) == ROWS
    retried = answered(after(failed, Retry()))
    assert shown(retried)[0].target.id == PAGE + 1


# --- words --------------------------------------------------------------------------------------


def test_empty_lists_say_why_and_what_else_there_is():
    assert found_line(answered(START, of=0)) == (
        "no projects of this owner in this group: choose another owner or group"
    )
    everyone = after(START, LookAt(3, None))
    assert found_line(answered(everyone, of=0)) == "no projects here: choose another group"
    everywhere = after(START, LookAt(None, None))
    assert found_line(answered(everywhere, of=0)) == "no projects"
    assert found_line(inside("Dataset", of=0)) == "thing 0001 holds no datasets"


def test_the_line_says_what_is_shown_of_how_many():
    assert found_line(START) == "Loading projects …"
    assert found_line(answered(START, of=3)) == "3 projects"
    assert found_line(after(answered(START), Turn(1))) == "26 to 50 of 250 projects"
    opened = after(answered(START), Open(Target("Project", 1)))
    assert found_line(opened) == "Loading the datasets of thing 0001 …"
    assert found_line(after(START, GoTo("Image:3"))) == "Loading Image:3 …"


def test_details_name_the_owner_only_if_it_is_somebody_else():
    one = thing("Dataset", 51, "S", owner_id=3, owner="Ben", group="Lab A", child_count=12)
    assert details(one, user_id=2) == "Dataset 51 · 12 images · Ben · Lab A"
    assert details(one, user_id=3) == "Dataset 51 · 12 images · Lab A"
    well = thing("Well", 7, "B3", image_ids=(1,))
    assert details(well, user_id=2) == "Well 7 · 1 image"


def test_places_are_named_by_list_or_by_object():
    state = inside("Image")
    assert [step_name(one) for one in state.path] == ["Projects", "thing 0001", "thing 0001"]
    assert step_name(after(START, GoTo("Roi:4")).here) == "ROI 4"
    nameless = Place("Well", thing("PlateAcquisition", 9))
    assert step_name(after(START, Switch(nameless)).here) == "Run 9"
