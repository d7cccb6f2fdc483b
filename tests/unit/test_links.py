from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omero_tables_jupyter.errors import TargetError
from omero_tables_jupyter.links import Link, Target, parse_link
from omero_tables_jupyter.object_types import TARGET_TYPES

SITE = "https://omero.site"


@pytest.mark.parametrize(
    "text",
    [
        "Image:101",
        "image:101",
        "IMAGE : 101",
        "image-101",
        "Image 101",
        "image=101",
        "  'Image:101' ",
        "Images:101",
        "?show=image-101",
        "/webclient/?show=image-101",
        "omero.site/webclient/?show=image-101",
        f"{SITE}/webclient/?show=image-101",
        f"<{SITE}/webclient/?show=image-101>",
        f"{SITE}/webclient/?show=image-101&experimenter=-1",
        f"{SITE}/webclient/?experimenter=3&amp;show=image-101",
        f"{SITE}/webclient/?server=1&bsession=abc&show=image-101#x",
        f"{SITE}/webclient/?show=image-101).",
        f"{SITE}/webclient/?show=image-101%7Cimage-101",
        f"{SITE}/webclient/img_detail/101/",
        f"{SITE}/webclient/img_detail/101/?dataset=51",
        f"{SITE}/webclient/metadata_details/image/101/?_=1",
        f"{SITE}/webgateway/img_detail/101",
        f"{SITE}/webgateway/render_thumbnail/101/96/",
        f"{SITE}/webgateway/imgData/101/",
        f"{SITE}/webgateway/annotations/Image/101/",
        f"{SITE}/iviewer/?images=101",
        f"{SITE}/iviewer/?images=101&dataset=51",
        f"{SITE}/iviewer/101/",
        f"{SITE}/api/v0/m/images/101/",
        f"{SITE}/api/v0/m/images/101/rois/?limit=5",
    ],
)
def test_one_image_is_read_from_whatever_people_paste(text):
    assert Target.parse(text) == Target("Image", 101)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("dataset-51", "Dataset:51"),
        ("ROI:3", "Roi:3"),
        ("rois 3", "Roi:3"),
        ("run-9", "PlateAcquisition:9"),
        ("acquisition-9", "PlateAcquisition:9"),
        ("plateacquisition:9", "PlateAcquisition:9"),
        ("Plate_Acquisition:9", "PlateAcquisition:9"),
        ("well-71", "Well:71"),
        (f"{SITE}/webclient/?show=run-9", "PlateAcquisition:9"),
        (f"{SITE}/webclient/?show=well-71", "Well:71"),
        (f"{SITE}/webgateway/proj/1/detail/", "Project:1"),
        (f"{SITE}/iviewer/?dataset=51", "Dataset:51"),
        (f"{SITE}/api/v0/m/plateacquisitions/9/", "PlateAcquisition:9"),
        (f"{SITE}/api/v0/m/plates/51/wellsampleindex/0/wells/", "Plate:51"),
        (f"{SITE}/api/v0/m/datasets/51/images/", "Dataset:51"),
    ],
)
def test_types_get_the_capitals_that_omero_gives_them(text, expected):
    assert str(Target.parse(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Image:1, Dataset:2",
        "image-1|dataset-2",
        "Image:1 Dataset:2",
        "Image 1\nDataset 2\n",
        f"{SITE}/webclient/?show=image-1|dataset-2",
        f"{SITE}/webclient/?show=image-1%7Cdataset-2",
        f"{SITE}/webclient/?show=image-1%257Cdataset-2",
        f"{SITE}/webclient/?show=image-1&show=dataset-2",
        f"{SITE}/webclient/?show=image-1&show=dataset-2|image-1",
        f"{SITE}/webclient/?show=image-1 {SITE}/webclient/?show=dataset-2",
    ],
)
def test_several_objects_keep_their_order_and_come_once(text):
    assert Target.parse_all(text) == (Target("Image", 1), Target("Dataset", 2))


def test_iviewer_shows_several_images():
    link = f"{SITE}/iviewer/?images=101,102&dataset=51"
    assert Target.parse_all(link) == (Target("Image", 101), Target("Image", 102))


def test_one_object_out_of_several_is_refused_with_the_way_to_all():
    with pytest.raises(ValueError, match=r"2 objects.*\n.*Target\.parse_all"):
        Target.parse("image-1|image-2")


@pytest.mark.parametrize(
    ("text", "server", "prefix"),
    [
        ("Image:1", "", ""),
        ("?show=image-1", "", ""),
        ("/lab/webclient/?show=image-1", "", "/lab"),
        ("https://omero.site/webclient/?show=image-1", SITE, ""),
        ("HTTPS://OMERO.site:443/webclient/?show=image-1", SITE, ""),
        ("http://omero.site:80/webclient/?show=image-1", "http://omero.site", ""),
        (
            "https://omero.site:4443/custom_omero/webclient/?show=image-1",
            f"{SITE}:4443",
            "/custom_omero",
        ),
        ("https://omero.site/a/b/api/v0/m/images/1/", SITE, "/a/b"),
        ("https://omero.site/lab/iviewer/?images=1", SITE, "/lab"),
        ("https://omero.site/a%20b/omero_iviewer/?images=1", SITE, "/a%20b"),
        ("https://omero.site/lab/?show=image-1", SITE, "/lab"),
        ("https://omero.site?show=image-1", SITE, ""),
        ("omero.site:4443/webclient/?show=image-1", f"{SITE}:4443", ""),
        ("//omero.site/webclient/?show=image-1", SITE, ""),
        ("http://[::1]:4080/webclient/?show=image-1", "http://[::1]:4080", ""),
        ("https://ana:pw@omero.site/webclient/?show=image-1", SITE, ""),
        ("http://h/user/ana/proxy/80/webclient/?show=image-1", "http://h", "/user/ana/proxy/80"),
    ],
)
def test_a_link_tells_its_server_and_prefix(text, server, prefix):
    assert parse_link(text) == Link((Target("Image", 1),), server, prefix)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Imag:1", "did you mean 'Image'"),
        ("Datset-5", "did you mean 'Dataset'"),
        (f"{SITE}/webclient/?show=imgae-1", "did you mean 'Image'"),
        ("101", "did you mean 'Image:101'"),
        ("Image:1,2", "did you mean 'Image:2'"),
        ("Image101", "Image101"),
        ("Image:0", "whole number from 1"),
        ("Image:-5", "'-5'"),
        ("Image -5", "'-5'"),
        ("image--5", "'-5'"),
        ("Image:+5", "whole number"),
        ("Image:1.5", "whole number"),
        ("Image:1e3", "whole number"),
        ("Image:1_000", "whole number"),
        ("Image:٣", "whole number"),
        ("Image:²", "whole number"),
        ("Image:", "whole number"),
        ("Image:abc", "'abc'"),
        ("Image:9223372036854775808", "whole number"),
        ("Image:" + "9" * 5000, "whole number"),
        ("tag-5", "cannot be attached to a tag"),
        ("tagset-5", "cannot be attached to a tagset"),
        (f"{SITE}/webclient/?show=fileset-5", "cannot be attached to a fileset"),
        (f"{SITE}/webclient/?show=image.name-foo", "Image:ID"),
        (f"{SITE}/webclient/?show=image-1|tag-5", "tag"),
        (f"{SITE}/webclient/", "names no object"),
        (f"{SITE}/webclient/?show=", "names no object"),
        (f"{SITE}/webclient/omero_table/601/", "names no object"),
        (f"{SITE}/api/v0/m/images/", "names no object"),
        (f"{SITE}/api/v0/m/images/?dataset=51", "names no object"),
        (f"{SITE}/api/v0/m/images/0/", "'0'"),
        (f"{SITE}/elsewhere/?image=1", "names no object"),
        (f"{SITE}:99999/webclient/?show=image-1", "not a valid link"),
        ("https://[::1/webclient/?show=image-1", "not a valid link"),
        ("ftp://omero.site/webclient/?show=image-1", "https://"),
        ("https:///webclient/?show=image-1", "https://"),
        (f"{SITE}/?show=image-1 http://b.org/?show=image-2", "different servers"),
        (f"{SITE}/?show=image-1 thanks", "thanks"),
        ("", "no target"),
        ("  ", "no target"),
        (", ;", "names no object"),
        (7, "int"),
        (None, "NoneType"),
    ],
)
def test_what_names_no_object_is_refused_in_words(text, words):
    with pytest.raises(TargetError) as caught:
        Target.parse_all(text)
    assert words in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    "number", [101, np.int64(101), np.uint8(101), "101"], ids=["int", "int64", "uint8", "text"]
)
def test_a_pair_of_type_and_id_makes_a_target(number):
    target = Target.of("image", number)
    assert target == Target("Image", 101)
    assert type(target.id) is int


@pytest.mark.parametrize(
    "number", [True, np.True_, 101.0, None, 0, -1, 2**63, "1.0", [1], np.array([1.5])]
)
def test_no_id_is_guessed_from_what_is_none(number):
    with pytest.raises(TargetError, match="is not an id"):
        Target.of("Image", number)


@pytest.mark.parametrize("kind", [None, 5, "", "Imag"])
def test_no_type_is_guessed_from_what_is_none(kind):
    with pytest.raises(TargetError):
        Target.of(kind, 1)


@given(st.sampled_from(TARGET_TYPES), st.integers(1, 2**63 - 1))
def test_what_a_target_prints_is_read_back(kind, number):
    target = Target(kind, number)
    assert Target.parse(str(target)) == target
    assert Target.parse(f"{SITE}/webclient/?show={kind.lower()}-{number}") == target


@given(st.text())
def test_any_text_gives_targets_or_a_target_error(text):
    with contextlib.suppress(TargetError):
        assert all(target.id > 0 for target in parse_link(text).targets)


@given(
    st.text("ab/?&=|-:%#[]. @", max_size=30),
    st.sampled_from(["bsession", "BSESSION", "password", "%62session"]),
    st.sampled_from(["?", "&", "|", "?show=tag-1&", "?show="]),
    st.text("ab/?|-:%#[]. @", max_size=10),
)
def test_a_pasted_key_is_never_repeated(junk, key, between, tail):
    text = f"https://omero.site/{junk}{between}{key}=S3CR3T{tail}"
    said = ""
    try:
        parse_link(text)
    except TargetError as error:
        said = f"{error} {error.__cause__}"
    assert "S3CR3T" not in said
