import dataclasses

import pytest

from iiif_server.geometry import Limits
from iiif_server.info import build_info
from iiif_server.request import Version

V2, V3 = Version.V2, Version.V3
AREA = Limits(max_area=4096 * 4096)
ID = "https://example.org/iiif/3/a%2Fb"
RIGHTS = "http://creativecommons.org/publicdomain/zero/1.0/"


def test_version_3_in_full(revision_of):
    assert build_info(V3, ID, revision_of(4003, 2999), AREA, rights=RIGHTS) == {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": ID,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": 4003,
        "height": 2999,
        "maxArea": 16777216,
        "sizes": [
            {"width": 501, "height": 375},
            {"width": 1001, "height": 750},
            {"width": 2002, "height": 1500},
            {"width": 4003, "height": 2999},
        ],
        "tiles": [{"width": 512, "scaleFactors": [1, 2, 4, 8]}],
        "preferredFormats": ["jpg"],
        "extraQualities": ["color", "gray", "bitonal"],
        "extraFormats": ["webp", "avif", "tif", "gif"],
        "extraFeatures": [
            "canonicalLinkHeader",
            "mirroring",
            "profileLinkHeader",
            "rotationArbitrary",
            "sizeUpscaling",
        ],
        "rights": RIGHTS,
    }


def test_version_2_in_full(revision_of):
    assert build_info(V2, ID, revision_of(700, 500), AREA, rights=RIGHTS) == {
        "@context": "http://iiif.io/api/image/2/context.json",
        "@id": ID,
        "protocol": "http://iiif.io/api/image",
        "width": 700,
        "height": 500,
        "sizes": [{"width": 350, "height": 250}, {"width": 700, "height": 500}],
        "tiles": [{"width": 512, "scaleFactors": [1, 2]}],
        "profile": [
            "http://iiif.io/api/image/2/level2.json",
            {
                "formats": ["jpg", "png", "webp", "avif", "tif", "gif"],
                "qualities": ["default", "color", "gray", "bitonal"],
                "maxArea": 16777216,
                "supports": [
                    "canonicalLinkHeader",
                    "mirroring",
                    "profileLinkHeader",
                    "rotationArbitrary",
                    "regionSquare",
                    "sizeAboveFull",
                ],
            },
        ],
        "license": RIGHTS,
    }


@pytest.mark.parametrize("version", Version)
def test_the_context_comes_first(revision_of, version):
    assert next(iter(build_info(version, ID, revision_of(10, 10), AREA))) == "@context"


def test_without_rights_there_is_no_such_key(revision_of):
    assert "rights" not in build_info(V3, ID, revision_of(10, 10), AREA)
    assert "license" not in build_info(V2, ID, revision_of(10, 10), AREA)


def test_color_is_not_listed_for_a_gray_image(revision_of):
    revision = revision_of(700, 500, channels="gray")
    assert build_info(V3, ID, revision, AREA)["extraQualities"] == ["gray", "bitonal"]
    assert build_info(V2, ID, revision, AREA)["profile"][1]["qualities"] == ["default", "gray", "bitonal"]


@pytest.mark.parametrize("limits", [Limits(max_area=10**7, upscaling=False), Limits()])
def test_upscaling_is_listed_only_where_it_is_offered_and_bounded(revision_of, limits):
    assert "sizeUpscaling" not in build_info(V3, ID, revision_of(700, 500), limits)["extraFeatures"]
    assert "sizeAboveFull" not in build_info(V2, ID, revision_of(700, 500), limits)["profile"][1]["supports"]


def test_sizes_beyond_the_limits_are_left_out(revision_of):
    info = build_info(V3, ID, revision_of(4003, 2999), Limits(max_width=2002, max_height=1000))
    assert info["sizes"] == [{"width": 501, "height": 375}, {"width": 1001, "height": 750}]
    assert (info["maxWidth"], info["maxHeight"]) == (2002, 1000)
    assert "maxArea" not in info


def test_tiles_beyond_the_limits_are_left_out(revision_of):
    info = build_info(V3, ID, revision_of(4003, 2999), Limits(max_width=511))
    assert "tiles" not in info
    info = build_info(V3, ID, revision_of(4003, 2999), Limits(max_width=200))
    assert "sizes" not in info


def test_the_limits_of_version_2_stand_in_its_profile(revision_of):
    profile = build_info(V2, ID, revision_of(4003, 2999), Limits(max_width=600))["profile"][1]
    assert profile["maxWidth"] == 600


def test_tiles_that_are_not_square_name_their_height(revision_of):
    info = build_info(V3, ID, revision_of(4003, 2999, 512, 256), AREA)
    assert info["tiles"] == [{"width": 512, "height": 256, "scaleFactors": [1, 2, 4, 8, 16]}]


def test_square_pixels_of_a_known_size_are_a_service(revision_of):
    revision = dataclasses.replace(revision_of(700, 500), pixel_size_mm=(0.5, 0.502))
    annex = {
        "@context": "http://iiif.io/api/annex/services/physdim/1/context.json",
        "profile": "http://iiif.io/api/annex/services/physdim",
        "physicalScale": 0.501,
        "physicalUnits": "mm",
    }
    assert build_info(V2, ID, revision, AREA)["service"] == [annex]
    named = {"id": f"{ID}#physdim", "type": "PhysicalDimensions"}
    assert build_info(V3, ID, revision, AREA)["service"] == [annex | named]


@pytest.mark.parametrize("size", [None, (0.5, 0.51)])
def test_other_pixels_are_not_spoken_of(revision_of, size):
    revision = dataclasses.replace(revision_of(700, 500), pixel_size_mm=size)
    assert "service" not in build_info(V3, ID, revision, AREA)
