import asyncio
import re
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from IPython.utils.capture import capture_output
from resources import widgets_alive

import omero_tables_jupyter as otj
from omero_tables_jupyter import settings
from omero_tables_jupyter.demo.faults import Answer, Hold
from omero_tables_jupyter.events import Progress, Stage, StageStarted
from omero_tables_jupyter.jupyter.extension import load_ipython_extension, unload_ipython_extension
from omero_tables_jupyter.jupyter.faces import family
from omero_tables_jupyter.jupyter.panel import opening
from omero_tables_jupyter.jupyter.panel import panel as panels
from omero_tables_jupyter.jupyter.panel.events import Began, Toggled, Told
from omero_tables_jupyter.jupyter.panel.run import Phase
from omero_tables_jupyter.jupyter.panel.sections import sections, upload_button
from omero_tables_jupyter.jupyter.panel.view_table import TableView
from omero_tables_jupyter.omero.login import current, login, logout
from omero_tables_jupyter.settings import Profile

REGISTER = r"/omero_plus/api/v0/table$"


@pytest.fixture
def share(server, tmp_path):
    folder = Path(server.share) / tmp_path.name
    folder.mkdir()
    settings.add_memory_profile(
        Profile("demo", server.url, folder=tmp_path.name, mapping=server.mapping)
    )
    yield folder
    settings.forget_memory_profile("demo")
    server.faults.clear()


@pytest.fixture
def ana(server, share):
    return login(server.url, username=server.username, password=server.password)


@pytest.fixture
def opened(shell):
    """Open panels as the magic does, and see to it that each is closed."""
    made = []

    def open_panel(line="", **variables):
        shell.user_ns.update(variables)
        with capture_output():
            shell.run_line_magic("omero_panel", line)
        (panel,) = [one for one in PANELS if one not in made]
        made.append(panel)
        return panel

    PANELS.clear()
    yield open_panel
    for one in made:
        one.close()


PANELS = []


@pytest.fixture(autouse=True)
def every_panel_is_known(monkeypatch):
    class Watched(panels.Panel):
        def __init__(self, *args, **kwargs):
            PANELS.append(self)
            super().__init__(*args, **kwargs)

    monkeypatch.setattr(opening, "Panel", Watched)


def control(panel, word):
    """Find what a user finds by its label, among what is shown."""
    found = [one for one in visible(panel.widget) if matches(one, word)]
    assert len(found) == 1, [getattr(one, "description", one) for one in found]
    return found[0]


def visible(widget):
    if widget.layout.display == "none":
        return
    yield widget
    for child in getattr(widget, "children", ()):
        yield from visible(child)


def matches(widget, word):
    return re.fullmatch(word, getattr(widget, "description", "") or "") is not None


def has(panel, word):
    return any(matches(one, word) for one in visible(panel.widget))


def text_of(panel):
    html = " ".join(getattr(one, "value", "") for one in visible(panel.widget) if is_html(one))
    return re.sub(r"<[^>]+>", "", html)


def is_html(widget):
    return type(widget).__name__ == "HTML"


def words(panel):
    return [str(one) for one in sections(panel.state)]


def cells(rows=3):
    return pd.DataFrame({"Image": [101, 102, 103] * (rows // 3), "area": np.arange(float(rows))})


def beside(act):
    """Run an async test on a loop of its own, with what waits until the panel shows something."""

    async def run():
        news = asyncio.Event()

        async def until(test):
            async def wait():
                while not test():
                    # what a server has met is told by no event of a panel
                    with suppress(TimeoutError):
                        await asyncio.wait_for(news.wait(), 0.2)
                    news.clear()

            await asyncio.wait_for(wait(), 60)

        await act(until, news.set)

    asyncio.run(run())


@pytest.fixture
def live(monkeypatch):
    """Run a test on a loop; `until` looks again after each event that a panel has worked in."""

    def run(act):
        def watched(until, tell):
            reduce = panels.reduce

            def reduce_and_tell(state, event):
                asyncio.get_running_loop().call_soon(tell)
                return reduce(state, event)

            monkeypatch.setattr(panels, "reduce", reduce_and_tell)
            return act(until)

        beside(watched)

    return run


# --- from a table to a card ---------------------------------------------------------------------


def test_one_click_uploads_what_the_line_has_filled_in(opened, ana, share, server):
    panel = opened("cells --to Dataset:51", cells=cells())
    assert words(panel) == ["ok", "ok", "ok", "ok", "ok", "ready"]
    control(panel, "Upload").click()
    assert panel.state.run.phase is Phase.DONE
    assert "registered in OMERO" in text_of(panel)
    assert len(otj.read_table(share / "cells.tiledb")) == 3


def test_names_that_the_line_resolves_become_ids(opened, ana, share):
    fields = pd.DataFrame({"image_name": ["screen3_field02.tif", "screen3_field01.tif"]})
    line = "fields --to Dataset:51 --resolve image_name=Image"
    panel = opened(line, fields=fields)
    control(panel, "Upload").click()
    assert panel.state.run.phase is Phase.DONE
    assert otj.read_table(share / "fields.tiledb")["Image"].tolist() == [102, 101]


def test_a_column_that_the_line_resolves_is_shown_among_the_others(opened, ana, share):
    fields = pd.DataFrame({"image_name": ["screen3_field02.tif", "screen3_field01.tif"]})
    panel = opened("fields --resolve image_name=Image", fields=fields)
    control(panel, "2 columns").click()
    assert "looked up by &#x27;image_name&#x27;" in text_of(panel)
    assert control(panel, "Image").disabled
    control(panel, "First rows").click()
    assert "the ids of &#x27;Image&#x27; are looked up once you" in text_of(panel)
    control(panel, "Attach to").value = "Dataset:51"
    assert "102" in text_of(panel)
    assert "are looked up" not in text_of(panel)
    assert "Rows will show beside each image" in text_of(panel)


def test_names_that_are_nowhere_are_said_with_the_first_rows(opened, ana, share):
    fields = pd.DataFrame({"image_name": ["nowhere.tif"]})
    panel = opened("fields --to Dataset:51 --resolve image_name=Image", fields=fields)
    control(panel, "First rows").click()
    assert "nowhere.tif" in text_of(panel)


def test_the_second_time_one_click_is_enough(opened, ana, share):
    control(opened("cells --to Dataset:51 --name Nuclei", cells=cells()), "Upload").click()
    again = opened("cells", cells=cells(6))
    assert again.state.options.to == ("Dataset:51",)
    assert again.state.name == "Nuclei"
    control(again, "Upload").click()
    assert again.state.run.table.local_path == str(share / "Nuclei-2.tiledb")


def test_a_folder_without_a_profile_is_remembered_too(opened, server, tmp_path, ana, share):
    settings.forget_memory_profile("demo")
    remote = f"{server.server_share}/{tmp_path.name}"
    line = f"cells --to Dataset:51 --local-path {share} --remote-path {remote}"
    control(opened(line, cells=cells()), "Upload").click()
    again = opened("cells", cells=cells(6))
    control(again, "Upload").click()
    assert again.state.run.table.remote_path == f"{remote}/cells-2.tiledb"


def test_the_only_table_is_chosen_and_of_several_none(opened, ana):
    assert opened("", cells=cells()).state.options.source == "cells"
    several = opened("", nuclei=cells())
    assert several.state.table is None
    assert upload_button(several.state).why.startswith("first: choose a table")
    control(several, "Table").value = "nuclei"
    assert several.state.name == "nuclei"


def test_a_file_is_chosen_by_its_path(opened, ana, share, tmp_path):
    path = tmp_path / "My v1.2 cells.csv"
    cells().to_csv(path, index=False)
    panel = opened("--to Dataset:51")
    control(panel, "File…").click()
    control(panel, "Path").value = f'"{path}"'
    assert panel.state.name == "My v1.2 cells"
    control(panel, "Upload").click()
    assert panel.state.run.table.local_path == str(share / "My v1.2 cells.tiledb")


def test_a_file_that_is_not_there_is_refused_where_it_was_typed(opened, ana):
    panel = opened("", cells=cells())
    control(panel, "File…").click()
    control(panel, "Path").value = "nowhere.docx"
    assert "nowhere.docx" in text_of(panel)
    assert panel.state.options.source == "cells"


@pytest.mark.parametrize("kind", ["arrow", "polars"])
def test_tables_of_arrow_and_polars_are_tables(opened, ana, share, kind):
    if kind == "arrow":
        table = pytest.importorskip("pyarrow").Table.from_pandas(cells())
    else:
        table = pytest.importorskip("polars").DataFrame({"Image": [101, 102, 103]})
    panel = opened("table --to Dataset:51", table=table)
    assert str(panel.state.table).startswith("table: 3 x ")
    control(panel, "Upload").click()
    assert panel.state.run.table.rows == 3


def test_a_table_that_no_variable_holds_is_uploaded_as_well(shell, ana, share):
    panel = otj.panel(cells().query("area > 0"), to="Dataset:51")
    assert panel.state.name == "table"
    control(panel, "Upload").click()
    assert panel.state.run.table.rows == 2
    panel.close()


def test_a_cell_that_changes_a_table_is_noticed(opened, shell, ana):
    panel = opened("cells", cells=cells())
    assert panel.state.plan.columns == ("Image", "area")
    shell.run_cell("cells['label'] = ['a', 'b', 'c']")
    assert panel.state.plan.columns == ("Image", "area", "label")
    shell.run_cell("del cells")
    assert panel.state.table is None


# --- problems, columns, targets -----------------------------------------------------------------


def test_a_problem_is_fixed_by_its_button(opened, ana, share):
    mixed = pd.DataFrame({"Image": [101, 102], "mixed": [1, "x"]})
    panel = opened("mixed --to Dataset:51", mixed=mixed)
    upload = control(panel, "Fix 1 problem first")
    assert upload.disabled
    control(panel, "Fix: .*").click()
    assert panel.state.options.as_text == ("mixed",)
    control(panel, "Upload").click()
    assert panel.state.run.table.columns == ("Image", "mixed")


def test_a_problem_that_a_cell_mends_in_place_is_gone(opened, shell, ana, share):
    mixed = pd.DataFrame({"Image": [101, 102], "mixed": pd.Series([1, "x"], dtype=object)})
    panel = opened("mixed --to Dataset:51", mixed=mixed)
    assert upload_button(panel.state).text == "Fix 1 problem first"
    shell.run_cell("mixed.loc[0, 'mixed'] = 'y'")
    assert upload_button(panel.state).ready


def test_columns_are_left_out_and_renamed(opened, ana, share):
    panel = opened("cells --to Dataset:51", cells=cells())
    control(panel, "2 columns").click()
    control(panel, "area").value = False
    control(panel, "All as they are").click()
    names = [one for one in visible(panel.widget) if getattr(one, "placeholder", "") == "area"]
    names[0].value = "size"
    control(panel, "Upload").click()
    assert panel.state.run.table.columns == ("Image", "size")


def test_five_hundred_columns_are_shown_a_page_at_a_time(opened, ana):
    wide = pd.DataFrame({f"feature_{number}": [1.0] for number in range(500)})
    panel = opened("wide", wide=wide)
    control(panel, "500 columns").click()
    boxes = [one for one in visible(panel.widget) if type(one).__name__ == "Checkbox"]
    assert 5 <= len(boxes) <= 20
    control(panel, "Filter").value = "feature_499"
    control(panel, "feature_499").value = False
    assert panel.state.options.exclude == ("feature_499",)
    assert len(panel.state.plan.plan.columns) == 499


def test_the_first_rows_are_shown_as_they_will_be_stored(opened, ana):
    panel = opened("cells", cells=pd.DataFrame({"label": ["<b>a</b>", None]}))
    control(panel, "First rows").click()
    shown = " ".join(one.value for one in visible(panel.widget) if is_html(one))
    assert "&lt;b&gt;a&lt;/b&gt;" in shown
    assert "<b>a</b>" not in shown


def test_a_pasted_link_is_a_target_and_its_session_key_is_not_kept(opened, ana, server):
    panel = opened("cells", cells=cells())
    key = "01234567-89ab-cdef-0123-456789abcdef"
    link = f"{server.url}/webclient/?show=image-101|image-102&bsession={key}"
    control(panel, "Attach to").value = link
    assert words(panel)[2] == "1 note"
    assert key not in repr(panel.state)
    assert key not in widget_texts()


def test_an_object_that_is_not_there_is_a_problem_with_its_cure(opened, ana):
    panel = opened("cells --to Dataset:999", cells=cells())
    assert words(panel)[2] == "problem"
    assert "Dataset:999 does not exist" in text_of(panel)


def test_an_array_that_stands_there_is_a_problem_until_its_fix(opened, ana, share):
    (share / "cells.tiledb").mkdir()
    panel = opened("cells --to Dataset:51 --if-exists fail", cells=cells())
    assert words(panel)[3] == "problem"
    control(panel, "Fix: .*").click()
    assert panel.state.place.local_path == str(share / "cells-2.tiledb")


# --- who ----------------------------------------------------------------------------------------


def test_what_happens_to_a_table_that_exists_is_said_before_anybody_logs_in(opened):
    panel = opened("cells", cells=cells())
    assert control(panel, "If it exists").value == "version"


def test_who_is_not_logged_in_is_asked_and_then_goes_on(opened, server, share):
    panel = opened("cells --to Dataset:51", cells=cells())
    assert words(panel)[0] == "needed"
    give(panel, server, "not the password")
    assert "password" in text_of(panel)
    assert current() is None
    give(panel, server, server.password)
    assert words(panel) == ["ok", "ok", "ok", "ok", "ok", "ready"]
    assert server.password not in widget_texts()


def test_a_pasted_link_fills_in_the_server_which_the_user_then_confirms(opened, server):
    panel = opened("cells", cells=cells())
    control(panel, "Attach to").value = f"{server.url}/webclient/?show=dataset-51"
    assert control(panel, "Server").value == server.url
    assert not panel.state.stranger.by_user
    assert "named by a link" in text_of(panel)
    assert current() is None
    control(panel, "User").value = server.username
    control(panel, "Password").value = server.password
    control(panel, "Connect").click()
    assert words(panel)[:3] == ["ok", "ok", "ok"]
    assert settings.is_confirmed(server.url)


def give(panel, server, password):
    control(panel, "Server").value = server.url
    control(panel, "User").value = server.username
    control(panel, "Password").value = password
    control(panel, "Connect").click()


def test_a_log_in_and_out_elsewhere_is_noticed(opened, shell, server, share):
    panel = opened("cells --to Dataset:51", cells=cells())
    login(server.url, username=server.username, password=server.password)
    shell.run_cell("1")
    assert panel.state.who.user == server.username
    logout()
    shell.run_cell("1")
    assert panel.state.who is None


@pytest.mark.parametrize("profile", ["", " --profile demo"])
def test_who_switches_to_another_server_takes_nothing_along(opened, ana, server, share, profile):
    panel = opened(f"cells --to Dataset:51{profile}", cells=cells())
    assert words(panel)[-1] == "ready"
    with otj.demo.serve() as other:
        control(panel, "Switch").click()
        give(panel, other, other.password)
        assert panel.state.who.server == other.url
        assert words(panel)[2:4] == ["needed", "needed"]
        assert panel.state.options.profile is None
        assert server.url in text_of(panel)
        control(panel, "Attach to").value = "Dataset:51"
        control(panel, "New…").click()
        control(panel, "Here").value = str(other.share)
        control(panel, "On server").value = other.server_share
        control(panel, "Use once").click()
        assert words(panel)[-1] == "ready", text_of(panel)
        control(panel, "Upload").click()
        assert panel.state.run.table.server == other.url
        assert [one.name for one in other.registered] == ["cells"]


def test_what_is_configured_later_is_noticed(opened, shell, ana, share):
    panel = opened("cells --to Dataset:51", cells=cells())
    folder = share / "below"
    folder.mkdir()
    shell.run_line_magic("config", f"OmeroTables.local_path = {str(folder)!r}")
    shell.run_cell("1")
    assert panel.state.place.local_path == str(folder / "cells.tiledb")
    control(panel, "Copy as magic").click()
    assert "--profile" not in control(panel, "Magic").value


def test_a_stored_session_is_taken_silently_and_not_after_a_log_out(
    opened, shell, server, share, monkeypatch
):
    monkeypatch.setenv("OMERO_TABLES_SERVER", server.url)
    monkeypatch.setenv("OMERO_USER", server.username)
    monkeypatch.setenv("OMERO_PASSWORD", server.password)
    panel = opened("cells --to Dataset:51", cells=cells())
    assert upload_button(panel.state).ready
    with capture_output():
        shell.run_cell("%omero_logout")
    assert panel.state.who is None
    assert current() is None


def test_a_session_that_ends_in_mid_job_is_renewed_and_nothing_is_lost(
    opened, live, ana, server, share
):
    async def act(until):
        panel = opened("cells --to Dataset:51", cells=cells())
        await until(lambda: upload_button(panel.state).ready)
        hold = Hold()
        server.faults.next(REGISTER, hold, method="POST")
        control(panel, "Upload").click()
        await until(lambda: hold in server.faults.met or panel.state.run.outcome)
        server.expire_sessions()
        hold.until.set()
        await until(lambda: panel.state.run.view.login)
        control(panel, "Password").value = "not the password"
        control(panel, "Go on").click()
        await until(lambda: panel.state.run.view.login and panel.state.run.view.login.reason)
        control(panel, "Password").value = server.password
        control(panel, "Go on").click()
        await until(lambda: panel.state.run.outcome)
        assert panel.state.run.phase is Phase.DONE

    live(act)
    assert server.password not in widget_texts()


# --- what can go wrong while it runs ------------------------------------------------------------


def test_cancel_in_mid_conversion_leaves_nothing(opened, live, ana, share):
    async def act(until):
        line = "cells --to Dataset:51 --chunk-rows 300"
        panel = opened(line, cells=cells(300_000))
        await until(lambda: upload_button(panel.state).ready)
        control(panel, "Upload").click()
        assert control(panel, "Table").disabled
        await until(lambda: panel.state.run.view.current and panel.state.run.view.current.done)
        control(panel, "Cancel").click()
        await until(lambda: panel.state.run.outcome)
        assert panel.state.run.phase is Phase.FAILED
        assert not control(panel, "Table").disabled

    live(act)
    assert list(share.iterdir()) == []


REFUSED = Answer(400, '{"message": "the file is not below the share"}', "application/json")


def refused(opened, server):
    server.faults.next(REGISTER, REFUSED, method="POST")
    panel = opened("cells --to Dataset:51", cells=cells())
    control(panel, "Upload").click()
    assert panel.state.run.phase is Phase.WRITTEN
    return panel


def test_after_a_refusal_the_mapping_is_changed_and_nothing_is_written_again(
    opened, ana, server, share
):
    panel = refused(opened, server)
    array = share / "cells.tiledb"
    before = array.stat().st_mtime_ns
    control(panel, "Change mapping").click()
    control(panel, "Here").value = str(server.share)
    control(panel, "On server").value = server.server_share
    assert f"{server.server_share}/{share.name}/cells.tiledb" in text_of(panel)
    control(panel, "Use once").click()
    control(panel, "Register again").click()
    assert panel.state.run.phase is Phase.DONE
    assert array.stat().st_mtime_ns == before
    assert server.registered[-1].name == "cells"


def test_a_registration_that_fails_again_can_be_tried_once_more(opened, ana, server, share):
    panel = refused(opened, server)
    server.faults.next(REGISTER, REFUSED, method="POST")
    control(panel, "Register again").click()
    assert panel.state.run.phase is Phase.WRITTEN
    control(panel, "Register again").click()
    assert panel.state.run.phase is Phase.DONE


def test_an_array_is_deleted_only_after_a_second_yes(opened, ana, server, share):
    panel = refused(opened, server)
    control(panel, "Delete file").click()
    control(panel, "Keep it").click()
    assert (share / "cells.tiledb").exists()
    control(panel, "Delete file").click()
    control(panel, "Delete it").click()
    assert list(share.iterdir()) == []
    assert panel.state.run is None
    assert upload_button(panel.state).ready


def test_a_new_share_is_kept_and_used(opened, ana, server, share):
    settings.forget_memory_profile("demo")
    panel = opened("cells --to Dataset:51", cells=cells())
    assert words(panel)[3] == "needed"
    control(panel, "New…").click()
    assert control(panel, "Keep and use").disabled
    control(panel, "Here").value = str(server.share)
    control(panel, "On server").value = server.server_share
    control(panel, "Subfolder").value = share.name
    assert f"{server.server_share}/{share.name}/cells.tiledb" in text_of(panel)
    assert control(panel, "Keep and use").disabled
    control(panel, "Call it").value = "lab"
    control(panel, "Keep and use").click()
    assert not has(panel, "Keep and use")
    assert settings.load().profiles["lab"].server == server.url
    control(panel, "Upload").click()
    assert panel.state.run.table.remote_path == f"{server.server_share}/{share.name}/cells.tiledb"


def test_a_path_that_cannot_be_meant_is_said_while_it_is_typed(opened, ana, share):
    panel = opened("cells", cells=cells())
    control(panel, "New…").click()
    control(panel, "Here").value = "data"
    control(panel, "On server").value = "/data"
    assert "is not an absolute path" in text_of(panel)
    assert control(panel, "Use once").disabled


def test_what_the_line_asks_to_keep_is_kept(opened, shell, ana, server, share):
    pair = f"{server.share}=>{server.server_share}"
    line = f"cells --to Dataset:51 --local-path {share} --map {pair} --save-profile kept --out done"
    panel = opened(line, cells=cells())
    control(panel, "Upload").click()
    assert shell.user_ns["done"] is panel.state.run.table
    assert settings.load().profiles["kept"].folder == share.name


# --- copying ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["magic", "Python"])
def test_what_is_copied_does_the_very_upload(opened, shell, ana, share, kind):
    table = pd.DataFrame({"Image": [101, 102], "m x": [1, "x"], "gone": [1, 2], "a": [1.5, 2.5]})
    panel = opened("cells --to Dataset:51 --to Image:101", cells=table)
    control(panel, "Fix: store it as text").click()
    control(panel, "4 columns").click()
    control(panel, "gone").value = False
    control(panel, "Name").value = "It's {mine} for $5"
    control(panel, f"Copy as {kind}").click()
    code = control(panel, kind.capitalize()).value
    control(panel, "Upload").click()
    by_click = panel.state.run.table
    first = otj.read_table(by_click)
    for one in share.iterdir():
        one.rename(share.parent / f"{share.name}-kept.tiledb")
    with capture_output():
        result = shell.run_cell(f"{code}\n")
    assert result.success, code
    by_code = otj.history().iloc[-1]
    assert by_code["name"] == by_click.name == "It's {mine} for $5"
    assert by_code["targets"] == "Dataset:51, Image:101"
    assert by_code["local_path"] == by_click.local_path
    pd.testing.assert_frame_equal(otj.read_table(by_click.local_path), first)


def test_check_shows_what_a_dry_run_shows(opened, ana, share):
    panel = opened("cells --to Dataset:51", cells=cells())
    control(panel, "Check").click()
    shown = [one.value for one in visible(panel.widget) if is_html(one)]
    assert sum("Check of cells" in one for one in shown) == 1
    assert list(share.iterdir()) == []


def test_while_an_upload_gets_on_only_its_own_section_is_drawn_anew(opened, ana, monkeypatch):
    drawn, render = [], TableView.render
    monkeypatch.setattr(
        TableView, "render", lambda view, state: drawn.append(state) or render(view, state)
    )
    panel = opened("cells --to Dataset:51", cells=cells())
    panel.tell(Began("cells"))
    panel.tell(Told(((0.0, StageStarted(Stage.CONVERT, 3)),)))
    drawn.clear()
    panel.tell(Told(((1.0, Progress(Stage.CONVERT, 2, 3)),)))
    assert drawn == []
    assert "2 of 3 rows" in text_of(panel)
    panel.tell(Toggled("columns"))
    assert drawn == [panel.state]
    assert has(panel, "Image")


# --- as an object -------------------------------------------------------------------------------


def test_the_panels_go_with_the_extension_and_what_is_saved_of_them_stays(
    opened, shell, ana, share
):
    before, hooks = set(widgets_alive()), list(shell.events.callbacks["post_run_cell"])
    one = opened("cells --to Dataset:51", cells=cells())
    opened("nuclei", nuclei=cells(6))
    control(one, "Upload").click()
    kept = one._keepsake.bundle()
    unload_ipython_extension(shell)
    assert set(widgets_alive()) == before
    assert shell.events.callbacks["post_run_cell"] == hooks
    assert one._keepsake.bundle() == kept
    assert "registered in OMERO" in kept["text/html"]
    load_ipython_extension(shell)


def test_a_closed_panel_leaves_nothing_behind(shell, ana, share):
    before, hooks = set(widgets_alive()), list(shell.events.callbacks["post_run_cell"])
    threads = threading.active_count()
    panel = otj.panel(cells(), to="Dataset:51")
    control(panel, "2 columns").click()
    control(panel, "Browse…").click()
    control(panel, "Upload").click()
    panel.close()
    panel.close()
    assert set(widgets_alive()) == before
    assert shell.events.callbacks["post_run_cell"] == hooks
    assert threading.active_count() == threads


def widget_texts():
    return repr([one.get_state() for one in list(widgets_alive().values())])


def test_two_panels_do_not_disturb_each_other(opened, ana, share):
    one = opened("cells --to Dataset:51", cells=cells())
    two = opened("nuclei --to Image:101", nuclei=cells(6))
    control(one, "Upload").click()
    assert one.state.run.table.rows == 3
    assert two.state.run is None
    one.close()
    control(two, "Upload").click()
    assert two.state.run.table.rows == 6


def test_a_cell_that_runs_again_has_one_panel(opened, shell, ana, monkeypatch):
    parent = {"metadata": {"cellId": "c3"}}
    monkeypatch.setattr(type(shell), "get_parent", lambda self: parent, raising=False)
    hooks = len(shell.events.callbacks["post_run_cell"])
    opened("cells", cells=cells())
    opened("cells")
    assert len(shell.events.callbacks["post_run_cell"]) == hooks + 1


def test_names_are_shown_and_never_run(opened, ana):
    name = "<img src=x onerror=alert(1)>"
    table = pd.DataFrame({name: [1, "x"]})
    panel = opened(f"cells --to Dataset:999 --name '{name}'", cells=table)
    control(panel, "1 column").click()
    control(panel, "First rows").click()
    control(panel, "Check").click()
    shown = " ".join(one.value for one in visible(panel.widget) if is_html(one))
    assert "<img" not in shown
    assert "&lt;img" in shown


def test_an_unknown_table_is_refused_before_a_panel_opens(shell):
    with pytest.raises(otj.OptionError, match="no variable 'cell'"):
        shell.run_line_magic("omero_panel", "cell")
    with pytest.raises(otj.TargetError):
        shell.run_line_magic("omero_panel", "--to nonsense")
    with pytest.raises(otj.OptionError, match="no place in the panel"):
        shell.run_line_magic("omero_panel", "--split-by Image")


def test_a_call_takes_what_the_line_takes(shell, ana, share):
    panel = otj.panel(
        to=["Dataset:51", otj.Target("Image", 101)],
        mapping="/mnt/lab=>/data",
        rename={"a": "b"},
        columns=["a"],
        compression="zstd",
        if_exists="fail",
    )
    options = panel.state.options
    panel.close()
    assert options.to == ("Dataset:51", "Image:101")
    assert options.mapping == (("/mnt/lab", "/data"),)
    assert options.rename == (("a", "b"),)
    assert options.columns == ("a",)
    assert (options.compression, options.if_exists) == ("zstd", "fail")


def test_where_there_are_no_widgets_a_line_of_text_stands(opened, ana):
    panel = opened("cells --to Dataset:51", cells=cells())
    bundle = panel._repr_mimebundle_()
    assert bundle["text/plain"].startswith("OMERO tables panel of cells to Dataset:51")
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_below_the_panel_stands_what_the_saved_notebook_keeps(opened, ana, share):
    panel = opened("cells --to Dataset:51", cells=cells())
    keepsake = panel._keepsake
    assert "run %omero_panel" in keepsake.bundle()["text/plain"]
    control(panel, "Upload").click()
    assert "registered in OMERO" in keepsake.bundle()["text/html"]
    assert ":has(.omero-tables-panel)" in keepsake.bundle()["text/html"]
    assert "cells: registered in OMERO" in keepsake.bundle()["text/plain"]


def test_a_panel_out_of_a_notebook_is_an_error_with_the_other_way(monkeypatch):
    monkeypatch.setattr(opening, "get_ipython", lambda: None)
    with pytest.raises(otj.OptionError, match="form for a notebook") as error:
        otj.panel()
    assert "upload_table" in error.value.hint


def test_family_lists_every_widget_of_a_panel(opened, ana):
    panel = opened("cells", cells=cells())
    assert len(family(panel.widget)) > 50
