"""The stand-in's objects: the shape of real answers, lists, filters, rights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from omero_tables_jupyter import demo

if TYPE_CHECKING:
    from collections.abc import Iterator

GOLDEN = Path(__file__).parent.parent / "golden"
TIMEOUT = 10


class Api:
    """The JSON API as the demo's user sees it."""

    def __init__(self, server: demo.DemoServer) -> None:
        self.url = server.url
        self.http = requests.Session()
        token = self.http.get(f"{self.url}/api/v0/token/", timeout=TIMEOUT).json()["data"]
        self.http.headers["X-CSRFToken"] = token
        form = {"username": server.username, "password": server.password, "server": "1"}
        self.http.post(f"{self.url}/api/v0/login/", data=form, timeout=TIMEOUT)

    def get(self, path: str) -> requests.Response:
        return self.http.get(f"{self.url}/api/v0/{path}", timeout=TIMEOUT)

    def ids(self, path: str) -> list[int]:
        return [entry["@id"] for entry in self.get(path).json()["data"]]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with demo.serve() as server:
        made = Api(server)
        yield made
        made.http.close()


@pytest.fixture(scope="module")
def large() -> Iterator[Api]:
    with demo.serve(datasets=30, images=1100) as server:
        made = Api(server)
        yield made
        made.http.close()


# What an object has or lacks by its nature, not by the protocol's.
OPTIONAL = {"Description"}
# An image's list in the golden answers carries what a real one omits.
OMITTED_IN_LISTS = {"Channels"}


def assert_same_shape(ours: Any, real: Any, where: str = "") -> None:
    """Hold an answer against a golden one: the same keys, the same types, all the way down."""
    if isinstance(real, dict):
        assert isinstance(ours, dict), where
        assert ours.keys() - OPTIONAL == real.keys() - OPTIONAL, where
        for key in ours.keys() & real.keys():
            assert_same_shape(ours[key], real[key], f"{where}.{key}")
    elif isinstance(real, list):
        assert isinstance(ours, list), where
        assert bool(ours) == bool(real), where
        for entry in ours if real else []:
            assert_same_shape(entry, real[0], f"{where}[]")
    else:
        assert type(ours) is type(real), where


def without(found: Any, keys: set[str]) -> Any:
    if isinstance(found, dict):
        return {key: without(value, keys) for key, value in found.items() if key not in keys}
    return [without(entry, keys) for entry in found] if isinstance(found, list) else found


@pytest.mark.parametrize(
    ("path", "golden"),
    [
        ("m/datasets/51/", "m_datasets_11"),
        ("m/datasets/?orphaned=true", "m_datasets_orphaned_true"),
        ("m/datasets/?project=1", "m_datasets_project_1"),
        ("m/experimentergroups/", "m_experimentergroups"),
        ("m/experimentergroups/?experimenter=2", "m_experimentergroups_experimenter_2"),
        ("m/experimenters/", "m_experimenters"),
        ("m/experimenters/2/", "m_experimenters_2"),
        ("m/experimenters/2/experimentergroups/", "m_experimenters_2_experimentergroups"),
        ("m/images/101/", "m_images_101"),
        ("m/plateacquisitions/9/", "m_plateacquisitions_9"),
        ("m/plates/7/", "m_plates_51"),
        ("m/plates/7/plateacquisitions/", "m_plates_51_plateacquisitions"),
        ("m/plates/7/wells/", "m_plates_51_wells"),
        ("m/plates/?screen=1", "m_plates_screen_31"),
        ("m/projects/", "m_projects"),
        ("m/projects/1/", "m_projects_1"),
        ("m/projects/1/?childCount=true", "m_projects_1_childCount_true"),
        ("m/projects/1/datasets/", "m_projects_1_datasets"),
        ("m/projects/?childCount=true&normalize=true", "m_projects_childCount_true_normalize_true"),
        ("m/screens/", "m_screens"),
        ("m/screens/1/", "m_screens_31"),
        ("m/wells/71/", "m_wells_71"),
        ("m/wells/?plate=7", "m_wells_plate_51"),
        ("", "api_v0"),
        ("servers/", "servers"),
    ],
)
def test_answers_have_the_shape_of_real_ones(api, path, golden):
    real = json.loads((GOLDEN / f"{golden}.json").read_text(encoding="utf-8"))
    assert_same_shape(api.get(path).json(), real)


@pytest.mark.parametrize(
    ("path", "golden"),
    [
        ("m/datasets/51/images/", "m_datasets_11_images"),
        ("m/images/?dataset=51", "m_images_dataset_11"),
    ],
)
def test_image_lists_have_the_shape_of_real_ones_without_channels(api, path, golden):
    real = json.loads((GOLDEN / f"{golden}.json").read_text(encoding="utf-8"))
    assert_same_shape(api.get(path).json(), without(real, OMITTED_IN_LISTS))


@pytest.mark.parametrize(
    ("path", "golden"),
    [
        ("m/images/101/rois/", "m_images_101_rois"),
        ("m/rois/?image=101", "m_rois_image_101"),
        ("m/rois/802/", "m_rois_81"),
    ],
)
def test_rois_have_the_shape_of_real_ones(api, path, golden):
    real = json.loads((GOLDEN / f"{golden}.json").read_text(encoding="utf-8"))
    # Names of regions are optional, and half of ours are ellipses with radii.
    sizes = {"Name", "Width", "Height", "RadiusX", "RadiusY"}
    assert_same_shape(without(api.get(path).json(), sizes), without(real, sizes))


def test_the_lab_holds_what_the_documentation_promises(api):
    assert api.get("m/datasets/51/").json()["data"]["Name"] == "Screen 3"
    assert 51 in api.ids("m/projects/1/datasets/")
    assert sorted(api.ids("m/datasets/51/images/")) == list(range(101, 113))
    assert api.ids("m/screens/1/plates/") == [7]
    assert sorted(api.ids("m/plates/7/wells/")) == list(range(71, 77))
    assert api.ids("m/images/101/rois/") == [801, 802, 803]
    assert api.ids("m/datasets/?orphaned=true") == [61]
    assert api.ids("m/images/?orphaned=true") == [301]


def test_lists_are_sorted_by_name_and_wells_by_column(api):
    names = [entry["Name"] for entry in api.get("m/projects/").json()["data"]]
    assert names == ["Ben's pilot", "Joint project", "Mitosis", "Reference beads"]
    wells = api.get("m/plates/7/wells/").json()["data"]
    places = [(well["Column"], well["Row"]) for well in wells]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("query", "offset", "limit", "count"),
    [
        ("", 0, 200, 200),
        ("?limit=500&offset=1000", 1000, 500, 131),
        ("?limit=9999", 0, 500, 500),
        ("?limit=-1", 0, 200, 200),
        ("?limit=0", 0, 0, 0),
        ("?offset=-5&limit=1", 0, 1, 1),
        ("?offset=5000", 5000, 200, 0),
    ],
)
def test_lists_come_in_pages(large, query, offset, limit, count):
    answer = large.get(f"m/images/{query}").json()
    total = {"offset": offset, "limit": limit, "maxLimit": 500, "totalCount": 1131}
    assert answer["meta"] == total
    assert len(answer["data"]) == count


def test_all_pages_together_hold_every_image_once(large):
    pages = [large.ids(f"m/datasets/90/images/?limit=500&offset={n}") for n in (0, 500, 1000)]
    assert sorted(i for page in pages for i in page) == list(range(100_001, 101_101))


def test_owner_and_group_narrow_a_list(api):
    assert api.ids("m/projects/?owner=3") == [5, 3]
    assert api.ids("m/projects/?group=5") == [4]
    assert api.ids("m/projects/?group=5&owner=3") == []


def test_unknown_parameters_are_ignored_and_there_is_no_search_by_name(api):
    assert api.ids("m/projects/?name=nothing") == api.ids("m/projects/")


def test_wells_of_one_field_show_that_field_only(api):
    for start in ("m/plates/7", "m/plateacquisitions/9"):
        wells = api.get(f"{start}/wellsampleindex/1/wells/").json()["data"]
        images = {well["@id"]: [s["Image"]["@id"] for s in well["WellSamples"]] for well in wells}
        assert images == {71: [202], 72: [204], 73: [206], 74: [208], 75: [210], 76: [212]}


def test_children_of_nothing_are_an_empty_list(api):
    answer = api.get("m/projects/999/datasets/")
    assert (answer.status_code, answer.json()["data"]) == (200, [])


@pytest.mark.parametrize("name", ["limit", "offset", "owner"])
def test_a_bad_number_is_a_400(api, name):
    answer = api.get(f"m/images/?{name}=abc")
    assert answer.status_code == 400
    assert answer.json() == {"message": "invalid literal for int() with base 10: 'abc'"}


@pytest.mark.parametrize("name", ["group", "dataset"])
def test_a_bad_number_further_in_is_a_500_with_a_stacktrace(api, name):
    answer = api.get(f"m/images/?{name}=abc")
    assert answer.status_code == 500
    assert answer.json().keys() == {"message", "stacktrace"}
    assert str(Path(__file__).parents[2]) not in answer.text


def test_a_missing_object_is_a_404_with_a_message(api):
    answer = api.get("m/projects/99/")
    assert answer.status_code == 404
    assert answer.json()["message"] == "Project 99 not found"


@pytest.mark.parametrize("path", ["m/projects/abc/", "m/plateacquisitions/", "m/nonsense/"])
def test_a_path_that_does_not_exist_is_an_html_404(api, path):
    answer = api.get(path)
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_images_are_not_deleted_here(api):
    answer = api.http.delete(f"{api.url}/api/v0/m/images/101/", timeout=TIMEOUT)
    assert answer.status_code == 405
    assert answer.json()["message"] == "Delete of Image not supported"


def test_a_post_to_a_list_is_a_500_in_json(api):
    answer = api.http.post(f"{api.url}/api/v0/m/images/", timeout=TIMEOUT)
    assert answer.status_code == 500
    assert "stacktrace" in answer.json()


def permissions(api: Api, path: str) -> dict[str, Any]:
    return api.get(path).json()["data"]["omero:details"]["permissions"]


def test_an_object_may_be_seen_and_yet_not_annotated(api):
    assert permissions(api, "m/datasets/71/")["canAnnotate"] is False
    assert permissions(api, "m/datasets/71/")["canLink"] is False
    assert permissions(api, "m/datasets/51/")["canAnnotate"] is True
    assert permissions(api, "m/datasets/81/")["canAnnotate"] is True
    assert permissions(api, "m/datasets/81/")["canEdit"] is False


def test_what_lies_in_a_group_of_others_is_not_there(api):
    assert api.get("m/images/901/").status_code == 404
    assert 901 not in api.ids("m/images/?limit=500")


def test_normalize_takes_people_out_of_the_entries(api):
    answer = api.get("m/projects/?normalize=true").json()
    people = {person["@id"] for person in answer["experimenters"]}
    owners = {entry["omero:details"]["owner"]["@id"] for entry in answer["data"]}
    assert people == owners == {2, 3, 4}
    assert all(entry["omero:details"]["owner"].keys() == {"@id"} for entry in answer["data"])


def web(api: Api, path: str) -> requests.Response:
    return api.http.get(f"{api.url}/{path}", timeout=TIMEOUT)


def test_groups_of_a_member(api):
    groups = web(api, "webclient/api/groups/?member=2").json()["groups"]
    assert {group["name"] for group in groups} == {"Lab A", "Lab B", "Core facility", "user"}
    assert all(group.keys() == {"id", "name", "perm"} for group in groups)


def test_containers_are_the_tops_of_the_tree(api):
    found = web(api, "webclient/api/containers/?group=3&id=2").json()
    assert [entry["id"] for entry in found["projects"]] == [1]
    assert [entry["id"] for entry in found["datasets"]] == [61]
    assert [entry["id"] for entry in found["plates"]] == [8]
    assert found["screens"][0]["childCount"] == 1
    assert found["orphaned"]["childCount"] == 1


def test_thumbnails_are_jpegs_and_null_for_what_is_not_there(api):
    single = web(api, "webgateway/render_thumbnail/101/64/")
    assert single.headers["Content-Type"] == "image/jpeg"
    assert single.content.startswith(b"\xff\xd8\xff")
    assert single.content.endswith(b"\xff\xd9")
    many = web(api, "webclient/get_thumbnails/?id=101&id=901").json()
    assert many["901"] is None
    assert many["101"].startswith("data:image/jpeg;base64,")


def test_more_than_fifty_thumbnails_at_once_are_refused(api):
    ids = "&".join(f"id={number}" for number in range(1, 52))
    answer = web(api, f"webclient/get_thumbnails/?{ids}")
    assert (answer.status_code, answer.text) == (500, "Max 50 thumbnails at a time.")


def test_a_thumbnail_of_what_is_not_there_is_a_404(api):
    assert web(api, "webgateway/render_thumbnail/901/64/").status_code == 404
