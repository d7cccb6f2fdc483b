import html
import re

import ipywidgets as widgets
import pandas as pd
import pytest

from omero_tables_jupyter import settings
from omero_tables_jupyter.jupyter.config import OmeroTables
from omero_tables_jupyter.jupyter.magic.arguments import UploadOptions
from omero_tables_jupyter.jupyter.panel.kernel import Kernel
from omero_tables_jupyter.jupyter.panel.panel import Panel
from omero_tables_jupyter.jupyter.panel.worker import InlineWorker
from omero_tables_jupyter.model import Target
from omero_tables_jupyter.omero.login import login


@pytest.fixture
def shell(shell):
    shell.user_ns["cells"] = pd.DataFrame({"Image": [101, 102], "area": [1.5, 2.5]})
    return shell


@pytest.fixture
def ana(server):
    return login(server.url, username=server.username, password=server.password)


@pytest.fixture
def opened(shell):
    made = []

    def open_panel(*to):
        kernel = Kernel(shell, OmeroTables(parent=shell))
        options = UploadOptions(source="cells", to=to)
        made.append(Panel(kernel, options, worker=InlineWorker()))
        return Seen(made[-1])

    yield open_panel
    for one in made:
        one.close()


class Seen:
    """A panel as its user sees it."""

    def __init__(self, panel):
        self.panel = panel

    def shown(self, kind):
        def walk(widget):
            if widget.layout.display != "none":
                yield widget
                for child in getattr(widget, "children", ()):
                    yield from walk(child)

        return [one for one in walk(self.panel.widget) if isinstance(one, kind)]

    @property
    def text(self):
        drawn = " | ".join(one.value for one in self.shown(widgets.HTML))
        return " ".join(html.unescape(re.sub("<[^>]+>", " ", drawn)).split())

    def field(self, word):
        return next(one for one in self.shown(widgets.Text) if one.description == word)

    def has(self, word):
        return any(one.description == word for one in self.shown(widgets.Button))

    def click(self, word):
        found = self.shown(widgets.Button)
        next(one for one in found if word in (one.description, one.tooltip)).click()

    def paste(self, text):
        self.field("Attach to").value = text

    def enter_password(self, text):
        field = self.field("Password")
        field._handle_custom_msg({"event": "submit"}, [])
        field.set_state({"value": text})


def test_a_link_fills_in_the_server_and_after_the_log_in_the_target_is_known(opened, server):
    seen = opened()
    assert seen.field("Server").value == ""
    link = f"{server.url}/webclient/?show=dataset-51"
    seen.paste(link)
    assert seen.field("Server").value == server.url
    assert f"{server.url} was named by a link" in seen.text
    seen.field("User").value = server.username
    seen.enter_password("wrong")
    assert "check user name and password" in seen.text
    seen.enter_password(server.password)
    assert 'Dataset 51 "Screen 3" · Lab A · you can annotate' in seen.text
    assert "Rows will show beside each image" in seen.text
    assert seen.panel.state.options.to == (link,)
    assert server.password not in str([one.get_state() for one in seen.shown(widgets.Widget)])


def test_a_yes_to_the_server_of_a_link_is_kept_and_asked_for_once(opened, server):
    seen = opened()
    seen.paste(f"{server.url}/webclient/?show=dataset-51")
    assert not settings.is_confirmed(server.url)
    seen.click("Connect")
    assert settings.is_confirmed(server.url)
    assert "was named by a link" not in seen.text


def test_several_targets_are_named_and_taken_away_again(opened, ana):
    seen = opened()
    seen.paste("Dataset:51, Plate:7")
    assert 'Plate 7 "Plate 7"' in seen.text
    seen.click('Do not attach the table to Dataset 51 "Screen 3"')
    assert seen.panel.state.options.to == ("Plate:7",)
    assert "Dataset 51" not in seen.text


def test_what_may_not_be_annotated_is_a_problem_with_its_cure(opened, ana):
    seen = opened("Dataset:71")
    assert "but not attach anything there" in seen.text
    assert "Ben Okafor" in seen.text
    assert "2 Attach to ✗ problem" in seen.text


def test_what_is_looked_for_in_the_lab_is_attached_in_three_clicks(opened, ana):
    seen = opened()
    seen.click("Look for it in the lab")
    seen.click("Mitosis")
    seen.click("Attach the table to Dataset 51 (Screen 3)")
    assert seen.panel.state.options.to == ("Dataset:51",)
    assert seen.has("Attached")
    seen.click("Close")
    assert not seen.has("Attached")


def test_an_image_is_exchanged_for_its_dataset_in_one_click(opened, ana):
    seen = opened("Image:101", "Image:102")
    seen.click('Attach to Dataset 51 "Screen 3" instead')
    assert seen.panel.state.options.to == ("Dataset:51",)
    assert "Rows will show beside each image" in seen.text


def test_targets_used_lately_are_offered_if_they_can_be_used_again(opened, ana, server):
    lately = [Target("Image", 101), Target("Plate", 7), Target("Image", 99_999), Target("Well", 75)]
    settings.remember(server.url, targets=[*lately, Target("Dataset", 71)])
    seen = opened("Well:75")
    offered = [one.tooltip for one in seen.shown(widgets.Button) if "as lately" in one.tooltip]
    assert offered == [
        'Attach the table to Image 101 "screen3_field01.tif", as lately',
        'Attach the table to Plate 7 "Plate 7", as lately',
    ]
    seen.click(offered[1])
    assert seen.panel.state.options.to == ("Well:75", "Plate:7")


def test_who_is_browsing_when_the_session_ends_logs_in_and_goes_on_there(opened, ana, server):
    seen = opened()
    seen.click("Look for it in the lab")
    seen.click("Mitosis")
    server.expire_sessions()
    seen.click("Screen 3")
    assert "log in again" in seen.text
    seen.enter_password(server.password)
    assert seen.has("screen3_field01.tif")
    assert not any(one.description == "Password" for one in seen.shown(widgets.Password))


def test_a_closed_panel_takes_its_browser_along(opened, ana):
    seen = opened()
    seen.click("Look for it in the lab")
    everything = seen.shown(widgets.Widget)
    seen.panel.close()
    assert {one.comm for one in everything} == {None}
