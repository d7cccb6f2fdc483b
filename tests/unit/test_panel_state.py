from dataclasses import replace

import pytest

from omero_tables_jupyter.errors import LoginError, PathError, RejectedError, UploadCancelled
from omero_tables_jupyter.events import LoginNeeded, Progress, Stage, StageDone, StageStarted
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
from omero_tables_jupyter.jupyter.panel.columns import column_rows, matching
from omero_tables_jupyter.jupyter.panel.editing import called, in_profile
from omero_tables_jupyter.jupyter.panel.events import (
    Began,
    Checked,
    Chosen,
    Edited,
    Ended,
    Known,
    Looked,
    Put,
    Refused,
    Renewing,
    SignedIn,
    SigningIn,
    Stopping,
    Toggled,
    Told,
)
from omero_tables_jupyter.jupyter.panel.found import TableFound
from omero_tables_jupyter.jupyter.panel.questions import (
    Kept,
    KeptQuestion,
    PlaceQuestion,
    PlanFound,
    PlanQuestion,
    PreviewQuestion,
    SeenQuestion,
    SessionQuestion,
    Stranger,
    TargetsQuestion,
    Who,
    questions,
)
from omero_tables_jupyter.jupyter.panel.reducing import reduce
from omero_tables_jupyter.jupyter.panel.run import Phase
from omero_tables_jupyter.jupyter.panel.sections import sections, upload_button
from omero_tables_jupyter.jupyter.panel.state import PanelState
from omero_tables_jupyter.model import (
    ColumnPlan,
    Note,
    PlacePlan,
    Problem,
    RegisteredTable,
    Stored,
    TablePlan,
    Target,
    TargetInfo,
)
from omero_tables_jupyter.settings import Recalled

CELLS = TableFound("cells", "cells", (3, 2), 48, identity=1)
NUCLEI = TableFound("nuclei", "nuclei", (9, 2), 144, identity=2)
ANA = Who("ana", "https://omero.site", "Lab A")
DATASET = TargetInfo(Target("Dataset", 51), "Screen 3", "Lab A", 3, can_annotate=True)
COLUMNS = (
    ColumnPlan("Image", "Image", Stored.INTEGER, role="Image id"),
    ColumnPlan("label", "label", Stored.TEXT, notes=("3 missing -> ''",)),
)
PLAN = PlanFound(TablePlan("DataFrame", COLUMNS, 3, 48, name="cells"), ("Image", "label", "x"))
KEPT = Kept({"lab": "lab: J: -> /data"}, "lab", Recalled())
PLACE = PlacePlan("/mnt/cells.tiledb", "/data/cells.tiledb", "writable, new")
ANSWERS = {
    SessionQuestion: ANA,
    KeptQuestion: KEPT,
    PlanQuestion: PLAN,
    TargetsQuestion: (DATASET,),
    PlaceQuestion: PLACE,
}
TABLE = RegisteredTable("cells", 7, 8, 3, ("Image",), (DATASET.target,), "/mnt/c", "/c", "", "")


def after(state, *events):
    for event in events:
        state = reduce(state, event)
    return state


def kinds(state):
    return [type(one) for one in questions(state)]


def answered(state, answers=ANSWERS):
    """Answer all that is asked, and what is asked because of that, as long as answers are there."""
    while True:
        asked = [one for one in questions(state) if not state.knows(one) and type(one) in answers]
        if not asked:
            return state
        state = reduce(state, Known(asked[0], answers[type(asked[0])]))


def opened(**options):
    return after(PanelState(options=UploadOptions(**options)), Looked((CELLS, NUCLEI), ANA))


@pytest.fixture
def ready():
    return answered(opened(source="cells", to=("Dataset:51",)))


# --- questions ----------------------------------------------------------------------------------


def test_an_empty_panel_asks_only_who_is_there():
    assert kinds(PanelState()) == [SessionQuestion]


def test_what_is_asked_follows_from_what_is_known(ready):
    assert kinds(opened(source="cells", to=("Dataset:51",))) == [SessionQuestion, PlanQuestion]
    assert set(kinds(ready)) == set(ANSWERS)
    assert upload_button(ready).ready


def test_a_question_holds_only_what_its_answer_depends_upon(ready):
    renamed = after(ready, Edited("name", lambda options: called(options, "Other")))
    unknown = [type(one) for one in questions(renamed) if not renamed.knows(one)]
    assert unknown == [PlaceQuestion]


def test_an_answer_to_a_question_that_is_asked_no_longer_is_dropped(ready):
    old = next(one for one in questions(ready) if isinstance(one, PlaceQuestion))
    moved = after(ready, Edited("place", lambda options: in_profile(options, "other")))
    late = Known(old, PathError("no such folder"))
    assert after(moved, late).answers == moved.answers


def test_to_look_anew_doubts_every_answer(ready):
    doubted = after(ready, Looked((CELLS,), ANA, anew=True))
    assert not any(doubted.knows(one) for one in questions(doubted))


def test_a_table_that_has_changed_is_asked_about_again(ready):
    grown = after(ready, Looked((replace(CELLS, identity=9), NUCLEI), ANA))
    assert [type(one) for one in questions(grown) if not grown.knows(one)] == [PlanQuestion]


def test_the_first_rows_are_asked_for_only_where_they_are_shown(ready):
    assert PreviewQuestion in kinds(after(ready, Toggled("preview")))
    assert PreviewQuestion not in kinds(after(ready, Toggled("preview"), Toggled("preview")))


def test_a_stranger_is_asked_nothing_about_targets():
    why = LoginError("not logged in")
    stranger = {**ANSWERS, SessionQuestion: Stranger("https://omero.site", "", why)}
    state = answered(opened(source="cells", to=("Dataset:51",)), stranger)
    assert TargetsQuestion not in kinds(state)
    assert upload_button(state).why == "first: log in"


def test_nothing_is_asked_while_an_upload_runs_or_is_done(ready):
    running = after(ready, Began("cells"))
    assert questions(running) == ()
    assert questions(after(running, Ended(TABLE))) == ()


# --- what is chosen -----------------------------------------------------------------------------


def test_the_only_table_chooses_itself_and_of_several_none():
    assert after(PanelState(), Looked((CELLS,), None)).table == CELLS
    assert after(PanelState(), Looked((CELLS, NUCLEI), None)).table is None


def test_another_table_keeps_where_it_goes_and_forgets_its_columns(ready):
    chosen = after(
        ready,
        Edited("table", lambda options: replace(options, exclude=("x",), name="Mine")),
        Edited("place", lambda options: replace(options, local_path="/mnt/old.tiledb")),
        Chosen(NUCLEI),
    )
    assert chosen.options.source == "nuclei"
    assert chosen.options.to == ("Dataset:51",)
    assert chosen.options.exclude == ()
    assert chosen.options.local_path is None
    assert chosen.name == "nuclei"


def test_what_was_used_last_is_offered_once():
    last = (Target("Dataset", 51), Target("Image", 101))
    recalled = Recalled(last=last, names={"cells": "My cells"})
    kept = replace(KEPT, chosen="", recalled=recalled, folder="/mnt/lab", seen="/data")
    offered = answered(opened(source="cells"), {**ANSWERS, KeptQuestion: kept})
    assert offered.options.to == ("Dataset:51", "Image:101")
    assert offered.options.local_path == "/mnt/lab"
    assert offered.options.remote_path == "/data"
    assert offered.options.if_exists == "version"
    assert offered.name == "My cells"
    emptied = after(offered, Edited("targets", lambda options: replace(options, to=())))
    again = answered(after(emptied, Looked((CELLS,), ANA, anew=True)), {**ANSWERS})
    assert again.options.to == ()


def test_what_was_asked_for_stands_above_what_was_used_last():
    recalled = Recalled(last=(Target("Image", 1),), names={"cells": "Old"})
    kept = replace(KEPT, recalled=recalled, if_exists="fail", folder="/elsewhere")
    asked = opened(source="cells", to=("Dataset:51",), name="New", if_exists="version")
    state = answered(asked, {**ANSWERS, KeptQuestion: kept})
    assert state.options.to == ("Dataset:51",)
    assert state.options.name == "New"
    assert state.options.if_exists == "version"
    assert state.options.local_path is None


def test_what_cannot_be_meant_is_refused_where_it_was_tried(ready):
    def fail(options):
        raise PathError("no such folder")

    refused = after(ready, Edited("place", fail))
    assert refused.refusal.where == "place"
    assert refused.options == ready.options
    assert after(refused, Toggled("file")).refusal is None


# --- sections -----------------------------------------------------------------------------------


def words(state):
    return [str(one) for one in sections(state)]


def test_a_new_panel_needs_everything():
    assert words(PanelState()) == ["checking", *["needed"] * 5]


def test_problems_are_counted_and_forbid_the_upload():
    problems = (Problem("x", "bad", "mend it"), Problem("y", "bad", "mend it"))
    plan = replace(PLAN, plan=replace(PLAN.plan, problems=problems))
    failing = {**ANSWERS, PlanQuestion: plan, PlaceQuestion: PathError("no such folder")}
    state = answered(opened(source="cells", to=("Dataset:51",)), failing)
    assert words(state) == ["ok", "2 problems", "ok", "problem", "ok", "problem"]
    assert upload_button(state).text == "Fix 3 problems first"
    assert not upload_button(state).accepts


def test_notes_are_counted_and_forbid_nothing():
    plan = replace(PLAN, plan=replace(PLAN.plan, notes=(Note("x", "a note"),)))
    state = answered(opened(source="cells", to=("Dataset:51",)), {**ANSWERS, PlanQuestion: plan})
    assert words(state)[1] == "1 note"
    assert upload_button(state).ready


def test_rows_that_will_not_show_are_a_note():
    image = replace(DATASET, target=Target("Image", 101))
    answers = {**ANSWERS, TargetsQuestion: (image,)}
    state = answered(opened(source="cells", to=("Image:101",)), answers)
    assert words(state)[2] == "1 note"


def test_a_click_counts_that_was_on_its_way_when_a_check_began(ready):
    checking = after(ready, Edited("name", lambda options: called(options, "Other")))
    assert words(checking)[3] == "checking"
    assert not upload_button(checking).ready
    assert upload_button(checking).accepts


def test_nowhere_to_save_is_said():
    nowhere = {**ANSWERS, PlaceQuestion: None}
    state = answered(opened(source="cells", to=("Dataset:51",)), nowhere)
    assert words(state)[3] == "needed"
    assert upload_button(state).why == "first: say where it is saved"


def test_an_expired_session_asks_for_the_log_in_again():
    expired = {**ANSWERS, TargetsQuestion: LoginError("expired")}
    state = answered(opened(source="cells", to=("Dataset:51",)), expired)
    assert upload_button(state).why == "first: log in"
    assert not after(state, SigningIn(), SignedIn()).signing
    assert words(answered(after(state, SignedIn())))[2] == "ok"


# --- an upload ----------------------------------------------------------------------------------


RUNNING = (
    (1.0, StageStarted(Stage.CONVERT, 1000)),
    (2.0, Progress(Stage.CONVERT, 400, 1000)),
)


def test_what_a_job_tells_is_what_the_magic_shows(ready):
    state = after(ready, Began("cells"), Told(RUNNING))
    assert state.run.phase is Phase.RUNNING
    assert state.run.view.current.fraction == 0.4
    assert words(state)[5] == "running"


def test_while_it_runs_nothing_is_changed(ready):
    running = after(ready, Began("cells"))
    late = after(running, Edited("name", lambda options: called(options, "Late")))
    assert late.options == running.options
    assert after(running, Looked((NUCLEI,), None)).table == CELLS
    assert after(running, Chosen(NUCLEI)).table == CELLS
    assert after(running, Put()).run is not None
    assert not upload_button(running).accepts


def test_a_table_in_omero_is_the_end_and_another_keeps_where_it_goes(ready):
    done = after(ready, Began("cells"), Told(RUNNING), Ended(TABLE))
    assert done.run.phase is Phase.DONE
    assert words(done)[5] == "done"
    another = after(done, Put())
    assert another.run is None
    assert another.options.source == ""
    assert another.options.to == ("Dataset:51",)
    assert after(done, Put(same=True)).options.source == "cells"


@pytest.mark.parametrize("error", [PathError("full"), UploadCancelled("stopped")])
def test_what_came_to_nothing_can_be_changed_and_tried_again(ready, error):
    failed = after(ready, Began("cells"), Stopping(), Ended(error))
    assert failed.run.phase is Phase.FAILED
    assert words(failed)[5] in {"failed", "cancelled"}
    assert not failed.fixed
    assert answered(failed).run.error is error
    assert after(failed, Edited("name", lambda options: called(options, "B"))).run is None


def test_an_array_that_omero_refused_may_be_mapped_in_another_way(ready):
    error = RejectedError("not below the share")
    error.array_path = "/mnt/cells.tiledb"
    left = after(ready, Began("cells"), Ended(error))
    assert left.run.phase is Phase.WRITTEN
    assert set(kinds(answered(left))) == {SessionQuestion, KeptQuestion, SeenQuestion}
    mapped = after(left, Edited("place", lambda options: in_profile(options, "other")))
    assert mapped.options.profile == "other"
    assert after(left, Edited("name", lambda options: called(options, "B"))).name == "cells"
    seen = answered(left, {**ANSWERS, SeenQuestion: "/data/cells.tiledb"})
    assert seen.seen == "/data/cells.tiledb"


def test_a_second_registration_that_fails_has_its_array_still(ready):
    error = RejectedError("not below the share")
    error.array_path = "/mnt/cells.tiledb"
    again = after(ready, Began("cells"), Ended(error), Began("cells", "/mnt/cells.tiledb"))
    assert again.run.phase is Phase.RUNNING
    failed = after(again, Ended(LoginError("expired")))
    assert failed.run.phase is Phase.WRITTEN
    assert failed.run.array_path == "/mnt/cells.tiledb"


def test_a_job_that_waits_for_a_password_says_so_until_it_goes_on(ready):
    needed = ((3.0, LoginNeeded("https://omero.site", "ana")),)
    waiting = after(ready, Began("cells"), Told(RUNNING), Told(needed))
    assert waiting.run.view.login is not None
    given = after(waiting, Renewing())
    assert given.run.renewing
    on = after(given, Told(((4.0, StageDone(Stage.CONVERT, 1.0)),)))
    assert on.run.view.login is None
    assert not on.run.renewing


def test_a_check_is_shown_until_something_changes(ready):
    checked = after(ready, Checked(None), Checked(PLAN.plan))
    assert checked.checked.outcome is PLAN.plan
    assert after(checked, Edited("name", lambda options: called(options, "B"))).checked is None
    expired = after(ready, Checked(LoginError("expired")))
    assert not any(expired.knows(one) for one in questions(expired))


def test_a_failed_log_in_is_not_under_way_any_more(ready):
    state = after(ready, SigningIn(), Refused("login", LoginError("wrong password")))
    assert not state.signing
    assert state.refusal.where == "login"


# --- columns ------------------------------------------------------------------------------------


def test_every_column_of_the_source_has_a_row(ready):
    rows = column_rows(after(ready, Edited("table", lambda o: replace(o, exclude=("x",)))))
    assert [one.source for one in rows] == ["Image", "label", "x"]
    assert [one.stored for one in rows] == [True, True, False]
    assert rows[0].words == "integer · Image id"
    assert rows[1].notes == "3 missing -> ''"
    assert matching(rows, "IMAGE ID") == (rows[0],)


def test_a_selection_leaves_the_others_out(ready):
    chosen = after(ready, Edited("table", lambda o: replace(o, columns=("label",))))
    assert [one.stored for one in column_rows(chosen)] == [False, True, False]


def test_a_table_says_its_shape_and_size():
    assert str(CELLS) == "cells: 3 x 2, 48 bytes"
    assert str(TableFound("reader", "reader")) == "reader"


# --- logging out --------------------------------------------------------------------------------


def test_who_has_logged_out_is_not_logged_in_again_by_what_is_stored(ready):
    out = after(ready, Looked((CELLS, NUCLEI), None))
    (asked,) = [one for one in questions(out) if isinstance(one, SessionQuestion)]
    assert not asked.joins
    for event in (Looked((CELLS, NUCLEI), ANA), SignedIn()):
        (again,) = [one for one in questions(after(out, event)) if type(one) is SessionQuestion]
        assert again.joins


def test_who_was_never_logged_in_may_be_by_what_is_stored():
    (asked,) = questions(after(PanelState(), Looked((), None), Looked((), None)))
    assert asked.joins


# --- another server -----------------------------------------------------------------------------

BEN = Who("ben", "https://other.example", "Lab B")


def test_at_another_server_nothing_is_kept_of_the_one_before(ready):
    here = answered(
        after(
            ready,
            Edited("place", lambda _: replace(_, local_path="/mnt/a", mapping=(("/mnt", "/a"),))),
        )
    )
    there = answered(after(here, Looked((CELLS,), BEN)), {SessionQuestion: BEN})
    assert (there.options.to, there.options.local_path, there.options.mapping) == ((), None, ())
    assert "Dataset:51 was chosen at https://omero.site" in there.refusal.error.message
    assert there.place is None


def test_what_is_typed_at_the_other_server_stays_there(ready):
    there = answered(after(ready, Looked((CELLS,), BEN)), {SessionQuestion: BEN})
    typed = after(there, Edited("place", lambda options: replace(options, local_path="/mnt/b")))
    again = answered(after(typed, Looked((CELLS,), BEN, anew=True)), {SessionQuestion: BEN})
    assert again.options.local_path == "/mnt/b"


def test_a_folder_that_was_typed_before_anybody_was_logged_in_stays():
    nobody = Stranger("https://omero.site", "ana", LoginError("nobody is logged in"))
    asked = after(
        PanelState(options=UploadOptions(source="cells", local_path="/mnt/a")),
        Looked((CELLS,), None),
    )
    guessed = answered(asked, {**ANSWERS, SessionQuestion: nobody})
    there = answered(after(guessed, Looked((CELLS,), BEN)), {SessionQuestion: BEN})
    assert there.options.local_path == "/mnt/a"


def test_a_folder_that_was_only_recalled_goes_with_its_server():
    nobody = Stranger("https://omero.site", "ana", LoginError("nobody is logged in"))
    kept = replace(KEPT, chosen="", folder="/mnt/a", seen="/a")
    asked = after(PanelState(options=UploadOptions(source="cells")), Looked((CELLS,), None))
    guessed = answered(asked, {**ANSWERS, SessionQuestion: nobody, KeptQuestion: kept})
    assert guessed.options.local_path == "/mnt/a"
    there = answered(after(guessed, Looked((CELLS,), BEN)), {SessionQuestion: BEN})
    assert (there.options.local_path, there.options.remote_path) == (None, None)


def test_who_logs_in_elsewhere_leaves_the_profile_and_the_links_that_lead_back():
    links = (
        "https://omero.site/webclient/?show=dataset-51",
        f"{BEN.server}/webclient/?show=image-1",
    )
    led = answered(opened(source="cells", to=links, profile="lab"))
    there = after(led, SignedIn(BEN.server))
    assert there.options.profile is None
    assert there.options.to == links[1:]
    assert links[0] in there.refusal.error.message
    same = after(led, SignedIn(ANA.server))
    assert (same.options.profile, same.options.to) == ("lab", links)
